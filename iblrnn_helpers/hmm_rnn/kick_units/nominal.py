"""How much is run for a motif, and the run of the unchanged network."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..alike import draw_noise, run_under
from ..network import HmmRnn, Run

_REMEMBERED = 4_000_000  # numbers of noise, which take 32 MB


@dataclass(frozen=True)
class InterventionBudget:
    """How much is run for a motif.

    Parameters
    ----------
    n_sequences, n_steps : int
        Of the run in which kick units are found.
    n_starts, n_changed : int
        Sequences, and their steps, of every changed network.
    n_draws : int
        Random sets of units, for each number of units.
    n_null : int
        Random groups that the connections are compared with.
    """

    n_sequences: int = 100
    n_steps: int = 250
    n_starts: int = 100
    n_changed: int = 150
    n_draws: int = 5
    n_null: int = 999

    def __post_init__(self):
        for name in self.__dataclass_fields__:
            checks.integer(name, getattr(self, name), low=2 if name == "n_starts" else 1)


def nominal_run(network: HmmRnn, effort: InterventionBudget, *, seed: int) -> Run:
    """The unchanged network under noise, as long as the effort says."""
    size = {"n_sequences": effort.n_sequences, "n_steps": effort.n_steps, "warm_up": 20}
    # Only whole numbers name what they draw: others draw anew each time, or are no keys.
    few = network.n_inputs * effort.n_sequences * effort.n_steps <= _REMEMBERED
    draw = _nominal_noise if few and type(seed) is int else draw_noise
    return run_under(network, draw(network.n_inputs, **size, seed=seed), warm_up=20)


@functools.lru_cache(maxsize=1)
def _nominal_noise(n_inputs: int, **options) -> np.ndarray:
    """Noise of the last such run, which all networks of a page meet; read-only."""
    noise = draw_noise(n_inputs, **options)
    noise.setflags(write=False)
    return noise
