"""Closed forms of what the world shows, against samples."""

import numpy as np
import pytest

from iblrnn_helpers.behavior.trial_means import evidence_density
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials


def test_block_lengths_of_several_sessions():
    trials = sample_trials(TaskParams(), n_sessions=3, n_blocks=5, seed=1)
    expected = [
        np.sum((trials.session == s) & (trials.block == b)) for s in range(3) for b in range(5)
    ]
    assert trials.block_lengths.tolist() == expected


def area(y, x):
    return np.sum((y[1:] + y[:-1]) / 2 * np.diff(x))


@pytest.mark.parametrize("given", [{"side": 1}, {"side": -1}, {"block_side": 1}])
def test_evidence_density_against_samples(given):
    params = TaskParams(concordance=0.7, strengths=(0.0, 2.0), noise_sd=0.5)
    trials = sample_trials(params, n_sessions=1, n_blocks=400, seed=2)
    ((name, value),) = given.items()
    chosen = getattr(trials, name) == value
    d = np.subtract(trials.observations[chosen][..., 1], trials.observations[chosen][..., 0])
    edges = np.linspace(-6, 6, 25)
    share = np.histogram(d, edges)[0] / d.size
    fine = np.linspace(-6, 6, 2401)
    density = evidence_density(params, fine, **given)
    expected = [area(density[k : k + 101], fine[k : k + 101]) for k in range(0, 2400, 100)]
    assert np.abs(share - expected).max() < 0.01
    assert area(density, fine) == pytest.approx(1, abs=1e-3)


def test_bad_sides():
    for sides in ({}, {"side": 1, "block_side": 1}, {"side": 0}):
        with pytest.raises(ValueError, match="side"):
            evidence_density(TaskParams(), np.zeros(1), **sides)
