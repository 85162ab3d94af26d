"""A maze, the single agent's world (Chalk et al. 2021, Fig. 1F).

The agent steps north, east, south or west, or stays; where a wall is, it stays too.  The goal
pays 1 at every step in it, and whatever the agent does there takes it back to a start.  The
paper's layout and coding cost are not stated in its captions: this maze is our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core import checks
from ...core.markov_chains import check_rows
from ..hypercube import as_floats

ACTIONS = ("north", "east", "south", "west", "stay")
_STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))

LAYOUT = """
###############
#S....#.......#
#.###...#####.#
#.#...#.#...#.#
#.#.###...#.#.#
#...#...#.#...#
###.#.###.###.#
#S..#.......#.#
#.###.#.###.#.#
#.....#.....#.#
#.###.#####.#.#
#.#...#...#..G#
#.#.###.#.#.#.#
#S......#.....#
###############
"""


@dataclass(frozen=True, eq=False)
class Maze:
    """Free cells, a goal and starts.

    Parameters
    ----------
    free : (n_rows, n_columns) bool
        False where there is a wall.  What lies outside is wall.
    goal : (int, int)
        Row and column.
    starts : tuple of (int, int)
        Each is as likely.

    Raises
    ------
    ValueError
        If the goal or a start is no free cell, or the goal is a start.
    """

    free: np.ndarray
    goal: tuple[int, int]
    starts: tuple[tuple[int, int], ...]

    def __post_init__(self):
        free = np.array(self.free, dtype=bool)
        if free.ndim != 2:
            raise ValueError(f"free must be (n_rows, n_columns), got shape {free.shape}")
        free.flags.writeable = False
        object.__setattr__(self, "free", free)
        if not self.starts or self.goal in self.starts:
            raise ValueError(f"there must be starts other than the goal, got {self.starts!r}")
        for name, cell in [("goal", self.goal), *(("start", start) for start in self.starts)]:
            if self._number(*cell) < 0:
                raise ValueError(f"the {name} {cell!r} is not a free cell")

    def _number(self, row: int, column: int) -> int:
        """State of a cell, or −1 where there is none."""
        n_rows, n_columns = self.free.shape
        if not (0 <= row < n_rows and 0 <= column < n_columns and self.free[row, column]):
            return -1
        return int(self.free.ravel()[: row * n_columns + column].sum())

    @property
    def cells(self) -> np.ndarray:
        """Row and column of each state, (n_states, 2) int."""
        return np.argwhere(self.free)

    @property
    def n_states(self) -> int:
        return int(self.free.sum())

    @property
    def reward(self) -> np.ndarray:
        """1 in the goal, 0 elsewhere: (n_states,) float."""
        return (np.arange(self.n_states) == self._number(*self.goal)).astype(float)

    @property
    def transitions(self) -> np.ndarray:
        """Probability of the next state, (n_states, 5, n_states) float; actions as in ACTIONS."""
        moves = np.zeros((self.n_states, len(ACTIONS), self.n_states))
        for state, cell in enumerate(self.cells):
            if tuple(cell) == self.goal:
                for start in self.starts:
                    moves[state, :, self._number(*start)] += 1 / len(self.starts)
                continue
            for action, step in enumerate(_STEPS):
                following = self._number(*(cell + step))
                moves[state, action, state if following < 0 else following] = 1
        return moves

    def on_grid(self, values: np.ndarray) -> np.ndarray:
        """Values of the states at their places, NaN in walls: (n_rows, n_columns) float."""
        grid = np.full(self.free.shape, np.nan)
        grid[self.free] = values
        return grid

    def with_walls(self, *, closed=(), opened=()) -> Maze:
        """The maze with walls in some free cells and without walls in others.

        Parameters
        ----------
        closed, opened : iterable of (int, int)

        Raises
        ------
        ValueError
            If a cell to be closed is a wall, or one to be opened is free.
        """
        free = self.free.copy()
        for cells, state in ((closed, True), (opened, False)):
            for cell in cells:
                if free[cell] != state:
                    raise ValueError(f"{cell!r} is {'a wall' if state else 'free'} already")
                free[cell] = not state
        return Maze(free, self.goal, self.starts)

    def carried_over(self, values: np.ndarray, other: Maze) -> np.ndarray:
        """Values of this maze's cells for another of the same size.

        Cells that are free only there have never been seen; they get the median, the reward of
        an ordinary cell.

        Returns
        -------
        (other.n_states,) float
        """
        grid = self.on_grid(values)[other.free]
        return np.where(np.isnan(grid), np.median(values), grid)


def read_maze(layout: str = LAYOUT) -> Maze:
    """A maze from a drawing: ``#`` wall, ``.`` free, ``S`` start, ``G`` goal.

    Raises
    ------
    ValueError
        Other characters, lines of different lengths, no start, or not exactly one goal.
    """
    lines = layout.split()
    if len({len(line) for line in lines}) != 1:
        raise ValueError("the maze's lines must have one length")
    drawing = np.array([list(line) for line in lines])
    unknown = set(drawing.ravel()) - set("#.SG")
    if unknown:
        raise ValueError(f"a maze is drawn with # . S G, got {sorted(unknown)}")
    goals = [tuple(map(int, cell)) for cell in np.argwhere(drawing == "G")]
    if len(goals) != 1:
        raise ValueError(f"a maze must have one goal G, got {len(goals)}")
    starts = tuple(tuple(map(int, cell)) for cell in np.argwhere(drawing == "S"))
    return Maze(drawing != "#", goals[0], starts)


def walk(maze: Maze, log_policy: np.ndarray, n_steps: int, seed) -> np.ndarray:
    """Cells on a way through the maze, from a start drawn at random.

    Parameters
    ----------
    maze : Maze
    log_policy : (n_states, 5) float
    n_steps : int
    seed : int or numpy.random.Generator

    Returns
    -------
    (n_steps + 1, 2) int
        Row and column at each step.

    Raises
    ------
    ValueError
        A policy of another shape or that is none, or fewer than 0 steps.
    """
    checks.integer("n_steps", n_steps, low=0)
    random = checks.generator(seed)
    log_policy = as_floats("log_policy", log_policy)
    if log_policy.shape != (maze.n_states, len(ACTIONS)):
        shape = (maze.n_states, len(ACTIONS))
        raise ValueError(f"log_policy must be {shape}, got shape {log_policy.shape}")
    with np.errstate(over="ignore"):
        policy = check_rows("exp(log_policy)", np.exp(log_policy))
    transitions = maze.transitions
    states = [maze._number(*maze.starts[random.integers(len(maze.starts))])]
    for _ in range(n_steps):
        following = policy[states[-1]] @ transitions[states[-1]]
        states.append(int(random.choice(maze.n_states, p=following / following.sum())))
    return maze.cells[states]
