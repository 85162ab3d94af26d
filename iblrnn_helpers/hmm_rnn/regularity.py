"""Which source the training loss likes best, whatever emits it: how slow, and how regular?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import checks
from .hmm import HiddenMarkovModel
from .loss import loss_of, one_hot


def regular_chain(n_stages: int, residence: float = 20.0) -> HiddenMarkovModel:
    """The two-state chain with residences that are more even, but as long on average.

    Each side is a row of stages that are left with the same probability, one after the other.
    One stage, and 20 steps, make the chain that the networks learn, whose residences are geometric.

    Parameters
    ----------
    n_stages : int
        At least 1.  The standard deviation of residences, over their mean, is
        √((1 − n_stages / residence) / n_stages).
    residence : float
        Mean number of steps on a side, above n_stages.

    Returns
    -------
    HiddenMarkovModel
        Stages 0 … n_stages − 1 are one side, the others the other; it begins at rest.

    Raises
    ------
    ValueError
        Values outside these.
    """
    checks.integer("n_stages", n_stages, low=1)
    checks.number("residence", residence, above=n_stages)
    n_states = 2 * n_stages
    stay = np.eye(n_states)
    transition = stay + (np.roll(stay, 1, axis=1) - stay) * n_stages / residence
    emission = np.repeat([(0.99, 0.01, 0.0), (0.0, 0.01, 0.99)], n_stages, axis=0)
    return HiddenMarkovModel(
        f"regular-{n_stages}-{residence:g}", [1 / n_states] * n_states, transition, emission
    )


def loss_of_sources(
    target: HiddenMarkovModel,
    sources: Sequence[HiddenMarkovModel],
    *,
    n_sequences: int,
    n_steps: int,
    blur: float,
    unbiased: bool = False,
    n_batches: int = 8,
    seed,
) -> np.ndarray:
    """The training loss of sources that emit symbols in the place of a network.

    Parameters
    ----------
    target : HiddenMarkovModel
        Whose batches they are compared with.
    sources : sequence of HiddenMarkovModel
        With the same number of symbols.
    n_sequences, n_steps : int
        Of each batch.
    blur : float
    unbiased : bool
        The loss, as of :class:`iblrnn_helpers.hmm_rnn.params.Stage`.
    n_batches : int
    seed : int or SeedSequence

    Returns
    -------
    (n_sources, n_batches) float
        All sources meet the same batches of the target.

    Raises
    ------
    ValueError
        If the numbers of symbols differ, or a number is out of range.
    """
    checks.integer("n_batches", n_batches, low=1)
    for source in sources:
        if source.n_symbols != target.n_symbols:
            raise ValueError(
                f"sources must have {target.n_symbols} symbols as target has, "
                f"got {source.n_symbols} of {source.name}"
            )
    of_target, *of_sources = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(
        1 + len(sources)
    ))  # fmt: skip
    losses = np.empty((len(sources), n_batches))
    for batch in range(n_batches):
        wanted = one_hot(target.sample(n_sequences, n_steps, of_target), target.n_symbols)
        for k, (source, rng) in enumerate(zip(sources, of_sources, strict=True)):
            emitted = one_hot(source.sample(n_sequences, n_steps, rng), target.n_symbols)
            losses[k, batch] = loss_of(emitted, wanted, blur, unbiased).item()
    return losses
