"""The page of all figures, from executed notebooks."""

import base64
import io

import nbformat
import pytest
from PIL import Image

from iblrnn_helpers.publishing.site import figure_index


def png(width, height):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, format="png")
    return buffer.getvalue()


def figure_cell(name, caption, picture):
    data = {"image/png": base64.b64encode(picture).decode()}
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    metadata = {"mystnb": {"figure": {"name": name, "caption": caption}}}
    return nbformat.v4.new_code_cell("x", metadata=metadata, outputs=[output])


@pytest.fixture
def figures():
    cells = [
        nbformat.v4.new_code_cell("1"),
        figure_cell(
            "fig-a", "**A is so.** Compare Fig. 4b and c, which the paper has.", png(800, 600)
        ),
        figure_cell("fig-b", "The value of *b* is 0.5 or e.g. 2. More.", png(100, 50)),
    ]
    return figure_index.figures_of(nbformat.v4.new_notebook(cells=cells), "05_it")


def test_figures_are_found_with_what_they_compare(figures):
    assert [one.name for one in figures] == ["fig-a", "fig-b"]
    assert [one.compared for one in figures] == ["Fig. 4b and c", None]


def test_small_pictures_are_small(figures, tmp_path):
    figure_index.write_small_pictures(figures, tmp_path / "small")
    sizes = [Image.open(tmp_path / "small" / f"{one.name}.png").size for one in figures]
    assert sizes == [(280, 210), (100, 50)]


def test_the_page_leads_from_the_paper_to_us_and_shows_all(figures):
    page = figure_index.figure_index_markdown(figures, "there", {"05_it": "chalk2021"})
    assert "## Figures of Chalk" in page and "## Figures of Schaeffer" not in page
    assert "| Fig. 4b and c | {numref}`fig-a` | A is so |" in page
    assert page.count(":img-top: there/fig-") == 2 and ":link: fig-b\n:link-type: ref" in page
    assert ":img-alt: The value of b is 0.5 or e.g. 2\n" in page


def test_notebooks_are_on_the_paper_of_their_part(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text(
        """parts:
  - chapters: [{file: notebooks/00_tour}]
  - numbered: true
    chapters: [{file: notebooks/01_a, sections: [{file: notebooks/01_a_more}]}]
  - numbered: true
    chapters: [{file: notebooks/14_b}]
"""
    )
    assert figure_index.papers_in(toc) == {
        "01_a": "schaeffer2020",
        "01_a_more": "schaeffer2020",
        "14_b": "chalk2021",
    }
