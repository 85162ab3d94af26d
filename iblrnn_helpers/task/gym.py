"""The task as a Gymnasium environment, ``IBLBiasedBlocks-v0``, single and vectorised.

Importing this module registers it (``pip install "iblrnn_helpers[gym]"`` brings Gymnasium)::

    import gymnasium
    import iblrnn_helpers.task.gym

    env = gymnasium.make("IBLBiasedBlocks-v0")
    envs = gymnasium.make_vec("IBLBiasedBlocks-v0", num_envs=16)

An episode is one session.  Steps, blank steps, time-outs and feedback are those of
:func:`iblrnn_helpers.task.rollouts.rollout`; but the player decides by itself when to act,
so that the task's ``threshold`` plays no part.

* **Observation**, (3,) float64: o^L, o^R and r, the reward of the step before.  Both o are
  exactly 0 on blank steps, and in the last observation of an episode.
* **Action**: 0 left, 1 right, 2 wait.  On a blank step every action is waiting.
* **Reward**: +1 for a correct choice, -1 for a wrong one and for a time-out,
  ``waiting_penalty`` for waiting after an observation, 0 on a blank step.
* **Info**, of the trial to which the observation belongs: ``trial`` (in its session), ``step``
  (in its trial), ``block``, ``block_side``, ``side`` (-1 left, +1 right) and ``strength``.
  At the end of an episode it is still that of the last step.

Source: Schaeffer et al. 2020, section 2.1 and Fig. 1.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from ..core import checks
from ..core.extras import extra
from .generative_model import TaskParams, Trials, sample_trials

with extra("gym"):
    import gymnasium
    from gymnasium import spaces
    from gymnasium.vector import AutoresetMode, VectorEnv
    from gymnasium.vector.utils import batch_space

LEFT, RIGHT, WAIT = 0, 1, 2
CHOICES = {LEFT: -1, RIGHT: 1, WAIT: 0}
TOLD = ("block", "block_side", "side", "strength")  # of a trial, in the info
SIDE = TOLD.index("side")
ID = "IBLBiasedBlocks-v0"
# numpy makes no normal deviate farther out: its tail is drawn from 53 random bits.
FARTHEST_DEVIATE = 14.0


class BiasedBlocks(gymnasium.Env):
    """One session after another, each an episode.

    ``reset(seed=s)`` begins the session that ``sample_trials(task, n_sessions=1,
    n_blocks=n_blocks, seed=s)`` draws.  ``reset(options={"trials": trials})`` begins the session
    that is given.

    Parameters
    ----------
    task : TaskParams, optional
        The paper's if not given.
    n_blocks : int
        Blocks in a session.
    render_mode : {"ansi"}, optional
        ``render()`` then says in a line what is seen now.

    Raises
    ------
    ValueError
        If a parameter is not of its kind; at ``reset``, if the given trials are not one session
        of this task; at ``step``, if there is no such action.
    gymnasium.error.ResetNeeded
        At ``step`` and ``render`` before the first ``reset``.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> env = ibl.BiasedBlocks()
    >>> observation, info = env.reset(seed=0)
    >>> observation, reward, terminated, truncated, info = env.step(2)  # wait
    >>> info["trial"], info["step"], reward
    (0, 1, 0.0)
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 10}  # noqa: RUF012  (Gymnasium's way)
    _play: _OnePlay | None = None

    def __init__(
        self, task: TaskParams | None = None, n_blocks: int = 10, render_mode: str | None = None
    ):
        self.task, self.n_blocks = _checked(task, n_blocks, render_mode)
        self.render_mode = render_mode
        self.observation_space, self.action_space = _spaces(self.task)

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        super().reset(seed=_seed(seed))
        trials = _given_trials(options, self.task, 1)
        if trials is None:
            trials = _drawn(self.task, self.n_blocks, self.np_random)
        self._play = play = _OnePlay(self.task, trials)
        return np.array(play.seen), play.info()

    def step(self, action):
        play = _begun(self._play)
        reward = play.step(action)
        return np.array(play.seen), reward, play.over, False, play.info()

    def render(self) -> str | None:
        """What is seen now, in a line; None without ``render_mode``."""
        if self.render_mode is None:
            return None
        play = _begun(self._play)
        return _line(play.trial, play.at_step, play.seen, play.over)


