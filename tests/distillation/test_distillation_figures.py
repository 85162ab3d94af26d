"""Claim 4's figures: what all figures must be, and that they draw the numbers given."""

from dataclasses import replace

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers import behavior
from iblrnn_helpers.agents.rnn import RNNAgent, one_step
from iblrnn_helpers.core.means import GroupMeans
from iblrnn_helpers.distillation import circuit_figures, figures
from iblrnn_helpers.distillation.closed_form import Interval, Intervals
from iblrnn_helpers.distillation.distilled import readout_of, sweep_readout_scale
from iblrnn_helpers.distillation.fit_quality import decoherence, errors_by_horizon
from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel
from iblrnn_helpers.distillation.rivals import OutputDistillation
from iblrnn_helpers.mechanism.dynamics import CONDITIONS
from iblrnn_helpers.mechanism.reductions import phase_planes, plane_map
from iblrnn_helpers.representations.state_space import fit_state_space, on_readouts
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network

NAMES = ("stimulus belief", "block belief")
PUBLISHED = {
    "recurrent": [[0.54, 0.31], [0.19, 0.84]],
    "inputs": [[-0.19, 0.20, 0.005], [-0.04, 0.04, 0.021]],
}
LOSS = np.random.default_rng(0).random((500, 3)) + 0.1


def intervals_of(model):
    def around(values, reach):
        return Interval(values - reach, values + reach)

    return Intervals(
        around(model.recurrent, 0.01), around(model.inputs, 0.004), around(model.offset, 1.0)
    )


class World:
    """One network, its two distilled units, and what both do in a short session."""

    def __init__(self):
        self.network = reference_network().network
        self.trials = sample_trials(TaskParams(), n_sessions=2, n_blocks=10, seed=5)
        session = rollout(RNNAgent(self.network), self.trials, record_states=True)
        self.session = session
        self.projection = on_readouts(fit_state_space(session, self.network))
        self.z = self.projection(session.states)
        scale = 1.01 * np.abs(self.z).max()
        rows = session.changing_rows
        before = [self.z[rows - 1] / scale, session.inputs[rows], np.ones((len(rows), 1))]
        fit = np.linalg.lstsq(np.hstack(before), np.arctanh(self.z[rows] / scale), rcond=None)[0].T
        self.model = DistilledModel(fit[:, :2], fit[:, 2:5], fit[:, 5], scale=scale)
        lengths = np.diff(session.row_start[self.trials.session_start])
        self.z_hat = self.model.run(session.inputs, np.zeros(2), lengths) * scale
        readout = readout_of(self.network, self.projection, scale)
        self.distilled = rollout(DistilledAgent(self.model, readout), self.trials)
        self.sweep = sweep_readout_scale(self.model, readout, self.trials, [3.0, 6.0, 15.0])
        self.distances = {
            "RNN": decoherence(session, session.states),
            "projected": decoherence(session, self.z),
            "distilled": decoherence(session, self.z_hat),
        }
        plane = plane_map(one_step(self.network), self.projection, unit=scale)
        few = {"n_side": 41, "n_starts": 20, "conditions": dict(list(CONDITIONS.items())[3:5])}
        self.planes = {
            "RNN in the plane": phase_planes(plane, self.z / scale, **few),
            "distilled": phase_planes(self.model.one_step(), self.z / scale, **few),
        }
        half = replace(self.model, inputs=self.model.inputs / 2)
        self.errors = {
            name: errors_by_horizon(model, session.inputs, self.z, lengths)
            for name, model in (("closed form", self.model), ("half as sensitive", half))
        }
        self.shorter = errors_by_horizon(self.model, session.inputs, self.z, lengths, horizon=5)
        self.first = int(np.flatnonzero(np.diff(self.trials.block))[0]) - 3

    def agents(self, analysis, **options):
        sessions = {"RNN": self.session, "distilled": self.distilled}
        return {name: analysis(one, **options) for name, one in sessions.items()}

    def difference(self):
        by = ["strength", "concordant"]
        return behavior.paired_difference(self.distilled, self.session, "correct", by)


