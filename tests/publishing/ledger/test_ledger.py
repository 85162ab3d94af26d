"""The claims ledger: its file, its verdicts, its tables, its command."""

import argparse
import json
import re

import pytest
import yaml

from iblrnn_helpers.publishing.ledger import tables
from iblrnn_helpers.publishing.ledger.claim import Claim, load_claims
from iblrnn_helpers.publishing.ledger.results import Result, record, results

RNN = "claim1.rnn_correct"
CEILING = "claim1.exact_actor_minus_rnn"  # declared to differ

ENTRY = {
    "id": "claim9.number",
    "claim": "Claim 9",
    "source": "Fig. 9",
    "statement": "A number is one half.",
    "unit": "fraction of trials",
    "published": 0.5,
    "tolerance": 0.1,
    "reason": "One digit is given.",
    "notebook": "09_number",
    "seeds": 3,
}
ORDERING = {
    **{key: value for key, value in ENTRY.items() if key != "tolerance"},
    "id": "claim9.ordering",
    "published": None,
    "range": [0, 1],
}


def write(tmp_path, *entries):
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump({"claims": list(entries)}), encoding="utf-8")
    return path


def run(folder, *arguments):
    parser = argparse.ArgumentParser()
    tables.add_arguments(parser)
    return tables.main(parser.parse_args(["--results", str(folder), *arguments]))


def test_shipped_ledger_is_valid_and_orderings_have_ranges():
    claims = load_claims()
    assert RNN in [claim.id for claim in claims]
    for claim in claims:
        low, high = claim.accepted
        assert low <= high
        if claim.published is not None:
            assert claim.accepts(claim.published)
        assert re.fullmatch(r"\d\d_\w+", claim.notebook)


def test_shipped_ledger_holds_the_agreed_bands():
    bands = {claim.id: claim.accepted for claim in load_claims()}
    assert bands[RNN] == pytest.approx((0.835, 0.875))
    assert bands["claim1.rnn_zero_concordant"][0] == 0.65
    assert bands["claim1.rnn_zero_discordant"][1] == 0.35
    assert bands["claim1.observer_minus_rnn"] == (0, 0.015)


def test_load_keeps_the_order_and_the_values(tmp_path):
    number, ordering = load_claims(write(tmp_path, ENTRY, ORDERING))
    assert number == Claim(**ENTRY)
    assert number.accepted == pytest.approx((0.4, 0.6))
    assert ordering.published is None
    assert ordering.accepted == (0.0, 1.0)


def test_edges_of_the_accepted_range_are_inside():
    claim = Claim(**{**ENTRY, "published": 0.64, "tolerance": 0.29})
    assert claim.accepted[0] > 0.35 and claim.accepted[1] < 0.93  # rounding of binary fractions
    accepted = [claim.accepts(value) for value in (0.3499, 0.35, 0.64, 0.93, 0.9301)]
    assert accepted == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Claim 9"}, "claim id must be dotted"),
        ({"id": 9}, "claim id must be dotted"),
        ({"statement": " "}, r"claim9\.number: statement must be a non-empty text"),
        ({"reason": None}, r"claim9\.number: reason"),
        ({"seeds": 0}, r"claim9\.number: seeds"),
        ({"seeds": 1.5}, r"claim9\.number: seeds"),
        ({"published": float("nan")}, r"claim9\.number: published"),
        ({"published": "0.5"}, r"claim9\.number: published"),
        ({"published": None}, r"claim9\.number: tolerance needs a published value"),
        ({"tolerance": float("inf")}, r"claim9\.number: tolerance"),
        ({"tolerance": 0}, r"claim9\.number: tolerance"),
        ({"tolerance": None}, r"claim9\.number: give either tolerance or range"),
        ({"range": [0, 1]}, r"claim9\.number: give either tolerance or range"),
        ({"tolerance": None, "range": [1, 0]}, r"claim9\.number: range"),
        ({"tolerance": None, "range": [0]}, r"claim9\.number: range"),
        ({"tolerance": None, "range": [0, float("inf")]}, r"claim9\.number: range"),
        ({"declared": "differs"}, r"claim9\.number: declared"),
        ({"declared": {"verdict": "differs"}}, r"claim9\.number: declared"),
        ({"declared": {"verdict": "fine", "reason": "x"}}, r"claim9\.number: declared verdict"),
        ({"declared": {"verdict": "differs", "reason": ""}}, r"claim9\.number: declared reason"),
        ({"tolerence": 0.1}, r"claim9\.number: unknown field 'tolerence'"),
    ],
)
def test_bad_entry_names_file_claim_and_field(tmp_path, change, message):
    path = write(tmp_path, ORDERING, {**ENTRY, **change})
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))}, entry 2: .*{message}"):
        load_claims(path)


