"""Figures of noise-driven networks: what all figures must be, and that they draw what is given."""

from dataclasses import replace

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.figure import Figure

from iblrnn_helpers.hmm_rnn.figures import draw_flow
from iblrnn_helpers.hmm_rnn.network import HmmRnn
from iblrnn_helpers.hmm_rnn.orbit import figures
from iblrnn_helpers.hmm_rnn.orbit.loops import LoopView
from iblrnn_helpers.hmm_rnn.orbit.motion import Gates, MotionBudget, measure_motion
from iblrnn_helpers.hmm_rnn.orbit.noise_and_loss import Amplitudes, Scaling
from iblrnn_helpers.hmm_rnn.orbit.regions import Residency

# Two slow units that compete, and one that comes and goes.
NETWORK = HmmRnn(np.eye(3), np.diag([0.9, 0.9, 0.1]), [[1.0, 0, 0], [0, 0, -0.1], [0, 1, 0]])
MOTION = measure_motion(NETWORK, MotionBudget(10, 200, 300, 20), seed=1)
SIZES = np.array([0.25, 0.5, 1, 2, 4])
RNG = np.random.default_rng(0)
SCALINGS = {
    name: Scaling(SIZES, *RNG.random((4, 5)) + 0.1)
    for name in ("ReLU, no biases", "ReLU with biases", "tanh, no biases")
}
AMPLITUDES = {
    name: Amplitudes(SIZES, SIZES * 7, *0.02 + RNG.random((3, 5)) / 2)
    for name in ("seed 1", "seed 2", "seed 3")
}
GATES = Gates(np.arange(-12, 6), *RNG.random((5, 30, 18)), horizon=5, longest=60)
LENGTHS = [15, 20, 40]
LOSSES = {
    name: {kind: 3 + RNG.random((3, 4)) for kind in ("as the HMM", "more regular")}
    for name in ("the paper's", "unbiased")
}
BY_SIZE = {
    length: {name: 3 + RNG.random((3, 4)) for name in ("the HMM itself", "slow and regular")}
    for length in (40, 100)
}
ANGLE = np.linspace(0, np.pi, 12)
HALF = np.stack([-np.cos(ANGLE), -np.sin(ANGLE)], axis=1)
WAYS = np.stack([HALF, -HALF])
LOOPS = {
    name: LoopView(2 * RNG.standard_normal((400, 2)), RNG.choice(classes, 400), WAYS)
    for name, classes in {
        "chain-2, paper's loss": [0, 2],
        "chain-2, unbiased": [0, 2],
        "full, paper's loss": [0, 1, 2],
        "full, unbiased": [0, 1, 2],
    }.items()
}
TILT = {
    "symbols 0 and 2, each": {"chain-2": np.array([0.5, 0.52]), "full": np.array([0.7])},
    "symbol 2 less symbol 0": {"chain-2": np.array([0.6, 0.62]), "full": np.array([0.8])},
}

FIGURES = {
    "homogeneity": lambda: figures.fig_homogeneity(SCALINGS),
    "zero input": lambda: figures.fig_zero_input(MOTION.without_input, MOTION.orbit),
    "orbit": lambda: figures.fig_orbit({"seed 1": MOTION}, p_switch=0.05),
    "two ways": lambda: figures.fig_orbit(
        {"the paper's loss, seed 1": MOTION, "unbiased loss, seed 1": MOTION}, p_switch=0.05
    ),
    "loss of sources": lambda: figures.fig_loss_of_sources(LENGTHS, LOSSES, own=20),
    "losses by size": lambda: figures.fig_losses_by_size(
        (64, 512, 4096), BY_SIZE, published=(4096, 3.0, 3.2)
    ),
    "loops": lambda: figures.fig_loops(LOOPS),
    "regions": lambda: figures.fig_regions(MOTION.orbit, MOTION.states, MOTION.residency),
    "gates": lambda: figures.fig_gates(GATES),
    "amplitude": lambda: figures.fig_amplitude(AMPLITUDES, change_rate=0.07),
    "tilt": lambda: figures.fig_readout_tilt(TILT, {"full": 0.6}),
}  # fmt: skip


@pytest.fixture(params=FIGURES, scope="module")
def figure(request):
    return FIGURES[request.param]()


def test_legible_labelled_and_inside_the_frame(figure):
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)
    for ax in figure.axes:
        # Axes of a loop's plane have no names, and no scale.
        assert (
            ax.get_xlabel() or not len(ax.get_xticks()) or ax.get_shared_x_axes().get_siblings(ax)
        )


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(name):
    demands.is_drawn_where_told(FIGURES[name], figures)


def test_every_figure_is_looked_at():
    assert not demands.left_out(FIGURES, figures)


def lines_of(ax):
    """Heights by label; of the first line if several share one."""
    return {line.get_label(): np.asarray(line.get_ydata()) for line in reversed(ax.lines)}


def test_lines_have_the_heights_given():
    size, classes = FIGURES["homogeneity"]().axes
    for name, found in SCALINGS.items():
        np.testing.assert_array_equal(lines_of(size)[name], found.relative_size)
        np.testing.assert_array_equal(lines_of(classes)[name], found.class_differs)
    radius, rates, error = FIGURES["amplitude"]().axes
    main = AMPLITUDES["seed 1"]
    np.testing.assert_array_equal(lines_of(radius)["seed 1"], main.radius)
    np.testing.assert_array_equal(lines_of(error)["seed 1"], main.error)
    np.testing.assert_array_equal(lines_of(error)["other seeds"], AMPLITUDES["seed 2"].error)
    np.testing.assert_array_equal(lines_of(rates)["symbols change"], main.change_rate)
    assert lines_of(rates)["symbols of the HMM change"][0] == 0.07
    tilt = FIGURES["tilt"]().axes[0]
    assert {name: heights.tolist() for name, heights in lines_of(tilt).items()} == {
        "symbols 0 and 2, each": [0.5, 0.52, 0.7], "symbol 2 less symbol 0": [0.6, 0.62, 0.8]
    }  # fmt: skip
    (published,) = tilt.collections[0].get_segments()
    assert published.tolist() == [[0.65, 0.6], [1.05, 0.6]]  # beside the points of the family
    spread = FIGURES["gates"]().axes[2].lines[0].get_ydata()
    np.testing.assert_allclose(spread, GATES.spread.mean(axis=0))


