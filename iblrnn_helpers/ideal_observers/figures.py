"""Ideal observers in pictures: who is where in speed and accuracy, and where a rule goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from ..core import checks
from ..core import plot_style as style
from ..core.means import GroupMeans
from ..task.generative_model import TaskParams
from .speed_accuracy import StoppingRegions, correct_at_rate

CURVE_STYLES = {
    "any rule, exact posterior": {"color": style.BLACK, "linestyle": "-"},
    "thresholds, semi-Markov": {"color": style.BLACK, "linestyle": (0, (1, 1.5))},
    "thresholds, Markov": {"color": style.GREEN, "linestyle": (0, (5, 2))},
    "coupled actor": {"color": style.ORANGE, "linestyle": (0, (3, 1, 1, 1))},
    "RNN, other thresholds": {"color": style.BLUE, "linestyle": (0, (6, 2, 1, 2))},
}
# Networks are blue; shapes tell recipes apart.
POINT_STYLES = {
    **style.AGENT_STYLES,
    "RNN, cross-entropy": {"color": style.BLUE, "marker": "<"},
    "RNN, 2 units": {"color": style.BLUE, "marker": ">"},
    "RNN by Adam": {"color": style.SKY, "marker": "o"},
    "GRU by Adam": {"color": style.SKY, "marker": "X"},
    "LSTM by Adam": {"color": style.SKY, "marker": "p"},
    "Distilled, 2 units": {"color": style.GREY, "marker": "H"},
    "Best: most reward per trial": {"color": style.BLACK, "marker": "*"},
    "Best: most reward per step": {"color": style.BLACK, "marker": "X"},
}
OTHERS = (
    {"color": style.VERMILLION, "marker": "X", "linestyle": (0, (5, 2))},
    {"color": style.PURPLE, "marker": ">", "linestyle": "-"},
    {"color": style.GREY, "marker": "p", "linestyle": (0, (1, 1.5))},
)
FILTER_STYLES = {
    "Markov": {"color": style.GREEN, "linestyle": (0, (5, 2))},
    "semi-Markov": {"color": style.BLACK, "linestyle": "-"},
}
ACTIONS = {"answers left": "#f6d9a8", "goes on": "white", "answers right": "#a9cfe8"}


@style.styled
def fig_frontier(
    points: Mapping[str, tuple],
    curves: Mapping[str, tuple] | None = None,
    *,
    paths: Mapping[str, tuple] | None = None,
    rates: Sequence[float] = (),
    params: TaskParams | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> Figure:
    """Fraction correct against steps per trial: agents as points, observers as curves.

    Parameters
    ----------
    points : dict of name to (steps, correct)
        Each a number, or (n,) for several of a kind.
    curves : dict of name to (steps, correct), optional
        Each (n,), from quick to slow.
    paths : dict of name to (steps, correct), optional
        Each (n,), in the order of time; the end has an arrow.
    rates : sequence of float
        Reward per step, each drawn as the line of all points that earn it.
    params : TaskParams, optional
        Of the rates; the default task where omitted.
    xlim, ylim : (low, high), optional
        Only this part of the plane.

    Raises
    ------
    ValueError
        If there is no point, there are more names than looks to tell them apart, or steps and
        correct differ in shape.
    """
    style.check_kind("points", points, Mapping)
    curves, paths = curves or {}, paths or {}
    for name, pair in {**points, **curves, **paths}.items():
        if len(pair) != 2 or np.shape(pair[0]) != np.shape(pair[1]):
            raise ValueError(f"{name} must be (steps, correct) of one shape, got {pair!r}")
    point_looks = _looks("points", points, POINT_STYLES)
    curve_looks = _looks("curves", curves, CURVE_STYLES)
    figure, axes = style.new_figure(height=6.2)
    ax = axes[0, 0]
    for name, pair in curves.items():
        ax.plot(*pair, label=name, zorder=2, **{**curve_looks[name], "marker": ""})
    for name, pair in paths.items():
        ax.plot(*pair, color=style.SKY, linewidth=1.4, zorder=2.5, label=name)
        before, end = np.transpose(pair)[-2:]
        arrow = {"arrowstyle": "->", "color": style.SKY, "linewidth": 1.8}
        ax.annotate("", end, before, arrowprops=arrow, zorder=2.5)
    dots = {"linestyle": "none", "markersize": 9, "markeredgecolor": "white"}
    for name, pair in points.items():
        look = {**point_looks[name], **dots}
        ax.plot(*pair, markeredgewidth=0.7, zorder=3, label=name, **look)
    ax.set(xlabel="steps per trial, blank steps included", ylabel="correct actions / trials")
    ax.set(xlim=xlim or ax.get_xlim(), ylim=ylim or ax.get_ylim())
    _draw_rates(ax, rates, params or TaskParams())
    style.legend_below(figure, ax)
    return figure


def _looks(field: str, names, styles: Mapping) -> dict:
    """Known names always look the same; others take what is left."""
    unknown = [name for name in names if name not in styles]
    if len(unknown) > len(OTHERS):
        raise ValueError(
            f"{field}: at most {len(OTHERS)} may have names without a style, got {unknown}"
        )
    return {**styles, **dict(zip(unknown, OTHERS, strict=False))}


def _draw_rates(ax, rates: Sequence[float], params: TaskParams) -> None:
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    steps = np.linspace(left, right, 400)
    tag = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for rate in rates:
        correct = correct_at_rate(params, rate, steps)
        line = {"color": style.GREY, "linewidth": 0.9, "zorder": 1}
        ax.plot(steps, correct, label="equal reward per step", **line)
        # Labels where a line comes in, on the side of few steps, where nobody can be.
        inside = np.flatnonzero((correct > bottom + 0.03 * (top - bottom)) & (correct < top))
        for k in inside[:1]:
            x = steps[k] + 0.01 * (right - left)
            ax.text(x, correct[k], f"{rate:g}", fontsize=11, va="center", bbox=tag, zorder=1.5)
    ax.set(xlim=(left, right), ylim=(bottom, top))


@style.styled
def fig_rows(results: Mapping[str, Mapping[str, Sequence[float]]], *, xlabel: str) -> Figure:
    """A row for each agent or model, a dot for each network; a panel for each quantity.

    Parameters
    ----------
    results : dict of quantity to dict of row to (n,) float
        The same rows for every quantity, whose name is the panel's title.
    xlabel : str
        What all are measured in.

    Raises
    ------
    ValueError
        If there is no quantity, or they have other rows.
    """
    style.check_kind("results", results, Mapping)
    rows = list(next(iter(results.values())))
    for name, by_row in results.items():
        if list(by_row) != rows:
            raise ValueError(f"results[{name!r}] must have the rows {rows}, got {[*by_row]}")
    figure, axes = style.new_figure(1, len(results), height=1.8 + 0.32 * len(rows), sharey=True)
    dots = {
        "color": style.BLUE,
        "alpha": 0.7,
        "markersize": 6,
        "label": "a network or another agent",
    }
    for ax, (name, by_row) in zip(axes[0], results.items(), strict=True):
        for row, values in enumerate(by_row.values()):
            ax.plot(values, np.full(np.shape(values), row), "o", **dots)
        ax.set(title=name, xlabel=xlabel, ylim=(len(rows) - 0.5, -0.5))
    axes[0, 0].set_yticks(range(len(rows)), rows)
    style.legend_below(figure, *axes[0])
    return figure


@style.styled
def fig_stopping_regions(
    regions: Sequence[Sequence[StoppingRegions]], *, posterior: float | None = None
) -> Figure:
    """What a rule does at every state of a trial: answer left, go on, or answer right.

    Parameters
    ----------
    regions : (n_rows, n_columns) of StoppingRegions
        A panel each.
    posterior : float, optional
        Dashed lines where the posterior of either side has this value: what a rule with this
        threshold would do.

    Raises
    ------
    ValueError
        If there is no panel, or rows differ in length.
    """
    if len({len(row) for row in regions}) > 1:
        raise ValueError("regions must be rows of equal length")
    shape = len(regions), len(regions[0])
    figure, axes = style.new_figure(
        *shape, height=1.3 + 2.4 * len(regions), sharex=True, sharey=True
    )
    colors = {"cmap": ListedColormap(list(ACTIONS.values())), "vmin": -1, "vmax": 1}
    dashed = {"colors": style.BLACK, "linestyles": "dashed", "linewidths": 1.2}
    for ax, region in zip(axes.flat, chain(*regions), strict=True):
        style.check_kind("regions", region, StoppingRegions)
        grid = region.sums, region.sums
        ax.pcolormesh(*grid, region.action.T, shading="nearest", **colors)
        if posterior is not None:
            ax.contour(*grid, region.p_right.T, levels=[1 - posterior, posterior], **dashed)
        ax.set_aspect("equal")
        ax.grid(False)
        ax.set_title(f"{region.n_observations} seen, prior {region.prior:g}", fontsize=12)
    for ax in axes[-1]:
        ax.set_xlabel("sum of $o^L$")
    for ax in axes[:, 0]:
        ax.set_ylabel("sum of $o^R$")
    ax = axes[0, 0]
    for label, color in ACTIONS.items():
        ax.fill_between([], [], [], facecolor=color, edgecolor=style.GREY, label=label)
    if posterior is not None:
        ax.plot([], [], "--", color=style.BLACK, linewidth=1.2, label=f"posterior {posterior:g}")
    style.legend_below(figure, ax, n_columns=4)
    return figure


@style.styled
def fig_answered_by_confidence(
    results: Mapping[str, GroupMeans], *, n_observations: Sequence[int] = (1, 2, 3, 5, 8)
) -> Figure:
    """How readily rules answer, by confidence and by the number of observations.

    Parameters
    ----------
    results : dict of rule to GroupMeans
        Of :func:`.speed_accuracy.answered_by_confidence`; a panel each.
    n_observations : sequence of int
        Those drawn, at most 5.
    """
    style.check_agents(results, GroupMeans)
    figure, axes = style.new_figure(1, len(results), height=4.4, sharey=True)
    for ax, (name, result) in zip(axes[0], results.items(), strict=True):
        for n, look in zip(n_observations, style.LOOKS, strict=False):
            line = result.at(n_observations=n).at_least(50)
            x = line.groups["confidence"]
            if np.isfinite(line.mean).any():
                style.draw_means(ax, x, line, label=f"after {n}", markersize=4, **look)
        ax.set(title=name, xlabel="posterior of the likelier side")
    axes[0, 0].set_ylabel("share of trials answered")
    style.legend_below(figure, *axes[0], n_columns=5)
    return figure


@style.styled
def fig_beliefs_around_switches(results: Mapping[str, Mapping[str, GroupMeans]]) -> Figure:
    """Mean belief in the new block's side, before and after a switch.

    Parameters
    ----------
    results : dict of title to dict of {"Markov", "semi-Markov"} to GroupMeans
        Of :func:`.belief_scores.belief_around_switches`; a panel each.
    """
    style.check_kind("results", results, Mapping)
    figure, axes = style.new_figure(1, len(results), height=4.2, sharey=True)
    for ax, (title, by_filter) in zip(axes[0], results.items(), strict=True):
        style.check_agents(by_filter, GroupMeans)
        for name, result in by_filter.items():
            checks.choice(f"filter of {title!r}", name, FILTER_STYLES)
            x = result.groups["from_switch"]
            style.draw_means(ax, x, result, label=name, **FILTER_STYLES[name])
        ax.axvline(-0.5, color=style.GREY, linewidth=1)
        ax.set(title=title, xlabel="trials from the switch", ylim=(0, 1))
    axes[0, 0].set_ylabel("belief in the new side")
    style.legend_below(figure, *axes[0])
    return figure
