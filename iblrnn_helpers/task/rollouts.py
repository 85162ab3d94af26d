"""Closed loop: any agent plays any trials, and its own action ends each trial.

Agents that have one of :mod:`.programs` are played by :mod:`.compiled_loop`, others step by step.
"""

from __future__ import annotations

import numpy as np

from .agent import Agent
from .generative_model import Trials
from .programs import program_of
from .session import Session


def rollout(agent: Agent, trials: Trials, *, record_states: bool = False) -> Session:
    """Let an agent play all sessions of ``trials``, side by side.

    Parameters
    ----------
    agent : Agent
    trials : Trials
        Every session starts with a fresh agent; state is carried across trials.
    record_states : bool
        Keep the agent's ``state`` at every step.

    Returns
    -------
    Session

    Raises
    ------
    ValueError
        If ``agent`` is no Agent, for instance the class of one; if it returns a wrong shape or
        anything but probabilities, or has no state to record.

    Notes
    -----
    The plain loop, for one session::

        r = 0
        for trial in trials:
            for step in range(max_steps):
                blank = step < n_blank_steps
                o = (0, 0) if blank else trial.observations[step - n_blank_steps]
                p_right = agent.step([*o, r])
                r = 0 if blank else waiting_penalty
                if not blank and max(p_right, 1 - p_right) > threshold:
                    choice = right if p_right > 0.5 else left
                    break
            r = +1 if choice == trial.side else -1

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
    >>> print(round(session.correct.mean(), 2), round(session.timed_out.mean(), 2))
    0.78 0.18
    """
    if not isinstance(agent, Agent):
        raise ValueError(f"agent must be an Agent, such as RNNAgent(...), got {agent!r}")
    program = program_of(agent, trials)
    if program is not None and (not record_states or hasattr(program, "state")):
        from . import compiled_loop

        played = compiled_loop.play(program, trials, record_states=record_states)
        if played is not None:
            return Session(trials, agent.name, *played)
    # So, too, where a program gave no probability: the agent itself shows where.
    return rollout_by_steps(agent, trials, record_states=record_states)


def rollout_by_steps(agent: Agent, trials: Trials, *, record_states: bool = False) -> Session:
    """As :func:`rollout`, without compiled code: one call of ``agent.step`` for all sessions."""
    params = trials.params
    n_blank, max_steps = params.n_blank_steps, params.max_steps
    start = trials.session_start
    end = start[1:]
    n_sessions = len(end)

    choice = np.zeros(len(trials), dtype=np.int8)
    n_steps = np.zeros(len(trials), dtype=np.int64)
    p_right = np.full((len(trials), max_steps), np.nan)
    states: np.ndarray | None = None  # in the order of play
    recorded: list[tuple[np.ndarray, np.ndarray]] = []  # of which trials and steps
    n_rows = 0

    trial = start[:-1].copy()  # the trial in progress, per session
    step = np.zeros(n_sessions, dtype=np.int64)
    inputs = np.zeros((n_sessions, 3))
    playing = np.arange(n_sessions)  # sessions that still have trials
    with agent.playing():
        agent.reset(n_sessions)

        while len(playing):
            seeing = playing[step[playing] >= n_blank]
            inputs[:, :2] = 0
            inputs[seeing, :2] = trials.observations[trial[seeing], step[seeing] - n_blank]
            # A copy: the agent may keep it, or write into it.
            p = _checked(agent, agent.step(inputs.copy()), n_sessions)

            p_right[trial[playing], step[playing]] = p[playing]
            if record_states:
                if agent.state is None:
                    raise ValueError(f"agent {agent.name!r}: state must be an array, got None")
                if states is None:  # for the longest trials: what is not written takes up no memory
                    states = np.empty((p_right.size, agent.state.shape[1]))
                states[n_rows : n_rows + len(playing)] = agent.state[playing]
                recorded.append((trial[playing], step[playing]))
                n_rows += len(playing)

            acting = seeing[np.maximum(p[seeing], 1 - p[seeing]) > params.threshold]
            choice[trial[acting]] = np.where(p[acting] > 0.5, 1, -1)
            ended = np.zeros(n_sessions, dtype=bool)
            ended[acting] = True
            ended[playing] |= step[playing] == max_steps - 1
            over = np.flatnonzero(ended)

            # The feedback of this step is the input r of the next one.
            inputs[:, 2] = 0
            inputs[seeing, 2] = params.waiting_penalty
            side = trials.side[np.minimum(trial, end - 1)]
            inputs[over, 2] = np.where(choice[trial[over]] == side[over], 1.0, -1.0)
            agent.end_trial(ended, side)

            n_steps[trial[over]] = step[over] + 1
            step += 1
            step[over] = 0
            trial[over] += 1
            if len(over):
                playing = playing[trial[playing] < end[playing]]

    if states is not None:
        states.resize((n_rows, states.shape[1]), refcheck=False)
        _put_in_order(states, recorded, n_steps)
    return Session(trials, agent.name, choice, n_steps, p_right, states)


def _checked(agent: Agent, p, n_sessions: int) -> np.ndarray:
    p = np.asarray(p, dtype=float)
    if p.shape != (n_sessions,):
        raise ValueError(
            f"agent {agent.name!r}: step must return probabilities of shape ({n_sessions},), "
            f"got {p.shape}"
        )
    wrong = ~((p >= 0) & (p <= 1))  # also true of NaN
    if wrong.any():
        raise ValueError(
            f"agent {agent.name!r}: step must return probabilities in [0, 1], "
            f"got {p[wrong][0]} in session {np.flatnonzero(wrong)[0]}"
        )
    return p


def _put_in_order(states: np.ndarray, recorded, n_steps: np.ndarray) -> None:
    """Move states, recorded in the order of play, to the order of trials and steps."""
    trial, step = (np.concatenate(column) for column in zip(*recorded, strict=True))
    order = np.empty(len(states), dtype=np.int64)
    order[(np.cumsum(n_steps) - n_steps)[trial] + step] = np.arange(len(states))
    # A few columns at a time: states may fill more than half of the memory.
    for first in range(0, states.shape[1], 8):
        columns = slice(first, first + 8)
        states[:, columns] = states[order, columns]
