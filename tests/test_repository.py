"""What readers meet first: the README's example, the addresses, and a quick import."""

import re
import subprocess
import sys
from pathlib import Path

import papermill
import pytest
from our_notebooks import NOTEBOOKS

ROOT = Path(__file__).parents[1]


def test_the_readme_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    names = {}
    exec(code, names)
    assert len(names["session"].to_frame()) == names["trials"].n_trials


def test_the_repository_has_one_address():
    text = (ROOT / "pyproject.toml").read_text()
    (address,) = re.findall(r'^Repository = "https://github.com/([^"]+)"', text, re.M)
    places = [ROOT / name for name in ("README.md", "CITATION.cff", "pyproject.toml")]
    places += (ROOT / "notebooks").glob("*.py")
    pattern = r"(?:github(?:usercontent)?\.com|/github|/gh)/([\w.-]+/[\w.-]+?)(?=[/)\"'\s]|\.git|$)"
    for place in places:
        for found in re.findall(pattern, place.read_text()):
            assert found == address, f"{place.name} names {found}, pyproject.toml {address}"


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, iblrnn_helpers.task.generative_model, iblrnn_helpers.agents.bayes\n"
        "heavy = {'torch', 'numba', 'matplotlib', 'pandas', 'sklearn', 'papermill'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, f"loaded: {done.stderr}"


@pytest.mark.parametrize("notebook", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_papermill_lists_every_parameter(notebook):
    """Its parser of annotations is simpler than Python's: it passes over ``int | None``."""
    ours = {parameter.name for parameter in notebook.parameters}
    assert set(papermill.inspect_notebook(notebook.path.with_suffix(".ipynb"))) == ours


def test_every_figure_has_a_name_of_its_own():
    """The book refers to figures by name, across all chapters."""
    notebooks = (ROOT / "notebooks").glob("*.py")
    names = [n for p in notebooks for n in re.findall(r'"name": "(fig-[^"]+)"', p.read_text())]
    assert names and sorted(set(names)) == sorted(names)
