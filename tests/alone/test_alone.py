"""The first cell of every notebook, and what the runs alone complain of."""

import ast
import importlib.util
import os
import subprocess
import sys
from types import SimpleNamespace

import alone
import colab
import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from our_notebooks import NOTEBOOKS

from iblrnn_helpers.publishing.site.book import repository

ADDRESS = repository(colab.ROOT)
FIGURE = new_output("display_data", {"image/png": ""})
ORIGIN = (
    "Networks: 0 trained here before, 1 shipped with the package (same code), 0 trained just now."
)


def first_code_cell(name):
    """Of the file that Colab opens, not of its source."""
    path = NOTEBOOKS[name].path.with_suffix(".ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("name", list(NOTEBOOKS)[1:])
def test_all_first_cells_are_equal(name):
    assert first_code_cell(name) == first_code_cell(next(iter(NOTEBOOKS)))


def test_the_first_cell_imports_nothing_that_pip_could_change():
    tree = ast.parse(first_code_cell("01_task"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                for alias in node.names}  # fmt: skip
    assert imported == {"importlib.util", "subprocess", "sys"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


@pytest.mark.parametrize("missing", [True, False])
def test_the_first_cell_installs_the_package_where_it_is_missing(monkeypatch, missing):
    calls = []
    monkeypatch.setattr(subprocess, "check_call", calls.append)
    if missing:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(first_code_cell("01_task"), {})
    source = f"iblrnn_helpers @ git+{ADDRESS}"
    assert calls == ([[sys.executable, "-m", "pip", "install", "-q", source]] if missing else [])


@pytest.mark.slow
def test_the_address_leads_git_to_the_working_tree(tmp_path):
    source, clone = tmp_path / "source", tmp_path / "clone"
    source.mkdir()
    variables = {**os.environ, **colab.Colab(tmp_path, ADDRESS).instead(colab.snapshot(source))}
    subprocess.run(["git", "clone", "--quiet", ADDRESS, clone], check=True, env=variables)
    for name in ("pyproject.toml", "iblrnn_helpers/__init__.py"):
        assert (clone / name).read_bytes() == (colab.ROOT / name).read_bytes()


def test_a_notebook_sees_nothing_of_this_checkout(tmp_path, monkeypatch):
    for name in ("IBLRNN_ARTIFACTS", "IBLRNN_RESULTS", "PYTHONPATH", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "elsewhere")
    seen = colab.Colab(tmp_path, ADDRESS).environment(tmp_path, tmp_path / "source")
    assert "elsewhere" not in seen.values()
    assert seen["HOME"] == str(tmp_path / "home")
    assert seen["PIP_NO_INDEX"] == "1"


def test_times_are_counted_from_the_first_cell_on():
    times = alone.Times()
    for outputs in ([], [new_output("stream", text="…")], [FIGURE], [FIGURE]):
        before = times.first_figure
        times.cell(new_code_cell(outputs=outputs), 0, {})
    assert times.started <= times.installed <= times.first_figure == before


@pytest.mark.parametrize(
    ("added", "text", "complaint"),
    [
        ({"iblrnn-helpers", "numba"}, ORIGIN, []),
        ({"iblrnn-helpers", "numpy", "torch"}, ORIGIN, ["it installed another numpy, torch"]),
        ({"numba"}, ORIGIN, ["its first cell did not install the package"]),
        (
            {"iblrnn-helpers"},
            "nine networks",
            ["it needs 02_train_rnn and does not say what it used instead"],
        ),
    ],
)
def test_what_is_complained_of(added, text, complaint):
    executed = new_notebook(
        cells=[new_code_cell(outputs=[new_output("stream", text=text), FIGURE])]
    )
    notebook = SimpleNamespace(depends=("02_train_rnn",))
    assert alone.complaints(notebook, added, {"numpy", "torch"}, executed) == complaint


def test_an_error_is_said_in_one_line():
    error = papermill.PapermillExecutionError(1, 2, "\n1 / 0\n", "ZeroDivisionError", "oh", [])
    assert alone.what_went_wrong(error) == (
        "ZeroDivisionError: oh (in the cell that begins with '1 / 0')"
    )
    assert "late" in alone.what_went_wrong(TimeoutError("a cell\ntoo late"))


def test_installed_distributions_are_known_by_plain_names(tmp_path):
    for name in ("PyYAML-6.0.3", "iblrnn_helpers-0.1.0", "ruamel.yaml-0.18"):
        (tmp_path / f"{name}.dist-info").mkdir()
    assert colab.distributions(tmp_path) == {"pyyaml", "iblrnn-helpers", "ruamel-yaml"}
