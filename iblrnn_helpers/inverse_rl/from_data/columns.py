"""Columns of files by their names: NumPy, text tables with or without a header, Parquet.

Nothing is guessed: where a header cannot be told from data, or names do not fit the columns, the
file is refused, and the error says how to write it.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ...core import checks
from ...core.extras import extra

_TEXT, _PARQUET, _NUMPY = (".csv", ".tsv", ".txt"), (".parquet", ".pqt"), (".npy", ".npz")
_MOST_BYTES = 2**31  # of an unpacked .gz: a megabyte of zeros unpacks to a thousand
MOST_STIMULI = 32
_MISSING = ["", "NA", "NaN", "nan"]  # but "None" may be a stimulus
# Of a remark; a quotation mark may stand before it.
_MARK = re.compile(
    r"""^(\s*["']?)\s*(#+|%+|//+|;|!+|--+(?=\s*[^\s\d.])|\*+|>+|\|+|\\+|&+|\$+|@+)\s*"""
)
_SIGN = re.compile(r"(?![-+]?[.\d])\W")
IF_HEADER = "; if its first line is a header, call no neuron 0, 1 or -1"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?|nan|na", re.I)


@dataclass(frozen=True, eq=False)
class Columns:
    """What a file holds.

    Attributes
    ----------
    columns : dict of str to (n_samples,) array
    arrays : dict of str to (n_samples,) array
        Of an ``.npz`` file, what is there beside ``spikes``.
    unlike : dict of str to tuple
        Shapes of further arrays there that are not one value for each sample.
    headless : bool
        Whether it is a text without a header.
    """

    columns: dict[str, np.ndarray]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    unlike: dict[str, tuple[int, ...]] = field(default_factory=dict)
    headless: bool = False


def read_columns(path: Path) -> Columns:
    """The columns of a file.

    Parameters
    ----------
    path : Path
        As of :func:`.spike_files.read_spikes`.

    Raises
    ------
    ValueError
        A file of another kind, damaged, empty or ambiguous; the message begins with the path.
    OSError
        The file cannot be read.
    """
    kind = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind not in (_TEXT if path.suffix.lower() == ".gz" else (*_TEXT, *_PARQUET, *_NUMPY)):
        allowed = ", ".join((*_TEXT, *(f"{one}.gz" for one in _TEXT), *_PARQUET, ".npy"))
        raise ValueError(f"{path} must end in {allowed} or .npz")
    try:
        found = _loaded(path, kind)
    except Exception as error:  # libraries raise whatever they like on damaged files
        if isinstance(error, ImportError) or (isinstance(error, OSError) and error.filename):
            raise
        words = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path} cannot be read as a {kind} file ({words})") from error
    if isinstance(found, str):
        return _of_text(path, found)
    if isinstance(found, pd.DataFrame):
        return Columns(_of_frame(path, [str(name).strip() for name in found.columns], found))
    if kind == ".npy":
        return Columns(_of_matrix(path, found))
    if "spikes" not in found:
        raise ValueError(f"{path} has no array 'spikes'; it has {some(found)}")
    columns = _of_matrix(path, found.pop("spikes"))
    n_samples = len(columns["0"])
    fits = {name: n_samples == one.size == max(one.shape, default=0) for name, one in found.items()}
    others = {name: _plain(one.ravel()) for name, one in found.items() if fits[name]}
    unlike = {name: one.shape for name, one in found.items() if not fits[name]}
    if both := columns.keys() & others.keys():
        raise ValueError(
            f"{path}: neurons are called by their places, so rename array {some(both)}"
        )
    return Columns(columns, others, unlike)


def states_of(path: Path, name: str, values: np.ndarray, advice: str = "") -> np.ndarray:
    """Values as −1, 0 and 1 exactly, (n_samples,) float."""
    numbers = numbers_of(path, name, values, advice)
    found = checks.nearest(numbers, (-1.0, 0.0, 1.0))
    wrong = np.flatnonzero(np.isnan(found))
    if len(wrong):
        raise ValueError(
            f"{path}: neuron {name!r} has {numbers[wrong[0]]:g} in sample {wrong[0] + 1}; only 0 "
            "and 1, or -1 and +1, are possible (name the neurons with --neurons, if this is none"
            f"{IF_HEADER * (not wrong[0] and name.isdigit())})"
        )
    return found


def numbers_of(path: Path, name: str, values: np.ndarray, advice: str = "") -> np.ndarray:
    """Values as numbers, (n_samples,) float."""
    try:
        if values.dtype.kind not in "biufOU":
            raise TypeError(f"they are {values.dtype}")
        return values.astype(float)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{path}: column {name!r} does not hold numbers ({error}){advice}"
        ) from error


