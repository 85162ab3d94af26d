"""The Gymnasium environment against rollout, Gymnasium's own checks and its own vectorisation."""

import math
import re
from dataclasses import replace
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.agents.rnn import RNNAgent, one_thread
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.gym import LEFT, RIGHT, WAIT, BiasedBlocks, BiasedBlocksVector
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network

PAGE = Path(__file__).parents[2] / "book" / "other_tools.md"
ID = "IBLBiasedBlocks-v0"
TASK = TaskParams(min_block_length=3, max_block_length=12, hazard=0.2)


def play(agent, envs, **reset):
    """Let an agent play one session in each environment; choices and lengths of its trials.

    Everything comes from the environment: what is seen, and when and on which side a trial ended.
    """
    n = envs.num_envs
    choices, n_steps = [[] for _ in range(n)], [[] for _ in range(n)]
    observations, info = envs.reset(**reset)
    over = np.zeros(n, dtype=bool)
    with agent.playing():
        agent.reset(n)
        while not over.all():
            p = agent.step(observations)
            sure = np.maximum(p, 1 - p) > envs.task.threshold
            actions = np.where(sure, np.where(p > 0.5, RIGHT, LEFT), WAIT)
            before = info
            observations, _, terminated, _, info = envs.step(actions)
            ended = (info["trial"] != before["trial"]) | terminated
            for k in np.flatnonzero(ended & ~over):
                choices[k].append({LEFT: -1, RIGHT: 1, WAIT: 0}[actions[k]])
                n_steps[k].append(before["step"][k] + 1)
            agent.end_trial(ended, before["side"])
            over |= terminated
    return np.concatenate(choices), np.concatenate(n_steps)


@pytest.mark.parametrize(("who", "outcomes"), [("rnn", {-1, 1}), ("bayes", {-1, 0, 1})])
def test_agents_do_what_they_do_in_rollout(who, outcomes):
    agent = RNNAgent(reference_network().network) if who == "rnn" else BayesianActor(TASK)
    trials = sample_trials(TASK, n_sessions=6, n_blocks=4, seed=3)
    session = rollout(agent, trials)
    assert outcomes == set(session.choice.tolist())
    envs = BiasedBlocksVector(6, TASK)
    choice, n_steps = play(agent, envs, options={"trials": trials})
    np.testing.assert_array_equal(choice, session.choice)
    np.testing.assert_array_equal(n_steps, session.n_steps)


def test_a_seed_gives_the_trials_that_it_gives_elsewhere():
    agent = BayesianActor(TASK)
    envs = BiasedBlocksVector(1, TASK, n_blocks=4)
    choice, n_steps = play(agent, envs, seed=8)
    session = rollout(agent, sample_trials(TASK, n_sessions=1, n_blocks=4, seed=8))
    np.testing.assert_array_equal(choice, session.choice)
    np.testing.assert_array_equal(n_steps, session.n_steps)


@pytest.mark.parametrize(
    "task", [TASK, replace(TASK, n_blank_steps=0, n_observations=4, waiting_penalty=-0.2)]
)
def test_vectorised_is_many_single_ones(task):
    """Gymnasium's own loop over single environments is the reference, past several sessions."""
    n, keywords = 5, {"task": task, "n_blocks": 2}
    ours = gymnasium.make_vec(ID, n, vectorization_mode="vector_entry_point", **keywords)
    loop = gymnasium.make_vec(ID, n, vectorization_mode="sync", **keywords)
    assert isinstance(ours, BiasedBlocksVector) and not isinstance(loop, BiasedBlocksVector)
    rng = np.random.default_rng(0)
    n_over = np.zeros(n)
    same = np.testing.assert_array_equal
    pairs = [(ours.reset(seed=1), loop.reset(seed=1))]
    for _ in range(300):
        actions = rng.choice([LEFT, RIGHT, WAIT], size=n, p=[0.3, 0.3, 0.4])
        pairs.append((ours.step(actions), loop.step(actions)))
        n_over += pairs[-1][0][2]
    for mine, theirs in pairs:
        for one, other in zip(mine[:-1], theirs[:-1], strict=True):
            same(one, other)
        assert set(mine[-1]) == set(theirs[-1])
        for name, values in mine[-1].items():
            same(values, theirs[-1][name], err_msg=name)
    assert n_over.min() >= 2  # every one began anew more than once
    same(ours.reset()[0][:, 2], np.zeros(n))


