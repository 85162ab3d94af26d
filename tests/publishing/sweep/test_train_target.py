"""The target ``train``: numbers of a network, and a training that is stopped and goes on."""

import math
import os
import signal
import subprocess
import time
from contextlib import nullcontext

import numpy as np
import pytest
from toys import is_alive, started, wait_for

from iblrnn_helpers.core.files import load_arrays
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.publishing.sweep import worker
from iblrnn_helpers.publishing.sweep.gallery import over_seeds, table_of
from iblrnn_helpers.publishing.sweep.run import SweepFailedError, plan_sweep, run_sweep
from iblrnn_helpers.publishing.sweep.settings import SweepFolder
from iblrnn_helpers.robustness.measures import MEASURES, Subject, effort_of, measure
from iblrnn_helpers.task.generative_model import TaskParams
from iblrnn_helpers.training.store import reference_network

TINY = {"n_units": 2, "n_blocks": 1, "profile": "smoke"}


def test_numbers_are_claims_of_the_ledger():
    subject = Subject(reference_network().network, TaskParams(), 1, effort_of("smoke"))
    numbers, remarks = measure(subject, ("claim1",))
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


@pytest.mark.slow
def test_a_setting_at_smoke_fits_beside_others(tmp_path):
    """With a network of the paper and all measures: as contributors are promised."""
    plan = plan_sweep("train", [{"seed": 1, "shipped": True, "profile": "smoke"}], tmp_path / "out")
    (row,) = run_sweep(plan, say=None).to_dict("records")
    assert math.isfinite(row["mechanism.small_along_stimulus"])
    assert row["peak_memory_mb"] < 600


@pytest.mark.slow
def test_one_network_is_measured_and_one_diverges(tmp_path):
    plan = plan_sweep(
        "train",
        [
            {**TINY, "n_gradient_steps": 50, "measures": ["claim1"], **unlike}
            for unlike in ({}, {"noise_sd": 1e30, "learning_rate": 1e30})
        ],
        tmp_path / "out",
    )
    with pytest.raises(SweepFailedError, match="failed: DivergedError: training diverged") as told:
        run_sweep(plan, say=None)
    assert "1 of 2 settings" in str(told.value) and "learning_rate=1e+30" in str(told.value)
    (row,) = table_of(plan.folder, code=plan.code).to_dict("records")
    assert row["n_units"] == 2 and row["hazard"] == TaskParams().hazard
    assert math.isfinite(row["claim1.rnn_correct"]) and row["training.cpu_seconds"] > 0
    assert (tmp_path / "out" / "gallery" / "claims.png").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.parametrize(("sign", "forks"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_a_stopped_training_has_its_checkpoint(tmp_path, monkeypatch, sign, forks):
    """Also where it should be a fork and none can be had, and so is a process of its own."""
    monkeypatch.delenv("IBLRNN_ARTIFACTS")  # in the sweep's own folder, to be seen
    n_steps = 1_000_000  # more than it gets done
    plan = plan_sweep("train", [{**TINY, "n_gradient_steps": n_steps, "measures": []}], tmp_path)
    plan.folder.claim_for(plan.target.name, plan.target.source)
    plan.folder.add(plan.settings)
    for patience in (1, 3, 9, 27):  # a busy machine compiles for so long before it begins
        for left in plan.folder.artifacts.glob("*.lock"):  # of the patience before
            left.unlink()
        given = worker.forks_for(1) if forks else nullcontext()
        if forks:
            given._process.kill()
        with given as server:
            options = {"server": server, "preexec_fn": in_the_background}
            process = worker.start(plan.folder, plan.settings[0].name, **options)
            assert isinstance(process, subprocess.Popen)
        wait_for(lambda: list(plan.folder.artifacts.glob("*.lock")))
        time.sleep(patience)
        process.send_signal(sign)
        assert process.wait(120) == worker.CUT_SHORT
        process.stdin.close()
        checkpoints = plan.folder.artifacts.glob("*.partial")
        n_done = max((load_arrays(path)[1]["n_done"] for path in checkpoints), default=0)
        if n_done:
            break
    assert 0 < n_done < n_steps


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_many_trainings_end_with_their_driver_and_a_killed_one_is_told(tmp_path, monkeypatch, how):
    """Where workers are forks, as on Linux, and where they are not."""
    monkeypatch.delenv("IBLRNN_ARTIFACTS")
    n_steps = 1_000_000  # more than it gets done
    recipe = ("-p", "n_units", 2, "-p", "n_blocks", 1, "-p", "n_gradient_steps", n_steps)
    driver = started(tmp_path, *recipe, "-p", "seed", "0:3", "--n-jobs", 2, target="train")
    folder = SweepFolder(tmp_path / "out")

    def training():
        if len(list(folder.artifacts.glob("*.lock"))) < 2:
            return None
        states = [folder.status(name) for name in folder.names()]
        found = {state["process"] for state in states if state.get("state") == "running"}
        return {pid for pid in found if is_alive(pid)} if len(found) >= 2 else None

    first = wait_for(training)
    killed = min(first)
    os.kill(killed, signal.SIGKILL)
    second = wait_for(lambda: (pids := training()) and len(pids - {killed}) == 2 and pids)
    driver.send_signal(how)
    said, _ = driver.communicate(timeout=60)
    assert "seed=" in said and "cut short: its process was killed (SIGKILL)" in said
    wait_for(lambda: not any(is_alive(pid) for pid in first | second))
    assert how == signal.SIGKILL or driver.returncode in (130, -signal.SIGINT)


def in_the_background():
    """As a shell starts what ends with ``&``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_means_over_seeds():
    import pandas as pd

    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 40))
    table = pd.DataFrame(
        {"n_units": np.repeat([10, 50], 40), "seed": np.tile(np.arange(40), 2), "a": values.ravel()}
    )
    table.loc[0, "a"] = np.nan  # a network without the number
    found = over_seeds(table, ["a"], by=["n_units"]).set_index("n_units")
    assert found["n"].tolist() == [39, 40]
    assert found.loc[10, "mean"] == pytest.approx(values[0, 1:].mean())
    assert found.loc[50, ["smallest", "largest"]].tolist() == [values[1].min(), values[1].max()]
    assert over_seeds(table, ["a"]).loc[0, "n"] == 79
    alone = over_seeds(table[:2], ["a"]).loc[0]
    assert (alone["n"], alone["smallest"], alone["largest"]) == (1, values[0, 1], values[0, 1])
    # A parameter called like one of its columns stands apart from it.
    found = over_seeds(table.rename(columns={"n_units": "n"}), ["a"], by=["n"])
    assert found[["n (parameter)", "n"]].to_numpy().tolist() == [[10, 39], [50, 40]]
