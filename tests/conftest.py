"""Tests see nothing of who calls them: no variable, no folder, no ignored Ctrl-C."""

import gc
import os
import signal

import pytest

from iblrnn_helpers.core.processes import THREADS

# Before any test is imported, and so before anything looks. Only the mice's data are of use.
CALLERS = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("IBLRNN_")}
os.environ.pop("MPLBACKEND", None)
os.environ.update(
    THREADS
)  # as notebooks have it: tests that run side by side wait for no other's threads
# A shell starts what runs in the background with Ctrl-C ignored, which children would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
gc.set_threshold(30_000, 20, 50)  # figures are many objects; it is looked for often enough


def pytest_collection_finish():
    """Garbage is not looked for in what stays until the end: libraries, modules and tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_place(tmp_path_factory):
    """An empty folder to be in, and trained networks in another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IBLRNN_ARTIFACTS", str(tmp_path_factory.mktemp("artifacts")))
        patch.chdir(tmp_path_factory.mktemp("here"))
        yield


@pytest.fixture(scope="session")
def mouse_data():
    """The folder of the mice's real trials that the caller has, if there is one."""
    if "IBLRNN_MOUSE_DATA" not in CALLERS:
        pytest.skip("needs the mice's data, in the folder IBLRNN_MOUSE_DATA")
    return CALLERS["IBLRNN_MOUSE_DATA"]
