"""How large should the noise be?  The orbit grows with it; the symbols are right at one size only.

Source: Torre et al. 2025, noise of several amplitudes and self-induced stochastic resonance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .. import checks
from .hmm import HiddenMarkovModel
from .network import HmmRnn, run
from .orbit import find_orbit
from .statistics import exact_statistics, statistics_of_probabilities, total_variation


@dataclass(frozen=True, eq=False)
class Amplitudes:
    """A network under noise of several sizes.

    Attributes
    ----------
    noise_sd : (n_scales,) float
    radius : (n_scales,) float
        95th percentile of the distance from the mean state, in the plane of PC1 and PC2 at noise 1.
    error : (n_scales,) float
        Total variation between the bigrams that the network emits and those of the HMM.
    change_rate : (n_scales,) float
        Probability that a symbol differs from the one before.
    switch_rate : (n_scales,) float
        Share of steps at which the most likely symbol changes.
    """

    noise_sd: np.ndarray
    radius: np.ndarray
    error: np.ndarray
    change_rate: np.ndarray
    switch_rate: np.ndarray

    @property
    def best(self) -> float:
        """Of these sizes, the one at which the symbols are closest to the HMM's."""
        return float(self.noise_sd[self.error.argmin()])


def amplitudes(
    network: HmmRnn,
    hmm: HiddenMarkovModel,
    noise_sd: Iterable[float],
    *,
    n_sequences: int,
    n_steps: int,
    seed: int,
) -> Amplitudes:
    """Run a network under noise of several sizes, each time with other noise.

    Parameters
    ----------
    network : HmmRnn
    hmm : HiddenMarkovModel
        What it was trained to emulate.
    noise_sd : (n_scales,) float
        Standard deviations, all above 0.
    n_sequences, n_steps : int
    seed : int

    Returns
    -------
    Amplitudes

    Raises
    ------
    ValueError
        If a standard deviation is not a number above 0, or the HMM has another number of symbols.
    """
    noise_sd = np.array([checks.number("noise_sd", float(s), above=0) for s in noise_sd])
    if hmm.n_symbols != network.n_symbols:
        raise ValueError(
            f"hmm must have the network's {network.n_symbols} symbols, got {hmm.n_symbols}"
        )
    target = exact_statistics(hmm)
    plane, *seeds = np.random.SeedSequence(seed).spawn(1 + len(noise_sd))
    axes = find_orbit(run(network, n_sequences, n_steps, seed=plane)).components[:2]
    rows = []
    for sd, own in zip(noise_sd, seeds, strict=True):
        found = run(network, n_sequences, n_steps, seed=own, noise_sd=sd)
        place = found.states @ axes.T
        distance = np.linalg.norm(place - place.mean(axis=(0, 1)), axis=-1)
        emitted = statistics_of_probabilities(found.probabilities)
        rows.append(
            (
                np.quantile(distance, 0.95),
                total_variation(emitted.bigrams, target.bigrams),
                emitted.change_rate,
                (np.diff(found.classes, axis=1) != 0).mean(),
            )
        )
    return Amplitudes(noise_sd, *np.array(rows).T)
