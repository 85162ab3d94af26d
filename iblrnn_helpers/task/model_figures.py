"""The generative model of the task, as a diagram."""

from __future__ import annotations

from textwrap import fill

from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyBboxPatch

from ..core.plot_style import BLACK, GREY, StyledFigure, check_kind, styled
from .generative_model import TaskParams


@styled
def fig_1_generative_model(params: TaskParams) -> Figure:
    """Generative model of the task: block side, stimulus side and strength, observations (Fig. 1).

    Parameters
    ----------
    params : TaskParams

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("params", params, TaskParams)
    figure = StyledFigure(figsize=(7.2, 5.4), layout="constrained")
    ax = figure.subplots()
    ax.set(xlim=(0, 10), ylim=(0, 7.4), aspect="equal")
    ax.axis("off")

    def node(x, y, text, *, shown=False):
        fill = "#e4eef6" if shown else "white"
        ax.add_patch(Ellipse((x, y), 1.16, 1.16, facecolor=fill, edgecolor=BLACK, lw=1.4, zorder=3))
        ax.text(x, y, text, ha="center", va="center", fontsize=16, zorder=4)

    def arrow(start, end):
        style = {"arrowstyle": "-|>", "color": BLACK, "lw": 1.4, "shrinkA": 31, "shrinkB": 31}
        ax.annotate("", end, start, arrowprops=style)

    def plate(x, y, width, height, text):
        box = FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0.1",
            facecolor="none",
            edgecolor=GREY,
            lw=1.2,
        )
        ax.add_patch(box)
        ax.text(x + width, y, text, ha="right", va="bottom", color="#555555", fontsize=11)

    block, following, side, strength, seen = (
        (1.5, 6.5),
        (4.9, 6.5),
        (1.5, 4.3),
        (4.0, 4.3),
        (2.75, 1.6),
    )
    for start, end in ((block, following), (block, side), (side, seen), (strength, seen)):
        arrow(start, end)
    ax.annotate(
        "",
        (6.4, 6.5),
        following,
        arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.4, "shrinkA": 31, "ls": "--"},
    )
    ax.text(6.65, 6.5, r"$\cdots$", ha="center", va="center", color=GREY)
    node(*block, "$b_n$")
    node(*following, "$b_{n+1}$")
    node(*side, "$s_n$")
    node(*strength, r"$\mu_n$")
    node(*seen, "$o_{n,t}$", shown=True)
    plate(1.6, 0.62, 2.4, 1.85, "steps $t$")
    plate(0.6, 0.3, 4.4, 4.8, "trial $n$")

    strengths = ", ".join(f"{mu:g}" for mu in params.strengths)
    notes = (
        (
            7.2,
            6.75,
            "block side",
            f"kept for {params.min_block_length} to {params.max_block_length} "
            f"trials; in between, switches with probability {params.hazard:g} a trial",
        ),
        (
            5.5,
            4.7,
            "stimulus side",
            f"equals the block's side with probability {params.concordance:g}",
        ),
        (5.5, 3.6, "stimulus strength", f"one of {strengths}; the same on every step of the trial"),
        (
            5.5,
            1.9,
            "observations",
            "left and right, normal with standard deviation "
            f"{params.noise_sd:g}; mean $\\mu_n$ on the stimulus side, 0 on the other; "
            f"at most {params.n_observations}, after {params.n_blank_steps} blank steps",
        ),
    )
    for x, y, title, text in notes:
        ax.text(x, y + 0.1, title, ha="left", va="bottom", weight="bold", fontsize=12)
        lines = fill(text, 22 if x > 6 else 34)
        ax.text(x, y, lines, ha="left", va="top", fontsize=11)
    return figure
