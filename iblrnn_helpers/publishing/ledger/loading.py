"""Read the ledger: YAML files of claims, one a notebook."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
from pathlib import Path

from .claim import STATED, Claim, as_printed

CLAIMS_FOLDER = Path(__file__).with_name("claims")
_NAMES = [field.name for field in dataclasses.fields(Claim)]
_NEEDED = [f.name for f in dataclasses.fields(Claim) if f.default is dataclasses.MISSING]


def load_claims(path: str | os.PathLike | None = None) -> tuple[Claim, ...]:
    """
    Read and validate the ledger's claims, notebook by notebook, in the order of each file.

    Parameters
    ----------
    path : path-like, optional
        A YAML file of claims, or a folder of them; by default the package's own.  A file holds a
        list ``claims``, and beside it values of fields for those that do not give their own; the
        notebook, where it is not given, is named as the file is.  A published number is quoted,
        digit by digit as it was printed.

    Raises
    ------
    ValueError
        Not such a file, an unknown or missing field, a duplicate id, a value that is not allowed;
        names the file, the claim and the field.
    """
    path = Path(path or CLAIMS_FOLDER)
    files = sorted(path.glob("*.yml")) if path.is_dir() else [path]
    return _claims_in(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@functools.lru_cache(maxsize=4)  # every recorded measurement asks anew, and YAML is slow
def _claims_in(files: tuple[tuple[Path, int, int], ...]) -> tuple[Claim, ...]:
    entries: dict[str, tuple[str, dict]] = {}
    for path, *_changed in files:
        for position, entry in enumerate(_entries(path), start=1):
            where = f"{path}, entry {position}"
            if not isinstance(entry, dict):
                raise ValueError(f"{where}: a claim must be a mapping of fields, got {entry!r}")
            name = str(entry.get("id", f"claim {position} of {path.stem}, without id"))
            if name in entries:
                raise ValueError(f"{where}: the id {name} is there twice")
            entries[name] = where, entry
    claims = []
    for name, (where, entry) in entries.items():
        try:
            claims.append(_claim(name, _with_lent(name, entry, entries)))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    return tuple(claims)


def read_yaml(path: Path) -> object:
    """A YAML file's content; `ValueError` names a file that is none."""
    import yaml

    libyaml = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # takes a tenth of the time
    try:
        text = path.read_text(encoding="utf-8")
        try:
            return yaml.load(text, libyaml)
        except yaml.YAMLError:
            return yaml.safe_load(text)  # says more of what is wrong
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from error


def _entries(path: Path) -> list:
    """A file's claims, with what holds for all of them."""
    content = read_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("claims"), list):
        raise ValueError(f"{path} must have a list of claims under the word claims")
    entries = content.pop("claims")
    shared = {"notebook": path.stem, **content}
    return [{**shared, **entry} if isinstance(entry, dict) else entry for entry in entries]


def _with_lent(name: str, entry: dict, entries: dict[str, tuple[str, dict]]) -> dict:
    """A counterfactual with what it does not say itself: the number and the band that it varies."""
    if (of := entry.get("of")) is None:
        return entry
    _, stated = entries.get(of, ("", {}))
    if stated.get("kind") not in STATED:
        raise ValueError(f"{name}: of must name a stated entry, got {of!r}")
    lent = ["published", "from_figure"]
    if not {"tolerance", "range"} & set(entry):
        lent += ["tolerance", "range"]
    return {**{field: stated[field] for field in lent if field in stated}, **entry}


def _claim(name: str, entry: dict) -> Claim:
    for field in entry:
        if field not in _NAMES or field == "half_digit":
            raise ValueError(f"{name}: unknown field {field!r}; allowed: {', '.join(_NAMES)}")
    for field in _NEEDED:
        if field not in entry:
            raise ValueError(f"{name}: the field {field!r} is missing")
    if (printed := entry.get("published")) is not None:
        entry = {**entry, **_published(name, printed)}
    return Claim(**entry)


def _published(name: str, printed) -> dict[str, float]:
    """A published number, and half a unit of its last digit."""
    if not isinstance(printed, str) or not re.fullmatch(r"[-−]?\d+(\.\d+)?", printed):
        raise ValueError(
            f"{name}: published must be a quoted number, as it was printed, got {printed!r}"
        )
    published, half_digit = as_printed(printed)
    return {"published": published, "half_digit": half_digit}
