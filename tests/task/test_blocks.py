"""Blocks of one's own: samples against what was stated, words against nonsense, tables."""

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from iblrnn_helpers.behavior.measures import correct_by_strength
from iblrnn_helpers.core.store import artifact_key, identity
from iblrnn_helpers.task.agent import Agent
from iblrnn_helpers.task.alf import alf_trials
from iblrnn_helpers.task.blocks import Blocks
from iblrnn_helpers.task.exports import to_nwb, to_xarray
from iblrnn_helpers.task.generative_model import TaskParams, Trials, sample_trials
from iblrnn_helpers.task.gym import BiasedBlocks
from iblrnn_helpers.task.rollouts import rollout

OWN = Blocks(
    (0.1, 0.3, 0.5, 0.8),
    first=(0.2, 0.3, 0.5, 0),
    following=((0, 0.5, 0.25, 0.25), (0, 0, 0, 1), (0.7, 0.1, 0.2, 0), (0.5, 0, 0.5, 0)),
    lengths=(5, {2: 0.25, 6: 0.75}, None, [(1, 0.5), (3, 0.5)]),
)
TASK = TaskParams(
    blocks=OWN,
    strengths=(0.0, 1.0, 2.0),
    strength_probabilities=(0.2, 0.7, 0.1),
    min_block_length=3,
    max_block_length=9,
    n_observations=2,
)
IBL = TaskParams(blocks="ibl", hazard=1 / 60)


class Right(Agent):
    name = "right"

    def reset(self, n_sessions):
        pass

    def step(self, inputs):
        return np.ones(len(inputs))


def test_samples_follow_what_was_stated():
    # Each p-value of some twenty is above 1e-4 but in two of a thousand sets; the seed is fixed.
    trials = sample_trials(TASK, n_sessions=3000, n_blocks=6, seed=31)
    kind, length = trials.block_kind[trials.block_start], trials.block_lengths
    kinds = kind.reshape(3000, 6)
    counts = np.bincount(kinds[:, 0], minlength=4)
    assert counts[3] == 0
    assert stats.chisquare(counts[:3], 3000 * np.array(OWN.first[:3])).pvalue > 1e-4
    for last, row in enumerate(np.array(OWN.following)):
        after = np.bincount(kinds[:, 1:][kinds[:, :-1] == last], minlength=4)
        assert (after[row == 0] == 0).all() and after.sum() > 500
        expected = after.sum() * row[row > 0]
        assert len(expected) == 1 or stats.chisquare(after[row > 0], expected).pvalue > 1e-4
    for one in range(4):
        lengths, shares = TASK.length_law(one)
        found = np.bincount(length[kind == one], minlength=10)[lengths]
        assert found.sum() == (kind == one).sum()
        assert len(found) == 1 or stats.chisquare(found, found.sum() * shares).pvalue > 1e-4
        own = trials.block_kind == one
        right = int((trials.side[own] > 0).sum())
        assert stats.binomtest(right, int(own.sum()), OWN.p_right[one]).pvalue > 1e-4
    counts = np.unique(trials.strength, return_counts=True)[1]
    expected = len(trials) * np.array(TASK.strength_probabilities)
    assert stats.chisquare(counts, expected).pvalue > 1e-4
    np.testing.assert_array_equal(trials.block_side, np.array([-1, -1, 0, 1])[trials.block_kind])
    np.testing.assert_array_equal(trials.block_p_right, np.array(OWN.p_right)[trials.block_kind])
    assert (TASK.shortest_block, TASK.longest_block) == (1, 9)


def test_the_laboratory_s_sessions_begin_unbiased():
    trials = sample_trials(IBL, n_sessions=200, n_blocks=4, seed=1)
    p_right = trials.block_p_right[trials.block_start].reshape(200, 4)
    lengths = trials.block_lengths.reshape(200, 4)
    assert (p_right[:, 0] == 0.5).all() and (lengths[:, 0] == 90).all()
    assert lengths[:, 1:].min() >= 20 and lengths[:, 1:].max() <= 100
    assert lengths[:, 1:].mean() == pytest.approx(51, abs=3)  # the standard error is 0.9
    np.testing.assert_array_equal(np.sort(p_right[:, 1:3], axis=1), [[0.2, 0.8]] * 200)
    np.testing.assert_array_equal(p_right[:, 1], p_right[:, 3])
    assert (trials.take_sessions(3, 5).block_kind[:90] == 0).all()


