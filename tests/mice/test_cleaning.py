"""Tables of other makers: understood to the bit, refused, or taken with a warning; never cut."""

import warnings

import numpy as np
import pandas as pd
import pytest

from iblrnn_helpers.mice.alf import load_with_one, mouse_from_alf
from iblrnn_helpers.mice.behavior import correct_after_switch
from iblrnn_helpers.mice.cleaning import MOST_LEFT_OUT, POSITION
from iblrnn_helpers.mice.read import read_mouse
from iblrnn_helpers.mice.record import Mouse, MouseDataWarning, MouseTrials

N = 300
RNG = np.random.default_rng(1)
BLOCKS = np.repeat([0.5, 0.8, 0.2, 0.8, 0.2], [90, 40, 50, 60, 60])
SIDE = np.where(RNG.random(N) < BLOCKS, -1, 1)
CONTRAST = RNG.choice([0, 0.0625, 0.125, 0.25, 1.0], N)
CHOICE = np.where(RNG.random(N) < 0.8, SIDE, -SIDE)
CHOICE[[7, 200]] = 0
STARTS = 4.0 * np.arange(N)  # with times of quarters of a second: exact in 32 bits
TABLE = {
    "contrastLeft": np.where(SIDE < 0, CONTRAST, np.nan),
    "contrastRight": np.where(SIDE > 0, CONTRAST, np.nan),
    "choice": np.where(CHOICE == 0, 0.0, -CHOICE),
    "feedbackType": np.where(CHOICE == SIDE, 1.0, -1.0),
    "probabilityLeft": BLOCKS,
    "response_times": STARTS + 0.25 * RNG.integers(1, 9, N),
    "stimOn_times": STARTS,
}
COLUMNS = ("session", "block", "trial_in_block", "block_side", "side", "strength")


def same_to_the_bit(one, other):
    pairs = [(getattr(one.trials, name), getattr(other.trials, name)) for name in COLUMNS]
    pairs += [(one.choice, other.choice), (one.reaction_time, other.reaction_time)]
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


@pytest.fixture(scope="module")
def bea():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return mouse_from_alf([TABLE], "Bea")


def test_what_was_made_is_what_is_read(bea):
    np.testing.assert_array_equal(bea.trials.block_side, np.sign(0.5 - BLOCKS))
    np.testing.assert_array_equal(bea.trials.side, SIDE)
    np.testing.assert_array_equal(bea.trials.strength, CONTRAST)
    np.testing.assert_array_equal(bea.choice, CHOICE)
    time = np.where(CHOICE == 0, np.nan, TABLE["response_times"] - STARTS)
    np.testing.assert_array_equal(bea.reaction_time, time)


