"""Running notebooks: order, parameters, what is up to date, failures, and being killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import nbformat
import pytest
from small_repository import command, iblrnn, write_notebook
from toys import is_alive, wait_for

from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.publishing.running import pipeline, planning
from iblrnn_helpers.publishing.running.execution import share_of_cores
from iblrnn_helpers.publishing.running.pipeline import FEW
from iblrnn_helpers.publishing.running.planning import Places, find_places, plan


def outputs(places, name):
    """What the cells of an executed notebook printed."""
    node = nbformat.read(places.executed / f"{name}.ipynb", as_version=4)
    printed = [out.text for cell in node.cells for out in cell.get("outputs", []) if "text" in out]
    return "".join(printed)


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path, tmp_path / "build")


def test_what_others_need_begins_first_and_then_what_may_take_long(places, monkeypatch):
    write_notebook(places.root, "01_short", "1")
    write_notebook(places.root, "02_long", "1", timeout=90)
    write_notebook(places.root, "03_needs", "1", depends=["05_needed"], timeout=99)
    write_notebook(places.root, "04_short", "1")
    write_notebook(places.root, "05_needed", "1", timeout=9)
    begun = []

    def execute(places, task, *more):
        begun.append(task.name[:2])
        return pipeline.Outcome(task.name, "done")

    monkeypatch.setattr(pipeline, "_execute", execute)
    monkeypatch.setattr(pipeline, "POSSIBLE", False)
    tasks = plan(places)
    outcomes = pipeline.run(places, tasks, jobs=1)
    assert begun == ["05", "03", "02", "01", "04"]
    assert [one.name for one in outcomes] == [task.name for task in tasks]


@pytest.mark.slow
def test_runs_in_order_redoes_only_what_changed_and_repeats_to_the_byte(places, iblrnn_here):
    log = places.root / "log.txt"
    cell = f"print(n, profile)\nwith open({str(log)!r}, 'a') as f: f.write('NAME ')"
    # Named against the order of the alphabet, which must not matter.
    write_notebook(places.root, "01_last", cell.replace("NAME", "01"), depends=["02_first"])
    write_notebook(
        places.root,
        "02_first",
        cell.replace("NAME", "02"),
        "import os, warnings\nprint(os.getcwd(), os.environ['OMP_NUM_THREADS'])\n"
        "warnings.warn('w'); print(object())\n"
        "open(os.environ['IBLRNN_RESULTS'] + '/found.json', 'w').write('{}')",
    )
    write_notebook(places.root, "03_other", cell.replace("NAME", "03"))

    def ran(*arguments, by=iblrnn_here):
        log.write_text("")
        done = by(places.root, "run", *arguments)
        assert done.returncode == 0, done.stderr
        return log.read_text().split()

    first = ran(by=iblrnn)  # in processes of their own
    assert sorted(first) == ["01", "02", "03"] and first.index("02") < first.index("01")
    assert outputs(places, "01_last") == "3 page\n"
    before = {path: path.read_bytes() for path in sorted(places.executed.iterdir())}
    assert b"papermill" not in before[places.executed / "02_first.ipynb"]
    for hidden in (str(places.root), "/tmp", "ipykernel_", "0x7"):
        assert hidden not in outputs(places, "02_first")
    assert (places.results / "found.json").read_text() == "{}"

    assert ran() == []
    assert sorted(ran("--force")) == ["01", "02", "03"]
    assert before == {path: path.read_bytes() for path in sorted(places.executed.iterdir())}

    # A changed source redoes its notebook; so does a lost result.
    write_notebook(places.root, "03_other", cell.replace("NAME", "03"), "1 + 1")
    (places.results / "found.json").unlink()
    assert ran("--why") == [] and iblrnn_here(places.root, "run", "--why").stdout.splitlines() == [
        "02_first: results or data were missing",
        "01_last: up to date",
        "03_other: changed: its text",
    ]
    assert sorted(ran()) == ["02", "03"]
    assert ran("--profile", "smoke", "notebooks/01_last.ipynb", "-p", "n", "5") == ["02", "01"]
    assert outputs(places, "01_last") == "5 smoke\n"


@pytest.mark.slow
def test_notebooks_share_the_cores_and_show_figures_whatever_the_caller_draws_with(places):
    """A notebook that trains in several processes must not have all cores beside another."""
    write_notebook(places.root, "01_a", "import joblib\nprint(joblib.cpu_count())")
    write_notebook(
        places.root, "02_b", "from matplotlib import pyplot as plt\nplt.plot([0, 1]); plt.show()"
    )
    done = iblrnn(places.root, "run", env={**os.environ, "MPLBACKEND": "agg"})
    assert done.returncode == 0, done.stderr
    assert outputs(places, "01_a") == f"{max(1, joblib.cpu_count() // 2)}\n"
    node = nbformat.read(places.executed / "02_b.ipynb", as_version=4)
    shown = [out for cell in node.cells for out in cell.get("outputs", []) if "data" in out]
    assert any("image/png" in out.data for out in shown)


@pytest.mark.parametrize(
    ("names", "jobs", "n_alike"), [((), 2, 2), (("01_a",), 2, 1), ((), 1, 1), ((), 3, 2)]
)
@pytest.mark.parametrize("few", [0, FEW])
def test_cores_are_shared_by_as_many_as_run_at_once(places, monkeypatch, names, jobs, n_alike, few):
    class ToldError(Exception):
        pass

    def tell(*arguments, **keywords):
        raise ToldError(arguments[-1])  # an execution's fifth, and all that forks are told

    for name in ("01_a", "02_b"):
        write_notebook(places.root, name, "1")
    monkeypatch.setattr(pipeline, "POSSIBLE", True)
    monkeypatch.setattr(pipeline, "FEW", few)
    monkeypatch.setattr(pipeline, "Execution", tell)
    monkeypatch.setattr(pipeline, "forks_for", tell)
    with pytest.raises(ToldError, match=f"^{n_alike}$"):
        pipeline.run(places, plan(places, names), jobs=jobs)
    assert share_of_cores(1) == {"LOKY_MAX_CPU_COUNT": str(joblib.cpu_count())}


def test_plan_puts_parameters_where_they_belong(places):
    write_notebook(places.root, "01_a", "1", parameters="n: int = 3\nloss: str = 'x'")
    write_notebook(places.root, "02_b", "1", depends=["01_a"], parameters="n: int = 0")
    tasks = plan(places, profile="smoke", overrides=[("n", "4"), ("loss", "y")])
    assert [task.name for task in tasks] == ["01_a", "02_b"]
    assert tasks[0].values == {"profile": "smoke", "n": 4, "loss": "y"}
    assert tasks[1].values == {"profile": "smoke", "n": 4}
    # Only the named notebook; what it depends on keeps its own defaults.
    tasks = plan(places, ["02_b"], overrides=[("n", "4")])
    assert [task.values for task in tasks] == [{}, {"n": 4}]


def test_stamps_change_with_all_that_determines_a_notebook(places):
    write_notebook(places.root, "01_a", "1")
    write_notebook(places.root, "02_b", "1", depends=["01_a"])

    def stamps(*names, **keywords):
        return [task.stamp for task in plan(places, names, **keywords)]

    original = stamps()
    assert stamps() == original
    assert all(a != b for a, b in zip(stamps(profile="smoke"), original, strict=True))
    assert stamps("02_b", overrides=[("n", "4")])[0] == original[0]
    assert stamps("02_b", overrides=[("n", "4")])[1] != original[1]
    write_notebook(places.root, "01_a", "2")
    assert all(a != b for a, b in zip(stamps(), original, strict=True))


SEVERAL = "n_blocks: int = 0\nseed: int = 1\nprice: float = 0.1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["01_tsk"], "unknown notebook, '01_tsk': did you mean 01_task?"),
        (["--profile", "pages"], "profile must be one of"),
        (["-p", "n_block", "3"], "unknown parameter, 'n_block': did you mean n_blocks?"),
        (["-p", "n_blocks", "many"], "parameter n_blocks takes int, got 'many'"),
        (["02_train", "-p", "n_blocks", "3"], "unknown parameter, 'n_blocks'"),
        (["-p", "profile", "smoke"], "--profile"),
        (["--jobs", "0"], "--jobs must be at least 1"),
        (["-p", "n_blocks", "-3"], "n_blocks must be at least 0, got -3"),
        (["-p", "seed", str(2**64)], "seed must be at least 0 and at most"),
        (["-p", "price", "nan"], "parameter price takes finite float, got 'nan'"),
        (["--out", "notebooks/01_task.py"], "--out notebooks/01_task.py is not a folder"),
    ],
)
def test_bad_requests_end_before_anything_runs(places, iblrnn_here, arguments, message):
    write_notebook(places.root, "01_task", "1", parameters=SEVERAL)
    write_notebook(places.root, "02_train", "1")
    done = iblrnn_here(places.root, "run", *arguments)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not places.executed.exists()


def test_no_repository_no_notebooks(tmp_path):
    with pytest.raises(ValueError, match="no folder 'notebooks'"):
        find_places(start=tmp_path)
    (tmp_path / "notebooks").mkdir()
    with pytest.raises(ValueError, match="no notebooks"):
        plan(find_places(start=tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [2, 3])  # forks, where they can be; processes of their own
def test_failures_are_named_kept_apart_and_skip_what_needs_them(places, iblrnn_here, jobs):
    assert (6 > FEW * jobs) == (jobs == 2)
    run = iblrnn_here if jobs == 2 else iblrnn
    write_notebook(places.root, "01_raises", "print('before')", "\nx = {}\nx['colour']")
    write_notebook(places.root, "02_slow", "import time\ntime.sleep(3600)", timeout=1)
    write_notebook(places.root, "03_dies", "import os\nos._exit(3)")
    write_notebook(places.root, "04_needs", "1", depends=["01_raises"])
    write_notebook(places.root, "05_needs", "1", depends=["04_needs"])
    write_notebook(places.root, "06_fine", "1")
    done = run(places.root, "run", "--jobs", str(jobs))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    errors = done.stderr
    assert "01_raises failed: code cell 3 of 3 (x = {}) raised KeyError: 'colour'" in errors
    assert "02_slow failed: code cell 2 of 2 (import time) took longer than 1 seconds" in errors
    assert "03_dies failed: code cell 2 of 2 (import os) ended its kernel" in errors
    assert "04_needs: skipped, because it needs 01_raises" in done.stdout
    assert "05_needs: skipped, because it needs 04_needs" in done.stdout
    assert [path.stem for path in places.executed.iterdir()] == ["06_fine"]
    kept = (places.failed / "01_raises.ipynb").read_text()
    assert "before" in kept and "KeyError" in kept
    assert "took longer" in (places.failed / "02_slow.ipynb").read_text()

    # Mended, it runs, and the failure is forgotten.
    write_notebook(places.root, "01_raises", "print('now')")
    assert iblrnn_here(places.root, "run", "05_needs").returncode == 0
    assert not (places.failed / "01_raises.ipynb").exists()


RUN = ("run", "--jobs", "1")
LIGHT = """
import sys
import light_child
from iblrnn_helpers.cli import main
from iblrnn_helpers.publishing.running import pipeline
pipeline.forks_for = light_child.forks_for
sys.exit(main())
"""


def _started(places, arguments, **options):
    return subprocess.Popen(
        arguments, cwd=places.root, stderr=subprocess.PIPE, text=True, **options
    )


def _start_sleeping(places, n_more=0):
    """Start a run whose notebook writes its kernel's process id and sleeps; wait for the id.

    It runs alone, and ``n_more`` others wait for it.
    """
    note = places.root / "kernel.txt"
    note.unlink(missing_ok=True)
    cell = f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))"
    write_notebook(places.root, "01_sleeps", f"{cell}\nprint(os.getcwd())\ntime.sleep(3600)")
    for k in range(n_more):
        write_notebook(places.root, f"02_waits_{k}", "1")
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-c", LIGHT, *RUN]
    process = _started(places, arguments, stdout=subprocess.DEVNULL, env={**os.environ, **path})
    until = time.monotonic() + 120
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.1)
    kernel = int(note.read_text())
    folder = Path(os.readlink(f"/proc/{kernel}/cwd")).parent if os.path.exists("/proc") else None
    return process, kernel, folder


def _assert_gone(kernel, folder):
    wait_for(lambda: not is_alive(kernel))
    wait_for(lambda: not (folder and list(folder.parent.glob(f"{folder.name}*"))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sign", "status", "n_more"),
    [
        (signal.SIGKILL, -9, 0),
        (signal.SIGINT, 130, 0),
        (signal.SIGTERM, 143, 0),
        (signal.SIGKILL, -9, FEW),  # forks, where they can be
        (signal.SIGINT, 130, FEW),
    ],
)
def test_killed_in_the_middle_leaves_nothing_behind(places, iblrnn_here, sign, status, n_more):
    process, kernel, folder = _start_sleeping(places, n_more)
    # Two runs do not share a folder.
    done = iblrnn_here(places.root, "run")
    assert done.returncode == 1
    assert "another iblrnn run is working in build" in done.stderr
    process.send_signal(sign)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == status and "Traceback" not in errors
    _assert_gone(kernel, folder)
    assert not list(places.out.rglob("*.ipynb"))
    # And the next run is not in the way of the last.
    write_notebook(places.root, "01_sleeps", "print('awake')")
    done = iblrnn_here(places.root, "run", "01_sleeps")
    assert done.returncode == 0, done.stderr
    assert outputs(places, "01_sleeps") == "awake\n"


@pytest.mark.slow
@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_while_libraries_are_loaded_it_ends_at_once(places, sign, status):
    for k in range(FEW + 1):
        write_notebook(places.root, f"0{k}_a", "1")
    (temporary := places.root / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = _started(places, command(*RUN), stdout=subprocess.PIPE, env=environment)
    process.stdout.readline()  # that libraries are loaded, or a notebook started
    process.send_signal(sign)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == status and "Traceback" not in errors
    assert list(temporary.glob("iblrnn-*")) == []


def test_a_damaged_record_means_out_of_date(places):
    from iblrnn_helpers.publishing.running.pipeline import is_fresh, read_record

    write_notebook(places.root, "01_a", "1")
    (task,) = plan(places)
    places.stamps.mkdir(parents=True)
    places.executed.mkdir(parents=True)
    (places.executed / "01_a.ipynb").write_text("{}")
    record = places.stamps / "01_a.json"
    record.write_text(json.dumps({"stamp": task.stamp, "results": []}))
    assert is_fresh(places, task)
    record.write_text(record.read_text()[:20])
    assert read_record(places, "01_a") == {} and not is_fresh(places, task)


@pytest.mark.slow
@pytest.mark.parametrize("asks", [False, True])
def test_what_lacked_its_data_runs_again_and_old_numbers_do_not_stay(
    places, iblrnn_here, monkeypatch, asks
):
    """With a header that says how to ask for them only when they can be had, else always."""
    # The ledger says which claims of 13_mice only a build with data can measure.
    log, data = places.root / "log.txt", places.root / "data"
    needed = [c.id for c in load_claims() if c.needs and c.notebook == "13_mice"]
    assert needed
    write_notebook(
        places.root,
        "13_mice",
        f"import os\nopen({str(log)!r}, 'a').write('.')\n"
        f"for name in {needed} if os.path.exists({str(data)!r}) else ():\n"
        "    open(os.environ['IBLRNN_RESULTS'] + f'/{name}.json', 'w').write('{}')",
        timeout="60, data: asked:can_be_had" if asks else 60,
    )
    code = f"import os\ndef can_be_had():\n    return os.path.exists({str(data)!r})"
    (places.root / "asked.py").write_text(code)
    monkeypatch.syspath_prepend(places.root)
    monkeypatch.delitem(sys.modules, "asked", raising=False)

    def ran(*arguments):
        log.write_text("")
        planning._can_be_had.cache_clear()  # kept for a command
        done = iblrnn_here(places.root, "run", *arguments)
        assert done.returncode == 0, done.stderr
        return log.read_text() == "."

    assert ran() and ran() != asks
    data.touch()
    assert ran() and not ran()
    assert {path.stem for path in places.results.iterdir()} == set(needed)
    data.unlink()
    assert not ran()  # what was made with the data stays
    assert ran("--force")
    assert list(places.results.iterdir()) == []
