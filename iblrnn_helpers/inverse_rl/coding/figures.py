"""Efficient coding and its cell types in pictures (Chalk et al. 2021, Fig. 4C to 4H)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import seaborn as sns
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize

from ...core import plot_style as style
from ..optimal_network.figures import draw_raster, draw_tuning
from ..optimal_network.recording import Recording
from .responses import CellTypes, mean_by_count

MARKERS = "osD^vP*Xph<>"
# Of y = -1 and of cells that fire less for more pixels; of y = +1 and of those that fire more.
FALLING = {"color": style.ORANGE, "linestyle": (0, (5, 2))}
RISING = {"color": style.BLUE, "linestyle": "-"}
ACTIVE_PIXELS = "active pixels"


@style.panel(height=4.9, n_columns=3)
def fig_4c_tuning(ax, tuning: np.ndarray, labels: np.ndarray):
    """Firing probability by how many others are active, for each number of pixels (Fig. 4C).

    Parameters
    ----------
    tuning : (n, n, n_inputs) float
        Of :func:`.optimal_network.tuning`; all n neurons are drawn.
    labels : (n_inputs,) int
        y of each number of pixels.
    """
    looks = {}
    for k, y in enumerate(labels):
        look = {**(RISING if y > 0 else FALLING), "marker": MARKERS[k % len(MARKERS)]}
        looks[f"{k} pixels, y = {'+' if y > 0 else '−'}1"] = look
    draw_tuning(ax, tuning, looks)


@style.panels
def fig_4d_counts(figure, posterior: np.ndarray, mean_count: np.ndarray):
    """What the number of active neurons tells, and what it follows (Fig. 4D).

    Parameters
    ----------
    posterior : (n + 1,) float
        p(y = +1 | number of active neurons).
    mean_count : (n_inputs,) float
        For each number of active pixels.
    """
    left, right = style.grid(figure, 1, 2, height=3.6)[0]
    left.plot(posterior, label="network", **style.LOOKS[0])
    left.axhline(0.5, color=style.GREY, linestyle=(0, (2, 2)), linewidth=1.2, label="undecided")
    left.set(xlabel="neurons active", ylabel="p(y = +1)", ylim=(-0.03, 1.03))
    right.plot(mean_count, **style.LOOKS[0])
    right.set(xlabel=ACTIVE_PIXELS, ylabel="neurons active, mean", ylim=(0, len(posterior) - 1))


@style.panels(n_columns=3)
def fig_4e_information(
    figure,
    coding_costs: Sequence[float],
    information: Mapping[str, Sequence[float]],
    paid: Sequence[float],
    *,
    used: float,
):
    """Information about the feature, and what is paid, by the coding cost (Fig. 4E).

    Parameters
    ----------
    coding_costs : (n_costs,) float
    information : dict of name to (n_costs,) float
        In bits; the network first, then what it is compared with.
    paid : (n_costs,) float
        The network's cost in bits per step.
    used : float
        The coding cost of the other figures; a dotted line.
    """
    dotted = {"color": style.VERMILLION, "linestyle": (0, (1, 1.5)), "label": "used on this page"}
    axes = style.grid(figure, 1, 2, height=3.6)[0]
    shown = {"information on y (bits)": information, "coding cost paid (bits)": {"network": paid}}
    for ax, (ylabel, curves) in zip(axes, shown.items(), strict=True):
        for (name, bits), look in zip(curves.items(), style.LOOKS[::4], strict=False):
            ax.plot(coding_costs, bits, label=name, **look)
        ax.axvline(used, **dotted)
        ax.set(xlabel="price of coding, λ", ylabel=ylabel, ylim=(0, None))


@style.panels(n_columns=3)
def fig_4f_responses(figure, recording: Recording, labels: np.ndarray):
    """A network at work: neurons above, active pixels beneath (Fig. 4F).

    Parameters
    ----------
    recording : Recording
        All of it is drawn.
    labels : (n_inputs,) int
    """
    shape = {"height": 4.6, "sharex": True, "height_ratios": (1.6, 1)}
    top, bottom = style.grid(figure, 2, 1, **shape)[:, 0]
    draw_raster(top, recording.spins)
    steps, n_active = range(len(recording.inputs)), (recording.spins > 0).sum(axis=1)
    bottom.step(steps, recording.inputs, where="mid", color=style.GREY, label=ACTIVE_PIXELS)
    dotted = {"color": style.BLUE, "linestyle": (0, (1, 1)), "linewidth": 1.3}
    bottom.step(steps, n_active, where="mid", label="active neurons", **dotted)
    border = (labels[:-1] != labels[1:]).argmax() + 0.5
    dashed = {"color": style.BLACK, "linestyle": (0, (5, 3)), "linewidth": 1}
    bottom.axhline(border, label="y changes here", **dashed)
    bottom.set(xlabel="step", ylabel="number")


@style.panels
def fig_4g_reward(
    figure, rewards: Mapping[str, np.ndarray], log_posterior: np.ndarray, stationary: np.ndarray
):
    """Inferred reward and log-posterior by the number of active neurons (Fig. 4G).

    Parameters
    ----------
    rewards : dict of name to (2^n, n_inputs) float
        In any gauge: each input's free constant is set so that means agree with the log-posterior.
    log_posterior : (2^n, n_inputs) float
    stationary : (2^n, n_inputs) float
        How often each state occurs, with each input; weights of the means that are drawn.
    """
    n_inputs = stationary.shape[1]
    colours = sns.color_palette("viridis", n_inputs)
    axes = style.grid(figure, 1, len(rewards), height=4.6, sharey=True)[0]
    for ax, (name, reward) in zip(axes, rewards.items(), strict=True):
        free = np.average(log_posterior - reward, axis=0, weights=stationary)
        ax.set_prop_cycle(color=colours)
        ax.plot(mean_by_count(reward + free, stationary), linewidth=2, label="inferred reward")
        rings = {"mfc": "none", "markersize": 10, "label": "log-posterior"}
        ax.plot(mean_by_count(log_posterior, stationary), "o", **rings)
        ax.set(xlabel="neurons active", ylabel="nats", title=name)
        ax.label_outer()
    pixels = ScalarMappable(Normalize(-0.5, n_inputs - 0.5), ListedColormap(colours))
    figure.colorbar(pixels, ax=axes, label=ACTIVE_PIXELS, ticks=range(n_inputs))


@style.panels
def fig_similarity(figure, similarity: Mapping[str, np.ndarray]):
    """How alike the rewards of two inputs are: correlation over states.

    Parameters
    ----------
    similarity : dict of name to (n_inputs, n_inputs) float
    """
    axes = style.grid(figure, 1, len(similarity), height=4.0)[0]
    for ax, (name, matrix) in zip(axes, similarity.items(), strict=True):
        style.heatmap(ax, matrix, limit=1, square=True, cbar=False)
        ax.set(xlabel=ACTIVE_PIXELS, ylabel=ACTIVE_PIXELS, title=name)
        ax.invert_yaxis()
        ax.label_outer()
    bar = {"label": "correlation of rewards", "shrink": 0.8}
    figure.colorbar(axes[0].collections[0], ax=axes, **bar)


@style.panel(height=4.0)
def fig_labels_from_samples(
    ax, n_samples: Sequence[int], shares: Mapping[str, Sequence[tuple[float, float, float]]]
):
    """In what share of recordings every label is right, by their length.

    Parameters
    ----------
    n_samples : (n_lengths,) int
    shares : dict of at most five names to (n_lengths, 3) float
        Share, and the ends of its 95% interval.
    """
    for (name, rows), look in zip(shares.items(), style.LOOKS, strict=False):
        style.draw_means(ax, n_samples, np.transpose(rows), label=name, **look)
    ax.set(xscale="log", xlabel="samples", ylim=(-0.03, 1.03))
    ax.set_ylabel("recordings with all\nlabels correct (share)")


@style.panels
def fig_4h_cell_types(figure, codes: Mapping[str, CellTypes]):
    """Tuning of each neuron to the number of active pixels, and mean rates (Fig. 4H).

    Parameters
    ----------
    codes : dict of title to CellTypes
    """
    kinds = {
        "ON: fires more for more": (True, "", {**RISING, "marker": "^"}),
        "OFF: fires less for more": (False, "///", {**FALLING, "marker": "v"}),
    }
    shape = {"sharey": "row", "height_ratios": (1.5, 1)}
    axes = style.grid(figure, 2, len(codes), height=6.0, **shape)
    for (top, bottom), (title, types) in zip(axes.T, codes.items(), strict=True):
        place = 0
        for label, (rising, hatch, look) in kinds.items():
            cells = types.rising == rising
            top.plot(types.firing[cells].T, alpha=0.8, label=label, **look)
            rates = np.sort(types.rates[cells])[::-1]
            bars = {"facecolor": look["color"], "hatch": hatch, "alpha": 0.8}
            bottom.bar(place + np.arange(len(rates)), rates, **bars)
            place += len(rates)
        top.set(title=title, xlabel=ACTIVE_PIXELS, ylabel="p(fires | pixels)")
        bottom.set(xlabel="neuron", ylabel="mean rate", xticks=range(place))


@style.panels
def fig_restarts(figure, solutions: Mapping[str, tuple[Sequence[str], Sequence[float]]]):
    """What each random start led to: its cell types and its objective.

    Parameters
    ----------
    solutions : dict of title to (names, objectives)
        One name and one objective for each start.
    """
    axes = style.grid(figure, 1, len(solutions), height=4.6)[0]
    dots = {"jitter": False, "size": 9, "color": style.BLUE, "alpha": 0.45}
    line = {"color": style.VERMILLION, "linestyle": (0, (4, 2)), "label": "best found"}
    for ax, (title, (names, objectives)) in zip(axes, solutions.items(), strict=True):
        cells = {"y": list(names), "order": sorted(set(names)), "label": "a start", "legend": False}
        sns.stripplot(x=np.asarray(objectives), ax=ax, **cells, **dots)
        ax.axvline(max(objectives), **line)
        # Starts that end at one place are shown at one, however small their differences.
        margin = max(0.12 * np.ptp(objectives), 0.002)
        ax.set_xlim(min(objectives) - margin, max(objectives) + margin)
        ax.set(title=title, xlabel="objective (nats)")
        ax.locator_params(axis="x", nbins=3)
        ax.tick_params(axis="y", labelsize=11)
    axes[0].set_ylabel("cells found")


@style.panel(height=4.4)
def fig_by_probability(
    ax, probabilities: Sequence[float], objective: Mapping[str, Sequence[float]]
):
    """How much better than one cell type others are, by how often pixels are active.

    Parameters
    ----------
    probabilities : (n_probabilities,) float
    objective : dict of name to (n_probabilities,) float
        In nats; the first is what the others are compared with.
    """
    first, reference = next(iter(objective.items()))
    for k, (name, values) in enumerate(objective.items()):
        look = {**style.LOOKS[k % len(style.LOOKS)], "marker": MARKERS[k]}
        ax.plot(probabilities, np.subtract(values, reference), label=name, **look)
    ax.set_xlabel("probability that a pixel is active")
    ax.set_ylabel(f"objective, more than\n{first} (nats)")
