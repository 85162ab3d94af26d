"""A synthetic recording whose reward is known: the network of Chalk et al. (2021), Fig. 2."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..files import write_atomically
from .changes import switching_input
from .hypercube import spike_counts, spins
from .network import NetworkTask, OptimalNetwork, optimise
from .recording import simulate

STIMULI = (-1, 1)


def two_or_six() -> tuple[OptimalNetwork, np.ndarray]:
    """Eight neurons that are rewarded for 2 spikes when x = −1 and for 6 when x = +1.

    Returns
    -------
    OptimalNetwork
    (256, 2) float
        Its reward, 0 or 1.

    Notes
    -----
    The captions do not give the coding cost, 0.05 here, nor how often the input changes, in 2% of
    steps here.
    """
    counts = spike_counts(8)
    reward = np.stack([counts == 2, counts == 6], axis=1).astype(float)
    return optimise(NetworkTask(8, switching_input(0.5, 0.02)), reward), reward


def reward_table(reward: np.ndarray, neurons, stimuli=(), **columns):
    """A reward as a frame: a row for each state and stimulus, a column of 0 or 1 for each neuron.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    neurons : sequence of str
    stimuli : sequence
        Value of each input; empty if there is only one.
    **columns : (2^n, n_inputs) array
        What else to tell of each.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    n_states, n_inputs = reward.shape
    active = (spins(len(neurons)) > 0).astype(int)
    table = pd.DataFrame(np.tile(active, (n_inputs, 1)), columns=list(neurons))
    if len(stimuli):
        table["stimulus"] = np.repeat(np.array(stimuli), n_states)
    for name, values in ({"reward": reward} | columns).items():
        table[name] = values.T.ravel()
    return table


def write_example(
    path: str | os.PathLike, n_samples: int = 100_000, seed: int = 0
) -> tuple[Path, Path]:
    """Write a recording of :func:`two_or_six`, and its reward beside it.

    Parameters
    ----------
    path : path-like
        CSV file for the recording: columns ``n0`` … ``n7``, ``stimulus`` and ``updated``.
    n_samples, seed : int

    Returns
    -------
    path, path
        Of the recording, and of the table of the true reward.
    """
    import pandas as pd

    path = Path(path)
    network, reward = two_or_six()
    recording = simulate(network, max(1, n_samples - 1), seed)
    neurons = [f"n{k}" for k in range(8)]
    frame = pd.DataFrame((recording.spins > 0).astype(int), columns=neurons)
    frame["stimulus"] = np.array(STIMULI)[recording.inputs]
    # One sample more than there are updates between samples.
    frame["updated"] = [*(f"n{k}" for k in recording.updated), ""]
    write_atomically(path, frame.to_csv(index=False))
    truth = path.with_name(f"{path.stem}_true_reward.csv")
    write_atomically(truth, reward_table(reward, neurons, STIMULI).to_csv(index=False))
    return path, truth
