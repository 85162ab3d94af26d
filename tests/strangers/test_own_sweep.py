"""A stranger's own measurement, swept over own settings into a DataFrame."""

import sys

import iblrnn_helpers as ibl

MINE = """
import iblrnn_helpers as ibl

def accuracy(seed: int = 1, learning_rate: float = 0.01, optimizer: str = "adam") -> dict:
    recipe = ibl.TrainParams(
        n_units=4, n_blocks=1, n_gradient_steps=40, seed=seed,
        optimizer=optimizer, learning_rate=learning_rate,
    )
    trained = ibl.train(recipe, progress=False)
    trials = ibl.sample_trials(trained.task, n_sessions=5, n_blocks=2, seed=0)
    played = ibl.compare(ibl.RNNAgent(trained.network, "net"), trials, ceilings=False)
    return {"correct": played.loc["net", "correct"], "loss": trained.to_frame()["loss"].iloc[-1]}
"""


def test_an_own_measurement_is_swept_into_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "mine_to_sweep.py").write_text(MINE)
    sweep = ibl.publishing.sweep
    settings = sweep.grid(optimizer=["adam", "AdamW"], seed=[1, 2])
    plan = sweep.plan_sweep("mine_to_sweep:accuracy", settings, "out")
    table = sweep.run_sweep(plan, n_jobs=2, say=None)
    assert len(table) == 4 and table["correct"].between(0, 1).all()
    means = table.groupby("optimizer")["loss"].mean()
    assert means.index.tolist() == ["AdamW", "adam"] and means.notna().all()

    # A setting's numbers are those of the same call here; a finished sweep runs nothing again.
    sys.path.insert(0, str(tmp_path))
    import mine_to_sweep

    row = table[(table["optimizer"] == "AdamW") & (table["seed"] == 2)].iloc[0]
    assert mine_to_sweep.accuracy(seed=2, optimizer="AdamW") == {
        k: row[k] for k in ("correct", "loss")
    }
    assert len(sweep.plan_sweep("mine_to_sweep:accuracy", settings, "out").done) == 4


def test_own_recipes_are_settings_of_a_sweep_of_networks(tmp_path):
    sweep = ibl.publishing.sweep
    options = ['{"weight_decay": 0.1}', '{"weight_decay": 0.2}']
    own = sweep.grid(optimizer=["AdamW"], optimizer_options=options, max_gradient_norm=[0.5, 1.0])
    names = {one.name for one in sweep.plan_sweep("train", own, tmp_path / "out").settings}
    assert len(names) == 4
