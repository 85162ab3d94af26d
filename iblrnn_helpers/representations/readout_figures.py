"""Readouts in pictures: which there are, and what moves the state along them (Fig. 5), and more.

Where there are several networks, the main one's results come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import seaborn as sns

from ..behavior.course_figures import first_trials
from ..core import plot_style as style
from ..core.means import GroupMeans
from .decoding import Planes, Sweep
from .figures import READOUT_STYLES, draw_others
from .readouts import BlockProjection, Effect, Slope
from .state_space import StateSpace

N_SHOWN = 8  # principal components
N_POINTS = 2000  # steps
LAST_TRIAL = 50  # of a block, from 1
SETTINGS = {  # name, and ticks
    "penalty": ("C of the classifier\n(its penalty is 1 / C)", [1e-6, 1e-3, 1, 1e3]),
    "dimensions": ("PCs that the\nclassifier sees", [2, 5, 10, 20, 50]),
    "noise": ("noise on each unit\nit sees (SD)", [0, 0.01, 0.1, 0.5]),
}
MAIN = {"color": style.BLUE, "marker": "o", "markersize": 5, "label": "main network", "zorder": 3}
FEEDBACK = {
    1: {"color": style.BLUE, "marker": "o", "label": "feedback +1 (correct)"},
    -1: {"color": style.VERMILLION, "marker": "X", "label": "feedback −1 (wrong)"},
}
DASHED = {"color": style.VERMILLION, "linestyle": (0, (5, 2))}  # what was published


@style.panel(height=4.2, n_columns=3)
def fig_variance_explained(ax, spaces: Sequence[StateSpace], *, published: float):
    """Share of the states' variance in the first principal components, all networks.

    ``published`` is the share in the first two.
    """
    shares = [np.cumsum(space.variance)[:N_SHOWN] for space in spaces]
    curves = [(np.arange(1, len(share) + 1), share) for share in shares]
    ax.plot(*curves[0], **MAIN)
    draw_others(ax, curves[1:])
    look = {"markersize": 11, "markeredgecolor": "white", "label": "published, two PCs"}
    ax.plot(2, published, "X", color=style.VERMILLION, zorder=4, **look)
    ax.set(xlabel="principal components", ylabel="share of variance, summed", ylim=(None, 1.01))


@style.panels(gaps=True)
def fig_readout_angles(figure, sweeps: Mapping[str, Sequence[Sweep]], *, published: float):
    """Angle of stimulus and block readout by how the block readout is fitted, and its accuracy.

    Parameters
    ----------
    sweeps : dict of "penalty", "dimensions" or "noise" to sequence of Sweep
        One for each network.
    published : float
        The angle in degrees.
    """
    axes = style.grid(figure, 2, len(sweeps), height=6.2, sharex="col", sharey="row")
    for (above, below), (name, (main, *others)) in zip(axes.T, sweeps.items(), strict=True):
        for ax, quantity in ((above, "angle"), (below, "accuracy")):
            ax.plot(main.setting, getattr(main, quantity), **MAIN)
            draw_others(ax, [(one.setting, getattr(one, quantity)) for one in others])
        above.axhline(90, color=style.BLACK, linewidth=1, linestyle=(0, (1, 2)), label="orthogonal")
        above.axhline(published, label="published", **DASHED)
        if name == "noise":  # no noise is a setting too
            below.set_xscale("symlog", linthresh=0.01, linscale=0.4)
        else:
            below.set_xscale("log")
        label, ticks = SETTINGS[name]
        names = None if name == "penalty" else [f"{x:g}".replace("0.", ".") for x in ticks]
        below.set_xticks(ticks, names)
        below.minorticks_off()
        below.set_xlabel(label, fontsize=11.5)
    axes[0, 0].set_ylabel("angle between\nreadouts (degrees)")
    axes[1, 0].set_ylabel("block decoding,\nheld-out blocks")


@style.panels(n_columns=3)
def fig_random_planes(figure, planes: Planes):
    """Block decoding, variance and distances in random planes, and in the plane of the PCs."""
    axes = style.grid(figure, 1, 3, height=3.9, sharey=True)[0]
    titles = {
        "accuracy": "block decoding,\nheld-out blocks",
        "variance": "share of variance\nin the plane",
        "distances": "correlation of\ndistances",
    }
    bars = {"element": "step", "linewidth": 0, "color": style.GREY, "alpha": 1}
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        sns.histplot(getattr(planes, name), bins=15, label="random planes", **bars, ax=ax)
        ax.axvline(getattr(planes, f"pc_{name}"), color=style.BLUE, lw=2.4, label="plane of PCs")
        ax.set_xlabel(title, fontsize=12)
        ax.locator_params(axis="x", nbins=4)
    full = {"color": style.GREEN, "linestyle": (0, (5, 2)), "label": "all units"}
    axes[0].axvline(planes.full_accuracy, **full)
    axes[0].set_ylabel("random planes")


@style.panels
def fig_5ab_effect_of_observations(
    figure,
    effects: Mapping[str, Effect],
    others: Mapping[str, Sequence[Slope]] | None = None,
    *,
    published: Mapping[str, float],
    agent: str = "main network",
):
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
    axes = style.grid(figure, 1, len(effects), height=4.9, sharey=True)[0]
    for ax, (name, effect) in zip(axes, effects.items(), strict=True):
        shown = np.random.default_rng(0).permutation(len(effect.change))[:N_POINTS]
        x, line = effect.pushed_by[shown], effect.line
        dots = {"s": 8, "linewidth": 0, "alpha": 0.35, "label": f"steps of the {agent}"}
        ax.scatter(x, effect.change[shown], color=style.BLUE, **dots)
        ends = np.array([x.min(), x.max()])
        slopes = (others or {}).get(name, ())
        draw_others(ax, [(ends, one.intercept + one.slope * ends) for one in slopes])
        ax.plot(ends, line.intercept + line.slope * ends, color=style.BLACK, label=agent)
        ax.plot(ends, published[name] * ends, label="published slope", **DASHED)
        ax.set(xlabel="$d = o^R - o^L$", title=f"along the {READOUT_STYLES[name]['label']}")
        note = f"slope {line.slope:.3f}\n[{line.low:.3f}, {line.high:.3f}]\nr = {line.r:.2f}"
        ax.text(0.04, 0.97, note, transform=ax.transAxes, va="top", fontsize=11.5)
    axes[0].set_ylabel("change of state in one step")


@style.panel(height=5.0)
def fig_5c_block_projection(
    ax, projection: BlockProjection, others: Sequence[BlockProjection] = (), *, agent: str = "RNN"
):
    """State along the block readout by trial in block, and the observer's belief (Fig. 5c).

    Parameters
    ----------
    projection : BlockProjection
    others : sequence of BlockProjection
        Of further networks, each in its own observer's units, so that lengths of states do not
        matter: thin lines.
    agent : str
        What to call the one that ``projection`` is of.
    """
    means = {agent: projection.network_by_trial, "Bayesian observer": projection.observer_by_trial}
    styles = style.agent_styles(means)
    thin = []
    for side, look in style.SIDE_STYLES.items():
        for name, by_trial in means.items():
            curve = first_trials(by_trial.at(block_side=side), LAST_TRIAL)
            line = {**styles[name], "marker": look["marker"], "markevery": 5}
            line["label"] = f"{name}, {look['label']} blocks"
            style.draw_means(ax, curve.groups["trial_in_block"], curve, **line)
        for other in others:
            curve = first_trials(other.network_by_trial.at(block_side=side), LAST_TRIAL)
            scaled = curve.mean * projection.scale / other.scale
            thin.append((curve.groups["trial_in_block"], scaled))
    draw_others(ax, thin, zorder=1.4)
    ax.axhline(0, color=style.BLACK, linewidth=0.8)
    low, high = projection.interval
    title = f"correlation of the curves {projection.correlation:.3f} [{low:.3f}, {high:.3f}]"
    ax.set_title(title, fontsize=12)
    ax.set_xlabel("trial in block")
    ax.set_ylabel("state along the block readout\n(observer: scaled belief)")


@style.panels
def fig_effect_of_feedback(figure, changes: Mapping[str, GroupMeans]):
    """Change of the state along each readout at a trial's first step, by the feedback it brings.

    Parameters
    ----------
    changes : dict of readout ("stimulus", "block") to GroupMeans
        Of :func:`iblrnn_helpers.representations.readouts.change_by_feedback`.
    """
    axes = style.grid(figure, 1, len(changes), height=4.4)[0]
    for ax, (name, means) in zip(axes, changes.items(), strict=True):
        for feedback, look in FEEDBACK.items():
            x = np.array([0, 1]) - 0.08 * feedback
            look = {**look, "linestyle": "none", "markersize": 8, "interval": "bars"}
            style.draw_means(ax, x, means.at(feedback=feedback), **look)
        ax.axhline(0, color=style.BLACK, linewidth=0.8)
        ax.set_xticks([0, 1], ["left", "right"])
        ax.set(xlim=(-0.5, 1.5), xlabel="choice just made", title=f"along the {name} readout")
        ax.grid(False, axis="x")
    axes[0].set_ylabel("change of state\n(95% intervals over blocks)")
