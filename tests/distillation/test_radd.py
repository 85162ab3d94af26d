"""RADD: known systems are found again, and it behaves as scikit-learn expects of an estimator."""

import tracemalloc
import warnings

import numpy as np
import pytest
from known_systems import TWO_UNITS, noisy_run, played_sessions, random_system
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from iblrnn_helpers.distillation import chunks
from iblrnn_helpers.distillation.closed_form import UnidentifiedWarning
from iblrnn_helpers.distillation.radd import RADD

RUNNING = {"solver": "free_running", "horizon": 10, "n_windows": 500}
NOT_FOR_SEQUENCES = {
    "check_methods_sample_order_invariance": "rows are steps in time: their order matters",
    "check_methods_subset_invariance": "a step's state depends on the steps before it",
}


@pytest.fixture(scope="module")
def played():
    return played_sessions()


@parametrize_with_checks([RADD(), RADD(solver="free_running", horizon=3, n_windows=50)])
@pytest.mark.slow
def test_scikit_learns_conventions(estimator, check):
    name = getattr(check, "func", check).__name__
    with warnings.catch_warnings():
        # scikit-learn's data are tiny and know no time: they identify little.
        warnings.simplefilter("ignore", UserWarning)
        if name in NOT_FOR_SEQUENCES:
            with pytest.raises(AssertionError, match="not invariant"):
                check(estimator)
        else:
            check(estimator)


def parameters(radd):
    return np.hstack([radd.recurrent_, radd.inputs_, radd.offset_[:, None]])


def true_parameters(model, scale=1.0):
    """In units of ``scale``, for activations that are linear where they are not 0."""
    return np.hstack([model.recurrent, model.inputs / scale, model.offset[:, None] / scale])


def test_a_known_system_is_found_again(played):
    """The data have no noise: what is left of the closed form's error is rounding."""
    inputs, states, lengths = played
    radd = RADD(scale=1.0).fit(inputs, states, lengths)
    np.testing.assert_allclose(parameters(radd), true_parameters(TWO_UNITS), atol=1e-8)
    again = RADD(scale=1.0, **RUNNING).fit(inputs, states, lengths)
    # The search stops where its steps gain nothing more; exactness is the closed form's.
    np.testing.assert_allclose(parameters(again), true_parameters(TWO_UNITS), atol=1e-4)
    np.testing.assert_allclose(radd.predict(inputs, lengths, np.zeros(2)), states, atol=1e-7)


def test_free_running_sees_through_noise_of_measurement(played):
    """Noise in z that the system does not know biases the closed form, as it regresses on it."""
    inputs, states, lengths = played
    noisy = states + 0.03 * np.random.default_rng(3).standard_normal(states.shape)
    running = RADD(scale=1.0, solver="free_running", n_windows=3000, never_worse=False)
    closed, running = (
        np.abs(parameters(radd.fit(inputs, noisy, lengths)) - true_parameters(TWO_UNITS)).max()
        for radd in (RADD(scale=1.0), running)
    )
    # The closed form's bias is of the order of the noise's share in the variance of z, which is
    # 1%, times what collinearity makes of it. Over 20 steps the noise of the start is forgotten.
    assert running < 0.01
    assert closed > 3 * running


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
@pytest.mark.parametrize("n_units", [1, 2, 5])
def test_any_number_of_units_and_any_activation(played, activation, n_units):
    inputs, _, lengths = played
    model = random_system(n_units, activation, seed=n_units)
    states = model.run(inputs, np.zeros(n_units), lengths)
    scale = 1.0 if activation == "tanh" else 2.0
    if activation == "relu":
        assert (states == 0).any(axis=0).all() and (states > 0).any(axis=0).all()
    radd = RADD(activation, scale=scale).fit(inputs, states, lengths)
    # 1e-6: sums of squares lose half the digits that directions of little variance have.
    np.testing.assert_allclose(parameters(radd), true_parameters(model, scale), atol=1e-6)
    running = RADD(activation, scale=scale, **RUNNING).fit(inputs, states, lengths)
    np.testing.assert_allclose(parameters(running), true_parameters(model, scale), atol=0.01)
    assert (radd.scale_, radd.model_.activation) == (scale, activation)