def test_two_kinds_that_alternate_are_the_paper_s():
    own = replace(TaskParams(), blocks={"p_right": (0.2, 0.8)})
    trials = sample_trials(own, n_sessions=300, n_blocks=4, seed=2)
    sides = trials.block_side[trials.block_start].reshape(300, 4)
    assert (sides[:, 1:] == -sides[:, :-1]).all()
    assert stats.binomtest(int((sides[:, 0] > 0).sum()), 300).pvalue > 1e-3
    assert trials.concordant.mean() == pytest.approx(0.8, abs=0.01)  # of 59,000 trials


@pytest.mark.parametrize("task", [TASK, IBL])
def test_parameters_come_back_from_json(task):
    there = json.loads(json.dumps(asdict(task)))
    assert TaskParams(**there) == task and hash(TaskParams(**there)) == hash(task)
    assert Blocks.of(json.dumps(there["blocks"])) == task.blocks
    assert artifact_key("x", {"task": TaskParams(**there)}) == artifact_key("x", {"task": task})
    assert task.agrees_with(TaskParams(**there)) and not task.agrees_with(TaskParams())


def test_what_is_not_stated_names_nothing():
    default, own = TaskParams(), TaskParams(blocks="ibl")
    assert {"blocks", "strength_probabilities"}.isdisjoint(identity(default))
    assert identity(own).keys() - identity(default).keys() == {"blocks"}
    # As before there were such fields.
    assert artifact_key("rnn", {"task": default}) == "rnn-dfddfc5cbe7ee6dc94a6"
    assert artifact_key("rnn", {"task": own}) != artifact_key("rnn", {"task": default})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"p_right": []}, "blocks p_right must be one value or more"),
        ({"p_right": [0.5, 1.1]}, "blocks p_right must be at least 0 and at most 1, got 1.1"),
        ({"p_right": "0.5"}, "blocks p_right must be one value or more, got '0.5'"),
        ({"p_right": [0.2, 0.8], "first": [1]}, "blocks first must be 2 probabilities of sum 1"),
        ({"p_right": [0.2, 0.8], "first": [0.6, 0.5]}, "blocks first must be 2 .* of sum 1"),
        ({"p_right": [0.2, 0.8], "following": [[0, 1]]}, "blocks following must be 2 values"),
        ({"p_right": [0.2], "following": [[0.5]]}, "blocks following must be 1 probabilities"),
        ({"p_right": [0.2], "lengths": 5}, "blocks lengths must be 1 values"),
        ({"p_right": [0.2], "lengths": [0]}, "blocks lengths must be at least 1, got 0"),
        (
            {"p_right": [0.2], "lengths": [2.5]},
            "blocks lengths must be a whole number, or .*got 2.5",
        ),
        ({"p_right": [0.2], "lengths": [[]]}, r"blocks lengths must be a whole number, or .*\[\]"),
        # Names would be taken for values, and a set has no order.
        ({"p_right": {0.2: 1, 0.8: 2}}, "blocks p_right must be one value or more, got {0.2: 1"),
        ({"p_right": {0.2, 0.8}}, "blocks p_right must be one value or more, got {0"),
        ({"p_right": [0.2, 0.8], "lengths": {1: 30, 2: 40}}, "blocks lengths must be 2 values"),
        ({"p_right": [0.2], "lengths": [{3: 0.5}]}, "blocks lengths of a kind must be 1 prob"),
        ({"p_right": [0.2], "lengths": [{1.5: 1}]}, "blocks lengths must be a whole number"),
        ({"p_right": [0.2], "lengths": [[(3, 0.5), (3, 0.5)]]}, "name every length once"),
        (
            {"p_right": [0.2], "lengths": [[3, 0.5]]},
            "blocks lengths must be a whole number, or .*pairs",
        ),
        ({"lengths": [3]}, "blocks must be task.Blocks, 'ibl'"),
        ({"p_right": [0.5], "kinds": 1}, "blocks must be task.Blocks, 'ibl'"),
        ("mice", "blocks must be task.Blocks, 'ibl'"),
        ("[1, 2]", "blocks must be task.Blocks, 'ibl'"),
        (3, "blocks must be task.Blocks, 'ibl'"),
    ],
)
def test_blocks_that_cannot_be_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        TaskParams(blocks=given)


