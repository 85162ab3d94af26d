"""The mechanism of one network in numbers: its dynamics, and its circuit with the inputs' effects.

Source: Schaeffer et al. 2020, section 3.3.1 and Fig. 7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..agents.own_networks import one_step
from ..core.fixed_points import FixedPoints, find_fixed_points
from ..core.means import Measured
from ..core.starts import make_starts
from ..representations.claims import N_GROUPS
from ..representations.decoding import block_encoding
from ..representations.state_space import StateSpace, fit_state_space, task_aligned
from ..task.session import Session, leave_sessions_out
from .circuit import (
    Clusters,
    PopulationTest,
    best_number_of_clusters,
    cluster_units,
    population_means,
    population_test,
    recurrent_weights,
    unit_correlations,
)
from .dynamics import (
    CONDITIONS,
    NO_INPUT,
    InputEffects,
    Linearisation,
    input_effects,
    linearise,
    plane_grid,
)
from .reductions import SlowManifold, slow_manifold

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

AT_REST = next(name for name, inputs in CONDITIONS.items() if inputs == NO_INPUT)
STRONG = {"strong left": -1, "strong right": 1}
HELD_FEEDBACK = [name for name, (left, right, r) in CONDITIONS.items() if left == right == 0 != r]


@dataclass(frozen=True)
class Dynamics:
    """Where one network's states go.

    Attributes
    ----------
    space : StateSpace
    fixed_points : dict of condition's name to FixedPoints
    linearised : dict of condition's name to Linearisation
        At those fixed points, in their order.
    block_encoding : (n_units,) float
        Unit vector from the mean state of left blocks to that of right blocks.
    manifold : SlowManifold
        Without stimulus and feedback; its direction points to right blocks.
    steps_per_trial, trials_per_block : float
        Means over the session.
    of_trials : dict of str to Measured
        Claims that rest on the session's trials, with intervals where they were asked for.
    """

    space: StateSpace
    fixed_points: dict[str, FixedPoints]
    linearised: dict[str, Linearisation]
    block_encoding: np.ndarray
    manifold: SlowManifold
    steps_per_trial: float
    trials_per_block: float
    of_trials: dict[str, Measured] = field(default_factory=dict)

    def attractors(self, condition: str) -> np.ndarray:
        """(n_stable, n_units) float: stable fixed points, outliers left out."""
        found = self.fixed_points[condition]
        return found.points[self.linearised[condition].stable & ~found.outlier]

    def in_concordant_quadrant(self, condition: str, side: int) -> bool:
        """One attractor, on this side of both the stimulus and the block readout."""
        attractors = task_aligned(self.space, self.attractors(condition))
        return len(attractors) == 1 and bool((attractors * side > 0).all())

    def direction_cosines(self) -> dict[str, float]:
        """Cosines of the slow manifold's direction with the readouts, in the PC plane and not.

        ``block`` and ``stimulus`` are of its projection to the plane,
        normalised, ``plane`` is the length of that projection; those of ``all
        units`` are without projection, with ``encoding`` the direction in
        which the block moves the mean state.
        """
        return _cosines(self.space, self.manifold.direction, self.block_encoding)

    def numbers(self) -> dict[str, float]:
        """What is compared between networks, by name.

        Time constants are those of the slowest mode without input: the slower
        and the faster of the attractors', in trials, and the threshold's, in
        which a belief there grows by a factor of e.  NaN where there is no such point.
        """
        rest, found = self.linearised[AT_REST], self.fixed_points[AT_REST]
        stable, inside = rest.stable, ~found.outlier
        trials = rest.time_constants[:, 0] / self.steps_per_trial
        decay, growth = trials[stable & inside], -trials[~stable & inside]
        cosines = self.direction_cosines()
        return {
            "attractors at rest": float(len(decay)),
            "decay, slower attractor": max(decay, default=np.nan),
            "decay, faster attractor": min(decay, default=np.nan),
            "growth at the threshold": max(growth, default=np.nan),
            "cosine with block": cosines["block"],
            "cosine with stimulus": cosines["stimulus"],
        }


@dataclass(frozen=True)
class Circuit:
    """How one network's units hang together, and how far its inputs move it.

    Attributes
    ----------
    effects : InputEffects
    correlations : (n_units, n_units) float
    weights : (n_units, n_units) float
    clusters : Clusters
    test : PopulationTest
    of_trials : dict of str to Measured
        Claims that rest on the session's trials, with intervals where they were asked for.
    """

    effects: InputEffects
    correlations: np.ndarray
    weights: np.ndarray
    clusters: Clusters
    test: PopulationTest
    of_trials: dict[str, Measured] = field(default_factory=dict)


def _cosines(space: StateSpace, direction: np.ndarray, encoding: np.ndarray) -> dict[str, float]:
    projected = space.components[:2] @ direction
    length = float(np.linalg.norm(projected))
    return {
        "block": float(projected @ space.block_in_plane / length),
        "stimulus": float(projected @ space.stimulus_in_plane / length),
        "plane": length,
        "block, all units": float(direction @ space.block_readout),
        "stimulus, all units": float(direction @ space.stimulus_readout),
        "encoding, all units": float(direction @ encoding),
    }


def measure_dynamics(
    network: RecurrentNetwork,
    session: Session,
    *,
    n_starts: int = 200,
    seed: int = 0,
    with_intervals: bool = False,
    space: StateSpace | None = None,
) -> Dynamics:
    """Fixed points and the slow manifold of one network.

    Parameters
    ----------
    network : RecurrentNetwork
        Vanilla or GRU; nothing is done to it.
    session : Session
        Played by it, with its states.
    n_starts : int
        Visited states from which fixed points are searched, beside a grid in the PC plane.
    seed : int
        Of these starts.
    with_intervals : bool
        Of what rests on the session's trials, too: readouts are found again without some of the
        sessions, ten times; the slow manifold stays as it is.
    space : StateSpace, optional
        Of this session, if it is known.

    Raises
    ------
    ValueError
        If the session has no states, or the network is an LSTM, whose cell
        states a session does not hold.
    """
    step, states = _step_of(network), session.recorded_states
    space = space or fit_state_space(session, network)
    grid = plane_grid(space, states, n_side=7)
    starts = make_starts(states, n_starts=n_starts, grid=grid, seed=seed)
    some = states[:: max(1, len(states) // 5000)]
    found = {
        name: find_fixed_points(step, inputs, starts, visited=some)
        for name, inputs in CONDITIONS.items()
    }
    manifold = slow_manifold(
        step, NO_INPUT, some, towards=space.block_in_plane @ space.components[:2]
    )

    def along_readouts(part: Session) -> dict[str, float]:
        of_part = space if part.n_trials == session.n_trials else fit_state_space(part, network)
        cosines = _cosines(of_part, manifold.direction, block_encoding(part))
        cosine = {name: abs(c) for name, c in cosines.items()}
        return {
            "along_block": cosine["block"] - cosine["stimulus"],
            "along_block_full": cosine["block, all units"] - cosine["stimulus, all units"],
            "small_along_stimulus": cosine["stimulus"],
            "small_along_stimulus_full": cosine["stimulus, all units"],
        }

    return Dynamics(
        space,
        found,
        {name: linearise(step, CONDITIONS[name], points.points) for name, points in found.items()},
        block_encoding(session),
        manifold,
        steps_per_trial=float(session.n_steps.mean()),
        trials_per_block=session.n_trials / (session.trials.block_index[-1] + 1),
        of_trials=_of_trials(along_readouts, session, again=with_intervals),
    )


def measure_circuit(
    network: RecurrentNetwork,
    session: Session,
    *,
    seed: int = 0,
    with_intervals: bool = False,
    space: StateSpace | None = None,
) -> Circuit:
    """Populations of one network's units, their weights, and the effects of inputs.

    Parameters
    ----------
    network, session, with_intervals, space
        As of `measure_dynamics`; correlations, too, are found again.
    seed : int
        Of the permutations.

    Raises
    ------
    ValueError
        As `measure_dynamics`.
    """
    step, correlations = _step_of(network), unit_correlations(session.recorded_states)
    clusters, weights = cluster_units(correlations), recurrent_weights(network)

    def populations(part: Session) -> dict[str, float]:
        whole = part.n_trials == session.n_trials
        r = correlations if whole else unit_correlations(part.recorded_states)
        found = clusters if whole else cluster_units(r)
        pairs = found.together & ~np.eye(len(r), dtype=bool)
        means = population_means(weights, found.populations)
        signed = [*means.diagonal(), -means[0, 1], -means[1, 0]]
        return {
            "two_populations": float(found.n_at_half),
            "two_by_silhouette": float(best_number_of_clusters(r, found.linkage)),
            "correlated_within": float(r[pairs].mean()),
            "anticorrelated": float(r[~found.together].mean()),
            "excite_and_inhibit": float(np.nanmin(signed)),
        }

    return Circuit(
        input_effects(step, space or fit_state_space(session, network), session),
        correlations,
        weights,
        clusters,
        population_test(weights, clusters.populations, seed=seed),
        of_trials=_of_trials(populations, session, again=with_intervals),
    )


def _step_of(network: RecurrentNetwork):
    if network.cell == "lstm":
        raise ValueError("sessions hold no cell states, so cell must be vanilla or gru, got 'lstm'")
    return one_step(network)


def _of_trials(
    measure: Callable[[Session], dict[str, float]], session: Session, *, again: bool
) -> dict[str, Measured]:
    """Claims for whose value readouts or correlations are found from the session's trials."""
    n_groups = min(N_GROUPS, session.trials.n_sessions) if again else 0
    if n_groups < 2:
        return {name: Measured(value) for name, value in measure(session).items()}
    found = leave_sessions_out(session, measure, n_groups)
    return {name: estimate.measured() for name, estimate in found.items()}


