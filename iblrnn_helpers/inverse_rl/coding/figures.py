"""Efficient coding in pictures (Chalk et al. 2021, Fig. 4C to 4G)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    legend_below,
    new_figure,
    styled,
)
from ..hypercube import n_neurons_of, spike_counts
from ..optimal_network.inverse import fix_gauge
from ..optimal_network.recording import Recording
from .efficient_coding import check_labels
from .responses import CellTypes

MARKERS = "osD^vP*Xph<>"
LABEL_STYLES = {
    -1: {"color": ORANGE, "linestyle": (0, (5, 2))},
    1: {"color": BLUE, "linestyle": "-"},
}
ACTIVE_PIXELS = "active pixels"
PER_LINE = 3.6  # inches of a single panel's height


@styled
def fig_4c_tuning(tuning: np.ndarray, labels: np.ndarray) -> Figure:
    """Firing probability by how many others are active, for each number of pixels (Fig. 4C).

    Parameters
    ----------
    tuning : (n, n, n_inputs) float
        Of :func:`iblrnn_helpers.inverse_rl.optimal_network.inverse.tuning`; all n neurons are
        drawn.
    labels : (n_inputs,) int
        y of each number of pixels.
    """
    labels = check_labels(labels, np.shape(tuning)[-1])
    figure, axes = new_figure(height=4.9)
    ax = axes[0, 0]
    for k, y in enumerate(labels):
        look = {**LABEL_STYLES[int(y)], "marker": MARKERS[k % len(MARKERS)], "alpha": 0.85}
        for i, neuron in enumerate(tuning[:, :, k]):
            ax.plot(neuron, label=f"{k}, y = {y:+d}" if i == 0 else "_again", **look)
    ax.set(xlabel="other neurons active", ylabel="firing probability", ylim=(-0.03, 1.03))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, ax, n_columns=4, title=ACTIVE_PIXELS)
    return figure


@styled
def fig_4d_counts(posterior: np.ndarray, mean_count: np.ndarray) -> Figure:
    """What the number of active neurons tells, and what it follows (Fig. 4D).

    Parameters
    ----------
    posterior : (n + 1,) float
        p(y = +1 | number of active neurons).
    mean_count : (n_inputs,) float
        For each number of active pixels.
    """
    figure, axes = new_figure(1, 2, height=PER_LINE)
    left, right = axes[0]
    left.plot(posterior, color=BLUE, marker="o", label="network")
    left.axhline(0.5, color=GREY, linestyle=(0, (2, 2)), linewidth=1.2, label="undecided")
    left.set(xlabel="neurons active", ylabel="p(y = +1)", ylim=(-0.03, 1.03))
    right.plot(mean_count, color=BLUE, marker="o")
    right.set(xlabel=ACTIVE_PIXELS, ylabel="neurons active, mean", ylim=(0, len(posterior) - 1))
    for ax in (left, right):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, left)
    return figure


@styled
def fig_4e_information(
    coding_costs: Sequence[float],
    information: Mapping[str, Sequence[float]],
    paid: Sequence[float],
    *,
    used: float,
) -> Figure:
    """Information about the feature, and what is paid, by the coding cost (Fig. 4E).

    Parameters
    ----------
    coding_costs : (n_costs,) float
    information : dict of name to (n_costs,) float
        In bits; the network first, then what it is compared with.
    paid : (n_costs,) float
        The network's cost in bits per step.
    used : float
        The coding cost of the other figures, one of ``coding_costs``; a red circle.
    """
    coding_costs = np.asarray(coding_costs, dtype=float)
    at = np.flatnonzero(coding_costs == used)
    if len(at) != 1:
        raise ValueError(f"used must be one of {coding_costs.tolist()}, got {used!r}")
    information = {name: np.asarray(bits, dtype=float) for name, bits in information.items()}
    paid = np.asarray(paid, dtype=float)
    figure, axes = new_figure(1, 2, height=PER_LINE)
    left, right = axes[0]
    looks = (
        {"color": BLUE, "marker": "o"},
        {"color": PURPLE, "marker": "s", "linestyle": (0, (5, 2))},
    )
    for (name, bits), look in zip(information.items(), looks, strict=True):
        left.plot(coding_costs, bits, label=name, **look)
    right.plot(coding_costs, paid, **looks[0])
    circle = {"color": "none", "marker": "o", "markersize": 15, "markeredgecolor": VERMILLION}
    circle |= {"markeredgewidth": 2, "linestyle": "none", "label": "used on this page"}
    left.plot(used, next(iter(information.values()))[at[0]], **circle)
    right.plot(used, paid[at[0]], **circle)
    left.set(ylabel="information on y (bits)", ylim=(0, None))
    right.set(ylabel="coding cost paid (bits)", ylim=(0, None))
    for ax in (left, right):
        ax.set(xlabel="price of coding, λ")
    legend_below(figure, left, n_columns=3)
    return figure


@styled
def fig_4f_responses(recording: Recording, labels: np.ndarray) -> Figure:
    """A network at work: neurons above, active pixels beneath (Fig. 4F).

    Parameters
    ----------
    recording : Recording
        All of it is drawn.
    labels : (n_inputs,) int
    """
    labels = np.asarray(labels)
    figure, axes = new_figure(2, 1, height=4.6, sharex=True, height_ratios=(1.6, 1))
    top, bottom = axes[:, 0]
    step, neuron = np.nonzero(recording.spins > 0)
    top.plot(step, neuron + 1, linestyle="none", marker="|", color=BLACK, markersize=7)
    top.set(ylabel="neuron", ylim=(0.3, recording.n_neurons + 0.7))
    top.yaxis.set_major_locator(MaxNLocator(integer=True))
    counts = (recording.spins > 0).sum(axis=1)
    bottom.step(range(len(counts)), recording.inputs, color=GREY, label=ACTIVE_PIXELS)
    look = {"color": BLUE, "linestyle": (0, (1, 1)), "label": "active neurons"}
    bottom.step(range(len(counts)), counts, linewidth=1.3, **look)
    border = (labels[:-1] != labels[1:]).argmax() + 0.5
    bottom.axhline(border, color=BLACK, linewidth=1, linestyle=(0, (5, 3)), label="y changes here")
    bottom.set(xlabel="step", ylabel="number", xlim=(0, len(counts) - 1))
    legend_below(figure, bottom, n_columns=3)
    return figure


@styled
def fig_4g_reward(
    rewards: Mapping[str, np.ndarray], log_posterior: np.ndarray, stationary: np.ndarray
) -> Figure:
    """Inferred reward and log-posterior by the number of active neurons (Fig. 4G).

    Parameters
    ----------
    rewards : dict of name to (2^n, n_inputs) float
        In any gauge: each input's free constant is set so that means agree with the log-posterior.
    log_posterior : (2^n, n_inputs) float
    stationary : (2^n, n_inputs) float
        How often each state occurs, with each input; weights of the means that are drawn.
    """
    counts = spike_counts(n_neurons_of(stationary))
    weights = np.stack([stationary[counts == m].sum(axis=0) for m in range(counts.max() + 1)])

    def by_count(function):
        sums = [(stationary * function)[counts == m].sum(axis=0) for m in range(len(weights))]
        return np.stack(sums) / weights

    truth = by_count(log_posterior)
    offset = log_posterior - fix_gauge(log_posterior, "mean", stationary)
    colours = _pixel_colours(truth.shape[1])
    figure, axes = new_figure(1, len(rewards), height=4.6, sharey=True)
    for ax, (name, reward) in zip(axes[0], rewards.items(), strict=True):
        inferred = by_count(fix_gauge(reward, "mean", stationary) + offset)
        for k, colour in enumerate(colours):
            ax.plot(inferred[:, k], color=colour, linewidth=2, label=f"reward, {k}")
        for k, colour in enumerate(colours):
            label = "log-posterior" if k == 0 else "_again"
            ring = {"marker": "o", "fillstyle": "none", "markersize": 10, "linestyle": "none"}
            ax.plot(truth[:, k], color=colour, label=label, **ring)
        ax.set(xlabel="neurons active", title=name)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0, 0].set_ylabel("nats")
    title = "number: active pixels, dark few, bright many"
    legend_below(figure, axes[0, 0], n_columns=3, title=title)
    return figure


@styled
def fig_similarity(similarity: Mapping[str, np.ndarray]) -> Figure:
    """How alike the rewards of two inputs are: correlation over states.

    Parameters
    ----------
    similarity : dict of name to (n_inputs, n_inputs) float
    """
    figure, axes = new_figure(1, len(similarity), height=4.0, sharey=True)
    for ax, (name, matrix) in zip(axes[0], similarity.items(), strict=True):
        image = ax.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r", origin="lower")
        ax.set(xlabel=ACTIVE_PIXELS, title=name)
        ax.grid(False)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
    axes[0, 0].set_ylabel(ACTIVE_PIXELS)
    figure.colorbar(image, ax=axes[0].tolist(), label="correlation of rewards", shrink=0.8)
    return figure


@styled
def fig_labels_from_samples(
    n_samples: Sequence[int], shares: Mapping[str, Sequence[tuple[float, float, float]]]
) -> Figure:
    """In what share of recordings every label is right, by their length.

    Parameters
    ----------
    n_samples : (n_lengths,) int
    shares : dict of at most three names to (n_lengths, 3) float
        Share, and the ends of its 95% interval.
    """
    figure, axes = new_figure(height=4.0)
    ax = axes[0, 0]
    looks = (
        {"color": BLUE, "marker": "o"},
        {"color": ORANGE, "marker": "s", "linestyle": (0, (5, 2))},
        {"color": PURPLE, "marker": "^", "linestyle": (0, (1, 1.5))},
    )
    for (name, rows), look in zip(shares.items(), looks, strict=False):
        share, low, high = np.asarray(rows, dtype=float).T
        ax.plot(n_samples, share, label=name, **look)
        ax.fill_between(n_samples, low, high, color=look["color"], alpha=0.15, linewidth=0)
    ax.set(
        xscale="log",
        xlabel="samples",
        ylabel="recordings with all\nlabels right (share)",
        ylim=(-0.03, 1.03),
    )
    legend_below(figure, ax)
    return figure


def _pixel_colours(n_inputs: int):
    from matplotlib import colormaps

    return [colormaps["viridis"](0.9 * k / max(n_inputs - 1, 1)) for k in range(n_inputs)]


# Cell types of efficient codes in pictures (Chalk et al. 2021, Fig. 4H).

KIND_STYLES = {
    True: {"color": BLUE, "linestyle": "-", "marker": "^", "label": "ON: fires more for more"},
    False: {
        "color": ORANGE,
        "linestyle": (0, (5, 2)),
        "marker": "v",
        "label": "OFF: fires less for more",
    },
}


@styled
def fig_4h_cell_types(codes: Mapping[str, CellTypes]) -> Figure:
    """Tuning of each neuron to the number of active pixels, and mean rates (Fig. 4H).

    Parameters
    ----------
    codes : dict of title to CellTypes
    """
    figure, axes = new_figure(2, len(codes), height=6.0, sharey="row", height_ratios=(1.5, 1))
    for (top, bottom), (title, types) in zip(axes.T, codes.items(), strict=True):
        order = np.lexsort((-types.rates, ~types.rising))
        for i in order:
            top.plot(types.firing[i], alpha=0.8, **KIND_STYLES[bool(types.rising[i])])
        top.set(title=title, xlabel=ACTIVE_PIXELS)
        top.xaxis.set_major_locator(MaxNLocator(integer=True))
        for place, i in enumerate(order, start=1):
            kind = KIND_STYLES[bool(types.rising[i])]
            hatch = "" if types.rising[i] else "///"
            bottom.bar(place, types.rates[i], facecolor=kind["color"], hatch=hatch, alpha=0.8)
        bottom.set(xlabel="neuron", xticks=range(1, len(order) + 1))
    axes[0, 0].set(ylabel="p(fires | pixels)")
    axes[1, 0].set(ylabel="mean rate")
    legend_below(figure, *axes[0])
    return figure


@styled
def fig_restarts(solutions: Mapping[str, tuple[Sequence[str], Sequence[float]]]) -> Figure:
    """What each random start led to: its cell types and its objective.

    Parameters
    ----------
    solutions : dict of title to (names, objectives)
        One name and one objective for each start.
    """
    figure, axes = new_figure(1, len(solutions), height=4.6)
    for ax, (title, (names, objectives)) in zip(axes[0], solutions.items(), strict=True):
        objectives = np.asarray(objectives, dtype=float)
        order = sorted(set(names), reverse=True)
        for row, name in enumerate(order):
            here = objectives[[other == name for other in names]]
            ax.plot(
                here, np.full(len(here), row), linestyle="none", marker="o", color=BLUE,
                alpha=0.45, markersize=9, label="a start",
            )  # fmt: skip
        ax.axvline(objectives.max(), color=VERMILLION, linestyle=(0, (4, 2)), label="best found")
        # Starts that end at one place are shown at one, however small their differences.
        margin = max(0.12 * np.ptp(objectives), 0.002)
        ax.set_xlim(objectives.min() - margin, objectives.max() + margin)
        ax.set(title=title, yticks=range(len(order)), xlabel="objective (nats)")
        ax.set_yticklabels(order, fontsize=11)
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.margins(y=0.12)
    axes[0, 0].set_ylabel("cells found")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_by_probability(
    probabilities: Sequence[float], objective: Mapping[str, Sequence[float]]
) -> Figure:
    """How much better than one cell type others are, by how often pixels are active.

    Parameters
    ----------
    probabilities : (n_probabilities,) float
    objective : dict of name to (n_probabilities,) float
        In nats; the first is what the others are compared with.
    """
    figure, axes = new_figure(height=4.4)
    ax = axes[0, 0]
    reference = np.asarray(next(iter(objective.values())), dtype=float)
    dashes = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (3, 1, 1, 1)), (0, (8, 2)))
    colours = (BLACK, ORANGE, PURPLE, BLUE, VERMILLION)
    for k, (name, values) in enumerate(objective.items()):
        look = {"color": colours[k % 5], "linestyle": dashes[k % 5], "marker": MARKERS[k]}
        ax.plot(probabilities, np.asarray(values) - reference, label=name, **look)
    ax.set(
        xlabel="probability that a pixel is active", ylabel="objective, more than\nthe first (nats)"
    )
    legend_below(figure, ax)
    return figure
