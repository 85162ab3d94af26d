"""A content-addressed store of trained networks and other heavy results.

The name of an artifact is made of everything that determines it, so a result is computed once per
setting and a changed setting or changed code can never pick up an old result.
"""

import dataclasses
import hashlib
import itertools
import json
import logging
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import platformdirs

from .files import CheckpointError, DamagedFileError, load_arrays, remove_stale, save_arrays

_log = logging.getLogger(__name__)
_SECONDS_BEFORE_SAYING_SO = 1.0

# ``field(metadata=LATER)``: of parameters that came after results were named by the others.  At
# their defaults they name nothing, so that those results are found.
LATER = {"later": True}

Made = tuple[dict[str, np.ndarray], dict[str, Any]]


class ArtifactStore:
    """
    A folder of artifacts, shared safely by any number of processes.

    Parameters
    ----------
    folder : path-like, optional
        Where artifacts live. Default: the environment variable ``IBLRNN_ARTIFACTS``, else the
        user's cache folder for ``iblrnn_helpers``. It is made when the first artifact is.
    """

    def __init__(self, folder: str | os.PathLike | None = None):
        if folder is None:
            cache = platformdirs.user_cache_dir("iblrnn_helpers")
            folder = os.environ.get("IBLRNN_ARTIFACTS") or cache
        self.folder = Path(folder).expanduser().resolve()

    def path(self, kind: str, inputs: Mapping[str, Any]) -> Path:
        """Return where the artifact is, or would be; see `artifact_key`."""
        return self.folder / f"{artifact_key(kind, inputs)}.safetensors"

    def get_or_make(
        self, kind: str, inputs: Mapping[str, Any], make: Callable[[Path], Made]
    ) -> Made:
        """
        Load an artifact, or make and save it if it is not there.

        Parameters
        ----------
        kind : str
            What it is, e.g. ``"rnn"``: the readable part of its name.
        inputs : mapping
            Everything that determines it; see `artifact_key`.
        make : callable
            ``make(partial_path) -> (arrays, metadata)``. `partial_path` is a name beside the
            artifact that only this artifact uses: an interrupted `make` may keep its checkpoint
            there (a file written with `files.save_arrays`, or a folder) and finds it again next
            time. It is removed once the artifact is saved.

        Returns
        -------
        arrays : dict of str to numpy.ndarray
        metadata : dict
            Always as read back from the file, whether it was made now or earlier.

        Raises
        ------
        ValueError
            `inputs` or what `make` returned cannot be stored; the message says which.
        OSError
            The folder cannot be written or the disk is full.

        Notes
        -----
        Processes that ask for the same artifact at once compute it once: the others wait, say so
        in the log after a second, and load it. A damaged file is named in a warning, set aside as
        ``NAME.damaged`` and made anew, and so is a partial one that `make` raises a
        `CheckpointError` about.
        """
        path = self.path(kind, inputs)
        try:
            return _load(path)  # needs no lock: files appear whole or not at all
        except (FileNotFoundError, DamagedFileError):
            pass
        with self._lock(path):
            try:
                return _load(path)  # another process may have made it while this one waited
            except FileNotFoundError:
                pass
            except DamagedFileError as error:
                aside = _set_aside(path)
                _log.warning("%s. Kept as %s; making it again.", error, aside.name)
            partial = path.with_suffix(".partial")
            try:
                arrays, metadata = make(partial)
            except CheckpointError as error:
                if not partial.exists():
                    raise
                aside = _set_aside(partial)
                _log.warning("%s. Kept as %s; starting anew.", error, aside.name)
                arrays, metadata = make(partial)
            provenance = {"kind": kind, "inputs": _canonical(inputs, "inputs")}
            save_arrays(path, arrays, {"artifact": provenance, "metadata": metadata})
            _remove(partial)
            return _load(path)

    @contextmanager
    def _lock(self, path: Path) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(path.with_suffix(".lock"))
            try:
                lock.acquire(timeout=_SECONDS_BEFORE_SAYING_SO)
            except filelock.Timeout:
                _log.warning("Another process is making %s; waiting for it.", path.name)
                lock.acquire()
        except OSError as error:
            raise OSError(
                error.errno,
                f"cannot use the artifact folder {self.folder}: {error.strerror or error}. Set "
                "IBLRNN_ARTIFACTS to a folder that you can write to",
            ) from error
        try:
            yield
        finally:
            lock.release()


def artifact_key(kind: str, inputs: Mapping[str, Any]) -> str:
    """
    Return ``KIND-DIGEST``, the name of an artifact made of everything that determines it.

    Parameters
    ----------
    kind : str
        Lower-case letters, digits, ``_`` and ``-``.
    inputs : mapping of str
        Parameters, recipe, seed, fingerprint of the code (`core.fingerprint`) … as dataclasses,
        mappings, sequences, numbers, text, booleans and None, nested as you like. The order of
        keys does not matter. For an array, give `files.digest_arrays`.

    Returns
    -------
    str
        `kind` and the first 20 hexadecimal digits of the SHA-256 of the inputs' canonical JSON.

    Raises
    ------
    ValueError
        A kind with other characters, a value of another type, or a number that is not finite;
        the message says where it is.
    """
    if not isinstance(kind, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", kind):
        raise ValueError(f"kind must be lower-case letters, digits, '_' and '-': {kind!r}")
    if not isinstance(inputs, Mapping):
        raise ValueError(f"inputs must be a mapping, not {type(inputs).__name__}")
    text = json.dumps(_canonical(inputs, "inputs"), sort_keys=True, allow_nan=False)
    return f"{kind}-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:20]}"


def identity(params) -> dict[str, Any]:
    """A dataclass as a dict, without fields of `LATER` that are at their defaults."""
    own = dataclasses.asdict(params)
    return {field.name: own[field.name] for field in _telling(params)}


def _telling(params) -> list[dataclasses.Field]:
    return [
        field
        for field in dataclasses.fields(params)
        if not field.metadata.get("later") or getattr(params, field.name) != field.default
    ]


def _canonical(value: Any, where: str) -> Any:
    """Return the value as plain JSON types, or a ValueError that says where it is not."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}; only finite numbers can name an artifact")
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _canonical(getattr(value, field.name), f"{where}.{field.name}")
            for field in _telling(value)
        }
        return {"dataclass": type(value).__name__, "fields": fields}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"{where} has the key {key!r}; keys must be text")
        return {key: _canonical(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise ValueError(
        f"{where} is a {type(value).__name__}; allowed: dataclasses, mappings, lists, tuples, "
        "numbers, text, booleans and None"
    )


def _load(path: Path) -> Made:
    arrays, stored = load_arrays(path)
    if set(stored) != {"artifact", "metadata"}:
        raise DamagedFileError(f"{path} holds arrays but is not an artifact of this store")
    return arrays, stored["metadata"]


def _set_aside(path: Path) -> Path:
    names = (f"{path.name}.damaged" + f".{number}" * (number > 1) for number in itertools.count(1))
    aside = next(free for free in map(path.with_name, names) if not free.exists())
    os.replace(path, aside)
    return aside


def _remove(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial)
    else:
        partial.unlink(missing_ok=True)
    remove_stale(partial)
