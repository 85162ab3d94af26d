"""What each further distilled unit buys: one model for each number of principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from ..behavior.measures import performance
from ..core import checks
from ..core.means import GroupMeans, group_means
from ..representations.state_space import StateSpace, on_components
from ..task.generative_model import Trials
from ..task.rollouts import rollout
from ..task.session import Session
from .distilled import DistilledAgent, distill
from .horizons import errors_by_horizon
from .model import DistilledModel, Readout

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
    unseen = test.recorded_states
    total = np.square(unseen - space.mean).sum(axis=1).mean()
    rows = []
    for n in n_units:
        small = distill(network, train, on_components(space, n))
        z = small.projection(unseen)
        errors = errors_by_horizon(
            small.model, test.inputs, z, test.steps_per_session, horizon
        ).mse.mean
        kept = np.square(z).sum(axis=1).mean() / total
        explained = kept - errors / total
        played = performance(rollout(small.agent(), test.trials))
        rows.append(
            (n, kept, explained[0], explained[-1], played.correct.mean, played.n_steps.mean)
        )
    columns = (np.array([float(x) for x in column]) for column in zip(*rows, strict=True))
    first, *rest = columns
    return Compression(first.astype(int), *rest)


# What the free readout scale of a distilled model does: it trades speed for accuracy.


@dataclass(frozen=True)
class ScaleSweep:
    """Behaviour by ``scale`` of the readout, on the same trials for all scales.

    Attributes
    ----------
    correct, timed_out : fraction of trials
    n_steps : steps per trial
    """

    correct: GroupMeans
    timed_out: GroupMeans
    n_steps: GroupMeans

    @property
    def scales(self) -> np.ndarray:
        """(n_scales,) float, rising."""
        return self.correct.groups["scale"]

    @property
    def best(self) -> float:
        """The scale with the most correct actions.

        It is the best of many on these trials: judge it on others.
        """
        return float(self.scales[np.argmax(self.correct.mean)])

    def matching(self, n_steps: float) -> float:
        """The scale at which a trial takes so many steps on average.

        Between two scales of the sweep, steps are taken to be linear in log(scale).

        Parameters
        ----------
        n_steps : float
            E.g. the steps per trial of the network that was distilled, on the same trials.

        Raises
        ------
        ValueError
            If no two neighbouring scales of the sweep enclose it.
        """
        checks.number("n_steps", n_steps)
        found = self.n_steps.mean - n_steps
        exact = np.flatnonzero(found == 0)
        if len(exact):
            return float(self.scales[exact[0]])
        before = np.flatnonzero(found[:-1] * found[1:] < 0)
        if not len(before):
            raise ValueError(
                f"n_steps must lie within the {self.n_steps.mean.min():.3f} to "
                f"{self.n_steps.mean.max():.3f} steps of the sweep, got {n_steps!r}; "
                "sweep more scales"
            )
        k = before[0]
        part = found[k] / (found[k] - found[k + 1])
        low, high = np.log(self.scales[k : k + 2])
        return float(np.exp(low + part * (high - low)))


def sweep_readout_scale(
    model: DistilledModel,
    readout: Readout,
    trials: Trials,
    scales: Sequence[float],
    *,
    initial: np.ndarray | None = None,
) -> ScaleSweep:
    """Let a distilled model play the same trials with one readout scale after another.

    Parameters
    ----------
    model, readout, initial
        As for :class:`iblrnn_helpers.distillation.distilled.DistilledAgent`; the readout's own
        scale counts only if it is among ``scales``.
    trials : Trials
    scales : sequence of float
        Rising, > 0.

    Returns
    -------
    ScaleSweep

    Raises
    ------
    ValueError
        If there are no scales, or they are not rising.
    """
    scales = np.asarray(scales, dtype=float)
    if scales.ndim != 1 or not len(scales) or not (np.diff(scales) > 0).all():
        raise ValueError(f"scales must be rising, got {scales.tolist()}")
    for scale in scales:
        readout.at(float(scale))  # raises an error if it is not allowed
    # All scales side by side, in one rollout: numpy takes a scale for each session.
    side_by_side = replace(readout, scale=np.repeat(scales, trials.n_sessions))
    played = rollout(DistilledAgent(model, side_by_side, initial), _repeated(trials, len(scales)))
    axes = {"scale": (scales, np.repeat(np.arange(len(scales)), len(trials)))}
    block = np.tile(trials.block_index, len(scales))

    def of(name, *, proportion=True):
        return group_means(getattr(played, name), axes, block, proportion=proportion)

    return ScaleSweep(of("correct"), of("timed_out"), of("n_steps", proportion=False))


def _repeated(trials: Trials, n: int) -> Trials:
    """The same sessions n times."""
    arrays = {f.name: getattr(trials, f.name) for f in fields(trials)[1:]}
    repeated = {name: np.concatenate([array] * n) for name, array in arrays.items()}
    repeated["session"] += np.repeat(np.arange(n) * trials.n_sessions, len(trials))
    return Trials.unchecked(params=trials.params, **repeated)
