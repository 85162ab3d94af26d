"""A stranger's sessions of an own system, distilled and cross-validated by session."""

import numpy as np
from sklearn.model_selection import GroupKFold

import iblrnn_helpers as ibl

RECURRENT = [[0.6, 0.3], [0.2, 0.8]]


def test_radd_cross_validated_by_session(run):
    own = run("radd_by_session")
    X, y, session, scores = (own[name] for name in ("X", "y", "session", "scores"))

    # The oracle: the system itself.  Of 1,800 rows with noise of 0.02 in states of 0.4, standard
    # errors are some 0.02 / 0.4 / sqrt(1800) = 0.001; the search, too, chooses what the system has.
    best = own["search"].best_estimator_
    assert own["search"].best_params_ == {"activation": "tanh", "scale": 1.0}
    exact = ibl.RADD(scale=1.0).fit(X, y, groups=session)
    for fit in (exact, best):
        np.testing.assert_allclose(fit.recurrent_, RECURRENT, atol=0.01)
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
