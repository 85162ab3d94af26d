"""What defines the task: its parameters, and the two laws that follow from them in closed form.

Source: Schaeffer et al. 2020, section 2.1 and Fig. 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core import checks
from ..core.store import LATER, identity
from .blocks import Blocks, in_order, probabilities

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
    strength_probabilities : tuple of float, optional
        P(mu_n) of each of the strengths, if they are not drawn uniformly.
    blocks : Blocks, optional
        Kinds of blocks in place of a left and a right one that alternate; see :class:`.Blocks`.
        ``"ibl"``, a dict and JSON are taken, too.  ``concordance`` must then be left out.

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
    strength_probabilities: tuple[float, ...] | None = field(default=None, metadata=LATER)
    blocks: Blocks | None = field(default=None, metadata=LATER)

    def __post_init__(self):
        checks.number("concordance", self.concordance, low=0, high=1)
        if not in_order(self.strengths) or not (given := tuple(self.strengths)):
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
        if self.strength_probabilities is not None:
            name, n = "strength_probabilities", len(strengths)
            shares = probabilities(name, self.strength_probabilities, n)
            object.__setattr__(self, name, shares)
        if self.blocks is not None:
            object.__setattr__(self, "blocks", Blocks.of(self.blocks))
            if self.concordance != TaskParams.concordance:
                raise ValueError(
                    "concordance must be left out where blocks say p_right, got "
                    f"{self.concordance!r}"
                )

    @property
    def kinds(self) -> Blocks:
        """The blocks, or the paper's: left and right, of the task's concordance."""
        return self.blocks or Blocks((1 - self.concordance, self.concordance))

    @property
    def shortest_block(self) -> int:
        """In trials, of any kind."""
        return min(int(self.length_law(k)[0][0]) for k in range(self.kinds.n_kinds))

    @property
    def longest_block(self) -> int:
        """In trials, of any kind."""
        return max(int(self.length_law(k)[0][-1]) for k in range(self.kinds.n_kinds))

    def length_law(self, kind: int) -> tuple[np.ndarray, np.ndarray]:
        """Lengths that blocks of a kind can have, in trials, and their probabilities."""
        law = None if self.blocks is None else self.blocks.lengths[kind]
        if law is None:
            return block_length_distribution(self)
        lengths, shares = np.transpose(law)
        return lengths.astype(np.int64), shares / shares.sum()

    def over_strengths(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Mean over an axis of strengths, by their probabilities."""
        if self.strength_probabilities is None:
            return values.mean(axis=axis)
        return np.average(values, axis=axis, weights=self.strength_probabilities)

    def need_alternating(self, who: str) -> None:
        """Raise a ValueError if the task has other blocks than left and right ones in turn."""
        if self.blocks is not None:
            raise ValueError(
                f"blocks must be left out for {who}, which takes left and right blocks to "
                f"alternate, got kinds of p_right {self.blocks.p_right}"
            )

    @property
    def max_steps(self) -> int:
        """Steps of a trial that times out: blank steps and observations."""
        return self.n_blank_steps + self.n_observations

    def agrees_with(self, other: TaskParams) -> bool:
        """Whether the other is the same task, up to rounding."""
        ours, theirs = identity(self), identity(other)
        if ours.pop("block_law") != theirs.pop("block_law"):
            return False
        for numbers, blocks in ((ours, self.blocks), (theirs, other.blocks)):
            numbers["blocks"] = [] if blocks is None else blocks.numbers
        one, another = np.hstack(list(ours.values())), np.hstack(list(theirs.values()))
        return one.shape == another.shape and all(map(checks.near, another, one))


def block_length_distribution(params: TaskParams) -> tuple[np.ndarray, np.ndarray]:
    """Lengths that a block can have, in trials, and their probabilities, by the task's own fields.

    Kinds of ``params.blocks`` may have other laws, see :meth:`TaskParams.length_law`.  Both laws
    are geometric with the hazard; they differ in what happens at the limits (``block_law`` of
    :class:`TaskParams`).

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
        If not exactly one side is given, or it is neither -1 nor 1; or a block side, of a task
        with ``blocks``.
    """
    if (side is None) == (block_side is None):
        raise ValueError(f"give either side or block_side, got {side!r} and {block_side!r}")
    given, agrees = (block_side, params.concordance) if side is None else (side, 1)
    if given not in (-1, 1):
        raise ValueError(f"a side must be -1 or 1, got {given!r}")
    if side is None:
        params.need_alternating("the density given a block side")
    variance = 2 * params.noise_sd**2

    def mixture(means):
        squares = (np.asarray(d, dtype=float)[..., None] - means) ** 2
        density = params.over_strengths(np.exp(-squares / (2 * variance)), axis=-1)
        return density / np.sqrt(2 * np.pi * variance)

    means = given * np.asarray(params.strengths)  # (n_strengths,)
    return agrees * mixture(means) + (1 - agrees) * mixture(-means)
