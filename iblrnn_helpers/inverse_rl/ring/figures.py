"""The ring in pictures, and the rewards inferred from it (Chalk et al. 2021, Figs. 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts, spins
from ..optimal_network.figures import draw_raster
from .pairwise import PairwiseNetwork
from .reward_models import ModelFit, TrainingCurves
from .ring import couplings_by_distance
from .training import Solution

LOOKS = {
    "optimal": style.LOOKS[0],
    "predicted": {"color": style.VERMILLION, "marker": "x", "linestyle": "none", "markersize": 9},
    "unchanged": {"color": style.GREY, "marker": "s", "linestyle": (0, (4, 2))},
    "found from rest": style.LOOKS[3],
    "any value function": style.LOOKS[4],
}
REWARDED = {"ylabel": "share of time rewarded", "ylim": (-0.03, 1.05)}


@style.panels
def fig_5a_network(figure, network: PairwiseNetwork, states: np.ndarray, *, every: int):
    """The couplings on the ring and as a matrix, and a stretch of the dynamics (Fig. 5A).

    Parameters
    ----------
    network : PairwiseNetwork
    states : (n_shown,) int
        State numbers, `every` updates apart.
    """
    style.set_height(figure, 6.4)
    axes = figure.subplot_mosaic([["ring", "matrix"], ["raster"] * 2], height_ratios=(3, 2))
    ring, matrix, raster = axes.values()
    n, couplings = network.n_neurons, network.couplings
    limit = np.abs(couplings).max() or 1.0
    angle = 2 * np.pi * np.arange(n) / n
    places = np.column_stack([np.sin(angle), np.cos(angle)])
    kinds = {"excites": (1, style.VERMILLION, "-"), "inhibits": (-1, style.BLUE, (0, (3, 1)))}
    for label, (sign, colour, dash) in kinds.items():
        look = {"color": colour, "linestyle": dash}
        for pair in np.argwhere(np.triu(sign * couplings, 1) > 0.02 * limit):
            width = 3 * abs(couplings[tuple(pair)]) / limit
            ring.plot(*places[pair].T, linewidth=width, alpha=0.7, **look)
        ring.plot([], [], linewidth=2.5, label=label, **look)
    ring.plot(*places.T, "o", color=style.BLACK, markerfacecolor="white", markersize=12, zorder=3)
    ring.set(aspect="equal")
    ring.set_axis_off()
    image = matrix.imshow(couplings, cmap=style.DIVERGING, vmin=-limit, vmax=limit)
    matrix.set(xlabel="neuron", ylabel="neuron")
    matrix.grid(False)
    matrix.locator_params(integer=True)
    figure.colorbar(image, ax=matrix, label="coupling J / T", shrink=0.85)
    draw_raster(raster, spins(n)[states])
    raster.set_xlabel(f"time ({every:,} updates of one neuron)")


@style.panels
def fig_rasters(figure, shown: Mapping[str, np.ndarray], n_neurons: int, *, every: int):
    """Stretches of the dynamics of several networks, one above the other.

    Parameters
    ----------
    shown : dict of title to (n_shown,) int
        State numbers, `every` updates apart.
    """
    axes = style.grid(figure, len(shown), 1, height=0.6 + 1.75 * len(shown), sharex=True)
    for ax, (title, states) in zip(axes[:, 0], shown.items(), strict=True):
        draw_raster(ax, spins(n_neurons)[states])
        ax.set_title(title, loc="left")
    ax.set_xlabel(f"time ({every:,} updates of one neuron)")


@style.panels
def fig_5b_coding_cost(
    figure,
    found: Mapping[str, Sequence[Solution]],
    unrestricted: Mapping[float, float],
    counts: Mapping[str, np.ndarray],
):
    """Reward rate as the coding cost rises, and the number of active neurons (Fig. 5B).

    Parameters
    ----------
    found : dict of "optimal", "predicted", "found from rest" to sequence of Solution
        At various coding costs: followed upwards with the true reward, with the inferred one, and
        found from rest with the true one.
    unrestricted : dict of coding cost to reward rate
        Of the best networks with any value function.
    counts : dict of "optimal", "predicted", "unchanged" to (2^n,) float
        Laws whose number of active neurons is drawn.
    """
    rates, numbers = style.grid(figure, 1, 2, height=4.6, width_ratios=(3, 2))[0]
    by_cost = {name: {s.coding_cost: s.reward_rate for s in those} for name, those in found.items()}
    for name, rewarded in {**by_cost, "any value function": unrestricted}.items():
        rates.plot(rewarded.keys(), rewarded.values(), label=name, **LOOKS[name])
    rates.set(xlabel="coding cost λ", **REWARDED)
    for name, law in counts.items():
        numbers.plot(np.bincount(spike_counts(n_neurons_of(law)), law), label=name, **LOOKS[name])
    numbers.set(xlabel="active neurons", ylabel="share of time", yscale="log", ylim=(1e-6, 2))


@style.panels
def fig_5c_distant_removed(
    figure,
    networks: Mapping[str, tuple[PairwiseNetwork, PairwiseNetwork]],
    rewarded: Mapping[str, Mapping[str, float]],
):
    """Couplings by distance, before and after the distant ones are gone, and the reward (Fig. 5C).

    Parameters
    ----------
    networks : dict of title to (optimal, predicted) PairwiseNetwork
    rewarded : dict of title to dict of "optimal", "predicted", "unchanged" to share of time
    """
    left, right = style.grid(figure, 1, 2, height=4.6)[0]
    looks = style.LOOKS[::2]
    for (title, (optimal, predicted)), look in zip(networks.items(), looks, strict=False):
        distance = np.arange(1, optimal.n_neurons // 2 + 1)
        left.plot(distance, couplings_by_distance(optimal), label=title, **look)
        left.plot(distance, couplings_by_distance(predicted), **LOOKS["predicted"])
    left.axhline(0, color=style.BLACK, linewidth=1)
    left.set(xlabel="distance on the ring", ylabel="coupling J / T")
    titles = [title.replace(" ", "\n", 1) for title in rewarded]
    for name in next(iter(rewarded.values())):
        shares = [group[name] for group in rewarded.values()]
        right.plot(titles, shares, label=name, **LOOKS[name])
    right.set(xlim=(-0.3, len(titles) - 0.7), **REWARDED)


@style.panels(gaps=True, n_columns=4)
def fig_5d_clamped(
    figure, rates: Mapping[str, Mapping[str, np.ndarray]], held: Mapping[str, Sequence[int]]
):
    """How often every neuron is active while some are held active (Fig. 5D).

    Parameters
    ----------
    rates : dict of title to dict of "optimal", "predicted", "unchanged" to (n_neurons,) float
    held : dict of title to the neurons that are held
    """
    shared = {"sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(rates), 2, row_height=2.5, rest=1.1, **shared)
    ring = {"color": style.BLACK, "markerfacecolor": "none", "markersize": 15}
    for ax, (title, group) in zip(axes.flat, rates.items(), strict=False):
        for name, values in group.items():
            ax.plot(values, label=name, **LOOKS[name])
        ax.plot(held[title], np.ones(len(held[title])), "o", label="held active", **ring)
        ax.set(title=title, xlabel="neuron", ylabel="share of time active")
        ax.locator_params(axis="x", integer=True)
        ax.label_outer()


@style.panels
def fig_inferred_rewards(
    figure, rewards: Mapping[str, np.ndarray], true: np.ndarray, law: np.ndarray
):
    """Every state's inferred reward, against how often the network is in it.

    Parameters
    ----------
    rewards : dict of name to (2^n,) float
        Of the models.
    true : (2^n,) float
    law : (2^n,) float
        Share of time in each state.
    """
    depth = np.log10(np.maximum(law, 1e-300))
    unpaid = {"marker": ".", "color": style.GREY, "markersize": 4, "label": "truly 0"}
    paid = {"marker": "*", "color": style.VERMILLION, "markersize": 14, "label": "truly rewarded"}
    axes = style.grid(figure, 1, len(rewards), height=3.9, sharex=True)[0]
    for ax, (name, reward) in zip(axes, rewards.items(), strict=True):
        for chosen, look in ((true <= 0, unpaid), (true > 0, paid)):
            ax.plot(depth[chosen], reward[chosen], linestyle="none", **look)
        ax.set_title(name)
    axes[len(rewards) // 2].set_xlabel("share of time in the state (log10)")
    axes[0].set_ylabel("inferred reward")


@style.panels(gaps=True)
def fig_6_reward_models(
    figure, fits: Mapping[str, ModelFit], reference: float, others: Mapping[str, Sequence[float]]
):
    """Fit and prediction of the reward models (Fig. 6A, B).

    Parameters
    ----------
    fits : dict of model to ModelFit
    reference : float
        KL(optimal at high cost ‖ unchanged), in nats; drawn dashed.
    others : dict of model to sequence of float
        KL with other cuts of small singular values.
    """
    fit, divergence = axes = style.grid(figure, 1, 2, height=4.2)[0]
    bars = {"color": (style.BLUE, style.ORANGE, style.GREEN)}
    shown = fit.bar(list(fits), [one.r_squared for one in fits.values()], **bars)
    fit.bar_label(shown, fmt="{:.3f}", padding=2)
    fit.set(ylabel="r² of true and inferred reward", ylim=(0, 1.12))
    shown = divergence.bar(list(fits), [one.kl for one in fits.values()], **bars)
    divergence.bar_label(shown, fmt=lambda kl: "< 0.001" if kl < 1e-3 else "", padding=2)
    cuts = [(name, kl) for name, kls in others.items() for kl in kls]
    dots = {"color": style.BLACK, "markerfacecolor": "white", "markersize": 7}
    divergence.plot(*zip(*cuts, strict=True), "o", label="other cuts", **dots)
    dashes = {"color": style.BLACK, "linestyle": (0, (4, 2))}
    divergence.axhline(reference, label="nothing changes", **dashes)
    divergence.set_yscale("symlog", linthresh=1e-3)
    divergence.set(ylabel="KL, optimal ‖ predicted (nats)", ylim=(0, 100))
    for ax in axes:
        ax.grid(False, axis="x")


@style.panels(n_columns=3)
def fig_training(figure, curves: TrainingCurves, exact: np.ndarray):
    """Stochastic training: the reward comes soon, the couplings much later.

    ``exact`` (n_distances,) are the couplings of the optimal network.
    """
    rates, couplings, fits = style.grid(figure, 1, 3, height=3.9)[0]
    rates.plot(curves.epochs, curves.reward_rate.T, color=style.BLUE, marker="o", alpha=0.8)
    rates.set(**REWARDED)
    dashes = {"linestyle": (0, (4, 2))}
    distances = (0, style.VERMILLION, "^"), (min(3, len(exact) - 1), style.BLUE, "v")
    for k, colour, marker in distances:
        line = {"color": colour, "marker": marker, "label": f"distance {k + 1}"}
        couplings.plot(curves.epochs, curves.couplings[:, :, k].T, **line)
        couplings.axhline(exact[k], color=colour, **dashes)
    couplings.plot([], [], color=style.BLACK, label="optimal", **dashes)
    couplings.set(ylabel="coupling J / T", xlabel="epoch of training")
    fits.plot(curves.epochs, curves.r_squared.T, color=style.GREEN, marker="s", alpha=0.8)
    fits.set(ylabel="r² of inferred reward", ylim=(-0.03, 1.05))
