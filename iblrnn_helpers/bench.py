"""``iblrnn bench``: speeds on one core, each beside a named reference measured in the same run.

The original implementation's figures are quoted: it was measured on one core
of a shared 2-core machine, with the authors' released code.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

# What README, how-to and CONTRIBUTING say, too: a test has them agree.
SPEEDS = (
    "One core of a server with AVX-512 trains 5 million timesteps a CPU second, which is the "
    "paper's recipe in 20 CPU seconds, plays 900,000 trials of the network in a single session and "
    "a million in fifty, and steps one Gymnasium environment 700,000 times."
)
EXAMPLES = f"""examples:
  iblrnn bench                 the table, in less than a minute on an idle core
  iblrnn bench --repeats 1     quickly
  iblrnn bench --json          for another program

{textwrap.fill(SPEEDS, 88)}
"""
# Of the released code, per CPU second; ranges over runs, so the best is taken.
ORIGINAL = {"training": 479.0, "rnn": 151.0, "actor": 181.0, "observer": 626.0}
FLOP_PER_TIMESTEP = 16_500  # 50 units, forward and backward
MATMUL_SIZE = 512
MILLION = "million timesteps/s"


@dataclass(frozen=True)
class Measurement:
    """One line of the table: the median, with the best and the worst of the repeats."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    reference: str = ""
    ratio: float | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn bench``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of each (default: 5)")


def main(args: argparse.Namespace) -> int:
    """Measure and print."""
    from .core import checks

    measured = measure(checks.integer("--repeats", args.repeats, low=1))
    if args.json:
        print(json.dumps([asdict(m) for m in measured], indent=1))
        return 0
    width = max(len(m.name) for m in measured)
    for m in measured:
        spread = f"({m.low:,.4g} – {m.high:,.4g})" if m.low != m.high else ""
        ratio = f"{m.ratio:,.3g} × {m.reference}" if m.ratio is not None else ""
        print(f"{m.name:<{width}}  {m.value:>12,.4g} {m.unit:<22} {spread:<28} {ratio}".rstrip())
    return 0


def measure(repeats: int = 5) -> list[Measurement]:
    """Measure everything on one thread.

    Parameters
    ----------
    repeats : int
        Repeats of each measurement; the median is reported.

    Returns
    -------
    list of Measurement
    """
    import torch
    from threadpoolctl import threadpool_limits
    from tqdm import tqdm

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    found: list[Measurement] = []
    parts = (_engine, _rollouts, _environments, _sinkhorn, _whole_programs)
    try:
        with threadpool_limits(1):
            for part in tqdm(parts, desc="measuring", disable=None):
                found += part(repeats)
    finally:
        torch.set_num_threads(threads)
    return found


def _rates(
    work: Callable[[], float], repeats: int, unit: float = 1.0
) -> tuple[float, float, float]:
    """Median, lowest and highest of (what ``work`` returns) per CPU second."""
    work()  # compiles, and fills caches
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        amount = work()
        rates.append(amount / (time.process_time() - started) / unit)
    return statistics.median(rates), min(rates), max(rates)


