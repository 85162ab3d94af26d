"""The loss on pairs of symbols: without bias, zero for the HMM itself, and trained with."""

import itertools

import numpy as np
import pytest
import torch

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.statistics import at_rest
from iblrnn_helpers.hmm_rnn.teaching.pair_loss import (
    CHANGE_LAGS,
    CHANGES,
    FREQUENCIES,
    N_LAGS,
    PAIRS,
    TWO_CHANGES,
    PairTarget,
    exact_two_changes,
    pair_loss,
    pair_loss_of_independent_symbols,
)
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage, finished_recipe, recipe
from iblrnn_helpers.hmm_rnn.teaching.training import train


def probabilities_of(hmm, n_steps, n_sequences, rng):
    """What a network would put out that knew the HMM's hidden state: its emission row."""
    transition, emission = np.array(hmm.transition), np.array(hmm.emission)
    state = rng.choice(len(transition), n_sequences, p=np.array(at_rest(hmm).initial))
    steps = []
    for _ in range(n_steps):
        steps.append(emission[state])
        uniform = rng.random((n_sequences, 1))
        state = (uniform > np.cumsum(transition[state], axis=1)).sum(axis=1)
    return torch.tensor(np.stack(steps), dtype=torch.float32)


@pytest.mark.parametrize("family", ["chain-2", "cyclic"])
def test_its_expectation_is_zero_for_the_hmm_itself_in_small_batches(family):
    hmm, rng = FAMILIES[family], np.random.default_rng(0)
    target = PairTarget.of(hmm)
    losses = [float(pair_loss(probabilities_of(hmm, 40, 32, rng), target)) for _ in range(150)]
    # A plain squared error would be far above 0 in batches of 32; three standard errors.
    assert abs(np.mean(losses)) < 3 * np.std(losses) / np.sqrt(len(losses))


def test_it_is_the_weighted_squared_error_in_closed_form():
    target = PairTarget.of(FAMILIES["chain-2"])
    frequencies = np.array([0.5, 0.2, 0.3])
    rows = torch.tensor(frequencies, dtype=torch.float32).expand(60, 8, 3)  # without memory
    joint = np.outer(frequencies, frequencies)
    true = target.frequencies.numpy()
    expected = FREQUENCIES * np.sum((frequencies - true) ** 2 / (true + 2e-3))
    for lag, pairs in enumerate(target.joint.numpy(), start=1):
        expected += PAIRS / lag * np.sum((joint - pairs) ** 2 / (pairs + 2e-3))
        if lag in CHANGE_LAGS:
            ratio = (1 - np.trace(joint)) / (1 - np.trace(pairs))
            expected += CHANGES / lag * (ratio - 1) ** 2
    change = 1 - np.trace(joint)
    both = np.full(N_LAGS, change**2)  # two steps apart and more, they are independent
    both[0] = np.sum((1 - frequencies) ** 2 * frequencies)
    ratios = both / target.two_changes.numpy()
    expected += np.sum(TWO_CHANGES / np.arange(1, N_LAGS + 1) * (ratios - 1) ** 2)
    assert float(pair_loss(rows, target)) == pytest.approx(expected, rel=1e-3)  # _NEVER


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_two_changes_by_enumeration_of_all_sequences(lag):
    hmm = at_rest(FAMILIES["cyclic"])
    start, transition, emission = map(np.array, (hmm.initial, hmm.transition, hmm.emission))
    found = 0.0
    for symbols in itertools.product(range(hmm.n_symbols), repeat=lag + 2):
        if symbols[0] == symbols[1] or symbols[-2] == symbols[-1]:
            continue
        forward = start * emission[:, symbols[0]]
        for symbol in symbols[1:]:
            forward = forward @ transition * emission[:, symbol]
        found += forward.sum()
    assert exact_two_changes(hmm, lag) == pytest.approx(found, rel=1e-12)


def test_a_stage_without_blur_needs_steps_enough():
    with pytest.raises(ValueError, match="n_steps must be at least 60, got 40"):
        Stage(1, 4, 40, None)


def test_what_a_model_cannot_do_does_not_outweigh_the_rest():
    # Each side lasts two steps or more, so that no change follows another at once.
    side = np.array([[0, 1, 0, 0], [0, 0.9, 0.1, 0], [0, 0, 0, 1], [0.1, 0, 0, 0.9]])
    slow = HiddenMarkovModel("two at least", [1, 0, 0, 0], side, np.eye(2)[[0, 0, 1, 1]])
    assert exact_two_changes(slow, 1) == 0
    assert 0.1 < pair_loss_of_independent_symbols(slow) < 1e5  # it was 6e9


def test_stages_and_batches_that_the_loss_cannot_take():
    with pytest.raises(ValueError, match="unbiased must be False without a blur"):
        Stage(1, 4, 60, None, unbiased=True)
    with pytest.raises(ValueError, match="n_sequences must be even to be halved, got 5"):
        Stage(1, 5, 60, None)
    target = PairTarget.of(FAMILIES["chain-2"])
    with pytest.raises(ValueError, match="number of steps must be at least 22, got 21"):
        pair_loss(torch.full((21, 4, 3), 1 / 3), target)


def test_the_finishing_recipe_goes_on_from_the_papers_loss():
    params = finished_recipe("chain-3", 2)
    assert params.start_from == recipe("chain-3", 2) and params.stages[0].blur is None


@pytest.mark.slow
def test_training_on_pairs_brings_a_small_network_closer():
    stage = Stage(150, 64, 60, None, learning_rate=3e-3)
    params = HmmRnnParams(FAMILIES["chain-2"], (stage,), seed=0, n_units=20, n_inputs=5)
    history = train(params, progress=False).history
    # From random weights; each row is one noisy batch, so ends of 20 are compared.
    assert history[-20:, 0].mean() < 0.5 * history[:20, 0].mean()
    assert (history[:, 1] == 0).all()  # there is no floor: the loss has no bias
