"""The training loss: the Sinkhorn divergence of two batches of sequences, with its gradient.

Each sequence is one point: its one-hot symbols in a row.  For the cost |x − y|²/2, which of such
points is the number of steps at which they differ, entropic optimal transport is

    OT(x, y) = min over plans π of <π, cost> + blur² KL(π | uniform),

and the divergence takes out what OT(x, x) and OT(y, y) keep:
S = OT(x, y) − OT(x, x)/2 − OT(y, y)/2.

Source: Feydy et al. 2019, "Interpolating between optimal transport and MMD using Sinkhorn
divergences"; its implementation geomloss is the tests' reference.  This one is kept because it
is faster on one core (``iblrnn bench`` says by how much): it knows that only x needs a gradient,
which the plan gives without going back through the iterations.

At the end, what the loss is of batches of an HMM itself, or of symbols without memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from ...core import checks
from ..hmm import HiddenMarkovModel
from ..statistics import exact_statistics

SCALING = 0.5  # of the blur from one iteration to the next, as in geomloss
# At this blur the self terms are worth 0.04 log(n) at most, and pull at nothing.
BLUR_WITHOUT_BIAS = 0.2


def sinkhorn_divergence(
    x: torch.Tensor, y: torch.Tensor, blur: float, *, debiased: bool = True
) -> torch.Tensor:
    """How far apart two clouds of points are; its gradient goes to ``x`` alone.

    Parameters
    ----------
    x : (n, n_dimensions) float tensor
    y : (m, n_dimensions) float tensor
        Taken as given: no gradient goes to it.
    blur : float
        > 0, in units of distance: the square root of the weight of the entropy.
    debiased : bool, optional
        False leaves out OT(x, x) and OT(y, y), for half the cost.  That is right only where blur²
        is far below the cost between two points: of one-hot sequences at blur 0.2, where the
        cheapest move costs 1 and the entropy weighs 0.04, each point of OT(x, x) stays with
        itself and its duplicates, and pulls at nothing.

    Returns
    -------
    () tensor

    Raises
    ------
    ValueError
        If the shapes do not fit, there is no point, a number is not finite, or blur is not > 0.

    Notes
    -----
    The dual potentials f, g go half of the way, at once, to

        f_i = −ε log mean_j exp((g_j − C_ij) / ε),    g_j = −ε log mean_i exp((f_i − C_ij) / ε),

    while ε falls from diameter² to blur² by a factor 4 each time.  A last whole step gives the
    value mean(f) + mean(g), and the plan's rows w_ij; by the envelope theorem, the gradient of
    OT(x, y) by x_i is (x_i − Σ_j w_ij y_j) / n.
    """
    _check(x, y, blur)
    return _Divergence.apply(x, y, float(blur), debiased)


def unbiased_divergence(x: torch.Tensor, y: torch.Tensor, blur: float) -> torch.Tensor:
    """The divergence of two laws, estimated from batches without bias; gradient to ``x`` alone.

    OT(x, x) compares a batch with itself, where each point is its own partner, so the divergence
    of finite batches is least for a law that is more typical than that of y.  Between the halves
    of each batch there is no such partner: the mean over batches of

        ½ [OT(x1, y1) + OT(x2, y2) − OT(x1, x2) − OT(y1, y2)]

    is 0 where x and y have the same law, and its gradient too, at every batch size.

    Source: Salimans et al. 2018, "Improving GANs using optimal transport", minibatch energy
    distance.

    Parameters
    ----------
    x, y : (n, n_dimensions) float tensor
        n even; points that are independent of each other.
    blur : float
        As of :func:`sinkhorn_divergence`.

    Returns
    -------
    () tensor
        It may be negative.

    Raises
    ------
    ValueError
        As :func:`sinkhorn_divergence`, or if a batch cannot be halved.
    """
    _check(x, y, blur)
    for name, points in (("x", x), ("y", y)):
        if len(points) % 2:
            raise ValueError(f"{name} must have an even number of points, got {len(points)}")
    return _Unbiased.apply(x, y, float(blur))


class _Divergence(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y, blur, debiased):
        epsilons = _epsilons(x, y, blur)
        value, to_y = _transport(x, y, epsilons)
        gradient = x - to_y.weights() @ y
        if debiased:
            value_x, to_x = _self_transport(x, epsilons)
            value = value - (value_x + _self_transport(y, epsilons)[0]) / 2
            gradient = gradient - (x - to_x.weights() @ x)
        ctx.save_for_backward(gradient / len(x))
        return value

    @staticmethod
    def backward(ctx, grad_value):
        (gradient,) = ctx.saved_tensors
        return grad_value * gradient, None, None, None


class _Unbiased(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y, blur):
        epsilons = _epsilons(x, y, blur)
        (x1, x2), (y1, y2) = x.chunk(2), y.chunk(2)
        value_1, x1_to_y = _transport(x1, y1, epsilons)
        value_2, x2_to_y = _transport(x2, y2, epsilons)
        value_x, x1_to_x2, x2_to_x1 = _transport(x1, x2, epsilons, both=True)
        pull_1 = x1_to_x2.weights() @ x2 - x1_to_y.weights() @ y1
        pull_2 = x2_to_x1.weights() @ x1 - x2_to_y.weights() @ y2
        ctx.save_for_backward(torch.cat([pull_1, pull_2]) / len(x))
        return (value_1 + value_2 - value_x - _transport(y1, y2, epsilons)[0]) / 2

    @staticmethod
    def backward(ctx, grad_value):
        (gradient,) = ctx.saved_tensors
        return grad_value * gradient, None, None


def _check(x: torch.Tensor, y: torch.Tensor, blur: float) -> None:
    checks.number("blur", blur, above=0)
    for name, points in (("x", x), ("y", y)):
        if points.ndim != 2 or not len(points):
            raise ValueError(f"{name} must be (n, n_dimensions), got shape {tuple(points.shape)}")
        if not torch.isfinite(points).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"x and y must have as many dimensions, got {x.shape[1]} and {y.shape[1]}")


def _epsilons(x: torch.Tensor, y: torch.Tensor, blur: float) -> list[float]:
    """From the squared diameter of the box around all points down to blur², the last one twice."""
    low = torch.minimum(x.amin(0), y.amin(0))
    high = torch.maximum(x.amax(0), y.amax(0))
    diameter = max(float((high - low).norm()), blur)
    n_between = math.ceil(math.log(blur / diameter) / math.log(SCALING))
    between = [diameter**2 * SCALING ** (2 * k) for k in range(n_between)]
    return [diameter**2, *between, blur**2]


def _transport(x, y, epsilons: list[float], both: bool = False):
    """OT(x, y), and the soft minimum that holds, for each x, the plan's row over y.

    ``both``: also the one that holds, for each y, the row over x.
    """
    cost = _cost(x, y)
    to_y, to_x = _SoftMinimum(cost), _SoftMinimum(cost.T.contiguous())
    f = to_y(epsilons[0], torch.zeros_like(cost[0]))
    g = to_x(epsilons[0], torch.zeros_like(cost[:, 0]))
    for epsilon in epsilons:
        f, g = (f + to_y(epsilon, g)) / 2, (g + to_x(epsilon, f)) / 2
    value = to_y(epsilons[-1], g).mean() + to_x(epsilons[-1], f).mean()
    return (value, to_y, to_x) if both else (value, to_y)


def _self_transport(x, epsilons: list[float]):
    """OT(x, x), whose two potentials are the same, and the soft minimum as of `_transport`."""
    to_x = _SoftMinimum(_cost(x, x))
    p = to_x(epsilons[0], torch.zeros_like(x[:, 0]))
    for epsilon in epsilons:
        p = (p + to_x(epsilon, p)) / 2
    return 2 * to_x(epsilons[-1], p).mean(), to_x


def _cost(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    squares = (x * x).sum(1)[:, None] + (y * y).sum(1)
    return torch.addmm(squares, x, y.T, beta=0.5, alpha=-1)


class _SoftMinimum:
    """The map potential_j -> −ε log mean_j exp((potential_j − C_ij) / ε), in one buffer."""

    def __init__(self, cost: torch.Tensor):
        self.cost = cost
        self.buffer = torch.empty_like(cost)
        self.sums = cost[:, :1]
        self.log_n = math.log(cost.shape[1])

    def __call__(self, epsilon: float, potential: torch.Tensor) -> torch.Tensor:
        torch.add(potential / epsilon, self.cost, alpha=-1 / epsilon, out=self.buffer)
        largest = self.buffer.amax(1, keepdim=True)
        self.buffer.sub_(largest).exp_()
        self.sums = self.buffer.sum(1, keepdim=True)
        return epsilon * (self.log_n - (self.sums.log() + largest)[:, 0])

    def weights(self) -> torch.Tensor:
        """(n, m): rows of the plan of the last call, each with sum 1."""
        return self.buffer / self.sums


def one_hot(symbols: np.ndarray, n_symbols: int) -> torch.Tensor:
    """(n_sequences, n_steps * n_symbols) float32 tensor of symbols (n_sequences, n_steps)."""
    hot = torch.nn.functional.one_hot(torch.from_numpy(symbols.astype(np.int64)), n_symbols)
    return hot.reshape(len(symbols), -1).float()


def loss_of(x: torch.Tensor, y: torch.Tensor, blur: float, unbiased: bool = False) -> torch.Tensor:
    """The unbiased divergence, or the debiased one, without self terms where they give nothing."""
    if unbiased:
        return unbiased_divergence(x, y, blur)
    return sinkhorn_divergence(x, y, blur, debiased=blur > BLUR_WITHOUT_BIAS)


def losses_against(
    hmm: HiddenMarkovModel,
    draw: Callable[[], np.ndarray],
    n_sequences: int,
    n_steps: int,
    blur: float,
    *,
    rng: np.random.Generator,
    unbiased: bool = False,
    n_pairs: int = 4,
) -> np.ndarray:
    """(n_pairs,) float: losses of batches of symbols that ``draw`` gives against the HMM's own.

    Parameters
    ----------
    draw : callable
        Gives a batch (n_sequences, n_steps) of symbols.
    n_sequences, n_steps : int
        Of each batch.
    unbiased : bool, optional
        Of :func:`unbiased_divergence`.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    checks.integer("n_pairs", n_pairs, low=1)
    losses = []
    for _ in range(n_pairs):
        x, y = (one_hot(s, hmm.n_symbols) for s in (draw(), hmm.sample(n_sequences, n_steps, rng)))
        losses.append(loss_of(x, y, blur, unbiased).item())
    return np.array(losses)


