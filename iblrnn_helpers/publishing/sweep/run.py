"""A sweep from beginning to end: what to do, doing it, what came out; ``iblrnn sweep``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...core import checks
from ...core.extras import install
from ...core.files import check_folder
from ..running.planning import shown
from .cluster import SlurmOptions, run_slurm
from .gallery import COSTS, OWN_COLUMNS, label, table_of, write_gallery, write_table
from .lists import read_list
from .local import run_local
from .settings import (
    Setting,
    SweepFolder,
    combined,
    known_parameter,
    read_grid,
    setting_of,
)
from .targets import Target, complete
from .train_target import find_target

if TYPE_CHECKING:
    import pandas as pd

WHERE = ("local", "slurm")


@dataclass(frozen=True)
class Plan:
    """A sweep that is checked, and of which nothing has run yet.

    Attributes
    ----------
    settings : tuple of Setting
        All that were asked for, each once.
    done : frozenset of str
        Names of those whose result is there.
    failed : frozenset of str
        Names of those that failed by their own error when this code last ran them.
    code : str
        Fingerprint of the target's.
    """

    target: Target
    folder: SweepFolder
    settings: tuple[Setting, ...]
    done: frozenset[str]
    failed: frozenset[str]
    code: str

    def label(self, name: str) -> str:
        """A setting by what differs between the settings."""
        values = {setting.name: setting.values for setting in self.settings}
        ours = values[name]
        several = [k for k in ours if any(one[k] != ours[k] for one in values.values())]
        return label(ours, several)


class SweepFailedError(RuntimeError):
    """Some settings have no result; the message says which, why, and where their logs are."""


def plan_sweep(target: str, settings: Iterable[Mapping[str, object]], out) -> Plan:
    """Check a sweep, and look what is there; nothing is written and nothing runs.

    Parameters
    ----------
    target : str
        See :func:`.find_target`.
    settings : iterable of dict
        Values of parameters, e.g. of :func:`.grid`; the others have their defaults.
    out : path-like
        The sweep's folder.

    Raises
    ------
    ValueError
        Unknown target or parameter, a value that is not allowed, a parameter that is called like
        a column of the table, or a folder that holds something else.
    """
    check_folder("--out", out)
    found = find_target(target)
    for name in found.parameters:
        if name in OWN_COLUMNS:
            raise ValueError(
                f"{found.name}: parameter {name} must have another name; the sweep's own columns "
                f"are {', '.join(OWN_COLUMNS)}"
            )
    defaults = {name: parameter.default for name, parameter in found.parameters.items()}
    later = {name for name, parameter in found.parameters.items() if parameter.later}
    named = (setting_of(complete(found, s), defaults, later) for s in settings)
    each = {setting.name: setting for setting in named}
    if not each:
        raise ValueError("settings must hold at least one setting, got none")
    folder, code = SweepFolder(out), found.code()
    folder.check_for(found.name)
    return Plan(found, folder, tuple(each.values()), *_ended(folder, each, code), code)


def _ended(folder: SweepFolder, names: Iterable[str], code: str):
    """Those that are done, and those that failed by their own error."""
    done = frozenset(name for name in names if folder.result(name, code))
    failed = frozenset(n for n in names if n not in done and folder.failed_by_itself(n, code))
    return done, failed


def run_sweep(
    plan: Plan,
    *,
    on: str = "local",
    n_jobs: int | None = None,
    slurm: SlurmOptions | None = None,
    retry_failed: bool = False,
    say: Callable[[str], None] | None = print,
) -> pd.DataFrame:
    """Run what has no result yet, and write the table and the gallery.

    Parameters
    ----------
    on : {"local", "slurm"}
    n_jobs : int, optional
        Processes at the same time, locally; as many as cores where omitted.
    retry_failed : bool
        Run again what failed by its own error.  What was cut short is run again in any case.
    say : callable, optional
        Told a line for each setting; None for silence.

    Returns
    -------
    pandas.DataFrame
        A row for each setting that was asked for; see `table_of`.

    Raises
    ------
    SweepFailedError
        When all is over, if a setting has no result.
    OSError
        If the folder cannot be written.
    """
    from tqdm import tqdm

    checks.choice("on", on, WHERE)
    folder, say = plan.folder, say or (lambda line: None)
    folder.claim_for(plan.target.name, plan.target.source)
    folder.add(plan.settings)
    names = [setting.name for setting in plan.settings]
    done, failed = _ended(folder, names, plan.code)  # a plan may be run more than once
    skipped = done if retry_failed else done | failed
    todo = [name for name in names if name not in skipped]
    causes = {name: "" for name in failed - set(todo)}
    n_ended = 0
    bar = tqdm(total=len(todo), desc=plan.target.name, unit="setting", disable=None)

    def tell(line: str) -> None:
        bar.clear()
        say(line)
        bar.refresh()

    def on_end(name: str, cause: str) -> None:
        nonlocal n_ended
        n_ended += 1
        bar.update()
        said = f"[{n_ended}/{len(todo)}] {plan.label(name)}"
        result = folder.result(name, plan.code)
        if result:
            cost = "{wall_seconds:.0f} s, {cpu_seconds:.0f} CPU s, {peak_memory_mb:.0f} MB"
            tell(f"{said}: done ({cost.format(**result)})")
            return
        other = "its result is of other code than this: run the command again"
        nothing = "its process ended without a result, as os._exit ends one"
        causes[name] = cause or (other if folder.result(name) else nothing)
        tell(f"{said}: {_what_went_wrong(plan, name, causes)}")

    try:
        if todo and on == "local":
            run_local(folder, todo, plan.code, on_end, n_jobs=n_jobs)
        elif todo:
            run_slurm(folder, todo, plan.code, on_end, options=slurm, say=tell)
    finally:
        bar.close()
    causes = {name: causes[name] for name in names if name in causes}
    table = table_of(folder, code=plan.code)
    write_table(folder, table)
    ends = {plan.label(name): _end(plan, name, causes) for name in causes}
    write_gallery(folder, plan.target, table, ends)
    if causes:
        raise SweepFailedError(_report(plan, causes))
    return table.set_index("name").loc[names].reset_index()


def _what_went_wrong(plan: Plan, name: str, causes: Mapping[str, str]) -> str:
    status = plan.folder.status(name)
    message, state = status.get("message"), status.get("state")
    if state == "failed":
        return f"failed: {message}"
    return f"cut short: {message if message and state == 'cut short' else causes[name]}"


def _end(plan: Plan, name: str, causes: Mapping[str, str]) -> str:
    return f"{_what_went_wrong(plan, name, causes)}\n{plan.folder.log_end(name)}"


def _report(plan: Plan, causes: Mapping[str, str]) -> str:
    n_failed = sum(plan.folder.failed_by_itself(name, plan.code) for name in causes)
    lines = [f"{len(causes)} of {len(plan.settings)} settings have no result"]
    lines += [f"{plan.label(name)}: {_end(plan, name, causes)}" for name in causes]
    if n_failed < len(causes):
        lines.append("The same command runs again what was cut short.")
    if n_failed:
        lines.append("--retry-failed, or retry_failed=True, runs again what failed, too.")
    lines.append(f"All others are in {shown(plan.folder.path / 'table.csv')}.")
    return "\n".join(lines)


EXAMPLES = """examples:
  iblrnn sweep train -p seed 0:8 --out sweeps/seeds
  iblrnn sweep train -p seed 0:20 -p n_units 10,50,100 -p loss neg_prob_correct,cross_entropy
  iblrnn sweep 04_claim1_behavior -p seed 1:6 --profile smoke --out sweeps/claim1
  iblrnn sweep train --list settings.csv --dry-run
  iblrnn sweep my_module:my_function -p x 0,0.5,1
  iblrnn sweep train -p seed 0:100 --on slurm --time 30 --partition cpu --slurm account lab

