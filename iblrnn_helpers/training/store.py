"""Trained networks by recipe: made once, then found again; those that ship; ``iblrnn train``."""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np

from ..core.files import digest_arrays
from ..core.store import ArtifactStore, identity
from ..core.trained import (
    add_out,
    by_the_quickest_way,
    checkpoint_beside,
    read_shipped,
    write_shipped_file,
)
from ..task.generative_model import BLOCK_LAWS, TaskParams
from .loop import WINDOW, TrainedNetwork, code_of, train
from .params import CELLS, ENGINES, LOSSES, TrainParams

REFERENCE_SEEDS = range(1, 10)  # shipped, of the default recipe


def trained_network(
    params: TrainParams | None = None,
    task: TaskParams | None = None,
    *,
    store: ArtifactStore | None = None,
    progress: bool = True,
) -> TrainedNetwork:
    """The network that a recipe gives: loaded if it was trained before, else trained now.

    An interrupted training is continued by the next call with the same recipe.

    Parameters
    ----------
    params : TrainParams, optional
        The paper's recipe where omitted.
    task : TaskParams, optional
    store : ArtifactStore, optional
        The default store where omitted.
    progress : bool

    Raises
    ------
    As :func:`iblrnn_helpers.training.train`.
    """
    params, task, store = params or TrainParams(), task or TaskParams(), store or ArtifactStore()

    def make(partial):
        return train(params, task, checkpoint=partial, progress=progress).to_arrays()

    return TrainedNetwork.from_arrays(*store.get_or_make("rnn", _inputs(params, task), make))


def trained_networks(
    recipes: Sequence[TrainParams],
    task: TaskParams | None = None,
    *,
    n_jobs: int = 1,
    progress: bool = True,
) -> list[TrainedNetwork]:
    """:func:`trained_network` for many recipes, in ``n_jobs`` processes.

    Returns
    -------
    list of TrainedNetwork
        In the order of ``recipes``.
    """
    from tqdm import tqdm

    task = task or TaskParams()
    if n_jobs == 1:
        return [trained_network(recipe, task, progress=progress) for recipe in recipes]
    context = multiprocessing.get_context("spawn")  # torch and Numba do not survive a fork
    with ProcessPoolExecutor(n_jobs, mp_context=context) as pool:
        jobs = {pool.submit(_trained_quietly, recipe, task): i for i, recipe in enumerate(recipes)}
        finished = tqdm(
            as_completed(jobs),
            total=len(jobs),
            desc="training networks",
            unit="network",
            disable=None if progress else True,
        )
        networks = {jobs[job]: job.result() for job in finished}
    return [networks[i] for i in range(len(recipes))]


def reference_network(seed: int = 1) -> TrainedNetwork:
    """A network of the paper's recipe that ships with the package, see :func:`shipped_network`.

    Raises
    ------
    ValueError
        If no network of that seed is shipped.
    """
    if seed not in REFERENCE_SEEDS:
        raise ValueError(
            f"seed must be one of {REFERENCE_SEEDS[0]} to {REFERENCE_SEEDS[-1]}, got {seed!r}"
        )
    # None only for what does not ship; these do.
    return shipped_network(TrainParams(seed=seed))  # pyright: ignore[reportReturnType]


def shipped_network(params: TrainParams, task: TaskParams | None = None) -> TrainedNetwork | None:
    """The network of this recipe and task that ships with the package.

    It may have been trained by an earlier version of the code; :func:`networks_for` says so.  To
    keep the file small it has no snapshots, and each row of its history is the mean over 1,000
    gradient steps (or over all of a shorter training).

    Returns
    -------
    TrainedNetwork or None
        None if it is not among those shipped.
    """
    return _shipped(params, task or TaskParams())[0]


def reference_name(params: TrainParams, task: TaskParams | None = None) -> str:
    """File name of a shipped network: what differs from the paper's recipe and task, and the seed.

    For example ``rnn_n_units-2_n_gradient_steps-400001_seed-1.safetensors``.
    """
    defaults = asdict(TrainParams(cell=params.cell)) | {"cell": "vanilla"} | asdict(TaskParams())
    found = asdict(params) | asdict(task or TaskParams())
    seed = found.pop("seed")
    differing = [f"_{k}-{_as_text(v)}" for k, v in found.items() if v != defaults[k]]
    return f"rnn{''.join(differing)}_seed-{seed}.safetensors"


def write_reference(trained: TrainedNetwork, folder: str | Path) -> None:
    """Write the file that :func:`shipped_network` reads, into a folder.

    It is stamped as made by today's code: give only what :func:`trained_network` has given.
    """
    window = min(WINDOW, len(trained.history))
    n_rows = len(trained.history) // window
    windows = trained.history[: n_rows * window].reshape(n_rows, window, -1)
    small = replace(trained, snapshots={}, history=windows.mean(axis=1, dtype=np.float64))
    path = Path(folder) / reference_name(trained.params, trained.task)
    write_shipped_file(path, small, code_of(trained.params))


