"""Trials of the caller's own for every gradient step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core import checks
from ..core.files import digest_arrays
from ..task.generative_model import TaskParams, Trials
from .params import TrainParams

STEPS_PER_CHUNK = 50  # after which a training may be saved


class Sampled:
    """What a sampler gives, as :func:`.loop.train` says, checked.

    Attributes
    ----------
    task : TaskParams
        Of the first trials, and so of all.
    digest : str
        Of the first trials: another sampler, or one of another seed, gives others.
    """

    def __init__(
        self, sampler: Callable[[int], Trials], params: TrainParams, task: TaskParams | None
    ):
        self._sampler, self._params, self._task = sampler, params, task
        first = self.trials(0)
        self.task = self._task = first.params
        self.digest = digest_arrays({"side": first.side, "observations": first.observations})

    def trials(self, step: int) -> Trials:
        """Those of a gradient step, from 0; a ValueError if they are not what was agreed on."""
        params, task, of = self._params, self._task, f"for gradient step {step + 1:,}"
        words = np.random.SeedSequence((params.seed, step)).generate_state(1, np.uint64)
        trials = self._sampler(int(words[0] >> 1))
        checks.kind("sampler's result", trials, Trials)
        if task is not None and trials.params != task:
            raise ValueError(f"sampler must give trials of {task} {of}, got {trials.params}")
        if trials.n_sessions != params.sessions_per_step:
            raise ValueError(
                f"sampler must give sessions_per_step {params.sessions_per_step} sessions {of}, "
                f"got {trials.n_sessions}"
            )
        if not (len(trials) and np.isfinite(trials.observations).all()):
            raise ValueError(
                f"sampler must give trials with finite observations {of}, got "
                f"{'NaN' if len(trials) else 'no trial'}"
            )
        return trials

    def take_chunk(self, n_done: int, engine) -> tuple[int, np.ndarray]:
        """Let the engine take the next steps: how many were asked for, and their history."""
        n_asked = min(STEPS_PER_CHUNK, self._params.n_gradient_steps - n_done)
        rows = []
        for step in range(n_done, n_done + n_asked):
            rows.append(engine.take_steps(self.trials(step)))
            if not len(rows[-1]):  # a loss or gradient was not finite
                break
        return n_asked, np.concatenate(rows)
