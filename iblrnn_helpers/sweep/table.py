"""The results of a sweep as one table, and what is the same in all seeds."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.resample import bootstrapped_mean
from ..files import write_atomically
from .folder import SweepFolder

if TYPE_CHECKING:
    import pandas as pd

COSTS = ("wall_seconds", "cpu_seconds", "peak_memory_mb")
_ABOUT = ("attempt", "host", "finished", "code")


def table_of(
    folder: SweepFolder, names: Iterable[str] | None = None, *, code: str | None = None
) -> pd.DataFrame:
    """A row for each finished setting.

    Parameters
    ----------
    folder : SweepFolder
    names : iterable of str, optional
        Settings, in order; all that the folder has where omitted.
    code : str, optional
        Only results of code with this fingerprint; of any where omitted.

    Returns
    -------
    pandas.DataFrame
        ``name``, a column for each parameter, one for each number, ``wall_seconds``,
        ``cpu_seconds`` and ``peak_memory_mb`` of the attempt that finished, and ``remarks``.
    """
    import pandas as pd

    rows = []
    for name in folder.names() if names is None else names:
        if result := folder.result(name, code):
            values = {key: _cell(value) for key, value in result["values"].items()}
            about = {key: result[key] for key in (*COSTS, *_ABOUT)}
            remarks = "; ".join(result["remarks"])
            numbers = {k: np.nan if v is None else v for k, v in result["numbers"].items()}
            rows.append({"name": name, **values, **numbers, **about, "remarks": remarks})
    return pd.DataFrame(rows)


def write_table(folder: SweepFolder, table: pd.DataFrame) -> list[str]:
    """Write ``table.csv``, and ``table.parquet`` if pyarrow is there; return what was written."""
    write_atomically(folder.path / "table.csv", table.to_csv(index=False))
    written = ["table.csv"]
    buffer = io.BytesIO()
    try:
        table.to_parquet(buffer, index=False, engine="pyarrow")
    except ImportError:
        return written
    write_atomically(folder.path / "table.parquet", buffer.getvalue())
    return [*written, "table.parquet"]


def varied(table: pd.DataFrame, parameters: Iterable[str]) -> list[str]:
    """Parameters that have more than one value in a table."""
    return [name for name in parameters if name in table and table[name].nunique() > 1]


def over_seeds(table: pd.DataFrame, numbers: Sequence[str], by: Sequence[str] = ()) -> pd.DataFrame:
    """Mean of each number over the networks of a group, with its bootstrapped 95% interval.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`table_of`.
    numbers : sequence of str
        Columns.
    by : sequence of str
        Columns whose values make a group; one group of all where empty.

    Returns
    -------
    pandas.DataFrame
        A row for each group and number: the columns ``by``, ``number``, ``n``, ``mean``, ``low``,
        ``high`` (NaN for a single network), ``smallest`` and ``largest``.  Networks without the
        number are left out.
    """
    import pandas as pd

    by, rows = list(by), []
    groups = table.groupby(by, sort=False, dropna=False) if by else [((), table)]
    for key, group in groups:
        for number in numbers:
            values = group[number].dropna().to_numpy(dtype=float)
            row = dict(zip(by, key, strict=True)) | {"number": number, "n": len(values)}
            if len(values):
                mean, interval = bootstrapped_mean(values)
                low, high = interval or (np.nan, np.nan)
                row |= {"mean": mean, "low": low, "high": high}
                row |= {"smallest": values.min(), "largest": values.max()}
            rows.append(row)
    columns = [*by, "number", "n", "mean", "low", "high", "smallest", "largest"]
    return pd.DataFrame(rows, columns=columns)


def label(values: Mapping[str, object], names: Iterable[str]) -> str:
    """A setting as ``seed=3 n_units=10``; ``defaults`` if no name is given."""
    return " ".join(f"{name}={_cell(values[name])}" for name in names) or "defaults"


def _cell(value):
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return value
