"""Repair what the theme and the notebook renderer write: too heavy, or wrong for screen readers.

`make test-site` finds what is wrong here, and what a new version of the theme may bring.
"""

import re
from pathlib import Path

from iblrnn_helpers.publishing.site.printing import lighten

REPAIRS = (
    # Half a megabyte on each page, to draw the icons that the style sheet draws too.
    (r'<script defer src="[^"]*/fontawesome\.js[^"]*"></script>', ""),
    # Labels that differ from the words on the button: who speaks the words does not reach it.
    (r'(<button class="btn search-button-field[^>]*) title="Search" aria-label="Search"', r"\1"),
    (r'<summary aria-label="[^"]*">', "<summary>"),
    # What opens and closes a chapter's pages in the sidebar has an icon, but no name.
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="Pages below this one">'),
    # A parameter of which its type says all.
    (r"(</dt>)(\s*</dl>)", r"\1<dd></dd>\2"),
    # A figure at full size is a click away.
    (
        r'(<figure [^>]*>\s*)(<img [^>]*\bsrc="(\.\./_images/[^"]+)"[^>]*>)',
        r'\1<a href="\3">\2</a>',
    ),
    # Two pages may be of one notebook, which is what buttons have to open and to download.
    (r'((?:https://[^"]*|_sources)/notebooks/\w+)_more\.ipynb', r"\1.ipynb"),
    # A list whose entries are not marked as such.
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    # A link past the menus that stops before the buttons of the header.
    (
        r'<main id="main-content"([^>]*>(?s:.*?))<article(?= class="bd-article")',
        r'<main\1<article id="main-content"',
    ),
)
HEADINGS_AND_TABLES = re.compile(
    r"<h[1-6][^>]*>(?P<heading>.*?)</h[1-6]>|<table\b.*?</table>", re.DOTALL
)
NO_WORDS = re.compile(
    r'<a class="headerlink".*?</a>|<span class="section-number">.*?</span>|<[^>]*>', re.DOTALL
)
MATHJAX = r"<script[^>]*>window\.MathJax = .*?</script>|<script[^>]*/mathjax/[^>]*></script>"
HAS_MATH = r'class="[^"]*\b(math|mathjax_process|tex2jax_process)\b'


def repaired(page: str) -> str:
    """The page without these faults, and without MathJax where there is nothing to set."""
    for wrong, right in REPAIRS:
        page = re.sub(wrong, right, page)
    page = _with_captions(page)
    return page if re.search(HAS_MATH, page) else re.sub(MATHJAX, "", page)


def _with_captions(page: str) -> str:
    """The page with tables that say what they hold, and of what each heading is one.

    Without a caption of its own, a table is called by the heading above it and by its columns.
    """
    heading = ""

    def mend(found: re.Match) -> str:
        nonlocal heading
        if found["heading"] is not None:
            heading = _words(found["heading"])
            return found[0]
        head, end, body = found[0].partition("</thead>")
        head = _in_one_line(head)
        columns = list(filter(None, map(_words, re.findall(r"<th\b[^>]*>(.*?)</th>", head, re.S))))
        if not end or not columns:
            return found[0]
        if "<caption" not in head:
            words = f"{heading}: {', '.join(columns)}"
            caption = f'<caption class="visually-hidden">{words}</caption>'
            head = re.sub("<thead", lambda _: f"{caption}\n<thead", head, count=1)
        return _scoped(head, "col") + end + _scoped(body, "row")

    return HEADINGS_AND_TABLES.sub(mend, page)


def _in_one_line(head: str) -> str:
    """Names of columns and of the index as one row; pandas has a row for each, half of it empty."""
    rows = re.findall(r"<tr\b.*?</tr>", head, re.DOTALL)
    names = [re.findall(r"<th>([^<]*)</th>", row) for row in rows]
    if len(rows) != 2 or len(names[0]) != len(names[1]):
        return head
    pairs = list(zip(*names, strict=True))
    if not all(bool(above) != bool(below) for above, below in pairs):
        return head
    row = "".join(f"<th>{above or below}</th>" for above, below in pairs)
    return head.replace(rows[0], f"<tr>{row}</tr>").replace(rows[1], "")


def _words(html: str) -> str:
    return " ".join(NO_WORDS.sub("", html).split())


def _scoped(part: str, scope: str) -> str:
    """With each heading's direction; one over several columns or rows is a group's."""

    def mend(found: re.Match) -> str:
        of = scope + "group" * bool(re.search(f'{scope}span="(?!1")', found[0]))
        return f'<th scope="{of}"{found[1]}>'

    return re.sub(r"<th(?=[\s>])(?![^>]*\bscope=)([^>]*)>", mend, part)


def _repair(app, exception):
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            if (better := repaired(page)) != page:
                path.write_text(better, encoding="utf-8")
        if app.builder.name == "html":  # here, while the book is printed
            lighten(Path(app.outdir) / "_images")


def setup(app):
    app.connect("build-finished", _repair)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
