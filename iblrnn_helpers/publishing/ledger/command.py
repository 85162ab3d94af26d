"""``iblrnn claims``: the ledger on a terminal, and whether the book says what is so."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...core.files import check_folder
from .results import answers, results, results_folder
from .said import SAID, check_said
from .summaries import check, check_answers, summary, summary_of_answers
from .tables import to_json, to_markdown, to_text

EXAMPLES = """examples:
  iblrnn claims                     the tables of claims and verdicts, and how each paper fared
  iblrnn claims --check             exit with 1 if the book says something that is not so
  iblrnn claims --json              the same as JSON
  iblrnn claims --markdown          the same as Markdown tables
  iblrnn claims --results FOLDER    what was measured into another folder
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn claims``."""
    parser.epilog = EXAMPLES
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print Markdown tables")
    text = (
        "exit with 1 if a claim differs and the ledger does not declare it, or no longer differs "
        "though it does; if a verdict rests on an interval that ignores trials or networks; if a "
        "sentence's number is not what was measured; or if an exercise's answer does not hold"
    )
    parser.add_argument("--check", action="store_true", help=text)
    text = "folder of the measurements (default: IBLRNN_RESULTS, else build/results)"
    parser.add_argument("--results", metavar="DIR", help=text)


def main(args: argparse.Namespace) -> int:
    """Print the ledger; with ``--check``, return 1 if something is not as the book says."""
    check_folder("--results", results_folder(args.results))
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
        print(f"{to_text(found)}\n\n{summary(found)}\nexercises: {summary_of_answers(given)}")
    if not args.check:
        return 0
    wrong = check(found) + check_answers(given)
    n_measured = sum(result.measured is not None for result in found)
    if not n_measured and not given:
        wrong.append(f"nothing was measured in {results_folder(args.results)}")
    if SAID.exists():  # where the book's pages are, too
        wrong += check_said(found, Path())
    n_judged = sum(result.verdict != "not judged" for result in found)
    print(
        f"checked: {n_judged} judged of {n_measured} measured of {len(found)} claims, "
        f"{len(given)} answers, " + ("sentences" if SAID.exists() else f"no sentences: no {SAID}"),
        file=sys.stderr,
    )
    for message in wrong:
        print(message, file=sys.stderr)  # standard output may be JSON for another program
    return int(bool(wrong))
