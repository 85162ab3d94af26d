"""Rivals of RADD: a small network that learns a large one's answers, and the large one in a plane.

In conventional distillation the student hears what the teacher heard, and learns the teacher's
action probabilities; what goes on inside the teacher does not count (Hinton, Vinyals & Dean 2015,
arXiv:1503.02531).  The projected network is the large one itself, its state confined to a plane or
to any affine subspace.

Source: Schaeffer et al. 2020, section 3.3.3.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ..agents.rnn import N_INPUTS, RecurrentNetwork, RNNAgent, one_thread
from ..core import checks
from ..task.session import Session

WINDOW = 50  # steps through which the gradient runs; about 15 trials
LARGEST_GRADIENT = 0.1  # longer ones are shortened, or a single window may undo the learning


@dataclass(frozen=True)
class OutputDistillation:
    """What conventional distillation gives.

    Attributes
    ----------
    network : RecurrentNetwork
        The best of the restarts.
    divergence : (n_gradient_steps, n_restarts) float
        Kullback-Leibler divergence of the student's probabilities from the teacher's, in nats
        per step of the task, before each gradient step, on that step's window.
        0 is perfect.
    best : int
        The restart that ``network`` comes from.
    """

    network: RecurrentNetwork
    divergence: np.ndarray
    best: int


def distill_outputs(
    teacher: Session,
    *,
    n_units: int = 2,
    n_restarts: int = 4,
    n_gradient_steps: int = 1500,
    learning_rate: float = 0.05,
    seed: int = 0,
) -> OutputDistillation:
    """Train a small network on an agent's probabilities of right, given that agent's inputs.

    The loss is the cross-entropy between the two agents' probabilities of (left, right), as
    they are (temperature 1), averaged over all steps, blank ones too.  All restarts
    learn side by side from all sessions at once, window after window of 50 steps; the state is
    carried from one to the next, the gradient is not.  The optimiser is Adam, with
    a learning rate that falls to 0 along half a cosine and with gradients of bounded
    length.  (The released code takes 10,001 steps of SGD.)

    Parameters
    ----------
    teacher : Session
        Played by any agent.
    n_units : int
        Of the student.
    n_restarts : int
        Students that begin with other weights.  The one with the least divergence over the
        last pass through the sessions is kept.
    n_gradient_steps : int
    learning_rate : float
        At the beginning.
    seed : int
        Of the initial weights, which are torch's default ones.

    Raises
    ------
    ValueError
        Names the argument, its value and what is allowed.
    """
    checks.integer("n_restarts", n_restarts, low=1)
    checks.integer("n_gradient_steps", n_gradient_steps, low=1)
    checks.number("learning_rate", learning_rate, above=0)
    checks.seed("seed", seed)
    seeds = np.random.SeedSequence(seed).generate_state(n_restarts).tolist()
    students = [RecurrentNetwork(n_units, seed=s) for s in seeds]
    with one_thread():
        weights, divergence = _learn(teacher, students, n_gradient_steps, learning_rate)
    n_windows = -(-teacher.steps_per_session.max() // WINDOW)
    best = int(divergence[-n_windows:].mean(axis=0).argmin())
    return OutputDistillation(_as_network(n_units, [w[best] for w in weights]), divergence, best)


def _learn(teacher, students, n_gradient_steps, learning_rate):
    """Trained weights, stacked over students, and (n_gradient_steps, n_restarts) divergences."""
    inputs, p_right, counts = _padded(teacher)  # (n_sessions, n_steps, ...)
    entropy = _cross_entropy(torch.logit(p_right, eps=1e-12), p_right)
    weights = _stacked(students)
    optimizer = torch.optim.Adam(weights, lr=learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_gradient_steps)
    fresh = torch.zeros(len(students), len(inputs), students[0].n_units, dtype=inputs.dtype)
    h, first = fresh, 0
    divergence = np.empty((n_gradient_steps, len(students)))
    for k in range(n_gradient_steps):
        now = slice(first, first + WINDOW)
        logits, h = _run(weights, inputs[:, now], h)  # (n_restarts, n_sessions, n_steps)
        target = p_right[:, now].expand_as(logits)
        excess = (_cross_entropy(logits, target) - entropy[:, now]) * counts[:, now]
        losses = excess.sum(dim=(1, 2)) / counts[:, now].sum()
        optimizer.zero_grad()
        losses.sum().backward()  # the students share no weight, so each has its own gradient
        _shorten([w.grad for w in weights if w.grad is not None])
        optimizer.step()
        schedule.step()
        divergence[k] = losses.detach()
        h, first = h.detach(), first + WINDOW
        if first >= inputs.shape[1]:
            h, first = fresh, 0
    return [w.detach().numpy() for w in weights], divergence


def _cross_entropy(logits, target):
    return binary_cross_entropy_with_logits(logits, target, reduction="none")


def _run(weights, inputs, h):
    """Log-odds of right of all students at every step, and the state after the last."""
    w_in, w_rec, bias, w_out, b_out = weights
    drive = torch.einsum("stk,rmk->trsm", inputs, w_in) + bias
    states = []
    for step in drive.unbind(0):
        h = torch.tanh(torch.baddbmm(step, h, w_rec.transpose(1, 2)))
        states.append(h)
    return (torch.stack(states, dim=2) * w_out).sum(-1) + b_out, h


def _stacked(students: list[RecurrentNetwork]) -> list[torch.Tensor]:
    """What of the weights counts: one bias per unit, and the readout's right minus left."""

    def of(network):
        core, readout = network.core, network.readout
        bias = core.bias_ih_l0 + core.bias_hh_l0
        w_out, b_out = readout.weight[1] - readout.weight[0], readout.bias[1] - readout.bias[0]
        small = (bias[None], w_out[None, None], b_out[None, None])
        return [tensor.detach() for tensor in (core.weight_ih_l0, core.weight_hh_l0, *small)]

    return [torch.stack(same).requires_grad_() for same in zip(*map(of, students), strict=True)]


