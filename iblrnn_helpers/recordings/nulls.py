"""What statistics would be if the blocks had nothing to do with the activity: sessions drawn anew.

Slow signals decode slow labels by chance, whatever the trials are split into.  The real blocks are
therefore compared with blocks of *pseudo-sessions*, drawn by the law by which the real ones were,
while the activity stays as it is (Harris 2020, "Nonsense correlations in neuroscience"; used by the
International Brain Laboratory for the prior, Findling et al. 2025).
"""

from __future__ import annotations

import numpy as np

from ..core import checks
from ..mice.expectations import MICE_TASK
from ..mice.record import MouseTrials
from ..task.generative_model import TaskParams, block_length_distribution


def block_law(trials: MouseTrials) -> TaskParams:
    """The law of blocks that a table's trials are taken to have: the mice's, of its own limits."""
    shortest, longest = trials.task.block_lengths
    return TaskParams(hazard=MICE_TASK.hazard, min_block_length=shortest, max_block_length=longest)


def pseudo_blocks(trials: MouseTrials, n: int, seed, task: TaskParams | None = None) -> np.ndarray:
    """Block sides of sessions that could have been, for the same trials.

    Parameters
    ----------
    trials : MouseTrials
        Of one session.  Trials without a side (the first 90 of a mouse's session) stay without.
    n : int
    seed : int, SeedSequence or Generator
    task : TaskParams, optional
        How long blocks last; :func:`block_law` where omitted.

    Returns
    -------
    (n, n_trials) int8
        -1 and +1 in blocks that alternate, of which the first has even odds; 0 as in ``trials``.

    Raises
    ------
    ValueError
        If ``n`` is below 1, or the task has blocks that do not alternate.
    """
    n = checks.integer("n", n, low=1)
    task = block_law(trials) if task is None else task
    task.need_alternating("pseudo-sessions")
    rng = checks.generator(seed)
    lengths, shares = block_length_distribution(task)
    has_side = trials.has_side
    n_biased = int(has_side.sum())
    n_blocks = n_biased // int(lengths[0]) + 1
    ends = np.cumsum(rng.choice(lengths, (n, n_blocks), p=shares / shares.sum()), axis=1)
    steps = np.zeros((n, n_biased + 1), dtype=np.int64)
    row = np.repeat(np.arange(n), n_blocks)
    np.add.at(steps, (row, np.minimum(ends, n_biased).ravel()), 1)
    turns = np.cumsum(steps, axis=1)[:, :-1] + rng.integers(2, size=(n, 1))
    sides = np.zeros((n, len(trials)), dtype=np.int8)
    sides[:, has_side] = 1 - 2 * (turns % 2)
    return sides


def p_of(real: float, null: np.ndarray) -> float:
    """Share of the null that is at least as large, the real one counted among it."""
    return float((1 + np.count_nonzero(null >= real)) / (len(null) + 1))
