"""Claim 4's quantities: a system that is its own distilled model, and sums written out."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor
from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.behavior.measures import performance
from iblrnn_helpers.distillation.claims import (
    PUBLISHED_INPUTS,
    PUBLISHED_RECURRENT,
    block_use,
    measure_claim_4,
    measure_components,
    measure_fits,
    measure_rivals,
    measure_solvers,
    measure_text_loss,
    measure_two_units,
    measure_weights,
    slowest_decay,
)
from iblrnn_helpers.distillation.distilled import compress, distill
from iblrnn_helpers.distillation.fit_quality import errors_by_horizon
from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel, Readout
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.representations.state_space import (
    Projection,
    fit_state_space,
    on_components,
    on_readouts,
)
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

PARAMS = TaskParams()
TRIALS = sample_trials(PARAMS, n_sessions=20, n_blocks=4, seed=0)
MODEL = DistilledModel(PUBLISHED_RECURRENT, PUBLISHED_INPUTS, [0.0, 0.0], scale=5.0)
UNITS = Projection(5.0 * np.eye(2), np.zeros(2), ("stimulus belief", "block belief"))


def play(scale, model=MODEL):
    agent = DistilledAgent(model, Readout(np.array([1.0, 0.0]), 0.0, scale))
    return rollout(agent, TRIALS, record_states=True)


@pytest.fixture(scope="module")
def system():
    return play(15.0)


@pytest.fixture(scope="module")
def best():
    return play(6.0)


@pytest.fixture(scope="module")
def measured(system, best):
    return measure_claim_4(MODEL, UNITS, system, best, system)


def value(measured, name):
    return measured[f"claim4.{name}"].value


def test_a_system_of_two_units_is_its_own_distilled_model(measured, system, best):
    for i, row in enumerate(PUBLISHED_RECURRENT):
        for j, entry in enumerate(row):
            assert value(measured, f"recurrent_{i + 1}{j + 1}") == entry
        for side, entry in zip(("left", "right", "feedback"), PUBLISHED_INPUTS[i], strict=True):
            assert value(measured, f"input_{i + 1}_{side}") == entry
    assert value(measured, "feedback_largest") == 0.021
    assert value(measured, "stimulus_over_block") == pytest.approx(0.195 / 0.04)
    # Trace 1.38 and determinant 0.3947: the larger root of the characteristic polynomial.
    root = 0.69 + np.sqrt(0.69**2 - 0.3947)
    assert value(measured, "slowest_decay") == pytest.approx(root, rel=1e-9)
    assert value(measured, "one_step_r2") == pytest.approx(1, abs=1e-12)
    assert value(measured, "beliefs_reinforce") == 0.19
    assert value(measured, "common_direction") == 0.04
    for same in ("matched_curve_gap", "block_use_minus_rnn", "distilled_matched_minus_rnn"):
        assert value(measured, same) == 0
    for same in ("decoherence_distilled", "decoherence_full"):
        assert value(measured, same) == pytest.approx(0, abs=1e-9)
        assert value(measured, f"{same}_code") == pytest.approx(0, abs=1e-9)
    for all_of_it in ("trajectory_r2", "mean_trajectory_r2"):
        assert value(measured, all_of_it) == pytest.approx(1, abs=1e-9)
    assert value(measured, "distilled_best_correct") == best.correct.mean()
    assert value(measured, "distilled_best_minus_rnn") == pytest.approx(
        best.correct.mean() - system.correct.mean()
    )
    zero = TRIALS.strength == 0
    use = [system.correct[zero & (TRIALS.concordant == c)].mean() for c in (True, False)]
    assert value(measured, "block_use") == pytest.approx(use[0] - use[1])


def test_differences_are_seen(system, best):
    slower = DistilledModel(MODEL.recurrent * 0.9, MODEL.inputs, MODEL.offset, scale=5.0)
    found = measure_claim_4(slower, UNITS, system, best, best)
    assert value(found, "one_step_r2") < 0.995
    assert value(found, "decoherence_distilled") > 0.1
    assert value(found, "trajectory_r2") < value(found, "mean_trajectory_r2") < 1
    gap = 0
    for strength in PARAMS.strengths:
        for concordant in (True, False):
            group = (TRIALS.strength == strength) & (TRIALS.concordant == concordant)
            gap = max(gap, abs(best.correct[group].mean() - system.correct[group].mean()))
    assert value(found, "matched_curve_gap") == pytest.approx(gap)
    assert value(found, "block_use_minus_rnn") == pytest.approx(
        block_use(best).value - block_use(system).value
    )
    # Off the plane, h moves at its own pace.
    noise = 3 * np.random.default_rng(0).standard_normal((len(system.states), 1))
    wider = replace(system, states=np.hstack([system.states, noise]))
    kept = Projection(5.0 * np.eye(2, 3), np.zeros(3), UNITS.names)
    assert value(measure_claim_4(MODEL, kept, wider, best, system), "decoherence_full") > 0.1


def test_block_use_knows_memory_from_none():
    trials = sample_trials(PARAMS, n_sessions=50, n_blocks=4, seed=1)
    without = block_use(rollout(BayesianActor(PARAMS, "blockless"), trials))
    assert without.interval[0] < 0 < without.interval[1]
    assert block_use(rollout(BayesianActor(PARAMS), trials)).interval[0] > 0.2


def test_rivals_against_means_written_out(system):
    networks = [RecurrentNetwork(2, seed=seed) for seed in range(3)]
    for network in networks:
        network.readout.weight.data *= 20  # so that they act
    sessions = [rollout(RNNAgent(n), TRIALS, record_states=True) for n in networks]
    found = measure_rivals(system, measure_two_units(system, sessions), sessions[0])
    zero = TRIALS.strength == 0
    uses, gaps = [], []
    for session in (system, *sessions):
        on, off = (session.correct[zero & (TRIALS.concordant == c)].mean() for c in (True, False))
        uses.append(on - off)
        gaps.append(session.correct.mean() - system.correct.mean())
    assert value(found, "two_unit_block_use") == pytest.approx(np.mean(uses[1:]))
    assert value(found, "two_unit_block_use_minus_rnn") == pytest.approx(
        np.mean(uses[1:]) - uses[0]
    )
    assert value(found, "two_unit_minus_rnn") == pytest.approx(np.mean(gaps[1:]))
    assert value(found, "output_distilled_minus_rnn") == pytest.approx(gaps[1])
    assert value(found, "output_distilled_block_use_minus_rnn") == pytest.approx(uses[1] - uses[0])
    assert found["claim4.two_unit_minus_rnn"].over == "trials and networks"
    itself = measure_rivals(system, measure_two_units(system, [system]), system)
    assert {one.value for name, one in itself.items() if name.endswith("minus_rnn")} == {0}
    assert itself["claim4.two_unit_block_use"].over == "trials"
    assert itself["claim4.two_unit_block_use"].interval == block_use(system).interval
    with pytest.raises(ValueError, match="two_units must be of at least one"):
        measure_rivals(system, [], system)


def test_beliefs_that_pull_apart_are_seen():
    against = DistilledModel([[0.5, -0.1], [0.2, 0.8]], [[-0.2, 0.2, 0], [0.1, 0.04, 0]], [0, 0])
    found = measure_weights(against)
    assert found["claim4.beliefs_reinforce"] == -0.1
    assert found["claim4.common_direction"] == -0.1
    assert found["claim4.stimulus_over_block"] == pytest.approx(0.2 / 0.07)


def test_other_axes_are_turned_back():
    """A' in turned coordinates has the same eigenvalues, and turned back it is the same matrix."""
    turn = np.array([[1.0, 0.4], [-0.2, 1.1]])
    turned = DistilledModel(
        np.linalg.inv(turn) @ PUBLISHED_RECURRENT @ turn, PUBLISHED_INPUTS, [0, 0]
    )
    found = measure_components(turned, MODEL, turn)
    assert value(found, "pcs_recurrent_gap") == pytest.approx(0, abs=1e-12)
    assert value(found, "pcs_slowest_decay") == pytest.approx(slowest_decay(MODEL))
    assert value(measure_components(turned, MODEL, np.eye(2)), "pcs_recurrent_gap") > 0.05


