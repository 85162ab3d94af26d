"""Mice of one's own: from files and folders of several kinds to records."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..core.extras import extra
from ..core.files import DamagedFileError
from .alf import ALF_COLUMNS, TaskFields, listed, mouse_of, of_several
from .cleaning import COLUMNS, Words, clean, warn_of
from .load import columns_of, doubts_of_end, read_text
from .record import MiceTask, Mouse

if TYPE_CHECKING:
    from typing import Unpack  # of Python 3.11

OF_SESSION = ("session", "eid")  # columns that say of which session a table is
TABLES = (".pqt", ".parquet")
IN_LAYOUT = re.compile(r"([^/]+)/\d{4}-\d{2}-\d{2}/\d{1,3}$")  # SUBJECT/DATE/NUMBER


@overload
def read_mouse(
    source: Mapping[str, Any], name: None = None, **task: Unpack[TaskFields]
) -> dict[str, Mouse]: ...
@overload
def read_mouse(
    source: Any,
    name: str | None = None,
    *,
    sha256: str | None = None,
    **task: Unpack[TaskFields],
) -> Mouse: ...
def read_mouse(
    source,
    name: str | None = None,
    *,
    sha256: str | None = None,
    **task: Unpack[TaskFields],
):
    """A mouse's record from its files or tables, or the records of several mice.

    Parameters
    ----------
    source : path-like, table, several of these, or a dict
        * A CSV file (compressed or not) with the columns of the public ones,
          :data:`.cleaning.COLUMNS`: all sessions of a mouse.
        * A session's trials table with the columns of ALF, as :func:`.alf.mouse_from_alf` takes
          it: in memory, or a file of Parquet (``.pqt``, ``.parquet``), CSV or NumPy (``.npz``).
        * A folder in the layout of ONE, of one session or of all those of a subject, as
          :func:`~iblrnn_helpers.task.alf.write_alf` writes it; or with a ``.npy`` file a column.
        * Several tables, files or folders: sessions of one mouse, in order.
        * A dict of any of these: without ``name`` mice by name, with ``name`` one mouse's sessions.
    name : str, optional
        The mouse's; by default the subject's in the layout of ONE, or else the file's name.
    sha256 : str, optional
        Of the one (uncompressed) CSV file, if it is known.
    contrasts, probabilities, block_lengths
        What the task allows, as for :func:`.alf.mouse_from_alf`.

    Returns
    -------
    Mouse, or dict of name to Mouse
        Shows itself as a sentence on what was left out; ``left_out`` has each row of it.

    Raises
    ------
    DamagedFileError
        A file is cut short, the checksum differs, or it is no table.
    FileNotFoundError
        There is no such file or folder.
    ValueError
        A column is missing, there twice, or holds anything but numbers (what is correct may be
        True and False); the file is larger than any mouse's; no row remains, or more than 5%
        contradict the task; files are of several mice, or a folder holds a session twice.

    Warns
    -----
    MouseDataWarning
        Rows that are left out, by reason; blocks, trials and times that cannot be.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> task = ibl.TaskParams(blocks="ibl")
    >>> trials = ibl.sample_trials(task, n_sessions=2, n_blocks=3, seed=0)
    >>> session = ibl.rollout(ibl.BayesianActor(task), trials)
    >>> paths = ibl.write_alf(session, "records", dt=0.1, subject="actor")
    >>> ibl.read_mouse("records")
    actor: 2 sessions, 383 trials; nothing is left out
    """
    if name is None and of_several(source):
        if sha256 is not None:
            raise ValueError(f"sha256 must be left out of several mice, got {sha256!r}")
        mice = {key: _mouse(one, key, None, task) for key, one in source.items()}
        warn_of(mice.values(), "the mice")
        return mice
    mouse = _mouse(source, name, sha256, task)
    one_file = isinstance(source, str | os.PathLike) and Path(source).is_file()
    warn_of([mouse], Path(source).name if one_file else f"trials of {mouse.agent}")
    return mouse


def _mouse(source, name: str | None, sha256: str | None, task: TaskFields) -> Mouse:
    parts = listed(source)
    paths = {k: Path(one) for k, one in enumerate(parts) if isinstance(one, str | os.PathLike)}
    text = None
    if len(parts) == 1 and paths and _is_text(paths[0]):
        text = read_text(paths[0], sha256)
    elif sha256 is not None:
        raise ValueError(f"sha256 must be that of one CSV file, got {len(parts)} of other kinds")
    if text is not None and not _is_alf(text):
        columns, file = columns_of(text, paths[0]), paths[0].name
        own, doubts = MiceTask(**task), doubts_of_end(text)
        return clean(name or file.split(".")[0], columns, file, own, Words(), doubts)
    tables, subjects, doubts = [], {}, doubts_of_end(text) if text is not None else []
    for k, one in enumerate(parts):
        if k not in paths:
            tables.append(one)
            continue
        for subject, table in _sessions(paths[k], text):
            tables.append(table)
            subjects[subject] = paths[k]
    if name is None and len(subjects) != 1:
        several = f"several: {', '.join(subjects)}" if subjects else "none that says its name"
        raise ValueError(f"source must be of one mouse, or name be given, got {several}")
    return mouse_of(tables, name or next(iter(subjects)), task, doubts)


def _is_text(path: Path) -> bool:
    return not path.is_dir() and path.suffix not in (*TABLES, ".npz")


def _is_alf(text: bytes) -> bool:
    """Whether the first line of a CSV file names columns of ALF, and none of the public files."""
    header = text[:10_000].split(b"\n")[0].decode("utf-8-sig", "replace")
    names = {name.strip(' "\r') for name in header.split(",")}
    return not names & set(COLUMNS) and len(names & set(ALF_COLUMNS)) > 1


def _sessions(path: Path, text: bytes | None) -> Iterator[tuple[str, Any]]:
    """The subject, or a file's name, and the table of each session of a file or a folder."""
    if path.is_dir():
        folders = session_folders(path)
        for session, folder in folders.items():
            yield _subject(session) or session.name, table_of(folder)
        return
    session = path.resolve().parent
    subject = _subject(session.parent if session.name == "alf" else session)
    if _is_text(path):
        text = read_text(path, None) if text is None else text
        if not _is_alf(text):
            raise ValueError(
                f"{path} must be a table with the columns of ALF, {', '.join(ALF_COLUMNS)}, where "
                "there are several: one of the public files' columns is a whole mouse's"
            )
        table = columns_of(text, path, ALF_COLUMNS, OF_SESSION)
    else:
        table = read_table(path)
    yield subject or path.name.split(".")[0], table


