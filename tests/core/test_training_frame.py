"""An interrupt leaves whole chunks, whenever it comes; what goes on from them has the same bits."""

import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
from tqdm import std

from iblrnn_helpers.cli import main
from iblrnn_helpers.core.files import load_arrays
from iblrnn_helpers.core.training_frame import DivergedError, load_checkpoint
from iblrnn_helpers.hmm_rnn.hmm import HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.teaching import training
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage
from iblrnn_helpers.task.generative_model import TaskParams
from iblrnn_helpers.training import engines, loop
from iblrnn_helpers.training.loop import train
from iblrnn_helpers.training.params import TrainParams

# Few steps of the network a session: interrupts are to come between sessions, too.
TASK = TaskParams(min_block_length=1, max_block_length=2, n_blank_steps=1, n_observations=3)
SGD = TrainParams(n_units=3, n_gradient_steps=23, n_blocks=1, sessions_per_step=10, momentum=0.9)
ADAM = replace(SGD, optimizer="adam", learning_rate=0.01, momentum=0.1)
GRU = replace(ADAM, cell="gru", engine="auto", n_gradient_steps=7, sessions_per_step=25)
COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])
STAGES = (Stage(6, 6, 3, 1.0), Stage(6, 6, 4, 1.0, unbiased=True))
RECIPES = {
    "compiled, SGD": SGD,
    "compiled, Adam": ADAM,
    "GRU": GRU,
    "LSTM": replace(GRU, cell="lstm"),
    "Part III": HmmRnnParams(COIN, STAGES, n_units=4, n_inputs=2),
}
# Where a state comes about and is written; the rest is tasks, torch and the bar.
OURS = ("/core/", "/files.py", "/training/engines.py", "/teaching/update.py")


def trained(recipe, checkpoint=None, checkpoint_seconds=0.0):
    kwargs = {"checkpoint": checkpoint, "checkpoint_seconds": checkpoint_seconds}
    if isinstance(recipe, HmmRnnParams):
        return training.train(recipe, **kwargs)
    return train(recipe, TASK, **kwargs)


def same_bits(one, two):
    ours, theirs = one.to_arrays()[0], two.to_arrays()[0]
    return ours.keys() == theirs.keys() and all(
        ours[name].tobytes() == theirs[name].tobytes() for name in ours
    )


@pytest.fixture
def watched(monkeypatch):
    """A terminal, so that there is a bar, whose locks an interrupt may leave closed.

    Reading the package's code for its fingerprint would take nine in ten of all moments.
    """
    monkeypatch.setattr(loop, "code_of", lambda params: "this")
    monkeypatch.setattr(training, "code_of", lambda: "this")
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(std.tqdm, "_lock", std.TqdmDefaultWriteLock(), raising=False)
    monkeypatch.setattr(std.tqdm, "monitor_interval", 0)


def interrupted(work, at, bytecodes):
    """Do it, with Ctrl-C before line ``at`` of all that runs, or before bytecode ``at`` of ours.

    Returns its result and how many there were.
    """
    n = 0

    def trace(frame, event, arg):
        nonlocal n
        if event == "call" and bytecodes:
            if not any(part in frame.f_code.co_filename for part in OURS):
                return None
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
        elif event in ("line", "opcode"):
            n += 1
            if n == at:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = work()
    finally:
        sys.settrace(before)
    return result, n


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.slow
def test_40_interrupts_change_no_bit(name, tmp_path, watched):
    recipe, rng = RECIPES[name], np.random.default_rng(sum(map(ord, name)))
    whole = trained(recipe)
    n_interrupts = n_resumed = 0
    for bytecodes in (False, True):
        path = tmp_path / f"{bytecodes}-0"
        again, n_moments = interrupted(lambda p=path: trained(recipe, p), 0, bytecodes)
        assert same_bits(again, whole)
        run = 0
        while n_interrupts < (40 if bytecodes else 20):
            run += 1
            path = tmp_path / f"{bytecodes}-{run}"
            while True:
                at = int(rng.integers(1, n_moments))
                try:
                    again, _ = interrupted(lambda p=path: trained(recipe, p), at, bytecodes)
                    break
                except KeyboardInterrupt:
                    n_interrupts += 1
                    n_resumed += path.exists()
            assert same_bits(again, whole), f"run {run}, {bytecodes=}"
    assert n_resumed > 20  # else it would only show that training is reproducible


def test_alarms_at_any_time_change_no_bit(tmp_path):
    """Real signals, the second of which may meet the writing that the first has caused."""
    recipe = replace(SGD, n_gradient_steps=1_000)
    trained(SGD)  # loads what the first one loads
    started = time.monotonic()
    whole = trained(recipe)
    duration, n_alarms, rings = time.monotonic() - started, 0, []
    rng = np.random.default_rng(5)

    def ring(signum, frame):
        rings.append(frame)
        if len(rings) == 2:  # a third could meet this test
            signal.setitimer(signal.ITIMER_REAL, 0)
        raise KeyboardInterrupt

    def interrupted_run(path, seconds, interval):
        rings.clear()
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, interval)
            try:
                return trained(recipe, path, checkpoint_seconds=30.0)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            return None

    before = signal.signal(signal.SIGALRM, ring)
    try:
        for run in range(5):
            again, patience = None, 1.0
            while again is None:
                seconds, interval = rng.uniform(0.05, 0.4) * duration, rng.choice([0.0, 0.001])
                again = interrupted_run(tmp_path / str(run), seconds * patience, interval)
                n_alarms += again is None
                patience *= 1.1  # a machine that has become busy gets there, too
            assert same_bits(again, whole)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert n_alarms >= 5


