"""A', B' and c' by gradient descent on the paper's loss, in which the past is the model's own.

Source: Schaeffer et al. 2020, section 3.3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from ..agents.rnn import one_thread
from ..core import checks
from .closed_form import NormalEquations, clusters, solve
from .model import window_starts

MAX_ITERATIONS = 500  # of each search
MAX_ROUNDS = 12
STEEPNESS = 500.0  # with which an error above its limit becomes dearer
# The closed form is nearly the best there is for one step. Of what can be gained there, this
# part is kept, so that no horizon is worse on other data either.
KEPT = 2 / 3


class Windows(NamedTuple):
    """Stretches of a few steps, within a sequence, over which a model runs on its own past.

    Time comes first, so that one step of all windows is one block of memory.

    Attributes
    ----------
    start : (n_windows, M) float
        True states from which the model sets out.
    inputs : (horizon, n_windows, n_inputs) float
    targets : (horizon, n_windows, M) float
        True states after each step.
    cluster : (n_windows,) int
    """

    start: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray
    cluster: np.ndarray


def sample_windows(
    states: np.ndarray,
    inputs: np.ndarray,
    lengths: np.ndarray,
    *,
    horizon: int,
    n_windows: int,
    seed: int,
) -> Windows:
    """Windows with random starts, drawn without replacement, or all if there are no more.

    States (n_rows, M) and inputs (n_rows, n_inputs) are those of sequences of so many rows.
    Sequences of ``horizon`` rows or fewer have no part; if none remains, it raises a ValueError.
    """
    starts = window_starts(lengths, horizon)
    if n_windows < len(starts):
        starts = checks.generator(seed).choice(starts, n_windows, replace=False)
    rows = starts + np.arange(1, horizon + 1)[:, None]
    return Windows(states[starts], inputs[rows], states[rows], clusters(starts, lengths))


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes
    ----------
    coefficients : (M + n_inputs + 1, M) float
        As :func:`~iblrnn_helpers.distillation.closed_form.solve` stacks them.
    ratio : (horizon,) float
        Error after each step, relative to the closed form's.
    limit : float
        That was set to ``ratio``.
    prices : (horizon,) float
        What holds ``ratio`` below the limit: its weight beyond that in the mean.
    n_iter : int
    converged : bool
    """

    coefficients: np.ndarray
    ratio: np.ndarray
    limit: float
    prices: np.ndarray
    n_iter: int
    converged: bool


class RelativeErrors:
    """Mean squared errors |z - z^|^2 of running freely, relative to the closed form's.

    Parameters
    ----------
    parts : sequence of Windows
        Of growing horizon.  Errors after so many steps are taken from the first that
        goes so far: one step can afford all rows, twenty steps a sample.
    activation : {"tanh", "identity", "relu"}
    closed : (M + n_inputs + 1, M) float
        The closed form.
    times : (n_clusters,) int, optional
        How often each cluster counts; once where omitted.
    """

    def __init__(self, parts: Sequence[Windows], activation: str, closed: np.ndarray, times=None):
        self.parts = [_Paths(part, activation, times) for part in parts]
        # Data that the closed form fits exactly leave nothing but rounding to compare with.
        last = self.parts[-1].targets
        rounding = 1e-20 * max(float(last.square().mean()), np.finfo(float).tiny)
        self.closed = torch.ones(())
        with torch.no_grad():
            self.closed = self(torch.from_numpy(closed)).clamp(min=rounding)

    def __call__(self, coefficients: torch.Tensor) -> torch.Tensor:
        """(horizon,) tensor, through which autograd runs."""
        errors: list[torch.Tensor] = []
        for part in self.parts:
            errors.extend(_Errors.apply(coefficients, part)[len(errors) :].unbind())
        return torch.stack(errors) / self.closed


