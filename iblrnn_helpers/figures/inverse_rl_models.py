"""Figures of rewards inferred under assumptions: Fig. 6 of Chalk et al. 2021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..inverse_rl.ring_measures import ModelFit
from .style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    VERMILLION,
    legend_below,
    new_figure,
    styled,
)

MODEL_COLOURS = {"sparse": BLUE, "pairwise": ORANGE, "global": GREEN}


@styled
def fig_inferred_rewards(rewards: Mapping[str, np.ndarray], true: np.ndarray, law: np.ndarray):
    """Every state's inferred reward, against how often the network is in it.

    Parameters
    ----------
    rewards : dict of name to (2^n,) float
        Of the models.
    true : (2^n,) float
    law : (2^n,) float
        Share of time in each state.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, len(rewards), height=3.9, sharex=True)
    depth = np.log10(np.maximum(law, 1e-300))
    for ax, (name, reward) in zip(axes[0], rewards.items(), strict=True):
        for rewarded, marker, label in ((0, ".", "truly 0"), (1, "*", "truly rewarded")):
            chosen = (true > 0) == rewarded
            ax.plot(
                depth[chosen], reward[chosen], marker, linestyle="none",
                color=VERMILLION if rewarded else GREY, markersize=14 if rewarded else 4,
                label=label, zorder=2 + rewarded,
            )  # fmt: skip
        ax.set_title(name)
    axes[0, len(rewards) // 2].set_xlabel("share of time in the state (log10)")
    axes[0, 0].set_ylabel("inferred reward")
    legend_below(figure, axes[0, 0])
    return figure


@styled
def fig_6_reward_models(
    fits: Mapping[str, ModelFit], reference: float, others: Mapping[str, Sequence[float]]
) -> Figure:
    """Fit and prediction of the reward models (Fig. 6A, B).

    Parameters
    ----------
    fits : dict of model to ModelFit
    reference : float
        KL(optimal at high cost ‖ unchanged), in nats; drawn dashed.
    others : dict of model to sequence of float
        KL with other cuts of small singular values.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 2, height=4.2)
    names = list(fits)
    colours = [MODEL_COLOURS[name] for name in names]
    axes[0, 0].bar(names, [fits[name].r_squared for name in names], color=colours)
    axes[0, 0].set(ylabel="r² of true and inferred reward", ylim=(0, 1.05))
    for k, name in enumerate(names):
        height = fits[name].r_squared
        inside = height > 0.5
        axes[0, 0].text(
            k, height + (-0.02 if inside else 0.02), f"{height:.3f}", ha="center",
            va="top" if inside else "bottom", color="white" if inside else BLACK,
        )  # fmt: skip
    ax = axes[0, 1]
    floor = 1e-3
    heights = [max(fits[name].kl, floor) - floor for name in names]
    ax.bar(names, heights, bottom=floor, color=colours)
    for k, name in enumerate(names):
        ax.plot(
            np.full(len(others.get(name, ())), k), others.get(name, ()), "o", color=BLACK,
            markerfacecolor="white", markersize=7, label="other cuts",
        )  # fmt: skip
    ax.text(names.index("sparse"), 1.4 * floor, f"{fits['sparse'].kl:.0e}", ha="center")
    ax.axhline(reference, color=BLACK, linestyle=(0, (4, 2)), label="nothing changes")
    ax.set(ylabel="KL, optimal ‖ predicted (nats)", yscale="log", ylim=(floor, 100))
    for ax in axes[0]:
        ax.grid(False, axis="x")
    legend_below(figure, axes[0, 1])
    return figure


@styled
def fig_training(
    epochs: np.ndarray,
    reward_rates: np.ndarray,
    couplings: np.ndarray,
    r_squared: np.ndarray,
    exact: np.ndarray,
) -> Figure:
    """Stochastic training: the reward comes soon, the couplings much later.

    Parameters
    ----------
    epochs : (n_kept,) int
    reward_rates, r_squared : (n_seeds, n_kept) float
        Share of time rewarded, and how well the reward inferred from the couplings fits.
    couplings : (n_seeds, n_kept, n_distances) float
    exact : (n_distances,) float
        Of the optimal network.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(1, 3, height=3.9)
    axes[0, 0].plot(epochs, reward_rates.T, color=BLUE, marker="o", alpha=0.8)
    axes[0, 0].set(ylabel="share of time rewarded", ylim=(-0.03, 1.05))
    for k, colour, marker in ((0, VERMILLION, "^"), (min(3, len(exact) - 1), BLUE, "v")):
        lines = axes[0, 1].plot(epochs, couplings[:, :, k].T, color=colour, marker=marker)
        lines[0].set_label(f"distance {k + 1}")
        axes[0, 1].axhline(exact[k], color=colour, linestyle=(0, (4, 2)), label="_")
    axes[0, 1].plot([], [], color=BLACK, linestyle=(0, (4, 2)), label="optimal")
    axes[0, 1].set(ylabel="coupling J / T", xlabel="epoch of training")
    axes[0, 2].plot(epochs, r_squared.T, color=GREEN, marker="s", alpha=0.8)
    axes[0, 2].set(ylabel="r² of inferred reward", ylim=(-0.03, 1.05))
    legend_below(figure, axes[0, 1], n_columns=3)
    return figure
