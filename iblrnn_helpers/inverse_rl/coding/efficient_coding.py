"""Networks that tell as much as they can of a feature of their input (Chalk et al. 2021, Fig. 4).

The input x has a feature y(x) = ±1, and the network of
:mod:`.optimal_network.network` is to maximise

    I(σ; y) − λ Σ_i < KL[ π_i(·|σ, x) ‖ q_i ] >.

Information is no reward: what a state is worth depends on how often all others occur.  But for any
decoder Q(y|σ) it is at least H(y) + <log Q(y(x)|σ)>, with equality if Q is the posterior.  So two
steps take turns, and neither can lower the objective: the decoder becomes the posterior of the
network, and the network the best one for the reward log Q(y(x)|σ).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_expit, xlogy

from ...core import checks
from ..hypercube import as_floats, as_law, n_neurons_of, spins
from ..optimal_network.network import NetworkTask, OptimalNetwork, optimise

_LEAST = 1e-300  # a joint probability that is rarer counts as this: its log stays finite


@dataclass(frozen=True, eq=False)
class Code:
    """A network that is optimal for telling a feature of its input.

    Attributes
    ----------
    network : OptimalNetwork
        The best one for the reward log Q(y(x)|σ) of the last decoder but one; its ``objective``
        is I(σ; y) − H(y) less the coding cost, in nats, up to the tolerance.
    labels : (n_inputs,) int
        y(x), −1 or +1.
    log_posterior : (2^n, n_inputs) float
        log p(y(x)|σ) in the network, nats: what an efficient code is rewarded by.
    history : (n_iterations,) float
        Objective after each step, without H(y); it never falls, up to the 1e-8 to which it is
        solved.
    converged : bool
    """

    network: OptimalNetwork
    labels: np.ndarray
    log_posterior: np.ndarray
    history: np.ndarray
    converged: bool

    @property
    def objective(self) -> float:
        """Information less H(y) and less the coding cost, nats."""
        return self.network.objective

    @property
    def information(self) -> float:
        """I(σ; y) in bits."""
        return information(self.network.stationary, self.labels)


def pixel_input(n_pixels: int, probability: float, redrawn: float = 0.2) -> np.ndarray:
    """How the number of active pixels changes when now and then one pixel is drawn again.

    Pixels are exchangeable, so their number is a Markov chain, and the input is that number.

    Parameters
    ----------
    n_pixels : int
    probability : float
        That a pixel is active.
    redrawn : float
        Probability per step that one of the pixels is drawn again.

    Returns
    -------
    (n_pixels + 1, n_pixels + 1) float
        P(k'|k) of k = 0 … n_pixels active pixels; they are binomial in the long run.

    Raises
    ------
    ValueError
        No pixels, or probabilities that leave some number out of reach.
    """
    checks.integer("n_pixels", n_pixels, low=1)
    checks.number("probability", probability, above=0, high=1 - 1e-12)
    checks.number("redrawn", redrawn, above=0, high=1)
    active = np.arange(n_pixels + 1) / n_pixels
    up = redrawn * (1 - active) * probability
    down = redrawn * active * (1 - probability)
    return np.diag(1 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)


def majority(n_pixels: int) -> np.ndarray:
    """The paper's feature: +1 if more than half of the pixels are active, else −1.

    Returns
    -------
    (n_pixels + 1,) int
    """
    checks.integer("n_pixels", n_pixels, low=1)
    return np.where(2 * np.arange(n_pixels + 1) > n_pixels, 1, -1)


def optimise_code(
    task: NetworkTask,
    labels: np.ndarray,
    start: Code | np.ndarray | None = None,
    *,
    marginal: float = 0.5,
    tolerance: float = 1e-9,
    max_iterations: int = 1_000,
) -> Code:
    """A network that tells as much as it can of a feature, less its coding cost.

    Parameters
    ----------
    task : NetworkTask
    labels : (n_inputs,) int
        y(x), −1 or +1; both occur.
    start : Code or (n,) float, optional
        A code of the same size.  Or one weight for each neuron: the first decoder then has
        log-odds Σ_i w_i σ_i / 2 for y = +1.  By default all weights are 1.  There are many local
        optima; random weights find others, and equal ones keep all neurons alike.
    marginal : float
        Firing probability to start from; of no effect if ``start`` is a code.
    tolerance : float
        Of what the next decoder would gain, in nats.
    max_iterations : int
        After so many decoders ``converged`` is False.

    Raises
    ------
    ValueError
        Labels that are not −1 and +1 for each input, or a start of the wrong shape.
    """
    labels = check_labels(labels, task.n_inputs)
    checks.number("marginal", marginal, above=0, high=1 - 1e-12)
    checks.number("tolerance", tolerance, above=0)
    checks.integer("max_iterations", max_iterations, low=1)
    if isinstance(start, Code):
        network, reward = start.network, start.log_posterior
        if reward.shape != (task.n_states, task.n_inputs):
            raise ValueError(f"start must be a code of this task's size, got {reward.shape}")
    else:
        network = np.full(task.n_neurons, float(marginal))
        reward = _first_decoder(task.n_neurons, start, labels)
    history: list[float] = []
    gain = np.inf
    while True:
        # While the decoder still changes, an exact network would be exact for the wrong one.
        accuracy = min(1e-3, max(tolerance, gain / 10))
        network = optimise(task, reward, network, tolerance=accuracy)
        history.append(network.objective)
        posterior = log_posterior(network.stationary, labels)
        gain = float((network.stationary * (posterior - reward)).sum())
        settled = gain < tolerance and network.converged
        if settled or len(history) >= max_iterations:
            return Code(network, labels, posterior, np.array(history), settled)
        reward = posterior


def log_posterior(stationary: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """log p(y(x)|σ) for each state and input, nats.

    Parameters
    ----------
    stationary : (2^n, n_inputs) float
        Joint law of state and input.
    labels : (n_inputs,) int

    Returns
    -------
    (2^n, n_inputs) float
    """
    logs = np.log(np.maximum(label_joint(stationary, labels), _LEAST))
    logs -= np.logaddexp(logs[:, :1], logs[:, 1:])
    return logs[:, (np.asarray(labels) > 0).astype(int)]


def label_joint(stationary: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Joint law of the network's state and the feature: (2^n, 2), y = −1 first."""
    stationary = as_law("stationary", stationary)
    labels = check_labels(labels, stationary.shape[1])
    return np.stack([stationary[:, labels == y].sum(axis=1) for y in (-1, 1)], axis=1)


def information(stationary: np.ndarray, labels: np.ndarray) -> float:
    """Mutual information I(σ; y) in bits."""
    joint = label_joint(stationary, labels)
    joint = joint / joint.sum()
    entropies = [-xlogy(p, p).sum() for p in (joint.sum(axis=0), joint.sum(axis=1), joint)]
    return float((entropies[0] + entropies[1] - entropies[2]) / np.log(2))


def independent_law(stationary: np.ndarray) -> np.ndarray:
    """Neurons that fire as often for each input, but independently: Π_i p(σ_i|x) p(x) (Fig. 4E).

    Parameters
    ----------
    stationary : (2^n, n_inputs) float

    Returns
    -------
    (2^n, n_inputs) float
        Adds up to 1.
    """
    stationary = as_law("stationary", stationary)
    signs = spins(n_neurons_of(stationary))
    firing = firing_by_input(stationary)
    law = np.tile(stationary.sum(axis=0), (len(signs), 1))
    for sign, p in zip(signs.T, firing, strict=True):
        law *= np.where(sign[:, None] > 0, p, 1 - p)
    return law


def firing_by_input(stationary: np.ndarray) -> np.ndarray:
    """p(σ_i = +1|x): (n, n_inputs)."""
    stationary = as_law("stationary", stationary)
    active = spins(n_neurons_of(stationary)) > 0
    return active.T.astype(float) @ stationary / stationary.sum(axis=0)


def check_labels(labels, n_inputs: int) -> np.ndarray:
    """Labels as integers, or a ValueError unless each input has −1 or +1 and both occur."""
    labels = checks.unmasked("labels", labels)
    if labels.shape != (n_inputs,) or set(labels.tolist()) != {-1, 1}:
        raise ValueError(
            f"labels must be -1 or +1 for each of {n_inputs} inputs, and both must occur; "
            f"got {labels.tolist()}"
        )
    return labels.astype(int)


def _first_decoder(n_neurons: int, weights, labels) -> np.ndarray:
    weights = np.ones(n_neurons) if weights is None else as_floats("start", weights)
    if weights.shape != (n_neurons,) or not np.isfinite(weights).all():
        raise ValueError(
            f"start must be a code or a finite weight for each of {n_neurons} neurons, "
            f"got {weights.tolist()}"
        )
    log_odds = spins(n_neurons) @ weights / 2
    return log_expit(log_odds[:, None] * labels)
