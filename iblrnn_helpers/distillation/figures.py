"""How well two units follow fifty, and how they and their rivals play: Figs. 8a and 8c."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from ..behavior.course_figures import first_trials
from ..behavior.figures import CORRECT, OVER_BLOCKS, STRENGTH, draw_agents
from ..core import plot_style as style
from ..core.means import GroupMeans
from .distilled import ScaleSweep
from .fit_quality import HorizonErrors, ratio_by_horizon
from .rivals import OutputDistillation

ITS_OWN = "network of the title"
LAST_TRIAL = 40  # of a block, drawn
WITHIN = 0.05  # differences up to this count as none
N_SMOOTHED = 50  # gradient steps: each is on other steps of the task, some harder than others


@style.styled
def fig_8a_decoherence(distances: Mapping[str, GroupMeans]) -> Figure:
    """Distance between states some steps apart, as it is and relative to the last (Fig. 8a).

    Parameters
    ----------
    distances : dict of system's name to GroupMeans
        Of :func:`iblrnn_helpers.distillation.fit_quality.decoherence`, for the
        network, its projection and the distilled model.
    """
    figure, ((as_it_is, relative),) = style.new_figure(1, 2, height=4.5)
    for k, (name, curve) in enumerate(distances.items()):
        # Every system has its own marks: lines that coincide stay visible.
        line = {**style.LOOKS[k], "markevery": (k, len(distances)), "label": name}
        style.draw_means(as_it_is, curve.groups["lag"], curve, **line)
        style.draw_means(relative, curve.groups["lag"], curve.relative_to(curve.mean[-1]), **line)
    as_it_is.set(title="as it is", ylabel="mean distance of states")
    relative.set(title="relative to the last")
    for ax in (as_it_is, relative):
        ax.set(xlabel="steps between the states", ylim=(0, None))
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    style.legend_below(figure, as_it_is, n_columns=min(3, len(distances)))
    return figure


@style.styled
def fig_error_by_horizon(errors: Mapping[str, HorizonErrors]) -> Figure:
    """Squared error of a model that runs on its own past, and relative to the first solver's.

    Parameters
    ----------
    errors : dict of solver's name to HorizonErrors
        Held out, and all of the same sequences.
    """
    base_name, base = next(iter(errors.items()))
    figure, ((as_it_is, relative),) = style.new_figure(1, 2, height=4.6)
    for look, (name, one) in zip(style.LOOKS, errors.items(), strict=False):
        line, steps = {**look, "markersize": 5, "label": name}, one.mse.groups["horizon"]
        style.draw_means(as_it_is, steps, one.mse, **line)
        if one is base:
            relative.axhline(1, **{**line, "marker": ""})
        else:
            style.draw_means(relative, steps, ratio_by_horizon(one, base), **line)
    as_it_is.set(title="as it is", ylabel="mean squared error, held out")
    relative.set_title(f"relative to\n{base_name}")
    for ax in (as_it_is, relative):
        ax.set(xlabel="steps on its own", ylim=(0, None))
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    style.legend_below(figure, as_it_is)
    return figure


@style.styled
def fig_n_units_curve(
    n_units: Sequence[int],
    quantities: Mapping[str, np.ndarray],
    references: Mapping[str, Mapping[str, float]] | None = None,
) -> Figure:
    """What each further distilled unit buys, in several quantities.

    Parameters
    ----------
    n_units : (n_models,) int
    quantities : dict of title to (n_seeds, n_models) float
        A panel each; the main network first, the others are thin lines.
    references : dict of title to dict of label to float, optional
        Horizontal lines in some of the panels.
    """
    figure, axes = style.panel_grid(len(quantities), 2, rest=1.1, row_height=2.5, sharex=True)
    for ax, (title, values) in zip(axes.flat, quantities.items(), strict=False):
        for other in values[:0:-1]:
            ax.plot(n_units, other, color=style.GREY, linewidth=0.9, label="other networks")
        ax.plot(n_units, values[0], "o-", color=style.BLUE, label="main network", zorder=3)
        style.draw_references(ax, (references or {}).get(title))
        ax.set_title(title, fontsize=12.5)
        ax.set_xticks(n_units)
    for ax in axes[-1]:
        ax.set_xlabel("distilled units")
    style.legend_below(figure, *figure.axes)
    return figure


@style.styled
def fig_distillation_loss(result: OutputDistillation) -> Figure:
    """Divergence from the teacher's answers along the training of its students, smoothed."""
    n_points = len(result.divergence) // N_SMOOTHED
    stretches = result.divergence[: n_points * N_SMOOTHED].reshape(n_points, N_SMOOTHED, -1)
    means = stretches.mean(axis=1)  # (n_points, n_restarts)
    step = (np.arange(n_points) + 0.5) * N_SMOOTHED
    figure, axes = style.new_figure(height=4.2)
    ax = axes[0, 0]
    for other in np.delete(means.T, result.best, axis=0):
        ax.plot(step, other, color=style.GREY, linewidth=1, label="other starts")
    kept = {"color": style.BLUE, "linewidth": 2.2, "label": "start that was kept"}
    ax.plot(step, means[:, result.best], **kept)
    ax.set(yscale="log", xlabel="gradient step")
    ax.set_ylabel("divergence from the\nteacher (nats per step)")
    style.legend_below(figure, ax)
    return figure


