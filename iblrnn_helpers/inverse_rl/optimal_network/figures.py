"""The network of binary neurons in pictures: tuning, dynamics and reward (Fig. 2C to F)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts
from .changes import Adaptation
from .network import OptimalNetwork, count_distribution, tuning
from .recording import Recording

INPUTS = {
    "x = −1": {"color": style.ORANGE, "linestyle": (0, (5, 2)), "marker": "v"},
    "x = +1": {"color": style.BLUE, "linestyle": "-", "marker": "^"},
}


@style.styled
def fig_2c_tuning(network: OptimalNetwork):
    """Fig. 2C: firing probability by how many others are active, for each input."""
    figure, axes = style.new_figure(height=3.8)
    ax = axes[0, 0]
    curves = tuning(network)
    for x, (label, look) in enumerate(INPUTS.items()):
        ax.plot(curves[1:, :, x].T, color=look["color"], linewidth=0.8, alpha=0.5)
        ax.plot(curves[0, :, x], label=label, **look)
    ax.set(xlabel="other neurons active", ylabel="firing probability", ylim=(-0.04, 1.04))
    ax.set_xticks(range(curves.shape[1]))
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_2d_dynamics(recording: Recording, network: OptimalNetwork):
    """Fig. 2D: spikes, spike count and input over time; how often each count occurs."""
    figure = style.StyledFigure(figsize=(7.2, 6.2), layout="constrained")
    grid = figure.add_gridspec(3, 2, width_ratios=(3, 1), height_ratios=(2.2, 1.6, 0.7))
    raster = figure.add_subplot(grid[0, 0])
    counts = figure.add_subplot(grid[1, 0], sharex=raster)
    given = figure.add_subplot(grid[2, 0], sharex=raster)
    law = figure.add_subplot(grid[1, 1], sharey=counts)

    n, active = recording.n_neurons, recording.spins.T > 0
    draw_raster(raster, active, (-0.5, active.shape[1] - 0.5, n + 0.5, 0.5))
    raster.set(ylabel="neuron", yticks=range(1, n + 1))
    counts.plot(active.sum(axis=0), color=style.BLACK, linewidth=0.9)
    counts.set(ylabel="active neurons", yticks=range(0, n + 1, 2), ylim=(-0.5, n + 0.5))
    given.step(range(active.shape[1]), recording.inputs, where="mid", color=style.BLACK)
    given.set(xlabel="step", yticks=(0, 1), yticklabels=INPUTS, ylim=(-0.3, 1.3))
    for ax in (raster, counts, given):
        ax.grid(False)
        ax.tick_params(labelbottom=ax is given)
    distribution = count_distribution(network.stationary)
    for x, (label, look) in enumerate(INPUTS.items()):
        law.barh(
            np.arange(n + 1) + (-0.2, 0.2)[x], distribution[:, x], 0.38, color=look["color"],
            hatch=("", "///")[x], edgecolor="white", label=label,
        )  # fmt: skip
    law.set(title="probability", xlim=(0, 1))
    style.legend_below(figure, law)
    return figure


def draw_raster(ax, active: np.ndarray, extent) -> None:
    """Draw which neurons (rows) are active when (columns), within left, right, bottom and top."""
    look = {"cmap": "Greys", "vmin": 0, "vmax": 1.2, "interpolation": "nearest"}
    ax.imshow(active, aspect="auto", extent=extent, **look)
    ax.grid(False)


@style.styled
def fig_2e_reward(true: np.ndarray, inferred: np.ndarray):
    """Fig. 2E: true and inferred reward of states by how many neurons are active.

    Bars are the true reward's mean over states of a count, dots each state's inferred reward.
    """
    figure, axes = style.new_figure(1, 2, height=3.6, sharey=True)
    n = n_neurons_of(true)
    counts = spike_counts(n)
    spread = np.random.default_rng(0).uniform(-0.25, 0.25, len(counts))
    dots = {"markersize": 4, "color": style.VERMILLION, "label": "inferred, each state"}
    for x, (ax, title) in enumerate(zip(axes[0], INPUTS, strict=True)):
        means = [true[counts == m, x].mean() for m in range(n + 1)]
        ax.bar(range(n + 1), means, 0.8, color="#dddddd", edgecolor=style.GREY, label="true reward")
        ax.plot(counts + spread, inferred[:, x], ".", **dots)
        ax.set(title=title, xlabel="active neurons", xticks=range(0, n + 1, 2))
    axes[0, 0].set_ylabel("reward")
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_2f_adaptation(original: OptimalNetwork, adaptations: Mapping[str, Adaptation]):
    """Fig. 2F: tuning before the change (thin), as predicted (thick) and in truth (marks)."""
    figure, axes = style.new_figure(1, len(adaptations), height=4.6, sharey=True)
    before = tuning(original)
    for ax, (title, adaptation) in zip(axes[0], adaptations.items(), strict=True):
        predicted, truth = tuning(adaptation.predicted), tuning(adaptation.truth)
        for x, (label, look) in enumerate(INPUTS.items()):
            line = {"color": look["color"], "linestyle": look["linestyle"]}
            ax.plot(before[0, :, x], linewidth=1, label=f"{label}, before", **line)
            ax.plot(predicted[0, :, x], linewidth=3.2, label=f"{label}, predicted", **line)
            ax.plot(
                truth[0, :, x], linestyle="none", marker=look["marker"], markersize=7,
                color=style.BLACK, markerfacecolor="white", label=f"{label}, truth",
            )  # fmt: skip
        ax.set(title=title, xlabel="other neurons active", ylim=(-0.04, 1.04))
        ax.set_xticks(range(0, before.shape[1], 2))
    axes[0, 0].set_ylabel("firing probability")
    style.legend_below(figure, axes[0, 0], n_columns=3)
    return figure
