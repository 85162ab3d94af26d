"""Figures of the mechanism: labelled, inside their frame, showing the numbers they were given."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from iblrnn_helpers.agents.rnn import RNNAgent, one_step
from iblrnn_helpers.mechanism import circuit, circuit_figures, dynamics, figures
from iblrnn_helpers.mechanism.claims import AT_REST, measure_circuit, measure_dynamics
from iblrnn_helpers.mechanism.trial_map import TrialFixedPoints
from iblrnn_helpers.representations.state_space import in_plane
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
    states = measure_dynamics(network, session, n_starts=20)
    units = measure_circuit(network, session)
    step, space = one_step(network), states.space
    grid = dynamics.plane_grid(space, session.states, n_side=6)
    fields = {
        name: dynamics.vector_field(step, inputs, space, grid)
        for name, inputs in dynamics.CONDITIONS.items()
    }
    basins = dynamics.basins(step, dynamics.NO_INPUT, grid, states.attractors(AT_REST))
    return SimpleNamespace(
        session=session, dynamics=states, circuit=units, fields=fields, basins=basins
    )


FIGURES = {
    "7c": lambda f: figures.fig_7c_vector_fields(f.fields, f.dynamics),
    "search": lambda f: figures.fig_fixed_point_search(f.dynamics),
    "eigenvalues": lambda f: figures.fig_eigenvalues(
        f.dynamics.linearised[AT_REST], names=["a", "b", "c"]
    ),
    "times": lambda f: figures.fig_time_constants(
        f.dynamics.linearised[AT_REST],
        names=["a", "b", "c"],
        steps_per_trial=3.2,
        references={"block": 49},
    ),
    "basins": lambda f: figures.fig_basins(f.basins, f.dynamics, condition=AT_REST),
    "manifold": lambda f: figures.fig_slow_manifold(f.dynamics, f.session.states[::20]),
    "along": lambda f: figures.fig_along_manifold(
        {"seed 1": f.dynamics.manifold, "seed 2": f.dynamics.manifold}
    ),
    "trial": lambda f: figures.fig_trial_fixed_points({"a": TRIAL_POINTS, "b": TRIAL_POINTS}),
    "7a": lambda f: circuit_figures.fig_7a_unit_correlations(f.circuit),
    "7b": lambda f: circuit_figures.fig_7b_recurrent_weights(f.circuit),
    "7b learnt": lambda f: circuit_figures.fig_7b_recurrent_weights(f.circuit, np.zeros((50, 50))),
    "weights": lambda f: circuit_figures.fig_weights(f.circuit),
    "means": lambda f: circuit_figures.fig_population_means(f.circuit),
    "units": lambda f: circuit_figures.fig_unit_task_correlations(
        circuit.unit_task_correlations(f.session), f.circuit.clusters
    ),
}


@pytest.fixture(scope="module")
def drawn(found):
    before = dict(matplotlib.rcParams)
    made = {name: make(found) for name, make in FIGURES.items()}
    assert dict(matplotlib.rcParams) == before
    return made


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(found, name):
    demands.is_drawn_where_told(lambda: FIGURES[name](found), figures, circuit_figures)


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
    units = found.circuit
    order = units.clusters.order
    for name, held in (("7a", units.correlations), ("7b", units.weights)):
        mesh = drawn[name].axes[0].collections[0]
        np.testing.assert_array_equal(mesh.get_array(), held[np.ix_(order, order)])
        low, high = mesh.get_clim()
        assert low == -high  # zero is white
    learnt, all_of = (drawn[name].axes[0].collections[0] for name in ("7b learnt", "7b"))
    np.testing.assert_array_equal(learnt.get_array(), all_of.get_array())


def test_numbers_on_the_means_are_those_of_the_populations(found, drawn):
    units = found.circuit
    means = circuit.population_means(units.weights, units.clusters.populations)
    texts = [text.get_text() for text in drawn["means"].axes[0].texts]
    assert texts == [f"{mean:+.3f}" for mean in means.ravel()]


def test_fixed_points_are_drawn_where_they_are(found, drawn):
    states = found.dynamics
    at = (states.fixed_points[AT_REST].points - states.space.mean) @ (states.space.components[:2].T)
    stable = states.linearised[AT_REST].stable
    ax = next(ax for ax in drawn["7c"].axes if ax.get_title() == AT_REST)
    points = {line.get_label(): line.get_xydata() for line in ax.lines}
    assert points["stable fixed point"] == pytest.approx(at[stable])
    assert points["unstable fixed point"] == pytest.approx(at[~stable])


def test_starts_are_marked_by_the_side_of_their_attractor(found, drawn):
    basins, space = found.basins, found.dynamics.space
    starts, ends = (in_plane(space, states) for states in (basins.starts, basins.attractors))
    assert len(ends) == 2 and (basins.label >= 0).all()
    shown = drawn["basins"].axes[0].collections[0]
    np.testing.assert_allclose(shown.get_offsets(), starts)
    left = ends[basins.label, 0] == ends[:, 0].min()
    assert 0 < left.sum() < len(left)
    colours = [to_hex(colour) for colour in shown.get_facecolors()]
    assert colours == [figures.PLACES[1] if one else figures.PLACES[2] for one in left]


def test_time_constants_are_in_trials_and_growing_modes_marked(found, drawn):
    given = found.dynamics.linearised[AT_REST].time_constants[:, : figures.N_MODES] / 3.2
    lines = drawn["times"].axes[0].lines
    (grows,) = (line for line in lines if line.get_label() == "grows")
    curves = [line.get_ydata() for line in lines if len(line.get_ydata()) == figures.N_MODES]
    np.testing.assert_allclose(curves, np.abs(given))
    assert (given < 0).any()
    np.testing.assert_allclose(np.sort(grows.get_ydata()), np.sort(-given[given < 0]))


def test_logarithmic_axes_have_plain_ticks(drawn):
    for name, k in (("times", 0), ("trial", 1)):
        ax = drawn[name].axes[k]
        low, high = ax.get_ylim()
        ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
        assert len(ticks) >= 4
        assert ax.yaxis.get_major_formatter()(2.0) == "2"


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
