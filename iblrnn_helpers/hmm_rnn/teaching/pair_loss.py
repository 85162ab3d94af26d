"""A loss on what can be computed exactly: how often pairs of symbols occur, some steps apart.

What a network draws does not feed back, so the probability of symbol a now and b some steps later
is the mean product of its output probabilities, without drawing anything (see
:mod:`iblrnn_helpers.hmm_rnn.statistics`); the gradient passes no drawn symbol.  So is that of a
change of symbol now and another one later, which tells how unevenly changes are spread.  The HMM's
are in closed form.  Sinkhorn divergences of small batches prefer what is typical; this has no such
bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...core import checks
from ..hmm import HiddenMarkovModel
from ..statistics import exact_joint, stationary

N_LAGS = 20
WARM_UP = 20  # steps from the state of zeros, before the stationary state
CHANGE_LAGS = (1, 2, 3, 5)
PAIRS, FREQUENCIES, CHANGES, TWO_CHANGES = 4.0, 3.0, 3.0, 0.1  # weights of the parts
_RARE = 2e-3  # pairs rarer than that count as if they were as frequent
_SHARE = 0.1  # and changes rarer than a tenth of what independent symbols would have
_NEVER = 1e-6  # of an HMM that never changes


@dataclass(frozen=True, eq=False)
class PairTarget:
    """What an HMM emits, as float32 tensors.

    Attributes
    ----------
    frequencies : (n_symbols,)
    joint : (N_LAGS, n_symbols, n_symbols)
        Of a symbol and another one 1 … N_LAGS steps later.
    two_changes : (N_LAGS,)
        Probability of a change of symbol and another one so many steps later.
    """

    frequencies: torch.Tensor
    joint: torch.Tensor
    two_changes: torch.Tensor

    @classmethod
    def of(cls, hmm: HiddenMarkovModel) -> PairTarget:
        """In closed form."""
        lags = range(1, N_LAGS + 1)
        found = (
            stationary(hmm) @ np.array(hmm.emission),
            np.stack([exact_joint(hmm, lag) for lag in lags]),
            np.array([exact_two_changes(hmm, lag) for lag in lags]),
        )
        return cls(*(torch.tensor(a, dtype=torch.float32) for a in found))


def exact_two_changes(hmm: HiddenMarkovModel, lag: int) -> float:
    """Probability that the symbol changes at a step and again ``lag`` steps later."""
    start, transition, emission = stationary(hmm), np.array(hmm.transition), np.array(hmm.emission)
    if lag == 1:  # three symbols, of which the middle one takes part in both
        other = 1 - emission
        return float(
            np.sum((start[:, None] * other).T @ transition * emission.T @ transition * other.T)
        )
    changing = transition * (1 - emission @ emission.T)
    between = np.linalg.matrix_power(transition, lag - 1)
    return float(start @ changing @ between @ changing.sum(axis=1))


def pair_loss(probabilities: torch.Tensor, target: PairTarget) -> torch.Tensor:
    """Squared relative errors of pairs, frequencies and changes, without the bias of the batch.

    Parameters
    ----------
    probabilities : (n_steps, n_sequences, n_symbols) float tensor
        Of a network after `WARM_UP` steps; at least 2 sequences and `N_LAGS` + 2 steps.
    target : PairTarget

    Returns
    -------
    scalar tensor
        Errors of one half of the sequences times those of the other: its expectation is the
        squared error of the network, and may be below 0 in a batch.  Lags weigh 1 / lag.

    Raises
    ------
    ValueError
        If there are fewer sequences or steps.
    """
    n_steps, n_sequences, _ = probabilities.shape
    checks.integer("number of steps", n_steps, low=N_LAGS + 2)
    checks.integer("number of sequences", n_sequences, low=2)
    half = probabilities.shape[1] // 2
    one = _errors(probabilities[:, :half], target)
    other = _errors(probabilities[:, half : 2 * half], target)
    return one @ other


def pair_loss_of_independent_symbols(hmm: HiddenMarkovModel) -> float:
    """Of symbols that are as frequent as the HMM's, but independent of each other."""
    target = PairTarget.of(hmm)
    return float(pair_loss(target.frequencies.expand(N_LAGS + 2, 2, -1), target))


def _errors(probabilities: torch.Tensor, target: PairTarget) -> torch.Tensor:
    """All errors in one row, each times the root of its weight."""
    n_symbols = probabilities.shape[-1]
    off = probabilities.mean((0, 1)) - target.frequencies
    found = [(FREQUENCIES / (target.frequencies + _RARE)).sqrt() * off]
    change = 1 - (probabilities[:-1] * probabilities[1:]).sum(-1)
    changes = 1 - target.joint[0].trace()
    before, middle, after = probabilities[:-2], probabilities[1:-1], probabilities[2:]
    for lag, joint in enumerate(target.joint, start=1):
        now = probabilities[:-lag].reshape(-1, n_symbols)
        pairs = now.T @ probabilities[lag:].reshape(-1, n_symbols) / len(now)
        found.append(((PAIRS / lag / (joint + _RARE)).sqrt() * (pairs - joint)).flatten())
        if lag in CHANGE_LAGS:
            usual = torch.maximum(1 - joint.trace(), _SHARE * changes)
            off = (joint.trace() - pairs.trace()) / (usual + _NEVER)
            found.append((CHANGES / lag) ** 0.5 * off[None])
        if lag == 1:
            both = ((1 - before) * middle * (1 - after)).sum(-1)
        else:
            both = change[:-lag] * change[lag:]
        true = target.two_changes[lag - 1]
        off = (both.mean() - true) / (torch.maximum(true, _SHARE * changes**2) + _NEVER)
        found.append((TWO_CHANGES / lag) ** 0.5 * off[None])
    return torch.cat(found)
