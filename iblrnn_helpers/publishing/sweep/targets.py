"""What can be swept: ``train``, a notebook, or any function ``module:name``."""

from __future__ import annotations

import errno
import importlib
import inspect
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...core.checks import check_parameters
from ...core.files import write_atomically
from ...core.fingerprint import fingerprint
from ..ledger.results import results
from ..running.execution import Execution
from ..running.notebooks import KINDS, Notebook, Parameter, unknown
from ..running.planning import digest, parts_of, versions
from .settings import SweepFolder

TRAIN = "train"
# What a notebook says when the machine, not the notebook, was at fault.
_MACHINES = (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EIO, errno.EMFILE, errno.ENFILE)
_MACHINE = ("[Errno 28]", "[Errno 122]", "MemoryError", "ended its kernel", "killed by signal")


class CutShort(RuntimeError):
    """A computation that the machine ended: killed, out of memory or of disk.

    It may well succeed when it is run again, unlike one that ended by its own error.
    """


@dataclass(frozen=True)
class TargetNumbers:
    """What a target says of a setting: numbers, and remarks about what has none."""

    numbers: Mapping[str, float | None]
    remarks: tuple[str, ...] = ()


class Target(Protocol):
    """Something that turns the values of its parameters into numbers."""

    name: str
    source: str  # finds it again, in another process: see `find_target`
    parameters: Mapping[str, Parameter]

    def check(self, values: Mapping[str, object]) -> None:
        """Raise a ValueError if it cannot be run with these values."""

    def code(self) -> str:
        """Fingerprint of the code that decides its numbers."""

    def run(self, values: Mapping[str, object], folder: SweepFolder, setting: str) -> TargetNumbers:
        """Compute."""


def complete(target: Target, given: Mapping[str, object]) -> dict[str, object]:
    """A value for every parameter of a target: those given, and defaults.

    Raises
    ------
    ValueError
        An unknown parameter, or values that do not go together.
    """
    for name in given:
        if name not in target.parameters:
            raise ValueError(unknown(f"parameter of {target.name}", name, target.parameters))
    values = {name: given.get(name, p.default) for name, p in target.parameters.items()}
    values = {name: target.parameters[name].check(value) for name, value in values.items()}
    try:
        target.check(values)
    except ValueError as error:
        said = ", ".join(f"{name}={value}" for name, value in given.items()) or "the defaults"
        raise ValueError(f"setting {said}: {error}") from None
    return values


class NotebookTarget:
    """A notebook, run by papermill; its numbers are the claims that it measures.

    It runs alone: what others have made for it, it finds in the sweep's artifacts or makes.
    """

    def __init__(self, notebook: Notebook):
        self.notebook, self.name, self.source = notebook, notebook.name, str(notebook.path)
        self.parameters = {parameter.name: parameter for parameter in notebook.parameters}

    def check(self, values) -> None:
        check_parameters(values)

    def code(self) -> str:
        return digest(parts_of(self.notebook))[:16]

    def run(self, values, folder: SweepFolder, setting: str) -> TargetNumbers:
        changed = {n: v for n, v in values.items() if v != self.parameters[n].default}
        with Execution(
            self.notebook.node,
            changed,
            self.notebook.cell_timeout,
            {"IBLRNN_ARTIFACTS": str(folder.artifacts)},
            hidden=(str(folder.path),),
        ) as execution:
            error = execution.wait(lambda cell, n_cells: print(f"cell {cell} of {n_cells}"))
            if execution.output.exists():  # after a failure, as far as it came
                path = folder.notebooks / f"{setting}.ipynb"
                write_atomically(path, execution.output.read_bytes())
            if error:
                machine = any(sign in error for sign in _MACHINE)
                raise CutShort(error) if machine else RuntimeError(error)
            found = {one.claim.id: one.measured for one in results(execution.results)}
        return TargetNumbers({name: value for name, value in found.items() if value is not None})


class FunctionTarget:
    """A function of keyword parameters with types and defaults, that returns a dict of numbers.

    ``iblrnn sweep my_module:my_function`` finds ``my_module.py`` in the current folder, too.
    """

    def __init__(self, name: str):
        self.name = self.source = name
        module, _, function = name.partition(":")
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        try:
            self.function = getattr(importlib.import_module(module), function)
            signature = inspect.signature(self.function)
        except (Exception, SystemExit) as error:  # whatever the module does when it is imported
            said = f"{type(error).__name__}: {error}"
            raise ValueError(f"{name} is no function that can be imported: {said}") from error
        self.parameters = _signature_parameters(name, signature)

    def check(self, values) -> None:
        """Anything goes: the function says what does not, when it runs."""

    def code(self) -> str:
        module, _, function = self.name.partition(":")
        source, folder = getattr(sys.modules[module], "__file__", None), None
        if source:  # where the first part of its name is found, and so its neighbours
            folder = Path(source).parents[module.count(".") + source.endswith("__init__.py")]
        code = fingerprint(text=f"from {module} import {function}", folder=folder)
        return digest([code, versions()])[:16]

    def run(self, values, folder: SweepFolder, setting: str) -> TargetNumbers:
        try:
            found = self.function(**values)
        except OSError as error:
            if error.errno in _MACHINES:
                raise
            raise RuntimeError(f"{type(error).__name__}: {error}") from error
        return TargetNumbers(checked_numbers(self.name, found))


def checked_numbers(name: str, found) -> dict[str, float | None]:
    """A function's answer as finite numbers, with None where there is none.

    Raises
    ------
    ValueError
        If it is not a mapping of names to numbers.
    """
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} must return a dict of numbers, got {type(found).__name__}")
    numbers: dict[str, float | None] = {}
    for key, value in found.items():
        try:
            plain = value.item() if hasattr(value, "item") else value  # of NumPy, torch, pandas
            is_finite = plain is not None and math.isfinite(plain)
        except (OverflowError, RuntimeError, TypeError, ValueError):
            is_finite = None
        if not isinstance(key, str) or is_finite is None:
            raise ValueError(f"{name} must return a dict of numbers, got {key!r}: {value!r}")
        numbers[key] = (plain if isinstance(plain, int) else float(plain)) if is_finite else None
    return numbers


def _signature_parameters(name: str, signature: inspect.Signature) -> dict[str, Parameter]:
    found = {}
    for parameter in signature.parameters.values():
        default, kind = parameter.default, parameter.annotation
        kind = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
        by_name = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if default is parameter.empty or kind not in KINDS or not by_name:
            raise ValueError(
                f"{name}: parameter {parameter.name} must have a default, a name to be given "
                f"by, and one of the types {', '.join(KINDS)}"
            )
        found[parameter.name] = Parameter(parameter.name, kind, default, "")
    return found
