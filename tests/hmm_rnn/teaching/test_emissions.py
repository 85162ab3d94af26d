"""Do comparisons of emissions see what they should, and do the claims ask for what is measured?"""

from types import SimpleNamespace

import numpy as np
import pytest

from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import HmmRnn, run
from iblrnn_helpers.hmm_rnn.statistics import (
    exact_joint,
    exact_statistics,
    statistics_of_probabilities,
    total_variation,
)
from iblrnn_helpers.hmm_rnn.teaching.emissions import (
    COMPARED_STEPS,
    PUBLISHED_DISTANCE,
    assess_alike,
    assess_emissions,
    changes_per_sequence,
    emission_claims,
)
from iblrnn_helpers.hmm_rnn.teaching.emitted import (
    emitted_probabilities,
    memory_of_hmm,
    memory_of_network,
)
from iblrnn_helpers.hmm_rnn.teaching.likelihood import code_length
from iblrnn_helpers.publishing.ledger.loading import load_claims

COIN = HiddenMarkovModel("coin", [0.5, 0.5], np.full((2, 2), 0.5), np.full((2, 2), 0.5))


def visible(stay):
    """A Markov chain of two states that are seen as they are."""
    move = [[stay, 1 - stay], [1 - stay, stay]]
    return HiddenMarkovModel(f"stays {stay}", [0.5, 0.5], move, np.eye(2))


def signs_of_an_autoregression(rho, gain=1e4):
    """Two units hold both parts of u = rho u + noise; the symbol is the sign of u."""
    return HmmRnn(
        w_in=[[1.0], [-1.0]], w_rec=[[rho, -rho], [-rho, rho]], w_out=[[-gain, gain], [gain, -gain]]
    )


def test_signs_of_an_autoregression():
    # Two unit Gaussians with correlation r have one sign with probability 1/2 + arcsin(r)/pi.
    rho = 0.8
    match = assess_emissions(
        signs_of_an_autoregression(rho), COIN, n_sequences=500, n_steps=200, seed=1
    )
    expected = 0.5 - np.arcsin(rho) / np.pi
    low, high = match.change_rate.interval
    assert low < match.change_rate.value < high
    # 100,000 steps that remember about ten: standard error below 0.5 / sqrt(10,000) = 0.005.
    assert abs(match.change_rate.value - expected) < 0.01
    assert abs(match.change_ratio - expected / 0.5) < 0.02
    assert np.abs(match.network.frequencies - 0.5).max() < 0.02
    assert abs(match.total_variation - (0.5 - expected)) < 0.01
    assert abs(match.transition_error - (0.5 - expected) ** 2) < 0.01
    counted = changes_per_sequence(match.network_symbols)
    assert np.isclose(
        match.change_spread_ratio, counted.std() / changes_per_sequence(match.hmm_symbols).std()
    )
    assert abs(counted.mean() / 199 - expected) < 0.01
    # A coin finds all sequences equally likely.
    for found in (match.network_log_likelihood, match.hmm_log_likelihood):
        assert np.isclose(found.value, -np.log(2))
    assert np.isclose(match.likelihood_gain, 0)


def test_memory():
    lags = [1, 3, 9]
    probabilities = emitted_probabilities(signs_of_an_autoregression(0.8), 400, 100, 0)
    expected = 0.5 + np.arcsin(0.8 ** np.array(lags)) / np.pi
    assert np.abs(memory_of_network(probabilities, lags) - expected).max() < 0.015
    # Two states that stay with probability s: the second eigenvalue is 2 s - 1.
    assert np.allclose(memory_of_hmm(visible(0.9), lags), 0.5 + 0.5 * 0.8 ** np.array(lags))
    assert np.allclose(
        memory_of_hmm(FAMILIES["full"], [4])[0], exact_joint(FAMILIES["full"], 4).trace()
    )


def test_a_network_without_output_weights_is_a_coin():
    flat = HmmRnn(np.ones((3, 2)), np.zeros((3, 3)), np.zeros((2, 3)))
    match = assess_emissions(flat, COIN, n_sequences=200, n_steps=20)
    assert match.frequency_error == 0 and match.total_variation < 1e-15 and match.floor < 1e-15
    assert np.isclose(match.change_ratio, 1) and 0.9 < match.distance_ratio < 1.1
    assert match.network_symbols.shape == match.hmm_symbols.shape == (200, 20)


def test_the_floor_is_what_the_hmm_itself_would_get():
    chain = FAMILIES["chain-3"]
    flat = HmmRnn(np.ones((3, 2)), np.zeros((3, 3)), np.zeros((3, 3)))
    match = assess_emissions(flat, chain, n_sequences=300, seed=5)
    assert match.hmm_symbols.shape[1] == COMPARED_STEPS["chain-3"]
    assert match.floor < 0.01  # 30,000 steps that remember five: 0.5 / sqrt(6,000) = 0.006
    assert np.isclose(
        match.total_variation,
        total_variation(np.full((3, 3), 1 / 9), exact_statistics(chain).bigrams),
    )
    assert match.distance_ratio > 1.1  # uniform symbols are no match
    assert match.likelihood_gain < -1


def test_the_excess_of_a_code_is_the_relative_entropy_rate():
    truth, target = visible(0.7), visible(0.9)
    symbols = truth.sample(400, 60, 0)
    found = code_length(symbols, target, n_held_out=100)
    rate = 0.7 * np.log(0.7 / 0.9) + 0.3 * np.log(0.3 / 0.1)
    # 6,000 held-out steps of log ratios of 1.1 and -0.25: standard error 0.008.
    assert abs(found.excess.value - rate) < 0.04
    low, high = found.excess.interval
    assert 0 < low < found.excess.value < high
    assert np.isclose(found.by_target - found.by_fitted, found.excess.value)
    assert np.allclose(found.fitted.transition, truth.transition, atol=0.03)
    none = code_length(symbols, truth, n_held_out=100).excess
    assert abs(none.value) < 0.002


