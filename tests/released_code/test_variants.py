"""Variants measured against plain loops, enumeration and what was planted."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from planted import N_UNITS, planted_network, planted_session

from iblrnn_helpers.agents.bayes import Inference, observe
from iblrnn_helpers.agents.block_filter import SidePrior
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.agents.without_feedback import WithoutFeedback
from iblrnn_helpers.behavior.trial_means import means
from iblrnn_helpers.released_code import variants
from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

SESSION = planted_session()
NETWORK = planted_network(np.eye(N_UNITS)[0])
NETWORK.readout.weight.data[0, 2] = -1e-3  # so that the left row has a direction of its own


def test_numbers_are_those_of_plain_loops():
    numbers = variants.network_numbers(SESSION, NETWORK)
    trials, at_zero = SESSION.trials, SESSION.trials.strength == 0
    right = SESSION.choice == trials.side
    assert numbers["correct"] == pytest.approx(right.mean())
    assert numbers["timed out"] == 0 and numbers["steps"] == SESSION.n_steps.mean()
    for name, concordant in (("zero concordant", True), ("zero discordant", False)):
        used = at_zero & ((trials.side == trials.block_side) == concordant)
        assert numbers[name] == pytest.approx(right[used].mean())
        assert numbers[f"{name}, forced"] == numbers[name]  # nothing timed out
    # Planted along axes 0 and 1, which the readouts find to within a few degrees.
    assert abs(numbers["angle in the plane"] - 90) < 5
    follows = np.flatnonzero(SESSION.row_step >= trials.params.n_blank_steps)
    d = SESSION.inputs[follows, 1] - SESSION.inputs[follows, 0]
    for k, name in enumerate(("slope, stimulus", "slope, block")):
        change = SESSION.states[follows, k] - SESSION.states[follows - 1, k]
        assert numbers[name] == pytest.approx(np.polyfit(d, change, 1)[0], abs=0.03)
    assert numbers["block decoding"] > 0.9  # Phi(0.5 / 0.3) = 0.95


def test_time_outs_are_forced_to_the_likelier_side():
    trials = sample_trials(TaskParams(n_observations=2), n_sessions=1, n_blocks=2, seed=0)
    session = rollout(Fixed(0.6), trials)  # never above the threshold
    assert session.timed_out.all()
    forced = variants.forced_choice(session)
    assert (forced.choice == 1).all() and session.timed_out.all()
    acting = replace(session, choice=np.full_like(session.choice, -1))
    assert (variants.forced_choice(acting).choice == -1).all()  # acted: left as it was


@pytest.fixture(scope="module")
def networks_numbers():
    trials = sample_trials(TaskParams(), n_sessions=4, n_blocks=12, seed=1)
    networks = {f"seed {k}": RecurrentNetwork(5, seed=k) for k in (1, 2)}
    return trials, networks, variants.measure_networks(networks, trials, n_groups=2)


def test_networks_play_the_same_trials(networks_numbers):
    trials, networks, found = networks_numbers
    table = variants.values_of(found)
    assert list(table.index) == list(networks)
    for name, network in networks.items():
        session = rollout(RNNAgent(network), trials, record_states=True)
        assert table.loc[name].to_dict() == variants.network_numbers(session, network)
        first = variants.network_numbers(session.of_sessions(np.arange(4) < 2), network)
        last = variants.network_numbers(session.of_sessions(np.arange(4) >= 2), network)
        for number, one in found[name].items():
            # Without the first group are the last, and the other way round.
            apart = (first[number] - last[number]) / 4
            np.testing.assert_allclose(one.influence, [apart, -apart], atol=1e-12)


def test_mean_over_networks_knows_that_they_share_their_trials(networks_numbers):
    """All networks one and the same: more of them make the mean no surer."""
    _, _, found = networks_numbers
    one = found["seed 1"]
    alone, many = (
        variants.mean_over_networks(dict.fromkeys(names, one)) for names in ("a", "abcde")
    )
    for name in ("block decoding", "slope, stimulus", "angle in the plane"):
        assert many[name].value == pytest.approx(one[name].value)
        assert many[name].interval == pytest.approx(alone[name].interval)
        assert many[name].over == "trials and networks"
    both = variants.mean_over_networks(found)["slope, block"]
    assert both.value == np.mean([row["slope, block"].value for row in found.values()])


def test_prior_after_right_trials_by_enumeration():
    """Over all block sequences: P(next side right | sides), and P(next block right | sides)."""
    params, n = TaskParams(concordance=0.7, hazard=0.1), 4
    weight = {(block, side): 0.0 for block in (0, 1) for side in (0, 1)}
    for blocks in product((0, 1), repeat=n + 1):
        p = 0.5
        for before, after in pairwise(blocks):
            p *= params.hazard if before != after else 1 - params.hazard
        for block in blocks[:-1]:
            p *= params.concordance if block else 1 - params.concordance
        last = blocks[-1]
        for side in (0, 1):
            weight[last, side] += p * (
                params.concordance if side == last else 1 - params.concordance
            )
    total = sum(weight.values())
    exact = variants.prior_after_right_trials(n, params, "exact")
    belief = variants.prior_after_right_trials(n, params, "block_belief")
    assert exact[-1] == pytest.approx((weight[0, 1] + weight[1, 1]) / total)
    assert belief[-1] == pytest.approx((weight[1, 0] + weight[1, 1]) / total)
    assert exact[0] == belief[0] == 0.5 and len(exact) == n + 1


@pytest.fixture(scope="module")
def played():
    trials = sample_trials(TaskParams(concordance=0.6), n_sessions=4, n_blocks=5, seed=2)
    return rollout(RNNAgent(RecurrentNetwork(5, seed=1)), trials)


def test_an_observer_of_another_belief(played):
    believed = TaskParams(concordance=0.9, hazard=0.2)
    found = variants.observe_believing(played, believed)
    assert found.trials is played.trials
    world = replace(played.trials.params, concordance=0.9, hazard=0.2)
    prior = SidePrior(world).over(played.trials)
    np.testing.assert_allclose(found.p_right[:, 0], prior, rtol=1e-12)  # the first step is blank
    same = variants.observe_believing(played, played.trials.params)
    np.testing.assert_array_equal(same.p_right, observe(played).p_right)


def test_observers_side_by_side(played):
    inferences = {"exact": "exact", "other": Inference("block_belief", evidence="difference")}
    table = variants.compare_observers(played, inferences)
    assert table.loc["exact", ["minus first", "low", "high"]].tolist() == [0, 0, 0]
    last = (np.arange(played.n_trials), played.n_steps - 1)
    p_right = (np.clip(s.p_right[last], 1e-12, 1 - 1e-12) for s in (played, observe(played)))
    logits = [np.log(p / (1 - p)) for p in p_right]
    assert table.loc["exact", "r with network"] == pytest.approx(np.corrcoef(*logits)[0, 1])
    other = observe(played, inferences["other"])
    assert table.loc["other", "correct"] == other.correct.mean()
    gap = other.correct.mean() - observe(played).correct.mean()
    assert table.loc["other", "minus first"] == pytest.approx(gap)


def test_decoding_at_trial_ends_uses_only_those_and_holds_sessions_out():
    trials = SESSION.trials
    block = trials.block_side[SESSION.row_trial].astype(float)
    at_end = np.zeros(len(block), dtype=bool)
    at_end[SESSION.row_start[1:] - 1] = True
    code = np.where(at_end, block, -block)[:, None]
    assert variants.decoding_at_trial_ends(SESSION, code) == 1
    held_out = trials.session[SESSION.row_trial] == trials.n_sessions - 1
    turned = np.where(held_out[:, None], -code, code)  # what was learnt is wrong there
    assert variants.decoding_at_trial_ends(SESSION, turned) == 0
    with pytest.raises(ValueError, match="n_sessions must be at least 2"):
        one = planted_session(n_sessions=1)
        variants.decoding_at_trial_ends(one, np.zeros((len(one.states), 2)))


def test_separate_sessions_add_their_variances():
    a, b = (planted_session(seed=k) for k in (1, 2))
    found = variants.difference_of_separate_sessions(a, b, "n_steps")
    of_a, of_b = means(a, "n_steps"), means(b, "n_steps")
    assert found.value == pytest.approx(a.n_steps.mean() - b.n_steps.mean())
    reach = np.hypot(of_a.high - of_a.mean, of_b.high - of_b.mean)
    assert found.interval == pytest.approx((found.value - reach, found.value + reach))
    turned = variants.difference_of_separate_sessions(b, a, "correct")
    plain = variants.difference_of_separate_sessions(a, b, "correct")
    assert turned.interval == pytest.approx((-plain.interval[1], -plain.interval[0]))


class Fixed(Agent):
    """Always says the same, and notes its inputs."""

    def __init__(self, p_right):
        self.p_right, self.heard = p_right, []

    def reset(self, n_sessions):
        self.n_sessions = n_sessions

    def step(self, inputs):
        self.heard.append(inputs.copy())
        return np.full(self.n_sessions, self.p_right)


def test_without_feedback_only_blank_steps_lose_r():
    trials = sample_trials(TaskParams(n_observations=3), n_sessions=2, n_blocks=2, seed=0)
    plain, silenced = Fixed(0.6), Fixed(0.6)
    rollout(plain, trials)
    session = rollout(WithoutFeedback(silenced), trials)
    heard, without = np.concatenate(plain.heard), np.concatenate(silenced.heard)
    blank = ~heard[:, :2].any(axis=1)
    assert (heard[blank, 2] != 0).any() and not without[blank, 2].any()
    np.testing.assert_array_equal(without[~blank], heard[~blank])
    assert (without[~blank, 2] == -0.05).any()
    assert session.agent == "agent, without feedback"
    lied_to = Fixed(0.6)
    rollout(variants.TurnedFeedback(lied_to), trials)
    turned = np.concatenate(lied_to.heard)
    np.testing.assert_array_equal(turned[blank, 2], -heard[blank, 2])
    np.testing.assert_array_equal(turned[~blank], heard[~blank])
