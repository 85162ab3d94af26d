"""The trial map: a whole trial as one step, which is what counts for a memory of the block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from ..agents.own_networks import JACOBIANS
from ..core import checks
from ..core.fixed_points import find_fixed_points
from ..core.one_step_map import KnownMap, OneStepMap, in_float64
from ..representations.plane import ReadoutPlane
from ..representations.state_space import task_aligned
from ..task.generative_model import TaskParams
from .dynamics import linearise


def trial_map(step: OneStepMap, params: TaskParams, *, n_nodes: int = 3) -> OneStepMap:
    """The mean effect of a trial with one observation, the most common kind, after a correct one.

    Parameters
    ----------
    step : callable
        A network's one-step map, of inputs (o^L, o^R, r).
    params : TaskParams
        Its strengths, noise and number of blank steps.
    n_nodes : int
        Of the Gauss-Hermite quadrature over the noise of either side.

    Returns
    -------
    callable
        G(h, [p]) with p the probability that the stimulus is on the right:
        feedback +1 on the first blank step, zeros on the others, then the
        observation.  n_inputs is 1, and a step is a trial.

    Notes
    -----
    ::

        h = F(F(h, [0, 0, 1]), [0, 0, 0])
        G(h, [p]) = mean of F(h, [o^L, o^R, 0]) over side, strength and noise
    """
    checks.integer("n_nodes", n_nodes, low=1)
    step, w_rec = in_float64(step), _weights_of_tanh(step)
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    strengths = np.asarray(params.strengths, dtype=float)
    strength, shown, other = (
        a.ravel() for a in np.meshgrid(strengths, *2 * [params.noise_sd * nodes], indexing="ij")
    )
    of_strength = params.strength_probabilities or np.ones(len(strengths))
    share = np.outer(of_strength, np.outer(weights, weights)).ravel()
    share = torch.from_numpy(share / share.sum())
    right = np.stack([other, shown + strength, np.zeros_like(other)], axis=1)
    on_right, on_left = torch.from_numpy(right), torch.from_numpy(right[:, [1, 0, 2]].copy())
    blanks = [torch.tensor([0.0, 0.0, float(k == 0)]).double() for k in range(params.n_blank_steps)]

    def mean_end(h: torch.Tensor, observed: torch.Tensor, of=lambda ends: ends) -> torch.Tensor:
        many, h = (*h.shape[:-1], len(observed)), h[..., None, :]
        # Units of tanh need not be told their state again for each observation.
        h = h.expand(*many, h.shape[-1]) if w_rec is None else h
        ends = step(h, observed.expand(*many, 3))
        return (of(ends) * share[:, None]).sum(dim=-2)

    def whole_trial(h: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        for blank in blanks:
            h = step(h, blank.expand(*h.shape[:-1], 3))
        return inputs * mean_end(h, on_right) + (1 - inputs) * mean_end(h, on_left)

    if w_rec is None:
        return whole_trial

    def jacobian(h: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        slope = torch.eye(h.shape[-1], dtype=h.dtype)
        for blank in blanks:
            given = blank.expand(len(h), 3)
            slope, h = step.jacobian(h, given) @ slope, step(h, given)
        # An end x of tanh units has the slope (1 - x**2) W, so one product serves all of them.
        squares = inputs * mean_end(h, on_right, torch.square)
        squares = squares + (1 - inputs) * mean_end(h, on_left, torch.square)
        return (1 - squares)[..., None] * (w_rec @ slope)

    return KnownMap(whole_trial, jacobian)


def _weights_of_tanh(step: OneStepMap) -> torch.Tensor | None:
    """(n_units, n_units): the recurrent weights of a layer of tanh units; None of other maps."""
    # A subclass with a call of its own may be any map.
    if not isinstance(step, KnownMap) or type(step).__call__ is not KnownMap.__call__:
        return None
    known = step.jacobian
    of_tanh = isinstance(known, partial) and known.func is JACOBIANS["tanh"]
    return known.args[1] if of_tanh else None


@dataclass(frozen=True)
class TrialFixedPoints:
    """Fixed points of the trial map, for several probabilities of right.

    Attributes
    ----------
    p_right : (n_points,) float
    block : (n_points,) float
        Place along the block readout of the PC plane.
    stable : (n_points,) bool
    decay : (n_points,) float
        Time constant of the slowest mode, in trials; negative where it grows.
    """

    p_right: np.ndarray
    block: np.ndarray
    stable: np.ndarray
    decay: np.ndarray

    def at(self, p_right: float) -> TrialFixedPoints:
        """Those of one probability."""
        k = np.isclose(self.p_right, p_right)
        return TrialFixedPoints(self.p_right[k], self.block[k], self.stable[k], self.decay[k])


def trial_fixed_points(
    step: OneStepMap, params: TaskParams, space: ReadoutPlane, starts: np.ndarray, p_right
) -> TrialFixedPoints:
    """Where a network settles if every trial is the average one, by probability of right.

    Parameters
    ----------
    step, params
        As for :func:`trial_map`.
    space : ReadoutPlane or StateSpace
    starts : (n, n_units) float
        States from which the search starts, e.g. along the slow manifold.
    p_right : (n,) float
        Probabilities in [0, 1].
    """
    probabilities = [checks.number("p_right", float(p), low=0, high=1) for p in p_right]
    whole_trial = trial_map(step, params)
    rows = []
    for p in probabilities:
        points = find_fixed_points(whole_trial, [p], starts, max_iterations=30).points
        near = linearise(whole_trial, [p], points)
        block = task_aligned(space, points)[:, 1]
        rows.append((np.full(len(points), p), block, near.stable, near.time_constants[:, 0]))
    return TrialFixedPoints(*(np.concatenate(column) for column in zip(*rows, strict=True)))
