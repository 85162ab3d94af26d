"""Files that are whole or not there at all.

Everything that the package writes goes through `write_atomically`: the data go to a private
temporary file in the same folder, which then takes the final name in one step. A process that is
killed half-way leaves the previous file as it was. Arrays are kept as safetensors, a plain format
without code in it, with a checksum that loading verifies.
"""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

_HEADER_KEY = "iblrnn_helpers"
_FORMAT = 1
# What every version of safetensors can hold; complex numbers and text are not among them.
_DTYPES = frozenset(
    ["float64", "float32", "float16", "bool"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)
_HOST = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:20] or "host"
_STALE_AFTER_SECONDS = 24 * 3600


_ADVICE = dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Free some space or choose another folder. ")
_ADVICE |= dict.fromkeys(
    (errno.EACCES, errno.EPERM, errno.EROFS), "Make the folder writable or choose another folder. "
)


class DamagedFileError(ValueError):
    """A file that is cut short, changed after it was written, or not ours."""


class CheckpointError(DamagedFileError):
    """A checkpoint that the training which found it cannot go on from."""


def write_atomically(path: str | os.PathLike, data: bytes | str) -> None:
    """
    Write a file so that no reader and no crash ever sees half of it.

    Parameters
    ----------
    path : path-like
        Final name. Its folder is made if it is missing. A symbolic link stays: what it leads to
        is written.
    data : bytes or str
        Content; text is encoded as UTF-8 with the line ends as they are.

    Raises
    ------
    OSError
        The folder cannot be written, the disk is full, or `path` is a folder, a device or the
        like. The temporary file is removed and what was at `path` before is untouched.

    Notes
    -----
    Two processes may write the same path at once: their temporary names differ, and the last to
    finish wins. A temporary file that a killed process left is removed by the next write.
    """
    path = Path(path)
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    if isinstance(data, str):
        data = data.encode("utf-8")
    temporary = path.with_name(f".{path.name}.{_HOST}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        if is_special(path):
            raise OSError(errno.EINVAL, "it is no regular file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could keep the new name and lose its bytes
        os.replace(temporary, path)
    except OSError as error:
        # Two arguments make Python choose the subclass (PermissionError …) by the error number.
        raise OSError(
            error.errno,
            f"cannot write {path}: {error.strerror or error}. {_ADVICE.get(error.errno or 0, '')}"
            + ("What was there is unchanged" if path.is_file() else "Nothing was written there"),
        ) from error
    finally:
        _remove_quietly(temporary)
    remove_stale(path)


def is_special(path: Path) -> bool:
    """Whether there is something that no file can take the place of: a folder, a device ..."""
    return os.path.lexists(path) and not path.is_file()


def check_output(
    field: str, path: str | os.PathLike, *, force: bool, inputs: Iterable[str | os.PathLike] = ()
) -> None:
    """
    See before the work whether a file that a command was asked for could be written after it.

    Parameters
    ----------
    field : str
        Such as ``--out``.
    path : path-like
    force : bool
        Whether a file that is there may be overwritten.
    inputs : iterable of path-like
        Files that the command reads.

    Raises
    ------
    ValueError
        Something other than a file is there, or one that is not to be overwritten, or one of the
        inputs.
    OSError
        Its folder cannot be written.
    """
    path = Path(path)
    real = Path(os.path.realpath(path))
    if is_special(real):
        kind = "a folder" if real.is_dir() else "no regular file"
        raise ValueError(f"{field} {path} is {kind}; give the name of a file")
    if real in [Path(os.path.realpath(one)) for one in inputs]:
        raise ValueError(f"{field} {path} is the file that is read; give another name")
    if path.exists() and not force:
        raise ValueError(f"{field} {path} exists already; give another name, or --force")
    check_folder(f"{field} {path}:", real.parent)
    probe = real.with_name(f"{real.name}.probe")  # whose temporary name is as long as any
    try:
        write_atomically(probe, b"")
        probe.unlink()
    except OSError as error:
        said = str(error.strerror).replace(str(probe), str(path))
        raise OSError(error.errno, f"{field}: {said}") from error


def check_folder(field: str, path: str | os.PathLike, *, write: bool = False) -> None:
    """
    See whether a folder is there or could be made; with ``write``, also whether it takes files.

    Raises
    ------
    ValueError
        If it, or what it would be in, is something else.
    OSError
        If it takes no files.
    """
    whole = Path(os.path.realpath(path))
    there = next(one for one in (whole, *whole.parents) if os.path.lexists(one))
    if not there.is_dir():
        which = "" if there == whole else f", as {there} is none"
        raise ValueError(f"{field} {path} is not a folder{which}; give the name of one")
    try:
        if write:
            with tempfile.TemporaryFile(dir=there):
                pass
    except OSError as error:
        said = f"{field} {path} cannot be written: {error.strerror}"
        raise OSError(error.errno, said) from error


def each_once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys differ, else a ValueError; JSON's own reader keeps the last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is given twice")
        found[key] = value
    return found


def read_json(path: Path) -> dict:
    """The object that a JSON file of our own holds; empty where there is none that is whole."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def put_folder(new: Path, place: Path) -> None:
    """
    Move a folder to a place on the same disk, instead of what is there.

    Whatever interrupts it, one of the two is there, or the earlier one beside it in ``.old-…``.
    """
    aside = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent))
    try:
        if place.exists():
            os.replace(place, aside / place.name)
        os.replace(new, place)
    finally:
        if (aside / place.name).exists() and not place.exists():
            os.replace(aside / place.name, place)
        shutil.rmtree(aside, ignore_errors=True)


def remove_stale(path: str | os.PathLike) -> None:
    """Remove the temporary files that killed processes left behind while writing `path`."""
    path = Path(path)
    pattern = re.compile(rf"\.{re.escape(path.name)}\.([A-Za-z0-9-]+)\.(\d+)\.[0-9a-f]{{8}}\.tmp")
    try:
        names = os.listdir(path.parent)
    except OSError:
        return
    for name in names:
        match = pattern.fullmatch(name)
        if match and _is_abandoned(path.parent / name, match[1], int(match[2])):
            _remove_quietly(path.parent / name)


def save_arrays(
    path: str | os.PathLike,
    arrays: Mapping[str, np.ndarray],
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """
    Save named arrays and their metadata in one checksummed safetensors file.

    Parameters
    ----------
    path : path-like
        Final name, by custom ending in ``.safetensors``.
    arrays : mapping of str to numpy.ndarray
        Real, integer or boolean arrays of any shape.
    metadata : mapping, optional
        Anything JSON can hold; tuples come back as lists.

    Raises
    ------
    ValueError
        An array's dtype or the metadata cannot be stored as such.
    OSError
        See `write_atomically`.
    """
    import safetensors.numpy

    ready = {name: _check_array(name, array) for name, array in arrays.items()}
    text = _metadata_json(metadata or {})
    # One header entry holds all of ours: safetensors does not keep the order of several, and the
    # same content must give the same bytes.
    header = {"format": _FORMAT, "metadata": text, "sha256": digest_arrays(ready, text)}
    data = safetensors.numpy.save(ready, {_HEADER_KEY: json.dumps(header, sort_keys=True)})
    write_atomically(path, data)


def load_arrays(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """
    Load what `save_arrays` wrote, after verifying its checksum.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        Writable arrays with the dtypes and shapes that were saved.
    metadata : dict

    Raises
    ------
    FileNotFoundError
        There is no such file.
    DamagedFileError
        The file is cut short, is not one of ours, is a folder, or does not match its checksum.
    """
    import safetensors
    import safetensors.numpy

    try:
        data = Path(path).read_bytes()
    except IsADirectoryError as error:
        raise DamagedFileError(f"{path} is a folder, and no file") from error
    if not data:
        raise DamagedFileError(f"{path} is damaged: the file is empty")
    try:
        loaded = safetensors.numpy.load(data)
        header_length = int.from_bytes(data[:8], "little")
        own = json.loads(data[8 : 8 + header_length]).get("__metadata__", {}).get(_HEADER_KEY)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(
            f"{path} is damaged: cut short, or not a safetensors file "
            f"({len(data):,} bytes; {error})"
        ) from error
    if own is None:
        raise DamagedFileError(f"{path} is a safetensors file that iblrnn_helpers did not write")
    try:
        header = json.loads(own)
        version, text, expected = header["format"], header["metadata"], header["sha256"]
        if version == _FORMAT and digest_arrays(loaded, text) == expected:
            metadata = json.loads(text)
            return {name: np.require(loaded[name], None, "W") for name in loaded}, metadata
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedFileError(f"{path} is damaged: its header cannot be read ({error})") from error
    if version != _FORMAT:
        raise DamagedFileError(
            f"{path} has file format {version!r}; this version of iblrnn_helpers reads {_FORMAT}"
        )
    raise DamagedFileError(
        f"{path} is damaged: its content does not match its checksum, "
        "so it changed after it was written"
    )


def digest_arrays(arrays: Mapping[str, np.ndarray], text: str = "") -> str:
    """
    Return the SHA-256 of names, dtypes, shapes and bytes, in order of name, and of `text`.

    The same on every machine; usable as an input of `artifacts.artifact_key` for a result that
    depends on arrays.
    """
    digest = hashlib.sha256(text.encode("utf-8"))
    for name in sorted(arrays):
        array = _check_array(name, arrays[name])
        digest.update(f"\0{name}\0{array.dtype.name}\0{array.shape}\0".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _check_array(name: str, array: np.ndarray) -> np.ndarray:
    """Return the array as C-ordered little-endian, or say why it cannot be stored."""
    if not isinstance(name, str) or not name or name == "__metadata__":
        raise ValueError(f"array name must be a non-empty text other than '__metadata__': {name!r}")
    array = np.asarray(array)
    if array.dtype.name not in _DTYPES:
        raise ValueError(
            f"array {name!r} has dtype {array.dtype}; allowed: {', '.join(sorted(_DTYPES))}"
        )
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


def _metadata_json(metadata: Mapping[str, Any]) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(f"{type(value).__name__} is not a JSON type")

    try:
        return json.dumps(dict(metadata), sort_keys=True, allow_nan=False, default=plain)
    except (TypeError, ValueError) as error:
        raise ValueError(f"metadata cannot be stored as JSON: {error}") from error


def _remove_quietly(path: Path) -> None:
    with suppress(OSError):  # a leftover is harmless: the next write to the same path removes it
        path.unlink(missing_ok=True)


def _is_abandoned(temporary: Path, host: str, process_id: int) -> bool:
    """Tell a killed process's temporary file from one that is being written right now."""
    if host == _HOST and os.name == "posix":
        try:
            os.kill(process_id, 0)  # signal 0 only asks whether the process exists
        except ProcessLookupError:
            return True
        except OSError:
            pass
    with suppress(OSError):
        return time.time() - temporary.stat().st_mtime > _STALE_AFTER_SECONDS
    return False
