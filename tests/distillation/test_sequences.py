"""Sequences in every form are the same sequences; what is out of order is refused or said."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from known_systems import played_sessions
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_score,
    train_test_split,
)

from iblrnn_helpers.distillation.data_checks import ShuffledWarning
from iblrnn_helpers.distillation.model import DistilledModel
from iblrnn_helpers.distillation.radd import RADD
from iblrnn_helpers.distillation.sequences import GapWarning, as_rows, lengths_of


@pytest.fixture(scope="module")
def played():
    """With noise, so that forms that lose a boundary give another fit."""
    inputs, states, lengths = played_sessions()
    return inputs, states + 0.005 * np.random.default_rng(0).standard_normal(states.shape), lengths


def split(rows, lengths):
    return np.split(rows, np.cumsum(lengths)[:-1])


def same(one, two):
    for name in ("recurrent_", "inputs_", "offset_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_every_form_gives_the_same_fit_and_predictions(played):
    inputs, states, lengths = played
    expected = RADD().fit(inputs, states, lengths)
    score = expected.score(inputs, states, lengths=lengths)
    one_step = expected.one_step_score(inputs, states, lengths)
    predicted = expected.predict(inputs, lengths)

    session = np.repeat([f"session {k % 5}-{k}" for k in range(len(lengths))], lengths)
    groups = RADD().fit(inputs, states, groups=session)
    same(groups, expected)
    np.testing.assert_array_equal(groups.predict(inputs, groups=session), predicted)
    assert groups.score(inputs, states, groups=session) == score
    assert groups.one_step_score(inputs, states, groups=session) == one_step

    parts = split(inputs, lengths), split(states, lengths)
    lists = RADD().fit(*parts)
    same(lists, expected)
    back = lists.predict(parts[0])
    assert isinstance(back, list) and [len(one) for one in back] == list(lengths)
    np.testing.assert_array_equal(np.concatenate(back), predicted)
    assert lists.score(*parts) == score and lists.one_step_score(*parts) == one_step

    steps = np.concatenate([np.arange(n) for n in lengths])
    index = pd.MultiIndex.from_arrays([session, steps], names=["session", "step"])
    table = RADD().fit(pd.DataFrame(inputs, index, ["l", "r", "f"]), states)
    same(table, expected)
    assert table.score(pd.DataFrame(inputs, index, ["l", "r", "f"]), states) == score

    shortest = min(lengths)
    whole = [np.stack([one[:shortest] for one in some]) for some in parts]
    array = RADD().fit(*whole)
    same(array, RADD().fit(*(a.reshape(-1, a.shape[2]) for a in whole), [shortest] * 8))
    assert array.predict(whole[0]).shape == whole[1].shape


def test_states_of_one_column_may_have_no_axis_for_it(played):
    inputs, states, lengths = played
    parts = split(inputs, lengths), split(states[:, 0], lengths)
    radd = RADD().fit(*parts)
    assert [one.shape for one in radd.predict(parts[0])] == [(n,) for n in lengths]
    same(radd, RADD().fit(inputs, states[:, 0], lengths))


def test_lists_are_split_by_sequence_without_any_routing(played):
    inputs, states, lengths = played
    parts = split(inputs, lengths), split(states, lengths)
    found = cross_val_score(RADD(), *parts, cv=KFold(4, shuffle=True, random_state=0))
    session = np.repeat(np.arange(8), lengths)
    for score, (train, test) in zip(
        found, KFold(4, shuffle=True, random_state=0).split(range(8)), strict=True
    ):
        rows, held_out = np.isin(session, train), np.isin(session, test)
        one = RADD().fit(inputs[rows], states[rows], groups=session[rows])
        expected = one.score(inputs[held_out], states[held_out], groups=session[held_out])
        assert score == pytest.approx(expected, abs=1e-12)
    grid = {"scale": [1.0, "auto"], "centre": [False, True]}
    search = GridSearchCV(RADD(), grid, cv=4).fit(*parts)
    assert search.cv_results_["mean_test_score"].max() == search.best_score_ > 0.5
    same(search.best_estimator_, RADD(**search.best_params_).fit(*parts))
    weights = np.arange(1.0, 9.0)
    radd = RADD().fit(*parts)
    assert radd.score(*parts, sample_weight=weights) == radd.score(
        inputs, states, sample_weight=weights[session], lengths=lengths
    )


def test_systems_without_inputs():
    """A rotation that shrinks: all there is to find is its matrix."""
    turn = 0.98 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    model = DistilledModel(turn, np.zeros((2, 0)), np.zeros(2), "identity")
    starts = np.random.default_rng(0).standard_normal((6, 2))
    states = model.run(np.empty((240, 0)), starts, [40] * 6)
    radd = RADD("identity").fit(None, states, lengths=[40] * 6)
    np.testing.assert_allclose(radd.recurrent_, turn, atol=1e-10)
    assert radd.inputs_.shape == (2, 0) and radd.n_features_in_ == 0
    nested = states.reshape(6, 40, 2)
    same(RADD("identity").fit(None, nested), radd)
    same(RADD("identity").fit(np.empty((6, 40, 0)), nested), radd)
    ran = radd.predict(np.empty((6, 40, 0)), initial=starts)
    np.testing.assert_allclose(ran, nested, atol=1e-8)
    assert radd.score(None, nested, initial=starts) == pytest.approx(1)
    assert radd.one_step_score(None, states, [40] * 6) == pytest.approx(1)
    np.testing.assert_allclose(radd.predict_next(states[:1], None), states[1:2], atol=1e-10)
    scores = cross_val_score(RADD("identity"), np.empty((6, 40, 0)), nested, cv=3)
    assert np.isfinite(scores).all()


def test_shuffled_rows_are_refused_or_said(played):
    inputs, states, lengths = played
    session = np.repeat(np.arange(8), lengths)
    order = np.random.default_rng(1).permutation(len(inputs))
    with pytest.raises(ValueError, match=r"one stretch of rows each, .* are the rows shuffled"):
        RADD().fit(inputs[order], states[order], groups=session[order])
    with pytest.warns(ShuffledWarning, match="are the rows shuffled"):
        RADD().fit(inputs[order], states[order])
    table = pd.DataFrame(inputs, columns=["l", "r", "f"])
    train, _, of_train, _ = train_test_split(table, states, random_state=0)
    with pytest.raises(ValueError, match=r"whose index goes from \d+ to \d+: are the rows shuf"):
        RADD().fit(train, of_train)
    rows, _ = next(KFold(5, shuffle=True, random_state=0).split(table))
    with pytest.warns(GapWarning, match="leaves out rows in"):
        RADD().fit(table.iloc[rows], states[rows])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RADD().fit(table, states, lengths)


def test_scikit_learn_without_routing_is_warned_of(played):
    """It hands groups to the splitter and not to the model: a sequence it cannot know of."""
    inputs, states, lengths = played
    session = np.repeat(np.arange(8), lengths)
    radd = RADD().fit(inputs, states, groups=session)
    with pytest.warns(UserWarning, match="is scored on rows as if they were one"):
        radd.score(inputs, states)
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_val_score(
            RADD(), inputs, states, params={"groups": session}, cv=GroupKFold(4)
        )
    parts = split(inputs, lengths), split(states, lengths)
    folds = GroupKFold(4).split(inputs, states, session)
    for score, (train, test) in zip(found, folds, strict=True):
        which = [np.unique(session[rows]) for rows in (train, test)]
        one = RADD().fit(*([part[k] for k in which[0]] for part in parts))
        assert one.score(*([part[k] for k in which[1]] for part in parts)) == score


def test_lists_of_tables_and_torch_s_arrays_are_sequences(played):
    inputs, states, lengths = played
    parts = split(inputs, lengths), split(states, lengths)
    tables = [[pd.DataFrame(one) for one in some] for some in parts]
    same(RADD().fit(*tables), RADD().fit(*parts))
    whole = [np.stack([one[: min(lengths)] for one in some]) for some in parts]
    tensors = [torch.from_numpy(one) for one in whole]
    from_tensors = RADD().fit(*tensors)
    same(from_tensors, RADD().fit(*whole))
    np.testing.assert_array_equal(from_tensors.predict(tensors[0]), from_tensors.predict(whole[0]))


def test_the_index_of_either_table_says_where_sequences_end(played):
    inputs, states, lengths = played
    expected = RADD().fit(inputs, states, lengths)
    steps = np.concatenate([np.arange(n) for n in lengths])
    index = pd.MultiIndex.from_arrays([np.repeat(np.arange(8), lengths), steps])
    same(RADD().fit(inputs, pd.DataFrame(states, index)), expected)
    same(RADD().fit(pd.DataFrame(inputs, index), pd.DataFrame(states, index)), expected)
    for other in (pd.DataFrame(states, index[::-1]), pd.DataFrame(states)):
        with pytest.raises(ValueError, match=r"X and y must have the same index, row by row, got"):
            RADD().fit(pd.DataFrame(inputs, index), other)


@pytest.mark.parametrize("kind", ["float", "datetime", "timedelta"])
def test_times_are_checked_as_steps_are(played, kind):
    inputs, states, lengths = played
    steps = np.concatenate([np.arange(n) for n in lengths])
    of_kind = {"float": 0.1 * steps, "timedelta": pd.to_timedelta(steps, unit="s")}
    of_kind["datetime"] = pd.Timestamp("2020-01-01") + of_kind["timedelta"]
    index = pd.MultiIndex.from_arrays([np.repeat(np.arange(8), lengths), of_kind[kind]])
    table = pd.DataFrame(inputs, index)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(RADD().fit(table, states), RADD().fit(inputs, states, lengths))
    kept = steps % 10 != 3
    with pytest.warns(GapWarning, match=f"in {(np.diff(steps[kept]) == 2).sum()} places"):
        RADD().fit(table[kept], states[kept])
    swapped = np.arange(len(steps))
    swapped[[4, 5]] = 5, 4
    with pytest.raises(ValueError, match="rows must be in order of time within a sequence"):
        RADD().fit(table.iloc[swapped], states[swapped])


def test_rounded_times_of_frames_leave_out_nothing(played):
    """Thirty frames a second, in whole milliseconds: 33 or 34 apart, or 67 where one is lost."""
    inputs, states, _ = played
    times = np.round(np.arange(len(inputs)) * 1000 / 30).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RADD().fit(pd.DataFrame(inputs, times), states)
    kept = np.arange(len(inputs)) != 100
    with pytest.warns(GapWarning, match="in 1 places"):
        RADD().fit(pd.DataFrame(inputs, times)[kept], states[kept])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (lambda x, y, n: (x, y, n, np.zeros(len(x))), "lengths and groups say the same"),
        (lambda x, y, n: (x, y, None, [1, 2]), r"groups must be one for each of \d+ rows"),
        (lambda x, y, n: (split(x, n), split(y, n), n), "lengths and groups are of rows"),
        (lambda x, y, n: (split(x, n), split(y, n[::-1])), r"y must have \d+ rows in sequence 0"),
        (lambda x, y, n: (split(x, n), y), r"y must be 8 sequences, as X, got \d+$"),
        (lambda x, y, n: (x, split(y, n)), r"X must be sequences, as y, got rows \(\d+, 3\)"),
        (lambda x, y, n: ([x[:9], x[:9, :2]], [y[:9], y[:9]]), "X must be sequences of the same"),
        (lambda x, y, n: (None, None), "X must be given where there is no y"),
    ],
)
def test_forms_that_do_not_fit_are_named(played, arguments, said):
    with pytest.raises(ValueError, match=said):
        RADD().fit(*arguments(*played))


def test_stretches_are_counted():
    assert lengths_of(["b", "b", "a", "c", "c"], 5).tolist() == [2, 1, 2]
    assert as_rows(np.zeros((5, 1)), None, [2, 3]).lengths_of(5).tolist() == [2, 3]
