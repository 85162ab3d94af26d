"""Scripts of the page "In your own work", run as readers run them: alone, in an empty folder."""

import runpy
import shutil
import sys

import pytest
from bare import ROOT


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a script by name and gives its globals; the folder is ``tmp_path``."""

    def run_script(name):
        script = shutil.copy(ROOT / "book" / "own" / f"{name}.py", tmp_path)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return runpy.run_path(script, run_name="__main__")

    return run_script
