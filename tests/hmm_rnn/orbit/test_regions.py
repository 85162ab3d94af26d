"""Residency times, turns of the logit and unstable directions, against plain loops and torch."""

import numpy as np
import pytest

from iblrnn_helpers.core.one_step_map import jacobians
from iblrnn_helpers.hmm_rnn.network import HmmRnn, one_step
from iblrnn_helpers.hmm_rnn.orbit.regions import (
    REGIONS,
    Residency,
    count_unstable,
    noisy_exits,
    residency,
)


def drawn(gain, **options):
    rng = np.random.default_rng(4)
    return HmmRnn(
        rng.standard_normal((30, 10)),
        gain * rng.standard_normal((30, 30)) / np.sqrt(30),
        rng.standard_normal((3, 30)),
        **options,
    )


STATES = np.abs(np.random.default_rng(5).standard_normal((25, 30)))


@pytest.mark.parametrize(
    "network",
    [drawn(1.3), drawn(3, nonlinearity="tanh", b_rec=np.linspace(-1, 1, 30), b_out=[0, 9, 2])],
)
def test_exits_are_those_of_a_plain_loop(network):
    found = noisy_exits(network, STATES, n_repeats=4, n_steps=12, seed=7)
    rng = np.random.default_rng(7)
    h = np.repeat(STATES, 4, axis=0)
    times, turns = np.full(100, 12), np.zeros(100, int)
    begun_in = network.logits(h).argmax(axis=1)
    logit = network.logits(h)[np.arange(100), begun_in]
    change, inside = np.zeros(100), list(range(100))
    for t in range(1, 13):
        noise = rng.standard_normal((len(inside), 10), dtype=np.float32)
        for k, x in zip(tuple(inside), noise, strict=True):
            h[k] = network.step(h[k], x)
            logits = network.logits(h[k])
            if logits.argmax() != begun_in[k]:
                times[k] = t
                inside.remove(k)
                continue
            now = logits[begun_in[k]]
            turns[k] += (now - logit[k]) * change[k] < 0
            change[k], logit[k] = now - logit[k], now
    # Equal throughout: single precision would show only at a tie within 1e-6.
    assert found.times.ravel().tolist() == times.tolist()
    assert found.sign_changes.ravel().tolist() == turns.tolist()
    assert 1 < times.mean() < 11 and turns.max() > 2


def test_exits_from_a_network_that_forgets_at_once_are_geometric():
    """Classes are independent then: time to leave has mean 1/p and standard deviation √(1-p)/p."""
    network = HmmRnn(np.eye(2), np.zeros((2, 2)), [[1.0, -0.5], [0.0, 0.2]])
    rng = np.random.default_rng(0)
    h = network.step(np.zeros(2), rng.standard_normal((200_000, 2)))
    p = (network.logits(h).argmax(axis=1) != 0).mean()
    times = noisy_exits(network, [[1.0, 0.0]] * 50, n_repeats=400, n_steps=200, seed=1).times
    # 20,000 runs: four standard errors.
    assert times.mean() == pytest.approx(1 / p, abs=4 * np.sqrt(1 - p) / p / np.sqrt(20_000))
    assert times.std() == pytest.approx(np.sqrt(1 - p) / p, rel=0.05)


def test_a_state_that_decays_leaves_when_the_arithmetic_says_so():
    """Unit 0 shrinks by 0.8 a step and unit 1 by 0.95; the first is larger while 5·0.84^t > 1."""
    network = HmmRnn(1e-12 * np.eye(2), np.diag([0.8, 0.95]), np.eye(2))
    exits = noisy_exits(network, [[5.0, 1.0], [1.0, 5.0]], n_repeats=3, n_steps=40, seed=0)
    leaves = int(np.ceil(np.log(5) / np.log(0.95 / 0.8)))
    assert exits.times.tolist() == [[leaves] * 3, [40] * 3]
    assert not exits.sign_changes.any()


@pytest.mark.parametrize("options", [{}, {"nonlinearity": "tanh"}, {"b_rec": np.full(30, -0.3)}])
def test_unstable_directions_are_those_of_the_derivative(options):
    for gain in (0.4, 1.0, 1.6):  # none, few and many
        network = drawn(gain, **options)
        full = jacobians(one_step(network), np.zeros(10), STATES)
        expected = (np.abs(np.linalg.eigvals(full)) > 1).sum(axis=1)
        assert count_unstable(network, STATES).tolist() == expected.tolist()
    assert len(set(expected)) > 2
    # All off: no direction at all.
    assert count_unstable(HmmRnn([[1.0]], [[-1.0]], [[1.0], [0.0]]), [[1.0]]).tolist() == [0]


def test_regions_are_the_papers():
    found = Residency(
        np.array([1.9, 2.0, 8.0, 8.1, 8.1]), np.array([0.0, 2, 4, 10, 7]),
        np.array([1, 2, 0, 3, 9]), np.array([0.9, 0.5, 0.9, 0.81, 0.8]),
    )  # fmt: skip
    assert found.region.tolist() == [0, 1, 1, 2, -1]
    assert [found.mean("sign_changes", name) for name in REGIONS] == [0, 3, 10]
    assert found.mean("n_unstable", "kick zone") == 1
    table = found.to_frame()
    kick_zone = table[table["region"] == "kick zone"]
    assert kick_zone["time"].tolist() == [2, 8] and kick_zone["n_unstable"].tolist() == [2, 0]
    assert table["region"].isna().tolist() == [False] * 4 + [True]
    nowhere = Residency(*(np.array([1.0]),) * 4)
    assert np.isnan(nowhere.mean("time", "cluster"))
    with pytest.raises(ValueError, match="region must be one of 'transition'"):
        found.mean("time", "nucleus")
    with pytest.raises(ValueError, match="field must be one of 'time'"):
        found.mean("tempo", "cluster")


def test_residency_puts_them_together():
    network = drawn(1.3)
    found = residency(network, STATES, seed=7, n_repeats=4, n_steps=12)
    exits = noisy_exits(network, STATES, n_repeats=4, n_steps=12, seed=7)
    assert found.time.tolist() == exits.times.mean(axis=1).tolist()
    assert found.sign_changes.tolist() == exits.sign_changes.mean(axis=1).tolist()
    assert found.n_unstable.tolist() == count_unstable(network, STATES).tolist()
    weights = np.exp(STATES @ network.w_out.T)
    np.testing.assert_allclose(found.probability, weights.max(axis=1) / weights.sum(axis=1))


def test_bad_input():
    network = drawn(1.0)
    with pytest.raises(ValueError, match=r"states must be \(n_states, 30\), got \(3, 4\)"):
        noisy_exits(network, np.ones((3, 4)), n_repeats=1, n_steps=1, seed=0)
    with pytest.raises(ValueError, match="n_repeats must be at least 1"):
        noisy_exits(network, STATES, n_repeats=0, n_steps=1, seed=0)
