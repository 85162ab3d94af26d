"""What the past sides say about the next one: the block filter and priors over side.

After every trial the true side is known, so each prior is a recursion over
sides that carries one number per session.  The recursions are plain
arithmetic: the same functions serve one float (a whole session, trial by
trial) and an array of sessions (the actors' closed loop).

Source: Schaeffer et al. 2020, section 2.3 (block side inference).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..core import checks
from ..task.generative_model import TaskParams, Trials

SIDE_PRIORS = ("exact", "block_belief", "no_transition", "blockless", "exponential")

# Before any trial both sides are equally likely, in every prior.
START = 0.5
MOST_REMEMBERED = 200_000  # trials of which the filter's beliefs, 1.6 MB, are kept


def transition(posterior, params: TaskParams):
    """P(b_n = right | s_<n) from P(b_n-1 = right | s_<n): the block may have switched."""
    return params.hazard + (1 - 2 * params.hazard) * posterior


def condition(belief, side, params: TaskParams):
    """P(b_n = right | s_<=n) from P(b_n = right | s_<n) and the side s_n (-1 or +1)."""
    # P(s_n | b_n = right) is the concordance for s_n = +1 and its complement for -1.
    if_right = 0.5 + (params.concordance - 0.5) * side
    joint = belief * if_right
    return joint / (joint + (1 - belief) * (1 - if_right))


def emission(belief, params: TaskParams):
    """P(s_n = right) from P(b_n = right), the stimulus being concordant or not."""
    return (1 - params.concordance) + (2 * params.concordance - 1) * belief


@dataclass(frozen=True)
class SidePrior:
    """Where the next stimulus will be, from the sides of the past trials.

    Parameters
    ----------
    params : TaskParams
    kind : {"exact", "block_belief", "no_transition", "blockless", "exponential"}
        ``exact``: Bayes' rule for blocks that switch with the hazard (Markov), that is
        P(s_n = right | s_<n).  Of blocks that the task states (``TaskParams.blocks``) it is not:
        see :class:`.semi_markov.SemiMarkovPrior`.
        ``block_belief``: P(b_n = right | s_<n) taken for the side's, without
        the emission (the released code's actor).
        ``no_transition``: the emission applied to P(b_n-1 = right | s_<n), without the
        transition (the released code's observer).
        ``blockless``: always 1/2.
        ``exponential``: m_n+1 = decay * m_n + (1 - decay) * [s_n = right], m_1 = 1/2.
    decay : float
        Weight of the past in ``exponential``, in (0, 1).  The released code: 0.9.

    Raises
    ------
    ValueError
        If a parameter is none of the above, if the kind needs blocks that alternate and the
        task has others, or if the Markov model would be certain of
        what the task's blocks contradict (hazard 1 with concordance 0 or 1).

    Notes
    -----
    The memory carried from trial to trial is P(b_n-1 = right | s_<n) in the
    three kinds with blocks, and m_n in ``exponential``.

    The task's blocks have a shortest and a longest length, so they are
    semi-Markov: the Markov filter (the paper's) is exact up to that.  The exact
    one is :class:`.semi_markov.SemiMarkovPrior`.
    """

    params: TaskParams
    kind: str = "exact"
    decay: float = 0.9

    def __post_init__(self):
        checks.kind("params", self.params, TaskParams)
        checks.choice("kind", self.kind, SIDE_PRIORS)
        checks.number("decay", self.decay, above=0, below=1)
        if self.kind not in ("blockless", "exponential"):
            self.params.need_alternating(f"the Markov filter of side prior {self.kind!r}")
        if self.params.hazard == 1 and self.params.concordance in (0, 1):
            raise ValueError(
                "hazard must be below 1 where concordance is 0 or 1, got hazard "
                f"{self.params.hazard!r} and concordance {self.params.concordance!r}: "
                "the block filter would be certain of a switch after every trial"
            )

    def start(self, n_sessions: int) -> np.ndarray:
        """(n_sessions,) float: the memory before any trial."""
        return np.full(n_sessions, START)

    def update(self, memory, side):
        """The memory after a trial whose stimulus was on ``side`` (-1 or +1)."""
        if self.kind == "blockless":
            return memory
        if self.kind == "exponential":
            return self.decay * memory + (1 - self.decay) * (0.5 + 0.5 * side)
        return condition(transition(memory, self.params), side, self.params)

    def right(self, memory):
        """P(s_n = right) given the memory of the trials before n."""
        if self.kind == "exact":
            return emission(transition(memory, self.params), self.params)
        if self.kind == "block_belief":
            return transition(memory, self.params)
        if self.kind == "no_transition":
            return emission(memory, self.params)
        return memory

    def over(self, trials: Trials) -> np.ndarray:
        """The prior of right before every trial.

        Parameters
        ----------
        trials : Trials
            Their true sides are the past; every session starts afresh.

        Returns
        -------
        (n_trials,) float
        """
        return self.right(_memory_before(trials, self))


def block_belief(trials: Trials) -> np.ndarray:
    """Belief before every trial that its block is right: P(b_n = right | s_<n).

    The Markov filter of Schaeffer et al. 2020, section 2.3, with the hazard
    and the concordance of ``trials.params``; 1/2 on a session's first trial.

    Returns
    -------
    (n_trials,) float

    Notes
    -----
    The plain loop, for one session::

        belief = 1 / 2
        for side in sides:
            yield belief
            if_right, if_left = P(side | right block), P(side | left block)
            posterior = belief * if_right / (belief * if_right + (1 - belief) * if_left)
            belief = posterior * (1 - hazard) + (1 - posterior) * hazard
    """
    return transition(_memory_before(trials, SidePrior(trials.params)), trials.params)


def block_posterior(trials: Trials) -> np.ndarray:
    """Belief after every trial that its block is right: P(b_n = right | s_<=n).

    Returns
    -------
    (n_trials,) float
    """
    return condition(block_belief(trials), trials.side, trials.params)


def _memory_before(trials: Trials, prior: SidePrior) -> np.ndarray:
    memories = _memories if len(trials) <= MOST_REMEMBERED else _memories.__wrapped__
    sides = np.asarray(trials.side, dtype=np.int8).tobytes()
    return memories(sides, tuple(trials.session_start.tolist()), prior).copy()


@lru_cache(maxsize=16)  # one network after another meets the same trials
def _memories(sides: bytes, starts: tuple[int, ...], prior: SidePrior) -> np.ndarray:
    # Floats, not arrays: about 0.3 microseconds a trial, and one long session
    # (1,000 blocks) is as quick as many short ones.
    side_of = np.frombuffer(sides, dtype=np.int8).tolist()
    memories = []
    for first, end in pairwise(starts):
        memory = START
        for side in side_of[first:end]:
            memories.append(memory)
            memory = prior.update(memory, side)
    return np.array(memories)
