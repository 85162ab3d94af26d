"""The ledger as people see it: at a notebook's end, on a terminal, on the book's pages.

``iblrnn claims`` prints it and, with ``--check``, fails if the book says what is not so.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from ...core.means import Measured
from .claim import Claim
from .results import Answer, Result, answers, record, results, results_folder

HEADER = ("Claim", "Published", "Ours", "Verdict")
NOTHING = "Nothing was measured."


class Report(tuple):
    """Results that show themselves as a table at the end of a notebook cell."""

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


def number_text(value: float | None) -> str:
    """Four significant digits, or a dash where there is no number."""
    return "–" if value is None else f"{value:.4g}"


def accepted_text(claim: Claim) -> str:
    """The accepted range in words."""
    return " to ".join(map(number_text, claim.accepted))


def to_text(results: Sequence[Result]) -> str:
    """Aligned columns for a terminal."""
    rows = [("claim", "published", "accepted", "ours", "95% interval", "verdict")]
    for result in results:
        claim = result.claim
        interval = _interval_text(result) or "–"
        numbers = number_text(claim.published), accepted_text(claim), number_text(result.measured)
        rows.append((claim.id, *numbers, interval, _verdict_text(result)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def to_markdown(results: Sequence[Result]) -> str:
    """A Markdown table of the claims, then the declared differences with their reasons.

    Plain Markdown without directives: the same text serves the book, the README and a notebook.
    In brackets after ours: its 95% interval over blocks.
    """
    lines = [markdown_table(HEADER, map(_readable, results))]
    known = [result.claim for result in results if _verdict_text(result) == "differs (declared)"]
    if known:
        lines += ["", "Differences that we know and explain:", ""]
        lines += [_one_line(f"* *{claim.statement}* {claim.declared['reason']}") for claim in known]
    return "\n".join(lines) + "\n"


def to_html(results: Sequence[Result]) -> str:
    """The same table for a notebook cell."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in HEADER)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _readable(result)) + "</tr>"
        for result in results
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


def to_json(results: Sequence[Result]) -> str:
    """The ledger as a JSON list, one object per claim."""
    rows = []
    for result in results:
        claim = result.claim
        row = {**vars(claim), **vars(result), "claim": claim.claim, "accepted": claim.accepted}
        row |= {"notebook": result.notebook or claim.notebook, "verdict": result.verdict}
        del row["tolerance"], row["range"]
        rows.append(row)
    return json.dumps(rows, indent=2, ensure_ascii=False)


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], rule: Sequence[str] = ()
) -> str:
    """A Markdown table; the rule below its header aligns columns, to the left if it is omitted."""
    lines = []
    for row in (header, rule or ["---"] * len(header), *rows):
        cells = [_one_line(cell).replace("|", "\\|") for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(results: Sequence[Result]) -> str:
    """How the claims fared, in one line."""
    verdicts = [result.verdict for result in results]
    unexplained = sum(result.is_unexplained for result in results)
    declared = verdicts.count("differs") - unexplained
    return (
        f"{verdicts.count('reproduced')} reproduced, {declared} differ (declared), "
        f"{unexplained} differ (not declared), {verdicts.count('not judged')} not judged"
    )


def summary_of_answers(answers: Sequence[Answer]) -> str:
    """How the exercises' answers fared, in one line."""
    verdicts = [answer.verdict for answer in answers]
    return (
        f"{verdicts.count('holds')} answers hold, {verdicts.count('does not hold')} do not, "
        f"{verdicts.count('not judged')} not judged"
    )


def check(results: Sequence[Result]) -> list[str]:
    """One sentence for each thing that the ledger does not expect.

    First the differences that are not declared; then, beginning with ``note:``, the declared ones
    that now agree.
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


def check_answers(answers: Sequence[Answer]) -> list[str]:
    """One sentence for each answer that does not hold."""
    return [
        f"the answer to exercise {answer.exercise} does not hold: {answer.finding}"
        for answer in answers
        if answer.verdict == "does not hold"
    ]


def _interval_text(result: Result) -> str:
    return "" if result.interval is None else " to ".join(map(number_text, result.interval))


def _verdict_text(result: Result) -> str:
    if result.measured is None and result.claim.needs:
        return f"not measured (needs {result.claim.needs})"
    known = result.verdict == "differs" and result.claim.declared is not None
    return "differs (declared)" if known else result.verdict


def _readable(result: Result) -> tuple[str, ...]:
    """A row of few columns, so that a table can be read on a phone."""
    claim, accepted = result.claim, f"accepted: {accepted_text(result.claim)}"
    published = f"{number_text(claim.published)} ({accepted})"
    interval = _interval_text(result)
    return (
        f"{claim.statement.strip().rstrip('.')} ({claim.unit}). {claim.source}",
        accepted if claim.published is None else published,
        number_text(result.measured) + (f" ({interval})" if interval else ""),
        _verdict_text(result),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


EXAMPLES = """examples:
  iblrnn claims                     the table of claims and verdicts
  iblrnn claims --check             exit with 1 if the book says something that is not so
  iblrnn claims --json              the same as JSON
  iblrnn claims --markdown          the same as a Markdown table
  iblrnn claims --results FOLDER    what was measured into another folder
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn claims``."""
    parser.epilog = EXAMPLES
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print a Markdown table")
    text = (
        "exit with 1 if a claim differs and the ledger does not declare it, or if an exercise's "
        "answer does not hold"
    )
    parser.add_argument("--check", action="store_true", help=text)
    text = "folder of the measurements (default: IBLRNN_RESULTS, else build/results)"
    parser.add_argument("--results", metavar="DIR", help=text)


def main(args: argparse.Namespace) -> int:
    """Print the ledger; with ``--check``, return 1 if something is not as the book says."""
    found, given = results(args.results), answers(args.results)
    if args.json:
        print(to_json(found))
    elif args.markdown:
        print(to_markdown(found), end="")
    elif all(result.measured is None for result in found):
        notebooks = " ".join(sorted({result.claim.notebook for result in found}))
        print(
            f"Nothing has been measured yet in {results_folder(args.results)}.\n"
            f"Measure the {len(found)} claims with: iblrnn run {notebooks}"
        )
    else:
        print(to_text(found))
        print(f"\n{summary(found)}\nexercises: {summary_of_answers(given)}")
    if not args.check:
        return 0
    wrong = check_answers(given)
    for message in check(found) + wrong:
        print(message, file=sys.stderr)  # standard output may be JSON for another program
    return int(bool(wrong) or any(result.is_unexplained for result in found))
