"""``iblrnn sweep``: many settings of training, of a notebook or of a function."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import checks
from ..places import shown
from . import table as tables
from .cluster import SlurmOptions
from .run import WHERE, plan_sweep, run_sweep
from .targets import find_target
from .values import combined, known_parameter, read_grid, read_list

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``iblrnn sweep``."""
    parser.epilog = EXAMPLES
    parser.add_argument(
        "target", metavar="TARGET", help="train, a notebook (as 01_task), or module:function"
    )
    parser.add_argument(
        "-p",
        "--parameter",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUES"),
        help="values: 0:20 (0 to 19), a,b,c or one; several -p make a grid",
    )
    parser.add_argument(
        "--list", metavar="FILE", help="settings from a CSV file or a YAML list of mappings"
    )
    parser.add_argument("--profile", help="the same as -p profile PROFILE")
    parser.add_argument(
        "--out", metavar="FOLDER", help="results (default: sweeps/TARGET in the current folder)"
    )
    parser.add_argument("--on", choices=WHERE, default="local", help="default: local")
    parser.add_argument(
        "--n-jobs", type=int, metavar="N", help="processes at the same time (default: all cores)"
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="run again what failed by its own error"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what there is to do, and do nothing"
    )
    group = parser.add_argument_group("on a SLURM cluster")
    default = SlurmOptions()
    group.add_argument(
        "--time",
        type=int,
        default=default.time,
        metavar="MINUTES",
        help=f"limit of a job, after which it is requeued and goes on (default: {default.time})",
    )
    group.add_argument("--partition", help="default: the cluster's")
    group.add_argument(
        "--memory",
        type=float,
        default=default.memory_gb,
        metavar="GB",
        help=f"of a setting (default: {default.memory_gb:g})",
    )
    group.add_argument(
        "--cpus", type=int, default=default.cpus, help="of a setting, which uses one (default: 1)"
    )
    group.add_argument(
        "--parallel",
        type=int,
        default=default.parallel,
        metavar="N",
        help=f"settings that may run at the same time (default: {default.parallel})",
    )
    group.add_argument(
        "--slurm",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="another option of submitit's SlurmExecutor: account, qos, constraint ...",
    )


def main(args: argparse.Namespace) -> int:
    """Run ``iblrnn sweep``."""
    target = find_target(args.target)
    pairs = [tuple(pair) for pair in args.parameter]
    if args.profile is not None:
        known_parameter("profile", target.parameters)
        pairs.append(("profile", args.profile))
    choices = read_grid(pairs, target.parameters)
    rows = read_list(args.list, target.parameters) if args.list else []
    options = SlurmOptions(
        args.time,
        args.partition,
        args.memory,
        args.cpus,
        args.parallel,
        {name: int(value) if value.isdigit() else value for name, value in args.slurm},
    )
    if args.n_jobs is not None:
        checks.integer("--n-jobs", args.n_jobs, low=1)
    out = Path(args.out or Path("sweeps", target.name.replace(":", ".")))
    plan = plan_sweep(args.target, combined(rows, choices), out)
    n_failed = 0 if args.retry_failed else len(plan.failed)
    n_todo = len(plan.settings) - len(plan.done) - n_failed
    print(
        f"{target.name}: {len(plan.settings)} settings, {len(plan.done)} finished before, "
        f"{n_failed} failed before, {n_todo} to run; in {shown(plan.folder.path)}"
    )
    if args.dry_run:
        for setting in plan.settings:
            state = "finished" if setting.name in plan.done else (
                "failed before" if setting.name in plan.failed else "to run"
            )  # fmt: skip
            print(f"  {plan.label(setting.name)}: {state}")
        return 0
    table = run_sweep(
        plan, on=args.on, n_jobs=args.n_jobs, slurm=options, retry_failed=args.retry_failed
    )
    median = table[list(tables.COSTS)].median()
    print(
        f"all {len(table)} settings are done; median {median['wall_seconds']:.0f} s, "
        f"{median['cpu_seconds']:.0f} CPU s; peak {table['peak_memory_mb'].max():.0f} MB"
    )
    for name in ("table.csv", "table.parquet", "gallery/index.html"):
        if (plan.folder.path / name).exists():
            print(f"{name.split('/')[0].split('.')[0]}: {shown(plan.folder.path / name)}")
    if not (plan.folder.path / "table.parquet").exists():
        print("no table.parquet, because pyarrow is not installed")
    return 0
