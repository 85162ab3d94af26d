"""Power, smallest sizes and whose recording it is, on tables that were planted."""

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.agents.rnn import RNNAgent
from iblrnn_helpers.recordings import power as module
from iblrnn_helpers.recordings.classify import (
    best_pair,
    measurements,
    tell_apart,
    which_agent,
)
from iblrnn_helpers.recordings.power import COLUMNS, power_map, run_power, smallest, wilson
from iblrnn_helpers.training.store import reference_network

HOLDS = {"a": {"network", "two"}, "b": {"network"}}
SIZES = [(n, m) for n in (10, 20) for m in (100, 200)]


def planted(seen, n_seeds=10):
    """A row for each of so many seeds, seen in the first of them as ``seen`` says."""
    rows = [
        (agent, seed, 0, *size, "activity", what, 0.0, np.nan, verdict)
        for (what, size, agent), n in seen.items()
        for seed in range(n_seeds)
        for verdict in [None if n is None else seed < n]
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_power_counts_recordings():
    seen = {}
    for size, n in zip(SIZES, (3, 8, 9, 10), strict=True):
        seen |= {("a", size, "network"): n, ("a", size, "two"): 10, ("a", size, "rival"): 0}
        # Two of ten are no more than chance at 5% (p = 0.086), three are (0.012).
        seen |= {("b", size, "network"): 10, ("b", size, "two"): n // 3, ("b", size, "rival"): 0}
    table = power_map(planted(seen), HOLDS)
    assert table.loc["a", "power"].tolist() == [0.3, 0.8, 0.9, 1.0]
    assert table.loc["a", "wrong"].tolist() == [0, 0, 0, 0]  # in "two" it holds
    assert table.loc["a", "enough"].tolist() == [False, True, True, True]
    assert table.loc["b", "wrong"].tolist() == [0.1, 0.2, 0.3, 0.3]
    assert set(table.loc["b", "wrong_in"]) == {"two"}
    assert table.loc["b", "enough"].tolist() == [True, True, False, False]
    assert (table.loc["a", "low"] < table.loc["a", "power"]).all()
    assert table.loc[("a", 10, 100), "high"] == pytest.approx(wilson(0.3, 10)[1])
    # Both (20, 100) and (10, 200) are enough; of equal products the fewer neurons.
    assert smallest(table) == {"a": (10, 200), "b": None}


def test_wilson_is_the_library_s():
    from scipy.stats import binomtest

    for k, n in ((0, 9), (3, 10), (20, 20)):
        expected = binomtest(k, n).proportion_ci(method="wilson")
        assert wilson(k / n, n) == pytest.approx(tuple(expected), abs=1e-4)


def test_what_could_not_be_judged_is_not_seen():
    seen = {("a", (10, 100), "network"): 4, ("a", (10, 100), "rival"): None}
    results = planted(seen)
    results.loc[results["seed"] == 0, "seen"] = None
    table = power_map(results, HOLDS)
    assert table["power"].tolist() == [0.3] and table["wrong"].tolist() == [0.0]
    assert table["wrong_in"].tolist() == [""]


def test_intervals_count_seeds_and_not_recordings():
    one = planted({("a", (10, 100), "network"): 5, ("a", (10, 100), "rival"): 0})
    many = pd.concat([one.assign(number=k) for k in range(20)])
    ends = [power_map(results, HOLDS)[["low", "high"]].to_numpy() for results in (one, many)]
    np.testing.assert_allclose(*ends)


def test_smallest_needs_all_larger_ones():
    index = pd.MultiIndex.from_tuples([("a", *size) for size in SIZES])
    index.names = ["what", "n_units", "n_trials"]
    for enough, expected in (
        ([True, True, True, True], (10, 100)),
        ([True, False, True, True], (20, 100)),
        ([False, True, False, True], (10, 200)),
        ([True, True, True, False], None),
        ([False, False, False, True], (20, 200)),
    ):
        assert smallest(pd.DataFrame({"enough": enough}, index)) == {"a": expected}


def told(values, n_seeds=20):
    """Measurements of agents: by agent and name the mean, with noise of standard deviation 1."""
    rng = np.random.default_rng(0)
    rows = [
        (agent, seed, number, 10, 100, kind, what, mean + rng.standard_normal(), np.nan, None)
        for agent, of in values.items()
        for (kind, what), mean in of.items()
        for seed in range(n_seeds)
        for number in range(3)
    ]
    return measurements(pd.DataFrame(rows, columns=list(COLUMNS)), 10, 100)


def test_the_classifier_is_right_as_often_as_it_can_be():
    u, v, w = ("activity", "u"), ("behaviour", "v"), ("behaviour", "w")
    measured = told({"x": {u: 0, v: 0, w: 0}, "y": {u: 2, v: 0, w: 0}, "z": {u: 0, v: 2, w: 0}})
    assert list(measured.index.unique("agent")) == ["x", "y", "z"]
    both = which_agent(measured)
    np.testing.assert_allclose(both.confusion.sum(axis=1), 1)
    assert both.correct.value == pytest.approx(np.diag(both.confusion).mean())
    # Two agents whose means are 2 apart: Phi(1) = 0.84 at best; 120 held-out rows, sd 0.034.
    apart = tell_apart(measured)
    assert apart.loc["x", "y"] == pytest.approx(0.841, abs=0.08)
    assert apart.loc["y", "z"] == pytest.approx(0.921, abs=0.08)  # sqrt(8) apart: Phi(sqrt(2))
    assert np.isnan(np.diag(apart)).all()
    np.testing.assert_array_equal(apart, apart.T)
    # One column tells only y from the others, between which it guesses.
    alone = which_agent(measured[["activity"]])
    assert alone.confusion.loc["y", "y"] > 0.7 and alone.correct.value < both.correct.value
    assert alone.confusion.loc["x", ["x", "z"]].sum() > 0.75

    found = best_pair(measured)
    assert set(found.names) == {"u", "v"}
    assert found.correct == pytest.approx(both.correct.value, abs=0.08)
    assert found.table.loc["u", "w"] < found.table.loc["u", "v"] == found.table.max(axis=None)
    np.testing.assert_array_equal(found.table, found.table.T)


def test_what_tells_nothing_is_at_chance():
    same = {("activity", name): 0.0 for name in "uvw"}
    measured = told(dict.fromkeys("xyz", same))
    # 180 rows at 1/3: standard deviation 0.035.  The best pair is chosen without the rows judged.
    assert which_agent(measured).correct.value == pytest.approx(1 / 3, abs=0.11)
    assert best_pair(measured).correct == pytest.approx(1 / 3, abs=0.11)


def test_a_seed_is_not_known_from_its_other_recordings():
    """Values that only a seed has help a classifier that has seen it, and no other."""
    measured = told({"x": {("activity", "u"): 0}, "y": {("activity", "u"): 0}})
    seed = measured.index.get_level_values("seed").to_numpy()
    agent = measured.index.get_level_values("agent").to_numpy()
    of_seed = np.random.default_rng(1).permutation(40) * 10.0
    measured["activity", "u"] = of_seed[2 * seed + (agent == "x")]
    # Of 20 seeds that agree within, as good as 40 tosses of a coin: sd 0.08.
    assert which_agent(measured).correct.value == pytest.approx(0.5, abs=0.25)


def test_missing_measurements_stand_for_nothing():
    measured = told({"x": {("activity", "u"): 0}, "y": {("activity", "u"): 4}})
    measured["activity", "gone"] = np.nan
    measured.iloc[0, 0] = np.nan
    assert which_agent(measured).correct.value > 0.9


def test_what_is_too_little_is_named():
    measured = told({"x": {("activity", "u"): 0}, "y": {("activity", "u"): 0}}, n_seeds=1)
    with pytest.raises(ValueError, match="at least two seeds, got 1"):
        which_agent(measured)
    with pytest.raises(ValueError, match="at least two agents, got 1"):
        which_agent(measured.loc[["x"]])
    with pytest.raises(ValueError, match="recordings of 30 units x 100 trials"):
        measurements(planted({("a", (10, 100), "network"): 1}), 30, 100)


def only_network(seed):
    return {"network": RNNAgent(reference_network(seed).network)}


def test_sizes_are_parts_of_one_session(monkeypatch):
    looked_at = {}

    def judge(recording, *, seed, only, n_pseudo):
        looked_at[recording.n_units, recording.n_trials, seed] = recording
        return {}

    monkeypatch.setattr(module, "judge", judge)
    sizes = {"n_units": [5, 12], "n_trials": [60, 40], "seeds": [1, 2]}
    results = run_power(only_network, **sizes)
    assert len(looked_at) == 8
    large, small = looked_at[12, 60, 1], looked_at[5, 40, 1]
    start, end = large.stimulus_on, large.end
    of_small = small.counts(start[:40], end[:40])
    np.testing.assert_array_equal(of_small, large.counts(start, end)[:40, :5])
    assert of_small.any() and not np.array_equal(large.choice, looked_at[12, 60, 2].choice)

    assert set(results["kind"]) == {"behaviour"} and results["seen"].isna().all()
    shares = results[(results["what"] == "correct") & (results["n_trials"] == 40)]
    assert shares["value"].tolist()[:2] == [small.correct.mean()] * 2
    again = run_power(only_network, **sizes)
    pd.testing.assert_frame_equal(results, again)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_units": []}, "n_units must hold at least one value"),
        ({"n_trials": [0]}, "n_trials must be at least 1, got 0"),
        ({"agents": ["networks"]}, "agents must be one of 'network', got 'networks'"),
    ],
)
def test_bad_sizes_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        run_power(only_network, **{"n_units": [5], "n_trials": [40], "seeds": [1]} | wrong)
