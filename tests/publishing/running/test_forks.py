"""Forks of a process that has libraries loaded: they do the same, and end as others do."""

import os
import signal
import subprocess
import sys
import threading

import nbformat
import pytest
from toys import is_alive, wait_for

from iblrnn_helpers.core.processes import child_environment
from iblrnn_helpers.publishing.running.execution import Execution, forks_for
from iblrnn_helpers.publishing.running.forks import POSSIBLE, Fork, ForkServer

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="not on this system")

WORK = """\
import os, sys
loaded = []
def load():
    loaded.append(os.getpid())
def become(text):
    print(text, loaded == [os.getppid()], flush=True)
    if text == "sleep":
        sys.stdin.read()  # until it closes
    os._exit(int(text))
"""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Started in a folder that has a file with a library's name."""
    (tmp_path / "work.py").write_text(WORK)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "json.py").write_text("raise RuntimeError('not the one')")
    monkeypatch.chdir(tmp_path / "own")
    with ForkServer("work", child_environment(PYTHONPATH=path_with(tmp_path)), "load") as server:
        yield server


def path_with(folder):
    return os.pathsep.join([str(folder), child_environment()["PYTHONPATH"]])


def test_forks_have_what_is_loaded_and_tell_how_they_ended(server, tmp_path):
    with open(tmp_path / "errors.txt", "w+") as errors:
        forks = {}

        def start(text):
            forks[text] = server.fork(text, errors)

        threads = [
            threading.Thread(target=start, args=(text,)) for text in ("3", "0", "x", "sleep")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with pytest.raises(subprocess.TimeoutExpired):
            forks["sleep"].wait(0.2)
        assert forks["3"].wait(60) == 3 and forks["0"].wait(60) == 0 and forks["x"].wait(60) == 1
        forks["sleep"].kill()
        assert forks["sleep"].wait(60) == -signal.SIGKILL
        for text, fork in forks.items():
            assert fork.stdout.read() == f"{text} True\n"
            fork.close()
        errors.seek(0)
        assert "invalid literal" in errors.read()


def test_a_fork_ends_where_its_input_is_closed(server):
    fork = server.fork("sleep", sys.__stderr__)
    assert fork.stdout.readline() == "sleep True\n" and fork.poll() is None
    fork.close()
    assert fork.wait(60) == 1


def test_a_process_that_cannot_load_or_is_killed_is_told(server):
    with ForkServer("no_such_module", child_environment()) as other:
        with pytest.raises(ChildProcessError, match="status 1: ModuleNotFoundError: No module"):
            other.fork("0", sys.__stderr__)
    fork = server.fork("sleep", sys.__stderr__)
    server._process.kill()
    assert fork.wait(60) == -signal.SIGKILL
    with pytest.raises(ChildProcessError, match=r"was killed \(SIGKILL\)"):
        server.fork("0", sys.__stderr__)
    fork.close()


@pytest.mark.slow
def test_what_cannot_be_forked_is_started(server):
    server._process.kill()
    cell = nbformat.v4.new_code_cell("print('done')", id="a")
    node = nbformat.v4.new_notebook(cells=[cell])
    with Execution(node, {}, 300, {}, server=server) as execution:
        assert execution.wait(lambda k, n: None) is None
        assert "done" in execution.output.read_text()


def test_all_end_with_the_process_that_asked(tmp_path):
    (tmp_path / "work.py").write_text(WORK)
    asks = (
        "import sys\nfrom iblrnn_helpers.publishing.running.forks import ForkServer\n"
        "import os\nwith ForkServer('work', dict(os.environ), 'load') as server:\n"
        "    fork = server.fork('sleep', sys.stderr)\n"
        "    print(server._process.pid, fork.pid, flush=True)\n    input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", asks],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(PYTHONPATH=path_with(tmp_path)),
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2 and all(map(is_alive, pids))
    process.kill()
    process.communicate()
    wait_for(lambda: not any(map(is_alive, pids)))


# What a library or the kernel could find out about its process, or has from its start.
CELLS = (
    "import os, sys, warnings\nprint(sorted(os.listdir()), sys.argv[0][-20:], sys.path[:1])\n"
    "print(os.environ['MPLBACKEND'], os.environ['IBLRNN_TOLD'], hash('a'), __name__)\n"
    "print(list(sys.modules['__main__'].__dict__)[:3]); warnings.warn('w')",
    "import pandas as pd\npd.DataFrame([[0.5] * 30] * 100)",
    "import seaborn as sns\nsns.lineplot(x=[0, 1], y=[0, 1])",
    "import numpy as np\nnp.random.default_rng(0).random(3) @ np.ones(3), np.geterr(), repr(np.pi)",
    "import torch\ntorch.manual_seed(0); torch.randn(2), torch.get_num_threads()",
    "import subprocess\nprint(subprocess.run(['cat'], capture_output=True, input=b'in').stdout)",
    "import logging\nlogging.warning('logged'); os.system('echo from outside')",
)


@pytest.mark.slow
def test_a_forked_notebook_is_that_of_a_process_of_its_own():
    cells = [nbformat.v4.new_code_cell(cell, id=f"c{k}") for k, cell in enumerate(CELLS)]
    executed = []
    with forks_for(1) as server:
        for given in (None, server):
            node = nbformat.v4.new_notebook(cells=cells)
            with Execution(node, {}, 300, {"IBLRNN_TOLD": "told"}, server=given) as execution:
                assert isinstance(execution._process, Fork) == (given is server)
                assert execution.wait(lambda k, n: None) is None
                executed.append(execution.output.read_text())
    assert executed[0] == executed[1]
    assert "told" in executed[0] and "image/png" in executed[0] and "logged" in executed[0]
