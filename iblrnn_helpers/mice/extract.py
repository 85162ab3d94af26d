"""The extract that ships: the last six sessions with blocks of every public mouse, to the bit.

It is a compressed NumPy archive of whole numbers, because what the package requires reads that:
Parquet would need pyarrow, which is several times as large as this package, and a
compressed CSV file is nearly twice as large.  ``data/MICE.md`` says where the data come from, and
who is to be cited.

Every row of the chosen sessions is there, those that :mod:`.cleaning` rejects, too, with its line
in the published file.  So what is read from the extract went through the same rules.

Reaction times are differences of two times that a clock showed.  Three whole numbers make one of
them up: tenths of a millisecond (half of the clocks show no more), microseconds, and what the
subtraction left in the last bits.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..core import checks
from ..core.files import DamagedFileError, write_atomically
from .cleaning import COLUMNS, Words, clean, warn_of
from .load import find, names_of, read_columns, registry
from .record import MiceTask, Mouse

EXTRACT = Path(__file__).resolve().parents[1] / "data" / "mice_extract.npz"
SHA256 = "9f1e5e54f676e4787576d7d8326fa95a8dfeca892aa40a3dede6c999884f804a"
N_SESSIONS = 6  # for each mouse

COUNTED = ("line", "session_num", "trial_num")  # kept as differences, which are nearly all 1 or 0
UNITS = {  # of a column: how many make 1, and the kind of number that holds them
    "stim_probability_left": (100, np.uint8),
    "contrast": (10_000, np.uint16),
    "position": (1, np.int8),
    "response_choice": (1, np.int8),
}
NO_TIME = -128  # microseconds, of which there are -50 to 49
BITS = 54  # 2**-54 s is what the published times are multiples of


def load_extract(mice: Sequence[str] | None = None) -> dict[str, Mouse]:
    """The last six sessions with blocks of public mice; needs no network.

    Trial by trial what :func:`.load.load_mice` gives for these sessions, which are numbered from 0
    here.  (Four mice have fewer: 4 or 5.)

    Parameters
    ----------
    mice : sequence of str, or str, optional
        As for :func:`.load.load_mice`.

    Returns
    -------
    dict of name to Mouse

    Raises
    ------
    ValueError
        Unknown mouse (similar names are suggested), or none at all.
    DamagedFileError
        The file is not the one that ships.

    Warns
    -----
    MouseDataWarning
        Rows that are left out, by reason; once, for all mice together.
    """
    names = names_of(mice)
    try:
        data = EXTRACT.read_bytes()
    except OSError as error:
        raise DamagedFileError(
            f"{EXTRACT} cannot be read ({error}); install the package again"
        ) from None
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise DamagedFileError(
            f"{EXTRACT} is not the file that ships: its SHA-256 differs ({len(data):,} bytes); "
            "install the package again"
        )
    rows = unpack(data)
    found = {name: _mouse(name, rows[name]) for name in names}
    warn_of(found.values(), "the mice's extract")
    return found


def make_extract(
    path: str | os.PathLike,
    folder: str | os.PathLike | None = None,
    mice: Sequence[str] | None = None,
    *,
    n_sessions: int = N_SESSIONS,
) -> None:
    """Write the extract anew, from the published files.

    ``make_extract("iblrnn_helpers/data/mice_extract.npz")`` made the file that ships, of
    whose bytes :data:`SHA256` is.

    Parameters
    ----------
    path : path-like
        Of the file, ``.npz``.
    folder, mice
        As for :func:`.load.load_mice`, whose errors are raised, too.
    n_sessions : int
        The last so many sessions of each mouse that have blocks; all, where there are fewer.

    Raises
    ------
    ValueError
        Something in these sessions could not be read from the extract as it is in the file.
    """
    checks.integer("n_sessions", n_sessions, low=1)
    rows = {}
    for name, file in find(folder, mice).items():
        columns, _ = read_columns(file, registry()[name])
        rows[name] = last_sessions_with_blocks(columns, n_sessions)
    write_atomically(path, pack(rows))


def last_sessions_with_blocks(
    columns: Mapping[str, np.ndarray], n_sessions: int
) -> dict[str, np.ndarray]:
    """The rows of a table's last sessions in which one side was more likely, and their lines.

    Parameters
    ----------
    columns : mapping of str to (n_rows,) float
        All of :data:`.cleaning.COLUMNS`.
    n_sessions : int

    Returns
    -------
    dict of str to (n_kept,) float
        The same columns, and ``line`` of the file, the header being line 1.
    """
    session = columns["session_num"]
    in_blocks = columns["stim_probability_left"] != 0.5
    last = np.unique(session[in_blocks])[-n_sessions:]
    kept = np.flatnonzero(np.isin(session, last))
    return {"line": kept + 2.0} | {name: columns[name][kept] for name in COLUMNS}


def pack(rows: Mapping[str, Mapping[str, np.ndarray]]) -> bytes:
    """The content of an extract's file, from which :func:`unpack` makes ``rows`` again.

    Parameters
    ----------
    rows : mapping of name to (mapping of str to (n_rows,) float)
        Those of each mouse, as of :func:`last_sessions_with_blocks`.

    Raises
    ------
    ValueError
        A column cannot be packed without loss.
    """
    together = {
        column: np.concatenate([of_mouse[column] for of_mouse in rows.values()])
        for column in ("line", *COLUMNS)
    }
    n_rows = [len(of_mouse["line"]) for of_mouse in rows.values()]
    arrays = {"mouse": np.array(list(rows)), "n_rows": np.array(n_rows, dtype=np.int32)}
    with np.errstate(invalid="ignore"):  # what no whole number can be does not come back, below
        for column in COUNTED:
            arrays[column] = np.diff(together[column], prepend=0).astype(np.int32)
        for column, (one, kind) in UNITS.items():
            arrays[column] = np.rint(together[column] * one).astype(kind)
        arrays |= _pack_times(together["reaction_time"])
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    data = file.getvalue()
    for name, columns in unpack(data).items():
        for column, values in columns.items():
            if not np.array_equal(values, rows[name][column], equal_nan=True):
                raise ValueError(f"{name}: {column} cannot be packed without loss")
    return data


def unpack(data: bytes) -> dict[str, dict[str, np.ndarray]]:
    """The rows of each mouse, from the content of an extract's file: see :func:`pack`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    columns = {name: np.cumsum(arrays[name], dtype=float) for name in COUNTED}
    columns |= {name: arrays[name] / one for name, (one, _) in UNITS.items()}
    choice = columns["response_choice"]
    columns["trial_correct"] = 1.0 * ((choice != 0) & (choice == np.sign(columns["position"])))
    columns["reaction_time"] = _unpack_times(arrays)
    ends = np.cumsum(arrays["n_rows"])[:-1]
    parts = {name: np.split(columns[name], ends) for name in ("line", *COLUMNS)}
    return {
        str(mouse): {name: split[k] for name, split in parts.items()}
        for k, mouse in enumerate(arrays["mouse"])
    }