def test_paths_end_at_zero_and_lengths_are_the_medians():
    plane, length = FIGURES["zero input"]().axes
    zero = next(line for line in plane.lines if line.get_label() == "zero")
    expected = MOTION.orbit.components[:2] @ (np.zeros(3) - MOTION.orbit.mean)
    assert zero.get_xydata()[0] == pytest.approx(expected)
    found = MOTION.without_input["driven states"].ratio
    drawn = lines_of(length)["driven states (median, range)"]
    np.testing.assert_allclose(drawn, np.median(found, axis=0))


def test_another_plane_is_drawn_and_named_as_such():
    seen = MOTION.orbit.seen_in(MOTION.driven, (0, 2))
    plane = figures.fig_zero_input(MOTION.without_input, seen).axes[0]
    assert plane.get_ylabel() == f"PC3 ({100 * seen.variance[2]:.0f}% of variance)"
    # Zero, the star, lies where the mean is not.
    star = next(line for line in plane.lines if line.get_label() == "zero")
    mean = MOTION.driven.states.mean(axis=(0, 1))
    np.testing.assert_allclose(np.ravel(star.get_xydata()), -seen.components[[0, 2]] @ mean)


def test_ways_are_drawn_where_they_go():
    panels = FIGURES["loops"]().axes
    assert [ax.get_title() for ax in panels] == list(LOOPS)
    for ax in panels:
        drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
        np.testing.assert_array_equal(drawn["mean way forth"], HALF)
        np.testing.assert_array_equal(drawn["mean way back"], -HALF)


def test_survival_counts_residences():
    survival = FIGURES["orbit"]().axes[1]
    which, length = MOTION.residences
    for line, k in zip(
        [one for one in survival.lines if len(one.get_xdata())], (0, 2), strict=False
    ):
        for n in (1, 5, 20):
            expected = (length[which == k] > n).mean()
            x, y = line.get_xdata(), line.get_ydata()
            assert y[np.searchsorted(x, n, side="right") - 1] == pytest.approx(expected)
    hidden = lines_of(survival)["hidden state of the HMM"]
    assert hidden[:2] == pytest.approx([1, 0.95])


def test_arrows_are_the_mean_movement():
    """A cloud that turns by a right angle each step."""
    angle = np.pi / 2 * np.arange(400) + RNG.uniform(0, 2 * np.pi, (5, 1))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    orbit = replace(MOTION.orbit, position=circle, classes=np.zeros((5, 400), int))
    ax = Figure().subplots()
    draw_flow(ax, orbit)
    arrows = ax.collections[0]
    place, moved = arrows.get_offsets(), np.stack([arrows.U, arrows.V], axis=1)
    turned = np.stack([-place[:, 1], place[:, 0]], axis=1)
    np.testing.assert_allclose(moved, turned - place, atol=1e-6)
    assert len(place) >= 10


def test_bars_are_means_of_regions():
    figure = FIGURES["regions"]()
    heights = [bar.get_height() for bar in figure.axes[3].patches]
    names = ("transition", "kick zone", "cluster")
    expected = [MOTION.residency.mean("sign_changes", name) for name in names]
    assert heights[:3] == pytest.approx(expected, nan_ok=True)
    # Stacked from the last bin of times up, all of one bin of turns in a column.
    turns, time = MOTION.residency.sign_changes, MOTION.residency.time
    n_bins = int(turns.max()) + 1
    stacks = np.reshape([bar.get_height() for bar in figure.axes[2].patches], (4, n_bins))[::-1]
    edges = [1, 2, 4, 9, np.inf]
    expected = np.histogram2d(time, turns, [edges, np.arange(n_bins + 1)])[0] / len(turns)
    np.testing.assert_allclose(stacks, expected)
    few = Residency(*(field[:2] for field in vars(MOTION.residency).values()))
    figures.fig_regions(MOTION.orbit, MOTION.states[:2], few)


def test_losses_and_residences_are_drawn_as_given():
    papers, unbiased = FIGURES["loss of sources"]().axes
    for ax, kinds in ((papers, LOSSES["the paper's"]), (unbiased, LOSSES["unbiased"])):
        for found, bars in zip(kinds.values(), ax.containers, strict=True):
            np.testing.assert_allclose(bars[0].get_ydata(), found.mean(axis=1))
    survival = FIGURES["two ways"]().axes[2]
    np.testing.assert_allclose(lines_of(survival)["hidden state of the HMM"][:3], [1, 0.95, 0.9025])


def test_losses_by_size_are_ratios_to_the_first_source():
    panels = FIGURES["losses by size"]().axes
    for ax, sources in zip(panels, BY_SIZE.values(), strict=True):
        own = sources["the HMM itself"].mean(axis=1)
        for found, bars in zip(sources.values(), ax.containers, strict=True):
            np.testing.assert_allclose(bars[0].get_ydata(), found.mean(axis=1) / own)
    bar = panels[-1].collections[-1]
    assert bar.get_label() == "final losses of the authors' networks"
    np.testing.assert_allclose(bar.get_segments()[0][:, 1], np.array([3.0, 3.2]) / own[-1])
