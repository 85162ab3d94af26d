"""Recordings, what is seen in them, how large they have to be, and whose they are, in pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import seaborn as sns
from matplotlib.patches import Rectangle

from ..core import plot_style as style
from .power import SEEN_IN
from .recording import Recording

if TYPE_CHECKING:
    import pandas as pd

SHORT = {  # of predictions, for titles
    "dimension": "two dimensions",
    "block_before_stimulus": "block before the stimulus",
    "evidence_moves_block": "evidence moves the block",
    "graded_carry_over": "graded carry-over",
    "angle": "angle below 90°",
    "two_attractors": "two attractors",
    "radd_coupling": "block feeds the side",
}
SHARES = sns.light_palette(style.BLUE, as_cmap=True)
PERCENT = {"annot": True, "fmt": ".0f", "annot_kws": {"fontsize": 11.5}, "linewidths": 1}
SCALE = {"cmap": SHARES, "vmin": 0, "vmax": 100}
OUTLINE = {"fill": False, "edgecolor": style.ORANGE, "linewidth": 2.5, "clip_on": False}


def short(what: str) -> str:
    """A prediction's few words, or its key."""
    return SHORT.get(what, what)


@style.panels
def fig_recording(figure, recording: Recording, reading: np.ndarray, *, first: int, n_trials: int):
    """The block and what is read of it before each stimulus, above the spikes of all units.

    Parameters
    ----------
    reading : (n_trials,) float
        Of every trial of the recording; -1 left, +1 right.
    first, n_trials : int
        The trials shown.
    """
    shape = {"height": 4.8, "sharex": True, "height_ratios": (1, 2.6)}
    above, below = style.grid(figure, 2, 1, **shape)[:, 0]
    shown = slice(first, first + n_trials)
    begin, end = recording.start[shown][0], recording.end[shown][-1]
    time, block = recording.stimulus_on[shown] - begin, recording.trials.block_side[shown]
    true = {"color": style.GREY, "drawstyle": "steps-post", "label": "true block"}
    above.plot(time, block, **true)
    line = {"color": style.VERMILLION, "marker": "o", "markersize": 3.5, "linewidth": 1.2}
    above.plot(time, reading[shown], label="read from the spikes", **line)
    above.axhline(0, color=style.GREY, linewidth=0.8)
    above.set_yticks([-1, 1], ["left", "right"])
    above.set_ylabel("block")
    inside = (recording.spike_time >= begin) & (recording.spike_time < end)
    dots = {"s": 3, "marker": "|", "linewidth": 0.6, "color": style.BLACK, "rasterized": True}
    place = recording.spike_time[inside] - begin, recording.spike_unit[inside] + 1
    below.scatter(*place, **dots)
    n_units = recording.n_units
    below.set(ylim=(0, n_units + 1), yticks=[1, n_units], ylabel="neuron")
    below.set(xlim=(0, end - begin), xlabel="time (s)")
    below.grid(False)


@style.panel
def fig_seen(ax, shares: pd.DataFrame, holds: Mapping[str, Collection[str]] | None = None):
    """How often each prediction is seen in each agent; outlined where it holds.

    Parameters
    ----------
    shares : DataFrame
        From 0 to 1, agents by predictions; NaN leaves a tile empty.
    holds : mapping of prediction to collection of str, optional
        The agents in which it holds.
    """
    style.set_height(ax.figure, 2.2 + 0.42 * len(shares))
    table = 100 * shares.rename(columns=lambda what: fill(short(what), 10))
    bar = {"label": "seen in % of recordings", "location": "bottom", "aspect": 35, "shrink": 0.8}
    style.heatmap(ax, table, cbar_kws=bar, **SCALE, **PERCENT)
    for column, what in enumerate(shares):
        for row, agent in enumerate(shares.index):
            if agent in (holds or {}).get(what, ()):
                ax.add_patch(Rectangle((column + 0.04, row + 0.04), 0.92, 0.92, **OUTLINE))
    ax.xaxis.tick_top()
    ax.tick_params("x", labelsize=11)
    ax.set(xlabel="", ylabel="")