def _engine(repeats: int) -> list[Measurement]:
    import torch

    from .agents.rnn import RecurrentNetwork
    from .task.generative_model import TaskParams, sample_trials
    from .training.engines import CompiledEngine
    from .training.params import TrainParams
    from .training.store import reference_network

    def draw():
        return sample_trials(task, n_sessions=50, n_blocks=params.n_blocks, seed=0)

    task, params = TaskParams(), TrainParams()
    trials = draw()
    n_trials = trials.trials_per_session
    reference = reference_network()

    engine = CompiledEngine(params, task)
    initial = engine.weights()

    def train_from(weights: dict) -> float:
        engine.set_weights(weights)
        return float(engine.take_steps(trials)[:, 3] @ n_trials)

    trained = _rates(lambda: train_from(reference.weights), repeats, 1e6)
    at_start = _rates(lambda: train_from(initial), repeats, 1e6)
    drawn = _rates(lambda: sum(draw().n_sessions for _ in range(10)), repeats)
    millions = reference.history[:, 3].mean() * n_trials.mean() / 1e6

    peers = {}
    for batch in (1, 64):
        network = RecurrentNetwork(params.n_units, dtype=torch.float32)
        x = torch.randn(batch, 800, 3, generator=torch.Generator().manual_seed(0))

        def forward_backward(network=network, x=x, batch=batch) -> float:
            network.zero_grad()
            network(x)[0].sum().backward()
            return 800.0 * batch

        peers[batch] = _rates(forward_backward, repeats, 1e6)

    bounds = {}
    for dtype in (np.float32, np.float64):
        a = np.random.default_rng(0).standard_normal((MATMUL_SIZE, MATMUL_SIZE)).astype(dtype)

        def multiply(a=a) -> float:
            for _ in range(20):
                a @ a
            return 20 * 2 * MATMUL_SIZE**3 / FLOP_PER_TIMESTEP

        bounds[dtype.__name__] = _rates(multiply, repeats, 1e6)

    original = "the original (quoted: 479 timesteps/s)", ORIGINAL["training"] / 1e6
    one, ours = ("torch nn.RNN, batch 1", peers[1][0]), ("compiled training", trained[0])
    seconds = [params.n_gradient_steps * (millions / trained[i] + 1 / drawn[i]) for i in (0, 2, 1)]
    torch_rnn = "torch nn.RNN forward and backward, batch"
    return [
        _rate("compiled training, trained network", trained, original),
        _rate("", trained, one),
        _rate("compiled training, initial network", at_start, original),
        Measurement("drawing its trials", *drawn, "sessions/s"),
        Measurement("the paper's recipe (100,001 steps), estimated", *seconds, "CPU seconds"),
        Measurement(f"{torch_rnn} 1", *peers[1], MILLION),
        _rate(f"{torch_rnn} 64", peers[64], ours),
        *(
            _rate(f"one core's {name} matrix product, as a bound", bound, ours)
            for name, bound in bounds.items()
        ),
    ]


def _rate(name: str, rates: tuple, reference: tuple[str, float], unit=MILLION) -> Measurement:
    """A line with its ratio to a reference, which is a name and a rate."""
    return Measurement(name, *rates, unit, reference[0], rates[0] / reference[1])