The same command goes on where it stopped: what is finished is kept, a training goes on from its
checkpoint. What failed by its own error is reported again, and run again with --retry-failed.
"""
_SLURM = {  # fields of SlurmOptions
    "time": ("MINUTES", "limit of a job, after which it is requeued and goes on"),
    "partition": ("NAME", "part of the cluster"),
    "memory_gb": ("GB", "of a setting"),
    "cpus": ("N", "of a setting, which uses one"),
    "parallel": ("N", "settings that may run at the same time"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``iblrnn sweep``."""
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("target", metavar="TARGET", help="train, a notebook (as 01_task), or module:function")
    pairs = {"nargs": 2, "action": "append", "default": []}
    text = "values: 0:20 (0 to 19), a,b,c or one; several -p make a grid"
    add("-p", "--parameter", **pairs, metavar=("NAME", "VALUES"), help=text)
    add("--list", metavar="FILE", help="settings from a CSV file or a YAML list of mappings")
    add("--profile", help="the same as -p profile PROFILE")
    text = "results (default: sweeps/TARGET in the current folder)"
    add("--out", metavar="FOLDER", help=text)
    add("--on", choices=WHERE, default="local", help="default: local")
    text = "processes at the same time (default: all cores)"
    add("--n-jobs", type=int, metavar="N", help=text)
    add("--retry-failed", action="store_true", help="run again what failed by its own error")
    add("--dry-run", action="store_true", help="say what there is to do, and do nothing")
    group = parser.add_argument_group("on a SLURM cluster")
    for name, (metavar, text) in _SLURM.items():
        default = getattr(SlurmOptions, name)
        said = "the cluster's" if default is None else f"{default:g}"
        group.add_argument(
            f"--{name.split('_')[0]}",
            dest=name,
            type=str if default is None else type(default),
            default=default,
            metavar=metavar,
            help=f"{text} (default: {said})",
        )
    text = "another option of submitit's SlurmExecutor: account, qos, constraint ..."
    group.add_argument("--slurm", **pairs, metavar=("NAME", "VALUE"), help=text)


