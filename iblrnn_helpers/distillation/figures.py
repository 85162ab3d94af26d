"""How well two units follow fifty, and how they and their rivals play: Figs. 8a and 8c."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from ..behavior.course_figures import first_trials
from ..behavior.figures import CORRECT, OVER_BLOCKS, STRENGTH, draw_agents
from ..core import plot_style as style
from ..core.means import GroupMeans
from .distilled import ScaleSweep
from .fit_quality import HorizonErrors, ratio_by_horizon
from .rivals import OutputDistillation

OF_TITLE = "agent of the title"
LAST_TRIAL = 40  # of a block, drawn
WITHIN = 0.05  # differences up to this count as none
N_SMOOTHED = 50  # gradient steps: each is on other steps of the task, some harder than others


@style.panels
def fig_8a_decoherence(figure, distances: Mapping[str, GroupMeans]):
    """Distance between states some steps apart, as it is and relative to the last (Fig. 8a).

    Parameters
    ----------
    distances : dict of system's name to GroupMeans
        Of :func:`iblrnn_helpers.distillation.fit_quality.decoherence`, for the
        network, its projection and the distilled model.
    """
    relative = {name: one.relative_to(one.mean[-1]) for name, one in distances.items()}
    as_it_is, beside = _beside(figure, distances, relative, "lag")
    as_it_is.set(ylabel="mean distance of states", xlabel="steps between the states")
    beside.set(title="relative to the last", xlabel="steps between the states")


@style.panels
def fig_error_by_horizon(figure, errors: Mapping[str, HorizonErrors]):
    """Squared error of a model that runs on its own past, and relative to the first solver's.

    Parameters
    ----------
    errors : dict of solver's name to HorizonErrors
        Held out, and all of the same sequences.
    """
    first, base = next(iter(errors.items()))
    mse = {name: one.mse for name, one in errors.items()}
    relative = {name: ratio_by_horizon(one, base) for name, one in errors.items()}
    as_it_is, beside = _beside(figure, mse, relative, "horizon")
    as_it_is.set(ylabel="mean squared error, held out", xlabel="steps on its own")
    beside.set(title=f"relative to\n{first}", xlabel="steps on its own")


def _beside(figure, curves, relative, axis: str):
    """Curves as they are, and beside them relative to something; their axes."""
    axes = style.grid(figure, 1, 2, height=4.6)[0]
    for ax, shown in zip(axes, (curves, relative), strict=True):
        for k, (name, curve) in enumerate(shown.items()):
            # Every system has its own marks: lines that coincide stay visible.
            marks = {"markevery": (k, len(shown)), "markersize": 5, "label": name}
            style.draw_means(ax, curve.groups[axis], curve, **style.LOOKS[k], **marks)
        ax.set_ylim(0, None)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes[0].set_title("as it is")
    return axes


@style.panel(height=4.2)
def fig_distillation_loss(ax, result: OutputDistillation):
    """Divergence from the teacher's answers along the training of its students, smoothed."""
    n_points = len(result.divergence) // N_SMOOTHED
    stretches = result.divergence[: n_points * N_SMOOTHED].reshape(n_points, N_SMOOTHED, -1)
    means = stretches.mean(axis=1)  # (n_points, n_restarts)
    step = (np.arange(n_points) + 0.5) * N_SMOOTHED
    others = {"color": style.GREY, "linewidth": 1, "label": "other starts"}
    ax.plot(step, np.delete(means, result.best, axis=1), **others)
    kept = {"color": style.BLUE, "linewidth": 2.2, "label": "start that was kept"}
    ax.plot(step, means[:, result.best], **kept)
    ax.set(yscale="log", xlabel="gradient step")
    ax.set_ylabel("divergence from the\nteacher (nats per step)")


