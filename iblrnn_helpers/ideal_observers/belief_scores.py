"""How good a belief is: what it knows of the block, and how well it accounts for choices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ..agents.block_filter import emission
from ..core import checks
from ..core.crossed_effects import Estimate, estimate_mean
from ..core.means import GroupMeans, group_means
from ..coupling.beliefs import check_columns
from ..task.generative_model import Trials

LARGEST_LOG_ODDS = 36.0  # beyond, a probability of 1 in float64


def filter_gain(belief: np.ndarray, reference: np.ndarray, trials: Trials) -> dict[str, GroupMeans]:
    """How much more one belief about the block knows than another, paired by trial.

    Parameters
    ----------
    belief, reference : (n_trials,) float
        P(block = right) before each trial, in (0, 1).
    trials : Trials

    Returns
    -------
    dict of str to GroupMeans
        Of ``belief`` minus ``reference``, with 95% intervals over blocks:
        ``block correct``, the fraction of trials in which the likelier side is the block's;
        ``block bits``, the information on the block's side, log2 of the probability given to it;
        ``side correct`` and ``side bits``, the same of the next stimulus before anything is seen.

    Raises
    ------
    ValueError
        If a belief does not have one finite number for each trial.
    """
    trials.params.need_alternating("gains of the block filter")
    check_columns(len(trials), belief=belief, reference=reference)
    next_side = (emission(belief, trials.params), emission(reference, trials.params))
    gains = {}
    for name, beliefs, right in (
        ("block", (belief, reference), trials.block_side > 0),
        ("side", next_side, trials.side > 0),
    ):
        correct = [np.where(b == 0.5, 0.5, (b > 0.5) == right) for b in beliefs]
        bits = [np.log2(np.where(right, b, 1 - b)) for b in beliefs]
        for score, (ours, other) in (("correct", correct), ("bits", bits)):
            gains[f"{name} {score}"] = group_means(ours - other, {}, trials.block_index)
    return gains


def belief_around_switches(
    belief: np.ndarray, trials: Trials, *, before: int = 15, after: int = 40
) -> GroupMeans:
    """Mean belief in the new block's side, before and after a switch.

    Parameters
    ----------
    belief : (n_trials,) float
        P(block = right) before each trial.
    trials : Trials
    before, after : int
        Trials on either side that are used; of a shorter block, those it has.

    Returns
    -------
    GroupMeans
        By ``from_switch``, 0 for the new block's first trial, with 95% intervals over switches.
    """
    trials.params.need_alternating("beliefs around switches")
    check_columns(len(trials), belief=belief)
    checks.integer("before", before, low=0)
    checks.integer("after", after, low=1)
    block = trials.block_index
    start = np.flatnonzero(np.diff(block, prepend=-1))
    end = np.append(start[1:], len(trials))
    switches = np.flatnonzero(trials.block[start] > 0)  # not a session's first block
    places = np.arange(-before, after)
    trial = start[switches][:, None] + places
    inside = (trial >= start[switches - 1][:, None]) & (trial < end[switches][:, None])
    new_side = trials.block_side[start[switches]][:, None]
    believed = belief[np.where(inside, trial, 0)]
    believed = np.where(new_side > 0, believed, 1 - believed)
    switch, place = np.nonzero(inside)
    return group_means(believed[inside], {"from_switch": (places, place)}, switch)


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

    def chosen(scale, lapse):
        follows = expit(scale * log_odds)
        return follows, lapse / 2 + (1 - lapse) * follows

    def loss(parameters):
        follows, p = chosen(*parameters)
        slope = (1 - parameters[1]) * follows * (1 - follows) * log_odds
        return -np.mean(np.log(p)), -np.array([np.mean(slope / p), np.mean((0.5 - follows) / p)])

    # A lapse of 0 would make one choice against certainty impossible.
    found = minimize(loss, (1.0, 0.02), jac=True, bounds=((0, 100), (1e-6, 1)), method="L-BFGS-B")
    return ChoiceFit(*found.x.tolist(), np.log(chosen(*found.x)[1]))


def likelihood_gain(
    fit: ChoiceFit, reference: ChoiceFit, trials: Trials, chosen: np.ndarray
) -> Estimate:
    """Mean log likelihood of a choice under one fit minus another.

    Parameters
    ----------
    fit, reference : ChoiceFit
        Of the same choices.
    trials : Trials
    chosen : (n_trials,) bool
        The trials that were fitted.

    Returns
    -------
    Estimate
        In nats per choice, with the parts of all blocks; above 0, ``fit`` is the better account.
    """
    difference = np.zeros(len(trials))
    difference[chosen] = fit.log_likelihood - reference.log_likelihood
    return estimate_mean(difference, trials.block_index, chosen)
