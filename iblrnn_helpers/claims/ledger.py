"""What was measured for each claim, and the verdict.

Every measurement is one small JSON file, so notebooks that run side by side never share a file.
Verdicts are worked out when the files are read: a changed tolerance re-judges old measurements.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import checks
from ..files import DamagedFileError, write_atomically
from ..profiles import check_profile
from .claim import Claim, load_claims, ordered_pair
from .tables import accepted_text, number_text, reasons_markdown, to_markdown, to_text

__all__ = [
    "Result",
    "check",
    "reasons_markdown",
    "record",
    "results",
    "results_folder",
    "summary",
    "to_json",
    "to_markdown",
    "to_text",
]


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
        95% interval of `measured`; the `detail` says over what.
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
        for field in ("detail", "notebook"):
            if not isinstance(getattr(self, field), str):
                raise ValueError(f"{where}: {field} must be text, got {getattr(self, field)!r}")
        check_profile(self.profile)

    @property
    def verdict(self) -> str:
        """``reproduced``, ``differs``, or ``not judged`` (smoke profile, or never measured)."""
        if self.measured is None or self.profile == "smoke":
            return "not judged"
        return "reproduced" if self.claim.accepts(self.measured) else "differs"

    @property
    def is_unexplained(self) -> bool:
        """Whether it differs and the ledger does not declare that it does."""
        return self.verdict == "differs" and self.claim.declared is None


def results_folder(folder: str | os.PathLike | None = None) -> Path:
    """`folder`, else the environment variable ``IBLRNN_RESULTS``, else ``build/results``."""
    return Path(folder or os.environ.get("IBLRNN_RESULTS") or Path("build", "results"))


def record(
    claim_id: str,
    value: float,
    *,
    interval: Sequence[float] | None = None,
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
        An id of ``claims.yml``.
    value : float
        In the claim's unit.
    interval : (float, float), optional
        95% interval of `value`.
    detail : str, optional
        How it was measured, in a few words; shown beside the verdict.
    profile : str
        The run's profile; nothing is judged at ``smoke``.
    notebook : str, optional
        By default the notebook that the claim names.
    folder : path-like, optional
        See `results_folder`.

    Returns
    -------
    Result

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
    result = Result(
        claim=claims[claim_id],
        measured=checks.number(f"{claim_id}: measured value", value),
        interval=None if interval is None else tuple(interval),
        detail=detail,
        profile=check_profile(profile),
        notebook=claims[claim_id].notebook if notebook is None else notebook,
    )
    entry = {
        "id": claim_id,
        "measured": result.measured,
        "interval": result.interval,
        "detail": result.detail,
        "profile": result.profile,
        "notebook": result.notebook,
    }
    path = results_folder(folder) / f"{claim_id}.json"
    write_atomically(path, json.dumps(entry, indent=2, ensure_ascii=False) + "\n")
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
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(
            f"{path} is damaged: {error}. Delete it and run {claim.notebook} again"
        ) from error


def check(results: Sequence[Result]) -> list[str]:
    """
    One sentence for each thing that the ledger does not expect.

    Returns
    -------
    list of str
        The differences that are not declared, then, beginning with ``note:``, the declared ones
        that now agree. Empty if all is as the ledger says.
    """
    differences = [
        f"{result.claim.id} differs: measured {number_text(result.measured)}, accepted "
        f"{accepted_text(result.claim)} ({result.claim.source})"
        for result in results
        if result.is_unexplained
    ]
    notes = [
        f"note: {result.claim.id} is declared to differ but now agrees "
        f"({number_text(result.measured)}, accepted {accepted_text(result.claim)}); "
        "remove the declaration from claims.yml"
        for result in results
        if result.verdict == "reproduced" and result.claim.declared is not None
    ]
    return differences + notes


def summary(results: Sequence[Result]) -> str:
    """How the claims fared, in one line."""
    verdicts = [result.verdict for result in results]
    unexplained = sum(result.is_unexplained for result in results)
    declared = verdicts.count("differs") - unexplained
    return (
        f"{verdicts.count('reproduced')} reproduced, {declared} differ (declared), "
        f"{unexplained} differ (not declared), {verdicts.count('not judged')} not judged"
    )


def to_json(results: Sequence[Result]) -> str:
    """The ledger as a JSON list, one object per claim."""
    rows = [
        {
            "id": result.claim.id,
            "claim": result.claim.claim,
            "source": result.claim.source,
            "statement": result.claim.statement,
            "unit": result.claim.unit,
            "published": result.claim.published,
            "accepted": result.claim.accepted,
            "reason": result.claim.reason,
            "seeds": result.claim.seeds,
            "measured": result.measured,
            "interval": result.interval,
            "detail": result.detail,
            "profile": result.profile,
            "notebook": result.notebook or result.claim.notebook,
            "verdict": result.verdict,
            "declared": result.claim.declared,
            "needs": result.claim.needs,
        }
        for result in results
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)
