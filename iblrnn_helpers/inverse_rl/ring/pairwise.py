"""A network with pairwise couplings: its laws, and what it is worth for a reward.

No input: one neuron at a time is drawn and chooses its state given the others (Glauber dynamics),

    log π_i(+1|σ) / π_i(−1|σ) = 2 (Σ_j J_ij σ_j + b_i),

so that the network spends its time as p(σ) ∝ exp(½ σᵀJσ + b·σ).  In the terms of Chalk et al.
2021, whose value function is quadratic, J is its coupling in units of the temperature T = n λ, and
b holds its linear term and ½ logit q, where q is the mean rate of the population.

A network is worth L = <r> − λ Σ_i <KL[π_i ‖ q]>.  Because q is the mean rate of the network
itself, L depends on p alone, and its gradient has a closed form: for a feature f_k of the state,

    ∂L/∂θ_k = Cov_p(f_k, g),    g(σ) = r(σ) − λ Σ_i log[π_i(σ_i|σ) / q(σ_i)].

That it vanishes is the optimality criterion from which the reward is inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...core import checks
from ..hypercube import as_floats, spins

MAX_NEURONS = 14  # beyond, a few hundred evaluations of all states take minutes


@dataclass(frozen=True, eq=False)
class PairwiseNetwork:
    """Binary neurons with pairwise couplings.

    Parameters
    ----------
    couplings : (n_neurons, n_neurons) float
        J / T, symmetric, 0 on the diagonal.
    fields : (n_neurons,) float
        b: half the log odds of firing where the couplings cancel.

    Raises
    ------
    ValueError
        If they are not that.
    """

    couplings: np.ndarray
    fields: np.ndarray

    def __post_init__(self):
        couplings = as_floats("couplings", self.couplings).copy()
        fields = as_floats("fields", self.fields).copy()
        if fields.ndim != 1 or couplings.shape != (len(fields), len(fields)):
            shapes = f"{couplings.shape} and {fields.shape}"
            raise ValueError(f"couplings must be (n, n) and fields (n,), got {shapes}")
        if not (np.isfinite(couplings).all() and np.isfinite(fields).all()):
            raise ValueError("couplings and fields must be finite numbers")
        if np.diag(couplings).any() or not np.allclose(couplings, couplings.T, atol=1e-12):
            raise ValueError("couplings must be symmetric and 0 on the diagonal")
        object.__setattr__(self, "couplings", couplings)
        object.__setattr__(self, "fields", fields)

    @property
    def n_neurons(self) -> int:
        return len(self.fields)

    def energy(self, states: np.ndarray) -> np.ndarray:
        """½ σᵀJσ + b·σ of states (..., n_neurons) of −1 and +1: log probability, unnormalised."""
        states = as_floats("states", states)
        if states.shape[-1:] != self.fields.shape:
            raise ValueError(f"states must be (..., {self.n_neurons}), got shape {states.shape}")
        if not np.isfinite(states).all():
            raise ValueError("states must be finite, got NaN or infinity")
        return np.sum((states @ self.couplings / 2 + self.fields) * states, axis=-1)

    def log_odds(self) -> np.ndarray:
        """Of firing rather than silence, of each neuron in each state: (n, 2^n, 1), no input."""
        states = spins(self.n_neurons).astype(float)
        return 2 * (states @ self.couplings + self.fields).T[:, :, None]

    def law(self) -> np.ndarray:
        """Share of time in every state: (2^n_neurons,).

        Raises
        ------
        ValueError
            Too many neurons to enumerate their states.
        """
        checks.integer("n_neurons", self.n_neurons, high=MAX_NEURONS)
        energy = self.energy(spins(self.n_neurons))
        return _law(energy)

    def clamped(self, active: Sequence[int]) -> PairwiseNetwork:
        """The network of the other neurons, while some are held active.

        Raises
        ------
        ValueError
            `active` names a neuron twice, one that does not exist, or all.
        """
        active = [checks.integer("active", i, low=0, high=self.n_neurons - 1) for i in active]
        if len(set(active)) < len(active) or len(active) == self.n_neurons:
            some = f"each held neuron once and leave one of {self.n_neurons}"
            raise ValueError(f"active must name {some}, got {active}")
        free = np.setdiff1d(np.arange(self.n_neurons), active)
        pull = self.couplings[np.ix_(free, active)].sum(axis=1)
        return PairwiseNetwork(self.couplings[np.ix_(free, free)], self.fields[free] + pull)


@dataclass(frozen=True, eq=False)
class StateSet:
    """States in groups.

    Attributes
    ----------
    spins : (n_rows, n_neurons) int8
        One state of each group; −1 silent, +1 active.
    multiplicity : (n_rows,) float
        How many states the group has.
    flipped : (n_rows, n_neurons) int
        Row of the state in which that neuron is changed.
    row_of : (2^n_neurons,) int
        Row of every state.
    """

    spins: np.ndarray
    multiplicity: np.ndarray
    flipped: np.ndarray
    row_of: np.ndarray

    @property
    def n_neurons(self) -> int:
        return self.spins.shape[1]

    @property
    def n_rows(self) -> int:
        return len(self.multiplicity)

    @cached_property
    def active(self) -> np.ndarray:
        """(n_rows, n_neurons) bool."""
        return self.spins == 1

    @cached_property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """(n_rows,) float each: share of the neurons that are active, and that are silent."""
        return self.active.mean(axis=1), (~self.active).mean(axis=1)

    @cached_property
    def log_multiplicity(self) -> np.ndarray:
        """(n_rows,) float."""
        return np.log(self.multiplicity)

    def average(self, function: np.ndarray) -> np.ndarray:
        """Mean of a function of the state (2^n,) over each group: (n_rows,)."""
        if np.shape(function) != self.row_of.shape:
            shape = self.row_of.shape
            raise ValueError(f"a function of the states must be {shape}, got {np.shape(function)}")
        return np.bincount(self.row_of, np.asarray(function, float)) / self.multiplicity

    def spread(self, law: np.ndarray) -> np.ndarray:
        """A probability of each row (n_rows,), as one of every state: (2^n,)."""
        return (law / self.multiplicity)[self.row_of]


def all_states(n_neurons: int) -> StateSet:
    """Every state in a row of its own.

    Raises
    ------
    ValueError
        Too many neurons to enumerate.
    """
    checks.integer("n_neurons", n_neurons, low=1, high=MAX_NEURONS)
    return _grouped(n_neurons, np.arange(2**n_neurons))


def ring_states(n_neurons: int) -> StateSet:
    """One row for all states that turn or mirror into each other on the ring.

    Raises
    ------
    ValueError
        Too many neurons to enumerate.
    """
    checks.integer("n_neurons", n_neurons, low=1, high=MAX_NEURONS)
    states = np.arange(2**n_neurons)
    mirrored = sum((states >> i & 1) << (n_neurons - 1 - i) for i in range(n_neurons))
    least = states
    for turned in (states, mirrored):
        for _ in range(n_neurons):
            turned = (turned << 1 & 2**n_neurons - 1) | turned >> (n_neurons - 1)
            least = np.minimum(least, turned)
    return _grouped(n_neurons, least)


def _grouped(n_neurons: int, group: np.ndarray) -> StateSet:
    """Group the states by the number (2^n,) of the one that stands for each."""
    numbers, row_of, multiplicity = np.unique(group, return_inverse=True, return_counts=True)
    flipped = row_of[numbers[:, None] ^ (1 << np.arange(n_neurons))]
    return StateSet(spins(n_neurons)[numbers], multiplicity.astype(float), flipped, row_of)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What some parameters are worth; all sums over states are exact.

    Attributes
    ----------
    objective, reward_rate, cost_rate : float
        L, <r> and Σ_i <KL[π_i ‖ q]> (nats).
    rate : float
        Share of time that a neuron is active, mean over neurons.
    law : (n_rows,) float
        Share of time in each row of the states.
    step : (n_features,) float
        The natural gradient over the temperature: by how much one sweep of value iteration,
        projected on the features, would change the parameters.
    spread_of_step : float
        Standard deviation, over the law, by which the step changes the log of a probability.
    """

    objective: float
    reward_rate: float
    cost_rate: float
    rate: float
    law: np.ndarray
    step: np.ndarray
    spread_of_step: float


