"""The machine code that Numba's cache holds gives the bits of what was just compiled."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba.core import caching

from iblrnn_helpers.core.compiled import compiled

# Without torch, which would double the time. The second process loads `session_gradient` first:
# what of it `train_steps` would call instead of holding it itself would then be another copy.
PROGRAM = """
import hashlib, sys
import numpy as np
from iblrnn_helpers.inverse_rl.hypercube import soft_maximum, step_law
from iblrnn_helpers.inverse_rl.optimal_network.recording import _walk
from iblrnn_helpers.task import compiled_loop, programs
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.training import kernels

rng = np.random.default_rng(1)
m, n_sessions, n_trials = kernels.padded(13), 60, 40
trials = rng.normal(size=(n_sessions * n_trials, 7, 2)).astype("f4")
side = rng.choice(np.array([-1, 1], "i1"), n_sessions * n_trials)
start = np.arange(0, len(side) + 1, n_trials)
first = rng.normal(size=kernels.n_weights(m)).astype("f4") / 4
rules = (1, 0.9, np.float32(-0.05), kernels.NEG_PROB_CORRECT)
if "gradient" in sys.argv:
    kernels.session_gradient(
        first, m, trials[:9], side[:9], *rules, np.float32(1), np.zeros_like(first)
    )
rate = np.float32(0.01), np.float32(0.5)
for optimizer in (kernels.SGD, kernels.ADAM):
    theta, slots = first.copy(), np.zeros((2, len(first)), "f4")
    found = np.empty((n_sessions, 4))
    kernels.train_steps(
        theta, slots, m, trials, side, start, 1, 0, *rules, optimizer, *rate, found
    )
    assert not np.array_equal(theta, first)
    print(hashlib.sha256(theta.tobytes() + slots.tobytes() + found.tobytes()).hexdigest())
p = rng.random((4, 16, 3))
print(hashlib.sha256(soft_maximum(p[0], p[1, :4, 0], p[2, :4, 0]).tobytes()).hexdigest())
print(hashlib.sha256(step_law(p[0], p).tobytes()).hexdigest())
states, inputs = np.zeros(101, int), np.zeros(101, int)
cumulated = np.array([[0.3, 0.7, 1.0]] * 3)
_walk(p, cumulated, states, inputs, rng.integers(4, size=100), rng.random(100), rng.random(100))
print(hashlib.sha256(states.tobytes() + inputs.tobytes()).hexdigest())
world = sample_trials(TaskParams(), n_sessions=3, n_blocks=2, seed=1)
kinds = [(programs.Recurrent, 1), (programs.Gru, 3), (programs.Lstm, 4)]
played = {}
for kind, g in kinds[::-1] if "gradient" in sys.argv else kinds:
    w = np.random.default_rng(g).normal(size=(13 * g, 18)) / 2
    weights = w[:, :3], w[:, 3:16], w[:, 16], w[:, 17], w[:13, 0], 0.1
    played[g] = compiled_loop.play(programs.recurrent(*weights, kind=kind), world)[2].tobytes()
print(hashlib.sha256(b"".join(played[g] for _, g in kinds)).hexdigest())
print(sum(kernels.train_steps.stats.cache_hits.values()), file=sys.stderr)
"""


@pytest.mark.slow
def test_cold_and_warm_cache_give_the_same_bits(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    cold, warm, other = (
        subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for arguments in ([], [], ["gradient"])
    )
    assert [int(done.stderr) for done in (cold, warm, other)] == [0, 1, 1]
    assert len(set(cold.stdout.split())) == 6
    assert cold.stdout == warm.stdout == other.stdout


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch):
    def no_place(self):
        raise OSError("read-only file system")

    monkeypatch.setattr(caching._CacheLocator, "ensure_cache_path", no_place)

    def double(x):
        return x + x

    with pytest.raises(RuntimeError, match="no locator available"):
        __import__("numba").njit(cache=True)(double)
    assert compiled()(double)(np.float32(2.5)) == 5
