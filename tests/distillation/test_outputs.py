"""Conventional distillation against torch's own layers, and with teachers that can be copied."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.distillation.rivals import WINDOW, distill_outputs
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout


def integrator() -> RecurrentNetwork:
    """Two units that add up evidence, one quickly and one slowly, and lean on both."""
    arrays = {
        "core.weight_ih_l0": np.array([[-0.3, 0.3, 0.0], [-0.05, 0.05, 0.02]]),
        "core.weight_hh_l0": np.array([[0.6, 0.3], [0.2, 0.8]]),
        "core.bias_ih_l0": np.zeros(2),
        "core.bias_hh_l0": np.zeros(2),
        "readout.weight": np.array([[-4.0, -1.0], [4.0, 1.0]]),
        "readout.bias": np.zeros(2),
    }
    return RecurrentNetwork.from_arrays(arrays, n_units=2)


@pytest.fixture(scope="module")
def teacher():
    trials = sample_trials(TaskParams(), n_sessions=12, n_blocks=3, seed=0)
    return rollout(RNNAgent(integrator()), trials)


def divergence_of(network, session, k, n_steps=None):
    """Sum over a session's first steps, by torch's own layer."""
    first = session.row_start[session.trials.session_start]
    rows = np.arange(first[k], first[k + 1])[:n_steps]
    inputs = torch.as_tensor(session.inputs[rows])[None]
    with torch.no_grad():
        log_student = torch.log_softmax(network(inputs)[0][0], dim=-1).numpy()
    right = session.p_right[session.row_trial[rows], session.row_step[rows]]
    p_teacher = np.stack([1 - right, right], axis=1)
    return (p_teacher * (np.log(p_teacher) - log_student)).sum(), len(rows)


def n_windows(session):
    lengths = np.diff(session.row_start[session.trials.session_start])
    return int(np.ceil(lengths.max() / WINDOW))


def test_divergence_is_that_of_the_networks_own_forward_pass(teacher):
    # So slow that the weights stay: what is measured is torch's default initialisation.
    found = distill_outputs(teacher, n_units=3, n_restarts=2, n_gradient_steps=2,
                            learning_rate=1e-12, seed=5)  # fmt: skip
    for restart, seed in enumerate(np.random.SeedSequence(5).generate_state(2).tolist()):
        student = RecurrentNetwork(3, seed=seed)
        sums, n = zip(*(divergence_of(student, teacher, k, WINDOW) for k in range(12)), strict=True)
        assert found.divergence[0, restart] == pytest.approx(sum(sums) / sum(n), rel=1e-6)
        # The second window starts from the state in which the first one ended.
        more, both = zip(
            *(divergence_of(student, teacher, k, 2 * WINDOW) for k in range(12)), strict=True
        )
        expected = (sum(more) - sum(sums)) / (sum(both) - sum(n))
        assert found.divergence[1, restart] == pytest.approx(expected, rel=1e-6)


def test_two_units_are_copied_by_two_units(teacher):
    found = distill_outputs(teacher, n_restarts=2, n_gradient_steps=600, seed=1)
    sums, n = zip(*(divergence_of(found.network, teacher, k) for k in range(12)), strict=True)
    left = sum(sums) / sum(n)
    # What is left is 1% of where it began: the student has the teacher's form.
    assert left < 0.01 * found.divergence[:5].mean()
    # Windows weigh alike in the mean of the last pass, however many sessions last so long.
    last_pass = found.divergence[-n_windows(teacher) :, found.best].mean()
    assert left == pytest.approx(last_pass, rel=0.3)
    other = sample_trials(TaskParams(), n_sessions=40, n_blocks=1, seed=9)
    student, original = (rollout(RNNAgent(n), other) for n in (found.network, integrator()))
    assert (student.choice == original.choice).mean() > 0.97


def test_the_least_divergence_is_kept_and_seeds_are_seeds(teacher):
    short = {"n_restarts": 3, "n_gradient_steps": 30}
    one, again, other = (distill_outputs(teacher, **short, seed=s) for s in (0, 0, 1))
    assert np.array_equal(one.divergence, again.divergence)
    assert not np.array_equal(one.divergence, other.divergence)
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name])
    last_pass = one.divergence[-n_windows(teacher) :]
    assert one.best == last_pass.mean(axis=0).argmin()
    assert one.divergence.shape == (30, 3) and np.isfinite(one.divergence).all()


def test_a_teacher_may_be_certain(teacher):
    certain = replace(teacher, p_right=np.where(teacher.p_right > 0.5, 1.0, 0.0))
    found = distill_outputs(certain, n_restarts=1, n_gradient_steps=20)
    assert np.isfinite(found.divergence).all()


def test_what_does_not_fit_is_named(teacher):
    for name, value in (
        ("n_units", 0),
        ("n_restarts", 0),
        ("n_gradient_steps", 0),
        ("learning_rate", 0.0),
        ("seed", -1),
    ):
        with pytest.raises(ValueError, match=f"{name} must be"):
            distill_outputs(teacher, **{name: value})
