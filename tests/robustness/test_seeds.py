"""Tables of claims over networks, against counts by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.core.means import bootstrapped_mean
from iblrnn_helpers.publishing.ledger.claim import Claim
from iblrnn_helpers.robustness import seeds


def claim(name, **accepted):
    about = dict.fromkeys(("claim", "source", "statement", "unit", "reason", "notebook"), "x")
    return Claim(id=name, published=1.0, seeds=1, **about, **accepted)


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
    assert (row["low"], row["high"]) == (0.4, 1.5)  # two networks: a quarter of draws is one twice
    alone = found.loc[("a.one", "large")]
    assert alone["mean"] == 1.0 and np.isnan(alone["low"]) and np.isnan(alone["high"])
    held = seeds.shares(table)
    assert held.index.tolist() == ["a.one", "a.two"] and held.columns.tolist() == ["small", "large"]
    np.testing.assert_array_equal(held, [[0.5, 1.0], [1.0, np.nan]])


def test_the_bootstrap_is_that_of_all_draws():
    values = np.array([0.0, 1.0, 5.0, 6.0])
    means = [np.mean(drawn) for drawn in product(values, repeat=4)]  # all 256, alike likely
    low, high = np.quantile(means, [0.025, 0.975])
    mean, interval = bootstrapped_mean(values)
    assert mean == 3.0
    # Means lie 0.25 apart; 1,000 draws may miss the quantile by one.
    assert interval == pytest.approx((low, high), abs=0.25)


def test_what_is_kept():
    held = pd.DataFrame(
        {"here": [1.0, 0.9, 0.5, 1.0], "there": [1.0, 0.8, 1.0, np.nan], "nowhere": [np.nan] * 4},
        index=list("abcd"),
    )
    kept = seeds.kept(held, "here")  # a, b and d hold here; a does there, b not, d unknown
    assert kept["there"] == 0.5 and np.isnan(kept["nowhere"]) and list(kept.index) == [*held][1:]
    with pytest.raises(ValueError, match="one of here, there, nowhere, got 'elsewhere'"):
        seeds.kept(held, "elsewhere")


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


def test_a_groups_rows_are_named_and_ready_to_be_drawn():
    names = {"claim1.rnn_correct": 0.9, "claim1.zero": 0.4, "claim10.rnn_correct": 3.0}
    claims = {
        "claim1.rnn_correct": claim("claim1.rnn_correct", tolerance=0.5),
        "claim1.zero": replace(claim("claim1.zero", range=(0.0, 2.0)), published=None),
        "claim10.rnn_correct": claim("claim10.rnn_correct", tolerance=0.5),
    }
    table = seeds.claims_table(
        {("50 units", 1): names, ("50 units", 2): names | {"claim1.zero": 0.6}}, claims
    )
    assert seeds.titles(table["claim"], "claim1") == {
        "claim1.rnn_correct": "rnn correct",
        "claim1.zero": "zero",
    }
    drawn = seeds.forest(table, claims, "claim1")
    assert {title: values.tolist() for title, values in drawn["results"].items()} == {
        "rnn correct": [0.9, 0.9],
        "zero": [0.4, 0.6],
    }
    assert drawn["bands"] == {"rnn correct": (0.5, 1.5), "zero": (0.0, 2.0)}
    assert drawn["published"] == {"rnn correct": 1.0}
    assert drawn["means"]["zero"] == (0.5, (0.4, 0.6))
    held = seeds.of_group(seeds.shares(table), "claim1")
    assert held.index.tolist() == ["rnn correct", "zero"] and (held == 1).all(axis=None)
