"""Behaviour animal by animal: curves, times, what the last trial leaves; and means over animals.

What is here takes mice, and agents too where they have what it needs.  Accuracy and choices by
strength and block are in :mod:`iblrnn_helpers.behavior`, which takes both as well.

Sources: International Brain Laboratory 2021 (eLife 10:e63711), Methods; Findling et al. 2025,
Fig. 4c, for what follows a reward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from ..behavior.measures import psychometric
from ..behavior.trial_means import means
from ..core import checks
from ..core.logistic import fit_side
from ..core.means import GroupMeans, Measured, t_quantile
from ..task.trials import Behavior
from .record import Mouse

MIN_TRIALS = 20  # of a mouse, for a group of trials to enter the mean over mice
REGRESSORS = ("stimulus", "last choice, rewarded", "last choice, unrewarded", "block")
CURVE = "erf_psycho_2gammas"  # psychofit's name
# The two lapse rates share what is left of 1, so none alone may take it all.
LOWEST, HIGHEST = np.array([(-1, 1e-3, 0, 0), (1, 2, 0.9, 0.9)])
STARTS = np.array([(0, 0.2, 0.05, 0.05), (-0.1, 0.1, 0.1, 0.1), (0.1, 0.4, 0.1, 0.1)])


@dataclass(frozen=True)
class Psychometric:
    """A psychometric curve with lapses, one of the library psychofit's.

    P(right | c) = left + (1 - left - right) * (erf((c - bias) / threshold) + 1) / 2, with c the
    signed contrast.

    Attributes
    ----------
    bias : float
        Signed contrast at which the curve without its lapses is 1/2.
    threshold : float
        Its width, in contrast.
    lapse_left, lapse_right : float
        What the curve stays away from 0 on the far left, and from 1 on the far right.
    """

    bias: float
    threshold: float
    lapse_left: float
    lapse_right: float

    def __call__(self, signed_contrast: np.ndarray) -> np.ndarray:
        """(n,) float: P(right) at (n,) signed contrasts."""
        from psychofit import erf_psycho_2gammas

        return erf_psycho_2gammas(astuple(self), np.asarray(signed_contrast, dtype=float))


def fit_psychometric(behavior: Behavior) -> dict[int, Psychometric]:
    """The most likely psychometric curve of each kind of block.

    Parameters
    ----------
    behavior : Mouse or other Behavior
        Trials without a choice are left out.

    Returns
    -------
    dict of block side (-1, +1) to Psychometric

    Raises
    ------
    ValueError
        If there are not choices at four signed strengths in blocks of either side.
    """
    from psychofit import mle_fit_psycho

    counted = psychometric(behavior)
    curves = {}
    for side in (-1, 1):
        shown = counted.at(block_side=side)
        used = shown.n > 0
        if used.sum() < 4:
            raise ValueError(
                f"{behavior.agent} has choices at {used.sum()} signed strengths in blocks of side "
                f"{side}; a curve of four parameters needs 4"
            )
        data = np.stack([shown.groups["signed_strength"][used], shown.n[used], shown.mean[used]])
        # One fit from each start: psychofit would draw further starts from the global seed.
        fits = [mle_fit_psycho(data, CURVE, start, LOWEST, HIGHEST, nfits=1) for start in STARTS]
        curves[side] = Psychometric(*map(float, max(fits, key=lambda fit: fit[1])[0]))
    return curves


def median_times(mouse: Mouse) -> GroupMeans:
    """Median reaction time by ``strength`` and ``correct``.

    Medians, because few trials last up to a minute.  Trials without a known time are left out.

    Returns
    -------
    GroupMeans
        ``mean`` holds the medians, in seconds; without intervals.
    """
    import pandas as pd

    groups = {"strength": np.array(mouse.trials.strengths), "correct": np.array([False, True])}
    times = pd.Series(mouse.reaction_time).groupby([mouse.trials.strength, mouse.correct])
    found = times.agg(["median", "count"]).reindex(pd.MultiIndex.from_product(groups.values()))
    median, n = found.to_numpy().T.reshape(2, *map(len, groups.values()))
    unknown = np.full(n.shape, np.nan)
    return GroupMeans(groups, median, unknown, unknown, np.nan_to_num(n).astype(int))


def correct_after_switch(
    behavior: Behavior, *, strength: float | None = None, last_trial: int = 40
) -> GroupMeans:
    """Fraction correct of all choices, by ``trial_in_block``, in blocks that follow a switch.

    Time-outs do not count: mice have next to none, and without a stimulus an actor that waits to
    be certain has many.

    Parameters
    ----------
    behavior : Mouse or other Behavior
    strength : float, optional
        Use only trials of this strength, e.g. 0.
    last_trial : int
        How many trials of the block.

    Raises
    ------
    ValueError
        If no trial can have the strength.
    """
    checks.integer("last_trial", last_trial, low=1)
    trials = behavior.trials
    where = trials.after_switch & (trials.trial_in_block < last_trial) & ~behavior.timed_out
    if strength is not None:
        where &= trials.of_strength(strength)
    all_places = means(behavior, "correct", ["trial_in_block"], where=where)
    groups = {"trial_in_block": all_places.groups["trial_in_block"][:last_trial]}
    arrays = (all_places.mean, all_places.low, all_places.high, all_places.n)
    return GroupMeans(groups, *(a[:last_trial] for a in arrays))


def zero_contrast_concordant(behavior: Behavior, *, first_trial: int = 0) -> Measured:
    """At strength 0, share of choices of the block's side, of all choices; interval over blocks.

    Parameters
    ----------
    behavior : Mouse or other Behavior
    first_trial : int
        Use only this trial of each block and later ones, from 0.
    """
    trials = behavior.trials
    where = (trials.strength == 0) & (trials.trial_in_block >= first_trial)
    by_block = means(behavior, "right", ["block_side"], where=where)
    right, n = by_block.mean, by_block.n
    # Left and right blocks weigh the same, so that a bias to one side cancels.
    value = float((1 - right[0] + right[1]) / 2)
    if not (n > 0).all():
        return Measured(float("nan"))
    half = np.hypot(*(by_block.high - by_block.low)) / 4
    ends = (value - half, value + half) if np.isfinite(half) else None
    return Measured(value, ends, "trials")


def pairs(behavior: Behavior) -> np.ndarray:
    """(n_trials,) bool: in a block, with a choice, and the session's trial before has one too."""
    trials = behavior.trials
    chose = behavior.choice != 0
    follows = np.zeros(len(trials), dtype=bool)
    follows[1:] = (np.diff(trials.session) == 0) & chose[:-1]
    return follows & chose & (trials.block_side != 0)


