"""On a running SLURM: preempt a job, kill one, the driver and the controller; finish the sweep."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(sys.argv[1])
SEEDS = range(6)
COMMON = [
    *("-p", "n_units", "5", "-p", "n_gradient_steps", "3000", "-p", "n_blocks", "1"),
    *("-p", "measures", "claim1", "--profile", "smoke"),
]
SWEEP = [sys.executable, "-m", "iblrnn_helpers.cli", "sweep", "train", *COMMON]
ON_SLURM = [*SWEEP, "-p", "seed", f"{SEEDS[0]}:{SEEDS[-1] + 1}", "--on", "slurm"]
ON_SLURM += ["--time", "5", "--memory", "1", "--out", str(FOLDER / "sweep")]


def main():
    driver = subprocess.Popen(ON_SLURM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        killed, preempted = wait_for(
            "two running settings", lambda: running() if len(running()) > 1 else None
        )
        kill(entry("jobs", killed)["job"])
        preempt(entry("jobs", preempted)["job"])
        requeued = time.time()
        wait_for("a finished setting", results)
        # One that dies before takes the two jobs to run still, and waits for them for minutes.
        wait_for("the controller's save", lambda: saved_at() > requeued + 1)
    finally:
        driver.kill()
        driver.wait()
    controller = int((FOLDER / "slurmctld.pid").read_text())
    os.kill(controller, signal.SIGKILL)
    print(f"killed the driver and the controller; finished by then: {len(results())}")
    time.sleep(3)
    finished = {name: entry("results", name) for name in results()}
    subprocess.run(["slurmctld"], check=True)
    wait_for("squeue", lambda: subprocess.run(["squeue"], capture_output=True).returncode == 0)

    again = subprocess.run(ON_SLURM)
    if again.returncode:  # what was in the queue when the controller died may have been lost
        again = subprocess.run(ON_SLURM)
    assert again.returncode == 0, "the sweep did not finish"
    assert len(results()) == len(SEEDS), results()
    assert {entry("results", name)["result"]["values"]["seed"] for name in results()} == {*SEEDS}
    for name, before in finished.items():
        assert entry("results", name) == before, f"{name} was finished and computed again"

    assert entry("results", preempted)["result"]["attempt"] == 2, "not computed after the requeue"

    seed = entry("results", killed)["result"]["values"]["seed"]
    local = FOLDER / "local"
    subprocess.run([*SWEEP, "-p", "seed", str(seed), "--out", str(local)], check=True)
    (expected,) = (json.loads(p.read_text())["result"] for p in local.glob("results/*.json"))
    found = entry("results", killed)["result"]
    assert without_times(found) == without_times(expected), "another result than without SLURM"
    print(f"all {len(SEEDS)} settings have one result; the killed one's is as without SLURM")


def kill(job):
    subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
    print(f"killed job {job}")


def preempt(job):
    """Send the signal that a time limit or a preemption sends, and wait for the requeue."""
    sender = subprocess.Popen(["scancel", "--signal=USR2", job], stderr=subprocess.DEVNULL)
    # SLURM would wait two minutes before it starts a requeued job.
    start_now = ["scontrol", "update", f"JobId={job}", "StartTime=now"]
    wait_for("the requeue", lambda: state(job) == "PENDING", seconds=30)
    sender.kill()  # it tries until a job takes the signal, and this one is not running
    sender.wait()
    subprocess.run(start_now, check=True)
    print(f"preempted job {job}")


def saved_at():
    """When SLURM last wrote down what it knows of its jobs, in seconds as of `time.time`."""
    return (FOLDER / "state" / "job_state").stat().st_mtime


def state(job):
    command = ["squeue", "--noheader", "--format=%T", "--jobs", job]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def results():
    return sorted(path.stem for path in (FOLDER / "sweep" / "results").glob("*.json"))


def running():
    states = (FOLDER / "sweep" / "status").glob("*.json")
    return sorted(path.stem for path in states if entry("status", path.stem)["state"] == "running")


def entry(kind, name):
    return json.loads((FOLDER / "sweep" / kind / f"{name}.json").read_text())


def without_times(result):
    numbers = {k: v for k, v in result["numbers"].items() if k != "training.cpu_seconds"}
    return numbers, result["values"], result["code"]


def wait_for(what, found, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.2)
    raise SystemExit(f"waited {seconds} s for {what} in vain")


if __name__ == "__main__":
    main()
