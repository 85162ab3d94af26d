"""Stochastic training of the pairwise network, as published: batches, and parameters of a target.

The paper trains its ring network (Fig. 5) on batches of 40 states and takes over the target's
parameters every 100 batches; its update is not to be had, and this one is derived.  States come
from 40 networks that run side by side under the target.  For each state the error of the value

    δ = r(σ) + (T/n) Σ_i log Z_i(σ; target) − v(σ),    less its mean over the batch,

moves each coupling and field along its feature: ΔJ_ij = η <δ σ_i σ_j>, Δh_i = η <δ σ_i>.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from .. import checks
from .hypercube import n_neurons_of
from .pairwise import PairwiseNetwork

N_BATCH = 40
BATCHES_PER_EPOCH = 100
RATE_OF_MARGINAL = 0.01  # of its way to the batch's mean rate, each batch


@dataclass(frozen=True, eq=False)
class Training:
    """Networks along a training.

    Attributes
    ----------
    epochs : (n_kept,) int
        How many epochs had passed.
    networks : tuple of PairwiseNetwork, n_kept
    """

    epochs: np.ndarray
    networks: tuple[PairwiseNetwork, ...]


def train_ring(
    reward: np.ndarray,
    coding_cost: float = 0.05,
    *,
    n_epochs: int = 400,
    learning_rate: float = 0.01,
    seed: int,
    keep_every: int = 25,
) -> Training:
    """Train couplings and fields from 0, on states that the network itself visits.

    Parameters
    ----------
    reward : (2^n_neurons,) float
    coding_cost : float, optional
        λ.
    n_epochs : int, optional
        Of 100 batches of 40 states.
    learning_rate : float, optional
        η.
    seed : int
    keep_every : int, optional
        Epochs between the networks that are kept.

    Returns
    -------
    Training

    Raises
    ------
    ValueError
        A setting that is out of range, or a reward that is not one of 2^n states.
    """
    n_neurons = n_neurons_of(reward)
    checks.number("coding_cost", coding_cost, above=0)
    checks.integer("n_epochs", n_epochs, low=1)
    checks.number("learning_rate", learning_rate, above=0)
    checks.integer("keep_every", keep_every, low=1, high=n_epochs)
    checks.integer("seed", seed, low=0)
    rng = np.random.default_rng(seed)
    states = np.where(rng.random((N_BATCH, n_neurons)) < 0.5, 1.0, -1.0)
    couplings, fields, rate = np.zeros((n_neurons, n_neurons)), np.zeros(n_neurons), 0.5
    temperature = n_neurons * coding_cost
    run_epoch, epochs, networks = _compiled(), [], []
    for epoch in range(1, n_epochs + 1):
        shape = (BATCHES_PER_EPOCH, N_BATCH, n_neurons)
        rate = run_epoch(
            couplings, fields, rate, states, np.asarray(reward, float), temperature,
            learning_rate, rng.integers(n_neurons, size=shape), rng.random(shape),
        )  # fmt: skip
        if epoch % keep_every == 0:
            bias = (np.log(rate) - np.log1p(-rate)) / 2
            epochs.append(epoch)
            networks.append(PairwiseNetwork(couplings / temperature, fields / temperature + bias))
    return Training(np.array(epochs), tuple(networks))


@cache
def _compiled() -> Callable:
    """Compile one epoch when it is first needed."""
    from numba import njit

    return njit(_epoch)


def _epoch(couplings, fields, rate, states, reward, temperature, learning_rate, chosen, uniform):
    """Run 100 batches in place, under the couplings as they are now; return the new mean rate.

    ``states`` (n_chains, n), ``chosen`` and ``uniform`` (n_batches, n_chains, n): which neuron
    chooses at each of n updates between batches, and the random number that decides.
    """
    n_batches, n_chains, n = chosen.shape
    target, target_fields = couplings.copy(), fields.copy()
    error = np.empty(n_chains)
    for batch in range(n_batches):
        prior = np.log(rate) - np.log(1 - rate)
        active = 0.0
        for chain in range(n_chains):
            state = states[chain]
            for k in range(n):
                i = chosen[batch, chain, k]
                drive = (np.dot(target[i], state) + target_fields[i]) / temperature
                fires = uniform[batch, chain, k] * (1 + np.exp(-prior - 2 * drive)) < 1
                state[i] = 1.0 if fires else -1.0
            number, value, backup = 0, 0.0, 0.0
            for i in range(n):
                own, pull = np.dot(couplings[i], state), np.dot(target[i], state)
                value += (own / 2 + fields[i]) * state[i]
                backup += (pull / 2 + target_fields[i]) * state[i]
                # log Z_i less v / T: from either choice of neuron i, relative to the present state.
                change = 2 * state[i] * (pull + target_fields[i]) / temperature
                stay = rate if state[i] > 0 else 1 - rate
                backup += temperature / n * np.log(stay + (1 - stay) * np.exp(-change))
                if state[i] > 0:
                    number += 1 << i
                    active += 1
            error[chain] = reward[number] + backup - value
        error -= error.mean()
        for chain in range(n_chains):
            state = states[chain]
            push = learning_rate * error[chain] / n_chains
            for i in range(n):
                fields[i] += push * state[i]
                for j in range(i):
                    couplings[i, j] += push * state[i] * state[j]
                    couplings[j, i] = couplings[i, j]
        rate += RATE_OF_MARGINAL * (active / (n * n_chains) - rate)
    return rate
