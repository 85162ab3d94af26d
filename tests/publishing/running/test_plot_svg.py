"""SVGs of figures: equal ones, with text as text, and none that is huge."""

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from iblrnn_helpers.publishing.running import plot_svg
from iblrnn_helpers.publishing.running.execution import Execution


def scatter(n_marks):
    figure, axes = plt.subplots()
    axes.scatter(*np.random.default_rng(1).random((2, n_marks)))
    axes.set_xlabel("a label")
    plt.close(figure)
    return figure


def test_text_is_text_and_equal_figures_are_equal():
    text = plot_svg.svg_of(scatter(10))
    assert ">a label</text>" in text and "<image" not in text
    assert text == plot_svg.svg_of(scatter(10))


def test_many_marks_are_pixels():
    text = plot_svg.svg_of(scatter(20_000))
    assert "<image" in text and ">a label</text>" in text and len(text) < plot_svg.LARGEST


def test_a_huge_one_is_none(monkeypatch):
    monkeypatch.setattr(plot_svg, "LARGEST", 1_000)
    assert plot_svg.svg_of(scatter(10)) is None


@pytest.mark.slow
def test_only_runs_of_the_book_make_them():
    cell = (
        "from iblrnn_helpers.core.plot_style import StyledFigure\n"
        "figure = StyledFigure()\nfigure.text(0.5, 0.5, 'hello')\nfigure"
    )
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, id="a")])
    with Execution(node, {}, 300, {}) as execution:
        assert execution.wait(lambda k, n: None) is None
        [output] = nbformat.read(execution.output, as_version=4).cells[0].outputs
    assert ">hello</text>" in output.data["image/svg+xml"] and "image/png" in output.data
