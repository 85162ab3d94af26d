"""Any recurrent network as a one-step map: torch itself is the oracle."""

import numpy as np
import pytest
import torch

import iblrnn_helpers as ibl
from iblrnn_helpers.agents.own_networks import OneStep
from iblrnn_helpers.core.one_step_map import HeldMap, iterate, jacobians

LAYERS = {"RNN": torch.nn.RNN, "GRU": torch.nn.GRU, "LSTM": torch.nn.LSTM}
CELLS = {"RNN": torch.nn.RNNCell, "GRU": torch.nn.GRUCell, "LSTM": torch.nn.LSTMCell}
INPUTS = np.random.default_rng(0).standard_normal((5, 7, 3))
DTYPES = [torch.float64, torch.float32]


def seeded(make, *args, **kwargs):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return make(*args, **kwargs)


def close(found, expected, dtype):
    # Sums are in another order: rounding of a few steps.
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    np.testing.assert_allclose(found, expected.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_layers", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", [*LAYERS, "relu"])
@torch.no_grad()
def test_a_layer_runs_as_torch_runs_it(kind, bias, n_layers, dtype):
    shape = {"bias": bias, "num_layers": n_layers, "batch_first": True, "dtype": dtype}
    if kind == "relu":
        layer = seeded(torch.nn.RNN, 3, 4, nonlinearity="relu", **shape)
    else:
        layer = seeded(LAYERS[kind], 3, 4, **shape)
    step = ibl.one_step(layer)
    hidden, last = layer(torch.tensor(INPUTS, dtype=dtype))
    states = step.run(INPUTS)
    assert step.n_state == 4 * n_layers * (2 if kind == "LSTM" else 1) and step.dtype == dtype
    close(step.outputs(states), hidden, dtype)
    last = last if kind == "LSTM" else (last,)
    flat = torch.cat([one.transpose(0, 1).flatten(1) for one in last], dim=-1)
    close(states[:, -1], flat, dtype)
    # Going on from there is one long run.
    np.testing.assert_array_equal(step.run(INPUTS[:, 4:], initial=states[:, 3]), states[:, 4:])
    layer.weight_hh_l0 *= 0
    np.testing.assert_array_equal(step.run(INPUTS), states)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", CELLS)
@torch.no_grad()
def test_a_cell_runs_as_torch_runs_it(kind, dtype):
    cell = seeded(CELLS[kind], 3, 4, dtype=dtype)
    state, path = None, []
    for now in torch.tensor(INPUTS, dtype=dtype).unbind(dim=1):
        state = cell(now, state)
        path.append(torch.cat(state, dim=-1) if kind == "LSTM" else state)
    close(ibl.one_step(cell).run(INPUTS), torch.stack(path, dim=1), dtype)


@pytest.mark.parametrize("kind", LAYERS)
def test_float32_layers_are_analysed_in_float64(kind):
    """Derivatives of a stacked float32 layer are those of the same layer made float64."""
    layer = seeded(LAYERS[kind], 3, 4, num_layers=2)
    double = seeded(LAYERS[kind], 3, 4, num_layers=2).double()
    step = ibl.one_step(layer)
    states = step.run(INPUTS[0])
    found, expected = (jacobians(ibl.one_step(one), [0.1, 0, 0], states) for one in (layer, double))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert step.dtype == torch.float32 and states.dtype == np.float64


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", [*LAYERS, "relu", *(f"{name} cell" for name in CELLS)])
def test_jacobians_in_closed_form_are_autograds(kind, bias, dtype):
    if kind == "relu":
        layer = seeded(torch.nn.RNN, 3, 4, nonlinearity="relu", bias=bias, dtype=dtype)
    else:
        make = LAYERS[kind] if kind in LAYERS else CELLS[kind.removesuffix(" cell")]
        layer = seeded(make, 3, 4, bias=bias, dtype=dtype)
    step = ibl.one_step(layer)
    states = np.random.default_rng(2).normal(0, 2, (9, step.n_state))
    states[0] = 0
    for inputs in INPUTS[0, :2]:
        found = jacobians(step, inputs, states)
        by_autograd = jacobians(lambda h, x: step(h, x), inputs, states)
        # Products of at most three factors, in another order.
        np.testing.assert_allclose(found, by_autograd, rtol=1e-12, atol=1e-14)


def test_stacked_layers_and_calls_of_ones_own_are_left_to_autograd():
    class Twice(OneStep):
        def __call__(self, h, inputs):
            return super().__call__(super().__call__(h, inputs), inputs)

    once = ibl.one_step(seeded(torch.nn.RNN, 3, 4).double())
    assert HeldMap(once, np.ones(3)).jacobian is not None
    assert ibl.one_step(torch.nn.RNN(3, 4, num_layers=2)).jacobian is None
    twice = Twice(once.function, 4, 3, once.dtype, once.shown, once.jacobian)
    states = np.random.default_rng(3).standard_normal((5, 4))
    first = jacobians(once, np.ones(3), states)
    then = jacobians(once, np.ones(3), iterate(once, np.ones(3), states, 1))
    np.testing.assert_allclose(jacobians(twice, np.ones(3), states), then @ first, rtol=1e-12)


def test_a_wrong_closed_form_is_refused():
    good = ibl.one_step(ibl.RecurrentNetwork(5))
    wrong = OneStep(
        good.function, 5, 3, good.dtype, good.shown, lambda h, x: 2 * good.jacobian(h, x)
    )
    with pytest.raises(ValueError, match="that of a finite difference"):
        jacobians(wrong, np.ones(3), np.ones((2, 5)))