class _Paths:
    """What a model makes of windows, and what of that its gradient needs, in memory kept for it.

    Windows come last, so that one step of all of them is one product of matrices and one call of
    numpy's tanh, which is several times as fast as torch's.

    Attributes
    ----------
    before : (horizon, M + n_inputs + 1, n_windows) tensor
        State before each step, its inputs, and 1.
    after, targets, misses : (horizon, M, n_windows) tensor
        State after each step, true state, and their difference.
    weights : (n_windows,) tensor
    at : tensor
        Coefficients with which it last ran.
    """

    def __init__(self, part: Windows, activation: str, times: np.ndarray | None):
        self.activation = activation
        start, inputs, targets = (
            torch.from_numpy(np.ascontiguousarray(np.swapaxes(a, -1, -2))) for a in part[:3]
        )
        horizon, n_inputs, n_windows = inputs.shape
        self.before = torch.ones(horizon, len(start) + n_inputs + 1, n_windows).double()
        self.before[0, : len(start)] = start
        self.before[:, len(start) : -1] = inputs
        self.targets = targets
        self.after, self.misses = torch.empty_like(targets), torch.empty_like(targets)
        weights = np.ones(n_windows) if times is None else times[part.cluster].astype(float)
        self.weights = torch.from_numpy(weights / weights.sum())
        self.at: torch.Tensor | None = None

    def run(self, coefficients: torch.Tensor) -> torch.Tensor:
        """(horizon,) tensor: weighted mean of squared errors after each step."""
        self.at, n_units = coefficients, len(self.targets[0])
        for t, z in enumerate(self.after):
            torch.mm(coefficients.T, self.before[t], out=z)
            if self.activation == "tanh":
                np.tanh(z.numpy(), out=z.numpy())
            elif self.activation == "relu":
                z.relu_()
            if t + 1 < len(self.after):
                self.before[t + 1, :n_units] = z
        torch.sub(self.after, self.targets, out=self.misses)
        return (self.misses.square() @ self.weights).sum(dim=1)

    def gradient(self, coefficients: torch.Tensor, by_error: torch.Tensor) -> torch.Tensor:
        """Derivative by the coefficients of what depends so on the errors, after :meth:`run`."""
        recurrent = coefficients[: len(self.targets[0])]
        found, carried = torch.zeros_like(coefficients), torch.zeros_like(self.misses[0])
        for t in range(len(self.after) - 1, -1, -1):
            z = self.after[t]
            carried += self.misses[t] * (2 * by_error[t] * self.weights)
            if self.activation == "tanh":
                carried *= 1 - z * z
            elif self.activation == "relu":
                carried *= z > 0
            found.addmm_(self.before[t], carried.T)
            carried = recurrent @ carried
        return found


class _Errors(torch.autograd.Function):
    """`_Paths.run` with `_Paths.gradient`."""

    @staticmethod
    def forward(ctx, coefficients, paths):
        ctx.coefficients, ctx.paths = coefficients.detach(), paths
        return paths.run(ctx.coefficients)

    @staticmethod
    def backward(ctx, by_error):
        if ctx.paths.at is not ctx.coefficients:  # it has run with others since
            ctx.paths.run(ctx.coefficients)
        return ctx.paths.gradient(ctx.coefficients, by_error), None


def free_running(
    parts: Sequence[Windows],
    equations: Sequence[NormalEquations],
    activation: str,
    *,
    never_worse: bool,
) -> Found:
    """Fit the model as it runs on its own past, from the closed form on.

    Parameters
    ----------
    parts : sequence of Windows
        As :class:`RelativeErrors` takes them; the first has a horizon of one step if
        ``never_worse``.
    equations : sequence of NormalEquations
        Of the same data.
    activation : {"tanh", "identity", "relu"}
    never_worse : bool
        Keep the error of every horizon below the closed form's.
    """
    closed, limit = solve(equations), np.inf
    if never_worse:
        one_step = RelativeErrors(parts[:1], activation, closed)
        best = minimise(one_step, equations, closed).ratio[0]
        limit = 1 - KEPT * max(0.0, 1 - best)
    return minimise(RelativeErrors(parts, activation, closed), equations, closed, limit=limit)


