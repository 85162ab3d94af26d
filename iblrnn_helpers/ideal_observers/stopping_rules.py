"""When to stop looking: the best rule, by dynamic programming, and sessions that follow a rule.

A fixed threshold on the posterior is a rule of thumb.  The best rule weighs, at every step, what
answering now would earn against what one more observation is worth.  The side of each
trial is told at its end whatever the answer was, so an answer changes nothing of what is
learnt about blocks, nor of the trials to come.  All that one trial needs to know of the past is
its prior, and the best rule for a session is the best rule for each of its trials.

What an ideal observer believes after each observation is the same under every rule, so its
sessions are made from one posterior and a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..agents.bayes import Inference, observe
from ..core import checks
from ..task.generative_model import TaskParams, Trials
from ..task.session import Session

N_PRIORS = 17  # even odds to the largest prior; the value is convex and smooth between them
SPACING = 0.25  # of the grid of sums, in standard deviations of one observation
REACH = 4.0  # standard deviations of a sum that the grid reaches beyond its middle
PADDING = 6.0  # standard deviations of one observation that are kept beyond the grid
LARGEST_EXPONENT = 600.0  # exp of more does not fit a float
SEMI_MARKOV = Inference("semi_markov")


@dataclass(frozen=True)
class StoppingRule:
    """When to answer, and what that earns, for every prior.

    Attributes
    ----------
    params : TaskParams
    rate : float
        Reward that every step is charged, besides the task's own penalty: what a step would
        earn elsewhere.
    priors : (n_priors,) float
        Grid of P(right) before the trial, from 1/2 on; below 1/2 the rule is the mirror image.
    sums : (n_sums,) float
        Grid of the sums of o^L and of o^R, in units of the noise.
    gain : (n_observations - 1, n_priors, n_sums, n_sums) float32
        After 1, 2, ... observations, by prior, sum of o^L and sum of o^R: the expected
        reward of answering now minus that of going on.  Where it is positive, it answers.
    reward : (n_priors,) float
        Expected reward per trial, the task's own (without the charge).
    n_steps : (n_priors,) float
        Expected steps per trial, blank steps included.
    correct : (n_priors,) float
        Expected fraction correct.
    """

    params: TaskParams
    rate: float
    priors: np.ndarray
    sums: np.ndarray
    gain: np.ndarray
    reward: np.ndarray
    n_steps: np.ndarray
    correct: np.ndarray

    def expected(self, quantity: str, prior: np.ndarray) -> float:
        """Mean of ``reward``, ``n_steps`` or ``correct`` over trials with these priors of right.

        Raises
        ------
        ValueError
            If there is no such quantity, or a prior is outside the grid.
        """
        checks.choice("quantity", quantity, ("reward", "n_steps", "correct"))
        return float(np.interp(self._folded(prior), self.priors, getattr(self, quantity)).mean())

    def stops(self, observations: np.ndarray, prior: np.ndarray) -> np.ndarray:
        """Whether it would answer after each observation, had it gone on so far.

        Parameters
        ----------
        observations : (n_trials, n_observations, 2) float
            o^L and o^R.
        prior : (n_trials,) float
            Of right, before each trial.

        Returns
        -------
        (n_trials, n_observations) bool
            After the last one it always answers.

        Raises
        ------
        ValueError
            If a prior is outside the grid.
        """
        from scipy.ndimage import map_coordinates

        sums = np.cumsum(np.asarray(observations, dtype=float), axis=1) / self.params.noise_sd
        # Below 1/2 the sides change places.
        sums = np.where((np.asarray(prior) < 0.5)[:, None, None], sums[:, :, ::-1], sums)
        place = (sums - self.sums[0]) / (self.sums[1] - self.sums[0])
        row = np.interp(self._folded(prior), self.priors, np.arange(len(self.priors)))
        stops = np.ones(sums.shape[:2], dtype=bool)
        for k, gain in enumerate(self.gain):
            where = np.stack([row, *place[:, k].T])
            # Beyond the grid the edge decides: a sum as large leaves no doubt.
            stops[:, k] = map_coordinates(gain, where, order=1, mode="nearest") > 0
        return stops

    def _folded(self, prior: np.ndarray) -> np.ndarray:
        prior = np.asarray(prior, dtype=float)
        folded = np.maximum(prior, 1 - prior)
        if not (folded <= self.priors[-1] + 1e-9).all():
            raise ValueError(
                f"prior must be between {1 - self.priors[-1]:g} and {self.priors[-1]:g}, "
                f"got {folded.max():g}"
            )
        return folded


def optimal_stopping(params: TaskParams, *, rate: float = 0.0) -> StoppingRule:
    """The rule that earns most per trial, when every step is charged ``rate``.

    Parameters
    ----------
    params : TaskParams
        An answer earns +1 or -1, and every observation without an answer the waiting penalty.
    rate : float
        Reward charged per step.  0: most reward per trial.  A rate below the
        waiting penalty, which is negative, pays for every wait.

    Raises
    ------
    ValueError
        If a parameter is not what is listed here, or strengths are so large against the noise
        that likelihood ratios overflow.

    Notes
    -----
    With a strength mu in units of the noise, n observations and their sums S on one side, the
    likelihood ratio of a stimulus there against none is G_n(S) = mean over mu of
    exp(mu * S - n * mu**2 / 2); what is known of the trial is all in (n, S^L, S^R) and the prior
    p.  Its evidence against no stimulus at all is E = p * G_n(S^R) + (1 - p) * G_n(S^L).

    Let U be E times the value of a state.  Under "no stimulus at all" the sums are a plain random
    walk, so the mean over the next observation is a convolution with the same Gaussian for
    all strengths, sides and priors::

        stop_n(S) = abs(p * G_n(S^R) - (1 - p) * G_n(S^L))
        U_n(S) = max(stop_n(S), sum over z of normal(z) * U_n+1(S + z) - (cost + rate) * E_n(S))

    from U = stop at the last observation (a guess is never worse than a time-out) down to
    the first.  This is exact but for the grid.  Beyond the grid the rule answers, which is
    what it does with sums so large.
    """
    if not isinstance(params, TaskParams):
        raise ValueError(f"params must be TaskParams, got {params!r}")
    charge = checks.number("rate", rate) - params.waiting_penalty
    n_last = params.n_observations
    strengths = np.asarray(params.strengths) / params.noise_sd
    reach = REACH * np.sqrt(n_last)
    low, high = -reach, strengths.max() * n_last / 2 + reach
    if strengths.max() * (high + PADDING) > LARGEST_EXPONENT:
        raise ValueError(
            "strengths must not be so large against noise_sd, got "
            f"{max(params.strengths):g} against {params.noise_sd:g}"
        )
    sums = np.arange(low, high + SPACING, SPACING)
    n_pad = round(PADDING / SPACING)
    padded = sums[0] + SPACING * np.arange(-n_pad, len(sums) + n_pad)
    inside = slice(n_pad, -n_pad)
    largest = max(max(p, 1 - p) for p in params.kinds.p_right)
    priors = np.unique(np.linspace(0.5, largest, N_PRIORS))
    p = priors[:, None, None]

    step = _normal(sums[:, None] - padded)
    first = _normal(padded)

    def stop_and_evidence(n):
        exponent = strengths[:, None] * padded - n * strengths[:, None] ** 2 / 2
        ratio = params.over_strengths(np.exp(exponent), axis=0)
        left, right = (1 - p) * ratio[:, None], p * ratio[None, :]
        return np.abs(right - left), right + left

    worth, _ = stop_and_evidence(n_last)
    waits = np.zeros_like(worth)  # E times the expected number of further observations
    gain = np.empty((n_last - 1, len(priors), len(sums), len(sums)), dtype=np.float32)
    for n in range(n_last - 1, 0, -1):
        stop, evidence = stop_and_evidence(n)
        go_on = step @ worth @ step.T - charge * evidence[:, inside, inside]
        further = step @ waits @ step.T + evidence[:, inside, inside]
        better = go_on > stop[:, inside, inside]
        gain[n - 1] = (stop[:, inside, inside] - go_on) / evidence[:, inside, inside]
        worth, waits = stop, np.zeros_like(stop)
        worth[:, inside, inside] = np.where(better, go_on, worth[:, inside, inside])
        waits[:, inside, inside] = np.where(better, further, 0)
    value, n_waits = first @ worth @ first, first @ waits @ first  # of the first observation
    outcome = value + charge * n_waits  # +1 or -1
    return StoppingRule(
        params=params,
        rate=float(rate),
        priors=priors,
        sums=sums,
        gain=gain,
        reward=outcome + params.waiting_penalty * n_waits,
        n_steps=params.n_blank_steps + 1 + n_waits,
        correct=(1 + outcome) / 2,
    )


def best_reward_rate(
    params: TaskParams, prior: np.ndarray, *, tolerance: float = 1e-7
) -> StoppingRule:
    """The rule that earns most per step, over trials with these priors.

    Parameters
    ----------
    params : TaskParams
    prior : (n_trials,) float
        Of right, before each trial of a long stretch of the task.
    tolerance : float
        Of the reward per step.

    Returns
    -------
    StoppingRule
        Its ``rate`` is the reward per step that it earns: the most that can be earned.

    Notes
    -----
    Dinkelbach's method: the best rule under a charge of ``rate`` per step earns at least
    ``rate`` as long as that is not the best, so what it earns is the next charge.  The plain
    loop::

        rate = 0
        while it rises:
            rule = optimal_stopping(params, rate=rate)
            rate = mean reward / mean steps of rule
    """
    rate, earned = -np.inf, 0.0
    while earned - rate >= tolerance:
        rate = earned
        rule = optimal_stopping(params, rate=rate)
        earned = rule.expected("reward", prior) / rule.expected("n_steps", prior)
    return rule


def _normal(x: np.ndarray) -> np.ndarray:
    """Weights of a grid of this spacing under the standard normal density."""
    return SPACING * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def whole_trials(
    trials: Trials, inference: Inference = SEMI_MARKOV, *, name: str = "ideal observer"
) -> Session:
    """An observer that sees every observation of every trial, and answers at the last.

    Its session has the posterior of right at every step.
    """
    everything = Session(
        trials,
        name,
        choice=np.zeros(len(trials), dtype=np.int8),
        n_steps=np.full(len(trials), trials.params.max_steps),
        p_right=np.full((len(trials), trials.params.max_steps), 0.5),  # until it is observed
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
    return stopped(whole, confidence(whole) > threshold, name=name)


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
    highest = np.maximum.accumulate(confidence(whole)[:, :-1], axis=1).ravel()
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

    ``inference`` is where its prior comes from; its evidence should be exact, as the rule's is.
    """
    prior = inference.prior(trials.params).over(trials)
    whole = whole_trials(trials, inference, name=name)
    return stopped(whole, rule.stops(trials.observations, prior))


def confidence(whole: Session) -> np.ndarray:
    """(n_trials, n_observations) float: the likelier side's probability after each observation."""
    after = whole.p_right[:, whole.trials.params.n_blank_steps :]
    return np.maximum(after, 1 - after)
