"""The target ``train``: numbers of a network, and a training that is stopped and goes on."""

import math
import signal
import time

import pytest
from toys import wait_for

from iblrnn_helpers.claims.claim import load_claims
from iblrnn_helpers.files import load_arrays
from iblrnn_helpers.sweep import worker
from iblrnn_helpers.sweep.measures import MEASURES, Subject, measure
from iblrnn_helpers.sweep.run import plan_sweep, run_sweep
from iblrnn_helpers.task import TaskParams
from iblrnn_helpers.training import reference_network

TINY = {"n_units": 2, "n_blocks": 1, "profile": "smoke"}


def test_numbers_are_claims_of_the_ledger():
    subject = Subject(reference_network().network, TaskParams(), "smoke", 1)
    numbers, remarks = measure(subject, ("claim1", "claim3"))
    ledger = {claim.id: claim for claim in load_claims()}
    assert not remarks
    assert {name for name in numbers if not name.startswith("behavior.")} <= set(ledger)
    # The shipped network is in the claim's band on 1,000 blocks; 100 blocks' standard error
    # is 0.006, which is a third of the band's half-width.
    assert ledger["claim1.rnn_correct"].accepts(numbers["claim1.rnn_correct"])
    assert set(MEASURES) >= {"claim1", "claim2", "claim3", "mechanism"}


def test_a_network_without_a_number_keeps_the_others(monkeypatch):
    def none(subject):
        raise ValueError("no trial ended")

    monkeypatch.setitem(MEASURES, "claim2", none)
    monkeypatch.setitem(MEASURES, "claim3", lambda subject: {"a": 1.0, "b": (2.0, None)})
    numbers, remarks = measure(None, ("claim2", "claim3"))
    assert numbers == {"a": 1.0, "b": 2.0} and remarks == ["claim2 has no numbers: no trial ended"]


def test_train_and_measure(tmp_path):
    settings = [{**TINY, "n_gradient_steps": 50, "measures": ["claim1"]}]
    plan = plan_sweep("train", settings, tmp_path / "out")
    table = run_sweep(plan, say=None)
    (row,) = table.to_dict("records")
    assert row["n_units"] == 2 and row["hazard"] == TaskParams().hazard
    assert math.isfinite(row["claim1.rnn_correct"]) and row["training.cpu_seconds"] > 0
    assert (tmp_path / "out" / "gallery" / "claims.png").stat().st_size > 1000


def test_a_stopped_training_has_its_checkpoint(tmp_path):
    plan = plan_sweep("train", [{**TINY, "measures": []}], tmp_path)
    plan.folder.claim_for(plan.target.name, plan.target.source)
    plan.folder.add(plan.settings)
    for patience in (1, 3, 9):  # a busy machine may not have begun to train so soon
        process = worker.start(plan.folder, plan.settings[0].name)
        wait_for(lambda: list(plan.folder.artifacts.glob("*.lock")))
        time.sleep(patience)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == worker.CUT_SHORT
        process.stdin.close()
        if checkpoints := list(plan.folder.artifacts.glob("*.partial")):
            break
    _, metadata = load_arrays(checkpoints[0])
    assert 0 < metadata["n_done"] < 100_001


def test_a_training_that_diverges_is_told(tmp_path):
    settings = [{**TINY, "learning_rate": 1e300, "n_gradient_steps": 50}]
    with pytest.raises(RuntimeError, match="failed: DivergedError: training diverged at gradient"):
        run_sweep(plan_sweep("train", settings, tmp_path), say=None)