def test_numbers_that_are_off_by_rounding_are_the_same_blocks():
    off = Blocks(
        (1 - 0.8, 0.7 - 0.2, 0.8), first=(1 / 3,) * 3, lengths=(3, 4, {5: 0.1 + 0.2, 6: 0.7})
    )
    exact = Blocks((0.2, 0.5, 0.8), lengths=(3, 4, {5: 0.3, 6: 0.7}))
    assert 0.7 - 0.2 != 0.5
    np.testing.assert_array_equal(off.sides, [-1, 0, 1])
    trials = sample_trials(TaskParams(blocks=off), n_sessions=4, n_blocks=4, seed=3)
    np.testing.assert_array_equal(trials.has_side, trials.block_kind != 1)
    one = TaskParams(blocks=exact)
    assert one.agrees_with(TaskParams(blocks=off)) and TaskParams(blocks=off).agrees_with(one)
    for other in (
        None,
        replace(exact, p_right=(0.2, 0.5, 0.7)),
        replace(exact, lengths=(3, 4, {5: 0.3, 7: 0.7})),
        replace(exact, lengths=(3, None, {5: 0.3, 6: 0.7})),
        replace(exact, first=(1, 0, 0)),
    ):
        assert not one.agrees_with(TaskParams(blocks=other))


def test_a_law_of_lengths_may_be_counted_by_pandas():
    counted = pd.Series([4, 2, 4, 9]).value_counts(normalize=True)
    assert Blocks([0.2], lengths=[counted]) == Blocks([0.2], lengths=[{2: 0.25, 4: 0.5, 9: 0.25}])


def test_trials_that_no_memory_holds_are_refused_before_they_are_drawn():
    # The shortest block is short: what is drawn decides.
    rare = TaskParams(blocks=Blocks((0.2, 0.8), first=(0, 1), lengths=(3, 10**13)))
    with pytest.raises(ValueError, match=r"10,000,000,000,000 trials would need .* GB of memory"):
        sample_trials(rare, n_sessions=1, n_blocks=1, seed=0)
    with pytest.raises(ValueError, match="params must be a TaskParams, got str"):
        sample_trials("ibl", n_sessions=1, n_blocks=1, seed=0)


def test_other_parameters_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="concordance must be left out where blocks say p_right"):
        TaskParams(blocks="ibl", concordance=0.7)
    for shares in ((0.5, 0.5), (1, 1, 1, 1, 1, 1), "ab", 1.0, (2, -1, 0, 0, 0, 0)):
        with pytest.raises(ValueError, match=r"^strength_probabilities must be "):
            TaskParams(strength_probabilities=shares)
    for strengths in ({0.0: 0.9, 1.0: 0.1}, {0.0, 1.0}):
        with pytest.raises(ValueError, match=r"^strengths must be one number or more, got \{0.0"):
            TaskParams(strengths=strengths)


def by_hand(params, block_side, **columns):
    n = len(block_side)
    given = {
        "session": np.zeros(n, dtype=int),
        "block": np.arange(n),
        "trial_in_block": np.zeros(n, dtype=int),
        "block_side": np.array(block_side),
        "side": np.ones(n, dtype=int),
        "strength": np.ones(n),
        "observations": np.zeros((n, params.n_observations, 2)),
    }
    return Trials(params, **given | columns)


