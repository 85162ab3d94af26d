"""The table of exercises, from what their headings say."""

import nbformat
import pytest

from iblrnn_helpers.core.fingerprint import PACKAGE
from iblrnn_helpers.publishing.site.exercises import exercises_markdown, exercises_of

NOTEBOOKS = PACKAGE.parent / "notebooks"
TEXT = "## Exercises\n\n### Exercise {}\n\nDo it."


def found_in(*headings):
    texts = ["# A chapter\n\nText.", *map(TEXT.format, headings)]
    cells = [nbformat.v4.new_markdown_cell(text) for text in texts]
    return exercises_of(nbformat.v4.new_notebook(cells=cells), "05_it")


def test_an_exercise_says_how_long_it_takes():
    found = found_in("1: why (really)? (20 min, basic)", "2: 2.5 mm (5 min, advanced)")
    assert [(one.title, one.minutes, one.level) for one in found] == [
        ("why (really)?", 20, "basic"),
        ("2.5 mm", 5, "advanced"),
    ]
    table = exercises_markdown(found, {"05_it": 12.4}).splitlines()
    assert table[0] == "2 exercises, 25 minutes of work."
    assert table[-2:] == [
        "| {doc}`../notebooks/05_it` (12 s) | 1. [why (really)?](../notebooks/05_it.ipynb"
        "#exercise-1-why-really-20-min-basic) | 20 | basic |",
        "|  | 2. [2.5 mm](../notebooks/05_it.ipynb#exercise-2-25-mm-5-min-advanced) | 5 "
        "| advanced |",
    ]


@pytest.mark.parametrize("heading", ["1: why?", "1: why? (20 min)", "1: why? (20 min, hard)"])
def test_one_that_does_not_is_named(heading):
    with pytest.raises(ValueError, match=rf"05_it.ipynb: .*advanced, got 'Exercise {heading[:7]}"):
        found_in(heading)


def test_all_chapters_say_it():
    solutions = 0
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        node = nbformat.read(path, as_version=4)
        found += exercises_of(node, path.stem)
        solutions += sum("solution" in cell.metadata.get("tags", ()) for cell in node.cells)
    assert len(found) == solutions > 40
    assert {one.level for one in found} == {"basic", "intermediate", "advanced"}
