"""Figures of noise-driven networks: homogeneity, zero input, orbit, amplitude, readout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from ...core.plot_style import (
    BLACK,
    BLUE,
    GREY,
    LOOKS,
    ORANGE,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from ..figures import symbol_styles
from .noise_size import Amplitudes, Scaling
from .orbit import Orbit, ZeroInput


@styled
def fig_homogeneity(results: Mapping[str, Scaling]) -> Figure:
    """Size of the states and steps whose class changes, when the same noise is scaled.

    Parameters
    ----------
    results : dict of network's name to Scaling

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("results", results, Mapping)
    figure, axes = new_figure(1, 2, height=4.6)
    for look, (name, found) in zip(LOOKS, results.items(), strict=False):
        check_kind(f"results[{name!r}]", found, Scaling)
        axes[0, 0].plot(found.noise_sd, found.relative_size, label=name, **look)
        axes[0, 1].plot(found.noise_sd, found.class_differs, label=name, **look)
    axes[0, 0].set_yscale("log")
    plain_ticks(axes[0, 0].yaxis, (0.25, 0.5, 1, 2, 4, 8))
    axes[0, 0].set(ylabel="size of states / size of noise\n(1 at noise 1)")
    axes[0, 1].set(ylabel="share of steps with\nanother class than at noise 1")
    for ax in axes[0]:
        _noise_axis(ax, next(iter(results.values())).noise_sd)
    legend_below(figure, axes[0, 0], n_columns=3)
    return figure


@styled
def fig_zero_input(paths: Mapping[str, ZeroInput], orbit: Orbit, *, n_drawn: int = 12) -> Figure:
    """Without input all states shrink to zero: their length, and their paths in the plane.

    Parameters
    ----------
    paths : dict of what they start from to ZeroInput
        The first is drawn in the plane, too.
    orbit : Orbit
    n_drawn : int
        Paths drawn in the plane.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("orbit", orbit, Orbit)
    figure, axes = new_figure(2, 1, height=7.2, height_ratios=(4, 3))
    plane, length = axes[:, 0]
    for look, (name, found) in zip(LOOKS, paths.items(), strict=False):
        check_kind(f"paths[{name!r}]", found, ZeroInput)
        shown = np.where(found.ratio > 0, found.ratio, np.nan)
        steps = np.arange(shown.shape[1])
        low, middle, high = np.nanquantile(shown, (0, 0.5, 1), axis=0)
        length.fill_between(steps, low, high, color=look["color"], alpha=0.2, linewidth=0)
        length.plot(
            steps, middle, color=look["color"], linestyle=look["linestyle"],
            label=f"{name} (median, range)",
        )  # fmt: skip
    length.axhline(1e-3, label="a thousandth", **DASHED)
    length.set_yscale("log")
    length.set(xlabel="steps without input", ylabel="length of state / at start")
    draw_cloud(plane, orbit)
    first = next(iter(paths.values())).paths[:n_drawn]
    for k, path in enumerate((first - orbit.mean) @ orbit.axes.T):
        label = "paths without input" if k == 0 else "_again"
        plane.plot(*path.T, color=BLUE, linewidth=1.3, label=label)
        plane.plot(*path[0], "o", color=BLUE, markersize=4, label="_again")
    rest = -orbit.axes @ orbit.mean
    plane.plot(
        *rest, "*", color=ORANGE, markeredgecolor=BLACK, markersize=17, zorder=5, label="zero",
        linestyle="none",
    )  # fmt: skip
    plane_labels(plane, orbit)
    legend_below(figure, plane, length)
    return figure


@styled
def fig_orbit(
    orbit: Orbit, residences: tuple[np.ndarray, np.ndarray], *, p_switch: float | None = None
) -> Figure:
    """Driven states in the plane, by class and with their mean movement; how long classes last.

    Parameters
    ----------
    orbit : Orbit
    residences : (n_residences,) int, (n_residences,) int
        Class and length of each, of :func:`iblrnn_helpers.hmm_rnn.orbit.orbit.residence_times`.
    p_switch : float, optional
        Probability that the hidden state of the HMM changes at a step.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("orbit", orbit, Orbit)
    figure, axes = new_figure(2, 1, height=7.4, height_ratios=(5, 3))
    plane, survival = axes[:, 0]
    draw_classes(plane, orbit)
    plane_labels(plane, orbit)
    length = residences[1]
    longest = int(np.quantile(length, 0.99)) if len(length) else 1
    draw_residences(survival, orbit, residences, longest=longest, p_switch=p_switch)
    legend_below(figure, survival)
    return figure


