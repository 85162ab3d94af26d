"""Rewards inferred from limited data (Chalk et al. 2021, Fig. 3), and from a user's recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts
from .inference import PriorChoice
from .posterior import LEVEL, RewardPosterior

LOOKS = (
    {"color": style.BLUE, "linestyle": "-", "marker": "o"},
    {"color": style.ORANGE, "linestyle": (0, (5, 2)), "marker": "s"},
    {"color": style.GREEN, "linestyle": (0, (2, 1.5)), "marker": "^"},
    {"color": style.PURPLE, "linestyle": (0, (6, 2, 1, 2)), "marker": "D"},
    {"color": style.VERMILLION, "linestyle": (0, (1, 1.5)), "marker": "v"},
    {"color": style.SKY, "linestyle": (0, (3, 1, 1, 1)), "marker": "P"},
)


@style.styled
def fig_against_samples(
    results: Mapping[str, Mapping[int, np.ndarray]],
    ylabel: str,
    *,
    references: Mapping[str, float] | None = None,
    log: bool = False,
    medians: bool = True,
) -> Figure:
    """A quantity of every simulation against the number of samples (Figs. 3A, 3C, 3D).

    Means have bands of ± one standard error.

    Parameters
    ----------
    results : dict of name to dict of number of samples to (n_simulations,) float
        At most six names.
    ylabel : str
    references : dict of label to float, optional
        A dotted and a dashed line.
    log : bool
        Of the vertical axis.
    medians : bool
        Add thin lines of medians.
    """
    figure, axes = style.new_figure(height=4.2)
    ax = axes[0, 0]
    for (name, by_length), look in zip(results.items(), LOOKS, strict=False):
        n_samples, values = list(by_length), by_length.values()
        mean = np.array([one.mean() for one in values])
        if all(len(one) > 1 for one in values):
            error = np.array([one.std(ddof=1) / np.sqrt(len(one)) for one in values])
            # On a log axis a band cannot reach 0.
            floor = np.array([one.min() for one in values]) if log else -np.inf
            band = np.maximum(mean - error, floor), mean + error
            ax.fill_between(n_samples, *band, color=look["color"], alpha=0.2, linewidth=0)
        ax.plot(n_samples, mean, label=f"{name}, mean", **look)
        if medians:
            thin = {"color": look["color"], "linewidth": 1, "linestyle": (0, (1, 1))}
            medians_of = [np.median(one) for one in values]
            ax.plot(n_samples, medians_of, label=f"{name}, median", **thin)
    style.draw_references(ax, references)
    ax.set(xscale="log", xlabel="samples", ylabel=ylabel)
    ax.set(**{"yscale": "log"} if log else {"ylim": (0, 1)})
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_reward_histograms(results: Mapping[str, np.ndarray]) -> Figure:
    """Distribution of inferred rewards for each number of samples (Fig. 3B).

    ``results`` has, by title, the rewards of all states and simulations together.  Lines are at
    the true rewards, 0 and 1.
    """
    figure, axes = style.new_figure(1, len(results), height=3.4, sharey=True)
    bins = np.linspace(-1, 2, 61)
    for ax, (title, rewards) in zip(axes[0], results.items(), strict=True):
        inside = np.clip(np.ravel(rewards), -1, 2)  # the few beyond are in the last bins
        share = np.full(len(inside), 1 / len(inside))
        ax.hist(inside, bins, weights=share, color=style.SKY, edgecolor=style.BLUE, linewidth=0.4)
        for value in (0, 1):
            ax.axvline(value, color=style.BLACK, linewidth=1, linestyle=(0, (4, 2)))
        ax.set(title=title, xlabel="inferred reward", yscale="log")
    axes[0, 0].set_ylabel("share of states")
    return figure


@style.styled
def fig_reward(reward: np.ndarray, posterior: RewardPosterior, stimuli: Sequence = ()) -> Figure:
    """An inferred reward with its intervals, by the number of active neurons.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    posterior : RewardPosterior
    stimuli : sequence, optional
        Values of the stimulus.  With more than six, the first six are drawn.

    """
    counts = spike_counts(n_neurons_of(reward))
    n_drawn = min(reward.shape[1], len(LOOKS))
    figure, axes = style.new_figure(1, 2, height=4.2, width_ratios=[2, 1])
    by_count, histogram = axes[0]
    # Places beside each other, so that states and their intervals can be told apart.
    rank = np.empty(len(counts))
    for m in np.unique(counts):
        rows = np.flatnonzero(counts == m)
        rank[rows[np.argsort(reward[rows, 0])]] = (np.arange(len(rows)) + 0.5) / len(rows)
    for x, look in enumerate(LOOKS[:n_drawn]):
        label = f"stimulus {stimuli[x]}" if len(stimuli) else "reward"
        reach = reward[:, x] - posterior.low[:, x], posterior.high[:, x] - reward[:, x]
        by_count.errorbar(
            counts - 0.4 + 0.8 * (x + rank) / n_drawn, reward[:, x], np.abs(reach),
            linestyle="none", marker=look["marker"], markersize=3, color=look["color"],
            elinewidth=0.5, capsize=0, label=label,
        )  # fmt: skip
        histogram.hist(
            reward[:, x], bins=40, histtype="step", orientation="horizontal",
            color=look["color"], linestyle=look["linestyle"], linewidth=1.6,
        )  # fmt: skip
    margin = 0.3 * np.ptp(reward) + 1e-9
    limits = reward.min() - margin, reward.max() + margin
    by_count.set(xlabel="active neurons", ylabel="inferred reward", xticks=np.unique(counts))
    for ax in axes[0]:
        ax.set_ylim(limits)
    histogram.set_xlabel("states")
    by_count.set_title(f"each state, {LEVEL:.0%} intervals", loc="left", fontsize=12)
    style.legend_below(figure, by_count)
    return figure


@style.styled
def fig_prior(choice: PriorChoice) -> Figure:
    """How well held-out steps are predicted under each prior.

    Nats per step above the worst prior, for each held-out part and on average.
    """
    figure, axes = style.new_figure(height=3.8)
    ax = axes[0, 0]
    # Parts differ in how predictable they are, which says nothing of priors.
    gain = choice.log_likelihood - choice.log_likelihood.mean(axis=1, keepdims=True)
    gain -= gain.mean(axis=0).min()
    ax.plot(choice.priors, gain.T, color=style.SKY, linewidth=1)
    ax.plot(choice.priors, gain.mean(axis=0), label="mean", **LOOKS[0])
    ax.axvline(choice.best, color=style.BLACK, linestyle=(0, (4, 2)), label="chosen")
    ax.set(xscale="log", xlabel="strength of the prior", ylabel="gain (nats per step)")
    ax.plot([], [], color=style.SKY, linewidth=1, label="held-out parts")
    style.legend_below(figure, ax, n_columns=3)
    return figure
