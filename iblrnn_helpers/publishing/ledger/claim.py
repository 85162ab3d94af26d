"""One claim of the sources, and the files that list them all, one a notebook."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ...core import checks

CLAIMS_FOLDER = Path(__file__).with_name("claims")
_ROUNDING = 1e-9  # a value on the edge of the accepted range is inside it


@dataclass(frozen=True, kw_only=True)
class Claim:
    """
    A number or an ordering that a source states, and what counts as reproducing it.

    Parameters
    ----------
    id : str
        Short and dotted, e.g. ``claim1.rnn_correct``.
    claim : str
        The claim that it belongs to, e.g. ``Claim 1``.
    source : str
        Paper section or figure, ``walkthrough`` or ``specification check``.
    statement : str
        One sentence, in our own words.
    unit : str
    published : float or None
        None for an ordering, which is measured as a number that has a `range`.
    reason : str
        Why this tolerance or range.
    notebook : str
        The notebook that measures it.
    seeds : int
        Over how many trained networks (or simulated data sets) the value is taken.
    tolerance : float, optional
        Reproduced if within ± `tolerance` of `published`. Either this or `range`.
    range : (float, float), optional
        Reproduced if in [low, high].
    declared : mapping, optional
        ``{verdict: differs, reason: …}`` for a difference that we know and explain.
    needs : str, optional
        What a build may lack, and then does not measure the claim, e.g. ``mouse data``.

    Raises
    ------
    ValueError
        Naming the claim, the field and what is wrong with it.
    """

    id: str
    claim: str
    source: str
    statement: str
    unit: str
    reason: str
    notebook: str
    seeds: int
    published: float | None = None
    tolerance: float | None = None
    range: tuple[float, float] | None = None
    declared: dict[str, str] | None = None
    needs: str | None = None

    def __post_init__(self):
        if not isinstance(self.id, str) or not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", self.id):
            raise ValueError(f"claim id must be dotted lower-case words, got {self.id!r}")
        for name in ("claim", "source", "statement", "unit", "reason", "notebook"):
            _text(f"{self.id}: {name}", getattr(self, name))
        checks.integer(f"{self.id}: seeds", self.seeds, low=1)
        checked = {}
        if self.published is not None:
            checked["published"] = checks.number(f"{self.id}: published", self.published)
        if (self.tolerance is None) == (self.range is None):
            raise ValueError(f"{self.id}: give either tolerance or range")
        if self.tolerance is not None:
            if self.published is None:
                raise ValueError(f"{self.id}: tolerance needs a published value; give a range")
            where = f"{self.id}: tolerance"
            checked["tolerance"] = checks.number(where, self.tolerance, above=0)
        else:
            checked["range"] = ordered_pair(f"{self.id}: range", self.range)
        if (declared := self.declared) is not None:
            if not isinstance(declared, dict) or set(declared) != {"verdict", "reason"}:
                raise ValueError(
                    f"{self.id}: declared must have verdict and reason, got {declared!r}"
                )
            checks.choice(f"{self.id}: declared verdict", declared["verdict"], ["differs"])
            _text(f"{self.id}: declared reason", declared["reason"])
        if self.needs is not None:
            _text(f"{self.id}: needs", self.needs)
        vars(self).update(checked)  # frozen for everybody else

    @property
    def accepted(self) -> tuple[float, float]:
        """Lowest and highest value that count as reproduced."""
        if self.range is not None:
            return self.range
        return self.published - self.tolerance, self.published + self.tolerance

    def accepts(self, value: float) -> bool:
        """Whether a measured value reproduces the claim."""
        low, high = self.accepted
        return low - _ROUNDING <= value <= high + _ROUNDING


def load_claims(path: str | os.PathLike | None = None) -> tuple[Claim, ...]:
    """
    Read and validate the ledger's claims, notebook by notebook, in the order of each file.

    Parameters
    ----------
    path : path-like, optional
        A YAML file of claims, or a folder of them; by default the package's own.  A file holds a
        list ``claims``, and beside it values of fields for those that do not give their own; the
        notebook, where it is not given, is named as the file is.

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
    claims: dict[str, Claim] = {}
    for path, *_changed in files:
        defaults, entries = _entries(path)
        for position, entry in enumerate(entries, start=1):
            try:
                claim = _claim(entry, defaults)
                if claim.id in claims:
                    raise ValueError(f"the id {claim.id} is there twice")
            except ValueError as error:
                raise ValueError(f"{path}, entry {position}: {error}") from error
            claims[claim.id] = claim
    return tuple(claims.values())


def _entries(path: Path) -> tuple[dict, list]:
    """What holds for all claims of a file, and the claims."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("claims"), list):
        raise ValueError(f"{path} must have a list of claims under the word claims")
    entries = content.pop("claims")
    return {"notebook": path.stem, **content}, entries


def _claim(entry, defaults: dict) -> Claim:
    if not isinstance(entry, dict):
        raise ValueError(f"a claim must be a mapping of fields, got {entry!r}")
    entry = {**defaults, **entry}
    fields = {field.name: field.default for field in dataclasses.fields(Claim)}
    name = entry.get("id", "a claim without id")
    for field in entry:
        if field not in fields:
            raise ValueError(f"{name}: unknown field {field!r}; allowed: {', '.join(fields)}")
    for field, default in fields.items():
        if field not in entry and default is dataclasses.MISSING:
            raise ValueError(f"{name}: the field {field!r} is missing")
    return Claim(**entry)


def ordered_pair(field: str, value) -> tuple[float, float]:
    """Two finite numbers, the lower first, or a ValueError that names the field."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"{field} must be two numbers [low, high], got {value!r}")
    low, high = (checks.number(field, end) for end in value)
    if low > high:
        raise ValueError(f"{field} must be [low, high] with low ≤ high, got {value!r}")
    return low, high


def _text(field: str, value):
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field} must be a non-empty text, got {value!r}")
