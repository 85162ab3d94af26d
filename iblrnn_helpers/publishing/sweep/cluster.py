"""Run settings on a SLURM cluster, as job arrays submitted through submitit.

The driver only submits and watches: results come through the folder, which all nodes must see,
and the queue is asked which jobs are still in it. So it may be killed and started again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...core import checks
from ...core.extras import extra
from . import worker
from .settings import SweepFolder
from .worker import how_it_ended, stop_workers

LONGEST_ARRAY = 1000  # SLURM's own default limit is 1,001
MAX_TIMEOUTS = 20  # a setting goes on after so many time limits
_POLL_SECONDS = (1.0, 15.0)  # at first, and later: schedulers do not like to be asked often
_BUSY_SECONDS = 5.0


@dataclass(frozen=True)
class SlurmOptions:
    """What to ask of the cluster for one setting.

    Parameters
    ----------
    time : int
        Limit in minutes; a setting that needs longer is requeued and goes on.
    partition : str, optional
        The cluster's default where omitted.
    memory_gb : float
    cpus : int
        A setting uses one; some clusters give memory by the core.
    parallel : int
        Settings that may run at the same time.
    more : mapping
        Further parameters of submitit's ``SlurmExecutor``: ``account``, ``qos``, ``constraint`` ...
    """

    time: int = 60
    partition: str | None = None
    memory_gb: float = 2.0
    cpus: int = 1
    parallel: int = 100
    more: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        checks.integer("time", self.time, low=1)
        checks.number("memory_gb", self.memory_gb, above=0)
        checks.integer("cpus", self.cpus, low=1)
        checks.integer("parallel", self.parallel, low=1)


class ClusterJob:
    """What jobs do: a worker for one setting, started again after a preemption or time limit."""

    def __init__(self, folder: str):
        self.folder = folder
        self._worker: subprocess.Popen | None = None

    def __call__(self, name: str) -> str:
        while True:
            # SLURM signals every process of a job: the warning before the end is for `checkpoint`,
            # and would only end the worker sooner.
            self._worker = worker.start(SweepFolder(self.folder), name, preexec_fn=_ignore_warnings)
            while self._worker.poll() is None:  # not wait(), within which `checkpoint` could not
                time.sleep(0.1)
            status = self._worker.returncode
            self._worker.stdin.close()
            if status != worker.BUSY:
                break
            time.sleep(_BUSY_SECONDS)
        if cause := how_it_ended(status):
            raise RuntimeError(f"{name}: {cause}")
        return "done"

    def checkpoint(self, name: str):
        """Let the worker save its training; tell submitit what to run after the requeue."""
        from submitit.helpers import DelayedSubmission

        if self._worker:
            stop_workers([self._worker])
        return DelayedSubmission(ClusterJob(self.folder), name)


def run_slurm(
    folder: SweepFolder,
    names: Sequence[str],
    code: str,
    on_end: Callable[[str, str], None],
    *,
    options: SlurmOptions | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Submit settings that are not in the queue yet, and wait for all of them.

    Parameters
    ----------
    folder, names, code, on_end
        As for :func:`iblrnn_helpers.publishing.sweep.local.run_local`.
    options : SlurmOptions, optional
    say : callable
        Told what is submitted, and when the cluster does not answer.

    Raises
    ------
    RuntimeError
        submitit or SLURM is missing, or SLURM refuses the jobs.
    """
    executor = _executor(folder, options or SlurmOptions())
    jobs = {name: folder.job(name) for name in names}
    queued = _in_queue()
    if queued is None:
        raise RuntimeError("squeue does not answer: is the cluster's controller up?")
    new = [name for name in names if jobs[name] not in queued and not folder.is_busy(name)]
    if len(new) < len(names):
        say(f"{len(names) - len(new)} settings are in the queue already")
    for first in range(0, len(new), LONGEST_ARRAY):
        jobs |= _submit(executor, folder, new[first : first + LONGEST_ARRAY], say)
    try:
        _watch(folder, jobs, code, on_end, say)
    except KeyboardInterrupt:
        ids = " ".join(sorted({job.split("_")[0] for job in jobs.values() if job}))
        say(
            "Stopped watching; the jobs go on. The same command watches again; "
            f"scancel {ids} ends them."
        )
        raise


def _watch(folder, jobs, code, on_end, say) -> None:
    started = time.monotonic()
    open_names, gone, silent = list(jobs), set(), False
    while open_names:
        queued = _in_queue()
        if (queued is None) != silent:
            silent = queued is None
            say("squeue does not answer; waiting for it" if silent else "squeue answers again")
        for name in list(open_names):
            if folder.result(name, code):
                cause = ""
            elif queued is None or jobs[name] in queued or folder.is_busy(name):
                gone.discard(name)
                continue
            elif name not in gone:  # its files may be a moment late on a shared file system
                gone.add(name)
                continue
            else:
                cause = f"its job {jobs[name] or ''} left the queue without a result"
            open_names.remove(name)
            on_end(name, cause)
        if open_names:
            shortest, longest = _POLL_SECONDS
            time.sleep(min(longest, max(shortest, (time.monotonic() - started) / 20)))


def _executor(folder: SweepFolder, options: SlurmOptions):
    with extra("cluster"):
        import submitit
    # Submitit's requeuing needs it, and a cluster may have it off by default.
    additional = {"requeue": True, **options.more.get("additional_parameters", {})}
    executor = submitit.SlurmExecutor(folder.path / "slurm", max_num_timeout=MAX_TIMEOUTS)
    executor.update_parameters(
        **{
            "job_name": "iblrnn",
            "time": options.time,
            "mem": f"{round(options.memory_gb * 1024)}MB",
            "cpus_per_task": options.cpus,
            "array_parallelism": options.parallel,
            **({"partition": options.partition} if options.partition else {}),
            **options.more,
            "additional_parameters": additional,
        }
    )
    return executor


def _submit(executor, folder: SweepFolder, names: Sequence[str], say) -> dict[str, str]:
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    try:
        submitted = executor.map_array(ClusterJob(str(folder.path)), names)
    except (FailedJobError, FailedSubmissionError) as error:
        raise RuntimeError(f"SLURM did not take the jobs: {error}") from None
    jobs = {name: job.job_id for name, job in zip(names, submitted, strict=True)}
    for name, job in jobs.items():
        folder.write_job(name, job)
    ids = ", ".join(sorted({job.split("_")[0] for job in jobs.values()}))
    say(f"submitted {len(names)} settings as job {ids}; SLURM's own logs: {folder.path / 'slurm'}")
    return jobs


def _in_queue() -> set[str] | None:
    """Our jobs that wait or run, array elements one by one; None if SLURM does not say."""
    command = ["squeue", "--noheader", "--array", "--user", str(os.getuid()), "--format=%i"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except FileNotFoundError:
        raise RuntimeError(
            "there is no squeue here: is this a machine of a SLURM cluster?"
        ) from None
    except (subprocess.SubprocessError, OSError):
        return None
    return set(done.stdout.split())


def _ignore_warnings() -> None:
    for number in (signal.SIGTERM, signal.SIGCONT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
