"""Repair what the theme and the notebook renderer write: too heavy, or wrong for screen readers.

`make test-site` finds what is wrong here, and what a new version of the theme may bring.
"""

import re
from pathlib import Path

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
    # Two pages may be of one notebook, which is what buttons have to open.
    (r'(https://[^"]*/notebooks/\w+)_more\.ipynb', r"\1.ipynb"),
    # A list whose entries are not marked as such.
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
)
MATHJAX = r"<script[^>]*>window\.MathJax = .*?</script>|<script[^>]*/mathjax/[^>]*></script>"
HAS_MATH = r'class="[^"]*\b(math|mathjax_process|tex2jax_process)\b'


def repaired(page: str) -> str:
    """The page without these faults, and without MathJax where there is nothing to set."""
    for wrong, right in REPAIRS:
        page = re.sub(wrong, right, page)
    return page if re.search(HAS_MATH, page) else re.sub(MATHJAX, "", page)


def _repair(app, exception):
    if exception is None and app.builder.format == "html":
        for path in Path(app.outdir).rglob("*.html"):
            page = path.read_text(encoding="utf-8")
            if (better := repaired(page)) != page:
                path.write_text(better, encoding="utf-8")


def setup(app):
    app.connect("build-finished", _repair)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