def _rollouts(repeats: int) -> list[Measurement]:
    from .agents.bayes import BayesianActor, observe
    from .agents.rnn import RNNAgent
    from .task.generative_model import TaskParams, sample_trials
    from .task.rollouts import rollout, rollout_by_steps
    from .training.store import reference_network

    params = TaskParams()
    trials = sample_trials(params, n_sessions=500, n_blocks=4, seed=0)
    rnn, actor = RNNAgent(reference_network().network), BayesianActor(params)
    played, shape = rollout(rnn, trials), "500 sessions × 4 blocks"
    work = {
        "rnn": (f"rollout, RNN, {shape}", lambda: rollout(rnn, trials)),
        "actor": (f"rollout, Bayesian actor, {shape}", lambda: rollout(actor, trials)),
        "observer": (f"Bayesian observer, {shape}", lambda: observe(played)),
    }
    found = []
    for key, (name, run) in work.items():
        rates = _rates(lambda run=run: len(trials) * (run() is not None), repeats)
        reference = f"the original (quoted: {ORIGINAL[key]:.0f} trials/s)", ORIGINAL[key]
        found.append(_rate(name, rates, reference, "trials/s"))

    # As the book plays, and one session alone.
    for agent in (rnn, actor):
        for n_sessions, n_blocks in ((50, 20), (1, 20)):
            trials = sample_trials(params, n_sessions=n_sessions, n_blocks=n_blocks, seed=0)

            def play(how: Callable, n: int, agent=agent, trials=trials) -> float:
                for _ in range(n):
                    how(agent, trials)
                return float(n * len(trials))

            rates = _rates(lambda play=play, n=50 // n_sessions: play(rollout, n), repeats)
            loop = _rates(lambda play=play: play(rollout_by_steps, 1), repeats)
            shape = f"{n_sessions} session{'s' * (n_sessions > 1)} × {n_blocks} blocks"
            reference = "the loop of numpy calls", loop[0]
            found.append(_rate(f"rollout, {agent.name}, {shape}", rates, reference, "trials/s"))
    return found


def _environments(repeats: int) -> list[Measurement]:
    """One Gymnasium environment, without wrappers; neurogym's perceptual decisions where it is."""
    try:
        from .task.gym import BiasedBlocks, BiasedBlocksVector
    except ImportError:  # the extra "gym"
        return []

    def rate(env, actions) -> tuple[float, float, float]:
        env.reset(seed=0)

        def work(n=50_000) -> float:
            for k in range(n):
                *_, over, _, _ = env.step(actions[k % 3])
                if over:
                    env.reset()
            return float(n)

        return _rates(work, repeats)

    ours = rate(BiasedBlocks(), range(3))
    vector = rate(BiasedBlocksVector(1), np.arange(3)[:, None])
    lines = [("the vectorised environment, of one", vector[0])]
    try:
        import neurogym

        theirs = neurogym.make("PerceptualDecisionMaking-v0").unwrapped
        lines.append(("neurogym's", rate(theirs, range(3))[0]))
    except ImportError:  # a reference, not needed otherwise
        pass
    names = ("one Gymnasium environment", *[""] * len(lines))
    return [_rate(name, ours, line, "steps/s") for name, line in zip(names, lines, strict=False)]


def _sinkhorn(repeats: int) -> list[Measurement]:
    """Part III's loss with its gradient, on batches as in training; geomloss where it is there."""
    from .hmm_rnn.hmm import FAMILIES
    from .hmm_rnn.teaching.sinkhorn import one_hot, sinkhorn_divergence

    y, x = (one_hot(FAMILIES["chain-2"].sample(512, 40, seed), 3) for seed in (0, 1))

    def rate(loss, blur: float):
        def work() -> float:
            for _ in range(5):
                moved = x.clone().requires_grad_()
                loss(moved, y, blur).backward()
            return 5.0

        return _rates(work, repeats)

    def geomloss_divergence(x, y, blur: float):
        return SamplesLoss("sinkhorn", p=2, blur=blur, backend="tensorized")(x, y)

    found = []
    for blur in (0.2, 1.0):
        ours = rate(sinkhorn_divergence, blur)
        try:
            from geomloss import SamplesLoss

            ratio = ours[0] / rate(geomloss_divergence, blur)[0]
        except ImportError:  # a reference of the tests, not needed otherwise
            ratio = None
        name = f"Sinkhorn divergence and gradient, blur {blur:g}"
        found.append(Measurement(name, *ours, "per second", "geomloss", ratio))
    return found


_IMPORT = """
import time
started = time.perf_counter()
import iblrnn_helpers
print(time.perf_counter() - started)
"""
_MEMORY = """
import resource, sys
from iblrnn_helpers.agents.bayes import observe
from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.task.rollouts import rollout
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.training import reference_network
trials = sample_trials(TaskParams(), n_sessions=50, n_blocks=20, seed=0)
session = rollout(RNNAgent(reference_network().network), trials, record_states=True)
observe(session)
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(kilobytes / (1024 if sys.platform == "linux" else 1024**2))
"""


def _whole_programs(repeats: int) -> list[Measurement]:
    def run(code: str) -> float:
        command = [sys.executable, "-c", code]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    seconds = [run(_IMPORT) for _ in range(repeats)]
    spread = statistics.median(seconds), min(seconds), max(seconds)
    memory = "1,000-block analysis with all states, peak memory"
    return [
        Measurement("import iblrnn_helpers", *spread, "s"),
        Measurement(memory, *[run(_MEMORY)] * 3, "MB"),
    ]
