"""Several networks under the same noise, which is drawn once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..core import checks
from .network import HmmRnn, Run

_AT_ONCE = 20  # steps, whose noise stays in the processor's cache


def runs_alike(
    networks: Iterable[HmmRnn],
    n_sequences: int,
    n_steps: int,
    *,
    seed,
    noise_sd: float = 1.0,
    warm_up: int = 20,
) -> Iterator[Run]:
    """What :func:`iblrnn_helpers.hmm_rnn.run` gives of each network with this seed.

    To the bit, but up to rounding of a single sequence.

    Parameters
    ----------
    networks : iterable of HmmRnn
        With one number of inputs.
    n_sequences, n_steps, seed, noise_sd, warm_up
        As there.

    Yields
    ------
    Run
        Of one network after the other, so that not all need to be kept.

    Raises
    ------
    ValueError
        As there, or if numbers of inputs differ.
    """
    size = {"n_sequences": n_sequences, "n_steps": n_steps, "warm_up": warm_up}
    noise = None
    for network in networks:
        if noise is None:
            noise = draw_noise(network.n_inputs, **size, seed=seed, noise_sd=noise_sd)
        if network.n_inputs != noise.shape[-1]:
            raise ValueError(
                f"networks must have {noise.shape[-1]} inputs as the first, got {network.n_inputs}"
            )
        yield run_under(network, noise, warm_up=warm_up)


def draw_noise(
    n_inputs: int, n_sequences: int, n_steps: int, *, seed, warm_up: int, noise_sd: float = 1.0
) -> np.ndarray:
    """(warm_up + n_steps, n_sequences, n_inputs) float: the noise of such a run.

    Raises
    ------
    ValueError
        As :func:`iblrnn_helpers.hmm_rnn.run`.
    """
    checks.integer("n_sequences", n_sequences, low=1)
    checks.integer("n_steps", n_steps, low=1)
    checks.integer("warm_up", warm_up, low=0)
    checks.number("noise_sd", noise_sd, low=0)
    noise = checks.generator(seed).standard_normal((warm_up + n_steps, n_sequences, n_inputs))
    noise *= noise_sd
    return noise


def run_under(network: HmmRnn, noise: np.ndarray, *, warm_up: int) -> Run:
    """What a network does under noise of :func:`draw_noise`, from a state of zeros."""
    n_sequences, n_units = noise.shape[1], network.n_units
    w_in, w_rec = (np.ascontiguousarray(one.T) for one in (network.w_in, network.w_rec))
    states = np.empty((n_sequences, len(noise) - warm_up, n_units))
    state, drive = np.zeros((2, n_sequences, n_units))
    for first in range(0, len(noise), _AT_ONCE):
        some = noise[first : first + _AT_ONCE]
        of_steps = (some.reshape(-1, network.n_inputs) @ w_in).reshape(len(some), -1, n_units)
        for t, driven in enumerate(of_steps, start=first - warm_up):
            np.matmul(state, w_rec, out=drive)
            drive += driven
            if network.b_rec is not None:
                drive += network.b_rec
            if network.nonlinearity == "relu":
                np.maximum(drive, 0, out=state)
            else:
                np.tanh(drive, out=state)
            if t >= 0:
                states[:, t] = state
    return Run(states, network.logits(states))
