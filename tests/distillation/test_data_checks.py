"""What is warned of before a fit: known systems with and without the fault."""

import warnings

import numpy as np
import pytest
from known_systems import TWO_UNITS, noisy_run, played_sessions, random_system

import iblrnn_helpers as ibl
from iblrnn_helpers.distillation import chunks
from iblrnn_helpers.distillation.data_checks import (
    NoisyStatesWarning,
    ShuffledWarning,
    UncentredWarning,
    noise_share,
)
from iblrnn_helpers.distillation.radd import RADD
from iblrnn_helpers.representations.state_space import Projection


@pytest.fixture(scope="module")
def played():
    return played_sessions(n_sessions=24)


def said(fit):
    """What kinds of warnings a fit gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit()
    return {one.category for one in caught}


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_states_far_from_zero_are_warned_of_and_centred(played, activation):
    """The same states 100 further off: centred, the fit is the same; else it is worthless."""
    inputs, states, lengths = played
    near = RADD(activation, centre=True).fit(inputs, states, lengths)
    moved = states + 100
    with pytest.warns(UncentredWarning, match="centre=True subtracts the mean"):
        bare = RADD(activation).fit(inputs, moved, lengths)
    assert UncentredWarning not in said(
        lambda: RADD(activation, centre=True).fit(inputs, moved, lengths)
    )
    centred = RADD(activation, centre=True).fit(inputs, moved, lengths)
    # 100 takes two of the sixteen digits that states have, and the inverse of f some more.
    np.testing.assert_allclose(centred.recurrent_, near.recurrent_, atol=1e-9)
    np.testing.assert_allclose(centred.centre_, near.centre_ + 100)
    assert centred.score(inputs, moved, lengths=lengths) == pytest.approx(
        near.score(inputs, states, lengths=lengths), abs=1e-9
    )
    assert near.score(inputs, states, lengths=lengths) > 0.9
    assert bare.score(inputs, moved, lengths=lengths) < -100
    np.testing.assert_allclose(
        centred.predict_next(moved[:5], inputs[1:6]),
        near.predict_next(states[:5], inputs[1:6]) + 100,
    )
    initial = states[:1] + 100
    np.testing.assert_allclose(
        centred.predict(inputs[:9], initial=initial),
        near.predict(inputs[:9], initial=states[:1]) + 100,
    )


def test_centred_states_are_those_that_were_subtracted_by_hand(played):
    inputs, states, lengths = played
    by_hand = RADD().fit(inputs, states - states.mean(axis=0), lengths)
    centred = RADD(centre=True).fit(inputs, states, lengths)
    np.testing.assert_array_equal(centred.recurrent_, by_hand.recurrent_)
    assert centred.scale_ == by_hand.scale_
    plain = RADD().fit(inputs, states, lengths)
    assert not plain.centre_.any()


def test_noise_of_measurement_is_told_from_noise_within(played):
    """Planted: the warning comes where the regression is biased, and there only."""
    inputs, states, lengths = played
    rng = np.random.default_rng(3)
    measured = states + 0.1 * rng.standard_normal(states.shape)
    within = noisy_run(TWO_UNITS, inputs, lengths, 0.1, seed=0)
    bias = {}
    for name, z in {"exact": states, "measured": measured, "within": within}.items():
        z = np.clip(z, -0.99, 0.99)
        kinds = said(lambda z=z: RADD(scale=1.0).fit(inputs, z, lengths))
        assert (NoisyStatesWarning in kinds) == (name == "measured"), name
        found = RADD(scale=1.0).fit(inputs, z, lengths).recurrent_
        bias[name] = np.abs(found - TWO_UNITS.recurrent).max()
    assert bias["measured"] > 0.1 and max(bias["exact"], bias["within"]) < 0.02


def test_the_solver_that_is_recommended_is_not_biased(played):
    inputs, states, lengths = played
    measured = states + 0.05 * np.random.default_rng(3).standard_normal(states.shape)
    free = RADD(scale=1.0, solver="free_running", n_windows=3000, never_worse=False)
    held = RADD(scale=1.0, solver="free_running", n_windows=3000)
    assert NoisyStatesWarning not in said(lambda: free.fit(inputs, measured, lengths))
    assert NoisyStatesWarning in said(lambda: held.fit(inputs, measured, lengths))
    closed = RADD(scale=1.0).fit(inputs, measured, lengths)
    off = [np.abs(one.recurrent_ - TWO_UNITS.recurrent).max() for one in (closed, held, free)]
    # As its docstring says: the closed form is biased, the held one with it, the free one is not.
    assert off[2] < 0.02 and off[0] > 3 * off[2] and off[1] > off[2]


@pytest.mark.parametrize("seed", range(4))
def test_the_share_of_noise_of_a_linear_unit(seed):
    """A unit of one's own: reliability, the share of the variance that is signal, is known."""
    rng = np.random.default_rng(seed)
    signal, noise = np.zeros(20_000), 0.5 * rng.standard_normal(20_000)
    pushed = rng.standard_normal(20_000)
    for t in range(1, 20_000):
        signal[t] = 0.9 * signal[t - 1] + pushed[t]
    z = (signal + noise)[:, None]
    share, error = noise_share(z, np.empty((20_000, 0)), np.array([20_000]), "identity")
    # Variance 1 / (1 - 0.81) = 5.26 of the signal, 0.25 of the noise.
    assert share == pytest.approx(0.25 / (0.25 + 1 / 0.19), abs=4 * error)
    assert 0 < error < 0.01