@style.styled
def fig_8c_comparison(results: Mapping[str, GroupMeans], *, reference: str = "RNN") -> Figure:
    """Fraction correct of each rival, a panel each, beside the network's (Fig. 8c).

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        All by ``strength`` (:func:`iblrnn_helpers.behavior.measures.correct_by_strength`)
        or all by ``trial_in_block``, with or without the split by concordance.
    reference : str
        The agent that is drawn in every panel.
    """
    axis, line = "strength", {"markersize": 5}
    if "trial_in_block" in results[reference].groups:
        axis, line = "trial_in_block", {"markersize": 5, "markevery": 4}
        results = {name: first_trials(result, LAST_TRIAL) for name, result in results.items()}
    rivals = [name for name in results if name != reference]
    n_columns = 2 if len(rivals) in (2, 4) else min(3, len(rivals))
    shared = {"sharex": True, "sharey": True}
    figure, axes = style.panel_grid(len(rivals), n_columns, rest=1.5, row_height=2.6, **shared)
    for ax, name in zip(axes.flat, rivals, strict=False):
        ax.axhline(0.5, color=style.GREY, linewidth=0.8, zorder=1)
        draw_agents(ax, axis, {reference: results[reference], ITS_OWN: results[name]}, **line)
        ax.set_title(name, fontsize=12)
    for ax in figure.axes[-n_columns:]:
        ax.set_xlabel(STRENGTH if axis == "strength" else "trial in block", fontsize=12)
        ax.tick_params(labelbottom=True)
    axes[0, 0].xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))  # shared
    for ax in axes[:, 0]:
        ax.set_ylabel(CORRECT)
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_scale_sweep(
    sweep: ScaleSweep,
    *,
    network: tuple[float, float],
    scales: Mapping[str, float],
    references: Mapping[str, float] | None = None,
) -> Figure:
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
        Fractions correct that somebody else stated.
    """
    figure, axes = style.new_figure(2, 1, height=6.6, sharex=True)
    (above, below), curves = axes[:, 0], (sweep.correct, sweep.n_steps)
    for ax, curve, of_network in zip((above, below), curves, network, strict=True):
        style.draw_means(ax, sweep.scales, curve, label="distilled", markersize=5, **style.LOOKS[0])
        ax.axhline(of_network, color=style.BLACK, linewidth=1.8, label="RNN")
        for look, (label, scale) in zip(style.LOOKS[1:], scales.items(), strict=False):
            line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 2}
            ax.axvline(scale, label=f"{label}, {scale:.3g}", **line)
    style.draw_references(above, references)
    above.set_ylabel(CORRECT)
    below.set(ylabel="steps per trial", xlabel="scale of the readout", xscale="log")
    below.xaxis.set_major_locator(FixedLocator([0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100]))
    below.xaxis.set_minor_locator(NullLocator())
    below.xaxis.set_major_formatter("{x:g}")
    style.legend_below(figure, above, below)
    return figure


@style.styled
def fig_matched_curves(results: Mapping[str, GroupMeans], difference: GroupMeans) -> Figure:
    """Fraction correct of network and distilled model at the same speed, and their difference.

    Parameters
    ----------
    results : dict of agent's name to GroupMeans
        By ``strength`` and ``concordant``.
    difference : GroupMeans
        Of the two, trial by trial
        (:func:`iblrnn_helpers.behavior.trial_means.paired_difference`), by the same.
    """
    figure, axes = style.new_figure(2, 1, height=6.6, sharex=True, height_ratios=(2, 1.2))
    above, below = axes[:, 0]
    draw_agents(above, "strength", results)
    above.set(ylabel=f"{CORRECT}\n({OVER_BLOCKS})", ylim=(0, 1.02))
    none = {"color": style.GREEN, "alpha": 0.15, "linewidth": 0, "label": f"within {WITHIN:g}"}
    below.axhspan(-WITHIN, WITHIN, **none)
    below.axhline(0, color=style.GREY, linewidth=0.9)
    for concordant, kind, look in (
        (True, "concordant", {"color": style.BLUE, "linestyle": "-"}),
        (
            False,
            "discordant",
            {"color": style.VERMILLION, "linestyle": (0, (4, 2)), "markerfacecolor": "white"},
        ),
    ):
        shown = difference.at(concordant=concordant)
        label = f"difference, {kind}"
        style.draw_means(below, shown.groups["strength"], shown, marker="o", label=label, **look)
    below.set(xlabel=STRENGTH, ylabel="difference")
    style.legend_below(figure, above, below)
    return figure


@style.styled
def fig_two_unit_spread(quantities: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Every trained or distilled network a dot, kind beside kind, in several quantities.

    Parameters
    ----------
    quantities : dict of title to dict of kind of network to (n,) float
        A panel each, at most three; kinds are rows, in the order of the first panel.
    """
    kinds = list(next(iter(quantities.values())))
    figure, axes = style.new_figure(1, len(quantities), height=1.5 + 0.62 * len(kinds), sharey=True)
    dots = {"color": style.BLUE, "alpha": 0.75, "markersize": 6.5, "markeredgecolor": "white"}
    median = {"color": style.BLACK, "markersize": 20, "markeredgewidth": 2.4, "label": "median"}
    for ax, (title, by_kind) in zip(axes[0], quantities.items(), strict=True):
        for row, kind in enumerate(kinds):
            values = np.asarray(by_kind[kind], dtype=float)
            # Heights only keep dots apart.
            height = row + 0.18 * (np.arange(len(values)) % 3 - 1) * (len(values) > 1)
            ax.plot(values, height, "o", label="one network", zorder=3, **dots)
            ax.plot(np.median(values), row, "|", zorder=4, **median)
        ax.set_xlabel(title, fontsize=12)
        ax.xaxis.set_major_locator(MaxNLocator(3))
    axes[0, 0].set_yticks(range(len(kinds)), kinds)
    axes[0, 0].set_ylim(len(kinds) - 0.5, -0.5)
    style.legend_below(figure, axes[0, 0])
    return figure
