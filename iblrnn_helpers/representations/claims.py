"""Claim 2 in numbers: what the paper says of representations, as quantities that can be judged.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.means import Measured, t_quantile
from ..task.session import Session, leave_sessions_out
from .decoding import decode_block, decoding_difference, measure_angles, plane_and_full
from .paths import block_ends, relative_step
from .plane import principal_components
from .readouts import (
    BlockProjection,
    Slope,
    block_projection,
    effect_of_observations,
    measure_coupling,
    shift_through,
)
from .state_space import (
    StateSpace,
    fit_state_space,
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
    along = _along_readouts(session, space)
    coordinates = plane_and_full(session, space)
    by_step = {n: decode_block(session, c, split="step") for n, c in coordinates.items()}
    by_block = {n: decode_block(session, c) for n, c in coordinates.items()}
    measured = {
        **_found_again(session, network, space, along, with_intervals=with_intervals),
        "block_decoding_plane": by_step["PC plane"].accuracy.measured(),
        "block_decoding_full": by_step["all units"].accuracy.measured(),
        "block_decoding_plane_by_block": by_block["PC plane"].accuracy.measured(),
        "block_decoding_full_minus_plane": by_block["all units"].minus(by_block["PC plane"]),
        "slopes_positive": _in_errors(along.lines, session.trials.block_index[-1] + 1),
        "slope_stimulus": _slope(along.lines[0]),
        "slope_block": _slope(along.lines[1]),
        "block_projection_correlation": Measured(
            along.projection.correlation, along.projection.interval, "trials"
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


class _AlongReadouts(NamedTuple):
    """States along both readouts of the plane, what observations do there, and trials' ends."""

    aligned: np.ndarray
    lines: list[Slope]
    projection: BlockProjection


def _along_readouts(session: Session, space: StateSpace) -> _AlongReadouts:
    aligned = task_aligned(space, session.recorded_states)
    lines = [effect_of_observations(session, aligned[:, k]).line for k in (0, 1)]
    return _AlongReadouts(aligned, lines, block_projection(session, aligned[:, 1]))


def _found_again(
    session: Session, network, space: StateSpace, along: _AlongReadouts, *, with_intervals: bool
) -> dict[str, Measured]:
    """Numbers for whose interval everything is measured again without some of the sessions."""
    n_groups = min(N_GROUPS, session.trials.n_sessions)
    if not with_intervals or n_groups < 2:
        found = _without_interval(session, space, along)
        return {name: Measured(value) for name, value in found.items()}

    def again(part):
        if part.n_trials == session.n_trials:  # all of it, of which all is known
            return _without_interval(session, space, along)
        of_part = fit_state_space(part, network)
        return _without_interval(part, of_part, _along_readouts(part, of_part))

    found = leave_sessions_out(session, again, n_groups)
    return {name: estimate.measured() for name, estimate in found.items()}


def _without_interval(
    session: Session, space: StateSpace, along: _AlongReadouts
) -> dict[str, float]:
    aligned, (stimulus, block), projection = along
    angles, coupling = measure_angles(session, space), measure_coupling(session, space)
    at_first, later = block_ends(session, aligned[:, 1])
    network, observer = projection.turning_trials
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
