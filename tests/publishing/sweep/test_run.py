"""Every setting once, whatever is killed, fails or fills up meanwhile."""

import csv
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from toys import computed, is_alive, started, wait_for, write_toy

from iblrnn_helpers.cli import main
from iblrnn_helpers.publishing.sweep import worker
from iblrnn_helpers.publishing.sweep.gallery import OWN_COLUMNS
from iblrnn_helpers.publishing.sweep.run import plan_sweep, run_sweep
from iblrnn_helpers.publishing.sweep.settings import SweepFolder, grid, setting_of


@pytest.fixture
def place(tmp_path, monkeypatch):
    write_toy(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "toy", raising=False)
    return tmp_path


@pytest.fixture
def sweep(capsys):
    """``iblrnn sweep toy:square --out out ...``, its exit status and what it said."""

    def run(*arguments, target="toy:square"):
        status = main(["sweep", target, "--out", "out", *map(str, arguments)])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=status, stdout=said.out, stderr=said.err)

    return run


def rows(place):
    with open(place / "out" / "table.csv", newline="") as file:
        return list(csv.DictReader(file))


def workers(place):
    """Processes that compute now, by setting."""
    folder = SweepFolder(place / "out")
    states = {name: folder.status(name) for name in folder.names()}
    return {n: s["process"] for n, s in states.items() if s.get("state") == "running"}


@pytest.mark.slow
def test_results_table_and_gallery(place, sweep):
    done = sweep("-p", "x", "1,2,3", "-p", "seed", "0:2")
    assert done.returncode == 0, done.stderr
    assert "6 settings, 0 finished before" in done.stdout and "[6/6]" in done.stdout
    table = rows(place)
    found = {(float(r["x"]), int(r["seed"])): float(r["square"]) for r in table}
    assert found == {(x, s): x * x for x in (1.0, 2.0, 3.0) for s in (0, 1)}
    assert all(r["none"] == "" and float(r["cpu_seconds"]) > 0 for r in table)
    assert all(10 < float(r["peak_memory_mb"]) < 500 for r in table)
    page = (place / "out" / "gallery" / "index.html").read_text()
    assert page.count("<tr>") >= 6 and "http" not in page.replace('xmlns="http', "")

    again = sweep("-p", "x", "1,2,3,4", "--dry-run")
    assert "4 settings, 3 finished before, 0 failed before, 1 to run" in again.stdout
    assert len(computed(place)) == 6
    again = sweep("-p", "x", "1,2,3,4")
    assert again.returncode == 0 and len(computed(place)) == 7 and len(rows(place)) == 7
    other = sweep("-p", "seed", "1", target="train")
    assert other.returncode == 2 and "out holds a sweep of toy:square" in other.stderr


def test_a_plan_that_is_run_again_computes_nothing_again(place):
    plan = plan_sweep("toy:square", grid(x=[1.0, 2.0]), "out")
    first = run_sweep(plan, say=None)
    assert len(computed(place)) == 2
    pd.testing.assert_frame_equal(run_sweep(plan, say=None), first)
    assert len(computed(place)) == 2


def test_parquet_is_the_same_table(place):
    pytest.importorskip("pyarrow")
    table = run_sweep(plan_sweep("toy:square", grid(x=[1.0, 2.0]), "out"), say=None)
    kept = pd.read_parquet("out/table.parquet").set_index("name").loc[table["name"]].reset_index()
    pd.testing.assert_frame_equal(kept, table, check_dtype=False)


NAMESAKES = """
def doubled(n_units: int = 10) -> dict:
    return {"n_units": n_units - 3, "host": 1.0, "result.host": 2.0, "large": 2**70 + n_units}

def taken(PARAMETER: str = "a") -> dict:
    open("ran", "w")
    return {}
"""


def test_results_called_like_other_columns_stand_apart(place, sweep):
    (place / "namesakes.py").write_text(NAMESAKES)
    done = sweep("-p", "n_units", "10,50", target="namesakes:doubled")
    assert done.returncode == 0, done.stderr
    for row in rows(place):
        assert int(row["result.n_units"]) == int(row["n_units"]) - 3
        assert row["host"] == platform.node()
        assert (row["result.host"], row["result.result.host"]) == ("1.0", "2.0")
        assert int(row["large"]) == 2**70 + int(row["n_units"])
    assert {row["n_units"] for row in rows(place)} == {"10", "50"}
    pd.testing.assert_series_equal(
        pd.read_parquet(place / "out" / "table.parquet")["n_units"].sort_values(),
        pd.Series([10, 50], name="n_units"),
        check_index=False,
    )