class BiasedBlocksVector(VectorEnv):
    """Many sessions side by side, as arrays: the same as ``num_envs`` single environments.

    ``reset(seed=s)`` seeds the k-th as ``reset(seed=s + k)`` does a single one, and
    ``reset(options={"trials": trials})`` takes one session for each.  One whose session is
    over begins another on the next step, whatever its action (Gymnasium's ``NEXT_STEP``).

    Parameters
    ----------
    num_envs : int
        Sessions side by side.
    task : TaskParams, optional
        The paper's if not given.
    n_blocks : int
        Blocks in a session.
    render_mode : {"ansi"}, optional
        ``render()`` then says in a line of each what is seen now.

    Raises
    ------
    ValueError
        As :class:`BiasedBlocks` does, and if there is not memory enough.
    """

    metadata = BiasedBlocks.metadata | {"autoreset_mode": AutoresetMode.NEXT_STEP}
    _play: _Play | None = None

    def __init__(
        self,
        num_envs: int = 1,
        task: TaskParams | None = None,
        n_blocks: int = 10,
        render_mode: str | None = None,
    ):
        self.task, self.n_blocks = _checked(task, n_blocks, render_mode)
        self.render_mode = render_mode
        self.num_envs = checks.integer("num_envs", num_envs, low=1)
        # Of what could be observed, in two copies.
        n_values = self.n_blocks * self.task.shortest_block * self.task.n_observations * 2
        checks.memory(f"num_envs {num_envs:,}", self.num_envs * n_values * 8 * 2)
        self.single_observation_space, self.single_action_space = _spaces(self.task)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._generators: list[np.random.Generator] = []

    def reset(self, *, seed: int | None = None, options: dict | None = None):
        seed = _seed(seed)
        super().reset(seed=seed)
        if seed is not None or not self._generators:
            self._generators = [
                np.random.default_rng() if seed is None else checks.generator(seed + k)
                for k in range(self.num_envs)
            ]
        self._play = _Play(self.task, self.n_blocks, self._generators, options)
        return self._play.observations, self._info()

    def render(self) -> tuple[str, ...] | None:
        """What is seen now, a line for each; None without ``render_mode``."""
        return None if self.render_mode is None else tuple(_begun(self._play).lines())

    def step(self, actions):
        play = _begun(self._play)
        beginning = play.over.copy()
        rewards = play.step(np.asarray(actions))
        if beginning.any():
            play.begin_others(beginning)
        return play.observations, rewards, play.over.copy(), np.zeros_like(play.over), self._info()

    def _info(self) -> dict:
        info = _begun(self._play).info()
        # Gymnasium's form: beside each entry a mask of the environments that have it.
        return info | {f"_{name}": np.ones(self.num_envs, dtype=bool) for name in info}


