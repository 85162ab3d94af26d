"""Recordings of binary neurons in files, NumPy, CSV or Parquet; tables of rewards; an example."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...core import checks
from ...core.files import write_atomically
from ..hypercube import spins
from ..optimal_network.recording import MAX_NEURONS, simulate
from .posterior import two_or_six

_MOST_STIMULI = 32


@dataclass(frozen=True, eq=False)
class SpikeTable:
    """A recording as it was read.

    Attributes
    ----------
    neurons : tuple of str
        Names, in the order of the states' bits.
    active : (n_samples, n) bool
    inputs : (n_samples,) int64 or None
        Number of the stimulus.
    stimuli : tuple
        Values of the stimulus, by its number; empty without one.
    updated : (n_samples - 1,) int64 or None
        The neuron that chose its state between each sample and the next.
    trials : (n_samples,) int64 or None
        Number of each sample's trial.
    others : tuple of str
        Columns that were not asked for and look like neurons.
    """

    neurons: tuple[str, ...]
    active: np.ndarray
    inputs: np.ndarray | None
    stimuli: tuple
    updated: np.ndarray | None
    trials: np.ndarray | None = None
    others: tuple[str, ...] = ()

    @property
    def states(self) -> np.ndarray:
        """(n_samples,) int64, numbers of the states; see ``inverse_rl.hypercube``."""
        return self.active @ (1 << np.arange(len(self.neurons), dtype=np.int64))


def read_spikes(
    path: str | os.PathLike,
    *,
    stimulus: str | None = None,
    updates: str | None = None,
    trial: str | None = None,
    neurons: Sequence[str] | None = None,
    most: int = MAX_NEURONS,
) -> SpikeTable:
    """Read a recording of binary neurons.

    Parameters
    ----------
    path : path-like
        ``.csv`` or ``.parquet``: a row for each time, a column for each neuron.  ``.npy``, or
        ``.csv`` without a header: a matrix whose longer side is time; its neurons are called
        0, 1, …  ``.npz``: such a matrix called ``spikes``, and other arrays by their names.
    stimulus : str, optional
        Name of the column with the stimulus.
    updates : str, optional
        Name of the column that says which neuron, by its name or its place from 0, chose its
        state between this time and the next; the last one is not used.
    trial : str, optional
        Name of the column that says which trial a sample is of, if the recording is cut.
    neurons : sequence of str, optional
        Names of the neurons, or patterns such as ``n*``; by default all other columns.
    most : int
        How many neurons there may be.

    Raises
    ------
    ValueError
        A file of another kind, missing columns, values other than 0 and 1 or −1 and +1, missing
        values, a neuron that never or always fires, too many neurons or too many stimuli.
    OSError
        The file cannot be read.
    """
    path = Path(path)
    columns = _columns(path)
    named = {"--stimulus": stimulus, "--updates": updates, "--trial": trial}
    for option, name in named.items():
        if name is not None and name not in columns:
            raise ValueError(f"{option}: {path} has no column {name!r}; it has {_some(columns)}")
    if neurons is None:
        neurons = [name for name in columns if name not in named.values()]
    else:
        neurons = _matching(path, neurons, columns)
    if not 1 <= len(neurons) <= most:
        advice = "choose some with --neurons (the report then calls them a part)"
        if most == MAX_NEURONS:
            many = "each of 2^n states needs a reward of its own; use --reward count, pairwise "
            advice = f"{many}or both, or {advice}"
        raise ValueError(f"{path} has {len(neurons)} neurons, 1 to {most} are possible: {advice}")
    spikes = np.stack([_spikes(path, name, columns) for name in neurons], axis=1)
    if len(spikes) < 2:
        raise ValueError(f"{path} has {len(spikes)} samples; at least two are needed")
    zero, minus = ((spikes == silent).any(axis=0) for silent in (0, -1))
    if zero.any() and minus.any():
        raise ValueError(
            f"{path}: silent neurons are 0 in column {neurons[zero.argmax()]!r} and -1 in column "
            f"{neurons[minus.argmax()]!r}; only one of both is possible (if one is a stimulus, "
            "name it with --stimulus)"
        )
    inputs, stimuli = None, ()
    if stimulus is not None:
        stimuli, inputs = _stimuli(path, stimulus, columns[stimulus])
    updated = None
    if updates is not None:
        updated = _updates(path, updates, columns[updates][:-1], neurons)
    trials = None
    if trial is not None:
        if pd.isna(columns[trial]).any():
            raise ValueError(f"{path}: column {trial!r} has missing values")
        _, trials = np.unique(columns[trial], return_inverse=True)
    known = {*neurons, *named.values()}
    others = tuple(n for n in columns if n not in known and _is_like_a_neuron(columns[n]))
    return SpikeTable(tuple(neurons), spikes == 1, inputs, stimuli, updated, trials, others)


def reward_table(reward: np.ndarray, neurons, stimuli=(), **columns):
    """A reward as a frame: a row for each state and stimulus, a column of 0 or 1 for each neuron.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    neurons : sequence of str
    stimuli : sequence
        Value of each input; empty if there is only one.
    **columns : (2^n, n_inputs) array
        What else to tell of each.

    Returns
    -------
    pandas.DataFrame
    """
    n_states, n_inputs = reward.shape
    active = (spins(len(neurons)) > 0).astype(int)
    table = pd.DataFrame(np.tile(active, (n_inputs, 1)), columns=list(neurons))
    if len(stimuli):
        table["stimulus"] = np.repeat(np.array(stimuli), n_states)
    for name, values in ({"reward": reward} | columns).items():
        table[name] = values.T.ravel()
    return table


def write_example(
    path: str | os.PathLike, n_samples: int = 100_000, seed: int = 0
) -> tuple[Path, Path]:
    """Write a recording of :func:`two_or_six`, and its reward beside it.

    Parameters
    ----------
    path : path-like
        CSV file for the recording: columns ``n0`` … ``n7``, ``stimulus`` and ``updated``.
    n_samples, seed : int

    Returns
    -------
    path, path
        Of the recording, and of the table of the true reward.
    """
    path = Path(path)
    network, reward = two_or_six()
    recording = simulate(network, max(1, n_samples - 1), seed)
    neurons = [f"n{k}" for k in range(8)]
    frame = pd.DataFrame((recording.spins > 0).astype(int), columns=neurons)
    frame["stimulus"] = np.array([-1, 1])[recording.inputs]
    # One sample more than there are updates between samples.
    frame["updated"] = [*(f"n{k}" for k in recording.updated), ""]
    write_atomically(path, frame.to_csv(index=False))
    truth = path.with_name(f"{path.stem}_true_reward.csv")
    write_atomically(truth, reward_table(reward, neurons, (-1, 1)).to_csv(index=False))
    return path, truth


def _columns(path: Path) -> Mapping[str, np.ndarray]:
    if path.suffix == ".npy":
        return _of_matrix(path, np.load(path, allow_pickle=False))
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            if "spikes" not in arrays:
                raise ValueError(f"{path} has no array 'spikes'; it has {_some(arrays)}")
            columns = _of_matrix(path, arrays["spikes"])
            n_samples = len(next(iter(columns.values())))
            for name in arrays:
                if name != "spikes" and arrays[name].shape == (n_samples,):
                    columns[name] = arrays[name]
        return columns
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"{path} must end in .csv, .parquet, .npy or .npz")
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        with open(path, encoding="utf-8-sig") as file:
            first = file.readline().strip().split(",")
        if all(map(_is_number, first)):
            return _of_matrix(path, np.loadtxt(path, delimiter=",", ndmin=2))
        frame = pd.read_csv(path)
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def _of_matrix(path: Path, matrix: np.ndarray) -> dict[str, np.ndarray]:
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{path} must hold a matrix of neurons and times, got {matrix.shape}")
    rows = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return {str(k): row for k, row in enumerate(rows)}


def _matching(path: Path, patterns: Sequence[str], columns) -> list[str]:
    found: dict[str, None] = {}  # ordered, and each once
    for pattern in patterns:
        names = [pattern] if pattern in columns else fnmatch.filter(columns, pattern)
        if not names:
            raise ValueError(
                f"--neurons: {path} has no column {pattern!r}; it has {_some(columns)}"
            )
        found.update(dict.fromkeys(names))
    return list(found)


def _spikes(path: Path, name: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    values = columns[name]
    try:
        numbers = np.asarray(values).astype(float)
    except (TypeError, ValueError) as error:
        advice = "name the neurons with --neurons"
        if all(isinstance(value, str) and value in columns for value in values[:-1]):
            advice += f", or say --updates {name}"
        raise ValueError(
            f"{path}: column {name!r} does not hold numbers ({error}); {advice}"
        ) from error
    given, numbers = numbers, checks.nearest(numbers, (-1.0, 0.0, 1.0))
    wrong = np.flatnonzero(np.isnan(numbers))
    if len(wrong):
        raise ValueError(
            f"{path}: neuron {name!r} has {given[wrong[0]]:g} in sample {wrong[0] + 1}; only 0 "
            "and 1, or -1 and +1, are possible (name the neurons with --neurons, if this is none)"
        )
    if len(numbers) and (numbers == numbers[0]).all():
        raise ValueError(
            f"{path}: neuron {name!r} {'always' if numbers[0] == 1 else 'never'} fires in "
            f"{len(numbers):,} samples, so it tells nothing of the reward; leave it out with "
            "--neurons, or record for longer"
        )
    return numbers.astype(np.int8)


def _stimuli(path: Path, name: str, values: np.ndarray) -> tuple[tuple, np.ndarray]:
    if any(value is None or value != value for value in values):
        raise ValueError(f"{path}: column {name!r} has missing values")
    stimuli, inputs = np.unique(values, return_inverse=True)
    if stimuli.dtype.kind == "f":
        # 0.3 and 0.1 + 0.2 are one stimulus.
        size = np.abs(stimuli)
        new = np.diff(stimuli, prepend=-np.inf) > checks.ROUNDING * size + 1e-12 * size.max()
        stimuli, inputs = stimuli[new], (np.cumsum(new) - 1)[inputs]
    if len(stimuli) > _MOST_STIMULI:
        raise ValueError(
            f"{path}: column {name!r} has {len(stimuli):,} values; at most {_MOST_STIMULI} stimuli "
            "are possible, so group them"
        )
    return tuple(stimuli.tolist()), inputs.astype(np.int64)


def _updates(path: Path, name: str, values: np.ndarray, neurons: Sequence[str]) -> np.ndarray:
    # Numbers are places unless neurons have such names; 3.0 is what 3 becomes beside a gap.
    places = {str(k): k for k in range(len(neurons))} | {n: k for k, n in enumerate(neurons)}
    words = [str(value).removesuffix(".0") for value in values]
    for word in words:
        if word not in places:
            raise ValueError(
                f"{path}: column {name!r} has {word!r}, which is no neuron's name or place; "
                f"neurons are {_some(neurons)}"
            )
    return np.array([places[word] for word in words], dtype=np.int64)


def _is_like_a_neuron(values: np.ndarray) -> bool:
    return values.dtype.kind in "biuf" and set(np.unique(values).tolist()) in ({0, 1}, {-1, 1})


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _some(names) -> str:
    names = list(names)
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")
