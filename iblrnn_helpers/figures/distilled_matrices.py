"""The distilled units' weights as matrices (Claim 4): published, the main network's, and all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..distillation.model import DistilledModel
from .circuit import DIVERGING
from .distilled_circuit import INPUT_NAMES, PARTS, check_names, of_shape
from .style import BLACK, check_kind, new_figure, styled


@styled
def fig_matrices(
    models: Sequence[DistilledModel],
    names: Sequence[str],
    *,
    published: Mapping[str, np.ndarray] | None = None,
    input_names: Sequence[str] = INPUT_NAMES,
) -> Figure:
    """Weights as matrices: the published ones, the main network's, and all networks'.

    Parameters
    ----------
    models : sequence of DistilledModel
        One for each network, the main one's first, all of one shape.
    names : sequence of str
        Of the units.
    published : dict of "recurrent", "inputs" to array, optional
    input_names : sequence of str

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not len(models):
        raise ValueError("models must hold at least one DistilledModel, got none")
    for model in models:
        check_kind("models", model, DistilledModel)
        if model.inputs.shape != models[0].inputs.shape:
            raise ValueError(
                f"models must be of one shape, got {models[0].inputs.shape} and "
                f"{model.inputs.shape}"
            )
    main = models[0]
    check_names(main, names, input_names)
    rows = {}
    if published is not None:
        rows["published"] = {p: (of_shape(main, p, "published", published), None) for p in PARTS}
    rows["main network"] = {part: (getattr(main, part), None) for part in PARTS}
    if len(models) > 1:
        stacked = {part: np.stack([getattr(m, part) for m in models]) for part in PARTS}
        rows[f"{len(models)} networks, mean ± SD"] = {
            part: (all_of.mean(axis=0), all_of.std(axis=0, ddof=1))
            for part, all_of in stacked.items()
        }
    n = main.n_units
    figure, axes = new_figure(
        len(rows), 2, height=1.3 + len(rows) * (0.45 + 0.55 * n), sharex="col",
        width_ratios=(n, main.n_inputs),
    )  # fmt: skip
    limits = [max(np.abs(row[part][0]).max() for row in rows.values()) for part in PARTS]
    for row_axes, (title, row) in zip(axes, rows.items(), strict=True):
        for ax, part, limit in zip(row_axes, PARTS, limits, strict=True):
            _draw_matrix(ax, *row[part], limit or 1.0)
        row_axes[0].set_title(title, loc="left", fontsize=12.5)
        row_axes[0].set_yticks(range(n), [f"to {name}" for name in names])
        row_axes[1].set_yticks([])
    for ax, labels, what in zip(
        axes[-1], (names, input_names), ("recurrent weights A′", "input weights B′"), strict=True
    ):
        ax.set_xticks(range(len(labels)), [label.replace(" ", "\n") for label in labels])
        ax.set_xlabel(f"{what}, from")
    return figure


def _draw_matrix(ax, values, spread, limit) -> None:
    ax.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect="auto")
    for (to, source), value in np.ndenumerate(values):
        text = f"{value:+.3f}" + ("" if spread is None else f"\n± {spread[to, source]:.3f}")
        colour = "white" if abs(value) > 0.6 * limit else BLACK
        ax.text(source, to, text.replace("-", "−"), ha="center", va="center", color=colour)
    ax.grid(False)
    ax.spines[:].set_visible(False)
