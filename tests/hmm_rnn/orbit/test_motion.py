"""What is measured of every network alike."""

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.orbit.motion import MotionBudget, measure_motion, regions_in_order
from iblrnn_helpers.hmm_rnn.orbit.orbit import residence_times
from iblrnn_helpers.hmm_rnn.orbit.regions import residency

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
    second = found.orbit.seen_in(found.driven, (0, 2))
    assert numbers["turns per pair, PC1 and PC3"] == pytest.approx(
        abs(second.turns.sum()) / second.class_cycles.sum()
    )


def test_two_units_have_no_second_plane():
    # tanh, because two ReLU units are now and then both off, and zero is no start
    network = HmmRnn(np.eye(2), np.diag([0.9, 0.8]), [[1.0, 0], [0, 1]], nonlinearity="tanh")
    numbers = measure_motion(network, EFFORT, seed=1).numbers
    assert np.isfinite(numbers["turns per pair of switches"])
    assert np.isnan(numbers["turns per pair, PC1 and PC3"])


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