@pytest.mark.parametrize("cell", ["vanilla", "gru", "lstm"])
def test_our_network_s_map_is_the_agent_s_own_to_the_bit(cell):
    from iblrnn_helpers.agents import rnn

    network = ibl.RecurrentNetwork(6, cell, seed=3)
    h, inputs = torch.randn(9, 12 if cell == "lstm" else 6).double(), torch.randn(9, 3).double()
    assert torch.equal(ibl.one_step(network)(h, inputs), rnn.one_step(network)(h, inputs))


def test_functions_have_their_sizes_and_precision():
    step = ibl.one_step(lambda h, u: torch.tanh(2 * h) + u, n_state=2, n_inputs=2)
    expected = np.tanh(2 * np.tanh(0.2)) + 1
    assert step.run([[0.0, 0.0], [1.0, 1.0]], initial=[0.1, 0.1])[-1] == pytest.approx(expected)
    held = ibl.one_step(lambda h: torch.tanh(2 * h) + 1, n_state=1, n_inputs=0)
    first = np.tanh(0.2) + 1
    np.testing.assert_allclose(
        held.run(np.zeros((2, 0)), initial=[0.1])[:, 0], [first, np.tanh(2 * first) + 1]
    )
    linear = seeded(torch.nn.Linear, 2, 2)
    assert ibl.one_step(linear, n_state=2, n_inputs=0).dtype == torch.float32
    weights = torch.full((2, 2), 0.5)
    single = ibl.one_step(lambda h, u: torch.tanh(h @ weights + u), n_state=2, n_inputs=2)
    assert single.dtype == torch.float32
    found = ibl.find_fixed_points(single, [0.0, 0.0], np.zeros((1, 2)))
    np.testing.assert_allclose(found.points, [[0, 0]], atol=1e-3)


def test_dropout_between_layers_is_left_out_and_subclasses_are_what_they_inherit():
    class Named(torch.nn.GRU):
        pass

    class Changed(torch.nn.GRU):
        def forward(self, *arguments):
            return super().forward(*arguments)

    layer = seeded(Named, 3, 4, num_layers=2, dropout=0.5, batch_first=True).double()
    with torch.no_grad():
        expected = layer.eval()(torch.tensor(INPUTS))[0]
    layer.train()
    step = ibl.one_step(layer)
    close(step.outputs(step.run(INPUTS)), expected, torch.float64)
    with pytest.raises(ValueError, match="got Changed"):
        ibl.one_step(Changed(3, 4))


def test_what_has_no_map_is_refused_with_a_way_out():
    class Whole(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRU(3, 4)

    gru = torch.nn.GRU(3, 4)
    for network, more, said in (
        (torch.nn.GRU(3, 4, bidirectional=True), {}, "network must have no bidirectional"),
        (torch.nn.LSTM(3, 4, proj_size=2), {}, "network must have no proj_size, got 2"),
        (Whole(), {}, "its recurrent layer alone is network.rnn"),
        (lambda h, u: h, {"n_state": 2}, "n_state and n_inputs must be given"),
        (gru, {"n_state": 4}, "n_state and n_inputs are a function's only"),
        (
            lambda h, u: h @ torch.eye(3).double(),
            {"n_state": 2, "n_inputs": 0},
            "the map must take",
        ),
        (lambda h: (h, h), {"n_state": 2, "n_inputs": 0}, r"states \(..., 2\), got tuple"),
        (lambda h: h[..., :1], {"n_state": 2, "n_inputs": 0}, r"\(..., 2\), got \(1, 1\)"),
        (3, {}, "network must be a RecurrentNetwork, torch.nn.RNN.* got int"),
    ):
        with pytest.raises(ValueError, match=said):
            ibl.one_step(network, **more)
    step = ibl.one_step(gru)
    for run, said in (
        (lambda: step.run(np.zeros((5, 2))), "inputs must have 3 columns"),
        (lambda: step.run(np.zeros((5, 0))), "inputs must have 3 columns, got none"),
        (lambda: step.run(INPUTS, initial=np.zeros(3)), "initial must have 4 columns"),
        (lambda: step.run(INPUTS, initial=np.zeros((2, 4))), "initial must be of 5 sequences"),
        (lambda: step.run(INPUTS * np.nan), "inputs must be finite"),
        (lambda: HeldMap(gru, [0, 0, 0]), r"of a torch.nn.GRU, iblrnn_helpers.one_step\(it\) is"),
    ):
        with pytest.raises(ValueError, match=said):
            run()


def test_the_map_of_an_lstm_goes_through_every_analysis():
    """States are [h, c]: what a run visits is what fixed points, basins and planes take."""
    step = ibl.one_step(seeded(torch.nn.LSTM, 3, 4))
    states = step.run(INPUTS).reshape(-1, 8)
    found = ibl.find_fixed_points(step, np.zeros(3), ibl.core.make_starts(states, n_starts=30))
    assert len(found.points) == 1 and found.index_sum == 1
    after = iterate(step, np.zeros(3), states, 500)
    np.testing.assert_allclose(after, np.tile(found.points, (len(states), 1)), atol=1e-6)
    assert ibl.linearise(step, np.zeros(3), found.points).stable.all()
    arrived = ibl.mechanism.basins(step, np.zeros(3), states, found.points)
    assert (arrived.label == 0).all()
