"""Every prediction of the network, as a test on a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from ..core import checks
from ..task.generative_model import TaskParams
from .dynamics import radd_coupling, two_attractors
from .measures import (
    Judgement,
    angle,
    block_before_stimulus,
    dimension,
    evidence_moves_block,
    graded_carry_over,
)
from .recording import Recording
from .signals import CannotJudge, Signals

PREDICTIONS = {
    "dimension": "What the task does to the activity has two dimensions.",
    "block_before_stimulus": "The block can be read before the stimulus, given the last trial.",
    "evidence_moves_block": "Evidence within a trial moves the block readout to its side.",
    "graded_carry_over": "A stronger stimulus moves the next trial's block readout further.",
    "angle": "The axes of block and side are less than 90 degrees apart.",
    "two_attractors": "Without input the block belief goes to one of two states and stays there.",
    "radd_coupling": "The belief about the block feeds the belief about the stimulus.",
}
MEASURES = {
    "dimension": dimension,
    "block_before_stimulus": block_before_stimulus,
    "evidence_moves_block": evidence_moves_block,
    "graded_carry_over": graded_carry_over,
    "angle": angle,
    "two_attractors": two_attractors,
    "radd_coupling": radd_coupling,
}
# Of the block readout.  Where it reads no block, but the last contrast or a trend, they say nothing
# of a block, however surely they find what they look for.
NEED_BLOCK = (
    "evidence_moves_block",
    "graded_carry_over",
    "angle",
    "two_attractors",
    "radd_coupling",
)


def judge(
    recording: Recording,
    *,
    only: Iterable[str] | None = None,
    n_pseudo: int = 200,
    seed: int = 0,
    alpha: float = 0.05,
    task: TaskParams | None = None,
) -> dict[str, Judgement]:
    """What a recording says of each of the network's predictions.

    What concerns the block readout is seen only where the block itself is: its p is at least that
    of ``block_before_stimulus``.

    Parameters
    ----------
    recording : Recording
    only : iterable of str, optional
        Keys of :data:`PREDICTIONS`; all where omitted.
    n_pseudo : int
        Draws of each null; the smallest p is 1 / (n_pseudo + 1).
    seed : int
        Of the nulls.  A prediction's are the same whichever others are asked.
    alpha : float
        A prediction is seen at a p of at most this.
    task : TaskParams, optional
        How long blocks last; as in the mice's task where omitted.

    Returns
    -------
    dict
        Of :class:`Judgement`, by key.

    Raises
    ------
    ValueError
        An argument is not as said.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=15, seed=0)
    >>> agent = ibl.RNNAgent(ibl.reference_network(1).network)
    >>> session = ibl.rollout(agent, trials, record_states=True)
    >>> recording = ibl.recordings.record(session, n_units=100, seed=0)
    >>> ibl.recordings.judge(recording, only=["evidence_moves_block"])["evidence_moves_block"].seen
    True
    """
    asked = {"only": only, "n_pseudo": n_pseudo, "seed": seed, "alpha": alpha, "task": task}
    return {one.prediction: one for one in judgements(recording, **asked)}


def judgements(
    recording: Recording,
    *,
    only: Iterable[str] | None = None,
    n_pseudo: int = 200,
    seed: int = 0,
    alpha: float = 0.05,
    task: TaskParams | None = None,
) -> Iterator[Judgement]:
    """Those of :func:`judge`, each as soon as it is known."""
    checks.kind("recording", recording, Recording)
    keys = list(PREDICTIONS) if only is None else [only] if isinstance(only, str) else list(only)
    for key in keys:
        checks.choice("only", key, tuple(PREDICTIONS))
    if task is not None:
        checks.kind("task", task, TaskParams)
    checks.integer("n_pseudo", n_pseudo, low=19)
    checks.number("alpha", alpha, above=0, below=1)
    signals = Signals(recording, n_pseudo, checks.seed("seed", seed), task)
    block: Judgement | None = None
    for key in dict.fromkeys(keys):
        try:
            found = MEASURES[key](signals, alpha)
            if key == "block_before_stimulus":
                block = found
            elif key in NEED_BLOCK:
                block = block or block_before_stimulus(signals, alpha)
                found = _given_block(found, block)
        except CannotJudge as missing:
            found = Judgement(key, *(np.nan,) * 4, None, str(missing))
        yield found


def _given_block(found: Judgement, block: Judgement) -> Judgement:
    """What was found of the block readout, as far as it reads the block."""
    if not block.p > found.p:  # or none was found
        return found
    if not found.seen or block.seen:
        return replace(found, p=block.p)
    why = f"{found.why}; but that readout is of no block (p = {block.p:.3f})"
    return replace(found, p=block.p, seen=False, why=why)