@styled
def fig_amplitude(results: Mapping[str, Amplitudes], *, change_rate: float) -> Figure:
    """Size of the orbit, how often symbols and classes change, and error, by size of the noise.

    Parameters
    ----------
    results : dict of network's name to Amplitudes
    change_rate : float
        Probability that a symbol of the HMM differs from the one before.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("results", results, Mapping)
    figure, axes = new_figure(1, 3, height=4.4)
    radius, rates, error = axes[0]
    for k, (name, found) in enumerate(results.items()):
        check_kind(f"results[{name!r}]", found, Amplitudes)
        main = k == 0
        look = {"color": BLUE, "linewidth": 2.4, "marker": "o", "markersize": 4, "zorder": 3}
        if not main:
            look = {"color": GREY, "linewidth": 1, "marker": "."}
        label = name if main else ("other seeds" if k == 1 else "_again")
        radius.plot(found.noise_sd, found.radius, label=label, **look)
        error.plot(found.noise_sd, found.error, label=label, **look)
        if main:
            rates.plot(found.noise_sd, found.change_rate, label="symbols change", **LOOKS[1])
            rates.plot(
                found.noise_sd, found.switch_rate, label="most likely symbol changes", **LOOKS[2]
            )
    rates.axhline(change_rate, label="symbols of the HMM change", **DASHED)
    radius.set(ylabel="radius of the orbit", xlabel="size of noise", xlim=(0, None), ylim=(0, None))
    rates.set(ylabel="per step")
    error.set(ylabel="error of symbol pairs")
    rates.set_yscale("log")
    error.set_yscale("log")
    plain_ticks(rates.yaxis, (0.02, 0.05, 0.1, 0.2, 0.5))
    plain_ticks(error.yaxis, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5))
    for ax in (rates, error):
        ax.set_xscale("log")
        plain_ticks(ax.xaxis, (0.1, 0.3, 1, 4))
        ax.set_xlabel("size of noise")
    legend_below(figure, radius, rates)
    return figure


@styled
def fig_readout_tilt(
    raw: Mapping[str, np.ndarray],
    contrast: Mapping[str, np.ndarray],
    published: Mapping[str, float],
) -> Figure:
    """How far the readout lies in the plane of PC1 and PC2, by family of HMMs.

    Parameters
    ----------
    raw : dict of family to (n_networks,) float
        Mean length, in the plane, of the readout of symbols 0 and 2.
    contrast : dict of family to (n_networks,) float
        The same of their difference.
    published : dict of family to float
        Of the raw readout.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("raw", raw, Mapping)
    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    for shift, (name, values), look in (
        (-0.15, ("symbols 0 and 2, each", raw), LOOKS[0]),
        (0.15, ("symbol 2 less symbol 0", contrast), LOOKS[1]),
    ):
        for k, family in enumerate(raw):
            found = np.asarray(values[family])
            ax.plot(
                np.full(len(found), k + shift), found, look["marker"], color=look["color"],
                label=name if k == 0 else "_again",
            )  # fmt: skip
    for k, family in enumerate(name for name in raw if name in published):
        place = list(raw).index(family)
        ax.plot(
            [place - 0.35, place + 0.05], [published[family]] * 2, color=BLACK, linewidth=1.6,
            label="published, each" if k == 0 else "_again",
        )  # fmt: skip
    ax.set(
        xticks=range(len(raw)), xticklabels=list(raw), ylim=(0, 1),
        xlabel="HMM that the network emulates",
        ylabel="length of unit readout\nin the plane of PC1 and PC2",
    )  # fmt: skip
    legend_below(figure, ax)
    return figure


def _noise_axis(ax, noise_sd) -> None:
    ax.set_xscale("log")
    plain_ticks(ax.xaxis, noise_sd)
    ax.set_xlabel("size of the noise")


# Parts of figures that show noise-driven states in the plane of their orbit, and residences.

DASHES = ("-", (0, (1, 1.5)), (0, (5, 2)))  # of symbols, so that colour is not alone
CLOUD = "#cfcfcf"
N_DRAWN = 3000  # states of a run that are drawn
DASHED = {"color": BLACK, "linestyle": (0, (4, 2)), "linewidth": 1.4}
ARROWS = {"color": BLACK, "units": "inches", "width": 0.018, "headwidth": 4.5, "zorder": 4}


