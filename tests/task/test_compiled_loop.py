"""Compiled play against the loop of numpy calls, which test_rollout checks against its own text."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from numba import njit
from torch.nn.utils import parametrize

from iblrnn_helpers.agents.bayes import ACTORS, BayesianActor, Inference
from iblrnn_helpers.agents.block_filter import SidePrior
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.agents.without_feedback import WithoutFeedback
from iblrnn_helpers.coupling.beliefs import CoupledActor
from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel, Readout
from iblrnn_helpers.released_code.variants import TurnedFeedback
from iblrnn_helpers.task import compiled_loop, rollouts
from iblrnn_helpers.task.blocks import Blocks
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.programs import program_of
from iblrnn_helpers.task.rollouts import rollout, rollout_by_steps

SHORT = TaskParams(min_block_length=1, max_block_length=12, hazard=0.2)
THREE = Blocks([0.5, 0.2, 0.8], lengths=[4, {2: 0.5, 9: 0.5}, {1: 0.1, 5: 0.9}])
TASKS = {
    "paper's steps": SHORT,
    "no blank steps": replace(SHORT, n_blank_steps=0, n_observations=4, waiting_penalty=-0.2),
    "one look": replace(SHORT, n_blank_steps=3, n_observations=1, threshold=0.5),
    "own strengths": replace(
        SHORT,
        strengths=(0, 1, 3),
        strength_probabilities=(0.5, 0.5, 0.0),
        noise_sd=2,
        threshold=0.6,
    ),
    "three kinds of blocks": replace(SHORT, blocks=THREE),
}
N_SESSIONS = 5


def network(n_units, cell="vanilla"):
    """With weights twice as large as torch draws them, so that it acts and remembers."""
    made = RecurrentNetwork(n_units, cell, seed=n_units)
    with torch.no_grad():
        for tensor in made.parameters():
            tensor *= 2
    return made


def distilled(n_units, activation, scale=3.0):
    rng = np.random.default_rng(n_units)
    recurrent = 0.9 * np.linalg.qr(rng.normal(size=(n_units, n_units)))[0]
    model = DistilledModel(recurrent, rng.normal(size=(n_units, 3)), rng.normal(size=n_units) / 5)
    readout = Readout(np.eye(n_units)[0], 0.1, scale)
    model = replace(model, activation=activation)
    return DistilledAgent(model, readout, rng.normal(size=n_units))


def agents(task):
    """Of every kind that has a program, for a task."""
    yield from (RNNAgent(network(n)) for n in (1, 8, 13))
    yield from (RNNAgent(network(11, cell)) for cell in ("gru", "lstm"))
    yield WithoutFeedback(RNNAgent(network(9)))
    yield WithoutFeedback(WithoutFeedback(RNNAgent(network(9, "gru"))))
    yield from (distilled(n, f) for n, f in ((2, "tanh"), (3, "relu"), (8, "identity")))
    yield distilled(2, "tanh", scale=np.linspace(0.5, 40, N_SESSIONS))
    priors = ["exact", "semi_markov", "blockless", "exponential"]
    if task.blocks is None:
        priors += ["block_belief", "no_transition"]
        yield from (BayesianActor(task, kind) for kind in ACTORS)
        yield CoupledActor(task, 0.3)
        yield CoupledActor(task, 1)
    other = replace(task, noise_sd=1.5, strengths=(0.5, 4), strength_probabilities=None)
    yield BayesianActor(other, Inference("blockless"))
    for strength in ("per_trial", "per_step"):
        for evidence in ("both", "difference"):
            yield from (BayesianActor(task, Inference(p, strength, evidence)) for p in priors)


def compiled_rollout(monkeypatch, agent, trials, **keywords):
    """As ``rollout``, which must not fall back on the loop of numpy calls."""
    with monkeypatch.context() as patch:
        patch.delattr(rollouts, "rollout_by_steps")
        return rollout(agent, trials, **keywords)


def assert_same(one, other):
    """Choices to the bit.  Rounding is 1e-16 a step and the agents forget; a slip gives 1e-3."""
    assert one.agent == other.agent
    np.testing.assert_array_equal(one.choice, other.choice)
    np.testing.assert_array_equal(one.n_steps, other.n_steps)
    np.testing.assert_allclose(one.p_right, other.p_right, rtol=0, atol=1e-12)
    assert (one.states is None) == (other.states is None)
    if one.states is not None:
        np.testing.assert_allclose(one.states, other.states, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_all_agents_play_as_step_by_step(monkeypatch, task):
    trials = sample_trials(TASKS[task], n_sessions=N_SESSIONS, n_blocks=4, seed=1)
    assert len(set(trials.trials_per_session)) > 1
    outcomes = set()
    for agent in agents(TASKS[task]):
        record = hasattr(program_of(agent, trials), "state")
        session = compiled_rollout(monkeypatch, agent, trials, record_states=record)
        assert_same(session, rollout_by_steps(agent, trials, record_states=record))
        outcomes |= {*session.choice.tolist(), *session.n_steps.tolist()}
    assert outcomes >= {-1, 1, TASKS[task].n_blank_steps + 1, TASKS[task].max_steps}


def test_the_network_that_ships_plays_the_paper_s_task(monkeypatch):
    from iblrnn_helpers.training.store import reference_network

    trials = sample_trials(TaskParams(), n_sessions=20, n_blocks=6, seed=2)
    agent = RNNAgent(reference_network().network)
    session = compiled_rollout(monkeypatch, agent, trials, record_states=True)
    assert_same(session, rollout_by_steps(agent, trials, record_states=True))
    assert session.correct.mean() > 0.8 and session.states.base is None


def test_one_session_and_one_trial(monkeypatch):
    task = replace(SHORT, max_block_length=1)
    for n_sessions, n_blocks in ((1, 1), (1, 30), (3, 1)):
        trials = sample_trials(task, n_sessions=n_sessions, n_blocks=n_blocks, seed=0)
        assert len(trials) == n_sessions * n_blocks
        for agent in (RNNAgent(network(4)), BayesianActor(task), distilled(2, "tanh")):
            session = compiled_rollout(monkeypatch, agent, trials)
            assert_same(session, rollout_by_steps(agent, trials))


def test_an_observation_of_exactly_nothing_is_a_blank_step_to_all(monkeypatch):
    trials = sample_trials(SHORT, n_sessions=N_SESSIONS, n_blocks=3, seed=4)
    observations = trials.observations.copy()
    observations[::2, :3] = 0  # every other trial begins late
    observations[1::4, 1, 0] = 0  # one side alone is something
    trials = replace(trials, observations=observations)
    for agent in agents(SHORT):
        session = compiled_rollout(monkeypatch, agent, trials)
        assert_same(session, rollout_by_steps(agent, trials))


def test_what_nobody_looks_at_may_be_unknown(monkeypatch):
    agent = BayesianActor(SHORT)
    trials = sample_trials(SHORT, n_sessions=2, n_blocks=5, seed=5)
    known = rollout_by_steps(agent, trials)
    shown = np.arange(SHORT.n_observations) < known.n_observations_seen[:, None]
    some = replace(trials, observations=np.where(shown[..., None], trials.observations, np.nan))
    assert_same(compiled_rollout(monkeypatch, agent, some), known)
    for player in (agent, RNNAgent(network(3)), CoupledActor(SHORT, 0.2)):
        none = replace(trials, observations=np.full_like(trials.observations, np.nan))
        messages = []
        for play in (rollout, rollout_by_steps):
            with pytest.raises(ValueError, match=r"in \[0, 1\], got nan in session 0") as caught:
                play(player, none)
            messages.append(str(caught.value))
        assert len(set(messages)) == 1


class Cautious(RNNAgent):
    def step(self, inputs):
        return 0.5 + 0.99 * (super().step(inputs) - 0.5)


class OwnModel(DistilledModel):
    def step(self, states, inputs):
        return super().step(states, inputs) / 2


class OwnPrior(SidePrior):
    def right(self, memory):
        return 0.9 * super().right(memory) + 0.05


class OwnInference(Inference):
    def signals(self, observations):
        return super().signals(observations) / 2


def test_agents_of_one_s_own_are_played_as_they_are():
    """Whoever steps otherwise than the class that stated the program has none, or another."""
    trials = sample_trials(SHORT, n_sessions=N_SESSIONS, n_blocks=3, seed=6)
    replaced, own_prior, model = RNNAgent(network(4)), BayesianActor(SHORT), distilled(2, "tanh")
    plain_step = replaced.step
    replaced.step = lambda inputs: 1 - plain_step(inputs)
    own_prior.prior = OwnPrior(SHORT)
    own = OwnModel(model.model.recurrent, model.model.inputs, model.model.offset)
    pairs = [
        (Cautious(network(4)), RNNAgent(network(4))),
        (replaced, RNNAgent(network(4))),
        (WithoutFeedback(replaced), WithoutFeedback(RNNAgent(network(4)))),
        (TurnedFeedback(RNNAgent(network(4))), RNNAgent(network(4))),
        (own_prior, BayesianActor(SHORT)),
        (BayesianActor(SHORT, OwnInference()), BayesianActor(SHORT)),
        (DistilledAgent(own, model.readout, model.initial), model),
    ]
    for agent, ours in pairs:
        assert program_of(agent, trials) is None and program_of(ours, trials) is not None
        session = rollout(agent, trials)
        np.testing.assert_array_equal(
            session.p_right, rollout_by_steps(agent, trials).p_right, err_msg=agent.name
        )
        changed = session.p_right[:, :3] - rollout(ours, trials).p_right[:, :3]  # the first look
        assert np.abs(changed).max() > 1e-3


def test_a_network_plays_in_its_own_precision():
    trials = sample_trials(SHORT, n_sessions=N_SESSIONS, n_blocks=3, seed=7)
    single = RNNAgent(RecurrentNetwork(6, dtype=torch.float32))
    np.testing.assert_array_equal(
        rollout(single, trials).p_right, rollout_by_steps(single, trials).p_right
    )
    assert program_of(single, trials) is None


def test_weights_that_are_computed_are_left_to_torch():
    class Symmetric(torch.nn.Module):
        def forward(self, weights):
            return (weights + weights.T) / 2

    trials = sample_trials(SHORT, n_sessions=N_SESSIONS, n_blocks=3, seed=7)
    agent = RNNAgent(network(5))
    parametrize.register_parametrization(agent.network.core, "weight_hh_l0", Symmetric())
    assert program_of(agent, trials) is None
    p_right = rollout(agent, trials).p_right
    np.testing.assert_array_equal(p_right, rollout_by_steps(agent, trials).p_right)
    assert np.nanmax(np.abs(p_right - rollout(RNNAgent(network(5)), trials).p_right)) > 1e-3


def test_playing_changes_neither_agent_nor_trials(monkeypatch):
    trials = sample_trials(SHORT, n_sessions=N_SESSIONS, n_blocks=3, seed=8)
    made = network(6, "lstm")
    weights = {name: tensor.clone() for name, tensor in made.state_dict().items()}
    before = {name: np.copy(values) for name, values in vars(trials).items() if name != "params"}
    agent = RNNAgent(made)
    first = compiled_rollout(monkeypatch, agent, trials, record_states=True)
    second = compiled_rollout(monkeypatch, agent, trials, record_states=True)
    np.testing.assert_array_equal(first.p_right, second.p_right)
    np.testing.assert_array_equal(first.states, second.states)
    assert all(torch.equal(weights[name], tensor) for name, tensor in made.state_dict().items())
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(trials, name), values)
    with torch.no_grad():  # and a network that has changed plays otherwise
        made.readout.bias += torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert (compiled_rollout(monkeypatch, agent, trials).p_right[:, 0] > first.p_right[:, 0]).all()


def test_broken_weights_and_missing_states_are_named_as_by_steps():
    trials = sample_trials(SHORT, n_sessions=N_SESSIONS, n_blocks=3, seed=9)
    broken = network(3)
    broken.core.weight_hh_l0.data[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"agent 'RNN': step must return .* got nan in session 0"):
        rollout(RNNAgent(broken), trials)
    for agent in (BayesianActor(SHORT), CoupledActor(SHORT, 0.2)):
        with pytest.raises(ValueError, match="state must be an array, got None"):
            rollout(agent, trials, record_states=True)
    with pytest.raises(ValueError):  # as many scales as there are sessions, or one
        rollout(distilled(2, "tanh", scale=np.ones(N_SESSIONS + 1)), trials)


def test_sides_that_the_task_rules_out_are_refused():
    task = replace(SHORT, concordance=1.0, min_block_length=5)
    trials = sample_trials(SHORT, n_sessions=2, n_blocks=6, seed=10)
    for play in (rollout, rollout_by_steps):
        with pytest.raises(ValueError, match="side must be possible, but with concordance 1"):
            play(BayesianActor(task, "semi_markov"), trials)


def test_exponential_and_hyperbolic_tangent_are_right_to_the_last_bits():
    """Against extended precision where the machine has it; Cephes states 1 to 2 units."""

    @njit(error_model="numpy")
    def of_all(x, exp, tanh):
        for i in range(len(x)):
            exp[i] = compiled_loop._exp(x[i])
            tanh[i] = compiled_loop._tanh(x[i])

    rng = np.random.default_rng(0)
    edges = [0.0, -0.0, 1e-310, 0.625, np.nextafter(0.625, 0), -0.625, 18.9, 25, -25.1, 700, -700]
    x = np.concatenate([edges, rng.normal(size=20_000) * np.repeat([1e-9, 0.1, 1, 20], 5_000)])
    exp, tanh = np.empty_like(x), np.empty_like(x)
    of_all(x, exp, tanh)
    for found, right in ((exp, np.exp(np.longdouble(x))), (tanh, np.tanh(np.longdouble(x)))):
        units = np.abs(found - right) / np.spacing(np.abs(right).astype(float))
        assert units.max() < 2.5
    far = np.array([np.inf, -np.inf, 1e300, np.nan] * 4)
    of_all(far, np.empty_like(far), tanh := np.empty_like(far))
    np.testing.assert_array_equal(tanh, [1, -1, 1, np.nan] * 4)


PROGRAM = """
import os, re, sys
from pathlib import Path
import numpy as np
from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent

