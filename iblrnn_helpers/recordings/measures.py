"""Tests of what a recording says of the network's predictions: block, evidence, angle, dimension.

Two things make readouts go together that have nothing to do with each other.  Slow signals fit slow
labels: **pseudo-sessions** tell by how much.  And of few neurons any two axes overlap: were they
independent, each neuron's part in the overlap could as well have had the other sign, so that
**flipping signs of neurons** tells by how much.  What compares axes has to beat both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter

from ..core import checks
from .nulls import p_of
from .signals import CannotJudge, Labels, Signals, cells, read_across, without

MEMORIES = (0.5, 0.8, 0.9, 0.95)  # of past trials, a trial: what expectations may rest on
KEPT = 0.9  # of the reliable variance
FEW = 2  # dimensions that the network predicts


@dataclass(frozen=True)
class Judgement:
    """What a recording says of a prediction.

    Attributes
    ----------
    prediction : str
        Its key.
    value : float
        What was measured; NaN if it could not be.
    null_low, null_high : float
        The middle 95% of what would be measured if the prediction were wrong; NaN if unknown.
    p : float
        NaN if unknown.
    seen : bool or None
        None if the recording cannot tell.
    why : str
        In a sentence; what was missing where it cannot tell.
    """

    prediction: str
    value: float
    null_low: float
    null_high: float
    p: float
    seen: bool | None
    why: str


def block_before_stimulus(signals: Signals, alpha: float) -> Judgement:
    """Decode the block before the stimulus, beyond what the last trial alone says.

    The value is the correlation of the block with its reading, of contiguous trials from all
    others.  Any trace of the last trial says something about the block: what is a function of its
    side and choice is first taken from both.  Pseudo-sessions have sides and choices of their own
    blocks, correct and wrong where the real ones were, so that as much is taken from theirs.
    """
    now, last_trial, y = _blocks_beyond_last_trial(signals.labels)
    x = without(last_trial, signals.before[now])
    read = read_across(x, y)
    lengths = np.sqrt((read**2).sum(axis=0) * (y**2).sum(axis=0))
    r = (read * y).sum(axis=0) / np.maximum(lengths, np.finfo(float).tiny)
    said = "correlation of the block with its reading before the stimulus"
    return _against("block_before_stimulus", r[0], r[1:], alpha, said)


@lru_cache(maxsize=1)
def _blocks_beyond_last_trial(labels: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trials (n,) with a block and a last one, its cells, and blocks (n, n_labels) less these."""
    block, now = labels.block, labels.follows + 1
    now = now[block[now] != 0]
    side, choice = labels.side[now - 1], labels.choice[now - 1]
    turned = np.where(labels.blocks[now - 1] * block[now - 1, None] < 0, -1, 1)
    y = _without_cells(side[:, None] * turned, choice[:, None] * turned, labels.blocks[now])
    return checks.read_only(now), checks.read_only(cells(side, choice)), checks.read_only(y)


def evidence_moves_block(signals: Signals, alpha: float) -> Judgement:
    """Does the trial's evidence move the block readout that was fitted before the stimulus?

    The value is the correlation, given the block, of the signed contrast with the readout's change
    from before the stimulus to the trial's end.
    """
    change = without(_with_1(signals.block), signals.at_end - signals.before)
    evidence = without(_with_1(signals.block), signals.recording.signed_contrast)
    if not evidence.any():
        raise CannotJudge("all stimuli have contrast 0, or none but one side")
    moved = evidence @ change  # (n_units,)
    lengths = np.linalg.norm(evidence) * np.linalg.norm(change @ signals.readouts, axis=0)
    lengths = np.maximum(lengths, np.finfo(float).tiny)  # nothing may change
    r = moved @ signals.readouts / lengths
    by_flips = flipped(signals, moved * signals.readouts[:, 0], 1) / lengths[0]
    said = "correlation of the signed contrast with the block readout's change in the trial"
    return _against("evidence_moves_block", r[0], r[1:], alpha, said, by_flips)