def _as_network(n_units: int, weights: list[np.ndarray]) -> RecurrentNetwork:
    w_in, w_rec, bias, w_out, b_out = weights
    arrays = {
        "core.weight_ih_l0": w_in,
        "core.weight_hh_l0": w_rec,
        "core.bias_ih_l0": bias[0],
        "core.bias_hh_l0": np.zeros(n_units),
        "readout.weight": np.stack([-w_out[0, 0], w_out[0, 0]]) / 2,
        "readout.bias": np.array([-b_out[0, 0], b_out[0, 0]]) / 2,
    }
    return RecurrentNetwork.from_arrays(arrays, n_units=n_units)


def _shorten(gradients: list[torch.Tensor]) -> None:
    """Bound the length of each student's gradient, in place."""
    squares = sum((g.flatten(1).square().sum(dim=1) for g in gradients), torch.zeros(()))
    factor = (LARGEST_GRADIENT / squares.sqrt()).clamp(max=1)  # of a gradient of 0: inf, so 1
    for g in gradients:
        g *= factor.reshape(-1, *[1] * (g.dim() - 1))


def _padded(session: Session) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, p_right and whether a step counts, with sessions beside each other."""
    lengths = session.steps_per_session
    shape = len(lengths), int(-(-lengths.max() // WINDOW) * WINDOW)
    counts = np.arange(shape[1]) < lengths[:, None]
    inputs, p_right = np.zeros((*shape, N_INPUTS)), np.full(shape, 0.5)
    inputs[counts] = session.inputs
    p_right[counts] = session.row_p_right
    return torch.from_numpy(inputs), torch.from_numpy(p_right), torch.from_numpy(counts)


class ProjectedAgent(RNNAgent):
    """Lets a network play whose state is put back onto mean + span(P^T) after every step.

    The state goes to the nearest point of the subspace, before the readout sees
    it, so that only M numbers are carried from step to step.  With P of the
    first principal components this is the PCA-projected network.

    Parameters
    ----------
    network : RecurrentNetwork
        Not an LSTM, whose cell states no projection of h determines.
    matrix : (M, n_units) float
        P, of rank M; its rows need not be orthogonal.
    mean : (n_units,) float
    name : str

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, P has a lower rank, or the network is an LSTM.
    """

    def __init__(self, network: RecurrentNetwork, matrix, mean, name="projected RNN"):
        super().__init__(network, name)
        matrix, mean = np.asarray(matrix, dtype=float), np.asarray(mean, dtype=float)
        if network.cell == "lstm":
            raise ValueError("network must not be an LSTM: its cell states would not be projected")
        if matrix.ndim != 2 or matrix.shape[1] != network.n_units or not len(matrix):
            raise ValueError(f"matrix must be (M, {network.n_units}), got {matrix.shape}")
        if mean.shape != (network.n_units,):
            raise ValueError(f"mean must be ({network.n_units},), got {mean.shape}")
        if not (np.isfinite(matrix).all() and np.isfinite(mean).all()):
            raise ValueError("matrix and mean must be finite, got NaN or infinity")
        rank = np.linalg.matrix_rank(matrix)
        if rank < len(matrix):
            raise ValueError(f"matrix must have the rank {len(matrix)} of its rows, got {rank}")
        onto = np.linalg.pinv(matrix) @ matrix  # h - mean to its nearest point in the span
        self._onto = onto, mean

    def as_network(self) -> RecurrentNetwork:
        """A vanilla network that answers as this agent does, and plays quicker.

        Its weights project what they read, so that its states are those before the projection.

        Raises
        ------
        ValueError
            If the network is a GRU, whose gates read the state itself, too.
        """
        found = deepcopy(self.network)
        core, readout = found.core, found.readout
        if found.cell != "vanilla":
            raise ValueError(f"network must be vanilla to be projected itself, got {found.cell!r}")
        onto, mean = (torch.as_tensor(a, dtype=readout.weight.dtype) for a in self._onto)
        pairs = (core.weight_hh_l0, core.bias_hh_l0), (readout.weight, readout.bias)
        with torch.no_grad():
            for weight, bias in pairs:
                bias += weight @ (mean - onto @ mean)
                weight.copy_(weight @ onto)
        return found

    def reset(self, n_sessions: int) -> None:
        super().reset(n_sessions)
        onto, mean = (torch.as_tensor(a, dtype=self._carried.dtype) for a in self._onto)
        free_step = self._step

        def project(h):
            return mean + (h - mean) @ onto  # onto is symmetric

        self._step = lambda h, inputs: project(free_step(h, inputs))
        self._carried = project(self._carried)
