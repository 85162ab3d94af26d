"""Without biases a ReLU network is homogeneous: scaled noise gives scaled states, exactly.

For s > 0, relu(s u) = s relu(u).  So if h_{t-1} and the noise x_t are both multiplied by s, then
h_t = relu(W_in x_t + W_rec h_{t-1}) is multiplied by s, too, and by induction all later states are.

It follows that the size of whatever noise sustains is proportional to the noise, and that the most
likely symbol of each step (the argmax of the logits) does not depend on the noise's size at all.

Source: derived; compare Torre et al. 2025 on noise amplitude.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from .. import checks
from .network import HmmRnn, run


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
    network : HmmRnn
    noise_sd : (n_scales,) float
        Standard deviations, all above 0.
    n_sequences, n_steps : int
    seed : int

    Returns
    -------
    Scaling

    Raises
    ------
    ValueError
        If a standard deviation is not a number above 0, or the network stays at zero under
        noise of 1.
    """
    noise_sd = np.array([checks.number("noise_sd", float(s), above=0) for s in noise_sd])
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


def with_biases(network: HmmRnn, seed: int) -> HmmRnn:
    """The same weights with biases as PyTorch draws them: uniform within ±1/√n_units."""
    rng = np.random.default_rng(seed)
    reach = 1 / np.sqrt(network.n_units)
    return replace(
        network,
        b_rec=rng.uniform(-reach, reach, network.n_units),
        b_out=rng.uniform(-reach, reach, network.n_symbols),
    )