def graded_carry_over(signals: Signals, alpha: float) -> Judgement:
    """Does a contrast move the block readout before the *next* stimulus, all else being equal?

    The value is the correlation of the signed contrast with that readout, given this trial's side
    and choice, and what came before: the readout itself, and leaky sums of past sides, choices and
    contrasts.  The null permutes contrasts of trials of the same side and choice.

    Without the choice any agent that follows its own choices would pass, since a strong stimulus is
    chosen more often.  Given the choice, a weak stimulus that was chosen says what was
    expected before: hence all that is known of the past.  What is left of that is negative, against
    the prediction.
    """
    reading = signals.before @ signals.readouts[:, 0]
    now, contrast = signals.labels.follows, signals.recording.signed_contrast
    choice = signals.labels.choice.astype(float)
    stratum = cells(signals.labels.side, choice)[now]
    past = np.stack([signals.labels.side, choice, contrast], axis=1)
    leaky = [_leaky(past, memory)[now] for memory in MEMORIES]
    known = np.column_stack([stratum, reading[now], *leaky])
    rest, graded = without(known, reading[now + 1]), without(known, contrast[now])
    lengths = np.linalg.norm(rest) * np.linalg.norm(graded)
    if np.linalg.norm(graded) < 1e-6 * np.linalg.norm(contrast[now]) or not lengths:
        raise CannotJudge("contrasts do not vary among trials of the same side and choice")
    order, drawn = _permuted_contrasts(signals.labels)
    null = drawn @ rest[order] / lengths
    said = "correlation of the signed contrast with the block readout before the next stimulus"
    return _against("graded_carry_over", graded @ rest / lengths, null, alpha, said)


@lru_cache(maxsize=1)
def _permuted_contrasts(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int: trials whose next one is there, by cell; (n_pseudo, n): contrasts for them."""
    now = labels.follows
    cell = cells(labels.side, labels.choice)[now].argmax(axis=1)
    # Sorted by cell, and by chance within it, each trial takes the contrast of one of its cell.
    drawn = np.argsort(cell + labels.rng(2).random((labels.n_pseudo, len(cell))), axis=1)
    order, contrasts = np.argsort(cell, kind="stable"), labels.trials.signed_strength[now][drawn]
    return checks.read_only(order), checks.read_only(contrasts)


def angle(signals: Signals, alpha: float) -> Judgement:
    """Angle between the axes of the block before the stimulus and of the side at the trial's end.

    The value is in degrees, without the bias of noise, which draws any two axes towards 90: axes
    come from two halves of the blocks, and noise is only shared within a half.
    """
    half = (signals.recording.trials.block_index // 2) % 2 == 0  # pairs: both sides are in each
    block, side = zip(*(axes(signals, part) for part in (half, ~half)), strict=True)
    reliable = block[0] @ block[1], side[0] @ side[1]
    if min(reliable) <= 0:
        missing = "an axis is not the same in two halves of the trials: there is no angle to tell"
        return Judgement("angle", np.nan, np.nan, np.nan, np.nan, False, missing)
    lengths = np.sqrt(reliable[0] * reliable[1])
    crossed = (block[0] * side[1] + block[1] * side[0]) / 2 / lengths  # (n_units,)
    by_chance = np.quantile(flipped(signals, crossed, 3), [0.975, 0.025])
    degrees = np.degrees(np.arccos(np.clip([crossed.sum(), *by_chance], -1, 1)))
    p = p_of_overlap(signals)
    said = "degrees between the axes of block and side, without the bias of noise"
    return Judgement("angle", *map(float, degrees), p, bool(p <= alpha), said)


@lru_cache(maxsize=1)  # two predictions of a recording ask
def p_of_overlap(signals: Signals) -> float:
    """That block and side overlap by chance: slow signals, or few neurons."""
    _, axis = whole_axes(signals)
    lengths = np.linalg.norm(signals.readouts, axis=0)
    overlap = axis @ signals.readouts / np.maximum(lengths, np.finfo(float).tiny)
    parts = axis * signals.readouts[:, 0]
    return max(
        p_of(*_first(overlap)), p_of(axis @ signals.readouts[:, 0], flipped(signals, parts, 3))
    )


@lru_cache(maxsize=1)
def whole_axes(signals: Signals) -> tuple[np.ndarray, np.ndarray]:
    """:func:`axes` of all trials."""
    return axes(signals, np.ones(len(signals.block), dtype=bool))


def axes(signals: Signals, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n_units,) float each, of ``part``: of the block before the stimulus, of the side at the end.

    They are slopes of activity on what happened; the side's is at equal blocks.
    """
    use = part & (signals.block != 0)
    given = _with_1(np.column_stack([signals.labels.side, signals.block]))
    block = np.linalg.lstsq(_with_1(signals.block[use]), signals.before[use], rcond=None)[0][0]
    return block, np.linalg.lstsq(given[part], signals.at_end[part], rcond=None)[0][0]


def dimension(signals: Signals, alpha: float) -> Judgement:
    """How many dimensions hold what the task does to the activity.

    The value is the number of principal components of mean activity, by block, side and strength,
    that hold nine tenths of the variance that two halves of the blocks share.  Components come from
    one half and their variance from both, so that noise adds nothing to it (Stringer et al. 2019).
    """
    activity = np.hstack([signals.before, signals.at_end])[signals.block != 0]
    means = _means_in_cells(activity, *_halves(signals.labels))
    total = (means[:, 0] * means[:, 1]).sum(axis=(1, 2))
    one, other = means[0].reshape(2, -1, signals.recording.n_units)  # a row for cell and moment
    p = p_of(*_first(total))
    if p > alpha:
        said = "halves of the blocks share no variance by block, side and strength"
        return Judgement("dimension", np.nan, np.nan, np.nan, p, False, said)
    shared = [_shared_by_component(*pair) for pair in ((one, other), (other, one))]
    reached = np.cumsum(np.mean(shared, axis=0)) >= KEPT * total[0]
    n = int(np.argmax(reached)) + 1
    said = f"components that hold {KEPT:.0%} of the variance that halves of the blocks share"
    return Judgement("dimension", float(n), np.nan, np.nan, p, n <= FEW, said)


@lru_cache(maxsize=1)
def _halves(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Of trials in blocks: their groups (n,), and 1 in right blocks (n, n_labels) float.

    Groups are 4 times the half, plus 2 where the side is the real block's, plus 1 if strong.
    """
    use, trials = labels.block != 0, labels.trials
    strong = trials.strength > np.median(trials.strength)
    # Left before right in one half and after it in the other: a trend is not shared.
    half = (trials.block_index + 1) // 2 % 2
    group = 4 * half + 2 * (trials.side == trials.block_side) + strong
    right = (labels.blocks[use] > 0).astype(float)
    return checks.read_only(group[use]), checks.read_only(right)


def _means_in_cells(activity: np.ndarray, group: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n_labels, 2, 8, n_columns) float: means of each half in cells, less the half's mean.

    Of activity (n, n_columns); group and right are of :func:`_halves`.  A cell is 4 in right
    blocks, plus 2 on the right, plus 1 if strong.  Cells weigh by the root of their share of all
    trials; one that a half lacks counts as its mean.
    """
    sums, sizes = (_sums_in_cells(of, group, right) for of in (activity, np.ones((len(group), 1))))
    of_half = sums.sum(axis=2, keepdims=True) / np.maximum(sizes.sum(axis=2, keepdims=True), 1)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1) - of_half, 0)
    return means * np.sqrt(sizes.sum(axis=1, keepdims=True) / len(activity))


