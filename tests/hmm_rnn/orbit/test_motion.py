"""What is measured of every network alike, and what happens around switches."""

import numpy as np
import pytest

from iblrnn_helpers.core.means import mean_of_independent
from iblrnn_helpers.hmm_rnn.network import HmmRnn, run
from iblrnn_helpers.hmm_rnn.orbit.motion import (
    MotionBudget,
    gates,
    measure_motion,
    regions_in_order,
)
from iblrnn_helpers.hmm_rnn.orbit.regions import residency
from iblrnn_helpers.hmm_rnn.statistics import find_switches, residence_times

NETWORK = HmmRnn(np.eye(3), np.diag([0.9, 0.9, 0.1]), [[1.0, 0, 0], [0, 0, -0.1], [0, 1, 0]])
EFFORT = MotionBudget(n_sequences=10, n_steps=200, n_states=100, n_starts=20)


def test_numbers_are_those_of_the_parts():
    found = measure_motion(NETWORK, EFFORT, seed=1)
    assert found.driven.states.shape == (10, 200, 3)
    assert found.states.shape == (100, 3) and len(found.residency.time) == 100
    assert (found.states[[0, -1]] == found.driven.states[[0, -1], [0, -1]]).all()
    numbers = found.numbers
    length = residence_times(found.driven.classes)[1]
    assert numbers["residence, median"] == np.median(length)
    assert numbers["residence, CV"] == pytest.approx(np.std(length) / np.mean(length))
    share = np.sort([(found.driven.classes == k).mean() for k in range(3)])
    assert numbers["share of the second class"] == pytest.approx(share[1])
    assert numbers["PC1 + PC2"] == pytest.approx(found.orbit.variance[:2].sum())
    assert numbers["left without input"] == pytest.approx(0.9**500)  # the slowest unit
    assert numbers["t of angular momentum"] < 5  # nothing here makes it go round
    assert numbers["turns, cluster"] == found.residency.mean("sign_changes", "cluster")
    assert numbers["turns per 1,000 steps"] == pytest.approx(
        abs(found.orbit.turns.sum()) / (10 * 199) * 1000
    )


def test_two_units_have_no_second_plane():
    # tanh, because two ReLU units are now and then both off, and zero is no start
    network = HmmRnn(np.eye(2), np.diag([0.9, 0.8]), [[1.0, 0], [0, 1]], nonlinearity="tanh")
    numbers = measure_motion(network, EFFORT, seed=1).numbers
    assert np.isfinite(numbers["turns per pair of switches"])


def test_a_seed_says_all():
    one, same, other = (measure_motion(NETWORK, EFFORT, seed=k).numbers for k in (1, 1, 2))
    assert one == same != other
    again = residency(NETWORK, measure_motion(NETWORK, EFFORT, 1).states, seed=1)
    assert not np.isnan(again.time).any()


def test_order_of_regions():
    numbers = {
        "turns, transition": 0.1, "turns, kick zone": 2.0, "turns, cluster": 9.0,
        "unstable, transition": 2.0, "unstable, kick zone": 1.0, "unstable, cluster": 0.2,
    }  # fmt: skip
    assert regions_in_order(numbers) == {"turns": True, "still": True, "unstable": True}
    for change, failing in (
        ({"turns, cluster": 1.9}, "turns"),
        ({"turns, transition": 0.2}, "still"),
        ({"unstable, cluster": 1.0}, "unstable"),
        ({"unstable, kick zone": np.nan}, "unstable"),
    ):
        found = regions_in_order(numbers | change)
        assert [name for name, holds in found.items() if not holds] == [failing]


def test_effort_is_checked():
    with pytest.raises(ValueError, match="n_states must be at most 40"):
        MotionBudget(n_sequences=4, n_steps=10, n_states=41, n_starts=10)
    with pytest.raises(ValueError, match="n_steps must be at least 2"):
        MotionBudget(n_steps=1)


# Two slow units that compete: the class is the larger one, and changes seldom.
RACE = HmmRnn(np.eye(2), 0.95 * np.eye(2), np.eye(2))
DRIVEN = run(RACE, 40, 400, seed=1)
FOUND = gates(RACE, DRIVEN, seed=2, n_switches=80, n_repeats=60)


