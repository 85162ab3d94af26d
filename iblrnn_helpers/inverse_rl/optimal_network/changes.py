"""Changed networks: what an inferred reward is asked to predict (Chalk et al. 2021, Fig. 2F).

A prediction is the best network for the inferred reward in the changed task::

    changed = dataclasses.replace(task, coding_cost=0.1)
    prediction = optimise(changed, inferred.reward)

Other input statistics are another ``input_transitions``.  Dead or clamped neurons leave a smaller
network, whose reward is that of the states in which they are as they now must be.
"""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..hypercube import n_neurons_of, spike_counts, spins
from .inverse import kl_between
from .network import NetworkTask, OptimalNetwork, optimise


def switching_input(probability: float, switches: float) -> np.ndarray:
    """An input of two values, −1 and +1.

    Parameters
    ----------
    probability : float
        Of +1, between 0 and 1.
    switches : float
        Probability that the input changes from one step to the next, on average.

    Returns
    -------
    (2, 2) float
        P(x'|x) for x = −1, +1.

    Raises
    ------
    ValueError
        If no chain switches that often with that probability.
    """
    checks.number("probability", probability, above=0, high=1)
    checks.number("switches", switches, above=0, high=1)
    up = switches / (2 * (1 - probability)) if probability < 1 else np.inf
    down = switches / (2 * probability)
    if max(up, down) > 1:
        raise ValueError(
            f"an input that is +1 with probability {probability!r} cannot change with probability "
            f"{switches!r} a step; at most {2 * min(probability, 1 - probability):g}"
        )
    return np.array([[1 - up, up], [down, 1 - down]])


def without(task: NetworkTask, fixed: Mapping[int, int]) -> NetworkTask:
    """The task of the neurons that remain when others stay silent or active.

    Parameters
    ----------
    task : NetworkTask
    fixed : mapping
        State of each neuron that does not choose: −1 for a dead one, +1 for a clamped one.
        They are not updated and pay nothing; the marginal is that of the others.
    """
    _check_fixed(task.n_neurons, fixed)
    return dataclasses.replace(task, n_neurons=task.n_neurons - len(fixed))


def restrict(function: np.ndarray, fixed: Mapping[int, int]) -> np.ndarray:
    """A function of the state where some neurons have given states.

    Parameters
    ----------
    function : (2^n, …) float
        For example a reward.
    fixed : mapping
        −1 or +1 for each fixed neuron.

    Returns
    -------
    (2^(n − n_fixed), …) float
        Of the other neurons, in their order.
    """
    n_neurons = n_neurons_of(function)
    _check_fixed(n_neurons, fixed)
    rows, states = np.ones(len(function), dtype=bool), spins(n_neurons)
    for neuron, state in fixed.items():
        rows &= states[:, neuron] == state
    return function[rows]


def sum_out(stationary: np.ndarray, neurons) -> np.ndarray:
    """The law of the other neurons, whatever the given ones do.

    From (2^n, …) to (2^(n − n_neurons), …) float.
    """
    # From the highest down, so that the numbers of the others stay valid.
    for neuron in sorted(neurons, reverse=True):
        stationary = restrict(stationary, {neuron: -1}) + restrict(stationary, {neuron: 1})
    return stationary


def _check_fixed(n_neurons: int, fixed: Mapping[int, int]) -> None:
    for neuron, state in fixed.items():
        if not isinstance(neuron, numbers.Integral) or not (
            0 <= neuron < n_neurons and state in (-1, 1)
        ):
            raise ValueError(
                f"fixed must map neurons 0 to {n_neurons - 1} to -1 (silent) or 1 (active), got "
                f"{neuron!r}: {state!r}"
            )
    if len(fixed) >= n_neurons:
        raise ValueError(f"at least one of {n_neurons} neurons must be left, got {dict(fixed)!r}")


@dataclass(frozen=True, eq=False)
class Adaptation:
    """How a network adapts to a change, in truth and as predicted.

    Attributes
    ----------
    truth, predicted : OptimalNetwork
        The best network of the changed task for the true and for the inferred reward.
    kl_predicted : float
        KL divergence from ``truth`` to ``predicted``, of states and inputs together, in nats.
    kl_unchanged : float
        The same to the network as it was, without the neurons that no longer choose: what a
        prediction has to beat.
    """

    truth: OptimalNetwork
    predicted: OptimalNetwork
    kl_predicted: float
    kl_unchanged: float


def adapt(
    original: OptimalNetwork,
    reward: np.ndarray,
    inferred: np.ndarray,
    task: NetworkTask,
    fixed: Mapping[int, int] | None = None,
) -> Adaptation:
    """Optimise a changed network for the true and for the inferred reward, and compare.

    Parameters
    ----------
    original : OptimalNetwork
        Before the change.
    reward, inferred : (2^n, n_inputs) float
    task : NetworkTask
        The changed task, still with all n neurons.
    fixed : mapping, optional
        State, −1 or +1, of each neuron that no longer chooses.
    """
    fixed = fixed or {}
    changed = without(task, fixed)
    truth, predicted = (optimise(changed, restrict(one, fixed)) for one in (reward, inferred))
    before = sum_out(original.stationary, fixed)
    divergences = [kl_between(truth.stationary, law) for law in (predicted.stationary, before)]
    return Adaptation(truth, predicted, *divergences)


def spike_count_reward(n_neurons: int, counts) -> np.ndarray:
    """1 where the number of active neurons is the one that the input asks for, else 0 (Fig. 2B).

    ``counts`` holds that number for each input; the reward is (2^n, n_inputs) float.
    """
    if np.ndim(counts) != 1 or not len(counts):
        raise ValueError(f"counts must hold a number for each input, got {counts!r}")
    for count in counts:
        checks.integer("counts", count, low=0, high=n_neurons)
    return (spike_counts(n_neurons)[:, None] == np.asarray(counts)).astype(float)
