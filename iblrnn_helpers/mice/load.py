"""Where the mice's files are, and how they are read.

The files are those of the public repository int-brain-lab/ann-rnns, one CSV for each of 54 mice,
collected by the International Brain Laboratory (2021, eLife 10:e63711) and shared under CC-BY 4.0.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import hashlib
import io
import os
import warnings
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ..core.files import DamagedFileError
from .cleaning import COLUMNS, Words, clean, warn_of
from .record import MiceTask, Mouse

FOLDER_VARIABLE = "IBLRNN_MOUSE_DATA"
REGISTRY = Path(__file__).resolve().parents[1] / "data" / "mice_registry.txt"
ADDRESS = (
    "https://raw.githubusercontent.com/int-brain-lab/ann-rnns/"
    "a808cd59461b415c872aa0cb852c4317996e03c3/data/ibl-data-may2020/"
)
SECONDS_TO_CONNECT = 15
MOST_MEGABYTES = 256  # of a table; the largest of the public ones has 4
HOW_TO_GET = (
    f"Fetch the CSV files from {ADDRESS} (mouse_names() names them) on a machine with a network, "
    f"and set the environment variable {FOLDER_VARIABLE} to their folder"
)


class WrongColumnsError(ValueError):
    """A table without a column that it must have."""


class MiceNotFoundError(OSError):
    """The mice's data are neither on this machine nor to be had from the network."""


@cache
def registry() -> dict[str, str]:
    """SHA-256 of every mouse's (uncompressed) CSV file, by the mouse's name."""
    lines = REGISTRY.read_text(encoding="utf-8").splitlines()
    return {name.removesuffix(".csv"): sha256 for name, sha256 in map(str.split, lines)}


def mouse_names() -> list[str]:
    """The names of the 54 mice."""
    return list(registry())


def load_mice(
    folder: str | os.PathLike | None = None, mice: Sequence[str] | None = None
) -> dict[str, Mouse]:
    """The public mice's records, checked; downloaded and kept if they are not here yet.

    Parameters
    ----------
    folder : path-like, optional
        That holds ``NAME.csv`` or ``NAME.csv.gz``.  By default that of the environment variable
        ``IBLRNN_MOUSE_DATA``; without it, the user's cache, into which missing files
        (61 MB for all) are downloaded.
    mice : sequence of str, or str, optional
        Names, or a text of them with commas between; by default all 54.

    Returns
    -------
    dict of name to Mouse

    Raises
    ------
    ValueError
        Unknown mouse (similar names are suggested), or none at all.
    MiceNotFoundError
        A file is not in the folder, or cannot be downloaded; says how to get it.
    DamagedFileError
        A file is cut short, or is not the one that was published.

    Warns
    -----
    MouseDataWarning
        Rows that are left out, by reason; once, for all mice together.
    """
    paths = find(folder, mice)
    found = {name: _read(path, name, registry()[name], MiceTask()) for name, path in paths.items()}
    warn_of(found.values(), "the mice")
    return found


def find(
    folder: str | os.PathLike | None = None, mice: Sequence[str] | None = None
) -> dict[str, Path]:
    """The files of public mice, with the arguments and errors of :func:`load_mice`."""
    names = names_of(mice)
    folder = folder or os.environ.get(FOLDER_VARIABLE)
    return _in_folder(Path(folder).expanduser(), names) if folder else download(names)


def can_be_had() -> bool:
    """Whether the public mice are here or the network has them; one tells, the last to come."""
    here = os.environ.get(FOLDER_VARIABLE)
    try:
        find(mice=None if here else mouse_names()[-1:])
    except MiceNotFoundError:
        return False
    return True


def names_of(mice: Sequence[str] | None) -> list[str]:
    """The names of public mice that were asked for, checked; those of all 54 for None."""
    if isinstance(mice, str):
        mice = mice.replace(",", " ").split()
    if mice is not None and (not np.iterable(mice) or not len(mice)):
        raise ValueError(f"mice must be names of mice, or None for all, got {mice!r}")
    names = mouse_names() if mice is None else list(mice)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"mice must be names of mice, got {name!r}")
        if name not in registry():
            close = difflib.get_close_matches(name, registry(), n=3)
            hint = f"did you mean {' or '.join(close)}? " if close else ""
            raise ValueError(f"unknown mouse {name!r}; {hint}mouse_names() lists all of them")
    return names


def _read(path: Path, name: str, sha256: str | None, task: MiceTask) -> Mouse:
    columns, doubts = read_columns(path, sha256)
    return clean(name, columns, path.name, task, Words(), doubts)


def read_columns(path: Path, sha256: str | None) -> tuple[dict[str, np.ndarray], list[str]]:
    """All of ``COLUMNS`` as they stand in a file, (n_rows,) float each; and doubts, in sentences.

    Errors are those of :func:`.read.read_mouse`.
    """
    data = read_text(path, sha256)
    return columns_of(data, path), doubts_of_end(data)


def doubts_of_end(data: bytes) -> list[str]:
    """What is said of a table whose last line may be cut."""
    return [] if data[-1:] in (b"\n", b"\r") else ["its last line has no end: cut short, perhaps"]


