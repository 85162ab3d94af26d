"""What happens to the switches when the drive or the noise of some units is changed.

Every unit i gets two gains: h_i' = φ(r_i (W_rec h + b_rec)_i + n_i (W_in x)_i).  All variants of a
network begin in the same states and meet the same noise, so that they differ in nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ...core.means import GroupMeans, Measured, group_means, resampled
from ..network import HmmRnn, Run
from .kick_units import MIN_AFTER, KickUnits, recurrent_drive, scaled

N_PROJECTING = 60  # units, of 150, with the largest weights onto a kick unit
N_NOT_CONTROL = 35  # of 150: the control leaves those with the largest weights alone
_TOGETHER = 8  # variants: 60 sequences of 150 units each stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Gains:
    """A gain for the recurrent drive of each unit, and one for its noise.

    Attributes
    ----------
    recurrent, noise : (n_units,) float
        1 changes nothing, 0 takes it away.
    """

    recurrent: np.ndarray
    noise: np.ndarray


def gains(
    network: HmmRnn,
    *,
    recurrent: tuple[Sequence[int], float] | None = None,
    noise: tuple[Sequence[int], float] | None = None,
) -> Gains:
    """Gains of 1, except for some units.

    Parameters
    ----------
    recurrent, noise : (units, gain), optional
        Which units get which gain.

    Raises
    ------
    ValueError
        If a unit does not exist, or a gain is negative or no number.
    """
    rows = []
    for name, change in (("recurrent", recurrent), ("noise", noise)):
        row = np.ones(network.n_units)
        if change is not None:
            for unit in change[0]:
                checks.integer(f"unit in {name}", unit, low=0, high=network.n_units - 1)
            row[np.asarray(change[0], dtype=int)] = checks.number(f"{name} gain", change[1], low=0)
        rows.append(row)
    return Gains(*rows)


def silenced(network: HmmRnn, units: Sequence[int]) -> Gains:
    """Gains that keep some units silent: neither drive nor noise."""
    return gains(network, recurrent=(units, 0.0), noise=(units, 0.0))


def projecting_units(network: HmmRnn, onto: Sequence[int], but: Sequence[int]) -> np.ndarray:
    """Units with the largest weights onto each of some units: the union of 60 (of 150) for each.

    ``but`` are left out.
    """
    return np.setdiff1d(_largest_onto(network, onto, N_PROJECTING), but)


def control_units(network: HmmRnn, onto: Sequence[int], but: Sequence[int]) -> np.ndarray:
    """Units that are not among the 35 (of 150) with the largest weights onto any of some units.

    ``but`` are left out.
    """
    rest = np.setdiff1d(np.arange(network.n_units), but)
    return np.setdiff1d(rest, _largest_onto(network, onto, N_NOT_CONTROL))


def _largest_onto(network: HmmRnn, onto: Sequence[int], n_largest: int) -> np.ndarray:
    order = np.argsort(-network.w_rec[np.asarray(onto)], axis=1, kind="stable")
    return np.unique(order[:, : scaled(n_largest, network)])


def start_states(run: Run, pair: Sequence[int], n_sequences: int, *, seed: int) -> np.ndarray:
    """(n_sequences, n_units): states of a run to begin in, half of them in either class of a pair.

    Raises
    ------
    ValueError
        If the run is never in one of the classes.
    """
    checks.integer("n_sequences", n_sequences, low=2)
    rng = checks.generator(seed)
    classes, drawn = run.classes, []
    for one, n in zip(pair, (n_sequences - n_sequences // 2, n_sequences // 2), strict=True):
        there = np.argwhere(classes == one)
        if not len(there):
            raise ValueError(f"the run is never in class {one} of the pair")
        drawn.append(run.states[tuple(rng.choice(there, n).T)])
    return np.concatenate(drawn)


def classes_under_gains(
    network: HmmRnn,
    variants: Sequence[Gains],
    starts: np.ndarray,
    n_steps: int,
    *,
    seed: int,
) -> np.ndarray:
    """Let variants of a network run from the same states under the same noise.

    Parameters
    ----------
    starts : (n_sequences, n_units) float
    seed : int
        Of the noise.

    Returns
    -------
    (n_variants, n_sequences, n_steps + 1) int8
        Classes, from that of the start on.

    Notes
    -----
    In float32, which takes half the time; it changes classes here and there, and not how often
    they switch.  Some variants take each step together.  The plain loop, for one of them::

        weights = (recurrent[:, None] * w_rec).T
        for step in range(n_steps):
            h = relu(h @ weights + recurrent * b_rec + noise_gain * (noise[step] @ w_in.T))
    """
    checks.integer("n_steps", n_steps, low=1)
    if not len(variants):
        raise ValueError("variants must hold one at least, got none")
    # Only whole numbers name what they draw: others draw anew each time, or are no keys.
    draw = _noise_drive if type(seed) is int else _noise_drive.__wrapped__
    noise = draw(network, n_steps, len(starts), seed)
    w_out = network.w_out.T.astype(np.float32)
    b_out = 0 if network.b_out is None else network.b_out.astype(np.float32)
    classes = np.empty((len(variants), len(starts), n_steps + 1), dtype=np.int8)
    for chosen, weights, recurrent, constant, noise_gain in _batches(network, variants):
        h = np.repeat(np.asarray(starts, dtype=np.float32)[None], len(chosen), axis=0)
        drive, of_noise = np.empty_like(h), np.empty_like(h)
        for step in range(n_steps + 1):
            classes[chosen, :, step] = (h @ w_out + b_out).argmax(axis=-1)
            if step < n_steps:
                np.matmul(h.reshape(-1, h.shape[-1]), weights, out=drive.reshape(-1, h.shape[-1]))
                drive *= recurrent
                if network.b_rec is not None:
                    drive += constant
                drive += np.multiply(noise_gain, noise[step], out=of_noise)
                if network.nonlinearity == "relu":
                    np.maximum(drive, 0, out=h)
                else:
                    np.tanh(drive, out=h)
    return classes


def _batches(network: HmmRnn, variants: Sequence[Gains]):
    """Places of variants that go together, their weights, and what these are multiplied by.

    Gains of 0, 1 and 2 are exact in binary numbers, so that weights in common and the drive times
    the gain give the same.  Variants with others have weights of their own.
    """
    bias = np.zeros(network.n_units) if network.b_rec is None else network.b_rec
    exact = [np.isin(one.recurrent, (0, 1, 2)).all() for one in variants]
    common, own = np.flatnonzero(exact), np.flatnonzero(np.logical_not(exact))
    groups = [common[k : k + _TOGETHER] for k in range(0, len(common), _TOGETHER)]
    for chosen in [*groups, *own[:, None]]:
        recurrent, noise = (
            np.stack([getattr(variants[k], name) for k in chosen])[:, None]
            for name in ("recurrent", "noise")
        )
        of_weights = np.ones_like(recurrent) if exact[chosen[0]] else recurrent
        yield (
            chosen,
            (of_weights[0, 0][:, None] * network.w_rec).T.astype(np.float32),
            (recurrent / of_weights).astype(np.float32),
            (recurrent * bias).astype(np.float32),
            noise.astype(np.float32),
        )


@functools.lru_cache(maxsize=1)
def _noise_drive(network: HmmRnn, n_steps: int, n_sequences: int, seed: int) -> np.ndarray:
    """(n_steps, n_sequences, n_units) float32: W_in x under fresh noise; read-only.

    The last one is remembered, as both directions of a pair and all interventions meet it.
    """
    shape = (n_steps, n_sequences, network.n_inputs)
    drawn = checks.generator(seed).standard_normal(shape, dtype=np.float32)
    drive = drawn @ network.w_in.T.astype(np.float32)
    drive.setflags(write=False)
    return drive


@dataclass(frozen=True, eq=False)
class SwitchRates:
    """How often variants of a network switch from one class to another, with 95% intervals.

    Attributes
    ----------
    forth : GroupMeans over variants
        Probability, per step in the source, that the next step is in the target.
    back : GroupMeans over variants
        The reverse.
    occupancy : GroupMeans over variants
        Share of steps in the source.
    ratio : list of Measured
        ``forth`` of each variant over that of the unchanged network, which met the same noise; NaN
        where one of them is not defined.
    lasting : list of Measured
        The same of switches after which the class stays for 6 steps, as after those around which
        kick units are found: a network that leaves for a step or two has not gone.
    """

    forth: GroupMeans
    back: GroupMeans
    occupancy: GroupMeans
    ratio: list[Measured]
    lasting: list[Measured]


def switch_rates(
    classes: np.ndarray, source: int, target: int, *, unchanged: np.ndarray
) -> SwitchRates:
    """How often each variant switches.

    Parameters
    ----------
    classes : (n_variants, n_sequences, n_steps) int
        Of :func:`classes_under_gains`.
    unchanged : (n_sequences, n_steps) int
        Of the network as it is, from the same states under the same noise.

    Returns
    -------
    SwitchRates
        Intervals are over sequences.
    """
    forth, in_source = _switches(classes, source, target)
    back, in_target = _switches(classes, target, source)
    return SwitchRates(
        _per_variant(forth, in_source),
        _per_variant(back, in_target),
        _per_variant(in_source, np.ones_like(in_source)),
        *switch_ratios(classes, source, target, unchanged=unchanged),
    )


def switch_ratios(
    classes: np.ndarray, source: int, target: int, *, unchanged: np.ndarray
) -> tuple[list[Measured], list[Measured]]:
    """``ratio`` and ``lasting`` alone, of :class:`SwitchRates`."""
    return tuple(
        _ratios(
            _switches(classes, source, target, min_after=n),
            _switches(unchanged, source, target, min_after=n),
        )
        for n in (1, MIN_AFTER)
    )


def leaving_rates(classes: np.ndarray, source: int, target: int) -> np.ndarray:
    """(n_variants,) float: means of ``back`` alone, of :class:`SwitchRates`."""
    back, in_target = _switches(classes, target, source)
    with np.errstate(invalid="ignore"):
        return back.sum(axis=(1, 2)) / in_target.sum(axis=(1, 2))


def _switches(
    classes: np.ndarray, source: int, target: int, *, min_after: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Steps followed by so many in the target, and steps in the source.

    Without the last steps, of which it is not known what follows.
    """
    n_steps = max(classes.shape[-1] - min_after, 0)
    in_source = classes[..., :n_steps] == source
    stays = np.ones_like(in_source)
    for k in range(1, min_after + 1):
        stays &= classes[..., k : k + n_steps] == target
    return in_source & stays, in_source


