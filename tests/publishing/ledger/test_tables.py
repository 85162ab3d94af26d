"""The ledger's tables, checks and command, and what a report shows."""

import argparse
import json
import re

import pytest
from ledger_entries import ENTRY, ORDERING
from small_repository import iblrnn, write_notebook

from iblrnn_helpers.publishing.ledger import tables
from iblrnn_helpers.publishing.ledger.claim import Claim, load_claims
from iblrnn_helpers.publishing.ledger.results import Result, answer, answers, record, results

RNN = "claim1.rnn_correct"
CEILING = "claim1.exact_actor_minus_rnn"  # declared to differ
SOLUTION = """# @title Solution 1
from iblrnn_helpers.publishing.ledger.results import answer
answer("01.1", f"It is {n}.", n == 3, profile=profile)"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path))
    return tmp_path


def run(folder, *arguments):
    parser = argparse.ArgumentParser()
    tables.add_arguments(parser)
    return tables.main(parser.parse_args(["--results", str(folder), *arguments]))


def test_check_lists_undeclared_differences_and_outdated_declarations(tmp_path):
    record(RNN, 0.85, profile="page", folder=tmp_path)
    record(CEILING, -0.03, profile="page", folder=tmp_path)
    assert tables.check(results(tmp_path)) == []
    assert tables.summary(results(tmp_path)).startswith(
        "1 reproduced, 1 differ (declared), 0 differ (not declared), "
    )
    record(RNN, 0.7, profile="page", folder=tmp_path)
    record(CEILING, 0.03, profile="page", folder=tmp_path)
    difference, note = tables.check(results(tmp_path))
    assert difference.startswith(f"{RNN} differs: measured 0.7, accepted 0.835 to 0.875")
    assert note.startswith(f"note: {CEILING} is declared to differ but now agrees")


def test_markdown(tmp_path):
    claim = Claim(**{**ENTRY, "statement": "One | half,\nsaid\nthe paper."})
    known = Claim(
        **{
            **ORDERING,
            "statement": "Two exceeds one.",
            "declared": {"verdict": "differs", "reason": "It does not."},
        }
    )
    options = {"profile": "page", "notebook": "09_number"}
    found = (
        Result(claim, 0.51234567, (0.5, 0.52), "three seeds", **options),
        Result(known, -0.25, **options),
        Result(known),
    )
    lines = tables.to_markdown(found).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == 5
    assert lines[2] == (
        "| One \\| half, said the paper (fraction of trials). Fig. 9 | 0.5 (accepted: 0.4 to 0.6) "
        "| 0.5123 (0.5 to 0.52) | reproduced |"
    )
    assert lines[3].endswith("| accepted: 0 to 1 | -0.25 | differs (declared) |")
    assert lines[4].endswith("| – | not judged |")
    assert lines[5:] == [
        *["", "Differences that we know and explain:", "", "* *Two exceeds one.* It does not."]
    ]
    reasons = tables.reasons_markdown(found).splitlines()
    assert len(reasons) == 3
    assert "One digit is given." in reasons[0]
    assert reasons[0].endswith("three seeds")


def test_what_needs_data_is_said_not_to_be_measured(tmp_path):
    claim = Claim(**ENTRY, needs="such data")
    missing = Result(claim)
    assert missing.verdict == "not judged" and not missing.is_unexplained
    for table in (tables.to_text, tables.to_markdown):
        assert "not measured (needs such data)" in table([missing])
        assert "reproduced" in table([Result(claim, 0.5, profile="page", notebook="09_number")])
    with pytest.raises(ValueError, match="needs must be a non-empty text"):
        Claim(**{**ENTRY, "needs": ""})


def test_a_report_records_and_shows_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path))
    measured = {"claim1.rnn_correct": (0.85, (0.84, 0.86)), "claim1.rnn_steps": 9.0}
    shown = tables.report(measured, profile="page", detail="10 trials")
    assert [result.verdict for result in shown] == ["reproduced", "differs"]
    recorded = {r.claim.id: r for r in results(tmp_path) if r.measured is not None}
    assert list(recorded.values()) == list(shown)
    assert recorded["claim1.rnn_correct"].interval == (0.84, 0.86)
    html = shown._repr_html_()
    assert html.count("<tr>") == 3 and "0.84 to 0.86" in html
    assert all(result.claim.source in html for result in shown)
    assert "claim1.rnn_steps" in repr(shown)
    empty = tables.report({}, profile="page")  # of a page without its data
    assert repr(empty) == "Nothing was measured." in empty._repr_html_()


def test_command_before_anything_was_measured(tmp_path, capsys):
    assert run(tmp_path / "none") == 0
    text = capsys.readouterr().out
    assert "Nothing has been measured yet" in text
    for claim in load_claims():
        assert claim.notebook in text


def test_command_prints_each_form(tmp_path, capsys):
    record(RNN, 0.85, interval=(0.84, 0.86), profile="page", folder=tmp_path)
    assert run(tmp_path) == 0
    text = capsys.readouterr().out
    assert re.search(
        rf"^{RNN} +0\.855 +0\.835 to 0\.875 +0\.85 +0\.84 to 0\.86 +reproduced$", text, re.M
    )
    assert "1 reproduced" in text
    assert run(tmp_path, "--markdown") == 0
    assert capsys.readouterr().out == tables.to_markdown(results(tmp_path))
    assert run(tmp_path, "--json") == 0
    (first,) = (row for row in json.loads(capsys.readouterr().out) if row["id"] == RNN)
    assert (first["id"], first["measured"], first["interval"]) == (RNN, 0.85, [0.84, 0.86])
    with pytest.raises(SystemExit):
        run(tmp_path, "--json", "--markdown")


def test_command_check_fails_on_an_undeclared_difference_only(tmp_path, capsys):
    record(CEILING, -0.03, profile="page", folder=tmp_path)
    assert run(tmp_path, "--check") == 0
    record(RNN, 0.7, profile="page", folder=tmp_path)
    assert run(tmp_path) == 0
    capsys.readouterr()
    assert run(tmp_path, "--check", "--json") == 1
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == len(load_claims())
    assert f"{RNN} differs" in captured.err
    record(RNN, 0.7, profile="smoke", folder=tmp_path)
    assert run(tmp_path, "--check") == 0


def test_only_what_does_not_hold_is_wrong_and_smoke_is_not_judged(folder):
    answer("01.1", "Yes.", True, profile="paper")
    answer("01.2", "No.", False, profile="page")
    answer("02.1", "Perhaps.", False, profile="smoke")
    found = answers()
    assert [given.verdict for given in found] == ["holds", "does not hold", "not judged"]
    assert tables.summary_of_answers(found) == "1 answers hold, 1 do not, 1 not judged"
    assert tables.check_answers(found) == ["the answer to exercise 01.2 does not hold: No."]
    assert repr(found[1]).startswith("Not so in this run.")
    assert repr(found[2]).startswith("Not judged at the smoke profile.")


@pytest.mark.slow
def test_the_command_line_fails_on_an_answer_that_does_not_hold(tmp_path):
    write_notebook(tmp_path, "01_a", SOLUTION)
    assert iblrnn(tmp_path, "run").returncode == 0
    right = iblrnn(tmp_path, "claims", "--check")
    assert right.returncode == 0, right.stderr
    assert iblrnn(tmp_path, "run", "-p", "n", "4").returncode == 0
    wrong = iblrnn(tmp_path, "claims", "--check")
    assert wrong.returncode == 1
    assert "the answer to exercise 01.1 does not hold: It is 4." in wrong.stderr
    # An answer that is no longer given is no longer there.
    write_notebook(tmp_path, "01_a", "print(n)")
    assert iblrnn(tmp_path, "run").returncode == 0
    assert answers(tmp_path / "build" / "results") == ()
