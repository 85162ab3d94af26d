"""Trained networks of Part III by recipe: made once, then found again; and those that ship."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from ..artifacts import ArtifactStore
from ..files import digest_arrays, load_arrays, save_arrays
from ..training.saved import origin_of
from .hmm import FAMILIES
from .params import HmmRnnParams, fast_recipe, recipe
from .training import TrainedHmmRnn, code_of, train

_RECIPES = {"hmm-rnn": recipe, "hmm-rnn-fast": fast_recipe}  # of shipped files, by their names


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


def shipped_hmm_rnn(family: str, seed: int = 1, *, fast: bool = False) -> TrainedHmmRnn:
    """A network of `recipe`, or of `fast_recipe`, that ships with the package.

    It has no snapshots, to keep the file small.

    Raises
    ------
    ValueError
        If there is no such family, or no network of that recipe and seed is shipped.
    """
    found, _ = _shipped((fast_recipe if fast else recipe)(family, seed))
    if found is None:
        kind = "fast_recipe" if fast else "recipe"
        raise ValueError(f"seed must be one of those shipped of {kind}, {family}; got {seed!r}")
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
    store, found, origins = ArtifactStore(), [], []
    for params in recipes:
        is_stored = store.path("hmm-rnn", _inputs(params)).exists()
        shipped, origin = (None, "stored") if is_stored else _shipped(params)
        origins.append(origin)
        found.append(shipped or trained_hmm_rnn(params, store=store))
    return found, origin_of(Counter(origins))


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
        raise ValueError("trained must be of recipe or fast_recipe, got another recipe")
    arrays, metadata = replace(trained, snapshots={}).to_arrays()
    save_arrays(
        Path(folder) / name,
        {name: value.astype(np.float32) for name, value in arrays.items()},
        {**metadata, "code": code_of()},
    )


def _shipped(params: HmmRnnParams) -> tuple[TrainedHmmRnn | None, str]:
    """What ships of a recipe, and what `origin_of` calls it; ``trained`` if there is nothing."""
    name = shipped_name(params)
    if name is None:
        return None, "trained"
    with as_file(files("iblrnn_helpers") / "data" / name) as path:
        if not path.exists():
            return None, "trained"
        arrays, metadata = load_arrays(path)
    shipped = TrainedHmmRnn.from_arrays(arrays, metadata)
    if shipped.params != params:
        return None, "trained"
    return shipped, "shipped" if metadata.get("code") == code_of() else "shipped earlier"


def _inputs(params: HmmRnnParams) -> dict:
    inputs = {"params": params, "code": code_of()}
    if params.start_from is not None:  # whose weights may be of an earlier version of the code
        (start,), _ = hmm_rnns_for([params.start_from])
        inputs["start"] = digest_arrays(start.weights)
    return inputs
