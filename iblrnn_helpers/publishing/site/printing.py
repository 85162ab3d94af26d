"""What is done to the site's files: the book as PDFs, and lighter pictures.

Chrome or Chromium, if there is one, prints all pages on one.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...core.files import write_atomically
from . import reader
from .reference import FRONT

NAME = "book.pdf"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
TIMEOUT = 600  # seconds
# Each shadow would be a picture: two thousand of them, 12 MB. The id outweighs the theme's rules.
FLAT = "<style>@media print { :not(#_) { box-shadow: none !important } }</style>"
LARGE = 100_000  # bytes of a picture
LARGEST_CHANGE = 8  # of 255, in any colour of any pixel


class PrintError(RuntimeError):
    """A browser that could not print."""


def find_browser() -> str | None:
    """The browser that prints: the one named in ``CHROMIUM``, else one that is installed.

    Raises
    ------
    ValueError
        If ``CHROMIUM`` names no program.
    """
    named = os.environ.get("CHROMIUM", "").strip()
    if named and not shutil.which(named):
        raise ValueError(f"CHROMIUM must name a program that can be run, got {named!r}")
    return next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)


def leave_out_reference(toc: Path) -> None:
    """Take the package's reference, which is for the screen, out of a table of contents."""
    import yaml

    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    for part in contents.get("parts", ()):
        part["chapters"] = [page for page in part["chapters"] if page.get("file") != FRONT]
    toc.write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")


def link_markdown() -> str:
    """What pages say of the PDFs, which will lie at the top of the site; `add_pdfs` tells sizes."""
    read, whole = (
        f'<a href="../{name}" type="application/pdf">{{}}</a> {_size_of(name)}'
        for name in (reader.NAME, NAME)
    )
    return (
        f"* **Take it along.** {read.format('The book for reading')}: no code; solutions at the "
        "back, by chapter, so that exercises can be printed without. "
        f"{whole.format('The whole book')}: with code, ledger and all else.\n"
    )


def add_pdfs(folder: Path, site: Path) -> None:
    """Move PDFs to the top of a site, and tell on its pages how large they are."""
    sizes = {}
    for path in folder.glob("*.pdf"):
        told = f"({pages_in(path):,} pages, {path.stat().st_size / 1e6:.0f} MB)"
        sizes[_size_of(path.name)] = told
        path.replace(site / path.name)
    for page in site.rglob("*.html"):
        before = after = page.read_text(encoding="utf-8")
        for place, told in sizes.items():
            after = after.replace(place, told)
        if after != before:
            page.write_text(after, encoding="utf-8")


def _size_of(name: str) -> str:
    return f'<span data-size-of="{name}"></span>'


def pages_in(printed: Path) -> int:
    """How many pages a PDF has that a browser printed."""
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


def print_book(
    browser: str, single: Path, output: Path, edit: Callable[[str], str] = lambda text: text
) -> None:
    """Print the output of Sphinx's ``singlehtml``.

    Parameters
    ----------
    browser : str
        Of Chrome's family, version 112 or newer.
    single : Path
        Folder that Sphinx wrote.
    output : Path
        The PDF.
    edit : callable, optional
        Makes of the page's HTML what is printed.

    Raises
    ------
    PrintError
        If the browser fails, takes more than ten minutes or writes no whole PDF. The message ends
        with what it said.
    """
    # The other ones lead to it.
    page = max(single.rglob("index.html"), key=lambda path: path.stat().st_size)
    whole = single / "whole.html"
    # Sphinx writes addresses as if the page lay at the top.
    text = page.read_text(encoding="utf-8").replace('"../_static/', '"_static/')
    whole.write_text(edit(text.replace("</head>", f"{FLAT}</head>")), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:  # else an open browser would get the job
        command = [
            *(browser, "--headless=new", "--disable-gpu", f"--user-data-dir={profile}"),
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            "--virtual-time-budget=120000",  # milliseconds of the page's own clock: for MathJax
            *("--no-pdf-header-footer", "--generate-pdf-document-outline"),
            *(f"--print-to-pdf={output}", whole.as_uri()),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
            said, code = done.stderr.strip()[-500:], done.returncode
        except subprocess.TimeoutExpired:
            said, code = f"it took longer than {TIMEOUT} seconds", 1
        except OSError as error:
            said, code = str(error), 1
    whole_pdf = output.exists() and b"%%EOF" in output.read_bytes()[-64:]
    if code or not whole_pdf:
        output.unlink(missing_ok=True)
        raise PrintError(f"{Path(browser).name} could not print the book: {said}")


def lighten(folder: str | Path) -> int:
    """Write the large PNG files of a folder with a palette of 256 colours; return bytes saved.

    A figure has few colours, and the shades at the edges of its lines. One in which a pixel would
    change visibly (a photograph would) or that lets something shine through stays as it is, and
    so does one that would not get smaller.
    """
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(_lighten, Path(folder).glob("*.png")))


def _lighten(path: Path) -> int:
    import numpy as np
    from PIL import Image

    size = path.stat().st_size
    if size <= LARGE:
        return 0
    with Image.open(path) as picture:
        if picture.convert("RGBA").getchannel("A").getextrema() != (255, 255):
            return 0
        before = picture.convert("RGB")
    after = before.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    change = np.asarray(before, np.int16) - np.asarray(after.convert("RGB"), np.int16)
    if np.abs(change).max() > LARGEST_CHANGE:
        return 0
    data = io.BytesIO()
    after.save(data, "png", optimize=True)
    if data.tell() >= size:
        return 0
    write_atomically(path, data.getvalue())
    return size - data.tell()