def dynamics_claims(networks: Sequence[Dynamics]) -> dict[str, float | Measured]:
    """What the ledger asks about the dynamics, by claim id.

    Values are the first network's; those that test the search are the worst of all networks.
    """
    main, numbers = networks[0], networks[0].numbers()
    searches = [points for one in networks for points in one.fixed_points.values()]
    in_quadrant = [main.in_concordant_quadrant(name, side) for name, side in STRONG.items()]
    at_rest = len(main.attractors(AT_REST))
    found = {
        "fixed_point_residual": max(p.residual.max(initial=0) for p in searches),
        "fixed_point_reached": float(
            min((p.n_reached.min() for p in searches if len(p.points)), default=0)
        ),
        "strong_input_one_attractor": float(np.mean(in_quadrant)),
        "bistable_or_line": float(at_rest),
        "line_attractor": float(at_rest),
        "kept_across_trials": numbers["decay, faster attractor"],
        "kept_through_a_block": numbers["decay, slower attractor"],
        "feedback_held": float(
            max(abs(len(main.attractors(name)) - at_rest) for name in HELD_FEEDBACK)
        ),
        **main.of_trials,
    }
    return {f"mechanism.{name}": value for name, value in found.items()}


def circuit_claims(circuit: Circuit) -> dict[str, float | Measured]:
    """What the ledger asks about the circuit and the effects of inputs, by claim id."""
    ratios, test = circuit.effects.ratios, circuit.test
    found = {
        "feedback_effect": ratios["plane"],
        "feedback_effect_full": ratios["all units"],
        "feedback_effect_on_choice": ratios["stimulus, all units"],
        "feedback_effect_on_block": ratios["block"],
        "feedback_effect_on_block_full": ratios["block, all units"],
        "within_minus_between": test.p if test.difference > 0 else 1.0,
        **circuit.of_trials,
    }
    return {f"mechanism.{name}": value for name, value in found.items()}
