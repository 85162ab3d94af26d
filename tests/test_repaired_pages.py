"""What the book's extension mends in the pages that the theme writes."""

import pytest
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