def _sums_in_cells(activity: np.ndarray, group: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n_labels, 2, 8, n_columns) float: sums of activity in the cells of each half.

    In a pseudo-session the sides are of its own blocks: activity has nothing to do with them.  A
    group's trials are therefore in one of two cells, by their blocks there.
    """
    sums = np.empty((right.shape[1], 2, 8, activity.shape[1]))
    for half, kind in np.ndindex(2, 4):
        some = group == 4 * half + kind
        sums[:, half, 4 + kind] = in_right = right[some].T @ activity[some]
        sums[:, half, kind ^ 2] = activity[some].sum(axis=0) - in_right
    return sums


def _shared_by_component(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n_components,) float: covariance of means (n, n_units) along the first's components."""
    components = np.linalg.svd(one, full_matrices=False)[2]
    return ((one @ components.T) * (other @ components.T)).sum(axis=0)


def _without_cells(side: np.ndarray, choice: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels (n, n_labels) less their means in cells of side and choice, (n, n_labels) each."""
    cell = (3 * (side > 0) + choice + 1).astype(np.int64) + 6 * np.arange(labels.shape[1])
    n = np.bincount(cell.ravel(), minlength=6 * labels.shape[1])
    total = np.bincount(cell.ravel(), labels.ravel(), minlength=len(n))
    return labels - (total / np.maximum(n, 1))[cell]


def _against(prediction, value, null, alpha, said, *others) -> Judgement:
    """Judged by the largest p of the nulls, whose limits are those of the widest."""
    nulls = [null, *others]
    worst = max(nulls, key=lambda one: p_of(value, one))
    low, high = np.quantile(worst, [0.025, 0.975])
    p = p_of(value, worst)
    return Judgement(prediction, float(value), float(low), float(high), p, bool(p <= alpha), said)


def flipped(signals: Signals, parts: np.ndarray, stream: int) -> np.ndarray:
    """(n_pseudo,) float: sums of neurons' parts (n_units,), each with a sign by chance."""
    signs = signals.rng(stream).integers(2, size=(signals.n_pseudo, len(parts))) * 2 - 1
    return signs @ parts


def _first(values: np.ndarray) -> tuple[float, np.ndarray]:
    return float(values[0]), values[1:]


def _with_1(columns: np.ndarray) -> np.ndarray:
    """(n, 1 + k) float: a last column of ones beside columns (n, k) or (n,)."""
    return np.column_stack([columns, np.ones(len(columns))])


def _leaky(values: np.ndarray, memory: float) -> np.ndarray:
    """(n, k) float: sums over the rows before each, which fade by ``memory`` a row."""
    summed = lfilter([1.0], [1.0, -memory], values, axis=0)
    return np.vstack([np.zeros_like(values[:1]), summed[:-1]])
