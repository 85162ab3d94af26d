"""The maze in pictures (Chalk et al. 2021, Fig. 1F)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...core import plot_style as style
from .maze import Maze


@style.panels(n_columns=3)
def fig_1f_maze(
    figure,
    policies: Mapping[str, tuple[Maze, np.ndarray, np.ndarray]],
    rewards: Mapping[str, tuple[Maze, np.ndarray]],
):
    """Fig. 1F: where the agent spends its time, a way of it, and the inferred reward.

    Parameters
    ----------
    policies : dict of title to (maze, stationary law (n_states,), way (n, 2))
        Ways are drawn until they reach the goal.
    rewards : dict of title to (maze, reward (n_states,))
        Drawn after the first policy.
    """
    (title, first), *others = policies.items()
    shown = {title: first, **rewards, **dict(others)}
    axes = style.rows_of(figure, len(shown), 2, row_height=3.5, rest=0.6)
    for ax, (title, (maze, values, *ways)) in zip(axes.flat, shown.items(), strict=False):
        # Roots, so that rarely visited cells do not vanish.
        values, colours = (np.sqrt(values), "Blues") if ways else (values, "Greens")
        ax.imshow(maze.on_grid(values), cmap=colours, vmin=0, vmax=max(values.max(), 1e-12))
        mark = {"color": style.BLACK, "linestyle": "none", "label": "start"}
        ax.plot(*np.transpose(maze.starts)[::-1], "o", mfc="white", markersize=8, **mark)
        mark["label"] = "goal"
        ax.plot(*maze.goal[::-1], "*", mfc=style.GREEN, markersize=15, **mark)
        for way in ways:
            at_goal = (way == maze.goal).all(axis=1)
            way = way[: at_goal.argmax() + 1] if at_goal.any() else way
            # A small drift sideways, so that a way and a way back both show.
            rows, columns = (way + np.linspace(-0.12, 0.12, len(way))[:, None]).T
            ax.plot(columns, rows, color=style.VERMILLION, linewidth=2, label="a way to the goal")
        ax.set(title=title, xticks=[], yticks=[], facecolor="#555555")  # of walls