def draw_classes(
    ax, orbit: Orbit, *, n_cells: int = 11, looks: Sequence[dict] | None = None
) -> None:
    """Driven states in the plane, in the looks of their classes, and their mean movement.

    ``looks`` are colour, marker and label of each class; by default those of symbols.
    """
    position, classes = orbit.position.reshape(-1, 2), orbit.classes.ravel()
    if looks is None:
        looks = [
            {**look, "label": f"symbol {k} most likely"}
            for k, look in enumerate(symbol_styles(classes.max() + 1))
        ]
    some = np.arange(0, len(position), max(len(position) // N_DRAWN, 1))
    for k, look in enumerate(looks):
        if (classes == k).any():
            here = some[classes[some] == k]
            dots = {"color": look["color"], "marker": look["marker"], "linestyle": "none"}
            ax.plot(*position[here].T, markersize=2.5, alpha=0.45, markeredgewidth=0, **dots)
            ax.plot([], [], label=look["label"], **dots)
    draw_flow(ax, orbit, n_cells=n_cells)


def draw_residences(
    ax,
    orbit: Orbit,
    residences: tuple[np.ndarray, np.ndarray],
    *,
    longest: int,
    p_switch: float | None,
) -> None:
    """Share of residences that last longer, by class, up to ``longest`` steps."""
    which, length = residences
    looks = symbol_styles(orbit.classes.max() + 1)
    for k in np.unique(orbit.classes):
        longer = np.sort(length[which == k])
        if len(longer):
            ax.step(
                np.concatenate([[0], longer]), 1 - np.arange(len(longer) + 1) / len(longer),
                where="post", color=looks[k]["color"], linestyle=DASHES[k % 3],
            )  # fmt: skip
        ax.plot([], [], linestyle=DASHES[k % 3], label=f"symbol {k} most likely", **looks[k])
    if p_switch is not None:
        n = np.arange(longest + 1)
        ax.plot(n, (1 - p_switch) ** n, label="hidden state of the HMM", **DASHED)
    ax.set_yscale("log")
    ax.set(
        xlim=(0, longest), ylim=(0.01, 1.1), xlabel="steps",
        ylabel="share of residences\nthat last longer",
    )  # fmt: skip
    plain_ticks(ax.yaxis, (0.01, 0.03, 0.1, 0.3, 1))


def plane_labels(ax, orbit: Orbit) -> None:
    """Name the axes of the plane of the orbit, at equal scales."""
    for which, k in zip("xy", orbit.plane, strict=True):
        ax.set(**{f"{which}label": f"PC{k + 1} ({100 * orbit.variance[k]:.0f}% of variance)"})
    ax.set_aspect("equal")
    ax.grid(False)


def draw_flow(ax, orbit: Orbit, *, n_cells: int = 11, least: int = 10) -> None:
    """Arrows of the mean movement in a step, in cells of the plane that enough states visit."""
    start = orbit.position[:, :-1].reshape(-1, 2)
    moved = np.diff(orbit.position, axis=1).reshape(-1, 2)
    low, high = np.quantile(start, (0.002, 0.998), axis=0)
    cell = np.floor((start - low) / (high - low) * n_cells).astype(int)
    inside = ((cell >= 0) & (cell < n_cells)).all(axis=1)
    index = cell[inside] @ [n_cells, 1]
    n = np.bincount(index, minlength=n_cells**2)
    mean = np.stack([np.bincount(index, m, n_cells**2) for m in moved[inside].T], axis=1)
    place = np.stack([np.bincount(index, p, n_cells**2) for p in start[inside].T], axis=1)
    shown = n >= least
    arrow, place = mean[shown] / n[shown, None], place[shown] / n[shown, None]
    ax.quiver(*place.T, *arrow.T, angles="xy", scale_units="xy", scale=1, **ARROWS)


def draw_cloud(ax, orbit: Orbit) -> None:
    """Driven states in the plane, in grey."""
    every = orbit.position.reshape(-1, 2)
    some = every[:: max(len(every) // N_DRAWN, 1)]
    ax.plot(*some.T, ".", color=CLOUD, markersize=2, zorder=1, label="_driven")
    ax.plot([], [], "o", color=CLOUD, linestyle="none", label="driven by noise")


def plain_ticks(axis, values) -> None:
    """Ticks at these values only, as plain numbers."""
    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter("{x:g}")
