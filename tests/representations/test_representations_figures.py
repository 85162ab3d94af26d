"""Claim 2's figures: what all figures must be, and that they draw the numbers given."""

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent
from iblrnn_helpers.representations import decoding, figures, paths, readout_figures, readouts
from iblrnn_helpers.representations.readouts import block_projection
from iblrnn_helpers.representations.state_space import fit_state_space, in_plane, task_aligned
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

NETWORK = RecurrentNetwork(6, seed=3)
TRIALS = sample_trials(TaskParams(), n_sessions=4, n_blocks=12, seed=5)
SESSION = rollout(RNNAgent(NETWORK), TRIALS, record_states=True)
SPACE = fit_state_space(SESSION, NETWORK)
PLANE, ALIGNED = in_plane(SPACE, SESSION.states), task_aligned(SPACE, SESSION.states)
SIDE = TRIALS.block_side[SESSION.row_trial]
BOUNDARIES = paths.action_boundaries(SPACE, NETWORK)
EXAMPLES = paths.example_blocks(SESSION, min_trials=20)
EFFECTS = {
    name: readouts.effect_of_observations(SESSION, ALIGNED[:, k])
    for k, name in enumerate(("stimulus", "block"))
}
PROJECTION = block_projection(SESSION, ALIGNED[:, 1], min_blocks=10)
SWEEPS = {
    "penalty": [decoding.sweep_penalty(SESSION, SPACE)] * 2,
    "dimensions": [decoding.sweep_dimensions(SESSION, SPACE)] * 2,
    "noise": [decoding.sweep_noise(SESSION, SPACE)] * 2,
}
PLANES = decoding.random_planes(SESSION, SPACE, n_planes=10, n_pairs=200)
CHANGES = {
    name: readouts.change_by_feedback(SESSION, ALIGNED[:, k])
    for k, name in enumerate(("stimulus", "block"))
}
SAME = paths.same_stimulus(NETWORK, SESSION, SPACE, n_pairs=50)

FIGURES = {
    "4a": lambda: figures.fig_4a_block_classifier(
        SPACE, decoding.decode_block(SESSION, PLANE).fit, BOUNDARIES, PLANE, SIDE
    ),
    "4bc": lambda: figures.fig_4bc_block_paths(
        SPACE, BOUNDARIES, {s: paths.block_path(SESSION, SPACE, b) for s, b in EXAMPLES.items()}
    ),
    "5ab": lambda: readout_figures.fig_5ab_effect_of_observations(
        EFFECTS,
        {name: [effect.line] * 2 for name, effect in EFFECTS.items()},
        published={"stimulus": 0.84, "block": 0.18},
    ),
    "5c": lambda: readout_figures.fig_5c_block_projection(PROJECTION, [PROJECTION] * 2),
    "variance": lambda: readout_figures.fig_variance_explained([SPACE] * 3, published=0.9),
    "angles": lambda: readout_figures.fig_readout_angles(SWEEPS, published=73),
    "random planes": lambda: readout_figures.fig_random_planes(PLANES),
    "feedback": lambda: readout_figures.fig_effect_of_feedback(CHANGES),
    "trial paths": lambda: figures.fig_trial_paths(
        SPACE,
        BOUNDARIES,
        paths.trial_paths(SESSION, SPACE, EXAMPLES[1], n_trials=5),
        [-1, 1, 1, 1, -1],
    ),
    "same stimulus": lambda: figures.fig_same_stimulus(SPACE, BOUNDARIES, SAME),
}


@pytest.fixture(params=FIGURES, scope="module")
def figure(request):
    return FIGURES[request.param]()


def test_demands_on_every_figure(figure):
    bars = [ax for ax in figure.axes if ax.get_label() == "<colorbar>"]
    for ax in bars:
        assert ax.get_ylabel()
        ax.set_xlabel("colours")  # the demands are those on other axes
    demands.test_axes_are_labelled_and_a_legend_says_who_is_who(figure)
    for ax in bars:
        ax.set_xlabel("")
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(name):
    demands.is_drawn_where_told(FIGURES[name], figures, readout_figures)


def lines_of(ax):
    return {line.get_label(): line for line in ax.lines}


def test_numbers_drawn_are_numbers_given():
    curve = lines_of(FIGURES["5c"]().axes[0])["RNN, right blocks"]
    given = PROJECTION.network_by_trial.at(block_side=1).mean[:50]
    np.testing.assert_array_equal(curve.get_ydata(), given)

    stimulus, block = FIGURES["5ab"]().axes
    for ax, name in ((stimulus, "stimulus"), (block, "block")):
        x, y = lines_of(ax)["main network"].get_data()
        assert np.diff(y)[0] / np.diff(x)[0] == pytest.approx(EFFECTS[name].line.slope)
    x, y = lines_of(block)["published slope"].get_data()
    assert y / x == pytest.approx(0.18)

    ax = FIGURES["angles"]().axes[0]
    np.testing.assert_array_equal(
        lines_of(ax)["main network"].get_ydata(), SWEEPS["penalty"][0].angle
    )
    ax = FIGURES["variance"]().axes[0]
    np.testing.assert_allclose(lines_of(ax)["main network"].get_ydata(), np.cumsum(SPACE.variance))

    path = paths.block_path(SESSION, SPACE, EXAMPLES[-1])
    ax = FIGURES["4bc"]().axes[0]
    np.testing.assert_allclose(ax.collections[0].get_offsets(), path)
    assert [float(v) for v in lines_of(ax)["last trial"].get_xydata()[0]] == path[-1].tolist()

    below = FIGURES["same stimulus"]().axes[3]
    shown = lines_of(below)["started in a left block"].get_ydata()
    np.testing.assert_array_equal(shown, SAME.p_right[0, 0])


def test_the_plane_is_drawn_without_distortion():
    for name in ("4a", "4bc", "trial paths"):
        assert FIGURES[name]().axes[0].get_aspect() == 1


def test_every_trial_has_its_own_panel():
    axes = FIGURES["trial paths"]().axes
    given = paths.trial_paths(SESSION, SPACE, EXAMPLES[1], n_trials=5)
    assert [ax.get_title() for ax in axes] == [f"trial {k}" for k in range(1, 6)]
    for ax, path, side in zip(
        axes, given, ("left", "right", "right", "right", "left"), strict=True
    ):
        shown = lines_of(ax)[f"trial with a {side} stimulus"].get_xydata()
        np.testing.assert_array_equal(shown, path)


def test_titles_fit_on_a_line():
    for module in (figures, readout_figures):
        for name, function in vars(module).items():
            if name.startswith("fig_") and function.__module__ == module.__name__:
                stem = function.__doc__.splitlines()[0]
                assert stem.endswith(".") and 20 < len(stem) < 100, name
