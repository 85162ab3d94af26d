"""Networks of Part III by recipe: made once, then found again; those that ship; a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...core.files import digest_arrays, save_arrays
from ...core.store import ArtifactStore
from ...core.trained import (
    add_out,
    by_the_quickest_way,
    checkpoint_beside,
    read_shipped,
    write_shipped_file,
)
from ..hmm import FAMILIES, read_hmm
from ..network import NONLINEARITIES
from ..statistics import stationary
from .learning import NEAR_ESCAPE, Phases, phases
from .params import (
    N_STEPS,
    HmmRnnParams,
    fast_recipe,
    fast_stages,
    finished_recipe,
    finishing_stages,
    recipe,
)
from .training import TrainedHmmRnn, code_of, train

RECIPES = {"reference": recipe, "finished": finished_recipe, "fast": fast_recipe}
_RECIPES = {  # of shipped files, by their names
    "hmm-rnn": recipe,
    "hmm-rnn-fast": fast_recipe,
    "hmm-rnn-finished": finished_recipe,
    "hmm-rnn-fast-one-input": partial(fast_recipe, n_inputs=1),
}


def trained_hmm_rnn(
    params: HmmRnnParams, *, store: ArtifactStore | None = None, progress: bool = True
) -> TrainedHmmRnn:
    """The network that a recipe gives: loaded if it was trained before, else trained now.

    An interrupted training is continued by the next call with the same recipe.

    Parameters
    ----------
    params : HmmRnnParams
    store : ArtifactStore, optional
        The default store where omitted.
    progress : bool, optional

    Raises
    ------
    As :func:`iblrnn_helpers.hmm_rnn.teaching.training.train`.
    """

    return _trained(params, store or ArtifactStore(), code_of(), progress)


def trained_past_escape(
    params: HmmRnnParams, n_updates: int, *, seed: int
) -> tuple[TrainedHmmRnn, Phases]:
    """The network of a recipe of one stage, trained until it has left the plateau; its phases.

    Parameters
    ----------
    params : HmmRnnParams
        With a single stage, at a constant learning rate.
    n_updates : int
        To train at first.  The whole stage follows if the escape is not among them, or nearer to
        their end than `phase_numbers` looks.
    seed : int
        Of :func:`phases`.

    Raises
    ------
    ValueError
        If there are several stages, or the learning rate changes.
    """
    if len(params.stages) != 1 or params.stages[0].final_learning_rate is not None:
        raise ValueError("params must have a single stage, at a constant learning rate")
    (stage,) = params.stages
    # As the rate is constant, a shorter training is the beginning of the whole one.
    first = replace(stage, n_updates=min(n_updates, stage.n_updates))
    trained = trained_hmm_rnn(replace(params, stages=(first,)))
    found = phases(trained, seed=seed)
    all_seen = found.escape is not None and found.escape + NEAR_ESCAPE <= first.n_updates
    if first != stage and not all_seen:
        trained = trained_hmm_rnn(params)
        found = phases(trained, seed=seed)
    return trained, found


def _trained(
    params: HmmRnnParams, store: ArtifactStore, code: str, progress: bool = True
) -> TrainedHmmRnn:
    def make(partial):
        start = None
        if params.start_from is not None:
            (found,), _ = hmm_rnns_for([params.start_from])
            # Files give weights in another order in every process; the norm of the gradient, a sum
            # over them, is rounded in that order.
            start = dict(sorted(found.weights.items()))
        return train(params, start=start, checkpoint=partial, progress=progress).to_arrays()

    return TrainedHmmRnn.from_arrays(*store.get_or_make("hmm-rnn", _inputs(params, code), make))


def shipped_hmm_rnn(
    family: str, seed: int = 1, make: Callable[..., HmmRnnParams] = recipe
) -> TrainedHmmRnn:
    """A network that ships with the package: of `recipe`, `fast_recipe` or `finished_recipe`.

    It has no snapshots, to keep the file small.

    Raises
    ------
    ValueError
        If there is no such family, or no network of that recipe and seed is shipped.
    """
    found, _ = _shipped(make(family, seed), code_of())
    if found is None:
        raise ValueError(
            f"seed must be one of those shipped of {make.__name__}, {family}; got {seed!r}"
        )
    return found


def hmm_rnns_for(recipes: Sequence[HmmRnnParams]) -> tuple[list[TrainedHmmRnn], str]:
    """The networks of some recipes, by the quickest way, and a sentence that says which it was.

    In this order: the store; the networks shipped with the package, where the
    recipe is the same; training now.

    Returns
    -------
    networks : list of TrainedHmmRnn
        In the order of ``recipes``.
    origin : str
    """
    return _found(recipes, ArtifactStore(), code_of())


def _found(recipes: Sequence[HmmRnnParams], store: ArtifactStore, code: str):
    """The same with today's code, which takes some 10 ms to read."""
    return by_the_quickest_way(
        recipes,
        is_stored=lambda params: store.path("hmm-rnn", _inputs(params, code)).exists(),
        stored=lambda params: _trained(params, store, code),
        shipped=lambda params: _shipped(params, code),
        train=lambda missing: [_trained(params, store, code) for params in missing],
    )


