"""Compiled draws are NumPy's, bit by bit."""

import subprocess
import sys

import numpy as np
import pytest

from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.training.draws import Draws
from iblrnn_helpers.training.loop import SESSIONS_PER_CHUNK, _next_trials
from iblrnn_helpers.training.params import TrainParams


def test_a_million_of_them():
    """Some 260 lie beyond 3.65, where NumPy draws in another way, and 12,000 are drawn twice."""
    ours, numpys = Draws(np.random.PCG64(5)), np.random.default_rng(5)
    expected = numpys.standard_normal((1000, 500, 2))
    assert (abs(expected) > 3.66).sum() > 200
    assert np.array_equal(ours.standard_normal((1000, 500, 2)), expected)
    assert ours.bit_generator.state == numpys.bit_generator.state


def test_between_other_draws_and_of_every_size():
    ours, numpys = Draws(np.random.PCG64(6)), np.random.default_rng(6)
    for size in (None, 0, 1, 7, (2, 0), (3, 4)):
        for draw in (
            lambda rng, size=size: rng.standard_normal(size),
            lambda rng: rng.random(3),
            lambda rng: rng.integers(6, size=3),  # may keep half a word for the next
            lambda rng, size=size: rng.standard_normal(size, dtype=np.float32),
        ):
            mine, theirs = draw(ours), draw(numpys)
            assert np.array_equal(mine, theirs) and np.shape(mine) == np.shape(theirs)


@pytest.mark.parametrize("batch", [1, 20, 70])
def test_a_training_is_given_the_sessions_of_its_seed(batch):
    task = TaskParams(min_block_length=3, max_block_length=8, noise_sd=1.5)
    params = TrainParams(seed=4, sessions_per_step=batch, n_blocks=2)
    per_chunk = max(1, SESSIONS_PER_CHUNK // batch)
    given = _next_trials(params, task, 3 * per_chunk)
    seed = np.random.SeedSequence((4, 3))
    drawn = sample_trials(task, n_sessions=per_chunk * batch, n_blocks=2, seed=seed)
    for name in ("session", "side", "strength", "observations"):
        assert np.array_equal(getattr(given, name), getattr(drawn, name))


def test_a_shipped_network_is_read_without_numba():
    program = (
        "import sys, iblrnn_helpers as ibl; ibl.reference_network(); print('numba' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "False\n"
