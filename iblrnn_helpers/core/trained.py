"""Trained networks: as arrays, by the quickest way, and those that ship with the package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from .checkpoints import Weights, arrays_of, snapshots_of, under
from .files import DamagedFileError, load_arrays, save_arrays

Recipe = TypeVar("Recipe")
T = TypeVar("T", bound="Trained")


class Trained:
    """What results of trainings have in common: they are dataclasses with these fields.

    ``history`` (n_steps, n_columns) and ``cpu_seconds`` beside those that are used below.
    """

    weights: Weights
    snapshots: dict[int, Weights]
    KIND: ClassVar[str]  # as of messages
    STEPS: ClassVar[str]  # the recipe's name of their number
    IDENTITY: ClassVar[Mapping[str, Callable[[dict], Any]]]  # other fields, each read from a dict

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
        identity = {name: asdict(getattr(self, name)) for name in self.IDENTITY}
        arrays = arrays_of(self.weights, self.snapshots, self.history)
        return arrays, {**identity, "cpu_seconds": self.cpu_seconds}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], metadata: dict):
        """The inverse of :meth:`to_arrays`.

        Raises
        ------
        DamagedFileError
            If something is missing.
        """
        try:
            return cls(
                **{name: read(metadata[name]) for name, read in cls.IDENTITY.items()},
                weights=under(arrays, "weights"),
                history=arrays["history"],
                snapshots=snapshots_of(arrays),
                cpu_seconds=metadata["cpu_seconds"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"not {cls.KIND}: {error}") from error


def read_shipped(name: str, cls: type[T], code: str) -> tuple[T | None, str]:
    """A network among the package's data, and what `origin_of` calls it.

    Parameters
    ----------
    name : str
        Of the file.
    code : str
        Fingerprint of the code that would make it today.

    Returns
    -------
    network : Trained or None
        None if there is no such file, which is then to be ``trained``.
    origin : str
    """
    with as_file(files("iblrnn_helpers") / "data" / name) as path:
        if not path.exists():
            return None, "trained"
        arrays, metadata = load_arrays(path)
    same = metadata.get("code") == code
    return cls.from_arrays(arrays, metadata), "shipped" if same else "shipped earlier"


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
