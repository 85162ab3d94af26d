"""Figures of kick units: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from iblrnn_helpers.hmm_rnn.kick_units import figures
from iblrnn_helpers.hmm_rnn.kick_units.kick_units import group_activity
from iblrnn_helpers.hmm_rnn.kick_units.motif import (
    KINDS,
    InterventionBudget,
    assess_motif,
    gain_curves,
    nominal_run,
)
from iblrnn_helpers.hmm_rnn.kick_units.switches_left import TRAPPED
from iblrnn_helpers.hmm_rnn.network import HmmRnn

# Two groups that excite themselves and inhibit each other, of 25 units each.
SIDE = np.repeat([0, 1], 25)
WEIGHTS = np.where(np.equal.outer(SIDE, SIDE), 0.95, -0.9) / 25
WEIGHTS = WEIGHTS * np.random.default_rng(1).uniform(0.5, 1.5, WEIGHTS.shape)
NETWORK = HmmRnn(np.eye(50), WEIGHTS, np.stack([SIDE == 0, SIDE == 1]).astype(float))
EFFORT = InterventionBudget(
    n_sequences=60, n_steps=250, n_starts=40, n_changed=60, n_draws=3, n_null=49
)
MOTIF = assess_motif(NETWORK, (0, 1), effort=EFFORT)
RUN = nominal_run(NETWORK, EFFORT, seed=0)
CURVES = [
    gain_curves(NETWORK, RUN, kick, [0.0, 1.0, 2.0], effort=EFFORT)
    for kick in (MOTIF.kick, MOTIF.kick[::-1])
]
FIGURES = {
    "signature": lambda: figures.fig_signature(MOTIF.kick),
    "connections": lambda: figures.fig_kick_connections(NETWORK, MOTIF.connectivity, MOTIF.kick),
    "random": lambda: figures.fig_against_random(MOTIF),
    "antiphase": lambda: figures.fig_antiphase(RUN, MOTIF.connectivity, MOTIF.kick),
    "gains": lambda: figures.fig_gain_curves(CURVES),
    "silencing": lambda: figures.fig_silencing(MOTIF.silencing),
    "networks": lambda: figures.fig_over_networks({"one": MOTIF, "two": MOTIF}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures, labelled=False)


def test_every_figure_is_looked_at():
    assert not demands.left_out(FIGURES, figures)


def lines_of(ax):
    return {line.get_label(): np.asarray(line.get_ydata()) for line in ax.lines}


def test_matrices_show_the_weights_with_their_numbers():
    ones, means = FIGURES["connections"]().axes[:2]
    shown = means.collections[0].get_array()
    np.testing.assert_allclose(shown, 100 * MOTIF.connectivity.blocks)
    assert [text.get_text() for text in means.texts] == [
        f"{100 * value:+.1f}" for value in MOTIF.connectivity.blocks.ravel()
    ]
    six = [*MOTIF.kick[0].chosen, *MOTIF.kick[1].chosen]
    shown = ones.collections[0].get_array() / 100
    np.testing.assert_allclose(
        shown[~np.eye(6, dtype=bool)], WEIGHTS[np.ix_(six, six)][~np.eye(6, dtype=bool)]
    )
    assert len(ones.texts) == 30  # none on the diagonal


def test_numbers_stand_out_from_their_cells():
    figure = FIGURES["connections"]()
    FigureCanvasAgg(figure).draw()  # which gives cells their colours
    for ax in figure.axes[:2]:
        colours = ax.collections[0].get_facecolors()
        shown = ~np.ma.getmaskarray(ax.collections[0].get_array()).ravel()
        for text, cell in zip(ax.texts, colours[shown], strict=True):
            bright, dark = sorted(map(luminance, (to_rgb(text.get_color()), cell)), reverse=True)
            assert (bright + 0.05) / (dark + 0.05) > 3  # WCAG's least contrast of large text


def luminance(colour):
    """Relative luminance as WCAG defines it."""
    rgb = np.asarray(colour[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_curves_are_the_ratios_given_and_meet_at_a_gain_of_one():
    axes = FIGURES["gains"]().axes
    for k, which in enumerate(("ratio", "lasting")):
        for ax, one in zip(axes[2 * k : 2 * k + 2], CURVES, strict=True):
            lines = [np.asarray(line.get_ydata()) for line in ax.lines if len(line.get_xdata()) > 2]
            expected = [getattr(rates, which) for rates in (*one.rates.values(), one.random)]
            for drawn, ratios in zip(lines, expected, strict=True):
                np.testing.assert_array_equal(drawn, [ratio.value for ratio in ratios])
            assert [line[1] for line in lines[:3]] == [1, 1, 1]


def test_silencing_shows_all_switches_above_those_that_last():
    axes = FIGURES["silencing"]().axes
    curve = MOTIF.silencing[0]
    for ax, which in ((axes[0], curve), (axes[2], curve.lasting)):
        drawn = lines_of(ax)
        ratios = [ratio.value for ratio in which.ratio]
        np.testing.assert_array_equal(drawn["the first candidates"], ratios)
        np.testing.assert_array_equal(drawn["their mean"], np.mean(which.random, axis=1))
        assert drawn["a tenth"][0] == TRAPPED


def test_activity_and_class_are_those_of_the_first_sequence():
    kick, populations, classes = FIGURES["antiphase"]().axes
    activity = group_activity(RUN, MOTIF.connectivity)[0, :200]
    for ax, groups in ((kick, (0, 2)), (populations, (1, 3))):
        for line, group in zip(ax.lines, groups, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), activity[:, group])
    np.testing.assert_array_equal(classes.lines[0].get_ydata(), RUN.classes[0, :200])


def test_what_is_found_is_drawn_where_it_is():
    ax = FIGURES["random"]().axes[0]
    drawn = next(line for line in ax.lines if line.get_label() == "the kick units found")
    null, found = MOTIF.against_any.drawn, MOTIF.connectivity.quantities
    # kick units, between: to the right is below zero.
    expected = -(found[1] - null[:, 1].mean()) / null[:, 1].std()
    assert drawn.get_xdata()[1] == pytest.approx(expected)
    quartiles = [
        np.percentile(MOTIF.against_any.scores(one.drawn), [25, 50, 75], axis=0)
        for one in (MOTIF.against_any, MOTIF.against_candidates)
    ]
    dashes = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2][:30]
    assert np.ptp(dashes, axis=1).max() == 0
    np.testing.assert_allclose(np.sort(np.ravel(dashes)[::2]), np.sort(np.ravel(quartiles)))


def test_ratios_are_drawn_in_their_rows():
    for ax, lasting in zip(FIGURES["networks"]().axes, (False, True), strict=True):
        # Filled marks of both networks, then open ones; an empty line each is for the legend.
        one, two, back, _ = [line for line in ax.lines if len(line.get_xdata()) == 8]
        ratios = [MOTIF.ratio(kind, lasting=lasting) for kind in KINDS]
        expected = [*ratios, MOTIF.random_noise(lasting=lasting)]
        expected += [MOTIF.silenced(n, lasting=lasting) for n in (3, 10, 20)]
        expected.append(MOTIF.silenced_random(20, lasting=lasting))
        for line, ways in ((one, 0), (two, 0), (back, 1)):
            np.testing.assert_array_equal(line.get_xdata(), [pair[ways] for pair in expected])
        assert np.diff(one.get_ydata()) == pytest.approx(1)  # rows in the order of the names


def test_one_network_stands_in_its_row():
    figure = figures.fig_over_networks({"one": MOTIF})
    places = np.concatenate(
        [line.get_ydata() for line in figure.axes[0].lines if line.get_marker() != "None"]
    )
    assert (places == places.round()).all()


def test_more_networks_than_looks_are_refused():
    with pytest.raises(ValueError, match="at most 5 networks"):
        figures.fig_over_networks({str(k): MOTIF for k in range(6)})
