"""How well block side can be told from the state, on steps that the classifier has not seen.

Source: Schaeffer et al. 2020, section 3.2.1 and Fig. 4a.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core import checks
from ..core.logistic import LogisticFit, fit_side
from ..core.means import GroupMeans, group_means
from ..task.session import Session
from .state_space import StateSpace, in_plane

SPLITS = ("step", "block")


@dataclass(frozen=True)
class Decoding:
    """A classifier of block side, and how it fares on what was held out.

    Attributes
    ----------
    fit : LogisticFit
    accuracy : GroupMeans
        A single mean: the fraction of held-out steps called right, with its
        95% interval over blocks.
    """

    fit: LogisticFit
    accuracy: GroupMeans


def decode_block(
    session: Session,
    coordinates: np.ndarray,
    *,
    split: str = "block",
    held_out: float = 0.33,
    inverse_penalty: float = 1.0,
    intercept: bool = False,
    seed: int = 0,
) -> Decoding:
    """Fit a classifier of block side on some steps, and try it on the others.

    Parameters
    ----------
    session : Session
    coordinates : (n_rows, n_dims) float
        Anything known of every step, e.g. its state.  The mean of the
        training steps is subtracted.
    split : {"block", "step"}
        ``step`` holds out single steps at random, as the paper does: their
        neighbours in time, which are nearly the same, remain for training.
        ``block`` holds out whole blocks, which is sound.
    held_out : float
        Share of blocks (or steps) to test on, above 0 and below 1.
    inverse_penalty, intercept
        As for :func:`iblrnn_helpers.core.logistic.fit_side`.
    seed : int
        Of the split.

    Returns
    -------
    Decoding

    Raises
    ------
    ValueError
        If there is not one row for every step, or a part lacks a side.
    """
    checks.choice("split", split, SPLITS)
    checks.number("held_out", held_out, above=0, high=1)
    coordinates = session.rows_of(coordinates, "coordinates")
    block = session.trials.block_index[session.row_trial]
    side = session.trials.block_side[session.row_trial]
    test = _held_out(block if split == "block" else np.arange(len(block)), held_out, seed)
    for name, part in (("training", ~test), ("held-out", test)):
        if len(np.unique(side[part])) < 2:
            raise ValueError(
                f"the {name} part must hold left and right blocks, got sides "
                f"{np.unique(side[part]).tolist()}; use more blocks or another seed"
            )
    centre = coordinates[~test].mean(axis=0)
    fit = fit_side(
        coordinates[~test] - centre,
        side[~test],
        inverse_penalty=inverse_penalty,
        intercept=intercept,
    )
    fit = LogisticFit(fit.weights, float(fit.intercept - centre @ fit.weights))
    called_right = (fit.log_odds(coordinates[test]) > 0) == (side[test] > 0)
    _, cluster = np.unique(block[test], return_inverse=True)
    return Decoding(fit, group_means(called_right, {}, cluster, proportion=True))


def _held_out(unit_of_row: np.ndarray, share: float, seed: int) -> np.ndarray:
    """(n_rows,) bool: whether the row's unit (block or step) was drawn to test on."""
    n_units = int(unit_of_row.max()) + 1
    n_test = round(share * n_units)
    if not 0 < n_test < n_units:
        raise ValueError(
            f"held_out must leave something to train and to test on, got {share} of {n_units}"
        )
    drawn = np.zeros(n_units, dtype=bool)
    drawn[np.random.default_rng(seed).permutation(n_units)[:n_test]] = True
    return drawn[unit_of_row]


@dataclass(frozen=True)
class Planes:
    """The plane of the first two PCs among random planes through the same states.

    Attributes
    ----------
    accuracy : (n_planes,) float
        Block decoding on held-out blocks.
    variance : (n_planes,) float
        Share of the states' variance that lies in the plane.
    distances : (n_planes,) float
        Correlation between distances in the plane and in the full space, over
        random pairs of states.
    pc_accuracy, pc_variance, pc_distances : float
        The same of the plane of PC1 and PC2.
    full_accuracy : float
        Block decoding from the full state.
    """

    accuracy: np.ndarray
    variance: np.ndarray
    distances: np.ndarray
    pc_accuracy: float
    pc_variance: float
    pc_distances: float
    full_accuracy: float


def random_planes(
    session: Session, space: StateSpace, *, n_planes: int = 100, n_pairs: int = 5000, seed: int = 0
) -> Planes:
    """The same questions to random planes: is there anything special about the PCs?

    Two random directions keep much of the geometry of any cloud of points
    (Johnson and Lindenstrauss 1984, *Contemporary Mathematics* 26), so what a
    plane of PCs shows must be compared with what a random plane shows.

    Parameters
    ----------
    session : Session
    space : StateSpace
    n_planes : int
        Planes, spanned by two Gaussian directions made orthonormal.
    n_pairs : int
        Pairs of states whose distances are compared.
    seed : int

    Returns
    -------
    Planes
    """
    checks.integer("n_planes", n_planes, low=1)
    checks.integer("n_pairs", n_pairs, low=3)
    rng = np.random.default_rng(seed)
    states = session.recorded_states - space.mean
    one, other = rng.integers(len(states), size=(2, n_pairs))
    apart = np.linalg.norm(states[one] - states[other], axis=1)
    total = np.square(states).sum()

    def ask(basis):
        flat = states @ basis
        accuracy = float(decode_block(session, flat, seed=seed).accuracy.mean)
        flat_apart = np.linalg.norm(flat[one] - flat[other], axis=1)
        return accuracy, np.square(flat).sum() / total, np.corrcoef(apart, flat_apart)[0, 1]

    rows = [ask(np.linalg.qr(rng.standard_normal((space.n_units, 2)))[0]) for _ in range(n_planes)]
    return Planes(
        *np.array(rows).T,
        *(float(x) for x in ask(space.components[:2].T)),
        float(decode_block(session, states, seed=seed).accuracy.mean),
    )


def plane_and_full(session: Session, space: StateSpace) -> dict[str, np.ndarray]:
    """The two sets of coordinates from which the paper decodes block side."""
    states = session.recorded_states
    return {"PC plane": in_plane(space, states), "all units": states}