@pytest.mark.parametrize("task", [TASK, replace(TASK, n_blank_steps=0, n_observations=1)])
def test_a_session_stays_at_its_end_until_it_is_reset(task):
    trials = sample_trials(task, n_sessions=1, n_blocks=1, seed=4)
    env = BiasedBlocks(task)
    env.reset(options={"trials": trials})
    rng, total, over = np.random.default_rng(0), 0.0, False
    while not over:
        observation, reward, over, _, info = env.step(rng.integers(3))
        total += abs(reward) == 1
    assert total == trials.n_trials and abs(observation[2]) == 1
    for action in (LEFT, RIGHT, WAIT):
        assert env.step(action)[1:4] == (0.0, True, False)
        observation, _, _, _, after = env.step(action)
        assert observation.tolist() == [0, 0, 0] and after == info
    assert env.reset()[1]["trial"] == 0


def test_actions_are_numbers_of_any_kind():
    trials = sample_trials(TASK, n_sessions=1, n_blocks=1, seed=0)
    env = BiasedBlocks(TASK)
    steps = []
    for kind in (int, float, np.int64, np.uint8, np.float32, np.array):
        env.reset(options={"trials": trials})
        steps.append([env.step(kind(action)) for action in (2, 2, 2, 0, 2, 2, 1)])
        for (mine, *rest), (theirs, *others) in zip(steps[-1], steps[0], strict=True):
            assert mine.tolist() == theirs.tolist() and rest == others
    assert all(type(value) in (int, float) for value in steps[0][-1][-1].values())
    for wrong in (3, -1, 0.5, math.nan, None, "1", [1], np.array([1]), {}):
        with pytest.raises(ValueError, match="action must be 0"):
            env.step(wrong)


@pytest.mark.filterwarnings("error")
def test_gymnasium_finds_nothing_to_say():
    env = gymnasium.make(ID)
    check_env(env.unwrapped)
    low, high = env.observation_space.low, env.observation_space.high
    many = sample_trials(TaskParams(), n_sessions=1, n_blocks=200, seed=0).observations
    assert (low[:2] < many.min()).all() and (high[:2] > many.max()).all()


def test_the_same_seed_gives_the_same_session():
    def run(env, **reset):
        observation, info = env.reset(**reset)
        seen = [(*observation, *info.values())]
        for action in [WAIT, WAIT, WAIT, LEFT, WAIT, RIGHT, WAIT, LEFT] * 5:
            observation, reward, *_, info = env.step(action)
            seen.append((*observation, reward, *info.values()))
        return seen

    env = gymnasium.make(ID)
    first = run(env, seed=5)
    second = run(env)
    assert first == run(env, seed=5) == run(gymnasium.make(ID), seed=5)
    assert second == run(env)  # an episode's successor is part of what the seed determines
    assert first != second != run(env, seed=6)


