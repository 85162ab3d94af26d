"""The ledger as tables: at a notebook's end, on a terminal, in Markdown and JSON.

What a paper states stands first, then its statements under another reading or condition, then what
is ours.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...core.means import Measured
from .claim import STATED, VERDICTS, Claim
from .results import Result, record

NOTHING = "Nothing was measured."
AFTER_LOOK = "† The band was set, or the row written, after a first look at the values."
GROUPS = {
    "What the paper states": tuple(STATED),
    "Its statements under another reading or condition": ("counterfactual",),
    "Targets, findings and tests of our own": ("derived", "prototype", "own", "test"),
}

_VERBS = {
    "agrees": ("agrees", "agree"),
    "close": ("is close", "are close"),
    "holds": ("holds", "hold"),
    "at the edge": ("is at the edge", "are at the edge"),
    "differs": ("differs", "differ"),
    "not judged": ("was not measured", "were not measured"),
}


class Report(tuple):
    """Results that show themselves as tables at the end of a notebook cell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return to_text(self) if self else NOTHING

    def _repr_html_(self) -> str:
        return to_html(self) if self else f"<p>{NOTHING}</p>"


def report(
    measured: Mapping[str, float | Measured],
    *,
    profile: str,
    detail: str = "",
    networks: Sequence[Mapping[str, float | Measured]] = (),
) -> Report:
    """Record measurements and show them beside the published values.

    Parameters
    ----------
    measured : dict of claim id to value or Measured
    profile, detail : str
        As for :func:`iblrnn_helpers.publishing.ledger.results.record`, as is what is raised.
    networks : sequence of dict of claim id to value or Measured
        The same in each network, the main one's first: where two or more have a number for a
        claim, their range is shown beside the value.
    """
    return Report(
        record(
            name,
            found.value,
            interval=found.interval,
            over=found.over,
            in_networks=_in_each(name, networks),
            detail=detail,
            profile=profile,
        )
        for name, found in ((name, _measured(found)) for name, found in measured.items())
    )


def _measured(found: float | Measured) -> Measured:
    return found if isinstance(found, Measured) else Measured(found)


def _in_each(name: str, networks: Sequence[Mapping[str, float | Measured]]) -> tuple[float, ...]:
    values = [float(_measured(one[name]).value) for one in networks if name in one]
    values = [value for value in values if math.isfinite(value)]  # none where it does not apply
    return tuple(values) if len(values) > 1 else ()


class Cells(NamedTuple):
    """A result in words."""

    statement: str
    number: str
    band: str
    ours: str
    interval: str
    networks: str
    verdict: str

    @property
    def measured(self) -> str:
        """Ours, with its interval."""
        return f"{self.ours} ({self.interval})" if self.interval else self.ours


def cells(result: Result) -> Cells:
    """What every form of the table shows of a result; empty where there is nothing."""
    claim, values = result.claim, result.in_networks
    text = claim.statement.strip().rstrip(".")
    ends = "" if result.interval is None else " to ".join(map(number_text, result.interval))
    over = f" over {result.over}" if ends and result.over else ""
    within = f"{number_text(min(values))} to {number_text(max(values))}" if values else ""
    return Cells(
        f"{text} ({claim.unit}). {claim.source}{' †' if claim.after_look else ''}",
        _number(claim),
        band_text(claim),
        "" if result.measured is None else number_text(result.measured),
        ends + over,
        within and f"{within} ({len(values)} networks)",
        verdict_text(result),
    )


def band_text(claim: Claim) -> str:
    """The band in words."""
    low, high = map(number_text, claim.accepted)
    return f"exactly {low}" if low == high else f"{low} to {high}"


def _number(claim: Claim) -> str:
    """The published number with the digits that were printed, or the target."""
    if claim.published is None:
        return "" if claim.target is None else number_text(claim.target)
    if not claim.half_digit:
        return number_text(claim.published)
    printed = f"{claim.published:.{max(0, -round(math.log10(2 * claim.half_digit)))}f}"
    return f"about {printed}" if claim.from_figure else printed


def range_text(values: ArrayLike, spec: str = ".2f") -> str:
    """From the least to the largest value; a dash if one is missing (NaN) or there is none.

    Examples
    --------
    >>> range_text([0.753, 1.096, 1.093])
    '0.75 to 1.10'
    >>> range_text([20.0, 20.1], ".0f")
    '20'
    """
    ends = np.asarray(values, dtype=float)
    if not ends.size or np.isnan(ends).any():
        return "–"
    return " to ".join(dict.fromkeys(f"{end:{spec}}" for end in (ends.min(), ends.max())))


def number_text(value: float) -> str:
    """Four significant digits."""
    return f"{value:.4g}"


def verdict_text(result: Result) -> str:
    """The verdict, and whether a difference is explained."""
    if result.measured is None and result.claim.needs:
        return f"not measured (needs {result.claim.needs})"
    if result.verdict == "differs" and result.claim.declared is None:
        return "differs (not explained)"
    return result.verdict


