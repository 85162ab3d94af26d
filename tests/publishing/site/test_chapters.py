"""What readers see of a notebook's code, and the times at its top."""

from types import SimpleNamespace

import nbformat
import pytest

from iblrnn_helpers.core.trained import origin_of
from iblrnn_helpers.publishing.site import chapters

code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import numpy as np\nibl.core.check_parameters(globals())", "Code: setup"),
        ("measured = 3\nreport({'a': 3}, profile=profile)", "Code: the numbers for the claims"),
        ("ibl.behavior.fig_2a(outcomes)", "Code of this figure"),
        ("said(f'{3} of 4')", "Code: numbers in the text"),
        ("table = reporter(3)\ntable", "Code"),
    ],
)
def test_code_is_folded_under_what_it_holds(source, name):
    cell = code(source)
    chapters._fold(cell)
    assert cell.metadata == {"tags": ["hide-input"], "mystnb": {"code_prompt_show": name}}


def test_the_cell_that_installs_the_package_is_for_those_who_run_it():
    cell = code(
        'importlib.util.find_spec("iblrnn_helpers") is None', metadata={"tags": ["hide-cell"]}
    )
    chapters._fold(cell)
    assert cell.metadata.tags == ["remove-cell"]


def test_what_teaches_or_has_a_name_of_its_own_stays_as_it_is():
    for tags in (["teaches"], ["hide-output"], ["remove-input"]):
        cell = code("1 + 1", metadata={"tags": list(tags)})
        chapters._fold(cell)
        assert cell.metadata == {"tags": tags}
    hidden = code("pass", metadata={"tags": ["hide-cell"]})
    chapters._fold(hidden)
    assert hidden.metadata == {"tags": ["hide-cell"], "mystnb": {"code_prompt_show": "Code"}}
    named = code("1", metadata={"mystnb": {"code_prompt_show": "Code: one", "figure": {}}})
    chapters._fold(named)
    assert named.metadata.mystnb == {"code_prompt_show": "Code: one", "figure": {}}
    parameters = code("n: int = 3", metadata={"tags": ["parameters"]})
    chapters._fold(parameters)
    assert parameters.metadata.mystnb["code_prompt_show"] == "Code: parameters of this page"


def test_times_are_of_the_words_and_of_the_run():
    page = "one [two](three.md) $$x + y$$ four\n\n```python\nx = 1\n```\n<b>five</b>"
    assert chapters._prose(page).split() == ["one", "[two", "four", "five"]
    assert "Reading: 3 min · Running: 35 s" in chapters._times_markdown(600, 35.4)
    assert "Reading: 1 min · Running: 3 min" in chapters._times_markdown(20, 185)


def test_where_networks_come_from_is_said_in_the_folded_box():
    said = origin_of({"stored": 9}), f"by Adam: {origin_of({'shipped earlier': 3, 'trained': 1})}"
    stream = nbformat.v4.new_output("stream", text=f"3 blocks\n{said[0]}\n")
    only = nbformat.v4.new_output("stream", text=f"{said[1]}\n")
    table = nbformat.v4.new_output("display_data", {"text/plain": "a table"})
    node = nbformat.v4.new_notebook(cells=[code("1", outputs=[stream]), code("2"), text("# A")])
    node.cells[1].outputs = [only, table]
    origins = chapters._take_origins(node)
    assert origins == list(said)
    assert [
        one.get("text", one.get("data")) for cell in node.cells[:2] for one in cell.outputs
    ] == [
        "3 blocks\n",
        {"text/plain": "a table"},
    ]


def test_a_chapter_opens_with_its_picture_and_says_what_its_main_page_takes():
    cells = [
        text("# The title\n\n" + 300 * "word "),
        code("n = 1"),
        text("## A long aside\n\n" + 900 * "word ", metadata={"tags": ["more"]}),
        text("## The end"),
        code("fig_it(n)", metadata={"tags": ["lead"]}),
    ]
    node = nbformat.v4.new_notebook(cells=cells)
    task = SimpleNamespace(name="05_name", values={}, notebook=SimpleNamespace(parameters=()))
    _, moved = chapters.make_chapter(node, task, 12.3, "https://github.com/some/one")
    assert moved == ["a-long-aside"]
    first, lead, times, *rest = node.cells
    assert first.source.startswith("# The title") and lead.source == "fig_it(n)"
    assert lead.metadata.mystnb == {"code_prompt_show": "Code of this figure"}
    assert "Reading: 2 min · Running: 12 s" in times.source
    assert rest[0].source == "n = 1" and rest[-1].source == "## The end"
