"""Claim 1 in numbers: what the paper says of behaviour, as quantities that can be judged.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

import numpy as np

from ..core.means import Measured, linearised
from ..task.session import Session
from .measures import correct_by_strength, performance, reward_by_observations
from .trial_means import means, paired_difference

WEAK = 0.5  # the two weakest strengths of the paper's task
EARLY, LATE = (0, 3), (9, 20)  # trials of a block, from 0: the first three, and the 10th to 20th
OBSERVATIONS = (1, 2, 3, 4, 5)  # Fig. 3c; longer trials are too rare to weigh the same


def measure_claim_1(
    rnn: Session, observer: Session, released: Session, exact: Session
) -> dict[str, Measured]:
    """Everything that the ledger asks of behaviour, by claim id.

    Parameters
    ----------
    rnn, observer, released, exact : Session
        The network, the Bayesian observer of it, and the Bayesian actor as
        released and with the exact posterior.

    Raises
    ------
    ValueError
        If the sessions are not of the same trials.
    """
    trials, overall = rnn.trials, performance(rnn)
    strength, block = trials.strength, trials.block_index
    zero, strong, weak = strength == min(strength), strength == max(strength), strength <= WEAK
    at_zero = correct_by_strength(rnn).at(strength=min(strength))
    gap = np.subtract(released.correct, rnn.correct, dtype=float)
    early, late = (
        (trials.block > 0) & (trials.trial_in_block >= first) & (trials.trial_in_block < last)
        for first, last in (EARLY, LATE)
    )
    measured = {
        "rnn_correct": overall.correct.measured(),
        "rnn_steps": overall.n_steps.measured(),
        "rnn_zero_concordant": at_zero.at(concordant=True).measured(),
        "rnn_zero_discordant": at_zero.at(concordant=False).measured(),
        "rnn_above_chance_at_zero": means(rnn, "correct", where=zero).measured(),
        "observer_minus_rnn": paired_difference(observer, rnn, "correct").measured(),
        "rnn_slower_at_low_contrast": contrast(rnn.n_steps, zero, strong, block),
        "actor_slower_at_low_contrast": paired_difference(
            released, rnn, "n_steps", where=weak
        ).measured(),
        "gap_actor_minus_rnn": contrast(
            gap, zero & trials.concordant, zero & ~trials.concordant, block
        ),
        "exact_actor_minus_rnn": paired_difference(exact, rnn, "correct").measured(),
        "recovery_after_switch": contrast(rnn.correct, late, early, block),
        "reward_observer_minus_rnn": Measured(_rewarded(observer) - _rewarded(rnn)),
        "reward_actor_minus_rnn": Measured(_rewarded(released) - _rewarded(rnn)),
    }
    return {f"claim1.{name}": value for name, value in measured.items()}


def contrast(
    values: np.ndarray, first: np.ndarray, second: np.ndarray, cluster: np.ndarray
) -> Measured:
    """Mean of ``values`` where ``first`` minus their mean where ``second``.

    Both groups may have trials in the same blocks, so the two means are not
    independent: the interval comes from the sum over each block of what its
    trials add to the difference (linearised, as in
    :func:`iblrnn_helpers.core.means.group_means`).

    Parameters
    ----------
    values : (n_trials,) float
    first, second : (n_trials,) bool
    cluster : (n_trials,) int
        The block of each trial, from 0.
    """
    values = np.asarray(values, dtype=float)
    influence = np.zeros(len(values))
    difference = 0.0
    for sign, group in ((1, first), (-1, second)):
        if not group.any():
            raise ValueError("contrast needs at least one trial in each group, got an empty one")
        mean = values[group].mean()
        difference += sign * mean
        influence[group] += sign * (values[group] - mean) / np.count_nonzero(group)
    used = np.unique(cluster[first | second])
    return linearised(difference, np.bincount(cluster, influence)[used])


def _rewarded(session: Session) -> float:
    """Fraction of trials rewarded, averaged over the numbers of observations that occurred.

    NaN if none of them did: a network that is hardly trained may always wait longer.
    """
    correct = reward_by_observations(session).correct
    number = correct.groups["n_observations"]
    rewarded = correct.mean[np.isin(number, OBSERVATIONS) & (correct.n > 0)]
    return float(rewarded.mean()) if len(rewarded) else np.nan