SAME = {
    "32 bits": {name: values.astype(np.float32) for name, values in TABLE.items()},
    "1 - 0.8": {"probabilityLeft": np.where(BLOCKS == 0.2, 1 - 0.8, BLOCKS)},
    "negative on the left": {"contrastLeft": -TABLE["contrastLeft"]},
    "percent": {name: 100 * TABLE[name] for name in ("contrastLeft", "contrastRight")},
    "columns of a matrix": {name: values[:, None] for name, values in TABLE.items()},
    "feedback as true and false": {"feedbackType": TABLE["feedbackType"] > 0},
    "feedback 0 of a time-out": {"feedbackType": np.where(CHOICE == 0, 0, TABLE["feedbackType"])},
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_other_ways_to_write_the_same_are_the_same_mouse(bea, change):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same_to_the_bit(mouse_from_alf([TABLE | change], "Bea"), bea)


def test_infinite_times_are_not_known():
    times = TABLE["response_times"].copy()
    times[[3, 4, 50]] = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mouse = mouse_from_alf([TABLE | {"response_times": times}], "Bea")
    assert np.flatnonzero(np.isnan(mouse.reaction_time)).tolist() == [3, 4, 7, 50, 200]


def test_hidden_values_of_masked_arrays_are_missing_ones():
    hidden = np.arange(N) % 50 == 3  # 2% of the rows
    bare = np.where(hidden, np.nan, TABLE["choice"])
    with pytest.warns(MouseDataWarning) as caught:
        mice = [
            mouse_from_alf([{**TABLE, "choice": choice}], "Bea")
            for choice in (np.ma.array(TABLE["choice"], mask=hidden), bare)
        ]
    assert same_to_the_bit(*mice) and mice[0].n_trials == N - hidden.sum()
    assert str(caught[0].message) == str(caught[1].message)


def test_one_table_will_do_and_so_will_any_iterable(bea):
    for sessions in (TABLE, pd.DataFrame(TABLE), (TABLE,), iter([TABLE])):
        assert same_to_the_bit(mouse_from_alf(sessions, "Bea"), bea)

    class One:
        def load_object(self, session, kind):
            assert session == "an-identifier"
            return TABLE

    assert same_to_the_bit(load_with_one("Bea", "an-identifier", One()), bea)


REFUSED = {
    "negative on the right": (
        {"contrastRight": -TABLE["contrastRight"]},
        r"contrastLeft and contrastRight must be >= 0, or negative for all .* got .* on the right",
    ),
    "both signs on the left": (
        {"contrastLeft": TABLE["contrastLeft"] * np.where(np.arange(N) % 2, 1, -1)},
        r"must be >= 0, or negative for all stimuli on the left .* on the left beside -",
    ),
    "one side in percent": (
        {"contrastLeft": 100 * TABLE["contrastLeft"]},
        r"because contrastLeft and contrastRight must be one of 0, .*\(got .*100.* at most 5% may",
    ),
    "0 for no stimulus": (
        {"contrastLeft": np.nan_to_num(TABLE["contrastLeft"])},
        "contrastLeft and contrastRight must be NaN on one side",
    ),
    "another task": (
        {"probabilityLeft": np.where(BLOCKS == 0.8, 0.7, BLOCKS)},
        r"100 of 300 rows are left out: 100 because probabilityLeft must be 0.2, 0.5 or 0.8 "
        r"\(got 0.7\).*first is line 92, trial 91 of session 1 .*probabilities=",
    ),
    "feedback turned round": (
        {"feedbackType": -TABLE["feedbackType"]},
        "because feedbackType does not follow from choice",
    ),
    "unequal lengths": (
        {"stimOn_times": STARTS[:-5]},
        "session 1: columns must be of the same length, but .*stimOn_times has 295 trials",
    ),
    "two columns in one": (
        {"stimOn_times": np.zeros((N, 2))},
        r"session 1: the column 'stimOn_times' must have one number a trial, got shape \(300, 2\)",
    ),
    "pandas' durations": (
        {"response_times": np.zeros(N, dtype="m8[ns]")},
        r"session 1: the column 'response_times' must be numbers \(got timedelta64",
    ),
    "choice as true and false": (
        {"choice": CHOICE > 0},
        r"session 1: the column 'choice' must be numbers \(got bool",
    ),
    "words": (
        {"choice": np.full(N, "left")},
        "session 1: the column 'choice' must be numbers",
    ),
}


@pytest.mark.parametrize("change, message", REFUSED.values(), ids=REFUSED)
def test_what_has_no_single_reading_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        mouse_from_alf([TABLE | change], "Bea")
    for tables, message in (
        ([TABLE["choice"]], "session 1 must be a table with named columns"),
        ([TABLE, "alf"], "session 2 must be a table with named columns, got 'alf'"),
        (5, "sessions must be trials tables, got 5"),
    ):
        with pytest.raises(ValueError, match=message):
            mouse_from_alf(tables, "Bea")


def test_rows_that_are_left_out_are_counted_by_reason():
    few = int(MOST_LEFT_OUT * N)
    bad = TABLE | {
        "probabilityLeft": np.where(np.arange(N) < few - 1, 0.7, BLOCKS),
        "choice": np.where(np.arange(N) == 20, 5, TABLE["choice"]),
    }
    said = (
        r"trials of Bea: 15 of 300 rows are left out: 14 because probabilityLeft must be 0.2, "
        r"0.5 or 0.8 \(got 0.7\), 1 because choice must be -1, 0 or 1 \(got 5\)"
    )
    with pytest.warns(MouseDataWarning, match=said):
        assert mouse_from_alf([bad], "Bea").n_trials == N - few
    unknown = TABLE | {
        "probabilityLeft": np.where(np.arange(N) < 9, [0.7, np.nan, np.nan] * 100, BLOCKS)
    }
    with pytest.warns(MouseDataWarning, match=r"9 because probabilityLeft .* \(got nan, 0\.7\)"):
        mouse_from_alf([unknown], "Bea")
    one_more = bad | {"feedbackType": np.where(np.arange(N) == 30, 3, TABLE["feedbackType"])}
    with pytest.raises(ValueError, match="16 of 300 rows"):
        mouse_from_alf([one_more], "Bea")


ALTERNATING = np.where(np.arange(N) % 2, 0.8, 0.2)
DOUBTFUL = {
    "sides that alternate": (
        TABLE | {"probabilityLeft": ALTERNATING},
        r"299 of 300 blocks of equal probabilityLeft are not 20 to 100 trials long \(but 1 to 1\)",
    ),
    "a block without end": (
        TABLE | {"probabilityLeft": np.full(N, 0.8)},
        r"1 of 1 blocks .* \(but 300 to 300\)",
    ),
    "milliseconds": (
        TABLE | {name: 1000 * TABLE[name] for name in ("stimOn_times", "response_times")},
        "times must be in seconds",
    ),
    "each trial twice": (
        {name: np.repeat(values, 2) for name, values in TABLE.items()},
        r"stimOn_times is the same as in the trial before in 300 trials \(first: 2\)",
    ),
    "backwards": (
        {name: values[::-1] for name, values in TABLE.items()},
        r"stimOn_times is earlier than in the trial before in 299 trials \(first: 2\)",
    ),
    "answers before the stimulus": (
        TABLE | {"response_times": STARTS - np.where(np.arange(N) < 5, 0.5, -0.5)},
        "negative reaction times are left out: 5",
    ),
}


@pytest.mark.parametrize("table, message", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_cannot_be_is_said(table, message):
    with pytest.warns(MouseDataWarning, match=message) as caught:
        mouse = mouse_from_alf([table], "Bea")
    assert mouse.n_trials == len(table["choice"]) and len(caught) == 1


def test_a_session_that_comes_twice_is_said():
    with pytest.warns(MouseDataWarning, match="session 3 repeats session 1"):
        mouse_from_alf([TABLE, TABLE | {"choice": np.zeros(N), "feedbackType": -np.ones(N)}, TABLE],
                       "Bea")  # fmt: skip


def as_csv(path, **changes):
    columns = {
        "trial_num": np.arange(1, N + 1),
        "session_num": np.ones(N),
        "stim_probability_left": BLOCKS,
        "contrast": CONTRAST,
        "position": POSITION * SIDE,
        "response_choice": CHOICE,
        "trial_correct": CHOICE == SIDE,
        "reaction_time": TABLE["response_times"] - STARTS,
    }
    pd.DataFrame(columns | changes).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stim_probability_left": np.where(BLOCKS == 0.2, 1 - 0.8, BLOCKS)},
        {"contrast": CONTRAST * SIDE},
        {"contrast": 100 * CONTRAST},
        {"trial_correct": np.where(CHOICE == SIDE, "TRUE", "FALSE")},
        {"trial_correct": np.where(CHOICE == SIDE, "True", "0.0")},
        {"stim_probability_left": BLOCKS.astype(np.float32).astype(float)},
    ],
)
def test_a_csv_file_is_read_the_same_way(tmp_path, bea, changes):
    assert same_to_the_bit(read_mouse(as_csv(tmp_path / "Bea.csv", **changes)), bea)


