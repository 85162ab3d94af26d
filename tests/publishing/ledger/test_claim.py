"""The claims: how they are read, what they accept, and what is wrong with one."""

import re
from pathlib import Path

import pytest
import yaml
from ledger_entries import ENTRY, ORDERING, OWN, in_file

from iblrnn_helpers.publishing.ledger.claim import Claim
from iblrnn_helpers.publishing.ledger.loading import load_claims

ROOT = Path(__file__).parents[3]
RNN = "claim1.rnn_correct"
NUMBER = in_file(ENTRY)
VARIED = {
    **{key: value for key, value in ORDERING.items() if key != "range"},
    "id": "claim9.varied",
    "kind": "counterfactual",
    "of": "claim9.number",
}


def write(tmp_path, *entries):
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump({"claims": list(entries)}), encoding="utf-8")
    return path


def test_shipped_ledger_is_valid_and_orderings_have_ranges():
    claims = load_claims()
    assert RNN in [claim.id for claim in claims]
    for claim in claims:
        low, high = claim.accepted
        assert low <= high
        if claim.number is not None:
            assert claim.accepts(claim.number)
        assert re.fullmatch(r"\d\d_\w+", claim.notebook)


def test_shipped_ledger_holds_the_agreed_bands():
    bands = {claim.id: claim.accepted for claim in load_claims()}
    assert bands[RNN] == pytest.approx((0.835, 0.875))
    assert bands["claim1.rnn_zero_concordant"][0] == 0.65
    assert bands["claim1.rnn_zero_discordant"][1] == 0.35
    assert bands["claim1.observer_minus_rnn"] == (0, 0.015)


def test_load_keeps_the_order_and_the_values(tmp_path):
    number, ordering = load_claims(write(tmp_path, NUMBER, ORDERING))
    assert number == Claim(**ENTRY, half_digit=0.05)
    assert number.accepted == pytest.approx((0.4, 0.6))
    assert ordering.published is None
    assert ordering.accepted == (0.0, 1.0)


@pytest.mark.parametrize(
    ("printed", "value", "half_digit"),
    [("0.20", 0.2, 0.005), ("-0.19", -0.19, 0.005), ("68", 68, 0.5), ("0.8550", 0.855, 5e-5)],
)
def test_a_published_number_keeps_the_digits_of_its_print(tmp_path, printed, value, half_digit):
    (claim,) = load_claims(write(tmp_path, {**NUMBER, "published": printed}))
    assert (claim.published, claim.half_digit) == (value, pytest.approx(half_digit))


def test_a_counterfactual_borrows_the_number_and_the_band_of_what_it_varies(tmp_path):
    _, varied = load_claims(write(tmp_path, NUMBER, VARIED))
    assert (varied.published, varied.half_digit) == (0.5, 0.05)
    assert varied.accepted == pytest.approx((0.4, 0.6))
    _, own_band = load_claims(write(tmp_path, NUMBER, {**VARIED, "range": [0.3, 0.9]}))
    assert own_band.accepted == (0.3, 0.9)
    for other in (OWN, {**OWN, "id": "claim9.other"}):
        path = write(tmp_path, other, VARIED | {"of": other["id"]})
        with pytest.raises(ValueError, match="of must name a stated entry, got"):
            load_claims(path)


def test_edges_of_the_accepted_range_are_inside():
    claim = Claim(**{**ENTRY, "published": 0.64, "tolerance": 0.29})
    assert claim.accepted[0] > 0.35 and claim.accepted[1] < 0.93  # rounding of binary fractions
    accepted = [claim.accepts(value) for value in (0.3499, 0.35, 0.64, 0.93, 0.9301)]
    assert accepted == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("value", "interval", "in_networks", "verdict"),
    [
        (0.52, (0.49, 0.55), (), "agrees"),  # in the interval
        (0.55, (0.54, 0.56), (0.55, 0.48), "agrees"),  # between the networks
        (0.502, None, (), "agrees"),  # within the rounding of the print
        (0.55, (0.54, 0.56), (0.55, 0.57), "close"),
        (0.55, (0.51, 0.61), (), "at the edge"),  # the interval leaves the band
        (0.55, (0.54, 0.56), (0.55, 0.61), "at the edge"),  # a network does
        (0.52, (-9.0, 9.0), (), "at the edge"),  # so wide that anything would agree
        (0.52, (0.51, 0.53), (0.3, 0.9), "at the edge"),
        (0.65, (0.45, 0.85), (), "at the edge"),  # outside, and the interval reaches in
        (0.65, (0.63, 0.67), (0.65, 0.64), "differs"),
        (0.65, (0.63, 0.67), (0.65, 0.5), "differs"),  # whatever single networks do
        (0.65, None, (), "differs"),
    ],
)
def test_verdicts_on_a_number(value, interval, in_networks, verdict):
    claim = Claim(**ENTRY, half_digit=0.005)
    assert claim.verdict(value, interval, in_networks) == verdict


@pytest.mark.parametrize(
    ("value", "interval", "in_networks", "verdict"),
    [
        (0.5, (0.0, 1.0), (), "holds"),
        (0.5, (-0.1, 0.9), (), "at the edge"),
        (0.5, (0.4, 0.6), (0.5, 1.2), "at the edge"),
        (1.1, (0.9, 1.3), (), "at the edge"),
        (1.2, None, (0.9, 1.2), "differs"),
        (1.2, (1.1, 1.3), (1.2, 1.1), "differs"),
    ],
)
def test_verdicts_on_an_ordering(value, interval, in_networks, verdict):
    assert Claim(**ORDERING).verdict(value, interval, in_networks) == verdict


