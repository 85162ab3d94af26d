"""The frame of every training: chunks of steps, checkpoints, snapshots, the bar, divergence.

An interrupt may come between any two bytecodes, and within an engine's step.  So nothing that is
saved is ever changed: a chunk's end is one assignment of a new `State`, and only states are saved.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .checkpoints import State, Weights, load_checkpoint, save_checkpoint


class DivergedError(RuntimeError):
    """Training met a loss or gradient that is not finite."""


class Engine(Protocol):
    """Holds weights and the optimiser's memory, and gives copies of both."""

    def weights(self) -> Weights: ...
    def memory(self) -> Weights: ...
    def restore(self, weights: Weights, memory: Weights) -> None: ...


@dataclass(frozen=True)
class Training:
    """What the frame must know of a training.

    Parameters
    ----------
    engine : Engine
        As before the first step.
    take_chunk : callable
        ``take_chunk(n_done) -> (n_asked, rows)`` lets the engine take the next steps; of the
        history, ``rows`` (n_asked, n_columns), or fewer if a loss or gradient was not finite.
    n_steps, n_columns : int
    snapshot_due : callable
        ``snapshot_due(n_done, n_snapshots)`` says after a chunk, and before the first, whether to
        keep the weights.
    identity, code
        As of :func:`.checkpoints.load_checkpoint`.
    unit, title : str
        What a step is called, and the bar.
    shown : callable
        ``shown(history)`` is what the bar says of the history so far.
    advice : str
        Sentences for a training that diverged.
    """

    engine: Engine
    take_chunk: Callable[[int], tuple[int, np.ndarray]]
    n_steps: int
    n_columns: int
    snapshot_due: Callable[[int, int], bool]
    identity: Mapping[str, Mapping[str, Any]]
    code: str
    unit: str
    title: str
    shown: Callable[[np.ndarray], str]
    advice: str

    def run(
        self,
        checkpoint: str | Path | None = None,
        checkpoint_seconds: float = 30.0,
        progress: bool = True,
    ) -> State:
        """Take all steps, from the checkpoint on if it exists.

        It is written every ``checkpoint_seconds``, at the end, and when an interrupt, SIGTERM or
        ``sys.exit`` ends the training.  SIGTERM is only caught, in the main thread, where it would
        end the process at once, and then does so as soon as the checkpoint is written.

        Raises
        ------
        DivergedError
            At a loss or gradient that is not finite.  The last checkpoint is kept.
        DamagedFileError, ValueError, OSError
            As of :func:`.checkpoints.load_checkpoint` and :func:`.checkpoints.save_checkpoint`.
        """
        started = time.process_time()
        # Rows after a state's n_done may be written before the next state; its own never are.
        history = np.zeros((self.n_steps, self.n_columns), dtype=np.float32)
        state, saved = self._first(history), None
        if checkpoint is not None and Path(checkpoint).exists():
            state = saved = load_checkpoint(checkpoint, self.identity, self.code)
            self.engine.restore(state.weights, state.memory)
            history[: state.n_done] = state.history
        started -= state.cpu_seconds

        def save() -> None:
            nonlocal saved
            if checkpoint is not None and saved is not state:
                save_checkpoint(checkpoint, state, self.identity, self.code)
                saved = state

        with _unwound_by_sigterm():
            bar = self._bar(state.n_done, progress)
            saved_at = time.monotonic()
            try:
                while state.n_done < self.n_steps:
                    state = self._next(state, history, started, checkpoint)
                    if not bar.disable:
                        bar.set_postfix_str(self.shown(state.history), refresh=False)
                        bar.update(state.n_done - bar.n)
                    if time.monotonic() - saved_at > checkpoint_seconds:
                        save()
                        saved_at = time.monotonic()
                save()
            except (KeyboardInterrupt, SystemExit):
                save()
                raise
            finally:
                bar.close()
        return state

    def _first(self, history: np.ndarray) -> State:
        weights = self.engine.weights()
        snapshots = {0: weights} if self.snapshot_due(0, 0) else {}
        return State(0, weights, self.engine.memory(), history[:0], snapshots, 0.0)

    def _next(self, state: State, history: np.ndarray, started: float, checkpoint) -> State:
        n_asked, rows = self.take_chunk(state.n_done)
        if len(rows) < n_asked:
            kept = checkpoint is not None and Path(checkpoint).exists()
            raise DivergedError(
                f"training diverged at {self.unit} {state.n_done + len(rows) + 1:,}: the loss or "
                f"gradient is not finite. {self.advice}"
                + (f" The last good checkpoint is kept in {checkpoint}." if kept else "")
            )
        n_done = state.n_done + n_asked
        history[state.n_done : n_done] = rows
        weights, snapshots = self.engine.weights(), state.snapshots
        if self.snapshot_due(n_done, len(snapshots)):
            snapshots = {**snapshots, n_done: weights}
        seconds = time.process_time() - started
        return State(n_done, weights, self.engine.memory(), history[:n_done], snapshots, seconds)

    def _bar(self, n_done: int, progress: bool):
        from tqdm import tqdm

        return tqdm(
            total=self.n_steps,
            initial=n_done,
            desc=self.title,
            unit=self.unit.split()[-1],
            disable=None if progress else True,  # None: only where a person watches a terminal
            mininterval=0.5,
        )


class _Terminated(SystemExit):
    """SIGTERM came."""


@contextmanager
def _unwound_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the block before it ends the process, unless somebody else handles it."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return

    def unwind(signum, frame):
        raise _Terminated(128 + signum)

    try:
        signal.signal(signal.SIGTERM, unwind)
        yield
    except _Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