@pytest.mark.parametrize("name", OWN_COLUMNS)
def test_a_parameter_called_like_a_column_is_refused_before_anything_runs(
    place, sweep, monkeypatch, name
):
    monkeypatch.delitem(sys.modules, "namesakes", raising=False)
    (place / "namesakes.py").write_text(NAMESAKES.replace("PARAMETER", name))
    done = sweep("-p", name, "a,b", target="namesakes:taken")
    assert done.returncode == 2 and f"parameter {name} must have another name" in done.stderr
    assert not (place / "ran").exists() and not (place / "out").exists()


def test_a_worker_may_print_what_the_terminal_lacks(place, sweep, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (place / "greek.py").write_text("def f(x: float = 0.0):\n    print('λ')\n    return {'y': x}\n")
    done = sweep(target="greek:f")
    assert done.returncode == 0, done.stderr


def test_a_file_is_no_folder_for_a_sweep(place, sweep):
    (place / "out").write_text("mine")
    done = sweep("--dry-run")
    assert done.returncode == 2 and "--out out is not a folder" in done.stderr
    assert (place / "out").read_text() == "mine"


@pytest.mark.parametrize(
    "mine", ["table.csv", "sweep.json", "gallery", "gallery/photo.txt", "notebooks/01_a.ipynb"]
)
def test_a_folder_of_something_else_is_left_as_it_is(place, sweep, mine):
    path = place / "out" / mine
    path.parent.mkdir(parents=True)
    path.write_text('{"target": "toy:square"}')
    before = {one: one.is_dir() or one.read_bytes() for one in (place / "out").rglob("*")}
    done = sweep("-p", "x", "3")
    first = mine.partition("/")[0]
    assert done.returncode == 2 and f"--out out has {first}, though it holds no" in done.stderr
    assert {one: one.is_dir() or one.read_bytes() for one in (place / "out").rglob("*")} == before
    assert not computed(place)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("table.csv", "out/table.csv is no regular file"),
        ("logs", "out/logs is not a folder"),
        ("locks", "out/locks is not a folder"),
        ("results", "out/results is not a folder"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_runs(place, sweep, name, says):
    assert sweep("-p", "x", "1").returncode == 0
    path = place / "out" / name
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("")
    else:
        path.unlink()
        path.mkdir()
    done = sweep("-p", "x", "2")
    assert done.returncode == 2 and says in done.stderr and computed(place) == ["1.0 0"]


ENDS = """
import os

def gone(x: float = 0.0) -> dict:
    os._exit(0)

def looks(x: float = 0.0) -> dict:
    return {"y": float(open("nosuch.txt").read())}
"""


def test_how_a_function_ended_is_told(place, sweep, monkeypatch):
    monkeypatch.delitem(sys.modules, "ends", raising=False)
    (place / "ends.py").write_text(ENDS)
    done = sweep(target="ends:gone")
    assert done.returncode == 1 and "its process ended without a result" in done.stderr
    shutil.rmtree(place / "out")
    done = sweep(target="ends:looks")
    assert done.returncode == 1 and "failed: FileNotFoundError: [Errno 2] No such" in done.stderr
    assert "--retry-failed" in done.stderr and "cut short" not in done.stderr


@pytest.mark.parametrize(
    ("target", "arguments", "says"),
    [
        ("toy:square", ["--time", "0"], "--time must be at least 1, got 0"),
        ("toy:square", ["--memory", "nan"], "--memory must be a finite number, got nan"),
        ("toy:", [], "'toy:' is no function: give module:function"),
        ("train", ["-p", "n_units", "99999999"], "n_units=99999999: n_units 99,999,999 would need"),
        ("train", ["-p", "n_gradient_steps", str(10**14)], "a history of 100,000,000,000,000"),
    ],
)
def test_options_are_named(place, sweep, target, arguments, says):
    done = sweep(*arguments, "--dry-run", target=target)
    assert done.returncode == 2 and says in done.stderr


def test_words_that_begin_as_options_do_are_values(place, sweep):
    done = sweep("-p", "problem", "-a,b", "--dry-run")
    assert done.returncode == 0 and "problem=-a" in done.stdout and "problem=b" in done.stdout


def test_a_failure_is_told_with_its_log_and_run_again_on_request(place, sweep):
    arguments = ("-p", "x", "1,2", "-p", "problem", "once,")
    done = sweep(*arguments)
    assert done.returncode == 2 and "a value is missing" in done.stderr
    (place / "s.yaml").write_text("- {x: 1}\n- {x: 2, problem: once}\n- {x: 3, problem: machine}\n")
    done = sweep("--list", "s.yaml")
    assert done.returncode == 1 and "Traceback" not in done.stderr.replace("| Traceback", "")
    assert "2 of 3 settings have no result" in done.stderr
    assert "failed: x is a bad number" in done.stderr
    assert "cut short: OSError: [Errno 28] No space left on device" in done.stderr
    assert done.stderr.count("log: out/logs/") == 2 and "| RuntimeError: x is" in done.stderr
    assert [float(r["x"]) for r in rows(place)] == [1.0]

    (place / "repaired").touch()
    done = sweep("--list", "s.yaml")  # what the machine cut short runs again by itself
    assert done.returncode == 1 and "1 finished before, 1 failed before, 1 to run" in done.stdout
    assert len(rows(place)) == 2 and "failed: x is a bad number" in done.stderr
    done = sweep("--list", "s.yaml", "--retry-failed")
    assert done.returncode == 0 and len(rows(place)) == 3
    assert sorted(computed(place)) == ["1.0 0", "2.0 0", "2.0 0", "3.0 0", "3.0 0"]


@pytest.mark.slow
def test_a_killed_worker_and_a_killed_driver(place, sweep):
    # The slow ones come last and together, so that three run at once on a busy machine, too.
    arguments = ("-p", "seconds", "0,3", "-p", "x", "1,2,3", "--n-jobs", "3")
    driver = started(place, *arguments)
    running = wait_for(lambda: len(workers(place)) == 3 and workers(place))
    os.kill(next(iter(running.values())), signal.SIGKILL)
    said, _ = driver.communicate(timeout=120)
    assert driver.returncode == 1 and "1 of 6 settings have no result" in said
    assert "cut short: its process was killed (SIGKILL)" in said
    assert len(rows(place)) == 5

    more = (*arguments[:5], "1,2,3,4,5", *arguments[6:])
    driver = started(place, *more)
    running = wait_for(lambda: len(workers(place)) >= 2 and workers(place))
    driver.kill()
    driver.communicate()
    wait_for(lambda: not any(is_alive(pid) for pid in running.values()))
    before = {p.name: p.read_bytes() for p in (place / "out" / "results").glob("*.json")}
    done = sweep(*more)
    assert done.returncode == 0 and len(rows(place)) == 10
    for name, content in before.items():
        assert (place / "out" / "results" / name).read_bytes() == content


@pytest.mark.slow
def test_two_sweeps_over_one_folder(place):
    arguments = ("-p", "x", "1,2,3,4", "-p", "seconds", "0.5", "--n-jobs", "2")
    both = [started(place, *arguments) for _ in range(2)]
    for driver in both:
        said, _ = driver.communicate(timeout=120)
        assert driver.returncode == 0, said
    assert sorted(computed(place)) == ["1.0 0", "2.0 0", "3.0 0", "4.0 0"]
    assert len(rows(place)) == 4


def in_process():
    """A folder with one setting, for a worker in this process."""
    plan = plan_sweep("toy:square", [{"x": 3.0}], "out")
    plan.folder.claim_for(plan.target.name, plan.target.source)
    plan.folder.add(plan.settings)
    return plan, plan.settings[0].name


def test_a_sweep_that_another_process_has_just_begun(place, monkeypatch):
    plan, _ = in_process()
    read, asked = type(plan.folder)._read, []

    def a_moment_before(folder, name):
        asked.append(name)
        return read(folder, name) if len(asked) > 1 else {}

    monkeypatch.setattr(type(plan.folder), "_read", a_moment_before)
    plan.folder.check_for(plan.target.name)
    assert asked == ["sweep", "sweep"]


def test_a_full_disk_leaves_nothing_half_written(place, monkeypatch):
    plan, name = in_process()
    replace = os.replace

    def full(source, target):
        if "results" in str(target):
            raise OSError(28, "No space left on device")
        return replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert worker.work(plan.folder, name) == worker.CUT_SHORT
    assert plan.folder.result(name) is None and plan.folder.status(name)["state"] == "cut short"
    assert not list((place / "out" / "results").iterdir())
    assert worker.work(plan.folder, name) == worker.DONE
    assert plan.folder.result(name)["numbers"] == {"square": 9.0, "none": None}
    assert worker.work(plan.folder, name) == worker.DONE and len(computed(place)) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_is_really_full(place, sweep):
    disk = place / "out"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        assert sweep("-p", "x", "1").returncode == 0
        free = shutil.disk_usage(disk).free
        (disk / "filler").write_bytes(bytes(free))
        done = sweep("-p", "x", "1,2,3")
        assert done.returncode == 1 and "No space left" in done.stderr
        assert "Traceback" not in done.stderr.replace("| Traceback", "")
        (disk / "filler").unlink()
        done = sweep("-p", "x", "1,2,3")
        assert done.returncode == 0, done.stderr
        assert sorted(float(r["square"]) for r in rows(place)) == [1.0, 4.0, 9.0]
        assert not list(disk.rglob("*.tmp")) and computed(place).count("1.0 0") == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_a_stop_that_is_swallowed_comes_again(place):
    swallowing = "    try:\n        time.sleep(60)\n    except BaseException:\n        pass\n"
    sooner = "import sys, time\nsys.modules['__main__']._SECONDS_TO_SAVE = 1\n"  # the worker's
    lines = f"{sooner}def wait(x: float = 1.0) -> dict:\n    open('begun', 'w').close()\n"
    (place / "deaf.py").write_text(
        f"{lines}{swallowing}    time.sleep(60)\n    return {{'x': x}}\n"
    )
    plan = plan_sweep("deaf:wait", [{"x": 1.0}], "out")
    plan.folder.claim_for(plan.target.name, plan.target.source)
    plan.folder.add(plan.settings)
    process = worker.start(plan.folder, plan.settings[0].name)
    wait_for((place / "begun").exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(50) == worker.CUT_SHORT
    process.stdin.close()


def test_a_stop_that_becomes_another_error_is_no_failure_of_the_setting(place, monkeypatch):
    plan, name = in_process()

    def stopped(*arguments):  # as Numba's compiler does
        worker._stopped_by.append(15)
        raise RuntimeError("no compiled object yet")

    with monkeypatch.context() as patch:
        patch.setattr(worker, "_stopped_by", [])
        patch.setattr(worker, "_computed", stopped)
        assert worker.work(plan.folder, name) == worker.CUT_SHORT
    assert plan.folder.status(name)["state"] == "running" and plan.folder.result(name) is None
    assert worker.work(plan.folder, name) == worker.DONE


def test_damaged_and_outdated_results_are_made_again(place):
    plan, name = in_process()
    assert worker.work(plan.folder, name) == worker.DONE
    path = place / "out" / "results" / f"{name}.json"
    whole = path.read_text()
    assert plan.folder.result(name, "other code") is None
    for damaged in (whole[:-20], whole.replace("9.0", "8.0"), ""):
        path.write_text(damaged)
        assert plan.folder.result(name) is None
        assert worker.work(plan.folder, name) == worker.DONE
    assert json.loads(path.read_text())["result"]["numbers"]["square"] == 9.0


def test_a_setting_that_somebody_computes_is_left_alone(tmp_path):
    folder = SweepFolder(tmp_path)
    name = setting_of({"seed": 1}, {"seed": 0}).name
    with folder.lock(name) as ours:
        assert ours and folder.is_busy(name) and worker.work(folder, name) == worker.BUSY
    assert not folder.is_busy(name)


NOTEBOOK = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% tags=["parameters"]
n: int = 3  # how many

# %% mystnb={"figure": {"caption": "A dot.", "name": "fig-dot"}, "image": {"alt": "One red dot"}}
import base64
from IPython.display import Image, display
from iblrnn_helpers.publishing.ledger.results import record
dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGA"
dot += "hKmMIQAAAABJRU5ErkJggg=="
display(Image(base64.b64decode(dot)))
record("task.concordant", 0.1 * n, profile="smoke")
memory = bytearray(60_000_000)
assert n < 5, "n is too large"
"""


@pytest.mark.slow
def test_a_notebook(tmp_path):
    path = tmp_path / "01_dot.py"
    path.write_text(NOTEBOOK)
    plan = plan_sweep(str(path), grid(n=[2, 5]), tmp_path / "out")
    with pytest.raises(RuntimeError, match=r"n=5: failed: code cell .* n is too large"):
        run_sweep(plan, say=None, n_jobs=2)
    with open(tmp_path / "out" / "table.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["n"] == "2" and float(row["task.concordant"]) == pytest.approx(0.2)
    assert float(row["peak_memory_mb"]) > 60  # of the kernel, too
    page = (tmp_path / "out" / "gallery" / "index.html").read_text()
    assert 'alt="One red dot"' in page and "n=5" in page and "n is too large" in page
    images = {path.name for path in (tmp_path / "out" / "gallery").glob("*.png")}
    assert len(images) == 2 and all(name in page for name in images)
