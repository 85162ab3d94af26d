"""The task of the International Brain Laboratory, as a generative model of trials.

Everything that the world decides, drawn before anybody acts: blocks, stimulus
sides, stimulus strengths and every observation that could be made.  Because
the draw does not depend on the agent, two agents that are given the same
:class:`Trials` see the same world (common random numbers).

Source: Schaeffer et al. 2020, section 2.1 and Fig. 1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..core import checks
from .blocks import draw_chain, drawn
from .params import BLOCK_LAWS as BLOCK_LAWS
from .params import TaskParams as TaskParams
from .params import block_length_distribution as block_length_distribution
from .params import evidence_density as evidence_density
from .trials import TrialColumns


@dataclass(frozen=True)
class Trials(TrialColumns):
    """What the world does in one or more sessions, before anybody acts.

    Attributes
    ----------
    params : TaskParams
    session, block, trial_in_block, block_side, side, strength : (n_trials,)
        As for :class:`~iblrnn_helpers.task.trials.TrialColumns`: b_n, s_n and mu_n of every trial.
    observations : (n_trials, n_observations, 2) float
        o^L and o^R at every step on which they could be seen; NaN where no agent will look.
    block_kind : (n_trials,) int16, optional
        Which of ``params.kinds``.  It follows from ``block_side`` unless several kinds of
        ``params.blocks`` have one side.

    Raises
    ------
    ValueError
        A column of another length, or with a value that is not allowed, or that is not of the task
        ``params``.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=4, n_blocks=3, seed=0)
    >>> trials.take_sessions(1, 3).n_sessions
    2
    >>> print(abs(trials.concordant.mean() - trials.params.concordance) < 0.05)
    True
    """

    params: TaskParams
    session: np.ndarray
    block: np.ndarray
    trial_in_block: np.ndarray
    block_side: np.ndarray
    side: np.ndarray
    strength: np.ndarray
    observations: np.ndarray

    block_kind: np.ndarray = None  # pyright: ignore[reportAssignmentType]  (until it is made whole)

    def __post_init__(self):
        checks.kind("params", self.params, TaskParams)
        self._check_columns()
        name, shape = "observations", (self.n_trials, self.params.n_observations, 2)
        checks.keep(self, name, shape, np.float64, unknown=True)
        self._check_world()

    def _check_world(self) -> None:
        """Make ``block_kind`` whole; a ValueError names what the task cannot have drawn."""
        params, kinds = self.params, self.params.kinds
        known = ~np.isnan(checks.nearest(self.strength, params.strengths))
        words = f"be one of the task's {params.strengths}"
        checks.sequence("strength", self.strength, ~known, words)
        if params.blocks is None:
            words = "be -1 or 1 in a task without unbiased blocks"
            checks.sequence("block_side", self.block_side, self.block_side == 0, words)
            kind = self.block_side > 0  # whatever was given: the side says it all
        elif self.block_kind is None:
            kind = kinds.kind_of(self.block_side)
        else:
            shape, most = self.session.shape, kinds.n_kinds - 1
            checks.keep(self, "block_kind", shape, np.int16, low=0, high=most)
            kind = self.block_kind
            wrong = kinds.sides[kind] != self.block_side
            checks.sequence("block_kind", kind, wrong, "be a kind of the block's side")
        self._keep("block_kind", checks.read_only(np.array(kind, dtype=np.int16)))
        inside = np.diff(self.block_index, prepend=-1) == 0
        place, turn = self.trial_in_block, np.diff(self.block_kind, prepend=-1) != 0
        checks.sequence("block_kind", self.block_kind, inside & turn, "not change in a block")
        back = np.diff(place, prepend=0) < 0
        checks.sequence("trial_in_block", place, inside & back, "not decrease in a block")

    @classmethod
    def unchecked(cls, **values) -> Trials:
        """Trials of arrays that this package has just made: neither checked nor copied."""
        trials = object.__new__(cls)
        values = {"block_kind": (values["block_side"] > 0).astype(np.int16)} | values
        trials._keep("params", values["params"])
        for column in fields(cls)[1:]:
            trials._keep(column.name, checks.read_only(values[column.name]))
        return trials

    @property
    def block_p_right(self) -> np.ndarray:
        """(n_trials,) float: P(stimulus right) in each trial's block."""
        return np.asarray(self.params.kinds.p_right)[self.block_kind]

    @property
    def strengths(self) -> tuple[float, ...]:
        """Those of the parameters."""
        return self.params.strengths

    @property
    def longest_block(self) -> int:
        """The longest that the parameters allow, in trials."""
        return self.params.longest_block

    def take_sessions(self, first: int, last: int) -> Trials:
        """Sessions ``first`` to ``last - 1``, renumbered from 0.

        Raises
        ------
        ValueError
            If there is no such stretch of sessions.
        """
        start = self.session_start
        if not 0 <= first < last < len(start):
            within = f"within 0 and {len(start) - 1}"
            raise ValueError(f"sessions must be first < last {within}, got {first} and {last}")
        part = slice(start[first], start[last])
        taken = {column.name: getattr(self, column.name)[part] for column in fields(self)[1:]}
        taken["session"] = taken["session"] - taken["session"][0]
        return Trials.unchecked(params=self.params, **taken)


