"""The book as a PDF, whole or not at all; pictures get lighter where nobody sees it."""

import shutil

import numpy as np
import pytest
import yaml
from PIL import Image
from small_repository import fake_browser

from iblrnn_helpers.publishing.site import printing

WHOLE = "<!doctype html><title>Book</title><h1>One</h1>" + "<p>words</p>" * 1000


@pytest.fixture
def single(tmp_path):
    """What Sphinx's singlehtml leaves: one long page, and a short one that leads to it."""
    folder = tmp_path / "single"
    (folder / "book").mkdir(parents=True)
    (folder / "index.html").write_text("<p>redirect</p>")
    (folder / "book" / "index.html").write_text(WHOLE + '<img src="../_static/a.svg">')
    return folder


def test_the_browser_is_the_one_named_or_one_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(printing, "BROWSERS", ("chromium", "google-chrome"))
    assert printing.find_browser() is None
    found = fake_browser(tmp_path, "")
    shutil.move(found, tmp_path / "google-chrome")
    assert printing.find_browser() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("CHROMIUM", "nothing-here")
    with pytest.raises(ValueError, match=r"CHROMIUM must name a program.*'nothing-here'"):
        printing.find_browser()


def test_the_reference_is_not_printed(tmp_path):
    toc = tmp_path / "_toc.yml"
    parts = [{"caption": name, "chapters": [{"file": name}]} for name in ("Part I", "Reference")]
    printed = {"root": "index", "parts": parts}
    reference = {"file": "book/api", "sections": [{"glob": "book/api/*"}]}
    whole = [parts[0], {**parts[1], "chapters": [*parts[1]["chapters"], reference]}]
    toc.write_text(yaml.safe_dump({**printed, "parts": whole}))
    printing.leave_out_reference(toc)
    assert yaml.safe_load(toc.read_text()) == printed


@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("sys.exit('no display')", "browser could not print the book: no display"),
        ("open(path, 'w').write('%PDF-1.4 half'); sys.exit(0)", "could not print"),
        ("time.sleep(60)", "took longer than 1 seconds"),
    ],
)
def test_half_a_pdf_is_none(single, tmp_path, monkeypatch, does, message):
    if "sleep" in does:
        monkeypatch.setattr(printing, "TIMEOUT", 1)
    output = tmp_path / "book.pdf"
    with pytest.raises(printing.PrintError, match=message):
        printing.print_book(fake_browser(tmp_path, does), single, output)
    assert not output.exists()


def test_a_browser_that_cannot_start_is_told(single, tmp_path):
    with pytest.raises(printing.PrintError, match="gone could not print"):
        printing.print_book(str(tmp_path / "gone"), single, tmp_path / "book.pdf")


def test_a_real_browser_prints(single, tmp_path):
    browser = printing.find_browser()
    if browser is None:
        pytest.skip("no browser here")
    output = tmp_path / "book.pdf"
    printing.print_book(browser, single, output)
    # A thousand paragraphs of a line: some dozens of pages.
    assert output.read_bytes().startswith(b"%PDF-") and printing.pages_in(output) > 20
    short = tmp_path / "reader.pdf"
    printing.print_book(browser, single, short, lambda text: text.replace("<p>words</p>", ""))
    assert printing.pages_in(short) == 1
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(printing.link_markdown())
    printing.add_pdfs(tmp_path, site)
    assert "The book for reading</a> (1 pages, 0 MB)" in (site / "index.html").read_text()
    assert (site / "reader.pdf").exists() and not short.exists()


@pytest.fixture
def small_is_large(monkeypatch):
    """So that the pictures here can be small."""
    monkeypatch.setattr(printing, "LARGE", 10_000)


def figure(n_lines, size=200):
    """A picture with few colours but little to compress: short lines at random places."""
    rng = np.random.default_rng(1)
    image = np.full((size, size, 4), 255, np.uint8)
    colours = rng.integers(0, 256, (40, 3))
    for row, column, k in rng.integers(0, (size, size, 40), (n_lines, 3)):
        image[row, column : column + 4, :3] = colours[k]
    return image


def photograph(size=100):
    """A picture with far more than 256 colours."""
    image = np.random.default_rng(1).integers(0, 256, (size, size, 4)).astype(np.uint8)
    image[..., 3] = 255
    return image


def see_through():
    image = figure(7_000)
    image[:10, :10, 3] = 0
    return image


@pytest.fixture
def write(tmp_path, small_is_large):
    def write(array):
        Image.fromarray(array).save(tmp_path / "a.png")
        return tmp_path / "a.png"

    return write


def test_a_large_figure_gets_lighter_and_looks_the_same(write):
    path = write(figure(7_000))
    size, before = path.stat().st_size, np.asarray(Image.open(path).convert("RGB"), int)
    saved = printing.lighten(path.parent)
    assert saved == size - path.stat().st_size > 0.2 * size
    after = np.asarray(Image.open(path).convert("RGB"), int)
    assert np.abs(after - before).max() <= printing.LARGEST_CHANGE
    assert printing.lighten(path.parent) == 0  # once is enough


@pytest.mark.parametrize("array", [figure(10), photograph(), see_through()])
def test_others_stay_as_they_are(write, array):
    path = write(array)
    before = path.read_bytes()
    assert printing.lighten(path.parent) == 0
    assert path.read_bytes() == before
