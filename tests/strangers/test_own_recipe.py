"""A stranger's own recipe, logged as it trains."""

import numpy as np
import pytest

import iblrnn_helpers as ibl


def test_an_own_recipe_with_a_log_of_every_step(tmp_path):
    recipe = ibl.TrainParams(
        n_units=16,
        cell="gru",
        optimizer="AdamW",
        learning_rate=0.01,
        optimizer_options={"weight_decay": 0.01},
        schedule="CosineAnnealingLR",
        schedule_options={"T_max": 20},
        max_gradient_norm=1.0,
        sessions_per_step=4,
        n_blocks=1,
        n_gradient_steps=20,
    )
    log = []
    trained = ibl.train(recipe, callback=log.append, progress=False)
    table = trained.to_frame()
    assert [step.number for step in log] == table["gradient_step"].tolist() == list(range(1, 21))
    assert np.array_equal(np.float32([step.loss for step in log]), table["loss"])
    assert table["loss"].iloc[-5:].mean() < table["loss"].iloc[:5].mean()


def test_tensorboard_holds_the_history(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:

        def log(step):
            writer.add_scalar("loss", step.loss, step.number)
            writer.add_histogram("recurrent", step.weights["core.weight_hh_l0"], step.number)

        recipe = ibl.TrainParams(n_units=5, n_blocks=1, n_gradient_steps=12)
        trained = ibl.train(recipe, callback=log, progress=False)
    read = EventAccumulator(str(tmp_path)).Reload()
    table = trained.to_frame()
    assert [one.step for one in read.Scalars("loss")] == table["gradient_step"].tolist()
    np.testing.assert_array_equal([one.value for one in read.Scalars("loss")], table["loss"])
    recurrent = trained.weights["core.weight_hh_l0"]
    last = read.Histograms("recurrent")[-1].histogram_value
    assert (last.min, last.max, last.num) == (recurrent.min(), recurrent.max(), 25)
