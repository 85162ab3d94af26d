"""The gradient steps of vanilla networks, in compiled code; `engines` is what it is tested by."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..task.generative_model import TaskParams, Trials
from .params import TrainParams


class CompiledEngine:
    """The vanilla RNN, with the task and back-propagation in one compiled loop."""

    def __init__(self, params: TrainParams, task: TaskParams):
        from . import kernels

        self._kernels = kernels
        self.params, self.task = params, task
        self._scalar = np.dtype(params.dtype).type
        self._theta = np.zeros(kernels.n_weights(params.n_units), dtype=params.dtype)
        self._slots = np.zeros((2, len(self._theta)), dtype=params.dtype)
        self._n_updates = 0
        self._rules = (  # of the task and the loss, as every kernel takes them
            task.n_blank_steps,
            task.threshold,
            self._scalar(task.waiting_penalty),
            kernels.CROSS_ENTROPY if params.loss == "cross_entropy" else kernels.NEG_PROB_CORRECT,
        )
        self.set_weights(initial_weights(params))

    def take_steps(self, trials: Trials) -> np.ndarray:
        """One gradient step per ``sessions_per_step`` sessions of ``trials``.

        Returns
        -------
        (n_steps, 4) float
            Loss, fraction correct, fraction timed out, steps per trial.  A row
            is missing from the end if a loss or gradient was not finite.
        """
        kernels, params = self._kernels, self.params
        statistics = np.empty((trials.n_sessions // params.sessions_per_step, 4))
        taken = kernels.train_steps(
            self._theta,
            self._slots,
            params.n_units,
            trials.observations.astype(params.dtype),
            trials.side,
            trials.session_start,
            params.sessions_per_step,
            self._n_updates,
            *self._rules,
            kernels.ADAM if params.optimizer == "adam" else kernels.SGD,
            self._scalar(params.learning_rate),
            self._scalar(params.momentum),
            statistics,
        )
        self._n_updates += taken
        return statistics[:taken]

    def gradient(self, trials: Trials) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradient, averaged over the sessions of ``trials``; nothing is changed."""
        observations = trials.observations.astype(self.params.dtype)
        scale = self._scalar(1 / trials.n_sessions)
        grad = np.zeros_like(self._theta)
        loss = 0.0
        for first, last in pairwise(trials.session_start):
            loss += self._kernels.session_gradient(
                self._theta,
                self.params.n_units,
                observations[first:last],
                trials.side[first:last],
                *self._rules,
                scale,
                grad,
            )[0]
        return loss / trials.n_sessions, self._named(grad)

    def weights(self) -> dict[str, np.ndarray]:
        """Weights under the names of the torch module's ``state_dict``."""
        return self._named(self._theta)

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """The inverse of :meth:`weights`."""
        for name, part in self._parts(self._theta).items():
            part[...] = weights[name]

    def memory(self) -> dict[str, np.ndarray]:
        """The optimiser's memory, as named arrays."""
        return {"slots": self._slots.copy(), "n_updates": np.array(self._n_updates)}

    def restore(self, weights: dict[str, np.ndarray], memory: dict[str, np.ndarray]) -> None:
        """Continue from what :meth:`weights` and :meth:`memory` gave."""
        self.set_weights(weights)
        self._slots[...] = memory["slots"]
        self._n_updates = int(memory["n_updates"])

    def _parts(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """Views of a flat vector, with the names and shapes of the torch module."""
        parts = self._kernels.views(flat, self.params.n_units)
        return {
            "core.weight_ih_l0": parts["inputs"].T,
            "core.weight_hh_l0": parts["recurrent"].T,
            "core.bias_ih_l0": parts["bias_in"],
            "core.bias_hh_l0": parts["bias_hidden"],
            "readout.weight": parts["readout"],
            "readout.bias": parts["readout_bias"],
        }

    def _named(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        return {name: part.copy() for name, part in self._parts(flat).items()}


def initial_weights(params: TrainParams) -> dict[str, np.ndarray]:
    """torch's default initialisation, the same for both engines and precisions."""
    from ..agents.rnn import RecurrentNetwork

    network = RecurrentNetwork(params.n_units, params.cell, seed=params.seed)
    return {
        name: tensor.numpy().astype(params.dtype) for name, tensor in network.state_dict().items()
    }
