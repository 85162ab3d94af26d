"""A notebook's kernel that is a fork of the process which runs the notebook."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import EntryPoint
from importlib.util import find_spec

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from .forks import Child

_NAME = "iblrnn-fork"
_LONGEST = 2**16  # bytes of a kernel's arguments


class ForkedKernel(LocalProvisioner):
    """Starts the kernel that `fork_kernel` made."""

    async def launch_kernel(self, cmd: list[str], **kwargs):
        self.process = _waiting.pop()
        self.pid = self.pgid = self.process.pid
        self.process.start(cmd)
        return self.connection_info


class _Kernel(Child):
    """Waits for its arguments."""

    def __init__(self, pid: int, tell: int):
        super().__init__(pid)
        self._tell = tell

    def start(self, arguments: list[str]) -> None:
        os.write(self._tell, json.dumps(arguments).encode())
        os.close(self._tell)


_waiting: list[_Kernel] = []


def fork_kernel(*arguments: str) -> KernelSpec:
    """Fork a process that waits to become a kernel; it ends with this one.

    To be called before there are threads, of which a fork has none.
    """
    told, tell = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(tell)
        _become_kernel(told)
    os.close(told)
    _waiting.append(_Kernel(pid, tell))
    factory = KernelProvisionerFactory.instance()
    place = f"{__name__}:{ForkedKernel.__name__}"
    factory.provisioners[_NAME] = EntryPoint(_NAME, place, factory.GROUP_NAME)
    return KernelSpec(
        argv=["-f", "{connection_file}", f"--IPKernelApp.parent_handle={os.getpid()}", *arguments],
        metadata={"kernel_provisioner": {"provisioner_name": _NAME}},
    )


def _become_kernel(told: int) -> None:
    from ipykernel.kernelapp import launch_new_instance

    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    try:
        if arguments := os.read(told, _LONGEST):
            sys.argv = [find_spec("ipykernel_launcher").origin, *json.loads(arguments)]
            launch_new_instance()
    finally:
        os._exit(0)