@style.panels
def fig_power(figure, table: pd.DataFrame):
    """In how many of the network's recordings each prediction is seen, by size; outlined: enough.

    Parameters
    ----------
    table : DataFrame
        Of :func:`.power.power_map`.
    """
    whats = _predictions(table)
    shape = {"row_height": 2.1, "rest": 1.3, "sharey": False, "xlabel": "trials"}
    axes = style.rows_of(figure, len(whats), 2, ylabel="neurons", **shape).flat
    for ax, what in zip(axes, whats, strict=False):
        cells = table.loc[what].unstack("n_trials").sort_index(ascending=False)
        style.heatmap(ax, 100 * cells["power"], cbar=False, **SCALE, **PERCENT)
        for i, j in np.argwhere(cells["enough"].to_numpy(bool)):
            ax.add_patch(Rectangle((j + 0.04, i + 0.05), 0.92, 0.9, **OUTLINE))
        ax.set(title=short(what), xlabel=ax.get_xlabel() and "trials", ylabel="neurons")
    for ax in figure.axes:
        ax.set_xlabel("trials" if ax in figure.axes[-2:] else "")


@style.panels(n_columns=4)
def fig_power_along(figure, table: pd.DataFrame):
    """The same along the neurons, with 95% intervals over networks.

    Parameters
    ----------
    table : DataFrame
        Of :func:`.power.power_map`.
    """
    whats = _predictions(table)
    lengths = table.index.unique("n_trials").sort_values()
    shape = {"row_height": 2.1, "rest": 1.7, "sharey": True, "sharex": True, "xlabel": "neurons"}
    axes = style.rows_of(figure, len(whats), 2, ylabel="share seen", **shape).flat
    for ax, what in zip(axes, whats, strict=False):
        for look, n_trials in zip(style.LOOKS, lengths, strict=False):
            cells = table.loc[what].xs(n_trials, level="n_trials").sort_index()
            result = cells["power"], cells["low"], cells["high"]
            style.draw_means(ax, cells.index, result, label=f"{n_trials} trials", **look)
        ax.axhline(SEEN_IN, color=style.GREY, linewidth=0.8)
        ax.set(xscale="log", ylim=(-0.03, 1.03), title=short(what))
        ax.set_xticks(cells.index, [str(n) for n in cells.index])
        ax.minorticks_off()


def _predictions(table: pd.DataFrame) -> list[str]:
    """Those of a table of :func:`.power.power_map`."""
    return _in_order(table.index.unique("what"))


def _in_order(whats: Iterable[str]) -> list[str]:
    """Ours in their order, then others."""
    whats = list(whats)
    return sorted(whats, key=lambda what: [*SHORT, *whats].index(what))


@style.panels
def fig_confusion(figure, tables: Mapping[str, pd.DataFrame], *, xlabel: str, ylabel: str = ""):
    """Agents by agents: whom a classifier names, or how well it tells two apart.

    Parameters
    ----------
    tables : mapping of title to DataFrame
        Shares, from 0 to 1; NaN leaves a tile empty.
    xlabel, ylabel : str
    """
    n = len(next(iter(tables.values())))
    axes = style.grid(figure, 1, len(tables), height=2.2 + 0.36 * n, sharey=True)[0]
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        # Numbers of three panels need room.
        look = PERCENT | {"annot_kws": {"fontsize": 11.5 if len(tables) < 3 else 10.7}}
        style.heatmap(ax, 100 * table, cbar=False, **SCALE, **look)
        ax.set(title=title, xlabel=xlabel, ylabel="")
        ax.tick_params("x", rotation=90)
    axes[0].set_ylabel(ylabel)


