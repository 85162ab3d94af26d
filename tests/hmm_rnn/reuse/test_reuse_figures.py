"""Figures of the page on one motif: what all figures must be, and that they draw what is given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES
from iblrnn_helpers.hmm_rnn.kick_units.motif import (
    KINDS,
    InterventionBudget,
    assess_motif,
)
from iblrnn_helpers.hmm_rnn.kick_units.switches_left import N_SILENCED
from iblrnn_helpers.hmm_rnn.network import HmmRnn, run
from iblrnn_helpers.hmm_rnn.orbit.orbit import Orbit, find_orbit
from iblrnn_helpers.hmm_rnn.reuse import figures
from iblrnn_helpers.hmm_rnn.reuse.reduction import reductions
from iblrnn_helpers.hmm_rnn.reuse.reuse import SharedUnits

# Two groups that excite themselves and inhibit each other, of 25 units each, for symbols 0 and 2.
SIDE = np.repeat([0, 2], 25)
WEIGHTS = np.where(np.equal.outer(SIDE, SIDE), 0.95, -0.9) / 25
WEIGHTS = WEIGHTS * np.random.default_rng(1).uniform(0.5, 1.5, WEIGHTS.shape)
NETWORK = HmmRnn(np.eye(50), WEIGHTS, np.stack([SIDE == k for k in range(3)]).astype(float))
EFFORT = InterventionBudget(
    n_sequences=60, n_steps=250, n_starts=20, n_changed=40, n_draws=2, n_null=19
)
MOTIF = assess_motif(NETWORK, (0, 2), effort=EFFORT)
ORBIT = find_orbit(run(NETWORK, 10, 200, seed=0))
BINARY = Orbit(ORBIT.mean, ORBIT.components, ORBIT.variance, ORBIT.position, ORBIT.classes // 2)
POINTS = np.stack([ORBIT.mean, ORBIT.mean + ORBIT.components[0]])
REDUCED = reductions(
    NETWORK, FAMILIES["chain-2"], [1, 2, 5], n_sequences=10, n_steps=100, seed=0
)  # fmt: skip
PAIRS = [f"{family}, {a} and {b}" for family in ("chain-2", "cyclic") for a, b in ((0, 1), (1, 2))]
SHARED = SharedUnits((0, 1), (2, 1), "same target", 4, 0.7)
FIGURES = {
    "families": lambda: figures.fig_orbits({f"chain-{k}": ORBIT for k in range(4)}),
    "motifs": lambda: figures.fig_family_motifs({PAIRS[0]: [MOTIF], PAIRS[1]: []}),
    "many motifs": lambda: figures.fig_family_motifs({name: [MOTIF, MOTIF] for name in PAIRS}),
    "shared": lambda: figures.fig_shared_units({"full": [SHARED, SHARED], "cyclic": []}),
    "reductions": lambda: figures.fig_reductions(
        {"chain-2": [REDUCED, REDUCED], "full": [REDUCED]}, {2: 0.1}
    ),
    "long titles": lambda: figures.fig_orbits(
        dict.fromkeys(("150 ReLU units", "3 PCs in the loop", "2 tanh units"), ORBIT)
    ),
    "part one": lambda: figures.fig_part_one_noise(
        BINARY, POINTS, [0.5, 1, 2], {"one": [0, 0.1, 0.2], "other": [0.1, 0.1, 0.1]}
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    demands.is_fit_to_show(FIGURES[name], figures, labelled=False)


def test_families_that_do_not_fill_a_row_leave_no_empty_panel():
    assert len(FIGURES["families"]().axes) == 4


def test_a_pair_without_a_motif_keeps_its_row():
    labels = FIGURES["motifs"]().axes[0].get_yticklabels()
    assert [text.get_text() for text in labels] == PAIRS[:2]


def test_motifs_are_drawn_as_they_are():
    connections, noise, silent = FIGURES["motifs"]().axes
    within, between, *_ = MOTIF.against_any.scores(MOTIF.connectivity.quantities)
    np.testing.assert_allclose(connections.lines[0].get_xydata(), [[within, -0.16]])
    np.testing.assert_allclose(connections.lines[1].get_xydata(), [[between, 0.16]])
    for ax, ratios in ((noise, MOTIF.ratio(KINDS[1])), (silent, MOTIF.silenced(N_SILENCED[-1]))):
        np.testing.assert_allclose(ax.lines[1].get_xydata(), [[one, 0] for one in sorted(ratios)])
    others = [*MOTIF.ratio(KINDS[2]), *MOTIF.random_noise()]
    np.testing.assert_allclose(noise.lines[0].get_xydata(), [[one, 0] for one in sorted(others)])


def test_shared_units_of_equal_number_lie_side_by_side():
    figure = FIGURES["shared"]()
    demands.drawn_texts(figure)  # draws, which is when dots make room for each other
    places = figure.axes[0].collections[0].get_offsets()
    assert places[:, 1].tolist() == [4, 4] and len(set(places[:, 0])) == 2
    with pytest.raises(ValueError, match="shared must hold at least one value"):
        figures.fig_shared_units({"chain-2": []})


def test_reductions_are_medians_over_networks():
    axes = FIGURES["reductions"]().axes
    line = next(line for line in axes[0].lines if line.get_label().startswith("k tanh"))
    np.testing.assert_allclose(line.get_ydata(), REDUCED.error["tanh"])
    # The readout alone makes no orbit of its own.
    (whole,) = [line for line in axes[4].lines if line.get_label().startswith("whole")]
    assert np.isnan(whole.get_ydata()).all()


def test_fixed_points_lie_where_they_are_in_the_plane():
    lines = FIGURES["part one"]().axes[0].lines
    stars = next(line for line in lines if line.get_marker() == "*")
    np.testing.assert_allclose(stars.get_xydata(), [[0, 0], [1, 0]], atol=1e-9)  # of rounding
