"""Rewards inferred from limited data (Chalk et al. 2021, Fig. 3), and from a user's recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    check_kind,
    draw_references,
    legend_below,
    new_figure,
    styled,
)
from ..hypercube import n_neurons_of, spike_counts
from .inference import PriorChoice
from .posterior import RewardPosterior

LOOKS = (
    {"color": BLUE, "linestyle": "-", "marker": "o"},
    {"color": ORANGE, "linestyle": (0, (5, 2)), "marker": "s"},
    {"color": GREEN, "linestyle": (0, (2, 1.5)), "marker": "^"},
    {"color": PURPLE, "linestyle": (0, (6, 2, 1, 2)), "marker": "D"},
    {"color": VERMILLION, "linestyle": (0, (1, 1.5)), "marker": "v"},
    {"color": SKY, "linestyle": (0, (3, 1, 1, 1)), "marker": "P"},
)


@styled
def fig_against_samples(
    results: Mapping[str, Mapping[int, np.ndarray]],
    ylabel: str,
    *,
    references: Mapping[str, float] | None = None,
    log: bool = False,
    medians: bool = True,
) -> Figure:
    """A quantity of every simulation against the number of samples (Figs. 3A, 3C, 3D).

    Parameters
    ----------
    results : dict of name to dict of number of samples to (n_simulations,) float
        At most six names.
    ylabel : str
    references : dict of label to float, optional
        Dashed lines.
    log : bool
        Of the vertical axis.
    medians : bool
        Add thin lines of medians.

    Returns
    -------
    matplotlib.figure.Figure
        Means with bands of ± one standard error.
    """
    _check_number("results", results, len(LOOKS))
    figure, axes = new_figure(1, 1, height=4.2)
    ax = axes[0, 0]
    for (name, by_length), look in zip(results.items(), LOOKS, strict=False):
        n_samples = list(by_length)
        values = [np.asarray(one, dtype=float) for one in by_length.values()]
        if not values or any(one.ndim != 1 or not len(one) for one in values):
            raise ValueError(f"results[{name!r}] must have values for some numbers of samples")
        mean = np.array([one.mean() for one in values])
        if all(len(one) > 1 for one in values):
            error = np.array([one.std(ddof=1) / np.sqrt(len(one)) for one in values])
            # On a log axis a band cannot reach 0.
            floor = np.array([one.min() for one in values]) if log else -np.inf
            low = np.maximum(mean - error, floor)
            ax.fill_between(
                n_samples, low, mean + error, color=look["color"], alpha=0.2, linewidth=0
            )
        ax.plot(n_samples, mean, label=f"{name}, mean", **look)
        if medians:
            ax.plot(
                n_samples, [np.median(one) for one in values], color=look["color"], linewidth=1,
                linestyle=(0, (1, 1)), label=f"{name}, median",
            )  # fmt: skip
    draw_references(ax, references)
    ax.set(xscale="log", xlabel="samples", ylabel=ylabel)
    if log:
        ax.set_yscale("log")
    else:
        ax.set_ylim(0, 1)
    legend_below(figure, ax)
    return figure


@styled
def fig_reward_histograms(
    results: Mapping[str, np.ndarray], *, true: Sequence[float] = (0.0, 1.0)
) -> Figure:
    """Distribution of inferred rewards for each number of samples (Fig. 3B).

    Parameters
    ----------
    results : dict of title to array of rewards
        A panel each, all states and simulations together.
    true : sequence of float
        Values of the true reward, drawn as lines.

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_number("results", results, 6)
    figure, axes = new_figure(1, len(results), height=3.4, sharey=True)
    bins = np.linspace(min(true) - 1, max(true) + 1, 61)
    for ax, (title, rewards) in zip(axes[0], results.items(), strict=True):
        rewards = np.ravel(rewards)
        share = np.full(rewards.shape, 1 / len(rewards))
        inside = np.clip(rewards, bins[0], bins[-1])  # the few beyond are in the last bins
        ax.hist(inside, bins, weights=share, color=SKY, edgecolor=BLUE, linewidth=0.4)
        for value in true:
            ax.axvline(value, color=BLACK, linewidth=1, linestyle=(0, (4, 2)))
        ax.set(title=title, xlabel="inferred reward", yscale="log")
    axes[0, 0].set_ylabel("share of states")
    return figure


