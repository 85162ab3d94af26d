"""Machine code gives the same bits from Numba's cache, and for other processors."""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest
from llvmlite.binding import get_host_cpu_features
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
n_units, n_sessions, n_trials = 13, 60, 40
trials = rng.normal(size=(n_sessions * n_trials, 7, 2)).astype("f4")
side = rng.choice(np.array([-1, 1], "i1"), n_sessions * n_trials)
start = np.arange(0, len(side) + 1, n_trials)
first = rng.normal(size=kernels.n_weights(n_units)).astype("f4") / 4
rules = (1, 0.9, np.float32(-0.05), kernels.NEG_PROB_CORRECT)
if "gradient" in sys.argv:
    kernels.session_gradient(
        first, n_units, trials[:9], side[:9], *rules, np.float32(1), np.zeros_like(first)
    )
rate = np.float32(0.01), np.float32(0.5)
for optimizer in (kernels.SGD, kernels.ADAM):
    theta, slots = first.copy(), np.zeros((2, len(first)), "f4")
    found = np.empty((n_sessions, 4))
    kernels.train_steps(
        theta, slots, n_units, trials, side, start, 1, 0, *rules, optimizer, *rate, found
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
kinds = [(programs.Recurrent, 1), (programs.Lstm, 4)]
played = {}
for kind, g in kinds[::-1] if "gradient" in sys.argv else kinds:
    w = np.random.default_rng(g).normal(size=(13 * g, 18)) / 2
    weights = w[:, :3], w[:, 3:16], w[:, 16], w[:, 17], w[:13, 0], 0.1
    played[g] = compiled_loop.play(programs.recurrent(*weights, kind=kind), world)[2].tobytes()
print(hashlib.sha256(b"".join(played[g] for _, g in kinds)).hexdigest())
print(sum(kernels.train_steps.stats.cache_hits.values()), file=sys.stderr)
"""


ONE_SESSION = """
import sys
import numpy as np
from iblrnn_helpers.training import kernels

rng, n_units = np.random.default_rng(2), 21
trials = rng.normal(size=(40, 7, 2)).astype("f4")
side = rng.choice(np.array([-1, 1], "i1"), 40)
weights = rng.normal(size=kernels.n_weights(n_units)).astype("f4") / 4
gradient = np.zeros_like(weights)
found = kernels.session_gradient(
    weights, n_units, trials, side, 1, 0.9, np.float32(-0.05), kernels.NEG_PROB_CORRECT,
    np.float32(1), gradient,
)
np.save(sys.argv[1], [*found, *gradient.tolist()])
"""
FUSED, PLAIN = "+avx,+avx2,+fma", "+sse2"


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """A cache, and what the program said that filled it."""
    place = str(tmp_path_factory.mktemp("cache"))
    return place, ran(place)


def ran(place, *arguments):
    environment = {**os.environ, "NUMBA_CACHE_DIR": place}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names such processors")
def test_the_width_of_registers_changes_no_bit(tmp_path, cold):
    def gradient(name, cache=None, **processor):
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache or str(tmp_path / name), **processor}
        path = tmp_path / f"{name}.npy"
        command = [sys.executable, "-c", ONE_SESSION, str(path)]
        subprocess.run(command, env=environment, check=True)
        return np.load(path)

    def of(name, features):
        return gradient(name, NUMBA_CPU_NAME=name, NUMBA_CPU_FEATURES=features)

    here, here_is = gradient("here", cold[0]), get_host_cpu_features()
    plain = of("x86-64", PLAIN)
    if here_is["fma"] and here_is["avx2"]:
        # Where this processor has registers twice as wide, it uses them.
        assert np.array_equal(of("haswell", FUSED), here)
    else:
        assert np.array_equal(plain, here)
    # Products rounded before they are added: some hundred steps of float32, which resolves 6e-8
    np.testing.assert_allclose(plain, here, rtol=0, atol=1e-4 * abs(here).max())


@pytest.mark.slow
def test_cold_and_warm_cache_give_the_same_bits(cold):
    place, first = cold
    warm, other = ran(place), ran(place, "gradient")
    assert [int(done.stderr) for done in (first, warm, other)] == [0, 1, 1]
    assert len(set(first.stdout.split())) == 6
    assert first.stdout == warm.stdout == other.stdout


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch):
    def no_place(self):
        raise OSError("read-only file system")

    monkeypatch.setattr(caching._CacheLocator, "ensure_cache_path", no_place)

    def double(x):
        return x + x

    with pytest.raises(RuntimeError, match="no locator available"):
        __import__("numba").njit(cache=True)(double)
    assert compiled()(double)(np.float32(2.5)) == 5


@pytest.mark.slow
def test_a_change_of_what_is_compiled_in_is_seen(tmp_path):
    """Numba watches the file of the function alone."""
    (tmp_path / "kernel.py").write_text(
        "import helper\n"
        "from iblrnn_helpers.core.compiled import compiled\n"
        "@compiled(helper)\n"
        "def twice(x):\n"
        "    return 2 * helper.f(x)\n"
        "print(twice(5), sum(twice.stats.cache_hits.values()))\n"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")

    def run(term: int) -> str:
        text = f"from numba import njit\n@njit\ndef f(x):\n    return x + {term}\n"
        (tmp_path / "helper.py").write_text(text)
        command = [sys.executable, "-c", "import kernel"]
        options = {"cwd": tmp_path, "env": environment, "check": True}
        return subprocess.run(command, capture_output=True, text=True, **options).stdout.strip()

    assert [run(1), run(1), run(3)] == ["12 0", "12 1", "16 0"]