def sample_trials(
    params: TaskParams,
    *,
    n_sessions: int,
    n_blocks: int,
    seed: int | np.random.SeedSequence | np.random.Generator,
) -> Trials:
    """Draw whole sessions of ``n_blocks`` blocks each.

    The first block's side is even odds and sides alternate from block to block, unless
    ``params.blocks`` say otherwise.  A stimulus of strength 0 still has a side, and choosing it
    is rewarded.

    Parameters
    ----------
    params : TaskParams
    n_sessions, n_blocks : int
        At least 1 each.
    seed : int, SeedSequence or Generator
        The same seed gives the same trials.

    Returns
    -------
    Trials

    Notes
    -----
    The plain loop, for one session::

        kind = rng.choice(n_kinds, p=first)
        for block in range(n_blocks):
            for trial in range(draw_block_length(kind)):
                side = right if rng.random() < p_right[kind] else left
                strength = rng.choice(strengths, p=strength_probabilities)
                for step in range(n_observations):
                    observation[left, right] = noise_sd * rng.standard_normal(2)
                    observation[side] += strength
            kind = rng.choice(n_kinds, p=following[kind])

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=2, n_blocks=3, seed=0)
    >>> trials.block_lengths
    array([55, 32, 21, 20, 72, 85])
    >>> trials.observations.shape  # trials, steps, left and right
    (285, 10, 2)
    """
    checks.kind("params", params, TaskParams)
    checks.integer("n_sessions", n_sessions, low=1)
    checks.integer("n_blocks", n_blocks, low=1)
    least = n_sessions * n_blocks * params.shortest_block * params.n_observations * 16  # bytes
    checks.memory(f"n_sessions {n_sessions:,} × n_blocks {n_blocks:,}", least)
    rng = checks.generator(seed)

    shape = (n_sessions, n_blocks)
    if params.blocks is None:
        block_length, kinds = _draw_alternating(params, shape, rng)
    else:
        laws = [params.length_law(kind) for kind in range(params.blocks.n_kinds)]
        block_length, kinds = draw_chain(params.blocks, laws, shape, rng)

    flat_length = block_length.ravel()
    n_trials = int(flat_length.sum())
    checks.memory(f"{n_trials:,} trials", n_trials * params.n_observations * 16)
    block_start = np.cumsum(flat_length) - flat_length
    trial_in_block = np.arange(n_trials) - np.repeat(block_start, flat_length)
    block_kind = np.repeat(kinds.ravel(), flat_length).astype(np.int16)

    if params.blocks is None:
        block_side = np.where(block_kind, 1, -1).astype(np.int8)
        concordant = rng.random(n_trials) < params.concordance
        side = np.where(concordant, block_side, -block_side).astype(np.int8)
    else:
        block_side = params.blocks.sides[block_kind]
        p_right = np.asarray(params.blocks.p_right)[block_kind]
        side = np.where(rng.random(n_trials) < p_right, 1, -1).astype(np.int8)
    if params.strength_probabilities is None:
        which = rng.integers(len(params.strengths), size=n_trials)
    else:
        which = drawn(params.strength_probabilities, rng.random(n_trials))
    strength = np.asarray(params.strengths)[which]

    observations = rng.standard_normal((n_trials, params.n_observations, 2))
    if params.noise_sd != 1:
        observations *= params.noise_sd
    for place, shown in enumerate((side < 0, side > 0)):
        # Adding -0 changes no number, and takes half the time of picking those that change.
        observations[:, :, place] += np.where(shown, strength, -0.0)[:, None]

    return Trials.unchecked(
        params=params,
        session=np.repeat(np.arange(n_sessions), block_length.sum(axis=1)),
        block=np.repeat(np.tile(np.arange(n_blocks), n_sessions), flat_length),
        trial_in_block=trial_in_block,
        block_side=block_side,
        side=side,
        strength=strength,
        observations=observations,
        block_kind=block_kind,
    )


def _draw_alternating(params: TaskParams, shape: tuple[int, int], rng) -> tuple:
    """Lengths and kinds, 0 left and 1 right, of blocks (n_sessions, n_blocks)."""
    lengths, probabilities = block_length_distribution(params)
    # The last of the cumulative sums may fall short of 1 by rounding: leave it out.
    which = np.searchsorted(np.cumsum(probabilities[:-1]), rng.random(shape), "right")
    first_is_right = rng.random((shape[0], 1)) >= 0.5
    return lengths[which], (first_is_right + np.arange(shape[1])) % 2