FIGURES = {
    "8a": lambda w: figures.fig_8a_decoherence(w.distances),
    "8b": lambda w: circuit_figures.fig_8b_trajectories(
        {"projected": w.z, "distilled": w.z_hat}, w.session, first=w.first, n_trials=9
    ),
    "8c": lambda w: figures.fig_8c_comparison(
        {**w.agents(behavior.correct_by_strength), "a third": THIRD}
    ),
    "8c, many": lambda w: figures.fig_8c_comparison(
        {**w.agents(behavior.correct_by_strength), **{f"number {k}": THIRD for k in range(4)}}
    ),
    "8c, trial": lambda w: figures.fig_8c_comparison(w.agents(behavior.correct_by_trial_in_block)),
    "sweep": lambda w: figures.fig_scale_sweep(
        w.sweep,
        network=(0.84, 3.2),
        scales={"network's own readout": 14.8, "best": 6.0, "same speed": 14.4},
        references={"published, distilled": 0.8687, "published, RNN": 0.855},
    ),
    "matched": lambda w: figures.fig_matched_curves(
        w.agents(behavior.correct_by_strength), w.difference()
    ),
    "circuit": lambda w: circuit_figures.fig_circuit(
        w.model, NAMES, intervals=intervals_of(w.model), published=PUBLISHED
    ),
    "circuit, plain": lambda w: circuit_figures.fig_circuit(w.model, NAMES),
    "circuit, one": lambda w: circuit_figures.fig_circuit(of_size(1), ["PC1"]),
    "matrices": lambda w: circuit_figures.fig_matrices(
        [w.model, of_size(2), of_size(2)], NAMES, published=PUBLISHED
    ),
    "plane": lambda w: circuit_figures.fig_phase_plane({"distilled": w.planes["distilled"]}),
    "planes": lambda w: circuit_figures.fig_phase_plane(w.planes),
    "horizon": lambda w: figures.fig_error_by_horizon(w.errors),
    "loss": lambda w: figures.fig_distillation_loss(OutputDistillation(None, LOSS, 1)),
}
WITHOUT_LEGEND = ("matrices",)  # its numbers are written


def of_size(n_units):
    rng = np.random.default_rng(n_units)
    recurrent, inputs = rng.normal(size=(n_units, n_units)), rng.normal(size=(n_units, 3))
    return DistilledModel(recurrent, inputs, np.zeros(n_units))


