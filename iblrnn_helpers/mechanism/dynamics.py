"""How a one-step map moves states: vector fields, linearisation, basins, effects of inputs.

Source: Schaeffer et al. 2020, section 3.3.1 and Fig. 7c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..core import checks
from ..core.means import GroupMeans, Measured, group_means, linearised
from ..core.one_step_map import OneStepMap, as_states, change, jacobians, stepped, tried_out
from ..representations.plane import PlaneLike
from ..representations.state_space import StateSpace, in_plane
from ..task.session import Session

CONDITIONS: dict[str, tuple[float, float, float]] = {  # o^L, o^R, r
    "strong left": (1.2, 0.2, -0.05),
    "weak, both sides": (0.2, 0.2, -0.05),
    "strong right": (0.2, 1.2, -0.05),
    "no stimulus, r = −1": (0.0, 0.0, -1.0),
    "no stimulus, r = 0": (0.0, 0.0, 0.0),
    "no stimulus, r = +1": (0.0, 0.0, 1.0),
}
NO_INPUT = CONDITIONS["no stimulus, r = 0"]


@dataclass(frozen=True)
class VectorField:
    """One step of the map, seen in the PC plane.

    Attributes
    ----------
    position : (n, 2) float
        States in the plane of PC1 and PC2.
    change : (n, 2) float
        F(h) - h in that plane.
    speed : (n,) float
        Length of F(h) - h among all units, not only in the plane.
    """

    position: np.ndarray
    change: np.ndarray
    speed: np.ndarray


def vector_field(step: OneStepMap, inputs, space: PlaneLike, states: np.ndarray) -> VectorField:
    """Where one step under constant inputs takes some states.

    Parameters
    ----------
    step : callable
        F(h, inputs) of the states that ``space`` describes.
    inputs : (n_inputs,) float
        E.g. one of ``CONDITIONS``.
    space : StateSpace or Plane
    states : (n, n_units) float
        :func:`plane_grid` for the field in the plane, or :func:`thinned` visited states.

    Raises
    ------
    ValueError
        If the states do not belong to the space, or the map is refused.
    """
    states = as_states(states, n_columns=space.n_units).numpy()
    moved = change(step, inputs, states)
    return VectorField(
        in_plane(space, states), moved @ space.components[:2].T, np.linalg.norm(moved, axis=1)
    )


def plane_grid(space: PlaneLike, visited: np.ndarray, *, n_side: int = 15) -> np.ndarray:
    """(n_side ** 2, n_units) float: states on a grid in the PC plane, over where visited ones lie.

    The grid covers the middle 99.8% of the visited states (n_rows, n_units)
    along each PC; along all other PCs it is at the mean.

    Raises
    ------
    ValueError
        If the visited states do not belong to the space, or do not spread along both PCs.
    """
    checks.integer("n_side", n_side, low=2, high=10_000)
    low, high = range_of(in_plane(space, visited, "visited"))
    first, second = np.meshgrid(*np.linspace(low, high, n_side).T)
    position = np.stack([first.ravel(), second.ravel()], axis=1)
    return space.mean + position @ space.components[:2]


def thinned(space: PlaneLike, visited: np.ndarray, *, n_side: int = 15) -> np.ndarray:
    """(n, n_units) float: one visited state, the first, of each tile of the PC plane.

    Tiles are ``n_side`` by ``n_side`` over the range of :func:`plane_grid`.
    """
    checks.integer("n_side", n_side, low=2, high=10_000)
    position = in_plane(space, visited, "visited")
    low, high = range_of(position)
    tile = np.floor((position - low) / (high - low) * n_side).clip(-1, n_side).astype(int)
    inside = np.flatnonzero(((tile >= 0) & (tile < n_side)).all(axis=1))
    _, first = np.unique(tile[inside] @ [n_side, 1], return_index=True)
    return np.asarray(visited)[inside[first]]


def range_of(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the middle 99.8% of places (n, 2) begin and end along either coordinate."""
    position = checks.finite_array("visited", position)
    low, high = np.percentile(position, [0.1, 99.9], axis=0)
    if not (low < high).all():
        raise ValueError(f"visited must spread along both coordinates, got {high - low} of width")
    return low, high


