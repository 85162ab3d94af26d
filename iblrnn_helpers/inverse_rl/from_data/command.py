"""``iblrnn infer-reward``: from a recording to the reward that the network acts for."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ...core import checks
from ...core.files import check_folder, check_output, is_special, write_atomically
from ..optimal_network.inverse import r_squared
from ..optimal_network.recording import count_parts, total
from .assumptions import check_steps, free_policies
from .figures import fig_prior, fig_reward
from .inference import check_counts, check_parts
from .parametric import LEAST_SAMPLES, MAX_NEURONS, TERMS, fit_parametric
from .posterior import LEVEL, infer_and_judge
from .report import ENOUGH, facts_of_model, parametric_report, report
from .reward_tables import read_reward_table, reward_table
from .spike_files import SpikeTable, read_spikes, write_example

EXAMPLES = """examples:
  iblrnn infer-reward --example spikes.csv            write a synthetic recording to try this with
  iblrnn infer-reward spikes.csv --stimulus stimulus --neurons 'n*'
  iblrnn infer-reward spikes.csv --stimulus stimulus --updates updated \\
      --compare spikes_true_reward.csv                updates are known, and so is the reward
  iblrnn infer-reward cut.csv --trial trial           no step leads from one trial to the next
  iblrnn infer-reward many.npy --reward count         13 to 100 neurons, or few samples
  iblrnn infer-reward spikes.npy                      a matrix, neurons x time; no stimulus

A file has 0 or -1 where a neuron is silent and 1 where it is active. A .csv, .tsv, .txt (with .gz,
too), .parquet or .pqt file has a row for each time and a column for each neuron, a .npy file is a
matrix whose longer side is time. Patterns leave out columns that another option names, or that only
grow, as times do.
Active must be a state that lasts until the neuron chooses anew, as being in a burst or above a
rate; single spikes in bins are no such state, and the report says so. Between two times at most
one neuron may change. Eight neurons with two stimuli take about 10 seconds, twelve neurons some
minutes; progress is shown.
"""
FILES = ("reward.csv", "summary.json", "report.txt", "reward.png", "reward.svg", "prior.png",
         "prior.svg")  # fmt: skip
_N_PARTS, _N_DRAWS = 20, 40
_N_EXAMPLE = 100_000
_PRIORS = (1e-9, 1e9)  # beyond them a fit is all noise, or all prior
_OF_FILES = {"stimulus": None, "updates": None, "trial": None, "reward": "full", "neurons": None,
             "coding_cost": 0.05, "prior": None, "compare": None, "out": None}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``iblrnn infer-reward``."""
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("spikes", nargs="?", type=Path, metavar="FILE", help="the recording")
    add("--stimulus", metavar="COLUMN", help="the stimulus, if there is one")
    chooser = "the neuron that chose its state between this time and the next, if that is known"
    add("--updates", metavar="COLUMN", help=chooser)
    cut = "the trial that each sample is of; no step leads from one to another"
    add("--trial", metavar="COLUMN", help=cut)
    terms = (
        "a reward for each state, or from a value of counts, of pairs, or of both (default: full)"
    )
    add("--reward", choices=("full", *TERMS), default="full", help=terms)
    many = "columns of neurons, or patterns as n* (default: all others); at most 12, or 100 unless "
    many += "the reward is full"
    add("--neurons", metavar="A,B,...", help=many)
    unit = "price of a nat; rewards are known in its units only (default: 0.05)"
    add("--coding-cost", type=float, default=0.05, metavar="NUMBER", help=unit)
    strength = (
        "strength of the prior (default: the one that best predicts held-out steps; 1 unless "
    )
    strength += "the reward is full)"
    add("--prior", type=float, metavar="NUMBER", help=strength)
    add("--compare", type=Path, metavar="CSV", help="a table of the true reward, if it is known")
    add("--seed", type=int, default=0, help="of the intervals' draws (default: 0)")
    add("--out", type=Path, metavar="FOLDER", help="default: FILE's name + _reward")
    add("--force", action="store_true", help="overwrite files in that folder")
    group = parser.add_argument_group("a synthetic recording")
    group.add_argument("--example", type=Path, metavar="FILE", help="write one, with --seed")
    group.add_argument("--n-samples", type=int, help=f"default: {_N_EXAMPLE}")