@style.panels
def fig_8c_comparison(figure, results: Mapping[str, GroupMeans], *, reference: str = "RNN"):
    """Fraction correct of each rival, a panel each, beside the network's (Fig. 8c).

    Only rivals have bands: where two overlap, neither can be told.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        All by ``strength`` (:func:`iblrnn_helpers.behavior.measures.correct_by_strength`)
        or all by ``trial_in_block``, with or without the split by concordance.
    reference : str
        The agent that is drawn in every panel.
    """
    if reference not in results or len(results) < 2:
        raise ValueError(f"results must have {reference!r} and a rival, got {', '.join(results)}")
    axis, xlabel, line = "strength", STRENGTH, {"markersize": 5}
    if "trial_in_block" in results[reference].groups:
        axis, xlabel, line["markevery"] = "trial_in_block", "trial in block", 4
        results = {name: first_trials(result, LAST_TRIAL) for name, result in results.items()}
    rivals = {name: result for name, result in results.items() if name != reference}
    alone = replace(results[reference], low=results[reference].mean, high=results[reference].mean)
    shape = {"rest": 1.5, "row_height": 2.1, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(rivals), 2, xlabel=xlabel, ylabel=CORRECT, **shape)
    for ax, (name, result) in zip(axes.flat, rivals.items(), strict=False):
        ax.axhline(0.5, color=style.GREY, linewidth=0.8, zorder=1)
        only = len(rivals) == 1
        draw_agents(ax, axis, {reference: alone, name if only else OF_TITLE: result}, **line)
        if not only:
            ax.set_title(name, fontsize=12)


@style.panels
def fig_scale_sweep(
    figure,
    sweep: ScaleSweep,
    *,
    network: tuple[float, float],
    scales: Mapping[str, float],
    references: Mapping[str, float] | None = None,
    agent: str = "RNN",
):
    """Accuracy and speed of the distilled model by the scale of its readout, its free parameter.

    Parameters
    ----------
    sweep : ScaleSweep
    network : (correct, steps per trial)
        Of the large network.
    scales : dict of label to scale
        Vertical lines, at most four: e.g. the network's own readout, the best
        scale, and the one that matches the network's steps.
    references : dict of str to float, optional
        Fractions correct that others stated.
    agent : str
        Name of the large network.
    """
    above, below = style.grid(figure, 2, 1, height=6.6, sharex=True)[:, 0]
    curves = sweep.correct, sweep.n_steps
    for ax, curve, of_network in zip((above, below), curves, network, strict=True):
        style.draw_means(ax, sweep.scales, curve, label="distilled", markersize=5, **style.LOOKS[0])
        ax.axhline(of_network, color=style.BLACK, linewidth=1.8, label=agent)
        for look, (label, scale) in zip(style.LOOKS[1:], scales.items(), strict=False):
            line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 2}
            ax.axvline(scale, label=f"{label}, {scale:.3g}", **line)
    style.draw_references(above, references)
    above.set_ylabel(CORRECT)
    below.set(ylabel="steps per trial", xlabel="scale of the readout", xscale="log")
    below.xaxis.set_major_locator(FixedLocator([0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100]))
    below.xaxis.set_minor_locator(NullLocator())
    below.xaxis.set_major_formatter("{x:g}")


@style.panels
def fig_matched_curves(figure, results: Mapping[str, GroupMeans], difference: GroupMeans):
    """Fraction correct of network and distilled model at the same speed, and their difference.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        By ``strength`` and ``concordant``.
    difference : GroupMeans
        Of the two, trial by trial
        (:func:`iblrnn_helpers.behavior.trial_means.paired_difference`), by the same.
    """
    shape = {"height": 6.6, "sharex": True, "height_ratios": (2, 1.2)}
    above, below = style.grid(figure, 2, 1, **shape)[:, 0]
    draw_agents(above, "strength", results)
    above.set(ylabel=f"{CORRECT}\n({OVER_BLOCKS})", ylim=(0, 1.02))
    none = {"color": style.GREEN, "alpha": 0.15, "linewidth": 0, "label": f"within {WITHIN:g}"}
    below.axhspan(-WITHIN, WITHIN, **none)
    below.axhline(0, color=style.GREY, linewidth=0.9)
    for concordant, look in zip((True, False), style.LOOKS, strict=False):
        shown = difference.at(concordant=concordant)
        label = f"difference, {'concordant' if concordant else 'discordant'}"
        style.draw_means(below, shown.groups["strength"], shown, label=label, **look)
    below.set(xlabel=STRENGTH, ylabel="difference")
