"""``iblrnn train``: train one network from the command line."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from ..task import BLOCK_LAWS, TaskParams
from .params import CELLS, ENGINES, LOSSES, OPTIMIZERS, TrainParams

EXAMPLES = """examples:
  iblrnn train                                     the paper's recipe, seed 1
  iblrnn train --seed 2 --n-units 100 --out rnn100.safetensors
  iblrnn train --loss cross_entropy --n-gradient-steps 60000
  iblrnn train --cell gru --optimizer adam --learning-rate 0.003 --sessions-per-step 16
  iblrnn train --block-law forced_switch           the block lengths of the paper's text

An interrupted run goes on where it stopped when the same command is given again.
"""
_WORDS = {
    "cell": CELLS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "engine": ENGINES,
    "dtype": ("float32", "float64"),
    "block_law": BLOCK_LAWS,
}
_TASK_FIELDS = ("block_law", "concordance", "hazard", "noise_sd", "threshold")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn train``: the fields of the recipe, and the task's main ones."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    recipe = parser.add_argument_group("recipe (defaults: the paper's)")
    task = parser.add_argument_group("task")
    fields = {f.name: f.default for f in dataclasses.fields(TaskParams)}
    for group, defaults in (
        (recipe, {f.name: f.default for f in dataclasses.fields(TrainParams)}),
        (task, {name: fields[name] for name in _TASK_FIELDS}),
    ):
        for name, default in defaults.items():
            group.add_argument(
                f"--{name.replace('_', '-')}",
                dest=name,
                type=type(default),
                default=default,
                choices=_WORDS.get(name),
                metavar=None if name in _WORDS else type(default).__name__.upper(),
                help=f"default: {default}",
            )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("network.safetensors"),
        help="file for the trained network (default: network.safetensors)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite that file")


def main(args: argparse.Namespace) -> int:
    """Train, write the network, and say how it does."""
    params = TrainParams(**{f.name: getattr(args, f.name) for f in dataclasses.fields(TrainParams)})
    task = TaskParams(**{name: getattr(args, name) for name in _TASK_FIELDS})

    from .loop import train
    from .saved import checkpoint_beside

    with checkpoint_beside(args.out, args.force) as checkpoint:
        trained = train(params, task, checkpoint=checkpoint)
        trained.network.save(
            args.out, {"params": dataclasses.asdict(params), "task": dataclasses.asdict(task)}
        )
    recent = trained.history[-1000:].mean(axis=0)
    print(
        f"{args.out}: {params.n_gradient_steps:,} gradient steps in {trained.cpu_seconds:.0f} CPU "
        f"seconds. Over the last {min(1000, len(trained.history)):,} steps: loss {recent[0]:.3f}, "
        f"correct {recent[1]:.3f}, timed out {recent[2]:.3f}, {recent[3]:.2f} steps per trial."
    )
    return 0
