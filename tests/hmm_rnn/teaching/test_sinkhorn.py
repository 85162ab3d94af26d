"""The loss equals geomloss's, and its unbiased form is unbiased."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES
from iblrnn_helpers.hmm_rnn.teaching.sinkhorn import (
    finite_sample_floor,
    loss_of,
    one_hot,
    sinkhorn_divergence,
    unbiased_divergence,
)


def value_and_gradient(loss, x):
    x = x.clone().requires_grad_()
    value = loss(x)
    value.backward()
    return value.item(), x.grad


def sequences(family, n_sequences=200, n_steps=20, seed=1):
    return one_hot(FAMILIES[family].sample(n_sequences, n_steps, seed), 3)


@pytest.mark.parametrize("blur", [0.2, 1.0, 2.0])
@pytest.mark.parametrize("debiased", [True, False])
def test_value_and_gradient_are_those_of_geomloss(blur, debiased):
    geomloss = pytest.importorskip("geomloss")
    x, y = sequences("full"), sequences("chain-2", 150, seed=2)
    ours = value_and_gradient(lambda x: sinkhorn_divergence(x, y, blur, debiased=debiased), x)
    samples_loss = geomloss.SamplesLoss(
        "sinkhorn", p=2, blur=blur, debias=debiased, backend="tensorized"
    )
    theirs = value_and_gradient(lambda x: samples_loss(x, y), x)
    # The same iterations in float32: what is left is rounding.
    assert ours[0] == pytest.approx(theirs[0], rel=1e-4)
    torch.testing.assert_close(ours[1], theirs[1], rtol=1e-3, atol=1e-6)


def test_at_the_papers_blur_it_is_the_best_one_to_one_matching():
    x, y = sequences("full"), sequences("chain-2", seed=2)
    mismatches = 20 - (x @ y.T).numpy()
    best = mismatches[linear_sum_assignment(mismatches)].mean()
    found = sinkhorn_divergence(x, y, 0.2, debiased=False).item()
    # A plan that is a matching costs blur² log n more for its entropy, 0.2 here.  geomloss's few
    # iterations at the last blur leave the value, which grows with each, some percent too low.
    assert 0.9 * best < found < best + 0.04 * np.log(200) + 0.01


def test_self_terms_pull_at_nothing_at_the_papers_blur():
    x, y = sequences("full"), sequences("chain-2", seed=2)
    whole = value_and_gradient(lambda x: sinkhorn_divergence(x, y, 0.2), x)[1]
    cross = value_and_gradient(lambda x: loss_of(x, y, 0.2), x)[1]
    cosine = torch.nn.functional.cosine_similarity(whole.flatten(), cross.flatten(), dim=0)
    assert cosine > 0.99  # the bound


def test_unbiased_divergence_is_zero_on_average_and_the_debiased_is_not():
    floor = {
        unbiased: finite_sample_floor(
            FAMILIES["chain-3"], 64, 20, 1.0, seed=3, unbiased=unbiased, n_pairs=40
        )
        for unbiased in (True, False)
    }
    error = floor[True].std(ddof=1) / np.sqrt(40)
    assert abs(floor[True].mean()) < 4 * error
    assert floor[False].mean() > 1  # about 4: of 20 steps, so many differ in the best matching


def test_unbiased_gradient_is_the_derivative_of_its_value():
    rng = np.random.default_rng(5)
    x, y = (torch.tensor(rng.normal(size=(8, 2))) for _ in range(2))
    gradient = value_and_gradient(lambda x: unbiased_divergence(x, y, 2.0), x)[1]
    differences = torch.zeros_like(x)
    for k, j in itertools.product(range(8), range(2)):
        step = torch.zeros_like(x)
        step[k, j] = 1e-4
        ends = [unbiased_divergence(x + sign * step, y, 2.0).item() for sign in (1, -1)]
        differences[k, j] = (ends[0] - ends[1]) / 2e-4
    # The envelope theorem holds at the optimal plan; a few iterations come within a percent.
    assert (gradient - differences).norm() < 0.02 * differences.norm()


@pytest.mark.parametrize(
    ("x", "y", "blur", "message"),
    [
        (torch.zeros(4, 2), torch.zeros(4, 2), 0.0, "blur must be greater than 0"),
        (torch.zeros(4), torch.zeros(4, 2), 1.0, "x must be"),
        (torch.zeros(4, 3), torch.zeros(4, 2), 1.0, "as many dimensions, got 3 and 2"),
        (torch.zeros(4, 2), torch.full((4, 2), torch.nan), 1.0, "y must be finite"),
        (torch.zeros(3, 2), torch.zeros(4, 2), 1.0, "x must have an even number of points, got 3"),
    ],
)
def test_bad_input_is_named(x, y, blur, message):
    with pytest.raises(ValueError, match=message):
        unbiased_divergence(x, y, blur)
