"""The semi-Markov filter against enumeration of block sequences, and its place among the agents."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor, observe
from iblrnn_helpers.agents.block_filter import block_belief
from iblrnn_helpers.agents.semi_markov import SemiMarkovPrior, block_hazard, semi_markov_belief
from iblrnn_helpers.core.means import group_means
from iblrnn_helpers.task.generative_model import (
    BLOCK_LAWS,
    TaskParams,
    block_length_distribution,
    sample_trials,
)
from iblrnn_helpers.task.rollouts import rollout

SHORT = TaskParams(min_block_length=2, max_block_length=5, hazard=0.3, concordance=0.7)


def laws(params):
    return [replace(params, block_law=law) for law in BLOCK_LAWS]


def enumerated_belief(params, sides):
    """P(b_n = R | s_<n) for every trial: sums over all sequences of whole blocks that cover it."""
    lengths, probabilities = block_length_distribution(params)
    most = -(-len(sides) // params.min_block_length)
    belief = []
    for n in range(len(sides)):
        total = right = 0.0
        for first in (-1, 1):
            for ks in product(range(len(lengths)), repeat=most):
                blocks = np.repeat(first * (-1) ** np.arange(most), [int(lengths[k]) for k in ks])[
                    : n + 1
                ]
                p = 0.5 * np.prod(probabilities[list(ks)])
                agrees = blocks[:n] == sides[:n]
                p *= np.prod(np.where(agrees, params.concordance, 1 - params.concordance))
                total += p
                right += p * (blocks[n] > 0)
        belief.append(right / total)
    return np.array(belief)


@pytest.mark.parametrize("params", laws(SHORT), ids=BLOCK_LAWS)
def test_belief_equals_enumeration(params):
    trials = sample_trials(params, n_sessions=3, n_blocks=2, seed=4)
    start = trials.session_start
    assert len(set(np.diff(start))) > 1  # sessions of different lengths, side by side
    expected = [enumerated_belief(params, trials.side[a:b]) for a, b in pairwise(start)]
    found = semi_markov_belief(trials)
    np.testing.assert_allclose(found, np.concatenate(expected), atol=1e-12, rtol=0)
    assert (found[start[:-1]] == 0.5).all() and np.ptp(found) > 0.3


def test_hazard_gives_the_lengths_back():
    for params in [*laws(TaskParams()), *laws(SHORT), *laws(replace(SHORT, max_block_length=2))]:
        hazard = block_hazard(params)
        lasts = np.concatenate([[1], np.cumprod(1 - hazard)[:-1]])
        lengths, probabilities = block_length_distribution(params)
        np.testing.assert_allclose((lasts * hazard)[lengths - 1], probabilities, atol=1e-12)
        assert (hazard[: params.min_block_length - 1] == 0).all() and hazard[-1] == 1
    text = block_hazard(replace(TaskParams(), block_law="forced_switch"))
    np.testing.assert_allclose(text[19:-1], 0.02, atol=1e-12)


def test_blocks_of_constant_hazard_leave_the_markov_filter():
    # No shortest length, and a longest that is never reached: the state is the side alone.
    params = TaskParams(
        min_block_length=1, max_block_length=900, hazard=0.05, block_law="forced_switch"
    )
    trials = sample_trials(params, n_sessions=2, n_blocks=8, seed=1)
    np.testing.assert_allclose(semi_markov_belief(trials), block_belief(trials), atol=1e-10)


@pytest.mark.parametrize("params", laws(TaskParams()), ids=BLOCK_LAWS)
def test_it_knows_more_than_the_markov_filter(params):
    trials = sample_trials(params, n_sessions=100, n_blocks=10, seed=2)
    is_right, block = trials.block_side > 0, trials.block_index
    beliefs = semi_markov_belief(trials), block_belief(trials)
    found, other = (((belief > 0.5) == is_right).astype(float) for belief in beliefs)
    assert group_means(found - other, {}, block).low > 0
    found, other = (np.log(np.where(is_right, belief, 1 - belief)) for belief in beliefs)
    assert group_means(found - other, {}, block).low > 0
    # Calibrated: of the trials that it says something of, as many are so.  500 blocks say
    # "right" half of the time, each bin is of many blocks: 0.03 is three standard errors.
    tenth = (beliefs[0] * 10).astype(int).clip(0, 9)
    for k in range(10):
        there = tenth == k
        assert is_right[there].mean() == pytest.approx(beliefs[0][there].mean(), abs=0.03)


@pytest.mark.parametrize("blocks", [None, "ibl", {"p_right": [0.1, 0.5, 0.6, 0.9]}])
def test_whole_sessions_in_compiled_code_are_one_update_a_trial(blocks):
    params = TaskParams(min_block_length=1, max_block_length=30, blocks=blocks)
    trials = sample_trials(params, n_sessions=4, n_blocks=6, seed=6)
    prior = SemiMarkovPrior(params)
    expected = []
    for first, end in pairwise(trials.session_start):
        memory = prior.start(1)
        for side in trials.side[first:end]:
            expected.append(memory[0].sum(axis=1))
            memory = prior.update(memory, np.array([side]))
    # Sums in another order: 1e-16 a trial, and the past is forgotten.
    np.testing.assert_allclose(prior.kinds(trials), expected, rtol=0, atol=1e-13)


def test_actor_and_observer_have_it_as_their_prior():
    trials = sample_trials(SHORT, n_sessions=4, n_blocks=5, seed=3)
    played = rollout(BayesianActor(SHORT, "semi_markov"), trials)
    prior = SemiMarkovPrior(SHORT).over(trials)
    np.testing.assert_allclose(played.p_right[:, 0], prior, atol=1e-12)
    watching = observe(played, "semi_markov")
    np.testing.assert_allclose(watching.p_right, played.p_right, atol=1e-12)


def test_impossible_sides_and_bad_settings_are_named():
    prior = SemiMarkovPrior(replace(SHORT, concordance=1.0))
    memory = prior.update(prior.start(1), np.array([1]))
    with pytest.raises(ValueError, match="side must be possible, but with concordance 1"):
        prior.update(memory, np.array([-1]))  # blocks last two trials at least
    with pytest.raises(ValueError, match="params must be a TaskParams, got NoneType"):
        SemiMarkovPrior(None)
