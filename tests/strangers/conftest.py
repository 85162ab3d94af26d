"""Scripts of the page "In your own work", run as readers run them: alone, in an empty folder."""

import runpy
import sys

import pytest
from bare import ROOT


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a script by name and gives its globals; the folder is ``tmp_path``.

    ``others`` are pairs of words that the script has once and what to put instead.
    """

    def run_script(name, others=()):
        text = (ROOT / "book" / "own" / f"{name}.py").read_text(encoding="utf-8")
        for words, instead in others:
            assert text.count(words) == 1
            text = text.replace(words, instead)
        script = tmp_path / f"{name}.py"
        script.write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return runpy.run_path(str(script), run_name="__main__")

    return run_script
