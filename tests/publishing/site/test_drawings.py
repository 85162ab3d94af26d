"""Figures to download: taken out of the pages, one by one and all in one."""

import base64
import zipfile

import nbformat
import pytest

from iblrnn_helpers.publishing.site import drawings
from iblrnn_helpers.publishing.site.figure_index import figures_of


@pytest.fixture
def notebook():
    png = base64.b64encode(b"a picture").decode()
    cells = []
    for name, svg in (("fig-a", "<svg>A</svg>"), ("fig-b", None), (None, "<svg>no name</svg>")):
        data = {"image/png": png} | ({"image/svg+xml": svg} if svg else {})
        figure = {"mystnb": {"figure": {"name": name, "caption": "**It is so.** See."}}}
        output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
        cell = nbformat.v4.new_code_cell("x", metadata=figure if name else {}, outputs=[output])
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def test_pages_show_png_and_the_rest_can_be_downloaded(notebook, tmp_path):
    found = drawings.take_drawings(notebook)
    assert found == {"fig-a": "<svg>A</svg>"}
    kinds = [set(cell.outputs[0].data) for cell in notebook.cells]
    assert kinds == [{"image/png"}] * 3
    (tmp_path / "LICENSE").write_text("Do what you like.")
    folder = tmp_path / "extra" / "figures"
    drawings.write_drawings(found, tmp_path / "LICENSE", folder)
    assert (folder / "fig-a.svg").read_text() == "<svg>A</svg>"
    with zipfile.ZipFile(folder / "figures.zip") as archive:
        assert archive.namelist() == ["fig-a.svg", "LICENSE"]
    page = drawings.drawings_markdown(figures_of(notebook, "05_it"), folder)
    assert '| {numref}`fig-a` | It is so | <a href="../figures/fig-a.svg" download>' in page
    assert "| {numref}`fig-b` | It is so | PNG only |" in page
    before = (folder / "figures.zip").read_bytes()
    drawings.write_drawings(found, tmp_path / "LICENSE", tmp_path / "again")
    assert (tmp_path / "again" / "figures.zip").read_bytes() == before