def evaluate(
    states: StateSet,
    features: np.ndarray,
    parameters: np.ndarray,
    reward: np.ndarray,
    coding_cost: float,
) -> Evaluation:
    """Worth and natural gradient of the law p ∝ exp(features · parameters).

    Parameters
    ----------
    states : StateSet
    features : (n_rows, n_features) float
    parameters : (n_features,) float
    reward : (n_rows,) float
    coding_cost : float
        λ, > 0.

    Raises
    ------
    ValueError
        If shapes do not fit, or the coding cost is not > 0.

    Notes
    -----
    A good network is nearly always in a rewarded state, so most of p is tiny, and what it would
    lose elsewhere decides about its couplings.  So all sums are of differences to the most
    probable row, and the natural gradient is found as a least-squares problem weighted by √p, not
    through a covariance, which would square its condition number.
    """
    checks.number("coding_cost", coding_cost, above=0, high=checks.HUGE)
    shapes = np.shape(features), np.shape(parameters), np.shape(reward)
    if shapes != ((states.n_rows, np.size(parameters)), (np.size(parameters),), (states.n_rows,)):
        raise ValueError(
            f"features, parameters and reward must be ({states.n_rows}, n), (n,) and "
            f"({states.n_rows},), got {', '.join(map(str, shapes))}"
        )
    energy = features @ parameters
    law = _law(energy + states.log_multiplicity)
    information = _information(states, energy, law)
    gain = reward - coding_cost * information
    top = law.argmax()
    difference = gain - gain[top]
    centred = features - features[top]
    objective = gain[top] + law @ difference
    difference -= law @ difference
    centred -= law @ centred

    weight = np.sqrt(law)
    weighted = np.empty((len(law), len(parameters) + 1))
    np.multiply(weight[:, None], centred, out=weighted[:, :-1])
    np.multiply(weight, difference, out=weighted[:, -1])
    scale = np.sqrt((weighted[:, :-1] ** 2).sum(axis=0))
    scale[scale < 1e-150] = np.inf  # a feature that never varies does not move
    weighted[:, :-1] /= scale
    # The triangle of a QR decomposition has the same least-squares solution and few rows.
    triangle = np.linalg.qr(weighted, "r")
    step = np.linalg.lstsq(triangle[:, :-1], triangle[:, -1], rcond=1e-14)[0]
    step = step / scale / (coding_cost * states.n_neurons)
    rates = objective, law @ reward, law @ information, law @ states.shares[0]
    spread = np.sqrt(law @ (centred @ step) ** 2)
    return Evaluation(*map(float, rates), law, step, float(spread))


