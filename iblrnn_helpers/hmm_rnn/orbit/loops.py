"""The loops of a network between pairs of its classes, beside those of its linear twin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..network import HmmRnn, Run
from ..statistics import aligned, find_switches
from .orbit import find_orbit
from .rotation import LASTING, Loop, TooFewSwitches, find_loop, linear_twin

_N_SHOWN = 1500  # states


@dataclass(frozen=True, eq=False)
class LoopView:
    """A loop in its plane, as it is drawn.

    Attributes
    ----------
    position : (n_states, 2) float
        Some of the driven states, evenly spaced.
    classes : (n_states,) int
    ways : (2, 12, 2) float
        Means over lasting switches forth, and over those back, from 6 steps before to 5 after.
    """

    position: np.ndarray
    classes: np.ndarray
    ways: np.ndarray


@dataclass(frozen=True, eq=False)
class NetworkLoops:
    """Loops between pairs of classes.

    Attributes
    ----------
    loops : dict of pair to Loop
    views : dict of pair to LoopView
    numbers : dict of pair to dict of str to float
        Summary; its keys are words for a table.  NaN where the twin has too few lasting switches.
    missing : dict of pair to str
        Pairs with too few lasting switches, and how few.
    """

    loops: dict[tuple[int, int], Loop]
    views: dict[tuple[int, int], LoopView]
    numbers: dict[tuple[int, int], dict[str, float]]
    missing: dict[tuple[int, int], str]


def find_loops(
    driven: Run, pairs: Iterable[tuple[int, int]], *, n_null: int = 0, seed=0, decode: bool = True
) -> tuple[dict[tuple[int, int], Loop], dict[tuple[int, int], str]]:
    """The loop of each pair of classes, and where there are too few lasting switches, how few.

    Parameters
    ----------
    driven, n_null, seed, decode
        As of `find_loop`, which see for errors, too.
    """
    rng, loops, missing = checks.generator(seed), {}, {}
    for pair in pairs:
        try:
            loops[pair] = find_loop(driven, pair, n_null=n_null, seed=rng, decode=decode)
        except TooFewSwitches as error:  # said on the page
            missing[pair] = str(error)
    return loops, missing


def measure_loops(
    network: HmmRnn,
    driven: Run,
    pairs: Sequence[tuple[int, int]],
    *,
    n_null: int = 0,
    seed,
    decode: bool = True,
) -> NetworkLoops:
    """Find the loop of each pair of classes, and of the same pair in the network's linear twin.

    Parameters
    ----------
    network : HmmRnn
        Whose readout makes classes of the twin's states.
    driven : Run
        Of this network.
    n_null, decode
        As of `find_loop`, which see for errors, too.
    seed : int, SeedSequence or Generator
        Of the twin and of the null.
    """
    rng = checks.generator(seed)
    twin, axes = linear_twin(network, driven, rng), find_orbit(driven).components[:2]
    loops, missing = find_loops(driven, pairs, n_null=n_null, seed=rng, decode=decode)
    of_twin, _ = find_loops(twin, loops, decode=decode)
    numbers = {}
    for pair, loop in loops.items():
        turns, width, decoded, lasting = (float("nan"),) * 4
        if pair in of_twin:
            other = of_twin[pair]
            turns, width, decoded = other.turns.value, other.width, other.decoded
            lasting = float(sum(other.n_switches))
        every = sum(len(find_switches(driven.classes, *ends)) for ends in (pair, pair[::-1]))
        numbers[pair] = {
            "turns": loop.turns.value,
            "turns, linear twin": turns,
            "decoded": loop.decoded,
            "decoded, linear twin": decoded,
            "width": loop.width,
            "width, linear twin": width,
            "degrees from PC1 and PC2": loop.angle_to(axes),
            "lasting switches": float(sum(loop.n_switches)),
            "lasting switches, linear twin": lasting,
            "share of switches that last": sum(loop.n_switches) / every,
        }
    views = {pair: _view(driven, loop) for pair, loop in loops.items()}
    return NetworkLoops(loops, views, numbers, missing)


def _view(driven: Run, loop: Loop) -> LoopView:
    long = {"min_before": LASTING, "min_after": LASTING}
    ways = []
    for ends in (loop.pair, loop.pair[::-1]):
        switches = find_switches(driven.classes, *ends, **long)
        mean = aligned(driven.states, switches, -LASTING, LASTING - 1).mean(axis=0)
        ways.append(loop.positions(mean))
    every = max(driven.classes.size // _N_SHOWN, 1)
    states = driven.states.reshape(-1, driven.states.shape[-1])[::every]
    return LoopView(loop.positions(states), driven.classes.ravel()[::every], np.array(ways))
