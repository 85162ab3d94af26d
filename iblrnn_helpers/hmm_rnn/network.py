"""The noise-driven network of Part III: noise in, states, logits, symbols out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core import checks

NONLINEARITIES = ("relu", "tanh")


@dataclass(frozen=True, eq=False)
class HmmRnn:
    """A recurrent network that is driven by noise and emits symbols (Torre et al. 2025).

    h_t = φ(W_in x_t + W_rec h_{t-1} + b_rec) with x_t ~ N(0, noise_sd² I); the symbol at step t
    is drawn from softmax(z_t), with the logits z_t = W_out h_t + b_out.

    Without biases and with φ = relu the map is homogeneous: all states scale with the noise.

    Parameters
    ----------
    w_in : (n_units, n_inputs) float
    w_rec : (n_units, n_units) float
        Entry [i, j]: from unit j to unit i.
    w_out : (n_symbols, n_units) float
    nonlinearity : {"relu", "tanh"}
    b_rec : (n_units,) float, optional
        None: no bias, as in the paper.
    b_out : (n_symbols,) float, optional

    Raises
    ------
    ValueError
        If shapes do not fit each other, a weight is not finite, or the nonlinearity is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import iblrnn_helpers as ibl
    >>> rng = np.random.default_rng(0)
    >>> weights = rng.standard_normal((4, 2)), 0.5 * np.eye(4), rng.standard_normal((3, 4))
    >>> network = ibl.HmmRnn(*weights)
    >>> network.w_rec.shape, network.nonlinearity
    ((4, 4), 'relu')
    """

    w_in: np.ndarray
    w_rec: np.ndarray
    w_out: np.ndarray
    nonlinearity: str = "relu"
    b_rec: np.ndarray | None = None
    b_out: np.ndarray | None = None

    def __post_init__(self):
        checks.choice("nonlinearity", self.nonlinearity, NONLINEARITIES)
        n_units = np.shape(self.w_rec)[0] if np.ndim(self.w_rec) else 0
        n_inputs = np.shape(self.w_in)[-1] if np.ndim(self.w_in) else 0
        n_symbols = np.shape(self.w_out)[0] if np.ndim(self.w_out) else 0
        for name, shape in (
            ("w_rec", (n_units, n_units)),
            ("w_in", (n_units, n_inputs)),
            ("w_out", (n_symbols, n_units)),
            ("b_rec", (n_units,)),
            ("b_out", (n_symbols,)),
        ):
            value = getattr(self, name)
            if value is None and name in ("b_rec", "b_out"):
                continue
            array = np.array(value, dtype=np.float64)  # a copy that the caller cannot change
            if array.shape != shape or not array.size:
                raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
            if not np.isfinite(array).all():
                raise ValueError(f"{name} must be finite, got NaN or infinity")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if n_symbols < 2:
            raise ValueError(f"w_out must have 2 rows or more, one per symbol, got {n_symbols}")

    @property
    def n_units(self) -> int:
        return len(self.w_rec)

    @property
    def n_inputs(self) -> int:
        return self.w_in.shape[1]

    @property
    def n_symbols(self) -> int:
        return len(self.w_out)

    def step(self, states: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        """One step of states (..., n_units) under noise (..., n_inputs); None is no noise."""
        drive = states @ self.w_rec.T
        if noise is not None:
            drive = drive + noise @ self.w_in.T
        if self.b_rec is not None:
            drive = drive + self.b_rec
        return np.maximum(drive, 0) if self.nonlinearity == "relu" else np.tanh(drive)

    def logits(self, states: np.ndarray) -> np.ndarray:
        """(..., n_symbols): logits of the symbols in states (..., n_units)."""
        logits = states @ self.w_out.T
        return logits if self.b_out is None else logits + self.b_out


@dataclass(frozen=True, eq=False)
class Run:
    """What a network did.

    Attributes
    ----------
    states : (n_sequences, n_steps, n_units) float
    logits : (n_sequences, n_steps, n_symbols) float
    noise : (n_sequences, n_steps, n_inputs) float or None
        noise[:, t] is what led to states[:, t]; None where it was not kept.
    """

    states: np.ndarray
    logits: np.ndarray
    noise: np.ndarray | None = None

    @property
    def classes(self) -> np.ndarray:
        """(n_sequences, n_steps) int: the most likely symbol of each step."""
        return self.logits.argmax(axis=-1)

    @property
    def probabilities(self) -> np.ndarray:
        """(n_sequences, n_steps, n_symbols) float: softmax of the logits."""
        from scipy.special import softmax

        return softmax(self.logits, axis=-1)


def run(
    network: HmmRnn,
    n_sequences: int,
    n_steps: int,
    *,
    seed,
    noise_sd: float = 1.0,
    warm_up: int = 20,
    keep_noise: bool = False,
) -> Run:
    """Let a network run under fresh noise, from a state of zeros.

    Parameters
    ----------
    seed : int, SeedSequence or Generator
        The same seed gives the same noise, in units of ``noise_sd``, also at another ``noise_sd``.
    noise_sd : float, optional
        Standard deviation of each input; 0 is zero input.
    warm_up : int, optional
        Steps taken, and not kept, before the first kept one.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    checks.integer("n_sequences", n_sequences, low=1)
    checks.integer("n_steps", n_steps, low=1)
    checks.integer("warm_up", warm_up, low=0)
    checks.number("noise_sd", noise_sd, low=0)
    rng = checks.generator(seed)
    state = np.zeros((n_sequences, network.n_units))
    states = np.empty((n_sequences, n_steps, network.n_units))
    kept = np.empty((n_sequences, n_steps, network.n_inputs)) if keep_noise else None
    for t in range(-warm_up, n_steps):
        noise = noise_sd * rng.standard_normal((n_sequences, network.n_inputs))
        state = network.step(state, noise)
        if t >= 0:
            states[:, t] = state
            if kept is not None:
                kept[:, t] = noise
    return Run(states, network.logits(states), kept)


def sample_symbols(run_or_probabilities: Run | np.ndarray, seed) -> np.ndarray:
    """Draw a symbol at every step.

    Parameters
    ----------
    run_or_probabilities : Run, or (..., n_symbols) float
    seed : int, SeedSequence or Generator

    Returns
    -------
    (...) int8
        Of a run: (n_sequences, n_steps).
    """
    found = run_or_probabilities
    probabilities = found.probabilities if isinstance(found, Run) else np.asarray(found, float)
    uniform = checks.generator(seed).random(probabilities.shape[:-1])
    # The last bound is left out, so that rounding of the sum cannot give a symbol too many.
    bounds = np.cumsum(probabilities, axis=-1)[..., :-1]
    return (uniform[..., None] > bounds).sum(axis=-1).astype(np.int8)


def one_step(network: HmmRnn) -> Callable:
    """The map F(h, x) of float64 torch tensors that fixed points and Jacobians take.

    Returns
    -------
    callable
        Of states (..., n_units) and noise (..., n_inputs); gives states (..., n_units).
        The derivative of relu at 0 is 0, as everywhere in torch.
    """
    import torch

    def tensor(array: np.ndarray):
        return torch.from_numpy(array.copy())

    w_in, w_rec = tensor(network.w_in), tensor(network.w_rec)
    bias = 0.0 if network.b_rec is None else tensor(network.b_rec)
    nonlinearity = getattr(torch, network.nonlinearity)

    def step(h, x):
        return nonlinearity(h @ w_rec.T + x @ w_in.T + bias)

    return step
