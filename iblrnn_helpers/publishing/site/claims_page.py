"""The page *Published and measured*: paper by paper, what is stated before what is ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..ledger.claim import PAPERS, STATED
from ..ledger.results import Result
from ..ledger.summaries import sentences
from ..ledger.tables import (
    below,
    cells,
    in_words,
    markdown_table,
    one_line,
    verdict_text,
)

HEADER = ("Statement", "Published", "Ours", "Networks", "Verdict")
FOLDED = ("derived", "prototype", "own", "test")
TITLES = {
    "derived": "What follows from its statements or its method",
    "prototype": "Targets of other implementations of this project",
    "own": "Findings of this book",
    "test": "Tests of the code",
}


def claims_markdown(results: Sequence[Result]) -> str:
    """The page below its introduction: what differs is open, all else is folded."""
    fared = sentences(results)
    parts = ["\n".join(f"* {sentence}" for sentence in fared.values())]
    for paper, name in PAPERS.items():
        rows = [result for result in results if result.claim.paper == paper]
        if rows:
            parts += [f"## {name}", *_of_paper(rows)]
    return "\n\n".join(parts) + "\n"


def _of_paper(rows: Sequence[Result]) -> list[str]:
    numbers = [row for row in rows if row.claim.kind == "stated-number"]
    statements = {row.claim.id: row.claim.statement for row in rows}
    sections = {
        "Numbers that its text prints": [r for r in numbers if not r.claim.from_figure],
        "Numbers that its figures show": [r for r in numbers if r.claim.from_figure],
        "Orderings": [r for r in rows if r.claim.kind == "stated-ordering"],
        "Explanations": [r for r in rows if r.claim.kind == "stated-explanation"],
        "Its statements under another reading or condition": [
            r for r in rows if r.claim.kind == "counterfactual"
        ],
    }
    parts = []
    differing = [r for r in rows if r.claim.kind in STATED and r.verdict == "differs"]
    if differing:
        parts += ["### What differs, and why", *map(_difference, differing)]
    parts.append("### Everything")
    for title, found in sections.items():
        if found:
            of = statements if "reading" in title else {}
            parts.append(_folded(f"{title}: {in_words(found)}", _table(found, of=of)))
    for kind in FOLDED:
        if found := [row for row in rows if row.claim.kind == kind]:
            title = f"{TITLES[kind]}: {in_words(found)}"
            parts.append(_folded(title, _table(found, number="Target")))
    parts.append(_folded("Why these bands, and how each was measured", [_reasons(rows)]))
    return parts


def _difference(result: Result) -> str:
    """What is stated, what we measured, where to see it, and why they differ."""
    row = cells(result)
    stated = f"published {row.number}" if row.number else f"band {row.band}"
    measured = "; ".join(filter(None, (f"{stated}, ours {row.measured}", row.networks)))
    why = one_line(result.claim.declared["reason"]) if result.claim.declared else "Not explained."
    figure = f" {{numref}}`{result.claim.figure}`." if result.claim.figure else ""
    return f"* **{row.statement}** {measured}.{figure} {why}"


def _folded(title: str, parts: Iterable[str]) -> str:
    return "\n\n".join([f"````{{dropdown}} {title}", *parts, "````"])


def _table(
    rows: Sequence[Result], *, number: str = "Published", of: Mapping[str, str] | None = None
) -> list[str]:
    """A table; beside a counterfactual stands the statement that it varies."""
    if all(row.claim.number is None for row in rows):
        number = "Our band"
    header, lines = (HEADER[0], number, *HEADER[2:]), [_row(row) for row in rows]
    if of:
        lines = [
            (f"{cells[0]} (Of: *{one_line(of[row.claim.of])}*)", *cells[1:])
            for row, cells in zip(rows, lines, strict=True)
        ]
    return [markdown_table(header, lines), *below(rows)]


def _row(result: Result) -> tuple[str, ...]:
    row = cells(result)
    # A notebook that lacks its data draws nothing.
    figure = None if result.measured is None else result.claim.figure
    number = f"{row.number} (band: {row.band})" if row.number else row.band
    shown = f". {{numref}}`{figure}`" if figure else ""
    return (
        row.statement + shown,
        number,
        row.measured or "–",
        row.networks or "–",
        verdict_text(result),
    )


def _reasons(rows: Sequence[Result]) -> str:
    lines = []
    for result in rows:
        claim = result.claim
        name = claim.notebook  # a link where this build has run it
        where = f"`{name}`" if result.measured is None else f"[{name}](../notebooks/{name}.ipynb)"
        line = (
            f"* *{claim.statement}* Band: {cells(result).band}. {claim.reason} Measured in "
            f"{where} (`{claim.id}`, "
            f"{'the main network' if claim.networks == 1 else f'{claim.networks} networks'})"
        )
        lines.append(one_line(f"{line}: {result.detail}." if result.detail else f"{line}."))
    return "\n".join(lines)