def refitted(
    found: Found,
    parts: Sequence[Windows],
    equations: Sequence[NormalEquations],
    activation: str,
    times: np.ndarray,
) -> np.ndarray:
    """Coefficients of the same fit where each cluster counts so many times, (n_clusters,) int.

    At the prices that keep the limit, the fit is the minimum of a smooth loss: one search is
    enough.
    """
    errors = RelativeErrors(parts, activation, solve(equations, times), times)
    held = {"limit": found.limit, "prices": found.prices, "max_rounds": 1}
    return minimise(errors, equations, found.coefficients, **held).coefficients


def minimise(
    errors: RelativeErrors,
    equations: Sequence[NormalEquations],
    start: np.ndarray,
    *,
    limit: float = np.inf,
    prices: np.ndarray | None = None,
    max_rounds: int = MAX_ROUNDS,
) -> Found:
    """Minimise the mean over horizons of the relative error, so that no horizon dominates.

    L-BFGS with a strong Wolfe line search, in float64 on one thread: the same data
    give the same bits.

    Parameters
    ----------
    errors : RelativeErrors
    equations : sequence of NormalEquations
        Of the same data; they give the coordinates of the search, in which all
        regressors are uncorrelated and of variance 1.
    start : (M + n_inputs + 1, M) float
    limit : float
        No horizon's relative error may be above it.
    prices : (horizon,) float, optional
        To begin with; zeros where omitted.
    max_rounds : int

    Notes
    -----
    Limits are kept by an augmented Lagrangian (Nocedal & Wright 2006, *Numerical
    Optimization*, section 17.3): each round is a smooth search, after which every horizon above
    its limit has become dearer::

        minimise mean(ratio) + sum(max(0, price + steepness * (ratio - limit)) ** 2
                                   ) / (2 * steepness)
        price = max(0, price + steepness * (ratio - limit))
    """
    units = [torch.from_numpy(part.units) for part in equations]
    order = torch.argsort(torch.cat(units))
    bases = [part.basis() for part in equations]
    theta = [
        torch.from_numpy(np.linalg.lstsq(basis, start[:, part.units], rcond=None)[0])
        for part, basis in zip(equations, bases, strict=True)
    ]
    bases = [torch.from_numpy(basis) for basis in bases]
    for part in theta:
        part.requires_grad_()

    def coefficients():
        parts = [basis @ part for basis, part in zip(bases, theta, strict=True)]
        return torch.cat(parts, dim=1)[:, order]

    def priced(ratio):
        return torch.relu(price + STEEPNESS * (ratio - limit))

    def closure():
        search.zero_grad()
        ratio = errors(coefficients())
        loss = ratio.mean() + priced(ratio).square().sum() / (2 * STEEPNESS)
        loss.backward()
        return loss

    price = torch.zeros(len(errors.closed), dtype=torch.float64)
    if prices is not None:
        price = torch.from_numpy(np.array(prices))
    n_iter = 0
    with one_thread():
        for _ in range(max_rounds):
            search = torch.optim.LBFGS(
                theta,
                max_iter=MAX_ITERATIONS,
                max_eval=2 * MAX_ITERATIONS,
                history_size=20,
                tolerance_grad=1e-6,
                tolerance_change=1e-9,
                line_search_fn="strong_wolfe",
            )
            search.step(closure)
            taken = search.state[theta[0]]
            n_iter += taken["n_iter"]
            with torch.no_grad():
                ratio = errors(coefficients())
                price = priced(ratio)
            # A tenth of what the limit leaves to the closed form is near enough.
            if ratio.max() <= limit + 0.1 * max(0.0, 1 - limit):
                break
    converged = taken["n_iter"] < MAX_ITERATIONS and taken["func_evals"] < 2 * MAX_ITERATIONS
    found = coefficients().detach().numpy()
    return Found(found, ratio.numpy(), limit, price.numpy(), n_iter, converged)
