"""``iblrnn train-hmm``: train a network to emit what a hidden Markov model emits."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from .hmm import FAMILIES, read_hmm
from .network import NONLINEARITIES
from .params import N_STEPS, HmmRnnParams, fast_recipe, fast_stages, recipe

EXAMPLES = f"""examples:
  iblrnn train-hmm chain-2                     as the networks that ship with the package
  iblrnn train-hmm full --fast                 in a minute: close statistics, another loss
  iblrnn train-hmm cyclic --seed 7 --out cyclic.safetensors
  iblrnn train-hmm chain-3 --n-units 50 --n-inputs 10
  iblrnn train-hmm mine.json --n-steps 40      a model of your own

families: {", ".join(FAMILIES)}

A model of your own is a JSON file, such as
  {{"name": "mine", "transition": [[0.9, 0.1], [0.2, 0.8]], "emission": [[1, 0], [0, 1]]}}

An interrupted run goes on where it stopped when the same command is given again.
"""
_CHECKED = 500  # sequences whose statistics are printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn train-hmm``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("hmm", metavar="HMM", help="name of a family, or a JSON file")
    parser.add_argument(
        "--fast", action="store_true", help="the fast recipe; models of your own always take it"
    )
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--n-units", type=int, default=150, help="hidden units (default: 150)")
    parser.add_argument("--n-inputs", type=int, default=100, help="noise inputs (default: 100)")
    parser.add_argument("--nonlinearity", choices=NONLINEARITIES, default="relu")
    parser.add_argument("--biases", action="store_true", help="give units and logits biases")
    parser.add_argument(
        "--n-steps", type=int, help="steps of a sequence (default: the family's; 30 for a file)"
    )
    parser.add_argument(
        "--n-updates", type=int, nargs="+", metavar="N", help="updates of each stage"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("hmm-rnn.safetensors"),
        help="file for the trained network (default: hmm-rnn.safetensors)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite that file")


def main(args: argparse.Namespace) -> int:
    """Train, write the network, and say how its emissions compare."""
    params = _params(args)

    from ..files import save_arrays
    from ..training.saved import checkpoint_beside
    from .emissions import assess_emissions
    from .training import train

    with checkpoint_beside(args.out, args.force) as checkpoint:
        trained = train(params, checkpoint=checkpoint)
        save_arrays(args.out, *replace(trained, snapshots={}).to_arrays())
    match = assess_emissions(trained.network, params.hmm, n_sequences=_CHECKED, seed=params.seed)
    print(
        f"{args.out}: {params.n_updates:,} updates in {trained.cpu_seconds:.0f} CPU seconds.\n"
        f"Frequencies of the symbols: {_listed(match.network.frequencies)}; "
        f"of the HMM: {_listed(match.exact.frequencies)}.\n"
        f"Changes of the symbol per step: {match.change_rate.value:.4f}; "
        f"of the HMM: {match.exact.change_rate:.4f}.\n"
        f"Total variation between bigrams: {match.total_variation:.3f}; as many sequences of the "
        f"HMM itself: {match.floor:.3f}.\n"
        f"Matched distance, over the HMM's own: {match.distance_ratio:.3f}."
    )
    return 0


def _params(args: argparse.Namespace) -> HmmRnnParams:
    sizes = {
        name: getattr(args, name) for name in ("n_units", "n_inputs", "nonlinearity", "biases")
    }
    if args.hmm in FAMILIES:
        params = (fast_recipe if args.fast else recipe)(args.hmm, args.seed, **sizes)
        if args.n_steps is not None:
            whole = N_STEPS[args.hmm]  # a stage of short sequences keeps them
            stages = [
                replace(stage, n_steps=args.n_steps) if stage.n_steps == whole else stage
                for stage in params.stages
            ]
            params = replace(params, stages=stages)
    elif Path(args.hmm).is_file():
        stages = fast_stages(30 if args.n_steps is None else args.n_steps)
        params = HmmRnnParams(read_hmm(args.hmm), stages, args.seed, **sizes)
    else:
        raise ValueError(
            f"HMM must be one of {', '.join(FAMILIES)}, or a JSON file; there is no {args.hmm!r}"
        )
    if args.n_updates:
        if len(args.n_updates) != len(params.stages):
            raise ValueError(
                f"--n-updates must be {len(params.stages)} numbers, one for each stage, "
                f"got {len(args.n_updates)}"
            )
        stages = zip(params.stages, args.n_updates, strict=True)
        params = replace(params, stages=[replace(stage, n_updates=n) for stage, n in stages])
    return params


def _listed(values) -> str:
    return ", ".join(f"{value:.3f}" for value in values)
