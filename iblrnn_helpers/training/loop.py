"""The training loop: sessions in, gradient steps taken, history and checkpoints out."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ..core.checkpoints import (
    load_checkpoint,
    save_checkpoint,
    snapshots_of,
    under,
    weights_and_snapshots,
)
from ..core.files import DamagedFileError
from ..task.generative_model import TaskParams, sample_trials
from .params import TrainParams

HISTORY = ("loss", "correct", "timed_out", "steps_per_trial")
SESSIONS_PER_CHUNK = 50  # drawn at once, because drawing one at a time costs as much as training
N_SNAPSHOTS = 20


class DivergedError(RuntimeError):
    """Training met a loss or gradient that is not finite."""


@dataclass(frozen=True)
class TrainedNetwork:
    """What training gives.

    Attributes
    ----------
    params : TrainParams
    task : TaskParams
    weights : dict of str to array
        Under the names of the network's ``state_dict``.
    history : (n_gradient_steps, 4) float32
        A row per gradient step (of the shipped networks, per 1,000).  Columns as
        in ``HISTORY``: mean loss, correct actions / trials, time-outs / trials
        and steps per trial of each step's sessions.
    snapshots : dict of int to dict
        Weights along the way, by gradient steps taken; about 20 of them.
    cpu_seconds : float
    """

    params: TrainParams
    task: TaskParams
    weights: dict[str, np.ndarray]
    history: np.ndarray
    snapshots: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    @property
    def network(self):
        """The trained :class:`~iblrnn_helpers.agents.rnn.RecurrentNetwork`, in float64."""
        return self._network(self.weights)

    def network_at(self, n_gradient_steps: int):
        """The network as it was after so many gradient steps, of those in ``snapshots``.

        Raises
        ------
        ValueError
            If there is no snapshot of that step.
        """
        if n_gradient_steps not in self.snapshots:
            raise ValueError(
                f"n_gradient_steps must be one of {sorted(self.snapshots)}, got {n_gradient_steps}"
            )
        return self._network(self.snapshots[n_gradient_steps])

    def _network(self, weights):
        from ..agents.rnn import RecurrentNetwork

        return RecurrentNetwork.from_arrays(
            weights, n_units=self.params.n_units, cell=self.params.cell
        )

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict]:
        """Named arrays and metadata, as the artifact store keeps them."""
        arrays = weights_and_snapshots(self.weights, self.snapshots) | {"history": self.history}
        return arrays, {
            "params": asdict(self.params),
            "task": asdict(self.task),
            "cpu_seconds": self.cpu_seconds,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], metadata: dict) -> TrainedNetwork:
        """The inverse of :meth:`to_arrays`.

        Raises
        ------
        DamagedFileError
            If something is missing.
        """
        try:
            return cls(
                params=TrainParams(**metadata["params"]),
                task=TaskParams(**metadata["task"]),
                weights=under(arrays, "weights"),
                history=arrays["history"],
                snapshots=snapshots_of(arrays),
                cpu_seconds=metadata["cpu_seconds"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"not a trained network of this package: {error}") from error


def train(
    params: TrainParams | None = None,
    task: TaskParams | None = None,
    *,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 30.0,
    progress: bool = True,
) -> TrainedNetwork:
    """Train a network on the task.

    The network plays each session itself; its own actions end the trials.
    The gradient runs through the whole session, and not through the actions
    (paper section 2.2).

    Parameters
    ----------
    params : TrainParams, optional
        The paper's recipe where omitted.
    task : TaskParams, optional
    checkpoint : path, optional
        If the file exists, training goes on from it, to the same bits as an
        uninterrupted run.  It is written every ``checkpoint_seconds``, at the
        end, and on Ctrl-C.
    progress : bool
        Show a bar with loss, accuracy, steps per trial and the time left.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    DivergedError
        At a loss or gradient that is not finite.  The last checkpoint is kept.
    DamagedFileError
        If the checkpoint is cut short or not a checkpoint.
    ValueError
        If the checkpoint belongs to another recipe, task or version of the code.
    OSError
        If the checkpoint cannot be written.
    """
    from .engines import ENGINE_CLASSES

    params, task = params or TrainParams(), task or TaskParams()
    code = code_of(params)
    engine = ENGINE_CLASSES[params.engine](params, task)
    history = np.zeros((params.n_gradient_steps, len(HISTORY)), dtype=np.float32)
    snapshots: dict[int, dict[str, np.ndarray]] = {}
    done, earlier_seconds = 0, 0.0
    if checkpoint is not None and Path(checkpoint).exists():
        identity = {"params": asdict(params), "task": asdict(task)}
        arrays, metadata = load_checkpoint(checkpoint, identity, code)
        engine.restore(under(arrays, "weights"), under(arrays, "memory"))
        done, earlier_seconds = metadata["n_done"], metadata["cpu_seconds"]
        history[:done] = arrays["history"]
        snapshots = snapshots_of(arrays)
    started = time.process_time()

    def result() -> TrainedNetwork:
        seconds = earlier_seconds + time.process_time() - started
        return TrainedNetwork(params, task, engine.weights(), history, snapshots, seconds)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(checkpoint, result().to_arrays(), engine.memory(), done, code)

    per_chunk = max(1, SESSIONS_PER_CHUNK // params.sessions_per_step)
    bar = _progress_bar(params, done, progress)
    saved_at = time.monotonic()
    try:
        while done < params.n_gradient_steps:
            chunk = done // per_chunk
            trials = sample_trials(
                task,
                n_sessions=per_chunk * params.sessions_per_step,
                n_blocks=params.n_blocks,
                seed=np.random.SeedSequence((params.seed, chunk)),
            )
            first = done - chunk * per_chunk
            last = min(per_chunk, params.n_gradient_steps - chunk * per_chunk)
            if (first, last) != (0, per_chunk):
                batch = params.sessions_per_step
                trials = trials.take_sessions(first * batch, last * batch)
            statistics = engine.take_steps(trials)
            history[done : done + len(statistics)] = statistics
            if len(statistics) < last - first:
                raise DivergedError(
                    f"training diverged at gradient step {done + len(statistics) + 1:,}: the loss "
                    f"or gradient is not finite (learning_rate {params.learning_rate:g}, optimizer "
                    f"{params.optimizer}). A smaller learning_rate may help."
                    + (f" The last good checkpoint is kept in {checkpoint}." if checkpoint else "")
                )
            done += last - first
            if (done * N_SNAPSHOTS) // params.n_gradient_steps > len(snapshots):
                snapshots[done] = engine.weights()
            _show(bar, last - first, history[max(0, done - 200) : done])
            if time.monotonic() - saved_at > checkpoint_seconds:
                save()
                saved_at = time.monotonic()
        save()
    except KeyboardInterrupt:
        save()
        raise
    finally:
        bar.close()
    return result()


def _progress_bar(params: TrainParams, done: int, progress: bool):
    from tqdm import tqdm

    return tqdm(
        total=params.n_gradient_steps,
        initial=done,
        desc=f"training {params.n_units} {params.cell} units, seed {params.seed}",
        unit="step",
        disable=None if progress else True,  # None: only where a person watches a terminal
        mininterval=0.5,
    )


def _show(bar, n: int, recent: np.ndarray) -> None:
    loss, correct, _, steps = recent.mean(axis=0)
    bar.set_postfix_str(
        f"loss {loss:.3f}, correct {correct:.3f}, {steps:.2f} steps per trial", refresh=False
    )
    bar.update(n)


def code_of(params: TrainParams) -> str:
    """Fingerprint of the code that decides the bits of a network trained with this recipe."""
    from ..core.fingerprint import fingerprint

    return fingerprint(__name__, data=False)
