"""Tables of claims over networks, against counts by hand."""

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.publishing.ledger.claim import Claim
from iblrnn_helpers.robustness import seeds


def claim(name, **accepted):
    about = dict.fromkeys(("source", "statement", "unit", "reason", "notebook"), "x")
    about |= {"kind": "stated-number", "paper": "schaeffer2020", "over": "nothing"}
    return Claim(id=name, published=1.0, **about, **accepted)


CLAIMS = {c.id: c for c in (claim("a.one", tolerance=0.5), claim("a.two", range=(0.0, 2.0)))}
MEASURED = {
    ("small", 1): {"a.one": 0.4, "a.two": 1.0, "no.claim": 7.0},
    ("small", 2): {"a.one": 1.5, "a.two": np.nan},
    ("large", 1): {"a.one": 1.0},
}


@pytest.fixture
def table():
    return seeds.claims_table(MEASURED, CLAIMS)


def test_a_row_for_each_number_that_is_a_claims(table):
    assert table.to_numpy().tolist() == [
        ["a.one", "small", 1, 0.4, False],
        ["a.one", "small", 2, 1.5, True],
        ["a.one", "large", 1, 1.0, True],
        ["a.two", "small", 1, 1.0, True],
    ]
    with pytest.raises(ValueError, match="at least one claim, got none"):
        seeds.claims_table({("small", 1): {"no.claim": 7.0}}, CLAIMS)


def test_means_and_shares(table):
    found = seeds.over_networks(table)
    row = found.loc[("a.one", "small")]
    assert (row["n"], row["mean"], row["held"]) == (2, 0.95, 0.5)
    # Of two values the standard error is half their distance, and Student's quantile 12.706.
    assert row["high"] - 0.95 == pytest.approx(12.706 * 0.55, rel=1e-4)
    assert row["low"] + row["high"] == pytest.approx(1.9)
    alone = found.loc[("a.one", "large")]
    assert alone["mean"] == 1.0 and np.isnan(alone["low"]) and np.isnan(alone["high"])
    held = seeds.shares(table)
    assert held.index.tolist() == ["a.one", "a.two"] and held.columns.tolist() == ["small", "large"]
    np.testing.assert_array_equal(held, [[0.5, 1.0], [1.0, np.nan]])


def test_several_claims_hold_together(table):
    found = seeds.shares_of_all(table, {"one": ["a.one"], "both": ["a.one", "a.two"]})
    assert found.columns.tolist() == ["small", "large"]
    # Small 1 fails the first claim, small 2 has no number for the second, large none at all.
    np.testing.assert_array_equal(found.loc[["one", "both"]], [[0.5, 1.0], [0.0, np.nan]])


def test_what_is_kept():
    in_band = {  # by variant and network, of claims a, b, c, d; None: no number
        ("here", 1): (True, True, False, True),
        ("here", 2): (True, True, True, True),
        ("there", 1): (True, False, True, None),
        ("there", 2): (True, True, False, False),
        ("elsewhere", 1): (None, None, True, None),
    }
    rows = [
        (name, *key, 0.0, held)
        for key, all_held in in_band.items()
        for name, held in zip("abcd", all_held, strict=True)
        if held is not None
    ]
    table = pd.DataFrame(rows, columns=["claim", "variant", "network", "value", "held"])
    kept = seeds.kept(table, "here")  # a, b and d hold here
    assert kept.to_dict() == {("there", 1): 1 / 2, ("there", 2): 2 / 3}
    with pytest.raises(ValueError, match="one of here, there, elsewhere, got 'nowhere'"):
        seeds.kept(table, "nowhere")


def test_a_mean_share_is_a_share():
    mean, interval, over = seeds.mean_share(pd.Series([0.9, np.nan, 1.0]))
    assert mean == pytest.approx(0.95) and over == "trials and networks"
    assert interval == (pytest.approx(0.95 - 12.706 * 0.05, rel=1e-3), 1)  # it would reach 1.59
    assert seeds.mean_share(pd.Series([0.4, np.nan])) == (0.4, None, None)


def test_from_when_on_a_claim_holds():
    outside, inside = 0.0, 1.0
    courses = {1: [outside, inside, inside], 2: [inside, outside, inside], 3: [inside] * 2}
    courses |= {4: [inside, inside, outside], 5: [inside] * 3}
    stages = (30, 10, 20)  # in any order
    measured = {
        (stage, network): {"a.one": values[sorted(stages).index(stage)]}
        for stage in stages
        for network, values in courses.items()
        if sorted(stages).index(stage) < len(values)
    }
    first = seeds.first_held(seeds.claims_table(measured, CLAIMS))["a.one"]
    assert first[1] == 20 and first[2] == 30 and first[5] == 10
    assert np.isnan(first[3]) and np.isnan(first[4])  # no number at the end; lost at the end


def test_a_groups_rows_are_named():
    names = {"claim1.rnn_correct": 0.9, "claim1.zero": 0.4, "claim10.rnn_correct": 3.0}
    claims = {
        "claim1.rnn_correct": claim("claim1.rnn_correct", tolerance=0.5),
        "claim1.zero": claim("claim1.zero", range=(0.0, 2.0)),
        "claim10.rnn_correct": claim("claim10.rnn_correct", tolerance=0.5),
    }
    table = seeds.claims_table(
        {("50 units", 1): names, ("50 units", 2): names | {"claim1.zero": 0.6}}, claims
    )
    assert seeds.titles(table["claim"], "claim1") == {
        "claim1.rnn_correct": "RNN correct",
        "claim1.zero": "zero",
    }
    held = seeds.of_group(seeds.shares(table), "claim1")
    assert held.index.tolist() == ["RNN correct", "zero"] and (held == 1).all(axis=None)
