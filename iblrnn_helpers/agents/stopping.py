"""Ideal observers that choose for themselves when to answer: sessions from a posterior and a rule.

What an ideal observer believes after each observation does not depend on when it answers.  So
its posterior is worked out once, for whole trials, and every rule of stopping is a choice
among what is there: no step need be played.  At the last observation it answers in any case.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import checks
from ..session import Session
from ..task import Trials
from .bayes import Inference, observe
from .optimal_stopping import StoppingRule

SEMI_MARKOV = Inference("semi_markov")


def whole_trials(
    trials: Trials, inference: Inference = SEMI_MARKOV, *, name: str = "ideal observer"
) -> Session:
    """An observer that sees every observation of every trial, and answers at the last.

    Parameters
    ----------
    trials : Trials
    inference : Inference
    name : str

    Returns
    -------
    Session
        With the posterior of right at every step.
    """
    everything = Session(
        trials,
        name,
        choice=np.zeros(len(trials), dtype=np.int8),
        n_steps=np.full(len(trials), trials.params.max_steps),
        p_right=np.empty((len(trials), 0)),
    )
    return observe(everything, inference, name=name)


def stopped(whole: Session, stops: np.ndarray, *, name: str | None = None) -> Session:
    """The same observer, answering at the first observation at which a rule says so.

    Parameters
    ----------
    whole : Session
        Of :func:`whole_trials`.
    stops : (n_trials, n_observations) bool
        The last observation stops in any case.
    name : str, optional

    Returns
    -------
    Session
        Without time-outs: the likelier side is chosen.

    Raises
    ------
    ValueError
        If the session's trials do not all last to the end, or shapes differ.
    """
    params = whole.trials.params
    if not (whole.n_steps == params.max_steps).all():
        raise ValueError("whole must hold trials that all last to the end, got shorter ones")
    stops = np.array(stops, dtype=bool)
    if stops.shape != (len(whole.trials), params.n_observations):
        raise ValueError(
            f"stops must be ({len(whole.trials)}, {params.n_observations}), got {stops.shape}"
        )
    stops[:, -1] = True
    n_steps = params.n_blank_steps + 1 + stops.argmax(axis=1)
    last = whole.p_right[np.arange(len(n_steps)), n_steps - 1]
    took_place = np.arange(params.max_steps) < n_steps[:, None]
    return replace(
        whole,
        agent=name or whole.agent,
        choice=np.where(last > 0.5, 1, -1).astype(np.int8),
        n_steps=n_steps,
        p_right=np.where(took_place, whole.p_right, np.nan),
    )


def at_threshold(whole: Session, threshold: float, *, name: str | None = None) -> Session:
    """The same observer, answering as soon as the likelier side's probability exceeds this.

    ``threshold`` is in [0.5, 1]; other parameters and errors as for :func:`stopped`.
    """
    checks.number("threshold", threshold, low=0.5, high=1)
    return stopped(whole, _confidence(whole) > threshold, name=name)


def at_speed(whole: Session, n_steps: float, *, name: str | None = None) -> Session:
    """The same observer, with the threshold at which its trials last so many steps on average.

    Parameters
    ----------
    whole, name
        As for :func:`stopped`.
    n_steps : float
        Steps per trial, blank steps included; from one observation to all.

    Raises
    ------
    ValueError
        If no rule is so quick or so slow.
    """
    params = whole.trials.params
    checks.number("n_steps", n_steps, low=params.n_blank_steps + 1, high=params.max_steps)
    # A trial still lasts after an observation if no confidence until then was above the
    # threshold: so the threshold is the value above which as many are as trials must have ended.
    highest = np.maximum.accumulate(_confidence(whole)[:, :-1], axis=1).ravel()
    n_waits = int((n_steps - params.n_blank_steps - 1) * len(whole.trials) + 1e-6)
    threshold = np.partition(highest, n_waits - 1)[n_waits - 1] if n_waits else 0.5
    return at_threshold(whole, float(threshold), name=name)


def play_rule(
    rule: StoppingRule,
    trials: Trials,
    inference: Inference = SEMI_MARKOV,
    *,
    name: str = "Optimal stopping",
) -> Session:
    """The session of an actor that answers when a rule of optimal stopping says so.

    Parameters
    ----------
    rule : StoppingRule
    trials : Trials
    inference : Inference
        Where its prior comes from; its evidence should be exact, as the rule's is.
    name : str

    Returns
    -------
    Session
    """
    prior = inference.prior(trials.params).over(trials)
    whole = whole_trials(trials, inference, name=name)
    return stopped(whole, rule.stops(trials.observations, prior))


def _confidence(whole: Session) -> np.ndarray:
    """(n_trials, n_observations) float: the likelier side's probability after each observation."""
    after = whole.p_right[:, whole.trials.params.n_blank_steps :]
    return np.maximum(after, 1 - after)
