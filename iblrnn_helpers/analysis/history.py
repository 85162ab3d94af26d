"""What of the last trial is left in the next choice, of a mouse or of an agent.

Source: International Brain Laboratory 2021 (eLife 10:e63711), Fig. 5: a logistic regression of
choices on the stimulus, the last choice by its outcome, and the block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..trials import Behavior
from .logistic import fit_side

REGRESSORS = ("stimulus", "last choice, rewarded", "last choice, unrewarded", "block")


@dataclass(frozen=True)
class AfterOutcome:
    """Choices by what came of the choice before.

    Attributes
    ----------
    win_stay : float
        Share of repetitions after a rewarded choice.
    lose_switch : float
        Share of changes after an unrewarded one.
    correct_after_win, correct_after_loss : float
        Fractions correct.
    """

    win_stay: float
    lose_switch: float
    correct_after_win: float
    correct_after_loss: float


def pairs(behavior: Behavior) -> np.ndarray:
    """(n_trials,) bool: in a block, with a choice, and the session's trial before has one too."""
    trials = behavior.trials
    chose = behavior.choice != 0
    follows = np.zeros(len(trials), dtype=bool)
    follows[1:] = (np.diff(trials.session) == 0) & chose[:-1]
    return follows & chose & (trials.block_side != 0)


def after_outcome(behavior: Behavior, *, strength: float | None = None) -> AfterOutcome:
    """Win-stay, lose-switch, and what they cost (Findling et al. 2025, Fig. 4c, for the last).

    Parameters
    ----------
    behavior : Mouse or other Behavior
    strength : float, optional
        Only choices at this strength, e.g. at 0, where the stimulus tells nothing.

    Raises
    ------
    ValueError
        If no trial can have the strength, or no choice follows a rewarded one, or none an
        unrewarded one.
    """
    now = pairs(behavior)
    if strength is not None:
        now &= behavior.trials.of_strength(strength)
    now = np.flatnonzero(now)
    stays = behavior.choice[now] == behavior.choice[now - 1]
    won = behavior.correct[now - 1]
    if won.all() or not won.any():
        raise ValueError(
            f"{behavior.agent} has {won.sum()} choices after a rewarded and {(~won).sum()} after "
            "an unrewarded one; both are needed"
        )
    correct = behavior.correct[now]
    values = stays[won], ~stays[~won], correct[won], correct[~won]
    return AfterOutcome(*(float(one.mean()) for one in values))


def history_weights(behavior: Behavior) -> dict[str, float]:
    """Weights of a logistic regression of choices, in log odds of right.

    Parameters
    ----------
    behavior : Mouse or other Behavior
        Choices in blocks that follow another choice of their session.

    Returns
    -------
    dict of str to float
        Of each of ``REGRESSORS``.  ``stimulus`` is in units of its standard deviation, after
        strengths, which differ from mice to agents, have been replaced by their rank; the others
        are -1 or +1 for left and right, or 0.
    """
    trials = behavior.trials
    now = np.flatnonzero(pairs(behavior))
    ranks = np.unique(trials.strength[now], return_inverse=True)[1]
    stimulus = trials.side[now] * ranks
    last, won = behavior.choice[now - 1], behavior.correct[now - 1]
    columns = (stimulus / stimulus.std(), last * won, last * ~won, trials.block_side[now])
    fit = fit_side(np.stack(columns, axis=1), behavior.choice[now], intercept=True)
    return dict(zip(REGRESSORS, map(float, fit.weights), strict=True))
