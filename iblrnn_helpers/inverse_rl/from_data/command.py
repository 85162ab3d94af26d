"""``iblrnn infer-reward``: from a recording to the reward that the network acts for."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

EXAMPLES = """examples:
  iblrnn infer-reward --example spikes.csv            write a synthetic recording to try this with
  iblrnn infer-reward spikes.csv --stimulus stimulus --neurons 'n*'
  iblrnn infer-reward spikes.csv --stimulus stimulus --updates updated \\
      --compare spikes_true_reward.csv                updates are known, and so is the reward
  iblrnn infer-reward spikes.npy                      a matrix, neurons x time; no stimulus

A file has 0 or -1 where a neuron is silent and 1 where it is active. A .csv or .parquet file has a
row for each time and a column for each neuron, a .npy file is a matrix whose longer side is time.
Between two times at most one neuron may change.
"""
FILES = ("reward.csv", "summary.json", "report.txt", "reward.png", "reward.svg", "prior.png",
         "prior.svg")  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``iblrnn infer-reward``."""
    parser.epilog = EXAMPLES
    parser.add_argument("spikes", nargs="?", type=Path, metavar="FILE", help="the recording")
    parser.add_argument("--stimulus", metavar="COLUMN", help="the stimulus, if there is one")
    parser.add_argument(
        "--updates",
        metavar="COLUMN",
        help="the neuron that chose its state between this time and the next, if that is known",
    )
    parser.add_argument(
        "--neurons",
        metavar="A,B,...",
        help="columns of neurons, or patterns as n* (default: all others); at most 12",
    )
    parser.add_argument(
        "--coding-cost",
        type=float,
        default=0.05,
        metavar="NUMBER",
        help="price of a nat; rewards are known in its units only (default: 0.05)",
    )
    parser.add_argument(
        "--prior",
        type=float,
        metavar="NUMBER",
        help="strength of the prior (default: the one that best predicts held-out steps)",
    )
    parser.add_argument(
        "--compare", type=Path, metavar="CSV", help="a table of the true reward, if it is known"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the intervals' draws (default: 0)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: FILE's name + _reward")
    parser.add_argument("--force", action="store_true", help="overwrite files in that folder")
    group = parser.add_argument_group("a synthetic recording")
    group.add_argument("--example", type=Path, metavar="FILE", help="write one, with --seed")
    group.add_argument("--n-samples", type=int, default=100_000, help="default: 100000")


def main(args: argparse.Namespace) -> int:
    """Infer the reward and write it; or write the example."""
    if (args.spikes is None) == (args.example is None):
        raise ValueError("give the file of a recording, or --example FILE to write one")
    if args.example is not None:
        return _write_example(args)

    from ...core import checks
    from ...core.files import write_atomically
    from ..transitions import count_parts, total
    from . import figures
    from .inference import choose_prior, fit_reward
    from .posterior import reward_posterior
    from .report import compare, report_text, reward_table, summary
    from .spike_files import read_spikes

    checks.number("--coding-cost", args.coding_cost, above=0)
    if args.prior is not None:
        checks.number("--prior", args.prior, above=0)
    out = args.out or args.spikes.with_name(f"{args.spikes.stem}_reward")
    there = [name for name in FILES if (out / name).exists()]
    if there and not args.force:
        raise ValueError(f"{out} has {there[0]} already; give another --out, or --force")
    table = read_spikes(
        args.spikes,
        stimulus=args.stimulus,
        updates=args.updates,
        neurons=None if args.neurons is None else args.neurons.split(","),
    )
    n_parts = min(5, len(table.states) - 1)
    if n_parts < 2:
        raise ValueError(f"{args.spikes} has {len(table.states)} samples, which is too few")
    parts = count_parts(
        table.states, len(table.neurons), table.inputs, updated=table.updated, n_parts=n_parts
    )
    counts = total(parts)
    # The whole recording is judged first: a part of it may lack what the whole has.
    fit = fit_reward(counts, coding_cost=args.coding_cost, prior=args.prior or 0.1)
    choice = None
    if args.prior is None:
        choice = choose_prior(parts)
        fit = fit_reward(counts, coding_cost=args.coding_cost, prior=choice.best)
    posterior = reward_posterior(fit, counts, args.seed)
    frame = reward_table(
        fit.reward,
        table.neurons,
        table.stimuli,
        low=posterior.low,
        high=posterior.high,
        visits=counts.visits.astype(int),
    )
    r_squared = None if args.compare is None else compare(args.compare, table, fit.reward)
    facts = summary(table, counts, fit, posterior, choice, r_squared)
    text = report_text(str(args.spikes), facts, frame)

    drawn = {"reward": figures.fig_reward(fit.reward, posterior, table.stimuli)}
    if choice is not None:
        drawn["prior"] = figures.fig_prior(choice)
    write_atomically(out / "reward.csv", frame.to_csv(index=False))
    write_atomically(out / "summary.json", json.dumps(facts, indent=2) + "\n")
    write_atomically(out / "report.txt", text)
    for name, figure in drawn.items():
        for kind in ("png", "svg"):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind)
            write_atomically(out / f"{name}.{kind}", buffer.getvalue())
    print(text, end="")
    written = [name for name in FILES if name.split(".")[0] in {*drawn, "reward", "summary",
                                                                 "report"}]  # fmt: skip
    print(f"\nIn {out}: {', '.join(written)}")
    return 0


def _write_example(args: argparse.Namespace) -> int:
    from ...core import checks
    from .report import write_example

    checks.integer("--n-samples", args.n_samples, low=2)
    checks.integer("--seed", args.seed, low=0)
    if args.example.suffix != ".csv":
        raise ValueError(f"--example must end in .csv, got {str(args.example)!r}")
    truth = args.example.with_name(f"{args.example.stem}_true_reward.csv")
    for path in (args.example, truth):
        if path.exists() and not args.force:
            raise ValueError(f"{path} exists already; give another name, or --force")
    write_example(args.example, args.n_samples, args.seed)
    print(
        f"{args.example}: {args.n_samples:,} samples of 8 neurons. Their reward: {truth}. Infer it "
        f"with:\niblrnn infer-reward {args.example} --stimulus stimulus --neurons 'n*' "
        f"--compare {truth}"
    )
    return 0
