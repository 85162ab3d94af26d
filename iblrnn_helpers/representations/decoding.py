"""How well block side can be told from the state, and along which direction.

A *readout* (or decoding direction) is what the state is multiplied with; an
*encoding direction* is where the state goes when the encoded thing changes.
The product of a readout and a state change is a fact about the network.  The
angle between two readouts is not: stretch the state along a direction in which
it hardly varies, shrink the weights accordingly, and the network does the same
as before, but the angle is another.

Sources: Schaeffer et al. 2020, section 3.2.1 and Fig. 4a; Haufe et al. 2014
(*NeuroImage* 87) on decoding weights and encoding patterns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import checks
from ..core.logistic import LogisticFit, fit_side
from ..core.means import GroupMeans, Measured, group_means
from ..task.session import Session
from .state_space import StateSpace, in_plane, unit

SPLITS = ("step", "block")
PENALTIES = tuple(10.0**k for k in range(-7, 4))
NOISE_SDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
N_DIMS = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50)


@dataclass(frozen=True)
class Decoding:
    """A classifier of block side, and how it fares on what was held out.

    Attributes
    ----------
    fit : LogisticFit
    accuracy : GroupMeans
        A single mean: the fraction of held-out steps told correctly, with its
        95% interval over blocks.
    correct : (n_held_out,) bool
        Whether each of these steps is told correctly.
    block : (n_held_out,) int
        Their blocks, from 0.
    """

    fit: LogisticFit
    accuracy: GroupMeans
    correct: np.ndarray
    block: np.ndarray

    def minus(self, other: Decoding) -> Measured:
        """Its accuracy minus that of another that was tried on the same steps.

        What the two owe to the luck of the same blocks cancels in the interval.
        """
        return group_means(self.correct.astype(float) - other.correct, {}, self.block).measured()


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

    Raises
    ------
    ValueError
        If there is not one row for every step, or a part lacks a side.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> network = ibl.reference_network().network
    >>> session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    >>> print(ibl.decode_block(session, session.states).accuracy.mean > 0.7)
    True
    """
    options = {"inverse_penalty": inverse_penalty, "intercept": intercept}
    fit, correct, block = _tried(session, coordinates, split, held_out, seed, **options)
    accuracy = group_means(correct, {}, block, proportion=True)
    return Decoding(fit, accuracy, correct, block)


def decoding_difference(session: Session, one: np.ndarray, other: np.ndarray) -> Measured:
    """Block decoding from some coordinates minus that from others, on the same held-out blocks.

    Parameters and errors are those of :func:`decode_block`.
    """
    return decode_block(session, one).minus(decode_block(session, other))


def _tried(session: Session, coordinates, split: str, held_out: float, seed: int, **options):
    """A fit, whether it is correct on each held-out step, and those steps' blocks, from 0."""
    checks.choice("split", split, SPLITS)
    checks.number("held_out", held_out, above=0, high=1)
    coordinates = session.rows_of(coordinates, "coordinates", n_axes=2)
    use = session.trials.has_side[session.row_trial]
    coordinates = coordinates if use.all() else coordinates[use]
    side = session.row_block_side[use]
    _, block = np.unique(session.row_block[use], return_inverse=True)
    test = _held_out(block if split == "block" else np.arange(len(block)), held_out, seed)
    for name, part in (("training", ~test), ("held-out", test)):
        if len(np.unique(side[part])) < 2:
            raise ValueError(
                f"the {name} part must hold left and right blocks, got sides "
                f"{np.unique(side[part]).tolist()}; use more blocks or another seed"
            )
    train = coordinates[~test]
    centre = train.mean(axis=0)
    train -= centre
    fit = fit_side(train, side[~test], **options)
    fit = LogisticFit(fit.weights, float(fit.intercept - centre @ fit.weights))
    correct = (fit.log_odds(coordinates[test]) > 0) == (side[test] > 0)
    return fit, correct, np.unique(block[test], return_inverse=True)[1]


def _held_out(unit_of_row: np.ndarray, share: float, seed: int) -> np.ndarray:
    """(n_rows,) bool: whether the row's unit (block or step) was drawn to test on."""
    n_units = int(unit_of_row.max()) + 1
    n_test = round(share * n_units)
    if not 0 < n_test < n_units:
        raise ValueError(
            f"held_out must leave something to train and to test on, got {share} of {n_units}"
        )
    drawn = np.zeros(n_units, dtype=bool)
    drawn[checks.generator(seed).permutation(n_units)[:n_test]] = True
    return drawn[unit_of_row]


