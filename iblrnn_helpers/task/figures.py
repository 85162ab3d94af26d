"""The task in pictures: its generative model, its blocks, its stimuli and their observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import fill

import numpy as np
import seaborn as sns
from matplotlib.patches import FancyBboxPatch

from ..core import checks
from ..core import plot_style as style
from .generative_model import TaskParams, Trials, block_length_distribution, evidence_density

LAW_NAMES = {
    "truncated_geometric": "truncated geometric (code)",
    "forced_switch": "forced switch (text)",
}
FACES = {"discordant": "white", "unbiased": style.GREY}  # of marks; others have their side's colour
UNBIASED = {"color": style.GREY, "label": "unbiased"}


@style.panel(height=5.4)
def fig_1_generative_model(ax, params: TaskParams):
    """Generative model of the task: block and stimulus side, strength and observations (Fig. 1)."""
    ax.set(xlim=(0, 10), ylim=(0, 7.4), aspect="equal")
    ax.axis("off")
    names = "$b_n$", "$b_{n+1}$", "$s_n$", r"$\mu_n$", "$o_{n,t}$"
    places = (1.5, 6.5), (4.9, 6.5), (1.5, 4.3), (4.0, 4.3), (2.75, 1.6)
    block, following, side, strength, seen = places
    circle = {"s": 3100, "edgecolors": style.BLACK, "linewidths": 1.4, "zorder": 3}
    ax.scatter(*np.transpose(places), c=[*["white"] * 4, "#e4eef6"], **circle)
    for name, place in zip(names, places, strict=True):
        ax.text(*place, name, ha="center", va="center", color=style.BLACK, fontsize=16, zorder=4)
    arrow = {"arrowstyle": "-|>", "color": style.BLACK, "lw": 1.4, "shrinkA": 28, "shrinkB": 28}
    for start, end in ((block, following), (block, side), (side, seen), (strength, seen)):
        ax.annotate("", end, start, arrowprops=arrow)
    later = {**arrow, "color": style.GREY, "shrinkB": 2, "ls": "--"}
    ax.annotate("", (6.4, 6.5), following, arrowprops=later)
    ax.text(6.65, 6.5, r"$\cdots$", ha="center", va="center", color=style.GREY)

    # Plates: what is drawn anew at every step, and in every trial.
    plate = {"boxstyle": "round,pad=0.1", "fc": "none", "ec": style.GREY, "lw": 1.2}
    plates = {"steps $t$": (1.6, 0.62, 2.4, 1.85), "trial $n$": (0.6, 0.3, 4.4, 4.8)}
    for name, (x, y, width, height) in plates.items():
        ax.add_patch(FancyBboxPatch((x, y), width, height, **plate))
        ax.text(x + width, y, name, ha="right", va="bottom", color="#555555", fontsize=11)

    strengths = ", ".join(f"{mu:g}" for mu in params.strengths)
    params.need_alternating("this figure")
    notes = {
        "block side": f"kept for {params.min_block_length} to {params.max_block_length} "
        f"trials; in between, switches with probability {params.hazard:g} a trial",
        "stimulus side": f"equals the block's side with probability {params.concordance:g}",
        "stimulus strength": f"one of {strengths}; the same on every step of the trial",
        "observations": f"left and right, normal with standard deviation {params.noise_sd:g}; "
        "mean $\\mu_n$ on the stimulus side, 0 on the other; "
        f"at most {params.n_observations}, after {params.n_blank_steps} blank steps",
    }
    corners = (7.2, 6.75), (5.5, 4.7), (5.5, 3.6), (5.5, 1.9)
    for (x, y), (title, note) in zip(corners, notes.items(), strict=True):
        ax.text(x, y + 0.1, title, ha="left", va="bottom", weight="bold", fontsize=12)
        ax.text(x, y, fill(note, 22 if x > 6 else 34), ha="left", va="top", fontsize=11)


@style.panel(height=4.2)
def fig_task_raster(ax, trials: Trials, *, session: int = 0, n_trials: int = 200):
    """Block side and stimulus of every trial: bands are blocks, marks are stimuli.

    Parameters
    ----------
    trials : Trials
    session : int
        Which session, from 0.
    n_trials : int
        Its first so many trials are drawn.
    """
    checks.integer("session", session, low=0, high=trials.n_sessions - 1)
    checks.integer("n_trials", n_trials, low=1)
    first, last = trials.session_start[session : session + 2]
    shown = slice(first, min(first + n_trials, last))
    number = np.arange(1, shown.stop - shown.start + 1)
    side = trials.side[shown]
    kinds = {"concordant": trials.concordant, "discordant": trials.discordant}
    if not trials.has_side[shown].all():
        kinds["unbiased"] = ~trials.has_side
    signed = trials.signed_strength[shown]

    reach = 1.25 * max(trials.params.strengths) or 1.0
    for start, stop, look in shade_blocks(ax, trials.block_side[shown]):
        wide = stop - start >= 0.14 * len(number)
        name = f"{look['label']} block" if wide else look["label"][0].upper()
        middle = (start + stop + 1) / 2
        ax.text(middle, reach * 0.93, name, ha="center", va="center", fontsize=11)
    for value, look in style.SIDE_STYLES.items():
        for kind, of_kind in kinds.items():
            chosen = (side == value) & of_kind[shown]
            mark = {**look, "linestyle": "none", "label": f"{look['label']}, {kind}"}
            mark |= {"markersize": 5.5, "markerfacecolor": FACES.get(kind, look["color"])}
            ax.plot(number[chosen], signed[chosen], **mark)
    ax.axhline(0, color=style.GREY, linewidth=0.8)
    margin = 0.5 + 0.01 * len(number)  # room for the first and last mark
    ax.set(xlim=(1 - margin, len(number) + margin), ylim=(-reach, reach * 1.05))
    ax.set(xlabel="trial", ylabel="signed stimulus strength\n(negative: left)")


def shade_blocks(ax, block_side: np.ndarray) -> list[tuple[int, int, dict]]:
    """A band in its side's colour behind each block of trials, which count from 1 along x.

    Returns the trials before a block's first and at its end, and the style of its side.
    """
    starts = np.flatnonzero(np.diff(block_side, prepend=2))
    ends = np.append(starts[1:], len(block_side))
    looks = [style.SIDE_STYLES.get(int(side), UNBIASED) for side in block_side[starts]]
    blocks = list(zip(starts.tolist(), ends.tolist(), looks, strict=True))
    for start, end, look in blocks:
        ax.axvspan(start + 0.5, end + 0.5, color=look["color"], alpha=0.15, linewidth=0)
    return blocks


@style.panel(n_columns=3)
def fig_trial_observations(ax, trials: Trials, *, trial: int = 0):
    """Observations that one trial offers, step by step, with the means that they scatter around.

    ``trial`` counts through all sessions, from 0.
    """
    checks.integer("trial", trial, low=0, high=trials.n_trials - 1)
    n_blank, max_steps = trials.params.n_blank_steps, trials.params.max_steps
    observations = np.pad(trials.observations[trial], ((n_blank, 0), (0, 0)))  # (max_steps, 2)
    side, strength = int(trials.side[trial]), trials.strength[trial]
    if n_blank:
        ax.axvspan(0.5, n_blank + 0.5, color="#efefef", label="blank steps")
    for (value, look), seen in zip(style.SIDE_STYLES.items(), observations.T, strict=True):
        name = look["label"]
        ax.plot(np.arange(1, max_steps + 1), seen, **look | {"label": f"{name} observation"})
        mean = strength if value == side else 0.0
        dots = {"linestyle": (0, (1, 2)), "label": f"mean on the {name}"}
        ax.hlines(mean, n_blank + 0.5, max_steps + 0.5, look["color"], **dots)
    ax.set(xlim=(0.5, max_steps + 0.5), xlabel="step within the trial", ylabel="observation")
    ax.set_title(f"stimulus on the {style.SIDE_STYLES[side]['label']}, strength {strength:g}")
    ax.locator_params(axis="x", integer=True)


@style.panels
def fig_stimuli_by_side(figure, trials: Trials):
    """Evidence of single observations by block side and by stimulus side, against its closed form.

    All observations of all trials are used.
    """
    d = trials.observations[..., 1] - trials.observations[..., 0]  # (n_trials, n_observations)
    reach = np.ceil(max(trials.params.strengths) + 4 * trials.params.noise_sd)
    fine = np.linspace(-reach, reach, 301)
    bins = {"bins": 40, "binrange": (-reach, reach), "stat": "density", "element": "step"}
    axes = style.grid(figure, 1, 2, height=4.2, sharey=True)
    titles = {"block_side": "by block side", "side": "by stimulus side"}
    for ax, (name, title) in zip(axes[0], titles.items(), strict=True):
        for value, look in style.SIDE_STYLES.items():
            chosen = d[getattr(trials, name) == value].ravel()
            area = {"color": look["color"], "alpha": 0.3, "linewidth": 0}
            area |= {"hatch": "//" if value < 0 else None, "label": f"{look['label']}: observed"}
            sns.histplot(x=chosen, **bins, **area, ax=ax)
            line = {**look, "marker": "", "label": f"{look['label']}: closed form"}
            ax.plot(fine, evidence_density(trials.params, fine, **{name: value}), **line)
        ax.set(title=title, xlabel="$d = o^R - o^L$", ylabel="density")
        ax.grid(False)


@style.panels
def fig_block_lengths(figure, lengths: Mapping[str, np.ndarray], params: TaskParams):
    """Lengths of blocks under both laws: sampled (bars) and in closed form (dots).

    Parameters
    ----------
    lengths : dict of block law to (n_blocks,) int
        Sampled lengths, e.g. ``block_lengths`` of :class:`Trials`.
    params : TaskParams
        Limits and hazard; its own block law plays no part.
    """
    shape = {"height": 1 + 2.1 * len(lengths), "sharex": True, "sharey": True}
    axes = style.grid(figure, len(lengths), 1, **shape)
    for ax, (law, drawn) in zip(axes[:, 0], lengths.items(), strict=True):
        possible, probability = block_length_distribution(replace(params, block_law=law))
        bars = {"color": style.SKY, "alpha": 0.35, "linewidth": 0, "label": "sampled"}
        sns.histplot(x=drawn, discrete=True, stat="probability", **bars, ax=ax)
        ax.plot(possible, probability, ".", color=style.BLACK, markersize=5, label="closed form")
        ax.set(yscale="log", xlabel="block length (trials)", ylabel="probability")
        ax.set_title(f"{LAW_NAMES[law]}: mean {possible @ probability:.1f} trials")
        ax.set_yticks([0.005, 0.01, 0.02, 0.05, 0.1, 0.2])
        ax.yaxis.set_major_formatter("{x:g}")
        ax.label_outer()
