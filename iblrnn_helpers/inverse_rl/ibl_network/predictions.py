"""What does a network do that was trained on another task?  Predictions, and how good they are.

Two re-optimise the inferred reward in the new task, three assume that nothing changes.
The test of Chalk et al. 2021, Fig. 3C, D, on the networks of Part I.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ...core.means import Measured, mean_of_independent
from ...task.session import Session
from ..hypercube import as_floats
from .beliefs import (
    LEFT,
    RIGHT,
    WAIT,
    BeliefProcess,
    Codes,
    check_action_counts,
    count_actions,
    parts,
)
from .goal import Goal, best_policy, best_policy_at_shares, smoothed

REOPTIMISED = "reward, re-optimised"
SAME_FIT = "same fitted policy"
SAME_POLICY = "same policy of beliefs"
SAME_NETWORK = "same network"
AT_SHARES = "reward, at the old shares"
PREDICTIONS = (REOPTIMISED, AT_SHARES, SAME_FIT, SAME_POLICY, SAME_NETWORK)


@dataclass(frozen=True)
class TrialSummary:
    """What an agent's trials come to.

    Attributes
    ----------
    n_steps : float
        Steps per trial, blank ones too.
    correct : float
        Share of trials; one that timed out is not correct.
    block_use : float
        At zero contrast, fraction correct on concordant less discordant trials; NaN without
        both kinds.
    """

    n_steps: float
    correct: float
    block_use: float


@dataclass(frozen=True, eq=False)
class RetrainingPrediction:
    """What was predicted of one network, and what it did.

    Attributes
    ----------
    retrained : TrialSummary
    predicted : dict of str to TrialSummary
        Each of ``PREDICTIONS``.
    divergence : dict of str to float
        Of what was done from each prediction, see :func:`divergence`.
    """

    retrained: TrialSummary
    predicted: dict[str, TrialSummary]
    divergence: dict[str, float]

    def to_frame(self) -> pd.DataFrame:
        """One row a prediction under its name.

        ``divergence`` is in nats; ``n_steps``, ``correct`` and ``block_use`` are those predicted
        less those of the retrained network.
        """
        said = pd.DataFrame({name: vars(one) for name, one in self.predicted.items()}).T
        errors = said - pd.Series(vars(self.retrained))
        return errors.assign(divergence=pd.Series(self.divergence))


def predict(
    goal: Goal,
    learned_on: tuple[BeliefProcess, np.ndarray],
    codes: Codes,
    process: BeliefProcess,
    unchanged: Session,
    retrained: Session,
) -> RetrainingPrediction:
    """Predict a retrained network from another network's reward, and look.

    Parameters
    ----------
    goal : Goal
        Inferred from the first network.
    learned_on : (BeliefProcess, (n_codes, 3) float)
        What ``goal`` was inferred from: the first task, and the first network's actions in it.
    codes : Codes
        Of trials of the other task.
    process : BeliefProcess
        That task.
    unchanged, retrained : Session
        The first network, and the one trained on the other task, both on the trials of ``codes``.

    Raises
    ------
    ValueError
        If the sessions are of other trials.

    Notes
    -----
    ``reward, re-optimised``: :func:`.best_policy`.  ``reward, at the old shares``:
    :func:`.best_policy_at_shares`.  ``same fitted policy``: the best policy of the first task,
    given the belief.  ``same policy of beliefs``: the first network's actions given the belief.
    The belief is always that of an observer who knows the new task: inference is learned anew.
    ``same network``: the first network itself plays the new trials.
    """
    first, actions = learned_on
    best = np.exp(best_policy(process, goal).log_policy[: process.n_choices])
    policies = {
        REOPTIMISED: everywhere(best, process.code, codes),
        AT_SHARES: everywhere(best_policy_at_shares(process, goal), process.code, codes),
        SAME_FIT: everywhere(goal.policy, first.code, codes),
        SAME_POLICY: frequency_policy(first, actions, codes),
        SAME_NETWORK: frequency_policy(process, count_actions(codes, unchanged), codes),
    }
    did = count_actions(codes, retrained)
    behavior = {name: behavior_of_policy(codes, policy) for name, policy in policies.items()}
    behavior[SAME_NETWORK] = behavior_of_session(codes, unchanged)  # exact, where it can be
    return RetrainingPrediction(
        behavior_of_session(codes, retrained),
        behavior,
        {name: divergence(did, policy) for name, policy in policies.items()},
    )


def behavior_of_policy(codes: Codes, policy: np.ndarray) -> TrialSummary:
    """What a policy of beliefs does in given trials, without drawing its choices.

    Parameters
    ----------
    codes : Codes
    policy : (n_codes, 3) float
        P(left), P(wait), P(right).
    """
    taken = policy[codes.code]  # (n_trials, n_observations, 3)
    waited = np.cumprod(taken[:, :, WAIT], axis=1)
    reached = np.column_stack([np.ones(len(waited)), waited[:, :-1]])
    ended = (reached[:, :, None] * taken).sum(axis=1)
    correct = np.where(codes.trials.side > 0, ended[:, RIGHT], ended[:, LEFT])
    return _behavior(codes, correct, codes.trials.params.n_blank_steps + reached.sum(axis=1))


def behavior_of_session(codes: Codes, session: Session) -> TrialSummary:
    """The same of an agent that played the trials of ``codes``."""
    return _behavior(codes, session.correct.astype(float), session.n_steps)


def _behavior(codes: Codes, correct: np.ndarray, n_steps: np.ndarray) -> TrialSummary:
    trials, blank = codes.trials, codes.trials.strength == 0
    either = correct[blank & trials.concordant], correct[blank & trials.discordant]
    use = either[0].mean() - either[1].mean() if all(map(len, either)) else np.nan
    return TrialSummary(float(n_steps.mean()), float(correct.mean()), float(use))


def frequency_policy(process: BeliefProcess, counts: np.ndarray, codes: Codes) -> np.ndarray:
    """(n_codes, 3) float: how often what was done, in the states of ``process`` and like ones."""
    seen = counts[process.code]
    return everywhere(smoothed(seen, seen.sum(axis=0) / seen.sum()), process.code, codes)


def everywhere(policy: np.ndarray, code: np.ndarray, codes: Codes) -> np.ndarray:
    """A policy for every code: where it has none, that of the nearest bin that has one.

    Parameters
    ----------
    policy : (n_known, 3) float
    code : (n_known,) int
    codes : Codes
        Says how many codes there are.

    Returns
    -------
    (n_codes, 3) float
    """
    known = cKDTree(np.column_stack(parts(code)))
    return policy[known.query(np.column_stack(parts(np.arange(codes.n_codes))))[1]]


def divergence(counts: np.ndarray, policy: np.ndarray) -> float:
    """Mean KL divergence of what was done from a policy, in nats per action.

    Parameters
    ----------
    counts : (n_codes, 3) float
        Of :func:`.count_actions`.
    policy : (n_codes, 3) float

    Notes
    -----
    Frequencies stand for the agent's own policy.  This makes the divergence a little too large,
    by the same amount from every policy: differences are those of the mean log likelihood.
    """
    counts, policy = check_action_counts(counts, 1), as_floats("policy", policy)
    if policy.shape != counts.shape or not (np.isfinite(policy) & (policy >= 0)).all():
        raise ValueError(f"policy must hold probabilities {counts.shape}, got {policy.shape}")
    did = counts > 0
    frequency = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with np.errstate(divide="ignore"):  # infinite where the policy excludes what was done
        log_ratio = np.log(frequency[did]) - np.log(policy[did])
    return float((counts[did] * log_ratio).sum() / counts.sum())


def share_of_wins(predictions: Sequence[RetrainingPrediction], better: str, worse: str) -> float:
    """Share of networks, one or more, of which one prediction says more than another."""
    if not predictions:
        raise ValueError("predictions must hold one or more, got none")
    return float(np.mean([p.divergence[better] < p.divergence[worse] for p in predictions]))


def difference(predictions: Sequence[RetrainingPrediction], one: str, other: str) -> Measured:
    """Mean divergence from one prediction less that from another, with its 95% interval.

    The interval is Student's, over networks; None for a single one.
    """
    return mean_of_independent([p.divergence[one] - p.divergence[other] for p in predictions])
