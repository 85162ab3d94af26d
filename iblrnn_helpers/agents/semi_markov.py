"""The exact belief about blocks that have a shortest and a longest length.

A block's end depends on how long it has lasted, so the side alone does not tell the future, as
the Markov filter of :mod:`.block_filter` takes it to: the state is the block side *and* the
block's age.  With that state the filter is exact, for either law of block lengths.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core import checks
from ..task.generative_model import TaskParams, Trials, block_length_distribution
from .block_filter import emission


def block_hazard(params: TaskParams) -> np.ndarray:
    """Probability that a block ends after a trial, by the trial's place in the block.

    Returns
    -------
    (max_block_length,) float
        P(length = k + 1 | length > k) for k = 0, 1, ...: 0 before the shortest length, 1 at the
        longest.
    """
    lengths, probabilities = block_length_distribution(params)
    lasts = np.cumsum(probabilities[::-1])[::-1]  # P(length >= each of the lengths)
    hazard = np.zeros(params.max_block_length)
    # Lengths so improbable that their probability is 0 are never reached.
    hazard[lengths - 1] = np.divide(probabilities, lasts, out=np.ones_like(lasts), where=lasts > 0)
    hazard[-1] = 1.0
    return hazard


@dataclass(frozen=True)
class SemiMarkovPrior:
    """Where the next stimulus will be, from the sides of the past trials: exact.

    It takes the place of :class:`.block_filter.SidePrior`.  Its memory is, for each session, the
    joint probability P(b_n, k_n | s_<n) of the next trial's block side (left, right) and place in
    its block, k = 0, 1, ...

    Parameters
    ----------
    params : TaskParams
        Concordance, and the law of block lengths.

    Raises
    ------
    ValueError
        If ``params`` is not a TaskParams.

    Notes
    -----
    A session begins with a new block, of either side with even odds.  The plain loop::

        memory = {(side, 0): 1 / 2 for side in (left, right)}
        for s in sides:
            yield sum of memory[right, k] over k
            for side, k in memory:
                memory[side, k] *= concordance if s == side else 1 - concordance
            normalise(memory)
            for side, k in memory:
                new[other side, 0] += memory[side, k] * hazard[k]
                new[side, k + 1] = memory[side, k] * (1 - hazard[k])
            memory = new
    """

    params: TaskParams
    _hazard: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        checks.kind("params", self.params, TaskParams)
        object.__setattr__(self, "_hazard", block_hazard(self.params))

    def start(self, n_sessions: int) -> np.ndarray:
        """(n_sessions, 2, max_block_length) float: the memory before any trial."""
        memory = np.zeros((n_sessions, 2, self.params.max_block_length))
        memory[:, :, 0] = 0.5
        return memory

    def update(self, memory: np.ndarray, side: np.ndarray) -> np.ndarray:
        """The memory after trials whose stimuli were on ``side`` (n_sessions,), -1 or +1.

        Raises
        ------
        ValueError
            If the task rules such a side out, which it can if its concordance is 0 or 1.
        """
        if_right = 0.5 + (self.params.concordance - 0.5) * np.asarray(side, dtype=float)
        memory = memory * np.stack([1 - if_right, if_right], axis=-1)[:, :, None]
        total = memory.sum(axis=(1, 2), keepdims=True)
        if not (total > 0).all():
            raise ValueError(
                f"side must be possible, but with concordance {self.params.concordance!r} and "
                "these block lengths the stimulus sides of some session are not"
            )
        memory /= total
        ends = memory @ self._hazard
        after = np.empty_like(memory)
        after[:, :, 1:] = memory[:, :, :-1] * (1 - self._hazard[:-1])
        after[:, :, 0] = ends[:, ::-1]
        return after

    def right(self, memory: np.ndarray) -> np.ndarray:
        """(n_sessions,) float: P(s_n = right) given the memory of the trials before n."""
        return emission(memory[:, 1].sum(axis=1), self.params)

    def over(self, trials: Trials) -> np.ndarray:
        """(n_trials,) float: the prior of right before every trial, as of ``SidePrior.over``."""
        return emission(self.belief(trials), self.params)

    def belief(self, trials: Trials) -> np.ndarray:
        """The block belief before every trial: P(b_n = right | s_<n).

        Parameters
        ----------
        trials : Trials
            Their true sides are the past; every session starts afresh.

        Returns
        -------
        (n_trials,) float
        """
        first = trials.session_start[:-1]
        length = trials.trials_per_session
        longest_first = np.argsort(-length, kind="stable")
        first, length = first[longest_first], length[longest_first]
        belief = np.empty(len(trials))
        memory = self.start(len(first))
        for place in range(length[0]):
            memory = memory[: np.count_nonzero(length > place)]
            now = first[: len(memory)] + place
            belief[now] = memory[:, 1].sum(axis=1)
            memory = self.update(memory, trials.side[now])
        return belief


def semi_markov_belief(trials: Trials) -> np.ndarray:
    """(n_trials,) float: P(b_n = right | s_<n) of the semi-Markov filter for ``trials.params``."""
    return SemiMarkovPrior(trials.params).belief(trials)
