"""What a network believes about the block, trial by trial, and what observers believe.

The Bayesian observer is told when a trial ends and which side it had, so it can update
the block belief once a trial, from the side alone.  A network has to put every input
through the same map.  The *coupled observer* is exact under that very limit: at each
step it updates its beliefs about block and side together, by one and the same map, and it
never learns when a trial ends nor what the feedback was.

Beliefs of trials are signed, left -1 to right +1 (a probability p of right becomes 2p - 1), or, for
a network, a coordinate of its state, in units that :func:`scale_of` fits.

The *untold observer* tells the two limits apart: like the Bayesian one it keeps its two questions
apart and updates the block belief once a trial, but is not told the trial's side.

Source: Schaeffer et al. 2020, section 3.2.2 and Figs. 5c and 6a, which names the limit ("must
update its block and stimulus beliefs simultaneously at each step"); the coupled and the untold
observer are this package's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba.extending import register_jitable

from ..agents.bayes import Inference, stimulus_log_odds
from ..agents.block_filter import START, block_posterior, transition
from ..core import checks
from ..core.compiled import compiled
from ..representations.state_space import StateSpace, task_aligned
from ..task import programs
from ..task.agent import Agent
from ..task.generative_model import TaskParams, Trials
from ..task.session import Session

READOUTS = ("plane", "full")
MOMENTS = ("trial_end", "after_feedback")
PER_STEP = Inference(strength="per_step")


def network_belief(
    session: Session, space: StateSpace, *, readout: str = "plane", moment: str = "trial_end"
) -> np.ndarray:
    """The network's block belief, one number for each trial.

    Parameters
    ----------
    session : Session
        With the network's states.
    space : StateSpace
        Of that network.
    readout : {"plane", "full"}
        ``plane``: along the block readout of the PC plane (as published).  ``full``: along the
        block readout of the full state, which is nearly orthogonal to the stimulus readout.
    moment : {"trial_end", "after_feedback"}
        ``trial_end``: at each trial's last step (as published); the network has not yet heard
        whether it was right.  ``after_feedback``: at the last blank step of the next trial, when
        the feedback has arrived, and no further observation.

    Returns
    -------
    (n_trials,) float
        In units of the state, from its mean.  NaN where there is no next trial.

    Raises
    ------
    ValueError
        If an argument is not what is listed here, the session has no states,
        they are not of this network, or, after the feedback, the task has no blank steps.
    """
    checks.choice("readout", readout, READOUTS)
    checks.choice("moment", moment, MOMENTS)
    states = session.recorded_states
    if states.shape[1] != space.n_units:
        raise ValueError(
            f"session must hold states of {space.n_units} units, got {states.shape[1]}"
        )
    last = session.last_rows
    if moment == "trial_end":
        return _along(space, states[last], readout)
    n_blank = session.trials.params.n_blank_steps
    if n_blank == 0:
        raise ValueError("moment after_feedback needs a task with blank steps, got none")
    followed = np.flatnonzero(np.diff(session.trials.session) == 0)
    belief = np.full(session.n_trials, np.nan)
    belief[followed] = _along(space, states[last[followed] + n_blank], readout)
    return belief


def _along(space: StateSpace, states: np.ndarray, readout: str) -> np.ndarray:
    if readout == "plane":
        return task_aligned(space, states)[:, 1]
    return (states - space.mean) @ space.block_readout


def observer_belief(trials: Trials) -> np.ndarray:
    """(n_trials,) float in [-1, 1]: the Bayesian observer's belief after each trial's side."""
    return 2 * block_posterior(trials) - 1


def coupled_belief(session: Session, *, end_probability: float | None = None) -> np.ndarray:
    """(n_trials,) float in [-1, 1]: the coupled observer's belief at each trial's last step.

    ``end_probability`` as for :func:`coupled_beliefs`.
    """
    beliefs = coupled_beliefs(session, end_probability=end_probability)
    return 2 * beliefs.block[session.last_rows] - 1


def untold_belief(
    session: Session, *, cue: float = 0.5, inference: Inference = PER_STEP
) -> np.ndarray:
    """Belief after each trial of an observer that knows when it ends, but is not told its side.

    Parameters
    ----------
    session : Session
        Only its trials and ``n_steps`` are used.
    cue : float
        In [0.5, 1].  How reliable a word about the side it hears once the trial has ended, which
        always names the true one: 0.5 is no word at all, and 1 makes it the Bayesian observer.
    inference : Inference
        What it takes the strength to be: drawn anew at every step, as the coupled observer does.

    Returns
    -------
    (n_trials,) float in [-1, 1]

    Notes
    -----
    With p the probability of right that the trial's observations and the word give to an undecided
    mind, the plain loop, for one session, is::

        belief = transition(belief)  # except before the first trial
        if_right = concordance * p + (1 - concordance) * (1 - p)
        belief = belief * if_right / (belief * if_right + (1 - belief) * (1 - if_right))
    """
    trials, params = session.trials, session.trials.params
    params.need_alternating("the untold observer")
    checks.number("cue", cue, low=0.5, high=1)
    with np.errstate(divide="ignore"):  # a cue of 1 has infinite odds
        word = trials.side * (np.log(cue) - np.log1p(-cue))
    p = np.exp(-np.logaddexp(0, -(_seen_log_odds(session, inference) + word)))
    if_right = params.concordance * p + (1 - params.concordance) * (1 - p)
    beliefs = []
    for first, end in pairwise(trials.session_start.tolist()):
        belief = None
        for weight in if_right[first:end].tolist():
            belief = START if belief is None else transition(belief, params)
            joint = belief * weight
            belief = joint / (joint + (1 - belief) * (1 - weight))
            beliefs.append(belief)
    return 2 * np.array(beliefs) - 1


def untold_side(session: Session, *, inference: Inference = PER_STEP) -> np.ndarray:
    """The untold observer's probability of right at each trial's last step, when it has to answer.

    Arguments as for :func:`untold_belief`, without a word.

    Returns
    -------
    (n_trials,) float in [0, 1]
    """
    params, first = session.trials.params, session.trials.session_start[:-1]
    after = (untold_belief(session, inference=inference) + 1) / 2
    before = np.concatenate([[START], transition(after[:-1], params)])
    before[first] = START
    prior = params.concordance * before + (1 - params.concordance) * (1 - before)
    log_odds = np.log(prior) - np.log1p(-prior) + _seen_log_odds(session, inference)
    return np.exp(-np.logaddexp(0, -log_odds))


def _seen_log_odds(session: Session, inference: Inference) -> np.ndarray:
    """(n_trials,) float: what all observations that a trial offered tell an undecided mind."""
    trials, last = session.trials, session.n_observations_seen - 1
    seen = np.arange(trials.params.n_observations) <= last[:, None]
    log_odds = stimulus_log_odds(trials.observations, trials.params, inference, seen=seen)
    return log_odds[np.arange(len(trials)), last]


def scale_of(belief: np.ndarray, reference: np.ndarray) -> float:
    """How many units of ``belief`` are one unit of ``reference``: one OLS coefficient.

    The least squares of ``belief - scale * reference``, both (n_trials,), without an
    intercept, as in the released code.  The network's belief is the dependent variable because it
    is the one taken to have fluctuations of its own; the other way round they
    would shrink the scale.

    Raises
    ------
    ValueError
        If the two do not go together in sign at all, which leaves no scale.
    """
    check_columns(belief=belief, reference=reference)
    scale = float(reference @ belief) / float(reference @ reference)
    if not scale > 0:
        raise ValueError(f"scale must be above 0: belief must rise with reference, got {scale}")
    return scale


def check_columns(n_trials: int | None = None, **columns) -> None:
    """Raise a ValueError unless each is (n_trials,) finite numbers, not all the same."""
    for name, values in columns.items():
        expected = n_trials if n_trials is not None else len(next(iter(columns.values())))
        if np.shape(values) != (expected,):
            raise ValueError(f"{name} must have shape ({expected},), got {np.shape(values)}")
        if not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
        if np.ptp(values) == 0:
            raise ValueError(f"{name} must vary over trials, got only {values[0]}")


@dataclass(frozen=True)
class CoupledBeliefs:
    """What the coupled observer believes at every step of a session.

    Attributes
    ----------
    block : (n_rows,) float
        P(block = right | all observations so far, this step's included).
    side : (n_rows,) float
        P(stimulus side = right | the same).
    end_probability : float
        Its constant probability that a trial has ended between two steps.
    """

    block: np.ndarray
    side: np.ndarray
    end_probability: float


def coupled_beliefs(session: Session, *, end_probability: float | None = None) -> CoupledBeliefs:
    """Beliefs of the coupled observer of an agent's session.

    Parameters
    ----------
    session : Session
        Only its trials and ``n_steps`` are used.  The parameters are the task's.
    end_probability : float, optional
        In (0, 1].  If not given, 1 / (the session's steps per trial): trials of that mean
        length, ended by a constant hazard.

    Returns
    -------
    CoupledBeliefs
        Each session starts afresh, with even odds of the block.

    Raises
    ------
    ValueError
        If an argument is not what is listed here, an observation is not finite, or the task has
        ``blocks`` of its own.

    Notes
    -----
    A hidden Markov model of four states, (block, side).  Between two steps the trial ends
    with probability q; only then does the block switch, with the task's hazard (so
    q * hazard at every step), and a new side is drawn given the block.  The strength
    is drawn anew at every step, because a strength that lasts would have to
    be remembered.  A blank step's zeros are no observation: they tell nothing of the side, and
    (what the network could use) nothing of a trial's beginning either.

    The plain loop, for one session::

        joint[b, s] = 1/2 * P(s | b)
        for step in steps:
            if step is not the first:
                switched[b] = sum over b' of P(b | b') * sum over s of joint[b', s]
                joint[b, s] = (1 - q) * joint[b, s] + q * switched[b] * P(s | b)
            if step is not blank:
                joint[b, s] *= sum over mu of P(o | s, mu)
            joint /= joint.sum()
            yield joint[right].sum(), joint[:, right].sum()
    """
    trials, params = session.trials, session.trials.params
    params.need_alternating("the coupled observer")
    if end_probability is None:
        end_probability = 1 / float(np.mean(session.n_steps))
    q = checks.number("end_probability", end_probability, above=0, high=1)

    row_trial, row_step = session.row_trial, session.row_step
    seen = row_step >= params.n_blank_steps
    observations = trials.observations[row_trial[seen], row_step[seen] - params.n_blank_steps]
    if not np.isfinite(observations).all():
        raise ValueError("observations must be finite, got NaN or infinity")
    log_odds = np.zeros(len(row_trial))
    # One observation at a time: each is as if it were the first of its trial.
    log_odds[seen] = stimulus_log_odds(observations[:, None], params, PER_STEP)[:, 0]
    likelihood_right = np.exp(-np.logaddexp(0, -log_odds))  # of a sum of 1 with that of left

    block, side = np.empty((2, len(row_trial)))
    numbers = q, float(params.concordance), float(params.hazard)
    _filter(likelihood_right, session.session_row_start, *numbers, block, side)
    return CoupledBeliefs(block, side, q)


class CoupledActor(Agent):
    """Plays the task by the coupled observer's belief about the side.

    Parameters
    ----------
    params : TaskParams
        What it believes the task to be.
    end_probability : float
        As for :func:`coupled_beliefs`.
    name : str

    Raises
    ------
    ValueError
        If an argument is not what is listed here.

    Notes
    -----
    It acts by the task's rule, when its probability of a side exceeds the threshold.  It puts
    every input through the same map, so it does not know even that its own action
    ended a trial, nor that time is running out.
    """

    def __init__(self, params: TaskParams, end_probability: float, *, name: str = "Coupled actor"):
        params.need_alternating("the coupled actor")
        self.params, self.name = params, name
        self.end_probability = checks.number("end_probability", end_probability, above=0, high=1)

    def reset(self, n_sessions: int) -> None:
        self._joint = tuple(np.full(n_sessions, p) for p in _start(self.params.concordance))
        self._first = True

    def step(self, inputs: np.ndarray) -> np.ndarray:
        if not self._first:
            numbers = self.end_probability, self.params.concordance, self.params.hazard
            self._joint = _predict(self._joint, *numbers)
        self._first = False
        # A blank step's zeros give even odds.
        log_odds = np.where(
            inputs[:, :2].any(axis=1),
            stimulus_log_odds(inputs[:, None, :2], self.params, PER_STEP)[:, 0],
            0.0,
        )
        self._joint = _weigh(self._joint, np.exp(-np.logaddexp(0, -log_odds)))
        return np.clip(self._joint[0] + self._joint[2], 0, 1)

    def program(self, trials):
        params, evidence = self.params, programs.evidence(self.params, PER_STEP)
        numbers = map(float, (params.concordance, params.hazard, self.end_probability))
        return programs.Coupled(*numbers, evidence, np.empty(4))


@compiled(nogil=True)
def _filter(likelihood_right, first_row, q, concordance, hazard, block, side):
    """Fill P(block = right) and P(side = right) at every step; sessions begin at ``first_row``."""
    for session in range(len(first_row) - 1):
        joint = _start(concordance)
        for row in range(first_row[session], first_row[session + 1]):
            if row > first_row[session]:
                joint = _predict(joint, q, concordance, hazard)
            joint = _weigh(joint, likelihood_right[row])
            block[row], side[row] = joint[0] + joint[1], joint[0] + joint[2]


# Joint probabilities, block before side: right right, right left, left right, left left.


@register_jitable
def _start(concordance: float) -> tuple:
    concordant, discordant = concordance / 2, (1 - concordance) / 2
    return concordant, discordant, discordant, concordant


@register_jitable
def _predict(joint: tuple, q: float, concordance: float, hazard: float) -> tuple:
    rr, rl, lr, ll = joint
    discordance, lasts = 1 - concordance, 1 - q
    new_right = q * (hazard + (1 - 2 * hazard) * (rr + rl))
    new_left = q - new_right
    return (
        lasts * rr + new_right * concordance,
        lasts * rl + new_right * discordance,
        lasts * lr + new_left * discordance,
        lasts * ll + new_left * concordance,
    )


@register_jitable
def _weigh(joint: tuple, for_right) -> tuple:
    rr, rl, lr, ll = joint
    for_left = 1 - for_right
    rr, rl, lr, ll = rr * for_right, rl * for_left, lr * for_right, ll * for_left
    total = rr + rl + lr + ll
    return rr / total, rl / total, lr / total, ll / total
