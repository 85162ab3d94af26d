"""The book as a PDF: which browser prints, in which order, and what becomes of a failure."""

import shutil

import pytest
import yaml
from small_repository import fake_browser

from iblrnn_helpers.publishing.site import printing as pdf

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
    monkeypatch.setattr(pdf, "BROWSERS", ("chromium", "google-chrome"))
    assert pdf.find_browser() is None
    found = fake_browser(tmp_path, "")
    shutil.move(found, tmp_path / "google-chrome")
    assert pdf.find_browser() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("CHROMIUM", "nothing-here")
    with pytest.raises(ValueError, match=r"CHROMIUM must name a program.*'nothing-here'"):
        pdf.find_browser()


def test_chapters_come_before_the_rest(tmp_path):
    toc = tmp_path / "_toc.yml"
    names = ("Running", "Part I", "Part II", "Reference")
    parts = [{"caption": name, "chapters": [{"file": name}]} for name in names]
    parts[-1]["chapters"].append({"file": "book/api", "sections": [{"glob": "book/api/*"}]})
    toc.write_text(yaml.safe_dump({"root": "index", "parts": parts}))
    pdf.reorder(toc)
    found = yaml.safe_load(toc.read_text())["parts"]
    assert [part["caption"] for part in found] == ["Part I", "Part II", "Running", "Reference"]
    assert found[-1]["chapters"] == [{"file": "Reference"}]  # the package's is for the screen
    short = yaml.safe_dump({"root": "index", "chapters": [{"file": "a"}]})
    toc.write_text(short)
    pdf.reorder(toc)
    assert toc.read_text() == short


@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("sys.exit('no display')", "browser could not print the book: no display"),
        ("open(path, 'w').write('%PDF-1.4 half'); sys.exit(0)", "could not print"),
        ("time.sleep(60)", "took longer than 1 seconds"),
    ],
)
def test_half_a_pdf_is_none(single, tmp_path, monkeypatch, does, message):
    monkeypatch.setattr(pdf, "TIMEOUT", 1 if "sleep" in does else 30)
    output = tmp_path / "book.pdf"
    with pytest.raises(pdf.PrintError, match=message):
        pdf.print_book(fake_browser(tmp_path, does), single, output)
    assert not output.exists()


def test_a_browser_that_cannot_start_is_told(single, tmp_path):
    with pytest.raises(pdf.PrintError, match="gone could not print"):
        pdf.print_book(str(tmp_path / "gone"), single, tmp_path / "book.pdf")


def test_a_real_browser_prints(single, tmp_path):
    browser = pdf.find_browser()
    if browser is None:
        pytest.skip("no browser here")
    output = tmp_path / "book.pdf"
    pdf.print_book(browser, single, output)
    data = output.read_bytes()
    # A thousand paragraphs of a line: some dozens of pages.
    assert data.startswith(b"%PDF-") and data.count(b"/Type /Page\n") > 20
