"""How two beliefs go together, how much each fluctuates, and how evidence moves a belief.

The last is the *coupling*: how much the evidence of a trial moves the belief about the block, given
the trial's true side.

Source: Schaeffer et al. 2020, section 3.2.2 and Figs. 5c and 6a.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import checks
from ..core.means import GroupMeans, Measured, block_sums, group_means, linearised, resampled
from ..task.generative_model import Trials
from .beliefs import check_columns, scale_of

ALMOST_1 = 1 - 1e-12  # where Fisher's transform is still finite
HISTORY_DEGREE = 3  # of the polynomials, one for each side, in the belief before the trial


@dataclass(frozen=True)
class Agreement:
    """How well two beliefs go together: correlations, with 95% intervals over blocks.

    Attributes
    ----------
    trial_by_trial : Measured
    by_trial_in_block : Measured
        Of the averages by block side and trial within the block (Fig. 5c),
        each weighing as many trials as it rests on.  What noise is left in the averages
        lowers it a little; the interval is of the averages as they are.
    """

    trial_by_trial: Measured
    by_trial_in_block: Measured


def agreement(
    belief: np.ndarray, reference: np.ndarray, trials: Trials, *, seed: int = 0
) -> Agreement:
    """Correlation of two beliefs, trial by trial and averaged by trial in block.

    Both are (n_trials,) float; the seed is that of the resampling of blocks.

    Raises
    ------
    ValueError
        If a belief does not have one finite number for each trial, or is constant.
    """
    check_columns(len(trials), belief=belief, reference=reference)
    block = trials.block_index
    single = resampled(_moments([belief, reference], block), _correlation, seed=seed)

    cell = 2 * trials.trial_in_block + trials.in_right_block
    n_blocks, n_cells = block[-1] + 1, cell.max() + 1
    place = block * n_cells + cell
    by_cell = [
        np.bincount(place, weights, n_blocks * n_cells).reshape(n_blocks, n_cells)
        for weights in (np.ones(len(trials)), belief, reference)
    ]
    # On Fisher's scale an interval cannot leave [-1, 1].
    fisher = resampled(
        np.concatenate(by_cell, axis=1),
        lambda totals: np.arctanh(np.clip(_correlation_of_averages(totals), -ALMOST_1, ALMOST_1)),
        symmetric=True,
        seed=seed,
    )
    ends = fisher.interval and tuple(float(np.tanh(end)) for end in fisher.interval)
    return Agreement(single, Measured(float(np.tanh(fisher.value)), ends, "trials"))


@dataclass(frozen=True)
class Fluctuation:
    """Standard deviation of two beliefs' change from trial to trial, in the reference's units.

    The difference is the first minus the second.
    """

    belief: Measured
    reference: Measured
    difference: Measured


def fluctuation(belief: np.ndarray, reference: np.ndarray, trials: Trials) -> Fluctuation:
    """Trial-to-trial movement of a belief, scaled by :func:`scale_of`, and of its reference.

    The scale is fitted anew in each resample, so that the interval knows of its error.
    Parameters and errors as for :func:`agreement` and :func:`scale_of`.
    """
    scale_of(belief, reference)
    check_columns(len(trials), belief=belief, reference=reference)
    block = trials.block_index
    moments = _moments([belief, reference], block)  # of all trials, for the scale
    changes = np.stack([change(belief, trials), change(reference, trials)])
    columns = np.stack([_follows(trials), *changes, *changes**2], axis=1)
    sums = np.concatenate([moments, block_sums(columns, block)], axis=1)

    def spread(totals, k):
        n, sums_of, squares = totals[..., 9], totals[..., 10 + k], totals[..., 12 + k]
        return np.sqrt(squares / n - (sums_of / n) ** 2)

    def scaled(totals):
        return spread(totals, 0) * totals[..., 8] / totals[..., 5]  # over the scale

    return Fluctuation(
        resampled(sums, scaled),
        resampled(sums, lambda totals: spread(totals, 1)),
        resampled(sums, lambda totals: scaled(totals) - spread(totals, 1)),
    )


def change(values: np.ndarray, trials: Trials) -> np.ndarray:
    """(n_trials,) float: change since the trial before, 0 in a session's first."""
    return np.where(_follows(trials), np.diff(values, prepend=0.0), 0.0)


