"""Rewards of up to 100 neurons, whose value is of counts, of pairs, or of both.

With more than a dozen neurons most states are never visited, so the value must be of few terms:
any function of the number of active neurons (``count``), couplings and a field for each neuron
(``pairwise``), or their sum (``both``).  An optimal network whose input stands still spends its
time as p(σ) ∝ Π_i q(σ_i) exp w(σ), and any of its neurons is active given the others as its policy
says.  So the terms are fitted by pseudo-likelihood: each neuron is predicted from the others, in
each sample.  That needs no steps, and holds with an input that changes slowly.  The reward of a
visited state then follows as in ``optimal_network.inverse``.

That the *value* is of such terms is an assumption.  A network that can do no better than pairwise
couplings is not the best of all for its reward, and this tells another one (chapter 24).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit

from ...core import checks
from ..optimal_network.inverse import check_told_apart

TERMS = ("count", "pairwise", "both")
MAX_NEURONS = 100
_UNSEEN_INPUT_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class ParametricReward:
    """A reward of the visited states.

    Attributes
    ----------
    active : (n_rows, n) bool
        A visited state in each row.
    inputs : (n_rows,) int
        The input there.
    visits : (n_rows,) int
    reward : (n_rows,) float
        With mean 0 over the visited states of each input.
    halves : (n_rows, 2) float
        Rewards from either half of the recording.
    r_squared_halves : float
        Of both, over all rows.
    couplings : (n_inputs, n, n) float
        J of log-odds 2 Σ_j J_ij σ_j + …; 0 with ``count``.
    by_count : (n_inputs, n) float
        Log-odds of firing by the number of others that are active, less the couplings.
    converged : bool
    """

    active: np.ndarray
    inputs: np.ndarray
    visits: np.ndarray
    reward: np.ndarray
    halves: np.ndarray
    r_squared_halves: float
    couplings: np.ndarray
    by_count: np.ndarray
    converged: bool

    @property
    def expected_r_squared(self) -> float:
        """Of the whole recording with another one as long (Spearman and Brown)."""
        agreement = np.sqrt(self.r_squared_halves)
        return float(2 * agreement / (1 + agreement)) ** 2


@dataclass(frozen=True, eq=False)
class _Rows:
    """Distinct states and inputs, and how often each was visited."""

    active: np.ndarray
    inputs: np.ndarray
    visits: np.ndarray
    others: np.ndarray  # (n_rows, n) how many other neurons are active

    @property
    def spins(self) -> np.ndarray:
        return np.where(self.active, 1.0, -1.0)


def fit_parametric(
    active: np.ndarray,
    inputs: np.ndarray | None = None,
    *,
    terms: str = "both",
    coding_cost: float = 0.05,
    prior: float = 1.0,
    trials: np.ndarray | None = None,
) -> ParametricReward:
    """The reward of visited states, under a value of few terms.

    Parameters
    ----------
    active : (n_samples, n) bool
        At most 100 neurons.
    inputs : (n_samples,) int, optional
    terms : str
        ``"count"``, ``"pairwise"`` or ``"both"``.
    coding_cost : float
        λ.
    prior : float
        Precision of the Gaussian prior of each coupling and of log-odds around the mean rate's.
    trials : (n_samples,) int, optional
        From one to another there is no step of the input.

    Raises
    ------
    ValueError
        Wrong shapes, unknown terms, or a neuron that never or always fires.
    """
    checks.choice("terms", terms, TERMS)
    checks.number("coding_cost", coding_cost, above=0)
    checks.number("prior", prior, above=0)
    active = np.asarray(active, dtype=bool)
    if active.ndim != 2 or not 2 <= active.shape[1] <= MAX_NEURONS or len(active) < 40:
        raise ValueError(
            f"active must be (n_samples, n) with 40 samples or more of 2 to {MAX_NEURONS} neurons, "
            f"got shape {active.shape}"
        )
    rate = active.mean(axis=0)
    for neuron in np.flatnonzero((rate == 0) | (rate == 1)):
        raise ValueError(f"neuron {neuron} never changes, so it tells nothing; leave it out")
    inputs = np.zeros(len(active), dtype=np.int64) if inputs is None else np.asarray(inputs)
    joined = np.ones(len(active) - 1, bool) if trials is None else trials[1:] == trials[:-1]
    n_inputs = int(inputs.max()) + 1
    moves = np.full((n_inputs, n_inputs), _UNSEEN_INPUT_STEP)
    np.add.at(moves, (inputs[:-1][joined], inputs[1:][joined]), 1)
    moves /= moves.sum(axis=1, keepdims=True)
    check_told_apart(moves)

    rows, row_of = _rows(active, inputs)
    reward, found, converged = _fitted(rows, rows, moves, terms, coding_cost, prior)
    # Twenty stretches in turn, so that a slow drift is in both halves.
    stretch = np.arange(len(active)) * 20 // len(active)
    halves = []
    for parity in range(2):
        visits = np.bincount(row_of[stretch % 2 == parity], minlength=len(rows.visits))
        some = _Rows(*(one[visits > 0] for one in (rows.active, rows.inputs, visits, rows.others)))
        halves.append(_fitted(some, rows, moves, terms, coding_cost, prior)[0])
    spread = [half.std() for half in halves]
    agreement = np.corrcoef(halves)[0, 1] ** 2 if min(spread) > 0 else 0.0
    return ParametricReward(
        rows.active, rows.inputs, rows.visits, reward, np.array(halves).T, float(agreement),
        np.array([one[1] for one in found]), np.array([one[0] for one in found]), converged,
    )  # fmt: skip


def _rows(active: np.ndarray, inputs: np.ndarray) -> tuple[_Rows, np.ndarray]:
    packed = np.column_stack([np.packbits(active, axis=1), inputs.astype(np.uint8)])
    keys = np.ascontiguousarray(packed).view([("", "V", packed.shape[1])]).ravel()
    _, first, row_of, visits = np.unique(
        keys.view(f"V{packed.shape[1]}"), return_index=True, return_inverse=True, return_counts=True
    )
    some = active[first]
    others = some.sum(axis=1, keepdims=True) - some
    return _Rows(some, inputs[first], visits, others), row_of


def _fitted(rows, everywhere, moves, terms, coding_cost, prior):
    """Rewards of all rows ``everywhere``, the terms of each input, and whether all converged."""
    n_neurons, n_inputs = rows.active.shape[1], len(moves)
    mean_rate = np.average(rows.active.mean(axis=1), weights=rows.visits)
    habit = logit(mean_rate)
    found, converged = [], True
    for x in range(n_inputs):
        here = rows.inputs == x
        one = _Rows(rows.active[here], rows.inputs[here], rows.visits[here], rows.others[here])
        terms_of_x, settled = _terms_of(one, terms, habit, prior)
        found.append(terms_of_x)
        converged &= settled
    temperature = n_neurons * coding_cost
    spins, counts = everywhere.spins, everywhere.active.sum(axis=1)
    # w, up to a constant for each input.
    potential = np.stack(
        [
            np.append(0, np.cumsum(by_count - habit))[counts]
            + np.sum((spins @ couplings + fields) * spins, axis=1) / 2
            for by_count, couplings, fields in found
        ],
        axis=1,
    )
    value = potential @ np.linalg.inv(moves).T
    reward = np.empty(len(spins))
    for x, one in enumerate(found):
        here = everywhere.inputs == x
        log_odds = _log_odds(spins[here], everywhere.others[here], *one)
        surprise = log_expit(spins[here] * log_odds) - log_expit(spins[here] * habit)
        reward[here] = temperature * (value[here, x] - potential[here, x])
        reward[here] += coding_cost * surprise.sum(axis=1)
        reward[here] -= reward[here].mean() if here.any() else 0
    return reward, found, converged


def _log_odds(spins, others, by_count, couplings, fields) -> np.ndarray:
    """Of firing, (n_rows, n)."""
    return by_count[others] + 2 * (spins @ couplings) + fields


def _terms_of(rows: _Rows, terms: str, habit: float, prior: float):
    """Log-odds by count, couplings and fields of one input, and whether the search settled."""
    n_neurons = rows.active.shape[1]
    spins, weights = rows.spins, rows.visits[:, None]
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
        np.bincount(rows.others[where], (weights * where)[where], minlength=n_neurons)
        for where in (rows.active, ~rows.active)
    ]

    def count_loss(flat):
        log_odds = habit + flat
        value = -(totals[0] @ log_expit(log_odds) + totals[1] @ log_expit(-log_odds))
        slope = totals[1] * expit(log_odds) - totals[0] * expit(-log_odds)
        return value + prior / 2 * flat @ flat, slope + prior * flat

    def loss(flat):
        log_odds = _log_odds(spins, rows.others, *unpacked(flat))
        value = -np.sum(weights * log_expit(spins * log_odds))
        slope = -weights * spins * expit(-spins * log_odds)
        parts = []
        if n_counts:
            parts.append(np.bincount(rows.others.ravel(), slope.ravel(), minlength=n_neurons))
        if n_pairs:
            both = 2 * spins.T @ slope
            parts += [(both + both.T)[upper], slope.sum(axis=0)]
        return value + prior / 2 * flat @ flat, np.concatenate(parts) + prior * flat

    options = {"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-10, "gtol": 1e-2}
    start = np.zeros(n_counts + n_pairs + n_fields)
    chosen = count_loss if terms == "count" else loss
    result = minimize(chosen, start, jac=True, method="L-BFGS-B", options=options)
    return unpacked(result.x), bool(result.success)
