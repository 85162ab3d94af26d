"""Two ways to take the same gradient steps: torch (any cell, the reference) and compiled code.

An engine holds the weights and the optimiser's memory, takes gradient steps on
sessions that it is given, and can be written to, and rebuilt from, named arrays.
"""

from __future__ import annotations

import numpy as np

from ..task.generative_model import TaskParams, Trials
from .compiled_engine import CompiledEngine, initial_weights
from .params import TrainParams


class TorchEngine:
    """Any cell: a closed-loop rollout without gradient, then one recorded pass over its inputs."""

    def __init__(self, params: TrainParams, task: TaskParams):
        import torch

        from ..agents.rnn import RecurrentNetwork
        from .optimizers import Optimizer

        self.params, self.task = params, task
        self.network = RecurrentNetwork(params.n_units, params.cell).to(
            getattr(torch, params.dtype)
        )
        self.set_weights(initial_weights(params))
        self._optimizer = Optimizer(params, self.network.parameters())

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
                self._optimizer.step(row[0])
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
        return self._optimizer.memory()

    def restore(self, weights: dict[str, np.ndarray], memory: dict[str, np.ndarray]) -> None:
        """As :meth:`CompiledEngine.restore`."""
        self.set_weights(weights)
        self._optimizer.restore(memory)

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
