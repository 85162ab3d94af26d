"""Is a recorded network one that acts for a reward at all?

The method assumes that one neuron a step, drawn uniformly, chooses its state, and that all choices
follow one value.  Each has a consequence that a recording can refute:

* a neuron changes with probability at most 1/n a step, and for two states that differ in it alone,
  the probabilities of both changes add up to 1/n (:class:`Tempo`);
* while the input stands still, the network goes from a state to another as often as back, which
  is detailed balance (:class:`Balance`);
* no free choice of policies predicts better (:func:`free_policies`).

Couplings that are not symmetric break the last two: such a network has no reward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ...core import checks
from ..hypercube import neighbours, spins
from ..optimal_network.recording import TransitionCounts, count_transitions, simulate, total
from .inference import (
    RewardFit,
    check_parts,
    keep_log_odds,
    most_probable,
    policy,
    recorded_marginal,
    step_likelihood,
)

ERRORS = 4  # standard errors that a deviation must have: no false alarm in many neurons and files
_FREEDOM = 1.0  # prior precision of a free policy's log-odds around those of the model


@dataclass(frozen=True, eq=False)
class Tempo:
    """How fast neurons change, in units of a network that updates one neuron a step.

    Attributes
    ----------
    pace : (n,) float
        n times the summed probabilities to become active and to become silent, over pairs of
        states that differ in the neuron alone, with weights for which the sum is most certain.
    null_mean, null_error : (n,) float
        Of the pace in simulations of the fitted network, and its standard deviation there: 1 in
        long recordings, more in short ones, which hold more changes of the states that they show.
    rates, rate_errors : (2, n) float
        Probability a step to become active if silent (first row), and to become silent if active.
    """

    pace: np.ndarray
    null_mean: np.ndarray
    null_error: np.ndarray
    rates: np.ndarray
    rate_errors: np.ndarray

    @property
    def too_fast(self) -> np.ndarray:
        """(2, n) bool: rates above the 1/n that are possible."""
        return self.rates - 1 / len(self.pace) > ERRORS * self.rate_errors

    @property
    def mean_error(self) -> float:
        """Standard deviation of the neurons' mean pace in the simulations."""
        return float(np.sqrt(np.sum(self.null_error**2)) / len(self.pace))

    @property
    def holds(self) -> bool:
        """Whether each neuron keeps the pace, within errors and a tenth, and their mean within 3%.

        An input that was not recorded slows all neurons a little.
        """
        off = np.abs(self.pace - self.null_mean) > ERRORS * self.null_error + 0.1 * self.null_mean
        mean, null = self.pace.mean(), self.null_mean.mean()
        all_off = abs(mean - null) > ERRORS * self.mean_error + 0.03 * null
        return not (off.any() or all_off or self.too_fast.any())


@dataclass(frozen=True)
class Balance:
    """Detailed balance over pairs of states.

    Attributes
    ----------
    statistic : float
        Mean of (n_ab − n_ba)² / (n_ab + n_ba) over pairs of neighbouring states and inputs between
        which there were steps, or 0 without any.  Without input it is below 1 if detailed balance
        holds, because a path that comes back to a state must have left it; with one it is more,
        because the network moves on when the input does.
    null_mean, null_error : float
        As of :class:`Tempo`.
    n_pairs : int
    """

    statistic: float
    null_mean: float
    null_error: float
    n_pairs: int

    @property
    def holds(self) -> bool:
        """Whether the statistic is as in simulations, within errors and a tenth."""
        return self.statistic <= 1.1 * self.null_mean + ERRORS * self.null_error


def check_steps(
    fit: RewardFit, counts: TransitionCounts, seed: int = 0, *, n_simulations: int = 20
) -> tuple[Tempo, Balance]:
    """Compare the steps of a recording with those of its fitted network.

    Parameters
    ----------
    fit : RewardFit
    counts : TransitionCounts
        What it was fitted to.
    seed, n_simulations : int
        Of recordings of the fitted network, as long as this one.
    """
    random, n_steps = checks.generator(seed), int(counts.visits.sum())
    log_odds, moves = policy(fit.potential, fit.marginal), fit.task.input_transitions
    law = counts.visits.ravel() / n_steps
    paces, balances = [], []
    for _ in range(n_simulations):
        start = divmod(int(random.choice(len(law), p=law)), len(moves))
        one = simulate(log_odds, n_steps, random, input_transitions=moves, start=start)
        again = count_transitions(one.states, counts.n_neurons, one.inputs, n_inputs=len(moves))
        paces.append(_pace(again))
        balances.append(_imbalance(again.flips)[0])
    null = (np.mean(paces, axis=0), np.std(paces, axis=0, ddof=1))
    statistic, n_pairs = _imbalance(counts.flips)
    balance = Balance(statistic, float(np.mean(balances)), float(np.std(balances, ddof=1)), n_pairs)
    return Tempo(_pace(counts), *null, *_rates(counts)), balance


