"""The network of binary neurons in pictures: tuning, dynamics and reward (Fig. 2C to F)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import seaborn as sns

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts
from .changes import Adaptation
from .network import OptimalNetwork, count_distribution, tuning
from .recording import Recording

INPUTS = {
    "x = −1": {"color": style.ORANGE, "linestyle": (0, (5, 2)), "marker": "v"},
    "x = +1": {"color": style.BLUE, "linestyle": "-", "marker": "^"},
}
FIRING = {"ylabel": "firing probability", "ylim": (-0.04, 1.04)}


@style.panel(height=3.8)
def fig_2c_tuning(ax, network: OptimalNetwork):
    """Fig. 2C: firing probability by how many others are active, for each input."""
    draw_tuning(ax, tuning(network), INPUTS)


def draw_tuning(ax, curves: np.ndarray, looks: Mapping[str, Mapping]) -> None:
    """Draw all neurons' curves of :func:`.tuning`; ``looks`` has each input's look by its label."""
    for x, (label, look) in enumerate(looks.items()):
        ax.plot(curves[:, :, x].T, alpha=0.85, label=label, **look)
    ax.set(xlabel="other neurons active", **FIRING)
    ax.locator_params(axis="x", integer=True)


@style.panels
def fig_2d_dynamics(figure, recording: Recording, network: OptimalNetwork):
    """Fig. 2D: spikes, spike count and input over time; how often each count occurs."""
    shape = {"width_ratios": (3, 1), "height_ratios": (2.2, 1.6, 0.7)}
    axes = style.grid(figure, 3, 2, height=6.2, sharex="col", sharey="row", **shape)
    (raster, counts, given), law = axes[:, 0], axes[1, 1]
    for unused in axes[::2, 1]:
        unused.remove()
    draw_raster(raster, recording.spins)
    counts.plot((recording.spins > 0).sum(axis=1), color=style.BLACK, linewidth=0.9)
    counts.set(ylabel="active neurons", yticks=range(0, recording.n_neurons + 1, 2))
    steps = range(len(recording.inputs))
    given.step(steps, recording.inputs, where="mid", color=style.BLACK)
    given.set(xlabel="step", ylabel="input", yticks=(0, 1), yticklabels=INPUTS, ylim=(-0.3, 1.3))
    distribution = count_distribution(network.stationary)
    for x, (label, look) in enumerate(INPUTS.items()):
        law.plot(distribution[:, x], range(len(distribution)), label=label, **look)
    law.set(xlabel="probability", xlim=(-0.05, 1))
    law.tick_params(labelbottom=True)


def draw_raster(ax, spins: np.ndarray) -> None:
    """Draw the neurons that are active at each step, of (n_steps, n) spins of -1 and +1."""
    look = {"cmap": "Greys", "vmin": 0, "vmax": 1.2, "interpolation": "nearest"}
    ax.imshow(spins.T > 0, aspect="auto", **look)
    ax.set_ylabel("neuron")
    ax.locator_params(axis="y", integer=True)
    ax.grid(False)


@style.panels
def fig_2e_reward(figure, true: np.ndarray, inferred: np.ndarray):
    """Fig. 2E: true and inferred reward of states by how many neurons are active.

    Bars are the true reward's mean over states of a count, dots each state's inferred reward.
    """
    counts = spike_counts(n_neurons_of(true))
    spread = np.random.default_rng(0).uniform(-0.25, 0.25, len(counts))
    bars = {"color": "#dddddd", "edgecolor": style.GREY, "label": "true reward", "legend": False}
    dots = {"markersize": 4, "color": style.VERMILLION, "label": "inferred, each state"}
    axes = style.grid(figure, 1, 2, height=3.6, sharey=True)
    for x, (ax, title) in enumerate(zip(axes[0], INPUTS, strict=True)):
        sns.barplot(x=counts, y=true[:, x], errorbar=None, native_scale=True, ax=ax, **bars)
        ax.plot(counts + spread, inferred[:, x], ".", **dots)
        ax.set(title=title, xlabel="active neurons", ylabel="reward")


@style.panels(n_columns=3)
def fig_2f_adaptation(figure, original: OptimalNetwork, adaptations: Mapping[str, Adaptation]):
    """Fig. 2F: tuning before the change (thin), as predicted (thick) and in truth (marks)."""
    before = tuning(original)[0]
    marks = {"markersize": 7, "color": style.BLACK, "markerfacecolor": "white"}
    axes = style.grid(figure, 1, len(adaptations), height=4.6, sharey=True)
    for ax, (title, adaptation) in zip(axes[0], adaptations.items(), strict=True):
        predicted, truth = tuning(adaptation.predicted)[0], tuning(adaptation.truth)[0]
        for x, (label, look) in enumerate(INPUTS.items()):
            line = {"color": look["color"], "linestyle": look["linestyle"]}
            ax.plot(before[:, x], linewidth=1, label=f"{label}, before", **line)
            ax.plot(predicted[:, x], linewidth=3.2, label=f"{label}, predicted", **line)
            ax.plot(truth[:, x], look["marker"], label=f"{label}, truth", **marks)
        ax.set(title=title, xlabel="other neurons active", xticks=range(0, len(before), 2))
    axes[0, 0].set(**FIRING)
