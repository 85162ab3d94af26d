"""Build the book: executed notebooks and narrative pages, staged together, into a static site.

``iblrnn book`` runs what is out of date before.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import escape
from importlib import metadata
from pathlib import Path

from ...core import checks
from ...core.files import put_folder
from ...core.fingerprint import PACKAGE
from ..ledger import summaries
from ..ledger.results import answers, results
from ..running import pipeline
from ..running.planning import Places, PlannedRun, find_places, plan, read_record, shown
from . import printing, reader
from .chapters import make_chapter
from .drawings import FOLDER, drawings_markdown, take_drawings, write_drawings
from .exercises import exercises_markdown, exercises_of
from .figure_index import figure_index_markdown, figures_of, papers_in, write_small_pictures
from .more_pages import SUFFIX, add_more_pages, led_to_more
from .moving_state import insert_moving_state
from .pages import generated_pages
from .reference import FRONT, reference_pages

STAGED = ("_config.yml", "_toc.yml", "book", "extra", "CHANGELOG.md")
STAMP = ".iblrnn-stamp"
LINK = Path("book", "generated", "pdf.md")  # to the PDFs; empty where there are none
BUILDERS = ("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "sphinxcontrib-bibtex")
# Pages are millions of objects in use: to look for garbage as often as usual takes a sixth.
SELDOM = (100_000, 50, 100)
# In the child, so that the build ends when this process does, and what it started with it.
BUILD = (
    f"import gc, os, signal; gc.set_threshold(*{SELDOM}); "
    "from iblrnn_helpers.core.processes import die_with_parent; "
    "die_with_parent(lambda: os.killpg(0, signal.SIGKILL)); "
    "from jupyter_book.cli.main import main; main()"
)


def build(
    places: Places,
    tasks: Sequence[PlannedRun],
    *,
    force: bool = False,
    browser: str | None = None,
    say=lambda line: None,
) -> bool:
    """Build the site from executed notebooks; return False if it was up to date.

    The site is built beside its final place and then renamed, so that ``places.site`` is
    always a whole site of one build.

    Parameters
    ----------
    tasks : sequence of PlannedRun
        The notebooks, executed.
    force : bool
        Build although nothing has changed.
    browser : str, optional
        Prints the book as two PDFs, to download from the site; None: no PDF.
    say : callable, optional
        Told, in a line each, what is being done.

    Raises
    ------
    RuntimeError
        If the build fails or warns. The message names the warnings and the log.
    ValueError
        If the repository's address is not one of GitHub's.
    """
    for stale in (*places.out.glob(".book-*"), *places.out.glob(".old-*")):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".book-", dir=places.out))
    try:
        source = folder / "source"
        stage(places, tasks, source)
        stamp = _stamp(source, with_pdf=browser is not None)
        current = places.site / STAMP
        if not force and current.exists() and current.read_text() == stamp:
            return False
        if browser:
            shutil.copytree(source, folder / "pdf" / "source")
            (source / LINK).write_text(printing.link_markdown(), encoding="utf-8")
        say("book: building")
        with _jupyter_book(source, folder, places.out / "book.log"):
            if browser:
                say("book: printing")
                site = pages_url(repository(places.root))
                try:
                    _print_pdfs(browser, folder / "pdf", places.out / "pdf.log", site, say)
                except printing.PrintError as error:  # the site is worth having without it
                    say(f"book: no PDF, because {error}")
                    browser, stamp = None, ""  # the next build tries again
                    (source / LINK).write_text("")
        if not stamp:
            with _jupyter_book(source, folder, places.out / "book.log"):
                pass
        html = folder / "_build" / "html"
        _offer_notebooks(places, tasks, html / "_sources" / "notebooks")
        _complete_front_page(html / "index.html", source / "_config.yml")
        if browser:
            printing.add_pdfs(folder / "pdf", html)
        (html / STAMP).write_text(stamp)
        html.chmod(0o755)
        put_folder(html, places.site)
        return True
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_links(places: Places, tasks: Sequence[PlannedRun]) -> None:
    """Follow every link of the book that leads outside.

    Parameters
    ----------
    tasks : sequence of PlannedRun
        The notebooks, executed.

    Raises
    ------
    RuntimeError
        If a link is broken. The message names it and the log.
    """
    with tempfile.TemporaryDirectory(prefix=".book-", dir=places.out) as folder:
        source = Path(folder) / "source"
        stage(places, tasks, source)
        with _jupyter_book(source, Path(folder), places.out / "links.log", builder="linkcheck"):
            pass


def stage(places: Places, tasks: Sequence[PlannedRun], source: Path) -> None:
    """Lay out the book's source: pages, executed notebooks, generated pages, the address."""
    import nbformat

    source.mkdir()
    for name in STAGED:
        origin = places.root / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif origin.exists():
            shutil.copy2(origin, source / name)
    missing = [name for name in STAGED[:3] if not (source / name).exists()]
    if missing:
        raise ValueError(f"the book needs {', '.join(missing)} in {places.root}")
    address = repository(places.root)
    pages, moved = {}, {}
    seconds = {task.name: read_record(places, task.name)["seconds"] for task in tasks}
    for task in tasks:
        node = nbformat.read(places.executed / f"{task.name}.ipynb", as_version=4)
        pages[task.name] = node
        if more := make_chapter(node, task, seconds[task.name], address):
            pages[f"{task.name}{SUFFIX}"], moved[task.name] = more
    add_more_pages(source / "_toc.yml", moved)
    _fill_config(source / "_config.yml", address)
    generated = source / "book" / "generated"
    generated.mkdir()
    texts = generated_pages(places, tasks, address)
    (source / "notebooks").mkdir()
    drawings, exercises, figures, small = {}, [], [], []
    with ThreadPoolExecutor() as pool:  # pictures are made smaller beside all that follows
        for name, node in sorted(pages.items()):
            insert_moving_state(node, places.results)
            exercises += exercises_of(node, name)
            drawings |= take_drawings(node)
            found = figures_of(node, name)
            figures += found
            small.append(pool.submit(write_small_pictures, found, generated / "small"))
            text = led_to_more(f"{nbformat.writes(node)}\n", moved)
            (source / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
        folder = source / "extra" / FOLDER
        write_drawings(drawings, places.root / "LICENSE", folder)
        texts["exercises.md"] = exercises_markdown(exercises, seconds)
        texts["drawings.md"] = drawings_markdown(figures, folder)
        papers = papers_in(source / "_toc.yml")
        texts["figures.md"] = figure_index_markdown(figures, "generated/small", papers)
        for name, text in texts.items():
            (generated / name).write_text(text, encoding="utf-8")
        for path in (source / "book").rglob("*.md"):
            text = path.read_text(encoding="utf-8")
            path.write_text(led_to_more(text, moved), encoding="utf-8")
        if FRONT in (source / "_toc.yml").read_text(encoding="utf-8"):
            (source / FRONT).mkdir()
            for name, text in reference_pages().items():
                (source / "book" / name).write_text(text, encoding="utf-8")
        for one in small:
            one.result()


def repository(root: Path) -> str:
    """The repository's address: of ``GITHUB_REPOSITORY`` if set, else pyproject's.

    A workflow of a fork sets ``GITHUB_REPOSITORY``, so a fork's buttons open the fork.
    """
    slug = os.environ.get("GITHUB_REPOSITORY", "").strip()
    if slug:
        address, where = f"https://github.com/{slug}", "GITHUB_REPOSITORY"
    else:
        # No TOML reader comes with Python 3.10, and the line is ours.
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
        found = re.search(r'^Repository\s*=\s*"([^"]*)"', text, flags=re.MULTILINE)
        address, where = found.group(1) if found else "", "Repository in pyproject.toml"
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise ValueError(f"{where} must be https://github.com/OWNER/NAME, got {address!r}")
    return address


def pages_url(address: str) -> str:
    """Where GitHub Pages publishes a repository's site."""
    owner, name = address.split("/")[-2:]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def _offer_notebooks(places: Places, tasks: Sequence[PlannedRun], folder: Path) -> None:
    """Let a chapter's download button give its whole notebook, as it was run."""
    for task in tasks:
        shutil.copy2(places.executed / f"{task.name}.ipynb", folder)


def _complete_front_page(path: Path, config: Path) -> None:
    """Make a whole page of Jupyter Book's one-line redirect to the root page.

    Without a title, a language and an icon, readers see a bare address and
    browsers ask in vain for favicon.ico.
    """
    import yaml

    redirect = re.search(r'http-equiv="Refresh" content="0; url=([^"]+)"', path.read_text())
    if not redirect:
        return
    target = redirect.group(1)
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    title = escape(settings.get("title", ""))
    icon = Path(settings.get("html", {}).get("favicon", "favicon.ico")).name
    path.write_text(
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<title>{title}</title>\n<link rel="icon" href="_static/{icon}">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n</head>\n'
        f'<body><p><a href="{target}">{title}</a></p></body>\n</html>\n',
        encoding="utf-8",
    )


def _fill_config(path: Path, address: str) -> None:
    import yaml

    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["repository"] = {"url": address, "branch": "main"}
    config.setdefault("html", {})["baseurl"] = pages_url(address)
    settings = config.setdefault("sphinx", {}).setdefault("config", {})
    settings["ogp_site_url"] = pages_url(address)
    name = "/".join(address.split("/")[-2:])
    licence = f"[MIT licence]({address}/blob/main/LICENSE)"
    settings["myst_substitutions"] = {"repository": f"[{name}]({address})", "licence": licence}
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _print_pdfs(browser: str, folder: Path, log: Path, site: str, say) -> None:
    """Print the book that is staged in a folder's ``source`` into the folder."""
    printing.leave_out_reference(folder / "source" / "_toc.yml")
    with _jupyter_book(folder / "source", folder, log, builder="singlehtml"):
        pass
    single = folder / "_build" / "singlehtml"
    printing.print_book(browser, single, folder / printing.NAME)
    edit = functools.partial(reader.reader_html, site=site)
    printing.print_book(browser, single, folder / reader.NAME, edit)
    n_pages = printing.pages_in(folder / reader.NAME)
    if n_pages > reader.MAX_PAGES:
        say(f"book: {reader.NAME} has {n_pages} pages, more than {reader.MAX_PAGES}")


def _stamp(source: Path, with_pdf: bool) -> str:
    parts = [with_pdf, *(metadata.version(name) for name in BUILDERS)]
    digest = hashlib.sha256(json.dumps(parts).encode())
    code = [path for path in PACKAGE.rglob("*.py*") if path.suffix in (".py", ".pyi")]
    for path in sorted(code):  # what it does to the site, and what its reference says
        digest.update(path.read_bytes())
    for path in sorted(source.rglob("*")):
        if path.is_file():
            inside = path.relative_to(source).as_posix()
            digest.update(inside.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@contextmanager
def _jupyter_book(source: Path, output: Path, log: Path, builder: str = "html") -> Iterator[None]:
    """Build while the block runs; wait for the end, which is at once where the block fails."""
    arguments = ["-W", "-n", "--keep-going", str(source), "--path-output", str(output)]
    arguments += ["--builder", builder]
    with open(log, "w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD, "build", *arguments],
            stdin=subprocess.PIPE,  # closes when this process ends, see die_with_parent
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            start_new_session=True,
        )
        try:
            yield
            code = process.wait()
        finally:
            process.stdin.close()
            process.wait()
    if code:
        text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(encoding="utf-8", errors="replace"))
        lines = text.replace(f"{source}{os.sep}", "").splitlines()
        said = re.compile(r"WARNING|ERROR|CRITICAL|Error:|\) broken ")
        told = list(filter(said.search, lines))
        raise RuntimeError(
            "the book did not build without warnings or broken links:\n  "
            + "\n  ".join(dict.fromkeys(told[:30] or lines[-15:]))
            + f"\nThe whole log is {shown(log)}."
        )


def add_arguments(parser) -> None:
    """Arguments of ``iblrnn book``."""
    parser.epilog = """examples:
  iblrnn book                   run what is out of date, build the site in build/site
  iblrnn book --profile smoke   a trial: everything runs, numbers are not judged
  iblrnn book --force           from scratch
  iblrnn book --no-pdf          some minutes sooner
  iblrnn book --check-links     and follow every link that leads outside"""
    pipeline.add_build_arguments(parser)
    text = "do not print the book as PDFs (done with Chrome or Chromium, if there is one)"
    parser.add_argument("--no-pdf", action="store_true", help=text)
    text = "follow every link that leads outside, too"
    parser.add_argument("--check-links", action="store_true", help=text)


def main(args) -> int:
    """Run ``iblrnn book``."""
    places = find_places(args.out)
    checks.integer("--jobs", args.jobs, low=1)
    tasks = plan(places, profile=args.profile)
    repository(places.root)  # a wrong address is said before anything runs
    browser = None if args.no_pdf else printing.find_browser()
    with places.locked():
        force = [task.name for task in tasks] if args.force else []
        outcomes = pipeline.run(places, tasks, jobs=args.jobs, force=force)
        if pipeline.report(places, outcomes):
            print("iblrnn: the book was not built", file=sys.stderr)
            return 1
        gc.set_threshold(*SELDOM)
        say = functools.partial(print, flush=True)
        built = build(places, tasks, force=args.force, browser=browser, say=say)
        if args.check_links:
            check_links(places, tasks)
    index = places.site / "index.html"
    print(f"book: {shown(index)}{'' if built else ' (up to date)'}")
    printed = list(filter(Path.exists, (places.site / reader.NAME, places.site / printing.NAME)))
    told = ", ".join(map(shown, printed)) or "none (it takes Chrome or Chromium)"
    print(f"pdf: {told}")
    print(f"look: {Path(sys.executable).name} -m http.server --directory {shown(places.site)} 8000")
    print(f"claims:\n{summaries.summary(results(places.results))}")
    print(f"exercises: {summaries.summary_of_answers(answers(places.results))}")
    return 0