def finite_sample_floor(
    hmm: HiddenMarkovModel, n_sequences: int, n_steps: int, blur: float, *, seed, **options
) -> np.ndarray:
    """The loss between independent batches of the HMM itself: what a perfect network would have.

    It is far above 0, because two finite batches never hold the same sequences; only that of
    the unbiased divergence is 0 on average.

    Parameters
    ----------
    n_sequences, n_steps, blur, **options
        As of :func:`losses_against`.
    seed : int, SeedSequence or Generator

    Returns
    -------
    (n_pairs,) float
    """
    rng = checks.generator(seed)

    def draw():
        return hmm.sample(n_sequences, n_steps, rng)

    return losses_against(hmm, draw, n_sequences, n_steps, blur, rng=rng, **options)


def loss_of_independent_symbols(
    hmm: HiddenMarkovModel, n_sequences: int, n_steps: int, blur: float, *, seed, **options
) -> np.ndarray:
    """As `finite_sample_floor`, of symbols as frequent as the HMM's, but drawn independently."""
    rng = checks.generator(seed)
    frequencies = exact_statistics(hmm).frequencies

    def draw():
        return rng.choice(hmm.n_symbols, size=(n_sequences, n_steps), p=frequencies)

    return losses_against(hmm, draw, n_sequences, n_steps, blur, rng=rng, **options)
