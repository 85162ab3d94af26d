"""What sets how large the orbit is, how often symbols change, and how regularly classes do?

The size of the noise: without biases a ReLU network is homogeneous, so that scaled noise gives
scaled states, exactly; the symbols are correct at one size only.  And the training loss: of sources
whose law is known, which does it like best?

Source: Torre et al. 2025, noise of several amplitudes and self-induced stochastic resonance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from ...core import checks
from ...core.means import Measured, mean_of_independent
from ..alike import runs_alike
from ..hmm import HiddenMarkovModel
from ..network import HmmRnn, Run, run
from ..statistics import (
    EmissionStatistics,
    exact_statistics,
    statistics_of_probabilities,
    total_variation,
)
from ..teaching.emissions import check_alphabet
from ..teaching.loss_values import loss_value
from .orbit import find_orbit


@dataclass(frozen=True, eq=False)
class Scaling:
    """What changes when the same noise is made larger or smaller.

    Attributes
    ----------
    noise_sd : (n_scales,) float
    state_error : (n_scales,) float
        Largest difference, in any unit at any step, between the states divided by ``noise_sd`` and
        those at 1, as a share of the largest state at 1.  0 if the network is homogeneous.
    relative_size : (n_scales,) float
        Root mean square of the states, divided by ``noise_sd`` and by the same at 1.
        1 if the network is homogeneous.
    class_differs : (n_scales,) float
        Share of steps at which the most likely symbol is another than at 1.
    confidence : (n_scales,) float
        Mean probability of the most likely symbol.
    """

    noise_sd: np.ndarray
    state_error: np.ndarray
    relative_size: np.ndarray
    class_differs: np.ndarray
    confidence: np.ndarray


def scaling(
    network: HmmRnn, noise_sd: Iterable[float], *, n_sequences: int, n_steps: int, seed: int
) -> Scaling:
    """Run a network under the same noise at several sizes.

    Parameters
    ----------
    noise_sd : (n_scales,) float
        Standard deviations, all above 0.

    Raises
    ------
    ValueError
        If a standard deviation is not a number above 0, or the network stays at zero under
        noise of 1.
    """
    noise_sd = _sizes(noise_sd)
    at_one = run(network, n_sequences, n_steps, seed=seed)
    largest = np.abs(at_one.states).max()
    if not largest > 0:
        raise ValueError("the network must move under noise, got states that are all 0")
    size = np.sqrt(np.square(at_one.states).mean())
    rows = []
    for sd in noise_sd:
        found = run(network, n_sequences, n_steps, seed=seed, noise_sd=sd)
        rows.append(
            (
                np.abs(found.states / sd - at_one.states).max() / largest,
                np.sqrt(np.square(found.states).mean()) / (sd * size),
                (found.classes != at_one.classes).mean(),
                found.probabilities.max(axis=-1).mean(),
            )
        )
    return Scaling(noise_sd, *np.array(rows).reshape(-1, 4).T)


def _sizes(noise_sd: Iterable[float]) -> np.ndarray:
    return np.array([checks.number("noise_sd", float(sd), above=0) for sd in noise_sd])


def with_biases(network: HmmRnn, seed: int) -> HmmRnn:
    """The same weights with biases as PyTorch draws them: uniform within ±1/√n_units."""
    rng = checks.generator(seed)
    reach = 1 / np.sqrt(network.n_units)
    return replace(
        network,
        b_rec=rng.uniform(-reach, reach, network.n_units),
        b_out=rng.uniform(-reach, reach, network.n_symbols),
    )


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
    hmm : HiddenMarkovModel
        What it was trained to emulate.
    noise_sd : (n_scales,) float
        Standard deviations, all above 0.

    Raises
    ------
    ValueError
        If a standard deviation is not a number above 0, or the HMM has another number of symbols.
    """
    size = {"n_sequences": n_sequences, "n_steps": n_steps}
    return amplitudes_alike({0: (network, hmm)}, noise_sd, **size, seed=seed)[0]


