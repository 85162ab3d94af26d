"""Dynamics from spikes: RADD's matrix, and whether the block readout has two attractors at rest.

A laboratory knows what was shown and chosen, not the evidence that was seen.  What moves a belief
beside what is known counts as noise here, which shortens every memory that is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter
from scipy.stats import t as student

from ..core import checks
from .measures import Judgement, flipped, p_of_overlap, whole_axes
from .nulls import p_of
from .recording import Recording
from .signals import CannotJudge, Signals

N_CHUNKS = 10  # of the session, which are taken to be independent
MEMORIES = (0.5, 0.8, 0.9, 0.95, 0.98)  # of past inputs, a bin
MOST_BINS = 1_000_000
ONE_LINE = 0.9  # cosine of two axes whose readouts are taken for one: weights between them explode
# Of one saturating unit: what it keeps of itself in a bin, and what contrast and choice add.
AWAY_FROM_1 = (0.5, 0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005)
GAINS = (0.01, 0.02, 0.04, 0.07, 0.12, 0.2, 0.35)


@dataclass(frozen=True, eq=False)
class Coupling:
    """A' of the readouts of stimulus and block, in this order: [to, from].

    Attributes
    ----------
    regression : (2, 2) float
        On the measured state a bin before, as the closed form of RADD: biased by its noise.
    free : (2, 2) float
        On what earlier inputs predict the state a bin before to be, whose noise has no part in it.
    error : (2, 2) float
        Standard error of ``free``, from leaving out tenths of the session.
    """

    regression: np.ndarray
    free: np.ndarray
    error: np.ndarray


def binned(
    recording: Recording, weights: np.ndarray, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """The session in bins, from its first trial's start to its last one's end.

    Parameters
    ----------
    recording : Recording
    weights : (n_units, n_readouts) float
    width : float
        Seconds of a bin.

    Returns
    -------
    states : (n_bins, n_readouts) float
        Weighted rates.
    inputs : (n_bins, 2) float
        The signed contrast while the stimulus is on, and in a trial's last bin the choice.

    Raises
    ------
    ValueError
        There would be more than a million bins.
    """
    inputs = _inputs(recording, width)
    n = len(inputs)
    # Spikes are in their order: those of the session, and a bin more at either end.
    limits = recording.start[0] - width, recording.start[0] + (n + 1) * width
    some = slice(*np.searchsorted(recording.spike_time, limits))
    place = np.floor((recording.spike_time[some] - recording.start[0]) / width).astype(np.int64)
    kept = slice(*np.searchsorted(place, [0, n]))
    place, unit = place[kept], recording.spike_unit[some][kept]
    states = [np.bincount(place, by_unit[unit], minlength=n) for by_unit in weights.T]
    return np.array(states).reshape(-1, n).T / width, inputs


def _inputs(recording: Recording, width: float) -> np.ndarray:
    """(n_bins, 2) float: those of :func:`binned`."""
    first = recording.start[0]
    n = int(np.ceil(recording.duration / width - 1e-6))
    if n > MOST_BINS:
        raise CannotJudge(f"width must give at most {MOST_BINS:,} bins, got {width:g} s for {n:,}")
    middle = first + width * (np.arange(n) + 0.5)
    trial = np.searchsorted(recording.stimulus_on, middle, side="right") - 1
    shown = (trial >= 0) & (middle < recording.end[trial])
    inputs = np.zeros((n, 2))
    inputs[shown, 0] = recording.signed_contrast[trial[shown]]
    last = np.clip(np.ceil((recording.end - first) / width - 1e-6).astype(np.int64) - 1, 0, n - 1)
    inputs[last, 1] = recording.choice
    return inputs


def fit_coupling(states: np.ndarray, inputs: np.ndarray) -> Coupling:
    """A' of z_t = A' z_{t-1} + B' o_t + c', from states that are measured with noise.

    Two-stage least squares: the state a bin before is replaced by what leaky sums of earlier inputs
    predict.  Like a model that runs freely on the inputs (``RADD(solver="free_running")``, with
    which it agrees where there are dynamics to find), it follows from the inputs alone; it has a
    closed form, and an answer for readouts that no input drives.

    Parameters
    ----------
    states : (n_bins, 2) float
    inputs : (n_bins, n_inputs) float

    Raises
    ------
    ValueError
        There are fewer than 200 bins.
    """
    states = checks.finite_array("states", states, n_columns=2)
    inputs = checks.finite_array("inputs", inputs)
    if len(states) < 20 * N_CHUNKS:
        raise CannotJudge(f"dynamics need {20 * N_CHUNKS} bins, got {len(states)}")
    z = states - states.mean(axis=0)
    past = np.hstack([lfilter([1.0], [1.0, -keep], inputs, axis=0) for keep in MEMORIES])
    now = np.column_stack([inputs[1:], np.ones(len(z) - 1)])
    told, known = np.hstack([past[:-1], now]), np.hstack([z[:-1], now])
    moments = [  # of each tenth: among what is told, and between that or the state and the rest
        (q.T @ q, q.T @ x, q.T @ y, x.T @ x, x.T @ y)
        for q, x, y in zip(
            *(np.array_split(values, N_CHUNKS) for values in (told, known, z[1:])), strict=True
        )
    ]
    total = [np.sum(part, axis=0) for part in zip(*moments, strict=True)]
    without_one = [
        _two_stages(*(t - p for t, p in zip(total[:3], part[:3], strict=True))) for part in moments
    ]
    error = np.sqrt(np.var(without_one, axis=0) * (N_CHUNKS - 1))
    regression = np.linalg.lstsq(total[3], total[4], rcond=None)[0][:2].T
    return Coupling(regression, _two_stages(*total[:3]), error)


def _two_stages(qq: np.ndarray, qx: np.ndarray, qy: np.ndarray) -> np.ndarray:
    first = np.linalg.lstsq(qq, qx, rcond=None)[0]  # of what is known on what is told
    return np.linalg.lstsq(first.T @ qx, first.T @ qy, rcond=None)[0][:2].T


def coupling_of(signals: Signals, block: np.ndarray, side: np.ndarray) -> Coupling:
    """A' of a recording's readouts, along the axes of side and block, each in its own unit."""
    weights = np.stack([side, block], axis=1) / signals.scale[:, None]
    states, inputs = binned(signals.recording, weights, signals.window / 2)
    spread = states.std(axis=0)
    if not spread.all():
        raise CannotJudge("a readout never changes")
    return fit_coupling(states / spread, inputs)


def radd_coupling(signals: Signals, alpha: float) -> Judgement:
    """Does the block readout feed the stimulus readout?

    The value is A'[stimulus, block], without the bias of noise.  Readouts that overlap by chance
    are coupled by chance: the overlap has to be beyond that, too.
    """
    block, side = whole_axes(signals)
    found = coupling_of(signals, block, side)
    cosine = block @ side / max(np.linalg.norm(block) * np.linalg.norm(side), np.finfo(float).tiny)
    if abs(cosine) > ONE_LINE:
        raise CannotJudge(
            f"the axes of block and side are nearly one line (cosine {cosine:.2f}): no weight from "
            "one to the other can be told"
        )
    value, by_regression = found.free[0, 1], found.regression[0, 1]
    ratio = value / max(found.error[0, 1], np.finfo(float).tiny)
    by_chance = flipped(signals, block * side, 4)
    by_tenths = float(student.sf(ratio, N_CHUNKS - 1))
    p = max(by_tenths, p_of(block @ side, by_chance), p_of_overlap(signals))
    said = (
        "the block readout's part in the next bin's stimulus readout, without the bias of noise "
        f"(regression: {by_regression:.2f})"
    )
    reach = student.ppf(0.975, N_CHUNKS - 1) * found.error[0, 1]
    limits = -float(reach), float(reach)
    return Judgement("radd_coupling", float(value), *limits, p, bool(p <= alpha), said)


def two_attractors(signals: Signals, alpha: float) -> Judgement:
    """Does one saturating unit, fitted to the block readout, have two attractors at rest?

    The unit x_t = tanh(w x_{t-1} + k contrast_t + c choice_t) runs freely through the session, and
    is compared with the readout before each stimulus.  At rest it has two attractors if w, the
    value, is above 1, else one.  The best of either kind are compared tenth by tenth.
    """
    reading = signals.before @ signals.readouts[:, 0]
    width = signals.window / 2
    inputs = _inputs(signals.recording, width)
    bins = np.floor((signals.recording.stimulus_on - signals.recording.start[0]) / width + 1e-6)
    units = _free_units(inputs.tobytes(), bins.astype(np.int64).tobytes())
    reading = reading - reading.mean()
    along = reading @ units.states
    slope = along / np.maximum(units.squares, np.finfo(float).tiny)
    total = np.where(slope > 0, reading @ reading - slope * along, np.inf)  # squared errors
    keep = units.keep
    one, two = (np.flatnonzero(kind)[total[kind].argmin()] for kind in (keep <= 1, keep > 1))
    errors = {k: (reading - slope[k] * units.states[:, k]) ** 2 for k in (one, two)}
    better = errors[one] - errors[two]
    parts = np.array([part.sum() for part in np.array_split(better, N_CHUNKS)])
    error = parts.std(ddof=1) * np.sqrt(N_CHUNKS)
    p = float(student.sf(parts.sum() / max(error, np.finfo(float).tiny), N_CHUNKS - 1))
    value = float(keep[two if total[two] < total[one] else one])
    said = "what a saturating unit keeps of itself in a bin at rest: two attractors above 1"
    return Judgement("two_attractors", value, np.nan, 1.0, p, bool(p <= alpha), said)


class _FreeUnits(NamedTuple):
    """What all units that are tried keep of themselves, (n_units,), and their states at bins.

    ``states`` (n_bins, n_units) have mean 0 over bins, and ``squares`` (n_units,) are their sums.
    """

    keep: np.ndarray
    states: np.ndarray
    squares: np.ndarray


@lru_cache(maxsize=1)  # recordings of the same trials follow each other, by their neurons
def _free_units(inputs: bytes, bins: bytes) -> _FreeUnits:
    """Of inputs (n, 2) float64 and bins (n_bins,) int64, as bytes, by which they are remembered."""
    ends = np.frombuffer(bins, dtype=np.int64)
    keep, states = _run_freely(np.frombuffer(inputs).reshape(-1, 2)[: ends[-1]], ends)
    states = states - states.mean(axis=0)
    return _FreeUnits(*map(checks.read_only, (keep, states, (states**2).sum(axis=0))))


_LATEST_RUN: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # its arguments and states


def _run_freely(rows: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What all units keep, (n_units,), and their states before the rows (n_bins,) ``ends``.

    If the latest run was of the first of these rows, as of a shorter recording, it goes on.
    """
    away = np.array(AWAY_FROM_1)
    each = np.meshgrid(np.concatenate([1 - away, [1.0], 1 + away]), [0, *GAINS], [0, *GAINS])
    keep, by_contrast, by_choice = (values.ravel() for values in each)
    used = by_contrast + by_choice > 0
    keep, gains = keep[used], np.stack([by_contrast[used], by_choice[used]])
    out, known = np.empty((len(ends), len(keep))), 0
    for old_rows, old_ends, old in _LATEST_RUN:
        same = np.array_equal(old_rows, rows[: len(old_rows)])
        if same and np.array_equal(old_ends, ends[: len(old_ends)]):
            known = len(old)
            out[:known] = old
    first = int(ends[known - 1]) if known else 0
    state, moves = (
        out[known - 1].copy() if known else np.zeros(len(keep)),
        rows.any(axis=1).tolist(),
    )
    for k, end in enumerate(ends[known:].tolist(), start=known):
        for row in range(first, end):
            state *= keep
            if moves[row]:
                state += rows[row] @ gains
            np.tanh(state, out=state)
        out[k], first = state, end
    _LATEST_RUN[:] = [(rows, ends, out)]
    return keep, out
