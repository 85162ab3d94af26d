import dataclasses
import io

import numpy as np
import pytest

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


@pytest.fixture(scope="module")
def network():
    return optimise(TASK, REWARD)


def drawn(figure):
    figure.savefig(io.BytesIO(), format="png")
    return figure


def test_tuning_and_its_adaptation(network):
    line = drawn(figures.fig_2c_tuning(network)).axes[0].lines[-1]
    np.testing.assert_allclose(line.get_ydata(), tuning(network)[0, :, 1])
    cases = {
        "rare": adapt(
            network,
            REWARD,
            infer_reward(network).reward,
            dataclasses.replace(TASK, input_transitions=switching_input(0.2, 0.1)),
        ),
        "dead": adapt(network, REWARD, infer_reward(network).reward, TASK, {3: -1}),
    }
    figure = drawn(figures.fig_2f_adaptation(network, cases))
    for ax, case in zip(figure.axes, cases.values(), strict=True):
        marks = [line for line in ax.lines if line.get_label() == "x = +1, truth"]
        np.testing.assert_allclose(marks[0].get_ydata(), tuning(case.truth)[0, :, 1])


def test_dynamics_and_reward(network):
    recording = simulate(network, 200, 0)
    figure = drawn(figures.fig_2d_dynamics(recording, network))
    raster, counts, given, law = figure.axes
    np.testing.assert_array_equal(raster.images[0].get_array(), recording.spins.T > 0)
    np.testing.assert_array_equal(counts.lines[0].get_ydata(), (recording.spins > 0).sum(axis=1))
    np.testing.assert_array_equal(given.lines[0].get_ydata(), recording.inputs)
    widths = [bar.get_width() for bar in law.patches]
    np.testing.assert_allclose(widths, count_distribution(network.stationary).T.ravel())
    figure = drawn(figures.fig_2e_reward(REWARD, infer_reward(network).reward))
    assert [bar.get_height() for bar in figure.axes[1].patches] == [0, 0, 0, 1, 0]
