"""A loss on what can be computed exactly: how often pairs of symbols occur, some steps apart.

What a network draws does not feed back, so the probability of symbol a now and b some steps later
is the mean product of its output probabilities, without drawing anything (see
:mod:`iblrnn_helpers.hmm_rnn.statistics`); the gradient passes no drawn symbol.  The HMM's is in
closed form.  Sinkhorn divergences of small batches prefer what is typical; this has no such bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..hmm import HiddenMarkovModel
from ..statistics import exact_joint, stationary

N_LAGS = 20
WARM_UP = 20  # steps from the state of zeros, before the stationary state
CHANGE_LAGS = (1, 2, 3, 5)
PAIRS, FREQUENCIES, CHANGES = 4.0, 3.0, 3.0  # weights of the three parts
_RARE = 2e-3  # pairs rarer than that count as if they were as frequent


@dataclass(frozen=True, eq=False)
class PairTarget:
    """What an HMM emits: ``joint`` (n_lags, n, n) and ``frequencies`` (n,), float32 tensors."""

    joint: torch.Tensor
    frequencies: torch.Tensor

    @classmethod
    def of(cls, hmm: HiddenMarkovModel) -> PairTarget:
        """In closed form."""
        joint = np.stack([exact_joint(hmm, lag) for lag in range(1, N_LAGS + 1)])
        frequencies = stationary(hmm) @ np.array(hmm.emission)
        return cls(*(torch.tensor(a, dtype=torch.float32) for a in (joint, frequencies)))


def pair_loss(probabilities: torch.Tensor, target: PairTarget) -> torch.Tensor:
    """Squared relative errors of pairs, frequencies and changes, without the bias of the batch.

    Parameters
    ----------
    probabilities : (n_steps, n_sequences, n_symbols) float tensor
        Of a network in its stationary state; more than `N_LAGS` steps.
    target : PairTarget

    Returns
    -------
    scalar tensor
        Errors of one half of the sequences times those of the other: its expectation is the
        squared error of the network, and may be below 0 in a batch.  Lags weigh 1 / lag.
    """
    half = probabilities.shape[1] // 2
    one = _errors(probabilities[:, :half], target)
    other = _errors(probabilities[:, half : 2 * half], target)
    return one @ other


def _errors(probabilities: torch.Tensor, target: PairTarget) -> torch.Tensor:
    """All errors in one row, each times the root of its weight."""
    n_symbols = probabilities.shape[-1]
    off = probabilities.mean((0, 1)) - target.frequencies
    found = [(FREQUENCIES / (target.frequencies + _RARE)).sqrt() * off]
    for lag, joint in enumerate(target.joint, start=1):
        now = probabilities[:-lag].reshape(-1, n_symbols)
        pairs = now.T @ probabilities[lag:].reshape(-1, n_symbols) / len(now)
        found.append(((PAIRS / lag / (joint + _RARE)).sqrt() * (pairs - joint)).flatten())
        if lag in CHANGE_LAGS:
            relative = (1 - pairs.trace()) / (1 - joint.trace()) - 1
            found.append((CHANGES / lag) ** 0.5 * relative[None])
    return torch.cat(found)