def stimuli_of(path: Path, name: str, values: np.ndarray) -> tuple[tuple, np.ndarray]:
    """The stimuli, sorted, and the number of each sample's, (n_samples,) int64."""
    if pd.isna(values).any():
        raise ValueError(f"{path}: column {name!r} has missing values")
    kinds = {type(value) for value in values.tolist()}
    if not (kinds <= {str} or kinds <= {bool, int, float}):
        raise ValueError(
            f"{path}: column {name!r} must hold either numbers or words, got values of "
            f"{', '.join(sorted(kind.__name__ for kind in kinds))}"
        )
    if kinds != {str}:
        values = values if values.dtype.kind in "biu" else numbers_of(path, name, values)
        if not np.isfinite(values).all():
            raise ValueError(f"{path}: column {name!r} must hold finite numbers, got infinity")
        if values.dtype.kind == "f" and (largest := np.abs(values).max()) >= 2**53:
            raise ValueError(
                f"{path}: column {name!r} has {largest:g}; numbers of 2**53 and more may be "
                "rounded to one another, so number the stimuli"
            )
    stimuli, inputs = np.unique(values, return_inverse=True)
    if stimuli.dtype.kind == "f" and (stimuli % 1).any():
        # 0.3 and 0.1 + 0.2 are one stimulus.
        size = np.abs(stimuli)
        new = np.diff(stimuli, prepend=-np.inf) > checks.ROUNDING * size + 1e-12 * size.max()
        stimuli, inputs = stimuli[new], (np.cumsum(new) - 1)[inputs]
    if len(stimuli) > MOST_STIMULI:
        raise ValueError(
            f"{path}: column {name!r} has {len(stimuli):,} values; at most {MOST_STIMULI} stimuli "
            "are possible, so group them"
        )
    return tuple(stimuli.tolist()), inputs.astype(np.int64)


def some(names) -> str:
    """The first ten of some names, for an error."""
    names = list(names)
    return ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")


def _loaded(path: Path, kind: str):
    """What a library makes of a file: a text, a frame, an array or a dict of arrays."""
    if kind in (".npy", *_PARQUET):
        with open(path, "rb") as file:
            if kind == ".npy":
                return np.lib.format.read_array(file)
            with extra("parquet"):
                import pyarrow.parquet  # noqa: F401
            frame = pd.read_parquet(file)
        is_named = any(name is not None for name in frame.index.names)
        return frame.reset_index() if is_named else frame
    if kind == ".npz":
        found = {}
        with open(path, "rb") as file, np.load(file) as arrays:
            for name in arrays:
                try:
                    found[name] = arrays[name]
                except ValueError:  # Python objects, which may stand beside the spikes
                    if name == "spikes":
                        raise
        return {name: one for name, one in found.items() if isinstance(one, np.ndarray)}
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"more than {_MOST_BYTES:,} bytes of text; .npy is smaller")
    return data.decode("utf-8-sig")


def _of_matrix(path: Path, matrix: np.ndarray) -> dict[str, np.ndarray]:
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{path} must hold a matrix of neurons and times, got {matrix.shape}")
    rows = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return {str(k): row for k, row in enumerate(rows)}


def _of_frame(path: Path, names: list[str], frame: pd.DataFrame) -> dict[str, np.ndarray]:
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise ValueError(f"{path} has several columns called {some(twice)}; rename them")
    return {name: _plain(frame.iloc[:, k].to_numpy()) for k, name in enumerate(names)}


def _plain(values: np.ndarray) -> np.ndarray:
    """Words without the blanks around them, that are not seen; nothing else is missing."""
    if values.dtype.kind not in "OU":
        return values
    plain = [one.strip() or np.nan if isinstance(one, str) else one for one in values.tolist()]
    return pd.Series(plain, dtype=object).to_numpy()


