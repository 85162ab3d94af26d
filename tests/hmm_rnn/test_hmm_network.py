"""The network steps as torch's nn.RNN does, and its runs are what they say."""

import numpy as np
import pytest
import torch

from iblrnn_helpers.core.one_step_map import jacobians
from iblrnn_helpers.hmm_rnn.network import HmmRnn, one_step, run, sample_symbols


def network(nonlinearity="relu", biases=False, n_units=12, n_inputs=5, seed=0):
    rng = np.random.default_rng(seed)

    def weights(*shape):
        return rng.uniform(-0.5, 0.5, shape)

    return HmmRnn(
        weights(n_units, n_inputs),
        weights(n_units, n_units),
        weights(3, n_units),
        nonlinearity,
        weights(n_units) if biases else None,
        weights(3) if biases else None,
    )


@pytest.mark.parametrize("nonlinearity", ["relu", "tanh"])
@pytest.mark.parametrize("biases", [False, True])
def test_a_run_is_that_of_torch(nonlinearity, biases):
    ours = network(nonlinearity, biases)
    theirs = torch.nn.RNN(
        5, 12, nonlinearity=nonlinearity, bias=biases, batch_first=True, dtype=torch.float64
    )
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(torch.tensor(ours.w_in))
        theirs.weight_hh_l0.copy_(torch.tensor(ours.w_rec))
        if biases:
            theirs.bias_ih_l0.copy_(torch.tensor(ours.b_rec))
            theirs.bias_hh_l0.zero_()
    found = run(ours, 4, 30, seed=1, warm_up=0, keep_noise=True)
    expected = theirs(torch.tensor(found.noise))[0].detach().numpy()
    np.testing.assert_allclose(found.states, expected, atol=1e-12)
    logits = expected @ ours.w_out.T + (ours.b_out if biases else 0)
    np.testing.assert_allclose(found.logits, logits, atol=1e-12)


@pytest.mark.parametrize("nonlinearity", ["relu", "tanh"])
def test_the_one_step_map_is_the_step(nonlinearity):
    ours = network(nonlinearity, biases=True)
    rng = np.random.default_rng(2)
    states, noise = rng.normal(size=(6, 12)), rng.normal(size=5)
    mapped = one_step(ours)(torch.tensor(states), torch.tensor(noise).expand(6, 5)).numpy()
    np.testing.assert_allclose(mapped, ours.step(states, noise), atol=1e-12)
    slope = (mapped > 0) if nonlinearity == "relu" else 1 - mapped**2
    found = jacobians(one_step(ours), noise, states)
    np.testing.assert_allclose(found, slope[:, :, None] * ours.w_rec, atol=1e-12)


def test_the_same_seed_gives_the_same_noise_and_states_scale_with_it():
    ours = network()
    one = run(ours, 3, 40, seed=7)
    two = run(ours, 3, 40, seed=7, noise_sd=2.0)
    np.testing.assert_allclose(two.states, 2 * one.states, rtol=1e-12)
    assert one.noise is None
    assert not run(ours, 3, 40, seed=7, noise_sd=0.0).states.any()
    later = run(ours, 3, 10, seed=7, warm_up=50)
    np.testing.assert_array_equal(later.states, one.states[:, 30:])


def test_a_run_takes_one_step_after_the_other():
    ours = network(biases=True)
    whole = run(ours, 2, 20, seed=3, warm_up=0, keep_noise=True)
    state = whole.states[:, 9]
    for t in range(10, 20):
        state = ours.step(state, whole.noise[:, t])
    np.testing.assert_allclose(state, whole.states[:, -1], atol=1e-12)


def test_symbols_are_drawn_with_their_probabilities():
    probabilities = np.broadcast_to([0.2, 0.0, 0.5, 0.3], (100, 400, 4))
    symbols = sample_symbols(probabilities, 5)
    assert symbols.dtype == np.int8
    frequencies = np.bincount(symbols.ravel(), minlength=4) / symbols.size
    # 40,000 draws: a standard error of 0.0025 at most, and four of them.
    np.testing.assert_allclose(frequencies, [0.2, 0.0, 0.5, 0.3], atol=0.01)
    assert frequencies[1] == 0
    ran = run(network(), 2, 30, seed=1)
    np.testing.assert_array_equal(sample_symbols(ran, 6), sample_symbols(ran.probabilities, 6))
    np.testing.assert_array_equal(ran.classes, ran.probabilities.argmax(-1))


def test_weights_cannot_be_changed_afterwards():
    w_rec = np.eye(4)
    ours = HmmRnn(np.ones((4, 2)), w_rec, np.ones((3, 4)))
    w_rec[:] = 9
    assert (ours.w_rec == np.eye(4)).all()
    with pytest.raises(ValueError, match="read-only"):
        ours.w_rec[0, 0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"w_rec": np.ones((4, 3))}, r"w_rec must have shape \(4, 4\), got \(4, 3\)"),
        ({"w_in": np.ones((3, 2))}, r"w_in must have shape \(4, 2\), got \(3, 2\)"),
        ({"w_out": np.ones((3, 5))}, r"w_out must have shape \(3, 4\)"),
        ({"w_out": np.ones((1, 4))}, "w_out must have 2 rows or more"),
        ({"b_rec": np.ones(3)}, r"b_rec must have shape \(4,\)"),
        ({"w_in": np.full((4, 2), np.nan)}, "w_in must be finite"),
        ({"nonlinearity": "sigmoid"}, "nonlinearity must be one of 'relu', 'tanh'"),
    ],
)
def test_bad_weights_are_named(changes, message):
    good = {"w_in": np.ones((4, 2)), "w_rec": np.eye(4), "w_out": np.ones((3, 4))}
    with pytest.raises(ValueError, match=message):
        HmmRnn(**(good | changes))


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"noise_sd": -1.0}, "noise_sd must be at least 0, got -1.0"),
        ({"warm_up": -1}, "warm_up must be at least 0"),
    ],
)
def test_bad_runs_are_named(keywords, message):
    with pytest.raises(ValueError, match=message):
        run(network(), 2, 5, seed=0, **keywords)
