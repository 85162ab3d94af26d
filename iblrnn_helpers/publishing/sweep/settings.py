"""The settings of a sweep: how they are asked for, how they are named, and where they are kept.

Everything about a setting lies in the sweep's folder under the setting's name: its values in
``settings/NAME.json``, what came out in ``results/NAME.json``, the last attempt in
``status/NAME.json``, the cluster's job in ``jobs/NAME.json``, ``logs/NAME.log``, and
``locks/NAME.lock``, which the process that computes it holds.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...core.files import check_folder, is_special, read_json, write_atomically
from ..running.notebooks import Parameter, unknown
from ..running.planning import shown

Values = dict[str, object]
LOG_LINES = 5
_NAME_LENGTH = 80
_MOST_SETTINGS = 1_000_000
_FOLDERS = (
    "settings",
    "results",
    "status",
    "jobs",
    "logs",
    "locks",
    "notebooks",
    "gallery",
    "slurm",
)
_FILES = ("sweep.json", "table.csv", "table.parquet")
_OF_SWEEP = {"target", "source"}  # what sweep.json notes


def grid(**choices: Iterable) -> list[Values]:
    """Every combination of some choices: ``grid(seed=range(8), n_units=[10, 50])``.

    The last name varies fastest.
    """
    return [
        dict(zip(choices, combination, strict=True))
        for combination in itertools.product(*choices.values())
    ]


def read_grid(
    pairs: Sequence[tuple[str, str]], parameters: Mapping[str, Parameter]
) -> dict[str, list]:
    """Choices by name, as typed on a command line.

    Parameters
    ----------
    pairs : sequence of (name, text)
        ``("seed", "0:20")``: whole numbers from 0 to 19; ``0:20:5``: every fifth of them;
        ``("n_units", "10,50,100")``: a list; or one value.  A parameter that is itself a list
        takes ``;`` between its choices: ``("strengths", "0,1,2;0,2")``.  So does JSON.
    parameters : dict of name to Parameter

    Raises
    ------
    ValueError
        An unknown name, the same name twice, or a value of another type.
    """
    choices: dict[str, list] = {}
    for name, text in pairs:
        if name in choices:
            raise ValueError(f"parameter {name} is given twice; put its values into one list")
        choices[name] = _read_choices(known_parameter(name, parameters), text)
    return choices


def combined(rows: Sequence[Values], choices: Mapping[str, Iterable]) -> list[Values]:
    """Each listed setting with each combination of the choices.

    Raises
    ------
    ValueError
        If a parameter is in both, or there are more than a million settings.
    """
    _not_too_many(len(rows or [{}]) * math.prod(len(list(values)) for values in choices.values()))
    both = {name for row in rows for name in row} & set(choices)
    if both:
        raise ValueError(f"{', '.join(sorted(both))} is in the list and in -p; give it in one")
    return [{**row, **more} for row in rows or [{}] for more in grid(**choices)]


def known_parameter(name: str, parameters: Mapping[str, Parameter]) -> Parameter:
    """The parameter of that name, or a ValueError that says which there are."""
    if name not in parameters:
        raise ValueError(unknown("parameter", str(name), parameters))
    return parameters[name]


@dataclass(frozen=True)
class Setting:
    """One point of a sweep: the value of every parameter, and the name of its files."""

    name: str
    values: Mapping[str, object]


def setting_of(
    values: Mapping[str, object], defaults: Mapping[str, object], later: Container[str] = ()
) -> Setting:
    """A setting and its name: seed and what differs from the defaults, and a digest of all.

    The name depends on the values alone, not on how they were asked for.

    Parameters
    ----------
    values, defaults : dict
        Of every parameter.
    later : collection of str
        Parameters that came when there were settings already: at their defaults they name nothing.
    """
    said = [n for n in defaults if n == "seed" or values[n] != defaults[n]]
    text = "_".join(f"{name}-{_plain(values[name])}" for name in said) or "defaults"
    telling = {n: v for n, v in values.items() if n in said or n not in later}
    digest = hashlib.sha256(json.dumps(telling, sort_keys=True).encode()).hexdigest()[:10]
    return Setting(f"{text[:_NAME_LENGTH]}-{digest}", values)


class SweepFolder:
    """Results, states, logs and locks of one sweep; any number of processes may use it at once.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    artifacts : Path
        Trained networks, and checkpoints of those in training: shared with others where
        ``IBLRNN_ARTIFACTS`` says so.
    notebooks : Path
        Executed ones.
    gallery : Path
    """

    def __init__(self, path):
        self.path = Path(path).expanduser().resolve()
        self.artifacts = Path(os.environ.get("IBLRNN_ARTIFACTS") or self.path / "artifacts")
        self.notebooks, self.gallery = self.path / "notebooks", self.path / "gallery"

    def check_for(self, target: str) -> None:
        """See whether this folder may take a sweep: it overwrites what it finds by its own names.

        Raises
        ------
        ValueError
            If it holds a sweep of something else, or a file or folder that is of no sweep.
        """
        noted = self._read("sweep")
        for name in (*_FOLDERS, *_FILES):
            path = self.path / name
            if os.path.lexists(path) and noted.keys() != _OF_SWEEP:
                noted = self._read("sweep")  # as another process may have begun it just now
                if noted.keys() != _OF_SWEEP:
                    raise ValueError(
                        f"--out {shown(self.path)} has {name}, though it holds no sweep; choose "
                        "another folder, so that nothing of yours is overwritten"
                    )
            if name in _FOLDERS:
                check_folder("--out", path)
            elif is_special(path):
                raise ValueError(f"--out {shown(path)} is no regular file; remove it")
        if noted.keys() == _OF_SWEEP and noted["target"] != target:
            raise ValueError(
                f"{shown(self.path)} holds a sweep of {noted['target']}; choose another folder "
                f"for {target}"
            )

    def claim_for(self, target: str, source: str) -> None:
        """Note what this folder's sweep is of; see `check_for`."""
        self.check_for(target)
        self._write("sweep", {"target": target, "source": source})

    @property
    def source(self) -> str:
        """Where the target is found again, as noted by `claim_for`."""
        return self._read("sweep")["source"]

    def add(self, settings: Sequence[Setting]) -> None:
        """Write down the values of settings that are not there yet."""
        for setting in settings:
            if self.values(setting.name) != setting.values:
                self._write(f"settings/{setting.name}", setting.values)

    def values(self, name: str) -> dict:
        return self._read(f"settings/{name}")

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
        found = self._read(f"results/{name}")
        result = found.get("result")
        if result is None or found.get("sha256") != _digest(result):
            return None
        return result if code in (None, result["code"]) else None

    def write_result(self, name: str, result: Mapping) -> None:
        self._write(f"results/{name}", {"sha256": _digest(result), "result": result})

    def status(self, name: str) -> dict:
        """Of the last attempt: ``state``, ``message``, ``code``, ``attempt``, ``job`` ...

        ``running`` is what a killed process leaves behind: see `is_busy`.
        """
        return self._read(f"status/{name}")

    def write_status(self, name: str, **status) -> None:
        self._write(f"status/{name}", status)

    def failed_by_itself(self, name: str, code: str) -> bool:
        """Whether the last attempt ended by its own error, with this code."""
        status = self.status(name)
        return status.get("state") == "failed" and status.get("code") == code

    def job(self, name: str) -> str | None:
        """The cluster's job that was last submitted for a setting."""
        return self._read(f"jobs/{name}").get("job")

    def write_job(self, name: str, job: str) -> None:
        self._write(f"jobs/{name}", {"job": job})

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

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    def log_end(self, name: str) -> str:
        """Where a setting's log is, and its last lines."""
        try:
            text = self.log(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "it left no log"
        lines = [line for line in text.splitlines() if line.strip()][-LOG_LINES:]
        return "\n".join([f"log: {shown(self.log(name))}", *(f"  | {line}" for line in lines)])

    def _read(self, name: str) -> dict:
        return read_json(self.path / f"{name}.json")

    def _write(self, name: str, content: Mapping) -> None:
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write_atomically(self.path / f"{name}.json", text + "\n")


def _read_choices(parameter: Parameter, text: str) -> list:
    kind = parameter.annotation
    numbers = re.fullmatch(r"(-?\d+):(-?\d+)(?::(\d+))?", text.strip())
    if numbers and kind == "int":
        start, stop, step = (parameter.read(number or "1") for number in numbers.groups())
        if step == 0 or stop <= start:
            raise ValueError(f"parameter {parameter.name}: the range {text} is empty")
        _not_too_many((stop - start) // step, f"parameter {parameter.name}: the range {text}")
        return list(range(start, stop, step))
    has_commas = kind.startswith("list[") or "{" in text  # lists, and fields in JSON
    parts = [part.strip() for part in text.split(";" if has_commas else ",")]
    if "" in parts:
        raise ValueError(f"parameter {parameter.name}: a value is missing in {text!r}")
    return [parameter.read(part) for part in parts]


def _not_too_many(n_settings: int, what: str = "the sweep") -> None:
    if n_settings > _MOST_SETTINGS:
        raise ValueError(
            f"{what} has {n_settings:,} settings; there may be {_MOST_SETTINGS:,} at most"
        )


def _plain(value) -> str:
    if isinstance(value, (list, tuple)):
        return "+".join(map(_plain, value))
    return re.sub(r"[^A-Za-z0-9_.+-]", "-", str(value))


def _digest(content: Mapping) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
