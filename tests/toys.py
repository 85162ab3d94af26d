"""Something quick to sweep, and ways to run and to kill it."""

import os
import subprocess
import sys
import time
from pathlib import Path

SOURCE = """
import os, time

def square(x: float = 1.0, seed: int = 0, seconds: float = 0.0, problem: str = "") -> dict:
    with open("computed.txt", "a") as file:
        file.write(f"{x} {seed}\\n")
    time.sleep(seconds)
    if problem == "once" and not os.path.exists("repaired"):
        raise RuntimeError("x is a bad number")
    if problem == "machine" and not os.path.exists("repaired"):
        raise OSError(28, "No space left on device")
    return {"square": x * x, "none": float("nan")}
"""


def write_toy(folder):
    (Path(folder) / "toy.py").write_text(SOURCE)


def command(*arguments):
    return [sys.executable, "-m", "iblrnn_helpers.cli", "sweep", *map(str, arguments)]


def started(folder, *arguments, target="toy:square"):
    """``iblrnn sweep TARGET --out out ...`` as a process in a folder."""
    return subprocess.Popen(
        command(target, "--out", "out", *arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def computed(folder):
    """What was begun, in order: a list of 'x seed'."""
    path = Path(folder) / "computed.txt"
    return path.read_text().splitlines() if path.exists() else []


def wait_for(found, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip()[:1] not in ("", "Z")
