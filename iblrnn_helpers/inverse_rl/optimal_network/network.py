"""The network as many agents: the best policy of n binary neurons that share one reward.

At each step one neuron, drawn uniformly, chooses to be active (+1) or silent (−1); then the
external input moves by a Markov chain of its own.  All neurons are paid r(σ, x) and pay for
choices that differ from a marginal q_i (Chalk et al. 2021, Fig. 2):

    L = < r(σ, x) − λ Σ_i KL[ π_i(·|σ, x) ‖ q_i ] >.

The abstract and captions leave two things open.  The marginal is the population's mean firing
probability by default, because with one marginal for each neuron the optimum freezes neurons.
The cost is summed over neurons by default; a mean is the same problem with T = λ, not n λ.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, log_expit

from ...core import checks
from ...core.markov_chains import check_transitions, stationary_distribution
from .. import hypercube
from ..slow_modes import N_SWEEPS, departures, settled_value

MARGINALS = ("population", "individual")
COSTS = ("sum", "mean")
_LEAST_MARGINAL = 1e-12
_MEMORY_LIMIT = 1e9


@dataclass(frozen=True, eq=False)
class NetworkTask:
    """What a network is optimised under, all but its reward.

    Parameters
    ----------
    n_neurons : int
        n.
    input_transitions : (n_inputs, n_inputs) array_like
        P(x'|x), rows x.  ``[[1.0]]``, the default, is a network without input.
    coding_cost : float
        λ: price of one nat of deviation from the marginal.
    marginal : str
        What a neuron's choices are compared with: the ``"population"``'s mean firing probability
        or the neuron's own (``"individual"``).
    cost : str
        KL divergences are added up (``"sum"``) or averaged (``"mean"``) over neurons.

    Raises
    ------
    ValueError
        A value that is not allowed, rows that are no probabilities, inputs that cannot be
        reached, or more neurons than an exact solution can hold.
    """

    n_neurons: int
    input_transitions: np.ndarray = field(default=((1.0,),))
    coding_cost: float = 0.05
    marginal: str = "population"
    cost: str = "sum"

    def __post_init__(self):
        checks.integer("n_neurons", self.n_neurons, low=1)
        matrix = check_transitions("input_transitions", self.input_transitions)
        object.__setattr__(self, "input_transitions", matrix)
        checks.number("coding_cost", self.coding_cost, above=0)
        checks.choice("marginal", self.marginal, MARGINALS)
        checks.choice("cost", self.cost, COSTS)
        n_bytes = 24.0 * self.n_neurons * 2.0 ** min(self.n_neurons, 1_000) * self.n_inputs
        if n_bytes > _MEMORY_LIMIT:
            raise ValueError(
                f"n_neurons = {self.n_neurons} with {self.n_inputs} inputs would need about "
                f"{n_bytes / 1e9:.1f} GB for the exact solution; use fewer neurons, or a value "
                "with pairwise couplings (inverse_rl.pairwise)"
            )

    @property
    def n_inputs(self) -> int:
        return len(self.input_transitions)

    @property
    def n_states(self) -> int:
        """States of the network, 2^n."""
        return 2**self.n_neurons

    @property
    def temperature(self) -> float:
        """T: n λ if costs are added up, λ if they are averaged."""
        return self.coding_cost * (self.n_neurons if self.cost == "sum" else 1)

    @property
    def input_law(self) -> np.ndarray:
        """Share of time of each input, (n_inputs,) float."""
        return stationary_distribution(self.input_transitions)


@dataclass(frozen=True, eq=False)
class OptimalNetwork:
    """An optimal network.  States are numbered as in ``inverse_rl.hypercube``.

    Attributes
    ----------
    task : NetworkTask
    log_odds : (n, 2^n, n_inputs) float
        log of π_i(+1) / π_i(−1); does not depend on the neuron's own state.
    marginal : (n,) float
        q_i(+1).
    value : (2^n, n_inputs) float
        Relative value; its mean over states and inputs is 0.
    stationary : (2^n, n_inputs) float
        Joint law of state and input; adds up to 1.
    objective : float
        L: ``reward_rate`` less coding cost times ``cost_rate``.
    reward_rate : float
        Average reward per step.
    cost_rate : float
        KL divergence per step in nats, added up or averaged over neurons as the task says.
    residual : float
        Largest violation of the Bellman equation.
    n_iterations : int
        Updates of the marginal.
    converged : bool
    history : (n_iterations,) float
        Best L for the marginals on the way; it never falls, up to the 1e-8 to which it is solved.
    """

    task: NetworkTask
    log_odds: np.ndarray
    marginal: np.ndarray
    value: np.ndarray
    stationary: np.ndarray
    objective: float
    reward_rate: float
    cost_rate: float
    residual: float
    n_iterations: int
    converged: bool
    history: np.ndarray


def optimise(
    task: NetworkTask,
    reward: np.ndarray,
    start: OptimalNetwork | np.ndarray | None = None,
    *,
    tolerance: float = 1e-11,
    max_iterations: int = 2_000,
    max_sweeps: int = 100_000,
) -> OptimalNetwork:
    """The network that maximises the average reward less its coding cost.

    Parameters
    ----------
    task : NetworkTask
    reward : (2^n, n_inputs) float
        r(σ, x), states as in ``inverse_rl.hypercube``.  A column (2^n, 1) serves every input.
    start : OptimalNetwork or (n,) float, optional
        An optimum of a task of the same size, or firing probabilities to start from; by default
        one half each.  There can be several local optima, each for its own starting marginals.
    tolerance : float
        Of the last change of the marginal; values and stationary law are solved to a tenth of it.
    max_iterations, max_sweeps : int
        After so many updates of the marginal, or sweeps within one, ``converged`` is False.  From
        the 1,000th sweep on, sparse systems are solved instead, each counted as one.

    Raises
    ------
    ValueError
        A reward or a start of the wrong shape.

    Notes
    -----
    With the marginal q fixed it is one agent's problem with one solution; the average Bellman
    equation is solved by relative value iteration, with v̄(σ, x) = Σ_x' P(x'|x) v(σ, x')::

        repeat
            repeat  v(σ, x) <- r(σ, x) + (T/n) Σ_i log Σ_a q_i(a) exp( v̄(σ with σ_i = a, x) / T )
            log-odds of i <- logit q_i + [v̄(σ_i = +1) − v̄(σ_i = −1)] / T
            p(σ, x)       <- stationary law
            q_i           <- Σ p(σ, x) π_i(+1|σ, x), its mean over neurons if of the population

    No step can lower L.  The network cannot move the input, so a part of v that depends on x
    alone changes nothing; it is taken out of the iteration, where it would be the slowest.
    """
    reward = _as_reward(task, reward)
    checks.number("tolerance", tolerance, above=0)
    checks.integer("max_iterations", max_iterations, low=1)
    checks.integer("max_sweeps", max_sweeps, low=1)
    value, marginal = _as_start(task, start)
    stationary = None
    history: list[float] = []
    change, settled = np.inf, True
    while True:
        # While the marginal still moves, exact values would be exact for the wrong marginal.
        accuracy = min(1e-8, max(tolerance / 10, change / 100))
        value, objective, residual, solved = _solve_value(
            task, reward, marginal, value, accuracy, max_sweeps
        )
        history.append(objective)
        log_odds = _log_odds(task, marginal, value)
        if stationary is None:
            potential = (value @ task.input_transitions.T) / task.temperature
            stationary = hypercube.gibbs_law(potential, marginal) * task.input_law
        stationary, mixed = hypercube.iterate_law(
            expit(log_odds), task.input_transitions, stationary, accuracy, max_sweeps
        )
        settled = solved and mixed
        if change < tolerance or not settled or len(history) >= max_iterations:
            break
        improved = _clip(_firing(task, log_odds, stationary))
        change = np.abs(improved - marginal).max()
        if change >= tolerance:
            marginal = improved
    cost = _cost(task, log_odds, marginal, stationary)
    return OptimalNetwork(
        task, log_odds, marginal, value, stationary, objective,
        float((stationary * reward).sum()), cost, residual, len(history),
        bool(settled and change < tolerance), np.array(history),
    )  # fmt: skip


def tuning(network: OptimalNetwork) -> np.ndarray:
    """Firing probability by input and by how many other neurons are active (Figs. 2C, 2F, 4C).

    Returns
    -------
    (n, n, n_inputs) float
        Of neuron i with m = 0 … n − 1 others active; the mean over states of the others, each
        weighing as often as it occurs with its input.
    """
    task = network.task
    n = task.n_neurons
    probabilities = expit(network.log_odds)
    counts = hypercube.spike_counts(n)
    found = np.empty((n, n, task.n_inputs))
    for neuron in range(n):
        silent, active = hypercube.halves(network.stationary, neuron)
        weight = (silent + active).reshape(-1, task.n_inputs)
        others = hypercube.halves(counts, neuron)[0].ravel()
        firing = hypercube.halves(probabilities[neuron], neuron)[0].reshape(-1, task.n_inputs)
        for m in range(n):
            rows = others == m
            # Such states may be too rare for a number; then they weigh alike.
            share = weight[rows] + 1e-300
            found[neuron, m] = (share * firing[rows]).sum(axis=0) / share.sum(axis=0)
    return found


def count_distribution(stationary: np.ndarray) -> np.ndarray:
    """Distribution of the number of active neurons for each input (Fig. 2D).

    Parameters
    ----------
    stationary : (2^n, n_inputs) float

    Returns
    -------
    (n + 1, n_inputs) float
        Columns add up to 1.
    """
    stationary = hypercube.as_law("stationary", stationary)
    counts = hypercube.spike_counts(hypercube.n_neurons_of(stationary))
    joint = np.stack([stationary[counts == m].sum(axis=0) for m in range(counts.max() + 1)])
    return joint / joint.sum(axis=0)


def _clip(marginal: np.ndarray) -> np.ndarray:
    return np.clip(marginal, _LEAST_MARGINAL, 1 - _LEAST_MARGINAL)


def _as_reward(task: NetworkTask, reward) -> np.ndarray:
    reward = hypercube.as_floats("reward", reward)
    shape = (task.n_states, task.n_inputs)
    if reward.ndim != 2 or reward.shape not in {shape, (task.n_states, 1)}:
        raise ValueError(f"reward must be {shape}, states by inputs, got shape {reward.shape}")
    if not np.isfinite(reward).all():
        raise ValueError("reward must be finite")
    return np.broadcast_to(reward, shape)


def _as_start(task: NetworkTask, start) -> tuple[np.ndarray, np.ndarray]:
    value = np.zeros((task.n_states, task.n_inputs))
    if start is None:
        return value, np.full(task.n_neurons, 0.5)
    if isinstance(start, OptimalNetwork):
        if start.value.shape != value.shape:
            raise ValueError(
                f"start must be a network of {task.n_neurons} neurons and {task.n_inputs} inputs, "
                f"got one of {start.task.n_neurons} and {start.task.n_inputs}"
            )
        value, marginal = start.value, start.marginal
    else:
        marginal = hypercube.as_floats("start", start)
        if marginal.shape != (task.n_neurons,) or not ((marginal > 0) & (marginal < 1)).all():
            raise ValueError(
                f"start must be {task.n_neurons} firing probabilities between 0 and 1, "
                f"got {start!r}"
            )
    if task.marginal == "population":
        marginal = np.full(task.n_neurons, marginal.mean())
    return value, _clip(marginal)


def _solve_value(task, reward, marginal, value, tolerance, max_sweeps):
    """Relative value, L, Bellman residual and whether the sweeps settled, the marginal fixed."""
    transitions = task.input_transitions
    scale = tolerance * max(1.0, np.ptp(reward))
    problem = (
        np.array(reward), transitions.T.copy(), np.log(marginal), np.log1p(-marginal),
        task.temperature,
    )  # fmt: skip

    def sweep(value):
        return hypercube.sweep(np.ascontiguousarray(value), *problem)

    def departures_of(value):
        return departures(expit(_log_odds(task, marginal, value)), transitions)

    value, settled = hypercube.sweep_often(
        np.ascontiguousarray(value), *problem, scale, min(max_sweeps, N_SWEEPS)
    )
    if not settled:
        rest = max(0, max_sweeps - N_SWEEPS)
        value, settled = settled_value(sweep, departures_of, value, scale, rest)
    # The policy is settled; now the part of v that depends on the input alone:
    # gain(x) = L + f(x) − Σ_x' P(x'|x) f(x'), with f(0) = 0.
    gain = (sweep(value) - value).mean(axis=0)
    equations = np.eye(task.n_inputs) - transitions
    equations[:, 0] = 1
    offset = np.linalg.solve(equations, gain)
    objective = float(offset[0])
    offset[0] = 0
    value = value + offset
    value -= value.mean()
    residual = float(np.abs(sweep(value) - value - objective).max())
    return value, objective, residual, settled


def _log_odds(task, marginal, value) -> np.ndarray:
    prior = np.log(marginal) - np.log1p(-marginal)
    drive = hypercube.differences(value @ task.input_transitions.T) / task.temperature
    return drive + prior[:, None, None]


def _firing(task, log_odds, stationary) -> np.ndarray:
    """What the marginals should be under the policy."""
    found = (expit(log_odds) * stationary).sum(axis=(1, 2))
    return np.full_like(found, found.mean()) if task.marginal == "population" else found


def _cost(task, log_odds, marginal, stationary) -> float:
    prior = marginal[:, None, None]
    active = expit(log_odds) * (log_expit(log_odds) - np.log(prior))
    silent = expit(-log_odds) * (log_expit(-log_odds) - np.log1p(-prior))
    total = ((active + silent) * stationary).sum()
    return float(total if task.cost == "sum" else total / task.n_neurons)