def _follows(trials: Trials) -> np.ndarray:
    return np.diff(trials.session, prepend=-1) == 0


def fluctuation_by_scaling(
    belief: np.ndarray, reference: np.ndarray, trials: Trials
) -> dict[str, float]:
    """Does a belief fluctuate more than its reference?  It depends on how it is scaled.

    Parameters and errors as for :func:`agreement` and :func:`scale_of`.

    Returns
    -------
    dict of str to float
        Ratio of :func:`fluctuation`, belief over reference, for four scales:
        ``published`` (:func:`scale_of`);
        ``averages``, the same coefficient fitted to the averages by block side and trial in
        block, which hold little of the fluctuations;
        ``own spread``, each belief in units of its standard deviation over trials;
        ``reversed``, the reference regressed on the belief, which takes
        the belief's fluctuations for error in the regressor and so shrinks it.
    """
    found = fluctuation(belief, reference, trials)
    scale = scale_of(belief, reference)
    cell = 2 * trials.trial_in_block + trials.in_right_block
    n = np.maximum(np.bincount(cell), 1)
    by_cell, others = np.bincount(cell, belief) / n, np.bincount(cell, reference) / n
    scales = {
        "published": scale,
        "averages": float((n * others) @ by_cell / ((n * others) @ others)),
        "own spread": float(np.std(belief) / np.std(reference)),
        "reversed": 1 / scale_of(reference, belief),
    }
    ratio = found.belief.value * scale / found.reference.value
    return {name: ratio / each for name, each in scales.items()}


@dataclass(frozen=True)
class Explained:
    """How well two observers account for a belief, trial by trial.

    ``decoupled``, ``coupled`` and ``both`` are R squared of a linear regression on that
    observer's belief, or on both; ``gain`` is what the coupled observer adds to the other,
    ``advantage`` how much better it does alone; ``partial`` is the correlation with its
    belief, the other's held fixed.
    """

    decoupled: Measured
    coupled: Measured
    both: Measured
    gain: Measured
    advantage: Measured
    partial: Measured


def explained(
    belief: np.ndarray, decoupled: np.ndarray, coupled: np.ndarray, trials: Trials
) -> Explained:
    """Share of a belief's variance over trials that each observer, and both, account for.

    Parameters and errors as for :func:`agreement`; 95% intervals over blocks.
    """
    check_columns(len(trials), belief=belief, decoupled=decoupled, coupled=coupled)
    sums = _moments([belief, decoupled, coupled], trials.block_index)

    def by_decoupled(totals):
        return _correlation(totals, 0, 1) ** 2

    def by_coupled(totals):
        return _correlation(totals, 0, 2) ** 2

    def partial(totals):
        pairs = ((0, 1), (0, 2), (1, 2))
        on_one, on_two, between = (_correlation(totals, *pair) for pair in pairs)
        return (on_two - on_one * between) / np.sqrt((1 - on_one**2) * (1 - between**2))

    def by_both(totals):  # partial variance is of the rest
        return by_decoupled(totals) + (1 - by_decoupled(totals)) * partial(totals) ** 2

    return Explained(
        resampled(sums, by_decoupled),
        resampled(sums, by_coupled),
        resampled(sums, by_both),
        resampled(sums, lambda totals: by_both(totals) - by_decoupled(totals)),
        resampled(sums, lambda totals: by_coupled(totals) - by_decoupled(totals)),
        resampled(sums, partial),
    )


