"""What each further distilled unit buys: one model for each number of principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import checks
from ..distillation.distill import distill, steps_of
from ..distillation.horizons import errors_by_horizon
from ..distillation.projection import on_components
from ..rollout import rollout
from ..session import Session
from .behavior import performance
from .state_space import StateSpace, states_of

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork


@dataclass(frozen=True)
class Compression:
    """Quality of distilled models, by how many units they have.

    Attributes
    ----------
    n_units : (n_models,) int
    kept : (n_models,) float
        Share of the variance of the network's full state that the projection keeps: what no model
        in these coordinates can exceed, on average.
    one_step, at_horizon : (n_models,) float
        Share of that variance that the model accounts for one step after a true
        state, and after ``horizon`` steps on its own.
    correct, n_steps : (n_models,) float
        Fraction correct and steps per trial of the model that plays with the network's own readout.
    """

    n_units: np.ndarray
    kept: np.ndarray
    one_step: np.ndarray
    at_horizon: np.ndarray
    correct: np.ndarray
    n_steps: np.ndarray


def compress(
    train: Session,
    test: Session,
    network: RecurrentNetwork,
    space: StateSpace,
    n_units: Sequence[int] = (1, 2, 3, 4, 5, 6),
    *,
    horizon: int = 20,
) -> Compression:
    """Distil a network into 1, 2, ... units in closed form, and try each model on other trials.

    Unit k stands for the k-th principal component, so that a further unit adds something to
    the ones before.  Errors in these coordinates and what they leave out add up to
    the error of the full state, mean + P^T z.

    Parameters
    ----------
    train, test : Session
        Played by the network on different trials, with its states.
    network : RecurrentNetwork
    space : StateSpace
        Of ``train``.
    n_units : sequence of int
    horizon : int
        Steps of free running.

    Returns
    -------
    Compression

    Raises
    ------
    ValueError
        If there are not so many units, or sessions are too short or have no states.
    """
    if not len(n_units):
        raise ValueError("n_units must hold at least one number, got none")
    checks.integer("horizon", horizon, low=1)
    unseen = states_of(test)
    total = np.square(unseen - space.mean).sum(axis=1).mean()
    rows = []
    for n in n_units:
        small = distill(network, train, on_components(space, n))
        z = small.projection(unseen)
        errors = errors_by_horizon(small.model, test.inputs, z, steps_of(test), horizon).mse.mean
        kept = np.square(z).sum(axis=1).mean() / total
        explained = kept - errors / total
        played = performance(rollout(small.agent(), test.trials))
        rows.append(
            (n, kept, explained[0], explained[-1], played.correct.mean, played.n_steps.mean)
        )
    columns = (np.array([float(x) for x in column]) for column in zip(*rows, strict=True))
    first, *rest = columns
    return Compression(first.astype(int), *rest)