def after_outcome(behavior: Behavior, *, strength: float | None = None) -> dict[str, float]:
    """Choices by what came of the choice before: win-stay, lose-switch, and what they cost.

    Parameters
    ----------
    behavior : Mouse or other Behavior
    strength : float, optional
        Only choices at this strength, e.g. at 0, where the stimulus tells nothing.

    Returns
    -------
    dict of str to float
        ``win, stay`` and ``lose, switch``: shares of repetitions after a rewarded choice, and of
        changes after an unrewarded one; ``correct after a win`` and ``correct after a loss``.

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
    return {
        "win, stay": float(stays[won].mean()),
        "lose, switch": float((~stays[~won]).mean()),
        "correct after a win": float(correct[won].mean()),
        "correct after a loss": float(correct[~won].mean()),
    }


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


def over_animals(results: Sequence[GroupMeans], *, min_trials: int = MIN_TRIALS) -> GroupMeans:
    """Mean over animals (or networks) of one result of each, with a 95% interval over them.

    A single one's result stays as it is, with its interval over blocks.

    Parameters
    ----------
    results : sequence of GroupMeans
        With the same groups.
    min_trials : int
        An animal with fewer trials in a group does not count there.

    Returns
    -------
    GroupMeans
        ``n`` counts animals; of a single one, its trials.

    Raises
    ------
    ValueError
        If there is none, or groups differ.
    """
    if not results:
        raise ValueError("results must hold at least one animal's, got none")
    groups = results[0].groups
    for other in results:
        if other.groups.keys() != groups.keys() or any(
            not np.array_equal(other.groups[name], labels) for name, labels in groups.items()
        ):
            raise ValueError("results must all have the same groups")
    if len(results) == 1:
        return results[0].at_least(min_trials)
    values = np.stack([one.at_least(min_trials).mean for one in results])
    n = np.count_nonzero(~np.isnan(values), axis=0)
    mean = np.divide(np.nansum(values, axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
    squares = np.nansum((values - mean) ** 2, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(squares / (n - 1) / n)
    reach = np.where(n > 1, t_quantile(n) * error, np.nan)
    return GroupMeans(groups, mean, mean - reach, mean + reach, n)
