"""Quantities along training are those of the definitions."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.core.one_step_map import jacobians
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import HmmRnn, one_step, run
from iblrnn_helpers.hmm_rnn.teaching.learning import (
    Phases,
    loss_over_floor,
    most_beyond,
    phases,
    spectral_fractions,
    switch_rate,
    training_claims,
)
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage
from iblrnn_helpers.hmm_rnn.teaching.sinkhorn import (
    finite_sample_floor,
    loss_of_independent_symbols,
)
from iblrnn_helpers.hmm_rnn.teaching.training import train

COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])


def network(scale, seed=0, n_units=10):
    rng = np.random.default_rng(seed)
    return HmmRnn(
        rng.normal(size=(n_units, 4)),
        scale * rng.normal(size=(n_units, n_units)) / np.sqrt(n_units),
        rng.normal(size=(2, n_units)),
    )


@pytest.mark.parametrize("scale", [1.0, 0.95, 0.8, 0.4])  # to one that is surely stable
def test_eigenvalues_are_those_of_the_one_step_map(scale):
    ours = network(scale)
    ran = run(ours, 1, 40, seed=1, keep_noise=True)
    unstable, *rotating = [], [], []
    near = (0.1, 0.4)
    for t in range(1, 40):
        jacobian = jacobians(one_step(ours), ran.noise[0, t], ran.states[0, t - 1 : t])[0]
        eigenvalues = np.linalg.eigvals(jacobian)
        eigenvalues = eigenvalues[np.abs(eigenvalues) > 1e-12]
        unstable.append((np.abs(eigenvalues) > 1).any())
        m = (eigenvalues - 1) / (eigenvalues + 1)
        for limit, turns in zip(near, rotating, strict=True):
            turns.append(((np.abs(m.real) < limit) & (m.imag > 0.05)).any())
    found = spectral_fractions(ours, ran.states[:, 1:], 39, near=near)
    assert found == (np.mean(unstable), *np.mean(rotating, axis=1))
    assert found[:2] == spectral_fractions(ours, ran.states[:, 1:], 39)
    if scale == 1.0:
        assert 0 < found[0] < 1 and 0 < found[1] < found[2]


def test_fractions_of_known_matrices():
    still = HmmRnn(np.eye(2), np.diag([0.5, 0.9]), np.eye(2))
    states = np.ones((1, 5, 2))
    assert spectral_fractions(still, states, 5) == (0.0, 0.0)
    turning = HmmRnn(np.eye(2), 1.01 * np.array([[0.8, -0.6], [0.6, 0.8]]), np.eye(2))
    assert spectral_fractions(turning, states, 5) == (1.0, 1.0)
    # With one unit off, 0.81 alone is left.
    assert spectral_fractions(turning, states * [1, 0], 5) == (0.0, 0.0)
    assert spectral_fractions(turning, states, 5, near=0.1) == (1.0, 1.0)
    assert np.isnan(spectral_fractions(still, states[:, :0], 5)).all()
    with pytest.raises(ValueError, match="near must be"):
        spectral_fractions(still, states, 5, near=1)
    with pytest.raises(ValueError, match="network must have relu units, got tanh"):
        spectral_fractions(replace(still, nonlinearity="tanh"), states, 5)


def test_powers_of_a_jacobian_tell_what_its_eigenvalues_would():
    rng = np.random.default_rng(4)
    seen = set()
    for _ in range(200):
        # One eigenvalue is about as large as said, of either sign; the others are somewhere.
        a, b = np.linalg.qr(rng.normal(size=(12, 2))).Q.T
        others = rng.uniform(0, 0.9) * rng.normal(size=(12, 12)) / np.sqrt(12)
        matrix = others + rng.uniform(-1.4, 1.4) * np.outer(a, a + b)
        size = np.abs(eigenvalues := np.linalg.eigvals(matrix))
        m = (eigenvalues - 1) / (eigenvalues + 1)
        turning = ((np.abs(m.real) < 0.1) & (m.imag > 0.05)).any()
        found = spectral_fractions(HmmRnn(np.eye(12), matrix, np.eye(12)), np.ones((1, 1, 12)), 1)
        assert found == ((size > 1).any(), turning)
        most = most_beyond(0.8, matrix)
        assert most is None or (size >= 0.8).sum() <= most
        seen.add((most, found))
    assert {(0, (0, 0)), (1, (0, 0)), (1, (1, 0)), (None, (1, 0)), (None, (1, 1))} <= seen


def test_switch_rate_is_the_mean_of_reciprocal_residences():
    classes = np.array([[0, 0, 1, 1, 1, 1, 0, 2, 2, 2], [1, 1, 1, 0, 0, 2, 2, 2, 2, 2]])
    # Seen whole: 4 and 1 steps in the first sequence, 2 in the second.
    assert switch_rate(classes) == pytest.approx(np.mean([1 / 4, 1, 1 / 2]))
    assert switch_rate(np.zeros((3, 8), int)) == 0.0


def test_phases_of_a_short_training():
    stages = (Stage(30, 64, 6, 1.0), Stage(20, 64, 6, 2.0))
    trained = train(HmmRnnParams(COIN, stages, n_units=12, n_inputs=4), progress=False)
    found = phases(trained, seed=1, n_steps=100)
    assert found.update.tolist() == [0, 10, 20, 30, 40, 50]
    assert np.isnan(found.loss[0])
    np.testing.assert_allclose(found.loss[4], trained.history[30:40, 0].mean())
    assert (found.floor[1:4] == trained.history[0, 1]).all() and found.floor[4] != found.floor[3]
    last = run(trained.network, 8, 100, seed=1, warm_up=10)
    assert found.activity[-1] == pytest.approx(np.sqrt((last.states**2).mean()))
    assert found.switch_rate[-1] == switch_rate(last.classes)
    claims = training_claims(
        {"chain-2": [1.0]}, found, {"coin": [found]}, [trained.network], seed=1
    )
    assert all(np.isfinite(value) for value in claims.values())
    without = training_claims({"chain-2": [1.0]}, found, {}, [trained.network], seed=1)
    assert without.items() < claims.items()
    assert {name.removeprefix("hmm_training.families_") for name in claims.keys() - without} == {
        "plateau", "escape",
    }  # fmt: skip
    with pytest.raises(ValueError, match="must have snapshots"):
        phases(replace(trained, snapshots={}), seed=1)


def test_phases_of_a_stage_on_pairs():
    start = HmmRnnParams(COIN, (Stage(1, 4, 4, 1.0),), n_units=12, n_inputs=4)
    before = train(start, progress=False)
    params = replace(start, stages=(Stage(3, 4, 60, None),), start_from=start)
    found = phases(train(params, start=before.weights, progress=False), seed=1, n_steps=100)
    assert found.update.tolist() == [0, 3] and (found.floor == 0).all()
    # The symbols of a coin are independent, and so are those that are as frequent as its.
    assert found.independent == pytest.approx([0, 0], abs=1e-6)


def test_escape_and_growth_are_read_off_the_curves():
    update = np.arange(0, 200, 20)
    flat = np.ones(10)
    loss = np.array([np.nan, 1.3, 1, 1, 1, 0.9, 0.5, 0.2, 0.2, 0.2])
    left = np.array([0, 2, 0, 0, 0.1, 1.5, 3, 1, 0.1, 0.01])
    found = Phases(update, loss, 0.1 * flat, flat, flat, 0 * flat, 0 * flat, flat, left)
    assert found.escape == 120
    assert found.growth == (100, 140)  # not the swing of the first updates
    assert update[found.on_plateau].tolist() == [40, 60]
    stuck = replace(found, loss=flat)
    assert stuck.escape is None and stuck.growth is None


def test_independent_symbols_lose_what_order_would_save():
    sizes = (100, 20, 1.0)
    chain, coin = (
        (
            loss_of_independent_symbols(hmm, *sizes, seed=2).mean(),
            finite_sample_floor(hmm, *sizes, seed=3, n_pairs=4).mean(),
        )
        for hmm in (FAMILIES["chain-2"], COIN)
    )
    assert chain[0] > 2 * chain[1]
    # A coin's symbols are independent; means of four pairs differ by some hundredths.
    assert coin[0] == pytest.approx(coin[1], rel=0.1)


def test_a_perfect_network_is_at_the_floor():
    # Its logits hold the coin's probabilities at every step: one input-free unit cannot, so
    # a bias does.
    ideal = HmmRnn(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((2, 1)), b_out=np.log([0.8, 0.2]))
    assert loss_over_floor(ideal, COIN, n_steps=10, seed=4) == pytest.approx(1, rel=0.05)
    fair = replace(ideal, b_out=np.zeros(2))
    assert loss_over_floor(fair, COIN, n_steps=10, seed=4) > 1.5
