"""Figures of recordings: what all figures must be, and that they draw the numbers given."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.recordings import figures
from iblrnn_helpers.recordings.power import first_trials
from iblrnn_helpers.recordings.simulate import record
from iblrnn_helpers.recordings.wall import WALL, as_download, wall_table
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.training.store import reference_network

AGENTS = ["network", "distilled", "beliefs apart", "action kernel", "line attractor", "reset"]
RNG = np.random.default_rng(0)
HOLDS = {what: set(AGENTS[: k + 1]) for k, what in enumerate(figures.SHORT)}
SHARES = pd.DataFrame(RNG.random((6, 7)), AGENTS, list(figures.SHORT))
INDEX = pd.MultiIndex.from_product(
    [figures.SHORT, (10, 30, 100), (250, 700, 1400)], names=["what", "n_units", "n_trials"]
)
POWER = pd.DataFrame({"power": RNG.random(len(INDEX))}, INDEX).assign(
    low=lambda table: table["power"] / 2,
    high=lambda table: (1 + table["power"]) / 2,
    enough=lambda table: table["power"] > 0.7,
)
CONFUSION = pd.DataFrame(RNG.random((6, 6)), AGENTS, AGENTS)
RECORDING = record(
    rollout(RNNAgent(reference_network().network), first_trials(80, seed=1), record_states=True),
    n_units=30,
    seed=1,
)
BELIEF = RNG.standard_normal(80)
WALL_TABLE = wall_table({what: (50, 700) if k else None for k, what in enumerate(WALL)})
PLANTED = np.array([[0.5, 0.2], [0.1, 0.9]])
FOUND = {name: PLANTED + RNG.normal(0, 0.05, (12, 2, 2)) for name in ("regression", "free")}
P = pd.DataFrame(
    [
        (what, kind, RNG.random())
        for what in figures.SHORT
        for kind in ("slow signals", "last trial")
        for _ in range(50)
    ],
    columns=["prediction", "kind", "p"],
)
FIGURES = {
    "recording": lambda: figures.fig_recording(RECORDING, BELIEF, first=20, n_trials=40),
    "seen": lambda: figures.fig_seen(SHARES, HOLDS),
    "power": lambda: figures.fig_power(POWER),
    "along": lambda: figures.fig_power_along(POWER),
    "confusion": lambda: figures.fig_confusion(
        {"choices": CONFUSION, "activity": CONFUSION, "both": CONFUSION},
        xlabel="said to be",
        ylabel="recorded from",
    ),
    "null": lambda: figures.fig_null_p(P),
    "planted": lambda: figures.fig_planted(PLANTED, FOUND),
    "wall": lambda: figures.fig_wall(WALL_TABLE),
}


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_fit_to_show(name):
    labelled = name in ("recording", "along", "null", "planted")
    demands.is_fit_to_show(FIGURES[name], figures, labelled=labelled)


def test_every_figure_is_tried():
    assert not demands.left_out(FIGURES, figures)


def numbers(ax):
    """What the tiles of a heat map say, in rows."""
    return [float(text.get_text()) for text in ax.texts]


def outlined(ax):
    """(column, row) of every tile with an outline."""
    return {(int(one.get_x()), int(one.get_y())) for one in ax.patches}


def test_numbers_drawn_are_numbers_given():
    ax = FIGURES["seen"]().axes[0]
    assert numbers(ax) == (100 * SHARES).round().to_numpy().ravel().tolist()
    expected = {
        (column, row)
        for column, what in enumerate(SHARES)
        for row, agent in enumerate(AGENTS)
        if agent in HOLDS[what]
    }
    assert outlined(ax) == expected

    for ax, (what, title) in zip(FIGURES["power"]().axes, figures.SHORT.items(), strict=True):
        cells = POWER.loc[what].unstack("n_trials").loc[[100, 30, 10]]
        assert ax.get_title() == title
        assert numbers(ax) == (100 * cells["power"]).round().to_numpy().ravel().tolist()
        rows, columns = np.nonzero(cells["enough"].to_numpy(bool))
        assert outlined(ax) == set(zip(columns.tolist(), rows.tolist(), strict=True))
        lines = ax.get_yticklabels()
        assert [text.get_text() for text in lines] == ["100", "30", "10"]

    ax = FIGURES["along"]().axes[2]
    line = {line.get_label(): line for line in ax.lines}["700 trials"]
    cells = POWER.loc[list(figures.SHORT)[2]].xs(700, level="n_trials")
    assert line.get_xdata().tolist() == [10, 30, 100]
    assert line.get_ydata().tolist() == cells["power"].tolist()
    band = ax.collections[1].get_paths()[0].get_extents()
    assert (band.ymin, band.ymax) == (cells["low"].min(), cells["high"].max())

    ax = FIGURES["confusion"]().axes[1]
    assert numbers(ax) == (100 * CONFUSION).round().to_numpy().ravel().tolist()


def test_nothing_is_written_where_there_is_no_number():
    table = CONFUSION.mask(np.eye(6, dtype=bool))
    ax = figures.fig_confusion({"": table}, xlabel="x").axes[0]
    assert len(ax.texts) == 30


def test_spikes_drawn_are_those_of_the_trials_shown():
    above, below = FIGURES["recording"]().axes
    begin, end = RECORDING.start[20], RECORDING.end[59]
    inside = (RECORDING.spike_time >= begin) & (RECORDING.spike_time < end)
    drawn = np.asarray(below.collections[0].get_offsets())
    np.testing.assert_allclose(drawn[:, 0], RECORDING.spike_time[inside] - begin)
    assert drawn[:, 1].tolist() == (RECORDING.spike_unit[inside] + 1).tolist()
    lines = {line.get_label(): line.get_ydata() for line in above.lines}
    assert lines["true block"].tolist() == RECORDING.trials.block_side[20:60].tolist()
    assert lines["read from the spikes"].tolist() == BELIEF[20:60].tolist()


def test_the_wall_has_every_prediction_once():
    assert list(WALL) == list(figures.SHORT)
    text = " ".join(one.get_text() for one in FIGURES["wall"]().axes[0].texts).split()
    for prediction, row in WALL_TABLE.iterrows():
        for cell in (prediction, *row):
            assert " ".join(cell.split()[:2]) in " ".join(text), cell
    assert WALL_TABLE["it takes"].tolist() == [
        "more than any here",
        *["50 neurons, 700 trials"] * 6,
    ]
    assert len(wall_table({"angle": None}, "never")) == 1
    link = as_download(WALL_TABLE, "wall.csv")._repr_html_()
    data = re.search(r'download="wall.csv" href="data:text/csv;base64,([^"]+)"', link)[1]
    read = pd.read_csv(io.BytesIO(base64.b64decode(data)), index_col=0)
    pd.testing.assert_frame_equal(read, WALL_TABLE)


def test_weights_stand_beside_those_that_were_planted():
    ax = FIGURES["planted"]().axes[0]
    lines = {line.get_label(): line for line in ax.lines}
    x, y = lines["free"].get_xydata().T
    np.testing.assert_array_equal(y, FOUND["free"].ravel())
    np.testing.assert_array_equal(x.round(), np.tile(np.arange(4), 12))
    heights = [segment[0, 1] for segment in ax.collections[0].get_segments()]
    assert heights == PLANTED.ravel().tolist()


def test_p_values_are_drawn_as_their_distribution():
    ax = FIGURES["null"]().axes[2]
    lines = {line.get_label(): line for line in ax.lines}
    what = list(figures.SHORT)[2]
    x, y = lines["last trial"].get_xydata()[1:].T
    of = P[(P["prediction"] == what) & (P["kind"] == "last trial")]
    np.testing.assert_allclose(x, np.sort(of["p"]))
    np.testing.assert_allclose(y, np.arange(1, 51) / 50)