def test_weights_know_of_all_that_is_fitted():
    """Each left-out group is a fit of its own, from the components on."""
    network = RecurrentNetwork(4, seed=3)
    network.core.weight_hh_l0.data *= 2
    network.readout.weight.data *= 10
    session = rollout(RNNAgent(network), TRIALS, record_states=True)
    found = measure_fits(network, session, n_groups=4, n_groups_free_running=2)

    def fitted(kept):
        part = session.of_sessions(kept)
        on = on_readouts(fit_state_space(part, network))
        return measure_weights(distill(network, part, on).model)

    everything = fitted(np.ones(20, dtype=bool))
    without = [fitted(np.arange(20) // 5 != k) for k in range(4)]
    for name, number in everything.items():
        left = np.array([one[name] for one in without])
        # Jackknife: (n - 1) / n times the squares around their mean; t(3) = 3.182.
        reach = 3.1824 * np.sqrt(3 / 4 * np.square(left - left.mean()).sum())
        assert found[name].value == number
        assert found[name].interval == pytest.approx((number - reach, number + reach), rel=1e-3)
    assert {one.over for one in found.values()} == {"trials"}
    assert set(found) - set(everything) == {
        f"claim4.{k}"
        for k in ("pcs_recurrent_gap", "pcs_slowest_decay", "slowest_decay_free_running")
    }


def test_solvers_are_compared_where_it_is_worst(system):
    states, lengths = 5 * system.states, system.steps_per_session
    off, further = (
        errors_by_horizon(
            DistilledModel(PUBLISHED_RECURRENT * f, PUBLISHED_INPUTS, [0, 0], scale=5.0),
            system.inputs, states, lengths,
        )
        for f in (0.95, 0.9)
    )  # fmt: skip
    found = measure_solvers(off, further)
    ratio = off.mse.mean / further.mse.mean
    assert value(found, "free_running_worst") == pytest.approx(ratio.max())


def test_the_loss_of_the_text_is_asked_the_same(system):
    """A system that is its own model drifts apart as itself, and 5% more memory is seen as such."""
    found = measure_text_loss(MODEL, UNITS, system)
    assert value(found, "decoherence_free_running") == pytest.approx(0, abs=1e-9)
    more = DistilledModel(PUBLISHED_RECURRENT * 1.05, PUBLISHED_INPUTS, [0, 0], scale=5.0)
    found = measure_text_loss(more, UNITS, system)
    trace, determinant = np.trace(PUBLISHED_RECURRENT), np.linalg.det(PUBLISHED_RECURRENT)
    by_hand = 1.05 * (trace / 2 + np.sqrt(trace**2 / 4 - determinant))
    assert value(found, "slowest_decay_free_running") == pytest.approx(by_hand)
    assert value(found, "decoherence_free_running") > 0.01


def test_every_quantity_is_in_the_ledger(measured, system):
    errors = errors_by_horizon(MODEL, system.inputs, 4.9 * system.states, system.steps_per_session)
    found = {
        **measured,
        **measure_components(MODEL, MODEL, np.eye(2)),
        **measure_rivals(system, measure_two_units(system, [system]), system),
        **measure_solvers(errors, errors),
        **measure_text_loss(MODEL, UNITS, system),
    }
    asked = {c.id for c in load_claims() if c.notebook == "09_claim4_radd"}
    beside = (
        "networks_in_bands",
        "plane_curve_gap",
        "pcs_curve_gap",
        "distilled_best_minus_rnn_best",
        "two_unit_block_use_by_adam",
        "block_use_by_adam_minus_rnn",
    )
    assert asked == {*found, *(f"claim4.{name}" for name in beside)}


def test_only_two_units_of_the_task_are_measured(system, best):
    three = DistilledModel(np.eye(3), np.ones((3, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="model must have 2 units and 3 inputs, got 3 and 3"):
        measure_claim_4(three, UNITS, system, best, system)


def test_each_further_unit_against_its_parts():
    network = RecurrentNetwork(4, seed=3)
    network.core.weight_hh_l0.data *= 2
    network.readout.weight.data *= 10
    train, test = (
        rollout(
            RNNAgent(network),
            sample_trials(PARAMS, n_sessions=10, n_blocks=2, seed=seed),
            record_states=True,
        )
        for seed in (1, 2)
    )
    space = fit_state_space(train, network)
    found = compress(train, test, network, space, (1, 2, 4), horizon=5)
    assert found.n_units.tolist() == [1, 2, 4]
    assert found.kept[2] == pytest.approx(1) and (np.diff(found.kept) > 0).all()
    # Four tanh units in other coordinates are nearly, not exactly, the network of four.
    assert found.one_step[2] > 0.95
    assert (found.one_step < found.kept).all() and (found.at_horizon < found.one_step).all()

    small = distill(network, train, on_components(space, 2))
    playing = performance(rollout(small.agent(), test.trials))
    assert found.correct[1] == playing.correct.mean and found.n_steps[1] == playing.n_steps.mean
    # The error of the full state, mean + P^T z, over rows that have a row before them.
    z = small.projection(test.states)
    rows = np.setdiff1d(np.arange(len(z)), test.row_start[test.trials.session_start[:-1]])
    after = small.model.scale * small.model.step(z[rows - 1] / small.model.scale, test.inputs[rows])
    wrong = test.states[rows] - space.mean - after @ space.components[:2]
    share = 1 - np.square(wrong).sum() / np.square(test.states[rows] - space.mean).sum()
    # Windows leave out the last steps of a session, 5 of some 300.
    assert found.one_step[1] == pytest.approx(share, abs=0.01)
    with pytest.raises(ValueError, match="n_components must be"):
        compress(train, test, network, space, (5,))
    with pytest.raises(ValueError, match="n_units must hold at least one"):
        compress(train, test, network, space, ())
