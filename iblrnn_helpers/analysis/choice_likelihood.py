"""How well a belief accounts for somebody's choices: likelihood, with a lapse and a scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ..task import Trials
from .groups import Measured
from .resample import block_sums, resampled
from .trial_means import block_index

LARGEST_LOG_ODDS = 36.0  # beyond, a probability of 1 in float64


@dataclass(frozen=True)
class ChoiceFit:
    """Choices as noisy readings of a belief.

    Attributes
    ----------
    scale : float
        Of the log odds: 1 chooses each side as often as it is believed in, more is more decided.
    lapse : float
        Share of the choices that are guesses.
    log_likelihood : (n_trials,) float
        Of each choice, in nats.
    """

    scale: float
    lapse: float
    log_likelihood: np.ndarray

    @property
    def per_choice(self) -> float:
        """Mean log likelihood of a choice, in nats; -0.69 is chance."""
        return float(self.log_likelihood.mean())


def fit_choices(p_right: np.ndarray, choice: np.ndarray) -> ChoiceFit:
    """The scale and lapse under which choices are most likely.

    P(right) = lapse / 2 + (1 - lapse) / (1 + exp(-scale * log odds)).

    Parameters
    ----------
    p_right : (n_trials,) float
        What is believed at the moment of the choice, in [0, 1].
    choice : (n_trials,) int
        -1 left, +1 right; trials without a choice have to be left out.

    Returns
    -------
    ChoiceFit

    Raises
    ------
    ValueError
        If shapes differ, a belief is no probability, or a choice is neither side.
    """
    from scipy.optimize import minimize

    p_right, choice = np.asarray(p_right, dtype=float), np.asarray(choice)
    if p_right.ndim != 1 or p_right.shape != choice.shape or not len(choice):
        raise ValueError(
            f"p_right and choice must be (n_trials,), got {p_right.shape} and {choice.shape}"
        )
    if not ((p_right >= 0) & (p_right <= 1)).all():
        raise ValueError("p_right must be probabilities")
    if not np.isin(choice, (-1, 1)).all():
        raise ValueError("choice must be -1 or +1; leave trials without a choice out")
    with np.errstate(divide="ignore"):
        log_odds = np.log(p_right) - np.log1p(-p_right)
    # For what was chosen.
    log_odds = choice * np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)

    def of(parameters):
        scale, lapse = parameters
        follows = expit(scale * log_odds)
        return follows, lapse / 2 + (1 - lapse) * follows

    def loss(parameters):
        follows, p = of(parameters)
        slope = (1 - parameters[1]) * follows * (1 - follows) * log_odds
        gradient = np.array([np.mean(slope / p), np.mean((0.5 - follows) / p)])
        return -np.mean(np.log(p)), -gradient

    # A lapse of 0 would make one choice against certainty impossible.
    found = minimize(loss, (1.0, 0.02), jac=True, bounds=((0, 100), (1e-6, 1)), method="L-BFGS-B")
    _, p = of(found.x)
    return ChoiceFit(float(found.x[0]), float(found.x[1]), np.log(p))


def likelihood_gain(
    fit: ChoiceFit, reference: ChoiceFit, trials: Trials, chosen: np.ndarray, *, seed: int = 0
) -> Measured:
    """Mean log likelihood of a choice under one fit minus another, with 95% interval over blocks.

    Parameters
    ----------
    fit, reference : ChoiceFit
        Of the same choices.
    trials : Trials
    chosen : (n_trials,) bool
        The trials that were fitted.
    seed : int
        Of the resampling of blocks.

    Returns
    -------
    Measured
        In nats per choice; above 0, ``fit`` is the better account.
    """
    difference = fit.log_likelihood - reference.log_likelihood
    columns = np.stack([difference, np.ones(len(difference))], axis=1)
    _, block = np.unique(block_index(trials)[chosen], return_inverse=True)
    return resampled(block_sums(columns, block), lambda t: t[..., 0] / t[..., 1], seed=seed)
