"""Recordings whose rates, before and after the stimulus, are what we say."""

import numpy as np

from iblrnn_helpers.mice.record import MouseTrials
from iblrnn_helpers.recordings.recording import Recording
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials

WINDOW = 0.2  # seconds before the stimulus, and of it


def planted_trials(n_trials, seed):
    """Trials of one session, and choices that go wrong more often on weak stimuli."""
    rng = np.random.default_rng(seed)
    drawn = sample_trials(TaskParams(), n_sessions=1, n_blocks=n_trials // 20 + 1, seed=rng)
    names = ("session", "block", "trial_in_block", "block_side", "side")
    columns = [getattr(drawn, name)[:n_trials] for name in names]
    contrast = rng.choice([0.0, 0.0625, 0.125, 0.25, 1.0], n_trials)
    trials = MouseTrials(*columns, contrast)
    wrong = rng.random(n_trials) < 0.5 * np.exp(-8 * contrast)
    return trials, np.where(wrong, -trials.side, trials.side)


def planted_recording(trials, choice, before, after, seed):
    """Poisson spikes at rates in Hz, (n_trials, n_units) each, in the two halves of each trial."""
    rng = np.random.default_rng(seed)
    rates = np.stack([before, after], axis=1).reshape(2 * len(trials), -1)
    spikes = rng.poisson(np.maximum(rates, 0) * WINDOW)
    half, unit = (np.repeat(place, spikes[spikes > 0]) for place in np.nonzero(spikes))
    time = WINDOW * (half + rng.random(len(half)))
    order = np.argsort(time)
    start = 2 * WINDOW * np.arange(len(trials))
    return Recording(
        name="planted",
        spike_time=time[order],
        spike_unit=unit[order],
        unit=np.arange(rates.shape[1]),
        trials=trials,
        choice=choice,
        start=start,
        stimulus_on=start + WINDOW,
        end=start + 2 * WINDOW,
        number=np.arange(len(trials)),
    )
