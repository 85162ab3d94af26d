"""Candidates for what a mouse expects: the paper's, simple averages, and models of one's own.

A model of one's own is not trusted: what it gives is checked, and a function that knows a trial
before it comes is refused, as it would win every comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core import checks
from ..task.agent import Agent
from ..task.generative_model import TaskParams, Trials
from ..task.trials import Behavior
from . import expectations
from .choice_model import ALONE, DECAYS, checked
from .record import Mouse, MouseTrials

Model = np.ndarray | Agent | Callable[[Behavior], np.ndarray]
EQUAL = 1e-6  # of what a function gives twice, beside its largest value: sums in another order


def candidates(
    mouse: Behavior,
    own: Mapping[str, Model | Sequence[Model]] | None = None,
    *,
    params: TaskParams | None = None,
    seed: int | None = None,
    strengths: Mapping[float, float] | None = None,
) -> dict[str, list[np.ndarray]]:
    """Expectations for :func:`.choice_model.predict_choices`, by name.

    Parameters
    ----------
    mouse : Mouse or other Behavior
    own : dict of name to model, optional
        Models of one's own; a list holds variants of one, such as values of a parameter, of which
        the training sessions choose.  A model is one of:

        * an array, (n_trials,): log odds of *right* before each trial, up to a factor that is
          fitted; or (n_trials, n_expectations), with a factor each;
        * a function that makes such an array from the mouse, whose ``choice``, ``correct`` and
          ``trials`` (``side``, ``strength``, ``session``, ``block_side`` …) are arrays (n_trials,)
          that cannot be written to.  It may use the trials *before* each one, and the block it is
          in.  It is asked up to six more times, with other choices or other stimuli from some
          trial on, and must give the same up to there;
        * an :class:`~iblrnn_helpers.task.agent.Agent`, which plays the mouse's trials itself:
          see :func:`.expectations.of_agent`.
    params : TaskParams, optional
        What the Bayesian observers take the task to be, and agents' blank steps, threshold and
        noise.  By default the mice's task, and the paper's for agents.  It must be given where the
        mouse's ``probabilities`` are others.
    seed : int, optional
        Of the noise that agents see, who need one.
    strengths : mapping, optional
        The strength that agents see for each contrast, as of :func:`.expectations.of_agent`.

    Returns
    -------
    dict of name to list of variants
        ``stimulus alone``; ``true block``; both Bayesian filters of the past sides; leaky averages
        of sides and of the mouse's choices, each with all leaks of ``DECAYS``; the latter
        with the Markov filter beside it; and ``own``.  Where ``params`` have ``blocks`` the
        exact filter takes the place of the Markov one, which has none.

    Raises
    ------
    ValueError
        Names the model that gives another shape, anything but finite numbers, or something that
        depends on what comes later; or a name that is taken; or ``params`` that are missing.

    Examples
    --------
    Of an own model, which expects what was rewarded last, with odds of two to one:

    >>> import numpy as np
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=6, n_blocks=6, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> mouse = ibl.mice.mouse_from_alf(ibl.task.alf_trials(session, dt=0.1), "actor")
    >>> def win_stay(mouse, factor=np.log(2)):
    ...     rewarded = factor * mouse.choice * mouse.correct
    ...     log_odds = np.append(0.0, rewarded[:-1])  # of the trial before
    ...     log_odds[mouse.trials.session_start[:-1]] = 0  # there is none
    ...     return log_odds
    >>> models = ibl.mice.candidates(mouse, {"win, stay": win_stay}, params=trials.params)
    >>> predictions = {"actor": ibl.mice.predict_choices(mouse, models)}
    >>> table = ibl.mice.ranking(ibl.mice.gains(predictions))
    >>> table.index[0], bool(0 < table.gain["win, stay"] < table.gain["Bayes, Markov"])
    ('Bayes, Markov', True)
    """
    _check_task(mouse, params)
    trials, task = mouse.trials, params or expectations.MICE_TASK
    exact = expectations.semi_markov(trials, task)
    inferred = {"Bayes, exact": [exact]}
    beside = exact
    if task.blocks is None:
        beside = expectations.markov(trials, task)
        inferred = {"Bayes, Markov": [beside], **inferred}
    of_choices = [expectations.average_of_choices(mouse, decay) for decay in DECAYS]
    ours = {
        ALONE: [],
        "true block": [trials.block_side],
        **inferred,
        "average of sides": [expectations.average_of_sides(trials, decay) for decay in DECAYS],
        "average of choices": of_choices,
        "choices and Bayes": [np.column_stack((one, beside)) for one in of_choices],
    }
    own = {} if own is None else own
    if not isinstance(own, Mapping):
        raise ValueError(f"own must be a dict of names to models, got {own!r:.80}")
    for name, given in own.items():
        if name in ours:
            raise ValueError(f"own must have names other than {', '.join(ours)}, got {name!r}")
        variants = list(given) if isinstance(given, list | tuple) else [given]
        if not variants:
            raise ValueError(f"own[{name!r}] must be a model or several, got none")
        told = f"own[{name!r}]", mouse, params, seed, strengths
        ours[name] = [_of_one(one, *told) for one in variants]
    return ours


def _check_task(mouse: Behavior, params: TaskParams | None) -> None:
    if params is not None:
        return checks.kind("params", params, TaskParams)
    trials, known = mouse.trials, (0.2, 0.5, 0.8)
    if isinstance(trials, MouseTrials):
        given = trials.task.probabilities
    else:
        given = trials.params.kinds.p_right if isinstance(trials, Trials) else known
    if np.isnan(checks.nearest(given, known)).any():
        raise ValueError(
            "params must be given, what Bayesian observers take the task to be, where "
            f"probabilities are other than {known}, got {tuple(map(float, given))}"
        )


def _of_one(model, field: str, mouse: Behavior, params, seed, strengths) -> np.ndarray:
    """A model's expectation; a ValueError says what is wrong with it."""
    n_trials, everywhere = mouse.n_trials, slice(None)
    if isinstance(model, Agent):
        if seed is None:
            raise ValueError(f"seed must be given, of the noise that the agent {field} sees")
        told = {"seed": seed, "params": params, "strengths": strengths}
        (found,) = expectations.of_agent(model, [mouse.trials], **told)
        return found
    # Classes and torch's networks could be called, but not like this.
    wrong = isinstance(model, type) or hasattr(model, "named_parameters")
    if wrong or (not callable(model) and np.ndim(model) == 0):
        raise ValueError(
            f"{field} must be an array, a function or an agent, as RNNAgent(network), "
            f"got {model!r:.80}"
        )
    if not callable(model):
        return checked(field, model, n_trials, everywhere)
    found = np.array(checked(field, model(mouse), n_trials, everywhere), dtype=float)
    for first, other in _with_other_ends(mouse):
        again = checked(field, model(other), n_trials, everywhere)
        if again.shape != found.shape:
            raise ValueError(f"{field} must give one shape, got {found.shape} and {again.shape}")
        away = np.abs(again - found).reshape(n_trials, -1).max(axis=1)
        differs = away[: first + 1] > EQUAL * np.abs(found).max()
        if differs.any():
            raise ValueError(
                f"{field} must rest on the trials before each one, got another value for trial "
                f"{differs.argmax()} (from 0) when that trial or later ones were others (as of "
                "random numbers, and of a fit to all trials: give variants instead)"
            )
    return found


def _with_other_ends(mouse: Behavior) -> Iterator[tuple[int, Behavior]]:
    """Trials from which on the mouse has other choices, or has met others, and such a mouse.

    Not both at once, because what was correct would stay so.  Where the mouse did not choose, it
    now does, so that every trial is another.
    """
    trials: Any = mouse.trials
    start, n = trials.session_start[:-1], trials.trials_per_session
    values = np.unique(trials.strength)
    next_one = values[(np.searchsorted(values, trials.strength) + 1) % len(values)]
    for k in sorted({0, len(start) // 2, len(start) - 1}):
        first = int(start[k] + n[k] // 2)
        later = np.arange(len(trials)) >= first
        side = np.where(later, -trials.side, trials.side)
        met = replace(trials, side=side, strength=np.where(later, next_one, trials.strength))
        other = np.where(mouse.choice == 0, trials.side, -mouse.choice)
        did = {"choice": np.where(later, other, mouse.choice)}
        if isinstance(mouse, Mouse):
            times = np.nan_to_num(mouse.reaction_time) + 1
            did["reaction_time"] = np.where(later, times, mouse.reaction_time)
        whole: Any = mouse
        yield first, replace(whole, **did)
        yield first, replace(whole, trials=met)
