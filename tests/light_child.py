"""The child that runs a notebook, of a process that has loaded what runs it and no library."""

import ipykernel.kernelapp
import ipykernel.zmqshell  # noqa: F401
import papermill  # noqa: F401

from iblrnn_helpers.publishing.running.child import become  # noqa: F401
