"""``iblrnn infer-reward``: from a recording to the reward that the network acts for."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd

from ...core import checks
from ...core.files import write_atomically
from ..optimal_network.inverse import r_squared
from ..optimal_network.recording import TransitionCounts, count_parts, total
from .figures import fig_prior, fig_reward
from .inference import PriorChoice, RewardFit, choose_prior, fit_reward
from .posterior import LEVEL, RewardPosterior, reward_posterior
from .spike_files import SpikeTable, read_spikes, reward_table, write_example

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
ENOUGH = 0.5  # below this share of explained variance, rewards are more noise than reward
_N_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``iblrnn infer-reward``."""
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("spikes", nargs="?", type=Path, metavar="FILE", help="the recording")
    add("--stimulus", metavar="COLUMN", help="the stimulus, if there is one")
    chooser = "the neuron that chose its state between this time and the next, if that is known"
    add("--updates", metavar="COLUMN", help=chooser)
    many = "columns of neurons, or patterns as n* (default: all others); at most 12"
    add("--neurons", metavar="A,B,...", help=many)
    unit = "price of a nat; rewards are known in its units only (default: 0.05)"
    add("--coding-cost", type=float, default=0.05, metavar="NUMBER", help=unit)
    strength = "strength of the prior (default: the one that best predicts held-out steps)"
    add("--prior", type=float, metavar="NUMBER", help=strength)
    add("--compare", type=Path, metavar="CSV", help="a table of the true reward, if it is known")
    add("--seed", type=int, default=0, help="of the intervals' draws (default: 0)")
    add("--out", type=Path, metavar="FOLDER", help="default: FILE's name + _reward")
    add("--force", action="store_true", help="overwrite files in that folder")
    group = parser.add_argument_group("a synthetic recording")
    group.add_argument("--example", type=Path, metavar="FILE", help="write one, with --seed")
    group.add_argument("--n-samples", type=int, default=100_000, help="default: 100000")


def main(args: argparse.Namespace) -> int:
    """Infer the reward and write it; or write the example."""
    if (args.spikes is None) == (args.example is None):
        raise ValueError("give the file of a recording, or --example FILE to write one")
    if args.example is not None:
        return _example(args)
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
    more = {"low": posterior.low, "high": posterior.high, "visits": counts.visits.astype(int)}
    frame = reward_table(fit.reward, table.neurons, table.stimuli, **more)
    facts = _summary(table, counts, fit, posterior, choice)
    if args.compare is not None:
        facts["r_squared_compared"] = _compare(args.compare, table, fit.reward)
    text = _report(str(args.spikes), facts, frame)
    written = {
        "reward.csv": frame.to_csv(index=False),
        "summary.json": json.dumps(facts, indent=2) + "\n",
        "report.txt": text,
    }
    drawn = {"reward": fig_reward(fit.reward, posterior, table.stimuli)}
    if choice is not None:
        drawn["prior"] = fig_prior(choice)
    for name, figure in drawn.items():
        for kind in ("png", "svg"):
            figure.savefig(buffer := io.BytesIO(), format=kind)
            written[f"{name}.{kind}"] = buffer.getvalue()
    for name, data in written.items():
        write_atomically(out / name, data)
    print(f"{text}\nIn {out}: {', '.join(written)}")
    return 0


def _example(args: argparse.Namespace) -> int:
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


def _compare(path: Path, table: SpikeTable, reward: np.ndarray) -> float:
    """r² of a reward with that of a table as this command writes them."""
    keys = [*table.neurons, *(["stimulus"] if table.stimuli else [])]
    found = pd.read_csv(path)
    for name in [*keys, "reward"]:
        if name not in found.columns:
            raise ValueError(f"--compare: {path} has no column {name!r}")
    ours = reward_table(reward, table.neurons, table.stimuli)
    both = ours.merge(found[[*keys, "reward"]], on=keys, suffixes=("", "_true"))
    if len(both) != len(ours) or both[keys].duplicated().any():
        raise ValueError(
            f"--compare: {path} must have each of the {len(ours)} states and stimuli once"
        )
    # A merge may order its rows otherwise.
    both = ours.merge(both, on=[*keys, "reward"], how="left")
    true = both["reward_true"].to_numpy().reshape(reward.shape[::-1]).T
    return r_squared(true, reward, "median")


