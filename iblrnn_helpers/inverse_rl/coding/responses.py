"""What is seen of an efficient code: its counts, its cell types, and the feature behind its reward.

Chalk et al. 2021, Fig. 4D and F–H.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from ...core import checks
from ..from_data.inference import RewardFit, fit_simulation
from ..hypercube import (
    as_floats,
    as_function,
    as_law,
    iterate_law,
    n_neurons_of,
    spike_counts,
)
from ..optimal_network.inverse import r_squared
from ..optimal_network.network import NetworkTask
from ..optimal_network.recording import simulate
from .efficient_coding import Code, firing_by_input, label_joint, log_posterior, optimise_code

_SAME_RATE = 0.03  # firing probabilities that differ by less, after a quick search, are equal


@dataclass(frozen=True, eq=False)
class RecoveredFeature:
    """A feature y(x) told from a reward.

    Attributes
    ----------
    labels : (n_inputs,) int
        −1 or +1; which of the two is called +1 cannot be known, and is that of the last input.
    similarity : (n_inputs, n_inputs) float
        Correlation over states of the rewards of each two inputs.
    within, between : float
        Lowest correlation of inputs with the same label, highest with different ones; the latter
        is NaN if all labels are the same.
    """

    labels: np.ndarray
    similarity: np.ndarray
    within: float
    between: float


def recover_labels(reward: np.ndarray, weights: np.ndarray | None = None) -> RecoveredFeature:
    """Which inputs are rewarded alike: the feature that a network tells, up to its sign (Fig. 4G).

    An efficient code is rewarded by log p(y(x)|σ), which is the same function of the state for
    all inputs with the same y, and a falling function of itself for the others.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
        In any gauge.
    weights : (2^n,) float, optional
        Of the states in the correlations, for example how often they occur; all alike by default.

    Returns
    -------
    RecoveredFeature
        Labels are the signs in the leading eigenvector of the correlations; all +1 if inputs are
        rewarded so much alike that no feature shows.

    Raises
    ------
    ValueError
        Fewer than two inputs, weights of another shape, or a reward that does not depend on the
        state for some input.
    """
    reward = as_function("reward", reward)
    if reward.shape[1] < 2:
        raise ValueError(f"reward must be (2^n, 2 or more inputs), got {reward.shape}")
    weights = np.ones(len(reward)) if weights is None else as_floats("weights", weights)
    is_weight = np.isfinite(weights) & (weights >= 0)
    if weights.shape != (len(reward),) or not is_weight.all() or weights.sum() == 0:
        raise ValueError(f"weights must be ({len(reward)},), none below 0, got {weights.shape}")
    weights = weights / weights.sum()
    centred = reward - weights @ reward
    covariance = (weights[:, None] * centred).T @ centred
    spread = np.sqrt(np.diag(covariance))
    for k in np.flatnonzero(spread <= 1e-12 * max(1.0, spread.max())):
        raise ValueError(f"the reward of input {k} is the same in all states: it has no label")
    similarity = covariance / np.outer(spread, spread)
    leading = np.linalg.eigh(similarity)[1][:, -1]
    labels = np.where(leading * leading[-1] > 0, 1, -1)
    same = np.equal.outer(labels, labels)
    between = float(similarity[~same].max()) if not same.all() else np.nan
    return RecoveredFeature(labels, similarity, float(similarity[same].min()), between)


def posterior_by_count(stationary: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """p(y = +1 | number of active neurons): (n + 1,) (Fig. 4D)."""
    joint = label_joint(stationary, labels)
    counts = spike_counts(n_neurons_of(joint))
    joint = np.stack([np.bincount(counts, column) for column in joint.T])
    return joint[1] / joint.sum(axis=0)


def mean_count(stationary: np.ndarray) -> np.ndarray:
    """Mean number of active neurons for each input: (n_inputs,)."""
    return firing_by_input(stationary).sum(axis=0)


def mean_by_count(function: np.ndarray, stationary: np.ndarray) -> np.ndarray:
    """Mean of a function of state and input over states of each count: (n + 1, n_inputs).

    Both arguments are (2^n, n_inputs); states weigh as often as they occur.
    """
    counts = spike_counts(n_neurons_of(stationary))
    groups = np.equal.outer(np.arange(counts.max() + 1), counts).astype(float)
    return groups @ (stationary * function) / (groups @ stationary)


@dataclass(frozen=True, eq=False)
class CellTypes:
    """Neurons of a code, sorted by how they respond to the number of active pixels.

    A code in which all neurons exchange their two states is worth as much.  So codes whose mean
    firing probability is above one half are described after that exchange.

    Attributes
    ----------
    firing : (n, n_inputs) float
        p(σ_i = +1|x).
    rates : (n,) float
        Mean firing probability.
    rising : (n,) bool
        Whether a neuron fires more for the last input than for the first ("ON").
    """

    firing: np.ndarray
    rates: np.ndarray
    rising: np.ndarray

    @property
    def name(self) -> str:
        """Numbers of ON and OFF cells, for example ``4 ON, 3 OFF``."""
        return f"{self.rising.sum()} ON, {(~self.rising).sum()} OFF"

    @property
    def n_kinds(self) -> int:
        """Different tuning curves; a curve and its mirror image 1 − p are one."""
        return self._count(np.where(self.rising[:, None], self.firing, 1 - self.firing))

    @property
    def n_curves(self) -> int:
        """Different tuning curves."""
        return self._count(self.firing)

    @staticmethod
    def _count(curves) -> int:
        found: list[np.ndarray] = []
        for curve in curves:
            if not any(np.abs(curve - other).max() < _SAME_RATE for other in found):
                found.append(curve)
        return len(found)


def cell_types(stationary: np.ndarray) -> CellTypes:
    """Sort the neurons of a code (Fig. 4H)."""
    firing, law = firing_by_input(stationary), as_law("stationary", stationary).sum(axis=0)
    # With a margin: rounding should not decide on a balanced code.
    if (firing @ law).mean() > 0.5 + 1e-6:
        firing = 1 - firing
    return CellTypes(firing, firing @ law, firing[:, -1] > firing[:, 0])


def restart(
    task: NetworkTask, labels: np.ndarray, n_restarts: int, seed: int, *, tolerance: float = 1e-5
) -> list[Code]:
    """Optimise a code from random starts that treat neurons differently.

    Parameters
    ----------
    task : NetworkTask
    labels : (n_inputs,) int
    n_restarts : int
    seed : int
        Start k is drawn from (seed, k).
    tolerance : float
        As of :func:`.efficient_coding.optimise_code`.

    Returns
    -------
    list of Code
        In the order of the starts.  Each first decoder has standard normal weights, and firing
        probabilities start from one half.
    """
    checks.integer("n_restarts", n_restarts, low=1)
    starts = [checks.generator((seed, k)).normal(size=task.n_neurons) for k in range(n_restarts)]
    return [optimise_code(task, labels, weights, tolerance=tolerance) for weights in starts]


def feature_from_samples(
    code: Code, n_samples: int, seed: int | tuple[int, ...], *, updates_known: bool = True
) -> tuple[RewardFit, RecoveredFeature]:
    """Record a network, infer its reward, and tell the feature from that.

    Parameters
    ----------
    code : Code
    n_samples : int
        Steps that are recorded.
    seed : int or tuple of int
    updates_known : bool
        Whether it is recorded which neuron chose, or states and inputs only.

    Returns
    -------
    RewardFit
    RecoveredFeature
        States weigh as often as they were seen: of others the reward is the prior's.

    Raises
    ------
    ValueError
        As :func:`.from_data.fit_reward`, for example if some inputs hardly occur.
    """
    recording = simulate(code.network, n_samples, checks.generator(seed))
    fit = fit_simulation(recording, code.network.task, updates_known=updates_known)
    seen = np.bincount(recording.states, minlength=len(fit.reward))
    return fit, recover_labels(fit.reward, seen)


def fit_where_seen(true: np.ndarray, inferred: np.ndarray, law: np.ndarray) -> float:
    """r² of two rewards, states and inputs weighing as often as they occur together.

    Parameters
    ----------
    true, inferred : (2^n, n_inputs) float
        Each less its mean for each input.
    law : (2^n, n_inputs) float
        How often states and inputs occur.

    Notes
    -----
    :func:`.optimal_network.r_squared` weighs all states alike.  An efficient code is in few of
    them, and a recording tells next to nothing of the others.
    """
    true, inferred = as_function("true", true), as_function("inferred", inferred)
    law = as_law("law", law)
    if not true.shape == inferred.shape == law.shape:
        shapes = f"{true.shape}, {inferred.shape} and {law.shape}"
        raise ValueError(f"true, inferred and law must have one shape, got {shapes}")
    first, second = (one - (law * one).sum(axis=0) / law.sum(axis=0) for one in (true, inferred))
    return float(
        (law * first * second).sum() ** 2 / ((law * first**2).sum() * (law * second**2).sum())
    )


def fits_from_samples(
    code: Code, n_samples: int, seeds: Sequence[int], *, from_input_alone: bool = False
) -> np.ndarray:
    """How well the reward inferred from recordings is the log-posterior of the feature (Fig. 4G).

    Parameters
    ----------
    code : Code
    n_samples : int
        Steps of each recording; which neuron chose is known.
    seeds : sequence of int
        One recording each.
    from_input_alone : bool
        Record another network in the code's place: neurons that do not heed each other, and fire
        with the probabilities that the code's neurons have given the input.

    Returns
    -------
    (n_seeds, 2) float
        r² with all states alike, and as of :func:`fit_where_seen`.
    """
    task, law, log_odds = code.network.task, code.network.stationary, code.network.log_odds
    if from_input_alone:
        firing = firing_by_input(law)[:, None, :]
        log_odds = np.broadcast_to(np.log(firing) - np.log1p(-firing), log_odds.shape)
        firing = np.ascontiguousarray(np.broadcast_to(firing, log_odds.shape))
        law, _ = iterate_law(firing, task.input_transitions, law, 1e-12, 100_000)
    truth = log_posterior(law, code.labels)
    found = []
    for seed in seeds:
        random, moves = checks.generator(seed), task.input_transitions
        start = divmod(int(random.choice(law.size, p=law.ravel())), task.n_inputs)
        recording = simulate(log_odds, n_samples, random, input_transitions=moves, start=start)
        reward = fit_simulation(recording, task, updates_known=True).reward
        found.append([r_squared(truth, reward, "mean"), fit_where_seen(truth, reward, law)])
    return np.array(found)


def share_recovered(
    code: Code, lengths: Sequence[int], n_recordings: int, seed: int, *, updates_known: bool = True
) -> list[tuple[float, float, float]]:
    """In what share of recordings all labels are right, whichever of the two is called +1.

    Parameters
    ----------
    code : Code
    lengths : sequence of int
        Samples of the recordings.
    n_recordings : int
        Of each length.
    seed : int
        Recording k of n samples is drawn from (seed, n, k).
    updates_known : bool
        As of :func:`feature_from_samples`.

    Returns
    -------
    list of (float, float, float)
        For each length the share, and its 95% interval (Wilson's).  Recordings that are too short
        for any inference count as wrong.
    """
    found = []
    for length in lengths:
        n_right = 0
        for k in range(n_recordings):
            try:
                _, feature = feature_from_samples(
                    code, length, (seed, length, k), updates_known=updates_known
                )
            except ValueError:
                continue  # an input was hardly seen, so that no reward can be inferred
            agree = feature.labels == code.labels
            n_right += bool(agree.all() or not agree.any())
        interval = binomtest(n_right, n_recordings).proportion_ci(method="wilson")
        found.append((n_right / n_recordings, float(interval.low), float(interval.high)))
    return found
