"""A recorded system, distilled to two units and cross-validated by session."""

import numpy as np
import sklearn
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

import iblrnn_helpers as ibl


def recorded(rng, n_sessions=12, n_steps=150):  # put yours here
    inputs = 0.4 * rng.standard_normal((n_sessions, n_steps, 1))
    states, before = np.zeros((n_sessions, n_steps, 2)), np.zeros((n_sessions, 2))
    for t in range(n_steps):
        noise = 0.02 * rng.standard_normal((n_sessions, 2))
        drive = before @ [[0.6, 0.2], [0.3, 0.8]] + inputs[:, t] * [0.5, 0.1]
        before = states[:, t] = np.tanh(drive + noise)
    session = np.repeat(range(n_sessions), n_steps)  # of each row
    return inputs.reshape(-1, 1), states.reshape(-1, 2), session


X, y, session = recorded(np.random.default_rng(0))
with sklearn.config_context(enable_metadata_routing=True):  # hands groups on
    by_session, of_rows = GroupKFold(4), {"groups": session}
    scores = cross_validate(ibl.RADD(), X, y, params=of_rows, cv=by_session)
    grid = {"activation": ["tanh", "identity"], "scale": [1.0, "auto"]}
    search = GridSearchCV(ibl.RADD(), grid, cv=by_session).fit(X, y, **of_rows)
print("R² by fold:", scores["test_score"])
print(search.best_params_, search.best_estimator_.recurrent_, sep="\n")