def test_missing_field_duplicate_id_and_foreign_file(tmp_path):
    without = {key: value for key, value in ENTRY.items() if key != "unit"}
    with pytest.raises(ValueError, match=r"claim9\.number: the field 'unit' is missing"):
        load_claims(write(tmp_path, without))
    with pytest.raises(ValueError, match=r"entry 2: the id claim9\.number is there twice"):
        load_claims(write(tmp_path, ENTRY, ENTRY))
    with pytest.raises(ValueError, match="entry 1: a claim must be a mapping"):
        load_claims(write(tmp_path, "claim"))
    path = tmp_path / "claims.yml"
    for foreign in ("id: claim9.number", "- id: claim9.number", "claims: claim9.number"):
        path.write_text(foreign)
        with pytest.raises(ValueError, match="must have a list of claims"):
            load_claims(path)
    path.write_text("[")
    with pytest.raises(ValueError, match="is not YAML"):
        load_claims(path)


def test_a_folder_of_files_with_what_holds_for_all_their_claims(tmp_path):
    own = {key: ENTRY[key] for key in ("statement", "published", "tolerance", "reason", "unit")}
    shared = {"claim": "Claim 9", "source": "Fig. 9", "seeds": 3}
    for name, entries in {
        "10_later": [{**own, "id": "claim9.third"}],
        "09_number": [{**own, "id": "claim9.number"}, {**own, "id": "claim9.other", "seeds": 1}],
    }.items():
        text = yaml.safe_dump({**shared, "claims": entries})
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    first, second, third = load_claims(tmp_path)
    assert first == Claim(**ENTRY)
    assert (second.seeds, third.notebook) == (1, "10_later")
    (tmp_path / "11_again.yml").write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"11_again\.yml, entry 1: the id claim9\.\w+ is there twice"
    ):
        load_claims(tmp_path)


def test_verdicts(tmp_path):
    assert {result.verdict for result in results(tmp_path)} == {"not judged"}
    for value, profile, verdict in [
        (0.84, "page", "reproduced"),
        (0.84, "paper", "reproduced"),
        (0.80, "page", "differs"),
        (0.80, "smoke", "not judged"),
    ]:
        assert record(RNN, value, profile=profile, folder=tmp_path).verdict == verdict
        (found,) = (r for r in results(tmp_path) if r.claim.id == RNN)
        assert (found.verdict, found.measured, found.profile) == (verdict, value, profile)


def test_record_round_trip_and_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IBLRNN_RESULTS", raising=False)
    made = record(RNN, 0.85, interval=[0.84, 0.86], detail="seed 1 – à la page", profile="page")
    assert made.notebook == "04_claim1_behavior"
    assert made in results("build/results")
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path / "elsewhere"))
    assert made not in results()
    record(RNN, 0.85, profile="page", notebook="99_other")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [f"{RNN}.json"]
    assert [r.notebook for r in results() if r.measured] == ["99_other"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("claim1.rnn_corect", 0.5), {}, "unknown claim id 'claim1.rnn_corect'"),
        ((RNN, float("nan")), {}, "measured value"),
        ((RNN, float("inf")), {}, "measured value"),
        ((RNN, "0.85"), {}, "measured value"),
        ((RNN, None), {}, "measured value"),
        ((RNN, 0.85), {"interval": (0.8, float("nan"))}, "interval"),
        ((RNN, 0.85), {"interval": (0.9, 0.8)}, "interval"),
        ((RNN, 0.85), {"profile": "pages"}, "profile must be one of"),
    ],
)
def test_what_cannot_be_recorded_leaves_nothing(tmp_path, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        record(*arguments, **{"profile": "page", "folder": tmp_path, **options})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"id": "claim1.rnn_corr',
        "[]",
        "{}",
        '{"id": "claim1.other"}',
        f'{{"id": "{RNN}", "measured": NaN, "profile": "page", "notebook": "x"}}',
        f'{{"id": "{RNN}", "measured": null}}',
        f'{{"id": "{RNN}", "measured": 1, "profile": "page"}}',
        f'{{"id": "{RNN}", "measured": 1, "profile": "page", "notebook": "x", "more": 1}}',
    ],
)
def test_damaged_result_file_is_named(tmp_path, content):
    path = tmp_path / f"{RNN}.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))} is damaged"):
        results(tmp_path)


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


def test_what_needs_data_is_said_not_to_be_measured(tmp_path):
    (claim,) = load_claims(write(tmp_path, {**ENTRY, "needs": "such data"}))
    missing = Result(claim)
    assert missing.verdict == "not judged" and not missing.is_unexplained
    for table in (tables.to_text, tables.to_markdown):
        assert "not measured (needs such data)" in table([missing])
        assert "reproduced" in table([Result(claim, 0.5, profile="page", notebook="09_number")])
    with pytest.raises(ValueError, match="needs must be a non-empty text"):
        Claim(**{**ENTRY, "needs": ""})
