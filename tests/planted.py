"""A session whose states hold beliefs that we put there, in directions that we chose."""

from types import SimpleNamespace

import numpy as np
import torch

from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.session import Session

N_UNITS = 8
PARAMS = TaskParams(n_observations=3)


def planted_session(seed=1, n_sessions=4, n_blocks=12, noise=0.3, stimulus_gain=0.8):
    """States with the stimulus along unit axis 0, the block along axis 1, and noise in all.

    Along axis 0 the state follows d = o^R - o^L of the step times ``stimulus_gain``.
    """
    trials = sample_trials(PARAMS, n_sessions=n_sessions, n_blocks=n_blocks, seed=seed)
    rng = np.random.default_rng(seed)
    n_steps = rng.integers(3, PARAMS.max_steps + 1, size=len(trials))
    steps = np.arange(PARAMS.max_steps)
    p_right = np.where(steps < n_steps[:, None], 0.5, np.nan)
    choice = rng.choice([-1, 1], size=len(trials)).astype(np.int8)
    session = Session(trials, "planted", choice, n_steps, p_right)
    inputs = session.inputs
    states = noise * rng.standard_normal((int(n_steps.sum()), N_UNITS))
    states[:, 0] += stimulus_gain * (inputs[:, 1] - inputs[:, 0])
    states[:, 1] += 0.5 * trials.block_side[session.row_trial]
    return Session(trials, "planted", choice, n_steps, p_right, states)


def planted_network(direction, bias=0.0):
    """A stand-in for a network: all that is looked at is its readout."""
    readout = torch.nn.Linear(len(direction), 2, dtype=torch.float64)
    with torch.no_grad():
        readout.weight[0], readout.weight[1] = 0.0, torch.as_tensor(np.asarray(direction, float))
        readout.bias[0], readout.bias[1] = 0.0, bias
    return SimpleNamespace(readout=readout, n_units=len(direction), cell="vanilla")