class Wide(Agent):
    name = "wide"

    def reset(self, n_sessions):
        self.state = np.zeros((n_sessions, 400))

    def step(self, inputs):
        self.state += 1
        return np.full(len(inputs), 0.5)

def kilobytes(what):
    return int(re.search(what + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

task = TaskParams(min_block_length=20, max_block_length=20, n_blank_steps=1, n_observations=4)
few, many = (sample_trials(task, n_sessions=50, n_blocks=n, seed=0) for n in (1, 10))
for agent in (Wide(), RNNAgent(RecurrentNetwork(200))):
    if child := os.fork():  # whose high water is its own
        assert os.waitpid(child, 0)[1] == 0
        continue
    rollout(agent, few, record_states=True)
    before = kilobytes("VmRSS")
    session = rollout(agent, many, record_states=True)
    print((kilobytes("VmHWM") - before) * 1024 / session.states.nbytes)
    if agent.name == "wide":  # state n of each session is its n-th
        for first, end in zip(session.session_row_start[:-1], session.session_row_start[1:]):
            assert (session.states[first:end] == 1 + np.arange(end - first)[:, None]).all()
    sys.stdout.flush()
    os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux tells of itself")
@pytest.mark.slow
def test_states_are_held_once():
    """160 or 80 MB of them; what else there is of a session is a small part of that."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    own, of_network = map(float, done.stdout.split())
    assert 0.5 < own < 1.3 and 0.5 < of_network < 1.3
