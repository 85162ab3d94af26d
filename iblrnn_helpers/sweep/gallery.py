"""``gallery/index.html``: a sweep's settings side by side, as pages that need nothing else.

Of notebooks, each with its figures and a page of its own; of numbers, a table and the claims of
all networks in one picture.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .executed_page import Shown, notebook_page, page
from .folder import SweepFolder
from .table import COSTS, label, over_seeds, varied
from .targets import Target

if TYPE_CHECKING:
    import pandas as pd

MOST_GROUPS = 7  # that colours and markers tell apart


def write_gallery(
    folder: SweepFolder, target: Target, table: pd.DataFrame, failures: Mapping[str, str]
) -> None:
    """Write the gallery anew.

    Parameters
    ----------
    folder : SweepFolder
    target : Target
    table : pandas.DataFrame
        Of :func:`iblrnn_helpers.sweep.table.table_of`.
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
        _put(new, folder.gallery)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _put(new: Path, place: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix=".gallery-", dir=place.parent))
    try:
        if place.exists():
            os.replace(place, old / "old")
        os.replace(new, place)
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _claims(new: Path, table: pd.DataFrame, names: list[str]) -> list[str]:
    """The ledger's claims that were measured: a picture, and means over seeds by group."""
    from ..claims.claim import load_claims
    from ..figures.forest import fig_forest

    claims = {c.id: c for c in load_claims() if c.id in table and table[c.id].notna().any()}
    if not claims:
        return []
    by = [name for name in names if name not in ("seed", "trials_seed")]
    means = over_seeds(table, list(claims), by)
    means["accepted"] = [str(claims[name].accepted) for name in means["number"]]
    means["published"] = [claims[name].published for name in means["number"]]
    groups = {
        label(dict(zip(by, key, strict=True)), by) if by else "all": group
        for key, group in (table.groupby(by, sort=False, dropna=False) if by else [((), table)])
    }
    drawn = dict(list(groups.items())[:MOST_GROUPS])
    figure = fig_forest(
        {name: {g: rows[name].dropna().to_numpy() for g, rows in drawn.items()} for name in claims},
        {name: claim.accepted for name, claim in claims.items()},
        {name: claim.published for name, claim in claims.items() if claim.published is not None},
    )
    figure.savefig(new / "claims.png", dpi=110)
    left_out = len(groups) - len(drawn)
    return [
        "<h2>Claims</h2>",
        "<p>Each value on the scale of what counts as reproduced, which is from −1 to 1. The bar "
        "is the published value. Values far outside stand at the edge.</p>",
        f"<p>The first {MOST_GROUPS} groups; {left_out} more are in the table.</p>"
        if left_out else "",
        '<img src="claims.png" alt="Measured values of every claim by group of settings">',
        "<h2>Means over networks</h2>",
        "<p>Mean and its bootstrapped 95% interval over the networks of a group.</p>",
        _html(means),
    ]  # fmt: skip


def _notebooks(new: Path, folder: SweepFolder, table: pd.DataFrame, names: list[str]) -> list[str]:
    """A page for every executed notebook, and its figures in small."""
    import nbformat

    pages: dict[str, tuple[str, list[Shown]]] = {}
    for row in table.to_dict("records"):
        path = folder.notebooks / f"{row['name']}.ipynb"
        if path.exists():
            said = label(row, names)
            node = nbformat.read(path, as_version=4)
            figures = notebook_page(node, f"{said}", row["name"], new)
            pages[said] = (f"{row['name']}.html", figures)
    if not pages:
        return []
    parts = ["<h2>Notebooks</h2>", '<div class="settings">']
    for said, (file, figures) in pages.items():
        images = "".join(
            f'<a href="{file}#{f.anchor}" title="{escape(f.title)}">'
            f'<img src="{f.file}" alt="{escape(f.alt)}" loading="lazy"></a>'
            for f in figures
        )
        parts.append(
            f'<section><h3><a href="{file}">{escape(said)}</a></h3>'
            f'<div class="thumbnails">{images}</div></section>'
        )
    return [*parts, "</div>"]


def _html(table: pd.DataFrame) -> str:
    text = table.to_html(index=False, border=0, na_rep="", float_format="{:.4g}".format)
    return f'<div class="wide">{text}</div>'