def _mouse(name: str, rows: Mapping[str, np.ndarray]) -> Mouse:
    mouse = clean(name, rows, f"{name}.csv", MiceTask(), Words())
    # The row after the header is the first one here.
    rejected = (one._replace(line=int(rows["line"][one.line - 2])) for one in mouse.rejected)
    return replace(mouse, rejected=tuple(rejected))


def _pack_times(seconds: np.ndarray) -> dict[str, np.ndarray]:
    known = np.isfinite(seconds)
    seconds = np.where(known, seconds, 0)
    microseconds = np.rint(seconds * 1e6)
    tenths = np.rint(microseconds / 100)
    rest = np.ldexp(seconds, BITS) - np.rint(np.ldexp(microseconds / 1e6, BITS))
    rest = rest.astype(np.int32)
    return {
        "tenths": _planes(tenths.astype(np.int32)),
        "microseconds": np.where(known, microseconds - 100 * tenths, NO_TIME).astype(np.int8),
        # 0, -1, 1, -2 … become 0, 1, 2, 3 …: few bytes for little, whatever its sign.
        "rest": _planes((rest << 1) ^ (rest >> 31)),
    }


def _unpack_times(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    tenths, rest = (_from_planes(arrays[name]) for name in ("tenths", "rest"))
    rest = (rest >> 1) ^ -(rest & 1)
    microseconds = 100.0 * tenths + arrays["microseconds"]
    seconds = np.ldexp(np.rint(np.ldexp(microseconds / 1e6, BITS)) + rest, -BITS)
    return np.where(arrays["microseconds"] == NO_TIME, np.nan, seconds)


def _planes(values: np.ndarray) -> np.ndarray:
    """All lowest bytes, then all next ones …, (4, n): like stands by like, which packs better."""
    return np.ascontiguousarray(values.astype("<i4").view(np.uint8).reshape(-1, 4).T)


def _from_planes(planes: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(planes.T).view("<i4")[:, 0]
