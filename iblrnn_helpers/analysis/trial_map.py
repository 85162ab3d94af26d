"""A whole trial as one step: the map that matters for what is kept from trial to trial.

Without input the network is left to itself for longer than it ever is in the
task.  Here it gets the observations of a trial, averaged: the mean of where
they take it.  A map of this kind is a one-step map like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from .. import checks
from ..task import TaskParams
from .dynamics import linearise
from .fixed_points import find_fixed_points
from .one_step_map import OneStepMap, in_float64
from .state_space import StateSpace, task_aligned


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
    step = in_float64(step)
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    strengths = np.asarray(params.strengths, dtype=float)
    strength, shown, other = (
        a.ravel() for a in np.meshgrid(strengths, *2 * [params.noise_sd * nodes], indexing="ij")
    )
    share = np.tile(np.outer(weights, weights).ravel(), len(strengths))
    share = torch.from_numpy(share / share.sum())
    right = np.stack([other, shown + strength, np.zeros_like(other)], axis=1)
    on_right, on_left = torch.from_numpy(right), torch.from_numpy(right[:, [1, 0, 2]].copy())
    blanks = [torch.tensor([0.0, 0.0, float(k == 0)]).double() for k in range(params.n_blank_steps)]

    def mean_end(h: torch.Tensor, observed: torch.Tensor) -> torch.Tensor:
        many = (*h.shape[:-1], len(observed))
        ends = step(h[..., None, :].expand(*many, h.shape[-1]), observed.expand(*many, 3))
        return (ends * share[:, None]).sum(dim=-2)

    def whole_trial(h: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        for blank in blanks:
            h = step(h, blank.expand(*h.shape[:-1], 3))
        return inputs * mean_end(h, on_right) + (1 - inputs) * mean_end(h, on_left)

    return whole_trial


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
    step: OneStepMap,
    params: TaskParams,
    space: StateSpace,
    starts: np.ndarray,
    p_right,
) -> TrialFixedPoints:
    """Where a network settles if every trial is the average one, by probability of right.

    Parameters
    ----------
    step, params
        As for :func:`trial_map`.
    space : StateSpace
    starts : (n, n_units) float
        States from which the search starts, e.g. along the slow manifold.
    p_right : (n,) float
        Probabilities in [0, 1].

    Returns
    -------
    TrialFixedPoints
    """
    probabilities = [checks.number("p_right", float(p), low=0, high=1) for p in p_right]
    whole_trial = trial_map(step, params)
    columns = []
    for p in probabilities:
        points = find_fixed_points(whole_trial, [p], starts, max_iterations=30).points
        near = linearise(whole_trial, [p], points)
        columns.append(
            np.stack(
                [
                    np.full(len(points), p),
                    task_aligned(space, points)[:, 1],
                    near.stable,
                    near.time_constants[:, 0],
                ]
            )
        )
    p, block, stable, decay = np.concatenate(columns, axis=1)
    return TrialFixedPoints(p, block, stable.astype(bool), decay)
