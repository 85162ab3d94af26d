"""What was measured for each claim, and the verdict.

Every measurement is one small JSON file, so notebooks that run side by side never share a file.
Verdicts are worked out when the files are read: a changed tolerance re-judges old measurements.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ...core import checks
from ...core.checks import check_profile
from ...core.files import DamagedFileError, write_atomically
from .claim import Claim, load_claims, ordered_pair


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
        An id of the ledger.
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
        "remove the declaration"
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


# The ledger as text for people: a terminal, a page of the book, the README.

if TYPE_CHECKING:
    from .claim import Claim

HEADER = ("Claim", "Published", "Ours", "Verdict")


def number_text(value: float | None) -> str:
    """Four significant digits, or a dash where there is no number."""
    return "–" if value is None else f"{value:.4g}"


def accepted_text(claim: Claim) -> str:
    """The accepted range in words."""
    low, high = claim.accepted
    return f"{number_text(low)} to {number_text(high)}"


def _interval_text(result: Result) -> str:
    if result.interval is None:
        return "–"
    return " to ".join(number_text(end) for end in result.interval)


def _verdict_text(result: Result) -> str:
    if result.measured is None and result.claim.needs:
        return f"not measured (needs {result.claim.needs})"
    known = result.verdict == "differs" and result.claim.declared is not None
    return "differs (declared)" if known else result.verdict


def to_text(results: Sequence[Result]) -> str:
    """Aligned columns for a terminal."""
    header = ("claim", "published", "accepted", "ours", "95% interval", "verdict")
    rows = [header] + [
        (
            result.claim.id,
            number_text(result.claim.published),
            accepted_text(result.claim),
            number_text(result.measured),
            _interval_text(result),
            _verdict_text(result),
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def to_markdown(results: Sequence[Result]) -> str:
    """
    A Markdown table of the claims, then the declared differences with their reasons.

    Plain Markdown without directives: the same text serves the book, the README and a notebook.
    In brackets after ours: its 95% interval over blocks.
    """
    rows = _readable_rows(results)
    lines = [_markdown_row(HEADER), _markdown_row(["---"] * len(HEADER)), *map(_markdown_row, rows)]
    known = [result for result in results if _verdict_text(result) == "differs (declared)"]
    if known:
        lines += ["", "Differences that we know and explain:", ""]
        lines += [
            _one_line(f"* *{result.claim.statement}* {result.claim.declared['reason']}")
            for result in known
        ]
    return "\n".join(lines) + "\n"


def to_html(results: Sequence[Result]) -> str:
    """The same table for a notebook cell."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in HEADER)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in _readable_rows(results)
    )
    return (
        f'<table class="dataframe claims">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def reasons_markdown(results: Sequence[Result]) -> str:
    """A Markdown list: for each claim, why its accepted range, and how it was measured."""
    lines = []
    for result in results:
        claim = result.claim
        line = (
            f"* *{claim.statement}* Accepted: {accepted_text(claim)}. {claim.reason} "
            f"Measured in `{result.notebook or claim.notebook}` (id `{claim.id}`, "
            f"seeds: {claim.seeds})"
        )
        lines.append(_one_line(f"{line}: {result.detail}" if result.detail else f"{line}."))
    return "\n".join(lines) + "\n"


def _readable_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Few columns, so that a table can be read on a phone."""
    rows = []
    for result in results:
        claim = result.claim
        statement = claim.statement.strip().rstrip(".")
        accepted = f"accepted: {accepted_text(claim)}"
        published = number_text(claim.published)
        rows.append(
            (
                f"{statement} ({claim.unit}). {claim.source}",
                accepted if claim.published is None else f"{published} ({accepted})",
                number_text(result.measured)
                + ("" if result.interval is None else f" ({_interval_text(result)})"),
                _verdict_text(result),
            )
        )
    return rows


def _markdown_row(cells: Sequence[str]) -> str:
    escaped = (_one_line(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())