class _OnePlay:
    """One session in progress, in plain numbers: a step of arrays costs over ten times as much.

    ``seen`` is o^L, o^R and r, ``over`` whether the session has ended; it is then still at its last
    trial and step.
    """

    def __init__(self, task: TaskParams, trials: Trials):
        self._n_blank, self._last_step = task.n_blank_steps, task.max_steps - 1
        self._penalty = float(task.waiting_penalty)
        # One flat list: thousands of small ones would call for the garbage collector.
        self._observations = trials.observations.ravel().tolist()
        self._n_observations = task.n_observations
        self._told = list(zip(*(getattr(trials, name).tolist() for name in TOLD), strict=True))
        self.trial, self.at_step, self.over = 0, 0, False
        self._see(0.0)

    def step(self, action) -> float:
        """Act; return the reward."""
        try:
            chosen = CHOICES[action]
        except (KeyError, TypeError):  # an array of no axis cannot be looked up
            _check_actions(np.array([action]), 1)
            chosen = CHOICES[int(action)]
        if self.over:
            self._see(0.0)
            return 0.0
        seeing = self.at_step >= self._n_blank
        if (seeing and chosen) or self.at_step == self._last_step:
            reward = 1.0 if chosen and chosen == self._told[self.trial][SIDE] else -1.0
            if self.trial == len(self._told) - 1:
                self.over = True
            else:
                self.trial, self.at_step = self.trial + 1, 0
        else:
            reward = self._penalty if seeing else 0.0
            self.at_step += 1
        self._see(reward)
        return reward

    def info(self) -> dict[str, int | float]:
        block, block_side, side, strength = self._told[self.trial]
        return {
            "trial": self.trial,
            "step": self.at_step,
            "block": block,
            "block_side": block_side,
            "side": side,
            "strength": strength,
        }

    def _see(self, reward: float) -> None:
        left, right = 0.0, 0.0
        if self.at_step >= self._n_blank and not self.over:
            at = 2 * (self.trial * self._n_observations + self.at_step - self._n_blank)
            left, right = self._observations[at], self._observations[at + 1]
        self.seen = (left, right, reward)


class _Play:
    """Sessions in progress, side by side; each may be at another trial and step.

    They are those of the options' ``trials``, or drawn from ``generators``, one each.
    ``observations`` (n_sessions, 3) is what is seen now, and ``over`` (n_sessions,) tells which
    sessions have ended.
    """

    def __init__(self, task: TaskParams, n_blocks: int, generators, options: dict | None):
        self.task, self._n_blocks, self._generators = task, n_blocks, generators
        n_sessions = len(generators)
        given = _given_trials(options, task, n_sessions)
        if given is None:
            self._sessions = [_drawn(task, n_blocks, rng) for rng in generators]
        else:
            self._sessions = [given.take_sessions(k, k + 1) for k in range(n_sessions)]
        self._trial = np.zeros(n_sessions, dtype=np.int64)  # within its session
        self._step = np.zeros(n_sessions, dtype=np.int64)  # within its trial
        self._rewards = np.zeros(n_sessions)
        self.over = np.zeros(n_sessions, dtype=bool)
        self._begin(np.ones(n_sessions, dtype=bool))

    def begin_others(self, beginning: np.ndarray) -> None:
        """Draw new sessions in place of those that are marked."""
        for k in np.flatnonzero(beginning):
            self._sessions[k] = _drawn(self.task, self._n_blocks, self._generators[k])
        self._begin(beginning)

    def _begin(self, beginning: np.ndarray) -> None:
        # One after another along a single axis, as in Trials: what is seen is one look-up.
        self._world = {
            name: np.concatenate([getattr(one, name) for one in self._sessions])
            for name in (*TOLD, "observations")
        }
        self._n_trials = np.array([one.n_trials for one in self._sessions])
        self._start = np.cumsum(self._n_trials) - self._n_trials
        for values in (self._trial, self._step, self._rewards, self.over):
            values[beginning] = 0
        self._see()

    def step(self, actions: np.ndarray) -> np.ndarray:
        """Act in every session that is not over; return the rewards, (n_sessions,)."""
        _check_actions(actions, len(self.over))
        side = self._world["side"][self._start + self._trial]
        seeing = self._step >= self.task.n_blank_steps
        acting = seeing & (actions != WAIT)
        correct = acting & (np.where(actions == RIGHT, 1, -1) == side)
        ended = acting | (self._step == self.task.max_steps - 1)

        self._rewards = np.where(seeing, self.task.waiting_penalty, 0.0)
        self._rewards[ended] = np.where(correct[ended], 1.0, -1.0)
        self._rewards[self.over] = 0
        going_on = ~self.over
        self.over = self.over | (ended & (self._trial == self._n_trials - 1))
        going_on &= ~self.over  # at its end a session stays at its last trial and step
        self._trial[ended & going_on] += 1
        self._step[going_on] = np.where(ended, 0, self._step + 1)[going_on]
        self._see()
        return self._rewards

    def info(self) -> dict[str, np.ndarray]:
        told = {name: self._world[name][self._start + self._trial] for name in TOLD}
        return {"trial": self._trial.copy(), "step": self._step.copy(), **told}

    def lines(self) -> list[str]:
        """What is seen now, in words."""
        columns = self._trial, self._step, self.observations, self.over
        return [_line(*values) for values in zip(*columns, strict=True)]

    def _see(self) -> None:
        seen = self._step - self.task.n_blank_steps
        seeing = (seen >= 0) & ~self.over
        self.observations = np.zeros((len(self.over), 3))
        where = (self._start + self._trial)[seeing], seen[seeing]
        self.observations[seeing, :2] = self._world["observations"][where]
        self.observations[:, 2] = self._rewards


