"""Figures of the pairwise coupled ring: Fig. 5 of Chalk et al. 2021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...core.plot_style import (
    BLACK,
    BLUE,
    DIVERGING,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from ..hypercube import n_neurons_of, spike_counts, spins
from .claims import ModelFit
from .pairwise import PairwiseNetwork
from .ring import couplings_by_distance, ring_distances
from .training import Solution

LOOKS = {
    "optimal": {"color": BLUE, "marker": "o", "linestyle": "-"},
    "predicted": {"color": VERMILLION, "marker": "x", "linestyle": "none", "markersize": 9},
    "unchanged": {"color": GREY, "marker": "s", "linestyle": (0, (4, 2))},
}
FROM_REST = {"color": ORANGE, "marker": "v", "linestyle": (0, (1, 1.5))}


@styled
def fig_5a_network(network: PairwiseNetwork, states: np.ndarray, *, every: int) -> Figure:
    """The couplings on the ring and as a matrix, and a stretch of the dynamics (Fig. 5A).

    Parameters
    ----------
    network : PairwiseNetwork
    states : (n_shown,) int
        State numbers, `every` updates apart.
    every : int

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("network", network, PairwiseNetwork)
    n = network.n_neurons
    limit = np.abs(network.couplings).max() or 1.0
    figure, axes = new_figure(2, 2, height=6.4, height_ratios=(3, 2))
    ring, matrix = axes[0]
    angle = 2 * np.pi * np.arange(n) / n
    places = np.column_stack([np.sin(angle), np.cos(angle)])
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        coupling = network.couplings[i, j]
        if abs(coupling) > 0.02 * limit:
            ring.plot(
                *places[[i, j]].T,
                color=VERMILLION if coupling > 0 else BLUE,
                linestyle="-" if coupling > 0 else (0, (3, 1)),
                linewidth=3 * abs(coupling) / limit, alpha=0.7,
            )  # fmt: skip
    ring.plot(*places.T, "o", color=BLACK, markerfacecolor="white", markersize=12, zorder=3)
    for colour, dash, label in ((VERMILLION, "-", "excites"), (BLUE, (0, (3, 1)), "inhibits")):
        ring.plot([], [], color=colour, linestyle=dash, linewidth=2.5, label=label)
    ring.set(aspect="equal", xticks=[], yticks=[])
    ring.grid(False)
    ring.spines[:].set_visible(False)
    image = matrix.imshow(network.couplings, cmap=DIVERGING, vmin=-limit, vmax=limit)
    matrix.set(xlabel="neuron", ylabel="neuron")
    matrix.grid(False)
    figure.colorbar(image, ax=matrix, label="coupling J / T", shrink=0.85)
    for ax in axes[1]:
        ax.remove()
    _draw_raster(figure.add_subplot(axes[0, 0].get_gridspec()[1, :]), states, n, every)
    legend_below(figure, ring)
    return figure