def main(args: argparse.Namespace) -> int:
    """Infer the reward and write it; or write the example."""
    if (args.spikes is None) == (args.example is None):
        raise ValueError("give the file of a recording, or --example FILE to write one")
    if args.example is not None:
        return _example(args)
    if args.n_samples is not None:
        raise ValueError(f"--n-samples is for --example only, got {args.n_samples}")
    checks.number("--coding-cost", args.coding_cost, low=1 / checks.HUGE, high=checks.HUGE)
    checks.seed("--seed", args.seed)
    if args.prior is not None:
        checks.number("--prior", args.prior, low=_PRIORS[0], high=_PRIORS[1])
    full = args.reward == "full"
    for option in () if full else ("updates", "compare", "stimulus"):
        if getattr(args, option) is not None:
            raise ValueError(f"--{option} is for --reward full only, got --reward {args.reward}")
    out = _checked_out(args)
    neurons = None if args.neurons is None else [one.strip() for one in args.neurons.split(",")]
    table = read_spikes(
        args.spikes,
        stimulus=args.stimulus,
        updates=args.updates,
        trial=args.trial,
        neurons=neurons,
        **({} if full else {"most": MAX_NEURONS}),
    )
    true = None
    if args.compare is not None:
        try:
            true = read_reward_table(args.compare, table.neurons, table.stimuli)
        except ValueError as error:
            raise ValueError(f"--compare: {error}") from error
    try:
        written = _full(args, table, true) if full else _parametric(args, table)
    except ValueError as error:
        raise ValueError(f"{args.spikes}: {error}") from error
    for name, data in written.items():
        write_atomically(out / name, data)
    print(f"{written['report.txt']}\nIn {out}: {', '.join(written)}")
    return 0


def _checked_out(args: argparse.Namespace) -> Path:
    """The folder of the results; what speaks against it is said before the work, not after it."""
    name = args.spikes.name
    stem = Path(name[:-3] if name.lower().endswith(".gz") else name).stem
    out = args.out or args.spikes.with_name(f"{stem}_reward")
    check_folder("--out", out, write=True)
    files = [out / name for name in FILES]
    for given in (args.spikes, args.compare):
        if given is not None and given.resolve() in [path.resolve() for path in files]:
            raise ValueError(f"--out {out} would overwrite {given}, which is read; give another")
    written = [path.name for path in files if path.is_file()]
    if written and not args.force:
        raise ValueError(f"{out} has {written[0]} already; give another --out, or --force")
    for path in files:
        if is_special(path):
            raise ValueError(f"--out: {path} is no regular file; remove it, or give another folder")
    return out


def _full(
    args: argparse.Namespace, table: SpikeTable, true: np.ndarray | None
) -> dict[str, str | bytes]:
    """The files of a reward of every state."""
    n_parts = min(_N_PARTS, len(table.active) - 1)
    if n_parts < 2:
        raise ValueError(f"{len(table.active)} samples are too few")
    more = {"updated": table.updated, "trials": table.trials, "n_parts": n_parts}
    parts = count_parts(table.states, len(table.neurons), table.inputs, **more)
    counts = total(parts)
    check_counts(counts, table.neurons)
    parts = [part for part in parts if part.visits.sum() > 0]  # a trial may be a single sample
    check_parts(parts)
    fit, posterior, choice = infer_and_judge(
        parts, coding_cost=args.coding_cost, prior=args.prior, seed=args.seed, n_draws=_N_DRAWS,
        progress=_show,
    )  # fmt: skip
    columns = {"low": posterior.low, "high": posterior.high, "visits": counts.visits.astype(int)}
    frame = reward_table(fit.reward, table.neurons, table.stimuli, **columns)
    mean, low, high = posterior.expected_r_squared
    held_out = None
    if choice is not None:
        nats = choice.log_likelihood.mean(axis=0)
        held_out = dict(zip(map(str, choice.priors), nats, strict=True))
    n_folds = min(4, len(parts))
    free = free_policies(fit, [total(parts[k::n_folds]) for k in range(n_folds)])
    pace, balance = check_steps(fit, counts, args.seed)
    facts = _common(args, table) | {
        "activity": counts.activity.round(6).tolist(),
        "stimulus_transitions": fit.task.input_transitions.round(8).tolist(),
        "updates_known": counts.updates_known,
        "steps_with_several_changes": counts.n_left_out,
        "states_visited": int((counts.visits > 0).sum()),
        "states": int(counts.visits.size),
        "prior": fit.prior,
        "prior_held_out_nats_per_step": held_out,
        "log_likelihood": fit.log_likelihood,
        "converged": fit.converged,
        "interval_level": LEVEL,
        "median_interval_width": float(np.median(posterior.high - posterior.low)),
        **facts_of_model(table.neurons, pace, balance, free),
        "expected_r_squared": {"mean": mean, "low": low, "high": high},
        "too_few_samples": bool(mean < ENOUGH),
        "r_squared_with_visits": r_squared(fit.reward, counts.visits, "median"),
    }
    if true is not None:
        facts["r_squared_compared"] = r_squared(true, fit.reward, "median")
        facts["r_squared_of_visits_compared"] = r_squared(true, counts.visits, "median")
    drawn = {"reward": fig_reward(fit.reward, posterior, table.stimuli)}
    if choice is not None:
        drawn["prior"] = fig_prior(choice)
    return _texts(facts, frame, report(facts, frame)) | {
        f"{name}.{kind}": _picture(figure, kind)
        for name, figure in drawn.items()
        for kind in ("png", "svg")
    }