@pytest.mark.parametrize("chunk", [7, 2**16])
def test_the_closed_form_is_least_squares(played, chunk, monkeypatch):
    """Row by row, with numpy's own solver, on data that no model fits exactly."""
    monkeypatch.setattr(chunks, "CHUNK", chunk)
    inputs, _, lengths = played
    rng = np.random.default_rng(4)
    states = np.tanh(rng.standard_normal((len(inputs), 3)))
    radd = RADD().fit(inputs, states, lengths)
    scale = 1.01 * np.abs(states).max()
    left, right, row = [], [], 0
    for length in lengths:
        for t in range(length):
            if t > 0:
                left.append([*states[row - 1] / scale, *inputs[row], 1.0])
                right.append(np.arctanh(states[row] / scale))
            row += 1
    expected = np.linalg.lstsq(np.array(left), np.array(right), rcond=None)[0].T
    assert radd.scale_ == scale
    np.testing.assert_allclose(parameters(radd), expected, atol=1e-10)
    columns = np.array(left)[:, :-1]
    columns = np.column_stack([(columns - columns.mean(0)) / columns.std(0), np.ones(len(left))])
    assert radd.condition_ == pytest.approx(np.linalg.cond(columns))


def test_predictions_are_the_models(played):
    inputs, states, lengths = played
    noisy = states + 0.01 * np.random.default_rng(5).standard_normal(states.shape)
    radd = RADD().fit(inputs, noisy, lengths)
    initial = np.random.default_rng(6).uniform(-0.3, 0.3, (len(lengths), 2))
    expected = radd.model_.run(inputs, initial / radd.scale_, lengths) * radd.scale_
    predicted = radd.predict(inputs, lengths, initial)
    np.testing.assert_array_equal(predicted, expected)
    assert radd.score(inputs, noisy, lengths=lengths, initial=initial) == pytest.approx(
        r2_score(noisy, expected)
    )
    following = radd.predict_next(noisy[:-1], inputs[1:])
    by_hand = np.tanh(
        noisy[:-1] / radd.scale_ @ radd.recurrent_.T + inputs[1:] @ radd.inputs_.T + radd.offset_
    )
    np.testing.assert_allclose(following, by_hand * radd.scale_, atol=1e-14)
    first = np.cumsum(lengths) - lengths
    inner = np.setdiff1d(np.arange(len(noisy)), first)
    assert radd.one_step_score(inputs, noisy, lengths) == pytest.approx(
        r2_score(noisy[inner], following[inner - 1])
    )


def test_one_axis_in_one_axis_out(played):
    inputs, states, lengths = played
    radd = RADD().fit(inputs, states[:, 0], lengths)
    assert radd.recurrent_.shape == (1, 1)
    predicted = radd.predict(inputs, lengths)
    assert predicted.shape == (len(inputs),)
    two_axes = RADD().fit(inputs, states[:, :1], lengths)
    np.testing.assert_array_equal(two_axes.predict(inputs, lengths)[:, 0], predicted)
    assert radd.predict_next(states[:-1, 0], inputs[1:]).shape == (len(inputs) - 1,)
    assert radd.one_step_score(inputs, states[:, 0], lengths) > 0


def test_the_past_does_not_reach_over_the_start_of_a_sequence(played):
    """So the order of sequences is of no matter, though that of rows is."""
    inputs, states, lengths = played
    states = np.tanh(states + 0.1 * np.random.default_rng(12).standard_normal(states.shape))
    first = np.cumsum(lengths) - lengths
    order = np.arange(len(lengths))[::-1]
    rows = np.concatenate([np.arange(first[k], first[k] + lengths[k]) for k in order])
    for more in ({}, {**RUNNING, "n_windows": 10**6}):  # all windows, so that none is drawn
        one = RADD(scale=1.0, **more).fit(inputs, states, lengths)
        two = RADD(scale=1.0, **more).fit(inputs[rows], states[rows], lengths[order])
        # The search magnifies the rounding of sums in another order.
        np.testing.assert_allclose(parameters(one), parameters(two), atol=1e-4 if more else 1e-12)
    joined = RADD(scale=1.0).fit(inputs, states)
    apart = RADD(scale=1.0).fit(inputs, states, lengths)
    assert np.abs(parameters(joined) - parameters(apart)).max() > 1e-5


