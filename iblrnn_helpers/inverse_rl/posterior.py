"""How sure one can be of a reward that was inferred from a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import checks
from .from_data import RewardFit, input_counts, policy
from .inverse import infer_reward, r_squared
from .likelihood import information
from .transitions import TransitionCounts


@dataclass(frozen=True, eq=False)
class RewardPosterior:
    """What the reward may be, given a recording.

    Attributes
    ----------
    low, high : (2^n, n_inputs) float
        Ends of each state's interval.
    standard_deviation : (2^n, n_inputs) float
    level : float
        Of the intervals, for example 0.95.
    r_squared : (n_draws,) float
        Of each drawn reward with the inferred one.  If the posterior is right, the true reward is
        one such draw, so these tell how near to it the inferred one is.
    """

    low: np.ndarray
    high: np.ndarray
    standard_deviation: np.ndarray
    level: float
    r_squared: np.ndarray

    @property
    def expected_r_squared(self) -> tuple[float, float, float]:
        """Mean and ends of the interval of the r² to expect with the true reward."""
        tail = (1 - self.level) / 2
        low, high = np.quantile(self.r_squared, [tail, 1 - tail])
        return float(self.r_squared.mean()), float(low), float(high)


def reward_posterior(
    fit: RewardFit,
    counts: TransitionCounts,
    seed: int | np.random.Generator,
    *,
    n_draws: int = 200,
    level: float = 0.95,
) -> RewardPosterior:
    """Intervals of an inferred reward, from the Laplace approximation of its posterior.

    Parameters
    ----------
    fit : RewardFit
    counts : TransitionCounts
        What it was fitted to.
    seed : int or numpy.random.Generator
    n_draws : int
        Drawn rewards, at least 20.
    level : float
        Between 0 and 1.

    Returns
    -------
    RewardPosterior

    Notes
    -----
    Potentials are drawn from the Gaussian with the most probable ones as mean and the inverse of
    prior plus Fisher information as covariance, the input's transitions from Dirichlet laws of
    their counts; each draw goes through the exact inversion and gets the same gauge.  An interval
    is the inferred reward ± the normal quantile times the draws' standard deviation.  The
    marginal counts as known.
    """
    from scipy.linalg import cholesky, solve_triangular
    from scipy.special import ndtri

    checks.integer("n_draws", n_draws, low=20)
    checks.number("level", level, above=0)
    if level >= 1:
        raise ValueError(f"level must be below 1, got {level!r}")
    random = np.random.default_rng(seed)
    n_states, n_inputs = fit.reward.shape
    drawn = np.empty((n_draws, n_states, n_inputs))
    for x in range(n_inputs):
        matrix = information(counts, fit.potential, fit.marginal, x)
        matrix.flat[:: n_states + 1] += fit.prior
        root = cholesky(matrix, lower=True, overwrite_a=True)
        noise = solve_triangular(root, random.standard_normal((n_states, n_draws)), trans="T",
                                 lower=True)  # fmt: skip
        drawn[:, :, x] = fit.potential[:, x] + noise.T
    moves = np.stack([random.dirichlet(row, n_draws) for row in input_counts(counts)], axis=1)
    for k, potential in enumerate(drawn):
        drawn[k] = infer_reward(
            policy(potential, fit.marginal), fit.marginal, moves[k], fit.task.temperature,
            gauge="median",
        ).reward  # fmt: skip
    spread = np.sqrt(np.mean((drawn - drawn.mean(axis=0)) ** 2, axis=0))
    reach = ndtri((1 + level) / 2) * spread
    likeness = [r_squared(one, fit.reward, "median") for one in drawn]
    return RewardPosterior(
        fit.reward - reach, fit.reward + reach, spread, float(level), np.array(likeness)
    )
