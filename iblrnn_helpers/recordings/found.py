"""From what stands in files to a recording: what is left out, and the sentences that say so."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from ..core import checks
from ..mice.alf import TaskFields, mouse_of
from ..mice.record import Mouse, report
from ..task.trials import COLUMNS
from .recording import Recording

START = "intervals_0"  # as trials tables of ALF call it
TIMES = (START, "stimOn_times", "response_times")
# Spikes at 30 000 samples a second that are taken for seconds outlast the trials that often.
LONGEST = 1000


class Found(NamedTuple):
    """What a folder or a file holds of a session, as it stands there."""

    name: str
    table: object  # of trials, with the columns of ALF
    spike_time: np.ndarray  # (n_spikes,)
    spike_unit: np.ndarray  # (n_spikes,) what the spike's unit is called
    unit: np.ndarray | None  # (n_units,) what units are called, if that is noted
    good: np.ndarray | None  # (n_units,) bool, if that is noted


def recording_of(found: Found, good_only: bool, task: TaskFields) -> Recording:
    """What is of use of it; a ValueError if nothing is."""
    table = found.table
    mouse = mouse_of([table], found.name, task)
    times = np.array([_times(table, column) for column in TIMES])
    spikes, said_of_spikes = _spikes(found, good_only)
    own, kept, said = _trials(mouse, times, spikes["spike_time"])
    return Recording(
        name=found.name, **own, **spikes, number=kept, left_out=(*said, *said_of_spikes)
    )


def _times(table, column: str) -> np.ndarray:
    """(n_trials,) float: a column, NaN where a time is not known."""
    if column == START and column not in table and "intervals" in table:
        values = np.asarray(table["intervals"])
        values = values[:, 0] if values.ndim == 2 else values
    elif column not in table:
        raise ValueError(f"the column {column!r} of the trials is missing")
    else:
        values = np.asarray(table[column])
    n_trials = len(np.asarray(table[TIMES[1]]))
    if values.size != n_trials or values.dtype.kind not in "iuf":
        raise ValueError(
            f"the column {column!r} must have a number for each of {n_trials:,} trials, got "
            f"{values.dtype} of shape {values.shape}"
        )
    values = values.ravel().astype(float)
    return np.where(np.abs(values) <= checks.HUGE, values, np.nan)


def _trials(mouse: Mouse, times: np.ndarray, spike_time: np.ndarray):
    """What is of trials, the numbers of those that are kept, and what is said of the others."""
    rejected = [one.line - 2 for one in mouse.rejected]  # a table's first trial is its second line
    of_mouse = np.setdiff1d(np.arange(times.shape[1]), rejected)
    start, shown, end = times[:, of_mouse]
    unknown = np.isnan(times[:, of_mouse]).any(axis=0)
    with np.errstate(invalid="ignore"):
        good = ~unknown & (start <= shown) & (shown <= end)
        good[good] = in_order(start[good])
        order = ~unknown & ~good
        outside = good & ((end < spike_time[0]) | (start > spike_time[-1]))
    reasons = {
        "a time of them is not known": unknown,
        "their start, stimulus and response are not in order": order,
        "no spike came as early, or as late": outside,
    }
    said = report([mouse])
    n = len(of_mouse)
    for reason, left in reasons.items():
        if left.any():
            said.append(f"{left.sum():,} of {n:,} trials are left out: {reason}")
    kept = ~(unknown | order | outside)
    if not kept.any():
        raise ValueError(f"no trial remains: {'; '.join(said)}")
    first, last = spike_time[
        [len(spike_time) // 100, -1 - len(spike_time) // 100]
    ]  # but for strays
    if last - first > LONGEST * (end[kept].max() - start[kept].min()):
        raise ValueError(
            f"spikes must be in seconds of the trials' clock, got spikes up to {spike_time[-1]:g} "
            f"and trials up to {end[kept].max():g}"
        )
    columns = {name: getattr(mouse.trials, name)[kept] for name in COLUMNS}
    trials = type(mouse.trials)(**columns, task=mouse.trials.task)
    own = {"start": start, "stimulus_on": shown, "end": end, "choice": mouse.choice}
    own = {name: values[kept] for name, values in own.items()}
    return own | {"trials": trials}, of_mouse[kept], said


def _spikes(found: Found, good_only: bool):
    """What is of spikes and units, and what is said of those that are left out."""
    time, of_unit = found.spike_time, found.spike_unit
    said = []
    if len(time) != len(of_unit):
        raise ValueError(
            f"spikes must have a time and a unit each, got {len(time):,} times and "
            f"{len(of_unit):,} units"
        )
    unit = _names(of_unit) if found.unit is None else found.unit
    if not len(unit):
        raise ValueError("there must be at least one unit, got none")
    if len(np.unique(unit)) < len(unit):
        raise ValueError("units must be called differently, got a name twice")
    by_name = np.argsort(unit)
    place = by_name[np.minimum(np.searchsorted(unit[by_name], of_unit), len(unit) - 1)]
    no_time = ~(np.abs(time) <= checks.HUGE)
    stray = ~no_time & (unit[place] != of_unit)
    for wrong, reason in ((no_time, "their time is not known"), (stray, "they are of no unit")):
        if wrong.any():
            said.append(f"{wrong.sum():,} of {len(time):,} spikes are left out: {reason}")
    use = ~(no_time | stray)
    time, place = time[use].astype(float), place[use]
    early = np.count_nonzero(np.diff(time) < 0)
    if early:
        order = np.argsort(time, kind="stable")
        time, place = time[order], place[order]
        said.append(f"spikes were out of order in {early:,} places, and are sorted")
    n_units, kept = len(unit), np.ones(len(unit), dtype=bool)
    if good_only and found.good is None:
        raise ValueError("good_only must be False, as nothing says which units are good")
    if found.good is not None:
        n_good = f"{np.count_nonzero(found.good):,} of {n_units:,} units are noted as good"
        kept = found.good if good_only else kept
        said.append(f"{n_good}; " + ("the others are left out" if good_only else "all are kept"))
    silent = kept & (np.bincount(place, minlength=n_units) == 0)
    if silent.any():
        said.append(f"{silent.sum():,} of {kept.sum():,} units are left out: they have no spike")
    kept = kept & ~silent
    if not kept.any():
        raise ValueError(f"no unit remains: {'; '.join(said) or 'there is no spike'}")
    use, new = kept[place], np.cumsum(kept) - 1
    spikes = {"spike_time": time[use], "spike_unit": new[place[use]], "unit": unit[kept]}
    return spikes, said


def in_order(values: np.ndarray) -> np.ndarray:
    """(n,) bool: the most values that can stay so that each is at least the one before it.

    Were all left out that come after a higher one, a single time of another clock would cost all.
    """
    ends: list[float] = []  # lowest end of a row of so many
    place: list[int] = []  # of that end
    before = np.full(len(values), -1)
    for k, value in enumerate(values.tolist()):
        n = bisect_right(ends, value)
        before[k] = place[n - 1] if n else -1
        ends[n : n + 1], place[n : n + 1] = [value], [k]
    stays = np.zeros(len(values), dtype=bool)
    k = place[-1] if place else -1
    while k >= 0:
        stays[k], k = True, before[k]
    return stays


def _names(of_spikes: np.ndarray) -> np.ndarray:
    """What units are called, (n_units,), where only spikes tell: whole numbers from 0."""
    with np.errstate(invalid="ignore"):
        whole = (of_spikes >= 0) & (of_spikes <= checks.WHOLE) & (of_spikes % 1 == 0)
    return np.unique(of_spikes[whole]).astype(np.int64)
