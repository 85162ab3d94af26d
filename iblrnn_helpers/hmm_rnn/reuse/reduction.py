"""How few dimensions carry what a network of Part III does?  Four ways to leave out the rest.

All of them keep the first principal components (PCs) of the driven states.

``readout``: the whole network runs, and only these are read out.
``loop``: only these get back into the network, whose units remain 150.
``tanh``: as many tanh units, fitted to them by RADD, the distillation of Part I.
``linear``: the same without a nonlinearity, the control.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from ...core import checks
from ...distillation.model import DistilledModel
from ..alike import draw_noise, run_under
from ..hmm import HiddenMarkovModel
from ..network import HmmRnn, Run, run
from ..orbit.orbit import Orbit, find_orbit
from ..orbit.rotation import TooFewSwitches, find_loop
from ..statistics import exact_statistics, statistics_of_probabilities, total_variation
from ..teaching.emissions import check_alphabet
from .reuse import linked_symbols

WAYS = ("readout", "loop", "tanh", "linear")
_ACTIVATIONS = {"tanh": "tanh", "linear": "identity"}
_WARM_UP = 200  # steps: small models keep their first state for longer than the networks do
_TOO_LARGE = 1e3  # times the size of the driven states: a loop that runs away


@dataclass(frozen=True, eq=False)
class Emitter:
    """A distilled model that emits symbols: a few units, and the network's readout of them.

    Attributes
    ----------
    model : DistilledModel
        Its inputs are those of the network.
    w_out : (n_symbols, n_kept) float
        From the model's own coordinates to logits.
    b_out : (n_symbols,) float
    """

    model: DistilledModel
    w_out: np.ndarray
    b_out: np.ndarray

    def run(self, n_sequences: int, n_steps: int, *, seed, warm_up: int = _WARM_UP) -> Run:
        """Let it run on its own past under fresh noise, from a state of zeros.

        Parameters
        ----------
        seed : int, SeedSequence or Generator
        warm_up : int
            Steps before the first kept one.

        Returns
        -------
        Run
            Its states are in the model's own coordinates.
        """
        size = {"n_sequences": n_sequences, "n_steps": n_steps, "warm_up": warm_up}
        return self.run_under(draw_noise(self.model.n_inputs, **size, seed=seed), warm_up=warm_up)

    def run_under(self, noise: np.ndarray, *, warm_up: int) -> Run:
        """The same under noise (warm_up + n_steps, n_sequences, n_inputs) that was drawn before."""
        state = np.zeros((noise.shape[1], self.model.n_units))
        states = np.empty((noise.shape[1], len(noise) - warm_up, self.model.n_units))
        for t, of_step in enumerate(noise, start=-warm_up):
            state = self.model.step(state, of_step)
            if t >= 0:
                states[:, t] = state
        return Run(states, states @ self.w_out.T + self.b_out)


def distill_network(
    network: HmmRnn, driven: Run, orbit: Orbit, n_kept: int, activation: str = "tanh"
) -> Emitter:
    """Fit a few units to the first principal components of a network's driven states.

    Parameters
    ----------
    driven : Run
        Of this network, with its noise.
    orbit : Orbit
        Of these states.
    n_kept : int
        Components, and units.
    activation : str
        Of :class:`~iblrnn_helpers.distillation.radd.RADD`.

    Returns
    -------
    Emitter
        Its readout is what the network's makes of the states that the components keep, which is
        also the best linear readout of them, as PCs are uncorrelated.

    Raises
    ------
    ValueError
        If the run has no noise, or there are not so many components.

    Notes
    -----
    Source: Schaeffer et al. 2020, section 3.3.2, the closed form; each step of noise enters with
    weights of its own to each unit.
    """
    from ...distillation.data_checks import exact_states
    from ...distillation.radd import RADD

    if driven.noise is None:
        raise ValueError("driven must hold its noise: run(..., keep_noise=True)")
    kept = _kept(network, orbit, n_kept)
    projected = (driven.states - orbit.mean) @ kept.T
    lengths = np.full(len(projected), projected.shape[1])
    inputs = driven.noise.reshape(-1, network.n_inputs)
    with exact_states():
        fit = RADD(activation).fit(inputs, projected.reshape(-1, n_kept), lengths)
    w_out = network.w_out @ kept.T * fit.model_.scale
    return Emitter(fit.model_, w_out, network.logits(orbit.mean))


def through_components(network: HmmRnn, orbit: Orbit, n_kept: int) -> HmmRnn:
    """The network whose units hear of each other only what the first components tell.

    Its recurrent weights have the rank ``n_kept``; what the mean state contributes besides, becomes
    a bias.  The readout sees the whole state.
    """
    kept = _kept(network, orbit, n_kept)
    bias = network.w_rec @ (orbit.mean - kept.T @ (kept @ orbit.mean))
    if network.b_rec is not None:
        bias = bias + network.b_rec
    return replace(network, w_rec=network.w_rec @ kept.T @ kept, b_rec=bias)


def read_out_only(network: HmmRnn, driven: Run, orbit: Orbit, n_kept: int) -> Run:
    """The driven states as the first components keep them, and what the network reads out then."""
    kept = _kept(network, orbit, n_kept)
    states = orbit.mean + (driven.states - orbit.mean) @ kept.T @ kept
    return Run(states, network.logits(states))


@dataclass(frozen=True, eq=False)
class Reductions:
    """What is left of a network's emissions as fewer and fewer dimensions are kept.

    Attributes
    ----------
    n_kept : (n_numbers,) int
    error : dict of way to (n_numbers,) float
        Total variation between the pairs of successive symbols and those of the HMM.  NaN where
        the network runs away.
    changes : dict of way to (n_numbers,) float
        How often the symbol changes, as a ratio to the HMM.
    turns : dict of way to (n_numbers,) float
        Turns per pair of lasting switches between the first two linked symbols, as of `find_loop`;
        NaN with one dimension or too few such switches.
    whole : dict of str to float
        ``error``, ``changes`` and ``turns`` of the network as it is.
    """

    n_kept: np.ndarray
    error: dict[str, np.ndarray]
    changes: dict[str, np.ndarray]
    turns: dict[str, np.ndarray]
    whole: dict[str, float]

    def at(self, field: str, way: str, n_kept: int) -> float:
        """One number; NaN if so many dimensions were not tried."""
        found = getattr(self, field)[way][self.n_kept == n_kept]
        return float(found[0]) if len(found) else float("nan")

    def to_frame(self):
        """One row a way and number, as a pandas DataFrame.

        Columns ``way``, ``n_kept``, ``error``, ``changes`` and ``turns``.
        """
        import pandas as pd

        fields = {name: getattr(self, name) for name in ("error", "changes", "turns")}
        columns = {name: pd.DataFrame(of, self.n_kept).unstack() for name, of in fields.items()}
        return pd.DataFrame(columns).rename_axis(["way", "n_kept"]).reset_index()


def reductions(
    network: HmmRnn,
    hmm: HiddenMarkovModel,
    n_kept: Sequence[int],
    *,
    n_sequences: int,
    n_steps: int,
    seed: int,
) -> Reductions:
    """Reduce a network in all ways to some numbers of dimensions, and let each run freely.

    Parameters
    ----------
    hmm : HiddenMarkovModel
        That the network emulates.
    n_sequences, n_steps : int
        Of the run that components and fits are made of, and of each free run.

    Raises
    ------
    ValueError
        If the alphabets differ, or as :func:`iblrnn_helpers.hmm_rnn.orbit.orbit.find_orbit`.
    """
    check_alphabet(network, hmm)
    exact, (pair, *_) = exact_statistics(hmm), linked_symbols(hmm)
    for_fit, for_runs = np.random.SeedSequence(seed).spawn(2)
    driven = run(network, n_sequences, n_steps, seed=for_fit, keep_noise=True)
    orbit = find_orbit(driven)
    size = {"n_sequences": n_sequences, "n_steps": n_steps, "warm_up": _WARM_UP}
    noise = draw_noise(network.n_inputs, **size, seed=for_runs)

    def free_run(way: str, n: int) -> Run:
        if way == "readout":
            return read_out_only(network, driven, orbit, n)
        if way == "loop":
            return run_under(through_components(network, orbit, n), noise, warm_up=_WARM_UP)
        model = distill_network(network, driven, orbit, n, _ACTIVATIONS[way])
        return model.run_under(noise, warm_up=_WARM_UP)

    limit = _TOO_LARGE * np.abs(driven.states).max()
    numbers = {
        way: np.array([_numbers(free_run(way, n), exact, pair, n, limit) for n in n_kept]).T
        for way in WAYS
    }
    whole = _numbers(driven, exact, pair, network.n_units, limit)
    return Reductions(
        np.array(n_kept),
        *({way: found[k] for way, found in numbers.items()} for k in range(3)),
        dict(zip(("error", "changes", "turns"), map(float, whole), strict=True)),
    )


def _numbers(found: Run, exact, pair, n_kept: int, limit: float) -> tuple[float, float, float]:
    """Error, changes and turns; NaN if states are beyond all bounds."""
    if not np.abs(found.states).max() < limit:
        return np.nan, np.nan, np.nan
    emitted = statistics_of_probabilities(found.probabilities)
    turns = np.nan
    if n_kept > 1:
        with suppress(TooFewSwitches):
            turns = find_loop(found, pair, decode=False).turns.value
    error = total_variation(emitted.bigrams, exact.bigrams)
    return error, emitted.change_rate / exact.change_rate, turns


def _kept(network: HmmRnn, orbit: Orbit, n_kept: int) -> np.ndarray:
    checks.integer("n_kept", n_kept, low=1, high=network.n_units)
    return orbit.components[:n_kept]
