"""A stranger's script: sessions of an own system, distilled and cross-validated by session."""

import numpy as np
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

import iblrnn_helpers as ibl

RECURRENT = np.array([[0.6, 0.3], [0.2, 0.8]])


def recorded(rng, n_sessions=12, n_steps=150):
    """Rows of sessions of a known system of two units: inputs, states, and whose they are."""
    inputs = 0.4 * rng.standard_normal((n_sessions, n_steps, 1))
    states = np.zeros((n_sessions, n_steps, 2))
    before = np.zeros((n_sessions, 2))
    for t in range(n_steps):
        drive = before @ RECURRENT.T + inputs[:, t] * [0.5, 0.1]
        before = states[:, t] = np.tanh(drive + 0.02 * rng.standard_normal((n_sessions, 2)))
    return inputs.reshape(-1, 1), states.reshape(-1, 2), np.repeat(range(n_sessions), n_steps)


def test_radd_cross_validated_by_session():
    X, y, session = recorded(np.random.default_rng(0))
    with sklearn.config_context(enable_metadata_routing=True):
        by_session = GroupKFold(4)
        scores = cross_validate(ibl.RADD(), X, y, params={"groups": session}, cv=by_session)
        grid = {"activation": ["tanh", "identity"], "scale": [1.0, "auto"]}
        search = GridSearchCV(ibl.RADD(), grid, cv=by_session).fit(X, y, groups=session)
    best = search.best_estimator_

    # The oracle: the system itself.  Of 1,800 rows with noise of 0.02 in states of 0.4, standard
    # errors are some 0.02 / 0.4 / sqrt(1800) = 0.001; the scale is 1 only where it was chosen.
    assert search.best_params_["activation"] == "tanh"
    exact = ibl.RADD(scale=1.0).fit(X, y, groups=session)
    np.testing.assert_allclose(exact.recurrent_, RECURRENT, atol=0.01)
    held_out = [
        exact.score(X[session == one], y[session == one], lengths=[150]) for one in range(12)
    ]
    assert np.mean(scores["test_score"]) > 0.9 and np.mean(held_out) > 0.9
    # The same by hand: each fold fitted and scored by its groups.
    for fold, (train, test) in enumerate(GroupKFold(4).split(X, y, session)):
        one = ibl.RADD().fit(X[train], y[train], groups=session[train])
        by_hand = one.score(X[test], y[test], groups=session[test])
        assert scores["test_score"][fold] == by_hand
    assert best.n_features_in_ == 1