@dataclass(frozen=True)
class Linearisation:
    """The map near some states: h + d goes to F(h) + J d.

    Attributes
    ----------
    jacobian : (n, n_state, n_state) float
    eigenvalues : (n, n_state) complex
        By falling modulus.
    right : (n, n_state, n_state) complex
        Column i of each is the right eigenvector of eigenvalue i, of length 1:
        a deviation along it stays along it.
    left : (n, n_state, n_state) complex
        Row i is the left eigenvector, ``left @ right = identity``: what of an
        input enters mode i.  NaN where the eigenvectors do not span the space.
    """

    jacobian: np.ndarray
    eigenvalues: np.ndarray
    right: np.ndarray
    left: np.ndarray

    @property
    def stable(self) -> np.ndarray:
        """(n,) bool: every eigenvalue is inside the unit circle."""
        return (np.abs(self.eigenvalues) < 1).all(axis=1)

    @property
    def time_constants(self) -> np.ndarray:
        """(n, n_state) float: -1 / ln|eigenvalue|, in steps; negative where a mode grows."""
        return time_constants(self.eigenvalues)


def time_constants(eigenvalues: np.ndarray) -> np.ndarray:
    """Steps in which a mode decays to 1/e: -1 / ln|eigenvalue|.

    Infinite at modulus 1, 0 at 0, and negative above 1, where a mode grows.
    """
    if np.asarray(eigenvalues).dtype.kind not in "iufc":
        raise ValueError(f"eigenvalues must be numbers, got {eigenvalues!r:.80}")
    with np.errstate(divide="ignore"):
        logarithm = np.log(np.abs(eigenvalues))
        return np.where(logarithm == 0, np.inf, -1 / logarithm)


def linearise(step: OneStepMap, inputs, states: np.ndarray) -> Linearisation:
    """Jacobian of the map at each state, and its eigenvalues and eigenvectors.

    Parameters
    ----------
    step : callable
    inputs : (n_inputs,) float
    states : (n, n_state) float
        E.g. fixed points; none gives a linearisation of none.

    Raises
    ------
    ValueError
        If an argument is not as said, or the map is refused.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> import iblrnn_helpers as ibl
    >>> near_0 = ibl.linearise(lambda h: torch.tanh(2 * h), [], np.zeros((1, 1)))
    >>> print(near_0.jacobian[0, 0, 0], near_0.stable[0])
    2.0 False
    """
    states = checks.finite_array("states", states, empty=True)
    n_state = states.shape[1]
    jacobian = jacobians(step, inputs, states) if len(states) else np.zeros((0, n_state, n_state))
    values, right = np.linalg.eig(jacobian)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1).astype(complex)
    right = np.take_along_axis(right, order[:, None], axis=2).astype(complex)
    left = np.full_like(right, np.nan)
    spans = np.array([np.linalg.cond(r) < 1e12 for r in right], dtype=bool)
    left[spans] = np.linalg.inv(right[spans])
    return Linearisation(jacobian, values, right, left)


@dataclass(frozen=True)
class Basins:
    """Which attractor each start comes to.

    Attributes
    ----------
    starts : (n, n_state) float
    attractors : (n_attractors, n_state) float
    label : (n,) int
        Index of the attractor; -1 if within ``n_steps`` none was reached.
    arrival : (n,) float
        Steps until it was first that close; NaN if none was reached.
    n_steps : int
    """

    starts: np.ndarray
    attractors: np.ndarray
    label: np.ndarray
    arrival: np.ndarray
    n_steps: int


def basins(
    step: OneStepMap,
    inputs,
    starts: np.ndarray,
    attractors: np.ndarray,
    *,
    n_steps: int = 1000,
    within: float = 1e-2,
) -> Basins:
    """Iterate the map from each start, and see which attractor it first comes close to.

    Parameters
    ----------
    step : callable
    inputs : (n_inputs,) float
    starts : (n, n_state) float
    attractors : (n_attractors, n_state) float
        Stable fixed points.
    n_steps : int
    within : float
        A state this close to an attractor has reached it.

    Raises
    ------
    ValueError
        If an argument is not as said, or the map is refused.
    """
    checks.integer("n_steps", n_steps, low=1)
    checks.number("within", within, above=0)
    starts = as_states(starts, "starts").numpy()
    attractors = checks.finite_array(
        "attractors", attractors, n_columns=starts.shape[1], empty=True
    )
    held = tried_out(step, inputs, torch.from_numpy(starts))
    label, arrival = np.full(len(starts), -1), np.full(len(starts), np.nan)
    states, underway = starts, np.arange(len(starts))
    for n in range(n_steps + 1 if len(attractors) else 0):
        distance = np.linalg.norm(states[:, None] - attractors, axis=2)
        there = distance.min(axis=1) <= within
        label[underway[there]] = distance[there].argmin(axis=1)
        arrival[underway[there]] = n
        states, underway = states[~there], underway[~there]
        if not len(underway):
            break
        states = stepped(held, torch.from_numpy(states)).numpy()
    return Basins(starts, attractors, label, arrival, n_steps)


