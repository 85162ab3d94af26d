"""How alike two systems are: planted differences, closed forms, and plain loops over steps."""

from dataclasses import replace

import numpy as np
import pytest
from planted import planted_session

from iblrnn_helpers.distillation import likeness
from iblrnn_helpers.distillation.fit_quality import decoherence, finite_difference_decoherence

SESSION = planted_session(seed=3, n_sessions=5, n_blocks=8)
RNG = np.random.default_rng(0)
STATES = RNG.standard_normal((SESSION.n_rows, 2))


@pytest.mark.parametrize("differences", [False, True])
def test_distances_are_those_of_the_figure(differences):
    figure = (finite_difference_decoherence if differences else decoherence)(SESSION, STATES)
    sums = likeness.distances(SESSION, STATES, differences=differences)
    n_pairs = [(SESSION.steps_per_session - lag).sum() for lag in range(1, 21)]
    np.testing.assert_allclose(sums.sum(axis=0) / n_pairs, figure.mean, rtol=1e-12)


def test_a_larger_copy_drifts_further_at_the_same_rate():
    gap = likeness.decoherence_gap(SESSION, STATES, 1.3 * STATES)
    assert gap.value == pytest.approx(0.3) and gap.interval == pytest.approx((0.3, 0.3))
    assert likeness.decoherence_rate_gap(SESSION, STATES, 1.3 * STATES).value < 1e-12
    # A walk of n steps is sqrt(n) far on average, white noise equally far at all lags.
    walk = np.cumsum(STATES, axis=0)
    rates = likeness.decoherence_rate_gap(SESSION, STATES, walk)
    assert rates.value == pytest.approx(1 - np.sqrt(1 / 20), abs=0.05)  # 100 walks of 20 steps
    assert rates.interval[0] < 1 - np.sqrt(1 / 20) + 0.02 and rates.over == "trials"


def test_growth_of_a_walk_and_of_white_noise():
    """Distances of a walk grow as the root of the lag; differences of noise in closed form."""
    walk = likeness.growth(SESSION, np.cumsum(STATES, axis=0)).value
    assert walk == pytest.approx(20 ** (0.5 / 19), abs=0.01)  # some 100 independent stretches
    assert likeness.growth(SESSION, STATES).value == pytest.approx(1, abs=0.005)
    from scipy.special import comb

    expected = (comb(40, 20) / comb(2, 1)) ** (1 / 38)
    found = likeness.growth(SESSION, STATES, differences=True)
    assert found.value == pytest.approx(expected, abs=0.01)
    assert found.interval[0] < found.value < found.interval[1]


def test_explained_is_r2_of_the_worse_coordinate():
    others = STATES + [0.1, 0.3] * RNG.standard_normal(STATES.shape)
    found = likeness.explained(SESSION, STATES, others)
    wrong = np.square(others - STATES).sum(axis=0)
    r2 = 1 - wrong / np.square(STATES - STATES.mean(axis=0)).sum(axis=0)
    assert found.value == pytest.approx(r2.min())
    assert found.interval[0] < 1 - 0.09 < found.interval[1]  # 1 - noise / signal
    assert likeness.explained(SESSION, STATES, STATES).value == 1


def test_the_mean_path_forgives_noise_and_sees_a_shift():
    trials = SESSION.trials
    away = np.exp(-trials.trial_in_block / 5)[SESSION.row_trial]
    path = np.stack([SESSION.row_block_side * (1 - 2 * away), 0 * away], axis=1)
    noisy = path + 0.5 * RNG.standard_normal(path.shape)
    assert likeness.explained(SESSION, path[:, :1], noisy[:, :1]).value < 0.8
    assert likeness.explained_on_average(SESSION, path, path).value == 1
    # A plain loop over the cells.
    ends, others = path[SESSION.last_rows], noisy[SESSION.last_rows]
    wrong = spread = 0
    for side in (-1, 1):
        for k in range(trials.trial_in_block.max() + 1):
            cell = (trials.block_side == side) & (trials.trial_in_block == k)
            if cell.any():
                one, other = ends[cell].mean(axis=0), others[cell].mean(axis=0)
                wrong += cell.sum() * np.square(other - one).sum()
                spread += cell.sum() * np.square(one - ends.mean(axis=0)).sum()
    found = likeness.explained_on_average(SESSION, path, noisy)
    assert found.value == pytest.approx(1 - wrong / spread)
    assert likeness.explained_on_average(SESSION, path, path + np.array([0, 2])).value < 0


def test_tilt_is_the_slope_of_changes():
    first = np.cumsum(STATES[:, 0])
    states = np.stack([first, 0.2 * first + 5], axis=1)
    found = likeness.tilt(SESSION, states)
    assert found.value == pytest.approx(0.2) and found.interval == pytest.approx((0.2, 0.2))
    rows = SESSION.changing_rows
    x, y = (STATES[rows] - STATES[rows - 1]).T
    assert likeness.tilt(SESSION, STATES).value == pytest.approx(np.polyfit(x, y, 1)[0])


def test_curve_gap_is_the_largest_of_all_kinds():
    trials = SESSION.trials
    kind = (trials.strength == trials.strength.max()) & ~trials.concordant
    right = replace(SESSION, choice=trials.side.astype(np.int8))
    missed = replace(right, choice=np.where(kind, 0, right.choice).astype(np.int8))
    found = likeness.curve_gap(missed, right)
    assert found.value == 1 and found.interval is None  # no session tells otherwise
    half = kind & (np.cumsum(kind) % 2 == 0)
    halved = replace(right, choice=np.where(half, 0, right.choice).astype(np.int8))
    gap = likeness.curve_gap(halved, right)
    assert gap.value == pytest.approx(half.sum() / kind.sum())
    assert gap.interval[0] < gap.value < gap.interval[1]


def test_a_single_session_has_no_interval():
    one = SESSION.of_sessions(np.arange(5) == 2)
    assert likeness.tilt(one, STATES[: one.n_rows]).interval is None
