"""Two populations that excite themselves and inhibit each other?

Source: Schaeffer et al. 2020, section 3.3.1 and Figs. 7a, 7b.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core import checks
from ..task.session import Session

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

TASK_VARIABLES = (
    "stimulus side",
    "block side",
    "observation",
    "probability of right",
    "feedback",
    "previous side",
)


def unit_correlations(states: np.ndarray) -> np.ndarray:
    """(n_units, n_units) float: Pearson's r of all pairs of units over states (n_rows, n_units).

    Raises
    ------
    ValueError
        If a state is not finite, or a unit does not vary.
    """
    states = checks.finite_array("states", states)
    _check_all_vary(states)
    return np.corrcoef(states.T)


class Clusters(NamedTuple):
    """Units ordered and grouped by their correlations.

    Attributes
    ----------
    order : (n_units,) int
        Units in the order of the tree's leaves.
    populations : (n_units,) int
        0 or 1 per unit, the tree cut in two; 0 holds the first unit of ``order``.
    n_at_half : int
        Clusters when the tree is cut at half the largest distance, as in the paper's code.
    linkage : (n_units - 1, 4) float
        As scipy returns it.
    """

    order: np.ndarray
    populations: np.ndarray
    n_at_half: int
    linkage: np.ndarray

    @property
    def together(self) -> np.ndarray:
        """(n_units, n_units) bool: whether two units are of one population."""
        return self.populations[:, None] == self.populations

    @property
    def borders(self) -> np.ndarray:
        """Places, among the ordered units, where one population ends and the other begins."""
        return np.flatnonzero(np.diff(self.populations[self.order])) + 0.5


def cluster_units(correlations: np.ndarray) -> Clusters:
    """Hierarchical clustering of units: complete linkage on the distance 1 - r.

    Parameters
    ----------
    correlations : (n_units, n_units) float
        Pearson's r of two units or more; anything not symmetric or beyond -1 and 1 raises a
        ValueError.
    """
    from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
    from scipy.spatial.distance import squareform

    distance = _distances(correlations)
    tree = linkage(squareform(distance, checks=False), method="complete")
    order = leaves_list(tree)
    half = fcluster(tree, 0.5 * distance.max(), criterion="distance")
    two = fcluster(tree, 2, criterion="maxclust")
    return Clusters(order, (two != two[order[0]]).astype(int), int(half.max()), tree)


def _distances(correlations: np.ndarray) -> np.ndarray:
    r = checks.finite_array("correlations", correlations)
    shaped = r.shape == r.T.shape and len(r) > 1
    if not shaped or np.abs(r).max() > 1 + 1e-9 or not np.allclose(r, r.T):
        raise ValueError(
            "correlations must be symmetric, in [-1, 1] and of two units or more, "
            f"got {r.shape} values"
        )
    distance = np.clip(1 - r, 0, None)
    np.fill_diagonal(distance, 0)
    return distance


def best_number_of_clusters(correlations: np.ndarray, linkage: np.ndarray, most: int = 8) -> int:
    """At which cut, into 2 to ``most`` clusters, a tree of units has the largest mean silhouette.

    Unlike a cut at a share of the largest distance this needs no threshold (Rousseeuw 1987,
    *Journal of Computational and Applied Mathematics* 20).

    Parameters
    ----------
    correlations : (n_units, n_units) float
        Pearson's r; the distance is 1 - r.
    linkage : (n_units - 1, 4) float
        Of :func:`cluster_units`.
    """
    from scipy.cluster.hierarchy import fcluster
    from sklearn.metrics import silhouette_score

    distance = _distances(correlations)
    checks.integer("most", most, low=2)
    linkage = checks.finite_array("linkage", linkage, n_columns=4)
    if len(linkage) != len(distance) - 1:
        raise ValueError(f"linkage must have {len(distance) - 1} rows, got {len(linkage)}")
    try:
        cuts = [fcluster(linkage, k, criterion="maxclust") for k in range(2, most + 1)]
    except ValueError as error:
        raise ValueError(f"linkage must be a tree of {len(distance)} units ({error})") from error
    scores = {
        len(np.unique(label)): silhouette_score(distance, label, metric="precomputed")
        for label in cuts
        if 1 < len(np.unique(label)) < len(distance)
    }
    return max(scores, key=scores.get, default=2)  # two units can be cut in one way


def states_under_inputs(network: RecurrentNetwork, session: Session) -> np.ndarray:
    """(n_rows, n_units) float: states of a network that only watches what another one was shown.

    It starts every session afresh, sees the observations and the feedback of
    the network that played, and does not act.
    """
    import torch

    start = session.session_row_start
    inputs = torch.as_tensor(session.inputs, dtype=network.readout.weight.dtype)
    with torch.no_grad():
        hidden = [network(inputs[None, a:b])[1][0] for a, b in pairwise(start)]
    return torch.cat(hidden).double().numpy()


def recurrent_weights(network: RecurrentNetwork) -> np.ndarray:
    """(n_units, n_units) float: entry [i, j] is the weight from unit j to unit i.

    Of a GRU or LSTM the weights that propose its new content, not those of its gates.
    """
    weights = network.core.weight_hh_l0.detach().cpu().double().numpy()
    n_units = network.n_units
    first = {"vanilla": 0, "gru": 2, "lstm": 2}[network.cell] * n_units
    return weights[first : first + n_units].copy()


def rank_shares(weights: np.ndarray) -> np.ndarray:
    """(n_units,) float: share of the sum of squares in each singular vector, by falling share.

    Of a learnt change (n_units, n_units): along how many directions learning went.

    Raises
    ------
    ValueError
        If they are no finite matrix, or there is nothing but zeros.
    """
    weights = checks.finite_array("weights", weights)
    squares = np.square(np.linalg.svd(weights, compute_uv=False))
    if not squares.sum() > 0:
        raise ValueError("weights must not be all zeros")
    return squares / squares.sum()


def population_means(weights: np.ndarray, populations: np.ndarray) -> np.ndarray:
    """(2, 2) float: mean weight from population j (column) to population i (row).

    Populations (n_units,) are 0 or 1.  Weights (n_units, n_units) of a unit to itself are left
    out: they lie within a population however units are grouped.  NaN within a population of one.

    Raises
    ------
    ValueError
        If the shapes disagree, or a population has no unit, or both have one.
    """
    weights, member = _checked_populations(weights, populations)
    between_others = ~np.eye(len(weights), dtype=bool)
    total = member.T @ (weights * between_others) @ member
    with np.errstate(invalid="ignore"):
        return total / (member.T @ between_others @ member)


class PopulationTest(NamedTuple):
    """Is the mean weight within populations larger than that between them?

    Attributes
    ----------
    difference : float
        Mean weight within populations minus mean weight between them.
    p : float
        Share of shuffled groupings, this one included, whose difference is as large.
    shuffled : (n_permutations,) float
        Differences after shuffling.
    """

    difference: float
    p: float
    shuffled: np.ndarray


def population_test(
    weights: np.ndarray, populations: np.ndarray, *, n_permutations: int = 9999, seed: int = 0
) -> PopulationTest:
    """Permutation test of self-excitation and mutual inhibition.

    Units are dealt to the populations anew, sizes kept, weights left as they
    are.  Weights (n_units, n_units) of a unit to itself are left out.

    Raises
    ------
    ValueError
        As :func:`population_means` does, or for fewer than one permutation.

    Notes
    -----
    The plain loop::

        for _ in range(n_permutations):
            s = 2 * rng.permutation(populations) - 1
            within = weights[s_i == s_j and i != j].mean()
            between = weights[s_i != s_j].mean()
            shuffled.append(within - between)
    """
    weights, member = _checked_populations(weights, populations)
    checks.integer("n_permutations", n_permutations, low=1)
    weights = weights * ~np.eye(len(weights), dtype=bool)
    rng = checks.generator(seed)
    label = np.tile(member[:, 1], (n_permutations + 1, 1))
    label[1:] = rng.permuted(label[1:], axis=1)
    sign = 2.0 * label - 1
    # With signs s, the sum over i, j of s_i W_ij s_j is within minus between.
    signed = np.einsum("ki,ij,kj->k", sign, weights, sign, optimize=True)
    n_units, (n_first, n_second) = len(weights), member.sum(axis=0)
    n_between = 2 * n_first * n_second
    n_within = n_units * (n_units - 1) - n_between
    within, between = (weights.sum() + signed) / 2, (weights.sum() - signed) / 2
    difference = within / n_within - between / n_between
    # Ties must count: rounding of sums in another order is far below this.
    as_large = difference[1:] >= difference[0] - 1e-12 * np.abs(weights).max(initial=1e-300)
    p = (1 + as_large.sum()) / (1 + n_permutations)
    return PopulationTest(float(difference[0]), float(p), difference[1:])


def unit_task_correlations(session: Session) -> np.ndarray:
    """(n_units, n_variables) float: Pearson's r of each unit with ``TASK_VARIABLES``, in order.

    Side of the stimulus, observation (o^R - o^L) and the probability of
    right are correlated over the steps with an observation; side of the block
    over all steps; feedback (correct or not) and the side of the stimulus of
    the previous trial over first steps.

    Raises
    ------
    ValueError
        If the session has no states, or a unit or a variable does not vary.
    """
    states = session.recorded_states
    trials, trial, step = session.trials, session.row_trial, session.row_step
    inputs = session.inputs
    seen = step >= trials.params.n_blank_steps
    # A session's first step follows nothing.
    first = (step == 0) & ~np.isin(trial, trials.session_start[:-1])
    variables = {
        "stimulus side": (trials.side[trial], seen),
        "block side": (trials.block_side[trial], slice(None)),
        "observation": (inputs[:, 1] - inputs[:, 0], seen),
        "probability of right": (session.p_right[trial, step], seen),
        "feedback": (inputs[:, 2], first),
        "previous side": (trials.side[np.maximum(trial - 1, 0)], first),
    }
    return np.stack(
        [_correlations(name, states, *variables[name]) for name in TASK_VARIABLES], axis=1
    )


def _correlations(name: str, states: np.ndarray, variable: np.ndarray, rows):
    x, y = states[rows], np.asarray(variable, dtype=float)[rows]
    if not len(y) or np.ptp(y) == 0:
        raise ValueError(f"{name} must vary in the session")
    _check_all_vary(x)
    x, y = x - x.mean(axis=0), y - y.mean()
    return x.T @ y / np.sqrt(np.square(x).sum(axis=0) * np.square(y).sum())


def _check_all_vary(states: np.ndarray) -> None:
    constant = np.flatnonzero(np.ptp(states, axis=0) == 0)
    if len(constant):
        raise ValueError(f"every unit must vary, unit {constant[0]} does not")


def _checked_populations(weights, populations):
    """Weights, and membership (n_units, 2) of the two populations as 0 and 1."""
    weights, populations = checks.finite_array("weights", weights), np.atleast_1d(populations)
    n_units = len(populations)
    if weights.shape != (n_units, n_units):
        raise ValueError(f"weights must be ({n_units}, {n_units}), got {weights.shape}")
    member = (populations[:, None] == [0, 1]).astype(float)
    sizes = member.sum(axis=0).astype(int)
    if sizes.sum() != n_units or sizes.min() < 1 or sizes.max() < 2:
        raise ValueError(
            "populations must be two, labelled 0 and 1, of three units or more in all, got "
            f"{sizes[0]} and {sizes[1]} of {n_units} units"
        )
    return weights, member