def _ratios(changed, unchanged) -> list[Measured]:
    """Ratio of each variant's probability to the unchanged network's; both as of _switches."""
    events, steps, *reference = (one.sum(axis=-1) for one in (*changed, *unchanged))
    return [_ratio(np.stack([*one, *reference], axis=1)) for one in zip(events, steps, strict=True)]


def _per_variant(happens: np.ndarray, counted: np.ndarray) -> GroupMeans:
    """Share of the counted steps at which it happens, for each variant."""
    variant, sequence, _ = np.nonzero(counted)
    labels = np.arange(len(happens))
    return group_means(happens[counted], {"variant": (labels, variant)}, sequence, proportion=True)


def _ratio(sums: np.ndarray) -> Measured:
    """Ratio of two probabilities; sums are (n_sequences, 4): events and steps, of either."""
    total = sums.sum(axis=0)
    if not (total[1] and total[2]):
        return Measured(np.nan)

    def statistic(totals):
        with np.errstate(divide="ignore", invalid="ignore"):
            return totals[..., 0] / totals[..., 1] * totals[..., 3] / totals[..., 2]

    return resampled(sums.astype(float), statistic, over="sequences")


def announced(network: HmmRnn, run: Run, kick: KickUnits, *, within: int = 5) -> dict[str, float]:
    """How well the kick units of a direction tell that a switch is near, read forwards.

    Parameters
    ----------
    run : Run
        Of this network under noise.
    within : int
        A switch is near if the class is the target in one of so many steps to come.

    Returns
    -------
    dict of str to float
        Probability that a switch is near: at ``any step`` in the source, and at those where the
        recurrent drive of ``all`` kick units, or of ``none``, is above zero.  And ``on before``:
        of the steps with a switch near, the share at which all of it is above zero.  NaN where
        there is no such step.

    Raises
    ------
    ValueError
        If sequences are not longer than ``within`` + 1 steps.
    """
    checks.integer("within", within, low=1, high=run.states.shape[1] - 2)
    classes = run.classes
    to_come = np.lib.stride_tricks.sliding_window_view(classes[:, 2:], within, axis=1)
    now, near = classes[:, 1:-within] == kick.source, (to_come == kick.target).any(axis=-1)
    # The drive of a step comes from the state before it.
    above = recurrent_drive(network, run.states[:, : -within - 1])[..., kick.chosen] > 0
    every, none = above.all(axis=-1), ~above.any(axis=-1)
    return {
        name: float(of[where].mean()) if where.any() else float("nan")
        for name, of, where in (
            ("any step", near, now),
            ("all", near, now & every),
            ("none", near, now & none),
            ("on before", every, now & near),
        )
    }
