"""Figures of the ring: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.inverse_rl.optimal_network.inverse import kl_between
from iblrnn_helpers.inverse_rl.ring import figures
from iblrnn_helpers.inverse_rl.ring.reward_models import TrainingCurves, compare_reward_models
from iblrnn_helpers.inverse_rl.ring.ring import (
    adjacent_reward,
    couplings_by_distance,
    optimise_ring,
    predict_clamped,
    raise_coding_cost,
)

REWARD = adjacent_reward(8, 3)
BEST = optimise_ring(REWARD)
HIGH = raise_coding_cost(BEST, 0.06, REWARD)
FITS = compare_reward_models(BEST, HIGH, REWARD)
CLAMPED = {
    name: predict_clamped(BEST, REWARD, FITS["sparse"].reward, held)
    for name, held in {"two": (0, 1), "one": (0,), "opposite": (0, 4)}.items()
}
STATES = np.random.default_rng(0).integers(256, size=100)

FIGURES = {
    "5a": lambda: figures.fig_5a_network(BEST.network, STATES, every=1000),
    "rasters": lambda: figures.fig_rasters({"one": STATES, "two": STATES[::-1]}, 8, every=100),
    "5b": lambda: figures.fig_5b_coding_cost(
        {"optimal": [BEST, HIGH], "predicted": [HIGH], "found from rest": [BEST]},
        {0.05: 0.99, 0.06: 0.98},
        {"unchanged": BEST.law, "optimal": HIGH.law, "predicted": FITS["sparse"].prediction.law},
    ),
    "5c": lambda: figures.fig_5c_distant_removed(
        {"all connected": (BEST.network, BEST.network), "up to 3": (HIGH.network, HIGH.network)},
        {
            "all connected": {"optimal": 0.9, "predicted": 0.8, "unchanged": 0.7},
            "up to 3": {"optimal": 0.6, "predicted": 0.5, "unchanged": 0.0},
        },
    ),
    "5d": lambda: figures.fig_5d_clamped(
        {name: one.rates for name, one in CLAMPED.items()},
        {name: one.active for name, one in CLAMPED.items()},
    ),
    "rewards": lambda: figures.fig_inferred_rewards(
        {name: fit.reward for name, fit in FITS.items()}, REWARD, BEST.law
    ),
    "6": lambda: figures.fig_6_reward_models(
        FITS, kl_between(HIGH.law, BEST.law), {"pairwise": [5.0, 20.0], "global": [4.0]}
    ),
    "training": lambda: figures.fig_training(
        TrainingCurves(
            np.array([50, 100, 150]), np.array([[0.1, 0.9, 1.0]] * 2), np.full((2, 3, 4), 0.4),
            np.array([[0.5, 0.2, np.nan]] * 2),
        ),
        np.array([2.0, 0, 0.2, -5]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures, labelled=False)


def lines_of(ax):
    return {line.get_label(): np.asarray(line.get_ydata()) for line in ax.lines}


def test_couplings_are_drawn_as_they_are():
    figure = FIGURES["5a"]()
    matrix = figure.axes[1].images[0].get_array()
    np.testing.assert_array_equal(matrix, BEST.network.couplings)
    drawn = lines_of(FIGURES["5c"]().axes[0])
    np.testing.assert_array_equal(drawn["all connected"], couplings_by_distance(BEST.network))


def test_bars_and_lines_have_the_heights_given():
    rewarded = lines_of(FIGURES["5c"]().axes[1])
    assert {name: drawn.tolist() for name, drawn in rewarded.items()} == {
        "optimal": [0.9, 0.6], "predicted": [0.8, 0.5], "unchanged": [0.7, 0.0],
    }  # fmt: skip
    fit, divergence = FIGURES["6"]().axes
    np.testing.assert_allclose(
        [bar.get_height() for bar in fit.patches], [one.r_squared for one in FITS.values()]
    )
    heights = [bar.get_height() for bar in divergence.patches]
    np.testing.assert_allclose(heights, [one.kl for one in FITS.values()])
    small = ["< 0.001" if one.kl < 1e-3 else "" for one in FITS.values()]
    assert [text.get_text() for text in divergence.texts] == small
    assert len(set(small)) == 2
    assert lines_of(divergence)["nothing changes"][0] == kl_between(HIGH.law, BEST.law)
    cost = lines_of(FIGURES["5b"]().axes[0])
    assert cost["optimal"].tolist() == [BEST.reward_rate, HIGH.reward_rate]
    rates = lines_of(FIGURES["5d"]().axes[0])
    np.testing.assert_array_equal(rates["optimal"], CLAMPED["two"].rates["optimal"])
    assert rates["optimal"][:2].tolist() == [1, 1]


def test_rewarded_states_stand_out():
    sparse = FIGURES["rewards"]().axes[0]
    drawn = lines_of(sparse)
    np.testing.assert_allclose(drawn["truly rewarded"], 1, atol=1e-6)
    assert len(drawn["truly 0"]) == 256 - 8
