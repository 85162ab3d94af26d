"""What a sweep shows: its results as one table, and ``gallery/index.html``.

The gallery has the settings side by side, as pages that need nothing else.  Of notebooks, each with
its figures and a page of its own; of numbers, a table and the claims of all networks in one
picture.
"""

from __future__ import annotations

import base64
import io
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.files import put_folder, write_atomically
from ..ledger.loading import load_claims
from .settings import SweepFolder
from .targets import Target

if TYPE_CHECKING:
    import pandas as pd

COSTS = ("wall_seconds", "cpu_seconds", "peak_memory_mb")
MOST_GROUPS = 16  # that have room beside each other
_ABOUT = ("attempt", "host", "finished", "code")
OWN_COLUMNS = ("name", *COSTS, *_ABOUT, "remarks")  # no parameter can be called so
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 70rem;
  color: #222; background: #fff; }
img { max-width: 100%; height: auto; }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; font-size: .85rem; }
.wide { overflow-x: auto; max-height: 40rem; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; }
.thumbnails { display: flex; flex-wrap: wrap; gap: .5rem; }
.thumbnails img { width: 14rem; border: 1px solid #ddd; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #181818; } pre { background: #262626; }
  th, td { border-color: #444; } img { background: #fff; } a { color: #8ab4f8; } }
"""


def table_of(folder: SweepFolder, *, code: str | None = None) -> pd.DataFrame:
    """A row for each finished setting.

    Parameters
    ----------
    code : str, optional
        Only results of code with this fingerprint; of any where omitted.

    Returns
    -------
    pandas.DataFrame
        ``name``, a column for each parameter, one for each number, ``wall_seconds``,
        ``cpu_seconds`` and ``peak_memory_mb`` of the attempt that finished, and ``remarks``.  A
        number whose name is taken by one of the others is in the column ``result.NAME``.
    """
    import pandas as pd

    rows = []
    for name in folder.names():
        if result := folder.result(name, code):
            row = {"name": name}
            row |= {key: _cell(value) for key, value in result["values"].items()}
            for key, value in result["numbers"].items():
                is_taken = key in (*result["values"], *OWN_COLUMNS) or key.startswith("result.")
                row[f"result.{key}" if is_taken else key] = np.nan if value is None else value
            row |= {key: result[key] for key in (*COSTS, *_ABOUT)}
            rows.append({**row, "remarks": "; ".join(result["remarks"])})
    return pd.DataFrame(rows)


def write_table(folder: SweepFolder, table: pd.DataFrame) -> None:
    """Write ``table.csv``, and ``table.parquet`` if pyarrow is there."""
    write_atomically(folder.path / "table.csv", table.to_csv(index=False))
    buffer = io.BytesIO()
    with suppress(ImportError):
        try:
            table.to_parquet(buffer, index=False, engine="pyarrow")
        except (OverflowError, TypeError, ValueError):  # a column of several types, or of 2**70
            several = {name: str for name, kind in table.dtypes.items() if kind == "object"}
            table.astype(several).to_parquet(buffer := io.BytesIO(), index=False, engine="pyarrow")
        write_atomically(folder.path / "table.parquet", buffer.getvalue())


def varied(table: pd.DataFrame, parameters: Iterable[str]) -> list[str]:
    """Parameters that have more than one value in a table."""
    return [name for name in parameters if name in table and table[name].nunique() > 1]


def over_seeds(table: pd.DataFrame, numbers: Sequence[str], by: Sequence[str] = ()) -> pd.DataFrame:
    """Mean of each number over the networks of a group, and the range of their values.

    Networks of a sweep play the same trials unless it varies them, so an interval from their
    spread would leave the noise of trials out; there is none here.

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
        A row for each group and number: the columns ``by``, ``number``, ``n``, ``mean``,
        ``smallest`` and ``largest``.  Networks without the number are left out.  A column of
        ``by`` that is called like one of these is ``NAME (parameter)``.
    """
    import pandas as pd

    rows, own = [], ("number", "n", "mean", "smallest", "largest")
    said = [f"{name} (parameter)" if name in own else name for name in by]
    for key, group in _groups(table, by):
        for number in numbers:
            values = group[number].dropna().to_numpy(dtype=float)
            row = dict(zip(said, key, strict=True)) | {"number": number, "n": len(values)}
            if len(values):
                row |= {"mean": values.mean()}
                row |= {"smallest": values.min(), "largest": values.max()}
            rows.append(row)
    return pd.DataFrame(rows, columns=[*said, *own])


def label(values: Mapping[str, object], names: Iterable[str]) -> str:
    """A setting as ``seed=3 n_units=10``; ``defaults`` if no name is given."""
    return " ".join(f"{name}={_cell(values[name])}" for name in names) or "defaults"


def _cell(value):
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _groups(table: pd.DataFrame, by: Sequence[str]):
    """Pairs of the values of some columns, in the order of their first rows, and a table."""
    return table.groupby(list(by), sort=False, dropna=False) if by else [((), table)]


def write_gallery(
    folder: SweepFolder, target: Target, table: pd.DataFrame, failures: Mapping[str, str]
) -> None:
    """Write the gallery anew.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `table_of`.
    failures : dict of label to text
        Settings without a result, and why.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".gallery-", dir=folder.path))
    try:
        names = varied(table, target.parameters)
        body = [f"<p>{len(table)} settings are finished, {len(failures)} have no result.</p>"]
        if failures:
            rows = (f"<h3>{escape(n)}</h3><pre>{escape(t)}</pre>" for n, t in failures.items())
            body.append("<h2>Without a result</h2>" + "".join(rows))
        if len(table):
            body.append(f"<h2>Settings</h2>{_html(table[[*names, *COSTS, 'remarks']])}")
            body += _claims(new, table, names)
            body += _notebooks(new, folder, table, names)
        title = f"Sweep of {target.name}"
        (new / "index.html").write_text(page(title, "\n".join(body)), encoding="utf-8")
        new.chmod(0o755)
        put_folder(new, folder.gallery)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _claims(new: Path, table: pd.DataFrame, names: list[str]) -> list[str]:
    """The ledger's claims that were measured: a picture, and means over seeds by group."""
    claims = {c.id: c for c in load_claims() if c.id in table and np.isfinite(table[c.id]).any()}
    if not claims:
        return []

    from ...core.plot_seeds import fig_shares  # a second, and only some sweeps measure claims
    from ...robustness.seeds import claims_table, shares

    by = [name for name in names if name not in ("seed", "trials_seed")]
    means = over_seeds(table, list(claims), by)
    means["accepted"] = [str(claims[name].accepted) for name in means["number"]]
    means["published"] = [claims[name].published for name in means["number"]]
    groups = {
        label(dict(zip(by, key, strict=True)), by) if by else "all": group
        for key, group in _groups(table, by)
    }
    measured = {
        (name, k): numbers
        for name, group in groups.items()
        for k, numbers in group[list(claims)].iterrows()
    }
    held = shares(claims_table(measured, claims)).reindex(columns=list(groups)[:MOST_GROUPS])
    fig_shares(held, xlabel="settings").savefig(new / "claims.png", dpi=110)
    left_out = len(groups) - held.shape[1]
    more = f"<p>The first {MOST_GROUPS} groups; {left_out} more are in the table.</p>"
    return [
        "<h2>Claims</h2>",
        "<p>The share of a group's networks whose value counts as reproduced.</p>",
        more if left_out else "",
        '<img src="claims.png" alt="Share of networks that hold each claim, by group of settings">',
        "<h2>Means over networks</h2>",
        "<p>Mean, smallest and largest of the networks of a group.</p>",
        _html(means),
    ]


