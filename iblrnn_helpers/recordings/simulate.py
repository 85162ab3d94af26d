"""Recordings made from agents, whose states are known: what a laboratory would have of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.special import expit, logit

from ..core import checks
from ..mice.alf import mouse_of
from ..task.alf import alf_trials
from ..task.session import Session
from .recording import Recording

FEW = 8  # an agent of so few states has no neurons: each neuron mixes them
MOST_OF_MAX = 0.9  # a neuron's rate at rest, as a share of the highest


@dataclass(frozen=True)
class Neurons:
    """How neurons turn an agent's state into spikes.

    Attributes
    ----------
    mean_rate : float
        Mean over neurons of the rate at the state's mean, in Hz.
    spread : float
        Standard deviation over neurons of the logarithm of that rate.
    gain : float
        Change of the logit of rate / ``max_rate`` by a standard deviation of the state.
    max_rate : float
        Hz, which no state exceeds.
    drift : float
        Standard deviation, over neurons and time, of the logarithm of what a slow signal
        multiplies rates by.  All neurons share the signal, each with a sign and strength of its
        own; it leaves mean rates as they are.
    drift_time : float
        Seconds after which the signal's correlation is 1 / e; it is an Ornstein-Uhlenbeck process.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
    """

    mean_rate: float = 6.0
    spread: float = 0.7
    gain: float = 0.7
    max_rate: float = 60.0
    drift: float = 0.3
    # Trials follow each other without a pause, so that a session is some 15 times shorter than a
    # mouse's: 20 s hold as many trials, about a block's, as 5 minutes do there.
    drift_time: float = 20.0

    def __post_init__(self):
        limits = {
            "mean_rate": {"above": 0, "high": 1e3},
            "spread": {"low": 0, "high": 3},
            "gain": {"low": 0, "high": 100},
            "max_rate": {"above": 0, "high": 1e3},
            "drift": {"low": 0, "high": 3},
            "drift_time": {"above": 0, "high": 1e9},
        }
        for field, limit in limits.items():
            value = checks.number(field, getattr(self, field), **limit)
            object.__setattr__(self, field, value)
        if self.mean_rate >= self.max_rate:
            raise ValueError(
                f"mean_rate must be below max_rate, {self.max_rate:g}, got {self.mean_rate:g}"
            )


def record(
    session: Session,
    *,
    n_units: int = 100,
    n_trials: int | None = None,
    number: int = 0,
    dt: float = 0.1,
    neurons: Neurons | None = None,
    seed,
) -> Recording:
    """Record from an agent that plays: Poisson spikes of neurons that its states drive.

    Parameters
    ----------
    session : Session
        Played with ``record_states=True``.  Other states, of planted dynamics, may take the place
        of the agent's: ``dataclasses.replace(session, states=...)``.
    n_units : int
        Neurons.  Of an agent of more than 8 states each follows one that is drawn for it, none
        twice before all are taken, which ``left_out`` says; of an agent of fewer states each
        follows a random mixture of them all, of weights of norm 1.
    n_trials : int, optional
        The recording ends after so many of the session's trials; after all where omitted.
    number : int
        Which of the sessions, from 0.
    dt : float
        Seconds that a step lasts.
    neurons : Neurons, optional
    seed
        Of neurons, drift and spikes.

    Returns
    -------
    Recording
        States count by their standard deviations from their mean in this recording.  A step's state
        drives the spikes of that step.

    Raises
    ------
    ValueError
        The session holds no states, no such session or fewer trials, or there is no unit.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=12, seed=0)
    >>> agent = ibl.RNNAgent(ibl.reference_network(1).network)
    >>> session = ibl.rollout(agent, trials, record_states=True)
    >>> recording = ibl.recordings.record(session, n_units=30, seed=0)
    >>> recording.before_stimulus(0.2).shape == (session.n_trials, 30)
    True
    """
    checks.kind("session", session, Session)
    n_units = checks.integer("n_units", n_units, low=1)
    number = checks.integer("number", number, low=0, high=session.trials.n_sessions - 1)
    neurons = Neurons() if neurons is None else neurons
    checks.kind("neurons", neurons, Neurons)
    rng = checks.generator(seed)
    one = session.of_sessions(np.arange(session.trials.n_sessions) == number)
    (table,) = alf_trials(one, dt=dt)
    n_trials = len(table) if n_trials is None else n_trials
    checks.integer("n_trials", n_trials, low=1, high=len(table))
    table, states = table.iloc[:n_trials], one.recorded_states[: one.row_start[n_trials]]
    checks.memory(f"n_units {n_units:,}", 32 * len(states) * n_units)
    rates = _rates(states, n_units, neurons, rng)
    rates *= _drift(len(states), n_units, dt, neurons, rng)
    spikes = rng.poisson(rates * dt)
    row, unit = np.divmod(np.repeat(np.arange(spikes.size), spikes.ravel()), n_units)
    time = dt * (row + rng.random(len(row)))
    order = np.argsort(time, kind="stable")
    n_states = states.shape[1]
    said = f"{n_states} units drive {n_units} neurons, so that some drive several"
    mouse = mouse_of([table], session.agent, {})
    return Recording(
        name=session.agent,
        spike_time=time[order],
        spike_unit=unit[order],
        unit=np.arange(n_units),
        trials=mouse.trials,
        choice=mouse.choice,
        start=table["intervals_0"].to_numpy(),
        stimulus_on=table["stimOn_times"].to_numpy(),
        end=table["response_times"].to_numpy(),
        number=np.arange(len(table)),
        left_out=(said,) * (FEW < n_states < n_units),
    )


def _rates(states: np.ndarray, n_units: int, neurons: Neurons, rng) -> np.ndarray:
    """(n_rows, n_units) float: in Hz, without drift."""
    scale = states.std(axis=0)
    states = (states - states.mean(axis=0)) / np.where(scale > 0, scale, 1)
    n_states = states.shape[1]
    if n_states > FEW:
        rounds = -(-n_units // n_states)
        drawn = np.concatenate([rng.permutation(n_states) for _ in range(rounds)])[:n_units]
        drive = states[:, drawn]
    else:
        weights = rng.standard_normal((n_states, n_units))
        drive = states @ (weights / np.linalg.norm(weights, axis=0))
    spread = neurons.spread
    at_rest = neurons.mean_rate * np.exp(spread * rng.standard_normal(n_units) - spread**2 / 2)
    share = np.minimum(at_rest / neurons.max_rate, MOST_OF_MAX)
    return neurons.max_rate * expit(logit(share) + neurons.gain * drive)


def _drift(n_rows: int, n_units: int, dt: float, neurons: Neurons, rng) -> np.ndarray:
    """(n_rows, n_units) float: what the slow signal multiplies rates by, 1 on average."""
    (signal,) = slow_signals(np.array([dt / neurons.drift_time]), n_rows, rng).T
    strength = neurons.drift * rng.standard_normal(n_units)
    return np.exp(np.outer(signal, strength) - strength**2 / 2)


def slow_signals(rate: np.ndarray, n_rows: int, rng) -> np.ndarray:
    """(n_rows, n) float: Ornstein-Uhlenbeck processes of variance 1, which forget by (n,) a row."""
    kept = np.exp(-rate)
    noise = rng.standard_normal((n_rows, len(kept)))
    noise[1:] *= np.sqrt(1 - kept**2)
    signals = [lfilter([1.0], [1.0, -by], own) for by, own in zip(kept, noise.T, strict=True)]
    return np.stack(signals, axis=1)