def test_an_interrupt_within_the_last_writing_keeps_the_file_before(tmp_path, monkeypatch):
    path, replaced = tmp_path / "checkpoint", os.replace
    writes = []

    def interrupted_replace(source, target):
        writes.append(target)
        if len(writes) > 2:
            raise KeyboardInterrupt
        replaced(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted_replace)
        with pytest.raises(KeyboardInterrupt):
            trained(ADAM, path)
    assert len(writes) == 4 and [p.name for p in tmp_path.iterdir()] == ["checkpoint"]
    assert load_arrays(path)[1]["n_done"] == 10
    assert same_bits(trained(ADAM, path), trained(ADAM))


def test_what_diverges_promises_only_a_file_that_is_there(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint"
    monkeypatch.setattr(engines.CompiledEngine, "take_steps", lambda *args: np.ones((3, 4)))
    with pytest.raises(DivergedError, match=r"at gradient step 4: .*may help\.$"):
        trained(SGD, path)
    assert not path.exists()


STEPS = 400
COMMAND = ["train", "--n-units", "3", "--n-blocks", "1", "--n-gradient-steps", str(STEPS)]
# A signal to itself in the third chunk: it comes when it should, however busy the machine is.
SIGNALLED = """
import os, signal, sys
{before}
from iblrnn_helpers.training import TrainParams, engines, train
from iblrnn_helpers.cli import main
take_steps, n_chunks = engines.CompiledEngine.take_steps, 0
def signalled(self, trials):
    global n_chunks
    n_chunks += 1
    if n_chunks == 3:
        os.kill(os.getpid(), signal.SIGTERM)
    return take_steps(self, trials)
engines.CompiledEngine.take_steps = signalled
{then}
"""


def signalled(then, before=""):
    code = SIGNALLED.format(then=then, before=before)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.slow
def test_sigterm_to_the_command_keeps_what_was_done(tmp_path, capsys):
    out = tmp_path / "net"
    command = [*COMMAND, "--out", str(out)]
    done = signalled(f"sys.exit(main({command!r}))")
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    checkpoint = tmp_path / "net.checkpoint"
    assert f"The same command goes on from {checkpoint}." in done.stdout
    assert load_arrays(checkpoint)[1]["n_done"] == 100
    assert main(command) == 0
    assert f"Going on from {checkpoint}, if" in capsys.readouterr().out
    straight = tmp_path / "straight"
    assert main([*COMMAND, "--out", str(straight)]) == 0
    assert out.read_bytes() == straight.read_bytes()


@pytest.mark.slow
def test_sigterm_to_a_script_ends_it_after_saving_unless_it_handles_it_itself(tmp_path):
    path = tmp_path / "checkpoint"
    params = replace(SGD, sessions_per_step=1, n_gradient_steps=STEPS)
    done = signalled(
        f"params = TrainParams(**{asdict(params)!r})\n"
        "for handler in (mine, signal.SIG_IGN):\n"
        "    signal.signal(signal.SIGTERM, handler)\n"
        "    n_chunks = 0\n"
        "    trained = train(params)\n"
        "    assert n_chunks > 3\n"
        "    print(len(trained.history), signal.getsignal(signal.SIGTERM) is handler, flush=True)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "n_chunks = 0\n"
        f"train(params, checkpoint={str(path)!r})\n"
        "print('went on')",
        before="mine = lambda *_: print('mine'); signal.signal(signal.SIGTERM, mine)",
    )
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert done.stdout == f"mine\n{STEPS} True\n{STEPS} True\n"
    identity = {"params": asdict(params), "task": asdict(TaskParams())}
    assert load_checkpoint(path, identity, loop.code_of(params)).n_done == 100


def test_a_stop_before_anything_is_done_promises_what_is_true(tmp_path, capsys, monkeypatch):
    out = tmp_path / "net"
    command = [*COMMAND, "--out", str(out)]

    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engines, "CompiledEngine", stop)
        patch.setitem(engines.ENGINE_CLASSES, "compiled", stop)
        assert main(command) == 130
    assert "goes on" not in capsys.readouterr().out and not list(tmp_path.iterdir())
    # Once the network is written, the same command would refuse to write it again.
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", unlink_but(stop, "net.checkpoint"))
        assert main(command) == 130
    assert f"Stopped, but {out} is finished." in capsys.readouterr().out


def unlink_but(stop, name):
    from pathlib import Path

    unlink, asked = Path.unlink, []

    def unlinked(path, missing_ok=False):
        if path.name == name and not asked:
            asked.append(path)
            stop()
        unlink(path, missing_ok)

    return unlinked
