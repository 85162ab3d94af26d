"""Trained networks of Part III by recipe: made once, then found again; and those that ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from ..artifacts import ArtifactStore
from ..files import load_arrays, save_arrays
from .hmm import FAMILIES
from .params import HmmRnnParams, recipe
from .training import TrainedHmmRnn, code_of, train

SHIPPED_SEEDS = {family: range(1, 4) for family in FAMILIES} | {"chain-2": range(1, 5)}


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

    Returns
    -------
    TrainedHmmRnn

    Raises
    ------
    As :func:`iblrnn_helpers.hmm_rnn.training.train`.
    """

    def make(partial):
        return train(params, checkpoint=partial, progress=progress).to_arrays()

    store = store or ArtifactStore()
    return TrainedHmmRnn.from_arrays(*store.get_or_make("hmm-rnn", _inputs(params), make))


def shipped_hmm_rnn(family: str, seed: int = 1) -> TrainedHmmRnn:
    """A network of :func:`~iblrnn_helpers.hmm_rnn.params.recipe` that ships with the package.

    It has no snapshots, to keep the file small.

    Raises
    ------
    ValueError
        If there is no such family, or no network of that seed is shipped.
    """
    params = recipe(family, seed)
    seeds = SHIPPED_SEEDS[family]
    if seed not in seeds:
        raise ValueError(f"seed must be one of {seeds[0]} to {seeds[-1]}, got {seed!r}")
    found = _shipped(params)
    if found is None:
        raise FileNotFoundError(f"the package lacks its file {shipped_name(params)}")
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
    store, found = ArtifactStore(), []
    counts = {"stored": 0, "shipped": 0, "trained": 0}
    for params in recipes:
        is_stored = store.path("hmm-rnn", _inputs(params)).exists()
        shipped = None if is_stored else _shipped(params)
        counts["stored" if is_stored else "shipped" if shipped else "trained"] += 1
        found.append(shipped or trained_hmm_rnn(params, store=store))
    return found, (
        f"Networks: {counts['stored']} trained here before, {counts['shipped']} shipped with the "
        f"package (same code), {counts['trained']} trained just now."
    )


def shipped_name(params: HmmRnnParams) -> str:
    """File name of a shipped network."""
    return f"hmm-rnn_{params.hmm.name}_seed-{params.seed}.safetensors"


def write_shipped(trained: TrainedHmmRnn, folder: str | Path) -> None:
    """Write the file that :func:`shipped_hmm_rnn` reads, into a folder."""
    arrays, metadata = replace(trained, snapshots={}).to_arrays()
    save_arrays(
        Path(folder) / shipped_name(trained.params),
        {name: value.astype(np.float32) for name, value in arrays.items()},
        metadata,
    )


def _shipped(params: HmmRnnParams) -> TrainedHmmRnn | None:
    with as_file(files("iblrnn_helpers") / "data" / shipped_name(params)) as path:
        if not path.exists():
            return None
        shipped = TrainedHmmRnn.from_arrays(*load_arrays(path))
    return shipped if shipped.params == params else None


def _inputs(params: HmmRnnParams) -> dict:
    return {"params": params, "code": code_of()}
