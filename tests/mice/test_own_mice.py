"""Folders of ALF to a comparison of models, in which the one that made the choices wins."""

import numpy as np
import pandas as pd
import pytest

import iblrnn_helpers as ibl

CONTRASTS, P_LEFT = (0.05, 0.2, 0.6), (0.1, 0.5, 0.9)


def last_easy(side, contrast, session):
    """A model of one's own: the side of the session's last easy stimulus, before each trial."""
    easy = pd.Series(np.where(contrast == 0.6, side, np.nan))
    return easy.groupby(session).transform(lambda one: one.shift().ffill()).fillna(0).to_numpy()


def test_alf_tables_to_a_comparison_of_models(tmp_path):
    pytest.importorskip("pyarrow")
    rng, trial = np.random.default_rng(0), np.arange(3200)
    p_left = np.tile(P_LEFT, 22)[trial // 50]
    side, contrast = np.where(rng.random(3200) < p_left, -1, 1), rng.choice(CONTRASTS, 3200)
    odds = 6 * side * contrast + 1.5 * last_easy(side, contrast, trial // 400)
    choice = np.where(rng.random(3200) < 1 / (1 + np.exp(-odds)), 1, -1)
    table = pd.DataFrame(
        {"choice": -choice, "probabilityLeft": p_left, "stimOn_times": 3.0 * trial}
    )
    table["response_times"] = table["stimOn_times"] + 0.5
    table["feedbackType"] = np.where(choice == side, 1, -1)
    table["contrastLeft"] = np.where(side < 0, contrast, np.nan)
    table["contrastRight"] = np.where(side > 0, contrast, np.nan)
    for day, session in table.groupby(trial // 400):
        folder = tmp_path / f"lab/Subjects/Ada/2024-05-0{day + 1}/001/alf"
        folder.mkdir(parents=True)
        session.to_parquet(folder / "_ibl_trials.table.pqt")

    mouse = ibl.read_mouse(tmp_path, contrasts=CONTRASTS, probabilities=P_LEFT)
    task = ibl.TaskParams(blocks=ibl.task.Blocks([0.9, 0.5, 0.1], lengths=[50, 50, 50]))
    own = {"actor": ibl.BayesianActor(task)}
    own["last easy"] = lambda m: last_easy(m.trials.side, m.trials.strength, m.trials.session)
    models = ibl.mice.candidates(mouse, own, params=task, seed=0)
    predictions = {mouse.agent: ibl.mice.predict_choices(mouse, models)}
    gain = ibl.mice.ranking(ibl.mice.gains(predictions))["gain"]

    # The oracle: what was written is what was read, and the model that made the choices wins.
    assert repr(mouse) == "Ada: 8 sessions, 3,200 trials; nothing is left out"
    np.testing.assert_array_equal(mouse.choice, choice)
    np.testing.assert_array_equal(mouse.trials.block_side, np.sign(0.5 - p_left))
    assert gain.index[0] == "last easy" and gain.iloc[0] > gain.iloc[1] + 10
    # The actor is told the side after every trial, so what it expects is exact.
    assert gain["actor"] == pytest.approx(gain["Bayes, exact"], abs=1e-3) and gain["actor"] > 0
