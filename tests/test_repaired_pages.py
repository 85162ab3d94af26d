"""What the book's extension mends in the pages that the theme writes."""

from types import SimpleNamespace

import pytest
import repaired_pages
from bs4 import BeautifulSoup
from repaired_pages import repaired

MATHJAX = (
    '<script>window.MathJax = {"options": {}}</script>\n'
    '<script defer="defer" src="../_static/mathjax/tex-chtml.js?v=1"></script>'
)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('<script defer src="../_static/scripts/fontawesome.js?digest=5"></script>', ""),
        (
            '<button class="btn search-button-field pst-js-only" title="Search" aria-label="Search"'
            ' data-bs-toggle="tooltip">',
            '<button class="btn search-button-field pst-js-only" data-bs-toggle="tooltip">',
        ),
        ('<summary aria-label="Toggle hidden content">', "<summary>"),
        ('<div role="list" class="citation-list">', '<div class="citation-list">'),
        # A chapter's two pages are of one notebook.
        (
            '<a href="https://host/blob/main/notebooks/05_a_more.ipynb"></a>',
            '<a href="https://host/blob/main/notebooks/05_a.ipynb"></a>',
        ),
        (
            '<a href="../_sources/notebooks/05_a_more.ipynb"></a>',
            '<a href="../_sources/notebooks/05_a.ipynb"></a>',
        ),
        # The link past the menus leads past the header, too; a page without an article has none.
        (
            '<main id="main-content" role="main">\n<p></p><article class="bd-article">',
            '<main role="main">\n<p></p><article id="main-content" class="bd-article">',
        ),
        ('<main id="main-content" role="main"></main>', None),
        # The button without words keeps its label.
        ('<button class="btn search-button" title="Search" aria-label="Search">', None),
        ('<script src="../_static/scripts/bootstrap.js?digest=5"></script>', None),
    ],
)
def test_a_fault_is_mended_and_nothing_else(wrong, right):
    assert repaired(f"<p>{wrong}</p>") == f"<p>{wrong if right is None else right}</p>"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('<span class="math notranslate nohighlight">', True),
        ('<div class="amsmath math notranslate">', True),
        ('<section class="tex2jax_ignore mathjax_ignore">', False),
        ("<p>math</p>", False),
    ],
)
def test_mathjax_is_there_where_it_has_something_to_set(text, kept):
    page = f"{MATHJAX}{text}"
    assert ("mathjax/tex-chtml.js" in repaired(page)) is kept
    assert ("window.MathJax" in repaired(page)) is kept


PANDAS = """<h2><span class="section-number">4.5. </span>Why so &lt; slow?
<a class="headerlink" href="#x">#</a></h2>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th>observer</th>
      <th>network</th>
    </tr>
    <tr>
      <th>strength</th>
      <th></th>
      <th></th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th>0.5</th>
      <td>1</td>
      <td>2</td>
    </tr>
  </tbody>
</table>"""


def test_a_table_says_what_it_holds_and_its_headings_of_what_they_are():
    table = BeautifulSoup(repaired(PANDAS), "html.parser").table
    assert table.caption.text == "Why so < slow?: strength, observer, network"
    heads = [(cell.text, cell["scope"]) for cell in table("th")]
    assert heads == [("strength", "col"), ("observer", "col"), ("network", "col"), ("0.5", "row")]
    assert len(table("tr")) == 2  # the row with the name of the index has gone
    assert repaired(repaired(PANDAS)) == repaired(PANDAS)


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        (["<th></th><th></th><th>a</th>", "<th>seed</th><th>loss</th><th></th>"], ["seedlossa"]),
        (["<th>kind</th><th>a</th>", "<th>seed</th><th></th>"], ["kinda", "seed"]),
        (['<th></th><th colspan="2">a</th>', "<th>x</th><th></th><th></th>"], ["a", "x"]),
        (["<th></th><th></th>", "<th>x</th><th></th>"], ["", "x"]),
    ],
)
def test_headings_are_one_row_only_if_each_column_has_one_name(rows, left):
    head = "".join(f"<tr>{row}</tr>" for row in rows)
    page = f"<table><thead>{head}</thead><tbody><tr><td>1</td></tr></tbody></table>"
    shown = BeautifulSoup(repaired(page), "html.parser").thead("tr")
    assert [row.text for row in shown] == left


def test_headings_of_groups_and_captions_that_are_there():
    page = (
        '<table><caption>Mine</caption><thead><tr><th colspan="2">a</th><th rowspan="1">b</th></tr>'
        '</thead><tbody><tr><th rowspan="3">c</th><th scope="row">d</th></tr></tbody></table>'
    )
    table = BeautifulSoup(repaired(page), "html.parser").table
    assert [cell["scope"] for cell in table("th")] == ["colgroup", "col", "rowgroup", "row"]
    assert [caption.text for caption in table("caption")] == ["Mine"]


def test_a_table_that_only_arranges_is_left_alone():
    layout = "<h2>Index</h2><table><tr><td>a</td></tr></table>"
    assert repaired(layout) == layout


@pytest.mark.parametrize(("builder", "lighter"), [("html", 1), ("singlehtml", 0)])
def test_pictures_to_look_at_are_made_lighter_and_those_to_print_are_not(
    builder, lighter, tmp_path, monkeypatch
):
    folders = []
    monkeypatch.setattr(repaired_pages, "lighten", folders.append)
    app = SimpleNamespace(builder=SimpleNamespace(format="html", name=builder), outdir=tmp_path)
    repaired_pages._repair(app, None)
    assert folders == [tmp_path / "_images"] * lighter
