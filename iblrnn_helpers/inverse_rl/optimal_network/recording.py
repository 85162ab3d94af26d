"""A network at work, as an experimenter would record it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ...core import checks
from ...core.compiled import compiled
from ...core.markov_chains import check_transitions
from ..hypercube import spins
from ..steady_state import as_log_odds
from .network import OptimalNetwork


@dataclass(frozen=True, eq=False)
class Recording:
    """States of a network at successive steps.

    Attributes
    ----------
    states : (n_steps + 1,) int64
        Numbers of the network's states, see :mod:`.hypercube`.
    inputs : (n_steps + 1,) int64
        Number of the input at the same time.
    updated : (n_steps,) int64
        The neuron that chose its state between step t and t + 1.
    n_neurons : int
    """

    states: np.ndarray
    inputs: np.ndarray
    updated: np.ndarray
    n_neurons: int

    @property
    def n_steps(self) -> int:
        return len(self.updated)

    @property
    def spins(self) -> np.ndarray:
        """(n_steps + 1, n_neurons) int8 of −1 (silent) and +1 (active)."""
        return spins(self.n_neurons)[self.states]


def simulate(
    network: OptimalNetwork | np.ndarray,
    n_steps: int,
    seed: int | np.random.Generator,
    *,
    input_transitions: np.ndarray | None = None,
    start: tuple[int, int] | None = None,
) -> Recording:
    """Let a network run.

    Parameters
    ----------
    network : OptimalNetwork or (n, 2^n, n_inputs) float
        An optimum, or log-odds of any policy with ``input_transitions``.
    n_steps : int
        Updates of one neuron each.
    seed : int or numpy.random.Generator
    input_transitions : (n_inputs, n_inputs) float, optional
        Only with log-odds.
    start : (int, int), optional
        First state and input; by default drawn from the stationary law of an `OptimalNetwork`,
        and state 0 with input 0 for log-odds.

    Returns
    -------
    Recording

    Raises
    ------
    ValueError
        If an argument is not as said.

    Notes
    -----
    The plain loop::

        for t in range(n_steps):
            i = a neuron, drawn uniformly
            σ_i = +1 with probability π_i(+1|σ, x), else −1
            x = x' with probability P(x'|x)
    """

    checks.integer("n_steps", n_steps, low=1)
    random = np.random.default_rng(seed)
    if isinstance(network, OptimalNetwork):
        log_odds, transitions = network.log_odds, network.task.input_transitions
        if start is None:
            law = network.stationary.ravel()
            start = divmod(int(random.choice(len(law), p=law / law.sum())), len(transitions))
    else:
        transitions = check_transitions("input_transitions", input_transitions)
        log_odds = as_log_odds(network, len(transitions))
    n_neurons, n_states, n_inputs = log_odds.shape
    state, given = start or (0, 0)
    checks.integer("start's state", state, low=0, high=n_states - 1)
    checks.integer("start's input", given, low=0, high=n_inputs - 1)

    states, inputs = np.empty((2, n_steps + 1), dtype=np.int64)
    states[0], inputs[0] = state, given
    updated = random.integers(n_neurons, size=n_steps)
    walk(
        expit(log_odds), np.cumsum(transitions, axis=1), states, inputs, updated,
        random.random(n_steps), random.random(n_steps),
    )  # fmt: skip
    return Recording(states, inputs, updated, n_neurons)


# The compiled loop of :func:`.recording.simulate`.


@compiled()
def walk(probabilities, cumulated, states, inputs, updated, choices, moves):
    """Fill ``states`` and ``inputs`` after their first entries.

    ``choices`` and ``moves`` are uniform draws; ``cumulated`` are cumulative rows of P(x'|x).
    """
    last = cumulated.shape[1] - 1
    for t in range(len(updated)):
        state, given, neuron = states[t], inputs[t], updated[t]
        bit = 1 << neuron
        if choices[t] < probabilities[neuron, state, given]:
            states[t + 1] = state | bit
        else:
            states[t + 1] = state & ~bit
        following = 0
        while following < last and moves[t] >= cumulated[given, following]:
            following += 1
        inputs[t + 1] = following
