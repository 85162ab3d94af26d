"""What a laboratory has of one session: spikes, and the trials during which they came."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from ..core import checks
from ..mice.record import MouseTrials
from ..task.trials import COLUMNS, Behavior

OF_TRIALS = ("choice", "start", "stimulus_on", "end", "number")


@dataclass(frozen=True, eq=False, repr=False)
class Recording(Behavior):
    """Spikes of one session, and its trials; shows itself as a sentence with what was left out.

    What an agent saw in a step is not in it: a laboratory knows the contrast, not the evidence.

    Attributes
    ----------
    name : str
    spike_time : (n_spikes,) float
        Seconds, from early to late, by the clock of the trials.
    spike_unit : (n_spikes,) int
        Which unit fired, as its place in ``unit``.
    unit : (n_units,)
        What the units are called; no name twice.
    trials : MouseTrials
        Of this session alone; ``strength`` is the contrast.
    choice : (n_trials,) int8
        -1 left, +1 right, 0 none.
    start, stimulus_on, end : (n_trials,) float
        Seconds: when the trial began, when it showed its stimulus, and when the choice was made or
        the time was out.
    number : (n_trials,) int
        Of the trial in its session, from 0; it leaves out those that ``left_out`` speaks of.
    left_out : tuple of str
        What the files hold and this recording does not, in sentences.

    Raises
    ------
    ValueError
        An array of another shape, times that are unknown or out of order, a spike of no unit,
        trials of several sessions, no trial or no unit.
    """

    name: str
    spike_time: np.ndarray
    spike_unit: np.ndarray
    unit: np.ndarray
    trials: MouseTrials
    choice: np.ndarray
    start: np.ndarray
    stimulus_on: np.ndarray
    end: np.ndarray
    number: np.ndarray
    left_out: tuple[str, ...] = ()

    def __post_init__(self):
        checks.printable("name", self.name)
        checks.kind("trials", self.trials, MouseTrials)
        checks.some("trials", self.trials)
        if self.trials.n_sessions > 1:
            raise ValueError(f"trials must be of one session, got {self.trials.n_sessions}")
        unit = np.array(checks.unmasked("unit", self.unit))
        if unit.ndim != 1 or not unit.size or len(np.unique(unit)) < len(unit):
            raise ValueError(f"unit must hold each unit's name once, got {self.unit!r:.80}")
        object.__setattr__(self, "unit", checks.read_only(unit))
        shape, last = np.shape(self.spike_time)[:1], len(unit) - 1
        checks.keep(self, "spike_time", shape, np.float64, of="spike")
        checks.keep(self, "spike_unit", shape, np.int64, low=0, high=last, of="spike")
        if (np.diff(self.spike_time) < 0).any():
            raise ValueError("spike_time must not decrease, got spikes out of order")
        of_trials = (len(self.trials),)
        checks.keep(self, "choice", of_trials, np.int8, allowed=(-1, 0, 1))
        checks.keep(self, "number", of_trials, np.int64, low=0)
        for field in ("start", "stimulus_on", "end"):
            checks.keep(self, field, of_trials, np.float64)
        early = np.diff(self.number, prepend=-1) < 1
        checks.sequence("number", self.number, early, "rise from trial to trial")
        checks.sequence("start", self.start, np.diff(self.start, prepend=-np.inf) < 0, "rise")
        shown = self.stimulus_on
        checks.sequence("stimulus_on", shown, shown < self.start, "not be before the trial's start")
        checks.sequence("end", self.end, self.end < shown, "not be before the stimulus")

    def __repr__(self) -> str:
        said = self.left_out or ["nothing is left out"]
        return "; ".join([f"{self.name}: {self.sizes}", *said])

    @property
    def sizes(self) -> str:
        """How many units, trials and spikes, in words."""
        return f"{self.n_units:,} units, {self.n_trials:,} trials, {len(self.spike_time):,} spikes"

    @property
    def agent(self) -> str:
        """The name, as of every record of behaviour."""
        return self.name

    @property
    def n_units(self) -> int:
        return len(self.unit)

    @property
    def signed_contrast(self) -> np.ndarray:
        """(n_trials,) float: the contrast, negative on the left."""
        return self.trials.signed_strength

    @property
    def duration(self) -> float:
        """Seconds from the first trial's start to the last one's end."""
        return float(self.end[-1] - self.start[0])

    @property
    def rate(self) -> np.ndarray:
        """(n_units,) float: spikes a second between the first trial's start and the last's end."""
        counts = self._counted(self.start[:1], self.end[-1:])[0]
        return counts / max(self.duration, np.finfo(float).tiny)

    def counts(self, start, end) -> np.ndarray:
        """Spikes of each unit in a window for each trial.

        Parameters
        ----------
        start, end : (n_trials,) float
            Seconds; a spike at ``start`` counts, one at ``end`` does not.  Windows may overlap.

        Returns
        -------
        (n_trials, n_units) int

        Raises
        ------
        ValueError
            A time is unknown, or an end before its start.
        """
        shape = (self.n_trials,)
        start = checks.column("start", start, shape, np.float64)
        end = checks.column("end", end, shape, np.float64)
        checks.sequence("end", end, end < start, "not be before the window's start")
        return self._counted(start, end)

    def before_stimulus(self, seconds: float) -> np.ndarray:
        """(n_trials, n_units) int: spikes of each unit in the last seconds before each stimulus.

        Where a trial shows its stimulus sooner, the window begins in the trial before.
        """
        seconds = checks.number("seconds", seconds, above=0)
        return self._counted(self.stimulus_on - seconds, self.stimulus_on)

    def bins(self, width: float, start, n: int) -> np.ndarray:
        """Spikes of each unit in ``n`` bins of ``width`` seconds from each trial's ``start``.

        Parameters
        ----------
        width : float
            Seconds, > 0.
        start : (n_trials,) float
            Seconds.
        n : int

        Returns
        -------
        (n_trials, n, n_units) int
        """
        width = checks.number("width", width, above=0)
        n = checks.integer("n", n, low=1)
        start = checks.column("start", start, (self.n_trials,), np.float64)
        checks.memory(f"{n:,} bins", 8 * self.n_trials * n * self.n_units)
        edges = start[:, None] + width * np.arange(n + 1)  # a bin ends where the next one begins
        counted = self._counted(edges[:, :-1].ravel(), edges[:, 1:].ravel())
        return counted.reshape(self.n_trials, n, self.n_units)

    def of_trials(self, kept: np.ndarray) -> Recording:
        """The same spikes with the trials of ``kept``, (n_trials,) bool."""
        columns = {name: getattr(self.trials, name)[kept] for name in COLUMNS}
        trials = replace(self.trials, **columns)
        checks.some("trials", trials)
        part = copy(self)  # what holds of a recording's spikes and times holds of some of them
        object.__setattr__(part, "trials", trials)
        for name in OF_TRIALS:
            object.__setattr__(part, name, checks.read_only(getattr(self, name)[kept]))
        return part

    def of_units(self, kept: np.ndarray) -> Recording:
        """The same trials with the units of ``kept``, (n_units,) bool."""
        kept = np.asarray(kept)
        place, use = np.cumsum(kept) - 1, kept[self.spike_unit]
        spikes = {"spike_time": self.spike_time[use], "spike_unit": place[self.spike_unit[use]]}
        return replace(self, unit=self.unit[kept], **spikes)

    def _counted(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """(n, n_units) int: spikes in each [start, end), which may overlap."""
        first, last = np.searchsorted(self.spike_time, [start, end])
        n_spikes = last - first
        window = np.repeat(np.arange(len(start)), n_spikes)
        before = np.cumsum(n_spikes) - n_spikes
        spike = np.arange(n_spikes.sum()) + np.repeat(first - before, n_spikes)
        cell = window * self.n_units + self.spike_unit[spike]
        counted = np.bincount(cell, minlength=len(start) * self.n_units)
        return counted.reshape(len(start), self.n_units)
