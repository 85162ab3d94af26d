"""What ``iblrnn claims --check`` fails on, shown on a made-up ledger and a made-up book."""

import argparse
import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml
from ledger_entries import ENTRY, ORDERING, OWN
from small_repository import iblrnn, write_notebook

from iblrnn_helpers.publishing.ledger import command, summaries, tables
from iblrnn_helpers.publishing.ledger.claim import Claim
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.publishing.ledger.results import Result, answer, answers, record, results
from iblrnn_helpers.publishing.ledger.said import check_said, load_said, said

ROOT = Path(__file__).parents[3]
RNN = "claim1.rnn_correct"
AT_PAGE = {"profile": "page", "notebook": "09_number"}
DIFFERS = {"verdict": "differs", "reason": "It does not."}
EDGE = {"verdict": "at the edge", "reason": "It depends on the trials."}
SOLUTION = """# @title Solution 1
from iblrnn_helpers.publishing.ledger.results import answer
answer("01.1", f"It is {n}.", n == 3, profile=profile)"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path))
    return tmp_path


def run(folder, *arguments):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.main(parser.parse_args(["--results", str(folder), *arguments]))


def complaint(value, interval=None, over=None, in_networks=(), *, of=ORDERING, **change):
    claim = Claim(**{**of, **change})
    return Result(claim, value, interval, over, in_networks, **AT_PAGE).complaint


def test_an_undeclared_difference_is_an_error():
    assert complaint(0.5) is None
    assert complaint(1.5) == "differs"
    assert complaint(1.5, declared=DIFFERS) is None
    assert complaint(1.5, of=OWN) == "differs"
    assert complaint(1.0, (0.9, 1.1), "trials") is None  # its verdict says what it is


def test_a_declared_difference_that_disappeared_is_an_error():
    assert complaint(0.5, declared=DIFFERS).startswith("is declared 'differs' and is not")
    assert complaint(1.0, (0.9, 1.1), "trials", declared=DIFFERS).startswith("is declared")
    # What is declared to depend on the trials may fall on either side, not far from the edge.
    for value in (0.98, 1.0, 1.02):
        assert complaint(value, (value - 0.02, value + 0.02), "trials", declared=EDGE) is None
    for value in (0.9, 1.1):  # five half-widths away
        ends = (value - 0.02, value + 0.02)
        assert complaint(value, ends, "trials", declared=EDGE).startswith("is declared")


def test_an_interval_that_does_not_hold_its_value_is_an_error():
    assert complaint(0.5, (0.5, 0.6), "trials") is None
    assert complaint(0.5, (0.51, 0.6), "trials").endswith("does not hold its value")


def test_half_a_notebook_is_an_error():
    claims = [Claim(**ENTRY), Claim(**ORDERING), Claim(**{**OWN, "notebook": "10_other"})]
    nothing = [Result(claim) for claim in claims]
    assert summaries.check(nothing) == []
    (message,) = summaries.check([Result(claims[0], 0.5, **AT_PAGE), *nothing[1:]])
    assert message == "claim9.ordering was not measured by 09_number, which was run"
    needing = Result(Claim(**{**ORDERING, "needs": "such data"}))
    assert summaries.check([Result(claims[0], 0.5, **AT_PAGE), needing]) == []


def test_a_verdict_on_an_interval_that_ignores_trials_or_networks_is_an_error():
    both = {"over": "trials and networks"}
    ends = (0.4, 0.6)
    assert complaint(0.5, **{"of": {**ORDERING, **both}}).endswith("ignores networks and trials")
    of = {**ORDERING, **both}
    assert complaint(0.5, ends, "networks", of=of).endswith("interval that ignores trials")
    assert complaint(0.5, ends, "trials", of=of).endswith("interval that ignores networks")
    assert complaint(0.5, None, None, (0.4, 0.5), of=of).endswith("ignores trials")
    assert complaint(0.5, ends, "trials and networks", of=of) is None
    assert complaint(0.5, ends, "trials", (0.4, 0.5), of=of) is None
    assert complaint(0.5, of={**OWN, **both}) is None  # no statement of a paper
    smoke = Result(Claim(**of), 0.5, profile="smoke", notebook="09_number")
    assert smoke.complaint is None


def write_book(tmp_path, page, **content):
    (tmp_path / "book").mkdir(exist_ok=True)
    entry = {"file": "page.md", "says": "it is 48.6% of all", "number": "48.6"}
    entry |= {"claim": "claim9.ordering", "times": 100}
    content = {"summaries": [], "numbers": [entry]} | content
    (tmp_path / "book" / "said.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    return entry


def test_a_sentence_whose_number_is_not_what_was_measured_is_an_error(tmp_path):
    entry = write_book(tmp_path, "# So it\n# is 48.6% of\n# all networks.")

    def wrong(value, **change):
        result = Result(Claim(**ORDERING), value, (0.4, 0.5), "trials", (0.3, 0.7), **AT_PAGE)
        return check_said([dataclasses.replace(result, **change)], tmp_path)

    assert wrong(0.4856) == [] and wrong(0.4864) == []
    (message,) = wrong(0.4874)
    assert message == ("page.md says 'it is 48.6% of all', but claim9.ordering (measured) is 48.74")
    assert wrong(0.9, profile="smoke") == []
    for value, at in (("low", 0.4), ("high", 0.5), ("lowest", 0.3), ("highest", 0.7)):
        here = entry | {"value": value, "says": f"it is {at}", "number": f"{at}", "times": 1}
        write_book(tmp_path, f"it is {at}", numbers=[here])
        assert wrong(0.45) == []
        there = {"low": (0.1, 0.9), "high": (0.1, 0.9)}.get(value)
        if there:
            assert len(wrong(0.45, interval=there)) == 1
        else:
            assert len(wrong(0.45, in_networks=(0.1, 0.9))) == 1
    (message,) = wrong(0.45, in_networks=())
    assert "has no highest value" in message
    write_book(tmp_path, "It is half.")
    (message,) = wrong(0.4856)
    assert message.startswith("page.md does not say 'it is 48.6% of all'")


def test_a_file_that_must_say_how_a_paper_fared(tmp_path):
    found = [Result(Claim(**ORDERING), 0.5, **AT_PAGE)]
    sentence = "Of 1 statement of Schaeffer et al. (2020), 1 holds."
    for page, wrong in (("Of 1 statement\nof Schaeffer et al. (2020), 1 holds.", 0), ("No.", 1)):
        write_book(tmp_path, page, summaries=["page.md"], numbers=[])
        assert check_said(found, tmp_path) == [f"page.md must say {sentence!r}"] * wrong
    assert check_said([*found, Result(Claim(**ENTRY))], tmp_path) == []  # not all are judged
    trained = Claim(**{**OWN, "id": "training.matches_shipped"})
    for share, wrong in ((1.0, 1), (0.98, 0)):  # another processor gives other networks
        assert len(check_said([*found, Result(trained, share, **AT_PAGE)], tmp_path)) == wrong


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": 48.6}, "number 1: number must be text"),
        ({"number": "4 8"}, "number must be a quoted decimal number"),
        ({"number": "8.6"}, "says must hold the number 8.6 once"),
        ({"value": "best"}, "value must be one of"),
        ({"times": "100"}, "times must be a finite number"),
        ({"where": "there"}, "number 1: .*where"),
        ({"claim": "claim9.none"}, "names the claim claim9.none, which is not there"),
        ({"file": "none.md"}, "names none.md, which is not there"),
    ],
)
def test_a_bad_list_of_sentences_is_named(tmp_path, change, message):
    entry = write_book(tmp_path, "it is 48.6% of all")
    write_book(tmp_path, "it is 48.6% of all", numbers=[entry | change])
    with pytest.raises(ValueError, match=rf"said\.yml.*{message}"):
        check_said([Result(Claim(**ORDERING), 0.486, **AT_PAGE)], tmp_path)


def test_the_books_own_list_can_be_read_and_stands_in_its_pages():
    load_said(ROOT)
    assert check_said(results(ROOT / "none"), ROOT) == []


def test_a_computed_sentence_shows_itself():
    sentence = said(f"It is {0.25:.2f}.")
    assert repr(sentence) == sentence._repr_markdown_() == "It is 0.25."
    for text in ("", 3, f"It is {float('nan'):.2f}.", "At $x$ it is 1."):
        with pytest.raises(ValueError, match="text must"):
            said(text)


def test_command_before_anything_was_measured(tmp_path, capsys):
    assert run(tmp_path / "none") == 0
    text = capsys.readouterr().out
    assert "Nothing has been measured yet" in text
    for claim in load_claims():
        assert claim.notebook in text


def test_command_check_fails_where_nothing_was_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path / "none", "--check") == 1
    said = capsys.readouterr().err
    assert f"nothing was measured in {tmp_path / 'none'}\n" in said
    assert "0 judged of 0 measured" in said and "no sentences: no book/said.yml" in said


def test_command_prints_each_form(tmp_path, capsys):
    record(RNN, 0.85, interval=(0.84, 0.856), over="trials", profile="page", folder=tmp_path)
    assert run(tmp_path) == 0
    text = capsys.readouterr().out
    row = rf"^{RNN} +0\.8550 +0\.835 to 0\.875 +0\.85 +0\.84 to 0\.856 over trials +– +agrees$"
    assert re.search(row, text, re.M)
    assert re.search(r"Of \d+ statements of Schaeffer et al\. \(2020\), 1 agrees and ", text)
    assert run(tmp_path, "--markdown") == 0
    assert capsys.readouterr().out == tables.to_markdown(results(tmp_path))
    assert run(tmp_path, "--json") == 0
    (first,) = (row for row in json.loads(capsys.readouterr().out) if row["id"] == RNN)
    assert (first["id"], first["measured"], first["interval"]) == (RNN, 0.85, [0.84, 0.856])
    with pytest.raises(SystemExit):
        run(tmp_path, "--json", "--markdown")


def test_command_check_fails_on_an_undeclared_difference_only(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no book is
    options = {"over": "trials", "in_networks": (0.7, 0.71), "folder": tmp_path}
    record(RNN, 0.7, interval=(0.69, 0.71), profile="page", **options)
    assert run(tmp_path) == 0
    capsys.readouterr()
    assert run(tmp_path, "--check", "--json") == 1
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == len(load_claims())
    assert f"{RNN} differs: measured 0.7, band 0.835 to 0.875" in captured.err
    monkeypatch.setattr(command, "results", lambda _: [r for r in results(tmp_path) if r.measured])
    assert run(tmp_path, "--check") == 1
    record(RNN, 0.7, interval=(0.69, 0.71), profile="smoke", **options)
    assert run(tmp_path, "--check") == 0


def test_only_what_does_not_hold_is_wrong_and_smoke_is_not_judged(folder):
    answer("01.1", "Yes.", True, profile="paper")
    answer("01.2", "No.", False, profile="page")
    answer("02.1", "Perhaps.", False, profile="smoke")
    found = answers()
    assert [given.verdict for given in found] == ["holds", "does not hold", "not judged"]
    assert summaries.summary_of_answers(found) == "1 answers hold, 1 do not, 1 not judged"
    assert summaries.check_answers(found) == ["the answer to exercise 01.2 does not hold: No."]
    assert repr(found[1]).startswith("Not so in this run.")
    assert repr(found[2]).startswith("Not judged at the smoke profile.")


@pytest.mark.slow
def test_the_command_line_fails_on_an_answer_that_does_not_hold(tmp_path, iblrnn_here):
    write_notebook(tmp_path, "01_a", SOLUTION)
    assert iblrnn_here(tmp_path, "run").returncode == 0
    right = iblrnn(tmp_path, "claims", "--check")
    assert right.returncode == 0, right.stderr
    assert iblrnn_here(tmp_path, "run", "-p", "n", "4").returncode == 0
    wrong = iblrnn_here(tmp_path, "claims", "--check")
    assert wrong.returncode == 1
    assert "the answer to exercise 01.1 does not hold: It is 4." in wrong.stderr
    # An answer that is no longer given is no longer there.
    write_notebook(tmp_path, "01_a", "print(n)")
    assert iblrnn_here(tmp_path, "run").returncode == 0
    assert answers(tmp_path / "build" / "results") == ()


def test_a_file_instead_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"--results .*file is not a folder"):
        run(tmp_path / "file", "--check")
