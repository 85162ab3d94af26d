"""Two variants side by side: what a line of the paper or of its released code changes.

Each function measures a variant, or makes one; which variants there are, and what the paper
and its code say, is listed in :mod:`iblrnn_helpers.released_code.differences`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..agents.bayes import Inference, observe
from ..agents.block_filter import START, SidePrior
from ..agents.without_feedback import WithoutFeedback
from ..behavior.measures import correct_by_strength, performance
from ..behavior.trial_means import means, paired_difference
from ..core import checks
from ..core.crossed_effects import Estimate, crossed
from ..core.logistic import fit_side
from ..core.means import Measured
from ..representations.decoding import angle_between, decode_block
from ..representations.readouts import effect_of_observations
from ..representations.state_space import fit_plane, in_plane
from ..task.generative_model import TaskParams, Trials
from ..task.session import Session, leave_sessions_out
from .as_released import released_angles

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

ALMOST_0 = 1e-12  # probabilities of exactly 0 or 1 have infinite odds


class TurnedFeedback(WithoutFeedback):
    """Lets another agent play with the feedback of the last trial inverted: it is lied to."""

    def step(self, inputs: np.ndarray) -> np.ndarray:
        blank = ~inputs[:, :2].any(axis=1, keepdims=True)
        return self.agent.step(np.where(blank & (np.arange(inputs.shape[1]) == 2), -inputs, inputs))


def network_numbers(session: Session, network: RecurrentNetwork) -> dict[str, float]:
    """The numbers by which two trained networks are compared on these pages.

    Parameters
    ----------
    session : Session
        Played by the network, with states; the task has strength 0.
    network : RecurrentNetwork

    Returns
    -------
    dict of str to float
        ``zero concordant`` and ``zero discordant`` are fractions correct at strength 0.  Those
        that end in ``forced`` answer where the network timed out: the likelier side at
        the last step.  Angles are between the readouts; those ``as released`` are of
        :func:`.released_angles`.  ``block decoding`` is from the PC plane, on
        held-out blocks.
    """
    space = fit_plane(session, network)
    overall = performance(session)
    forced = forced_choice(session)
    at_zero, forced_at_zero = _at_zero(session), _at_zero(forced)
    coordinates = in_plane(space, session.recorded_states)
    aligned = coordinates @ np.stack([space.stimulus_in_plane, space.block_in_plane]).T
    stimulus, block = (effect_of_observations(session, aligned[:, k]).line.slope for k in (0, 1))
    decoding = decode_block(session, coordinates)
    in_the_plane, in_full = released_angles(space, network)
    numbers = {
        "correct": overall.correct.mean,
        "timed out": overall.timed_out.mean,
        "steps": overall.n_steps.mean,
        "zero concordant": at_zero[0],
        "zero discordant": at_zero[1],
        "correct, forced": forced.correct.mean(),
        "zero concordant, forced": forced_at_zero[0],
        "zero discordant, forced": forced_at_zero[1],
        "variance in 2 PCs": space.variance[:2].sum(),
        "angle in the plane": angle_between(space.stimulus_in_plane, space.block_in_plane),
        "angle in the plane, as released": in_the_plane,
        "50-D angle, as released": in_full,
        "slope, stimulus": stimulus,
        "slope, block": block,
        "block decoding": decoding.accuracy.mean,
    }
    return {name: float(value) for name, value in numbers.items()}


def forced_choice(session: Session) -> Session:
    """The session, with the likelier side chosen at the last step of trials that timed out."""
    likelier = np.where(_last_p_right(session) > 0.5, 1, -1).astype(session.choice.dtype)
    return replace(session, choice=np.where(session.timed_out, likelier, session.choice))


def _at_zero(session: Session) -> tuple[float, float]:
    """Fractions correct at strength 0 of concordant and of discordant trials."""
    at_zero = correct_by_strength(session).at(strength=0.0)
    return tuple(float(at_zero.at(concordant=c).mean) for c in (True, False))


def measure_networks(
    networks: Mapping[str, RecurrentNetwork], trials: Trials, *, n_groups: int = 6
) -> dict[str, dict[str, Estimate]]:
    """Let networks play the same trials, and measure each, with and without a part of the sessions.

    Parameters
    ----------
    networks : dict of name to RecurrentNetwork
    trials : Trials
    n_groups : int
        Of sessions, each left out in turn; all that is fitted is fitted anew.

    Returns
    -------
    dict of name to dict of str to Estimate
        Those of :func:`network_numbers`.
    """
    from ..agents.rnn import RNNAgent
    from ..task.rollouts import rollout

    found = {}
    for name, network in networks.items():
        session = rollout(RNNAgent(network), trials, record_states=True)
        numbers = partial(network_numbers, network=network)
        found[name] = leave_sessions_out(session, numbers, n_groups)
    return found


def values_of(found: Mapping[str, Mapping[str, Estimate]]):
    """A pandas DataFrame of :func:`measure_networks`: a row for each network, a column a number."""
    import pandas as pd

    rows = {name: {k: one.value for k, one in row.items()} for name, row in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def mean_over_networks(found: Mapping[str, Mapping[str, Estimate]]) -> dict[str, Measured]:
    """The mean of each number of :func:`measure_networks`, with its interval.

    As all networks played the same trials, it is over networks and trials
    (:func:`iblrnn_helpers.core.crossed_effects`).
    """
    rows = list(found.values())
    return {name: crossed([row[name] for row in rows]) for name in rows[0]}


def prior_after_right_trials(n_trials: int, params: TaskParams, kind: str) -> np.ndarray:
    """(n_trials + 1,) float: the prior of right after 0, 1, 2, ... trials, all on the right.

    ``kind`` is one of those of :class:`iblrnn_helpers.agents.block_filter.SidePrior`.
    """
    checks.integer("n_trials", n_trials, low=0)
    prior, memory = SidePrior(params, kind), START
    found = [prior.right(memory)]
    for _ in range(n_trials):
        memory = prior.update(memory, 1)
        found.append(prior.right(memory))
    return np.array(found)


def observe_believing(
    session: Session, believed: TaskParams, inference: str | Inference = "exact"
) -> Session:
    """A Bayesian observer of a session, who takes the task's concordance and hazard to be others.

    Parameters
    ----------
    session : Session
    believed : TaskParams
        Where ``concordance`` and ``hazard`` are taken from; all else is as the session has it.
    inference
        As for :func:`iblrnn_helpers.agents.bayes.observe`.
    """
    for params in (session.trials.params, believed):
        params.need_alternating("an observer who is mistaken of the concordance")
    taken = {name: getattr(believed, name) for name in ("concordance", "hazard")}
    trials = replace(session.trials, params=replace(session.trials.params, **taken))
    mistaken = replace(session, trials=trials)
    return replace(observe(mistaken, inference), trials=session.trials)


def compare_observers(session: Session, inferences: Mapping[str, str | Inference]):
    """Observers of the same session: how well they do, and how like the network they are.

    Parameters
    ----------
    session : Session
        Played by a network.
    inferences : dict of name to inference
        As for :func:`iblrnn_helpers.agents.bayes.observe`; the first is what the others
        are compared with.

    Returns
    -------
    pandas.DataFrame
        A row for each: ``correct``; ``minus first`` with its 95% interval over blocks,
        ``low`` and ``high``; ``r with network``, the correlation over trials of its
        log odds of right at the last step with the network's.
    """
    import pandas as pd

    rows, first = {}, None
    for name, inference in inferences.items():
        observer = observe(session, inference)
        first = first or observer
        apart = paired_difference(observer, first, "correct")
        rows[name] = {
            "correct": observer.correct.mean(),
            "minus first": float(apart.mean),
            "low": float(apart.low),
            "high": float(apart.high),
            "r with network": np.corrcoef(_last_log_odds(observer), _last_log_odds(session))[0, 1],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _last_log_odds(session: Session) -> np.ndarray:
    p_right = np.clip(_last_p_right(session), ALMOST_0, 1 - ALMOST_0)
    return np.log(p_right / (1 - p_right))


def _last_p_right(session: Session) -> np.ndarray:
    return session.p_right[np.arange(session.n_trials), session.n_steps - 1]


def decoding_at_trial_ends(session: Session, coordinates: np.ndarray) -> float:
    """Fraction of trials whose block side is told from the trial's last step, without intercept.

    Parameters
    ----------
    session : Session
        Of two sessions or more: the classifier is fitted on the first two thirds of them, and
        tried on the others.
    coordinates : (n_rows, n_dims) float
        Of every step.

    Raises
    ------
    ValueError
        If there is not one row for every step, or only one session.
    """
    trials = session.trials
    checks.integer("n_sessions", trials.n_sessions, low=2)
    at_end = session.rows_of(coordinates, "coordinates", n_axes=2)[session.last_rows]
    train = trials.session < np.ceil(trials.n_sessions * 2 / 3).clip(max=trials.n_sessions - 1)
    at_end = at_end - at_end[train].mean(axis=0)
    fit = fit_side(at_end[train], trials.block_side[train], intercept=False)
    return fit.accuracy(at_end[~train], trials.block_side[~train])


def difference_of_separate_sessions(a: Session, b: Session, quantity: str) -> Measured:
    """Mean of ``a`` minus mean of ``b``, two agents that played different trials.

    Parameters
    ----------
    a, b : Session
    quantity : str
        As for :func:`iblrnn_helpers.behavior.trial_means.means`.

    Returns
    -------
    Measured
        The interval adds the two means' squared reaches, as they are independent;
        compare :func:`iblrnn_helpers.behavior.trial_means.paired_difference`.
    """
    of_a, of_b = means(a, quantity), means(b, quantity)
    difference = float(of_a.mean - of_b.mean)
    below = float(np.hypot(of_a.mean - of_a.low, of_b.high - of_b.mean))
    above = float(np.hypot(of_b.mean - of_b.low, of_a.high - of_a.mean))
    return Measured(difference, (difference - below, difference + above), "trials")
