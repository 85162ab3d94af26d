"""The frame of every training: chunks of steps, checkpoints, snapshots, the bar, divergence.

An interrupt may come between any two bytecodes, and within an engine's step.  So nothing that is
saved is ever changed: a chunk's end is one assignment of a new `State`, and only states are saved.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from . import checks
from .files import CheckpointError, DamagedFileError, load_arrays, save_arrays
from .processes import unwound_by_sigterm

Weights = dict[str, np.ndarray]


class DivergedError(RuntimeError):
    """Training met a loss or gradient that is not finite."""


class Engine(Protocol):
    """Holds weights and the optimiser's memory, and gives copies of both."""

    def weights(self) -> Weights: ...
    def memory(self) -> Weights: ...
    def restore(self, weights: Weights, memory: Weights) -> None: ...


@dataclass(frozen=True, eq=False)
class State:
    """A training after so many whole chunks.  It is never changed, only exchanged for the next.

    Attributes
    ----------
    n_done : int
        Steps taken.
    weights, memory : dict of str to array
        The network's, and the optimiser's.
    history : (n_done, n_columns) float32
    snapshots : dict of int to dict
        Weights along the way, by steps taken.
    cpu_seconds : float
    """

    n_done: int
    weights: Weights
    memory: Weights
    history: np.ndarray
    snapshots: dict[int, Weights]
    cpu_seconds: float


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
    identity : mapping
        What defines the run: names such as ``params``, each with its fields.
    code : str
        Fingerprint of the code that takes the steps.
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
        ``sys.exit`` ends the training.  SIGTERM ends the process as soon as it is written.

        Raises
        ------
        DivergedError
            At a loss or gradient that is not finite.  The last checkpoint is kept.
        CheckpointError
            If the checkpoint is cut short or not a checkpoint, or belongs to another recipe, task
            or version of the code.
        ValueError
            If so many steps would need more memory than there is.
        OSError
            If it cannot be written; then it is as it was.
        """
        import torch

        said = f"a history of {self.n_steps:,} {self.unit}s"
        checks.memory(said, self.n_steps * self.n_columns * 4)
        started = time.process_time()
        # Rows after a state's n_done may be written before the next state; its own never are.
        history = np.zeros((self.n_steps, self.n_columns), dtype=np.float32)
        state, saved = self._first(history), None
        if checkpoint is not None and Path(checkpoint).exists():
            state = saved = load_checkpoint(checkpoint, self.identity, self.code)
            try:
                self.engine.restore(state.weights, state.memory)
                history[: state.n_done] = state.history
            except (KeyError, RuntimeError, TypeError, ValueError) as error:
                raise _no_checkpoint(checkpoint, error) from error
        started -= state.cpu_seconds

        def save() -> None:
            nonlocal saved
            if checkpoint is not None and saved is not state:
                save_checkpoint(checkpoint, state, self.identity, self.code)
                saved = state

        # An interrupt within torch's no_grad may leave gradients off for the rest of the process.
        with torch.enable_grad(), unwound_by_sigterm(for_good=True):
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


def save_checkpoint(path, state: State, identity: Mapping[str, Mapping], code: str) -> None:
    """Write what `load_checkpoint` reads."""
    memory = {f"memory.{name}": value for name, value in state.memory.items()}
    numbers = {"n_done": state.n_done, "cpu_seconds": state.cpu_seconds, "code": code}
    save_arrays(path, to_arrays(state) | memory, {**identity, **numbers})


def load_checkpoint(path, identity: Mapping[str, Mapping[str, Any]], code: str) -> State:
    """The state that a checkpoint holds, if it is one of this very run.

    Parameters
    ----------
    path : path-like
    identity, code
        As of `Training`, which also says what is raised.
    """
    try:
        arrays, metadata = load_arrays(path)
        theirs = {what: dict(metadata[what]) for what in identity}
        of_code, n_done = metadata["code"], checks.integer("n_done", metadata["n_done"], low=0)
        kept = from_arrays(arrays, metadata)
    except DamagedFileError as error:
        raise CheckpointError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _no_checkpoint(path, error) from error
    for what, ours in identity.items():
        for name, value in json.loads(json.dumps(ours)).items():  # tuples are lists in the file
            if (there := theirs[what].get(name)) != value:
                raise CheckpointError(
                    f"{path} is a checkpoint of another run: {name} is {there!r} there "
                    f"and {value!r} here; remove it to start anew, or name another file"
                )
    if of_code != code:
        raise CheckpointError(
            f"{path} was written by another version of the training code, which cannot be "
            "continued to the same bits; remove it to start anew"
        )
    return State(n_done=n_done, memory=_under(arrays, "memory"), **kept)


def _no_checkpoint(path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{path} is not a training checkpoint ({type(error).__name__}: {error}); remove it to "
        "start anew, or name another file"
    )


def to_arrays(kept) -> dict[str, np.ndarray]:
    """The arrays of a `State`, or of what a training gives, without the optimiser's memory."""
    arrays = {f"weights.{name}": value for name, value in kept.weights.items()}
    for step, weights in kept.snapshots.items():
        arrays |= {f"snapshot.{step}.{name}": value for name, value in weights.items()}
    return {**arrays, "history": kept.history}


def from_arrays(arrays: Mapping[str, np.ndarray], metadata: Mapping) -> dict[str, Any]:
    """The fields that `to_arrays` wrote, and the seconds that stand in the metadata."""
    snapshots: dict[int, Weights] = {}
    for name, value in _under(arrays, "snapshot").items():
        step, weight = name.split(".", 1)
        snapshots.setdefault(int(step), {})[weight] = value
    return {
        "weights": _under(arrays, "weights"),
        "history": arrays["history"],
        "snapshots": dict(sorted(snapshots.items())),
        "cpu_seconds": metadata["cpu_seconds"],
    }


def _under(arrays: Mapping[str, np.ndarray], prefix: str) -> Weights:
    """The arrays whose names begin with ``prefix`` and a point, by the rest of their names."""
    start = f"{prefix}."
    return {name[len(start) :]: v for name, v in arrays.items() if name.startswith(start)}
