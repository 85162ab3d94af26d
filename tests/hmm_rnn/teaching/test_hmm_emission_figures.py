"""Figures of HMMs and of what networks emit: do they show what they are given?"""

import io

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.figures import fig_hmm_states, symbol_colormap, symbol_styles
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.teaching import emission_figures as figures
from iblrnn_helpers.hmm_rnn.teaching.emissions import assess_emissions, code_length


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
    texts = {ax.get_title(): sorted(t.get_text() for t in ax.texts) for ax in figure.axes}
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


def test_something_else_is_refused(matches):
    with pytest.raises(ValueError, match=r"models\['x'\] must be a HiddenMarkovModel"):
        fig_hmm_states({"x": 1})
    with pytest.raises(ValueError, match=r"matches\['x'\] must be a EmissionMatch"):
        figures.fig_sequences({"x": 1})
    with pytest.raises(ValueError, match=r"matches\['x'\]\[0\] must be"):
        figures.fig_emission_match({"x": [1]})
    with pytest.raises(ValueError, match=r"codes\['x'\] must be a CodeLength"):
        figures.fig_likelihood(matches, {"x": 1})