def main(args: argparse.Namespace) -> int:
    """Run ``iblrnn sweep``."""
    target = find_target(args.target)
    pairs = [tuple(pair) for pair in args.parameter]
    if args.profile is not None:
        known_parameter("profile", target.parameters)
        pairs.append(("profile", args.profile))
    choices = read_grid(pairs, target.parameters)
    rows = read_list(args.list, target.parameters) if args.list else []
    more = {name: int(value) if value.isdecimal() else value for name, value in args.slurm}
    try:
        options = SlurmOptions(**{name: getattr(args, name) for name in _SLURM}, more=more)
    except ValueError as error:  # begins with the field
        raise ValueError(f"--{str(error).replace('memory_gb', 'memory')}") from None
    if args.n_jobs is not None:
        checks.integer("--n-jobs", args.n_jobs, low=1)
    out = Path(args.out or Path("sweeps", target.name.replace(":", ".")))
    plan = plan_sweep(args.target, combined(rows, choices), out)
    failed = frozenset() if args.retry_failed else plan.failed
    n_todo = len(plan.settings) - len(plan.done) - len(failed)
    print(
        f"{target.name}: {len(plan.settings)} settings, {len(plan.done)} finished before, "
        f"{len(failed)} failed before, {n_todo} to run; in {shown(plan.folder.path)}"
    )
    if args.dry_run:
        for name in (setting.name for setting in plan.settings):
            state = "failed before" if name in plan.failed else "to run"
            print(f"  {plan.label(name)}: {'finished' if name in plan.done else state}")
        return 0
    table = run_sweep(
        plan, on=args.on, n_jobs=args.n_jobs, slurm=options, retry_failed=args.retry_failed
    )
    wall, cpu, _ = table[list(COSTS)].median()
    print(
        f"all {len(table)} settings are done; median {wall:.0f} s, {cpu:.0f} CPU s; "
        f"peak {table['peak_memory_mb'].max():.0f} MB"
    )
    for name in ("table.csv", "table.parquet", "gallery/index.html"):
        if (plan.folder.path / name).exists():
            print(f"{name.split('/')[0].split('.')[0]}: {shown(plan.folder.path / name)}")
    if not (plan.folder.path / "table.parquet").exists():
        print(f"no table.parquet, because pyarrow is missing; {install('parquet')} brings it")
    return 0
