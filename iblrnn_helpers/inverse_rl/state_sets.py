"""States of a network, one row for each group of equally probable ones.

Sums over all 2^n states are exact but long.  On a ring, where all neurons are alike, states that
turn or mirror into each other are equally probable, so one of each such group is enough: 224 rows
instead of 4096 states for 12 neurons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import checks
from .hypercube import spins

MAX_NEURONS = 14  # beyond, a few hundred evaluations of all states take minutes


@dataclass(frozen=True, eq=False)
class StateSet:
    """States in groups.

    Attributes
    ----------
    spins : (n_rows, n_neurons) int8
        One state of each group; −1 silent, +1 active.
    multiplicity : (n_rows,) float
        How many states the group has.
    flipped : (n_rows, n_neurons) int
        Row of the state in which that neuron is changed.
    row_of : (2^n_neurons,) int
        Row of every state.
    """

    spins: np.ndarray
    multiplicity: np.ndarray
    flipped: np.ndarray
    row_of: np.ndarray

    @property
    def n_neurons(self) -> int:
        """How many neurons the network has."""
        return self.spins.shape[1]

    @property
    def n_rows(self) -> int:
        """How many groups there are."""
        return len(self.multiplicity)

    def average(self, function: np.ndarray) -> np.ndarray:
        """Mean of a function of the state (2^n,) over each group: (n_rows,)."""
        if np.shape(function) != self.row_of.shape:
            raise ValueError(
                f"a function of the states must have shape {self.row_of.shape}, got "
                f"{np.shape(function)}"
            )
        return np.bincount(self.row_of, np.asarray(function, float)) / self.multiplicity

    def spread(self, law: np.ndarray) -> np.ndarray:
        """A probability of each row (n_rows,), as one of every state: (2^n,)."""
        return (law / self.multiplicity)[self.row_of]


def all_states(n_neurons: int) -> StateSet:
    """Every state in a row of its own.

    Raises
    ------
    ValueError
        Too many neurons to enumerate.
    """
    checks.integer("n_neurons", n_neurons, low=1, high=MAX_NEURONS)
    return _grouped(n_neurons, np.arange(2**n_neurons))


def ring_states(n_neurons: int) -> StateSet:
    """One row for all states that turn or mirror into each other on the ring.

    Raises
    ------
    ValueError
        Too many neurons to enumerate.
    """
    checks.integer("n_neurons", n_neurons, low=1, high=MAX_NEURONS)
    states = np.arange(2**n_neurons)
    mirrored = sum((states >> i & 1) << (n_neurons - 1 - i) for i in range(n_neurons))
    least = states
    for turned in (states, mirrored):
        for _ in range(n_neurons):
            turned = (turned << 1 & 2**n_neurons - 1) | turned >> (n_neurons - 1)
            least = np.minimum(least, turned)
    return _grouped(n_neurons, least)


def _grouped(n_neurons: int, group: np.ndarray) -> StateSet:
    """Group the states by the number (2^n,) of the one that stands for each."""
    numbers, row_of, multiplicity = np.unique(group, return_inverse=True, return_counts=True)
    flipped = row_of[numbers[:, None] ^ (1 << np.arange(n_neurons))]
    return StateSet(spins(n_neurons)[numbers], multiplicity.astype(float), flipped, row_of)
