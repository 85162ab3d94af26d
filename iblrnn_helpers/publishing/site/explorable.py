"""What the book's explorable page needs of this build's own run: the distilled units, and the task.

A notebook writes it beside its claims, and the build puts it into the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.files import write_atomically
from ...core.store import identity
from ...task.generative_model import TaskParams
from ..ledger.results import results_folder

if TYPE_CHECKING:
    from ...distillation.distilled import Distilled

NAME = "explorable.json"
PAGE = "book/explore"


def write_explorable(
    fits: Mapping[str, Distilled],
    task: TaskParams,
    *,
    published: Mapping[str, np.ndarray],
    about: str,
    folder: str | Path | None = None,
) -> None:
    """Write down distilled circuits for the explorable page.

    Parameters
    ----------
    fits : dict of name to Distilled
        Each of two units and the task's three inputs; the first is shown first.
    task : TaskParams
        What the page's world draws, and what its observer believes.  Its block lengths must be
        of the default law, the only one that the page can draw.
    published : dict
        ``recurrent`` (2, 2) and ``inputs`` (2, 3): offered beside the fits, with the offset, the
        readout and the start of the first fit, which are not published.
    about : str
        Which network, in which run.
    folder : path-like, optional
        See :func:`iblrnn_helpers.publishing.ledger.results.results_folder`.

    Raises
    ------
    ValueError
        If there is no fit, one has other than two units, or the task has another block law,
        blocks of its own or probabilities of strengths.
    """
    if not fits:
        raise ValueError("fits must hold at least one, got none")
    if task.block_law != "truncated_geometric":
        raise ValueError(f"block_law must be 'truncated_geometric', got {task.block_law!r}")
    task.need_alternating("the page")
    if task.strength_probabilities is not None:
        raise ValueError(
            f"strength_probabilities must be left out, got {task.strength_probabilities}"
        )
    circuits = {name: _circuit(name, distilled) for name, distilled in fits.items()}
    matrices = {name: np.asarray(published[name]).tolist() for name in ("recurrent", "inputs")}
    circuits["published"] = next(iter(circuits.values())) | matrices
    content = {"about": about, "task": identity(task), "circuits": circuits}
    write_atomically(
        results_folder(folder) / NAME, json.dumps(content, indent=1, allow_nan=False) + "\n"
    )


def explorable_markdown(results: Path) -> str:
    """What `write_explorable` wrote, as the part of the page that its script reads.

    Parameters
    ----------
    results : Path
        The build's folder of results.

    Raises
    ------
    ValueError
        If no run wrote it.
    """
    path = results / NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise ValueError(
            f"{PAGE} shows the circuit of this build's own run, and {path} is not there or "
            "damaged: run 09_claim4_radd again, or take the page out of _toc.yml"
        ) from error
    text = json.dumps(content).replace("<", "\\u003c")  # so that no text can end the script
    script = f'<script type="application/json" id="explore-data">{text}</script>'
    return f"```{{raw}} html\n{script}\n```\n"


def _circuit(name: str, distilled: Distilled) -> dict:
    model, readout = distilled.model, distilled.readout
    if (model.n_units, model.n_inputs, model.activation) != (2, 3, "tanh"):
        raise ValueError(
            f"fits[{name!r}] must have 2 tanh units and 3 inputs, got {model.n_units} "
            f"{model.activation} units and {model.n_inputs} inputs"
        )
    return {
        "recurrent": model.recurrent.tolist(),
        "inputs": model.inputs.tolist(),
        "offset": model.offset.tolist(),
        "initial": np.asarray(distilled.initial).tolist(),
        "readout": {
            "direction": np.asarray(readout.direction).tolist(),
            "bias": readout.bias,
            "scale": readout.scale,
        },
    }
