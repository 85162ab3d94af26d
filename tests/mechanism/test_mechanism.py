"""The mechanism in numbers, against what they are made of, in a network with a planted memory."""

import numpy as np
import pytest
import torch

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent, one_step
from iblrnn_helpers.mechanism.claims import (
    AT_REST,
    circuit_claims,
    dynamics_claims,
    measure_circuit,
    measure_dynamics,
)
from iblrnn_helpers.mechanism.dynamics import input_effects
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.representations.state_space import fit_state_space, task_aligned
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

TRIALS = sample_trials(TaskParams(), n_sessions=10, n_blocks=3, seed=0)


def bistable_network(cell="vanilla"):
    """Four units: two that remember the side, two that follow the observation."""
    network = RecurrentNetwork(4, cell, seed=0)
    if cell != "vanilla":
        return network
    recurrent = np.array(
        [[0.6, -0.5, 0.05, 0], [-0.5, 0.6, 0, 0.05], [0.1, 0, 0.4, -0.1], [0, 0.1, -0.1, 0.4]]
    )
    weights = {
        "core.weight_hh_l0": recurrent,
        "core.weight_ih_l0": np.array(
            [[-0.1, 0.1, 0], [0.1, -0.1, 0], [-0.6, 0.6, 0], [0.6, -0.6, 0]]
        ),
        "core.bias_hh_l0": np.zeros(4),
        "core.bias_ih_l0": np.zeros(4),
        "readout.weight": np.array([[0.0, 0, -2, 2], [0, 0, 2, -2]]),
        "readout.bias": np.zeros(2),
    }
    return RecurrentNetwork.from_arrays(weights, n_units=4)


def played(network):
    return rollout(RNNAgent(network), TRIALS, record_states=True)


@pytest.fixture(scope="module")
def dynamics():
    network = bistable_network()
    return measure_dynamics(network, played(network), n_starts=40)


@pytest.fixture(scope="module")
def circuit():
    network = bistable_network()
    return measure_circuit(network, played(network))


def test_a_planted_memory_is_found(dynamics):
    attractors = dynamics.attractors(AT_REST)
    assert len(attractors) == 2 and len(dynamics.fixed_points[AT_REST].points) == 3
    assert attractors.sum(axis=0) == pytest.approx(0, abs=1e-6)  # odd map: mirrored points
    numbers = dynamics.numbers()
    assert numbers["attractors at rest"] == 2
    rest = dynamics.linearised[AT_REST]
    slowest = np.abs(rest.eigenvalues[rest.stable, 0])
    expected = -1 / np.log(slowest) / dynamics.steps_per_trial
    assert numbers["decay, slower attractor"] == pytest.approx(expected.max())
    assert numbers["growth at the threshold"] > 0
    for name, side in (("strong left", -1), ("strong right", 1)):
        assert dynamics.in_concordant_quadrant(name, side)
        assert not dynamics.in_concordant_quadrant(name, -side)
        aligned = task_aligned(dynamics.space, dynamics.attractors(name))
        assert (aligned * side > 0).all()


def test_planted_populations_are_found(circuit):
    same = circuit.clusters.populations[:, None] == circuit.clusters.populations
    expected = [[True, False, True, False], [False, True, False, True]] * 2
    assert same.tolist() == expected


def test_cosines_are_those_of_the_direction(dynamics):
    space, direction = dynamics.space, dynamics.manifold.direction
    cosines = dynamics.direction_cosines()
    plane = direction @ space.components[:2].T
    assert cosines["plane"] == pytest.approx(np.linalg.norm(plane))
    angle = np.arctan2(*plane[::-1]) - np.arctan2(*space.block_in_plane[::-1])
    assert cosines["block"] == pytest.approx(np.cos(angle))
    assert cosines["block"] > 0


def test_claims_are_of_the_first_network_and_tests_of_all(dynamics):
    claims = dynamics_claims([dynamics, dynamics])
    assert claims == dynamics_claims([dynamics])
    assert claims["mechanism.fixed_point_residual"] <= 1e-8
    assert claims["mechanism.line_attractor"] == claims["mechanism.bistable_or_line"] == 2
    assert claims["mechanism.strong_input_one_attractor"] == 1
    assert claims["mechanism.feedback_held"] == 0  # its weights are 0
    cosines = dynamics.direction_cosines()
    assert claims["mechanism.along_block"].value == pytest.approx(
        abs(cosines["block"]) - abs(cosines["stimulus"])
    )


@pytest.mark.parametrize(
    ("notebook", "of", "beside"),
    [
        (
            "07_mechanism",
            "dynamics",
            [
                "reached_from_anywhere",
                "attractors_by_adam",
                "attractors_by_adam_in_trials",
                "block_use_by_adam",
            ],
        ),
        ("08_circuit", "circuit", ["there_before_training"]),
    ],
)
def test_what_the_ledger_asks_is_measured(dynamics, circuit, notebook, of, beside):
    claims = {"dynamics": dynamics_claims([dynamics]), "circuit": circuit_claims(circuit)}[of]
    asked = {claim.id for claim in load_claims() if claim.notebook == notebook}
    assert asked == {*claims, *(f"mechanism.{name}" for name in beside)}