@pytest.mark.slow
def test_intervals_cover_the_truth():
    """12 coefficients of 60 simulated data sets, of which 95% should be within."""
    rng = np.random.default_rng(7)
    lengths = np.full(25, 30)
    covered = []
    for k in range(60):
        inputs = rng.standard_normal((lengths.sum(), 3))
        states = noisy_run(TWO_UNITS, inputs, lengths, noise=0.1, seed=k)
        radd = RADD(scale=1.0, n_bootstrap=60, seed=k).fit(inputs, states, lengths)
        for name in ("recurrent", "inputs", "offset"):
            low, high = getattr(radd.intervals_, name)
            truth = getattr(TWO_UNITS, name)
            covered.append(((low < truth) & (truth < high)).ravel())
    # 720 coefficients, a standard error of 0.008 if they were independent.
    assert 0.92 < np.concatenate(covered).mean() < 0.98


def test_intervals_of_the_free_running_fit():
    """Least squares is the best there is for this noise: the other interval is no narrower."""
    rng = np.random.default_rng(8)
    lengths = np.full(25, 30)
    inputs = rng.standard_normal((lengths.sum(), 3))
    states = noisy_run(TWO_UNITS, inputs, lengths, noise=0.1, seed=0)
    running = RADD(
        scale=1.0, solver="free_running", horizon=5, n_bootstrap=25, never_worse=False
    ).fit(inputs, states, lengths)
    closed = RADD(scale=1.0, n_bootstrap=100).fit(inputs, states, lengths)
    low, high = running.intervals_.recurrent
    assert ((low < TWO_UNITS.recurrent) & (TWO_UNITS.recurrent < high)).all()
    width = np.ravel(high - low) / np.ravel(np.diff(closed.intervals_.recurrent, axis=0))
    # 25 resamples give a width within 15%.
    assert width.min() > 0.7 and width.max() < 2.5


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu"])
def test_a_fit_needs_little_beside_its_data(activation):
    """Its states once more, in its own units, and sums over some rows at a time."""
    inputs, states = np.random.default_rng(0).random((2, 2**19, 4))
    radd = RADD(activation, n_bootstrap=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nothing here remembers
        radd.fit(inputs[:1000], states[:1000])  # imports
        tracemalloc.start()
        radd.fit(inputs, states)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < states.nbytes + 2**16 * 100 * 8  # a chunk of a hundred columns


def test_one_sequence_is_cut_into_chunks_for_intervals():
    inputs = np.random.default_rng(9).standard_normal((2000, 3))
    states = noisy_run(TWO_UNITS, inputs, [2000], noise=0.1, seed=1)
    one = RADD(scale=1.0, n_bootstrap=200).fit(inputs, states)
    # Against the textbook's standard error of least squares, which holds for this noise.
    columns = np.column_stack([states[:-1], inputs[1:], np.ones(1999)])
    errors = 0.1 * np.sqrt(np.diag(np.linalg.inv(columns.T @ columns)))
    low, high = one.intervals_.inputs
    # t(19) in place of 1.96; 20 chunks give a standard error within 16% or so.
    np.testing.assert_allclose((high - low)[0] / 2, 2.09 * errors[2:5], rtol=0.5)
    assert RADD().fit(inputs, states).intervals_ is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x, z: (x[:, [0, 1, 1]], z), "^input 2 and input 3 move together"),
        (lambda x, z: (x * [1, 0, 1], z), "^input 2 never changes: its coefficients are set to 0"),
        (lambda x, z: (x, z * [1, 0] + [0, 0.1]), "^z2 never changes"),
        (lambda x, z: (x, z @ [[1, -1], [0, 0]]), "^z1 and z2 move together"),
    ],
)
def test_what_cannot_be_identified_is_named(played, change, said):
    inputs, states, lengths = played
    inputs, states = change(inputs, states)
    with pytest.warns(UnidentifiedWarning, match=said) as caught:
        radd = RADD().fit(inputs, states, lengths)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert np.abs(parameters(radd)).max() < 10


