"""The paper's training: sessions in, gradient steps taken, in the common frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..core import checks
from ..core.trained import Trained
from ..core.training_frame import DivergedError, Training
from ..task.generative_model import TaskParams, Trials, sample_trials
from .callback import GradientStep, Telling
from .memory import check_memory
from .params import TrainParams
from .sampler import Sampled

__all__ = ["HISTORY", "DivergedError", "TrainedNetwork", "train"]

HISTORY = ("loss", "correct", "timed_out", "steps_per_trial")
WINDOW = 1000  # gradient steps that a row of a shipped network's history is the mean of
SESSIONS_PER_CHUNK = 50  # drawn at once, because drawing one at a time costs as much as training
N_SNAPSHOTS = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedNetwork(Trained):
    """What training gives: beside ``params`` and ``task``, the fields of `Trained`.

    Weights have the names of the network's ``state_dict``.  The history has a row per gradient
    step (of the shipped networks, per 1,000), columns as in ``HISTORY``: mean loss, correct actions
    / trials, time-outs / trials and steps per trial of the step's sessions.  There are about 20
    snapshots; none in the shipped networks.
    """

    params: TrainParams
    task: TaskParams

    KIND: ClassVar = "a trained network of this package"
    STEPS: ClassVar = "n_gradient_steps"
    IDENTITY: ClassVar = {
        "params": lambda found: TrainParams(**found),
        "task": lambda found: TaskParams(**found),
    }

    def to_frame(self):
        """The history as a pandas DataFrame: ``gradient_step``, from 1, and ``HISTORY``.

        Where rows are means over several gradient steps (of the shipped networks), the last one's
        number stands there.
        """
        import pandas as pd

        n_rows, n_steps = len(self.history), self.params.n_gradient_steps
        width = 1 if n_rows == n_steps else min(WINDOW, n_steps)
        steps = pd.Series(width * np.arange(1, n_rows + 1), name="gradient_step")
        return pd.concat([steps, pd.DataFrame(self.history, columns=list(HISTORY))], axis=1)

    def _network(self, weights):
        from ..agents.rnn import RecurrentNetwork

        return RecurrentNetwork.from_arrays(
            weights, n_units=self.params.n_units, cell=self.params.cell
        )


def train(
    params: TrainParams | None = None,
    task: TaskParams | None = None,
    *,
    sampler: Callable[[int], Trials] | None = None,
    callback: Callable[[GradientStep], object] | None = None,
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
        The paper's where omitted, or that of the sampler's trials.
    sampler : callable, optional
        ``sampler(seed) -> Trials`` gives what a gradient step is taken on, in place of sessions
        that are drawn from ``task``: ``sessions_per_step`` sessions, all of one task.  The seed
        (int, 0 to 2**63 - 1) follows from that of ``params`` and the number of the step, and
        equal seeds should give equal trials; ``n_blocks`` plays no part.
    callback : callable, optional
        Called with a :class:`.GradientStep` after each, in order: for TensorBoard or another log.
        After an interrupt, steps that the checkpoint does not hold are taken and told again.
    checkpoint : path, optional
        If the file exists, training goes on from it, to the same bits as an
        uninterrupted run.  It is written every ``checkpoint_seconds``, at the
        end, and on Ctrl-C and SIGTERM; always after a whole chunk.
    progress : bool
        Show a bar with loss, accuracy, steps per trial and the time left.

    Raises
    ------
    DivergedError
        At a loss or gradient that is not finite.  The last checkpoint is kept.
    CheckpointError
        If the checkpoint is damaged, or of another recipe, task, sampler (by its first trials) or
        version of the code.
    ValueError
        If the recipe needs more memory than there is, or the sampler gives anything else.
    OSError
        If the checkpoint cannot be written.

    Notes
    -----
    For TensorBoard, which ``pip install tensorboard`` installs::

        from torch.utils.tensorboard import SummaryWriter

        with SummaryWriter("runs/seed-1") as writer:
            def log(step):
                writer.add_scalar("loss", step.loss, step.number)
                writer.add_scalar("correct", step.correct, step.number)
                if step.number % 1000 == 0:
                    for name, values in step.weights.items():
                        writer.add_histogram(name, values, step.number)

            ibl.train(callback=log)

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> task = ibl.TaskParams(blocks="ibl", hazard=1 / 60)
    >>> def one_session(seed):
    ...     return ibl.sample_trials(task, n_sessions=1, n_blocks=3, seed=seed)
    >>> recipe = ibl.TrainParams(n_units=10, n_gradient_steps=5)
    >>> trained = ibl.train(recipe, sampler=one_session, progress=False)
    >>> trained.task.blocks.p_right, trained.history.shape
    ((0.5, 0.2, 0.8), (5, 4))
    """
    from .engines import ENGINE_CLASSES

    params = TrainParams() if params is None else params
    checks.kind("params", params, TrainParams)
    if task is not None:
        checks.kind("task", task, TaskParams)
    for field, given in {"sampler": sampler, "callback": callback}.items():
        if given is not None and not callable(given):
            raise ValueError(f"{field} must be a function, got {given!r:.80}")
    sampled = Sampled(sampler, params, task) if sampler is not None else None
    task = sampled.task if sampled else task or TaskParams()
    of_sampler = {"sampler": sampled.digest if sampled else None}
    check_memory(params, task)
    engine = ENGINE_CLASSES[params.engine](params, task)

    def take_chunk(n_done: int) -> tuple[int, np.ndarray]:
        batch, steps = params.sessions_per_step, engine
        if callback is not None:
            steps = Telling(engine, callback, n_done, batch)
        if sampled:
            return sampled.take_chunk(n_done, steps)
        trials = _next_trials(params, task, n_done)
        return trials.n_sessions // batch, steps.take_steps(trials)

    state = Training(
        engine,
        take_chunk,
        n_steps=params.n_gradient_steps,
        n_columns=len(HISTORY),
        snapshot_due=lambda n_done, n: n_done * N_SNAPSHOTS // params.n_gradient_steps > n,
        identity={"params": asdict(params) | of_sampler, "task": asdict(task)},
        code=code_of(params),
        unit="gradient step",
        title=f"training {params.n_units} {params.cell} units, seed {params.seed}",
        shown=_shown,
        advice=f"A smaller rate than learning_rate {params.learning_rate:g} (optimizer "
        f"{params.optimizer}) may help.",
    ).run(checkpoint, checkpoint_seconds, progress)
    return TrainedNetwork.of(state, params=params, task=task)


def _next_trials(params: TrainParams, task: TaskParams, n_done: int) -> Trials:
    """What is left of the chunk of sessions that this step is in: chunk k is of seed (seed, k)."""

    per_chunk = max(1, SESSIONS_PER_CHUNK // params.sessions_per_step)
    chunk, first = divmod(n_done, per_chunk)
    last = min(per_chunk, params.n_gradient_steps - chunk * per_chunk)
    seed, batch = np.random.SeedSequence((params.seed, chunk)), params.sessions_per_step
    trials = sample_trials(task, n_sessions=per_chunk * batch, n_blocks=params.n_blocks, seed=seed)
    is_whole = (first, last) == (0, per_chunk)
    return trials if is_whole else trials.take_sessions(first * batch, last * batch)


def _shown(history: np.ndarray) -> str:
    loss, correct, _, steps = history[-200:].mean(axis=0)
    return f"loss {loss:.3f}, correct {correct:.3f}, {steps:.2f} steps per trial"


def code_of(params: TrainParams) -> str:
    """Fingerprint of the code that decides the bits of a network trained with this recipe."""
    from ..core.fingerprint import fingerprint

    return fingerprint(__name__, data=False)
