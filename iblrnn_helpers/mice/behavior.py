"""Behaviour animal by animal, and its mean over animals.

What is here takes mice, and agents too where they have what it needs.  Accuracy and choices by
strength and block are in :mod:`.behavior`, which takes both as well.

Source of the measures: International Brain Laboratory 2021 (eLife 10:e63711), Methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..behavior.measures import psychometric
from ..behavior.trial_means import means
from ..core import checks
from ..core.means import GroupMeans, Measured, t_quantile
from ..task.trials import Behavior
from .record import Mouse

MIN_TRIALS = 20  # of a mouse, for a group of trials to enter the mean over mice
# The two lapse rates share what is left of 1, so none alone may take it all.
LOWEST = (-1.0, 1e-3, 0.0, 0.0)
HIGHEST = (1.0, 2.0, 0.9, 0.9)
STARTS = ((0.0, 0.2, 0.05, 0.05), (-0.1, 0.1, 0.1, 0.1), (0.1, 0.4, 0.1, 0.1))


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

        values = (self.bias, self.threshold, self.lapse_left, self.lapse_right)
        return erf_psycho_2gammas(values, np.asarray(signed_contrast, dtype=float))


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
        limits = np.array(LOWEST), np.array(HIGHEST)
        fits = [
            mle_fit_psycho(data, "erf_psycho_2gammas", np.array(start), *limits, nfits=1)
            for start in STARTS
        ]
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
    known = ~np.isnan(mouse.reaction_time)
    groups = {"strength": np.array(mouse.trials.strengths), "correct": np.array([False, True])}
    shape = tuple(map(len, groups.values()))
    median, n = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    for i, strength in enumerate(groups["strength"]):
        for j, correct in enumerate(groups["correct"]):
            there = known & (mouse.trials.strength == strength) & (mouse.correct == correct)
            n[i, j] = np.count_nonzero(there)
            if n[i, j]:
                median[i, j] = np.median(mouse.reaction_time[there])
    unknown = np.full(shape, np.nan)
    return GroupMeans(groups, median, unknown, unknown, n)


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
    return Measured(value, (value - half, value + half) if np.isfinite(half) else None)


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
        same = other.groups.keys() == groups.keys() and all(
            np.array_equal(other.groups[name], groups[name]) for name in groups
        )
        if not same:
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