def test_an_edge_is_near_within_what_two_draws_of_trials_differ_by():
    claim = Claim(**ORDERING)  # twice half the interval
    assert claim.is_near_edge(0.9, (0.84, 0.96))
    assert not claim.is_near_edge(0.9, (0.86, 0.94))
    assert not claim.is_near_edge(1.2, (1.11, 1.29))
    assert claim.is_near_edge(
        0.7, (0.69, 0.71), (0.7, 0.9)
    )  # networks differ by twice what is left
    assert not claim.is_near_edge(0.7, (0.69, 0.71), (0.7, 0.85))
    assert claim.is_near_edge(0.9, None, (0.9, 1.1)) and not claim.is_near_edge(0.9, None, ())
    number = Claim(**ENTRY)  # 0.5 ± 0.1: other trials may make it agree
    assert number.is_near_edge(0.53, (0.51, 0.55)) and not number.is_near_edge(0.53, (0.52, 0.54))
    assert number.is_near_edge(0.53, (0.52, 0.54), (0.51, 0.53))  # the lowest is 0.01 away
    printed = Claim(**ENTRY, half_digit=0.02)
    assert printed.is_near_edge(0.53, (0.52, 0.54))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Claim 9"}, "claim id must be dotted"),
        ({"id": 9}, "claim id must be dotted"),
        ({"statement": " "}, r"claim9\.number: statement must be a non-empty text"),
        ({"reason": None}, r"claim9\.number: reason"),
        ({"kind": "fact"}, r"claim9\.number: kind must be one of"),
        ({"paper": "nobody2020"}, r"claim9\.number: paper must be one of"),
        ({"networks": 0}, r"claim9\.number: networks"),
        ({"networks": 1.5}, r"claim9\.number: networks"),
        ({"over": "trials, networks"}, r"claim9\.number: over must be one of"),
        ({"over": None}, r"claim9\.number: over must say what the value depends on"),
        ({"from_figure": "yes"}, r"claim9\.number: from_figure must be true or false"),
        ({"published": 0.5}, r"claim9\.number: published must be a quoted number"),
        ({"published": "half"}, r"claim9\.number: published must be a quoted number"),
        ({"published": None}, r"claim9\.number: a stated number needs published"),
        ({"target": 0.5}, r"claim9\.number: target is for what no paper states"),
        ({"kind": "own"}, r"claim9\.number: published is for stated numbers"),
        ({"kind": "stated-ordering"}, r"claim9\.number: published is for stated numbers"),
        ({"of": "claim9.ordering"}, r"claim9\.number: of must name .* counterfactual only"),
        ({"half_digit": 0.1}, r"claim9\.number: unknown field 'half_digit'"),
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
    path = write(tmp_path, ORDERING, {**NUMBER, **change})
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))}, entry 2: .*{message}"):
        load_claims(path)


def test_missing_field_duplicate_id_and_foreign_file(tmp_path):
    without = {key: value for key, value in NUMBER.items() if key != "unit"}
    with pytest.raises(ValueError, match=r"claim9\.number: the field 'unit' is missing"):
        load_claims(write(tmp_path, without))
    without_id = {key: value for key, value in NUMBER.items() if key != "id"}
    with pytest.raises(ValueError, match=r"without id: the field 'id' is missing"):
        load_claims(write(tmp_path, without_id))
    with pytest.raises(ValueError, match=r"entry 2: the id claim9\.number is there twice"):
        load_claims(write(tmp_path, NUMBER, NUMBER))
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
    own = {key: NUMBER[key] for key in ("statement", "published", "tolerance", "reason", "unit")}
    shared = {key: NUMBER[key] for key in ("kind", "paper", "source", "networks", "over")}
    for name, entries in {
        "10_later": [{**own, "id": "claim9.third"}],
        "09_number": [{**own, "id": "claim9.number"}, {**own, "id": "claim9.other", "networks": 1}],
    }.items():
        text = yaml.safe_dump({**shared, "claims": entries})
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    first, second, third = load_claims(tmp_path)
    assert first == Claim(**ENTRY, half_digit=0.05)
    assert (second.networks, third.notebook) == (1, "10_later")
    (tmp_path / "11_again.yml").write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"11_again\.yml, entry 1: the id claim9\.\w+ is there twice"
    ):
        load_claims(tmp_path)


def test_the_first_paper_prints_24_result_numbers():
    # Sections 3.1.2 (.2, .8), 3.2.1 (88.74, 93.39, 82.6, 82.5, 73, 68), 3.2.2 (.84, .18, 5) and
    # 3.3.3 (85.50, 86.87, four entries of A', six of B', 5), counted in the text.
    printed = [
        claim
        for claim in load_claims()
        if claim.paper == "schaeffer2020"
        and claim.kind == "stated-number"
        and not claim.from_figure
    ]
    stated = [0.2, 0.8, 0.8874, 0.9339, 0.826, 0.825, 73, 68, 0.84, 0.18, 5, 0.855, 0.8687]
    matrices = [0.54, 0.31, 0.19, 0.84, -0.19, 0.2, 0.005, -0.04, 0.04, 0.021]
    assert sorted(claim.published for claim in printed) == sorted([*stated, *matrices, 5])


def test_a_figure_that_an_entry_names_is_in_its_notebook():
    for claim in load_claims():
        if claim.figure:
            text = (ROOT / "notebooks" / f"{claim.notebook}.py").read_text(encoding="utf-8")
            assert f'"name": "{claim.figure}"' in text, (claim.id, claim.figure)
