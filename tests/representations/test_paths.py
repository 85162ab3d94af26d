"""Paths are rows of the session, and lines where the network's own readout says."""

import numpy as np
import pytest
from planted import N_UNITS, planted_network

from iblrnn_helpers.representations.paths import (
    action_boundaries,
    block_ends,
    block_path,
    crossing_rate,
    example_blocks,
    relative_step,
    same_stimulus,
    trial_paths,
)
from iblrnn_helpers.representations.state_space import in_plane


def test_boundaries_are_where_the_network_acts(played):
    network, _, space = played
    found = action_boundaries(space, network, threshold=0.8)
    for offset, p in ((found.left, 0.2), (found.even, 0.5), (found.right, 0.8)):
        point = offset * space.stimulus_in_plane
        h = space.mean + point @ space.components[:2]
        left, right = (
            network.readout.weight.detach().numpy() @ h + network.readout.bias.detach().numpy()
        )
        assert 1 / (1 + np.exp(left - right)) == pytest.approx(p)


def test_paths_are_rows_of_the_session(played):
    _, session, space = played
    chosen = example_blocks(session, min_trials=25)
    blocks = session.trials.block_index
    for side, block in chosen.items():
        trials = np.flatnonzero(blocks == block)
        assert (session.trials.block_side[trials] == side).all()
        assert session.trials.block[trials[0]] > 0 and len(trials) >= 25
        path = block_path(session, space, block)
        last = session.row_start[trials + 1] - 1
        assert np.allclose(path, in_plane(space, session.states[last]))
        inside = trial_paths(session, space, block, n_trials=3)
        assert [len(p) for p in inside] == session.n_steps[trials[:3]].tolist()
        assert np.allclose(inside[1][-1], path[1])


def test_same_stimulus_starts_where_trials_do_and_pairs_the_noise(played):
    network, session, space = played
    found = same_stimulus(network, session, space, n_steps=3, n_pairs=2000)
    assert found.paths.shape == (3, 2, 4, 2) and found.p_right.shape == (3, 2, 4)
    before = session.row_start[:-1] + 1
    for k, side in enumerate((-1, 1)):
        of_side = session.trials.block_side == side
        mean = in_plane(space, session.states[before[of_side]]).mean(axis=0)
        assert found.paths[:, k, 0] == pytest.approx(np.tile(mean, (3, 1)), abs=0.02)
        assert found.p_right[0, k, 0] == pytest.approx(session.p_right[of_side, 1].mean(), abs=0.01)
    again = same_stimulus(network, session, space, n_steps=3, n_pairs=2000)
    assert np.array_equal(found.paths, again.paths)


def test_bad_input(session, space):
    network = planted_network(np.eye(N_UNITS)[0])
    calls = (
        (lambda: example_blocks(session, min_trials=200), "at least 200 trials"),
        (lambda: block_path(session, space, 10_000), "block must be"),
        (lambda: action_boundaries(space, network, 0.5), "threshold"),
        (lambda: action_boundaries(space, network, 1.0), "threshold"),
        (lambda: relative_step(session, np.ones(session.n_rows)), "coordinate must vary"),
        (lambda: relative_step(session, np.ones(3)), "coordinate must have a row for each"),
        (lambda: block_ends(session, np.full(session.n_rows, np.nan)), "coordinate must be finite"),
        (lambda: crossing_rate(session, session.states), "coordinate must be a vector"),
    )
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def test_steps_and_crossings_of_planted_courses(session):
    rng = np.random.default_rng(1)
    everywhere = np.zeros(session.n_rows)
    anew = rng.standard_normal(session.n_trials)
    slow = np.zeros(session.n_trials)
    for k in range(1, session.n_trials):
        slow[k] = 0.9 * slow[k - 1] + np.sqrt(1 - 0.9**2) * anew[k]
    alternating = (-1.0) ** np.arange(session.n_trials)
    for at_end, expected in (
        (anew, np.sqrt(2)),  # independent
        (slow, np.sqrt(2 * (1 - 0.9))),  # autoregressive
        (alternating, 2.0),
    ):
        everywhere[session.last_rows] = at_end
        # Sampling errors of so many trials are a few percent, of the slow one's spread a tenth.
        assert relative_step(session, everywhere) == pytest.approx(expected, rel=0.12)
    assert crossing_rate(session, everywhere) == 1
    assert crossing_rate(session, everywhere, at=2) == 0


def test_blocks_begin_on_the_wrong_side_where_that_was_planted(session):
    trials = session.trials
    everywhere = np.zeros(session.n_rows)
    at_end = trials.block_side * np.where(trials.trial_in_block < 3, -1.0, 1.0)
    everywhere[session.last_rows] = at_end
    first, later = block_ends(session, everywhere)
    spread = at_end.std()
    assert (first, later) == pytest.approx((-1 / spread, 1 / spread))
    with pytest.raises(ValueError, match="late must be"):
        block_ends(session, everywhere, late=1000)
