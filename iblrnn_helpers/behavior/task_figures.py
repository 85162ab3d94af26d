"""The task in pictures: blocks, stimuli and observations of sampled trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from ..core import checks
from ..core.plot_style import (
    BLACK,
    GREY,
    SIDE_STYLES,
    SKY,
    check_kind,
    legend_below,
    new_figure,
    styled,
)
from ..task.generative_model import BLOCK_LAWS, TaskParams, Trials, block_length_distribution
from .trial_means import evidence_density

LAW_NAMES = {
    "truncated_geometric": "truncated geometric (code)",
    "forced_switch": "forced switch (text)",
}


@styled
def fig_task_raster(trials: Trials, *, session: int = 0, n_trials: int = 200) -> Figure:
    """Block side and stimulus of every trial: bands are blocks, marks are stimuli.

    Parameters
    ----------
    trials : Trials
    session : int
        Which session.
    n_trials : int
        Its first so many trials are drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("trials", trials, Trials)
    checks.integer("session", session, low=0, high=trials.n_sessions - 1)
    checks.integer("n_trials", n_trials, low=1)
    first, last = trials.session_start[session : session + 2]
    shown = slice(first, min(first + n_trials, last))
    number = np.arange(1, shown.stop - shown.start + 1)
    block_side, side = trials.block_side[shown], trials.side[shown]
    signed, concordant = trials.signed_strength[shown], trials.concordant[shown]

    figure, axes = new_figure(height=4.2)
    ax = axes[0, 0]
    starts = np.flatnonzero(np.diff(block_side, prepend=0))
    reach = 1.25 * max(trials.params.strengths) or 1.0
    for start, stop in zip(starts, [*starts[1:], len(number)], strict=True):
        held = SIDE_STYLES[int(block_side[start])]
        ax.axvspan(start + 0.5, stop + 0.5, color=held["color"], alpha=0.15, linewidth=0)
        ax.text(
            (start + stop + 1) / 2,
            reach * 0.93,
            f"{held['label']} block"
            if stop - start >= 0.14 * len(number)
            else held["label"][0].upper(),
            ha="center",
            va="center",
            fontsize=11,
        )
    for value, marker in SIDE_STYLES.items():
        for agrees in (True, False):
            chosen = (side == value) & (concordant == agrees)
            ax.plot(
                number[chosen],
                signed[chosen],
                linestyle="none",
                marker=marker["marker"],
                markersize=5.5,
                color=marker["color"],
                markerfacecolor=marker["color"] if agrees else "white",
                label=f"{marker['label']}, {'concordant' if agrees else 'discordant'}",
            )
    ax.axhline(0, color=GREY, linewidth=0.8)
    margin = 0.5 + 0.01 * len(number)  # room for the first and last mark
    ax.set(xlim=(1 - margin, len(number) + margin), ylim=(-reach, reach * 1.05))
    ax.set(xlabel="trial", ylabel="signed stimulus strength\n(negative: left)")
    legend_below(figure, ax, n_columns=2)
    return figure