def _law(log_law: np.ndarray) -> np.ndarray:
    """(n,) probabilities of logs that lack a constant; as by SciPy's ``logsumexp``, to the bit.

    An ascent evaluates small laws ten thousands of times: there that function takes most of it.
    """
    most = log_law.max()
    is_most = log_law == most
    n_most, rest = np.count_nonzero(is_most), np.exp(log_law - most)
    rest[is_most] = 0
    return np.exp(log_law - (np.log1p(rest.sum() / n_most) + np.log(n_most) + most))


def _information(states: StateSet, energy: np.ndarray, law: np.ndarray) -> np.ndarray:
    """Σ_i log[π_i(σ_i|σ) / q(σ_i)] of each row: (n_rows,)."""
    log_policy = -np.logaddexp(0, energy[states.flipped] - energy[:, None])
    tiny = np.finfo(float).tiny
    log_firing, log_silence = (np.log(max(law @ share, tiny)) for share in states.shares)
    return (log_policy - np.where(states.active, log_firing, log_silence)).sum(axis=1)


def information(network: PairwiseNetwork, states: StateSet) -> np.ndarray:
    """Σ_i log[π_i(σ_i|σ) / q(σ_i)] of every row of the states, in nats: (n_rows,).

    Times λ it is, up to a constant, the one reward for which the network would be the best of
    all, if its value function could be any (Chalk et al. 2021).
    """
    energy = network.energy(states.spins)
    return _information(states, energy, _law(energy + states.log_multiplicity))


def pair_features(states: np.ndarray) -> np.ndarray:
    """σ_i σ_j of each pair i < j, then σ_i: (n_rows, n (n + 1) / 2) of states (n_rows, n)."""
    first, second = np.triu_indices(states.shape[1], 1)
    return np.column_stack([states[:, first] * states[:, second], states]).astype(float)


def pair_parameters(network: PairwiseNetwork) -> np.ndarray:
    """Couplings and fields in the order of :func:`pair_features`."""
    return np.append(network.couplings[np.triu_indices(network.n_neurons, 1)], network.fields)


def pair_network(parameters: np.ndarray, n_neurons: int) -> PairwiseNetwork:
    """The network of such parameters, (n (n + 1) / 2,); a ValueError unless they are so many."""
    checks.integer("n_neurons", n_neurons, low=1)
    parameters = as_floats("parameters", parameters)
    shape = (n_neurons * (n_neurons + 1) // 2,)
    if parameters.shape != shape:
        raise ValueError(f"parameters must be {shape}, got shape {parameters.shape}")
    couplings = np.zeros((n_neurons, n_neurons))
    couplings[np.triu_indices(n_neurons, 1)] = parameters[:-n_neurons]
    return PairwiseNetwork(couplings + couplings.T, parameters[-n_neurons:])
