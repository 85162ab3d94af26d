"""Figures of inverse reinforcement learning: the maze, and the network of binary neurons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    StyledFigure,
    legend_below,
    new_figure,
    styled,
)
from ..hypercube import spike_counts
from ..one_agent.maze import Maze
from .changes import Adaptation
from .inverse import count_distribution, tuning
from .network import OptimalNetwork
from .recording import Recording

INPUT_STYLES = (
    {"color": ORANGE, "linestyle": (0, (5, 2)), "marker": "v"},
    {"color": BLUE, "linestyle": "-", "marker": "^"},
)


@styled
def fig_1f_maze(
    policies: Mapping[str, tuple[Maze, np.ndarray, np.ndarray | None]],
    rewards: Mapping[str, tuple[Maze, np.ndarray]],
):
    """Fig. 1F: where the agent spends its time, a way of it, and the inferred reward.

    Parameters
    ----------
    policies : dict of title to (maze, stationary law (n_states,), way (n, 2) or None)
        Ways are drawn until they reach the goal.
    rewards : dict of title to (maze, reward (n_states,))
        Drawn after the first policy.
    """
    first, *others = policies.items()
    panels = [(first, True), *((item, False) for item in rewards.items())]
    panels += [(item, True) for item in others]
    n_rows = -(-len(panels) // 2)
    figure, axes = new_figure(n_rows, 2, height=0.6 + 3.5 * n_rows)
    for ax in axes.ravel()[len(panels) :]:
        ax.set_axis_off()
    for ax, ((title, (maze, values, *way)), is_policy) in zip(axes.ravel(), panels, strict=False):
        # Roots, so that rarely visited cells do not vanish.
        shown = np.sqrt(values) if is_policy else values
        _draw_maze(ax, maze, shown, "Blues" if is_policy else "Greens")
        if way and way[0] is not None:
            _draw_way(ax, maze, way[0])
        ax.set_title(title)
    handles = dict(zip(*reversed(axes[0, 0].get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    return figure


def _draw_maze(ax, maze: Maze, values: np.ndarray, colours: str) -> None:
    n_rows, n_columns = maze.free.shape
    ax.imshow(maze.on_grid(values), cmap=colours, vmin=0, vmax=max(values.max(), 1e-12))
    walls = np.where(maze.free, np.nan, 1.0)
    ax.imshow(walls, cmap="Greys", vmin=0, vmax=1.4)
    ax.plot(
        [column for _, column in maze.starts], [row for row, _ in maze.starts],
        "o", color=BLACK, markerfacecolor="white", markersize=8, label="start",
    )  # fmt: skip
    ax.plot(*maze.goal[::-1], "*", color=BLACK, markerfacecolor=GREEN, markersize=15, label="goal")
    ax.set(xticks=[], yticks=[], xlim=(-0.5, n_columns - 0.5), ylim=(n_rows - 0.5, -0.5))
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _draw_way(ax, maze: Maze, way: np.ndarray) -> None:
    at_goal = np.flatnonzero((way == maze.goal).all(axis=1))
    way = way[: at_goal[0] + 1] if len(at_goal) else way
    # A small drift sideways, so that a way and a way back both show.
    drift = np.linspace(-0.12, 0.12, len(way))[:, None]
    rows, columns = (way + drift).T
    ax.plot(columns, rows, color=VERMILLION, linewidth=2, label="a way to the goal")


@styled
def fig_2c_tuning(network: OptimalNetwork, labels: Sequence[str] = ("x = −1", "x = +1")):
    """Fig. 2C: firing probability by how many others are active, for each input."""
    figure, axes = new_figure(height=3.8)
    ax = axes[0, 0]
    curves = tuning(network)
    for x, (label, look) in enumerate(zip(labels, INPUT_STYLES, strict=True)):
        m = np.arange(curves.shape[1])
        for other in curves[1:, :, x]:
            ax.plot(m, other, color=look["color"], linewidth=0.8, alpha=0.5)
        ax.plot(m, curves[0, :, x], label=label, **look)
    ax.set(
        xlabel="other neurons active",
        ylabel="firing probability",
        ylim=(-0.04, 1.04),
        xticks=range(curves.shape[1]),
    )
    legend_below(figure, ax)
    return figure


@styled
def fig_2d_dynamics(
    recording: Recording, network: OptimalNetwork, labels: Sequence[str] = ("x = −1", "x = +1")
):
    """Fig. 2D: spikes, spike count and input over time; how often each count occurs."""
    figure = StyledFigure(figsize=(7.2, 6.2), layout="constrained")
    grid = figure.add_gridspec(3, 2, width_ratios=(3, 1), height_ratios=(2.2, 1.6, 0.7))
    raster = figure.add_subplot(grid[0, 0])
    counts = figure.add_subplot(grid[1, 0], sharex=raster)
    given = figure.add_subplot(grid[2, 0], sharex=raster)
    law = figure.add_subplot(grid[1, 1], sharey=counts)

    n = recording.n_neurons
    time = np.arange(len(recording.states))
    active = recording.spins.T > 0
    raster.imshow(
        active, aspect="auto", cmap="Greys", vmin=0, vmax=1.2, interpolation="nearest",
        extent=(-0.5, len(time) - 0.5, n + 0.5, 0.5),
    )  # fmt: skip
    raster.set(ylabel="neuron", yticks=range(1, n + 1))
    counts.plot(time, active.sum(axis=0), color=BLACK, linewidth=0.9)
    counts.set(ylabel="active neurons", yticks=range(0, n + 1, 2), ylim=(-0.5, n + 0.5))
    given.step(time, recording.inputs, where="mid", color=BLACK)
    given.set(
        xlabel="step", yticks=range(len(labels)), yticklabels=labels,
        ylim=(-0.3, len(labels) - 0.7),
    )  # fmt: skip
    for ax in (raster, counts, given):
        ax.grid(False)
    for ax in (raster, counts):
        ax.tick_params(labelbottom=False)
    distribution = count_distribution(network.stationary)
    offset = 0.2 * (np.arange(len(labels)) * 2 - len(labels) + 1)
    for x, (label, look) in enumerate(zip(labels, INPUT_STYLES, strict=True)):
        law.barh(
            np.arange(n + 1) + offset[x], distribution[:, x], 0.38, color=look["color"],
            hatch=("", "///")[x], edgecolor="white", label=label,
        )  # fmt: skip
    law.set(title="probability", xlim=(0, 1))
    legend_below(figure, law)
    return figure


@styled
def fig_2e_reward(
    true: np.ndarray, inferred: np.ndarray, labels: Sequence[str] = ("x = −1", "x = +1")
):
    """Fig. 2E: true and inferred reward of states by how many neurons are active.

    Bars are the true reward's mean over states of a count, dots each state's inferred reward.
    """
    figure, axes = new_figure(1, true.shape[1], height=3.6, sharey=True)
    n = len(true).bit_length() - 1
    counts = spike_counts(n)
    spread = np.random.default_rng(0).uniform(-0.25, 0.25, len(counts))
    for x, ax in enumerate(axes[0]):
        means = [true[counts == m, x].mean() for m in range(n + 1)]
        ax.bar(range(n + 1), means, 0.8, color="#dddddd", edgecolor=GREY, label="true reward")
        ax.plot(
            counts + spread, inferred[:, x], ".", markersize=4, color=VERMILLION,
            label="inferred, each state",
        )  # fmt: skip
        ax.set(title=labels[x], xlabel="active neurons", xticks=range(0, n + 1, 2))
    axes[0, 0].set_ylabel("reward")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_2f_adaptation(
    original: OptimalNetwork,
    adaptations: Mapping[str, Adaptation],
    labels: Sequence[str] = ("x = −1", "x = +1"),
):
    """Fig. 2F: tuning before the change (thin), as predicted (thick) and in truth (marks)."""
    figure, axes = new_figure(1, len(adaptations), height=4.6, sharey=True)
    before = tuning(original)
    for ax, (title, adaptation) in zip(axes[0], adaptations.items(), strict=True):
        predicted, truth = tuning(adaptation.predicted), tuning(adaptation.truth)
        for x, (label, look) in enumerate(zip(labels, INPUT_STYLES, strict=True)):
            line = {"color": look["color"], "linestyle": look["linestyle"]}
            ax.plot(before[0, :, x], linewidth=1, label=f"{label}, before", **line)
            ax.plot(predicted[0, :, x], linewidth=3.2, label=f"{label}, predicted", **line)
            ax.plot(
                truth[0, :, x], linestyle="none", marker=look["marker"], markersize=7,
                color=BLACK, markerfacecolor="white", label=f"{label}, truth",
            )  # fmt: skip
        ax.set(title=title, xlabel="other neurons active", ylim=(-0.04, 1.04))
        ax.set_xticks(range(0, before.shape[1], 2))
    axes[0, 0].set_ylabel("firing probability")
    legend_below(figure, axes[0, 0], n_columns=3)
    return figure
