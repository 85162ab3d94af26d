"""Tests see what is not there about as often as they say."""

import numpy as np
import pytest
from scipy.stats import kstest

from iblrnn_helpers.recordings import PREDICTIONS, calibration, judge
from iblrnn_helpers.recordings.calibration import (
    KINDS,
    TRUE,
    calibrate,
    false_positives,
    null_recordings,
    shipped_calibration,
)


@pytest.mark.parametrize("kind", KINDS)
def test_p_is_uniform_where_no_block_is_coded(kind):
    key = "block_before_stimulus"
    recordings = null_recordings(60, kind=kind, seed=4, n_units=20)
    p = [judge(one, only=key, n_pseudo=99, seed=k)[key].p for k, one in enumerate(recordings)]
    assert kstest(p, "uniform").pvalue > 0.01  # of one seed, which is fixed


@pytest.mark.parametrize("kind", KINDS)
def test_null_recordings_are_slow_and_know_no_block(kind):
    (recording,) = null_recordings(1, kind=kind, seed=5)
    assert 500 < recording.n_trials <= 700 and recording.n_units == 50
    before = recording.before_stimulus(0.2)
    before = before - before.mean(axis=0)
    near, far = (
        np.mean((before[:-lag] * before[lag:]).sum(axis=0) / (before**2).sum(axis=0))
        for lag in (1, 100)
    )
    assert near > far + 0.03  # slow, though most of the variance is Poisson's


def test_recordings_do_not_depend_on_how_many_are_drawn():
    alone = list(null_recordings(1, seed=6, n_units=5))
    first = next(null_recordings(3, seed=6, n_units=5))
    assert (alone[0].spike_time == first.spike_time).all()
    second = list(null_recordings(2, seed=6, n_units=5))[1]
    assert len(second.spike_time) != len(first.spike_time)
    with pytest.raises(ValueError, match="kind must be"):
        next(null_recordings(1, kind="fast"))
    with pytest.raises(ValueError, match="n must be"):
        next(null_recordings(0))


def test_a_table_has_a_row_for_each_recording_and_prediction(tmp_path, capsys):
    out = tmp_path / "null.csv"
    calibration.main(["--n", "1", "--out", str(out)])
    assert "block_before_stimulus" in capsys.readouterr().out
    rows = calibrate(1)
    assert list(rows["prediction"]) == list(PREDICTIONS) * len(KINDS)
    assert len(out.read_text().splitlines()) == 1 + len(rows)


def test_false_positives_are_counted():
    import pandas as pd

    rows = [("slow signals", k, "angle", 1.0, p, p <= 0.05) for k, p in enumerate([0.01, 0.5, 0.9])]
    rows += [("last trial", 0, "dimension", 2.0, 0.01, True)]
    columns = ["kind", "recording", "prediction", "value", "p", "seen"]
    (found,) = false_positives(pd.DataFrame(rows, columns=columns)).itertuples(index=False)
    assert found[:4] == ("angle", "slow signals", 3, pytest.approx(1 / 3))
    assert TRUE["last trial"] == ("dimension",)


def test_shipped_null_recordings_are_calibrated():
    shipped = shipped_calibration()
    found = false_positives(shipped)
    assert set(found["prediction"]) == set(PREDICTIONS)
    assert (found["n"] >= 200).all()
    assert (found["seen"] <= 0.07).all()


def test_shipped_rows_are_what_the_command_makes():
    shipped = shipped_calibration()
    for kind in KINDS:
        judged = judge(next(null_recordings(1, kind=kind)), seed=0)
        rows = shipped[(shipped["kind"] == kind) & (shipped["recording"] == 0)]
        for row in rows.itertuples():
            # Four digits are kept; a permutation may fall on the other side by rounding.
            assert judged[row.prediction].value == pytest.approx(row.value, rel=2e-3, nan_ok=True)
            assert judged[row.prediction].p == pytest.approx(row.p, abs=0.011, nan_ok=True)