def session_folders(path: Path) -> dict[Path, Path]:
    """The folders with trials in or under a folder, by the session's, in their order."""
    found: dict[Path, Path] = {}
    path = path.resolve()
    holding = {one.parent for one in path.rglob("_ibl_trials.*") if one.suffix in (*TABLES, ".npy")}
    for folder in sorted(holding):
        session = folder.parent if folder.name.startswith("#") else folder  # a revision
        session = session.parent if session.name == "alf" else session
        if session in found:
            raise ValueError(
                f"{session} must hold its trials once, got {found[session].relative_to(session)} "
                f"and {folder.relative_to(session)}: give one of these"
            )
        found[session] = folder
    subjects = {session.parents[1] for session in found if _subject(session)}
    if len(subjects) > 1:
        names = ", ".join(sorted(one.name for one in subjects))
        raise ValueError(
            f"{path} must hold the sessions of one subject, got {names}: give a dict "
            "of their folders"
        )
    if not found:
        raise ValueError(f"{path} must hold trials, _ibl_trials.*.pqt or .npy, got no such file")
    return found


def _subject(session: Path) -> str | None:
    found = IN_LAYOUT.search(session.as_posix())
    return found and found[1]


def table_of(folder: Path, columns: Sequence[str] = ALF_COLUMNS):
    """A session's table, of one file or of a file for each of these columns."""
    tables = sorted(one for one in folder.glob("_ibl_trials.table*") if one.suffix in TABLES)
    if len(tables) > 1:
        names = ", ".join(one.name for one in tables)
        raise ValueError(f"{folder} must hold one table of trials, got {names}")
    if tables:
        return read_table(tables[0])
    found = {}
    for one in sorted(folder.glob("_ibl_trials.*.npy")):
        column = one.name.split(".")[1]
        if column in found:
            raise ValueError(f"{folder} must hold each column once, got {column} several times")
        if column in columns:
            found[column] = read_numpy(one)
    return found


def read_table(path: Path):
    """A DataFrame of a file of Parquet, or the columns of ALF of one of NumPy."""
    if path.suffix == ".npz":
        return read_numpy(path)
    import pandas as pd

    with extra("alf"):
        import pyarrow
    if not path.exists():
        raise FileNotFoundError(f"{path} must be a file or a folder, got none there")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise DamagedFileError(f"{path} is not a table in Parquet: {error}") from error


def read_numpy(path: Path):
    """An array, or the columns of ALF where there are several."""
    if not path.exists():
        raise FileNotFoundError(f"{path} must be a file or a folder, got none there")
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        return {one: found[one] for one in (*ALF_COLUMNS, *OF_SESSION) if one in found.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedFileError(f"{path} is not of NumPy: {error}") from error
