"""A stranger's own measurement, swept over own settings into a DataFrame."""

import pytest

import iblrnn_helpers as ibl


@pytest.mark.slow
def test_an_own_measurement_is_swept_into_a_table(run):
    own = run("own_sweep", [('steps": 40', 'steps": 3'), ("seed=[1, 2]", "seed=[2]")])
    table, settings, sweep = own["table"], own["settings"], own["sweep"]
    assert len(table) == 2 and table["correct"].between(0, 1).all()
    means = table.groupby("optimizer")["loss"].mean()
    assert means.index.tolist() == ["AdamW", "adam"] and means.notna().all()

    # A setting's numbers are those of the same call here; a finished sweep runs nothing again.
    row = table[(table["optimizer"] == "adam") & (table["seed"] == 2)].iloc[0]
    assert own["accuracy"](seed=2, optimizer="adam") == {k: row[k] for k in ("correct", "loss")}
    assert table["loss"].is_unique
    assert len(sweep.plan_sweep("own_sweep:accuracy", settings, "out").done) == 2


def test_own_recipes_are_settings_of_a_sweep_of_networks(tmp_path):
    sweep = ibl.publishing.sweep
    options = ['{"weight_decay": 0.1}', '{"weight_decay": 0.2}']
    own = sweep.grid(optimizer=["AdamW"], optimizer_options=options, max_gradient_norm=[0.5, 1.0])
    names = {one.name for one in sweep.plan_sweep("train", own, tmp_path / "out").settings}
    assert len(names) == 4
