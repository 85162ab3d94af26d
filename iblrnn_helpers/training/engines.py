"""Two ways to take the same gradient steps: torch (any cell, the reference) and compiled code.

An engine holds the weights and the optimiser's memory, takes gradient steps on
sessions that it is given, and can be written to, and rebuilt from, named arrays.
"""

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
        self._m = kernels.padded(params.n_units)
        self._theta = np.zeros(kernels.n_weights(self._m), dtype=params.dtype)
        self._slots = np.zeros((2, len(self._theta)), dtype=params.dtype)
        self._n_updates = 0
        self._rules = (  # of the task and the loss, as every kernel takes them
            task.n_blank_steps,
            task.threshold,
            self._scalar(task.waiting_penalty),
            kernels.CROSS_ENTROPY if params.loss == "cross_entropy" else kernels.NEG_PROB_CORRECT,
        )
        self.set_weights(_initial_weights(params))

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
            self._m,
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
                self._m,
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
        n, parts = self.params.n_units, self._kernels.views(flat, self._m)
        return {
            "core.weight_ih_l0": parts["inputs"][:, :n].T,
            "core.weight_hh_l0": parts["recurrent"][:n, :n],
            "core.bias_ih_l0": parts["bias_in"][:n],
            "core.bias_hh_l0": parts["bias_hidden"][:n],
            "readout.weight": parts["readout"][:, :n],
            "readout.bias": parts["readout_bias"],
        }

    def _named(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        return {name: part.copy() for name, part in self._parts(flat).items()}


class TorchEngine:
    """Any cell: a closed-loop rollout without gradient, then one recorded pass over its inputs."""

    def __init__(self, params: TrainParams, task: TaskParams):
        import torch

        from ..agents.rnn import RecurrentNetwork

        self.params, self.task = params, task
        self.network = RecurrentNetwork(params.n_units, params.cell).to(
            getattr(torch, params.dtype)
        )
        self.set_weights(_initial_weights(params))
        if params.optimizer == "sgd":
            self._optimizer = torch.optim.SGD(
                self.network.parameters(), lr=params.learning_rate, momentum=params.momentum
            )
        else:
            self._optimizer = torch.optim.Adam(self.network.parameters(), lr=params.learning_rate)

    def take_steps(self, trials: Trials) -> np.ndarray:
        """As :meth:`CompiledEngine.take_steps`."""
        import torch

        from ..agents.rnn import one_thread

        batch = self.params.sessions_per_step
        statistics = []
        with one_thread():
            for first in range(0, trials.n_sessions, batch):
                loss, row = self._loss(trials.take_sessions(first, first + batch))
                self._optimizer.zero_grad()
                loss.backward()
                gradients = [p.grad for p in self.network.parameters()]
                if not all(torch.isfinite(g).all() for g in [loss, *gradients]):
                    break
                self._optimizer.step()
                statistics.append(row)
        return np.array(statistics).reshape(-1, 4)

    def gradient(self, trials: Trials) -> tuple[float, dict[str, np.ndarray]]:
        """As :meth:`CompiledEngine.gradient`."""
        loss, _ = self._loss(trials)
        self._optimizer.zero_grad()
        loss.backward()
        return loss.item(), {k: np.asarray(p.grad) for k, p in self.network.named_parameters()}

    def weights(self) -> dict[str, np.ndarray]:
        """As :meth:`CompiledEngine.weights`."""
        return {name: t.detach().numpy().copy() for name, t in self.network.state_dict().items()}

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """The inverse of :meth:`weights`."""
        import torch

        self.network.load_state_dict({k: torch.as_tensor(np.array(v)) for k, v in weights.items()})

    def memory(self) -> dict[str, np.ndarray]:
        """As :meth:`CompiledEngine.memory`."""
        return {
            f"{index}.{name}": np.array(value.numpy())
            for index, slots in self._optimizer.state_dict()["state"].items()
            for name, value in slots.items()
            if value is not None
        }

    def restore(self, weights: dict[str, np.ndarray], memory: dict[str, np.ndarray]) -> None:
        """As :meth:`CompiledEngine.restore`."""
        import torch

        self.set_weights(weights)
        state: dict[int, dict] = {}
        for key, value in memory.items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = torch.as_tensor(np.array(value))
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": state, "param_groups": groups})

    def _loss(self, trials: Trials):
        import torch

        from ..agents.rnn import RNNAgent
        from ..task.rollouts import rollout

        session = rollout(RNNAgent(self.network), trials)
        # Sessions side by side, padded at the end: (n_sessions, n_time, ...)
        row_session = trials.session[session.row_trial]
        length = np.bincount(row_session)
        time = np.arange(len(row_session)) - np.repeat(np.cumsum(length) - length, length)
        shape = (trials.n_sessions, length.max())
        inputs = np.zeros((*shape, 3))
        inputs[row_session, time] = session.inputs
        correct_output = np.zeros(shape, dtype=np.int64)
        correct_output[row_session, time] = (trials.side > 0)[session.row_trial]
        counts = np.zeros(shape)  # steps with a loss; blank and padded steps add nothing
        counts[row_session, time] = session.row_step >= self.task.n_blank_steps

        dtype = getattr(torch, self.params.dtype)
        logits, _, _ = self.network(torch.as_tensor(inputs, dtype=dtype))
        log_p = torch.log_softmax(logits, dim=-1)
        log_p = log_p.gather(-1, torch.as_tensor(correct_output)[..., None])[..., 0]
        step_loss = -log_p if self.params.loss == "cross_entropy" else -log_p.exp()
        per_session = (step_loss * torch.as_tensor(counts, dtype=dtype)).sum(1)
        loss = (per_session / torch.as_tensor(length, dtype=dtype)).mean()

        per_trial = np.stack([session.correct, session.timed_out, session.n_steps])
        n_trials = np.bincount(trials.session)
        means = [(np.bincount(trials.session, row) / n_trials).mean() for row in per_trial]
        return loss, [loss.item(), *means]


ENGINE_CLASSES = {"compiled": CompiledEngine, "torch": TorchEngine}


def _initial_weights(params: TrainParams) -> dict[str, np.ndarray]:
    """torch's default initialisation, the same for both engines and precisions."""
    from ..agents.rnn import RecurrentNetwork

    network = RecurrentNetwork(params.n_units, params.cell, seed=params.seed)
    return {
        name: tensor.numpy().astype(params.dtype) for name, tensor in network.state_dict().items()
    }
