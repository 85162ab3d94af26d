"""The ledger's tables and the sentences that sum them up, and what a report shows."""

import json

import pytest
from ledger_entries import ENTRY, ORDERING, OWN

from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.publishing.ledger import summaries, tables
from iblrnn_helpers.publishing.ledger.claim import Claim
from iblrnn_helpers.publishing.ledger.results import Result, results
from iblrnn_helpers.publishing.site.claims_page import claims_markdown

AT_PAGE = {"profile": "page", "notebook": "09_number"}
NUMBER = Claim(
    **{
        **ENTRY,
        "statement": "One | half,\nsaid\nthe paper.",
        "half_digit": 0.005,
        "figure": "fig-9",
    }
)
KNOWN = Claim(
    **ORDERING,
    after_look=True,
    declared={"verdict": "differs", "reason": "It does\nnot."},
)
FOUND = (
    Result(NUMBER, 0.51234567, (0.5, 0.52), "trials", (0.51, 0.53), "three seeds", **AT_PAGE),
    Result(KNOWN, -0.25, **AT_PAGE),
    Result(Claim(**OWN), 0.5, **AT_PAGE),
)


def test_the_title_says_whether_the_rows_are_of_several_papers():
    other = Result(Claim(**ORDERING | {"id": "claim9.other", "paper": "chalk2021"}), **AT_PAGE)
    assert [title for title, _ in tables.grouped([FOUND[0], other])] == ["What the papers state"]
    assert next(tables.grouped([*FOUND[:2]]))[0] == "What the paper states"


def test_markdown():
    lines = tables.to_markdown(FOUND).splitlines()
    assert lines[0] == "**What the paper states**"
    assert lines[2] == "| Statement | Published | Ours | Verdict |"
    assert lines[4] == (
        "| One \\| half, said the paper (fraction of trials). Fig. 9 | 0.50 (band: 0.4 to 0.6) "
        "| 0.5123 (0.5 to 0.52 over trials); 0.51 to 0.53 (2 networks) | agrees |"
    )
    assert lines[5].endswith("Fig. 9 † | band: 0 to 1 | -0.25 | differs |")
    assert lines[7].startswith("† ")
    assert lines[9] == "* *A number is one half.* It does not."
    assert lines[11] == "**Targets, findings and tests of our own**"
    assert lines[13] == "| Statement | Target | Ours | Verdict |"


def test_a_number_is_shown_with_the_digits_of_its_print():
    claim = Claim(**{**ENTRY, "published": 0.2, "half_digit": 0.005})
    assert tables.cells(Result(claim)).number == "0.20"
    claim = Claim(**{**ENTRY, "published": 68, "half_digit": 0.5, "from_figure": True})
    assert tables.cells(Result(claim)).number == "about 68"


def test_counts_of_different_kinds_stand_apart():
    text = (
        "Of 2 statements of Schaeffer et al. (2020), 1 agrees and 1 differs. "
        "Of the 1 result number that its text prints, 1 agrees. "
        "The bands of 1 were set after a first look."
    )
    assert summaries.sentences(FOUND) == {"schaeffer2020": text}
    assert summaries.summary(FOUND).splitlines() == [text, "own (a finding of this book): 1 holds."]


def test_numbers_of_figures_are_no_printed_ones():
    read_off = Claim(**{**ENTRY, "id": "claim9.read_off", "from_figure": True})
    found = [FOUND[0], Result(read_off, 0.9, **AT_PAGE)]
    assert summaries.sentences(found)["schaeffer2020"] == (
        "Of 1 statement of Schaeffer et al. (2020), 1 agrees. "
        "Of the 1 result number that its text prints, 1 agrees. "
        "Of 1 number read off figures of Schaeffer et al. (2020), 1 differs."
    )


def test_the_figure_of_what_was_not_measured_is_not_linked():
    assert "{numref}" not in claims_markdown([Result(NUMBER)])