THIRD = GroupMeans(
    {"strength": np.array([0, 0.5, 1, 1.5, 2, 2.5]), "concordant": np.array([False, True])},
    *(np.full((6, 2), value) for value in (0.6, 0.5, 0.7, 30)),
)


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def drawn(world):
    return {name: make(world) for name, make in FIGURES.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_demands_on_every_figure(drawn, name):
    figure = drawn[name]
    for ax in figure.axes:
        if ax.get_label() == "<colorbar>":
            assert ax.get_ylabel()
            ax.set_xlabel("colours")  # the demands are those on other axes
    if name not in WITHOUT_LEGEND:
        demands.test_axes_are_labelled_and_a_legend_says_who_is_who(figure)
    for ax in figure.axes:
        if ax.get_label() == "<colorbar>":
            ax.set_xlabel("")
    demands.test_no_text_leaves_the_figure_or_meets_another(figure)
    demands.test_text_is_legible_on_a_phone(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn_where_told(world, name):
    demands.is_drawn_where_told(lambda: FIGURES[name](world), figures, circuit_figures)


def lines_of(ax):
    return {line.get_label(): line for line in ax.lines}


def test_decoherence_is_drawn_as_it_is_and_relative(world, drawn):
    as_it_is, relative = drawn["8a"].axes
    for name, given in world.distances.items():
        np.testing.assert_array_equal(lines_of(as_it_is)[name].get_ydata(), given.mean)
        shown = lines_of(relative)[name].get_ydata()
        np.testing.assert_allclose(shown, given.mean / given.mean[-1], rtol=1e-14)


def test_trajectories_are_the_rows_of_the_trials(world, drawn):
    session, first = world.session, world.first
    rows = slice(session.row_start[first], session.row_start[first + 9])
    ends = session.row_start[first + 1 : first + 10] - 1
    for ax, z in zip(drawn["8b"].axes, (world.z, world.z_hat), strict=False):
        np.testing.assert_array_equal(ax.lines[0].get_xydata(), z[rows])
        assert ax.collections[0].get_array().tolist() == [
            k - first + 1 for k in session.row_trial[rows]
        ]
        lines = lines_of(ax)
        star = lines["first step of a new block"].get_xydata()
        np.testing.assert_array_equal(star, z[session.row_start[[first + 4]]])
        n_marked = 0
        for choice, side in ((-1, "left"), (1, "right")):
            for correct, outcome in ((True, "correct"), (False, "wrong")):
                trials = slice(first, first + 9)
                here = (session.choice[trials] == choice) & (session.correct[trials] == correct)
                n_marked += here.sum()
                if here.any():
                    shown = lines[f"{side}, {outcome}"].get_xydata()
                    np.testing.assert_array_equal(shown, z[ends[here]])
        assert n_marked == 9


def test_every_rival_has_a_panel_with_the_network_in_it(world, drawn):
    results = {**world.agents(behavior.correct_by_strength), "a third": THIRD}
    axes = drawn["8c"].axes
    assert [ax.get_title() for ax in axes] == ["distilled", "a third"]
    for ax in axes:
        for label, name in (("RNN", "RNN"), ("agent of the title", ax.get_title())):
            given = results[name].at(concordant=True).mean
            np.testing.assert_array_equal(lines_of(ax)[label].get_ydata(), given)
    visible = [ax for ax in drawn["8c, many"].axes if ax.get_visible()]
    assert len(visible) == 5
    (panel,) = drawn["8c, trial"].axes
    given = behavior.correct_by_trial_in_block(world.distilled)
    shown = lines_of(panel)["distilled"]
    assert shown.get_xdata().tolist() == list(range(1, 41))
    np.testing.assert_array_equal(shown.get_ydata(), given.mean[:40])


def test_the_sweep_shows_both_quantities_and_every_scale(world, drawn):
    above, below = drawn["sweep"].axes
    for ax, given, network in (
        (above, world.sweep.correct, 0.84),
        (below, world.sweep.n_steps, 3.2),
    ):
        lines = lines_of(ax)
        np.testing.assert_array_equal(lines["distilled"].get_xdata(), [3, 6, 15])
        np.testing.assert_array_equal(lines["distilled"].get_ydata(), given.mean)
        assert lines["RNN"].get_ydata()[0] == network
        assert lines["best, 6"].get_xdata()[0] == 6
        assert lines["network's own readout, 14.8"].get_xdata()[0] == 14.8
    assert lines_of(above)["published, distilled"].get_ydata()[0] == 0.8687
    assert "published, distilled" not in lines_of(below)


def test_matched_curves_and_their_difference(world, drawn):
    above, below = drawn["matched"].axes
    given = behavior.correct_by_strength(world.distilled).at(concordant=True).mean
    np.testing.assert_array_equal(lines_of(above)["distilled"].get_ydata(), given)
    for kind, concordant in (("concordant", True), ("discordant", False)):
        given = world.difference().at(concordant=concordant).mean
        np.testing.assert_array_equal(lines_of(below)[f"difference, {kind}"].get_ydata(), given)


def test_arrows_are_as_wide_as_weights_and_dashed_where_negative(world, drawn):
    for name, model in (("circuit", world.model), ("circuit, one", of_size(1))):
        arrows = {
            patch.get_gid(): patch for patch in drawn[name].axes[0].patches if patch.get_gid()
        }
        weights = {
            f"{part} {to} {source}": weight
            for part in ("recurrent", "inputs")
            for (to, source), weight in np.ndenumerate(getattr(model, part))
        }
        assert set(arrows) == set(weights)
        widths = [arrows[gid].get_linewidth() for gid in weights]
        # The width is linear in the weight, so the correlation is 1 to rounding.
        assert np.corrcoef(widths, np.abs(list(weights.values())))[0, 1] > 1 - 1e-12
        for gid, weight in weights.items():
            assert (arrows[gid].get_linestyle() == "-") == (weight > 0)


def test_arrows_go_from_unit_to_unit(drawn):
    arrows = {patch.get_gid(): patch for patch in drawn["circuit"].axes[0].patches}
    path = arrows["recurrent 1 0"]._posA_posB  # what the first unit does to the second
    assert path[0][0] < 0 < path[1][0]


def test_weights_are_written(world, drawn):
    texts = [text.get_text() for text in drawn["circuit"].axes[0].texts]
    first = world.model.recurrent[0, 0]
    assert f"{first:+.3f}\n± 0.010\n[+0.540]" in texts
    assert f"{world.model.inputs[0, 0]:+.3f}\n± 0.004\n[−0.190]".replace("-", "−") in texts
    plain = [text.get_text() for text in drawn["circuit, plain"].axes[0].texts]
    assert f"{first:+.3f}" in plain


def test_matrices_are_published_main_and_mean(world, drawn):
    models = [world.model, of_size(2), of_size(2)]
    axes = np.reshape(drawn["matrices"].axes, (3, 2))
    for column, part in zip(axes.T, ("recurrent", "inputs"), strict=True):
        stacked = np.stack([getattr(m, part) for m in models])
        rows = (PUBLISHED[part], stacked[0], stacked.mean(axis=0))
        for ax, given in zip(column, rows, strict=True):
            np.testing.assert_allclose(ax.collections[0].get_array(), given)
            low, high = ax.collections[0].get_clim()
            assert low == -high  # zero is white
        written = column[2].texts[0].get_text()
        mean, spread = stacked.mean(axis=0)[0, 0], stacked.std(axis=0, ddof=1)[0, 0]
        assert written == f"{mean:+.3f}\n± {spread:.3f}".replace("-", "−")


def test_nullclines_are_where_the_formula_says(world, drawn):
    model = world.model
    for ax, inputs in zip(drawn["plane"].axes, list(CONDITIONS.values())[3:5], strict=True):
        sets = [c for c in ax.collections if hasattr(c, "levels")]
        assert len(sets) == 2
        for k, contour in enumerate(sets):
            points = np.concatenate([path.vertices for path in contour.get_paths()])
            drive = points @ model.recurrent[k] + model.inputs[k] @ inputs + model.offset[k]
            # Contours are interpolated within tiles about 0.05 wide: off by their curvature.
            np.testing.assert_allclose(np.tanh(drive), points[:, k], atol=2e-3)


def test_fixed_points_are_drawn_where_they_are(world, drawn):
    titles = {ax.get_title(): ax for ax in drawn["planes"].axes}
    for system, planes in world.planes.items():
        for condition, plane in planes.items():
            ax = titles[f"{system}\n{condition}"]
            shown = [line.get_xydata() for line in ax.lines if "fixed point" in line.get_label()]
            points = np.concatenate(shown)
            assert len(points) == len(plane.fixed_points.points)
            assert sorted(points.tolist()) == sorted(plane.fixed_points.points.tolist())


def test_errors_are_drawn_as_they_are_and_relative_to_the_first(world, drawn):
    as_it_is, relative = drawn["horizon"].axes
    one, other = world.errors.values()
    for name, given in world.errors.items():
        np.testing.assert_array_equal(lines_of(as_it_is)[name].get_ydata(), given.mse.mean)
    shown = lines_of(relative)["half as sensitive"].get_ydata()
    # Sums are divided either before or after the ratio is taken.
    np.testing.assert_allclose(shown, other.mse.mean / one.mse.mean, rtol=1e-12)
    assert set(lines_of(relative)["closed form"].get_ydata()) == {1}


def test_loss_is_averaged_over_stretches(drawn):
    line = lines_of(drawn["loss"].axes[0])["start that was kept"]
    assert line.get_xdata()[0] == 25
    np.testing.assert_allclose(line.get_ydata(), LOSS[:, 1].reshape(10, 50).mean(axis=1))


def test_titles_fit_on_a_line():
    for module in (figures, circuit_figures):
        for name, function in vars(module).items():
            if name.startswith("fig_") and function.__module__ == module.__name__:
                stem = function.__doc__.splitlines()[0]
                assert stem.endswith(".") and 20 < len(stem) < 100, name


def test_only_two_units_are_drawn_as_a_circuit():
    with pytest.raises(ValueError, match="model must have at most 2 units, got 3"):
        circuit_figures.fig_circuit(of_size(3), "abc")
