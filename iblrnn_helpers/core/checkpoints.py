"""A training between two of its chunks, as files keep it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .files import DamagedFileError, load_arrays, save_arrays

Weights = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class State:
    """A training after so many whole chunks.  It is never changed, only exchanged for the next.

    Attributes
    ----------
    n_done : int
        Steps taken.
    weights, memory : dict of str to array
        The network's, and the optimiser's.
    history : (n_done, n_columns) float32
    snapshots : dict of int to dict
        Weights along the way, by steps taken.
    cpu_seconds : float
    """

    n_done: int
    weights: Weights
    memory: Weights
    history: np.ndarray
    snapshots: dict[int, Weights]
    cpu_seconds: float


def under(arrays: Mapping[str, np.ndarray], prefix: str) -> Weights:
    """The arrays whose names begin with ``prefix`` and a point, by the rest of their names."""
    start = f"{prefix}."
    return {name[len(start) :]: v for name, v in arrays.items() if name.startswith(start)}


def snapshots_of(arrays: Mapping[str, np.ndarray]) -> dict[int, Weights]:
    """The weights kept as ``snapshot.STEP.NAME``, by step."""
    snapshots: dict[int, Weights] = {}
    for name, value in under(arrays, "snapshot").items():
        step, weight = name.split(".", 1)
        snapshots.setdefault(int(step), {})[weight] = value
    return dict(sorted(snapshots.items()))


def arrays_of(
    weights: Weights, snapshots: Mapping[int, Weights], history: np.ndarray
) -> dict[str, np.ndarray]:
    """What `under` and `snapshots_of` read, and the history."""
    return {
        **{f"weights.{name}": value for name, value in weights.items()},
        **{
            f"snapshot.{step}.{name}": value
            for step, of_step in snapshots.items()
            for name, value in of_step.items()
        },
        "history": history,
    }


def save_checkpoint(path, state: State, identity: Mapping[str, Mapping], code: str) -> None:
    """Write what `load_checkpoint` reads; its parameters.

    Raises
    ------
    OSError
        If it cannot be written; then the file is as it was.
    """
    arrays = arrays_of(state.weights, state.snapshots, state.history)
    arrays |= {f"memory.{name}": value for name, value in state.memory.items()}
    numbers = {"n_done": state.n_done, "cpu_seconds": state.cpu_seconds, "code": code}
    save_arrays(path, arrays, {**identity, **numbers})


def load_checkpoint(path, identity: Mapping[str, Mapping[str, Any]], code: str) -> State:
    """The state that a checkpoint holds, if it is one of this very run.

    Parameters
    ----------
    path : path-like
    identity : mapping
        Names such as ``params``, each with the fields that define the run.
    code : str
        Fingerprint of the code that made and would continue it.

    Raises
    ------
    DamagedFileError
        If the file is cut short or not a checkpoint.
    ValueError
        If it belongs to another recipe, task or version of the code.
    """
    arrays, metadata = load_arrays(path)
    if "n_done" not in metadata or not metadata.keys() >= identity.keys():
        raise DamagedFileError(f"{path} is not a training checkpoint; remove it or name another")
    for what, ours in identity.items():
        theirs = metadata[what]
        for name, value in json.loads(json.dumps(ours)).items():  # tuples are lists in the file
            if theirs.get(name) != value:
                raise ValueError(
                    f"{path} is a checkpoint of another run: {name} is {theirs.get(name)!r} there "
                    f"and {value!r} here; name another checkpoint file or remove this one"
                )
    if metadata["code"] != code:
        raise ValueError(
            f"{path} was written by another version of the training code, which cannot be "
            "continued to the same bits; remove it to start anew"
        )
    return State(
        metadata["n_done"],
        under(arrays, "weights"),
        under(arrays, "memory"),
        arrays["history"],
        snapshots_of(arrays),
        metadata["cpu_seconds"],
    )
