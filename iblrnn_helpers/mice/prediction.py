"""Which expectation foresees mice's choices best: the candidates, and how they fare over mice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core.logistic import fit_side
from ..core.means import mean_of_independent
from ..task.trials import Behavior
from . import expectations
from .choice_model import Prediction
from .expectations import DECAYS
from .record import Mouse

ALONE = "stimulus alone"
SIDES, CHOICES = "average of sides", "average of choices"
MARKOV, EXACT = "Bayes, Markov", "Bayes, exact"


def candidates(mouse: Mouse, lived: Mapping[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Expectations for :func:`.choice_model.predict_choices`, by name.

    Parameters
    ----------
    mouse : Mouse
    lived : dict of name to (n_trials,) float
        Further ones, of agents that lived the mouse's trials.

    Returns
    -------
    dict of name to list of variants
        ``stimulus alone``; ``true block``; both Bayesian filters of the past sides; leaky averages
        of sides and of the mouse's choices, each with all leaks of ``DECAYS``; the latter
        with the Markov filter beside it; and ``lived``.
    """
    markov = expectations.markov(mouse.trials)
    of_sides = [expectations.average_of_sides(mouse.trials, decay) for decay in DECAYS]
    of_choices = [expectations.average_of_choices(mouse, decay) for decay in DECAYS]
    return {
        ALONE: [],
        "true block": [mouse.trials.block_side],
        MARKOV: [markov],
        EXACT: [expectations.semi_markov(mouse.trials)],
        SIDES: of_sides,
        CHOICES: of_choices,
        "choices and Bayes": [np.column_stack((one, markov)) for one in of_choices],
        **{name: [expectation] for name, expectation in lived.items()},
    }


def gains(predictions: Mapping[str, Prediction]):
    """What each candidate adds to the stimulus alone, mouse by mouse.

    Parameters
    ----------
    predictions : dict of mouse to Prediction

    Returns
    -------
    pandas.DataFrame
        A row a mouse, a column a candidate, the best on average first; thousandths of a bit per
        choice.
    """
    import pandas as pd

    bits = pd.DataFrame({name: found.bits for name, found in predictions.items()}).T
    found = 1000 * bits.drop(columns=ALONE).sub(bits[ALONE], axis=0)
    return found[found.mean().sort_values(ascending=False, kind="stable").index]


def ranking(gained):
    """Candidates over mice.

    Parameters
    ----------
    gained : pandas.DataFrame
        Of :func:`gains`, or some of its columns.

    Returns
    -------
    pandas.DataFrame
        A row a candidate: ``gain`` with its 95% interval over mice, ``low`` and ``high`` (NaN for
        a single mouse), and in how many mice it is the best of these.
    """
    import pandas as pd

    measured = [mean_of_independent(gained[name]) for name in gained]
    ends = [interval or (np.nan, np.nan) for _, interval in measured]
    first = gained.idxmax(axis=1).value_counts()
    return pd.DataFrame(
        {
            "gain": [value for value, _ in measured],
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
            "best in mice": first.reindex(gained.columns).fillna(0).astype(int),
        },
        index=gained.columns,
    )


def memory(predictions: Mapping[str, Prediction], candidate: str) -> float:
    """Over how many trials a leaky average reaches, 1 / (1 - decay); median over mice.

    Of a mouse, the mean over folds of the number of the decay chosen is turned into a
    decay, between two of ``DECAYS`` if need be.
    """
    chosen = [found.chosen[candidate] for found in predictions.values()]
    return float(np.median(1 / (1 - np.interp(chosen, range(len(DECAYS)), DECAYS))))


# What of the last trial is left in the next choice, of a mouse or of an agent.

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