def test_columns_that_move_together_share_the_smallest_coefficients(played):
    inputs, states, lengths = played
    whole = RADD(scale=1.0).fit(inputs, states, lengths)
    doubled = inputs[:, [0, 1, 2, 0]]
    for more in ({}, {**RUNNING, "never_worse": False}):
        with pytest.warns(UnidentifiedWarning, match="input 1 and input 4 move together"):
            radd = RADD(scale=1.0, **more).fit(doubled, states, lengths)
        np.testing.assert_allclose(radd.inputs_[:, 0], radd.inputs_[:, 3], atol=1e-8)
        np.testing.assert_allclose(2 * radd.inputs_[:, 0], whole.inputs_[:, 0], atol=1e-4)


def test_a_relus_columns_are_named_for_the_rows_that_count():
    rng = np.random.default_rng(10)
    inputs = rng.standard_normal((400, 1))
    states = np.maximum(np.column_stack([inputs[:, 0], -inputs[:, 0]]), 0)
    states[:, 1] *= np.append(0, states[:-1, 0] == 0)  # z2 is on only after z1 was off
    with pytest.warns(UnidentifiedWarning, match="z1 never changes where z2 > 0"):
        RADD("relu").fit(inputs, states)


def test_a_relu_that_is_on_in_one_sequence_only_still_has_intervals():
    rng = np.random.default_rng(13)
    inputs = rng.standard_normal((90, 1))
    states = np.maximum(inputs, 0)
    states[30:] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnidentifiedWarning)
        radd = RADD("relu", n_bootstrap=20).fit(inputs, states, [30, 30, 30])
    low, high = radd.intervals_.inputs
    assert low[0, 0] < 1 < high[0, 0]  # resamples without that sequence say 0


def test_nothing_is_said_of_data_that_identify_everything(played):
    inputs, states, lengths = played
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RADD(**RUNNING).fit(inputs, states, lengths)


def test_too_few_rows_are_told(played):
    inputs, states, _ = played
    with pytest.warns(UnidentifiedWarning, match="6 coefficients of each unit.*from 4 rows"):
        RADD().fit(inputs[:5], states[:5])
    with pytest.raises(ValueError, match="no row remains"):
        RADD().fit(inputs[:5], states[:5], [1] * 5)
    with pytest.raises(ValueError, match=r"horizon must be less than the rows of the longest.*4"):
        RADD(solver="free_running", horizon=4).fit(inputs[:10], states[:10], [4, 3, 3])


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"activation": "sigmoid"}, "activation must be one of"),
        ({"solver": "adam"}, "solver must be one of"),
        ({"scale": -1.0}, "scale must be greater than 0"),
        ({"scale": 0.1}, "scale is too small: a tanh unit stays below 1"),
        ({"horizon": 0}, "horizon must be at least 1"),
        ({"n_windows": 2.5}, "n_windows must be a whole number"),
        ({"n_bootstrap": 1}, "n_bootstrap must be 0 or at least 2"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"activation": "relu"}, "y must not be negative for a relu"),
    ],
)
def test_wrong_parameters_are_named(played, parameters, said):
    inputs, states, lengths = played
    with pytest.raises(ValueError, match=said):
        RADD(**parameters).fit(inputs, states, lengths)


def test_wrong_data_are_refused(played):
    inputs, states, lengths = played
    hole = states.copy()
    hole[3, 1] = np.nan
    with pytest.raises(ValueError, match="y contains NaN"):
        RADD().fit(inputs, hole, lengths)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        RADD().fit(inputs, states[1:])
    with pytest.raises(ValueError, match="lengths must add up"):
        RADD().fit(inputs, states, lengths[1:])
    radd = RADD().fit(inputs, states, lengths)
    with pytest.raises(ValueError, match=r"initial must be \(2,\) or \(1, 2\), got \(3,\)"):
        radd.predict(inputs, initial=np.zeros(3))
    with pytest.raises(ValueError, match=r"states must be \(\d+, 2\)"):
        radd.predict_next(states[:, :1], inputs)
    with pytest.raises(NotFittedError):
        clone(radd).predict(inputs)