def amplitudes_alike(
    cases: Mapping[Any, tuple[HmmRnn, HiddenMarkovModel]],
    noise_sd: Iterable[float],
    *,
    n_sequences: int,
    n_steps: int,
    seed: int,
    with_radius: bool = True,
) -> dict[Any, Amplitudes]:
    """The :func:`amplitudes` of several networks, each with its HMM; noise is drawn once.

    Without ``radius``, which is NaN then, if that is not asked for: it takes a run of its own.
    """
    noise_sd = _sizes(noise_sd)
    for network, hmm in cases.values():
        check_alphabet(network, hmm)
    networks = [network for network, _ in cases.values()]
    targets = [exact_statistics(hmm) for _, hmm in cases.values()]
    plane, *seeds = np.random.SeedSequence(checks.seed("seed", seed)).spawn(1 + len(noise_sd))
    size = {"n_sequences": n_sequences, "n_steps": n_steps}
    planes = [None] * len(networks)
    if with_radius:
        runs = runs_alike(networks, **size, seed=plane)
        planes = [find_orbit(one).components[:2] for one in runs]
    rows = np.array(
        [
            [
                _amplitude(*of_network)
                for of_network in zip(
                    runs_alike(networks, **size, seed=own, noise_sd=sd),
                    planes,
                    targets,
                    strict=True,
                )
            ]
            for sd, own in zip(noise_sd, seeds, strict=True)
        ]
    )
    by_network = rows.swapaxes(0, 1)
    return {k: Amplitudes(noise_sd, *one.T) for k, one in zip(cases, by_network, strict=True)}


def _amplitude(
    found: Run, axes: np.ndarray | None, target: EmissionStatistics
) -> tuple[float, ...]:
    """Radius, error, change rate and switch rate."""
    radius = np.nan
    if axes is not None:
        place = found.states @ axes.T
        distance = np.linalg.norm(place - place.mean(axis=(0, 1)), axis=-1)
        radius = np.quantile(distance, 0.95)
    emitted = statistics_of_probabilities(found.probabilities)
    return (
        radius,
        total_variation(emitted.bigrams, target.bigrams),
        emitted.change_rate,
        (np.diff(found.classes, axis=1) != 0).mean(),
    )


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
    unbiased : bool
        The loss, as of :class:`iblrnn_helpers.hmm_rnn.teaching.params.Stage`.
    seed : int or sequence of int

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
    seeds = np.random.SeedSequence(seed).spawn(1 + len(sources))
    of_target, *of_sources = map(np.random.default_rng, seeds)
    losses = np.empty((len(sources), n_batches))
    for batch in range(n_batches):
        wanted = target.sample(n_sequences, n_steps, of_target)
        for k, (source, rng) in enumerate(zip(sources, of_sources, strict=True)):
            emitted = source.sample(n_sequences, n_steps, rng)
            losses[k, batch] = loss_value(emitted, wanted, target.n_symbols, blur, unbiased)
    return losses


def losses_by_size(
    target: HiddenMarkovModel,
    sources: Sequence[HiddenMarkovModel],
    *,
    n_sequences: Sequence[int],
    n_steps: Sequence[int],
    blur: float,
    n_batches: int = 4,
    seed,
) -> np.ndarray:
    """The paper's loss of sources, at several sizes of batches and lengths of sequences.

    Parameters
    ----------
    target, sources, blur
        As of :func:`loss_of_sources`.
    n_sequences, n_steps : sequence of int
        All pairs of these; 4,096 sequences of 100 steps take some 1 s for each source and batch.
    seed : int

    Returns
    -------
    (n_sizes, n_lengths, n_sources, n_batches) float

    Raises
    ------
    ValueError
        As of :func:`loss_of_sources`.
    """
    sizes = enumerate(product(n_sequences, n_steps))
    batches = {"blur": blur, "n_batches": n_batches}
    found = [
        loss_of_sources(target, sources, n_sequences=n, n_steps=t, seed=(seed, k), **batches)
        for k, (n, t) in sizes
    ]
    return np.reshape(found, (len(n_sequences), len(n_steps), len(sources), n_batches))


def over_own(own: np.ndarray, other: np.ndarray) -> Measured:
    """How much larger a loss is than the HMM's own, as a share of that, both (n_batches,) float."""
    return mean_of_independent((other - own) / np.mean(own), over="sequences")
