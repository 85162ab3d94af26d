"""Ideal observers in pictures: who is where in speed and accuracy, and where a rule goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
from matplotlib.colors import ListedColormap

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
MIN_TRIALS = 50  # of a point of confidence
ACTIONS = {"answers left": "#f6d9a8", "goes on": "white", "answers right": "#a9cfe8"}


@style.panel(height=6.2)
def fig_frontier(
    ax,
    points: Mapping[str, tuple],
    curves: Mapping[str, tuple] | None = None,
    *,
    paths: Mapping[str, tuple] | None = None,
    rates: Sequence[float] = (),
    params: TaskParams | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
):
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
        If there is no point, or there are more names than looks to tell them apart.
    """
    curves, paths = curves or {}, paths or {}
    for name, look in _looks("curves", curves, CURVE_STYLES).items():
        ax.plot(*curves[name], label=name, zorder=2, **{**look, "marker": ""})
    for name, pair in paths.items():
        ax.plot(*pair, color=style.SKY, linewidth=1.4, zorder=2.5, label=name)
        before, end = np.transpose(pair)[-2:]
        arrow = {"arrowstyle": "->", "color": style.SKY, "linewidth": 1.8}
        ax.annotate("", end, before, arrowprops=arrow, zorder=2.5)
    dots = {"linestyle": "none", "markersize": 9, "markeredgecolor": "white", "zorder": 3}
    for name, look in _looks("points", points, POINT_STYLES).items():
        ax.plot(*points[name], markeredgewidth=0.7, label=name, **{**look, **dots})
    ax.set(xlabel="steps per trial, blank steps included", ylabel="correct actions / trials")
    ax.set(xlim=xlim or ax.get_xlim(), ylim=ylim or ax.get_ylim())

    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    steps = np.linspace(left, right, 400)
    line = {"color": style.GREY, "linewidth": 0.9, "zorder": 1, "label": "equal reward per step"}
    tag = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", "fontsize": 11}
    tag |= {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}, "zorder": 1.5}
    for rate in rates:
        correct = correct_at_rate(params or TaskParams(), rate, steps)
        ax.plot(steps, correct, **line)
        # Labels where a line comes in, on the side of few steps, where no agent can be.
        inside = np.flatnonzero((correct > bottom + 0.03 * (top - bottom)) & (correct < top))
        for k in inside[:1]:
            ax.annotate(f"{rate:g}", (steps[k], correct[k]), **tag)


def _looks(field: str, names: Iterable[str], styles: Mapping) -> dict:
    """Known names always look the same; others take what is left."""
    unknown = [name for name in names if name not in styles]
    if len(unknown) > len(OTHERS):
        raise ValueError(f"{field} may have {len(OTHERS)} names without a style, got {unknown}")
    looks = {**styles, **dict(zip(unknown, OTHERS, strict=False))}
    return {name: looks[name] for name in names}


@style.panels(n_columns=4)
def fig_stopping_regions(
    figure, regions: Sequence[Sequence[StoppingRegions]], *, posterior: float | None = None
):
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
        If there is no panel.
    """
    shape = len(regions), len(regions[0])
    shared = {"sharex": True, "sharey": True}
    axes = style.grid(figure, *shape, height=1.3 + 2.4 * len(regions), **shared)
    colors = {"cmap": ListedColormap(list(ACTIONS.values())), "vmin": -1, "vmax": 1}
    dashed = {"colors": style.BLACK, "linestyles": "dashed", "linewidths": 1.2}
    for ax, region in zip(axes.flat, chain(*regions), strict=True):
        grid = region.sums, region.sums
        ax.pcolormesh(*grid, region.action.T, shading="nearest", **colors)
        if posterior is not None:
            ax.contour(*grid, region.p_right.T, levels=[1 - posterior, posterior], **dashed)
        ax.grid(False)
        ax.set_title(f"{region.n_observations} seen, prior {region.prior:g}", fontsize=12)
        ax.set(xlabel="sum of $o^L$", ylabel="sum of $o^R$", aspect="equal")
        ax.label_outer()
    for label, color in ACTIONS.items():
        ax.fill_between([], [], [], facecolor=color, edgecolor=style.GREY, label=label)
    if posterior is not None:
        ax.plot([], [], "--", color=style.BLACK, linewidth=1.2, label=f"posterior {posterior:g}")


@style.panels(n_columns=5)
def fig_answered_by_confidence(
    figure, results: Mapping[str, GroupMeans], *, n_observations: Sequence[int] = (1, 2, 3, 5, 8)
):
    """How readily rules answer, by confidence and by the number of observations.

    Parameters
    ----------
    results : dict of rule to GroupMeans
        Of :func:`.speed_accuracy.answered_by_confidence`; a panel each.
    n_observations : sequence of int
        Those drawn, at most 5.
    """
    axes = style.grid(figure, 1, len(results), height=4.4, sharey=True)
    for ax, (name, result) in zip(axes[0], results.items(), strict=True):
        for n, look in zip(n_observations, style.LOOKS, strict=False):
            line = result.at(n_observations=n).at_least(MIN_TRIALS)
            x, look = line.groups["confidence"], {**look, "label": f"after {n}", "markersize": 4}
            style.draw_means(ax, x, line, **look)
        ax.set(title=name, xlabel="posterior of the likelier side")
    axes[0, 0].set_ylabel("share of trials answered")


@style.panels
def fig_beliefs_around_switches(figure, results: Mapping[str, Mapping[str, GroupMeans]]):
    """Mean belief in the new block's side, before and after a switch.

    Parameters
    ----------
    results : dict of title to dict of {"Markov", "semi-Markov"} to GroupMeans
        Of :func:`.belief_scores.belief_around_switches`; a panel each.
    """
    axes = style.grid(figure, 1, len(results), height=4.2, sharey=True)
    for ax, (title, by_filter) in zip(axes[0], results.items(), strict=True):
        for name, result in by_filter.items():
            checks.choice(f"filter of {title!r}", name, FILTER_STYLES)
            x = result.groups["from_switch"]
            style.draw_means(ax, x, result, label=name, **FILTER_STYLES[name])
        ax.axvline(-0.5, color=style.GREY, linewidth=1)
        ax.set(title=title, xlabel="trials from the switch", ylim=(0, 1))
    axes[0, 0].set_ylabel("belief in the new side")
