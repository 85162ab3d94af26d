"""Bayesian baselines: agents that know the task and infer the stimulus side from it.

Two of them share all their inference (Schaeffer et al. 2020, section 2.3).
The *actor* plays the task itself.  The *observer* sees what another agent saw,
for as long as it saw it, and answers when that agent stopped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core import checks
from ..task import programs
from ..task.agent import Agent
from ..task.generative_model import TaskParams
from ..task.session import Session
from .block_filter import SIDE_PRIORS, SidePrior
from .semi_markov import SemiMarkovPrior

STRENGTHS = ("per_trial", "per_step")
EVIDENCE = ("both", "difference")


@dataclass(frozen=True)
class Inference:
    """How a Bayesian agent infers the side.  The defaults are exact, of Markov blocks.

    Where a task states its own blocks (``TaskParams.blocks``) they are exact of these.

    Parameters
    ----------
    side_prior : str
        Prior over the side from past trials: a kind of :class:`.block_filter.SidePrior`, or
        ``semi_markov``, exact for the task's own blocks (:class:`.semi_markov.SemiMarkovPrior`).
    strength : {"per_trial", "per_step"}
        ``per_trial``: one strength per trial, summed over once, as the task draws it.
        ``per_step``: as if the strength were drawn anew at every step (the released actor).
    evidence : {"both", "difference"}
        ``both``: the likelihood of o^L and o^R.  ``difference``: of o^R - o^L only (the
        released code).  The difference is all there is to know about the side
        when the strength is known; when it is not, o^L + o^R says something about the
        strength, and so about how much the difference is worth.
    decay : float
        Of the ``exponential`` prior.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
    """

    side_prior: str = "exact"
    strength: str = "per_trial"
    evidence: str = "both"
    decay: float = 0.9

    def __post_init__(self):
        checks.choice("side_prior", self.side_prior, (*SIDE_PRIORS, "semi_markov"))
        checks.choice("strength", self.strength, STRENGTHS)
        checks.choice("evidence", self.evidence, EVIDENCE)
        checks.number("decay", self.decay, above=0, below=1)

    def prior(self, params: TaskParams) -> SidePrior | SemiMarkovPrior:
        """The prior over the side, for a task."""
        checks.kind("params", params, TaskParams)
        exact_of_own = self.side_prior == "exact" and params.blocks is not None
        if self.side_prior == "semi_markov" or exact_of_own:
            return SemiMarkovPrior(params)
        return SidePrior(params, self.side_prior, self.decay)

    def signals(self, observations: np.ndarray) -> np.ndarray:
        """What speaks for left and for right, in the shape (..., 2) of the observations."""
        if self.evidence == "both":
            return observations
        half = (observations[..., 1] - observations[..., 0]) / 2
        return np.stack([-half, half], axis=-1)

    @property
    def weight(self) -> float:
        """Information in one of the :meth:`signals`, in units of one observation's."""
        # The half difference has mean mu/2 and half the variance of one observation:
        # its log-likelihood is mu * signal - mu**2 / 4, with half the usual quadratic term.
        return 1.0 if self.evidence == "both" else 0.5


# What was published: actor and observer of the released code differ in their priors.
ACTORS = {
    "exact": ("Bayesian actor", Inference()),
    "semi_markov": ("Semi-Markov actor", Inference("semi_markov")),
    "released": ("Bayesian actor (released)", Inference("block_belief", "per_step", "difference")),
    "blockless": ("Blockless actor", Inference("blockless")),
    "exponential": ("Exponential actor", Inference("exponential")),
}
OBSERVERS = {
    "exact": ("Bayesian observer", Inference()),
    "semi_markov": ("Semi-Markov observer", Inference("semi_markov")),
    "released": ("Bayesian observer (released)", Inference("no_transition", evidence="difference")),
    "blockless": ("Blockless observer", Inference("blockless")),
    "exponential": ("Exponential observer", Inference("exponential")),
}


