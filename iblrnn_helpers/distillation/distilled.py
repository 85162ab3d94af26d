"""From a network to a few units that play in its place: project, fit, take over the readout.

Two questions follow: what does the readout's scale do, the one free parameter, and what does each
further unit buy?

Source: Schaeffer et al. 2020, sections 3.3.2 and 3.3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..behavior.measures import performance
from ..core import checks
from ..core.means import GroupMeans, group_means
from ..representations.state_space import (
    Projection,
    StateSpace,
    log_odds_readout,
    on_components,
)
from ..task.generative_model import Trials
from ..task.rollouts import rollout
from ..task.session import Session
from .data_checks import exact_states
from .fit_quality import errors_by_horizon
from .model import DistilledAgent, DistilledModel, Readout

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork
    from .radd import RADD


@dataclass(frozen=True)
class Distilled:
    """A distilled network, ready to play.

    Attributes
    ----------
    radd : RADD
        The fit.
    projection : Projection
        What it was fitted to.
    readout : Readout
        The network's own, in the model's coordinates.
    initial : (M,) float
        The network's state before a session, h = 0, in the model's coordinates.
    """

    radd: RADD
    projection: Projection
    readout: Readout
    initial: np.ndarray

    @property
    def model(self) -> DistilledModel:
        return self.radd.model_

    def agent(self, scale: float | None = None, name: str = "distilled") -> DistilledAgent:
        """An agent that plays the task, with a readout scale of its own or the network's."""
        readout = self.readout if scale is None else self.readout.at(scale)
        return DistilledAgent(self.model, readout, self.initial, name)


def distill(
    network: RecurrentNetwork, session: Session, projection: Projection, **settings
) -> Distilled:
    """Distill a network into as many units as a projection has coordinates.

    Parameters
    ----------
    network : RecurrentNetwork
    session : Session
        Played by it, with its states.
    projection : Projection
        E.g. :func:`~iblrnn_helpers.representations.state_space.on_readouts`.
    **settings
        Of :class:`~iblrnn_helpers.distillation.radd.RADD`.

    Raises
    ------
    ValueError
        If the session holds no states, or a setting is not as said.
    """
    from .radd import RADD

    states = projection(session.recorded_states)
    with exact_states():
        radd = RADD(**settings).fit(session.inputs, states, session.steps_per_session)
    unit = radd.model_.scale
    at_rest = projection(np.zeros((1, network.n_units)))[0] / unit
    return Distilled(radd, projection, readout_of(network, projection, unit), at_rest)


def readout_of(network: RecurrentNetwork, projection: Projection, unit: float = 1.0) -> Readout:
    """What a network's own readout makes of the states that a projection keeps, mean + pinv(P) z.

    ``unit`` is the size of one unit of the coordinates in which the readout will be used, e.g.
    :attr:`~iblrnn_helpers.distillation.model.DistilledModel.scale`.
    """
    weight, bias = log_odds_readout(network)
    along = np.linalg.pinv(projection.matrix).T @ weight * unit
    scale = np.linalg.norm(along)
    if not scale > 0:
        raise ValueError("the projection keeps nothing of what the network reads out")
    at_mean = weight @ projection.mean + bias
    return Readout(along / scale, float(at_mean / scale), float(scale))


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
    scales: ArrayLike,
    *,
    initial: np.ndarray | None = None,
) -> ScaleSweep:
    """Let a distilled model play the same trials with one readout scale after another.

    Parameters
    ----------
    model, readout, initial
        As for :class:`~iblrnn_helpers.distillation.model.DistilledAgent`; the readout's own
        scale counts only if it is among ``scales``.
    trials : Trials
    scales : sequence of float
        Rising, > 0; else it raises a ValueError.
    """
    scales = np.asarray(scales, dtype=float)
    if scales.ndim != 1 or not len(scales) or not (np.diff(scales) > 0).all():
        raise ValueError(f"scales must be rising, got {scales.tolist()}")
    checks.number("scale", scales[0].item(), above=0)
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
    n_units: Sequence[int],
    *,
    horizon: int = 20,
) -> Compression:
    """Distill a network into 1, 2, ... units in closed form, and try each model on other trials.

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

    Raises
    ------
    ValueError
        If there are not so many units, or sessions are too short or have no states.
    """
    if not len(n_units):
        raise ValueError("n_units must hold at least one number, got none")
    unseen = test.recorded_states
    total = np.square(unseen - space.mean).sum(axis=1).mean()
    rows = []
    for n in n_units:
        small = distill(network, train, on_components(space, n))
        z = small.projection(unseen)
        held_out = errors_by_horizon(small.model, test.inputs, z, test.steps_per_session, horizon)
        errors = held_out.mse.mean
        kept = np.square(z).sum(axis=1).mean() / total
        explained = kept - errors / total
        played = performance(rollout(small.agent(), test.trials))
        behavior = (float(played.correct.mean), float(played.n_steps.mean))
        rows.append((n, kept, explained[0], explained[-1], *behavior))
    return Compression(*(np.array(column) for column in zip(*rows, strict=True)))
