"""Claim 2 in numbers: what the paper says of representations, as quantities that can be judged.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.means import Measured, t_quantile
from ..task.session import Session, leave_sessions_out
from .decoding import decode_block, decoding_difference, measure_angles, plane_and_full
from .paths import block_ends, relative_step
from .readouts import (
    Slope,
    block_projection,
    effect_of_observations,
    measure_coupling,
    shift_through,
)
from .state_space import (
    StateSpace,
    fit_state_space,
    principal_components,
    share_in_plane,
    task_aligned,
)

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

N_GROUPS = 10  # of sessions; each is left out in turn


def measure_claim_2(
    session: Session,
    network: RecurrentNetwork,
    space: StateSpace | None = None,
    *,
    with_intervals: bool = False,
) -> dict[str, Measured]:
    """Everything that the ledger asks of one network's representations, by claim id.

    Parameters
    ----------
    session : Session
        Played by the network, with states.
    network : RecurrentNetwork
    space : StateSpace, optional
        Fitted to the session; fitted here where omitted.
    with_intervals : bool
        Of numbers that no formula gives an interval for, too: everything is measured
        again without some of the sessions, ten times.
    """
    space = space or fit_state_space(session, network)
    aligned = task_aligned(space, session.recorded_states)
    lines = [effect_of_observations(session, aligned[:, k]).line for k in (0, 1)]
    coordinates = plane_and_full(session, space)
    by_step = {n: decode_block(session, c, split="step") for n, c in coordinates.items()}
    by_block = decode_block(session, coordinates["PC plane"])
    projection = block_projection(session, aligned[:, 1])
    measured = {
        **_found_again(session, network, space, with_intervals=with_intervals),
        "block_decoding_plane": by_step["PC plane"].accuracy.measured(),
        "block_decoding_full": by_step["all units"].accuracy.measured(),
        "block_decoding_plane_by_block": by_block.accuracy.measured(),
        "block_decoding_full_minus_plane": decoding_difference(
            session, coordinates["all units"], coordinates["PC plane"]
        ),
        "slopes_positive": _in_errors(lines, session.trials.block_index[-1] + 1),
        "slope_stimulus": _slope(lines[0]),
        "slope_block": _slope(lines[1]),
        "block_projection_correlation": Measured(
            projection.correlation, projection.interval, "trials"
        ),
    }
    return {f"claim2.{name}": value for name, value in measured.items()}


def measure_untrained(
    session: Session, space: StateSpace, untrained: np.ndarray
) -> dict[str, Measured]:
    """What training adds, by claim id.

    Parameters
    ----------
    session : Session
        Played by a trained network, with states.
    space : StateSpace
        Fitted to it.
    untrained : (n_rows, n_units) float
        States of a network before training that watched the same trials.
    """
    gain = float(space.variance[:2].sum() - principal_components(untrained)[2][:2].sum())
    return {
        "claim2.block_decoding_learnt": decoding_difference(session, session.states, untrained),
        "claim2.variance_learnt": Measured(gain),
    }


def _found_again(
    session: Session, network, space: StateSpace, *, with_intervals: bool
) -> dict[str, Measured]:
    """Numbers for whose interval everything is measured again without some of the sessions."""
    n_groups = min(N_GROUPS, session.trials.n_sessions)
    if not with_intervals or n_groups < 2:
        found = _without_interval(session, space)
        return {name: Measured(value) for name, value in found.items()}
    found = leave_sessions_out(
        session, lambda part: _without_interval(part, fit_state_space(part, network)), n_groups
    )
    return {name: estimate.measured() for name, estimate in found.items()}


def _without_interval(session: Session, space: StateSpace) -> dict[str, float]:
    aligned = task_aligned(space, session.recorded_states)
    stimulus, block = (effect_of_observations(session, aligned[:, k]).line for k in (0, 1))
    angles, coupling = measure_angles(session, space), measure_coupling(session, space)
    at_first, later = block_ends(session, aligned[:, 1])
    network, observer = block_projection(session, aligned[:, 1]).turning_trials
    mapped_back = space.block_in_plane @ space.components[:2]
    return {
        "variance_2_pcs": float(space.variance[:2].sum()),
        "stimulus_readout_in_plane": float(
            np.linalg.norm(space.components[:2] @ space.stimulus_readout)
        ),
        "log_odds_in_plane": share_in_plane(space),
        "angle_plane": angles.plane,
        "angle_mapped_back": angles.mapped_back,
        "angle_full": angles.full,
        "short_of_right_angle": 90 - angles.plane,
        "short_of_right_angle_full": 90 - angles.full,
        "angle_full_weighted": angles.full_weighted,
        "angle_encoding": angles.encoding,
        "shift_through_overlap": shift_through(session, space, mapped_back),
        "shift_through_overlap_full": shift_through(session, space, space.block_readout),
        "push_on_block_full": coupling.push_on_block_full,
        "prior_shift": coupling.prior_shift,
        "slope_ratio": stimulus.slope / block.slope,
        "jumps_across_stimulus": relative_step(session, aligned[:, 0])
        - relative_step(session, aligned[:, 1]),
        "wrong_side_to_correct": min(-at_first, later),
        "turns_later": network - observer,
    }


def over_networks(
    measured: Sequence[Mapping[str, Measured]], names: Mapping[str, str] | None = None
):
    """The main network, and the mean and the range over all networks.

    Parameters
    ----------
    measured : sequence of dict of str to Measured
        One for each network, the main one's first; all with the same keys.
    names : dict of key to str, optional
        Which quantities, in which order, and what to call them; all where omitted.

    Returns
    -------
    pandas.DataFrame
        A row for each quantity: ``main network``, ``mean``, ``smallest`` and ``largest``.
    """
    import pandas as pd

    if not measured:
        raise ValueError("measured must be of at least one network, got none")
    names = names or {key: key for key in measured[0]}
    rows = {}
    for key, name in names.items():
        values = np.array([one[key].value for one in measured])
        rows[name] = (values[0], values.mean(), values.min(), values.max())
    columns = ["main network", "mean", "smallest", "largest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _slope(line: Slope) -> Measured:
    return Measured(line.slope, (line.low, line.high), "trials")


def _in_errors(lines: Sequence[Slope], n_blocks: int) -> Measured:
    """The smallest slope in its standard errors over blocks, and the interval of that number."""
    t = float(t_quantile(n_blocks))  # half the width of a slope's interval, in standard errors
    smallest = min(2 * t * line.slope / (line.high - line.low) for line in lines)
    return Measured(smallest, (smallest - t, smallest + t), "trials")
