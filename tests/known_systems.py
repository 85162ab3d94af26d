"""Systems whose parameters are known, driven by the inputs of the task."""

import numpy as np

from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel, Readout
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

TWO_UNITS = DistilledModel(
    [[0.54, 0.31], [0.19, 0.84]], [[-0.19, 0.20, 0.005], [-0.04, 0.04, 0.021]], [0.01, -0.02]
)


def played_sessions(model=TWO_UNITS, seed=1, n_sessions=8, n_blocks=3):
    """Inputs, states and rows of each session, of a model of two units that plays the task."""
    trials = sample_trials(TaskParams(), n_sessions=n_sessions, n_blocks=n_blocks, seed=seed)
    agent = DistilledAgent(model, Readout(np.array([1.0, 0.0]), 0.0, 6.0))
    session = rollout(agent, trials, record_states=True)
    lengths = np.diff(session.row_start[trials.session_start])
    return session.inputs, session.states, lengths


def random_system(n_units, activation, seed=0):
    """A stable system of three inputs; of a ReLU, units that are now on and now off."""
    rng = np.random.default_rng(seed)
    recurrent = rng.standard_normal((n_units, n_units))
    recurrent *= 0.8 / np.abs(np.linalg.eigvals(recurrent)).max()
    inputs = 0.5 * rng.standard_normal((n_units, 3))
    return DistilledModel(recurrent, inputs, 0.2 * rng.random(n_units), activation)


def noisy_run(model, inputs, lengths, noise, seed):
    """States of a tanh model with noise within the drive, for which least squares is unbiased."""
    rng = np.random.default_rng(seed)
    states = np.empty((len(inputs), model.n_units))
    row = 0
    for length in lengths:
        z = np.zeros(model.n_units)
        for _ in range(length):
            drive = model.recurrent @ z + model.inputs @ inputs[row] + model.offset
            states[row] = z = np.tanh(drive + noise * rng.standard_normal(model.n_units))
            row += 1
    return states
