"""Rewards inferred from limited data (Chalk et al. 2021, Fig. 3), and from a user's recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from ...core import plot_style as style
from ..hypercube import n_neurons_of, spike_counts
from .inference import PriorChoice
from .posterior import LEVEL, RewardPosterior

MARKED = {"color": style.BLACK, "linestyle": (0, (4, 2))}


@style.panel(height=4.2)
def fig_against_samples(
    ax,
    results: Mapping[str, Mapping[int, np.ndarray]],
    ylabel: str,
    *,
    references: Mapping[str, float] | None = None,
    log: bool = False,
    medians: bool = True,
):
    """A quantity of every simulation against the number of samples (Figs. 3A, 3C, 3D).

    Means have bands of ± one standard error.

    Parameters
    ----------
    results : dict of name to dict of number of samples to (n_simulations,) float
        At most five names.
    references : dict of label to float, optional
        A dotted and a dashed line.
    log : bool
        Of the vertical axis.
    medians : bool
        Add thin lines of medians.
    """
    for (name, by_length), look in zip(results.items(), style.LOOKS, strict=False):
        values = pd.DataFrame.from_dict(by_length, orient="index")  # a row a number of samples
        mean, error = values.mean(axis=1), values.sem(axis=1)
        # The mean of positive values is above its standard error, as a log axis needs.
        means = mean, mean - error, mean + error
        style.draw_means(ax, values.index, means, label=f"{name}, mean", **look)
        if medians:
            thin = {"color": look["color"], "linewidth": 1, "linestyle": (0, (1, 1))}
            ax.plot(values.median(axis=1), label=f"{name}, median", **thin)
    style.draw_references(ax, references)
    ax.set(xscale="log", xlabel="samples", ylabel=ylabel)
    ax.set(**{"yscale": "log"} if log else {"ylim": (0, 1)})


@style.panels
def fig_reward_histograms(figure, results: Mapping[str, np.ndarray]):
    """Distribution of inferred rewards for each number of samples (Fig. 3B).

    ``results`` has, by title, the rewards of all states and simulations together.  Lines are at
    the true rewards, 0 and 1.
    """
    look = {"color": style.SKY, "edgecolor": style.BLUE, "linewidth": 0.4, "alpha": 1}
    axes = style.grid(figure, 1, len(results), height=3.4, sharey=True)
    for ax, (title, rewards) in zip(axes[0], results.items(), strict=True):
        inside = np.clip(np.ravel(rewards), -1, 2)  # the few beyond are in the last bins
        sns.histplot(inside, bins=np.linspace(-1, 2, 61), stat="probability", ax=ax, **look)
        for value in (0, 1):
            ax.axvline(value, linewidth=1, **MARKED)
        ax.set(title=title, xlabel="inferred reward", ylabel="share of states", yscale="log")


@style.panels
def fig_reward(figure, reward: np.ndarray, posterior: RewardPosterior, stimuli: Sequence = ()):
    """An inferred reward with its intervals, by the number of active neurons.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    posterior : RewardPosterior
    stimuli : sequence, optional
        Values of the stimulus.  With more than five, the first five are drawn.
    """
    counts = spike_counts(n_neurons_of(reward))
    # Places beside each other, so that states and their intervals can be told apart.
    alike = pd.Series(reward[:, 0]).groupby(counts)
    rank = (alike.rank(method="first") - 0.5) / alike.transform("size")
    reach = np.abs([reward - posterior.low, posterior.high - reward])
    n_drawn = min(reward.shape[1], len(style.LOOKS))
    shape = {"height": 4.2, "width_ratios": [2, 1], "sharey": True}
    by_count, histogram = style.grid(figure, 1, 2, **shape)[0]
    for x, look in enumerate(style.LOOKS[:n_drawn]):
        places = counts - 0.4 + 0.8 * (x + rank) / n_drawn
        dots = {**look, "linestyle": "none", "markersize": 3}
        dots |= {"ecolor": (look["color"], 0.35), "elinewidth": 0.5, "capsize": 0}
        label = f"stimulus {stimuli[x]}" if len(stimuli) else "reward"
        by_count.errorbar(places, reward[:, x], reach[:, :, x], label=label, **dots)
        outline = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 1.6}
        steps = {"bins": 40, "histtype": "step", "orientation": "horizontal"}
        histogram.hist(reward[:, x], **steps, **outline)
    margin = 0.3 * np.ptp(reward) + 1e-9
    by_count.set(ylim=(reward.min() - margin, reward.max() + margin), xticks=np.unique(counts))
    by_count.set(xlabel="active neurons", ylabel="inferred reward")
    by_count.set_title(f"each state, {LEVEL:.0%} intervals", loc="left", fontsize=12)
    histogram.set_xlabel("states")


@style.panel(height=3.8, n_columns=3)
def fig_prior(ax, choice: PriorChoice):
    """How much better held-out steps are predicted than under the worst prior, by the prior."""
    ax.plot(choice.priors, choice.gain.T, color=style.SKY, linewidth=1, label="held-out parts")
    ax.plot(choice.priors, choice.gain.mean(axis=0), label="mean", **style.LOOKS[0])
    ax.axvline(choice.best, label="chosen", **MARKED)
    ax.set(xscale="log", xlabel="strength of the prior", ylabel="gain (nats per step)")
