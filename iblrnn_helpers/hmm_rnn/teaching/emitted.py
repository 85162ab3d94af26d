"""The probabilities with which networks emit symbols, and for how long they remember one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core import checks
from ..alike import runs_alike
from ..hmm import HiddenMarkovModel
from ..network import HmmRnn
from ..statistics import exact_joint, joint_of_probabilities

_AT_ONCE = 200  # sequences: 200 x 100 steps x 150 units take 24 MB


def emitted_probabilities(
    network: HmmRnn, n_sequences: int, n_steps: int, seed, *, noise_sd: float = 1.0
) -> np.ndarray:
    """Output probabilities of a network, from 20 steps after its start on.

    Parameters
    ----------
    seed : int or SeedSequence

    Returns
    -------
    (n_sequences, n_steps, n_symbols) float

    Raises
    ------
    ValueError
        As :func:`iblrnn_helpers.hmm_rnn.network.run`.
    """
    return emitted_alike([network], n_sequences, n_steps, seed, noise_sd=noise_sd)[0]


def emitted_alike(
    networks: Sequence[HmmRnn], n_sequences: int, n_steps: int, seed, *, noise_sd: float = 1.0
) -> list[np.ndarray]:
    """The :func:`emitted_probabilities` of networks with one number of inputs; noise is drawn once.

    Parameters
    ----------
    networks : sequence of HmmRnn
        One at least.
    """
    checks.integer("n_sequences", n_sequences, low=1)
    rng = checks.generator(seed)
    # A few sequences at a time, as the states of all would not fit into memory.
    sizes = [min(_AT_ONCE, n_sequences - done) for done in range(0, n_sequences, _AT_ONCE)]
    parts = [
        [
            one.probabilities
            for one in runs_alike(networks, size, n_steps, seed=rng, noise_sd=noise_sd)
        ]
        for size in sizes
    ]
    return [np.concatenate(of_network) for of_network in zip(*parts, strict=True)]


def memory_of_hmm(hmm: HiddenMarkovModel, lags: Sequence[int]) -> np.ndarray:
    """Probability that the symbols now and so many steps later are the same, (n_lags,) float."""
    return np.array([np.trace(exact_joint(hmm, lag)) for lag in lags])


def memory_of_network(probabilities: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """As `memory_of_hmm`, of output probabilities (n_sequences, n_steps, n_symbols)."""
    return np.array([np.trace(joint_of_probabilities(probabilities, lag)) for lag in lags])
