"""What to run, and where: a build's folders, its notebooks' parameters, what is out of date."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ...core.checks import check_parameters, check_profile
from ...core.files import check_folder, read_json
from ...core.fingerprint import SourceTree, digests
from ..ledger.loading import load_claims
from .notebooks import (
    Notebook,
    a_clone,
    find_folder,
    find_notebooks,
    unknown,
    with_dependencies,
)


class Places:
    """The folders of one build.

    Parameters
    ----------
    root : Path
        The repository: the folder that holds ``notebooks/``.
    out : Path
        What the build makes, ``build/`` unless told otherwise.

    Attributes
    ----------
    executed : Path
        Executed notebooks, in a tree that mirrors the repository.
    failed : Path
        Notebooks whose last run failed, with the output up to the failure.
    stamps : Path
        One small file per executed notebook: what it was made from, and how long it took.
    results : Path
        One file per measured claim.
    artifacts : Path
        Trained networks and heavy results.
    site : Path
        The built book.
    """

    def __init__(self, root: Path, out: Path):
        self.root, self.notebooks = root, root / "notebooks"
        self.out, self.executed = out, out / "staging" / "notebooks"
        self.failed, self.stamps, self.results = out / "failed", out / "stamps", out / "results"
        self.artifacts, self.site = out / "artifacts", out / "site"

    @contextmanager
    def locked(self):
        """Hold the build folder, so that two builds never write into it at once.

        Raises
        ------
        RuntimeError
            If another process holds it. (A killed process holds nothing.)
        """
        from filelock import FileLock, Timeout

        self.out.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.out / ".lock", timeout=0):
                yield
        except Timeout:
            raise RuntimeError(
                f"another iblrnn run is working in {shown(self.out)}: wait until it is done, "
                "or choose another folder with --out"
            ) from None


def find_places(out: str | Path | None = None, start: str | Path | None = None) -> Places:
    """Places of the repository around ``start``, as `find_folder` finds it."""
    root = find_folder(start).parent
    if out:
        check_folder("--out", out)
    return Places(root, Path(out).resolve() if out else root / "build")


def shown(path: Path) -> str:
    """A path as a reader would type it: relative to the current folder where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


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
        return digest(sorted(self.parts.items()))


def plan(
    places: Places,
    names: Sequence[str] = (),
    profile: str = "page",
    overrides: Sequence[tuple[str, str]] = (),
) -> list[PlannedRun]:
    """Decide what to run and with which parameters, each after those that it depends on.

    Nothing is executed.

    Parameters
    ----------
    names : sequence of str
        Notebooks, as ``01_task``, ``01_task.py`` or a path to either of the pair; none means
        all. What they depend on is planned too, with its own defaults.
    profile : str
        Given to every notebook that has a parameter of that name.
    overrides : sequence of (name, text)
        Parameters as typed on a command line, for those of the named notebooks that have them.

    Raises
    ------
    ValueError
        Unknown notebook, parameter or profile, or a value of another type than annotated.
    """
    check_profile(profile)
    notebooks = find_notebooks(places.notebooks)
    if not notebooks:
        raise ValueError(
            f"no notebooks (NN_name.py) in {places.notebooks}; they are in {a_clone()}"
        )
    chosen = [_known(name, notebooks) for name in names] or list(notebooks)
    overridden = _override(overrides, [notebooks[name] for name in chosen])
    tasks: dict[str, PlannedRun] = {}
    code = SourceTree()
    for name in with_dependencies(notebooks, chosen):
        notebook, values = notebooks[name], dict(overridden.get(name, {}))
        check_parameters(values)
        if any(p.name == "profile" and p.default != profile for p in notebook.parameters):
            values = {"profile": profile, **values}
        parts = {**parts_of(notebook, code), "parameters": digest(sorted(values.items()))}
        parts |= {needed: tasks[needed].stamp for needed in notebook.depends}
        tasks[name] = PlannedRun(notebook, values, parts)
    return list(tasks.values())


def parts_of(notebook: Notebook, code: SourceTree | None = None) -> dict[str, str]:
    """A digest of each thing that determines what a notebook shows, but parameters and others.

    These are its text, the versions of libraries, the modules that it imports, directly or not,
    and those that run it, the package's data that these read, and its claims: of all notebooks if
    it loads them itself. Why a claim is accepted is no part: no notebook shows it.

    Parameters
    ----------
    notebook : Notebook
    code : SourceTree, optional
        As of :func:`iblrnn_helpers.core.fingerprint.digests`.
    """
    read = digests("iblrnn_helpers.publishing.running.execution", text=notebook.text, code=code)
    claims, all_of_them = {}, "load_claims" in notebook.text
    for claim in load_claims():
        if all_of_them or claim.notebook == notebook.name:
            shown = {**vars(claim), "reason": "", "declared": claim.declared is not None}
            claims[f"claim {claim.id}"] = digest(shown)
    text, on = digest(notebook.text), digest(versions())
    return {"its text": text, "versions of libraries": on, **read, **claims}


def is_fresh(places: Places, task: PlannedRun) -> bool:
    """Whether the executed notebook was made from exactly what the task says.

    One that lacked what its claims need, such as data, is not if they can be had now.
    """
    record = read_record(places, task.name)
    in_need = [c.id for c in load_claims() if c.needs and c.notebook == task.name]
    return (
        record.get("stamp") == task.stamp
        and (places.executed / f"{task.name}.ipynb").exists()
        and all((places.results / name).exists() for name in record["results"])
        and (
            all(f"{name}.json" in record["results"] for name in in_need)
            or not _can_be_had(task.notebook.data)
        )
    )


@functools.cache
def _can_be_had(data: str | None) -> bool:
    """What a notebook's header says of its data; yes, if nothing."""
    module, _, function = (data or "").partition(":")
    return data is None or getattr(importlib.import_module(module), function)()


def why(places: Places, task: PlannedRun) -> str:
    """What changed since a notebook's last complete run, in a line."""
    if is_fresh(places, task):
        return "up to date"
    before = read_record(places, task.name).get("parts", {})
    changed = [k for k in {**task.parts, **before} if task.parts.get(k) != before.get(k)]
    if not before:
        return "was not run before"
    return f"changed: {', '.join(changed)}" if changed else "results or data were missing"


def read_record(places: Places, name: str) -> dict:
    """What is noted of a notebook's last complete run (empty if there is none)."""
    return read_json(places.stamps / f"{name}.json")


@functools.cache
def versions() -> dict[str, str]:
    """Versions of Python and of what the notebooks compute and draw with."""
    names = ("torch", "numpy", "scipy", "numba", "pandas", "scikit-learn", "matplotlib")
    python = ".".join(map(str, sys.version_info[:3]))
    return {"Python": python, **{name: metadata.version(name) for name in names}}


def digest(value) -> str:
    """Hash of what JSON can hold."""
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
    all_names = sorted({p.name for notebook in notebooks for p in notebook.parameters})
    for name, _ in overrides:
        if name == "profile":
            raise ValueError("choose the profile with --profile, not with -p")
        if name not in all_names:
            raise ValueError(unknown("parameter", name, all_names))
    texts = dict(overrides)
    return {
        notebook.name: {
            p.name: p.read(texts[p.name]) for p in notebook.parameters if p.name in texts
        }
        for notebook in notebooks
    }
