"""How much data does inference need? Many simulated recordings of one network (Fig. 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .. import checks
from .changes import restrict, sum_out
from .from_data import fit_reward
from .inverse import kl_between
from .network import NetworkTask, OptimalNetwork, optimise
from .recording import simulate
from .transitions import count_transitions


@dataclass(frozen=True, eq=False)
class Change:
    """What is changed, to see whether the inferred reward predicts the new optimum.

    Attributes
    ----------
    task : NetworkTask
        The changed one.
    fixed : mapping of int to -1 or 1
        Neurons that do not choose any more; see :func:`.changes.without`.
    """

    task: NetworkTask
    fixed: Mapping[int, int] = field(default_factory=dict)

    def optimum(self, reward: np.ndarray) -> OptimalNetwork:
        """The best network for a reward (2^n, n_inputs) of the unchanged network."""
        # Firing probabilities to 1e-4 give divergences to 0.1%, far better than data can tell.
        return optimise(self.task, restrict(reward, self.fixed), tolerance=1e-4)


def rewards_from_simulations(
    network: OptimalNetwork,
    n_samples: Sequence[int],
    seeds: Sequence[int],
    *,
    updates_known: bool,
    prior: float = 0.1,
) -> np.ndarray:
    """Infer the reward from the beginnings of simulated recordings.

    Parameters
    ----------
    network : OptimalNetwork
    n_samples : sequence of int
        Lengths of the beginnings, in steps.
    seeds : sequence of int
        One recording each, which is the same for either ``updates_known``.
    updates_known : bool
        Whether it is known which neuron chose its state.
    prior : float
        As of :func:`.from_data.fit_reward`.

    Returns
    -------
    (n_seeds, n_lengths, 2^n, n_inputs) float
    """
    for length in n_samples:
        checks.integer("n_samples", length, low=1)
    task = network.task
    found = np.empty((len(seeds), len(n_samples), task.n_states, task.n_inputs))
    for rewards, seed in zip(found, seeds, strict=True):
        recording = simulate(network, max(n_samples), seed)
        for k, length in enumerate(n_samples):
            counts = count_transitions(
                recording.states[: length + 1],
                task.n_neurons,
                recording.inputs[: length + 1],
                updated=recording.updated[:length] if updates_known else None,
                n_inputs=task.n_inputs,
            )
            fit = fit_reward(
                counts,
                coding_cost=task.coding_cost,
                prior=prior,
                marginal=task.marginal,
                cost=task.cost,
            )
            rewards[k] = fit.reward
    return found


def prediction_errors(change: Change, reward: np.ndarray, inferred: np.ndarray) -> np.ndarray:
    """How far predictions are from the network that is truly best after a change (Figs. 3C, 3D).

    Parameters
    ----------
    change : Change
    reward : (2^n, n_inputs) float
        The true one.
    inferred : (..., 2^n, n_inputs) float

    Returns
    -------
    (...) float
        KL divergence, in nats, of the predicted joint law of states and inputs from the true one.
    """
    truth = change.optimum(reward).stationary
    found = np.empty(inferred.shape[:-2])
    for place in np.ndindex(found.shape):
        found[place] = kl_between(truth, change.optimum(inferred[place]).stationary)
    return found


def reference_error(change: Change, reward: np.ndarray, network: OptimalNetwork) -> float:
    """The same for somebody who assumes that nothing changes: the dashed lines of Figs. 3C, 3D.

    The prediction is the law of the unchanged ``network``, with neurons that do not choose any
    more summed out.
    """
    law = sum_out(network.stationary, change.fixed)
    return kl_between(change.optimum(reward).stationary, law)


def conditional_reference_error(
    change: Change, reward: np.ndarray, network: OptimalNetwork
) -> float:
    """As :func:`reference_error`, for somebody who conditions on what was changed.

    The prediction is the law of the unchanged network given that the fixed neurons are in their
    states; or, if none is fixed, its law given each input, with the inputs as frequent as now.
    """
    truth = change.optimum(reward).stationary
    law = restrict(network.stationary, change.fixed)
    law = law / law.sum() if change.fixed else law / law.sum(axis=0) * truth.sum(axis=0)
    return kl_between(truth, law)