def read_text(path: Path, sha256: str | None) -> bytes:
    """The content of a CSV file, compressed or not."""
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            # Not all at once: a small file can hold very much.
            data = (gzip.open(file) if compressed else file).read((MOST_MEGABYTES << 20) + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DamagedFileError(
                f"{path} is damaged: cut short, or changed ({error}); fetch it again"
            ) from error
    if len(data) > MOST_MEGABYTES << 20:
        raise ValueError(f"{path} must hold at most {MOST_MEGABYTES} MB of text, got more")
    if data[:200].lstrip().startswith(b"<"):
        raise DamagedFileError(f"{path} is a web page, not a table: fetch the file itself again")
    if sha256 and hashlib.sha256(data).hexdigest() != str(sha256).lower():
        raise DamagedFileError(
            f"{path} is not the file that was published: its SHA-256 differs "
            f"({len(data):,} bytes); delete it and fetch it again"
        )
    return data


def download(names: Sequence[str], address: str = ADDRESS, folder=None) -> dict[str, Path]:
    """Bring mice's files into the user's cache, where they are not there yet.

    Files come whole and with the right checksum, or not at all.

    Parameters
    ----------
    names : sequence of str
    address : str
        Of the folder with the CSV files.
    folder : path-like, optional
        The cache.

    Raises
    ------
    MiceNotFoundError
        A file cannot be had, or what comes is not it.
    """
    import platformdirs
    from tqdm import TqdmWarning, tqdm

    with warnings.catch_warnings():
        # It looks for a notebook's bar, which is not used here.
        warnings.simplefilter("ignore", TqdmWarning)
        import pooch

    folder = Path(folder or platformdirs.user_cache_dir("iblrnn_helpers")) / "mice"
    known = {f"{name}.csv": f"sha256:{sha256}" for name, sha256 in registry().items()}
    store = pooch.create(folder, address, registry=known)
    pooch.get_logger().setLevel("WARNING")  # the bar below says it
    get = pooch.HTTPDownloader(timeout=SECONDS_TO_CONNECT)
    paths = {name: folder / f"{name}.csv" for name in names}
    missing = [
        name
        for name, path in paths.items()
        if not (path.exists() and pooch.file_hash(path) == registry()[name])
    ]
    # Without a network nothing is shown, because it fails at once.
    for name in tqdm(missing, desc="mice", unit="file", delay=1) if missing else ():
        try:
            store.fetch(f"{name}.csv", downloader=get)
        except OSError as error:  # those of requests are of this kind
            raise MiceNotFoundError(
                f"{name}.csv could not be downloaded ({type(error).__name__}). {HOW_TO_GET}"
            ) from error
        except ValueError as error:  # pooch: the checksum differs; it has removed the file
            raise MiceNotFoundError(
                f"what came from {address}{name}.csv is not the published file (an error page "
                f"of the network, perhaps); nothing was kept. {HOW_TO_GET}"
            ) from error
    return paths


def _in_folder(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    if not folder.is_dir():
        raise MiceNotFoundError(f"no folder {folder}: {FOLDER_VARIABLE} must name one")
    paths = {}
    for name in names:
        paths[name] = folder / f"{name}.csv"
        if not paths[name].exists():
            paths[name] = folder / f"{name}.csv.gz"
        if not paths[name].exists():
            raise MiceNotFoundError(f"no {name}.csv and no {name}.csv.gz in {folder}. {HOW_TO_GET}")
    return paths


def columns_of(
    data: bytes, path: Path, columns: Sequence[str] = COLUMNS, words: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """Columns of a CSV table, (n_rows,) float each, and as they are those of ``words`` it has."""
    import pandas as pd

    try:
        _check_fields(data, path, columns)
        table = pd.read_csv(
            io.BytesIO(data),
            usecols=lambda column: column in (*columns, *words),
            index_col=False,
            low_memory=False,
        )
    except WrongColumnsError:
        raise
    # The parser's, the decoder's and our own errors are of these kinds.
    except (ValueError, csv.Error) as error:
        raise DamagedFileError(f"{path} is not a CSV table: {error}") from error
    found = {column: _numbers(table[column], path) for column in columns}
    return found | {column: table[column].to_numpy() for column in words if column in table}


def _check_fields(data: bytes, path: Path, columns: Sequence[str]) -> None:
    """Refuse what pandas would fill, drop or rename: fields of a line, columns there twice."""
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header = next(lines, [])
    missing = [column for column in columns if column not in header] if header else []
    if len(missing) == len(columns):
        raise WrongColumnsError(
            f"{path} must begin with the names of its columns, {', '.join(columns)}, with commas "
            f"between, got {','.join(header)!r:.80}"
        )
    if missing:
        raise WrongColumnsError(
            f"{path} must have the columns {', '.join(columns)}; {', '.join(missing)} is missing"
        )
    for column in columns:
        if header.count(column) > 1:
            raise ValueError(f"it has the column {column} {header.count(column)} times")
    line = lines.line_num
    for fields in lines:
        # Rows in between would be swallowed.
        if lines.line_num > line + 1:
            raise ValueError(f"a quote in line {line + 1} goes on to line {lines.line_num}")
        line = lines.line_num
        if fields and (len(fields) < len(header) or any(fields[len(header) :])):
            raise ValueError(
                f"line {lines.line_num} has {len(fields)} fields, and the first {len(header)}: "
                "cut short, perhaps"
            )


def _numbers(values, path: Path) -> np.ndarray:
    """A column of a table, (n_rows,) float; a ValueError names what is no number."""
    import pandas as pd

    if values.dtype.kind in "iuf":
        return values.to_numpy(dtype=float)
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    truth = values.astype(str).str.lower().map({"true": 1.0, "false": 0.0})
    if values.name in ("trial_correct", "feedbackType"):
        numbers = numbers.fillna(truth)
        truth[:] = np.nan
    wrong = (numbers.isna() & values.notna() | truth.notna()).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"{path}: {values.name} must be numbers, got {str(values.iloc[row])!r:.80} "
            f"in line {row + 2}"
        )
    return numbers.to_numpy()
