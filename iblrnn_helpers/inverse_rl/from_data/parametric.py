"""Rewards of up to 100 neurons, whose value is of counts, of pairs, or of both.

With more than a dozen neurons most states are never visited, so the value must be of few terms:
any function of the number of active neurons (``count``), couplings and a field for each neuron
(``pairwise``), or their sum (``both``).  An optimal network without input spends its time as
p(σ) ∝ Π_i q(σ_i) exp w(σ), and any of its neurons is active given the others as its policy says.
So the terms are fitted by pseudo-likelihood: each neuron is predicted from the others, in each
sample.  That needs no steps.  The reward of a visited state is then, up to a constant,
λ Σ_i log[π_i(σ_i|σ) / q(σ_i)].

That the *value* is of such terms is an assumption.  Held-out samples tell whether another form
predicts better.  A network that can do no better than pairwise couplings is not the best of all for
its reward, and this tells another one (chapter 18).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from ...core import checks
from ..hypercube import as_floats
from .assumptions import ERRORS

TERMS = ("count", "pairwise", "both")
MAX_NEURONS, LEAST_SAMPLES = 100, 40
_N_STRETCHES = 20  # in turn, so that a slow drift is in both halves


@dataclass(frozen=True, eq=False)
class ParametricReward:
    """A reward of the visited states.

    Attributes
    ----------
    active : (n_rows, n) bool
        A visited state in each row.
    visits : (n_rows,) int
    reward : (n_rows,) float
        With mean 0 over the visited states.
    halves : (n_rows, 2) float
        Rewards from either half of the recording.
    expected_r_squared : float
        With the true reward, if the value is of such terms, as the halves' agreement tells.
    by_count : (n,) float
        Log-odds of firing by the number of others that are active, less the couplings' part.
    couplings : (n, n) float
        J of log-odds 2 Σ_j J_ij σ_j + …; 0 with ``count``.
    converged : bool
    terms : str
    held_out : dict of str to (20,) float
        For each form, the mean log-pseudo-likelihood in nats per sample of each stretch of the
        recording, fitted to the half that the stretch is not in.
    """

    active: np.ndarray
    visits: np.ndarray
    reward: np.ndarray
    halves: np.ndarray
    expected_r_squared: float
    by_count: np.ndarray
    couplings: np.ndarray
    converged: bool
    terms: str
    held_out: dict[str, np.ndarray]

    @property
    def better_form(self) -> str | None:
        """The form that best predicts held-out samples, if clearly better than this one."""
        best = max(self.held_out, key=lambda form: self.held_out[form].mean())
        gain = self.held_out[best] - self.held_out[self.terms]
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        return best if gain.mean() > ERRORS * error else None


@dataclass(frozen=True, eq=False)
class _Rows:
    """Distinct states, and how often each was visited."""

    active: np.ndarray
    visits: np.ndarray

    @property
    def spins(self) -> np.ndarray:
        return np.where(self.active, 1.0, -1.0)

    @property
    def others(self) -> np.ndarray:
        """(n_rows, n) how many other neurons are active."""
        return self.active.sum(axis=1, keepdims=True) - self.active


def fit_parametric(
    active: np.ndarray, *, terms: str = "both", coding_cost: float = 0.05, prior: float = 1.0
) -> ParametricReward:
    """The reward of visited states, under a value of few terms.

    Parameters
    ----------
    active : (n_samples, n) bool, or of 0 and 1, or of -1 and 1
        At most 100 neurons, without input.
    terms : str
        ``"count"``, ``"pairwise"`` or ``"both"``.
    coding_cost : float
        λ.
    prior : float
        Precision of the Gaussian prior of each coupling and of log-odds around the mean rate's.

    Raises
    ------
    ValueError
        Wrong shapes or values, unknown terms, or a neuron that never or always fires.

    Notes
    -----
    Halves with a correlation c let the whole expect r² = 2c / (1 + c) (Spearman and Brown).  A
    half makes the states that it was fitted to more probable, and so worth more: with 100 neurons,
    most of whose states are visited once, that alone takes the halves' r² from .46 to .12.  So
    rewards are taken less their mean over the states of the same half, of the other, or of both.
    """
    checks.choice("terms", terms, TERMS)
    checks.number("coding_cost", coding_cost, above=0)
    checks.number("prior", prior, above=0)
    states = as_floats("active", active)
    active = states == 1
    if not any((active | (states == silent)).all() for silent in (0, -1)):
        raise ValueError("active must hold 0 and 1, or -1 and 1, only")
    if active.ndim != 2 or not 2 <= active.shape[1] <= MAX_NEURONS or len(active) < LEAST_SAMPLES:
        raise ValueError(
            f"active must be (n_samples, n) with {LEAST_SAMPLES} samples or more of 2 to "
            f"{MAX_NEURONS} neurons, "
            f"got shape {active.shape}"
        )
    rate = active.mean(axis=0)
    for neuron in np.flatnonzero((rate == 0) | (rate == 1)):
        raise ValueError(f"neuron {neuron} never changes, so it tells nothing; leave it out")
    rows, row_of = _rows(active)
    reward, _, (by_count, couplings, _), converged = _fitted(rows, rows, terms, coding_cost, prior)
    stretch = np.arange(len(active)) * _N_STRETCHES // len(active)
    lengths = np.bincount(stretch)
    halves, home = [], np.zeros(len(rows.visits), dtype=int)
    held_out = {form: np.empty(_N_STRETCHES) for form in TERMS}
    for parity in range(2):
        visits = np.bincount(row_of[stretch % 2 == parity], minlength=len(rows.visits))
        some = _Rows(rows.active[visits > 0], visits[visits > 0])
        for form in TERMS:
            # Other forms are only compared, for which changes of 1e-7 of the likelihood are few.
            exact = {} if form == terms else {"tolerance": 1e-7}
            half, nats, _, _ = _fitted(some, rows, form, coding_cost, prior, **exact)
            others = np.bincount(stretch, nats[row_of]) / lengths
            held_out[form][1 - parity :: 2] = others[1 - parity :: 2]
            if form == terms:
                halves.append(half)
        home += (parity + 1) * (visits > 0)
    halves = np.array(halves)
    agreement = _agreement(halves, home)
    expected = 2 * agreement / (1 + agreement)
    return ParametricReward(
        rows.active, rows.visits, reward, halves.T, expected, by_count, couplings, converged,
        terms, held_out,
    )  # fmt: skip


def _agreement(halves: np.ndarray, home: np.ndarray) -> float:
    """Correlation, 0 or above, of two rewards, less their means in each group of states."""
    members = np.bincount(home)
    means = [np.bincount(home, one) / np.maximum(members, 1) for one in halves]
    first, second = (one - mean[home] for one, mean in zip(halves, means, strict=True))
    sizes = np.sqrt((first @ first) * (second @ second))
    return max(0.0, float(first @ second / sizes)) if sizes > 0 else 0.0


def _rows(active: np.ndarray) -> tuple[_Rows, np.ndarray]:
    packed = np.ascontiguousarray(np.packbits(active, axis=1))
    keys = packed.view(f"V{packed.shape[1]}").ravel()
    _, first, row_of, visits = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    return _Rows(active[first], visits), row_of


def _fitted(rows: _Rows, everywhere: _Rows, terms: str, coding_cost, prior, tolerance=1e-10):
    """Of all rows ``everywhere`` rewards and log-pseudo-likelihoods; terms; whether it settled."""
    habit = logit(np.average(rows.active.mean(axis=1), weights=rows.visits))
    found, settled = _terms_of(rows, terms, habit, prior, tolerance)
    log_odds = _log_odds(everywhere.spins, everywhere.others, *found)
    nats = log_expit(everywhere.spins * log_odds).sum(axis=1)
    reward = coding_cost * (nats - log_expit(everywhere.spins * habit).sum(axis=1))
    return reward - reward.mean(), nats, found, settled


def _log_odds(spins, others, by_count, couplings, fields, out=None) -> np.ndarray:
    """Of firing, (n_rows, n)."""
    found = np.matmul(spins, couplings, out=out)
    found *= 2
    found += by_count.take(others)
    found += fields
    return found


def _terms_of(rows: _Rows, terms: str, habit: float, prior: float, tolerance: float):
    """Log-odds by count, couplings and fields, and whether the search settled."""
    n_neurons = rows.active.shape[1]
    spins, others, weights = rows.spins, rows.others, rows.visits[:, None]
    upper = np.triu_indices(n_neurons, 1)
    n_pairs = len(upper[0]) if terms != "count" else 0
    n_fields = n_neurons if terms != "count" else 0
    n_counts = n_neurons if terms != "pairwise" else 0

    def unpacked(flat):
        by_count, couplings, fields = np.full(n_neurons, habit), np.zeros(2 * (n_neurons,)), 0.0
        if n_counts:
            by_count = habit + flat[:n_counts]
        if n_pairs:
            couplings[upper] = flat[n_counts : n_counts + n_pairs]
            couplings, fields = couplings + couplings.T, flat[n_counts + n_pairs :]
        return by_count, couplings, fields

    # By the number of others that are active, all neurons together: how often active, and silent.
    totals = [
        np.bincount(others[where], (weights * where)[where], minlength=n_neurons)
        for where in (rows.active, ~rows.active)
    ]

    def count_loss(flat):
        log_odds = habit + flat
        value = -(totals[0] @ log_expit(log_odds) + totals[1] @ log_expit(-log_odds))
        slope = totals[1] * expit(log_odds) - totals[0] * expit(-log_odds)
        return value + prior / 2 * flat @ flat, slope + prior * flat

    # Samples × neurons are written in place: hundreds of steps would else ask for them anew.
    pulls, margins = -weights * spins, np.empty(spins.shape)
    small, above_one = np.empty(spins.shape), np.empty(spins.shape)

    def loss(flat):
        """With e = exp(-|m|) of margins m: nats are min(m, 0) - log(1 + e), one log for a row."""
        np.multiply(_log_odds(spins, others, *unpacked(flat), out=margins), spins, out=margins)
        np.abs(margins, out=small)
        nats = (margins.sum(axis=1) - small.sum(axis=1)) / 2
        np.exp(np.negative(small, out=small), out=small)
        np.add(small, 1, out=above_one)
        nats -= np.log(above_one.prod(axis=1))  # at most 2 ** MAX_NEURONS
        value = -nats @ rows.visits
        np.maximum(small, margins < 0, out=small)  # 1 there, as e is at most that
        slope = np.multiply(np.divide(small, above_one, out=small), pulls, out=small)
        parts = []
        if n_counts:
            parts.append(np.bincount(others.ravel(), slope.ravel(), minlength=n_neurons))
        if n_pairs:
            both = 2 * spins.T @ slope
            parts += [(both + both.T)[upper], slope.sum(axis=0)]
        return value + prior / 2 * flat @ flat, np.concatenate(parts) + prior * flat

    options = {"maxiter": 2_000, "maxfun": 4_000, "ftol": tolerance, "gtol": 1e-2}
    start = np.zeros(n_counts + n_pairs + n_fields)
    chosen = count_loss if terms == "count" else loss
    result = minimize(chosen, start, jac=True, method="L-BFGS-B", options=options)
    return unpacked(result.x), bool(result.success)
