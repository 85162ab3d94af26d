"""The command ``iblrnn`` in the tests' own process, where that is not what is tested."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from iblrnn_helpers.cli import main
from iblrnn_helpers.publishing.running import pipeline
from iblrnn_helpers.publishing.running.forks import POSSIBLE


@pytest.fixture(scope="module")
def light_forks():
    """In the place of `execution.forks_for`: a process that has loaded little, once for all."""
    from light_child import forks_for

    with forks_for(1) as server:
        yield lambda n_alike: nullcontext(server)


@pytest.fixture
def iblrnn_here(monkeypatch, capsys, request):
    """``iblrnn ...`` in a folder; where notebooks can be forks, they are, and each starts soon.

    That forks show what processes of their own do is tested in running/test_forks.py.
    """
    if POSSIBLE:
        monkeypatch.setattr(pipeline, "forks_for", request.getfixturevalue("light_forks"))
        monkeypatch.setattr(pipeline, "FEW", 0)

    def run(root, *arguments):
        monkeypatch.chdir(root)
        capsys.readouterr()
        status = main(list(map(str, arguments)))
        said = capsys.readouterr()
        return SimpleNamespace(returncode=status, stdout=said.out, stderr=said.err)

    return run