def _moments(columns, block: np.ndarray) -> np.ndarray:
    """(n_blocks, (k + 1)**2) float: per block, the sums of all products of 1 and k columns."""
    table = np.stack([np.ones(len(block)), *columns], axis=1)
    products = table[:, :, None] * table[:, None, :]
    return block_sums(products.reshape(len(table), -1), block)


def _correlation(totals: np.ndarray, i: int = 0, j: int = 1) -> np.ndarray:
    """(...) float: of columns i and j, from sums of :func:`_moments`."""
    size = int(np.sqrt(totals.shape[-1]))
    moments = totals.reshape(*totals.shape[:-1], size, size)
    n, first = moments[..., :1, :1], moments[..., :1, 1:]
    covariance = moments[..., 1:, 1:] / n - np.swapaxes(first, -1, -2) * first / n**2
    return covariance[..., i, j] / np.sqrt(covariance[..., i, i] * covariance[..., j, j])


def _correlation_of_averages(totals: np.ndarray) -> np.ndarray:
    n, a, b = np.split(totals, 3, axis=-1)
    n_all = n.sum(axis=-1, keepdims=True)
    n_safe = np.maximum(n, 1)  # cells without a trial weigh nothing

    def product(x, y):
        apart = x.sum(axis=-1) * y.sum(axis=-1) / n_all[..., 0]
        return (x * y / n_safe).sum(axis=-1) - apart

    return product(a, b) / np.sqrt(product(a, a) * product(b, b))


@dataclass(frozen=True)
class Coupling:
    """Partial slopes of the block belief, in its standard deviations (SD) over trials.

    Attributes
    ----------
    evidence : Measured
        SD per unit of evidence: the coupling.  0 if evidence counts only through the side.
    side : Measured
        SD from "either side" to "right", the evidence held fixed and the belief before the
        trial undecided: what the trial's side adds to its evidence.
    """

    evidence: Measured
    side: Measured


def coupling(belief: np.ndarray, evidence: np.ndarray, trials: Trials, *, lag: int = 0) -> Coupling:
    """How much a trial's evidence moves the belief, given the trial's side and the belief before.

    Parameters
    ----------
    belief : (n_trials,) float
        After each trial, in any unit, 0 being undecided.  NaN: the trial is left out.
    evidence : (n_trials,) float
    trials : Trials
    lag : int
        Of the belief so many trials later; 0 is right after the trial itself.

    Raises
    ------
    ValueError
        If an array is not of the trials' length, lag is negative, there are fewer trials
        than coefficients, or they do not tell evidence, side and history apart.

    Notes
    -----
    Ordinary least squares over trials n, within sessions, with z the belief in SD::

        z[n + lag] = k * evidence[n] + g * side[n] + sum over j = 0..3 of
                     (a[j] + b[j] * side[n]) * z[n - 1] ** j + error        (b[0] = 0)

    The powers leave the course of belief before the trial no way to pass for evidence; an
    observer whose update is a smooth function of belief and side has k = 0.
    Errors of one block may depend on each other (sandwich estimate, clusters are blocks).
    """
    checks.integer("lag", lag, low=0)
    value, influence = _fit(belief, evidence, trials, lag)
    return Coupling(linearised(value[0], influence[:, 0]), linearised(value[1], influence[:, 1]))


def coupling_difference(
    first: np.ndarray, second: np.ndarray, evidence: np.ndarray, trials: Trials
) -> Measured:
    """Slope on the evidence of one belief minus another's, both of the same trials.

    What both owe to the luck of the same trials cancels in the interval.  Parameters and errors
    as for :func:`coupling`.
    """
    (one, its), (other, others) = (_fit(b, evidence, trials, 0) for b in (first, second))
    return linearised(one[0] - other[0], its[:, 0] - others[:, 0])


