"""The exact belief about blocks that have a shortest and a longest length.

A block's end depends on how long it has lasted, so the side alone does not tell the future, as
the Markov filter of :mod:`.block_filter` takes it to: the state is the block's kind *and* its age.
With that state the filter is exact, for any kinds and any law of their lengths.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core import checks
from ..task.generative_model import TaskParams, Trials
from .block_filter import emission


def block_hazard(params: TaskParams, kind: int = 0) -> np.ndarray:
    """Probability that a block ends after a trial, by the trial's place in the block.

    Parameters
    ----------
    params : TaskParams
    kind : int
        Of block, of ``params.kinds``; the paper's two have one law.

    Returns
    -------
    (longest,) float
        P(length = k + 1 | length > k) for k = 0, 1, ...: 0 before the shortest length, 1 at the
        kind's longest.
    """
    lengths, probabilities = params.length_law(kind)
    lasts = np.cumsum(probabilities[::-1])[::-1]  # P(length >= each of the lengths)
    hazard = np.zeros(lengths[-1])
    # Lengths so improbable that their probability is 0 are never reached.
    hazard[lengths - 1] = np.divide(probabilities, lasts, out=np.ones_like(lasts), where=lasts > 0)
    hazard[-1] = 1.0
    return hazard


@dataclass(frozen=True)
class SemiMarkovPrior:
    """Where the next stimulus will be, from the sides of the past trials: exact.

    It takes the place of :class:`.block_filter.SidePrior`.  Its memory is, for each session, the
    joint probability P(b_n, k_n | s_<n) of the next trial's kind of block (left and right, or as
    ``params.blocks`` say) and place in its block, k = 0, 1, ...

    Parameters
    ----------
    params : TaskParams
        Concordance, and the law of block lengths; or its ``blocks``.

    Raises
    ------
    ValueError
        If ``params`` is not a TaskParams.

    Notes
    -----
    A session begins with a new block, whose kind is drawn.  The plain loop::

        memory = {(kind, 0): first[kind] for kind in kinds}
        for s in sides:
            yield sum of memory[kind, k] * p_right[kind] over kind and k
            for kind, k in memory:
                memory[kind, k] *= p_right[kind] if s == right else 1 - p_right[kind]
            normalise(memory)
            for kind, k in memory:
                for other in kinds:
                    new[other, 0] += memory[kind, k] * hazard[kind, k] * following[kind, other]
                new[kind, k + 1] = memory[kind, k] * (1 - hazard[kind, k])
            memory = new
    """

    params: TaskParams
    _hazard: np.ndarray = field(init=False, repr=False, compare=False)  # (n_kinds, longest)
    # As the blocks', which add up to 1 but for rounding, here to 1.
    _first: np.ndarray = field(init=False, repr=False, compare=False)
    _following: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        checks.kind("params", self.params, TaskParams)
        n_kinds, longest = self.params.kinds.n_kinds, self.params.longest_block
        checks.memory(f"blocks of up to {longest:,} trials", n_kinds * longest * 8)
        hazard = np.ones((n_kinds, longest))
        for kind, row in enumerate(hazard):
            of_kind = block_hazard(self.params, kind)
            row[: len(of_kind)] = of_kind
        kinds = self.params.kinds
        first, following = np.array(kinds.first), np.array(kinds.following)
        object.__setattr__(self, "_hazard", hazard)
        object.__setattr__(self, "_first", first / first.sum())
        object.__setattr__(self, "_following", following / following.sum(axis=1, keepdims=True))

    def start(self, n_sessions: int) -> np.ndarray:
        """(n_sessions, n_kinds, longest) float: the memory before any trial."""
        longest = self.params.longest_block
        needed = 3 * n_sessions * self._hazard.nbytes  # an update holds three
        checks.memory(f"{n_sessions:,} sessions with blocks of up to {longest:,} trials", needed)
        memory = np.zeros((n_sessions, *self._hazard.shape))
        memory[:, :, 0] = self._first
        return memory

    def update(self, memory: np.ndarray, side: np.ndarray) -> np.ndarray:
        """The memory after trials whose stimuli were on ``side`` (n_sessions,), -1 or +1.

        Raises
        ------
        ValueError
            If the task rules such a side out, which it can if a probability of right is 0 or 1.
        """
        own = self.params.blocks
        memory = memory * self._likelihood(side)[:, :, None]
        total = memory.sum(axis=(1, 2), keepdims=True)
        if not (total > 0).all():
            raise self._impossible()
        memory /= total
        after = np.empty_like(memory)
        after[:, :, 1:] = memory[:, :, :-1] * (1 - self._hazard[:, :-1])
        if own is None:
            after[:, :, 0] = (memory @ self._hazard[0])[:, ::-1]
        else:
            after[:, :, 0] = (memory * self._hazard).sum(axis=2) @ self._following
        return after

    def _likelihood(self, side) -> np.ndarray:
        """(n, n_kinds) float: P(side) (n,) in a block of each kind."""
        if self.params.blocks is None:
            if_right = 0.5 + (self.params.concordance - 0.5) * np.asarray(side, dtype=float)
            return np.stack([1 - if_right, if_right], axis=-1)
        p_right = np.asarray(self.params.blocks.p_right)
        return np.where(np.asarray(side)[:, None] > 0, p_right, 1 - p_right)

    def _impossible(self) -> ValueError:
        own = self.params.blocks
        chance = f"concordance {self.params.concordance!r}"
        chance = chance if own is None else f"blocks of p_right {own.p_right}"
        return ValueError(
            f"side must be possible, but with {chance} and these block lengths the stimulus "
            "sides of some session are not"
        )

    def right(self, memory: np.ndarray) -> np.ndarray:
        """(n_sessions,) float: P(s_n = right) given the memory of the trials before n."""
        return self._right_of(memory.sum(axis=2))

    def _right_of(self, kinds: np.ndarray) -> np.ndarray:
        """P(s_n = right) (n,) from P(b_n) (n, n_kinds)."""
        if self.params.blocks is None:
            return emission(kinds[:, 1], self.params)
        # Kinds' probabilities add up to 1 but for rounding, and rights must not exceed it.
        return np.minimum(kinds @ self.params.blocks.p_right, 1.0)

    def over(self, trials: Trials) -> np.ndarray:
        """(n_trials,) float: the prior of right before every trial, as of ``SidePrior.over``."""
        return self._right_of(self.kinds(trials))

    def belief(self, trials: Trials) -> np.ndarray:
        """The block belief before every trial: P(b_n is a block of the right | s_<n).

        Parameters
        ----------
        trials : Trials
            Their true sides are the past; every session starts afresh.

        Returns
        -------
        (n_trials,) float
        """
        kinds, own = self.kinds(trials), self.params.blocks
        # With a concordance below 1/2, stimuli are rarer on the side of the paper's blocks.
        return kinds[:, 1] if own is None else kinds[:, own.sides > 0].sum(axis=1)

    def kinds(self, trials: Trials) -> np.ndarray:
        """(n_trials, n_kinds) float: P(b_n | s_<n), as of :meth:`belief`, of each kind."""
        from .semi_markov_loop import filter_kinds

        kinds = self.params.kinds
        belief = np.empty((len(trials), kinds.n_kinds))
        possible = filter_kinds(
            np.array(trials.side, dtype=np.int8),
            trials.session_start,
            self._first,
            self._likelihood(np.array([-1, 1])),
            self._hazard,
            self._following,
            belief,
        )
        if not possible:
            raise self._impossible()
        return belief


def semi_markov_belief(trials: Trials) -> np.ndarray:
    """(n_trials,) float: P(b_n is of the right | s_<n), exact for ``trials.params``."""
    return SemiMarkovPrior(trials.params).belief(trials)
