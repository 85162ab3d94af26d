"""How the claims and the exercises fared, in sentences, and what the ledger does not expect.

What papers state is counted paper by paper; counts of different kinds are never added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .claim import KINDS, PAPERS, STATED
from .results import Answer, Result
from .tables import in_words, number_text


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
        if rows := stated(results, paper):
            found[paper] = f"Of {len(rows)} statements of {name}, {in_words(rows)}."
            if numbers := printed_numbers(results, paper):
                found[paper] += (
                    f" Of the {len(numbers)} result numbers that its text prints, "
                    f"{in_words(numbers)}."
                )
    return found


def summary(results: Sequence[Result]) -> str:
    """A line for each paper, and one for each other kind of entry."""
    lines = list(sentences(results).values())
    for kind in KINDS:
        rows = [result for result in results if result.claim.kind == kind]
        if rows and kind not in STATED:
            lines.append(f"{kind} ({KINDS[kind]}): {in_words(rows)}.")
    return "\n".join(lines)


def check(results: Sequence[Result]) -> list[str]:
    """One sentence for each measurement that is not what the ledger says."""
    return [
        f"{result.claim.id} {result.complaint}: measured {number_text(result.measured)}, band "
        f"{' to '.join(map(number_text, result.claim.accepted))} ({result.claim.source})"
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
