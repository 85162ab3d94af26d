"""Figures of training on HMMs show what they are given."""

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.hmm import HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.teaching import figures
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage
from iblrnn_helpers.hmm_rnn.teaching.training import TrainedHmmRnn
from iblrnn_helpers.hmm_rnn.teaching.training_phases import Phases

COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])


def test_the_floor_has_a_panel_for_each_loss():
    floors = {"paper": [3.0, 2.0], "halves": [0.0, 0.1]}
    independent = {"paper": [4.0, 3.5], "halves": [1.0, 1.0]}
    figure = figures.fig_loss_floor([64, 128], floors, independent)
    assert [ax.get_title() for ax in figure.axes] == ["paper", "halves"]
    assert figure.axes[0].lines[1].get_ydata().tolist() == [3.0, 2.0]
    with pytest.raises(ValueError, match="must have the same losses"):
        figures.fig_loss_floor([64], {"paper": [1.0]}, {})


def test_losses_are_drawn_stage_by_stage():
    params = HmmRnnParams(COIN, (Stage(30, 8, 4, 1.0), Stage(20, 8, 4, 2.0)))
    history = np.column_stack([np.arange(50.0), np.r_[np.full(30, 3.0), np.full(20, 1.0)]])
    trained = TrainedHmmRnn(params, {}, np.hstack([history, history]))
    (ax,) = figures.fig_training_losses({"ours": trained}, window=10).axes
    loss, floor, later, later_floor = ax.lines
    assert loss.get_xdata()[0] == 10 and loss.get_ydata()[0] == pytest.approx(4.5)
    assert floor.get_ydata()[0] == 3.0 and later_floor.get_ydata()[0] == 1.0
    assert later.get_xdata()[0] == 40 and later.get_ydata()[0] == pytest.approx(34.5)


def test_phases_have_a_column_for_each_training():
    update = np.arange(0, 200, 20)
    flat = np.ones(10)
    loss = np.array([np.nan, 1.3, 1, 1, 1, 0.9, 0.5, 0.2, 0.2, 0.2])
    left = np.array([0, 0, 0, 0, 0.1, 1.5, 3, 1, 0.1, 0.01])
    found = Phases(update, loss, 0.1 * flat, flat, flat, 0 * flat, 0 * flat, flat, left)
    figure = figures.fig_phases({"one": found, "two": found})
    assert len(figure.axes) == 8
    shaded = (
        figure.axes[0].patches[0].get_extents().transformed(figure.axes[0].transData.inverted())
    )
    assert (shaded.x0, shaded.x1) == (pytest.approx(100), pytest.approx(140))
    with pytest.raises(ValueError, match="must be a Phases"):
        figures.fig_phases({"one": None})
