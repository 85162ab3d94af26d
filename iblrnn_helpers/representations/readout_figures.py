"""Readouts in pictures: which there are, and what moves the state along them (Fig. 5), and more.

Where there are several networks, the main one's results come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..behavior.course_figures import first_trials
from ..core import plot_style as style
from ..core.means import GroupMeans
from .decoding import Planes, Sweep
from .figures import READOUT_STYLES
from .readouts import BlockProjection, Effect, Slope
from .state_space import StateSpace

N_SHOWN = 8  # principal components
N_POINTS = 2000  # steps
LAST_TRIAL = 50  # of a block, from 1
SETTINGS = {
    "penalty": "C of the classifier\n(its penalty is 1 / C)",
    "dimensions": "PCs that the\nclassifier sees",
    "noise": "noise on each unit\nit sees (SD)",
}
TICKS = {
    "penalty": [1e-6, 1e-3, 1, 1e3],
    "dimensions": [2, 5, 10, 20, 50],
    "noise": [0, 0.01, 0.1, 0.5],
}
DASHED = {"color": style.VERMILLION, "linestyle": (0, (5, 2))}  # what was published


@style.styled
def fig_variance_explained(
    spaces: Sequence[StateSpace], *, published: float | None = None
) -> Figure:
    """Share of the states' variance in the first principal components, all networks.

    ``published`` is the share in the first two.
    """
    figure, axes = style.new_figure(height=4.2)
    ax = axes[0, 0]
    for k, space in reversed(list(enumerate(spaces))):
        shown = np.cumsum(space.variance)[:N_SHOWN]
        ax.plot(np.arange(1, len(shown) + 1), shown, **_of_network(k))
    if published is not None:
        look = {"markersize": 11, "markeredgecolor": "white", "label": "published, two PCs"}
        ax.plot(2, published, "X", color=style.VERMILLION, zorder=4, **look)
    ax.set(xlabel="principal components", ylabel="share of variance, summed", ylim=(None, 1.01))
    style.legend_below(figure, ax, n_columns=3)
    return figure


@style.styled_with_gaps
def fig_readout_angles(
    sweeps: Mapping[str, Sequence[Sweep]], *, published: float | None = None
) -> Figure:
    """Angle of stimulus and block readout by how the block readout is fitted, and its accuracy.

    Parameters
    ----------
    sweeps : dict of "penalty", "dimensions" or "noise" to sequence of Sweep
        One for each network.
    published : float, optional
        The angle in degrees.
    """
    figure, axes = style.new_figure(2, len(sweeps), height=6.2, sharex="col", sharey="row")
    for (above, below), (name, of_networks) in zip(axes.T, sweeps.items(), strict=True):
        for k, sweep in reversed(list(enumerate(of_networks))):
            above.plot(sweep.setting, sweep.angle, markersize=5, **_of_network(k))
            below.plot(sweep.setting, sweep.accuracy, markersize=5, **_of_network(k))
        above.axhline(90, color=style.BLACK, linewidth=1, linestyle=(0, (1, 2)), label="orthogonal")
        if published is not None:
            above.axhline(published, label="published", **DASHED)
        if name == "noise":  # no noise is a setting too
            below.set_xscale("symlog", linthresh=0.01, linscale=0.4)
        else:
            below.set_xscale("log")
        labels = None if name == "penalty" else [f"{x:g}".replace("0.", ".") for x in TICKS[name]]
        below.set_xticks(TICKS[name], labels)
        below.minorticks_off()
        below.set_xlabel(SETTINGS[name], fontsize=11.5)
    axes[0, 0].set_ylabel("angle between\nreadouts (degrees)")
    axes[1, 0].set_ylabel("block decoding,\nheld-out blocks")
    style.legend_below(figure, *axes[0])
    return figure


def _of_network(k: int) -> dict:
    if k == 0:
        return {"color": style.BLUE, "marker": "o", "label": "main network"}
    label = "other networks" if k == 1 else "_again"
    return {"color": style.GREY, "linewidth": 0.9, "label": label}


@style.styled
def fig_random_planes(planes: Planes) -> Figure:
    """Block decoding, variance and distances in random planes, and in the plane of the PCs."""
    figure, axes = style.new_figure(1, 3, height=3.9, sharey=True)
    titles = {
        "accuracy": "block decoding,\nheld-out blocks",
        "variance": "share of variance\nin the plane",
        "distances": "correlation of\ndistances",
    }
    for ax, (name, title) in zip(axes[0], titles.items(), strict=True):
        ax.hist(getattr(planes, name), bins=15, color=style.GREY, label="random planes")
        ax.axvline(
            getattr(planes, f"pc_{name}"), color=style.BLUE, linewidth=2.4, label="plane of PCs"
        )
        ax.set_xlabel(title, fontsize=12)
        ax.locator_params(axis="x", nbins=4)
    full = {"color": style.GREEN, "linestyle": (0, (5, 2)), "label": "all units"}
    axes[0, 0].axvline(planes.full_accuracy, **full)
    axes[0, 0].set_ylabel("random planes")
    style.legend_below(figure, *axes[0], n_columns=3)
    return figure


@style.styled
def fig_5ab_effect_of_observations(
    effects: Mapping[str, Effect],
    others: Mapping[str, Sequence[Slope]] | None = None,
    *,
    published: Mapping[str, float],
    agent: str = "main network",
) -> Figure:
    """Change of the state along each readout, against what was observed (Fig. 5a, b).

    Parameters
    ----------
    effects : dict of readout ("stimulus", "block") to Effect
        Of some steps, drawn at random, the points are shown.
    others : dict of readout to Slopes, optional
        Of further networks: thin lines.
    published : dict of readout to slope
    agent : str
        What to call the one that ``effects`` are of.
    """
    figure, axes = style.new_figure(1, len(effects), height=4.9, sharey=True)
    for ax, (name, effect) in zip(axes[0], effects.items(), strict=True):
        n_all, line = len(effect.change), effect.line
        shown = np.random.default_rng(0).choice(n_all, min(N_POINTS, n_all), replace=False)
        x, y = effect.pushed_by[shown], effect.change[shown]
        dots = {"markersize": 4, "markeredgewidth": 0, "alpha": 0.25}
        ax.plot(x, y, ".", color=style.BLUE, label=f"steps of the {agent}", **dots)
        ends = np.array([x.min(), x.max()])
        for k, other in enumerate((others or {}).get(name, ())):
            label = "other networks" if k == 0 else "_again"
            values = other.intercept + other.slope * ends
            ax.plot(ends, values, color=style.GREY, linewidth=1, label=label)
        ax.plot(ends, line.intercept + line.slope * ends, color=style.BLACK, label=agent)
        ax.plot(ends, published[name] * ends, label="published slope", **DASHED)
        ax.set(xlabel="$d = o^R - o^L$", title=f"along the {READOUT_STYLES[name]['label']}")
        note = f"slope {line.slope:.3f}\n[{line.low:.3f}, {line.high:.3f}]\nr = {line.r:.2f}"
        ax.text(0.04, 0.97, note, transform=ax.transAxes, va="top", fontsize=11.5)
    axes[0, 0].set_ylabel("change of state in one step")
    style.legend_below(figure, *axes[0])
    return figure


@style.styled
def fig_5c_block_projection(
    projection: BlockProjection, others: Sequence[BlockProjection] = (), *, agent: str = "RNN"
) -> Figure:
    """State along the block readout by trial in block, and the observer's belief (Fig. 5c).

    Parameters
    ----------
    projection : BlockProjection
    others : sequence of BlockProjection
        Of further networks: thin lines.
    agent : str
        What to call the one that ``projection`` is of.
    """
    figure, axes = style.new_figure(height=5.0)
    ax = axes[0, 0]
    styles = style.agent_styles([agent, "Bayesian observer"])
    means = {agent: projection.network_by_trial, "Bayesian observer": projection.observer_by_trial}
    for side, look in style.SIDE_STYLES.items():
        for k, other in enumerate(others):
            curve = first_trials(other.network_by_trial.at(block_side=side), LAST_TRIAL)
            # Each in its own observer's units, so that lengths of states do not matter.
            values = curve.mean * projection.scale / other.scale
            label = "other networks" if k == 0 and side < 0 else "_again"
            x = curve.groups["trial_in_block"]
            ax.plot(x, values, color=style.GREY, linewidth=0.7, label=label)
        for name, by_trial in means.items():
            curve = first_trials(by_trial.at(block_side=side), LAST_TRIAL)
            line = {**styles[name], "marker": look["marker"], "markevery": 5}
            line["label"] = f"{name}, {look['label']} blocks"
            style.draw_means(ax, curve.groups["trial_in_block"], curve, **line)
    ax.axhline(0, color=style.BLACK, linewidth=0.8)
    low, high = projection.interval
    title = f"correlation of the curves {projection.correlation:.3f} [{low:.3f}, {high:.3f}]"
    ax.set_title(title, fontsize=12)
    ax.set_xlabel("trial in block")
    ax.set_ylabel("state along the block readout\n(observer: scaled belief)")
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_effect_of_feedback(changes: Mapping[str, GroupMeans]) -> Figure:
    """Change of the state along each readout at a trial's first step, by the feedback it brings.

    Parameters
    ----------
    changes : dict of readout ("stimulus", "block") to GroupMeans
        Of :func:`iblrnn_helpers.representations.readouts.change_by_feedback`.
    """
    figure, axes = style.new_figure(1, len(changes), height=4.4)
    for ax, (name, means) in zip(axes[0], changes.items(), strict=True):
        for feedback, outcome, colour, marker in (
            (1, "+1 (correct)", style.BLUE, "o"),
            (-1, "−1 (wrong)", style.VERMILLION, "X"),
        ):
            x = np.array([0, 1]) - 0.08 * feedback
            look = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 8}
            look["label"] = f"feedback {outcome}"
            style.draw_means(ax, x, means.at(feedback=feedback), interval="bars", **look)
        ax.axhline(0, color=style.BLACK, linewidth=0.8)
        ax.set_xticks([0, 1], ["left", "right"])
        ax.set(xlim=(-0.5, 1.5), xlabel="choice just made", title=f"along the {name} readout")
        ax.grid(False, axis="x")
    axes[0, 0].set_ylabel("change of state\n(95% intervals over blocks)")
    style.legend_below(figure, *axes[0])
    return figure
