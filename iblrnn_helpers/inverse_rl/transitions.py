"""What a recording says of a network: how often each step was taken from each state.

A recording of any length becomes counts, so that what follows does not cost more for more data.
A step is a *flip* of one neuron or a *stay*.  Of a stay, one knows which neuron chose to stay only
if updates were recorded; an experimenter sees states only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..core import checks
from .hypercube import spins

MAX_NEURONS = 12


@dataclass(frozen=True, eq=False)
class TransitionCounts:
    """How often each step was taken.  States are numbered as in :mod:`.hypercube`.

    Attributes
    ----------
    flips : (n, 2^n, n_inputs) float
        Steps from a state, under an input, in which neuron i changed.
    stays : (2^n, n_inputs) or (n, 2^n, n_inputs) float
        Steps in which nothing changed; with a row for each neuron if it is known which one chose.
    inputs : (n_inputs, n_inputs) float
        Steps of the input from x (row) to x'.
    n_left_out : int
        Steps in which several neurons changed, which a network that updates one at a time never
        takes.

    Raises
    ------
    ValueError
        Shapes that do not belong together, or counts that are negative or no numbers.
    """

    flips: np.ndarray
    stays: np.ndarray
    inputs: np.ndarray
    n_left_out: int = 0

    def __post_init__(self):
        shape = self.flips.shape
        if len(shape) != 3 or shape[1] != 2 ** shape[0]:
            raise ValueError(f"flips must be (n, 2^n, n_inputs), got {shape}")
        if self.stays.shape not in (shape, shape[1:]):
            raise ValueError(f"stays must be {shape[1:]} or {shape}, got {self.stays.shape}")
        if self.inputs.shape != (shape[2], shape[2]):
            raise ValueError(f"inputs must be {(shape[2], shape[2])}, got {self.inputs.shape}")
        for name in ("flips", "stays", "inputs"):
            counts = getattr(self, name)
            if not (np.isfinite(counts).all() and (counts >= 0).all()):
                raise ValueError(f"{name} must hold counts of 0 or more")

    @property
    def n_neurons(self) -> int:
        return len(self.flips)

    @property
    def n_inputs(self) -> int:
        return len(self.inputs)

    @property
    def updates_known(self) -> bool:
        """Whether it is known which neuron chose to stay."""
        return self.stays.ndim == 3

    @property
    def visits(self) -> np.ndarray:
        """(2^n, n_inputs) steps that began in each state."""
        stays = self.stays.sum(axis=0) if self.updates_known else self.stays
        return self.flips.sum(axis=0) + stays

    @property
    def activity(self) -> np.ndarray:
        """(n,) share of the time that each neuron is active."""
        visits = self.visits.sum(axis=1)
        return visits @ (spins(self.n_neurons) > 0) / visits.sum()


def count_transitions(
    states: np.ndarray,
    n_neurons: int,
    inputs: np.ndarray | None = None,
    *,
    updated: np.ndarray | None = None,
    n_inputs: int | None = None,
) -> TransitionCounts:
    """Count the steps of a recording.

    Parameters
    ----------
    states : (n_samples,) int
        Numbers of the states at successive steps; see :func:`.hypercube.state_index`.
    n_neurons : int
        At most 12.
    inputs : (n_samples,) int, optional
        Number of the input at the same time, from 0.
    updated : (n_samples - 1,) int, optional
        The neuron that chose its state in each step, if it was recorded.
    n_inputs : int, optional
        By default as many as there are in ``inputs``.

    Returns
    -------
    TransitionCounts

    Raises
    ------
    ValueError
        Values out of range, other lengths, fewer than two samples, too many neurons, or a neuron
        that changed although another one was updated.
    """
    n_inputs = _check_sizes(n_neurons, n_inputs, inputs)
    states = _numbers("states", states, 2**n_neurons)
    if len(states) < 2:
        raise ValueError(f"states must hold at least two samples, got {len(states)}")
    if inputs is None:
        inputs = np.zeros(len(states), dtype=np.int64)
    inputs = _numbers("inputs", inputs, n_inputs, len(states))
    place = states[:-1] * n_inputs + inputs[:-1]
    changed = states[:-1] ^ states[1:]
    # The number of a power of two; of anything else, a number that its power does not give back.
    neuron = np.frexp(changed.astype(float))[1] - 1
    is_stay = changed == 0
    is_flip = ~is_stay & (changed == np.left_shift(1, np.maximum(neuron, 0)))
    n_places = 2**n_neurons * n_inputs

    def count(neuron, where):
        found = np.bincount(neuron[where] * n_places + place[where], minlength=n_neurons * n_places)
        return found.reshape(n_neurons, 2**n_neurons, n_inputs).astype(float)

    if updated is None:
        stays = np.bincount(place[is_stay], minlength=n_places).astype(float)
        stays = stays.reshape(2**n_neurons, n_inputs)
    else:
        updated = _numbers("updated", updated, n_neurons, len(changed))
        wrong = np.flatnonzero(~is_stay & ~(is_flip & (neuron == updated)))
        if len(wrong):
            raise ValueError(
                f"updated: in {len(wrong):,} steps another neuron changed than the updated one, "
                f"first after sample {wrong[0]} (updated: neuron {updated[wrong[0]]})"
            )
        stays = count(updated, is_stay)
    moves = np.bincount(inputs[:-1] * n_inputs + inputs[1:], minlength=n_inputs**2)
    return TransitionCounts(
        flips=count(neuron, is_flip),
        stays=stays,
        inputs=moves.reshape(n_inputs, n_inputs).astype(float),
        n_left_out=int((~is_stay & ~is_flip).sum()),
    )


def count_parts(
    states: np.ndarray,
    n_neurons: int,
    inputs: np.ndarray | None = None,
    *,
    updated: np.ndarray | None = None,
    n_parts: int = 5,
) -> list[TransitionCounts]:
    """Counts of successive, equally long parts of a recording; arguments as `count_transitions`.

    Each step is in one part, so the parts' :func:`total` is the count of the whole.
    """
    checks.integer("n_parts", n_parts, low=2, high=max(2, len(states) - 1))
    n_inputs = _check_sizes(n_neurons, None, inputs)
    ends = np.linspace(0, len(states) - 1, n_parts + 1).astype(int)
    return [
        count_transitions(
            states[low : high + 1],
            n_neurons,
            None if inputs is None else inputs[low : high + 1],
            updated=None if updated is None else updated[low:high],
            n_inputs=n_inputs,
        )
        for low, high in pairwise(ends)
    ]


def total(parts: Iterable[TransitionCounts]) -> TransitionCounts:
    """The counts of several recordings of one network together."""
    parts = list(parts)
    return TransitionCounts(
        sum(part.flips for part in parts),
        sum(part.stays for part in parts),
        sum(part.inputs for part in parts),
        sum(part.n_left_out for part in parts),
    )


def _check_sizes(n_neurons: int, n_inputs: int | None, inputs) -> int:
    checks.integer("n_neurons", n_neurons, low=1)
    if n_inputs is None:
        n_inputs = 1 if inputs is None or not len(inputs) else int(np.max(inputs)) + 1
    if n_neurons > MAX_NEURONS:
        # The posterior of one input's reward is a dense matrix.
        n_bytes = 8.0 * 4.0**n_neurons
        raise ValueError(
            f"n_neurons must be at most {MAX_NEURONS}, got {n_neurons}: its 2^{n_neurons} states "
            f"would need {n_bytes / 1e9:.1f} GB for their intervals and could not all be visited; "
            "choose fewer neurons, or a model of the reward (inverse_rl.pairwise)"
        )
    return checks.integer("n_inputs", n_inputs, low=1)


def _numbers(field: str, values, n_values: int, length: int | None = None) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 1 or (length is not None and len(values) != length):
        raise ValueError(f"{field} must be ({length or 'n_samples'},), got shape {values.shape}")
    whole = values.astype(np.int64)
    if len(values) and not ((whole == values).all() and 0 <= whole.min() <= whole.max() < n_values):
        raise ValueError(
            f"{field} must be whole numbers from 0 to {n_values - 1}, "
            f"got values from {values.min()} to {values.max()}"
        )
    return whole
