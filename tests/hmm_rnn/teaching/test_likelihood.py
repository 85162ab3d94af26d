"""Likelihood and beliefs against the sum over all paths of hidden states."""

from itertools import product

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.statistics import at_rest
from iblrnn_helpers.hmm_rnn.teaching.likelihood import filtered, fit_hmm, log_likelihood

LOPSIDED = HiddenMarkovModel(
    "lopsided",
    [0.2, 0.3, 0.5],
    [[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.5, 0.0, 0.5]],
    [[0.6, 0.4, 0.0], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]],
)


def of_all_paths(hmm, symbols):
    """Probability of the symbols and each last hidden state, (n_states,)."""
    last = np.zeros(hmm.n_states)
    for path in product(range(hmm.n_states), repeat=len(symbols)):
        chance = hmm.initial[path[0]] * hmm.emission[path[0]][symbols[0]]
        for before, now, symbol in zip(path, path[1:], symbols[1:], strict=False):
            chance *= hmm.transition[before][now] * hmm.emission[now][symbol]
        last[path[-1]] += chance
    return last


@pytest.mark.parametrize("hmm", [LOPSIDED, FAMILIES["chain-2"], FAMILIES["cyclic"]])
def test_all_paths(hmm):
    symbols = hmm.sample(4, 5, 0)
    beliefs = filtered(hmm, symbols)
    found = log_likelihood(hmm, symbols)
    for sequence, belief, log_chance in zip(symbols, beliefs, found, strict=True):
        assert np.isclose(log_chance, np.log(of_all_paths(hmm, sequence).sum()), atol=1e-10)
        for step in range(5):
            joint = of_all_paths(hmm, sequence[: step + 1])
            assert np.allclose(belief[step], joint / joint.sum(), atol=1e-10)


def random_model(rng, n_states, n_symbols):
    """About a third of its probabilities are 0."""
    shapes = (n_states,), (n_states, n_states), (n_states, n_symbols)
    rows = [rng.exponential(size=shape) * (rng.random(shape) > 0.3) for shape in shapes]
    rows = [one + (one.sum(axis=-1, keepdims=True) == 0) for one in rows]
    return HiddenMarkovModel("random", *(one / one.sum(axis=-1, keepdims=True) for one in rows))


def of_hmmlearn(hmm, **settings):
    from hmmlearn.hmm import CategoricalHMM

    model = CategoricalHMM(hmm.n_states, n_features=hmm.n_symbols, **settings)
    model.startprob_ = np.array(hmm.initial)
    model.transmat_ = np.array(hmm.transition)
    model.emissionprob_ = np.array(hmm.emission)
    return model


def test_as_hmmlearn_has_it():
    rng = np.random.default_rng(5)
    for n_states, n_symbols, n_steps in ((1, 2, 1), (2, 3, 1), (3, 2, 40), (6, 4, 25)):
        hmm = random_model(rng, n_states, n_symbols)
        symbols = rng.integers(n_symbols, size=(12, n_steps))
        symbols[:4] = hmm.sample(4, n_steps, 1)
        model = of_hmmlearn(hmm)
        with np.errstate(divide="ignore"):
            expected = [model.score(one[:, None]) for one in symbols]
        # The same sums of logarithms, in another order perhaps: rounding of some 100 terms.
        np.testing.assert_allclose(log_likelihood(hmm, symbols), expected, rtol=1e-12)
        beliefs = filtered(hmm, symbols[:4])
        for one, belief in zip(symbols[:4], beliefs, strict=True):
            for t in range(n_steps):
                posterior = model.predict_proba(one[: t + 1, None])[-1]
                np.testing.assert_allclose(belief[t], posterior, atol=1e-12)


def test_a_state_unlikelier_than_a_number_can_hold_may_explain_what_follows():
    tiny = 1e-200  # twice of it multiply to 0
    hmm = HiddenMarkovModel("rare", [1, tiny], np.eye(2), [[1, 0, 0], [tiny, 0, 1 - tiny]])
    found = log_likelihood(hmm, np.array([[0, 2]]))
    assert found[0] == pytest.approx(2 * np.log(tiny), rel=1e-12)
    assert np.array_equal(filtered(hmm, np.array([[0, 2]]))[0, 1], [0, 1])


