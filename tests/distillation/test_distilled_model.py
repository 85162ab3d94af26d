"""The small model against plain loops, and the readout against the network it is from."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from known_systems import TWO_UNITS, random_system

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.core.one_step_map import jacobians
from iblrnn_helpers.distillation.distilled import readout_of
from iblrnn_helpers.distillation.model import DistilledModel, Readout, as_lengths
from iblrnn_helpers.representations.state_space import (
    Projection,
    fit_state_space,
    on_components,
    on_readouts,
    task_aligned,
)
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

F = {"tanh": np.tanh, "identity": lambda x: x, "relu": lambda x: max(x, 0.0)}


@pytest.fixture(scope="module")
def played():
    network = RecurrentNetwork(6, seed=3)
    trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=4, seed=5)
    session = rollout(RNNAgent(network), trials, record_states=True)
    return network, session, fit_state_space(session, network)


@pytest.mark.parametrize("activation", F)
def test_a_run_is_the_plain_loop(activation):
    rng = np.random.default_rng(0)
    model = random_system(3, activation)
    lengths, initial = [4, 1, 7], rng.random((3, 3))
    inputs = rng.standard_normal((12, 3))
    expected, row = np.empty((12, 3)), 0
    for k, length in enumerate(lengths):
        z = list(initial[k])
        for _ in range(length):
            drive = [
                sum(model.recurrent[i, j] * z[j] for j in range(3))
                + sum(model.inputs[i, j] * inputs[row, j] for j in range(3))
                + model.offset[i]
                for i in range(3)
            ]
            z = [F[activation](d) for d in drive]
            expected[row] = z
            row += 1
    # The sums are the same up to their order.
    np.testing.assert_allclose(model.run(inputs, initial, lengths), expected, atol=1e-14)
    one = model.run(inputs[:4], initial[0])
    np.testing.assert_allclose(one, expected[:4], atol=1e-14)


@pytest.mark.parametrize("activation", F)
def test_the_map_for_dynamics_is_a_step(activation):
    rng = np.random.default_rng(1)
    model = random_system(4, activation)
    states, inputs = rng.standard_normal((9, 4)), rng.standard_normal((9, 3))
    mapped = model.one_step()(torch.from_numpy(states), torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(mapped, model.step(states, inputs), atol=1e-14)
    step = model.one_step()
    by_autograd = jacobians(lambda z, o: step(z, o), inputs[0], states)
    np.testing.assert_allclose(jacobians(step, inputs[0], states), by_autograd, atol=1e-14)


def test_a_model_keeps_its_own_copy():
    recurrent = np.eye(2)
    model = replace(TWO_UNITS, recurrent=recurrent)
    recurrent[0, 0] = 9
    assert model.recurrent[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        model.recurrent[0, 0] = 9


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("recurrent", np.eye(3), r"recurrent must be \(2, 2\).*got \(3, 3\)"),
        ("recurrent", [1.0, 2.0], "recurrent must be an array"),
        ("inputs", np.zeros((3, 3)), "inputs must have 2 rows, got 3"),
        ("offset", [0.0, np.nan], "offset must be finite"),
        ("activation", "sigmoid", "activation must be one of 'tanh', 'identity', 'relu'"),
        ("scale", 0.0, "scale must be greater than 0, got 0.0"),
    ],
)
def test_a_wrong_field_is_named(field, value, said):
    with pytest.raises(ValueError, match=said):
        replace(TWO_UNITS, **{field: value})


def test_wrong_inputs_and_lengths_are_refused():
    with pytest.raises(ValueError, match=r"inputs must have 3 columns, got shape"):
        TWO_UNITS.run(np.zeros((5, 2)), np.zeros(2))
    for inputs, initial, message in (
        (np.full((5, 3), np.nan), np.zeros(2), "inputs must be finite"),
        (np.zeros((5, 3)), [0, np.nan], "initial must be finite"),
        (np.zeros((5, 3)), np.zeros((2, 2)), "initial must have 1 rows, got 2"),
        (np.zeros((5, 3)), np.zeros(3), "initial must have 2 columns"),
    ):
        with pytest.raises(ValueError, match=message):
            TWO_UNITS.run(inputs, initial)
    with pytest.raises(ValueError, match="lengths must add up to the 5 rows, got 4"):
        as_lengths([2, 2], 5)
    for wrong in ([5, 0], [2.5, 2.5], [[5]]):
        with pytest.raises(ValueError, match="lengths must be whole numbers >= 1"):
            as_lengths(wrong, 5)
    assert list(as_lengths(None, 5)) == [5]


def test_the_readout_is_the_networks_own_on_what_the_projection_keeps(played):
    """States of the plane lose nothing, so their log-odds must be those of the network."""
    network, session, space = played
    projection = on_readouts(space)
    in_plane = np.random.default_rng(2).standard_normal((50, 2))
    states = space.mean + in_plane @ space.components[:2]
    with torch.no_grad():
        logits = network.readout(torch.from_numpy(states)).numpy()
    readout = readout_of(network, projection, unit=0.5)
    z = projection(states) / 0.5
    log_odds = readout.scale * (z @ readout.direction + readout.bias)
    # Rounding only; the plane's two readouts are far from parallel.
    np.testing.assert_allclose(log_odds, logits[:, 1] - logits[:, 0], atol=1e-10)
    np.testing.assert_allclose(readout.direction, [1, 0], atol=1e-10)
    np.testing.assert_allclose(projection(session.states), task_aligned(space, session.states))


def test_the_readout_of_all_components_is_exact_everywhere(played):
    network, session, space = played
    projection = on_components(space, 6)
    readout = readout_of(network, projection)
    log_odds = readout.scale * (projection(session.states) @ readout.direction + readout.bias)
    p_right = session.p_right[session.row_trial, session.row_step]
    np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), p_right, atol=1e-12)
    assert projection.names == ("PC1", "PC2", "PC3", "PC4", "PC5", "PC6")


def test_projections_and_readouts_are_checked(played):
    network, _, space = played
    with pytest.raises(ValueError, match="n_components must be at least 1 and at most 6, got 7"):
        on_components(space, 7)
    with pytest.raises(ValueError, match=r"matrix must be \(M, n_units\)"):
        Projection(np.eye(3), np.zeros(2), ("a", "b", "c"))
    with pytest.raises(ValueError, match="names must be 2"):
        Projection(np.eye(2), np.zeros(2), ("a",))
    blind = Projection(np.zeros((1, 6)), space.mean, ("nothing",))
    with pytest.raises(ValueError, match="keeps nothing"):
        readout_of(network, blind)
    readout = Readout(np.array([1.0]), 0.2, 3.0)
    assert readout.at(4.0) == replace(readout, scale=4.0)
    with pytest.raises(ValueError, match="scale must be greater than 0"):
        readout.at(0)


def test_models_of_one_unit_and_any_number_of_inputs():
    model = DistilledModel([[0.5]], [[1.0, 2.0]], [0.0], "identity")
    np.testing.assert_allclose(model.run([[1, 1], [0, 0]], [2.0]), [[4.0], [2.0]])