def shipped_name(params: HmmRnnParams) -> str | None:
    """File name of a network of the recipes that are shipped; None for any other recipe."""
    family = params.hmm.name
    if family not in FAMILIES:
        return None
    for prefix, shipped in _RECIPES.items():
        if params == shipped(family, params.seed):
            return f"{prefix}_{family}_seed-{params.seed}.safetensors"
    return None


def write_shipped(trained: TrainedHmmRnn, folder: str | Path) -> None:
    """Write the file that :func:`shipped_hmm_rnn` reads, into a folder.

    It is stamped as made by today's code: give only what :func:`trained_hmm_rnn` has given.

    Raises
    ------
    ValueError
        If the recipe is none of those that are shipped.
    """
    name = shipped_name(trained.params)
    if name is None:
        raise ValueError("trained must be of a recipe that is shipped, got another recipe")
    write_shipped_file(Path(folder) / name, replace(trained, snapshots={}), code_of())


def _shipped(params: HmmRnnParams, code: str) -> tuple[TrainedHmmRnn | None, str]:
    return read_shipped(shipped_name(params), TrainedHmmRnn, code, params=params)


def _inputs(params: HmmRnnParams, code: str) -> dict:
    inputs = {"params": params, "code": code}
    if params.start_from is not None:  # whose weights may be of an earlier version of the code
        (start,), _ = _found([params.start_from], ArtifactStore(), code)
        inputs["start"] = digest_arrays(start.weights)
    return inputs


# ``iblrnn train-hmm``.

EXAMPLES = f"""examples:
  iblrnn train-hmm chain-2                     as the networks that ship with the package
  iblrnn train-hmm full --fast                 in a minute: close statistics, another loss
  iblrnn train-hmm full --finished             then on pairs of symbols: still closer
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
    parser.epilog = EXAMPLES
    parser.add_argument("hmm", metavar="HMM", help="name of a family, or a JSON file")
    parser.add_argument(
        "--fast", action="store_true", help="the fast recipe; models of your own always take it"
    )
    parser.add_argument(
        "--finished",
        action="store_true",
        help="then train on pairs of symbols, one stage (full: two)",
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
    add_out(parser, "hmm-rnn.safetensors")


def main(args: argparse.Namespace) -> int:
    """Train, write the network, and say how its emissions compare."""
    from .emissions import assess_emissions

    params = _params(args)
    if args.out.exists() and Path(args.hmm).exists() and args.out.samefile(args.hmm):
        raise ValueError(f"--out {args.out} is the model's file; give another name")
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
        f"Matched distance: {match.distance:.3f}; "
        f"of two sets of the HMM's own sequences: {match.distance_floor:.3f}."
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
        hmm, stages = read_hmm(args.hmm), fast_stages(30 if args.n_steps is None else args.n_steps)
        try:
            stationary(hmm)
        except ValueError as error:
            raise ValueError(
                f"{args.hmm}: {error}, or let others lead back to them with a small probability: "
                "networks are compared with what a model emits in the long run"
            ) from error
        params = HmmRnnParams(hmm, stages, args.seed, **sizes)
    else:
        raise ValueError(
            f"HMM must be one of {', '.join(FAMILIES)}, or a JSON file; there is no {args.hmm!r}"
        )
    if args.finished:
        params = replace(params, stages=(*params.stages, *finishing_stages(params.hmm.name)))
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