def plane_and_full(session: Session, space: StateSpace) -> dict[str, np.ndarray]:
    """The two sets of coordinates from which the paper decodes block side."""
    states = session.recorded_states
    return {"PC plane": in_plane(space, states), "all units": states}


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
    """
    checks.integer("n_planes", n_planes, low=1)
    checks.integer("n_pairs", n_pairs, low=3)
    rng = checks.generator(seed)
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


def angle_between(
    one: np.ndarray, other: np.ndarray, covariance: np.ndarray | None = None
) -> float:
    """Degrees between two directions, in [0, 180].

    Parameters
    ----------
    one, other : (n_dims,) float
    covariance : (n_dims, n_dims) float, optional
        Of the states: the angle whose cosine is the correlation between what
        the two read out of them.  It does not depend on the scale of the
        coordinates.

    Raises
    ------
    ValueError
        If they are not finite, differ in length, or one of them has length 0.
    """
    one = checks.finite_array("one", one, n_axes=1)
    other = checks.finite_array("other", other, n_axes=1, n_columns=len(one))
    metric = np.eye(len(one)) if covariance is None else covariance
    lengths = (one @ metric @ one) * (other @ metric @ other)
    if not lengths > 0:
        raise ValueError(
            "an angle needs two directions along which there is something, got length 0"
        )
    cosine = one @ metric @ other / np.sqrt(lengths)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def block_encoding(session: Session) -> np.ndarray:
    """(n_units,) unit vector from the mean state in left blocks to that in right blocks."""
    states = session.recorded_states
    right = session.row_in_right_block
    return unit(states[right].mean(axis=0) - states[~right].mean(axis=0))


@dataclass(frozen=True)
class Angles:
    """Degrees between the right-stimulus readout and directions that stand for the block.

    Attributes
    ----------
    plane : float
        Block readout fitted in the PC plane; both directions within the plane.
    mapped_back : float
        The same block readout as a vector of the full space, against the full
        stimulus readout: what the released code calls its 50-D angle.
    full : float
        Block readout fitted to all units.
    full_weighted : float
        The same two by what they read out: the cosine is the correlation of
        the two readouts over all steps.
    encoding : float
        Not a readout: where the state goes when the block changes, the mean
        state of right blocks minus that of left ones.
    """

    plane: float
    mapped_back: float
    full: float
    full_weighted: float
    encoding: float


def measure_angles(session: Session, space: StateSpace) -> Angles:
    """All the angles of one network, whose session holds states and has the ``space`` fitted."""
    states = session.recorded_states - space.mean
    stimulus, block = space.stimulus_readout, space.block_readout
    return Angles(
        plane=angle_between(space.stimulus_in_plane, space.block_in_plane),
        mapped_back=angle_between(stimulus, space.block_in_plane @ space.components[:2]),
        full=angle_between(stimulus, block),
        full_weighted=angle_between(stimulus, block, states.T @ states / len(states)),
        encoding=angle_between(stimulus, block_encoding(session)),
    )


@dataclass(frozen=True)
class Sweep:
    """Block readouts fitted in different ways.

    Attributes
    ----------
    setting : (n_settings,) float
        What was varied.
    angle : (n_settings,) float
        Degrees between the block readout and the stimulus readout, in the full space.
    accuracy : (n_settings,) float
        Block decoding on held-out blocks.
    """

    setting: np.ndarray
    angle: np.ndarray
    accuracy: np.ndarray


def sweep_penalty(
    session: Session, space: StateSpace, inverse_penalties: Sequence[float] = PENALTIES
) -> Sweep:
    """The block readout fitted to all units, with less and less penalty on its length.

    A strong penalty gives the direction of the mean difference of the two
    blocks; none gives the direction that decodes best, whatever its length
    (see :func:`iblrnn_helpers.core.logistic.fit_side`).
    """
    states = session.recorded_states
    fits = [decode_block(session, states, inverse_penalty=c) for c in inverse_penalties]
    return _sweep(space, inverse_penalties, fits, [d.fit.weights for d in fits])


def sweep_dimensions(session: Session, space: StateSpace, n_dims: Sequence[int] = N_DIMS) -> Sweep:
    """The block readout fitted in the space of more and more principal components.

    Numbers above ``n_units`` are left out.
    """
    n_dims = [k for k in n_dims if k <= space.n_units]
    scores = (session.recorded_states - space.mean) @ space.components.T
    fits = [decode_block(session, scores[:, :k]) for k in n_dims]
    weights = [d.fit.weights @ space.components[:k] for d, k in zip(fits, n_dims, strict=True)]
    return _sweep(space, n_dims, fits, weights)


def sweep_noise(
    session: Session, space: StateSpace, noise_sds: Sequence[float] = NOISE_SDS
) -> Sweep:
    """The block readout fitted to all units, for a reader who sees each with some noise.

    Differences between the blocks that are smaller than the noise are of no
    use to it, however well a computer can read them out of exact numbers.
    """
    states = session.recorded_states
    noise = np.random.default_rng(0).standard_normal(states.shape)
    noise_sds = [checks.number("noise_sds", sd, low=0) for sd in noise_sds]
    fits = [decode_block(session, states + sd * noise) for sd in noise_sds]
    return _sweep(space, noise_sds, fits, [d.fit.weights for d in fits])


def _sweep(space, settings, fits, weights) -> Sweep:
    return Sweep(
        np.array(settings, dtype=float),
        np.array([angle_between(space.stimulus_readout, w) for w in weights]),
        np.array([float(d.accuracy.mean) for d in fits]),
    )