def stimulus_log_odds(
    observations: np.ndarray,
    params: TaskParams,
    inference: Inference | None = None,
    *,
    seen: np.ndarray | None = None,
) -> np.ndarray:
    """Evidence for right within a trial: log P(o_<=t | s = right) - log P(o_<=t | s = left).

    Parameters
    ----------
    observations : (..., n_observations, 2) float
        o^L and o^R, step by step.
    params : TaskParams
    inference : Inference, optional
        Exact if not given; its prior plays no part here.
    seen : (..., n_observations) bool, optional
        Where to work it out, the first so many steps of every trial; all if not given.

    Returns
    -------
    (..., n_observations) float
        After each observation that was seen; meaningless after those.

    Notes
    -----
    Schaeffer et al. 2020, section 2.3, stimulus side inference: the likelihood sums over
    the strengths once per trial.  What does not depend on the side cancels, so with sums
    S_t of each side's observations, in units of the noise::

        P(o_<=t | right)   sum_mu exp(mu * S_t^R - t * mu**2 / 2)
        ---------------- = --------------------------------------
        P(o_<=t | left)    sum_mu exp(mu * S_t^L - t * mu**2 / 2)

    where strengths that are not equally likely weigh by their probabilities.
    """
    inference = Inference() if inference is None else inference
    signals = inference.signals(np.asarray(observations, dtype=float))
    if seen is None:
        seen = np.ones(signals.shape[:-1], dtype=bool)
    log_odds = np.zeros(signals.shape[:-1])
    if inference.strength == "per_step":
        log_odds[seen] = _log_odds(signals[seen], inference.weight, params)
        return np.cumsum(log_odds, axis=-1)
    weight = inference.weight * np.arange(1, signals.shape[-2] + 1)
    weight = np.broadcast_to(weight, seen.shape)[seen]
    log_odds[seen] = _log_odds(np.cumsum(signals, axis=-2)[seen], weight, params)
    return log_odds


def _log_odds(sums: np.ndarray, weight, params: TaskParams) -> np.ndarray:
    """Log odds of right, (...), from summed signals (..., 2) and their number, weighted."""
    variance = params.noise_sd**2
    log_likelihoods, shares = [], params.strength_probabilities
    for total in (sums[..., 1], sums[..., 0]):
        # Strengths on the first axis: numpy sums over that one fastest.
        exponent = np.stack(
            [(mu * total - weight * (mu * mu / 2)) / variance for mu in params.strengths]
        )
        if shares is not None:
            exponent = exponent + np.reshape(_log(shares), (-1, *[1] * total.ndim))
        largest = exponent.max(axis=0)
        log_likelihoods.append(largest + np.log(np.exp(exponent - largest).sum(axis=0)))
    return log_likelihoods[0] - log_likelihoods[1]


def _named(inference: str | Inference, variants: dict, other: str) -> tuple[str, Inference]:
    """Name and inference of a variant, or ``other`` and an inference as it is."""
    if isinstance(inference, Inference):
        return other, inference
    checks.choice("inference", inference, variants)
    return variants[inference]


def _log(p):
    with np.errstate(divide="ignore"):  # what has no probability
        return np.log(p)


def _logit(p):
    with np.errstate(divide="ignore"):  # certainty is allowed: plus or minus infinity
        return np.log(p) - np.log1p(-p)


def _expit(log_odds):
    return np.exp(-np.logaddexp(0, -log_odds))


