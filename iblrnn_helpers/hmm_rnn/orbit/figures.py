"""Figures of chapter 21: homogeneity, zero input, orbit, loops, regions, gates, noise and loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from ...core import plot_style as style
from ...core.means import mean_of_independent
from .. import figures as room
from .loops import LoopView
from .motion import Gates, Motion
from .noise_and_loss import Amplitudes, Scaling
from .orbit import Orbit, ZeroInput
from .regions import REGIONS, Residency

# Of the paper; from dark (leaves at once) to light (stays), in even steps of lightness.
_TIMES = {"1–2": "#440154", "2–4": "#3b528b", "4–9": "#21918c", "9 or more": "#bddf26"}
_TIME_EDGES = (1, 2, 4, 9, np.inf)
_COUNTS = {"0": "#d9d9d9", "1": "#E69F00", "2 or more": "#8c2d04"}
_COUNT_EDGES = (0, 1, 2, np.inf)
_TIGHT = {"handlelength": 0.7, "handletextpad": 0.3, "columnspacing": 0.8, "markerscale": 2}
_OTHER_SEEDS = {"label": "other seeds", "color": style.GREY, "zorder": 1.5}
_FORTH = {"label": "mean way forth", "color": style.BLACK}
_BACK = {"label": "mean way back", "color": style.PURPLE, "linestyle": (0, (3, 1.2))}


@style.panels(n_columns=3)
def fig_homogeneity(figure, results: Mapping[str, Scaling]):
    """Size of the states and steps whose class changes, when the same noise is scaled.

    ``results`` are by network's name.
    """
    sizes, classes = style.grid(figure, 1, 2, height=4.6, sharex=True)[0]
    for look, (name, found) in zip(style.LOOKS, results.items(), strict=False):
        sizes.plot(found.noise_sd, found.relative_size, label=name, **look)
        classes.plot(found.noise_sd, found.class_differs, label=name, **look)
    sizes.set(xscale="log", yscale="log", xlabel="size of noise")
    sizes.set_ylabel("size of states / size of noise\n(1 at noise 1)")
    room.plain_ticks(sizes.xaxis, found.noise_sd)
    room.plain_ticks(sizes.yaxis, (0.25, 0.5, 1, 2, 4, 8))
    classes.set(xlabel="size of noise", ylabel="share of steps in another\nclass than at noise 1")


@style.panels
def fig_zero_input(figure, paths: Mapping[str, ZeroInput], orbit: Orbit, *, n_drawn: int = 12):
    """Without input all states shrink to zero: their length, and their paths in the plane.

    Parameters
    ----------
    paths : dict of what they start from to ZeroInput
        The first ``n_drawn`` of the first are drawn in the plane, too.
    """
    plane, length = style.grid(figure, 2, 1, height=7.2, height_ratios=(4, 3))[:, 0]
    for look, (name, found) in zip(style.LOOKS, paths.items(), strict=False):
        shown = np.where(found.ratio > 0, found.ratio, np.nan)
        low, middle, high = np.nanquantile(shown, (0, 0.5, 1), axis=0)
        steps = range(len(middle))
        length.fill_between(steps, low, high, color=look["color"], alpha=0.2, linewidth=0)
        length.plot(steps, middle, label=f"{name} (median, range)", **{**look, "marker": None})
    length.axhline(1e-3, label="a thousandth", **style.DASHED)
    length.set(yscale="log", xlabel="steps without input", ylabel="length of state / at start")
    plane.plot(*room.some_states(orbit)[0].T, ".", color="lightgrey", markersize=2, zorder=1)
    plane.plot([], [], "o", color="lightgrey", label="driven by noise")
    first = (next(iter(paths.values())).paths[:n_drawn] - orbit.mean) @ orbit.axes.T
    starts = {"marker": "o", "markersize": 4, "markevery": [0]}
    plane.plot(*first.T, color=style.BLUE, linewidth=1.3, label="paths without input", **starts)
    star = {"color": style.ORANGE, "markeredgecolor": style.BLACK, "markersize": 17, "zorder": 5}
    plane.plot(*(-orbit.axes @ orbit.mean), "*", label="zero", **star)
    room.plane_labels(plane, orbit)


@style.panels
def fig_orbit(figure, motions: Mapping[str, Motion], *, p_switch: float):
    """Driven states in the plane, by class and with their mean movement; how long classes last.

    Parameters
    ----------
    motions : dict of network's name to Motion
        Of one HMM, a column each.
    p_switch : float
        Probability that the hidden state of the HMM changes at a step.
    """
    n = len(motions)
    axes = style.grid(figure, 2, n, height=4 + 3.4 / n, height_ratios=(5 / n, 3))
    lengths = np.concatenate([[1], *(one.residences[1] for one in motions.values())])
    step = np.arange(1 + int(np.quantile(lengths, 0.99)))
    for (plane, survival), (name, one) in zip(axes.T, motions.items(), strict=True):
        room.draw_orbit(plane, one.orbit, of=" of variance" if n == 1 else "")
        plane.set_title(name)
        which, length = one.residences
        for k in np.unique(which):
            look = {**room.symbol_styles(k + 1)[k], "markevery": 0.2}
            sns.ecdfplot(x=length[which == k], complementary=True, ax=survival, **look)
        survival.plot(step, (1 - p_switch) ** step, label="hidden state of the HMM", **style.DASHED)
        survival.set(yscale="log", xlim=(0, step[-1]), ylim=(0.01, 1.1), xlabel="steps", ylabel="")
        room.plain_ticks(survival.yaxis, (0.01, 0.03, 0.1, 0.3, 1))
    axes[1, 0].set_ylabel("share of residences\nthat last longer")


@style.panels
def fig_loops(figure, views: Mapping[str, LoopView]):
    """Driven states in the plane of a loop, by class, and the mean ways forth and back.

    ``views`` are by title, a panel each, three in a row.
    """
    axes = style.rows_of(figure, len(views), 3, row_height=1.9, rest=0.9)
    for ax, (title, view) in zip(axes.flat, views.items(), strict=False):
        room.draw_classes(ax, view.position, view.classes)
        for way, look in zip(view.ways, (_FORTH, _BACK), strict=True):
            ax.plot(*way.T, linewidth=2, zorder=3, **look)
            arrow = {"arrowstyle": "-|>", "color": look["color"], "shrinkA": 0, "shrinkB": 0}
            start, end = way[len(way) // 2 - 1 :][:2]
            ax.annotate("", end, start, arrowprops={**arrow, "mutation_scale": 15}, zorder=4)
        ax.set(title=title, xticks=[], yticks=[])
        ax.set_aspect("equal", adjustable="datalim")
        ax.set_box_aspect(0.7)
    # The panel with the most classes first, so that the legend has them in order.
    most = sorted(figure.axes, key=lambda ax: -len(style.labelled(ax)))
    style.legend_below(figure, *most, n_columns=3)


@style.panels
def fig_regions(figure, orbit: Orbit, states: np.ndarray, found: Residency):
    """Residency time and unstable directions of states in the plane, and their mean by region.

    Parameters
    ----------
    states : (n_states, n_units) float
    found : Residency
        Of these states.
    """
    axes = style.grid(figure, 2, 2, height=6.6, height_ratios=(2, 3))
    table = found.to_frame()
    table[["x", "y"]] = (np.asarray(states) - orbit.mean) @ orbit.axes.T
    # What matters most lies on top: states that leave soon, and unstable ones.
    for ax, column, up, edges, colours, title in (
        (axes[0, 0], "time", False, _TIME_EDGES, _TIMES, "mean steps until the class changes"),
        (axes[0, 1], "n_unstable", True, _COUNT_EDGES, _COUNTS, "unstable directions"),
    ):
        table[title] = pd.cut(table[column], edges, right=False, labels=list(colours))
        look = {"hue": title, "palette": colours, "s": 9, "linewidth": 0}
        sns.scatterplot(table.sort_values(column, ascending=up), x="x", y="y", ax=ax, **look)
        sns.move_legend(ax, "lower center", bbox_to_anchor=(0.5, 1), ncols=4, **_TIGHT)
        room.draw_flow(ax, orbit, n_cells=8)
        room.plane_labels(ax, orbit)
    turns, means = axes[1]
    bins = np.arange(np.floor(found.sign_changes.max()) + 2)
    look = {"hue": "mean steps until the class changes", "palette": _TIMES, "legend": False}
    look |= {"multiple": "stack", "stat": "proportion", "alpha": 1, "linewidth": 0.4}
    sns.histplot(table, x="sign_changes", bins=bins, ax=turns, **look)
    turns.set_xlabel("turns of the logit before the class changes")
    turns.set_ylabel("share of states (colour: as above)")
    names = {"sign_changes": "turns of the logit", "n_unstable": "unstable directions"}
    shares = table["region"].value_counts(normalize=True, dropna=False)
    of_regions = found.to_frame().groupby("region", observed=False)[[*names]].mean()
    look = {"color": (style.BLUE, style.VERMILLION), "width": 0.8, "rot": 0, "ax": means}
    look |= {"xlabel": "region (share of states)", "ylabel": "mean over states"}
    of_regions.rename(columns=names).plot.bar(**look)
    means.set_xticks(range(3), [f"{name}\n({100 * shares[name]:.0f}%)" for name in REGIONS])
    for bars, hatch in zip(means.containers, ("", "//"), strict=True):
        means.bar_label(bars, fmt=lambda x: f"{x:.{1 + (x >= 0.1)}g}", padding=2, fontsize=11.5)
        for bar in bars:
            bar.set_hatch(hatch)
    means.margins(y=0.12)
    means.legend(loc="lower left", bbox_to_anchor=(-0.05, 1), borderaxespad=0)


@style.panels
def fig_gates(figure, found: Gates):
    """What follows from states around switches if the noise is drawn anew, by lag."""
    axes = style.grid(figure, 3, 1, height=7.4, sharex=True)[:, 0]
    labels = {"exit_within": f"class changes\nwithin {found.horizon} steps"}
    labels |= {"determinism": "determinism of\nmovement", "spread": "spread of paths\n(trace)"}
    for ax, (field, label) in zip(axes, labels.items(), strict=True):
        style.draw_means(ax, found.lag, found.by_lag(field), color=style.BLUE, marker="o")
        ax.axvline(-0.5, **style.DASHED)
        ax.set(ylabel=label, ylim=(0, None))
    axes[2].set_xticks(found.lag[found.lag % 3 == 0])
    axes[2].set_xlabel("steps from the switch (0: first step in the new class)")


@style.panels
def fig_amplitude(figure, results: Mapping[str, Amplitudes], *, change_rate: float):
    """Size of the orbit, how often symbols and classes change, and error, by size of the noise.

    Parameters
    ----------
    results : dict of network's name to Amplitudes
        The first one is the main one.
    change_rate : float
        Probability that a symbol of the HMM differs from the one before.
    """
    radius, rates, error = style.grid(figure, 1, 3)[0]
    main = next(iter(results.values()))
    for name, found in results.items():
        look = {**style.LOOKS[0], "label": name} if found is main else _OTHER_SEEDS
        radius.plot(found.noise_sd, found.radius, **look)
        error.plot(found.noise_sd, found.error, **look)
    x = main.noise_sd
    rates.plot(x, main.change_rate, label="symbols change", **style.LOOKS[1])
    rates.plot(x, main.switch_rate, label="most likely symbol changes", **style.LOOKS[2])
    rates.axhline(change_rate, label="symbols of the HMM change", **style.DASHED)
    radius.set(ylabel="radius of the orbit", xlabel="size of noise", xlim=(0, None), ylim=(0, None))
    for ax, label in ((rates, "per step"), (error, "error of symbol pairs")):
        ax.set(xscale="log", yscale="log", xlabel="size of noise", ylabel=label)
        room.plain_ticks(ax.xaxis, (0.1, 0.3, 1, 4))
        room.plain_ticks(ax.yaxis, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5))


@style.panel(height=4.2, gaps=True)
def fig_readout_tilt(
    ax,
    lengths: Mapping[str, Mapping[str, np.ndarray]],
    published: Mapping[str, float] | None = None,
):
    """How far the readout lies in the plane of PC1 and PC2, by family of HMMs.

    Parameters
    ----------
    lengths : dict of readout to dict of family to (n_networks,) float
        Length, in the plane, of readouts of length 1; two readouts at most.
    published : dict of family to float, optional
        Of the first readout.
    """
    looks = zip((-0.15, 0.15), style.LOOKS, strict=False)
    for (shift, look), (name, families) in zip(looks, lengths.items(), strict=False):
        points = pd.Series(list(families.values())).explode()
        ax.plot(points.index + shift, points, label=name, **{**look, "linestyle": "none"})
    for place, family in enumerate(families):
        if family in (published or {}):
            ends = place - 0.35, place + 0.05
            ax.hlines(published[family], *ends, color=style.BLACK, label="published")
    ax.set_xticks(range(len(families)), list(families))
    ax.set(ylim=(0, 1), xlabel="HMM that the network emulates")
    ax.set_ylabel("length of unit readout\nin the plane of PC1 and PC2")


@style.panels(gaps=True, n_columns=3)
def fig_loss_of_sources(
    figure,
    residence: Sequence[float],
    losses: Mapping[str, Mapping[str, np.ndarray]],
    *,
    own: float,
):
    """The loss of sources by how long their residences are, a panel for each loss.

    Parameters
    ----------
    residence : (n_lengths,) float
        Mean residences.
    losses : dict of loss to dict of kind of source to (n_lengths, n_batches) float
        Shown are means and 95% intervals over batches, 2 or more.
    own : float
        Mean residence of the HMM that is to be emulated.
    """
    axes = style.grid(figure, 1, len(losses))[0]
    for ax, (name, sources) in zip(axes, losses.items(), strict=True):
        _draw_batches(ax, residence, sources)
        ax.axvline(own, label="the HMM", **style.DASHED)
        ax.set(title=name, xlabel="mean residence (steps)")
    axes[0].set_ylabel("loss")


@style.panels
def fig_losses_by_size(
    figure,
    n_sequences: Sequence[int],
    losses: Mapping[int, Mapping[str, np.ndarray]],
    *,
    published: tuple[int, float, float] | None = None,
):
    """The loss of sources by the size of batches, a panel for each length of sequences.

    Parameters
    ----------
    n_sequences : (n_sizes,) int
    losses : dict of length to dict of source to (n_sizes, n_batches) float
        Shown are means and 95% intervals over batches, 2 or more, as a ratio to the first source.
    published : (int, float, float), optional
        At such a size, in the last panel, the lowest and highest final loss of the authors.
    """
    axes = style.grid(figure, 1, len(losses), sharey=True)[0]
    for ax, (length, sources) in zip(axes, losses.items(), strict=True):
        own = next(iter(sources.values())).mean(axis=1, keepdims=True)
        _draw_batches(ax, n_sequences, {name: found / own for name, found in sources.items()})
        ax.set(title=f"sequences of {length} steps", xscale="log", xlabel="sequences in a batch")
        room.plain_ticks(ax.xaxis, n_sequences)
    if published is not None:
        size, *ends = published
        ends = np.array(ends) / own[list(n_sequences).index(size)]
        look = {"color": style.BLACK, "linewidth": 5, "alpha": 0.5}
        axes[-1].vlines(size, *ends, label="final losses of the authors' networks", **look)
    axes[0].set_ylabel("loss / that of the HMM itself")


def _draw_batches(ax, x, sources: Mapping[str, np.ndarray]) -> None:
    for look, (name, losses) in zip(style.LOOKS, sources.items(), strict=False):
        measured = [mean_of_independent(batches) for batches in losses]
        mean, high = np.array([(one.value, one.interval[1]) for one in measured]).T
        ax.errorbar(x, mean, high - mean, label=name, **look)