def test_a_csv_file_of_another_task(tmp_path):
    path = as_csv(
        tmp_path / "Bea.csv",
        stim_probability_left=np.where(BLOCKS == 0.8, 0.7, 1 - 0.7),
        contrast=CONTRAST + 0.3,
    )
    with pytest.raises(ValueError, match="300 of 300 rows are left out"):
        read_mouse(path)
    task = {"contrasts": np.unique(CONTRAST + 0.3), "probabilities": (0.3, 0.7)}
    mouse = read_mouse(path, **task, block_lengths=(20, 140))
    assert mouse.n_trials == N and mouse.trials.longest_block == 140
    assert mouse.trials.strengths == tuple(task["contrasts"])
    np.testing.assert_array_equal(mouse.trials.strength, CONTRAST + 0.3)
    np.testing.assert_array_equal(mouse.trials.block_side, np.where(BLOCKS == 0.8, -1, 1))
    for wrong, message in (
        ({"contrasts": [-1]}, "contrasts must be at least 0"),
        ({"probabilities": []}, "probabilities must hold at least one"),
        ({"probabilities": [20, 80]}, "probabilities must be .*at most 1, got 20"),
        ({"block_lengths": (5, 2)}, "block_lengths must be shortest and longest"),
    ):
        with pytest.raises(ValueError, match=message):
            read_mouse(path, **wrong)


def test_order_is_judged_by_all_rows_before(tmp_path):
    number = np.arange(1, N + 1.0)
    number[100:103] = [150, 99, 140]  # the third is higher than the second, which does not count
    number[103:] += 100
    with pytest.warns(MouseDataWarning, match="2 because trial_num is not higher"):
        mouse = read_mouse(as_csv(tmp_path / "Bea.csv", trial_num=number))
    assert [one.line for one in mouse.rejected] == [103, 104]
    assert (mouse.trials.trial_in_block >= 0).all()


