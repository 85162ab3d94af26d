"""The network of Part I as the tools of Part III see it: driven by noise, with a belief as class.

Its symbols are the two sides of the block belief, 0 left and 1 right: what a logistic regression
reads of the block from its state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...agents.rnn import RecurrentNetwork, RNNAgent
from ...core import checks
from ...core.logistic import LogisticFit, fit_side
from ...task.generative_model import Trials
from ...task.rollouts import rollout
from ...task.session import Session
from ..kick_units.interventions import switch_rates
from ..kick_units.kick_units import KickUnits
from ..kick_units.switches_left import Silencing
from ..network import HmmRnn, Run, run

WARM_UP = 100  # steps from the first state, 0, to one of the two beliefs


def block_readout(session: Session) -> LogisticFit:
    """How the block's side follows from the state at each step of sessions that were played.

    Raises
    ------
    ValueError
        If the session holds no states, or all blocks are of one side.
    """
    return fit_side(session.recorded_states, session.row_block_side, intercept=True)


def as_hmm_rnn(network: RecurrentNetwork, readout: LogisticFit, *, feedback: float = 0.0) -> HmmRnn:
    """The same network, with the two observations as its noise and the block belief as its output.

    Parameters
    ----------
    network : RecurrentNetwork
        With tanh units.
    readout : LogisticFit
        Of :func:`block_readout`.
    feedback : float
        Held constant at the third input; it becomes part of the bias.

    Returns
    -------
    HmmRnn
        The log odds of class 1 are those of a right block.

    Raises
    ------
    ValueError
        If the network has gates.
    """
    if network.cell != "vanilla":
        raise ValueError(f"network must have vanilla (tanh) units, got {network.cell}")
    weights = {name: p.detach().double().numpy() for name, p in network.core.named_parameters()}
    w_in = weights["weight_ih_l0"]
    half, offset = readout.weights / 2, readout.intercept / 2
    return HmmRnn(
        w_in[:, :2],
        weights["weight_hh_l0"],
        np.stack([-half, half]),
        "tanh",
        weights["bias_ih_l0"] + weights["bias_hh_l0"] + feedback * w_in[:, 2],
        np.array([-offset, offset]),
    )


def as_run(session: Session, readout: LogisticFit, n_steps: int | None = None) -> Run:
    """Sessions that were played, each one sequence, cut to ``n_steps`` or to the shortest.

    Raises
    ------
    ValueError
        If a session has fewer steps than ``n_steps``, or they hold no states.
    """
    states, lengths = session.recorded_states, session.steps_per_session
    n_steps = int(lengths.min()) if n_steps is None else n_steps
    if not 1 <= n_steps <= lengths.min():
        raise ValueError(f"n_steps must be 1 to {lengths.min()}, got {n_steps}")
    first = np.cumsum(lengths) - lengths
    states = states[first[:, None] + np.arange(n_steps)]
    log_odds = readout.log_odds(states)
    return Run(states, np.stack([-log_odds, log_odds], axis=-1) / 2)


def without_units(network: RecurrentNetwork, units: Sequence[int]) -> RecurrentNetwork:
    """A copy of a network with some units held at 0: they get nothing, and so give nothing."""
    arrays = {name: tensor.detach().numpy().copy() for name, tensor in network.state_dict().items()}
    for name, array in arrays.items():
        if name.startswith("core."):
            array[np.asarray(units, dtype=int)] = 0
    return RecurrentNetwork.from_arrays(arrays, n_units=network.n_units)


def switching_by_noise(
    network: HmmRnn, noise_sd: Sequence[float], *, n_sequences: int, n_steps: int, seed: int
) -> list[float]:
    """Share of steps at which the class switches, at each size of the noise."""
    size = {"seed": seed, "warm_up": WARM_UP}
    rates = []
    for sd in noise_sd:
        classes = run(network, n_sequences, n_steps, noise_sd=sd, **size).classes
        rates.append(float((np.diff(classes, axis=1) != 0).mean()))
    return rates


@dataclass(frozen=True, eq=False)
class SilencedPlay:
    """The task played without some units.

    Attributes
    ----------
    switches : Silencing
        Switches of the block belief in one direction, as ratios to the whole network's.
    correct : (n_numbers,) float
        Share of steps at which the belief is that of the block.
    correct_random : (n_numbers, n_draws) float
        The same without random units.
    correct_whole : float
    """

    switches: Silencing
    correct: np.ndarray
    correct_random: np.ndarray
    correct_whole: float


def play_silenced(
    network: RecurrentNetwork,
    trials: Trials,
    readout: LogisticFit,
    kick: tuple[KickUnits, KickUnits],
    *,
    numbers: Sequence[int],
    n_draws: int,
    seed: int,
) -> SilencedPlay:
    """Play the same trials without the first candidates of a direction, or random units.

    Parameters
    ----------
    readout : LogisticFit
        Of the whole network; it stays as it is.
    kick : (KickUnits, KickUnits)
        Of the direction that is meant, and of the other one.
    numbers : sequence of int
        Units to silence; numbers above that of the candidates are left out.
    n_draws : int
        Random sets for each number, among the units that are candidates of neither direction.
    """
    this, other = kick
    numbers = np.array([n for n in numbers if n <= len(this.candidates)], dtype=int)
    rng = checks.generator(seed)
    rest = np.setdiff1d(
        np.arange(network.n_units), np.concatenate([this.candidates, other.candidates])
    )
    chosen = [this.candidates[:n] for n in numbers]
    drawn = [
        rng.choice(rest, min(n, len(rest)), replace=False) for n in numbers for _ in range(n_draws)
    ]
    variants = [without_units(network, units) for units in ([], *chosen, *drawn)]
    played = [rollout(RNNAgent(one), trials, record_states=True) for one in variants]
    n_steps = min(int(session.steps_per_session.min()) for session in played)
    classes = np.stack([as_run(session, readout, n_steps).classes for session in played])
    ratio = switch_rates(classes[1:], *this.ends, unchanged=classes[0]).ratio
    correct = np.array([_correct(session, readout) for session in played])
    shape, k = (len(numbers), n_draws), len(numbers)
    switches = Silencing(
        *this.ends,
        numbers,
        ratio[:k],
        np.reshape([one.value for one in ratio[k:]], shape),
    )
    return SilencedPlay(
        switches, correct[1 : k + 1], correct[k + 1 :].reshape(shape), float(correct[0])
    )


def _correct(session: Session, readout: LogisticFit) -> float:
    return readout.accuracy(session.recorded_states, session.row_block_side)
