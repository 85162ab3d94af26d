"""The claims: how they are read, what they accept, and what is wrong with one."""

import re

import pytest
import yaml
from ledger_entries import ENTRY, ORDERING

from iblrnn_helpers.publishing.ledger.claim import Claim, load_claims

RNN = "claim1.rnn_correct"


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