@styled
def fig_reward(reward: np.ndarray, posterior: RewardPosterior, stimuli: Sequence = ()) -> Figure:
    """An inferred reward with its intervals, by the number of active neurons.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    posterior : RewardPosterior
    stimuli : sequence, optional
        Values of the stimulus.  With more than six, the first six are drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind("posterior", posterior, RewardPosterior)
    counts = spike_counts(n_neurons_of(reward))
    n_drawn = min(reward.shape[1], len(LOOKS))
    figure, axes = new_figure(1, 2, height=4.2, width_ratios=[2, 1])
    by_count, histogram = axes[0]
    # Places beside each other, so that states and their intervals can be told apart.
    rank = np.empty(len(counts))
    for m in np.unique(counts):
        rows = np.flatnonzero(counts == m)
        rank[rows[np.argsort(reward[rows, 0])]] = (np.arange(len(rows)) + 0.5) / len(rows)
    for x in range(n_drawn):
        look = LOOKS[x]
        label = f"stimulus {stimuli[x]}" if len(stimuli) else "reward"
        place = counts - 0.4 + 0.8 * (x + rank) / n_drawn
        by_count.errorbar(
            place, reward[:, x],
            np.abs([reward[:, x] - posterior.low[:, x], posterior.high[:, x] - reward[:, x]]),
            linestyle="none", marker=look["marker"], markersize=3, color=look["color"],
            elinewidth=0.5, capsize=0, label=label,
        )  # fmt: skip
        histogram.hist(
            reward[:, x], bins=40, histtype="step", orientation="horizontal",
            color=look["color"], linestyle=look["linestyle"], linewidth=1.6,
        )  # fmt: skip
    low, high = reward.min(), reward.max()
    margin = 0.3 * (high - low) + 1e-9
    by_count.set(
        xlabel="active neurons", ylabel="inferred reward", ylim=(low - margin, high + margin),
        xticks=np.unique(counts),
    )  # fmt: skip
    histogram.set(xlabel="states", ylim=by_count.get_ylim())
    level = f"{100 * posterior.level:.0f}% intervals"
    by_count.set_title(f"each state, {level}", loc="left", fontsize=12)
    legend_below(figure, by_count)
    return figure


@styled
def fig_prior(choice: PriorChoice) -> Figure:
    """How well held-out steps are predicted under each prior.

    Parameters
    ----------
    choice : PriorChoice

    Returns
    -------
    matplotlib.figure.Figure
        Nats per step above the worst prior, for each held-out part and on average.
    """
    check_kind("choice", choice, PriorChoice)
    figure, axes = new_figure(1, 1, height=3.8)
    ax = axes[0, 0]
    # Parts differ in how predictable they are, which says nothing of priors.
    gain = choice.log_likelihood - choice.log_likelihood.mean(axis=1, keepdims=True)
    gain -= gain.mean(axis=0).min()
    ax.plot(choice.priors, gain.T, color=SKY, linewidth=1)
    ax.plot(choice.priors, gain.mean(axis=0), label="mean", **LOOKS[0])
    ax.axvline(choice.best, color=BLACK, linestyle=(0, (4, 2)), label="chosen")
    ax.set(xscale="log", xlabel="strength of the prior", ylabel="gain (nats per step)")
    ax.plot([], [], color=SKY, linewidth=1, label="held-out parts")
    legend_below(figure, ax, n_columns=3)
    return figure


def _check_number(field: str, results: Mapping, most: int) -> None:
    if not 1 <= len(results) <= most:
        raise ValueError(f"{field} must hold 1 to {most} entries, got {len(results)}")
