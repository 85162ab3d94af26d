"""How the claims and the exercises fared, in sentences, and what the ledger does not expect.

What papers state is counted paper by paper; counts of different kinds are never added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .claim import KINDS, PAPERS, STATED
from .results import Answer, Result
from .tables import band_text, in_words, number_text


def stated(results: Iterable[Result], paper: str) -> list[Result]:
    """What a paper states."""
    return [r for r in results if r.claim.paper == paper and r.claim.kind in STATED]


def printed_numbers(results: Iterable[Result], paper: str) -> list[Result]:
    """The numbers that a paper's text prints; those read off figures are not among them."""
    return [
        result
        for result in stated(results, paper)
        if result.claim.kind == "stated-number" and not result.claim.from_figure
    ]


def sentences(results: Sequence[Result]) -> dict[str, str]:
    """For each paper that states something, how it fared."""
    found = {}
    for paper, name in PAPERS.items():
        rows = stated(results, paper)
        read_off = [row for row in rows if row.claim.from_figure]
        in_words_of_paper = [row for row in rows if not row.claim.from_figure]
        parts = [
            _share(in_words_of_paper, "{} statements of " + name),
            _share(printed_numbers(results, paper), "the {} result numbers that its text prints"),
            _share(read_off, "{} numbers read off figures of " + name),
        ]
        if after := sum(row.claim.after_look for row in rows):
            parts.append(f"The bands of {after} were set after a first look.")
        if rows:
            found[paper] = " ".join(filter(None, parts))
    return found


def _share(rows: Sequence[Result], what: str) -> str:
    if len(rows) == 1:
        what = what.replace("numbers", "number").replace("statements", "statement")
    return f"Of {what.format(len(rows))}, {in_words(rows)}." if rows else ""


def summary(results: Sequence[Result]) -> str:
    """A line for each paper, and one for each other kind of entry."""
    lines = list(sentences(results).values())
    for kind in KINDS:
        rows = [result for result in results if result.claim.kind == kind]
        if rows and kind not in STATED:
            lines.append(f"{kind} ({KINDS[kind]}): {in_words(rows)}.")
    return "\n".join(lines)


def check(results: Sequence[Result]) -> list[str]:
    """One sentence for each measurement that is not what the ledger says, or is missing.

    A notebook that measured something must have measured all of its claims.
    """
    run = {result.claim.notebook for result in results if result.measured is not None}
    missing = [
        f"{result.claim.id} was not measured by {result.claim.notebook}, which was run"
        for result in results
        if result.measured is None and result.claim.notebook in run and not result.claim.needs
    ]
    return missing + [
        f"{result.claim.id} {result.complaint}: measured {number_text(result.measured)}, band "
        f"{band_text(result.claim)} ({result.claim.source})"
        for result in results
        if result.complaint
    ]


def summary_of_answers(answers: Sequence[Answer]) -> str:
    """How the exercises' answers fared, in one line."""
    verdicts = [answer.verdict for answer in answers]
    return (
        f"{verdicts.count('holds')} answers hold, {verdicts.count('does not hold')} do not, "
        f"{verdicts.count('not judged')} not judged"
    )


def check_answers(answers: Sequence[Answer]) -> list[str]:
    """One sentence for each answer that does not hold."""
    return [
        f"the answer to exercise {answer.exercise} does not hold: {answer.finding}"
        for answer in answers
        if answer.verdict == "does not hold"
    ]