def _summary(
    table: SpikeTable,
    counts: TransitionCounts,
    fit: RewardFit,
    posterior: RewardPosterior,
    choice: PriorChoice | None,
) -> dict:
    """The numbers of a result, ready for JSON."""
    mean, low, high = posterior.expected_r_squared
    held_out = None
    if choice is not None:
        nats = choice.log_likelihood.mean(axis=0)
        held_out = dict(zip(map(str, choice.priors), nats, strict=True))
    return {
        "n_samples": len(table.states),
        "neurons": list(table.neurons),
        "activity": counts.activity.round(6).tolist(),
        "stimuli": list(table.stimuli),
        "stimulus_transitions": fit.task.input_transitions.round(8).tolist(),
        "updates_known": counts.updates_known,
        "steps_with_several_changes": counts.n_left_out,
        "states_visited": int((counts.visits > 0).sum()),
        "states": int(counts.visits.size),
        "coding_cost": fit.task.coding_cost,
        "prior": fit.prior,
        "prior_held_out_nats_per_step": held_out,
        "log_likelihood": fit.log_likelihood,
        "converged": fit.converged,
        "interval_level": LEVEL,
        "median_interval_width": float(np.median(posterior.high - posterior.low)),
        "expected_r_squared": {"mean": mean, "low": low, "high": high},
        "too_few_samples": bool(mean < ENOUGH),
        "r_squared_compared": None,
    }


def _report(name: str, facts: dict, frame: pd.DataFrame) -> str:
    """A page of text: what was read, how sure the result is, and the states that pay."""
    r2, several = facts["expected_r_squared"], facts["steps_with_several_changes"]
    level = f"{LEVEL:.0%}"
    n_stimuli = len(facts["stimuli"])
    chosen = ", chosen by held-out steps" if facts["prior_held_out_nats_per_step"] else ""
    lines = [
        f"{name}: {facts['n_samples']:,} samples of {len(facts['neurons'])} neurons, "
        f"{f'{n_stimuli} stimuli' if n_stimuli else 'no stimulus'}, "
        f"{'known updates' if facts['updates_known'] else 'states only'}",
        f"{facts['states_visited']} of {facts['states']} states were visited; neurons are active "
        f"{min(facts['activity']):.3f} to {max(facts['activity']):.3f} of the time",
        f"prior {facts['prior']:g}{chosen}",
        f"r² to expect with the true reward: {r2['mean']:.2f} "
        f"({level} interval {r2['low']:.2f} to {r2['high']:.2f})",
        f"half of the states have {level} intervals narrower than "
        f"{facts['median_interval_width']:.3g}",
    ]
    if facts["r_squared_compared"] is not None:
        lines.append(f"r² with the given reward: {facts['r_squared_compared']:.3f}")
    if facts["too_few_samples"]:
        lines.append(
            f"TOO FEW SAMPLES: less than half of the variance over states is reward "
            f"({100 * r2['low']:.0f}% to {100 * r2['high']:.0f}%). Record for longer, or choose "
            "fewer neurons."
        )
    if several:
        lines.append(f"left out: {several:,} steps in which several neurons changed")
    if not facts["converged"]:
        lines.append("NOT CONVERGED: the search ended before the most probable reward was found")
    lines += [
        f"rewards are relative to the median for each stimulus, at a coding cost of "
        f"{facts['coding_cost']:g}\n",
        f"the {_N_SHOWN} states whose reward is most surely high, with {level} intervals:",
    ]
    for row in frame.sort_values("low", ascending=False).head(_N_SHOWN).to_dict("records"):
        state = "".join(str(row[neuron]) for neuron in facts["neurons"])
        given = f"  stimulus {row['stimulus']}" if n_stimuli else ""
        lines.append(
            f"  {state}{given}  {row['reward']:.3f} ({row['low']:.3f} to {row['high']:.3f}), "
            f"visited {row['visits']:.0f} times"
        )
    return "\n".join(lines) + "\n"
