"""Processes that are forks of one, which has loaded their libraries: they start at once.

Loading takes longer than many a chapter or setting, and is most of its memory, which forks share.
As a program, ``forks.py MODULE LOAD CHANNEL``, this file forks where it is asked.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import IO

POSSIBLE = sys.platform == "linux"  # macOS's own libraries do not bear it
_POLL_SECONDS = 0.05
_LONGEST = 2**16  # bytes of a message
_GONE = (BrokenPipeError, ConnectionResetError)


class ForkServer:
    """A process that loads what a module needs, and forks, until the block ends or this process.

    Parameters
    ----------
    module : str
        Whose ``become(text)`` a fork calls.
    environment : Mapping[str, str]
        Of the process and its forks.
    load : str, optional
        The module's function that is called once, before there is a fork.
    """

    def __init__(self, module: str, environment: Mapping[str, str], load: str = ""):
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()
        self._lock = threading.Lock()
        self._said: dict[int, dict] = {}  # of each fork, by its number: its pid, then its status
        with theirs:
            self._process = subprocess.Popen(
                # Not by ``-m``, which would have json.py of the current folder for the library's.
                [sys.executable, __file__, module, load, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env=dict(environment),
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops us
            )

    def fork(self, text: str, stderr: IO, stdout: IO | None = None) -> Fork:
        """Start a process that works on a text.

        Parameters
        ----------
        text : str
        stderr, stdout : file
            Of the process.  Without the latter it is a pipe to read from.

        Raises
        ------
        ChildProcessError
            If the process from which to fork has ended, or cannot fork.
        """
        life, ours = os.pipe()
        reading, writing = (None, os.dup(stdout.fileno())) if stdout else os.pipe()
        fork = Fork(self, ours, reading)
        try:
            with self._lock:
                number = len(self._said)
                self._said[number] = {}
                with suppress(*_GONE):
                    message = json.dumps({"fork": number, "text": text}).encode()
                    socket.send_fds(self._channel, [message], [life, writing, stderr.fileno()])
                    while not self._said[number] and self._read():
                        pass
                said = self._said[number]
            if "pid" not in said:
                raise ChildProcessError(said.get("error") or self._how_it_ended())
            fork.number, fork.pid = number, said["pid"]
            return fork
        except BaseException:
            fork.close()
            raise
        finally:
            os.close(life)
            os.close(writing)

    def status(self, number: int) -> int | None:
        """Of a fork that has ended; of any of them if the process has."""
        with self._lock:
            gone = self._channel.fileno() < 0
            while not gone and select.select([self._channel], [], [], 0)[0]:
                gone = not self._read()
            if "status" in self._said[number]:
                return self._said[number]["status"]
        return (self._process.wait() or 1) if gone else None

    def _read(self) -> bool:
        """Take in a message; False where none can come any more."""
        message = self._channel.recv(_LONGEST)
        if message:
            said = json.loads(message)
            self._said[said.pop("fork")].update(said)
        return bool(message)

    def _how_it_ended(self) -> str:
        status = self._process.wait()
        if status < 0:
            return f"the process to fork was killed ({signal.Signals(-status).name})"
        self._errors.seek(0)
        *_, last = self._errors.read().decode(errors="replace").strip().splitlines() or [""]
        return f"the process to fork ended with status {status}: {last}"

    def __enter__(self) -> ForkServer:
        """Wait until all is loaded, or the process has ended."""
        try:
            with suppress(*_GONE):
                self._channel.recv(_LONGEST)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error) -> None:
        """End the process.  Forks end when their standard input closes."""
        self._process.kill()
        self._process.wait()
        with self._lock:
            self._channel.close()
        self._errors.close()


class Child:
    """A fork of this process, with what is used of ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int | None = None):
        self.pid, self.returncode = pid, None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._status()
        return self.returncode

    def _status(self) -> int | None:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("fork", timeout)
            time.sleep(_POLL_SECONDS)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Fork(Child):
    """A fork of a `ForkServer`, which says how it ended."""

    def __init__(self, server: ForkServer, stdin: int, stdout: int | None):
        super().__init__()
        self._server, self.number = server, None
        self.stdin = open(stdin, "wb", buffering=0)
        self.stdout = None if stdout is None else open(stdout, encoding="utf-8")

    def _status(self) -> int | None:
        return self._server.status(self.number)

    def close(self) -> None:
        """Close its pipes."""
        for stream in filter(None, (self.stdin, self.stdout)):
            stream.close()


def _serve(name: str, load: str, channel: socket.socket) -> None:
    """Fork where it is asked, until the other end closes; say how each fork ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
    if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):  # of a script
        del sys.path[0]
    module = importlib.import_module(name)
    if load:
        getattr(module, load)()
    gc.collect()
    gc.freeze()  # what a look for garbage touches would be shared no longer
    running: dict[int, int] = {}
    channel.send(b"loaded")

    def tell(number: int, **said) -> None:
        with suppress(*_GONE):
            channel.send(json.dumps({"fork": number, **said}).encode())

    while True:
        if select.select([channel], [], [], _POLL_SECONDS)[0]:
            message, descriptors, *_ = socket.recv_fds(channel, _LONGEST, 3)
            if not message:
                os._exit(0)
            asked = json.loads(message)
            try:
                with warnings.catch_warnings():
                    # Of one thread, jemalloc's in pyarrow, which stops it around a fork.
                    warnings.simplefilter("ignore", DeprecationWarning)
                    process = os.fork()
            except OSError as error:  # such as too many processes
                tell(asked["fork"], error=str(error))
                process = None
            if process == 0:
                channel.close()
                if numpy := sys.modules.get("numpy"):  # else all forks draw the same
                    numpy.random.seed()
                for standard, descriptor in enumerate(descriptors):
                    os.dup2(descriptor, standard)
            for descriptor in descriptors:
                os.close(descriptor)
            if process == 0:
                return module.become(asked["text"])
            if process:
                running[process] = asked["fork"]
                tell(asked["fork"], pid=process)
        while running:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                break
            if process in running:  # and not a library's
                tell(running.pop(process), status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _serve(*sys.argv[1:3], socket.socket(fileno=int(sys.argv[3])))