def _pace(counts: TransitionCounts) -> np.ndarray:
    visits = np.broadcast_to(counts.visits, counts.flips.shape)
    back = np.take_along_axis(visits, neighbours(counts.n_neurons)[:, :, None], axis=1)
    both = visits * back / np.maximum(visits + back, 1)
    share = counts.flips / np.maximum(visits, 1)
    pairs = np.maximum(both.sum(axis=(1, 2)) / 2, 1e-300)  # each is there twice
    return counts.n_neurons * np.sum(both * share, axis=(1, 2)) / pairs


def _rates(counts: TransitionCounts) -> np.ndarray:
    """Rates of both changes and their standard errors, (2, 2, n)."""
    active = (spins(counts.n_neurons).T > 0)[:, :, None]
    found = np.empty((2, 2, counts.n_neurons))
    for k, where in enumerate((~active, active)):
        n_steps = np.maximum(np.sum(counts.visits * where, axis=(1, 2)), 1)
        rate = np.sum(counts.flips * where, axis=(1, 2)) / n_steps
        found[:, k] = rate, np.sqrt(rate * (1 - rate) / n_steps) + 1 / n_steps
    return found


def _imbalance(flips: np.ndarray) -> tuple[float, int]:
    back = np.take_along_axis(flips, neighbours(len(flips))[:, :, None], axis=1)
    seen = flips + back > 0
    n_pairs = int(seen.sum()) // 2
    if not n_pairs:  # no loop was seen
        return 0.0, 0
    return float(np.mean((flips - back)[seen] ** 2 / (flips + back)[seen])), n_pairs


@dataclass(frozen=True, eq=False)
class FreePolicies:
    """Held-out steps under policies that need no reward, and under those that have one.

    ``gains`` (n_parts,) are the nats per step by which free policies predict each part better.
    """

    gains: np.ndarray

    @property
    def holds(self) -> bool:
        """Whether free policies are not surely better, in all parts and by three errors."""
        error = self.gains.std(ddof=1) / np.sqrt(len(self.gains))
        return bool(self.gains.min() <= 0 or self.gains.mean() < 3 * error)


def free_policies(fit: RewardFit, parts: Sequence[TransitionCounts]) -> FreePolicies:
    """Compare the fitted kind of network with one whose policies may be any.

    Free policies have log-odds of their own for each neuron, state of the others and input, with
    a Gaussian prior of standard deviation 1 nat around the fitted ones.

    Parameters
    ----------
    fit : RewardFit
        Its prior is used.
    parts : sequence of TransitionCounts
        Each is held out once.
    """
    check_parts(parts)
    there = neighbours(fit.task.n_neurons)[:, :, None]
    signs = spins(fit.task.n_neurons).T[:, :, None]

    def tied(found):
        return found + np.take_along_axis(found, there, axis=1)

    gains = []
    for held_out in parts:
        others = total(part for part in parts if part is not held_out)
        rates = recorded_marginal(others)
        potential, _ = most_probable(others, fit.prior, fit.prior_on, start=fit.potential)
        keeps = keep_log_odds(potential, rates)

        def loss(flat, keeps=keeps, others=others):
            # Each pair of states has two entries that are added: the prior is on their sum.
            found = flat.reshape(keeps.shape)
            value, slope = step_likelihood(others, keeps + signs * tied(found))
            gradient = 2 * _FREEDOM * found - tied(signs * slope)
            return _FREEDOM * np.sum(found**2) - value, gradient.ravel()

        options = {"maxiter": 1_000, "ftol": 1e-12, "gtol": 1e-3}
        result = minimize(loss, np.zeros(keeps.size), jac=True, method="L-BFGS-B", options=options)
        free = keeps + signs * tied(result.x.reshape(keeps.shape))
        nats = [step_likelihood(held_out, one)[0] for one in (free, keeps)]
        gains.append((nats[0] - nats[1]) / held_out.visits.sum())
    return FreePolicies(np.array(gains))