@styled
def fig_rasters(shown: Mapping[str, np.ndarray], n_neurons: int, *, every: int) -> Figure:
    """Stretches of the dynamics of several networks, one above the other.

    Parameters
    ----------
    shown : dict of title to (n_shown,) int
        State numbers, `every` updates apart.
    n_neurons, every : int

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(len(shown), 1, height=0.6 + 1.75 * len(shown), sharex=True)
    for ax, (title, states) in zip(axes[:, 0], shown.items(), strict=True):
        _draw_raster(ax, states, n_neurons, every)
        ax.set_title(title, loc="left")
        ax.label_outer()
    return figure


def _draw_raster(ax, states: np.ndarray, n_neurons: int, every: int) -> None:
    active = spins(n_neurons)[states].T > 0
    ax.imshow(
        active, aspect="auto", cmap="Greys", vmin=0, vmax=1.2, interpolation="nearest",
        extent=(0, len(states), n_neurons - 0.5, -0.5),
    )  # fmt: skip
    ax.grid(False)
    ax.set(xlabel=f"time ({every:,} updates of one neuron)", ylabel="neuron")


@styled
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

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 2, height=4.6, width_ratios=(3, 2))
    ax = axes[0, 0]
    lines = {
        "followed from low cost": (optimal, LOOKS["optimal"]),
        "predicted": (predicted, LOOKS["predicted"]),
        "found from rest": (
            from_rest,
            {"color": ORANGE, "marker": "v", "linestyle": (0, (1, 1.5))},
        ),
    }
    for label, (found, look) in lines.items():
        ax.plot([s.coding_cost for s in found], [s.reward_rate for s in found], label=label, **look)
    ax.plot(
        unrestricted.keys(), unrestricted.values(), label="any value function",
        color=PURPLE, marker="D", linestyle=(0, (6, 2, 1, 2)),
    )  # fmt: skip
    ax.set(xlabel="coding cost λ", ylabel="share of time rewarded", ylim=(-0.03, 1.03))
    ax = axes[0, 1]
    for name, law in counts.items():
        numbers = spike_counts(n_neurons_of(law))
        ax.plot(
            np.bincount(numbers, law), label=name if name == "unchanged" else "_", **LOOKS[name]
        )
    ax.set(xlabel="active neurons", ylabel="share of time", yscale="log", ylim=(1e-6, 2))
    legend_below(figure, *axes[0])
    return figure


@styled
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

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 2, height=4.6)
    ax = axes[0, 0]
    looks = ((BLUE, "o", "-"), (PURPLE, "D", (0, (6, 2))), (ORANGE, "v", (0, (1, 1.5))))
    for (title, (optimal, predicted)), (colour, marker, dash) in zip(
        networks.items(), looks, strict=False
    ):
        distance = np.arange(1, ring_distances(optimal.n_neurons).max() + 1)
        ax.plot(
            distance, couplings_by_distance(optimal),
            color=colour, marker=marker, linestyle=dash, label=title,
        )  # fmt: skip
        ax.plot(distance, couplings_by_distance(predicted), **LOOKS["predicted"])
    ax.axhline(0, color=BLACK, linewidth=1)
    ax.set(xlabel="distance on the ring", ylabel="coupling J / T")
    ax = axes[0, 1]
    names = ("optimal", "predicted", "unchanged")
    for k, name in enumerate(names):
        ax.bar(
            np.arange(len(rewarded)) + 0.27 * (k - 1),
            [group[name] for group in rewarded.values()],
            0.25, color=LOOKS[name]["color"], hatch=("", "xx", "//")[k], edgecolor="white",
            label=name,
        )  # fmt: skip
    ax.set_xticks(range(len(rewarded)), [title.replace(" ", "\n", 1) for title in rewarded])
    ax.set(ylabel="share of time rewarded", ylim=(0, 1.05))
    ax.grid(False, axis="x")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_5d_clamped(
    rates: Mapping[str, Mapping[str, np.ndarray]], held: Mapping[str, Sequence[int]]
):
    """How often every neuron is active while some are held active (Fig. 5D).

    Parameters
    ----------
    rates : dict of title to dict of "optimal", "predicted", "unchanged" to (n_neurons,) float
    held : dict of title to the neurons that are held

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_rows = -(-len(rates) // 2)
    figure, axes = new_figure(n_rows, 2, height=1.1 + 2.5 * n_rows, sharex=True, sharey=True)
    for ax in axes.ravel()[len(rates) :]:
        ax.set_axis_off()
    for ax, (title, group) in zip(axes.ravel(), rates.items(), strict=False):
        for name, values in group.items():
            ax.plot(values, label=name, **LOOKS[name])
        ax.plot(
            held[title], np.ones(len(held[title])), "o", color=BLACK, markerfacecolor="none",
            markersize=15, label="held active",
        )  # fmt: skip
        ax.set_title(title)
    for ax in axes[-1]:
        ax.set_xlabel("neuron")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    for ax in axes[:, 0]:
        ax.set_ylabel("share of time active")
    legend_below(figure, *axes.ravel(), n_columns=4)
    return figure


# Figures of rewards inferred under assumptions: Fig. 6 of Chalk et al. 2021.

MODEL_COLOURS = {"sparse": BLUE, "pairwise": ORANGE, "global": GREEN}


@styled
def fig_inferred_rewards(rewards: Mapping[str, np.ndarray], true: np.ndarray, law: np.ndarray):
    """Every state's inferred reward, against how often the network is in it.

    Parameters
    ----------
    rewards : dict of name to (2^n,) float
        Of the models.
    true : (2^n,) float
    law : (2^n,) float
        Share of time in each state.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, len(rewards), height=3.9, sharex=True)
    depth = np.log10(np.maximum(law, 1e-300))
    for ax, (name, reward) in zip(axes[0], rewards.items(), strict=True):
        for rewarded, marker, label in ((0, ".", "truly 0"), (1, "*", "truly rewarded")):
            chosen = (true > 0) == rewarded
            ax.plot(
                depth[chosen], reward[chosen], marker, linestyle="none",
                color=VERMILLION if rewarded else GREY, markersize=14 if rewarded else 4,
                label=label, zorder=2 + rewarded,
            )  # fmt: skip
        ax.set_title(name)
    axes[0, len(rewards) // 2].set_xlabel("share of time in the state (log10)")
    axes[0, 0].set_ylabel("inferred reward")
    legend_below(figure, axes[0, 0])
    return figure


@styled
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

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 2, height=4.2)
    names = list(fits)
    colours = [MODEL_COLOURS[name] for name in names]
    axes[0, 0].bar(names, [fits[name].r_squared for name in names], color=colours)
    axes[0, 0].set(ylabel="r² of true and inferred reward", ylim=(0, 1.05))
    for k, name in enumerate(names):
        height = fits[name].r_squared
        inside = height > 0.5
        axes[0, 0].text(
            k, height + (-0.02 if inside else 0.02), f"{height:.3f}", ha="center",
            va="top" if inside else "bottom", color="white" if inside else BLACK,
        )  # fmt: skip
    ax = axes[0, 1]
    floor = 1e-3
    heights = [max(fits[name].kl, floor) - floor for name in names]
    ax.bar(names, heights, bottom=floor, color=colours)
    for k, name in enumerate(names):
        ax.plot(
            np.full(len(others.get(name, ())), k), others.get(name, ()), "o", color=BLACK,
            markerfacecolor="white", markersize=7, label="other cuts",
        )  # fmt: skip
    ax.text(names.index("sparse"), 1.4 * floor, f"{fits['sparse'].kl:.0e}", ha="center")
    ax.axhline(reference, color=BLACK, linestyle=(0, (4, 2)), label="nothing changes")
    ax.set(ylabel="KL, optimal ‖ predicted (nats)", yscale="log", ylim=(floor, 100))
    for ax in axes[0]:
        ax.grid(False, axis="x")
    legend_below(figure, axes[0, 1])
    return figure


@styled
def fig_training(
    epochs: np.ndarray,
    reward_rates: np.ndarray,
    couplings: np.ndarray,
    r_squared: np.ndarray,
    exact: np.ndarray,
) -> Figure:
    """Stochastic training: the reward comes soon, the couplings much later.

    Parameters
    ----------
    epochs : (n_kept,) int
    reward_rates, r_squared : (n_seeds, n_kept) float
        Share of time rewarded, and how well the reward inferred from the couplings fits.
    couplings : (n_seeds, n_kept, n_distances) float
    exact : (n_distances,) float
        Of the optimal network.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 3, height=3.9)
    axes[0, 0].plot(epochs, reward_rates.T, color=BLUE, marker="o", alpha=0.8)
    axes[0, 0].set(ylabel="share of time rewarded", ylim=(-0.03, 1.05))
    for k, colour, marker in ((0, VERMILLION, "^"), (min(3, len(exact) - 1), BLUE, "v")):
        lines = axes[0, 1].plot(epochs, couplings[:, :, k].T, color=colour, marker=marker)
        lines[0].set_label(f"distance {k + 1}")
        axes[0, 1].axhline(exact[k], color=colour, linestyle=(0, (4, 2)), label="_")
    axes[0, 1].plot([], [], color=BLACK, linestyle=(0, (4, 2)), label="optimal")
    axes[0, 1].set(ylabel="coupling J / T", xlabel="epoch of training")
    axes[0, 2].plot(epochs, r_squared.T, color=GREEN, marker="s", alpha=0.8)
    axes[0, 2].set(ylabel="r² of inferred reward", ylim=(-0.03, 1.05))
    legend_below(figure, axes[0, 1], n_columns=3)
    return figure
