"""Figures of the mechanism: labelled, inside their frame, showing the numbers they were given."""

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from iblrnn_helpers.agents.rnn import RNNAgent, one_step
from iblrnn_helpers.mechanism import circuit, circuit_figures, dynamics, figures
from iblrnn_helpers.mechanism.claims import AT_REST, measure_mechanism
from iblrnn_helpers.mechanism.reductions import TrialFixedPoints
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network

TRIAL_POINTS = TrialFixedPoints(
    np.array([0.2, 0.5, 0.5, 0.5, 0.8]),
    np.array([-2, -1.5, 0, 1.5, 2]),
    np.array([True, True, False, True, True]),
    np.array([1.7, 4, -8, 4, 1.7]),
)


@pytest.fixture(scope="module")
def found():
    network = reference_network().network
    trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=20, seed=0)
    session = rollout(RNNAgent(network), trials, record_states=True)
    return network, session, measure_mechanism(network, session, n_starts=20)


def all_figures(found):
    network, session, mechanism = found
    step, space = one_step(network), mechanism.space
    grid = dynamics.plane_grid(space, session.states, n_side=6)
    fields = {
        name: dynamics.vector_field(step, inputs, space, grid)
        for name, inputs in dynamics.CONDITIONS.items()
    }
    rest = mechanism.linearised[AT_REST]
    basins = dynamics.basins(step, dynamics.NO_INPUT, grid, mechanism.attractors(AT_REST))
    return {
        "7c": figures.fig_7c_vector_fields(fields, mechanism),
        "search": figures.fig_fixed_point_search(mechanism),
        "eigenvalues": figures.fig_eigenvalues(rest, names=["a", "b", "c"]),
        "times": figures.fig_time_constants(
            rest, names=["a", "b", "c"], steps_per_trial=3.2, references={"block": 49}
        ),
        "basins": figures.fig_basins(basins, mechanism, condition=AT_REST),
        "manifold": figures.fig_slow_manifold(mechanism, session.states[::20]),
        "along": figures.fig_along_manifold(
            {"seed 1": mechanism.manifold, "seed 2": mechanism.manifold}
        ),
        "trial": figures.fig_trial_fixed_points({"a": TRIAL_POINTS, "b": TRIAL_POINTS}),
        "7a": circuit_figures.fig_7a_unit_correlations(mechanism),
        "7b": circuit_figures.fig_7b_recurrent_weights(mechanism),
        "7b learnt": circuit_figures.fig_7b_recurrent_weights(mechanism, np.zeros((50, 50))),
        "weights": circuit_figures.fig_weights(mechanism),
        "means": circuit_figures.fig_population_means(mechanism),
        "units": circuit_figures.fig_unit_task_correlations(
            circuit.unit_task_correlations(session), mechanism.clusters
        ),
    }


@pytest.fixture(scope="module")
def drawn(found):
    before = dict(matplotlib.rcParams)
    made = all_figures(found)
    assert dict(matplotlib.rcParams) == before
    return made


def test_every_figure_is_labelled_and_inside_its_frame(drawn):
    for name, figure in drawn.items():
        assert isinstance(figure, Figure)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        frame = figure.bbox_inches.padded(0.02)
        box = figure.get_tightbbox(renderer)
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1, name
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1, name
        shown = [ax for ax in figure.axes if ax.get_visible()]
        assert any(ax.get_xlabel() for ax in shown), name
        assert any(ax.get_ylabel() for ax in shown) or name in ("units", "search"), name


def test_matrices_are_in_the_order_of_the_tree(found, drawn):
    mechanism = found[2]
    order = mechanism.clusters.order
    for name, held in (("7a", mechanism.correlations), ("7b", mechanism.weights)):
        image = drawn[name].axes[0].images[0]
        assert image.get_array().tolist() == held[np.ix_(order, order)].tolist()
        low, high = image.get_clim()
        assert low == -high  # zero is white
    assert drawn["7b learnt"].axes[0].images[0].get_array().tolist() == (
        drawn["7b"].axes[0].images[0].get_array().tolist()
    )


def test_fixed_points_are_drawn_where_they_are(found, drawn):
    mechanism = found[2]
    at = (mechanism.fixed_points[AT_REST].points - mechanism.space.mean) @ (
        mechanism.space.components[:2].T
    )
    stable = mechanism.linearised[AT_REST].stable
    ax = next(ax for ax in drawn["7c"].axes if ax.get_title() == AT_REST)
    points = [line for line in ax.lines if line.get_label() == "_point"]
    assert len(points) == 2
    for line, chosen in zip(points, (stable, ~stable), strict=True):
        assert line.get_xydata() == pytest.approx(at[chosen])


def test_bars_of_the_search_are_shares_of_all_starts(drawn):
    totals = {}
    for bar in drawn["search"].axes[0].patches:
        totals[bar.get_y()] = totals.get(bar.get_y(), 0) + bar.get_width()
    assert list(totals.values()) == pytest.approx([1] * 6)


def test_captions_fit_on_a_line():
    for module in (figures, circuit_figures):
        for name, function in vars(module).items():
            if name.startswith("fig_") and function.__module__ == module.__name__:
                stem = function.__doc__.splitlines()[0]
                assert stem.endswith(".") and 20 < len(stem) < 100, name
