"""A ring network from its recording: planted couplings, and what a reward's unit is worth."""

import numpy as np
import pytest

from iblrnn_helpers.inverse_rl.optimal_network.inverse import kl_between
from iblrnn_helpers.inverse_rl.optimal_network.recording import simulate
from iblrnn_helpers.inverse_rl.ring.from_recording import fit_ring, from_recordings
from iblrnn_helpers.inverse_rl.ring.ring import (
    adjacent_reward,
    couplings_by_distance,
    optimise_ring,
    raise_coding_cost,
    ring_network,
)


def test_planted_couplings_come_back_from_a_recording():
    planted = [0.3, -0.2, 0.1]
    network = ring_network(planted, -0.25, 6)
    recording = simulate(network.log_odds(), 400_000, 1, input_transitions=[[1.0]])
    found = fit_ring(recording)
    # Standard errors are about 1/sqrt(400,000 x 4 x p(1 - p)) or 0.002; five of them.
    np.testing.assert_allclose(couplings_by_distance(found), planted, atol=0.01)
    np.testing.assert_allclose(found.fields, -0.25, atol=0.01)
    strong = couplings_by_distance(fit_ring(recording, prior=1e8))
    assert np.abs(strong).max() < 0.01  # a prior that leaves nothing else
    with pytest.raises(ValueError, match="prior"):
        fit_ring(recording, prior=0)


def test_a_reward_that_is_too_small_predicts_as_a_higher_coding_cost_does():
    """c r at the cost λ is r at λ / c, times c: what a recording's unit does to its prediction."""
    reward = adjacent_reward(8, 3)
    network = optimise_ring(reward, 0.05)
    high = raise_coding_cost(network, 0.07, reward)
    (one,) = from_recordings(network, high, reward, 200_000, [1])
    assert one.r_squared == pytest.approx(np.corrcoef(reward, one.reward)[0, 1] ** 2, abs=1e-12)
    assert one.size == pytest.approx(one.reward[reward == 1].mean(), abs=1e-12)
    assert one.size < 0.9  # slack makes it smaller
    assert one.kl_in_unit < 1e-8  # rewards of other states hardly matter here
    dearer = raise_coding_cost(network, 0.07 / one.size, reward)
    assert one.kl == pytest.approx(kl_between(high.law, dearer.law), rel=1e-3)  # likewise
    assert one.kl > 1e-3
