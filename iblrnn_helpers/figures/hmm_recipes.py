"""Figures of one HMM emulated in two ways, and of the loss that decides which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..analysis.groups import mean_of_independent
from ..hmm_rnn.motion import Motion
from .hmm_plane import DASHED, draw_classes, draw_residences, plane_labels
from .style import LOOKS, check_kind, legend_below, new_figure, styled


@styled
def fig_two_ways(motions: Mapping[str, Motion], *, p_switch: float) -> Figure:
    """Driven states and residences of some networks of one HMM, a column for each.

    Parameters
    ----------
    motions : dict of network's name to Motion
    p_switch : float
        Probability that the hidden state of the HMM changes at a step.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("motions", motions, Mapping)
    figure, axes = new_figure(2, len(motions), height=5.8)
    lengths = np.concatenate([one.residences[1] for one in motions.values()])
    for (plane, survival), (name, one) in zip(axes.T, motions.items(), strict=True):
        check_kind(f"motions[{name!r}]", one, Motion)
        draw_classes(plane, one.orbit)
        plane_labels(plane, one.orbit)
        plane.set_title(name)
        draw_residences(
            survival, one.orbit, one.residences,
            longest=int(np.quantile(lengths, 0.99)), p_switch=p_switch,
        )  # fmt: skip
    for survival in axes[1, 1:]:
        survival.set_ylabel("")
    legend_below(figure, axes[1, 0])
    return figure


@styled
def fig_loss_of_sources(
    residence: Sequence[float], losses: Mapping[str, Mapping[str, np.ndarray]], *, own: float
) -> Figure:
    """The loss of sources by how long their residences are, a panel for each loss.

    Parameters
    ----------
    residence : (n_lengths,) float
        Mean residences.
    losses : dict of loss to dict of kind of source to (n_lengths, n_batches) float
        Shown are means and 95% intervals over batches.
    own : float
        Mean residence of the HMM that is to be emulated.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("losses", losses, Mapping)
    figure, axes = new_figure(1, len(losses), height=4.4)
    for ax, (name, kinds) in zip(axes[0], losses.items(), strict=True):
        for look, (kind, found) in zip(LOOKS, kinds.items(), strict=False):
            measured = [mean_of_independent(one) for one in found]
            mean = np.array([one.value for one in measured])
            reach = [np.nan if one.interval is None else one.interval[1] for one in measured] - mean
            ax.errorbar(residence, mean, np.nan_to_num(reach), label=kind, **look)
        ax.axvline(own, label="the HMM", **DASHED)
        ax.set(title=name, xlabel="mean residence (steps)")
    axes[0, 0].set_ylabel("loss")
    legend_below(figure, axes[0, 0], n_columns=3)
    return figure
