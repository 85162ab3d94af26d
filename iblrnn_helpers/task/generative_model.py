"""The task of the International Brain Laboratory, as a generative model of trials.

Everything that the world decides, drawn before anybody acts: blocks, stimulus
sides, stimulus strengths and every observation that could be made.  Because
the draw does not depend on the agent, two agents that are given the same
:class:`Trials` see the same world (common random numbers).

Source: Schaeffer et al. 2020, section 2.1 and Fig. 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

import numpy as np

from ..core import checks
from .trials import TrialColumns

BLOCK_LAWS = ("truncated_geometric", "forced_switch")


@dataclass(frozen=True)
class TaskParams:
    """What defines the task.

    Parameters
    ----------
    concordance : float
        P(stimulus side = block side), in [0, 1].  Paper: p_s = 0.8.
    strengths : tuple of float
        Stimulus strengths mu_n, drawn uniformly, each >= 0.
    min_block_length, max_block_length : int
        Shortest and longest block, in trials.
    hazard : float
        P(block switches after a trial) between the two lengths, in (0, 1].  Paper: p_b0 = 0.02.
    block_law : {"truncated_geometric", "forced_switch"}
        ``truncated_geometric``: geometric lengths redrawn until they lie in
        [min, max] (the released code; mean 49.4).  ``forced_switch``: hazard
        from trial ``min`` on, forced switch after ``max`` (the paper's text; mean 59.3).
    n_blank_steps : int
        Steps at the start of a trial without observations.
    n_observations : int
        Observations at most; the trial times out after the last.
    threshold : float
        An action is taken when its probability exceeds this, in [0.5, 1).
    waiting_penalty : float
        Feedback after an observation that led to no action, <= 0.
    noise_sd : float
        Standard deviation of each observation, > 0.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> ibl.TaskParams(n_blank_steps=3).max_steps
    13
    >>> ibl.TaskParams(threshold=1)
    Traceback (most recent call last):
    ValueError: threshold must be at least 0.5 and below 1, got 1
    """

    concordance: float = 0.8
    strengths: tuple[float, ...] = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
    min_block_length: int = 20
    max_block_length: int = 100
    hazard: float = 0.02
    block_law: str = "truncated_geometric"
    n_blank_steps: int = 2
    n_observations: int = 10
    threshold: float = 0.9
    waiting_penalty: float = -0.05
    noise_sd: float = 1.0

    def __post_init__(self):
        checks.number("concordance", self.concordance, low=0, high=1)
        if not isinstance(self.strengths, Iterable) or not (given := tuple(self.strengths)):
            raise ValueError(f"strengths must be one number or more, got {self.strengths!r}")
        strengths = tuple(checks.number("strengths", one, low=0, high=checks.HUGE) for one in given)
        object.__setattr__(self, "strengths", strengths)
        checks.integer("min_block_length", self.min_block_length, low=1)
        checks.integer("max_block_length", self.max_block_length, low=1)
        if self.min_block_length > self.max_block_length:
            raise ValueError(
                f"min_block_length must be at most max_block_length, got "
                f"{self.min_block_length} > {self.max_block_length}"
            )
        checks.number("hazard", self.hazard, above=0, high=1)
        checks.choice("block_law", self.block_law, BLOCK_LAWS)
        checks.integer("n_blank_steps", self.n_blank_steps, low=0)
        checks.integer("n_observations", self.n_observations, low=1)
        checks.number("threshold", self.threshold, low=0.5, below=1)
        checks.number("waiting_penalty", self.waiting_penalty, low=-checks.HUGE, high=0)
        checks.number("noise_sd", self.noise_sd, above=0, high=checks.HUGE)

    @property
    def max_steps(self) -> int:
        """Steps of a trial that times out: blank steps and observations."""
        return self.n_blank_steps + self.n_observations

    def agrees_with(self, other: TaskParams) -> bool:
        """Whether the other is the same task, up to rounding."""
        ours, theirs = asdict(self), asdict(other)
        if ours.pop("block_law") != theirs.pop("block_law"):
            return False
        one, another = np.hstack(list(ours.values())), np.hstack(list(theirs.values()))
        return one.shape == another.shape and all(map(checks.near, another, one))


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

    Raises
    ------
    ValueError
        A column of another length, or with a value that is not allowed.

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

    def __post_init__(self):
        checks.kind("params", self.params, TaskParams)
        self._check_columns()
        name, shape = "observations", (self.n_trials, self.params.n_observations, 2)
        checks.keep(self, name, shape, np.float64, unknown=True)

    @classmethod
    def unchecked(cls, **values) -> Trials:
        """Trials of arrays that this package has just made: neither checked nor copied."""
        trials = object.__new__(cls)
        trials._keep("params", values["params"])
        for field in fields(cls)[1:]:
            trials._keep(field.name, checks.read_only(values[field.name]))
        return trials

    @property
    def strengths(self) -> tuple[float, ...]:
        """Those of the parameters."""
        return self.params.strengths

    @property
    def longest_block(self) -> int:
        """The longest that the parameters allow, in trials."""
        return self.params.max_block_length

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
        taken = {field.name: getattr(self, field.name)[part] for field in fields(self)[1:]}
        taken["session"] = taken["session"] - taken["session"][0]
        return Trials.unchecked(params=self.params, **taken)


def block_length_distribution(params: TaskParams) -> tuple[np.ndarray, np.ndarray]:
    """Lengths that a block can have, in trials, and their probabilities.

    Both laws are geometric with the hazard; they differ in what happens at
    the limits (``block_law`` of :class:`TaskParams`).

    Returns
    -------
    lengths : (max - min + 1,) int
    probabilities : (max - min + 1,) float, sum 1
    """
    lengths = np.arange(params.min_block_length, params.max_block_length + 1)
    survival = (1 - params.hazard) ** (lengths - params.min_block_length)
    probabilities = params.hazard * survival
    if params.block_law == "truncated_geometric":
        probabilities = probabilities / probabilities.sum()
    else:
        probabilities[-1] = survival[-1]
    return lengths, probabilities


def evidence_density(
    params: TaskParams, d: np.ndarray, *, side: int | None = None, block_side: int | None = None
) -> np.ndarray:
    """(n,) float: density of one observation's evidence d = o^R - o^L, given one of two sides.

    Given the stimulus side, d is a mixture over strengths of
    N(side * mu, 2 noise_sd^2); given the block side, of both stimulus sides
    with weights concordance and 1 - concordance.

    Parameters
    ----------
    params : TaskParams
    d : (n,) float
    side, block_side : {-1, 1}
        Give one of them.

    Raises
    ------
    ValueError
        If not exactly one side is given, or it is neither -1 nor 1.
    """
    if (side is None) == (block_side is None):
        raise ValueError(f"give either side or block_side, got {side!r} and {block_side!r}")
    given, agrees = (block_side, params.concordance) if side is None else (side, 1)
    if given not in (-1, 1):
        raise ValueError(f"a side must be -1 or 1, got {given!r}")
    variance = 2 * params.noise_sd**2

    def mixture(means):
        squares = (np.asarray(d, dtype=float)[..., None] - means) ** 2
        return np.exp(-squares / (2 * variance)).mean(axis=-1) / np.sqrt(2 * np.pi * variance)

    means = given * np.asarray(params.strengths)  # (n_strengths,)
    return agrees * mixture(means) + (1 - agrees) * mixture(-means)


def sample_trials(
    params: TaskParams,
    *,
    n_sessions: int,
    n_blocks: int,
    seed: int | np.random.SeedSequence | np.random.Generator,
) -> Trials:
    """Draw whole sessions of ``n_blocks`` blocks each.

    The first block's side is even odds; sides alternate from block to block.
    A stimulus of strength 0 still has a side, and choosing it is rewarded.

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

        block_side = rng.choice([-1, 1])
        for block in range(n_blocks):
            for trial in range(draw_block_length()):
                side = block_side if rng.random() < concordance else -block_side
                strength = rng.choice(strengths)
                for step in range(n_observations):
                    observation[left, right] = noise_sd * rng.standard_normal(2)
                    observation[side] += strength
            block_side = -block_side

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=2, n_blocks=3, seed=0)
    >>> trials.block_lengths
    array([55, 32, 21, 20, 72, 85])
    >>> trials.observations.shape  # trials, steps, left and right
    (285, 10, 2)
    """
    checks.integer("n_sessions", n_sessions, low=1)
    checks.integer("n_blocks", n_blocks, low=1)
    least = n_sessions * n_blocks * params.min_block_length * params.n_observations * 16  # bytes
    checks.memory(f"n_sessions {n_sessions:,} × n_blocks {n_blocks:,}", least)
    rng = checks.generator(seed)

    lengths, probabilities = block_length_distribution(params)
    # The last of the cumulative sums may fall short of 1 by rounding: leave it out.
    uniform = rng.random((n_sessions, n_blocks))
    drawn = np.searchsorted(np.cumsum(probabilities[:-1]), uniform, "right")
    block_length = lengths[drawn]  # (n_sessions, n_blocks)
    first_side = np.where(rng.random((n_sessions, 1)) < 0.5, -1, 1)
    block_sides = first_side * (-1) ** np.arange(n_blocks)  # (n_sessions, n_blocks)

    flat_length = block_length.ravel()
    n_trials = int(flat_length.sum())
    block_start = np.cumsum(flat_length) - flat_length
    trial_in_block = np.arange(n_trials) - np.repeat(block_start, flat_length)
    block_side = np.repeat(block_sides.ravel(), flat_length).astype(np.int8)

    concordant = rng.random(n_trials) < params.concordance
    side = np.where(concordant, block_side, -block_side).astype(np.int8)
    strength = np.asarray(params.strengths)[rng.integers(len(params.strengths), size=n_trials)]

    observations = rng.standard_normal((n_trials, params.n_observations, 2))
    if params.noise_sd != 1:
        observations *= params.noise_sd
    observations[np.arange(n_trials), :, (side > 0).astype(np.intp)] += strength[:, None]

    return Trials.unchecked(
        params=params,
        session=np.repeat(np.arange(n_sessions), block_length.sum(axis=1)),
        block=np.repeat(np.tile(np.arange(n_blocks), n_sessions), flat_length),
        trial_in_block=trial_in_block,
        block_side=block_side,
        side=side,
        strength=strength,
        observations=observations,
    )
