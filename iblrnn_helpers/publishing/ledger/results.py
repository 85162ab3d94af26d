"""What notebooks say: the numbers that they measure for claims, and their exercises' answers.

Each is one small JSON file, so notebooks that run side by side never share a file.  Verdicts are
worked out when the files are read: a changed tolerance re-judges old measurements.  Solutions of
exercises are hidden cells at the end of each notebook, run with all its other cells; each ends with
`answer`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import numpy as np

from ...core import checks
from ...core.checks import check_profile
from ...core.files import DamagedFileError, write_atomically
from .claim import STATED, Claim, chance_of, ordered_pair
from .loading import load_claims


@dataclass(frozen=True)
class Result:
    """
    A claim and what was measured for it, if anything.

    Parameters
    ----------
    claim : Claim
    measured : float, optional
        None as long as no notebook has measured it.
    interval : (float, float), optional
        95% interval of `measured`.
    over : str, optional
        What was drawn anew for the interval: words of `claim.SOURCES_OF_CHANCE` joined by *and*.
    in_networks : tuple of float
        The same quantity in each network, the main one's first.
    detail : str
        How it was measured, in a few words.
    profile : str, optional
        One of ``smoke``, ``page``, ``paper``.
    notebook : str, optional
        The notebook that measured it.
    """

    claim: Claim
    measured: float | None = None
    interval: tuple[float, float] | None = None
    over: str | None = None
    in_networks: tuple[float, ...] = ()
    detail: str = ""
    profile: str | None = None
    notebook: str | None = None

    def __post_init__(self):
        where = self.claim.id
        if self.measured is None:
            return
        checks.number(f"{where}: measured value", self.measured)
        if self.interval is not None:
            pair = ordered_pair(f"{where}: interval", self.interval)
            object.__setattr__(self, "interval", pair)
        chance_of(f"{where}: over", self.over)
        values = [checks.number(f"{where}: value in a network", v) for v in self.in_networks]
        object.__setattr__(self, "in_networks", tuple(values))
        for field in ("detail", "notebook"):
            if not isinstance(getattr(self, field), str):
                raise ValueError(f"{where}: {field} must be text, got {getattr(self, field)!r}")
        check_profile(self.profile)

    @property
    def verdict(self) -> str:
        """One of `claim.VERDICTS`, or ``not judged`` (smoke profile, or never measured).

        One that is declared to depend on the draw is ``at the edge`` whichever side it fell on.
        """
        if self.measured is None or self.profile == "smoke":
            return "not judged"
        declared = (self.claim.declared or {}).get("verdict")
        if declared == "at the edge" and self.claim.is_near_edge(*self._found):
            return declared
        return self.claim.verdict(*self._found)

    @property
    def _found(self) -> tuple:
        return self.measured, self.interval, self.in_networks

    @property
    def _holds_its_value(self) -> bool:
        low, high = self.interval
        rounding = 1e-9 * max(1.0, abs(self.measured))
        return low - rounding <= self.measured <= high + rounding

    @property
    def ignores(self) -> frozenset[str]:
        """What the value depends on by chance and neither interval nor range covers.

        Only a statement of a paper is held to that, and only where it is judged.
        """
        judged = self.claim.kind in (*STATED, "counterfactual")
        if not judged or self.verdict == "not judged":
            return frozenset()
        covered = chance_of("over", self.over) if self.interval else frozenset()
        if len(self.in_networks) > 1:
            covered |= {"networks"}
        return chance_of("over", self.claim.over) - covered

    @property
    def complaint(self) -> str | None:
        """What the ledger does not expect of this measurement, in a few words."""
        declared = (self.claim.declared or {}).get("verdict")
        if self.verdict == "not judged":
            return None
        if self.interval and not self._holds_its_value:
            return "has an interval that does not hold its value"
        if self.ignores:
            return f"rests on an interval that ignores {' and '.join(sorted(self.ignores))}"
        if self.verdict == "differs" and declared is None:
            return "differs"
        if declared is not None and self.verdict != declared:
            return f"is declared '{declared}' and is not; remove the declaration"
        return None


def results_folder(folder: str | os.PathLike | None = None) -> Path:
    """`folder`, else the environment variable ``IBLRNN_RESULTS``, else ``build/results``."""
    return Path(folder or os.environ.get("IBLRNN_RESULTS") or Path("build", "results"))


def record(
    claim_id: str,
    value: float,
    *,
    interval: Sequence[float] | None = None,
    over: str | None = None,
    in_networks: Sequence[float] = (),
    detail: str = "",
    profile: str,
    notebook: str | None = None,
    folder: str | os.PathLike | None = None,
) -> Result:
    """
    Write down what was measured for a claim.

    Parameters
    ----------
    claim_id : str
    value : float
        In the claim's unit.
    interval, over, in_networks, detail, profile
        As of `Result`; nothing is judged at ``smoke``.
    notebook : str, optional
        By default the one that the claim names.
    folder : path-like, optional
        See `results_folder`.

    Raises
    ------
    ValueError
        Unknown id or profile, or a number that is not finite. Nothing is written then.
    OSError
        The folder cannot be written.
    """
    claims = {claim.id: claim for claim in load_claims()}
    if claim_id not in claims:
        raise ValueError(f"unknown claim id {claim_id!r}; known: {', '.join(claims)}")
    claim = claims[claim_id]
    measured = checks.number(f"{claim_id}: measured value", value)
    interval = None if interval is None else tuple(interval)
    where = notebook or claim.notebook
    result = Result(claim, measured, interval, over, tuple(in_networks), detail, profile, where)
    entry = {"id": claim_id, **{k: v for k, v in vars(result).items() if k != "claim"}}
    _write(results_folder(folder) / f"{claim_id}.json", entry)
    return result


def results(folder: str | os.PathLike | None = None) -> tuple[Result, ...]:
    """
    Every claim in the ledger's order, with its measurement where there is one.

    Raises
    ------
    files.DamagedFileError
        A result file cannot be read as one; names the file.
    """
    folder = results_folder(folder)
    return tuple(_read(folder / f"{claim.id}.json", claim) for claim in load_claims())


def _read(path: Path, claim: Claim) -> Result:
    try:
        entry = json.loads(path.read_bytes())
        if entry.pop("id") != claim.id or entry["measured"] is None:
            raise ValueError(f"it does not hold a measurement of {claim.id}")
        return Result(claim=claim, **entry)
    except FileNotFoundError:
        return Result(claim)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise _damaged(path, error, claim.notebook) from error


@dataclass(frozen=True)
class Answer:
    """The answer to an exercise; at the end of a notebook cell it shows itself.

    Parameters
    ----------
    exercise : str
        The notebook's number and the exercise's, as ``"08.2"``.
    finding : str
        The answer in words, with the numbers of this run.
    holds : bool
        Whether this run found what the answer says.
    profile : str
        The run's profile; nothing is judged at ``smoke``.

    Raises
    ------
    ValueError
        If one of these is something else.
    """

    exercise: str
    finding: str
    holds: bool
    profile: str

    def __post_init__(self):
        if not isinstance(self.exercise, str) or not re.fullmatch(r"\d\d\.[1-9]", self.exercise):
            raise ValueError(f"exercise must be like '08.2', got {self.exercise!r}")
        if not isinstance(self.finding, str) or not self.finding.strip():
            raise ValueError(f"finding must be a sentence, got {self.finding!r}")
        if type(self.holds) is not bool:
            raise ValueError(f"holds must be True or False, got {self.holds!r}")
        check_profile(self.profile)

    @property
    def verdict(self) -> str:
        """``holds``, ``does not hold``, or ``not judged`` (smoke profile)."""
        if self.profile == "smoke":
            return "not judged"
        return "holds" if self.holds else "does not hold"

    def _parts(self) -> tuple[str, str]:
        starts = {
            "holds": "Checked in this run.",
            "does not hold": "Not so in this run.",
            "not judged": "Not judged at the smoke profile.",
        }
        return starts[self.verdict], self.finding

    def __repr__(self) -> str:
        return " ".join(self._parts())

    def _repr_html_(self) -> str:
        start, finding = map(escape, self._parts())
        return f'<p class="answer"><strong>{start}</strong> {finding}</p>'


def answer(exercise: str, finding: str, holds, *, profile: str) -> Answer:
    """Write down the answer to an exercise and show it.

    Parameters are as of `Answer`; ``holds`` may be a numpy.bool, too.

    Raises
    ------
    ValueError
        As `Answer`. Nothing is written then.
    OSError
        The results' folder cannot be written.
    """
    given = Answer(
        exercise, finding, bool(holds) if isinstance(holds, np.bool_) else holds, profile
    )
    _write(results_folder() / f"exercise-{exercise}.json", asdict(given))
    return given


def answers(folder: str | os.PathLike | None = None) -> tuple[Answer, ...]:
    """The answers that runs have left, in order.

    Raises
    ------
    files.DamagedFileError
        A file cannot be read as an answer; names the file.
    """
    return tuple(map(_read_answer, sorted(results_folder(folder).glob("exercise-*.json"))))


def _read_answer(path: Path) -> Answer:
    try:
        return Answer(**json.loads(path.read_bytes()))
    except (RecursionError, TypeError, ValueError) as error:
        raise _damaged(path, error, "its notebook") from error


def _write(path: Path, entry: dict) -> None:
    write_atomically(path, json.dumps(entry, indent=2, ensure_ascii=False) + "\n")


def _damaged(path: Path, error: Exception, notebook: str) -> DamagedFileError:
    return DamagedFileError(f"{path} is damaged: {error}. Delete it and run {notebook} again")
