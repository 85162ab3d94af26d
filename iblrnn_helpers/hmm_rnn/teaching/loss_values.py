"""The paper's training loss of symbols that nothing learns from: its value, without a gradient.

It is that of `teaching.sinkhorn.loss_of`, to the bit, in about a third of the time.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from ...core import checks
from .sinkhorn import BLUR_WITHOUT_BIAS, _cost, _epsilons, loss_of, one_hot

_LEAST = -80.0  # exponent; thousands of e^-80 are nothing beside 1 in single precision
_AT_ONCE = 2**18  # numbers, which stay in the processor's cache


def loss_value(
    symbols: np.ndarray, wanted: np.ndarray, n_symbols: int, blur: float, unbiased: bool = False
) -> float:
    """The loss of a batch of symbols against one of the HMM.

    Parameters
    ----------
    symbols, wanted : (n_sequences, n_steps) int
    blur, unbiased
        As of `teaching.sinkhorn.loss_of`.

    Raises
    ------
    ValueError
        If blur is not above 0.
    """
    checks.number("blur", blur, above=0)
    x, y = (one_hot(one, n_symbols) for one in (symbols, wanted))
    if unbiased or blur > BLUR_WITHOUT_BIAS:
        return loss_of(x, y, blur, unbiased).item()
    epsilons = _epsilons(x, y, blur)
    cost = _cost(x, y)
    to_y, to_x = _SoftMinimum(cost), _SoftMinimum(cost.T.contiguous())
    f = to_y(epsilons[0], torch.zeros_like(y[:, 0]))
    g = to_x(epsilons[0], torch.zeros_like(x[:, 0]))
    for epsilon in epsilons:
        f, g = (f + to_y(epsilon, g)) / 2, (g + to_x(epsilon, f)) / 2
    return (to_y(epsilons[-1], g).mean() + to_x(epsilons[-1], f).mean()).item()


class _SoftMinimum:
    """As in `teaching.sinkhorn`, some rows at a time and without the plan.

    What is below e^-80 of the largest in its row is raised to that.  The sum of the row does not
    take notice, and the exponential takes ten times as long where its values are too small for
    single precision, as most are at a small blur.
    """

    def __init__(self, cost: torch.Tensor):
        self.cost = cost
        self.buffer = torch.empty_like(cost[: max(_AT_ONCE // cost.shape[1], 1)])
        self.log_n = math.log(cost.shape[1])

    def __call__(self, epsilon: float, potential: torch.Tensor) -> torch.Tensor:
        scaled, logs = potential / epsilon, []
        for cost in self.cost.split(len(self.buffer)):
            buffer = self.buffer[: len(cost)]
            torch.add(scaled, cost, alpha=-1 / epsilon, out=buffer)
            largest = buffer.amax(1)
            buffer.sub_(largest[:, None]).clamp_(min=_LEAST).exp_()
            logs.append(buffer.sum(1).log() + largest)
        return epsilon * (self.log_n - torch.cat(logs))