class BayesianActor(Agent):
    """Plays the task by Bayes' rule: prior from past sides, likelihood from this trial.

    Parameters
    ----------
    params : TaskParams
        What it believes the task to be.
    inference : {"exact", "semi_markov", "released", "blockless", "exponential"} or Inference
        ``released`` has the published code's faults; see :class:`Inference` for what they
        are and to combine them otherwise.  The others differ from
        ``exact`` in the prior alone.
    name : str, optional
        How figures and tables call it.

    Raises
    ------
    ValueError
        If ``params`` or ``inference`` is none of these.

    Notes
    -----
    It acts by the task's rule: when its posterior exceeds the threshold.  The rule, not the
    inference, costs the exact actor its time-outs on weak stimuli.
    It hears the side of every trial, of those that it let time out as well.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> actors = [ibl.BayesianActor(trials.params, kind) for kind in ("exact", "blockless")]
    >>> exact, blockless = (ibl.rollout(actor, trials) for actor in actors)
    >>> print(exact.correct.mean() > blockless.correct.mean())
    True
    """

    def __init__(
        self, params: TaskParams, inference: str | Inference = "exact", *, name: str | None = None
    ):
        self.name, self.inference = _named(inference, ACTORS, "Bayesian actor (variant)")
        self.name = name or self.name
        self.params = params
        self.prior = self.inference.prior(params)

    def reset(self, n_sessions: int) -> None:
        self._memory = self.prior.start(n_sessions)
        self._prior_log_odds = _logit(self.prior.right(self._memory))
        self._sums = np.zeros((n_sessions, 2))
        self._weight = np.zeros(n_sessions)
        self._evidence = np.zeros(n_sessions)

    def step(self, inputs: np.ndarray) -> np.ndarray:
        seen = inputs[:, :2].any(axis=1)
        signals = self.inference.signals(inputs[:, :2])
        if self.inference.strength == "per_step":
            weight = self.inference.weight * seen
            # A blank step adds nothing: with no signal and no weight the log odds are 0.
            self._evidence += _log_odds(signals, weight, self.params)
        else:
            self._sums += signals
            self._weight += self.inference.weight * seen
            self._evidence = _log_odds(self._sums, self._weight, self.params)
        return _expit(self._prior_log_odds + self._evidence)

    def end_trial(self, ended: np.ndarray, side: np.ndarray) -> None:
        self._memory[ended] = self.prior.update(self._memory[ended], side[ended])
        self._prior_log_odds[ended] = _logit(self.prior.right(self._memory[ended]))
        self._sums[ended] = 0
        self._weight[ended] = 0
        self._evidence[ended] = 0

    def program(self, trials):
        known = type(self.prior) in (SidePrior, SemiMarkovPrior)
        if not known or type(self.inference) is not Inference:
            return None
        # The past sides determine the prior of every trial, whatever was chosen.
        prior, evidence = self.prior.over(trials), programs.evidence(self.params, self.inference)
        return programs.Bayesian(_logit(prior), evidence, np.empty(4))


def observe(
    session: Session, inference: str | Inference = "exact", *, name: str | None = None
) -> Session:
    """What a Bayesian observer of another agent's session would have answered.

    Parameters
    ----------
    session : Session
        Only its trials and ``n_steps`` are used.
    inference : {"exact", "semi_markov", "released", "blockless", "exponential"} or Inference
        ``released``: the published code's observer, whose prior lacks the transition
        and whose evidence is the difference of the observations.
    name : str, optional
        How figures and tables call it.

    Returns
    -------
    Session
        Same trials and ``n_steps``.  ``p_right`` is the posterior at every step that took
        place (the prior on blank steps), NaN after.  ``choice`` is forced at
        the last step, time-outs of the agent included: right if the posterior
        exceeds 1/2, else left.

    Raises
    ------
    ValueError
        If ``inference`` is none of these, or the session's lengths or
        observations are impossible.

    Notes
    -----
    The beliefs about the block are :func:`.block_filter.block_belief` of the trials; of blocks of
    their own, :meth:`.semi_markov.SemiMarkovPrior.kinds`.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> observer = ibl.observe(session)  # who answers where the actor lets time run out
    >>> print(observer.timed_out.any(), observer.correct.mean() > session.correct.mean())
    False True
    """
    name_of_variant, inference = _named(inference, OBSERVERS, "Bayesian observer (variant)")
    trials, n_steps = session.trials, session.n_steps
    params = trials.params
    took_place = np.arange(params.max_steps) < n_steps[:, None]
    seen = took_place[:, params.n_blank_steps :]
    damaged = (seen & ~np.isfinite(trials.observations).all(axis=2)).any(axis=1)
    if damaged.any():
        trial = np.flatnonzero(damaged)[0]
        got = trials.observations[trial].tolist()
        raise ValueError(f"observations must be finite, got {got} on trial {trial}")

    # Most trials end early: the evidence is worked out only where it was seen.
    evidence = np.zeros(took_place.shape)
    evidence[:, params.n_blank_steps :] = stimulus_log_odds(
        trials.observations, params, inference, seen=seen
    )
    prior = inference.prior(params).over(trials)
    p_right = _expit(_logit(prior)[:, None] + evidence)
    p_right[~took_place] = np.nan
    last = p_right[np.arange(len(trials)), n_steps - 1]
    choice = np.where(last > 0.5, 1, -1).astype(np.int8)
    return Session(trials, name or name_of_variant, choice, n_steps, p_right)
