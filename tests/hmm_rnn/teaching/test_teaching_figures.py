"""Figures of HMMs, of training on them and of emissions show what they are given."""

import io

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.figures import fig_hmm_states, symbol_colormap, symbol_styles
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.teaching import figures
from iblrnn_helpers.hmm_rnn.teaching.emissions import assess_emissions
from iblrnn_helpers.hmm_rnn.teaching.learning import Phases
from iblrnn_helpers.hmm_rnn.teaching.likelihood import code_length
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage
from iblrnn_helpers.hmm_rnn.teaching.training import TrainedHmmRnn


def drawn(figure):
    figure.savefig(io.BytesIO(), format="png")
    return figure


@pytest.fixture(scope="module")
def matches():
    rng = np.random.default_rng(0)
    network = HmmRnn(
        rng.normal(size=(4, 2)), 0.3 * rng.normal(size=(4, 4)), rng.normal(size=(3, 4))
    )
    return {
        family: [
            assess_emissions(network, FAMILIES[family], n_sequences=20, n_steps=12, seed=seed)
            for seed in (0, 1)
        ]
        for family in ("chain-2", "full", "cyclic")
    }


def test_states_and_moves():
    lopsided = HiddenMarkovModel(
        "lopsided", [1, 0, 0], [[0.5, 0.5, 0], [0.2, 0.5, 0.3], [0.995, 0.005, 0]], np.eye(3)
    )
    figure = drawn(fig_hmm_states({**FAMILIES, "lopsided": lopsided}))
    assert [ax.get_title() for ax in figure.axes] == [*FAMILIES, "lopsided"]
    texts = {
        ax.get_title(): sorted(t.get_text() for t in ax.texts if t.get_text()) for ax in figure.axes
    }
    assert texts["chain-3"] == sorted([".78", ".55", ".78", ".22", ".22"])
    assert texts["full"] == sorted(3 * [".95"] + 3 * [".025"])
    # There and back differ; a move of 0.005 is too little to be drawn.
    assert texts["lopsided"] == sorted([".50", ".50", ".00", ".50", ".20", ".30", ".99"])


def test_sequences_lie_one_above_the_other(matches):
    first = {family: of_family[0] for family, of_family in matches.items()}
    figure = drawn(figures.fig_sequences(first, n_shown=3))
    for ax, match in zip(figure.axes, first.values(), strict=True):
        shown = np.asarray(ax.images[0].get_array().filled(-1))
        np.testing.assert_array_equal(shown[:3], match.hmm_symbols[:3])
        np.testing.assert_array_equal(shown[4:], match.network_symbols[:3])


def test_transitions_are_written_into_their_cells(matches):
    first = {family: of_family[0] for family, of_family in matches.items()}
    axes = drawn(figures.fig_symbol_transitions(first)).axes
    np.testing.assert_allclose(axes[0].images[0].get_array(), first["chain-2"].exact.transition)
    np.testing.assert_allclose(axes[1].images[0].get_array(), first["chain-2"].network.transition)
    assert axes[0].texts[0].get_text() == ".94"


def test_change_counts_are_shares(matches):
    first = {family: of_family[0] for family, of_family in matches.items()}
    for ax in drawn(figures.fig_change_counts(first)).axes:
        shares = [patch.get_data().values for patch in ax.patches]
        assert len(shares) == 2
        np.testing.assert_allclose([share.sum() for share in shares], 1)


def test_each_network_is_a_dot(matches):
    figure = drawn(figures.fig_emission_match(matches, published_distance={"full": 1.06}))
    changes, bigrams, distance = figure.axes
    for ax, name in (
        (changes, "change_ratio"), (bigrams, "total_variation"), (distance, "distance_ratio")
    ):  # fmt: skip
        dots = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata())]
        found = np.concatenate([line.get_ydata() for line in dots])
        expected = [getattr(m, name) for of_family in matches.values() for m in of_family]
        np.testing.assert_allclose(found, expected)
    (cross,) = [
        line for line in distance.lines if line.get_marker() == "x" and len(line.get_xdata())
    ]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (1, 1.06)


def test_memory_and_likelihood(matches):
    lags = [1, 2, 4]
    figure = drawn(
        figures.fig_emission_memory(lags, {"full": [0.9, 0.8, 0.7]}, {"full": [[0.8, 0.7, 0.6]]})
    )
    assert [list(line.get_ydata()) for line in figure.axes[0].lines] == [
        [0.8, 0.7, 0.6], [0.9, 0.8, 0.7]
    ]  # fmt: skip
    match = matches["full"][0]
    code = code_length(match.network_symbols, match.hmm, n_held_out=5)
    figure = drawn(figures.fig_likelihood(matches, {"full": code}))
    excess = figure.axes[1].containers[0].lines[0]
    assert (excess.get_xdata()[0], excess.get_ydata()[0]) == (1, code.excess.value)


def test_symbols_look_alike_everywhere():
    assert len({look["color"] for look in symbol_styles(7)}) == 7
    assert symbol_colormap(3).colors == [look["color"] for look in symbol_styles(3)]
    with pytest.raises(ValueError, match="at most 7"):
        symbol_styles(8)


COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])


def test_the_floor_has_a_panel_for_each_loss():
    floors = {"paper": [3.0, 2.0], "halves": [0.0, 0.1]}
    independent = {"paper": [4.0, 3.5], "halves": [1.0, 1.0]}
    figure = figures.fig_loss_floor([64, 128], floors, independent)
    assert [ax.get_title() for ax in figure.axes] == ["paper", "halves"]
    assert figure.axes[0].lines[1].get_ydata().tolist() == [3.0, 2.0]


def test_losses_are_drawn_stage_by_stage():
    params = HmmRnnParams(COIN, (Stage(30, 8, 4, 1.0), Stage(20, 8, 4, 2.0)))
    history = np.column_stack([np.arange(50.0), np.r_[np.full(30, 3.0), np.full(20, 1.0)]])
    trained = TrainedHmmRnn(params=params, weights={}, history=np.hstack([history, history]))
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