def test_probabilities_of_all_sequences_add_up():
    every = np.array(list(product(range(3), repeat=4)))
    assert np.isclose(np.exp(log_likelihood(LOPSIDED, every)).sum(), 1, atol=1e-12)


def test_one_long_sequence_has_the_entropy_rate_of_its_chain():
    move = np.array([[0.9, 0.1], [0.3, 0.7]])
    visible = HiddenMarkovModel("visible", [0.75, 0.25], move, np.eye(2))
    rate = -(np.array([0.75, 0.25]) @ (move * np.log(move)).sum(axis=1))
    found = -log_likelihood(visible, visible.sample(300, 200, 0)).mean() / 200
    # 60,000 steps of log probabilities with a standard deviation of about 0.75.
    assert abs(found - rate) < 0.02


def test_impossible_sequences():
    swap = HiddenMarkovModel("swap", [1, 0], [[0, 1], [1, 0]], np.eye(2))
    symbols = np.array([[0, 1, 0], [0, 0, 1]])
    assert np.array_equal(log_likelihood(swap, symbols), [0, -np.inf])
    with pytest.raises(ValueError, match="swap cannot emit sequence 1"):
        filtered(swap, symbols)


def test_fitting_finds_the_model_that_made_the_symbols():
    move, emit = [[0.8, 0.2], [0.4, 0.6]], [[0.9, 0.1, 0.0], [0.0, 0.2, 0.8]]
    truth = HiddenMarkovModel("truth", [0.5, 0.5], move, emit)
    start = HiddenMarkovModel(
        "start", [0.5, 0.5], np.full((2, 2), 0.5), [[0.6, 0.2, 0.2], [0.2, 0.4, 0.4]]
    )
    symbols = at_rest(truth).sample(200, 60, 1)
    fitted = fit_hmm(symbols, start)
    assert log_likelihood(fitted, symbols).sum() >= log_likelihood(truth, symbols).sum()
    # 12,000 steps: the matrices are known to about 0.02.
    assert np.allclose(fitted.transition, move, atol=0.08)
    assert np.allclose(fitted.emission, emit, atol=0.08)


@pytest.mark.parametrize("hmm", [LOPSIDED, FAMILIES["chain-4"], FAMILIES["cyclic"]])
@pytest.mark.parametrize("n_steps", [2, 50])
def test_hmmlearn_fits_the_same_model(hmm, n_steps):
    symbols = FAMILIES["full"].sample(60, n_steps, 0)
    rows = [0.99 * np.array(one) for one in (hmm.initial, hmm.transition, hmm.emission)]
    softened = HiddenMarkovModel("softened", *(one + 0.01 / one.shape[-1] for one in rows))
    theirs = of_hmmlearn(softened, n_iter=100, tol=1e-3 * len(symbols), init_params="")
    theirs.fit(symbols.reshape(-1, 1), [n_steps] * len(symbols))
    fitted = fit_hmm(symbols, hmm)
    # Up to 100 steps, each a sum of thousands of terms: that many roundings.
    close = {"rtol": 1e-10, "atol": 1e-12}
    np.testing.assert_allclose(fitted.initial, theirs.startprob_, **close)
    np.testing.assert_allclose(fitted.transition, theirs.transmat_, **close)
    np.testing.assert_allclose(fitted.emission, theirs.emissionprob_, **close)


def test_bad_symbols():
    for call in (log_likelihood, filtered):
        with pytest.raises(ValueError, match="0 to 2, got 3"):
            call(LOPSIDED, np.full((1, 4), 3))
        with pytest.raises(ValueError, match="whole numbers"):
            call(LOPSIDED, np.zeros((1, 4)))
    with pytest.raises(ValueError, match="2 steps"):
        fit_hmm(np.zeros((3, 1), int), LOPSIDED)
