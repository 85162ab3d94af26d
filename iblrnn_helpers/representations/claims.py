"""Claim 2 in numbers: what the paper says of representations, as quantities that can be judged.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.means import Measured, mean_of_independent
from ..task.session import Session
from .decoding import decode_block, measure_angles, plane_and_full
from .readouts import Slope, block_projection, effect_of_observations, measure_coupling
from .state_space import StateSpace, fit_state_space, task_aligned

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork


def measure_claim_2(
    session: Session, network: RecurrentNetwork, space: StateSpace | None = None
) -> dict[str, Measured]:
    """Everything that the ledger asks of one network's representations, by claim id.

    Parameters
    ----------
    session : Session
        Played by the network, with states.
    network : RecurrentNetwork
    space : StateSpace, optional
        Fitted to the session; fitted here where omitted.
    """
    space = space or fit_state_space(session, network)
    aligned = task_aligned(space, session.recorded_states)
    stimulus, block = (effect_of_observations(session, aligned[:, k]).line for k in (0, 1))
    coordinates = plane_and_full(session, space)
    by_step = {n: decode_block(session, c, split="step") for n, c in coordinates.items()}
    by_block = {n: decode_block(session, c, split="block") for n, c in coordinates.items()}
    angles = measure_angles(session, space)
    coupling = measure_coupling(session, space)
    projection = block_projection(session, aligned[:, 1])
    in_plane_length = np.linalg.norm(space.components[:2] @ space.stimulus_readout)
    measured = {
        "variance_2_pcs": Measured(float(space.variance[:2].sum())),
        "stimulus_readout_in_plane": Measured(float(in_plane_length)),
        "block_decoding_plane": by_step["PC plane"].accuracy.measured(),
        "block_decoding_full": by_step["all units"].accuracy.measured(),
        "block_decoding_plane_by_block": by_block["PC plane"].accuracy.measured(),
        "block_decoding_full_minus_plane": Measured(
            float(by_block["all units"].accuracy.mean - by_block["PC plane"].accuracy.mean)
        ),
        "angle_plane": Measured(angles.plane),
        "angle_mapped_back": Measured(angles.mapped_back),
        "angle_full": Measured(angles.full),
        "angle_full_weighted": Measured(angles.full_weighted),
        "angle_encoding": Measured(angles.encoding),
        "push_on_block_full": Measured(coupling.push_on_block_full),
        "prior_shift": Measured(coupling.prior_shift),
        "slope_stimulus": _slope(stimulus),
        "slope_block": _slope(block),
        "slope_ratio": Measured(stimulus.slope / block.slope),
        "block_projection_correlation": Measured(
            projection.correlation, projection.interval, "trials"
        ),
    }
    return {f"claim2.{name}": value for name, value in measured.items()}


def over_networks(
    measured: Sequence[Mapping[str, Measured]], names: Mapping[str, str] | None = None
):
    """The main network, and the mean over all networks with its 95% interval.

    Parameters
    ----------
    measured : sequence of dict of str to Measured
        One for each network, the main one's first; all with the same keys.
    names : dict of key to str, optional
        Which quantities, in which order, and what to call them; all where omitted.

    Returns
    -------
    pandas.DataFrame
        A row for each quantity: ``main network``, ``mean``, ``low``, ``high``
        (NaN for a single network), ``smallest`` and ``largest``.
    """
    import pandas as pd

    if not measured:
        raise ValueError("measured must be of at least one network, got none")
    names = names or {key: key for key in measured[0]}
    rows = {}
    for key, name in names.items():
        values = np.array([one[key].value for one in measured])
        mean, interval, _ = mean_of_independent(values)
        low, high = interval or (np.nan, np.nan)
        rows[name] = (values[0], mean, low, high, values.min(), values.max())
    columns = ["main network", "mean", "low", "high", "smallest", "largest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _slope(line: Slope) -> Measured:
    return Measured(line.slope, (line.low, line.high), "trials")
