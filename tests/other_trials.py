"""Do the verdicts on what the first paper states hold on other trials?

    python tests/other_trials.py                       # eight other seeds; about half an hour
    python tests/other_trials.py 04_claim1_behavior    # of one notebook
    python tests/other_trials.py --compare             # only compare what was run before

Runs the notebooks of the paper's claims at page size on other trials, and compares the verdicts on
its statements with those of the build (``build/results``).  Ends with 1 if one of them changes and
the ledger does not say that it is at the edge.  Not part of the tests.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from iblrnn_helpers.publishing.ledger.claim import STATED, chance_of
from iblrnn_helpers.publishing.ledger.results import Result, results
from iblrnn_helpers.publishing.ledger.tables import cells

ROOT = Path(__file__).parents[1]
# And the parameter that draws its trials.  In chapter 11 each network plays trials of its own.
NOTEBOOKS = {
    "03_bayesian_baselines": "seed",
    "04_claim1_behavior": "trials_seed",
    "05_claim2_representations": "trials_seed",
    "06_claim3_coupling": "trials_seed",
    "07_mechanism": "trials_seed",
    "08_circuit": "trials_seed",
    "09_claim4_radd": "trials_seed",
}
FIRST_SEED = 100_000  # far from those of the book, of which neighbours are used, too


def run(name: str, seed: int, out: Path, profile: str) -> None:
    """Run a notebook on other trials, unless it was run before."""
    folder = out / str(seed)
    done = folder / f"{name}.ipynb"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.partial.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", f"notebooks/{name}.ipynb"]
    command += [str(partial.resolve()), "-p", NOTEBOOKS[name], str(seed), "-p", "profile", profile]
    environment = os.environ | {"IBLRNN_RESULTS": str((folder / "results").resolve())}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    partial.rename(done)
    print(f"{name}, trials {seed}: done", flush=True)


def compare(build: Path, out: Path, names: list[str], seeds: list[int]) -> list[str]:
    """Print each statement's verdicts; return those that change and are not said to."""
    here = {result.claim.id: result for result in results(build)}
    found = {seed: {r.claim.id: r for r in results(out / str(seed) / "results")} for seed in seeds}
    turned = []
    for name, result in here.items():
        claim = result.claim
        depends = "trials" in chance_of("over", claim.over)
        if claim.kind not in STATED or claim.notebook not in names or not depends:
            continue
        others = {seed: found[seed][name] for seed in seeds}
        if result.measured is None:
            turned.append(name)
            print(f"{name}: not measured in {build}  <<<")
            continue
        if missing := [seed for seed, other in others.items() if other.measured is None]:
            turned.append(name)
            print(f"{name}: not measured on trials {', '.join(map(str, missing))}  <<<")
            continue
        # As they fell: one that is declared to be at the edge may fall on either side.
        verdicts = Counter(map(_verdict, others.values()))
        if set(verdicts) == {_verdict(result)}:
            continue
        counts = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
        said = result.verdict == "at the edge"
        print(f"{name}: {_shown(result)}; on other trials {counts}{'' if said else '  <<<'}")
        for seed, other in others.items():
            print(f"    {seed}: {_shown(other)}")
        if not said:
            turned.append(name)
    return turned


def _verdict(result: Result) -> str:
    return result.claim.verdict(result.measured, result.interval, result.in_networks)


def _shown(result: Result) -> str:
    row = cells(result)
    return f"{_verdict(result)}, {row.ours} ({row.interval}; {row.networks or 'one network'})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="all if none is named")
    parser.add_argument("--seeds", type=int, default=8, help="how many (default: 8)")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at the same time")
    parser.add_argument("--profile", default="page")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "results")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "other_trials")
    parser.add_argument("--compare", action="store_true", help="run nothing")
    args = parser.parse_args()
    names = args.notebooks or list(NOTEBOOKS)
    if unknown := set(names) - set(NOTEBOOKS):
        parser.error(f"unknown notebook {min(unknown)}; known: {', '.join(NOTEBOOKS)}")
    seeds = [FIRST_SEED + 1_000 * k for k in range(args.seeds)]
    if not args.compare:
        with ThreadPoolExecutor(args.jobs) as pool:
            each = [(name, seed) for seed in seeds for name in names]
            list(pool.map(lambda task: run(*task, args.out, args.profile), each))
    turned = compare(args.build, args.out, names, seeds)
    print(f"{len(turned)} verdicts on what the paper states change with the trials")
    return int(bool(turned))


if __name__ == "__main__":
    raise SystemExit(main())