def networks_for(
    recipes: Sequence[TrainParams], task: TaskParams | None = None, *, n_jobs: int = 1
) -> tuple[list[TrainedNetwork], str]:
    """The networks of some recipes, by the quickest way, and a sentence that says which it was.

    In this order: the store; the networks shipped with the package, where
    recipe and task are the same; training now, in ``n_jobs`` processes.

    Returns
    -------
    networks : list of TrainedNetwork
        In the order of ``recipes``.
    origin : str
    """
    task, store = task or TaskParams(), ArtifactStore()
    return by_the_quickest_way(
        recipes,
        is_stored=lambda params: store.path("rnn", _inputs(params, task)).exists(),
        stored=lambda params: trained_network(params, task, store=store),
        shipped=lambda params: _shipped(params, task),
        train=lambda missing: trained_networks(missing, task, n_jobs=n_jobs),
    )


def _shipped(params: TrainParams, task: TaskParams) -> tuple[TrainedNetwork | None, str]:
    name = reference_name(params, task)
    return read_shipped(name, TrainedNetwork, code_of(params), params=params, task=task)


def _as_text(value) -> str:
    if isinstance(value, dict):  # blocks of one's own
        return digest_arrays({}, json.dumps(value, sort_keys=True))[:10]
    if isinstance(value, tuple):
        return "+".join(_as_text(v) for v in value)
    return value if isinstance(value, str) else f"{value:.12g}"  # 2 and 2.0 are the same recipe


def _inputs(params: TrainParams, task: TaskParams) -> dict:
    return {"params": params, "task": task, "code": code_of(params)}


def _trained_quietly(params: TrainParams, task: TaskParams) -> TrainedNetwork:
    return trained_network(params, task, progress=False)


# ``iblrnn train``.

EXAMPLES = """examples:
  iblrnn train                                     the paper's recipe, seed 1
  iblrnn train --seed 2 --n-units 100 --out rnn100.safetensors
  iblrnn train --loss cross_entropy --n-gradient-steps 60000
  iblrnn train --cell gru --optimizer adam --learning-rate 0.003 --sessions-per-step 16
  iblrnn train --optimizer AdamW --optimizer-options '{"weight_decay": 0.01}' --max-gradient-norm 1
  iblrnn train --schedule CosineAnnealingLR --schedule-options '{"T_max": 100001}'
  iblrnn train --block-law forced_switch           the block lengths of the paper's text
  iblrnn train --blocks ibl --hazard 0.0167        90 unbiased trials, then the mice's blocks
  iblrnn train --blocks '{"p_right": [0.1, 0.5, 0.7], "lengths": [30, null, {"2": 0.5, "4": 0.5}]}'
  iblrnn train --strengths 0,0.5,1 --strength-probabilities 0.2,0.4,0.4

An interrupted run goes on where it stopped when the same command is given again.
"""
_WORDS = {
    "cell": CELLS,
    "loss": LOSSES,
    "engine": ENGINES,
    "dtype": ("float32", "float64"),
    "block_law": BLOCK_LAWS,
}
_ASKED = {
    TrainParams: [field.name for field in fields(TrainParams)],
    TaskParams: [field.name for field in fields(TaskParams)],
}
_HELP = {
    "optimizer": "sgd, adam or another class of torch.optim (default: sgd)",
    "optimizer_options": "what else that takes, in JSON",
    "schedule": "class of torch.optim.lr_scheduler, if the learning rate is not constant",
    "schedule_options": "what that takes, in JSON",
    "max_gradient_norm": "longer gradients are shortened to this (default: none)",
    "blocks": "kinds of blocks: ibl, fields of task.Blocks in JSON, or a .json file of these "
    "(default: left and right, of the concordance)",
    "strength_probabilities": "numbers with commas between (default: all alike)",
}
_TITLES = {TrainParams: "recipe (defaults: the paper's)", TaskParams: "task"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``iblrnn train``: the fields of the recipe and of the task."""
    parser.epilog = EXAMPLES
    for cls, names in _ASKED.items():
        group = parser.add_argument_group(_TITLES[cls])
        for name in names:
            default = getattr(cls, name)
            kind = str if default is None else type(default)
            kind = float if name == "max_gradient_norm" else kind
            kind = numbers if name.startswith("strength") else kind
            shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
            group.add_argument(
                f"--{name.replace('_', '-')}",
                dest=name,
                type=kind,
                default=default,
                choices=_WORDS.get(name),
                metavar=None if name in _WORDS else kind.__name__.upper(),
                help=_HELP.get(name, f"default: {shown}"),
            )
    add_out(parser, "network.safetensors")


def numbers(text: str) -> tuple[float, ...]:
    """Numbers with commas between."""
    return tuple(map(float, text.split(",")))


def main(args: argparse.Namespace) -> int:
    """Train, write the network, and say how it does."""
    if str(args.blocks).endswith(".json"):
        if not Path(args.blocks).is_file():
            raise ValueError(f"--blocks {args.blocks} must be a file, and there is none")
        args.blocks = Path(args.blocks).read_text(encoding="utf-8")
    params, task = (
        cls(**{name: getattr(args, name) for name in names}) for cls, names in _ASKED.items()
    )
    with checkpoint_beside(args.out, args.force) as checkpoint:
        trained = train(params, task, checkpoint=checkpoint)
        trained.network.save(args.out, {"params": identity(params), "task": identity(task)})
    recent = trained.history[-1000:].mean(axis=0)
    print(
        f"{args.out}: {params.n_gradient_steps:,} gradient steps in {trained.cpu_seconds:.0f} CPU "
        f"seconds. Over the last {min(1000, len(trained.history)):,} steps: loss {recent[0]:.3f}, "
        f"correct {recent[1]:.3f}, timed out {recent[2]:.3f}, {recent[3]:.2f} steps per trial."
    )
    return 0