def test_a_counterfactual_stands_beside_what_it_varies():
    varied = Claim(**{**ENTRY, "id": "claim9.varied", "kind": "counterfactual", "of": NUMBER.id})
    page = claims_markdown([FOUND[0], Result(varied, 0.5, **AT_PAGE)])
    assert "(Of: *One \\| half, said the paper.*)" in page


def test_the_page_counts_and_folds():
    page = claims_markdown(FOUND)
    assert page.startswith("* Of 2 statements of Schaeffer et al. (2020), 1 agrees")
    assert "\n## Schaeffer et al. (2020)\n" in page
    assert "\n````{dropdown} Numbers that its text prints: 1 agrees\n" in page
    row = next(line for line in page.splitlines() if line.startswith("| One"))
    assert row == (
        "| One \\| half, said the paper (fraction of trials). Fig. 9. {numref}`fig-9` "
        "| 0.50 (band: 0.4 to 0.6) "
        "| 0.5123 (0.5 to 0.52 over trials) | 0.51 to 0.53 (2 networks) | agrees |"
    )
    places = [
        page.index(f"{{dropdown}} {it}") for it in ("Orderings", "Findings", "Why these bands")
    ]
    assert places == sorted(places)
    assert "three seeds." in page


def test_what_needs_data_is_said_not_to_be_measured():
    claim = Claim(**ENTRY, needs="such data")
    missing = Result(claim)
    assert missing.verdict == "not judged" and missing.complaint is None
    for table in (tables.to_text, tables.to_markdown):
        assert "not measured (needs such data)" in table([missing])
        assert "agrees" in table([Result(claim, 0.5, **AT_PAGE)])
    assert summaries.in_words([missing]) == "1 was not measured"
    with pytest.raises(ValueError, match="needs must be a non-empty text"):
        Claim(**{**ENTRY, "needs": ""})


def test_a_report_records_and_shows_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path))
    first = {
        "claim1.rnn_correct": Measured(0.85, (0.84, 0.86), "trials"),
        "claim1.rnn_steps": 9.0,
    }
    second = {"claim1.rnn_correct": Measured(0.853), "claim1.rnn_steps": float("nan")}
    shown = tables.report(first, profile="page", detail="10 trials", networks=[first, second])
    assert [result.verdict for result in shown] == ["agrees", "differs"]
    recorded = {r.claim.id: r for r in results(tmp_path) if r.measured is not None}
    assert list(recorded.values()) == list(shown)
    correct, steps = shown
    assert (correct.interval, correct.over) == ((0.84, 0.86), "trials")
    assert correct.in_networks == (0.85, 0.853) and steps.in_networks == ()
    html = shown._repr_html_()
    assert "<strong>What the paper states</strong>: 1 agrees and 1 differs." in html
    open_part, folded = html.split("<details>")
    assert steps.claim.source in open_part and "0.84 to 0.86 over trials" in folded
    assert "<summary>The others: 1 agrees</summary>" in folded
    assert ">What the paper states: 1 differs</caption>" in open_part
    assert ">The others: 1 agrees</caption>" in folded
    assert all(result.claim.source in html for result in shown)
    assert "claim1.rnn_steps" in repr(shown)
    empty = tables.report({}, profile="page")  # of a page without its data
    assert repr(empty) == "Nothing was measured." in empty._repr_html_()


def test_what_is_ours_is_folded_in_a_notebook():
    html = tables.to_html(FOUND)
    assert html.index("What the paper states") < html.index("<details>")
    assert "Targets, findings and tests of our own: 1 holds</summary>" in html


def test_json():
    first, *_ = json.loads(tables.to_json(FOUND))
    assert (first["id"], first["kind"], first["published"]) == ("claim9.number", *ENTRY_KIND)
    assert first["interval"] == [0.5, 0.52] and first["in_networks"] == [0.51, 0.53]
    assert (first["verdict"], first["complaint"]) == ("agrees", None)


ENTRY_KIND = ("stated-number", 0.5)
