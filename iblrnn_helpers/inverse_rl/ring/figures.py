"""The ring in pictures, and the rewards inferred from it (Chalk et al. 2021, Figs. 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts, spins
from ..optimal_network.figures import draw_raster
from .pairwise import PairwiseNetwork
from .reward_models import ModelFit, TrainingCurves
from .ring import couplings_by_distance
from .training import Solution

LOOKS = {
    "optimal": {"color": style.BLUE, "marker": "o", "linestyle": "-"},
    "predicted": {"color": style.VERMILLION, "marker": "x", "linestyle": "none", "markersize": 9},
    "unchanged": {"color": style.GREY, "marker": "s", "linestyle": (0, (4, 2))},
}
FROM_REST = {"color": style.ORANGE, "marker": "v", "linestyle": (0, (1, 1.5))}
MODEL_COLOURS = {"sparse": style.BLUE, "pairwise": style.ORANGE, "global": style.GREEN}


@style.styled
def fig_5a_network(network: PairwiseNetwork, states: np.ndarray, *, every: int) -> Figure:
    """The couplings on the ring and as a matrix, and a stretch of the dynamics (Fig. 5A).

    Parameters
    ----------
    network : PairwiseNetwork
    states : (n_shown,) int
        State numbers, `every` updates apart.
    every : int
    """
    n = network.n_neurons
    limit = np.abs(network.couplings).max() or 1.0
    figure, axes = style.new_figure(2, 2, height=6.4, height_ratios=(3, 2))
    ring, matrix = axes[0]
    angle = 2 * np.pi * np.arange(n) / n
    places = np.column_stack([np.sin(angle), np.cos(angle)])
    kinds = {"excites": (style.VERMILLION, "-"), "inhibits": (style.BLUE, (0, (3, 1)))}
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        coupling = network.couplings[i, j]
        colour, dash = kinds["excites" if coupling > 0 else "inhibits"]
        if abs(coupling) > 0.02 * limit:
            width = 3 * abs(coupling) / limit
            ring.plot(*places[[i, j]].T, color=colour, linestyle=dash, linewidth=width, alpha=0.7)
    ring.plot(*places.T, "o", color=style.BLACK, markerfacecolor="white", markersize=12, zorder=3)
    for label, (colour, dash) in kinds.items():
        ring.plot([], [], color=colour, linestyle=dash, linewidth=2.5, label=label)
    ring.set(aspect="equal", xticks=[], yticks=[])
    ring.grid(False)
    ring.spines[:].set_visible(False)
    image = matrix.imshow(network.couplings, cmap="RdBu_r", vmin=-limit, vmax=limit)
    matrix.set(xlabel="neuron", ylabel="neuron")
    matrix.grid(False)
    figure.colorbar(image, ax=matrix, label="coupling J / T", shrink=0.85)
    for ax in axes[1]:
        ax.remove()
    _draw_raster(figure.add_subplot(axes[0, 0].get_gridspec()[1, :]), states, n, every)
    style.legend_below(figure, ring)
    return figure


@style.styled
def fig_rasters(shown: Mapping[str, np.ndarray], n_neurons: int, *, every: int) -> Figure:
    """Stretches of the dynamics of several networks, one above the other.

    Parameters
    ----------
    shown : dict of title to (n_shown,) int
        State numbers, `every` updates apart.
    n_neurons, every : int
    """
    figure, axes = style.new_figure(len(shown), 1, height=0.6 + 1.75 * len(shown), sharex=True)
    for ax, (title, states) in zip(axes[:, 0], shown.items(), strict=True):
        _draw_raster(ax, states, n_neurons, every)
        ax.set_title(title, loc="left")
        ax.label_outer()
    return figure


def _draw_raster(ax, states: np.ndarray, n_neurons: int, every: int) -> None:
    draw_raster(ax, spins(n_neurons)[states].T > 0, (0, len(states), n_neurons - 0.5, -0.5))
    ax.set(xlabel=f"time ({every:,} updates of one neuron)", ylabel="neuron")


@style.styled
def fig_5b_coding_cost(
    optimal: Sequence[Solution],
    predicted: Sequence[Solution],
    from_rest: Sequence[Solution],
    unrestricted: Mapping[float, float],
    counts: Mapping[str, np.ndarray],
) -> Figure:
    """Reward rate as the coding cost rises, and the number of active neurons (Fig. 5B).

    Parameters
    ----------
    optimal, predicted, from_rest : sequence of Solution
        At various coding costs: followed upwards with the true reward, with the inferred one, and
        found from rest with the true one.
    unrestricted : dict of coding cost to reward rate
        Of the best networks with any value function.
    counts : dict of "optimal", "predicted", "unchanged" to (2^n,) float
        Laws whose number of active neurons is drawn.
    """
    figure, axes = style.new_figure(1, 2, height=4.6, width_ratios=(3, 2))
    ax = axes[0, 0]
    lines = {
        "followed from low cost": (optimal, LOOKS["optimal"]),
        "predicted": (predicted, LOOKS["predicted"]),
        "found from rest": (from_rest, FROM_REST),
    }
    for label, (found, look) in lines.items():
        ax.plot([s.coding_cost for s in found], [s.reward_rate for s in found], label=label, **look)
    look = {"color": style.PURPLE, "marker": "D", "linestyle": (0, (6, 2, 1, 2))}
    ax.plot(unrestricted.keys(), unrestricted.values(), label="any value function", **look)
    ax.set(xlabel="coding cost λ", ylabel="share of time rewarded", ylim=(-0.03, 1.03))
    ax = axes[0, 1]
    for name, law in counts.items():
        label = name if name == "unchanged" else "_"
        ax.plot(np.bincount(spike_counts(n_neurons_of(law)), law), label=label, **LOOKS[name])
    ax.set(xlabel="active neurons", ylabel="share of time", yscale="log", ylim=(1e-6, 2))
    style.legend_below(figure, *axes[0])
    return figure


@style.styled
def fig_5c_distant_removed(
    networks: Mapping[str, tuple[PairwiseNetwork, PairwiseNetwork]],
    rewarded: Mapping[str, Mapping[str, float]],
) -> Figure:
    """Couplings by distance, before and after the distant ones are gone, and the reward (Fig. 5C).

    Parameters
    ----------
    networks : dict of title to (optimal, predicted) PairwiseNetwork
    rewarded : dict of title to dict of "optimal", "predicted", "unchanged" to share of time
        One group of bars for each title.
    """
    figure, axes = style.new_figure(1, 2, height=4.6)
    ax = axes[0, 0]
    looks = (
        {"color": style.BLUE, "marker": "o", "linestyle": "-"},
        {"color": style.PURPLE, "marker": "D", "linestyle": (0, (6, 2))},
        FROM_REST,
    )
    for (title, (optimal, predicted)), look in zip(networks.items(), looks, strict=False):
        distance = np.arange(1, optimal.n_neurons // 2 + 1)
        ax.plot(distance, couplings_by_distance(optimal), label=title, **look)
        ax.plot(distance, couplings_by_distance(predicted), **LOOKS["predicted"])
    ax.axhline(0, color=style.BLACK, linewidth=1)
    ax.set(xlabel="distance on the ring", ylabel="coupling J / T")
    ax = axes[0, 1]
    for offset, hatch, name in zip((-0.27, 0, 0.27), ("", "xx", "//"), LOOKS, strict=True):
        heights, places = [group[name] for group in rewarded.values()], np.arange(len(rewarded))
        look = {"color": LOOKS[name]["color"], "hatch": hatch, "edgecolor": "white"}
        ax.bar(places + offset, heights, 0.25, label=name, **look)
    ax.set_xticks(range(len(rewarded)), [title.replace(" ", "\n", 1) for title in rewarded])
    ax.set(ylabel="share of time rewarded", ylim=(0, 1.05))
    ax.grid(False, axis="x")
    style.legend_below(figure, *axes[0])
    return figure


@style.styled_with_gaps
def fig_5d_clamped(
    rates: Mapping[str, Mapping[str, np.ndarray]], held: Mapping[str, Sequence[int]]
):
    """How often every neuron is active while some are held active (Fig. 5D).

    Parameters
    ----------
    rates : dict of title to dict of "optimal", "predicted", "unchanged" to (n_neurons,) float
    held : dict of title to the neurons that are held
    """
    shared = {"sharex": True, "sharey": True}
    figure, axes = style.panel_grid(len(rates), 2, row_height=2.5, rest=1.1, **shared)
    ring = {"color": style.BLACK, "markerfacecolor": "none", "markersize": 15}
    for ax, (title, group) in zip(axes.flat, rates.items(), strict=False):
        for name, values in group.items():
            ax.plot(values, label=name, **LOOKS[name])
        ax.plot(held[title], np.ones(len(held[title])), "o", label="held active", **ring)
        ax.set_title(title)
    for ax in axes[-1]:
        ax.set_xlabel("neuron")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    for ax in axes[:, 0]:
        ax.set_ylabel("share of time active")
    style.legend_below(figure, *axes.ravel(), n_columns=4)
    return figure


@style.styled
def fig_inferred_rewards(rewards: Mapping[str, np.ndarray], true: np.ndarray, law: np.ndarray):
    """Every state's inferred reward, against how often the network is in it.

    Parameters
    ----------
    rewards : dict of name to (2^n,) float
        Of the models.
    true : (2^n,) float
    law : (2^n,) float
        Share of time in each state.
    """
    figure, axes = style.new_figure(1, len(rewards), height=3.9, sharex=True)
    depth = np.log10(np.maximum(law, 1e-300))
    looks = {
        "truly 0": {"marker": ".", "color": style.GREY, "markersize": 4, "zorder": 2},
        "truly rewarded": {"marker": "*", "color": style.VERMILLION, "markersize": 14, "zorder": 3},
    }
    for ax, (name, reward) in zip(axes[0], rewards.items(), strict=True):
        for (label, look), chosen in zip(looks.items(), (true <= 0, true > 0), strict=True):
            ax.plot(depth[chosen], reward[chosen], linestyle="none", label=label, **look)
        ax.set_title(name)
    axes[0, len(rewards) // 2].set_xlabel("share of time in the state (log10)")
    axes[0, 0].set_ylabel("inferred reward")
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled_with_gaps
def fig_6_reward_models(
    fits: Mapping[str, ModelFit], reference: float, others: Mapping[str, Sequence[float]]
) -> Figure:
    """Fit and prediction of the reward models (Fig. 6A, B).

    Parameters
    ----------
    fits : dict of model to ModelFit
    reference : float
        KL(optimal at high cost ‖ unchanged), in nats; drawn dashed.
    others : dict of model to sequence of float
        KL with other cuts of small singular values.
    """
    figure, axes = style.new_figure(1, 2, height=4.2)
    names = list(fits)
    colours = [MODEL_COLOURS[name] for name in names]
    ax = axes[0, 0]
    ax.set(ylabel="r² of true and inferred reward", ylim=(0, 1.05))
    heights = [fit.r_squared for fit in fits.values()]
    ax.bar(names, heights, color=colours)
    for k, height in enumerate(heights):
        inside = height > 0.5
        offset, side, colour = (-0.02, "top", "white") if inside else (0.02, "bottom", style.BLACK)
        ax.text(k, height + offset, f"{height:.3f}", ha="center", va=side, color=colour)
    ax = axes[0, 1]
    floor = 1e-3
    ax.bar(
        names, [max(fit.kl, floor) - floor for fit in fits.values()], bottom=floor, color=colours
    )
    dots = {"color": style.BLACK, "markerfacecolor": "white", "markersize": 7}
    for name, kls in others.items():
        ax.plot([names.index(name)] * len(kls), kls, "o", label="other cuts", **dots)
    ax.text(names.index("sparse"), 1.4 * floor, f"{fits['sparse'].kl:.0e}", ha="center")
    ax.axhline(reference, color=style.BLACK, linestyle=(0, (4, 2)), label="nothing changes")
    ax.set(ylabel="KL, optimal ‖ predicted (nats)", yscale="log", ylim=(floor, 100))
    for ax in axes[0]:
        ax.grid(False, axis="x")
    style.legend_below(figure, axes[0, 1])
    return figure


@style.styled
def fig_training(curves: TrainingCurves, exact: np.ndarray) -> Figure:
    """Stochastic training: the reward comes soon, the couplings much later.

    ``exact`` (n_distances,) are the couplings of the optimal network.
    """
    figure, axes = style.new_figure(1, 3, height=3.9)
    rates, couplings, fits = axes[0]
    rates.plot(curves.epochs, curves.reward_rate.T, color=style.BLUE, marker="o", alpha=0.8)
    rates.set(ylabel="share of time rewarded", ylim=(-0.03, 1.05))
    optimal, far = {"linestyle": (0, (4, 2))}, min(3, len(exact) - 1)
    for k, colour, marker in ((0, style.VERMILLION, "^"), (far, style.BLUE, "v")):
        at_distance = curves.couplings[:, :, k].T
        lines = couplings.plot(curves.epochs, at_distance, color=colour, marker=marker)
        lines[0].set_label(f"distance {k + 1}")
        couplings.axhline(exact[k], color=colour, label="_", **optimal)
    couplings.plot([], [], color=style.BLACK, label="optimal", **optimal)
    couplings.set(ylabel="coupling J / T", xlabel="epoch of training")
    fits.plot(curves.epochs, curves.r_squared.T, color=style.GREEN, marker="s", alpha=0.8)
    fits.set(ylabel="r² of inferred reward", ylim=(-0.03, 1.05))
    style.legend_below(figure, couplings, n_columns=3)
    return figure
