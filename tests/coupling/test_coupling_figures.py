"""Claim 3's figures: what all figures must be, and that they draw the numbers given."""

from itertools import pairwise

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.coupling import figures
from iblrnn_helpers.coupling.beliefs import observer_belief
from iblrnn_helpers.coupling.measures import change_by_evidence, persistence
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials

TRIALS = sample_trials(TaskParams(), n_sessions=2, n_blocks=8, seed=3)
FIRST = TRIALS.observations[:, 0, 1] - TRIALS.observations[:, 0, 0]
OBSERVER = observer_belief(TRIALS)
BELIEFS = {
    "RNN": 1.2 * OBSERVER + 0.1 * FIRST,
    "Bayesian observer": OBSERVER,
    "Coupled observer": np.clip(OBSERVER + 0.1 * FIRST, -1, 1),
}
ONE = TRIALS.block == 3
Q = np.linspace(0.1, 1, 6)

FIGURES = {
    "6a": lambda: figures.fig_6a_block_inference(
        {name: BELIEFS[name][:300] for name in ("RNN", "Bayesian observer")},
        TRIALS.block_side[:300],
    ),
    "6a, few trials": lambda: figures.fig_6a_block_inference(
        {"RNN": BELIEFS["RNN"][:130]}, TRIALS.block_side[:130]
    ),
    "6b": lambda: figures.fig_6b_single_block(
        {name: belief[ONE] for name, belief in BELIEFS.items()},
        FIRST[ONE],
        TRIALS.side[ONE],
        TRIALS.block_side[ONE],
    ),
    "change": lambda: figures.fig_change_by_evidence(
        {name: change_by_evidence(belief, FIRST, TRIALS) for name, belief in BELIEFS.items()}
    ),
    "persistence": lambda: figures.fig_persistence(
        {name: persistence(belief, FIRST, TRIALS, range(12)) for name, belief in BELIEFS.items()}
    ),
    "beliefs": lambda: figures.fig_beliefs_against_each_other(
        BELIEFS["RNN"], {name: BELIEFS[name] for name in list(BELIEFS)[1:]}
    ),
    "end probability": lambda: figures.fig_end_probability(
        Q, {"RNN": 1 - (Q - 0.4) ** 2, "Bayesian observer": 0.9 - (Q - 0.4) ** 2}, used=0.31
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures)


def lines_of(ax):
    return {line.get_label(): line for line in ax.lines}


def test_numbers_drawn_are_numbers_given():
    rows = FIGURES["6a"]().axes
    drawn = np.concatenate([lines_of(ax)["RNN"].get_ydata() for ax in rows])
    np.testing.assert_array_equal(drawn, BELIEFS["RNN"][:300])
    sides = np.concatenate([lines_of(ax)["true block side"].get_ydata() for ax in rows])
    np.testing.assert_array_equal(sides, TRIALS.block_side[:300])

    above, below = FIGURES["6b"]().axes
    np.testing.assert_array_equal(
        lines_of(above)["Coupled observer"].get_ydata(), BELIEFS["Coupled observer"][ONE]
    )
    right = TRIALS.side[ONE] > 0
    shown = lines_of(below)["stimulus right"]
    np.testing.assert_array_equal(shown.get_ydata(), FIRST[ONE][right])
    np.testing.assert_array_equal(shown.get_xdata(), np.flatnonzero(right) + 1)

    centre, change = change_by_evidence(BELIEFS["RNN"], FIRST, TRIALS)
    shown = lines_of(FIGURES["change"]().axes[0])["stimulus right"]
    np.testing.assert_array_equal(shown.get_xdata(), centre[1])
    np.testing.assert_array_equal(shown.get_ydata(), change.at(side=1).mean)

    r = np.corrcoef(BELIEFS["RNN"], OBSERVER)[0, 1]
    ax = FIGURES["beliefs"]().axes[0]
    assert ax.get_title() == f"r = {r:.2f}"
    lowest = BELIEFS["RNN"][OBSERVER < -0.9]
    assert lines_of(ax)["median"].get_ydata()[0] == pytest.approx(np.median(lowest))
    ends = [paths.get_paths()[0].vertices for paths in ax.collections]
    for vertices, shares in zip(ends, ((0.05, 0.95), (0.25, 0.75)), strict=True):
        first = vertices[np.isclose(vertices[:, 0], -0.95), 1]
        np.testing.assert_allclose([first.min(), first.max()], np.quantile(lowest, shares))


def test_block_shading_covers_every_trial_once():
    for ax in FIGURES["6a"]().axes:
        spans = sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches)
        assert spans[0][0] == 0.5 and spans[-1][1] == 100.5
        assert all(end == start for (_, end), (start, _) in pairwise(spans))


def test_titles_fit_on_a_line():
    for name, function in vars(figures).items():
        if name.startswith("fig_") and function.__module__ == figures.__name__:
            stem = function.__doc__.splitlines()[0]
            assert stem.endswith(".") and 20 < len(stem) < 100, name


def test_bad_input():
    belief = BELIEFS["RNN"][:9]
    calls = (
        (lambda: figures.fig_change_by_evidence({"RNN": 3}), "must be a tuple"),
        (lambda: figures.fig_persistence({"RNN": belief}), "must be a GroupMeans"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()
