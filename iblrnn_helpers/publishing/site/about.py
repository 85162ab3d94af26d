"""What the front page says about the book itself: its version, its date, how to cite it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from datetime import date, datetime, timezone
from importlib import metadata
from pathlib import Path
from textwrap import TextWrapper

from ...core.fingerprint import PACKAGE

CITATION = "CITATION.cff"
COLUMNS = 78  # of a code block on the page
# BibTeX's type, and the field that names where it appeared, by a reference's type in the file.
KINDS = {"conference-paper": ("inproceedings", "booktitle"), "article": ("article", "journal")}


def about_markdown(root: Path, address: str) -> str:
    """Version and date, contact, and BibTeX entries of what `CITATION.cff` names.

    Parameters
    ----------
    root : Path
        The repository, with the file. Without it there is nothing to cite.
    address : str
        The repository's, as ``https://github.com/OWNER/NAME``.
    """
    import yaml

    made = date_of(root)
    version = metadata.version(PACKAGE.name)
    when = f" of {made.day} {made:%B %Y}" if made else ""
    parts = [
        f"This is version {version}{when} ([what changed](changelog.md), [what it was built "
        f"with](times.md)). Questions and corrections are welcome as "
        f"[issues]({address}/issues)."
    ]
    if (root / CITATION).exists():
        cited = yaml.safe_load((root / CITATION).read_text(encoding="utf-8"))
        parts += [cited["message"], f"```bibtex\n{bibtex(cited, address, made)}\n```"]
    return "\n\n".join(parts) + "\n"


def date_of(root: Path) -> date | None:
    """The day of the build's source: of ``SOURCE_DATE_EPOCH`` if set, else of the last commit.

    Raises
    ------
    ValueError
        If ``SOURCE_DATE_EPOCH`` is not a number of seconds.
    """
    if seconds := os.environ.get("SOURCE_DATE_EPOCH", "").strip():
        if not re.fullmatch(r"\d{1,11}", seconds):
            raise ValueError(f"SOURCE_DATE_EPOCH must be seconds since 1970, got {seconds!r}")
        return datetime.fromtimestamp(int(seconds), timezone.utc).date()
    # Only commits that touch this folder: it may lie, without a history, in another repository.
    command = ["git", "-C", str(root), "log", "-1", "--format=%cs", "--", "."]
    try:
        said = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return None
    return date.fromisoformat(said) if said else None


def bibtex(cited: Mapping, address: str, made: date | None) -> str:
    """BibTeX entries of a citation file: of the book, and of what it refers to."""
    book = {
        "author": _authors(cited["authors"]),
        "title": f"{{{cited['title']}}}",
        "version": cited["version"],
        "year": made and made.year,
        "url": address,
    }
    entries = [_entry("software", address.split("/")[-1], book)]
    for paper in cited.get("references", ()):
        kind, where = KINDS[paper["type"]]
        place = paper.get("conference", {}).get("name") or paper.get("journal")
        first = paper["authors"][0]
        fields = {
            "author": _authors(paper["authors"]),
            "title": f"{{{paper['title']}}}",
            where: place,
            "volume": paper.get("volume"),
            "year": paper["year"],
            "doi": paper.get("doi"),
        }
        key = re.sub(r"\W", "", first.get("family-names", first.get("name", ""))).lower()
        entries.append(_entry(kind, f"{key}{paper['year']}", fields))
    return "\n\n".join(entries)


def _authors(people) -> str:
    return " and ".join(
        f"{one['family-names']}, {one['given-names']}"
        if "family-names" in one
        else f"{{{one['name']}}}"
        for one in people
    )


def _entry(kind: str, key: str, fields: Mapping[str, object]) -> str:
    wrap = TextWrapper(
        COLUMNS, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    given = {name: value for name, value in fields.items() if value is not None}
    lines = [wrap.fill(f"  {name} = {{{value}}},") for name, value in given.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])
