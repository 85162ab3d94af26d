"""What to run: notebooks, their parameters, and a stamp of all that determines the outcome."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ...core.checks import check_profile
from ...core.fingerprint import Code, digests
from ..ledger.claim import load_claims
from .notebooks import Notebook, find_notebooks, unknown, with_dependencies
from .places import Places


@dataclass(frozen=True)
class PlannedRun:
    """A notebook to run, the parameters to inject, and digests of all that determines it."""

    notebook: Notebook
    values: Mapping[str, object]
    parts: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.notebook.name

    @property
    def stamp(self) -> str:
        return _digest(sorted(self.parts.items()))


def plan(
    places: Places,
    names: Sequence[str] = (),
    profile: str = "page",
    overrides: Sequence[tuple[str, str]] = (),
) -> list[PlannedRun]:
    """Decide what to run and with which parameters; nothing is executed.

    Parameters
    ----------
    places : Places
    names : sequence of str
        Notebooks, as ``01_task``, ``01_task.py`` or a path to either of the pair; none means
        all. What they depend on is planned too, with its own defaults.
    profile : str
        Given to every notebook that has a parameter of that name.
    overrides : sequence of (name, text)
        Parameters as typed on a command line, for those of the named notebooks that have them.

    Returns
    -------
    list of PlannedRun
        Each after those that it depends on.

    Raises
    ------
    ValueError
        Unknown notebook, parameter or profile, or a value of another type than annotated.
    """
    check_profile(profile)
    notebooks = find_notebooks(places.notebooks)
    if not notebooks:
        raise ValueError(f"no notebooks (NN_name.py) in {places.notebooks}")
    chosen = [_known(name, notebooks) for name in names] or list(notebooks)
    overridden = _override(overrides, [notebooks[name] for name in chosen])
    tasks: dict[str, PlannedRun] = {}
    code = Code()
    for name in with_dependencies(notebooks, chosen):
        notebook = notebooks[name]
        values: dict[str, object] = {}
        for parameter in notebook.parameters:
            if parameter.name == "profile" and parameter.default != profile:
                values["profile"] = profile
        values.update(overridden.get(name, {}))
        parts = {**parts_of(notebook, code), "parameters": _digest(sorted(values.items()))}
        parts |= {needed: tasks[needed].stamp for needed in notebook.depends}
        tasks[name] = PlannedRun(notebook, values, parts)
    return list(tasks.values())


def parts_of(notebook: Notebook, code: Code | None = None) -> dict[str, str]:
    """A digest of each thing that determines what a notebook shows, but parameters and others.

    These are its text, the versions of libraries, the modules that it imports, directly or not,
    and those that run it, the package's data that these read, and its claims: of all notebooks if
    it loads them itself. Why a claim is accepted is no part: no notebook shows it.

    Parameters
    ----------
    notebook : Notebook
    code : Code, optional
        As of :func:`iblrnn_helpers.core.fingerprint.digests`.
    """
    read = digests("iblrnn_helpers.publishing.running.execution", text=notebook.text, code=code)
    claims = {}
    for claim in load_claims():
        if claim.notebook == notebook.name or "load_claims" in notebook.text:
            shown = {**vars(claim), "reason": "", "declared": claim.declared is not None}
            claims[f"claim {claim.id}"] = _digest(shown)
    text, on = _digest(notebook.text), _digest(versions())
    return {"its text": text, "versions of libraries": on, **read, **claims}


@functools.cache
def versions() -> dict[str, str]:
    """Versions of Python and of what the notebooks compute and draw with."""
    found = {"Python": ".".join(map(str, sys.version_info[:3]))}
    for name in ("torch", "numpy", "scipy", "numba", "pandas", "scikit-learn", "matplotlib"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _digest(value) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _known(name: str, notebooks: Mapping[str, Notebook]) -> str:
    stem = Path(name).stem if name.endswith((".py", ".ipynb")) else name
    if stem not in notebooks:
        raise ValueError(unknown("notebook", name, notebooks))
    return stem


def _override(
    overrides: Sequence[tuple[str, str]], notebooks: Sequence[Notebook]
) -> dict[str, dict[str, object]]:
    """Values by notebook and parameter name."""
    values: dict[str, dict[str, object]] = {}
    all_names = sorted({p.name for notebook in notebooks for p in notebook.parameters})
    for name, text in overrides:
        if name == "profile":
            raise ValueError("choose the profile with --profile, not with -p")
        if name not in all_names:
            raise ValueError(unknown("parameter", name, all_names))
        for notebook in notebooks:
            for parameter in notebook.parameters:
                if parameter.name == name:
                    values.setdefault(notebook.name, {})[name] = parameter.read(text)
    return values
