"""One table of agents, against numbers that are counted by hand and orders that must hold."""

from dataclasses import fields, replace

import numpy as np
import pytest

import iblrnn_helpers as ibl
from iblrnn_helpers.task.blocks import Blocks
from iblrnn_helpers.task.session import Session

TASK = ibl.TaskParams(min_block_length=10, max_block_length=30, hazard=0.1)
TRIALS = ibl.sample_trials(TASK, n_sessions=30, n_blocks=8, seed=4)


class Constant(ibl.Agent):
    """Waits until the end, or is sure of right at once."""

    def __init__(self, name, p_right):
        self.name, self.p_right = name, p_right

    def reset(self, n_sessions):
        pass

    def step(self, inputs):
        return np.full(len(inputs), self.p_right)


@pytest.fixture(scope="module")
def table():
    quick = ibl.rollout(Constant("quick", 1.0), TRIALS)
    return ibl.compare([Constant("sleeper", 0.5), quick], TRIALS)


def test_who_is_in_the_table(table):
    assert table.index.tolist() == [
        *("sleeper", "quick"),
        *("Bayesian observer of sleeper", "Blockless observer of sleeper"),
        *("Bayesian observer of quick", "Blockless observer of quick"),
        *("Bayesian actor", "Blockless actor"),
        *("most correct", "most reward per trial", "most reward per step"),
    ]
    kinds = ["agent"] * 2 + ["observer"] * 4 + ["actor"] * 2 + ["ceiling"] * 3
    assert table["kind"].tolist() == kinds


def test_numbers_counted_by_hand(table):
    sleeper, quick = table.loc["sleeper"], table.loc["quick"]
    assert (sleeper["correct"], sleeper["timed out"], sleeper["steps per trial"]) == (0, 1, 12)
    assert sleeper["reward per trial"] == pytest.approx(-1 - 0.05 * 9)
    right = np.mean(TRIALS.side > 0)
    assert quick["correct"] == pytest.approx(right) and quick["steps per trial"] == 3
    assert quick["reward per step"] == pytest.approx((2 * right - 1) / 3)
    # Who sees all there is to see is the observer of the one who waits to the end.
    exact = table.loc["Bayesian observer of sleeper", "correct"]
    assert sleeper["below its observer"] == pytest.approx(exact)
    assert abs(exact - table.loc["most correct", "correct"]) < 0.01  # of Markov blocks


def test_intervals_hold_the_number_and_ceilings_hold(table):
    columns = ("correct", "timed out", "steps per trial", "reward per trial", "reward per step")
    for name in (*columns, "below its observer"):
        low, high = table[f"{name} low"], table[f"{name} high"]
        known = table[name].notna()
        assert (low <= table[name] + 1e-12)[known].all()
        assert (table[name] <= high + 1e-12)[known].all()
    assert table["correct"].idxmax() in ("most correct", "Bayesian observer of sleeper")
    assert table["reward per trial"].idxmax() == "most reward per trial"
    assert table["reward per step"].idxmax() == "most reward per step"
    of = table["kind"].isin(["agent", "actor"])
    assert (table["below its observer"].notna() == of).all()


def test_names_of_ones_own_and_a_task_of_ones_own():
    trials = ibl.sample_trials(
        ibl.TaskParams(blocks=Blocks((0.5, 0.1, 0.9))), n_sessions=8, n_blocks=3, seed=1
    )
    found = ibl.compare({"one": Constant("same", 1.0), "two": Constant("same", 0.0)}, trials)
    assert found.loc[["one", "two"], "correct"].sum() == pytest.approx(1)
    assert found["reward per trial"].idxmax() == "most reward per trial"
    short = ibl.compare(Constant("me", 1.0), trials, baselines=["semi_markov"], ceilings=False)
    assert short.index.tolist() == ["me", "Semi-Markov observer of me", "Semi-Markov actor"]
    for baselines in ("semi_markov", iter(["semi_markov"])):
        told = {"baselines": baselines, "ceilings": False}
        assert ibl.compare(Constant("me", 1.0), trials, **told).equals(short)
    with pytest.raises(ValueError, match=r"baselines must be named once each, got .*'exact'"):
        ibl.compare(Constant("me", 1.0), trials, baselines=["exact", "exact"])


@pytest.mark.parametrize(
    ("agents", "says"),
    [
        ([], r"agents must be agents or sessions, one or more, got \[\]"),
        (3, "agents must be agents or sessions, one or more, got 3"),
        ([3], "agents must be agents or sessions, got int"),
        ({"a": "RNN"}, "agents must be agents or sessions, got str"),
        ([Constant("me", 0.5)] * 2, r"names of their own, got 'me' twice; give \{name: agent\}"),
        (
            {"Bayesian actor": Constant("me", 0.5)},
            "names of their own, which no baseline has, got 'Bayesian actor' twice",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(agents, says):
    with pytest.raises(ValueError, match=says):
        ibl.compare(agents, TRIALS, ceilings=False)


def test_sessions_of_other_trials_are_refused():
    other = ibl.sample_trials(TASK, n_sessions=30, n_blocks=8, seed=5)
    session = ibl.rollout(Constant("me", 1.0), other)
    assert isinstance(session, Session)
    with pytest.raises(ValueError, match="played the trials given, got others of 'me'"):
        ibl.compare(session, TRIALS)
    with pytest.raises(ValueError, match=r"baselines must be one of .*got 'best'"):
        ibl.compare(session, other, baselines=["best"])
    columns = [field.name for field in fields(other)[1:]]
    none = replace(other, **{name: getattr(other, name)[:0] for name in columns})
    with pytest.raises(ValueError, match="trials must hold at least one value, got none"):
        ibl.compare(Constant("me", 1.0), none)