def test_intervals_are_over_sessions():
    network = bistable_network()
    session = played(network)
    whole, again = (
        {
            **measure_dynamics(network, session, n_starts=10, with_intervals=yes).of_trials,
            **measure_circuit(network, session, with_intervals=yes).of_trials,
        }
        for yes in (False, True)
    )
    assert [m.value for m in whole.values()] == pytest.approx([m.value for m in again.values()])
    assert all(m.interval is None for m in whole.values())
    # Ten sessions, ten groups: the jackknife of the mean r between populations, by hand.
    without = []
    for left_out in range(10):
        rows = session.trials.session[session.row_trial] != left_out
        r = np.corrcoef(session.states[rows].T)
        without.append(r[np.ix_([0, 2], [1, 3])].mean())
    reach = 2.262 * np.sqrt(9 / 10 * np.sum((without - np.mean(without)) ** 2))  # t(9)
    low, high = again["anticorrelated"].interval
    assert again["anticorrelated"].over == "trials"
    assert (high - low) / 2 == pytest.approx(reach, rel=1e-3)


def test_effects_against_a_loop():
    network = bistable_network()
    with torch.no_grad():
        network.core.weight_ih_l0[:, 2] = torch.tensor([0.05, 0.02, -0.03, 0.01])
    session, step = played(network), one_step(network)
    space = fit_state_space(session, network)
    effects = input_effects(step, space, session)
    fresh = {int(session.row_start[k]) for k in session.trials.session_start[:-1]}
    moved = {"observation": [], "feedback": []}
    for row, inputs in enumerate(session.inputs):
        at = session.row_step[row]
        if row in fresh or at == 1:
            continue
        given = inputs if at == 0 else [*inputs[:2], 0]
        before = torch.as_tensor(session.states[row - 1])
        d = step(before, torch.as_tensor(given).double()) - step(before, torch.zeros(3).double())
        plane = space.components[:2] @ d.numpy()
        lengths = np.linalg.norm(d), np.linalg.norm(plane), abs(plane @ space.block_in_plane)
        lengths += abs(d.numpy() @ space.stimulus_readout), abs(d.numpy() @ space.block_readout)
        moved["feedback" if at == 0 else "observation"].append(lengths)
    for name, rows in moved.items():
        every, plane, block, chosen, full = np.mean(rows, axis=0)
        found = {along: mean.mean for along, mean in getattr(effects, name).items()}
        assert found["all units"] == pytest.approx(every)
        assert found["plane"] == pytest.approx(plane)
        assert found["block"] == pytest.approx(block)
        assert found["stimulus, all units"] == pytest.approx(chosen)
        assert found["block, all units"] == pytest.approx(full)
    assert effects.feedback["plane"].n == session.n_trials - len(fresh)
    for along, ratio in effects.ratios.items():
        means = [of_input[along].mean for of_input in (effects.feedback, effects.observation)]
        assert ratio.value == pytest.approx(means[0] / means[1])


def test_interval_of_a_ratio_of_effects_against_resampling():
    network = bistable_network()
    with torch.no_grad():
        network.core.weight_ih_l0[:, 2] = torch.tensor([0.05, 0.02, -0.03, 0.01])
    trials = sample_trials(TaskParams(), n_sessions=20, n_blocks=5, seed=1)
    session = rollout(RNNAgent(network), trials, record_states=True)
    step, space = one_step(network), fit_state_space(session, network)
    low, high = input_effects(step, space, session).ratios["all units"].interval
    parts = [input_effects(step, space, session.of_sessions(np.arange(20) == k)) for k in range(20)]
    means = [[p.feedback["all units"], p.observation["all units"]] for p in parts]
    sums = np.array([[f.mean * f.n, f.n, o.mean * o.n, o.n] for f, o in means])
    rng = np.random.default_rng(0)
    drawn = sums[rng.integers(20, size=(4000, 20))].sum(axis=1)
    spread = np.std(drawn[:, 0] / drawn[:, 1] / (drawn[:, 2] / drawn[:, 3]))
    # Sessions here, blocks there; of 20 sessions a standard deviation is good to a sixth or so.
    assert (high - low) / 2 == pytest.approx(1.98 * spread, rel=0.35)


def test_a_gru_runs_through_the_same_code():
    network = RecurrentNetwork(4, "gru", seed=2)
    session = played(network)
    assert measure_dynamics(network, session, n_starts=10).numbers()
    assert measure_circuit(network, session).weights.shape == (4, 4)


@pytest.mark.parametrize("measure", [measure_dynamics, measure_circuit])
def test_bad_input(measure):
    network = bistable_network("lstm")
    with pytest.raises(ValueError, match="must be vanilla or gru"):
        measure(network, played(network))
    network = bistable_network()
    with pytest.raises(ValueError, match="must hold states"):
        measure(network, rollout(RNNAgent(network), TRIALS))
