"""Figures of HMMs, of training on them and of emissions show what they are given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.colors import to_hex

from iblrnn_helpers.hmm_rnn import figures as room
from iblrnn_helpers.hmm_rnn.figures import symbol_styles
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.teaching import figures
from iblrnn_helpers.hmm_rnn.teaching.emissions import assess_emissions
from iblrnn_helpers.hmm_rnn.teaching.learning import Phases
from iblrnn_helpers.hmm_rnn.teaching.likelihood import code_length
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage
from iblrnn_helpers.hmm_rnn.teaching.training import TrainedHmmRnn

COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])
LOPSIDED = HiddenMarkovModel(
    "lopsided", [1, 0, 0], [[0.5, 0.5, 0], [0.2, 0.5, 0.3], [0.995, 0.005, 0]], np.eye(3)
)
RNG = np.random.default_rng(0)
NETWORK = HmmRnn(RNG.normal(size=(4, 2)), 0.3 * RNG.normal(size=(4, 4)), RNG.normal(size=(3, 4)))
MATCHES = {
    family: [
        assess_emissions(NETWORK, FAMILIES[family], n_sequences=20, n_steps=12, seed=seed)
        for seed in (0, 1)
    ]
    for family in ("chain-2", "full", "cyclic", "chain-3")
}
FIRST = {family: of_family[0] for family, of_family in MATCHES.items()}
CODE = code_length(FIRST["full"].network_symbols, FIRST["full"].hmm, n_held_out=5)
FLOORS = {"paper": [3.0, 2.0], "halves": [0.0, 0.1]}
INDEPENDENT = {"paper": [4.0, 3.5], "halves": [1.0, 1.0]}
HISTORY = np.column_stack([np.arange(50.0), np.r_[np.full(30, 3.0), np.full(20, 1.0)]])
TRAINED = TrainedHmmRnn(
    params=HmmRnnParams(COIN, (Stage(30, 8, 4, 1.0), Stage(20, 8, 4, 2.0))),
    weights={},
    history=np.hstack([HISTORY, HISTORY]),
)
FLAT = np.ones(10)
PHASES = Phases(
    np.arange(0, 200, 20),
    2 * np.array([np.nan, 1.3, 1, 1, 1, 0.9, 0.5, 0.2, 0.2, 0.2]),
    0.2 * FLAT,
    2 * FLAT,
    FLAT,
    0 * FLAT,
    0 * FLAT,
    FLAT,
    np.array([0, 0, 0, 0, 0.1, 1.5, 3, 1, 0.1, 0.01]),
)
FIGURES = {
    "states": lambda: room.fig_hmm_states({**FAMILIES, "lopsided": LOPSIDED}),
    "floor": lambda: figures.fig_loss_floor([64, 128], FLOORS, INDEPENDENT),
    "losses": lambda: figures.fig_training_losses({"ours": TRAINED}, window=10),
    "phases": lambda: figures.fig_phases({"one": PHASES, "two": PHASES}),
    "sequences": lambda: figures.fig_sequences(FIRST, n_shown=3),
    "transitions": lambda: figures.fig_symbol_transitions(FIRST),
    "changes": lambda: figures.fig_change_counts(FIRST),
    "match": lambda: figures.fig_emission_match(MATCHES, published_distance={"full": 1.06}),
    "match, no paper": lambda: figures.fig_emission_match({"full": MATCHES["full"][:1]}),
    "memory": lambda: figures.fig_emission_memory(
        [1, 2, 4], {"full": [0.9, 0.8, 0.7]}, {"full": [[0.8, 0.7, 0.6]]}
    ),
    "likelihood": lambda: figures.fig_likelihood(MATCHES, {"full": CODE}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], room, figures, labelled=False)


def test_states_and_moves():
    axes = FIGURES["states"]().axes
    texts = {ax.get_title(): sorted(t.get_text() for t in ax.texts if t.get_text()) for ax in axes}
    assert list(texts) == [*FAMILIES, "lopsided"]
    assert texts["chain-3"] == sorted([".78", ".55", ".78", ".22", ".22"])
    assert texts["full"] == sorted(3 * [".95"] + 3 * [".025"])
    # There and back differ; a move of 0.005 is too little to be drawn.
    assert texts["lopsided"] == sorted([".50", ".50", ".00", ".50", ".20", ".30", ".99"])


def test_sequences_lie_one_above_the_other():
    for ax, match in zip(FIGURES["sequences"]().axes, FIRST.values(), strict=True):
        shown = ax.images[0].get_array().filled(-1)
        np.testing.assert_array_equal(shown[:3], match.hmm_symbols[:3])
        np.testing.assert_array_equal(shown[4:], match.network_symbols[:3])


def test_transitions_are_written_into_their_cells():
    hmm, network = FIGURES["transitions"]().axes[:2]
    for ax, found in ((hmm, FIRST["chain-2"].exact), (network, FIRST["chain-2"].network)):
        np.testing.assert_allclose(ax.collections[0].get_array(), found.transition)
    assert hmm.texts[0].get_text() == "0.94"


def test_change_counts_are_shares():
    for ax in FIGURES["changes"]().axes:
        assert len(ax.lines) == 2
        for line in ax.lines:  # steps: each height at both edges of its bin
            left, height = line.get_xydata().T
            bins = np.diff(left) > 0
            assert np.sum(height[:-1][bins]) == pytest.approx(1)


def test_each_network_is_a_dot():
    axes = FIGURES["match"]().axes
    names = ("change_ratio", "total_variation", "distance_ratio")
    for ax, name in zip(axes, names, strict=True):
        found = np.concatenate([dots.get_offsets()[:, 0] for dots in ax.collections])
        expected = [getattr(m, name) for of_family in MATCHES.values() for m in of_family]
        np.testing.assert_allclose(found, expected)
    (crosses,) = [line for line in axes[2].lines if line.get_marker() == "x"]
    np.testing.assert_array_equal(crosses.get_xdata(), [np.nan, 1.06, np.nan, np.nan])
    assert list(np.round(crosses.get_ydata())) == [0, 1, 2, 3]
    assert [text.get_text() for text in axes[0].get_yticklabels()] == list(MATCHES)


def test_memory_and_likelihood():
    (ax,) = FIGURES["memory"]().axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.8, 0.7, 0.6], [0.9, 0.8, 0.7]]
    excess = FIGURES["likelihood"]().axes[1].containers[0].lines[0]
    assert (excess.get_xdata()[0], excess.get_ydata()[0]) == (CODE.excess.value, 1)


def test_symbols_look_alike_everywhere():
    assert len({look["color"] for look in symbol_styles(7)}) == 7
    (ax, *_) = FIGURES["sequences"]().axes
    drawn = ax.images[0].to_rgba(range(7))
    assert list(map(to_hex, drawn)) == [to_hex(look["color"]) for look in symbol_styles(7)]
    with pytest.raises(ValueError, match="at most 7"):
        symbol_styles(8)


def test_the_floor_has_a_panel_for_each_loss():
    axes = FIGURES["floor"]().axes
    assert [ax.get_title() for ax in axes] == ["paper", "halves"]
    assert axes[0].lines[1].get_ydata().tolist() == [3.0, 2.0]


def test_losses_are_drawn_stage_by_stage():
    (ax,) = FIGURES["losses"]().axes
    for line, first, mean in ((ax.lines[0], 10, 4.5), (ax.lines[2], 40, 34.5)):
        update, loss = line.get_xydata()[np.isfinite(line.get_ydata())][0]
        assert update == first and loss == pytest.approx(mean)
    assert [set(ax.lines[k].get_ydata()) for k in (1, 3)] == [{3.0}, {1.0}]


def test_phases_have_a_column_for_each_training():
    axes = FIGURES["phases"]().axes
    assert len(axes) == 8
    loss, floor = axes[0].lines
    np.testing.assert_allclose(loss.get_ydata(), PHASES.loss / 2)  # of independent symbols'
    np.testing.assert_allclose(floor.get_ydata(), 0.1)
    shaded = axes[0].patches[0].get_extents().transformed(axes[0].transData.inverted())
    assert (shaded.x0, shaded.x1) == (pytest.approx(100), pytest.approx(140))
