"""How well beliefs go together, trial by trial and on average, and how much each fluctuates.

Source: Schaeffer et al. 2020, section 3.2.2 and Figs. 5c and 6a.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.means import Measured, block_sums, resampled
from ..task.generative_model import Trials
from .belief_coupling import check_columns, scale_of

ALMOST_1 = 1 - 1e-12  # where Fisher's transform is still finite


@dataclass(frozen=True)
class Agreement:
    """How well two beliefs go together: correlations, with 95% intervals over blocks.

    Attributes
    ----------
    trial_by_trial : Measured
        Over all trials.
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

    Parameters
    ----------
    belief, reference : (n_trials,) float
    trials : Trials
    seed : int
        Of the resampling of blocks.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If a belief does not have one finite number for each trial, or is constant.
    """
    check_columns(len(trials), belief=belief, reference=reference)
    block = trials.block_index
    single = resampled(_moments([belief, reference], block), _correlation, seed=seed)

    cell = 2 * trials.trial_in_block + (trials.block_side > 0)
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
    return Agreement(single, Measured(float(np.tanh(fisher.value)), ends))


@dataclass(frozen=True)
class Fluctuation:
    """How far two beliefs move from one trial to the next, in the reference's units.

    Attributes
    ----------
    belief, reference : Measured
        Standard deviation of the change between the ends of consecutive trials,
        with 95% interval over blocks.
    difference : Measured
        The first minus the second.
    """

    belief: Measured
    reference: Measured
    difference: Measured


def fluctuation(
    belief: np.ndarray, reference: np.ndarray, trials: Trials, *, seed: int = 0
) -> Fluctuation:
    """Trial-to-trial movement of a belief, scaled by :func:`scale_of`, and of its reference.

    The scale is fitted anew in each resample, so that the interval knows of its error.
    Parameters and errors as for :func:`agreement` and :func:`scale_of`.
    """
    scale_of(belief, reference)
    check_columns(len(trials), belief=belief, reference=reference)
    block = trials.block_index
    moments = _moments([belief, reference], block)  # of all trials, for the scale
    follows = np.flatnonzero(np.diff(trials.session) == 0) + 1
    changes = np.zeros((2, len(trials)))
    for k, values in enumerate((belief, reference)):
        changes[k, follows] = values[follows] - values[follows - 1]
    counted = np.zeros(len(trials))
    counted[follows] = 1
    columns = np.stack([counted, *changes, *changes**2], axis=1)
    sums = np.concatenate([moments, block_sums(columns, block)], axis=1)

    def spread(totals, k):
        n, sums_of, squares = totals[..., 9], totals[..., 10 + k], totals[..., 12 + k]
        return np.sqrt(squares / n - (sums_of / n) ** 2)

    def scaled(totals):
        return spread(totals, 0) * totals[..., 8] / totals[..., 5]

    return Fluctuation(
        resampled(sums, scaled, seed=seed),
        resampled(sums, lambda totals: spread(totals, 1), seed=seed),
        resampled(sums, lambda totals: scaled(totals) - spread(totals, 1), seed=seed),
    )


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
    cell = 2 * trials.trial_in_block + (trials.block_side > 0)
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

    Attributes
    ----------
    decoupled, coupled, both : Measured
        R squared of a linear regression on that observer's belief, or on both.
    gain : Measured
        ``both`` minus ``decoupled``: what the coupled observer adds.
    advantage : Measured
        ``coupled`` minus ``decoupled``: which of the two is the better account.
    partial : Measured
        Correlation with the coupled observer's belief, the decoupled one's held fixed.
    """

    decoupled: Measured
    coupled: Measured
    both: Measured
    gain: Measured
    advantage: Measured
    partial: Measured


def explained(
    belief: np.ndarray,
    decoupled: np.ndarray,
    coupled: np.ndarray,
    trials: Trials,
    *,
    seed: int = 0,
) -> Explained:
    """Share of a belief's variance over trials that each observer, and both, account for.

    Parameters and errors as for :func:`agreement`; 95% intervals over blocks.
    """
    check_columns(len(trials), belief=belief, decoupled=decoupled, coupled=coupled)
    sums = _moments([belief, decoupled, coupled], trials.block_index)

    def r(totals, i, j):
        covariance = _covariance(totals)
        variances = covariance[..., i, i] * covariance[..., j, j]
        return covariance[..., i, j] / np.sqrt(variances)

    def alone(totals, observer):
        return r(totals, 0, observer) ** 2

    def partial(totals):
        on_one, on_two, between = (r(totals, *pair) for pair in ((0, 1), (0, 2), (1, 2)))
        return (on_two - on_one * between) / np.sqrt((1 - on_one**2) * (1 - between**2))

    def both(totals):
        on_one = r(totals, 0, 1)
        return on_one**2 + (1 - on_one**2) * partial(totals) ** 2  # partial variance is of the rest

    return Explained(
        resampled(sums, lambda totals: alone(totals, 1), seed=seed),
        resampled(sums, lambda totals: alone(totals, 2), seed=seed),
        resampled(sums, both, seed=seed),
        resampled(sums, lambda totals: both(totals) - alone(totals, 1), seed=seed),
        resampled(sums, lambda totals: alone(totals, 2) - alone(totals, 1), seed=seed),
        resampled(sums, partial, seed=seed),
    )


def _moments(columns, block: np.ndarray) -> np.ndarray:
    """(n_blocks, (k + 1)**2) float: per block, the sums of all products of 1 and k columns."""
    table = np.stack([np.ones(len(block)), *columns], axis=1)
    products = table[:, :, None] * table[:, None, :]
    return block_sums(products.reshape(len(table), -1), block)


def _covariance(totals: np.ndarray) -> np.ndarray:
    """(..., k, k) float from sums of :func:`_moments`."""
    size = int(np.sqrt(totals.shape[-1]))
    moments = totals.reshape(*totals.shape[:-1], size, size)
    n, first = moments[..., :1, :1], moments[..., :1, 1:]
    return moments[..., 1:, 1:] / n - np.swapaxes(first, -1, -2) * first / n**2


def _correlation(totals: np.ndarray) -> np.ndarray:
    covariance = _covariance(totals)
    return covariance[..., 0, 1] / np.sqrt(covariance[..., 0, 0] * covariance[..., 1, 1])


def _correlation_of_averages(totals: np.ndarray) -> np.ndarray:
    n, a, b = np.split(totals, 3, axis=-1)
    n_all = n.sum(axis=-1, keepdims=True)
    n_safe = np.maximum(n, 1)  # cells without a trial weigh nothing

    def product(x, y):
        apart = x.sum(axis=-1) * y.sum(axis=-1) / n_all[..., 0]
        return (x * y / n_safe).sum(axis=-1) - apart

    return product(a, b) / np.sqrt(product(a, a) * product(b, b))
