"""Cluster, kick zone, transition: regions of state space, by how long a state keeps its class.

Source: Torre et al. 2025, residency times; the limits between regions are those of its code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..network import HmmRnn
from ..teaching.learning import most_beyond

REGIONS = ("transition", "kick zone", "cluster")
KICK_FROM, KICK_TO = 2.0, 8.0  # mean steps until the class changes
CLUSTER_PROBABILITY = 0.8
_AT_ONCE = 1000  # states, which stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Exits:
    """How noisy runs leave the class of the state that they began in.

    Attributes
    ----------
    times : (n_states, n_repeats) int
        First step in another class; ``n_steps`` if there was none.
    sign_changes : (n_states, n_repeats) int
        How often, before that, the logit of the class turned between rising and falling.
    """

    times: np.ndarray
    sign_changes: np.ndarray


@dataclass(frozen=True, eq=False)
class Residency:
    """What happens from each of some states.

    Attributes
    ----------
    time : (n_states,) float
        Mean steps until the class changes (at most those of a run).
    sign_changes : (n_states,) float
        Mean number of turns of the logit of the class before that.
    n_unstable : (n_states,) int
        Eigenvalues outside the unit circle of the derivative of a step without noise.
    probability : (n_states,) float
        Of the most likely symbol.
    """

    time: np.ndarray
    sign_changes: np.ndarray
    n_unstable: np.ndarray
    probability: np.ndarray

    @property
    def region(self) -> np.ndarray:
        """(n_states,) int: index into REGIONS; -1 for states that stay long but are not sure."""
        region = np.full(len(self.time), -1)
        region[self.time < KICK_FROM] = 0
        region[(self.time >= KICK_FROM) & (self.time <= KICK_TO)] = 1
        region[(self.time > KICK_TO) & (self.probability > CLUSTER_PROBABILITY)] = 2
        return region

    def to_frame(self):
        """One row a state, as a pandas DataFrame: the attributes, and region (its name).

        States of no region have a NaN there.
        """
        import pandas as pd

        return pd.DataFrame(vars(self)).assign(
            region=pd.Categorical.from_codes(self.region, REGIONS)
        )

    def mean(self, field: str, region: str) -> float:
        """Mean of a field over the states of a region; NaN if it has none.

        Raises
        ------
        ValueError
            If there is no such field or region.
        """
        checks.choice("field", field, self.__dataclass_fields__)
        inside = self.region == REGIONS.index(checks.choice("region", region, REGIONS))
        return float(getattr(self, field)[inside].mean()) if inside.any() else float("nan")


def residency(
    network: HmmRnn,
    states: np.ndarray,
    *,
    seed,
    n_repeats: int = 20,
    n_steps: int = 60,
) -> Residency:
    """Residency times, turns of the logit and unstable directions of states.

    Parameters
    ----------
    states : (n_states, n_units) float
    seed : int, SeedSequence or Generator
    n_repeats : int
        Noisy runs from each state.
    n_steps : int
        Longest run.

    Raises
    ------
    ValueError
        As :func:`noisy_exits`.
    """
    exits = noisy_exits(network, states, n_repeats=n_repeats, n_steps=n_steps, seed=seed)
    logits = network.logits(np.asarray(states, dtype=float))
    below = logits - logits.max(axis=1, keepdims=True)
    return Residency(
        exits.times.mean(axis=1),
        exits.sign_changes.mean(axis=1),
        count_unstable(network, states),
        1 / np.exp(below).sum(axis=1),
    )


def noisy_exits(
    network: HmmRnn,
    states: np.ndarray,
    *,
    n_repeats: int,
    n_steps: int,
    seed,
) -> Exits:
    """Noisy runs from each state until the most likely symbol is another.

    Parameters
    ----------
    states : (n_states, n_units) float
    n_repeats, n_steps : int
        Runs from each state, and their longest.
    seed : int, SeedSequence or Generator

    Raises
    ------
    ValueError
        If the states have another shape, or a number is below 1.

    Notes
    -----
    In single precision, of which the class takes notice only near ties.  All runs go together,
    and those that have left are dropped.  The plain loop, for one run::

        for t in range(1, n_steps + 1):
            h = network.step(h, noise[t])
            logits = network.logits(h)
            if logits.argmax() != c:
                return t, sign_changes
            sign_changes += (logits[c] - before) * change < 0
            before, change = logits[c], logits[c] - before
        return n_steps, sign_changes
    """
    states = np.asarray(states, dtype=float)
    if states.ndim != 2 or states.shape[1] != network.n_units or not len(states):
        raise ValueError(f"states must be (n_states, {network.n_units}), got {states.shape}")
    checks.integer("n_repeats", n_repeats, low=1)
    checks.integer("n_steps", n_steps, low=1)
    rng = checks.generator(seed)
    step, logits_of = single_precision(network)
    h = np.repeat(states.astype(np.float32), n_repeats, axis=0)
    logits = logits_of(h)
    begun_in = logits.argmax(axis=1)
    before = logits[np.arange(len(h)), begun_in]
    change = np.zeros_like(before)
    inside = np.arange(len(h))  # runs that have not left
    times = np.full(len(h), n_steps)
    sign_changes = np.zeros(len(h), dtype=int)
    for t in range(1, n_steps + 1):
        h = step(h, rng)
        logits = logits_of(h)
        stays = logits.argmax(axis=1) == begun_in
        times[inside[~stays]] = t
        now = logits[np.arange(len(h)), begun_in]
        turned = stays & ((now - before) * change < 0)
        sign_changes[inside[turned]] += 1
        h, inside, begun_in = h[stays], inside[stays], begun_in[stays]
        before, change = now[stays], (now - before)[stays]
        if not len(inside):
            break
    shape = (len(states), n_repeats)
    return Exits(times.reshape(shape), sign_changes.reshape(shape))


def single_precision(network: HmmRnn) -> tuple[Callable, Callable]:
    """One step under fresh noise, and the logits, in single precision, at half the time.

    Returns
    -------
    step : callable
        From states (n_states, n_units) float32 and a generator to the next states.
    logits : callable
        From states to (n_states, n_symbols) float32.
    """
    w_in, w_rec, w_out = (
        np.ascontiguousarray(w.T, dtype=np.float32)
        for w in (network.w_in, network.w_rec, network.w_out)
    )
    b_rec, b_out = (
        np.float32(0) if b is None else b.astype(np.float32) for b in (network.b_rec, network.b_out)
    )

    def step(h, rng):
        after = np.empty_like(h)
        noise = np.empty((min(_AT_ONCE, len(h)), network.n_inputs), dtype=np.float32)
        for first in range(0, len(h), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            drive = np.matmul(h[some], w_rec, out=after[some])
            drive += rng.standard_normal(out=noise[: len(drive)], dtype=np.float32) @ w_in
            drive += b_rec
            if network.nonlinearity == "relu":
                np.maximum(drive, 0, out=drive)
            else:
                np.tanh(drive, out=drive)
        return after

    def logits(h):
        return h @ w_out + b_out

    return step, logits


def count_unstable(network: HmmRnn, states: np.ndarray) -> np.ndarray:
    """Directions in which a step without noise moves neighbouring states apart.

    Parameters
    ----------
    states : (n_states, n_units) float

    Returns
    -------
    (n_states,) int
        Number of eigenvalues of D W_rec outside the unit circle, with D the slopes of the
        nonlinearity at W_rec h.

    Notes
    -----
    Units of slope 0 contribute rows of zeros, and so only eigenvalues of 0: they are left out,
    which makes it about ten times as fast.  Where a power of the matrix is small, no eigenvalue is
    outside, and none needs to be found; so it is at most states.
    """
    states = np.asarray(states, dtype=float)
    after = network.step(states)
    slopes = (after > 0).astype(float) if network.nonlinearity == "relu" else 1 - after**2
    counts = []
    for slope in slopes:
        on = np.flatnonzero(slope)
        derivative = slope[on, None] * network.w_rec[np.ix_(on, on)]
        if most_beyond(1.0, derivative) == 0:
            counts.append(0)
        else:
            counts.append((np.abs(np.linalg.eigvals(derivative)) > 1).sum())
    return np.array(counts)