@styled
def fig_trial_observations(trials: Trials, *, trial: int = 0) -> Figure:
    """Observations that one trial offers, step by step, with the means that they scatter around.

    Parameters
    ----------
    trials : Trials
    trial : int
        Which trial, counted through all sessions.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("trials", trials, Trials)
    checks.integer("trial", trial, low=0, high=trials.n_trials - 1)
    params = trials.params
    blank = np.zeros((params.n_blank_steps, 2))
    observations = np.concatenate((blank, trials.observations[trial]))  # (max_steps, 2)
    steps = np.arange(1, params.max_steps + 1)
    side, strength = int(trials.side[trial]), trials.strength[trial]

    figure, axes = new_figure(height=4.4)
    ax = axes[0, 0]
    if params.n_blank_steps:
        ax.axvspan(0.5, params.n_blank_steps + 0.5, color="#efefef", label="blank steps")
    for column, value in enumerate((-1, 1)):
        held = SIDE_STYLES[value]
        line = {k: held[k] for k in ("color", "linestyle", "marker")}
        ax.plot(steps, observations[:, column], label=f"{held['label']} observation", **line)
        mean = strength if value == side else 0.0
        ax.plot(
            [params.n_blank_steps + 0.5, params.max_steps + 0.5],
            [mean, mean],
            color=held["color"],
            linestyle=(0, (1, 2)),
            label=f"mean on the {held['label']}",
        )
    ax.set(xlim=(0.5, params.max_steps + 0.5), xlabel="step within the trial", ylabel="observation")
    ax.set_title(f"stimulus on the {SIDE_STYLES[side]['label']}, strength {strength:g}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, ax, n_columns=3)
    return figure


@styled
def fig_stimuli_by_side(trials: Trials) -> Figure:
    """Evidence of single observations by block side and by stimulus side, against its closed form.

    Parameters
    ----------
    trials : Trials
        All their observations are used.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("trials", trials, Trials)
    d = trials.observations[..., 1] - trials.observations[..., 0]  # (n_trials, n_observations)
    reach = np.ceil(max(trials.params.strengths) + 4 * trials.params.noise_sd)
    edges = np.linspace(-reach, reach, 41)
    fine = np.linspace(-reach, reach, 301)

    figure, axes = new_figure(1, 2, height=4.2, sharey=True)
    for ax, name, title in zip(
        axes[0], ("block_side", "side"), ("by block side", "by stimulus side"), strict=True
    ):
        for value, held in SIDE_STYLES.items():
            chosen = d[getattr(trials, name) == value].ravel()
            ax.hist(
                chosen,
                edges,
                density=True,
                histtype="stepfilled",
                color=held["color"],
                alpha=0.3,
                hatch="//" if value < 0 else None,
                label=f"{held['label']}: observed",
            )
            density = evidence_density(trials.params, fine, **{name: value})
            ax.plot(
                fine,
                density,
                color=held["color"],
                linestyle=held["linestyle"],
                label=f"{held['label']}: closed form",
            )
        ax.set(title=title, xlabel="$d = o^R - o^L$")
        ax.grid(False)
    axes[0, 0].set_ylabel("density")
    legend_below(figure, axes[0, 0], n_columns=2)
    return figure


@styled
def fig_block_lengths(lengths: Mapping[str, np.ndarray], params: TaskParams) -> Figure:
    """Lengths of blocks under both laws: sampled (bars) and in closed form (dots).

    Parameters
    ----------
    lengths : dict of block law to (n_blocks,) int
        Sampled block lengths, e.g. from
        :func:`iblrnn_helpers.behavior.trial_means.block_lengths`.
    params : TaskParams
        Limits and hazard; its own block law plays no part.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("params", params, TaskParams)
    check_kind("lengths", lengths, Mapping)
    for law in lengths:
        checks.choice("lengths", law, BLOCK_LAWS)
    figure, axes = new_figure(
        len(lengths), 1, height=1 + 2.1 * len(lengths), sharex=True, sharey=True
    )
    for ax, (law, drawn) in zip(axes[:, 0], lengths.items(), strict=True):
        possible, probability = block_length_distribution(replace(params, block_law=law))
        share = np.bincount(drawn, minlength=possible[-1] + 1)[possible] / len(drawn)
        ax.bar(
            possible,
            share,
            width=1,
            color=SKY,
            alpha=0.35,
            linewidth=0,
            label="sampled",
        )
        ax.plot(possible, probability, ".", color=BLACK, markersize=5, label="closed form")
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_title(f"{LAW_NAMES[law]}: mean {possible @ probability:.1f} trials")
        ax.set_ylabel("probability")
    axes[-1, 0].set_xlabel("block length (trials)")
    legend_below(figure, axes[0, 0])
    return figure
