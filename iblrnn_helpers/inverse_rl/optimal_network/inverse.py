"""From a network's dynamics to the reward that they are optimal for (Chalk et al. 2021, Fig. 2E).

The network cannot move its input, so r(σ, x) and r(σ, x) + g(x) have the same optimal dynamics
for any g: one constant for each input is free, the *gauge*.  And only reward / T can be known:
the coding cost sets the unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_expit, rel_entr

from ...core import checks
from ...core.markov_chains import check_transitions
from ..hypercube import as_floats, as_log_odds, integrate, spins
from .network import OptimalNetwork

GAUGES = ("min", "median", "mean")
_WORST_CONDITION = 1e8


@dataclass(frozen=True, eq=False)
class InferredReward:
    """A reward inferred from dynamics.

    Attributes
    ----------
    reward : (2^n, n_inputs) float
        In the gauge that was asked for.
    value : (2^n, n_inputs) float
        Relative value v(σ, x), with mean 0 over states for each input.
    gauge : str
        What is 0 for each input: the lowest reward, the median or the mean over states.
    residual : float
        Root mean square of the part of the log-odds, in nats, that is no gradient of any value;
        0 if the dynamics are optimal for some reward.
    """

    reward: np.ndarray
    value: np.ndarray
    gauge: str
    residual: float


def infer_reward(
    log_odds: OptimalNetwork | np.ndarray,
    marginal: np.ndarray | None = None,
    input_transitions: np.ndarray | None = None,
    temperature: float | None = None,
    *,
    gauge: str = "min",
) -> InferredReward:
    """The reward for which a network's policies are the best.

    Parameters
    ----------
    log_odds : OptimalNetwork or (n, 2^n, n_inputs) float
        log of π_i(+1|σ, x) / π_i(−1|σ, x), the same for both states of neuron i itself.  With an
        `OptimalNetwork` nothing else is needed.
    marginal : (n,) float
        q_i(+1).
    input_transitions : (n_inputs, n_inputs) float
        P(x'|x).
    temperature : float
        T; see :attr:`.network.NetworkTask.temperature`.
    gauge : str
        ``"min"`` suits exact dynamics; ``"median"`` noisy ones, if most rewards are the same;
        ``"mean"`` is for comparisons.

    Raises
    ------
    ValueError
        A network that has not converged, a neuron that always or never fires, a temperature that
        is not above 0, inputs that follow each other so randomly that the present one hardly
        predicts the next, or wrong shapes.

    Notes
    -----
    In three steps: the log-odds less logit q_i are the discrete gradient of v̄(σ, x)/T, which is
    integrated over the hypercube; v(σ, ·) = P⁻¹ v̄(σ, ·); and the Bellman equation, with log Z_i
    taken from the neuron's present state, gives

        r(σ, x) = L + v(σ, x) − v̄(σ, x) + (T/n) Σ_i log[ π_i(σ_i|σ, x) / q_i(σ_i) ].
    """
    checks.choice("gauge", gauge, GAUGES)
    if isinstance(log_odds, OptimalNetwork):
        network = log_odds
        if not network.converged:
            raise ValueError(
                f"the network has not converged ({network.n_iterations} iterations, Bellman "
                f"residual {network.residual:.2g}): its dynamics are not optimal for its reward, "
                "and an inferred one can be far from it; optimise it with more iterations"
            )
        log_odds, marginal = network.log_odds, network.marginal
        input_transitions, temperature = network.task.input_transitions, network.task.temperature
    elif marginal is None or input_transitions is None or temperature is None:
        raise ValueError("give marginal, input_transitions and temperature with an array")
    transitions = check_transitions("input_transitions", input_transitions)
    log_odds = as_log_odds(log_odds, len(transitions))
    marginal = as_floats("marginal", marginal)
    if marginal.shape != (len(log_odds),):
        raise ValueError(f"marginal must be ({len(log_odds)},), got shape {marginal.shape}")
    for neuron in np.flatnonzero(~((marginal > 0) & (marginal < 1))):
        raise ValueError(
            f"marginal of neuron {neuron} must be between 0 and 1, got {marginal[neuron]!r}: a "
            "neuron that always or never fires tells nothing of the reward; leave it out"
        )
    checks.number("temperature", temperature, above=0)
    check_told_apart(transitions)

    log_active, log_silent = np.log(marginal)[:, None, None], np.log1p(-marginal)[:, None, None]
    future, residual = integrate(log_odds - (log_active - log_silent))
    value = temperature * np.linalg.solve(transitions, future.T).T
    sign = spins(len(log_odds)).T[:, :, None]
    surprise = log_expit(sign * log_odds).mean(axis=0)
    surprise -= np.where(sign > 0, log_active, log_silent).mean(axis=0)
    reward = value + temperature * (surprise - future)
    return InferredReward(fix_gauge(reward, gauge), value - value.mean(axis=0), gauge, residual)


def check_told_apart(input_transitions: np.ndarray) -> None:
    """Raise a ValueError if an input hardly predicts the next."""
    condition = np.linalg.cond(input_transitions)
    if condition > _WORST_CONDITION:
        raise ValueError(
            "the inputs follow each other too randomly (condition number of input_transitions "
            f"{condition:.2g}): the network's value of an input cannot be told from its dynamics"
        )


def fix_gauge(reward: np.ndarray, gauge: str = "min") -> np.ndarray:
    """Take one constant from the reward (2^n, n_inputs) for each input.

    ``gauge`` says what becomes 0 for each input: ``"min"``, ``"median"`` or ``"mean"`` over states.
    """
    checks.choice("gauge", gauge, GAUGES)
    reward = _as_reward("reward", reward)
    return reward - getattr(np, gauge)(reward, axis=0)


def _as_reward(field: str, values) -> np.ndarray:
    array = as_floats(field, values)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{field} must hold finite numbers, states by inputs, got {array.shape}")
    return array


def r_squared(true: np.ndarray, inferred: np.ndarray, gauge: str = "min") -> float:
    """Squared correlation of two rewards over all states and inputs, after fixing their gauge.

    All states count alike (Fig. 3A).  0 if one of them is constant.

    Raises
    ------
    ValueError
        Different shapes, or numbers that are not finite.
    """
    true, inferred = _as_reward("true", true), _as_reward("inferred", inferred)
    if true.shape != inferred.shape:
        raise ValueError(f"rewards must have one shape, got {true.shape} and {inferred.shape}")
    first, second = (fix_gauge(one, gauge).ravel() for one in (true, inferred))
    first, second = first - first.mean(), second - second.mean()
    sizes = np.sqrt((first @ first) * (second @ second))
    return float((first @ second / sizes) ** 2) if sizes > 0 else 0.0


def kl_between(p: np.ndarray, q: np.ndarray) -> float:
    """Kullback–Leibler divergence of two distributions, Σ p log(p/q), in nats.

    Infinite if q excludes what p has.

    Raises
    ------
    ValueError
        Different shapes, negative numbers, or a sum other than 1.
    """
    p, q = as_floats("p", p), as_floats("q", q)
    for name, one in (("p", p), ("q", q)):
        if one.shape != p.shape or not (one >= 0).all() or abs(one.sum() - 1) > 1e-6:
            raise ValueError(
                f"{name} must be probabilities of shape {p.shape} that add up to 1, got shape "
                f"{one.shape} and sum {one.sum():.6g}"
            )
    return float(max(rel_entr(p, q).sum(), 0.0))
