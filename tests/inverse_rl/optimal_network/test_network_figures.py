"""Figures of optimal networks: what all figures must be, and that they draw the numbers given."""

import dataclasses

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.inverse_rl.optimal_network import figures
from iblrnn_helpers.inverse_rl.optimal_network.changes import (
    adapt,
    spike_count_reward,
    switching_input,
)
from iblrnn_helpers.inverse_rl.optimal_network.inverse import infer_reward
from iblrnn_helpers.inverse_rl.optimal_network.network import (
    NetworkTask,
    count_distribution,
    optimise,
    tuning,
)
from iblrnn_helpers.inverse_rl.optimal_network.recording import simulate

TASK = NetworkTask(4, switching_input(0.5, 0.1))
REWARD = spike_count_reward(4, (1, 3))


NETWORK = optimise(TASK, REWARD)
INFERRED = infer_reward(NETWORK).reward
RARE = dataclasses.replace(TASK, input_transitions=switching_input(0.2, 0.1))
CASES = {
    "rare": adapt(NETWORK, REWARD, INFERRED, RARE),
    "dead": adapt(NETWORK, REWARD, INFERRED, TASK, {3: -1}),
}
RECORDING = simulate(NETWORK, 200, 0)
FIGURES = {
    "2c": lambda: figures.fig_2c_tuning(NETWORK),
    "2d": lambda: figures.fig_2d_dynamics(RECORDING, NETWORK),
    "2e": lambda: figures.fig_2e_reward(REWARD, INFERRED),
    "2f": lambda: figures.fig_2f_adaptation(NETWORK, CASES),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures)


def test_tuning_and_its_adaptation():
    lines = FIGURES["2c"]().axes[0].lines
    np.testing.assert_array_equal([line.get_ydata() for line in lines[4:]], tuning(NETWORK)[..., 1])
    for ax, case in zip(FIGURES["2f"]().axes, CASES.values(), strict=True):
        marks = [line for line in ax.lines if line.get_label() == "x = +1, truth"]
        np.testing.assert_allclose(marks[0].get_ydata(), tuning(case.truth)[0, :, 1])


def test_dynamics_and_reward():
    raster, counts, law, given = FIGURES["2d"]().axes
    np.testing.assert_array_equal(raster.images[0].get_array(), RECORDING.spins.T > 0)
    np.testing.assert_array_equal(counts.lines[0].get_ydata(), (RECORDING.spins > 0).sum(axis=1))
    np.testing.assert_array_equal(given.lines[0].get_ydata(), RECORDING.inputs)
    shares = [line.get_xdata() for line in law.lines]
    np.testing.assert_allclose(shares, count_distribution(NETWORK.stationary).T)
    ax = FIGURES["2e"]().axes[1]
    assert [bar.get_height() for bar in ax.patches] == [0, 0, 0, 1, 0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), INFERRED[:, 1])
