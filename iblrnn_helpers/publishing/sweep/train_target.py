"""The target ``train``: train a network, then measure its claims; and how any target is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from ...core import checks
from ...core.checks import PROFILES, check_profile
from ...core.fingerprint import fingerprint
from ...core.store import ArtifactStore
from ...robustness.measures import MEASURES, Subject, effort_of, measure
from ...task.generative_model import TaskParams
from ...training.memory import check_memory
from ...training.params import TrainParams
from ..running.notebooks import Parameter, find_notebooks, read_notebook, unknown
from ..running.planning import find_places
from .settings import SweepFolder
from .targets import (
    TRAIN,
    FunctionTarget,
    NotebookTarget,
    Target,
    TargetNumbers,
    checked_numbers,
)

_OWN = (
    Parameter("profile", "str", "page", f"budget of the measurement: {', '.join(PROFILES)}"),
    Parameter("measures", "list[str]", list(MEASURES), "what to measure of the network"),
    Parameter("trials_seed", "int", 10_000, "of the trials that all networks are measured on"),
    Parameter("shipped", "bool", False, "take the package's network where it has the recipe's"),
)

# What a setting loads, for a process whose forks then have it.
LIBRARIES = (
    "iblrnn_helpers.agents.rnn",
    "iblrnn_helpers.behavior.claims",
    "iblrnn_helpers.coupling.claims",
    "iblrnn_helpers.distillation.claims",
    "iblrnn_helpers.distillation.radd",
    "iblrnn_helpers.mechanism.claims",
    "iblrnn_helpers.representations.claims",
    "iblrnn_helpers.task.compiled_loop",
    "iblrnn_helpers.training.kernels",
    "iblrnn_helpers.training.store",
    "sklearn.linear_model",
)


class TrainTarget:
    """Parameters: the fields of TrainParams and of TaskParams, and how to measure."""

    name = source = TRAIN

    def __init__(self):
        recipe, task = _of_fields(TrainParams, "recipe"), _of_fields(TaskParams, "task")
        self.parameters = {p.name: p for p in (*recipe, *task, *_OWN)}

    def check(self, values: Mapping[str, object]) -> None:
        check_memory(*_recipe(values))
        check_profile(values["profile"])
        checks.seed("trials_seed", values["trials_seed"])
        for name in values["measures"]:
            checks.choice("measures", name, MEASURES)

    def code(self) -> str:
        return fingerprint("iblrnn_helpers.robustness.measures", "iblrnn_helpers.training.store")

    def run(self, values, folder: SweepFolder, setting: str) -> TargetNumbers:
        from ...training.store import shipped_network, trained_network

        params, task = _recipe(values)
        trained = shipped_network(params, task) if values["shipped"] else None
        if trained is None:
            store = ArtifactStore(folder.artifacts)
            trained = trained_network(params, task, store=store, progress=False)
        subject = Subject(
            trained.network, task, values["trials_seed"], effort_of(values["profile"])
        )
        numbers, remarks = measure(subject, tuple(values["measures"]))
        numbers["training.cpu_seconds"] = trained.cpu_seconds
        return TargetNumbers(checked_numbers(TRAIN, numbers), tuple(remarks))


def find_target(text: str) -> Target:
    """The target that a word on the command line, or a folder's note, stands for.

    Parameters
    ----------
    text : str
        ``train``; a notebook's name, as ``01_task``; a path to a ``.py`` notebook or to the
        ``.ipynb`` beside it; or ``module:function``.

    Raises
    ------
    ValueError
        If there is no such thing, or it cannot be swept.
    """
    if not isinstance(text, str):  # a function: processes of their own import it by its name
        raise ValueError(
            f'target must be a word, as "module:function", got {type(text).__name__} {text!r}'
        )
    if text == TRAIN:
        return TrainTarget()
    module, colon, function = text.partition(":")
    if colon and all(part.isidentifier() for part in (*module.split("."), function)):
        return FunctionTarget(text)
    path = Path(text)
    if colon and not path.exists():
        raise ValueError(f"{text!r} is no function: give module:function")
    if path.suffix in (".py", ".ipynb") and path.exists():
        source = path.with_suffix(".py")
        if not source.exists():
            raise ValueError(f"{text} has no {source.name} beside it, which is what is run")
        return NotebookTarget(read_notebook(source.resolve()))
    try:
        places = find_places()
    except ValueError as error:
        raise ValueError(
            f"{unknown('target', text, [TRAIN])}; or give module:function for a function of your "
            f"own. For a page: {error}"
        ) from None
    notebooks = find_notebooks(places.notebooks)
    if path.stem in notebooks:
        return NotebookTarget(notebooks[path.stem])
    raise ValueError(
        f"{unknown('target', text, [TRAIN, *notebooks])}; or give module:function for a function "
        "of your own"
    )


def _of_fields(cls, whose: str) -> list[Parameter]:
    listed = "tuple[float, ...]"
    kinds = {listed: "list[float]", f"{listed} | None": "list[float]", "Blocks | None": "str"}
    kinds |= {"Options | None": "str", "float | None": "float"}
    found = []
    for f in dataclasses.fields(cls):
        default = list(f.default) if isinstance(f.default, tuple) else f.default
        kind, later = kinds.get(f.type, f.type), bool(f.metadata.get("later"))
        found.append(Parameter(f.name, kind, default, f"of the {whose}", later))
    return found


def _recipe(values: Mapping[str, object]) -> tuple[TrainParams, TaskParams]:
    return tuple(
        cls(**{f.name: values[f.name] for f in dataclasses.fields(cls)})
        for cls in (TrainParams, TaskParams)
    )
