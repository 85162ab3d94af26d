"""Whose expectation predicts a mouse's choices best: one link for all, judged on held-out sessions.

P(right) = left + (1 - left - right) * sigmoid(bias + gain * side * f(contrast) + weight * x),

with the expectation x (log odds of right), two lapse rates, and f(c) = tanh(k c) / tanh(k), which
saturates.  Whose expectation x is, is all in which two candidates differ.  What each gains over
the stimulus alone is compared mouse by mouse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import binom

from ..core import checks
from ..core.means import CONFIDENCE, Measured, mean_of_independent
from ..task.trials import Behavior

ALONE = "stimulus alone"
SATURATIONS = (1.0, 2.0, 3.5, 5.0, 8.0, 12.0)  # k
DECAYS = (0.5, 0.7, 0.8, 0.875, 0.92, 0.95, 0.97)  # of leaky averages
STRONGEST = 2.5  # of the paper's strengths; if a task has stronger ones, they are shares of these
N_FOLDS = 5
MAX_STEPS = 100
TOLERANCE = 1e-5  # of the mean log likelihood (nats per trial) that a step still gains
MOST = 1_000  # log odds: far above, a probability is 1 to every digit that a number has
# Far less than the data say, but keeps a weight finite that they say nothing of.
RIDGE = 1e-6


@dataclass(frozen=True)
class Link:
    """Fitted parameters of the link.

    Attributes
    ----------
    weights : (n_columns,) float
        In log odds: bias, gain, and a weight for each expectation.
    lapse_left, lapse_right : float
        P(right) far on the left, and P(left) far on the right.
    log_likelihood : float
        Mean over the trials that it was fitted to, in nats.
    """

    weights: np.ndarray
    lapse_left: float
    lapse_right: float
    log_likelihood: float

    def p_right(self, columns: np.ndarray) -> np.ndarray:
        """(n_trials,) float: P(right) for (n_trials, n_columns) columns."""
        kept = 1 - self.lapse_left - self.lapse_right
        return self.lapse_left + kept * expit(columns @ self.weights)


@dataclass(frozen=True)
class Prediction:
    """How well a mouse's choices are predicted, by candidate.

    Attributes
    ----------
    bits : dict of candidate to float
        Held-out log likelihood per trial, in bits.
    chosen : dict of candidate to float
        Mean over folds of the index of the variant chosen.
    n_trials, n_sessions : int
    """

    bits: dict[str, float]
    chosen: dict[str, float]
    n_trials: int
    n_sessions: int


def fit_link(columns: np.ndarray, right: np.ndarray, start: Link | None = None) -> Link:
    """Maximum likelihood of the link by Fisher's scoring.

    Parameters
    ----------
    columns : (n_trials, n_columns) float
    right : (n_trials,) bool
    start : Link, optional
        Where to begin, with as many weights or fewer; it saves time.

    Raises
    ------
    ValueError
        If shapes differ, a number is not finite, or all choices are of one side.

    Notes
    -----
    Lapse rates are the first two of softmax(a, b, 0), so that they are positive and leave
    something to the sigmoid.  A step that does not gain is halved.
    """
    columns = checks.finite_array("columns", columns)
    right = checks.finite_array("right", right, n_axes=1, n_columns=len(columns))
    if right.all() or not right.any():
        raise ValueError("right must hold both choices, got one only")
    n_trials, n_columns = columns.shape
    theta = np.append(np.zeros(n_columns), [np.log(0.03 / 0.94)] * 2)
    if start is not None:
        theta[: len(start.weights)] = start.weights
        lapses = np.clip([start.lapse_left, start.lapse_right], 1e-4, 0.45)
        theta[n_columns:] = np.log(lapses / (1 - lapses.sum()))

    def model(theta):
        rates = np.append(theta[n_columns:], 0.0)
        rates = np.exp(rates - rates.max())  # SciPy's softmax takes longer than all the rest
        left, other, kept = rates / rates.sum()
        s = expit(columns @ theta[:n_columns])
        p = np.clip(left + kept * s, 1e-12, 1 - 1e-12)
        likelihood = np.mean(right * np.log(p) + (1 - right) * np.log1p(-p))
        return p, s, left, other, kept, likelihood, likelihood - RIDGE / 2 * theta @ theta

    p, s, left, other, kept, likelihood, gained = model(theta)
    for _ in range(MAX_STEPS):
        slope = np.empty((n_trials, n_columns + 2))  # dp / dtheta
        slope[:, :n_columns] = (kept * s * (1 - s))[:, None] * columns
        slope[:, n_columns] = left * (1 - p)
        slope[:, n_columns + 1] = -other * p
        scaled = slope / (p * (1 - p))[:, None]
        information = slope.T @ scaled / n_trials + RIDGE * np.eye(len(theta))
        score = scaled.T @ (right - p) / n_trials - RIDGE * theta
        step = np.linalg.solve(information, score)
        length = min(1.0, 4 / np.abs(step).max())
        while (tried := model(theta + length * step))[-1] < gained and length >= 1e-4:
            length /= 2
        gain = tried[-1] - gained
        if gain > 0:
            theta = theta + length * step
            p, s, left, other, kept, likelihood, gained = tried
        if gain < TOLERANCE:
            break
    return Link(theta[:n_columns], float(left), float(other), float(likelihood))


def predict_choices(
    behavior: Behavior, candidates: Mapping[str, Sequence[np.ndarray]], *, n_folds: int = N_FOLDS
) -> Prediction:
    """Held-out log likelihood of choices given each candidate's expectation.

    Parameters
    ----------
    behavior : Mouse or other Behavior
        Choices in blocks count; the unbiased start of sessions only feeds the expectations.
    candidates : dict of name to sequence of (n_trials,) or (n_trials, n_expectations) float
        Variants of an expectation, or of several that have a weight each; the variant that fits
        the training sessions best is judged.  No variant: the stimulus alone.  Those of
        :func:`.own_models.candidates`, ours and your own, or any others.
    n_folds : int
        Every n_folds-th session is held out in turn; sessions are never split.

    Raises
    ------
    ValueError
        If there are fewer than two sessions with choices in blocks, shapes do not fit, or log odds
        in trials that count are not finite or above 1,000 in size.
    """
    checks.integer("n_folds", n_folds, low=2)
    trials = behavior.trials
    used = np.flatnonzero((behavior.choice != 0) & (trials.block_side != 0))
    right = behavior.choice[used] > 0
    sessions, number = np.unique(trials.session[used], return_inverse=True)
    if len(sessions) < 2:
        raise ValueError(
            f"{behavior.agent} must have 2 sessions with choices in blocks, got {len(sessions)}"
        )
    n_folds = min(n_folds, len(sessions))
    candidates = {
        name: [checked(f"candidates[{name!r}]", one, len(trials), used) for one in variants]
        for name, variants in candidates.items()
    }
    totals, chosen = dict.fromkeys(candidates, 0.0), dict.fromkeys(candidates, 0.0)
    # In percent, say, the stimulus would saturate at once.
    strongest = max(trials.strengths)
    shown = trials.strength[used] / (strongest if strongest > STRONGEST else 1)
    stimuli = [_stimulus(trials.side[used], shown, k) for k in SATURATIONS]
    alone = None
    for fold in range(n_folds):
        test = number % n_folds == fold
        fits = [fit_link(stimulus[~test], right[~test], alone) for stimulus in stimuli]
        k = int(np.argmax([fit.log_likelihood for fit in fits]))
        alone, stimulus = fits[k], stimuli[k]
        for name, variants in candidates.items():
            best, best_columns, index = alone, stimulus, 0
            for v, expectation in enumerate(variants):
                columns = np.column_stack((stimulus, expectation[used]))
                link = fit_link(columns[~test], right[~test], best)
                if v == 0 or link.log_likelihood > best.log_likelihood:
                    best, best_columns, index = link, columns, v
            chosen[name] += index / n_folds
            p = np.clip(best.p_right(best_columns[test]), 1e-12, 1 - 1e-12)
            totals[name] += np.log2(np.where(right[test], p, 1 - p)).sum()
    bits = {name: float(total / len(used)) for name, total in totals.items()}
    return Prediction(bits, chosen, len(used), len(sessions))


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

    Raises
    ------
    ValueError
        A mouse lacks the candidate ``stimulus alone``.
    """
    import pandas as pd

    for name, found in predictions.items():
        if ALONE not in found.bits:
            raise ValueError(
                f"predictions[{name!r}] must have the candidate {ALONE!r}, with no variant, "
                f"beside which the others gain, got {', '.join(found.bits) or 'none'}"
            )
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

    best = gained.idxmax(axis=1)
    rows = {}
    for name in gained:
        mean, interval, _ = mean_of_independent(gained[name], over="mice")
        rows[name] = mean, *(interval or (np.nan, np.nan)), int((best == name).sum())
    columns = ["gain", "low", "high", "best in mice"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def memory(predictions: Mapping[str, Prediction], candidate: str) -> Measured:
    """Over how many trials a leaky average reaches, 1 / (1 - decay); median over mice.

    Of a mouse, the mean over folds of the number of the decay chosen is turned into a
    decay, between two of ``DECAYS`` if need be.  The interval has for ends the two mice between
    which the median of all mice lies with a probability of at least 95%, whatever their
    distribution; fewer than six mice have none.
    """
    chosen = [found.chosen[candidate] for found in predictions.values()]
    reach = np.sort(1 / (1 - np.interp(chosen, range(len(DECAYS)), DECAYS)))
    # As many mice are below the median as coins fall heads.
    n_outside = int(binom.ppf((1 - CONFIDENCE) / 2, len(reach), 0.5))
    value = float(np.median(reach))
    if not n_outside:
        return Measured(value)
    return Measured(value, (float(reach[n_outside - 1]), float(reach[-n_outside])), "mice")


def checked(field: str, values, n_trials: int, used: np.ndarray | slice) -> np.ndarray:
    """An expectation, (n_trials,) or (n_trials, n_expectations), that can be log odds where used.

    Raises
    ------
    ValueError
        If it has another shape, or a value is not finite or too large.
    """
    array = checks.unmasked(field, values)
    if array.ndim not in (1, 2) or len(array) != n_trials:
        raise ValueError(f"{field} must have {n_trials} trials, got shape {array.shape}")
    found = checks.finite_array(field, array[used], n_axes=array.ndim)
    if (most := np.abs(found).max()) > MOST:
        raise ValueError(f"{field} must be log odds of at most {MOST:,} in size, got {most:g}")
    return array


def _stimulus(side: np.ndarray, contrast: np.ndarray, saturation: float) -> np.ndarray:
    """(n_trials, 2) float: the columns of bias and gain."""
    seen = side * np.tanh(saturation * contrast) / np.tanh(saturation)
    return np.column_stack((np.ones(len(side)), seen))