def test_shapes_and_lags():
    assert FOUND.lag.tolist() == list(range(-12, 6))
    assert FOUND.n_switches == 80
    for field in ("exit_within", "mean_exit", "exit_cv", "determinism", "spread"):
        assert FOUND.at(field, -12).shape == (80,)
        np.testing.assert_array_equal(FOUND.at(field, -11), getattr(FOUND, field)[:, 1])


def test_means_by_lag_are_over_switches():
    mean = FOUND.by_lag("spread")
    assert mean.groups["lag"].tolist() == FOUND.lag.tolist() and (mean.n == 80).all()
    expected = [mean_of_independent(FOUND.at("spread", lag)) for lag in FOUND.lag]
    np.testing.assert_allclose(mean.mean, [one.value for one in expected])
    np.testing.assert_allclose(
        np.transpose([mean.low, mean.high]), [one.interval for one in expected]
    )
    low = FOUND.by_lag("exit_within").low
    assert (low >= 0).all()  # of a proportion
    with pytest.raises(ValueError, match="field must be one of 'exit_within'"):
        FOUND.by_lag("exits")


def test_exits_come_sooner_near_the_switch():
    far, near = FOUND.at("exit_within", -12).mean(), FOUND.at("exit_within", -1).mean()
    assert near - far > 0.2
    assert FOUND.at("mean_exit", -1).mean() < FOUND.at("mean_exit", -12).mean()


def test_spread_and_movement_of_a_network_that_forgets_at_once():
    """h' = relu(x): mean 1/√2π and variance 1/2 - 1/2π a unit, whatever the start."""
    network = HmmRnn(np.eye(3), np.zeros((3, 3)), np.eye(3))
    driven = run(network, 30, 200, seed=3)
    found = gates(network, driven, seed=4, n_switches=200, n_repeats=400, before=2, after=2)
    spread = 3 * (1 / 2 - 1 / (2 * np.pi))
    assert found.spread.mean() == pytest.approx(spread, rel=0.01)
    # The same states by hand: movement is the mean of h' less the start.
    switches = find_switches(driven.classes, min_before=2, min_after=2)
    chosen = np.sort(np.random.default_rng(4).permutation(len(switches))[:200])
    start = driven.states[switches.sequence[chosen], switches.step[chosen] - 1]
    squared = np.square(1 / np.sqrt(2 * np.pi) - start).sum(axis=1)
    expected = squared / (squared + spread)
    # 400 runs: a standard error of the spread of about 6%, and of each mean of 0.03.
    np.testing.assert_allclose(found.at("determinism", -1), expected, atol=0.08)
    assert np.abs(found.at("determinism", -1) - expected).mean() < 0.02
    # Which class comes next is drawn anew at each step: 1 - (chance to stay)^5.
    stays = (run(network, 1, 40_000, seed=5).classes == 0).mean()
    start_class = driven.classes[switches.sequence[chosen], switches.step[chosen] - 1]
    observed = found.at("exit_within", -1)[start_class == 0].mean()
    assert observed == pytest.approx(1 - stays**5, abs=0.01)


def test_runs_that_never_leave_count_as_the_longest():
    still = HmmRnn(1e-9 * np.eye(2), np.eye(2), np.eye(2))
    found = gates(still, DRIVEN, seed=2, n_switches=5, n_repeats=3, longest=20)
    assert (found.at("mean_exit", -12) == 20).all() and not found.at("exit_within", -12).any()


def test_bad_input():
    with pytest.raises(ValueError, match="driven must have switches after 300 and before 6"):
        gates(RACE, run(RACE, 2, 50, seed=0), seed=0, before=300)
    with pytest.raises(ValueError, match="longest must be at least 6, got 5"):
        gates(RACE, DRIVEN, seed=0, longest=5)
    with pytest.raises(ValueError, match="lag must be from -12 to 5, got 9"):
        FOUND.at("spread", 9)
    with pytest.raises(ValueError, match="field must be one of"):
        FOUND.at("n_switches", 0)