def _parametric(args: argparse.Namespace, table: SpikeTable) -> dict[str, str | bytes]:
    """The files of a reward of few terms, for the states that were visited."""
    n_samples, n_neurons = table.active.shape
    if n_samples < LEAST_SAMPLES or n_neurons < 2:
        raise ValueError(
            f"--reward {args.reward} needs {LEAST_SAMPLES} samples or more of two neurons or more, "
            f"got {n_samples} samples of {n_neurons}"
        )
    fit = fit_parametric(
        table.active, terms=args.reward, coding_cost=args.coding_cost, prior=args.prior or 1.0
    )
    frame = pd.DataFrame(fit.active.astype(int), columns=list(table.neurons))
    frame["reward"], frame["visits"] = fit.reward, fit.visits
    frame["first_half"], frame["second_half"] = fit.halves.T
    by_count = pd.DataFrame(
        {"active": fit.active.sum(axis=1), "reward": fit.reward * fit.visits, "visits": fit.visits}
    )
    by_count = by_count.groupby("active", as_index=False).sum()
    by_count["reward"] /= by_count["visits"]
    log_visits = np.log(fit.visits)
    likeness = np.corrcoef(fit.reward, log_visits)[0, 1] ** 2 if np.ptp(log_visits) > 0 else 0.0
    facts = _common(args, table) | {
        "activity": table.active.mean(axis=0).round(6).tolist(),
        "states_visited": len(fit.reward),
        "prior": args.prior or 1.0,
        "converged": fit.converged,
        "expected_r_squared": fit.expected_r_squared,
        "held_out_nats_per_sample": {form: float(n.mean()) for form, n in fit.held_out.items()},
        "better_form": fit.better_form,
        "r_squared_with_visits": float(likeness),
        "reward_by_count": by_count.to_dict("records"),
    }
    return _texts(facts, frame, parametric_report(facts))


def _common(args: argparse.Namespace, table: SpikeTable) -> dict:
    return {
        "file": str(args.spikes),
        "reward": args.reward,
        "n_samples": len(table.active),
        "n_trials": None if table.trials is None else int(table.trials.max()) + 1,
        "neurons": list(table.neurons),
        "neurons_left_out": list(table.others),
        "columns_that_grow": list(table.growing),
        "first_line_may_be_header": table.may_be_header,
        "stimuli": list(table.stimuli),
        "coding_cost": args.coding_cost,
    }


def _texts(facts: dict, frame: pd.DataFrame, text: str) -> dict[str, str | bytes]:
    return {
        "reward.csv": frame.to_csv(index=False),
        "summary.json": json.dumps(facts, indent=2, allow_nan=False) + "\n",
        "report.txt": text,
    }


def _picture(figure, kind: str) -> bytes:
    figure.savefig(buffer := io.BytesIO(), format=kind)
    return buffer.getvalue()


def _show(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\rsimulations of the fit: {done} of {of}", end="\n" if done == of else "",
              file=sys.stderr, flush=True)  # fmt: skip


def _example(args: argparse.Namespace) -> int:
    for name, default in _OF_FILES.items():
        if (given := getattr(args, name)) != default:
            option = name.replace("_", "-")
            raise ValueError(f"--{option} is for recordings, not for --example, got {given}")
    n_samples = _N_EXAMPLE if args.n_samples is None else args.n_samples
    checks.integer("--n-samples", n_samples, low=2)
    checks.memory(f"--n-samples {n_samples:,}", 400 * n_samples)  # of arrays and of text
    checks.seed("--seed", args.seed)
    if args.example.suffix != ".csv":
        raise ValueError(f"--example must end in .csv, got {str(args.example)!r}")
    truth = args.example.with_name(f"{args.example.stem}_true_reward.csv")
    for path in (args.example, truth):
        check_output("--example", path, force=args.force)
    write_example(args.example, n_samples, args.seed)
    print(
        f"{args.example}: {n_samples:,} samples of 8 neurons. Their reward: {truth}. Infer it "
        f"with:\niblrnn infer-reward {args.example} --stimulus stimulus --neurons 'n*' "
        f"--compare {truth}"
    )
    return 0
