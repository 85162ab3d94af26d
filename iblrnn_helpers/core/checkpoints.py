"""Reading back what a training left: groups of arrays, snapshots, checkpoints."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .files import DamagedFileError, load_arrays, save_arrays, write_atomically


def under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose names begin with ``prefix`` and a point, by the rest of their names."""
    start = f"{prefix}."
    return {name[len(start) :]: v for name, v in arrays.items() if name.startswith(start)}


def snapshots_of(arrays: Mapping[str, np.ndarray]) -> dict[int, dict[str, np.ndarray]]:
    """The weights kept as ``snapshot.STEP.NAME``, by step."""
    snapshots: dict[int, dict[str, np.ndarray]] = {}
    for name, value in under(arrays, "snapshot").items():
        step, weight = name.split(".", 1)
        snapshots.setdefault(int(step), {})[weight] = value
    return dict(sorted(snapshots.items()))


def weights_and_snapshots(
    weights: Mapping[str, np.ndarray], snapshots: Mapping[int, Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Weights and snapshots as arrays by name: what `under` and `snapshots_of` read."""
    return {
        **{f"weights.{name}": value for name, value in weights.items()},
        **{
            f"snapshot.{step}.{name}": value
            for step, of_step in snapshots.items()
            for name, value in of_step.items()
        },
    }


def save_checkpoint(
    path, made: tuple[dict[str, np.ndarray], dict[str, Any]], memory, n_done: int, code: str
) -> None:
    """Write what `load_checkpoint` reads: a result so far, and what is needed to go on from it.

    Parameters
    ----------
    path : path-like
    made : (arrays, metadata)
        With ``history``, of which the first ``n_done`` rows count.
    memory : dict of str to array
        The optimiser's.
    n_done : int
    code : str
        As of `load_checkpoint`.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    arrays, metadata = made
    arrays = {
        **arrays,
        "history": arrays["history"][:n_done],
        **{f"memory.{name}": value for name, value in memory.items()},
    }
    save_arrays(path, arrays, {**metadata, "n_done": n_done, "code": code})


def origin_of(counts: Mapping[str, int]) -> str:
    """A sentence for a page: where its networks come from.

    Parameters
    ----------
    counts : mapping of str to int
        How many were ``stored``, ``shipped``, ``shipped earlier`` (made by other code than
        today's) and ``trained``; what is missing is 0.
    """
    n, shipped = Counter(counts), "shipped with the package"
    earlier = f"{n['shipped earlier']} {shipped}, made by an earlier version of the training code"
    parts = [
        f"{n['stored']} trained here before",
        f"{n['shipped']} {shipped} (same code)" if n["shipped"] or not n["shipped earlier"] else "",
        earlier if n["shipped earlier"] else "",
        f"{n['trained']} trained just now",
    ]
    return f"Networks: {', '.join(filter(None, parts))}."


def load_checkpoint(
    path, identity: Mapping[str, Mapping[str, Any]], code: str
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A checkpoint's arrays and metadata, if it is one of this very run.

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
    return arrays, metadata


@contextmanager
def checkpoint_beside(out: Path, force: bool) -> Iterator[Path]:
    """Where a command keeps its checkpoint while it trains and writes ``out``; then it is removed.

    Raises
    ------
    ValueError
        If ``out`` exists and is not to be overwritten.
    OSError
        If the folder cannot be written: found out now, not after the training.
    """
    if out.exists() and not force:
        raise ValueError(f"--out {out} exists already; give another name, or --force")
    checkpoint = out.with_name(f"{out.name}.checkpoint")
    probe = checkpoint.with_name(f"{checkpoint.name}.probe")
    write_atomically(probe, b"")
    probe.unlink()
    if checkpoint.exists():
        print(f"Going on from {checkpoint}.")
    try:
        yield checkpoint
    except KeyboardInterrupt:
        print(f"\nStopped. The same command goes on from {checkpoint}.")
        raise
    checkpoint.unlink(missing_ok=True)
