"""How well an expectation predicts choices: one link for all, fitted and judged on other sessions.

P(right) = left + (1 - left - right) * sigmoid(bias + gain * side * f(contrast) + weight * x),

with the expectation x (log odds of right), two lapse rates, and f(c) = tanh(k c) / tanh(k), which
saturates.  Whose expectation x is, is all in which two candidates differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax

from ..core import checks
from ..task.trials import Behavior

SATURATIONS = (1.0, 2.0, 3.5, 5.0, 8.0, 12.0)  # k
N_FOLDS = 5
MAX_STEPS = 100
TOLERANCE = 1e-5  # of the mean log likelihood (nats per trial) that a step still gains
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

    Returns
    -------
    Link

    Raises
    ------
    ValueError
        If all choices are of one side.

    Notes
    -----
    Lapse rates are the first two of softmax(a, b, 0), so that they are positive and leave
    something to the sigmoid.  A step that does not gain is halved.
    """
    right = np.asarray(right, dtype=float)
    if right.all() or not right.any():
        raise ValueError("right must hold both choices, got one only")
    n_trials, n_columns = columns.shape
    theta = np.zeros(n_columns + 2)
    theta[n_columns:] = np.log(0.03 / 0.94)
    if start is not None:
        theta[: len(start.weights)] = start.weights
        lapses = np.clip([start.lapse_left, start.lapse_right], 1e-4, 0.45)
        theta[n_columns:] = np.log(lapses / (1 - lapses.sum()))

    def model(theta):
        left, other, kept = softmax(np.append(theta[n_columns:], 0.0))
        s = expit(columns @ theta[:n_columns])
        p = np.clip(left + kept * s, 1e-12, 1 - 1e-12)
        gained = np.mean(right * np.log(p) + (1 - right) * np.log1p(-p))
        return p, s, left, other, kept, gained - RIDGE / 2 * theta @ theta

    p, s, left, other, kept, gained = model(theta)
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
        while True:
            tried = model(theta + length * step)
            if tried[-1] >= gained or length < 1e-4:
                break
            length /= 2
        gain = tried[-1] - gained
        if gain > 0:
            theta = theta + length * step
            p, s, left, other, kept, gained = tried
        if gain < TOLERANCE:
            break
    likelihood = np.mean(right * np.log(p) + (1 - right) * np.log1p(-p))
    return Link(theta[:n_columns], float(left), float(other), float(likelihood))


def predict_choices(
    behavior: Behavior,
    candidates: Mapping[str, Sequence[np.ndarray]],
    *,
    n_folds: int = N_FOLDS,
) -> Prediction:
    """Held-out log likelihood of choices given each candidate's expectation.

    Parameters
    ----------
    behavior : Mouse or other Behavior
        Choices in blocks count; the unbiased start of sessions only feeds the expectations.
    candidates : dict of name to sequence of (n_trials,) or (n_trials, n_expectations) float
        Variants of an expectation, or of several that have a weight each; the variant that fits
        the training sessions best is judged.  No variant: the stimulus alone.
    n_folds : int
        Every n_folds-th session is held out in turn; sessions are never split.

    Returns
    -------
    Prediction

    Raises
    ------
    ValueError
        If there are fewer than two sessions with choices in blocks, or shapes do not fit.
    """
    checks.integer("n_folds", n_folds, low=2)
    trials = behavior.trials
    used = np.flatnonzero((behavior.choice != 0) & (trials.block_side != 0))
    right = behavior.choice[used] > 0
    number = np.unique(trials.session[used], return_inverse=True)[1]
    n_sessions = int(number.max(initial=-1)) + 1
    if n_sessions < 2:
        raise ValueError(
            f"{behavior.agent} must have 2 sessions with choices in blocks, got {n_sessions}"
        )
    n_folds = min(n_folds, n_sessions)
    fold = number % n_folds
    for name, given in candidates.items():
        for expectation in given:
            if len(expectation) != len(trials):
                raise ValueError(
                    f"candidates[{name!r}] must have {len(trials)} trials, got {len(expectation)}"
                )
    signed = trials.side[used], trials.strength[used]
    totals = dict.fromkeys(candidates, 0.0)
    chosen = dict.fromkeys(candidates, 0.0)
    start = None
    for k in range(n_folds):
        train, test = fold != k, fold == k
        fits = [
            (fit_link(_stimulus(*signed, s)[train], right[train], start), s) for s in SATURATIONS
        ]
        alone, saturation = max(fits, key=lambda fit: fit[0].log_likelihood)
        start = alone
        stimulus = _stimulus(*signed, saturation)
        for name, given in candidates.items():
            best, best_columns = alone, stimulus
            for v, expectation in enumerate(given):
                columns = np.column_stack((stimulus, expectation[used]))
                link = fit_link(columns[train], right[train], best if v else alone)
                if v == 0 or link.log_likelihood > best.log_likelihood:
                    best, best_columns = link, columns
                    index = v
            if len(given):
                chosen[name] += index / n_folds
            p = np.clip(best.p_right(best_columns[test]), 1e-12, 1 - 1e-12)
            totals[name] += np.log2(np.where(right[test], p, 1 - p)).sum()
    bits = {name: float(total / len(used)) for name, total in totals.items()}
    return Prediction(bits, chosen, len(used), n_sessions)


def _stimulus(side: np.ndarray, contrast: np.ndarray, saturation: float) -> np.ndarray:
    """(n_trials, 2) float: the columns of bias and gain."""
    seen = side * np.tanh(saturation * contrast) / np.tanh(saturation)
    return np.column_stack((np.ones(len(side)), seen))
