"""One update of the training: a batch of noise, symbols, the loss, its gradient, Adam."""

from __future__ import annotations

import numpy as np
import torch

from ...core import checks
from .pair_loss import WARM_UP, PairTarget, pair_loss
from .params import HmmRnnParams, Stage
from .sinkhorn import finite_sample_floor, loss_of, one_hot

ADAM_BETAS = (0.9, 0.9)  # these two as in the paper's code
MAX_GRADIENT_NORM = 0.9


class Trainer:
    """Weights and Adam's memory; each update depends on them, the recipe and its number alone.

    Parameters
    ----------
    params : HmmRnnParams
    weights : dict of str to float32 array
    """

    def __init__(self, params: HmmRnnParams, weights: dict[str, np.ndarray]):
        self.params = params
        self._weights = {
            name: torch.tensor(value, dtype=torch.float32, requires_grad=True)
            for name, value in weights.items()
        }
        self._adam = torch.optim.Adam(self._weights.values(), betas=ADAM_BETAS)
        self._floors: dict[int, float] = {}
        self._pairs = None
        if any(stage.blur is None for stage in params.stages):
            self._pairs = PairTarget.of(params.hmm)

    def update(self, number: int) -> tuple[float, float, float, float] | None:
        """Take one; a row of the history, or None if the loss or gradient is not finite.

        The weights are left as they were then.
        """
        stage_number, stage, learning_rate = self.params.stage_at(number)
        # 0 in the seed is the initial weights, and stages count from below.
        rng = checks.generator((self.params.seed, 1 + number))
        target = self.params.hmm.sample(stage.n_sequences, stage.n_steps, rng)
        logits, activity, generator = self._run(stage, int(rng.integers(2**63)))
        if not torch.isfinite(activity):
            return None
        if stage.blur is None:
            loss = pair_loss(torch.softmax(logits[WARM_UP:], dim=-1), self._pairs)
        else:
            drawn = one_hot(target, self.params.hmm.n_symbols)
            loss = loss_of(_drawn(logits, generator), drawn, stage.blur, stage.unbiased)
        self._adam.zero_grad()
        (loss + stage.activity_penalty * activity).backward()
        norm = torch.nn.utils.clip_grad_norm_(self._weights.values(), MAX_GRADIENT_NORM)
        if not torch.isfinite(loss + norm):
            return None
        for group in self._adam.param_groups:
            group["lr"] = learning_rate
        self._adam.step()
        floor = self._floor(stage_number, stage)
        return loss.item(), floor, norm.item(), activity.item()

    def _run(self, stage: Stage, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Generator]:
        """Logits (n_steps, n_sequences, n_symbols), the mean of h², what draws from there on."""
        w, params = self._weights, self.params
        generator = torch.Generator().manual_seed(seed)
        shape = (stage.n_steps, stage.n_sequences)
        noise = torch.randn(*shape, params.n_inputs, generator=generator)
        drive = noise @ w["w_in"].T
        if params.biases:
            drive = drive + w["b_rec"]
        nonlinearity = getattr(torch, params.nonlinearity)
        state = torch.zeros(stage.n_sequences, params.n_units)
        states = []
        # Indexing drive[t] instead would make the way back quadratic in the number of steps.
        for at_step in drive.unbind(0):
            state = nonlinearity(torch.addmm(at_step, state, w["w_rec"].T))
            states.append(state)
        states = torch.stack(states)
        logits = states @ w["w_out"].T
        if params.biases:
            logits = logits + w["b_out"]
        return logits, (states * states).mean(), generator

    def _floor(self, number: int, stage: Stage) -> float:
        if stage.blur is None:
            return 0.0
        if number not in self._floors:
            floor = finite_sample_floor(
                self.params.hmm,
                stage.n_sequences,
                stage.n_steps,
                stage.blur,
                unbiased=stage.unbiased,
                seed=(self.params.seed, 0, number),
            )
            self._floors[number] = floor.mean()
        return self._floors[number]

    def weights(self) -> dict[str, np.ndarray]:
        """A copy of the weights, as float32 arrays."""
        return {name: value.detach().numpy().copy() for name, value in self._weights.items()}

    def memory(self) -> dict[str, np.ndarray]:
        """A copy of Adam's memory."""
        return {
            f"{name}.{key}": moment.numpy().copy()
            for name, weight in self._weights.items()
            for key, moment in self._adam.state[weight].items()
        }

    def restore(self, weights: dict[str, np.ndarray], memory: dict[str, np.ndarray]) -> None:
        """Go back to a copy."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(torch.from_numpy(weights[name]))
        for key, moment in memory.items():
            name, which = key.split(".")
            self._adam.state[self._weights[name]][which] = torch.from_numpy(moment.copy())


def _drawn(logits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Symbols (n_sequences, n_steps * n_symbols), one-hot, with the gradient of their softmax."""
    gumbel = -torch.empty_like(logits).exponential_(generator=generator).log()
    soft = torch.softmax(logits + gumbel, dim=-1)
    hard = torch.nn.functional.one_hot(soft.argmax(-1), logits.shape[-1])
    symbols = hard + soft - soft.detach()
    return symbols.transpose(0, 1).reshape(logits.shape[1], -1)