def _of_text(path: Path, text: str) -> Columns:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    remarks = []
    while (line := text.partition("\n")[0]) and _is_remark(line, text):
        remarks.append(_MARK.sub(r"\1", line, count=1).strip())
        text = text.partition("\n")[2].lstrip("\n")
    if not text.strip():
        raise ValueError(f"{path} has no rows of data")
    first = text.partition("\n")[0]
    separator = _separator(first, text.rpartition("\n")[2])
    cells, names = _cells(first, separator), None
    if remarks and not any(_number(cell) is None for cell in cells):
        names = _header_of(path, remarks, separator, len(cells))
    if names is None and _is_header(path, cells):
        names, text = cells, text.partition("\n")[2]
    if not text:
        raise ValueError(f"{path} has a header, but no rows of data")
    is_comma = separator in ";\t" and re.search(rf"(^|{separator})\s*[+-]?\d*,\d", text, re.M)
    try:
        frame = pd.read_csv(
            io.StringIO(text), header=None, sep=r"\s+" if separator == " " else separator,
            decimal="," if is_comma else ".", skipinitialspace=True, skip_blank_lines=False,
            keep_default_na=False, na_values=_MISSING, low_memory=False,
        )  # fmt: skip
    except (ValueError, OverflowError) as error:  # pandas' parser has errors of ValueError's kind
        raise ValueError(f"{path} is not a table ({str(error).strip()})") from error
    if len(frame) != text.count("\n") + 1:
        raise ValueError(
            f"{path} has a cell that goes over several lines; close its quotation mark"
        )
    if names is None:
        for k, dtype in enumerate(frame.dtypes):
            if dtype.kind not in "biuf":
                raise ValueError(f"{path}: column {k + 1} has words; give the columns a header")
        return Columns(_of_matrix(path, frame.to_numpy(dtype=float)), headless=True)
    if len(names) != frame.shape[1]:
        raise ValueError(
            f"{path}: its header has {len(names)} names ({some(names)}), but rows have "
            f"{frame.shape[1]} values; give each column a name, and the row numbers one, too"
            f"{'; a remark above the columns may be left out' * bool(remarks)}"
        )
    if "" in names:
        place = names.index("")
        numbers = frame[place].to_numpy()
        if place or numbers.dtype.kind != "i" or (np.diff(numbers) != 1).any():
            raise ValueError(f"{path}: column {place + 1} has no name; give it one in the header")
        names[0] = "row number"  # as pandas writes its index
    if _SIGN.match(names[0]) and len(names) > 1 and not any(map(_SIGN.match, names[1:])):
        raise ValueError(
            f"{path}: the first name of its header, {names[0]!r}, begins with a sign that the "
            "others lack; take it away"
        )
    return Columns(_of_frame(path, names, frame))


def _is_remark(line: str, text: str) -> bool:
    """Whether a line begins with a mark, and is not a header each of whose names has that sign."""
    if not (mark := _MARK.match(line)):
        return False
    if mark[2] == ";" and ";" in text.rpartition("\n")[2]:  # an empty cell of a table
        return False
    names = [name.strip("\"' ") for name in re.split(r"[,;\t ]+", line.strip())]
    return not all(re.match(rf"{re.escape(mark[2])}\w", name) for name in names)


def _separator(first: str, last: str) -> str:
    """What stands between the cells of a header, or first row, and of the last row."""
    plain = [re.sub(r'"[^"]*"', "x", line.strip()) for line in (first, last)]
    found = [one for one in ";\t, " if all(one in line for line in plain)]
    # One that rows lack is in the header for names that rows lack.
    return (found or [one for one in ";\t," if one in "".join(plain)] or [","])[0]


def _header_of(path: Path, remarks: list[str], separator: str, n_columns: int) -> list[str] | None:
    """The names among remarks above the columns; None if these are remarks only."""
    read = [[_cells(one, by) for by in dict.fromkeys((separator, *",;\t"))] for one in remarks]
    fitting = [next((cells for cells in ways if len(cells) == n_columns), None) for ways in read]
    names = [cells for cells in fitting if cells]
    if len(names) > 1:
        raise ValueError(
            f"{path}: {some(remarks)} may each be the header; put the names into a first line of "
            "their own, without a mark"
        )
    if not names:
        longest = max((max(ways, key=len) for ways in read), key=len)
        return longest if len(longest) > 1 else None
    remark, (names,) = remarks[[bool(cells) for cells in fitting].index(True)], names
    spoken = [name for name in names if not re.search(r"[\d_]", name) or name.isdigit()]
    by_blanks = separator == " " and names == remark.split()
    of_one_kind = len({name.split()[0] for name in names}) == 1  # unit 0, unit 1, ...
    in_words = any(" " in name for name in names) and not of_one_kind
    if in_words or (by_blanks and 1 < n_columns < 2 * len(spoken)):
        raise ValueError(
            f"{path}: {remark!r} may be the header or a remark; put the names into a first line "
            "without a mark, or take it away"
        )
    return names


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        line = re.sub(r"\s+", " ", line.strip())
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _is_header(path: Path, cells: list[str]) -> bool:
    """Whether a first row has names: words, or distinct numbers that are not states."""
    values = [_number(cell) for cell in cells if cell]
    numbers = [one for one in values if one is not None]
    distinct = len(set(numbers)) == len(numbers) and all(np.isfinite(numbers))
    are_names = distinct and not set(numbers) <= {0, 1, -1}
    if numbers and len(numbers) < len(values) and not are_names:
        raise ValueError(
            f"{path}: its first line, {some(cells)}, has words and numbers that may be data; give "
            "the columns a header without neurons called 0, 1 or -1"
        )
    # So are numbers behind an empty cell, as pandas writes them, and numbers without any state.
    if not cells[0] and distinct:
        return bool(values)
    no_state = all(np.isfinite(numbers)) and not set(numbers) & {0, 1, -1}
    return are_names or no_state if numbers else bool(values)


def _number(cell: str) -> float | None:
    """Its value, with the missing as NaN; None of a word."""
    if cell.lower() in ("true", "false"):
        return float(cell.lower() == "true")
    cell = cell.replace(",", ".")
    if not _NUMBER.fullmatch(cell):
        return None
    return float(cell) if cell.lower() != "na" else np.nan
