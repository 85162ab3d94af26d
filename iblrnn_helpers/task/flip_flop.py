"""Another task: switches that stay as the last pulse left them (the n-bit flip-flop).

Source: Sussillo & Barak 2013, Neural Computation 25, whose example is of three bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..core import checks


@dataclass(frozen=True)
class FlipFlop:
    """Sequences of pulses, and what is to be remembered of them.

    Attributes
    ----------
    pulses : (n_sequences, n_steps, n_bits) int8
        -1 or +1 where a bit is set, else 0.
    targets : (n_sequences, n_steps, n_bits) int8
        The last pulse of each bit, -1 or +1, from the very step of that pulse.

    Raises
    ------
    ValueError
        If one of them is of another shape or has other values.
    """

    pulses: np.ndarray
    targets: np.ndarray

    def __post_init__(self):
        shape = np.shape(self.pulses)
        if len(shape) != 3 or not all(shape):
            raise ValueError(f"pulses must be (n_sequences, n_steps, n_bits), got shape {shape}")
        checks.keep(self, "pulses", shape, np.int8, allowed=(-1, 0, 1), of="sequence")
        checks.keep(self, "targets", shape, np.int8, allowed=(-1, 1), of="sequence")


def sample_flip_flop(
    n_sequences: int, *, n_steps: int = 40, p_pulse: float = 0.2, n_bits: int = 3, seed=0
) -> FlipFlop:
    """Draw sequences of the flip-flop task.

    Parameters
    ----------
    n_sequences, n_steps, n_bits : int
        At least 1.
    p_pulse : float
        Probability of a pulse, of each bit at each step but the first, at which every bit is
        set, so that there is something to remember.  Both signs are equally likely.
    seed : int, sequence of int, SeedSequence or Generator

    Raises
    ------
    ValueError
        Names the argument, its value and what is allowed.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> drawn = ibl.task.sample_flip_flop(1, n_steps=8, n_bits=1, p_pulse=0.3, seed=2)
    >>> print(drawn.pulses[0, :, 0], drawn.targets[0, :, 0])
    [ 1  0 -1  0  0 -1  1 -1] [ 1  1 -1 -1 -1 -1  1 -1]
    """
    shape = tuple(
        checks.integer(name, value, low=1)
        for name, value in (("n_sequences", n_sequences), ("n_steps", n_steps), ("n_bits", n_bits))
    )
    p_pulse = checks.number("p_pulse", p_pulse, low=0, high=1)
    checks.memory(f"n_sequences {n_sequences:,} × n_steps {n_steps:,}", 20 * math.prod(shape))
    rng = checks.generator(seed)
    signs = rng.integers(2, size=shape, dtype=np.int8) * 2 - 1
    there = rng.random(shape) < p_pulse
    there[:, 0] = True
    step = np.arange(n_steps)[:, None]
    last = np.maximum.accumulate(np.where(there, step, 0), axis=1)
    return FlipFlop(signs * there, np.take_along_axis(signs, last, axis=1))
