"""Sections of a chapter that have a page of their own."""

import copy

import nbformat
import pytest
import yaml

from iblrnn_helpers.publishing.site import more_pages

code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
TAGGED = {"tags": [more_pages.MORE]}


def figure(name):
    return code("draw()", metadata={"mystnb": {"figure": {"name": name, "caption": "Seen."}}})


def split(cells):
    """The sources of both pages, and the places that moved."""
    node = nbformat.v4.new_notebook(cells=cells)
    more, places = more_pages.split_chapter(node, "05_name")
    nbformat.validate(more)
    return *([cell.source for cell in page.cells] for page in (node, more)), places


def test_tagged_sections_move_with_all_that_is_under_them():
    cells = [
        text("# The title\n\nQuestion."),
        text("## Kept\n\nProse."),
        text("### One more thing", metadata=TAGGED),
        figure("fig-more"),
        text("#### Below it"),
        text("### And another", metadata=TAGGED),
        text("Prose of it."),
        text("## Kept, too"),
        figure("fig-kept"),
        text("## All of this", metadata=TAGGED),
        text("### Under it"),
        text("## The end"),
    ]
    kept, (first, *rest), places = split(cells)
    assert places == [
        *("fig-more", "one-more-thing", "below-it", "and-another", "all-of-this", "under-it")
    ]
    links = [f"[{name}](#05-name-more-{k})" for k, name in enumerate(
        ["One more thing", "And another", "All of this"], start=1)]  # fmt: skip
    assert kept == [
        "# The title\n\nQuestion.",
        "## Kept\n\nProse.",
        f"*More:* {links[0]} · {links[1]}",
        "## Kept, too",
        "draw()",
        f"*More:* {links[2]}",
        "## The end",
    ]
    assert first.startswith("# More on: The title\n") and "(05_name.ipynb)" in first
    assert all(f"* {link}" in first for link in links)
    assert rest == [
        "## Kept\n\n(05-name-more-1)=\n### One more thing",  # with what it is under, once
        "draw()",
        "#### Below it",
        "(05-name-more-2)=\n### And another",
        "Prose of it.",
        "(05-name-more-3)=\n## All of this",
        "### Under it",
    ]


def test_a_section_ends_at_a_heading_in_the_midst_of_a_cell():
    fenced = "````\n```python\n# no heading\n```\n````\n\n~~~\n# nor this\n~~~"
    both = f"The last of what moves.\n\n{fenced}\n\n## Kept\n\nProse."
    cells = [text("# The title"), text("## Moved", metadata=TAGGED), text(both), code("1")]
    kept, more, places = split(cells)
    assert places == ["moved"]
    assert kept[-2:] == ["## Kept\n\nProse.", "1"]
    assert more[-1].startswith("The last of what moves.") and more[-1].endswith("# nor this\n~~~")


def test_a_chapter_without_tags_stays_one_page():
    node = nbformat.v4.new_notebook(cells=[text("# The title\n\n## A section"), code("1")])
    before = copy.deepcopy(node)
    assert more_pages.split_chapter(node, "05_name") is None
    assert node == before


@pytest.mark.parametrize("cell", [text("No heading.", metadata=TAGGED), code("1", metadata=TAGGED)])
def test_only_a_section_can_move(cell):
    with pytest.raises(ValueError, match=r"05_name\.ipynb: .*must begin with a heading"):
        split([text("# The title"), cell])


def test_links_follow_figures():
    page = "[a](05_name.ipynb#fig-a) [b](../x/05_name.ipynb#fig-a-2) [c](x-05_name.ipynb#fig-a)"
    assert more_pages.led_to_more(page, {"05_name": ["fig-a"]}) == page.replace(
        "(05_name.ipynb#fig-a)", "(05_name_more.ipynb#fig-a)"
    )


def test_second_pages_are_below_the_first_in_the_contents(tmp_path):
    toc = tmp_path / "_toc.yml"
    chapters = [{"file": "notebooks/05_name"}, {"file": "notebooks/06_other"}]
    toc.write_text(yaml.safe_dump({"root": "index", "parts": [{"chapters": chapters}]}))
    more_pages.add_more_pages(toc, ["05_name"])
    [part] = yaml.safe_load(toc.read_text())["parts"]
    second = {"file": "notebooks/05_name_more", "title": "More on this chapter"}
    assert part["chapters"] == [
        {"file": "notebooks/05_name", "sections": [second]},
        {"file": "notebooks/06_other"},
    ]
