"""``iblrnn claims``: the ledger on the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from . import exercises
from . import results as ledger
from .results import to_html, to_text

EXAMPLES = """examples:
  iblrnn claims                     the table of claims and verdicts
  iblrnn claims --check             exit with 1 if the book says something that is not so
  iblrnn claims --json              the same as JSON
  iblrnn claims --markdown          the same as a Markdown table
  iblrnn claims --results FOLDER    what was measured into another folder
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn claims``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if a claim differs and the ledger does not declare it, or if an "
        "exercise's answer does not hold",
    )
    parser.add_argument(
        "--results",
        metavar="DIR",
        help="folder of the measurements (default: IBLRNN_RESULTS, else build/results)",
    )


def main(args: argparse.Namespace) -> int:
    """Print the ledger; with ``--check``, return 1 if something is not as the book says."""
    found = ledger.results(args.results)
    answers = exercises.answers(args.results)
    if args.json:
        print(ledger.to_json(found))
    elif args.markdown:
        print(ledger.to_markdown(found), end="")
    elif all(result.measured is None for result in found):
        notebooks = " ".join(sorted({result.claim.notebook for result in found}))
        print(
            f"Nothing has been measured yet in {ledger.results_folder(args.results)}.\n"
            f"Measure the {len(found)} claims with: iblrnn run {notebooks}"
        )
    else:
        print(ledger.to_text(found))
        print(f"\n{ledger.summary(found)}\nexercises: {exercises.summary(answers)}")
    if not args.check:
        return 0
    wrong = exercises.check(answers)
    for message in ledger.check(found) + wrong:
        print(message, file=sys.stderr)  # standard output may be JSON for another program
    return int(bool(wrong) or any(result.is_unexplained for result in found))


# What a notebook says at its end: its numbers, written into the ledger and shown as a table.

NOTHING = "Nothing was measured."


class Report(tuple):
    """Results that show themselves as a table at the end of a notebook cell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return to_text(self) if self else NOTHING

    def _repr_html_(self) -> str:
        return to_html(self) if self else f"<p>{NOTHING}</p>"


def report(
    measured: Mapping[str, float | tuple[float, tuple[float, float] | None]],
    *,
    profile: str,
    detail: str = "",
) -> Report:
    """Record measurements and show them beside the published values.

    Parameters
    ----------
    measured : dict of claim id to value, or to (value, 95% interval or None)
    profile, detail : str
        As for :func:`iblrnn_helpers.publishing.ledger.results.record`.

    Returns
    -------
    Report

    Raises
    ------
    As :func:`iblrnn_helpers.publishing.ledger.results.record`.
    """
    pairs = {
        name: found if isinstance(found, tuple) else (found, None)
        for name, found in measured.items()
    }
    return Report(
        ledger.record(name, value, interval=interval, detail=detail, profile=profile)
        for name, (value, interval) in pairs.items()
    )
