"""The package's reference: what has a page, and that docstrings name what there is."""

import ast
import importlib
import inspect
import pydoc
import re
from pathlib import Path

import pytest
from own_names import escape_bars, places

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing.site import reference

ROOT = Path(__file__).parents[3]
ROLE = re.compile(r":(?:func|class|meth|mod|attr|data|obj):`(?:[^`<]*<)?~?\.?([^`>]+)>?`")


@pytest.fixture(scope="module")
def pages():
    return reference.reference_pages()


def test_every_name_of_every_door_has_a_place(pages):
    for room in reference.rooms():
        page = pages[f"api/{room.removeprefix('iblrnn_helpers.')}.rst"]
        package = importlib.import_module(room)
        for name in package.__all__:
            if not inspect.ismodule(getattr(package, name)):
                assert re.search(rf":: {room}.{name}$", page, re.M), f"{room}.{name}"
    assert "iblrnn_helpers.task.rollout>" in pages["api.rst"]
    assert ".. autoclass:: iblrnn_helpers.task.Trials" in pages["api/task.rst"]


def test_the_packages_door_leads_into_rooms(pages):
    targets = re.findall(r":py:obj:`\w+ <([\w.]+)>`", pages["api.rst"])
    assert {target.rpartition(".")[2] for target in targets} < set(ibl.__all__)
    assert set(targets) <= {name for name, _ in reference.given()}


def test_docstrings_name_what_there_is():
    wrong = []
    for path in (ROOT / "iblrnn_helpers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for name in ROLE.findall(ast.get_docstring(node) or ""):
                    if name not in places() and pydoc.locate(name) is None:
                        wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong, "\n".join(wrong)


def test_names_lead_to_doors():
    assert set(places()["generative_model.Trials"]) == {"iblrnn_helpers.task.Trials"}
    assert "iblrnn_helpers.task.Trials.block_lengths" in places()["Trials.block_lengths"]
    assert "generative_model.Trails" not in places()


def test_bars_of_the_text_are_escaped_and_those_of_code_are_not():
    lines = ["P(a|s) of ``a|b``::", "", "    x = |y|", "", "and |z|"]
    escape_bars(None, None, None, None, None, lines)
    assert lines == [r"P(a\|s) of ``a|b``::", "", "    x = |y|", "", r"and \|z\|"]