def _notebooks(new: Path, folder: SweepFolder, table: pd.DataFrame, names: list[str]) -> list[str]:
    """A page for every executed notebook, and its figures in small."""
    parts = []
    for row in table.to_dict("records"):
        path = folder.notebooks / f"{row['name']}.ipynb"
        if path.exists():
            import nbformat  # not there where no notebook could be run

            said, node = label(row, names), nbformat.read(path, as_version=4)
            images = "".join(notebook_page(node, said, row["name"], new))
            link = f'<a href="{row["name"]}.html">{escape(said)}</a>'
            parts.append(
                f'<section><h3>{link}</h3><div class="thumbnails">{images}</div></section>'
            )
    if not parts:
        return []
    return ["<h2>Notebooks</h2>", '<div class="settings">', *parts, "</div>"]


def _html(table: pd.DataFrame) -> str:
    text = table.to_html(index=False, border=0, na_rep="", float_format="{:.4g}".format)
    return f'<div class="wide">{text}</div>'


def page(title: str, body: str) -> str:
    """A whole page that loads nothing from elsewhere."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def notebook_page(node, title: str, name: str, folder: Path) -> list[str]:
    """Write an executed notebook as ``NAME.html``, and its figures beside it; return thumbnails."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark").enable("table")
    parts, thumbnails = ['<p><a href="index.html">All settings</a></p>'], []
    for cell in node.cells:
        if cell.cell_type == "markdown":
            parts.append(markdown.render(cell.source))
        elif cell.cell_type == "code":
            hidden = "hide-cell" in cell.metadata.get("tags", [])
            parts.append("" if hidden else f"<pre>{escape(cell.source)}</pre>")
            parts += [_output(output, cell, name, folder, thumbnails) for output in cell.outputs]
    (folder / f"{name}.html").write_text(page(title, "\n".join(parts)), encoding="utf-8")
    return thumbnails


def _output(output, cell, name: str, folder: Path, thumbnails: list[str]) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        number, said = len(thumbnails) + 1, cell.metadata.get("mystnb", {})
        file, anchor = f"{name}-{number}.png", f"figure-{number}"
        caption = said.get("figure", {}).get("caption", "")
        title = escape(said.get("figure", {}).get("name", f"figure {number}"))
        alt = said.get("image", {}).get("alt", caption or "A figure without a description")
        image = f'<img src="{file}" alt="{escape(alt)}"'
        (folder / file).write_bytes(base64.b64decode(data["image/png"]))
        link = f'<a href="{name}.html#{anchor}" title="{title}">'
        thumbnails.append(f'{link}{image} loading="lazy"></a>')
        caption = f"<figcaption>{escape(caption)}</figcaption>"
        return f'<figure id="{anchor}">{image}>{caption}</figure>'
    if "text/html" in data:
        return f'<div class="wide">{data["text/html"]}</div>'
    text = output.get("text") or data.get("text/plain", "")
    return f"<pre>{escape(text)}</pre>" if text else ""
