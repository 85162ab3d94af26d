"""Figures of chapter 31: homogeneity, zero input, orbit, regions, gates, noise and loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from ...core import plot_style as style
from ...core.means import group_means, mean_of_independent
from ..figures import (
    draw_classes,
    draw_flow,
    plain_ticks,
    plane_labels,
    some_states,
    symbol_styles,
)
from .motion import Gates, Motion
from .noise_and_loss import Amplitudes, Scaling
from .orbit import Orbit, ZeroInput
from .regions import REGIONS, Residency

DASHED = {"color": style.BLACK, "linestyle": (0, (4, 2)), "linewidth": 1.4}
_DASHES = ("-", (0, (1, 1.5)), (0, (5, 2)))  # of symbols, so that colour is not alone
_CLOUD = "#cfcfcf"
_TIME_EDGES = (1, 2, 4, 9)  # of the paper; the last bin reaches to the longest
# From dark (leaves at once) to light (stays), in even steps of lightness.
_TIME_COLOURS = ListedColormap(("#440154", "#3b528b", "#21918c", "#bddf26"))
_COUNT_COLOURS = ListedColormap(("#d9d9d9", "#E69F00", "#8c2d04"))


@style.styled
def fig_homogeneity(results: Mapping[str, Scaling]) -> Figure:
    """Size of the states and steps whose class changes, when the same noise is scaled.

    Parameters
    ----------
    results : dict of network's name to Scaling
    """
    figure, axes = style.new_figure(1, 2, height=4.6)
    sizes, classes = axes[0]
    for look, (name, found) in zip(style.LOOKS, results.items(), strict=False):
        sizes.plot(found.noise_sd, found.relative_size, label=name, **look)
        classes.plot(found.noise_sd, found.class_differs, label=name, **look)
        for ax in axes[0]:
            ax.set(xscale="log", xlabel="size of the noise")
            plain_ticks(ax.xaxis, found.noise_sd)
    sizes.set(yscale="log", ylabel="size of states / size of noise\n(1 at noise 1)")
    plain_ticks(sizes.yaxis, (0.25, 0.5, 1, 2, 4, 8))
    classes.set(ylabel="share of steps with\nanother class than at noise 1")
    style.legend_below(figure, sizes, n_columns=3)
    return figure


@style.styled
def fig_zero_input(paths: Mapping[str, ZeroInput], orbit: Orbit, *, n_drawn: int = 12) -> Figure:
    """Without input all states shrink to zero: their length, and their paths in the plane.

    Parameters
    ----------
    paths : dict of what they start from to ZeroInput
        The first ``n_drawn`` of the first are drawn in the plane, too.
    """
    figure, axes = style.new_figure(2, 1, height=7.2, height_ratios=(4, 3))
    plane, length = axes[:, 0]
    for look, (name, found) in zip(style.LOOKS, paths.items(), strict=False):
        shown = np.where(found.ratio > 0, found.ratio, np.nan)
        steps = np.arange(shown.shape[1])
        low, middle, high = np.nanquantile(shown, (0, 0.5, 1), axis=0)
        length.fill_between(steps, low, high, color=look["color"], alpha=0.2, linewidth=0)
        line = {**look, "marker": None, "label": f"{name} (median, range)"}
        length.plot(steps, middle, **line)
    length.axhline(1e-3, label="a thousandth", **DASHED)
    length.set(yscale="log", xlabel="steps without input", ylabel="length of state / at start")
    plane.plot(*some_states(orbit)[0].T, ".", color=_CLOUD, markersize=2, zorder=1, label="_driven")
    plane.plot([], [], "o", color=_CLOUD, linestyle="none", label="driven by noise")
    first = next(iter(paths.values())).paths[:n_drawn]
    for path in (first - orbit.mean) @ orbit.axes.T:
        plane.plot(*path.T, color=style.BLUE, linewidth=1.3, label="paths without input")
        plane.plot(*path[0], "o", color=style.BLUE, markersize=4, label="_start")
    plane.plot(
        *(-orbit.axes @ orbit.mean), "*", color=style.ORANGE, markeredgecolor=style.BLACK,
        markersize=17, zorder=5, label="zero", linestyle="none",
    )  # fmt: skip
    plane_labels(plane, orbit)
    style.legend_below(figure, plane, length)
    return figure


@style.styled_with_gaps
def fig_orbit(
    orbit: Orbit, residences: tuple[np.ndarray, np.ndarray], *, p_switch: float
) -> Figure:
    """Driven states in the plane, by class and with their mean movement; how long classes last.

    Parameters
    ----------
    residences : (n_residences,) int, (n_residences,) int
        Class and length of each, of :func:`iblrnn_helpers.hmm_rnn.statistics.residence_times`.
    p_switch : float
        Probability that the hidden state of the HMM changes at a step.
    """
    figure, axes = style.new_figure(2, 1, height=7.4, height_ratios=(5, 3))
    plane, survival = axes[:, 0]
    draw_classes(plane, orbit)
    plane_labels(plane, orbit)
    _draw_residences(survival, residences, residences[1], p_switch)
    style.legend_below(figure, survival)
    return figure


@style.styled
def fig_two_ways(motions: Mapping[str, Motion], *, p_switch: float) -> Figure:
    """As `fig_orbit`, of some networks of one HMM, a column for each.

    Parameters
    ----------
    motions : dict of network's name to Motion
    """
    figure, axes = style.new_figure(2, len(motions), height=5.8)
    lengths = np.concatenate([one.residences[1] for one in motions.values()])
    for (plane, survival), (name, one) in zip(axes.T, motions.items(), strict=True):
        draw_classes(plane, one.orbit)
        plane_labels(plane, one.orbit, of="")  # short, as there may be three columns
        plane.set_title(name)
        _draw_residences(survival, one.residences, lengths, p_switch)
    for survival in axes[1, 1:]:
        survival.set_ylabel("")
    style.legend_below(figure, axes[1, 0])
    return figure


def _draw_residences(ax, residences, lengths: np.ndarray, p_switch: float) -> None:
    """Share of residences that last longer, by class, up to nearly the longest of ``lengths``."""
    which, length = residences
    longest = int(np.quantile(lengths, 0.99)) if len(lengths) else 1
    for k in np.unique(which):
        longer = np.sort(length[which == k])
        left = 1 - np.arange(len(longer) + 1) / len(longer)
        look = {**symbol_styles(k + 1)[k], "linestyle": _DASHES[k % 3]}
        ax.step(np.concatenate([[0], longer]), left, where="post", **{**look, "marker": None})
        ax.plot([], [], label=f"symbol {k} most likely", **look)
    n = np.arange(longest + 1)
    ax.plot(n, (1 - p_switch) ** n, label="hidden state of the HMM", **DASHED)
    ax.set(yscale="log", xlim=(0, longest), ylim=(0.01, 1.1), xlabel="steps")
    ax.set_ylabel("share of residences\nthat last longer")
    plain_ticks(ax.yaxis, (0.01, 0.03, 0.1, 0.3, 1))


@style.styled
def fig_regions(orbit: Orbit, states: np.ndarray, found: Residency) -> Figure:
    """Residency time and unstable directions of states in the plane, and their mean by region.

    Parameters
    ----------
    states : (n_states, n_units) float
    found : Residency
        Of these states.
    """
    figure, axes = style.new_figure(2, 2, height=6.6, height_ratios=(2, 3))
    place = (np.asarray(states) - orbit.mean) @ orbit.axes.T
    edges = (*_TIME_EDGES, max(found.time.max(), _TIME_EDGES[-1] + 1))
    times = {"norm": BoundaryNorm(edges, _TIME_COLOURS.N), "cmap": _TIME_COLOURS}
    counts = {"norm": BoundaryNorm((0, 1, 2, 3), _COUNT_COLOURS.N), "cmap": _COUNT_COLOURS}
    unstable = np.minimum(found.n_unstable, 2)
    # What matters most lies on top: states that leave soon, and unstable ones.
    for ax, values, height, colours, label, ticks, names in (
        (axes[0, 0], found.time, -found.time, times, "mean steps until the class changes",
         edges, [f"{edge:.0f}" for edge in edges]),
        (axes[0, 1], unstable, unstable, counts, "unstable directions",
         (0.5, 1.5, 2.5), ["0", "1", "2 or more"]),
    ):  # fmt: skip
        order = np.argsort(height, kind="stable")
        drawn = ax.scatter(*place[order].T, c=values[order], s=9, linewidths=0, **colours)
        draw_flow(ax, orbit, n_cells=8)
        plane_labels(ax, orbit)
        bar = figure.colorbar(drawn, ax=ax, location="top", label=label, aspect=28)
        bar.set_ticks(ticks, labels=names)
        bar.ax.tick_params(length=0)
    _draw_sign_changes(axes[1, 0], found, **times)
    _draw_by_region(axes[1, 1], found)
    return figure


def _draw_sign_changes(ax, found: Residency, norm, cmap) -> None:
    """A histogram whose bars have the colour of the mean residency time of their states."""
    bins = np.arange(np.floor(found.sign_changes.max()) + 2)
    which = np.digitize(found.sign_changes, bins) - 1
    count = np.bincount(which, minlength=len(bins))
    time = np.bincount(which, found.time, len(bins)) / np.maximum(count, 1)
    look = {"color": cmap(norm(time)), "edgecolor": style.BLACK, "linewidth": 0.4}
    ax.bar(bins + 0.5, count / len(which), width=0.95, **look)
    ax.set_xlabel("turns of the logit before the class changes")
    ax.set_ylabel("share of states (colour: as above)")


def _draw_by_region(ax, found: Residency) -> None:
    for shift, field, label, look in (
        (-0.2, "sign_changes", "turns of the logit", {"color": style.BLUE}),
        (0.2, "n_unstable", "unstable directions", {"color": style.VERMILLION, "hatch": "//"}),
    ):
        heights = [found.mean(field, name) for name in REGIONS]
        look = {**look, "width": 0.36, "edgecolor": "white", "linewidth": 0}
        bars = ax.bar(np.arange(3) + shift, heights, label=label, **look)
        names = [f"{height:.{1 + (height >= 0.1)}g}" for height in heights]
        ax.bar_label(bars, names, padding=2, fontsize=11.5)
    shares = [
        f"{name}\n({100 * (found.region == k).mean():.0f}%)" for k, name in enumerate(REGIONS)
    ]
    ax.set_xticks(range(3), shares)
    ax.set(xlabel="region (share of states)", ylabel="mean over states")
    ax.margins(y=0.12)
    ax.grid(axis="x", visible=False)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.05, 1), borderaxespad=0)


@style.styled
def fig_gates(found: Gates) -> Figure:
    """What follows from states around switches if the noise is drawn anew, by lag."""
    figure, axes = style.new_figure(3, 1, height=7.4, sharex=True)
    for ax, field, label, colour in (
        (axes[0, 0], "exit_within", f"class changes\nwithin {found.horizon} steps", style.BLUE),
        (axes[1, 0], "determinism", "determinism of\nmovement", style.PURPLE),
        (axes[2, 0], "spread", "spread of paths\n(trace)", style.GREY),
    ):
        values = getattr(found, field)
        switch, lag = np.indices(values.shape).reshape(2, -1)
        mean = group_means(
            values.ravel(), {"lag": (found.lag, lag)}, switch, proportion=field == "exit_within"
        )
        style.draw_means(ax, found.lag, mean, color=colour, marker="o", markersize=5)
        ax.axvline(-0.5, **DASHED)
        ax.set(ylabel=label, ylim=(0, 1.03 if field != "spread" else None))
    axes[2, 0].xaxis.set_major_locator(FixedLocator(found.lag[found.lag % 3 == 0]))
    axes[2, 0].set_xlabel("steps from the switch (0: first step in the new class)")
    return figure


@style.styled
def fig_amplitude(results: Mapping[str, Amplitudes], *, change_rate: float) -> Figure:
    """Size of the orbit, how often symbols and classes change, and error, by size of the noise.

    Parameters
    ----------
    results : dict of network's name to Amplitudes
        The first one is the main one.
    change_rate : float
        Probability that a symbol of the HMM differs from the one before.
    """
    figure, axes = style.new_figure(1, 3, height=4.4)
    radius, rates, error = axes[0]
    (main, of_main), *_ = results.items()
    for name, found in results.items():
        look = {"label": "other seeds", "color": style.GREY, "linewidth": 1, "marker": "."}
        if name == main:
            look = {"label": name, "color": style.BLUE, "linewidth": 2.4, "marker": "o"}
            look |= {"markersize": 4, "zorder": 3}
        radius.plot(found.noise_sd, found.radius, **look)
        error.plot(found.noise_sd, found.error, **look)
    rates.plot(of_main.noise_sd, of_main.change_rate, label="symbols change", **style.LOOKS[1])
    rates.plot(
        of_main.noise_sd, of_main.switch_rate, label="most likely symbol changes", **style.LOOKS[2]
    )
    rates.axhline(change_rate, label="symbols of the HMM change", **DASHED)
    radius.set(ylabel="radius of the orbit", xlabel="size of noise", xlim=(0, None), ylim=(0, None))
    for ax, label, ticks in (
        (rates, "per step", (0.02, 0.05, 0.1, 0.2, 0.5)),
        (error, "error of symbol pairs", (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)),
    ):
        ax.set(xscale="log", yscale="log", xlabel="size of noise", ylabel=label)
        plain_ticks(ax.xaxis, (0.1, 0.3, 1, 4))
        plain_ticks(ax.yaxis, ticks)
    style.legend_below(figure, radius, rates)
    return figure


@style.styled_with_gaps
def fig_readout_tilt(
    raw: Mapping[str, np.ndarray],
    contrast: Mapping[str, np.ndarray],
    published: Mapping[str, float] | None = None,
) -> Figure:
    """How far the readout lies in the plane of PC1 and PC2, by family of HMMs.

    Parameters
    ----------
    raw : dict of family to (n_networks,) float
        Mean length, in the plane, of the readout of symbols 0 and 2.
    contrast : dict of family to (n_networks,) float
        The same of their difference.
    published : dict of family to float, optional
        Of the raw readout.
    """
    figure, axes = style.new_figure(height=4.2)
    ax = axes[0, 0]
    for place, family in enumerate(raw):
        for shift, name, values, look in (
            (-0.15, "symbols 0 and 2, each", raw[family], style.LOOKS[0]),
            (0.15, "symbol 2 less symbol 0", contrast[family], style.LOOKS[1]),
        ):
            x = np.full(len(values), place + shift)
            ax.plot(x, values, label=name, **{**look, "linestyle": "none"})
    for place, family in enumerate(raw):
        if published and family in published:
            x, height = [place - 0.35, place + 0.05], [published[family]] * 2
            ax.plot(x, height, color=style.BLACK, linewidth=1.6, label="published, each")
    ax.set_xticks(range(len(raw)), list(raw))
    ax.set(ylim=(0, 1), xlabel="HMM that the network emulates")
    ax.set_ylabel("length of unit readout\nin the plane of PC1 and PC2")
    style.legend_below(figure, ax)
    return figure


@style.styled_with_gaps
def fig_loss_of_sources(
    residence: Sequence[float], losses: Mapping[str, Mapping[str, np.ndarray]], *, own: float
) -> Figure:
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
    figure, axes = style.new_figure(1, len(losses), height=4.4)
    for ax, (name, kinds) in zip(axes[0], losses.items(), strict=True):
        for look, (kind, found) in zip(style.LOOKS, kinds.items(), strict=False):
            measured = [mean_of_independent(one) for one in found]
            mean = np.array([one.value for one in measured])
            reach = [one.interval[1] for one in measured] - mean
            ax.errorbar(residence, mean, reach, label=kind, **look)
        ax.axvline(own, label="the HMM", **DASHED)
        ax.set(title=name, xlabel="mean residence (steps)")
    axes[0, 0].set_ylabel("loss")
    style.legend_below(figure, axes[0, 0], n_columns=3)
    return figure


@style.styled
def fig_losses_by_size(
    n_sequences: Sequence[int],
    losses: Mapping[int, Mapping[str, np.ndarray]],
    *,
    published: tuple[int, float, float] | None = None,
) -> Figure:
    """The loss of sources by the size of batches, a panel for each length of sequences.

    Parameters
    ----------
    n_sequences : (n_sizes,) int
    losses : dict of length to dict of source to (n_sizes, n_batches) float
        Shown are means and 95% intervals over batches, 2 or more, as a ratio to the first source.
    published : (int, float, float), optional
        At such a size, in the last panel, the lowest and highest final loss of the authors.
    """
    figure, axes = style.new_figure(1, len(losses), height=4.4, sharey=True)
    for ax, (length, sources) in zip(axes[0], losses.items(), strict=True):
        own = next(iter(sources.values())).mean(axis=1)
        for look, (name, found) in zip(style.LOOKS, sources.items(), strict=False):
            measured = [mean_of_independent(row) for row in found / own[:, None]]
            mean = np.array([one.value for one in measured])
            reach = [one.interval[1] for one in measured] - mean
            ax.errorbar(n_sequences, mean, reach, label=name, **look)
        ax.set(title=f"sequences of {length} steps", xscale="log", xlabel="sequences in a batch")
        plain_ticks(ax.xaxis, n_sequences)
    if published is not None:
        size, *ends = published
        here = own[list(n_sequences).index(size)]
        ax.plot([size] * 2, np.array(ends) / here, color=style.BLACK, linewidth=5, alpha=0.5,
                label="final losses of the authors' networks")  # fmt: skip
    axes[0, 0].set_ylabel("loss / that of the HMM itself")
    style.legend_below(figure, axes[0, -1], n_columns=2)
    return figure
