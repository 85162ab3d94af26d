"""Trained networks: as arrays, by the quickest way, those that ship, and what commands write."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from .files import DamagedFileError, check_output, load_arrays, save_arrays
from .store import identity
from .training_frame import State, Weights, from_arrays, to_arrays

Recipe = TypeVar("Recipe")
T = TypeVar("T", bound="Trained")


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """What a training gives; subclasses have a recipe, and whatever else decides it.

    Attributes
    ----------
    weights : dict of str to array
        By the network's own names.
    history : (n_steps, n_columns) float32
        A row per step.
    snapshots : dict of int to dict
        Weights along the way, by steps taken.
    cpu_seconds : float
    """

    weights: Weights
    history: np.ndarray
    snapshots: dict[int, Weights] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    KIND: ClassVar[str]  # as of messages
    STEPS: ClassVar[str]  # the recipe's name of their number
    IDENTITY: ClassVar[Mapping[str, Callable[[dict], Any]]]  # other fields, each read from a dict
    _network: ClassVar[Callable[..., Any]]  # a method: the network of these weights

    @classmethod
    def of(cls, state: State, **identity):
        """The result of a training that has come to its end."""
        return cls(**identity, **{one.name: getattr(state, one.name) for one in fields(Trained)})

    @property
    def network(self):
        """The trained network, in float64."""
        return self._network(self.weights)

    def network_at(self, n_steps: int):
        """The network as it was after so many steps, of those in ``snapshots``.

        Raises
        ------
        ValueError
            If there is no snapshot of that step.
        """
        if n_steps not in self.snapshots:
            raise ValueError(f"{self.STEPS} must be one of {sorted(self.snapshots)}, got {n_steps}")
        return self._network(self.snapshots[n_steps])

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict]:
        """Named arrays and metadata, as the artifact store keeps them."""
        named = {name: identity(getattr(self, name)) for name in self.IDENTITY}
        return to_arrays(self), {**named, "cpu_seconds": self.cpu_seconds}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], metadata: dict):
        """The inverse of :meth:`to_arrays`.

        Raises
        ------
        DamagedFileError
            If something is missing.
        """
        try:
            identity = {name: read(metadata[name]) for name, read in cls.IDENTITY.items()}
            return cls(**identity, **from_arrays(arrays, metadata))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"not {cls.KIND}: {error}") from error


def read_shipped(name: str | None, cls: type[T], code: str, **identity) -> tuple[T | None, str]:
    """A network among the package's data, and what `origin_of` calls it.

    Parameters
    ----------
    name : str or None
        Of the file, if one may be there.
    code : str
        Fingerprint of the code that would make it today.
    **identity
        Recipe, and whatever else decides it.

    Returns
    -------
    network : Trained or None
        None if there is no such file, or one of something else: it is then to be ``trained``.
    origin : str
    """
    with as_file(files("iblrnn_helpers") / "data" / str(name)) as path:
        if not path.exists():
            return None, "trained"
        arrays, metadata = load_arrays(path)
    found = cls.from_arrays(arrays, metadata)
    if any(getattr(found, name) != value for name, value in identity.items()):
        return None, "trained"
    return found, "shipped" if metadata.get("code") == code else "shipped earlier"


def write_shipped_file(path: Path, trained: Trained, code: str) -> None:
    """Write what `read_shipped` reads, in single precision to keep it small."""
    arrays, metadata = trained.to_arrays()
    arrays = {name: value.astype(np.float32) for name, value in arrays.items()}
    save_arrays(path, arrays, {**metadata, "code": code})


def by_the_quickest_way(
    recipes: Sequence[Recipe],
    *,
    is_stored: Callable[[Recipe], bool],
    stored: Callable[[Recipe], T],
    shipped: Callable[[Recipe], tuple[T | None, str]],
    train: Callable[[list[Recipe]], list[T]],
) -> tuple[list[T], str]:
    """The networks of some recipes, and a sentence for a page that says where they come from.

    In this order: the store; those that ship; training now.

    Returns
    -------
    networks : list
        In the order of ``recipes``.
    origin : str
    """
    found: dict[int, T] = {}
    origins: list[str] = []
    for k, recipe in enumerate(recipes):
        network, origin = (stored(recipe), "stored") if is_stored(recipe) else shipped(recipe)
        origins.append(origin)
        if network is not None:
            found[k] = network
    missing = [k for k in range(len(recipes)) if k not in found]
    found.update(zip(missing, train([recipes[k] for k in missing]), strict=True))
    return [found[k] for k in range(len(recipes))], origin_of(Counter(origins))


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


def add_out(parser: argparse.ArgumentParser, name: str) -> None:
    """Give a command that trains ``--out``, with this default, and ``--force``."""
    text = f"file for the trained network (default: {name})"
    parser.add_argument("--out", type=Path, default=Path(name), help=text)
    parser.add_argument("--force", action="store_true", help="overwrite that file")


@contextmanager
def checkpoint_beside(out: Path, force: bool, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """Where a command keeps its checkpoint while it trains and writes ``out``; then it is removed.

    Raises
    ------
    As `check_output`, of which ``inputs`` are: found out now, not after the training.
    """
    check_output("--out", out, force=force, inputs=inputs)
    checkpoint = out.with_name(f"{out.name}.checkpoint")
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else None
    if before is not None:
        print(f"Going on from {checkpoint}, if it is of the same recipe.")
    try:
        yield checkpoint
        checkpoint.unlink(missing_ok=True)
    except (KeyboardInterrupt, SystemExit):
        if out.exists() and not force:  # files appear whole
            checkpoint.unlink(missing_ok=True)
            print(f"\nStopped, but {out} is finished.")
        elif checkpoint.exists() and checkpoint.stat().st_mtime_ns == before:
            print(f"\nStopped before anything new was kept: {checkpoint} is as it was.")
        elif checkpoint.exists():
            print(f"\nStopped. The same command goes on from {checkpoint}.")
        raise