def test_infinite_numbers_are_unknown_ones(tmp_path):
    number, time = np.arange(1, N + 1.0), np.full(N, 0.5)
    number[100], time[50] = np.inf, np.inf
    with pytest.warns(MouseDataWarning, match="1 because trial_num and session_num must be whole"):
        mouse = read_mouse(as_csv(tmp_path / "Bea.csv", trial_num=number, reaction_time=time))
    assert mouse.n_trials == N - 1 and np.isnan(mouse.reaction_time[50])
    assert np.isnan(mouse.reaction_time).sum() == 1 + 2  # and the time-outs


def mouse_of(**changes):
    columns = {
        "session": [0, 0, 1],
        "block": [0, 0, 0],
        "trial_in_block": [0, 1, 0],
        "block_side": [1, 1, 0],
        "side": [-1, 1, 1],
        "strength": [0.25, 0.0, 1.0],
        "choice": [-1, 0, 1],
        "reaction_time": [0.5, np.nan, 0.25],
    }
    columns = {name: np.array(values) for name, values in columns.items()} | changes
    choice, time = columns.pop("choice"), columns.pop("reaction_time")
    return Mouse(MouseTrials(**columns), "Bea", choice, time)


@pytest.mark.parametrize(
    "field, wrong, message",
    [
        ("side", np.array([0, 1, 1]), "side must be -1 or 1, got 0 in trial 0"),
        ("side", np.array(["left", "right", "right"]), "side must be numbers, got .*left"),
        ("side", np.array([True, False, True]), "side must be numbers, got .*True"),
        ("side", np.array([[-1], [1], [1]]), r"side must have 3 trials, got shape \(3, 1\)"),
        ("block_side", np.array([2, 1, 0]), "block_side must be -1, 0 or 1, got 2"),
        ("choice", np.array([-1, 1, 3]), "choice must be -1, 0 or 1, got 3 in trial 2"),
        ("choice", np.array([-1, 1]), "choice must have 3 trials, got 2"),
        ("strength", np.array([0.25, np.nan, 1]), "strength must be .* got nan in trial 1"),
        ("strength", np.array([-0.25, 0, 1]), "strength must be .* at least 0, got -0.25"),
        ("reaction_time", np.array([0.5, -1, 1]), "reaction_time must be .* or NaN, got -1"),
        ("reaction_time", np.array([0.5, np.inf, 1]), "reaction_time must be .* got inf"),
        ("session", np.array([0, 1, 0]), "session must not decrease, got 0 after 1 in trial 2"),
        ("block", np.array([0, 0.5, 0]), "block must be a whole number .* got 0.5"),
        ("trial_in_block", np.array([0, -1, 0]), "trial_in_block must be .* got -1"),
    ],
)
def test_a_record_names_what_is_wrong(field, wrong, message):
    with pytest.raises(ValueError, match=message):
        mouse_of(**{field: wrong})


def test_a_record_keeps_its_values_and_leaves_the_callers_arrays_alone():
    side = np.array([-1.0, 1.0, 1.0])
    choice = np.array([-1, 0, 1], dtype=np.int8)
    mouse = mouse_of(side=side, choice=choice)
    side[:], choice[:] = 1, 1  # still theirs to change
    np.testing.assert_array_equal(mouse.trials.side, [-1, 1, 1])
    np.testing.assert_array_equal(mouse.choice, [-1, 0, 1])
    assert mouse.trials.side.dtype == mouse.choice.dtype == np.int8
    with pytest.raises(ValueError, match="read-only"):
        mouse.choice[0] = 1
    view = choice[:]
    view.flags.writeable = False  # a view without leave is no promise that nobody writes
    mouse = mouse_of(choice=view)
    choice[:] = 0
    np.testing.assert_array_equal(mouse.choice, [1, 1, 1])


def test_a_strength_is_found_up_to_rounding(bea):
    rough = mouse_of(strength=np.array([0.0625, 0.125, 1], dtype=np.float32) + np.float32(1e-7))
    np.testing.assert_array_equal(rough.trials.strength, [0.0625, 0.125, 1])
    found = correct_after_switch(bea, strength=0.35 - 0.1)
    exact = correct_after_switch(bea, strength=0.25)
    assert 0.35 - 0.1 != 0.25 and exact.n.sum() > 0
    np.testing.assert_array_equal(found.n, exact.n)
    with pytest.raises(ValueError, match=r"strength must be one of .* got 0\.3"):
        correct_after_switch(bea, strength=0.3)
