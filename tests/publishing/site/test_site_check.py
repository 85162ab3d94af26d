"""What `make test-site` says of chapters with planted faults, and of one without."""

import os
import shutil
import subprocess

import pytest

from iblrnn_helpers.core.fingerprint import PACKAGE

SITE_CHECK = PACKAGE.parent / "tests/site"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("node") and (SITE_CHECK / "node_modules").is_dir()),
        reason="needs node and what `make test-site` installs",
    ),
    pytest.mark.skipif(
        not (os.environ.get("CHROMIUM") or shutil.which("chromium")), reason="needs chromium"
    ),
]
PAGE = """<!doctype html><html lang="en"><head><title>A chapter</title></head>
<body style="margin: 0"><a href="#text">Skip</a><main><article id="text" class="bd-article"
style="width: 800px"><h1>A chapter</h1>{}</article></main></body></html>"""
PICTURE = (
    '<img alt="A square" width="50" height="50" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
)
LINKS = '<p>Text<br>of<br>four<br>lines</p><a class="internal" href="#text">there</a>' * 8
TABLE = """<div style="overflow-x: auto"><table style="width: {}px">
<caption>Numbers</caption><tr><th scope="col">a</th></tr><tr><td>1</td></tr></table></div>"""
FORMULA = """<div style="overflow: hidden">
<mjx-math style="display: block; width: {}px">x</mjx-math></div>"""
CODE = '<div class="highlight"><pre style="margin: 0; overflow: auto">{}</pre></div>'
# What is folded is not seen, and so neither high nor cut off; what breaks is not cut off.
FOLDED = f"<details><summary>Code</summary>{CODE.format('y' * 200 + 60 * chr(10))}</details>"
BROKEN = f'<pre style="white-space: pre-wrap">{"word " * 60}</pre>'


def figure(caption: str) -> str:
    return (
        f'<figure><a href="#text">{PICTURE}</a><figcaption><span class="caption-text">{caption}'
        "</span></figcaption></figure>"
    )


TWO = figure("The network is right") + figure("The observer is better")
LONG = '<p style="height: 11000px">Text</p>' + "".join(map(figure, "abcdefgh")) + LINKS
CHAPTERS = {
    "02_good": TWO + LINKS + CODE.format("x = 1") + TABLE.format(100) + FOLDED + BROKEN,
    "03_wide": TWO + LINKS + CODE.format("y" * 200) + TABLE.format(850) + FORMULA.format(900),
    "04_long": LONG,
    "04_long_more": LONG,
    "05_hurried": figure("The network is right") * 2 + CODE.format("x\n" * 60),
    "06_tables": TWO
    + LINKS
    + TABLE.format(100).replace("<caption>Numbers</caption>", "")
    + TABLE.format(100).replace(' scope="col"', ""),
    "07_raw": TWO + LINKS + "<p>See {numref}<code>fig-2</code> and [that](04_long.md)</p>",
    "08_stops": "<button>Press</button>" * 14 + TWO + LINKS,
    "09_stops": "<button>Press</button>" * 13 + TWO + LINKS,
    # The third word is in a place like that of the second.
    "10_pale": TWO
    + LINKS
    + CODE.format('<span>x</span> <span class="k">if</span> <span class="k">if</span>')
    + "<style>.k {color: #ccc}</style>",
    "11_outside": TWO + LINKS + PICTURE.replace("data:image/gif;base64,", "http://example.org/"),
    "12_scrolls": TWO + LINKS + CODE.format('<span class="k">if</span> ' * 300),
    "01_task": '<button style="outline: none">Press</button>' + TWO + LINKS,
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """By chapter: what was said of it, each with its kind."""
    site = tmp_path_factory.mktemp("site")
    (site / "notebooks").mkdir()
    (site / "index.html").write_text("")
    for name, body in CHAPTERS.items():
        (site / f"notebooks/{name}.html").write_text(PAGE.format(body))
    command = ["node", "check.js", site, "--page", "notebooks/"]
    done = subprocess.run(command, cwd=SITE_CHECK, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stderr  # of some pages there is something to say
    said = {name: [] for name in CHAPTERS}
    for line in done.stdout.splitlines()[:-1]:
        page, kind, text = line.split(": ", 2)
        said[page.removeprefix("notebooks/").removesuffix(".html")].append((kind, text))
    return said


def of_text(told):
    return [text for kind, text in told if kind in ("chapter", "cut off", "markup", "keyboard")]


@pytest.mark.parametrize("name", ["02_good", "04_long_more", "09_stops"])
def test_a_page_without_faults(found, name):
    assert of_text(found[name]) == []


@pytest.mark.parametrize(
    ("name", "beginnings"),
    [
        # The width of 200 letters depends on the machine's fonts.
        ("03_wide", ["", "50 pixels of table are cut off: Numbers a", "100 pixels of mjx-math"]),
        ("04_long", ["its first figure begins at 11", "12", "8 figures"]),
        ("05_hurried", ["0 pixels of text, ", "0 links to other", "two captions begin alike: The"]),
        ("06_tables", ["a table without a caption: a 1", "a table's headings without a scope: Nu"]),
        ("07_raw", ['"{numref}" in: See {numref}', '"](0" in: and [that](04_long.md)']),
        ("08_stops", ["at no figure after 15 stops: Press, Press"]),
        # Only the first chapter is walked through from its top: its menus are those of all.
        ("01_task", ["no ring shows the focus of: Press"]),
    ],
)
def test_each_planted_fault_is_named(found, name, beginnings):
    for text, beginning in zip(of_text(found[name]), beginnings, strict=True):
        assert text.startswith(beginning)


def test_code_that_is_cut_off_is_named(found):
    assert "pixels of pre are cut off: yyy" in of_text(found["03_wide"])[0]


def test_pale_code_is_named_once_for_all_words_alike(found):
    for scheme in ("light", "dark"):
        told = [text for kind, text in found["10_pale"] if kind == f"axe, {scheme}, 1280"]
        (told,) = [text for text in told if text.startswith("color-contrast")]
        assert "1 times: .k:nth-child(2)" in told


def test_code_that_no_key_scrolls_is_named_though_all_its_words_are_alike(found):
    for width in (390, 1280):
        told = [text for kind, text in found["12_scrolls"] if kind == f"axe, light, {width}"]
        assert any(text.startswith("scrollable-region-focusable") for text in told)


def test_what_comes_from_outside_is_named(found):
    assert ("console", "asked for http://example.org/R0lGODlhAQABAAAAACw=") in found["11_outside"]