@dataclass(frozen=True)
class InputEffects:
    """Mean distance by which an input moves the state within one step.

    The distance is between F(h, input) and F(h, 0), with h the state before
    that step: among ``all units``, in the PC ``plane``, and, as an absolute value, along the
    ``stimulus`` and the ``block`` readout of the plane and along the ``stimulus, all units``, which
    sets the choice, and the ``block, all units``, which was fitted to all of them.

    Attributes
    ----------
    observation, feedback : dict of str to GroupMeans
        Single means, with 95% intervals over blocks.
    ratios : dict of str to Measured
        Effect of feedback over effect of an observation.
    """

    observation: dict[str, GroupMeans]
    feedback: dict[str, GroupMeans]
    ratios: dict[str, Measured]


def input_effects(step: OneStepMap, space: StateSpace, session: Session) -> InputEffects:
    """Effect of the feedback and of the observations in a session, with its states.

    ``step`` is the one-step map of the network that played it.
    """
    states, inputs = session.recorded_states, session.inputs
    follows = session.changing_rows  # a session's first step follows no state
    step_of = session.row_step[follows]
    seen = follows[step_of >= session.trials.params.n_blank_steps]
    fed_back = follows[step_of == 0]
    observed = inputs.copy()
    observed[:, 2] = 0  # the observation alone, without the penalty for waiting
    block = session.trials.block_index[session.row_trial]
    moved_by = {
        "observation": (_distances(step, space, states, observed, seen), block[seen]),
        "feedback": (_distances(step, space, states, inputs, fed_back), block[fed_back]),
    }
    means = {
        name: {along: group_means(d, {}, of_block) for along, d in distances.items()}
        for name, (distances, of_block) in moved_by.items()
    }
    (by_observation, its_block), (by_feedback, of_block) = moved_by.values()
    ratios = {
        along: _ratio(by_feedback[along], of_block, by_observation[along], its_block)
        for along in by_feedback
    }
    return InputEffects(means["observation"], means["feedback"], ratios)


def _ratio(above, above_block, below, below_block) -> Measured:
    """Ratio of two means, linearised over the blocks that both are of."""
    n_blocks = int(max(above_block.max(), below_block.max())) + 1
    ratio, under = above.mean() / below.mean(), below.mean()
    parts = [
        np.bincount(block, (values - values.mean()) / len(values) / under, n_blocks)
        for values, block in ((above, above_block), (below, below_block))
    ]
    return linearised(ratio, parts[0] - ratio * parts[1])


def _distances(step, space, states, inputs, rows) -> dict[str, np.ndarray]:
    """Some rows at a time, so that states are not copied as a whole."""
    parts = np.array_split(rows, len(rows) // 2**13 + 1)
    found = [_distances_of(step, space, states, inputs, part) for part in parts]
    return {along: np.concatenate([one[along] for one in found]) for along in found[0]}


def _distances_of(step, space, states, inputs, rows) -> dict[str, np.ndarray]:
    before = torch.from_numpy(states[rows - 1])
    given = torch.from_numpy(inputs[rows])
    with torch.no_grad():
        moved = (step(before, given) - step(before, torch.zeros_like(given))).numpy()
    projected = moved @ space.components[:2].T
    return {
        "all units": np.linalg.norm(moved, axis=1),
        "plane": np.linalg.norm(projected, axis=1),
        "stimulus": np.abs(projected @ space.stimulus_in_plane),
        "block": np.abs(projected @ space.block_in_plane),
        "stimulus, all units": np.abs(moved @ space.stimulus_readout),
        "block, all units": np.abs(moved @ space.block_readout),
    }
