"""What a recording of limited length tells of the feature that a network codes (Fig. 4F, G)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import checks
from .coding_responses import RecoveredFeature, recover_labels
from .efficient_coding import Code
from .from_data import RewardFit, fit_reward
from .recording import simulate
from .transitions import count_transitions


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
    task = code.network.task
    recording = simulate(code.network, n_samples, np.random.default_rng(seed))
    counts = count_transitions(
        recording.states,
        task.n_neurons,
        recording.inputs,
        updated=recording.updated if updates_known else None,
        n_inputs=task.n_inputs,
    )
    fit = fit_reward(counts, coding_cost=task.coding_cost, marginal=task.marginal, cost=task.cost)
    seen = np.bincount(recording.states, minlength=task.n_states)
    return fit, recover_labels(fit.reward, seen)


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
    from scipy.stats import binomtest

    checks.integer("n_recordings", n_recordings, low=1)
    for length in lengths:
        checks.integer("lengths", length, low=1)
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