def _drawn(task: TaskParams, n_blocks: int, rng: np.random.Generator) -> Trials:
    return sample_trials(task, n_sessions=1, n_blocks=n_blocks, seed=rng)


def _line(trial, step, observation, over) -> str:
    """What is seen, in words."""
    left, right, reward = observation
    seen = f"trial {trial}, step {step}: o^L = {left:.2f}, o^R = {right:.2f}, r = {reward:g}"
    return seen + ", the session is over" * bool(over)


def _check_actions(actions: np.ndarray, n_sessions: int) -> None:
    known = (actions == LEFT) | (actions == RIGHT) | (actions == WAIT)
    if actions.shape != (n_sessions,) or not np.all(known):
        raise ValueError(
            f"action must be 0 (left), 1 (right) or 2 (wait), one per session, got {actions}"
        )


Playing = TypeVar("Playing", "_OnePlay", "_Play")


def _begun(play: Playing | None) -> Playing:
    if play is None:
        raise gymnasium.error.ResetNeeded("the first session begins with reset(), call it before")
    return play


def _seed(seed) -> int | None:
    return None if seed is None else checks.seed("seed", seed)


def _checked(task: TaskParams | None, n_blocks: int, render_mode) -> tuple[TaskParams, int]:
    task = TaskParams() if task is None else task
    if render_mode is not None:
        checks.choice("render_mode", render_mode, BiasedBlocks.metadata["render_modes"])
    checks.kind("task", task, TaskParams)
    return task, checks.integer("n_blocks", n_blocks, low=1)


def _given_trials(options: dict | None, task: TaskParams, n_sessions: int) -> Trials | None:
    if options is None:
        return None
    if not isinstance(options, dict) or not options.keys() <= {"trials"}:
        raise ValueError(f"options must be trials or nothing, in a dict, got {options!r:.80}")
    if not options or options["trials"] is None:
        return None
    trials = options["trials"]
    checks.kind("options trials", trials, Trials)
    if not trials.params.agrees_with(task) or trials.n_sessions != n_sessions:
        raise ValueError(
            f"options trials must be {n_sessions} session(s) of {task}, got {trials.n_sessions} "
            f"of {trials.params}"
        )
    return trials


def _spaces(task: TaskParams) -> tuple[spaces.Box, spaces.Discrete]:
    """Of one environment: what can be observed, and done."""
    farthest = FARTHEST_DEVIATE * task.noise_sd
    low = [-farthest, -farthest, min(-1.0, task.waiting_penalty)]
    high = [farthest + max(task.strengths)] * 2 + [1.0]
    return spaces.Box(np.array(low), np.array(high), dtype=np.float64), spaces.Discrete(3)


if ID not in gymnasium.registry:
    gymnasium.register(
        ID,
        entry_point=f"{__name__}:BiasedBlocks",
        vector_entry_point=f"{__name__}:BiasedBlocksVector",
    )
