"""Figures of training networks on HMMs: the loss's floor, and the phases of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LOOKS,
    VERMILLION,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from .training import TrainedHmmRnn
from .training_phases import Phases

_GROWTH = {"color": "#fbe3d3", "linewidth": 0, "zorder": 0}


@styled
def fig_loss_floor(
    n_sequences: Sequence[int],
    floors: Mapping[str, Sequence[float]],
    independent: Mapping[str, Sequence[float]],
) -> Figure:
    """The loss of the HMM's own sequences, and of independent symbols, by the size of a batch.

    Parameters
    ----------
    n_sequences : (n_sizes,) int
    floors, independent : dict of a loss's name to (n_sizes,) float

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each loss.
    """
    if floors.keys() != independent.keys() or not floors:
        raise ValueError("floors and independent must have the same losses, one or more")
    figure, axes = new_figure(1, len(floors), height=3.6)
    for ax, name in zip(axes[0], floors, strict=True):
        ax.plot(n_sequences, independent[name], label="independent symbols", **LOOKS[1])
        ax.plot(n_sequences, floors[name], label="the HMM itself", **LOOKS[0])
        ax.axhline(0, color=GREY, linewidth=1, zorder=1)
        ax.set_xscale("log", base=2)
        ax.set_xticks(n_sequences, [str(n) for n in n_sequences])
        ax.minorticks_off()
        ax.set(title=name, xlabel="sequences in a batch")
    axes[0, 0].set_ylabel("loss against\nsequences of the HMM")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_training_losses(trained: Mapping[str, TrainedHmmRnn], window: int = 20) -> Figure:
    """The loss along training, with its floor, stage after stage.

    Parameters
    ----------
    trained : dict of name to TrainedHmmRnn
    window : int, optional
        Updates that are averaged.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, len(trained), height=3.6)
    for ax, (name, one) in zip(axes[0], trained.items(), strict=True):
        check_kind(f"trained[{name!r}]", one, TrainedHmmRnn)
        first = 0
        for stage in one.params.stages:
            rows = one.history[first : first + stage.n_updates].astype(float)
            width = min(window, len(rows))
            mean = np.convolve(rows[:, 0], np.ones(width) / width, mode="valid")
            ax.plot(first + np.arange(width, len(rows) + 1), mean, color=BLUE, linewidth=1.6)
            ax.plot([first, first + len(rows)], rows[0, [1, 1]], color=BLACK, linestyle=(0, (4, 2)))
            first += stage.n_updates
        ax.set(title=name, xlabel="updates")
    axes[0, 0].set_ylabel("loss (dashed: floor)")
    return figure


@styled
def fig_phases(found: Mapping[str, Phases]) -> Figure:
    """Loss, switches, eigenvalues and size of the states along training, a column for each.

    Parameters
    ----------
    found : dict of title to Phases

    Returns
    -------
    matplotlib.figure.Figure
        Shaded: where states grow without input at some stage, from the first to the last.
    """
    for title, one in found.items():
        check_kind(f"found[{title!r}]", one, Phases)
    figure, axes = new_figure(4, len(found), height=8.4, sharex="col", sharey="row")
    dashes = {"color": BLACK, "linestyle": (0, (4, 2)), "linewidth": 1.2}
    dots = {"color": GREY, "linestyle": (0, (1, 1.5)), "linewidth": 1.6}
    for column, (title, one) in zip(axes.T, found.items(), strict=True):
        loss, switches, eigenvalues, size = column
        x = one.update
        loss.plot(x, one.loss / one.independent, color=BLUE, label="loss")
        loss.plot(x, one.floor / one.independent, label="floor: the HMM itself", **dashes)
        loss.set(title=title, ylim=(min(-0.05, np.nanmin(one.floor / one.independent)), 1.35))
        switches.plot(x, one.switch_rate, color=BLUE)
        switches.set(ylim=(-0.03, None))
        eigenvalues.plot(x, one.unstable, color=VERMILLION, label="unstable: some |λ| > 1")
        eigenvalues.plot(
            x,
            one.rotating,
            color=GREEN,
            linestyle=(0, (5, 2)),
            label="turning: complex, |λ| near 1",
        )
        eigenvalues.set(ylim=(-0.05, 1.05))
        size.plot(x, one.activity, color=BLUE, label="root mean square of h")
        size.plot(
            x, np.maximum(one.left, 1e-8), color=VERMILLION, linestyle=(0, (5, 2)),
            label="left of h after 50 steps without input",
        )  # fmt: skip
        size.axhline(1, **dots)
        size.set(yscale="log", xlabel="updates")
        for ax in column:
            if one.growth is not None:
                ax.axvspan(*one.growth, **_GROWTH)
    for ax, label in zip(
        axes[:, 0],
        ("relative loss", "mean of\n1 / residence",
         "fraction of steps", "size of states"),
        strict=True,
    ):  # fmt: skip
        ax.set_ylabel(label)
    legend_below(figure, *axes[:, 0])
    return figure
