"""The sweep of the readout scale, against an agent whose behaviour has a closed form."""

import numpy as np
import pytest
from scipy.stats import norm

from iblrnn_helpers.behavior.measures import performance
from iblrnn_helpers.core.means import GroupMeans
from iblrnn_helpers.distillation.distilled import ScaleSweep, sweep_readout_scale
from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel, Readout
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

PARAMS = TaskParams()
TRIALS = sample_trials(PARAMS, n_sessions=100, n_blocks=1, seed=0)
# One unit without memory: z is d = o^R - o^L of the step.
MEMORYLESS = DistilledModel([[0.0]], [[-1.0, 1.0, 0.0]], [0.0], "identity")
READOUT = Readout(np.array([1.0]), 0.0, 1.0)


def in_closed_form(scale):
    """Correct, timed out and steps per trial of the memoryless unit."""
    bound = np.log(PARAMS.threshold / (1 - PARAMS.threshold)) / scale
    strengths = np.array(PARAMS.strengths)
    right = norm.sf(bound, strengths, np.sqrt(2))  # d towards the stimulus ~ N(mu, 2)
    acts = right + norm.cdf(-bound, strengths, np.sqrt(2))
    waits = (1 - acts) ** PARAMS.n_observations
    seen = (1 - waits) / acts  # mean of a geometric law that is cut off
    correct = right / acts * (1 - waits)
    return correct.mean(), waits.mean(), PARAMS.n_blank_steps + seen.mean()


def test_the_closed_form():
    scales = [0.4, 0.8, 1.5, 4.0]
    sweep = sweep_readout_scale(MEMORYLESS, READOUT, TRIALS, scales)
    assert sweep.scales.tolist() == scales
    for k, scale in enumerate(scales):
        correct, timed_out, n_steps = in_closed_form(scale)
        # 5,000 trials, standard deviations of at most 0.5 and 3.5: four standard errors.
        assert sweep.correct.mean[k] == pytest.approx(correct, abs=0.03)
        assert sweep.timed_out.mean[k] == pytest.approx(timed_out, abs=0.03)
        assert sweep.n_steps.mean[k] == pytest.approx(n_steps, abs=0.2)
        alone = performance(rollout(DistilledAgent(MEMORYLESS, READOUT.at(scale)), TRIALS))
        for name in ("correct", "timed_out", "n_steps"):
            one, among = getattr(alone, name), getattr(sweep, name)
            for field in ("mean", "low", "high", "n"):
                assert getattr(among, field)[k] == pytest.approx(getattr(one, field), rel=1e-12)
    assert (np.diff(sweep.n_steps.mean) < 0).all()
    assert sweep.best == scales[int(sweep.correct.mean.argmax())]


def test_the_matching_scale_gives_those_steps():
    sweep = sweep_readout_scale(MEMORYLESS, READOUT, TRIALS, np.geomspace(0.4, 4, 12))
    wanted = 4.5
    scale = sweep.matching(wanted)
    found = rollout(DistilledAgent(MEMORYLESS, READOUT.at(scale)), TRIALS).n_steps.mean()
    assert found == pytest.approx(wanted, abs=0.05)  # scales 1.23 apart: steps bend in between


def test_where_the_model_starts_counts():
    remembers = DistilledModel([[1.0]], [[0.0, 0.0, 0.0]], [0.0], "identity")
    still = sweep_readout_scale(remembers, READOUT, TRIALS, [5.0])
    moved = sweep_readout_scale(remembers, READOUT, TRIALS, [5.0], initial=[1.0])
    assert still.timed_out.mean[0] == 1
    assert moved.timed_out.mean[0] == 0
    assert moved.correct.mean[0] == pytest.approx((TRIALS.side > 0).mean())


def made_of(n_steps, scales):
    def means(values):
        values = np.asarray(values, dtype=float)
        return GroupMeans({"scale": np.asarray(scales)}, values, values, values, values)

    return ScaleSweep(means([0.7, 0.9, 0.8]), means([0, 0, 0]), means(n_steps))


def test_interpolation_between_scales():
    sweep = made_of([5, 4, 2], [1.0, np.e, np.e**2])
    assert sweep.best == np.e
    assert sweep.matching(4.25) == pytest.approx(np.e**0.75, rel=1e-12)
    assert sweep.matching(3) == pytest.approx(np.e**1.5, rel=1e-12)
    assert sweep.matching(5) == 1 and sweep.matching(4) == np.e and sweep.matching(2) == np.e**2
    for outside in (5.1, 1.9):
        with pytest.raises(ValueError, match=r"within the 2\.000 to 5\.000 steps"):
            sweep.matching(outside)


def test_scales_must_rise():
    for scales in ([], [2.0, 1.0], [1.0, 1.0], 3.0):
        with pytest.raises(ValueError, match="scales must be rising"):
            sweep_readout_scale(MEMORYLESS, READOUT, TRIALS, scales)
    with pytest.raises(ValueError, match="scale must be greater than 0"):
        sweep_readout_scale(MEMORYLESS, READOUT, TRIALS, [0.0, 1.0])
