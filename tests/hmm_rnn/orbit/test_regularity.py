"""Sources with even residences, and what the training loss makes of them."""

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, fully_connected
from iblrnn_helpers.hmm_rnn.orbit.noise_size import loss_of_sources, regular_chain
from iblrnn_helpers.hmm_rnn.orbit.orbit import residence_times
from iblrnn_helpers.hmm_rnn.statistics import exact_statistics

CHAIN = FAMILIES["chain-2"]


def test_one_stage_is_the_chain_that_the_networks_learn():
    made = regular_chain(1)
    np.testing.assert_allclose(made.transition, CHAIN.transition, atol=1e-15)
    np.testing.assert_allclose(made.emission, CHAIN.emission, atol=1e-15)
    assert made.initial == CHAIN.initial


@pytest.mark.parametrize(("n_stages", "residence"), [(1, 12), (2, 20), (4, 30)])
def test_residences_have_the_mean_and_the_evenness_stated(n_stages, residence):
    made = regular_chain(n_stages, residence)
    states, _ = made.sample_with_states(20, 20_000, 1)
    _, length = residence_times(states // n_stages)
    evenness = np.sqrt((1 - n_stages / residence) / n_stages)
    # 13,000 residences or more: four standard errors of their mean are 0.035 of it, those of
    # their standard deviation (of exponential ones, the widest) 0.05.
    assert length.mean() == pytest.approx(residence, rel=0.035)
    assert length.std() / length.mean() == pytest.approx(evenness, rel=0.06)
    # As many switches, whatever the number of stages; a symbol 1 is a change on both sides of it.
    change = 1 - np.square([0.99, 0.01]).sum() + 0.99**2 / residence
    assert exact_statistics(made).change_rate == pytest.approx(change, abs=1e-12)


def test_the_papers_loss_is_least_for_a_source_too_slow_and_the_unbiased_one_for_the_chain():
    sources = [CHAIN, regular_chain(2, 30)]
    size = {"n_sequences": 512, "n_steps": 40, "n_batches": 12, "seed": 3}
    papers = loss_of_sources(CHAIN, sources, blur=0.2, **size)
    unbiased = loss_of_sources(CHAIN, sources, blur=1.0, unbiased=True, **size)
    assert papers.shape == (2, 12)
    # Differences on the same batches, by four standard errors and more.
    for worse in (papers[0] - papers[1], unbiased[1] - unbiased[0]):
        assert worse.mean() > 4 * worse.std(ddof=1) / np.sqrt(12)
    # 0 on average for the same law, within four standard errors.
    assert abs(unbiased[0].mean()) < 4 * unbiased[0].std(ddof=1) / np.sqrt(12)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: regular_chain(0), "n_stages"),
        (lambda: regular_chain(3, 3), "residence"),
        (
            lambda: loss_of_sources(
                CHAIN, [CHAIN], n_sequences=8, n_steps=4, blur=1.0, n_batches=0, seed=1
            ),
            "n_batches",
        ),
    ],
)
def test_bad_arguments_are_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_sources_of_other_alphabets_are_named():
    coin = type(CHAIN)("coin", [1.0], [[1.0]], [[0.5, 0.5]])
    with pytest.raises(ValueError, match="got 2 of coin"):
        loss_of_sources(fully_connected(), [coin], n_sequences=8, n_steps=4, blur=1.0, seed=1)
