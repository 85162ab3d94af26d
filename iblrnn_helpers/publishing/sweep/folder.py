"""The folder of a sweep: which settings, what came out, what failed, who is at it.

Everything about a setting has the setting's name: ``settings/NAME.json`` (its values),
``results/NAME.json`` (what came out), ``status/NAME.json`` (the last attempt), ``logs/NAME.log``
and ``locks/NAME.lock``, which the process that computes it holds.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...core.files import write_atomically
from ..running.places import shown

LOG_LINES = 5
_NAME_LENGTH = 80


@dataclass(frozen=True)
class Setting:
    """One point of a sweep: the value of every parameter, and the name of its files."""

    name: str
    values: Mapping[str, object]


def setting_of(values: Mapping[str, object], defaults: Mapping[str, object]) -> Setting:
    """A setting and its name: seed and what differs from the defaults, and a digest of all.

    The name depends on the values alone, not on how they were asked for.

    Parameters
    ----------
    values : dict
        Of every parameter.
    defaults : dict
        Of every parameter.
    """
    said = [n for n in defaults if n == "seed" or values[n] != defaults[n]]
    text = "_".join(f"{name}-{_plain(values[name])}" for name in said) or "defaults"
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:10]
    return Setting(f"{text[:_NAME_LENGTH]}-{digest}", values)


class SweepFolder:
    """Results, states, logs and locks of one sweep.

    Any number of processes may use it at once.

    Parameters
    ----------
    path : path-like
    """

    def __init__(self, path):
        self.path = Path(path).expanduser().resolve()

    @property
    def artifacts(self) -> Path:
        """Trained networks, and checkpoints of those in training."""
        return self.path / "artifacts"

    @property
    def notebooks(self) -> Path:
        """Executed notebooks."""
        return self.path / "notebooks"

    @property
    def gallery(self) -> Path:
        return self.path / "gallery"

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    def claim_for(self, target: str, source: str) -> None:
        """Note what this folder's sweep is of.

        Raises
        ------
        ValueError
            If it holds a sweep of something else.
        """
        noted = self._read("sweep.json").get("target")
        if noted not in (None, target):
            raise ValueError(
                f"{shown(self.path)} holds a sweep of {noted}; choose another folder for {target}"
            )
        self._write("sweep.json", {"target": target, "source": source})

    @property
    def source(self) -> str:
        """Where the target is found again, as noted by `claim_for`."""
        return self._read("sweep.json")["source"]

    def add(self, settings: Sequence[Setting]) -> None:
        """Write down the values of settings that are not there yet."""
        for setting in settings:
            if self._read(f"settings/{setting.name}.json") != setting.values:
                self._write(f"settings/{setting.name}.json", setting.values)

    def values(self, name: str) -> dict:
        return self._read(f"settings/{name}.json")

    def names(self) -> list[str]:
        """Settings that were ever asked for."""
        return sorted(path.stem for path in (self.path / "settings").glob("*.json"))

    def result(self, name: str, code: str | None = None) -> dict | None:
        """What came out; None if there is nothing, it is damaged, or other code made it.

        Parameters
        ----------
        name : str
        code : str, optional
            Fingerprint of the code; any where omitted.
        """
        found = self._read(f"results/{name}.json")
        result = found.get("result")
        if result is None or found.get("sha256") != _digest(result):
            return None
        return result if code in (None, result["code"]) else None

    def write_result(self, name: str, result: Mapping) -> None:
        self._write(f"results/{name}.json", {"sha256": _digest(result), "result": result})

    def status(self, name: str) -> dict:
        """Of the last attempt: ``state``, ``message``, ``code``, ``attempt``, ``job`` ...

        ``running`` is what a killed process leaves behind: see `is_busy`.
        """
        return self._read(f"status/{name}.json")

    def write_status(self, name: str, **status) -> None:
        self._write(f"status/{name}.json", status)

    def job(self, name: str) -> str | None:
        """The cluster's job that was last submitted for a setting."""
        return self._read(f"jobs/{name}.json").get("job")

    def write_job(self, name: str, job: str) -> None:
        self._write(f"jobs/{name}.json", {"job": job})

    @contextmanager
    def lock(self, name: str) -> Iterator[bool]:
        """Try to take a setting; gives whether we have it.

        The lock is the operating system's: it opens when its process ends, however it ends.
        """
        import filelock

        path = self.path / "locks" / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            yield False
            return
        except NotImplementedError:
            raise RuntimeError(
                f"the file system of {self.path} has no file locks, without which a setting "
                "could be computed twice at once; choose a folder on another one"
            ) from None
        try:
            yield True
        finally:
            lock.release()

    def is_busy(self, name: str) -> bool:
        """Whether a process computes the setting right now."""
        with self.lock(name) as free:
            return not free

    def log_end(self, name: str) -> str:
        """Where a setting's log is, and its last lines."""
        try:
            text = self.log(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "it left no log"
        lines = [line for line in text.splitlines() if line.strip()][-LOG_LINES:]
        return "\n".join([f"log: {shown(self.log(name))}", *(f"  | {line}" for line in lines)])

    def _read(self, name: str) -> dict:
        try:
            found = json.loads((self.path / name).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, content: Mapping) -> None:
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write_atomically(self.path / name, text + "\n")


def _digest(content: Mapping) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value) -> str:
    if isinstance(value, (list, tuple)):
        return "+".join(_plain(item) for item in value)
    return re.sub(r"[^A-Za-z0-9_.+-]", "-", str(value))
