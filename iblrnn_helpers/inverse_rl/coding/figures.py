"""Efficient coding and its cell types in pictures (Chalk et al. 2021, Fig. 4C to 4H)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts
from ..optimal_network.recording import Recording
from .responses import CellTypes

MARKERS = "osD^vP*Xph<>"
# Of y = -1 and of cells that fire less for more pixels; of y = +1 and of those that fire more.
FALLING = {"color": style.ORANGE, "linestyle": (0, (5, 2))}
RISING = {"color": style.BLUE, "linestyle": "-"}
FIRST, SECOND = {"color": style.BLUE, "marker": "o"}, {"marker": "s", "linestyle": (0, (5, 2))}
ACTIVE_PIXELS = "active pixels"
PER_LINE = 3.6  # inches of a single panel's height


@style.styled
def fig_4c_tuning(tuning: np.ndarray, labels: np.ndarray) -> Figure:
    """Firing probability by how many others are active, for each number of pixels (Fig. 4C).

    Parameters
    ----------
    tuning : (n, n, n_inputs) float
        Of :func:`.optimal_network.tuning`; all n neurons are drawn.
    labels : (n_inputs,) int
        y of each number of pixels.
    """
    figure, axes = style.new_figure(height=4.9)
    ax = axes[0, 0]
    for k, y in enumerate(labels):
        look = {**(RISING if y > 0 else FALLING), "marker": MARKERS[k % len(MARKERS)]}
        lines = ax.plot(tuning[:, :, k].T, alpha=0.85, **look)
        lines[0].set_label(f"{k}, y = {y:+d}")
    ax.set(xlabel="other neurons active", ylabel="firing probability", ylim=(-0.03, 1.03))
    _count_on_x(ax)
    style.legend_below(figure, ax, n_columns=4, title=ACTIVE_PIXELS)
    return figure


@style.styled
def fig_4d_counts(posterior: np.ndarray, mean_count: np.ndarray) -> Figure:
    """What the number of active neurons tells, and what it follows (Fig. 4D).

    Parameters
    ----------
    posterior : (n + 1,) float
        p(y = +1 | number of active neurons).
    mean_count : (n_inputs,) float
        For each number of active pixels.
    """
    figure, axes = style.new_figure(1, 2, height=PER_LINE)
    left, right = axes[0]
    left.plot(posterior, label="network", **FIRST)
    left.axhline(0.5, color=style.GREY, linestyle=(0, (2, 2)), linewidth=1.2, label="undecided")
    left.set(xlabel="neurons active", ylabel="p(y = +1)", ylim=(-0.03, 1.03))
    right.plot(mean_count, **FIRST)
    right.set(xlabel=ACTIVE_PIXELS, ylabel="neurons active, mean", ylim=(0, len(posterior) - 1))
    _count_on_x(left, right)
    style.legend_below(figure, left)
    return figure


@style.styled
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
    at, paid = list(coding_costs).index(used), list(paid)
    figure, axes = style.new_figure(1, 2, height=PER_LINE)
    left, right = axes[0]
    circle = {"color": "none", "marker": "o", "markersize": 15, "label": "used on this page"}
    circle |= {"markeredgecolor": style.VERMILLION, "markeredgewidth": 2, "linestyle": "none"}
    looks = (FIRST, {"color": style.PURPLE, **SECOND})
    for (name, bits), look in zip(information.items(), looks, strict=True):
        left.plot(coding_costs, bits, label=name, **look)
    left.plot(used, list(next(iter(information.values())))[at], **circle)
    right.plot(coding_costs, paid, **FIRST)
    right.plot(used, paid[at], **circle)
    left.set(ylabel="information on y (bits)", ylim=(0, None))
    right.set(ylabel="coding cost paid (bits)", ylim=(0, None))
    for ax in (left, right):
        ax.set(xlabel="price of coding, λ")
    style.legend_below(figure, left, n_columns=3)
    return figure


@style.styled
def fig_4f_responses(recording: Recording, labels: np.ndarray) -> Figure:
    """A network at work: neurons above, active pixels beneath (Fig. 4F).

    Parameters
    ----------
    recording : Recording
        All of it is drawn.
    labels : (n_inputs,) int
    """
    figure, axes = style.new_figure(2, 1, height=4.6, sharex=True, height_ratios=(1.6, 1))
    top, bottom = axes[:, 0]
    step, neuron = np.nonzero(recording.spins > 0)
    top.plot(step, neuron + 1, linestyle="none", marker="|", color=style.BLACK, markersize=7)
    top.set(ylabel="neuron", ylim=(0.3, recording.n_neurons + 0.7))
    top.yaxis.set_major_locator(MaxNLocator(integer=True))
    counts = (recording.spins > 0).sum(axis=1)
    steps = range(len(counts))
    bottom.step(steps, recording.inputs, color=style.GREY, label=ACTIVE_PIXELS)
    look = {"color": style.BLUE, "linestyle": (0, (1, 1)), "label": "active neurons"}
    bottom.step(steps, counts, linewidth=1.3, **look)
    border = (labels[:-1] != labels[1:]).argmax() + 0.5
    look = {"color": style.BLACK, "linestyle": (0, (5, 3)), "label": "y changes here"}
    bottom.axhline(border, linewidth=1, **look)
    bottom.set(xlabel="step", ylabel="number", xlim=(0, len(counts) - 1))
    style.legend_below(figure, bottom, n_columns=3)
    return figure


@style.styled
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
    mean = np.average(log_posterior, axis=0, weights=stationary)
    n_inputs = truth.shape[1]
    colours = colormaps["viridis"](0.9 * np.arange(n_inputs) / max(n_inputs - 1, 1))
    ring = {"marker": "o", "fillstyle": "none", "markersize": 10, "linestyle": "none"}
    figure, axes = style.new_figure(1, len(rewards), height=4.6, sharey=True)
    for ax, (name, reward) in zip(axes[0], rewards.items(), strict=True):
        inferred = by_count(reward - np.average(reward, axis=0, weights=stationary) + mean)
        for k, colour in enumerate(colours):
            ax.plot(inferred[:, k], color=colour, linewidth=2, label=f"reward, {k}")
        for k, colour in enumerate(colours):
            label = "log-posterior" if k == 0 else "_again"
            ax.plot(truth[:, k], color=colour, label=label, **ring)
        ax.set(xlabel="neurons active", title=name)
        _count_on_x(ax)
    axes[0, 0].set_ylabel("nats")
    title = "number: active pixels, dark few, bright many"
    style.legend_below(figure, axes[0, 0], n_columns=3, title=title)
    return figure


@style.styled
def fig_similarity(similarity: Mapping[str, np.ndarray]) -> Figure:
    """How alike the rewards of two inputs are: correlation over states.

    Parameters
    ----------
    similarity : dict of name to (n_inputs, n_inputs) float
    """
    figure, axes = style.new_figure(1, len(similarity), height=4.0, sharey=True)
    for ax, (name, matrix) in zip(axes[0], similarity.items(), strict=True):
        image = ax.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r", origin="lower")
        ax.set(xlabel=ACTIVE_PIXELS, title=name)
        ax.grid(False)
        _count_on_x(ax)
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0, 0].set_ylabel(ACTIVE_PIXELS)
    figure.colorbar(image, ax=axes[0].tolist(), label="correlation of rewards", shrink=0.8)
    return figure


@style.styled
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
    figure, axes = style.new_figure(height=4.0)
    ax = axes[0, 0]
    third = {"color": style.PURPLE, "marker": "^", "linestyle": (0, (1, 1.5))}
    looks = (FIRST, {"color": style.ORANGE, **SECOND}, third)
    for (name, rows), look in zip(shares.items(), looks, strict=False):
        share, low, high = np.asarray(rows, dtype=float).T
        ax.plot(n_samples, share, label=name, **look)
        ax.fill_between(n_samples, low, high, color=look["color"], alpha=0.15, linewidth=0)
    ax.set(xscale="log", xlabel="samples", ylim=(-0.03, 1.03))
    ax.set_ylabel("recordings with all\nlabels correct (share)")
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_4h_cell_types(codes: Mapping[str, CellTypes]) -> Figure:
    """Tuning of each neuron to the number of active pixels, and mean rates (Fig. 4H).

    Parameters
    ----------
    codes : dict of title to CellTypes
    """
    figure, axes = style.new_figure(2, len(codes), height=6.0, sharey="row", height_ratios=(1.5, 1))
    for (top, bottom), (title, types) in zip(axes.T, codes.items(), strict=True):
        order = np.lexsort((-types.rates, ~types.rising))
        for place, i in enumerate(order, start=1):
            if types.rising[i]:
                look = {**RISING, "marker": "^", "label": "ON: fires more for more"}
            else:
                look = {**FALLING, "marker": "v", "label": "OFF: fires less for more"}
            top.plot(types.firing[i], alpha=0.8, **look)
            hatch = "" if types.rising[i] else "///"
            bottom.bar(place, types.rates[i], facecolor=look["color"], hatch=hatch, alpha=0.8)
        top.set(title=title, xlabel=ACTIVE_PIXELS)
        _count_on_x(top)
        bottom.set(xlabel="neuron", xticks=range(1, len(order) + 1))
    axes[0, 0].set(ylabel="p(fires | pixels)")
    axes[1, 0].set(ylabel="mean rate")
    style.legend_below(figure, *axes[0])
    return figure


@style.styled
def fig_restarts(solutions: Mapping[str, tuple[Sequence[str], Sequence[float]]]) -> Figure:
    """What each random start led to: its cell types and its objective.

    Parameters
    ----------
    solutions : dict of title to (names, objectives)
        One name and one objective for each start.
    """
    figure, axes = style.new_figure(1, len(solutions), height=4.6)
    for ax, (title, (names, objectives)) in zip(axes[0], solutions.items(), strict=True):
        objectives = np.asarray(objectives, dtype=float)
        order = sorted(set(names), reverse=True)
        rows = [order.index(name) for name in names]
        ax.plot(objectives, rows, "o", color=style.BLUE, alpha=0.45, markersize=9, label="a start")
        line = {"color": style.VERMILLION, "linestyle": (0, (4, 2)), "label": "best found"}
        ax.axvline(objectives.max(), **line)
        # Starts that end at one place are shown at one, however small their differences.
        margin = max(0.12 * np.ptp(objectives), 0.002)
        ax.set_xlim(objectives.min() - margin, objectives.max() + margin)
        ax.set(title=title, yticks=range(len(order)), xlabel="objective (nats)")
        ax.set_yticklabels(order, fontsize=11)
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.margins(y=0.12)
    axes[0, 0].set_ylabel("cells found")
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
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
    figure, axes = style.new_figure(height=4.4)
    ax = axes[0, 0]
    reference = np.asarray(next(iter(objective.values())))
    dashes = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (3, 1, 1, 1)), (0, (8, 2)))
    colours = (style.BLACK, style.ORANGE, style.PURPLE, style.BLUE, style.VERMILLION)
    for k, (name, values) in enumerate(objective.items()):
        look = {"color": colours[k % 5], "linestyle": dashes[k % 5], "marker": MARKERS[k]}
        ax.plot(probabilities, np.asarray(values) - reference, label=name, **look)
    ax.set_xlabel("probability that a pixel is active")
    ax.set_ylabel("objective, more than\nthe first (nats)")
    style.legend_below(figure, ax)
    return figure


def _count_on_x(*axes) -> None:
    for ax in axes:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