def test_a_player_that_overwrites_what_it_is_handed_changes_nothing():
    n = 4
    trials = sample_trials(TASK, n_sessions=n, n_blocks=2, seed=2)
    before = trials.observations.copy()
    histories = []
    for destroys in (False, True):
        envs = BiasedBlocksVector(n, TASK, n_blocks=2)
        rng = np.random.default_rng(0)
        history = [envs.reset(seed=1, options={"trials": trials})]
        for _ in range(400):  # past the ends of sessions
            kept = [[np.copy(a) for a in (*history[-1][:-1], *history[-1][-1].values())]]
            if destroys:
                for handed in (*history[-1][:-1], *history[-1][-1].values()):
                    handed[...] = 1
            actions = rng.choice([LEFT, RIGHT, WAIT], size=n)
            history[-1] = kept
            history.append(envs.step(actions))
            if destroys:
                actions[:] = WAIT
        histories.append(history[:-1])
    for mine, theirs in zip(*histories, strict=True):
        for one, other in zip(mine[0], theirs[0], strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(trials.observations, before)


def test_one_trial_by_hand():
    task = replace(TASK, n_observations=3)
    trials = sample_trials(task, n_sessions=1, n_blocks=1, seed=0)
    env = BiasedBlocks(task)
    observation, info = env.reset(options={"trials": trials})
    assert observation.tolist() == [0, 0, 0]
    told = ("block", "block_side", "side", "strength")
    assert [info[name] for name in told] == [getattr(trials, name)[0] for name in told]
    right = RIGHT if trials.side[0] == 1 else LEFT
    # Acting while nothing is shown is waiting, at no cost.
    for step, (action, reward) in enumerate([(right, 0), (right, 0), (WAIT, -0.05), (right, 1)]):
        assert (info["trial"], info["step"]) == (0, step)
        observation, got, terminated, truncated, info = env.step(action)
        assert (got, observation[2], terminated, truncated) == (reward, reward, False, False)
        if action == WAIT or step == 1:
            assert observation[:2].tolist() == trials.observations[0, step - 1].tolist()
    assert (info["trial"], info["step"], observation[:2].tolist()) == (1, 0, [0, 0])
    rewards = [env.step(WAIT)[1] for _ in range(task.max_steps)]  # a time-out
    assert rewards == [0, 0, -0.05, -0.05, -1]
    for trial in range(2, trials.n_trials):
        for _ in range(3):
            observation, _, terminated, _, info = env.step(LEFT)
        assert terminated == (trial == trials.n_trials - 1)
    assert observation.tolist() == [0, 0, -trials.side[-1]]
    assert (info["trial"], info["side"]) == (trials.n_trials - 1, trials.side[-1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BiasedBlocks(n_blocks=0), "n_blocks must be at least 1, got 0"),
        (lambda: BiasedBlocks(task={"hazard": 1}), "task must be a TaskParams, got dict"),
        (lambda: BiasedBlocksVector(0), "num_envs must be at least 1, got 0"),
        (
            lambda: BiasedBlocks(render_mode="human"),
            "render_mode must be one of 'ansi'",
        ),
        (lambda: BiasedBlocks().reset(options={"seed": 1}), "options must be trials or nothing"),
        (lambda: BiasedBlocks().reset(options={"trials": 3}), "trials must be a Trials, got int"),
    ],
)
def test_what_is_wrong_is_named(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_line_says_what_is_seen():
    env = gymnasium.make(ID, render_mode="ansi")
    observation, _ = env.reset(seed=0)
    assert env.render() == "trial 0, step 0: o^L = 0.00, o^R = 0.00, r = 0"
    for _ in range(3):
        observation, *_ = env.step(WAIT)
    left, right, _ = observation
    assert env.render() == f"trial 0, step 3: o^L = {left:.2f}, o^R = {right:.2f}, r = -0.05"
    bare = BiasedBlocks()
    bare.reset(seed=0)
    assert bare.render() is None


@pytest.mark.parametrize(
    "act",
    [
        lambda: BiasedBlocks().step(WAIT),
        lambda: BiasedBlocks(render_mode="ansi").render(),
        lambda: BiasedBlocksVector(2).step([WAIT, WAIT]),
    ],
)
def test_a_session_begins_with_reset(act):
    with pytest.raises(gymnasium.error.ResetNeeded, match=r"reset\(\)"):
        act()


def test_trials_of_another_kind_and_unknown_actions_are_refused():
    trials = sample_trials(TASK, n_sessions=2, n_blocks=1, seed=0)
    with pytest.raises(ValueError, match=r"1 session\(s\).*got 2 of TaskParams"):
        BiasedBlocks(TASK).reset(options={"trials": trials})
    with pytest.raises(ValueError, match=r"2 session\(s\) of TaskParams.*min_block_length=20"):
        BiasedBlocksVector(2).reset(options={"trials": trials})
    env = BiasedBlocks(TASK)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action must be 0"):
        env.step(3)


@pytest.mark.parametrize("make", [BiasedBlocks, lambda: BiasedBlocksVector(2)])
def test_seeds_and_options_are_those_of_the_package(make):
    for seed in (-1, 1.5, "a", True, math.nan, 2**64):
        with pytest.raises(ValueError, match="seed must be"):
            make().reset(seed=seed)
    for options in (5, "abc", [1], {"trial": 1}):
        with pytest.raises(ValueError, match="options must be trials or nothing"):
            make().reset(seed=0, options=options)
    (one, _), (other, _) = make().reset(seed=np.int64(3)), make().reset(seed=3)
    np.testing.assert_array_equal(one, other)


def test_many_environments_say_a_line_each():
    envs = gymnasium.make_vec(ID, num_envs=2, render_mode="ansi")
    envs.reset(seed=0)
    single = [BiasedBlocks(render_mode="ansi") for _ in range(2)]
    for k, env in enumerate(single):
        env.reset(seed=k)
    for _ in range(4):
        assert envs.render() == tuple(env.render() for env in single)
        envs.step(np.full(2, WAIT))
        for env in single:
            env.step(WAIT)
    with pytest.raises(ValueError, match="render_mode must be one of 'ansi', got 'human'"):
        BiasedBlocksVector(2, render_mode="human")


def test_more_environments_than_memory_holds_are_refused_at_once():
    with pytest.raises(ValueError, match=r"num_envs 1,000,000,000,000 would need .* GB of memory"):
        BiasedBlocksVector(10**12)


@pytest.mark.slow
def test_stable_baselines_learns_to_look():
    """The book's example. The policy has no memory, but one look already tells more than chance."""
    sb3 = pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.env_checker import check_env as check_for_sb3

    with one_thread():
        names = {}
        for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S):
            if "IBLBiasedBlocks" in code:
                exec(code, names)
        after = reward_a_trial(names["model"], names["task"])
        check_for_sb3(names["env"].unwrapped)
        untrained = sb3.PPO("MlpPolicy", names["env"], seed=1, device="cpu")
        before = reward_a_trial(untrained, names["task"])
    # A guess earns 0 a trial. The side of one look's larger value is right with the mean over
    # strengths of Phi(mu / sqrt(2)) = 0.91, which earns 0.82.
    assert before < 0.2 and after > 0.6


def reward_a_trial(model, task):
    envs = BiasedBlocksVector(20, task, n_blocks=2)
    observations, _ = envs.reset(seed=100)
    total, n_trials = 0.0, 0
    for _ in range(300):
        actions, _ = model.predict(observations, deterministic=False)
        observations, rewards, *_ = envs.step(actions)
        total += rewards.sum()
        n_trials += (np.abs(rewards) == 1).sum()
    return total / n_trials


def test_given_trials_are_of_the_task_up_to_rounding():
    exact = replace(TASK, concordance=0.8, strengths=(0.3, 0.7))
    rough = replace(TASK, concordance=1 - 0.2 + 1e-12, strengths=(0.1 * 3, 0.7))
    assert exact != rough
    trials = sample_trials(rough, n_sessions=1, n_blocks=1, seed=1)
    BiasedBlocks(exact).reset(options={"trials": trials})
    for other in ({"concordance": 0.801}, {"strengths": (0.3,)}, {"block_law": "forced_switch"}):
        with pytest.raises(ValueError, match="options trials must be"):
            BiasedBlocks(replace(exact, **other)).reset(options={"trials": trials})
