"""The child that runs a notebook, of a process that has loaded what runs it and no library."""

import os
from pathlib import Path

import ipykernel.kernelapp
import ipykernel.zmqshell  # noqa: F401
import papermill  # noqa: F401

from iblrnn_helpers.core.processes import child_environment
from iblrnn_helpers.publishing.running.child import become  # noqa: F401
from iblrnn_helpers.publishing.running.forks import ForkServer


def forks_for(n_alike):
    """In the place of `execution.forks_for`, and ready sooner."""
    from iblrnn_helpers.publishing.running.execution import _environment

    path = os.pathsep.join([str(Path(__file__).parent), child_environment()["PYTHONPATH"]])
    return ForkServer("light_child", _environment(n_alike) | {"PYTHONPATH": path})
