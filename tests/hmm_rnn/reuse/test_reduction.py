"""Reductions of networks whose state has known dimensions, and of one that is kept whole."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES
from iblrnn_helpers.hmm_rnn.network import HmmRnn, run
from iblrnn_helpers.hmm_rnn.orbit.orbit import find_orbit
from iblrnn_helpers.hmm_rnn.reuse import reduction

EXACT = 1e-9  # of rounding only


@pytest.fixture(scope="module")
def two_dimensional():
    """Six tanh units whose states stay so small that they are linear, and in a plane."""
    rng = np.random.default_rng(0)
    plane = np.linalg.qr(rng.standard_normal((6, 2)))[0]
    turn = 0.9 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    network = HmmRnn(
        1e-4 * plane @ rng.standard_normal((2, 3)), plane @ turn @ plane.T,
        1e3 * rng.standard_normal((3, 6)), "tanh",
    )  # fmt: skip
    driven = run(network, 20, 200, seed=1, keep_noise=True)
    return network, driven, find_orbit(driven)


def test_all_dimensions_are_the_network(two_dimensional):
    network, driven, orbit = two_dimensional
    kept = reduction.through_components(network, orbit, 6)
    np.testing.assert_allclose(kept.w_rec, network.w_rec, atol=EXACT)
    np.testing.assert_allclose(kept.b_rec, 0, atol=EXACT)
    found = reduction.read_out_only(network, driven, orbit, 6)
    np.testing.assert_allclose(found.logits, driven.logits, atol=1e-6)  # logits are of order 1


def test_a_plane_is_enough_where_there_is_no_more(two_dimensional):
    network, driven, orbit = two_dimensional
    again = run(reduction.through_components(network, orbit, 2), 20, 200, seed=1)
    np.testing.assert_allclose(again.states, driven.states, atol=1e-3 * driven.states.std())


def test_distilled_units_have_the_eigenvalues_of_the_plane(two_dimensional):
    network, driven, orbit = two_dimensional
    model = reduction.distill_network(network, driven, orbit, 2, "identity").model
    values = np.linalg.eigvals(model.recurrent)
    np.testing.assert_allclose(np.abs(values), 0.9, atol=1e-4)  # the tanh of 1e-3 is linear
    np.testing.assert_allclose(np.abs(np.angle(values)), 0.3, atol=1e-4)


def test_a_linear_model_emits_as_its_network(two_dimensional):
    network, driven, orbit = two_dimensional
    emitter = reduction.distill_network(network, driven, orbit, 2, "identity")
    found = emitter.run(20, 200, seed=1, warm_up=20)  # the noise of the network's own run
    # The model is fitted to 1e-4 of its states, and these make logits of order 1.
    np.testing.assert_allclose(found.logits, driven.logits, atol=0.01 * driven.logits.std())


def test_what_is_kept_decides_what_is_lost(two_dimensional):
    network, _, orbit = two_dimensional
    # Symbols 0 and 2 on either side of the plane, which a state goes round in 21 steps.
    one = orbit.components[0]
    network = replace(network, w_out=1e3 * np.stack([one, 0 * one, -one]))
    found = reduction.reductions(
        network, FAMILIES["chain-2"], [1, 2], n_sequences=20, n_steps=200, seed=0
    )
    assert 0.7 < found.whole["turns"] < 1.1  # noise makes it turn back now and then
    for way in ("readout", "loop", "linear"):
        # The same law twice, from as many sequences: 0.03 is several times their noise.
        assert found.at("error", way, 2) == pytest.approx(found.whole["error"], abs=0.03)
        assert np.isnan(found.at("turns", way, 1))
        assert found.at("turns", way, 2) == pytest.approx(found.whole["turns"], abs=0.1)
    assert np.isnan(found.at("error", "loop", 5))


def test_a_loop_that_runs_away_has_no_numbers():
    network = HmmRnn(np.eye(3), np.diag([1.5, 0.5, 0.5]), np.eye(3))
    found = run(network, 2, 60, seed=0)
    assert np.isnan(reduction._numbers(found, None, (0, 2), 3, limit=1e3)).all()


def test_bad_input(two_dimensional):
    network, _, orbit = two_dimensional
    with pytest.raises(ValueError, match="n_kept must be"):
        reduction.through_components(network, orbit, 7)
    with pytest.raises(ValueError, match="noise"):
        reduction.distill_network(network, run(network, 2, 20, seed=0), orbit, 2)
