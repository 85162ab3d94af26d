"""Building the book: a small real one, its buttons, and what a warning does."""

import json
import os
import re
import shlex
import shutil
import subprocess
import threading
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from small_repository import command, fake_browser, iblrnn, write_notebook
from toys import wait_for

from iblrnn_helpers.publishing.running.planning import Places, plan
from iblrnn_helpers.publishing.site import book, printing

pytestmark = pytest.mark.slow  # each builds a book
REPOSITORY = Path(__file__).resolve().parents[3]
FIGURE = "import matplotlib.pyplot as plt\n_, axes = plt.subplots()\naxes.plot([1, 2])\nplt.show()"


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """This repository's own pages and settings around one small notebook, built with PDFs."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("book", "extra"):
        shutil.copytree(REPOSITORY / name, root / name)
    for name in ("_config.yml", "pyproject.toml", "LICENSE"):
        shutil.copy2(REPOSITORY / name, root)
    # Pages that do not depend on the chapters, which are not in here.
    (root / "book" / "index.md").write_text(
        "# A small book\n\nThe code: {{ repository }}.\n\n```{include} generated/pdf.md\n```\n"
    )
    (root / "book" / "own_work.md").write_text("# In your own work\n")
    names = ("howto", "own_work", "sweeps", "claims", "times", "glossary", "bibliography")
    pages = [f"book/{name}" for name in names]
    chapters = [{"file": name} for name in (*pages, "notebooks/01_small")]
    toc = {"format": "jb-book", "root": "book/index", "chapters": chapters}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc))
    image = '"image": {"alt": "A line"}'
    metadata = 'mystnb={"figure": {"caption": "A line.", "name": "line"}, ' + image + "}"
    write_notebook(root, "01_small", "print('a small notebook')").open("a").write(
        f"\n# %% {metadata}\n{FIGURE}\n\n# %% [markdown]\n# With $x^2$ and "
        "[nats](../book/glossary.md#term-nat).\n"
    )
    page = "'%PDF-1.4' + ' /Type /Page' * 161 + '%%EOF'"
    browser = fake_browser(tmp_path_factory.mktemp("browser"), f"open(path, 'w').write({page})")
    environment = {**os.environ, "CHROMIUM": browser}
    done = iblrnn(root, "book", "--profile", "smoke", env=environment)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(places=Places(root, root / "build"), said=done.stdout, browser=browser)


@pytest.fixture
def short_pages(small_book, tmp_path):
    """A copy, in which no page takes long to build: what is tested is not in these."""
    root = shutil.copytree(small_book.places.root, tmp_path / "copy")
    for name in ("howto", "sweeps", "claims"):
        (root / "book" / f"{name}.md").write_text(f"# {name}\n")
    return Places(root, root / "build")


def test_the_book_is_built_and_says_where_it_is(small_book):
    places, said = small_book.places, small_book.said
    page = (places.site / "notebooks" / "01_small.html").read_text()
    assert "a small notebook" in page and 'alt="A line"' in page
    meaning = 'title="A unit of information, as the bit is, with natural logarithms: one nat'
    assert 'class="meaning reference' in page and meaning in page
    assert "book: build/site/index.html" in said
    assert "http.server --directory build/site" in said
    assert "not judged" in said.splitlines()[-1]
    assert (places.site / "_static" / "mathjax" / "tex-chtml.js").exists()
    assert "01_small" in (places.site / "book" / "times.html").read_text()
    assert "At the edge" in (places.site / "book" / "claims.html").read_text()
    assert not list(places.out.glob(".book-*")) and not list(places.out.glob(".old-*"))


def test_the_front_page_is_a_whole_page_that_leads_to_the_book(small_book):
    places = small_book.places
    page = (places.site / "index.html").read_text()
    assert 'content="0; url=book/index.html"' in page and '<html lang="en">' in page
    assert "<title>How does a network infer hidden causes?</title>" in page
    (icon,) = re.findall(r'<link rel="icon" href="([^"]+)">', page)
    assert (places.site / icon).exists()


def test_buttons_open_the_committed_notebook_of_this_repository(small_book):
    places = small_book.places
    address = book.repository(places.root)
    name = address.removeprefix("https://github.com/")
    page = (places.site / "notebooks" / "01_small.html").read_text()
    notebook = "notebooks/01_small.ipynb"
    assert f"https://colab.research.google.com/github/{name}/blob/main/{notebook}" in page
    assert f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/{notebook}" in page
    # The download is the executed one.
    download = json.loads((places.site / "_sources" / notebook).read_text())
    assert any(cell.get("outputs") for cell in download["cells"])


def test_a_page_says_how_to_rerun_it(small_book):
    places = small_book.places
    page = (places.site / "notebooks" / "01_small.html").read_text()
    raw = book.repository(places.root).replace("github.com", "raw.githubusercontent.com")
    assert "<summary>Rerun this page</summary>" in page
    words = re.sub(r"<[^>]+>", "", page)
    assert f"papermill {raw}/main/notebooks/01_small.ipynb 01_small.ipynb" in words
    assert "-p profile smoke" in words and "-p n 3" in words


def test_no_page_loads_thebe_or_anything_from_outside(small_book):
    places = small_book.places
    for path in places.site.rglob("*.html"):
        text = path.read_text()
        assert "sphinx-thebe.js" not in text and "THEBE_JS_URL" not in text
        for start in ('src="http', "src='http", 'rel="stylesheet" href="http'):
            assert start not in text, path


def test_a_second_build_does_nothing(small_book, iblrnn_here, monkeypatch):
    places = small_book.places
    before = (places.site / "index.html").stat().st_mtime_ns
    monkeypatch.setenv("CHROMIUM", small_book.browser)
    done = iblrnn_here(places.root, "book", "--profile", "smoke")
    assert done.returncode == 0 and "(up to date)" in done.stdout
    assert (places.site / "index.html").stat().st_mtime_ns == before


def test_a_warning_or_a_kill_keeps_the_last_good_site_and_a_fork_has_its_own(
    short_pages, iblrnn_here, monkeypatch
):
    places = short_pages
    before = (places.site / "book" / "index.html").read_bytes()
    index = places.root / "book" / "index.md"
    good = index.read_text()
    index.write_text(good + "\n![No such picture](_static/none.png)\n")
    done = iblrnn_here(places.root, "book", "--no-pdf", "--profile", "smoke")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "none.png" in done.stderr and "build/book.log" in done.stderr
    index.write_text(good + "\nNew.\n")
    process = subprocess.Popen(
        command("book", "--no-pdf", "--profile", "smoke"),
        cwd=places.root,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line.startswith("book: building"):
            break
    time.sleep(1)
    process.kill()
    process.communicate()
    assert (places.site / "book" / "index.html").read_bytes() == before
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/fork")
    done = iblrnn_here(places.root, "book", "--no-pdf", "--profile", "smoke")
    assert done.returncode == 0, done.stderr
    assert "New." in (places.site / "book" / "index.html").read_text()
    page = (places.site / "notebooks" / "01_small.html").read_text()
    assert "github.com/somebody/fork" in page and "iblrnn/iblrnn-book/blob" not in page
    assert "somebody.github.io/fork/" in (places.site / "sitemap.xml").read_text()
    assert not list(places.out.glob(".book-*"))


def test_the_site_links_to_its_pdfs(small_book):
    places, said = small_book.places, small_book.said
    assert "book: reader.pdf has 161 pages, more than 160" in said
    page = (places.site / "book" / "index.html").read_text()
    for name in ("book", "reader"):
        assert (places.site / f"{name}.pdf").read_text().startswith("%PDF-1.4")
        assert f"build/site/{name}.pdf" in said
        assert f'href="../{name}.pdf"' in page and page.count("(161 pages, 0 MB)") == 2


def test_without_a_pdf_nothing_links_to_one(short_pages, monkeypatch):
    places = short_pages
    index = places.site / "book" / "index.html"

    def fail(browser, folder, *arguments):
        """As late as can be, when the pages have their links."""
        wait_for((folder.parent / "_build" / "html" / "searchindex.js").exists)
        raise printing.PrintError("browser has no display")

    monkeypatch.setattr(book, "_print_pdfs", fail)
    said = []
    book.build(places, plan(places, profile="smoke"), browser="browser", say=said.append)
    assert "book: no PDF, because browser has no display" in said
    assert "book.pdf" not in index.read_text() and not (places.site / "book.pdf").exists()


def test_a_failing_notebook_stops_the_book(small_book, iblrnn_here):
    places = small_book.places
    before = (places.site / "index.html").stat().st_mtime_ns
    broken = write_notebook(places.root, "02_broken", "1 / 0")
    try:
        done = iblrnn_here(places.root, "book", "--no-pdf", "--profile", "smoke")
        assert done.returncode == 1
        assert "02_broken failed" in done.stderr and "the book was not built" in done.stderr
        assert (places.site / "index.html").stat().st_mtime_ns == before
    finally:
        broken.unlink()


def test_links_that_lead_nowhere_are_named(tmp_path):
    for name in ("book", "extra"):
        (tmp_path / name).mkdir()
    for name in ("_config.yml", "pyproject.toml", "LICENSE"):
        shutil.copy2(REPOSITORY / name, tmp_path)
    for name in ("_ext", "_static", "references.bib"):
        (tmp_path / "book" / name).symlink_to(REPOSITORY / "book" / name)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    (tmp_path / "build").mkdir()
    places = Places(tmp_path, tmp_path / "build")

    class Quiet(SimpleHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200 if self.path == "/here" else 404)
            self.end_headers()

        do_GET = do_HEAD

        def log_message(self, *ignored):
            pass

    server = HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    page = tmp_path / "book" / "index.md"
    try:
        page.write_text(f"# Links\n\n[here]({address}/here), [there]({address}/there)\n")
        with pytest.raises(RuntimeError, match=rf"broken +{address}/there") as told:
            book.check_links(places, [])
        assert "/here" not in str(told.value) and "links.log" in str(told.value)
        assert not list(places.out.glob(".book-*"))
    finally:
        server.shutdown()
        server.server_close()


def test_addresses(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    project = tmp_path / "pyproject.toml"
    project.write_text('[project.urls]\nRepository = "https://github.com/Some/book"\n')
    assert book.repository(tmp_path) == "https://github.com/Some/book"
    assert book.pages_url("https://github.com/Some/book") == "https://some.github.io/book/"
    assert book.pages_url("https://github.com/Some/some.github.io") == "https://some.github.io/"
    project.write_text('[project.urls]\nRepository = "https://example.org/book"\n')
    with pytest.raises(ValueError, match=r"pyproject.toml must be https://github.com/OWNER/NAME"):
        book.repository(tmp_path)
    monkeypatch.setenv("GITHUB_REPOSITORY", "not a slug")
    with pytest.raises(ValueError, match="GITHUB_REPOSITORY must be"):
        book.repository(tmp_path)


def test_values_in_a_papermill_line_reach_papermill_as_they_are():
    from papermill.cli import papermill as command

    from iblrnn_helpers.publishing.site.chapters import papermill_options

    values = {"n": 3, "rate": 0.05, "law": "it's one", "mice": ["A_1", "B 2"], "none": []}
    line = shlex.split(" ".join(papermill_options(values)))
    given = command.make_context("papermill", ["in.ipynb", "out.ipynb", *line]).params
    read = {}
    for name, value in given["parameters"]:
        read[name] = yaml.safe_load(value)
    for text in given["parameters_yaml"]:
        read.update(yaml.safe_load(text))
    assert read == values