def grouped(results: Iterable[Result]) -> Iterator[tuple[str, list[Result]]]:
    """The groups that have rows, with their titles."""
    results = list(results)
    for title, kinds in GROUPS.items():
        if rows := [result for result in results if result.claim.kind in kinds]:
            if len({row.claim.paper for row in rows}) > 1:
                title = title.replace("the paper states", "the papers state")
            yield title, rows


def explained(results: Iterable[Result]) -> list[tuple[Result, str]]:
    """Those whose verdict the ledger declares, with the reason."""
    return [
        (result, one_line(result.claim.declared["reason"]))
        for result in results
        if result.claim.declared and result.verdict == result.claim.declared["verdict"]
    ]


def below(results: Sequence[Result]) -> list[str]:
    """What stands below a table: what † means, and the reasons of declared verdicts."""
    parts = [AFTER_LOOK] if any(result.claim.after_look for result in results) else []
    if known := explained(results):
        parts.append("\n".join(f"* *{one_line(r.claim.statement)}* {why}" for r, why in known))
    return parts


def to_text(results: Sequence[Result]) -> str:
    """Aligned columns for a terminal."""
    parts = []
    for title, rows in grouped(results):
        lines = [("claim", "number", "band", "ours", "95% interval", "networks", "verdict")]
        lines += [(r.claim.id, *(c or "–" for c in cells(r)[1:])) for r in rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        parts += [title, *(_aligned(line, widths) for line in lines), ""]
    return "\n".join(parts[:-1])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(c.ljust(width) for c, width in zip(line, widths, strict=True)).rstrip()


def to_markdown(results: Sequence[Result]) -> str:
    """Markdown tables, each followed by the reasons of the differences that we know.

    Plain Markdown without directives: the same text serves the README and a notebook.
    """
    parts = []
    for title, rows in grouped(results):
        table = markdown_table(_header(rows), map(readable, rows))
        parts += [f"**{title}**", table, *below(rows)]
    return "\n\n".join(parts) + "\n"


def to_html(results: Sequence[Result]) -> str:
    """The same for a notebook cell: in a line each, with the differences; the rest is folded."""
    parts = []
    for title, rows in grouped(results):
        ours = "our own" in title
        seen = [] if ours else [row for row in rows if row.verdict == "differs"]
        folded = [row for row in rows if row not in seen]
        if not ours:
            parts.append(f"<p><strong>{escape(title)}</strong>: {in_words(rows)}.</p>")
        if seen:
            parts.append(_html_table(seen, f"{title}: {in_words(seen)}"))
        if folded:
            summary = (
                f"{title}: {in_words(rows)}"
                if ours
                else f"{'The others' if seen else 'All'}: {in_words(folded)}"
            )
            parts.append(
                f"<details><summary>{escape(summary)}</summary>\n"
                f"{_html_table(folded, summary)}\n</details>"
            )
    return "\n".join(parts)


def _html_table(rows: Sequence[Result], caption: str) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in _header(rows))
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in readable(row)) + "</tr>"
        for row in rows
    )
    table = (
        '<table class="dataframe claims">\n'
        f'<caption class="visually-hidden">{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )
    after = any(result.claim.after_look for result in rows)
    return f"{table}\n<p>{AFTER_LOOK}</p>" if after else table


def _header(rows: Sequence[Result]) -> tuple[str, ...]:
    ours = rows[0].claim.kind in GROUPS["Targets, findings and tests of our own"]
    return ("Statement", "Target" if ours else "Published", "Ours", "Verdict")


def readable(result: Result) -> tuple[str, ...]:
    """A row of few columns, so that a table can be read on a phone."""
    row = cells(result)
    return (
        row.statement,
        f"{row.number} (band: {row.band})" if row.number else f"band: {row.band}",
        "; ".join(filter(None, (row.measured, row.networks))) or "–",
        row.verdict,
    )


def in_words(results: Iterable[Result]) -> str:
    """``3 agree, 1 is close and 2 differ``."""
    counts = Counter(result.verdict for result in results)
    parts = [
        f"{counts[verdict]} {_VERBS[verdict][counts[verdict] != 1]}"
        for verdict in (*VERDICTS, "not judged")
        if counts[verdict]
    ]
    *most, last = parts or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def to_json(results: Sequence[Result]) -> str:
    """The ledger as a JSON list, one object per claim."""
    rows = []
    for result in results:
        claim = result.claim
        row = {**dataclasses.asdict(result), **dataclasses.asdict(claim)}
        row |= {"notebook": result.notebook or claim.notebook, "accepted": claim.accepted}
        row |= {"verdict": result.verdict, "complaint": result.complaint}
        del row["claim"], row["tolerance"], row["range"]
        rows.append(row)
    return json.dumps(rows, indent=2, ensure_ascii=False)


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], rule: Sequence[str] = ()
) -> str:
    """A Markdown table; the rule below its header aligns columns, to the left if it is omitted."""
    lines = []
    for row in (header, rule or ["---"] * len(header), *rows):
        escaped = [one_line(cell).replace("|", "\\|") for cell in row]
        lines.append(f"| {' | '.join(escaped)} |")
    return "\n".join(lines)


def one_line(text: str) -> str:
    """The text with its line breaks as spaces."""
    return " ".join(text.split())