@style.panels(n_columns=3)
def fig_null_p(figure, table: pd.DataFrame, *, alpha: float = 0.05):
    """Distribution of p where nothing is coded: of each prediction, in each kind of recording.

    Parameters
    ----------
    table : DataFrame
        With ``prediction``, ``kind`` and ``p``, as of :func:`.calibration.calibrate`.
    alpha : float
        The level at which a prediction counts as seen; drawn as a line.
    """
    whats = _in_order(table["prediction"].unique())
    shape = {"row_height": 1.9, "rest": 1.5, "sharex": True, "sharey": True, "xlabel": "p"}
    axes = style.rows_of(figure, len(whats), 3, ylabel="share below", **shape).flat
    for ax, what in zip(axes, whats, strict=False):
        ax.plot([0, 1], [0, 1], **style.DASHED, label="uniform")
        of = table[table["prediction"] == what]
        for look, (kind, rows) in zip(style.LOOKS, of.groupby("kind", sort=False), strict=False):
            line = {"color": look["color"], "linestyle": look["linestyle"], "label": kind}
            sns.ecdfplot(x=rows["p"].dropna(), ax=ax, **line)
        ax.axvline(alpha, color=style.GREY, linewidth=0.8)
        ax.set(xlim=(0, 1), ylim=(0, 1), title=fill(short(what), 15))
        ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    for k, ax in enumerate(figure.axes):
        ax.set_ylabel("share below" if k % 3 == 0 else "")
        ax.set_xlabel("p" if k >= len(figure.axes) - 3 else "")


@style.panel(height=4.6, n_columns=4)
def fig_planted(ax, planted: np.ndarray, found: Mapping[str, np.ndarray]):
    """Recurrent weights that were planted, and what fits find of them in spikes; a dot a recording.

    Parameters
    ----------
    planted : (2, 2) float
        [to, from], of stimulus and block.
    found : mapping of method to (n_recordings, 2, 2) float
        At most five methods.
    """
    names = [f"to {to}\nfrom {of}" for to in ("stimulus", "block") for of in ("stimulus", "block")]
    places = np.linspace(-0.3, 0.3, 2 * len(found) + 1)[1::2]
    for place, look, (method, values) in zip(places, style.LOOKS, found.items(), strict=False):
        values = np.asarray(values).reshape(-1, 4)
        x = np.broadcast_to(np.arange(4) + place, values.shape)
        mark = {"linestyle": "none", "markersize": 5, "alpha": 0.7, "label": method}
        ax.plot(x.ravel(), values.ravel(), **look | mark)
    ends = np.arange(4)[:, None] + [-0.42, 0.42]
    ax.hlines(np.ravel(planted), *ends.T, style.BLACK, linewidth=2, label="planted")
    ax.axhline(0, color=style.GREY, linewidth=0.8)
    ax.set_xticks(range(4), names)
    ax.set(xlabel="entry of A′", ylabel="recurrent weight a bin")
    ax.grid(False, axis="x")


@style.panel
def fig_wall(ax, wall: pd.DataFrame):
    """The table for the wall: a row for each prediction, in words.

    Parameters
    ----------
    wall : DataFrame
        Of :func:`.wall.wall_table`.
    """
    widths = (22, 30, 15, 25)  # in letters, with the gaps between columns
    lines = [[fill(str(cell), width - 3) for cell, width in zip(row, widths, strict=True)]
             for row in wall.reset_index().itertuples(index=False)]  # fmt: skip
    heads = [fill(name, width - 3) for name, width in zip(wall.reset_index(), widths, strict=True)]
    heights = [1 + max(cell.count("\n") for cell in row) for row in (heads, *lines)]
    inches = 0.185 * np.array(heights) + 0.14
    style.set_height(ax.figure, inches.sum() + 0.3)
    left = np.concatenate([[0], np.cumsum(widths)]) / sum(widths)
    top = 1.0
    for k, (row, high) in enumerate(zip((heads, *lines), inches / inches.sum(), strict=True)):
        for x, cell in zip(left, row, strict=False):
            ax.text(x, top - 0.06 / inches.sum(), cell, va="top", fontsize=11,
                    weight="bold" if k == 0 else "normal")  # fmt: skip
        top -= high
        ax.axhline(top, color=style.BLACK if k == 0 else style.GREY, linewidth=0.8)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
