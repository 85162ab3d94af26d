"""Claim H in numbers, and whether networks are trained at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .. import checks
from .emissions import check_alphabet
from .hmm import HiddenMarkovModel
from .loss import finite_sample_floor, loss_of, one_hot
from .network import HmmRnn, run, sample_symbols
from .phases import Phases, spectral_fractions, switch_rate

TRAINED = 1.15  # loss over floor that counts as trained
PAPERS_BLUR = 0.2
_LAST_STAGES = 5


def loss_over_floor(
    network: HmmRnn,
    hmm: HiddenMarkovModel,
    *,
    n_steps: int,
    n_sequences: int = 512,
    n_pairs: int = 4,
    seed: int,
) -> float:
    """The paper's loss of a network, over that of the HMM itself on batches of the same kind.

    Parameters
    ----------
    network : HmmRnn
    hmm : HiddenMarkovModel
    n_steps, n_sequences : int
        Of each batch.  The network starts at 0, as in training.
    n_pairs : int, optional
        Pairs of batches that are averaged.
    seed : int

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the alphabets differ, or a number is out of range.
    """
    check_alphabet(network, hmm)
    checks.integer("n_pairs", n_pairs, low=1)
    rng = np.random.default_rng(seed)
    losses = []
    for _ in range(n_pairs):
        symbols = sample_symbols(run(network, n_sequences, n_steps, seed=rng, warm_up=0), rng)
        batches = (symbols, hmm.sample(n_sequences, n_steps, rng))
        x, y = (one_hot(batch, hmm.n_symbols) for batch in batches)
        losses.append(loss_of(x, y, PAPERS_BLUR).item())
    floor = finite_sample_floor(
        hmm, n_sequences, n_steps, PAPERS_BLUR, seed=rng, n_pairs=n_pairs
    ).mean()
    return float(np.mean(losses) / floor)


def training_claims(
    ratios: Mapping[str, Sequence[float]],
    papers: Phases,
    ours: Phases,
    trained: Sequence[HmmRnn],
    *,
    seed: int,
) -> dict[str, float]:
    """What the claims ``hmm_training.*`` ask for.

    Parameters
    ----------
    ratios : dict of family to :func:`loss_over_floor` of each network
        With ``chain-2``.
    papers, ours : Phases
        Of a training by the paper's loss, without a penalty on activity, and of one by the recipe.
    trained : sequence of HmmRnn
        Trained to the end, on the same HMM as the two.
    seed : int
        Of the runs of these.

    Returns
    -------
    dict of claim id to value
    """
    medians = {family: np.median(of_family) for family, of_family in ratios.items()}
    runs = [run(network, 8, 400, seed=seed) for network in trained]
    spectra = [
        spectral_fractions(network, ran.states, 60)
        for network, ran in zip(trained, runs, strict=True)
    ]
    before = papers.on_plateau
    found = {
        "loss": medians["chain-2"],
        "families": sum(median <= TRAINED for median in medians.values()),
        "plateau_rate": papers.switch_rate[before].mean(),
        "plateau_unstable": papers.unstable[before].max(),
        "escape_unstable": _peak(papers),
        "escape_unstable_penalty": _peak(ours),
        "orbit_rate": np.median([switch_rate(ran.classes) for ran in runs]),
        "orbit_unstable": np.median([unstable for unstable, _ in spectra]),
        "orbit_turning": np.median([turning for _, turning in spectra])
        - papers.rotating[before].max(),
        "orbit_left": ours.left[-_LAST_STAGES:].max(),
    }
    return {f"hmm_training.{name}": float(value) for name, value in found.items()}


def _peak(found: Phases) -> float:
    """Largest fraction of unstable steps within 50 updates of the escape; of all if none."""
    if found.escape is None:
        return found.unstable.max()
    near = np.abs(found.update - found.escape) <= 50
    return found.unstable[near].max()
