"""A stranger's own recipe, logged as it trains, in a file that TensorBoard reads."""

import numpy as np
import pytest


@pytest.mark.slow
def test_an_own_recipe_with_a_log_of_every_step(run, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    own = run("own_recipe")
    trained, table = own["trained"], own["trained"].to_frame()
    assert table["gradient_step"].tolist() == list(range(1, 21))
    assert table["loss"].iloc[-5:].mean() < table["loss"].iloc[:5].mean()

    read = EventAccumulator(str(tmp_path / "runs")).Reload()
    for name in ("loss", "correct"):
        assert [one.step for one in read.Scalars(name)] == table["gradient_step"].tolist()
        np.testing.assert_array_equal([one.value for one in read.Scalars(name)], table[name])
    recurrent = trained.weights["core.weight_hh_l0"]
    last = read.Histograms("recurrent")[-1].histogram_value
    assert last.num == 3 * 16 * 16  # three gates of the GRU
    assert (last.min, last.max) == (recurrent.min(), recurrent.max())