def persistence(
    belief: np.ndarray, evidence: np.ndarray, trials: Trials, lags: Sequence[int]
) -> GroupMeans:
    """The slope of :func:`coupling` on the evidence, by ``lag``: this many trials later.

    A mere leak of the stimulus into the readout would be gone with the next trial;
    what is believed of the block stays until further trials overwrite it.
    """
    lags = np.array(lags)
    found = [coupling(belief, evidence, trials, lag=int(lag)).evidence for lag in lags]
    mean = np.array([measured.value for measured in found])
    low, high = np.array([measured.interval or (np.nan, np.nan) for measured in found]).T
    n = np.array([len(_used(np.asarray(belief), trials, int(lag))) for lag in lags])
    return GroupMeans({"lag": lags}, mean, low, high, n)


def change_by_evidence(
    belief: np.ndarray, evidence: np.ndarray, trials: Trials, *, n_bins: int = 8
) -> tuple[np.ndarray, GroupMeans]:
    """Mean change of the belief over a trial, in SD, by the trial's side and evidence.

    Parameters
    ----------
    belief, evidence, trials
        As for :func:`coupling`.
    n_bins : int
        Bins of evidence, each with as many trials of either side.

    Returns
    -------
    centre : (2, n_bins) float
        Mean evidence in each bin, of left trials, then of right ones.
    change : GroupMeans
        By ``side`` and ``bin``.
    """
    belief, evidence = _checked(belief, evidence, trials)
    checks.integer("n_bins", n_bins, low=2)
    used = _used(belief, trials, 0)
    moved = (belief[used] - belief[used - 1]) / np.nanstd(belief)
    side, evidence = trials.side[used], evidence[used]
    code = np.zeros(len(used), dtype=np.int64)
    for s in (-1, 1):
        edges = np.quantile(evidence[side == s], np.linspace(0, 1, n_bins + 1)[1:-1])
        code[side == s] = np.searchsorted(edges, evidence[side == s], "right")
    sides = np.array([-1, 1]), (side > 0).astype(np.int64)
    axes = {"side": sides, "bin": (np.arange(n_bins), code)}
    block = trials.block_index[used]
    return group_means(evidence, axes, block).mean, group_means(moved, axes, block)


def _checked(belief, evidence, trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    belief = np.asarray(belief, dtype=float)
    if belief.shape != (len(trials),):
        raise ValueError(f"belief must have shape ({len(trials)},), got {belief.shape}")
    evidence = np.asarray(evidence, dtype=float)
    check_columns(len(trials), evidence=evidence)
    present = belief[~np.isnan(belief)]
    check_columns(len(present), belief=present)
    return belief, evidence


def _used(belief: np.ndarray, trials: Trials, lag: int) -> np.ndarray:
    """Trials with a belief before them and one after ``lag`` further trials, in one session."""
    n = np.arange(1, max(len(trials) - lag, 1))
    inside = trials.session[n + lag] == trials.session[n - 1]
    return n[inside & ~np.isnan(belief[n - 1]) & ~np.isnan(belief[n + lag])]


def _fit(belief, evidence, trials: Trials, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, those of evidence and side first, and each block's influence on them."""
    belief, evidence = _checked(belief, evidence, trials)
    used = _used(belief, trials, lag)
    z = belief / np.nanstd(belief)
    side, before = trials.side[used].astype(float), z[used - 1]
    history = [f * before**j for j in range(1, HISTORY_DEGREE + 1) for f in (1, side)]
    design = np.stack([evidence[used], side, np.ones(len(used)), *history], axis=1)
    if len(used) <= design.shape[1]:
        raise ValueError(f"coupling needs more than {design.shape[1]} trials, got {len(used)}")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(
            "evidence, side and the belief before must vary apart from each other: "
            "these trials do not tell them apart"
        )
    inverse = np.linalg.inv(design.T @ design)
    value = inverse @ (design.T @ z[used + lag])
    error = z[used + lag] - design @ value
    influence = np.zeros((len(trials), len(value)))
    influence[used] = design * error[:, None] @ inverse
    return value, block_sums(influence, trials.block_index)