def test_trials_made_by_hand_are_of_their_task():
    paper = TaskParams(strengths=(0, 1))
    assert by_hand(paper, [1, -1]).block_kind.tolist() == [1, 0]
    # Sides say it all, so that they can be exchanged.
    assert replace(by_hand(paper, [1, -1]), block_side=[-1, 1]).block_kind.tolist() == [0, 1]
    with pytest.raises(ValueError, match="block_side must be -1 or 1 in a task without unbiased"):
        by_hand(paper, [1, 0])
    with pytest.raises(ValueError, match=r"strength must be one of the task's .*got 2.0"):
        by_hand(paper, [1, -1], strength=[1.0, 2.0])
    with pytest.raises(ValueError, match="trial_in_block must not decrease in a block, got 2"):
        by_hand(paper, [1, 1], block=[0, 0], trial_in_block=[5, 2])
    assert by_hand(replace(IBL), [0, 1, -1]).block_p_right.tolist() == [0.5, 0.8, 0.2]
    with pytest.raises(ValueError, match="or block_kind be given: -1 is that of 2 of p_right"):
        by_hand(TASK, [-1, 1])
    assert by_hand(TASK, [-1, -1, 1], block_kind=[1, 0, 3]).block_p_right.tolist() == [
        0.3,
        0.1,
        0.8,
    ]
    for wrong in ([0, 1], [4, 3], [-1, 3], [0.5, 3], [0]):
        with pytest.raises(ValueError, match=r"^block_kind must "):
            by_hand(TASK, [-1, 1], block_kind=wrong)
    with pytest.raises(ValueError, match="block_kind must not change in a block"):
        by_hand(TASK, [-1, -1], block=[0, 0], block_kind=[0, 1])


def test_unbiased_blocks_are_neither_concordant_nor_discordant_in_any_table():
    trials = sample_trials(IBL, n_sessions=2, n_blocks=3, seed=3)
    session, unbiased = rollout(Right(), trials), trials.block_side == 0
    assert not (trials.concordant | trials.discordant)[unbiased].any()
    assert (trials.concordant ^ trials.discordant)[~unbiased].all()
    frame = session.to_frame()
    np.testing.assert_array_equal(frame["concordant"].isna(), unbiased)
    known = frame["concordant"][~unbiased].astype(bool)
    np.testing.assert_array_equal(known, trials.concordant[~unbiased])
    np.testing.assert_array_equal(frame["block_p_right"], trials.block_p_right)
    data = to_xarray(session)
    np.testing.assert_array_equal(data["concordant"].isnull(), unbiased)
    np.testing.assert_array_equal(data["block_p_right"], trials.block_p_right)
    assert correct_by_strength(session).n.sum() == (~unbiased).sum()
    rows = [table["probabilityLeft"] for table in alf_trials(session, dt=0.1)]
    np.testing.assert_array_equal(np.concatenate(rows), np.round(1 - trials.block_p_right, 12))
    pytest.importorskip("pynwb")
    nwb = to_nwb(session, dt=0.1).trials["probability_left"][:]
    np.testing.assert_array_equal(nwb, rows[0])


def test_an_export_read_back_is_the_same_session():
    pytest.importorskip("pyarrow")
    from iblrnn_helpers.mice.alf import mouse_from_alf

    trials = sample_trials(IBL, n_sessions=2, n_blocks=4, seed=9)
    session = rollout(Right(), trials)
    mouse = mouse_from_alf(alf_trials(session, dt=0.1), "actor")
    for name in ("session", "block", "trial_in_block", "block_side", "side", "strength"):
        np.testing.assert_array_equal(getattr(mouse.trials, name), getattr(trials, name))
    np.testing.assert_array_equal(mouse.choice, session.choice)


def test_the_paper_s_tables_stay_as_they_are():
    session = rollout(Right(), sample_trials(TaskParams(), n_sessions=1, n_blocks=2, seed=3))
    frame = session.to_frame()
    assert frame["concordant"].dtype == bool and "block_p_right" not in frame


def test_the_environment_plays_them():
    env = BiasedBlocks(IBL, n_blocks=2)
    _, info = env.reset(seed=4)
    trials = sample_trials(IBL, n_sessions=1, n_blocks=2, seed=4)
    assert info["block_side"] == 0 and info["side"] == trials.side[0]
