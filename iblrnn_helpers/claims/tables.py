"""The ledger as text for people: a terminal, a page of the book, the README."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .claim import Claim
    from .ledger import Result

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
