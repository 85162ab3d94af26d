"""Recordings of binary neurons in files, and an example."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.files import write_atomically
from ..optimal_network.recording import MAX_NEURONS, simulate
from .columns import IF_HEADER, read_columns, some, states_of, stimuli_of
from .posterior import two_or_six
from .reward_tables import OF_TABLES, reward_table

# The options for columns that are called so.
_OPTIONS = {"stimulus": "--stimulus", "updated": "--updates", "trial": "--trial"}


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
    growing : tuple of str
        Columns that were not asked for and only grow, as times do: no neurons.
    may_be_header : bool
        Whether the first sample came from a first line "0" or "0,1", which may be a header.
    """

    neurons: tuple[str, ...]
    active: np.ndarray
    inputs: np.ndarray | None
    stimuli: tuple
    updated: np.ndarray | None
    trials: np.ndarray | None = None
    others: tuple[str, ...] = ()
    growing: tuple[str, ...] = ()
    may_be_header: bool = False

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
        ``.parquet``, ``.pqt``, or ``.csv``, ``.tsv`` or ``.txt``, also with ``.gz``: a row for
        each time, a column for each neuron, between commas, semicolons (then numbers may have
        decimal commas), tabs or blanks.  The first row is the header if it has words, or distinct
        numbers that are not all 0, 1 or −1; so is a line of as many names after ``#``, ``%``,
        ``//`` or the like above it.  A Parquet file's named index is a column.
        ``.npy``, or a text without a header: a matrix whose longer side is time; its neurons are
        called 0, 1, …  ``.npz``: such a matrix called ``spikes``, and other arrays by their names.
    stimulus : str, optional
        Name of the column with the stimulus.
    updates : str, optional
        Name of the column that says which neuron, by its name or its place from 0, chose its
        state between this time and the next; the last one is not used.
    trial : str, optional
        Name of the column that says which trial a sample is of, if the recording is cut.
    neurons : sequence of str, optional
        Names of the neurons, or patterns such as ``n*``; by default all other columns.  Only a
        name makes a neuron of a column that is named above, of one that grows from row to row,
        as times do, or of another array of an ``.npz`` file.
    most : int
        How many neurons there may be.

    Raises
    ------
    ValueError
        A file of another kind, missing columns, values other than 0 and 1 or −1 and +1, missing
        values, a neuron that never or always fires or is called as a column of results is, too
        many neurons or too many stimuli; names that could be something else.
    OSError
        The file cannot be read.
    """
    path = Path(path)
    found = read_columns(path)
    columns, arrays = found.columns, found.arrays
    everything = columns | arrays
    named = {"--stimulus": stimulus, "--updates": updates, "--trial": trial}
    for option, name in named.items():
        if name in found.unlike:
            n = len(next(iter(columns.values())))
            raise ValueError(
                f"{option}: {path}: array {name!r} must have a value for each of the {n:,} "
                f"samples, got shape {found.unlike[name]}"
            )
        if name is not None and name not in everything:
            raise ValueError(f"{option}: {path} has no column {name!r}; it has {some(everything)}")
    growing = [name for name, values in columns.items() if _only_grows(values)]
    candidates = [name for name in columns if name not in {*named.values(), *growing}]
    if neurons is None:
        neurons = candidates
        _check_not_else(path, neurons)
    else:
        neurons = _matching(path, neurons, candidates, everything)
        if both := [name for name in neurons if name in named.values()]:
            raise ValueError(f"--neurons: {path}: {some(both)} cannot be more than a neuron")
    if both := [name for name in neurons if name in OF_TABLES]:
        raise ValueError(
            f"{path}: a neuron cannot be called {some(both)}, as a column of the results is; "
            "rename it, or choose others with --neurons"
        )
    if not neurons:
        raise ValueError(f"{path} has no neurons beside {some(everything)}")
    if len(neurons) > most:
        advice = "choose some with --neurons (the report then calls them a part)"
        if most == MAX_NEURONS:
            many = "each of 2^n states needs a reward of its own; use --reward count, pairwise "
            advice = f"{many}or both, or {advice}"
        raise ValueError(f"{path} has {len(neurons)} neurons, at most {most} may be: {advice}")
    if len(columns[next(iter(columns))]) < 2:
        raise ValueError(f"{path} has fewer than two samples; at least two are needed")
    spikes = np.stack([_spikes(path, name, everything) for name in neurons], axis=1)
    zero, minus = ((spikes == silent).any(axis=0) for silent in (0, -1))
    if zero.any() and minus.any():
        raise ValueError(
            f"{path}: silent neurons are 0 in column {neurons[zero.argmax()]!r} and -1 in column "
            f"{neurons[minus.argmax()]!r}; only one of both is possible (if one is a stimulus, "
            f"name it with --stimulus{IF_HEADER * found.headless})"
        )
    inputs, stimuli = None, ()
    if stimulus is not None:
        stimuli, inputs = stimuli_of(path, stimulus, everything[stimulus])
    updated = None
    if updates is not None:
        updated = _updates(path, updates, everything[updates][:-1], neurons)
    trials = None
    if trial is not None:
        trials = _trials(path, trial, everything[trial])
    known = {*neurons, *named.values()}
    others = tuple(n for n, v in everything.items() if n not in known and _is_like_a_neuron(v))
    growing = tuple(name for name in growing if name not in known)
    return SpikeTable(
        tuple(neurons), spikes == 1, inputs, stimuli, updated, trials, others, growing,
        found.headless and list(columns) == ["0", "1"][: len(columns)]
        and all(int(values[0]) == k for k, values in enumerate(columns.values())),
    )  # fmt: skip


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


def _matching(path: Path, patterns: Sequence[str], candidates, everything) -> list[str]:
    found: dict[str, None] = {}  # ordered, and each once
    for pattern in patterns:
        names = [pattern]
        if pattern not in everything:
            names = [name for name in candidates if fnmatch.fnmatchcase(name, pattern)]
            _check_not_else(path, names)
        if not names:
            raise ValueError(
                f"--neurons: {path} has no column {pattern!r} that may be a neuron; it has "
                f"{some(everything)}"
            )
        found.update(dict.fromkeys(names))
    return list(found)


def _check_not_else(path: Path, names: Sequence[str]) -> None:
    """Refuse what was not called a neuron, and its name calls something else."""
    for name in names:
        if option := _OPTIONS.get(name.lower()):
            raise ValueError(
                f"{path}: column {name!r} may be no neuron; name it with {option}, or choose the "
                "neurons with --neurons"
            )


def _only_grows(values: np.ndarray) -> bool:
    """Whether values are as times or row numbers: larger in every row, and not only 0 and 1."""
    if values.dtype.kind not in "iufmM" or len(values) < 2 or _is_like_a_neuron(values):
        return False
    return bool((values[1:] > values[:-1]).all())


def _spikes(path: Path, name: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    advice = "; name the neurons with --neurons"
    if all(isinstance(value, str) and value in columns for value in columns[name][:-1].tolist()):
        advice += f", or say --updates {name}"
    numbers = states_of(path, name, columns[name], advice)
    if (numbers == numbers[0]).all():
        raise ValueError(
            f"{path}: neuron {name!r} {'always' if numbers[0] == 1 else 'never'} fires in "
            f"{len(numbers):,} samples, so it tells nothing of the reward; leave it out with "
            "--neurons, or record for longer"
        )
    return numbers.astype(np.int8)


def _trials(path: Path, name: str, values: np.ndarray) -> np.ndarray:
    try:
        trials, _ = pd.factorize(values)
    except TypeError as error:
        raise ValueError(f"{path}: column {name!r} cannot tell trials apart ({error})") from error
    if (trials < 0).any():
        raise ValueError(f"{path}: column {name!r} has missing values")
    return trials


def _updates(path: Path, name: str, values: np.ndarray, neurons: Sequence[str]) -> np.ndarray:
    # 3.0 is what 3 becomes beside a gap.
    words = [str(value).removesuffix(".0") for value in values]
    by_name = {name: k for k, name in enumerate(neurons)}
    by_place = {str(k): k for k in range(len(neurons))}
    places = by_name if by_name.keys() >= set(words) else by_place
    for word in words:
        if word not in places:
            raise ValueError(
                f"{path}: column {name!r} has {word!r}, which is no neuron's name or place as "
                f"others there are; neurons are {some(neurons)}"
            )
    return np.array([places[word] for word in words], dtype=np.int64)


def _is_like_a_neuron(values: np.ndarray) -> bool:
    return values.dtype.kind in "biuf" and set(np.unique(values).tolist()) in ({0, 1}, {-1, 1})
