"""What the training loss measures between two batches of symbols, and how low it can be."""

from __future__ import annotations

import numpy as np
import torch

from .. import checks
from .hmm import HiddenMarkovModel
from .sinkhorn import sinkhorn_divergence, unbiased_divergence

# At this blur the self terms are worth 0.04 log(n) at most, and pull at nothing.
BLUR_WITHOUT_BIAS = 0.2


def one_hot(symbols: np.ndarray, n_symbols: int) -> torch.Tensor:
    """(n_sequences, n_steps * n_symbols) float32 tensor of symbols (n_sequences, n_steps)."""
    hot = torch.nn.functional.one_hot(torch.from_numpy(symbols.astype(np.int64)), n_symbols)
    return hot.reshape(len(symbols), -1).float()


def loss_of(x: torch.Tensor, y: torch.Tensor, blur: float, unbiased: bool = False) -> torch.Tensor:
    """The unbiased divergence, or the debiased one, without self terms where they give nothing."""
    if unbiased:
        return unbiased_divergence(x, y, blur)
    return sinkhorn_divergence(x, y, blur, debiased=blur > BLUR_WITHOUT_BIAS)


def finite_sample_floor(
    hmm: HiddenMarkovModel,
    n_sequences: int,
    n_steps: int,
    blur: float,
    *,
    seed,
    unbiased: bool = False,
    n_pairs: int = 4,
) -> np.ndarray:
    """The loss between independent batches of the HMM itself: what a perfect network would have.

    It is far above 0, because two finite batches never hold the same sequences; only that of
    the unbiased divergence is 0 on average.

    Parameters
    ----------
    hmm : HiddenMarkovModel
    n_sequences, n_steps : int
        Of each batch.
    blur : float
    seed : int, SeedSequence or Generator
    unbiased : bool, optional
        Of :func:`~iblrnn_helpers.hmm_rnn.sinkhorn.unbiased_divergence`.
    n_pairs : int, optional

    Returns
    -------
    (n_pairs,) float

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    checks.integer("n_pairs", n_pairs, low=1)
    rng = np.random.default_rng(seed)
    batches = (
        one_hot(hmm.sample(n_sequences, n_steps, rng), hmm.n_symbols) for _ in range(2 * n_pairs)
    )
    return np.array([loss_of(x, next(batches), blur, unbiased).item() for x in batches])