@pytest.mark.parametrize("chunk", [50, 2**16])
def test_the_share_of_noise_is_that_of_two_regressions(played, chunk, monkeypatch):
    """By least squares and by two stages of it, on all rows at once; the error by leaving out."""
    monkeypatch.setattr(chunks, "CHUNK", chunk)
    inputs, states, lengths = played
    states = states + 0.1 * np.random.default_rng(3).standard_normal(states.shape)
    pieces = np.split(np.arange(len(states)), np.cumsum(lengths)[:-1])

    def share(sequences):
        """Inputs and means are those of all rows: groups leave out sums only."""
        these = np.isin(sequence, sequences)
        before, older, now = (a[these] for a in left)
        plain = np.linalg.lstsq(before, now, rcond=None)[0]
        onto = older @ np.linalg.lstsq(older, before, rcond=None)[0]
        told = np.linalg.lstsq(onto, now, rcond=None)[0]
        return 1 - np.sum(plain * (before.T @ before @ plain)) / np.sum(
            plain * (before.T @ before @ told)
        )

    rows = np.concatenate([piece[2:] for piece in pieces])
    sequence = np.concatenate([np.full(len(p[2:]), k) for k, p in enumerate(pieces)])
    known = np.column_stack([inputs[rows], np.ones(len(rows))])
    left = [
        a - known @ np.linalg.lstsq(known, a, rcond=None)[0]
        for a in (
            states[rows - 1],
            np.column_stack([states[rows - 2], inputs[rows - 1]]),
            states[rows],
        )
    ]
    every = np.arange(len(lengths))
    group = every * 20 // len(lengths)
    without = [share(every[group != k]) for k in range(20)]
    found = noise_share(states, inputs, lengths, "identity")
    # Sums of products keep about half of the digits that the columns themselves do.
    assert found == pytest.approx((share(every), np.sqrt(19 * np.var(without))), rel=1e-6)


def test_a_trained_network_s_plane_is_not_taken_for_noisy():
    """The paper's distillation: what two dimensions miss of fifty units is of another kind."""
    network = ibl.reference_network().network
    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=20, n_blocks=5, seed=0)
    session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    readouts = ibl.representations.on_readouts(ibl.fit_state_space(session, network))
    z, lengths = readouts(session.states), session.steps_per_session
    assert not said(lambda: RADD().fit(session.inputs, z, lengths))
    noisy = z + 0.3 * z.std() * np.random.default_rng(0).standard_normal(z.shape)
    assert said(lambda: RADD().fit(session.inputs, noisy, lengths)) == {NoisyStatesWarning}
    # A network's own states are exact: of what a projection leaves out, distill says nothing.
    first = Projection(np.eye(50)[:1], np.zeros(50), ("unit 1",))
    by_hand = first(session.states)
    assert said(lambda: RADD().fit(session.inputs, by_hand, lengths)) == {NoisyStatesWarning}
    assert not said(lambda: ibl.distill(network, session, first))


def test_states_that_are_left_out_pass_for_noise_and_are_named(played):
    inputs, _, lengths = played
    states = random_system(6, "tanh", seed=2).run(inputs, np.zeros(6), lengths)
    with pytest.warns(NoisyStatesWarning, match="or like states that y leaves out"):
        RADD().fit(inputs, states[:, :1], lengths)
    assert not said(lambda: RADD().fit(inputs, states, lengths))


def test_short_data_are_not_judged():
    z = np.random.default_rng(0).standard_normal((50, 1))
    assert np.isnan(noise_share(z, np.empty((50, 0)), np.array([50]), "identity")).all()


def test_shuffled_rows_are_warned_of_as_often_as_said(played):
    """In random order the past helps by chance in one of a thousand: not in thirty."""
    inputs, states, _ = played
    rng = np.random.default_rng(0)
    for _ in range(30):
        order = rng.permutation(len(inputs))[:400]
        assert ShuffledWarning in said(lambda o=order: RADD().fit(inputs[o], states[o]))
    assert ShuffledWarning not in said(lambda: RADD().fit(inputs[:100], states[:100]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"centre": "yes"}, "centre must be True or False, got 'yes'"),
        ({"centre": True, "activation": "relu"}, "centre must be False for a relu"),
    ],
)
def test_wrong_parameters_are_named(played, parameters, message):
    inputs, states, lengths = played
    with pytest.raises(ValueError, match=message):
        RADD(**parameters).fit(inputs, np.abs(states), lengths)