def test_networks_of_one_seed_are_compared_with_the_same_sequences():
    chain = FAMILIES["chain-2"]
    one, other = (
        assess_emissions(HmmRnn(np.ones((3, 2)), np.zeros((3, 3)), w_out), chain, n_sequences=20)
        for w_out in (np.zeros((3, 3)), np.diag([1.0, 0, 0]))
    )
    assert (one.hmm_symbols == other.hmm_symbols).all()
    assert one.distance_floor == other.distance_floor and one.distance != other.distance


def test_what_a_caller_changes_and_seeds_that_draw_anew_are_not_remembered():
    network, chain = signs_of_an_autoregression(0.8), visible(0.9)
    size = {"n_sequences": 20, "n_steps": 10}
    first = assess_emissions(network, chain, **size, seed=3)
    kept = first.hmm_symbols.copy()
    first.hmm_symbols[:], first.exact.bigrams[:] = 0, 0
    again = assess_emissions(network, chain, **size, seed=3)
    assert (again.hmm_symbols == kept).all() and again.exact.bigrams.sum() == pytest.approx(1)
    assess_emissions(network, chain, **size, seed=[1, 2])
    anew = [assess_emissions(network, chain, **size, seed=None).hmm_symbols for _ in range(2)]
    assert (anew[0] != anew[1]).any()


def test_many_sequences_are_run_a_few_at_a_time():
    network = signs_of_an_autoregression(0.5)
    probabilities = emitted_probabilities(network, 450, 3, 2)
    assert probabilities.shape == (450, 3, 2)
    assert len(np.unique(emitted_probabilities(network, 450, 3, 2)[:, 0, 0])) > 1
    assert np.array_equal(probabilities, emitted_probabilities(network, 450, 3, 2))
    calm = signs_of_an_autoregression(0.5, gain=1.0)
    loud = emitted_probabilities(calm, 20, 5, 0, noise_sd=100.0)
    quiet = emitted_probabilities(calm, 20, 5, 0, noise_sd=0.01)
    assert loud.max(axis=-1).mean() > 0.95 and quiet.max(axis=-1).mean() < 0.55


def test_bad_input():
    network = signs_of_an_autoregression(0.5)
    with pytest.raises(ValueError, match=r"network emits 2 symbols, chain-2 3"):
        assess_emissions(network, FAMILIES["chain-2"])
    with pytest.raises(ValueError, match="n_steps must be at least 2"):
        assess_emissions(network, COIN, n_steps=1)
    with pytest.raises(ValueError, match="n_sequences must be at least 2"):
        assess_emissions(network, COIN, n_sequences=1)
    with pytest.raises(ValueError, match="n_held_out must be"):
        code_length(np.zeros((3, 4), int), COIN, n_held_out=3)


def match(changes=1.0, rare=0.01, bigrams=0.01):
    return SimpleNamespace(
        frequency_error=0.02,
        transition_error=0.001,
        change_ratio=changes,
        change_spread_ratio=1.0,
        total_variation=bigrams,
        distance_ratio=0.97,
        likelihood_gain=-0.01,
        network=SimpleNamespace(frequencies=np.array([0.5, rare, 0.5 - rare])),
    )


def test_two_of_three_decide():
    matches = {family: [match(), match(), match()] for family in PUBLISHED_DISTANCE}
    matches["chain-2"] = [match(0.9, 0.001), match(1.1, 0.002), match(1.4, 0.01)]
    matches["full"] = [match(1.3), match(1.4), match(1.0)]
    code = SimpleNamespace(excess=Measured(0.004, (0.002, 0.006)))
    found = emission_claims(matches, code)
    assert found["hmm_emission.changes"] == 1.1
    assert found["hmm_emission.rare_symbol"] == 0.002
    assert found["hmm_emission.families_changes"] == 5
    assert found["hmm_emission.families_bigrams"] == 6
    assert found["hmm_emission.code_length"] is code.excess
    claims = {c.id: c for c in load_claims() if c.id.startswith("hmm_emission.")}
    assert found.keys() == {
        name for name in claims if not {"fast", "finished"} & set(name.split(".")[1].split("_"))
    }
    for family, ratio in PUBLISHED_DISTANCE.items():
        claim = claims[f"hmm_emission.distance_{family.replace('-', '_')}"]
        assert abs(claim.published - ratio) < 5e-4  # three printed digits


def test_networks_that_are_assessed_together_are_as_each_on_its_own():
    rng = np.random.default_rng(1)
    cases = {
        family: (
            HmmRnn(*(rng.normal(size=s) / 4 for s in ((20, n), (20, 20), (3, 20)))),
            FAMILIES[family],
        )
        for family, n in (("chain-2", 6), ("full", 6), ("chain-3", 6), ("cyclic", 2))
    }
    found = assess_alike(cases, n_sequences=40, seed=3)
    assert list(found) == list(cases)
    for family, (network, hmm) in cases.items():
        alone = assess_emissions(network, hmm, n_sequences=40, seed=3)
        np.testing.assert_array_equal(found[family].network_symbols, alone.network_symbols)
        assert found[family].total_variation == alone.total_variation
        # As the network's own run of so many steps, whose noise is drawn step by step.
        n_steps, for_network = found[family].hmm_symbols.shape[1], np.random.SeedSequence(3)
        ran = run(network, 40, n_steps, seed=for_network.spawn(2)[0])
        expected = statistics_of_probabilities(ran.probabilities)
        np.testing.assert_allclose(found[family].network.bigrams, expected.bigrams, rtol=1e-12)
