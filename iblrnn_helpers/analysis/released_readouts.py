"""What the released code does to states and readouts on the way to its figures.

Source: the public code of Schaeffer et al. 2020, for sections 3.2 and 3.3.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..session import Session
from .directions import angle_between
from .state_space import StateSpace, states_of, task_aligned, unit

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork


def projected_twice(
    space: StateSpace, states: np.ndarray, *, flip_second_pc: bool = False
) -> np.ndarray:
    """(n_rows, 2) float: task-aligned coordinates, projected on the two readouts once more.

    The released code does so for its figures along the readouts: what was a pair of inner
    products with the readouts is taken for a pair of PC scores.  A PC's sign is arbitrary, so
    the result depends on it: ``flip_second_pc`` has the other one.
    """
    sign = [1, -1] if flip_second_pc else [1, 1]
    readouts = np.stack([space.stimulus_in_plane, space.block_in_plane]) * sign
    return task_aligned(space, states) @ readouts.T  # the first time the flip cancels


def released_angles(space: StateSpace, network: RecurrentNetwork) -> tuple[float, float]:
    """Degrees between the readouts in the plane and in the full space, as the released code has it.

    For the stimulus it takes the right row of the readout alone.  To project it, it subtracts the
    states' mean, as if the direction were a state; to map the plane's block readout back, it
    adds the mean.  So both angles depend on the mean of the session at hand.
    """
    right = unit(network.readout.weight.detach().cpu().double().numpy()[1])
    plane = space.components[:2]
    return (
        angle_between(plane @ (right - space.mean), space.block_in_plane),
        angle_between(right, space.block_in_plane @ plane + space.mean),
    )


def with_unit_right_row(network: RecurrentNetwork) -> RecurrentNetwork:
    """A copy of the network after the released analysis: its right readout row has length 1."""
    edited = deepcopy(network)
    row = edited.readout.weight.data[1]
    row /= row.norm()
    return edited


def inherited_readout_scale(network: RecurrentNetwork) -> float:
    """Readout scale that the released distillation takes over: sqrt(n_units / 2) ||W_out||."""
    weight = network.readout.weight.detach().cpu().double().numpy()
    return float(np.sqrt(network.n_units / 2) * np.linalg.norm(weight))


def with_rounded_states(session: Session, dtype: str = "float16") -> Session:
    """The session with its states rounded to a shorter type, as the released code stores them."""
    return replace(session, states=states_of(session).astype(dtype).astype(float))
