"""Figures of chapter 30: the loss and its floor, phases of training, and what networks emit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...core import plot_style as style
from ..figures import legend_of_symbols, symbol_colormap
from .emissions import DISTANCE_LIMITS, LIMITS, CodeLength, EmissionMatch, changes_per_sequence
from .learning import Phases
from .training import TrainedHmmRnn

_DASHED = {"color": style.BLACK, "linestyle": (0, (4, 2))}
_HMM = {
    "color": style.BLACK,
    "marker": "_",
    "linestyle": "none",
    "markersize": 16,
    "markeredgewidth": 2,
}
_NETWORK = {"color": style.BLUE, "marker": "o", "linestyle": "none"}
_PAPER = {
    "color": style.VERMILLION, "marker": "x", "linestyle": "none", "markersize": 8,
    "markeredgewidth": 2,
}  # fmt: skip


@style.styled
def fig_loss_floor(
    n_sequences: Sequence[int],
    floors: Mapping[str, Sequence[float]],
    independent: Mapping[str, Sequence[float]],
) -> Figure:
    """The loss of the HMM's own sequences, and of independent symbols, by the size of a batch.

    Parameters
    ----------
    n_sequences : (n_sizes,) int
    floors, independent : dict of a loss's name to (n_sizes,) float

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each loss.
    """
    figure, axes = style.new_figure(1, len(floors), height=3.6)
    for ax, name in zip(axes[0], floors, strict=True):
        ax.plot(n_sequences, independent[name], label="independent symbols", **style.LOOKS[1])
        ax.plot(n_sequences, floors[name], label="the HMM itself", **style.LOOKS[0])
        ax.axhline(0, color=style.GREY, linewidth=1, zorder=1)
        ax.set_xscale("log", base=2)
        ax.set_xticks(n_sequences, [str(n) for n in n_sequences])
        ax.minorticks_off()
        ax.set(title=name, xlabel="sequences in a batch")
    axes[0, 0].set_ylabel("loss against\nsequences of the HMM")
    style.legend_below(figure, axes[0, 0])
    return figure


@style.styled
def fig_training_losses(trained: Mapping[str, TrainedHmmRnn], window: int = 20) -> Figure:
    """The loss along training, with its floor, stage after stage.

    Parameters
    ----------
    trained : dict of name to TrainedHmmRnn
    window : int, optional
        Updates that are averaged.
    """
    figure, axes = style.new_figure(1, len(trained), height=3.6)
    for ax, (name, one) in zip(axes[0], trained.items(), strict=True):
        first = 0
        for stage in one.params.stages:
            rows = one.history[first : first + stage.n_updates].astype(float)
            width = min(window, len(rows))
            mean = np.convolve(rows[:, 0], np.ones(width) / width, mode="valid")
            ax.plot(first + np.arange(width, len(rows) + 1), mean, color=style.BLUE, linewidth=1.6)
            ax.plot([first, first + len(rows)], rows[0, [1, 1]], **_DASHED)
            first += stage.n_updates
        ax.set(title=name, xlabel="updates")
    axes[0, 0].set_ylabel("loss (dashed: floor)")
    return figure


@style.styled
def fig_phases(found: Mapping[str, Phases]) -> Figure:
    """Loss, switches, eigenvalues and size of the states along training, a column for each.

    Parameters
    ----------
    found : dict of title to Phases

    Returns
    -------
    matplotlib.figure.Figure
        Shaded: where states grow without input at some stage, from the first to the last.
    """
    figure, axes = style.new_figure(4, len(found), height=8.4, sharex="col", sharey="row")
    broken = {"linestyle": (0, (5, 2))}
    for column, (title, one) in zip(axes.T, found.items(), strict=True):
        loss, switches, eigenvalues, size = column
        floor, left = one.floor / one.independent, np.maximum(one.left, 1e-8)
        for ax, label, values, look in (
            (loss, "loss", one.loss / one.independent, {"color": style.BLUE}),
            (loss, "floor: the HMM itself", floor, {**_DASHED, "linewidth": 1.2}),
            (switches, "_switches", one.switch_rate, {"color": style.BLUE}),
            (eigenvalues, "unstable: some |λ| > 1", one.unstable, {"color": style.VERMILLION}),
            (
                eigenvalues,
                "turning: complex, |λ| near 1",
                one.rotating,
                {"color": style.GREEN, **broken},
            ),
            (size, "root mean square of h", one.activity, {"color": style.BLUE}),
            (
                size,
                "left of h after 50 steps without input",
                left,
                {"color": style.VERMILLION, **broken},
            ),
        ):
            ax.plot(one.update, values, label=label, **look)
        loss.set(title=title, ylim=(min(-0.05, np.nanmin(floor)), 1.35))
        switches.set(ylim=(-0.03, None))
        eigenvalues.set(ylim=(-0.05, 1.05))
        size.axhline(1, color=style.GREY, linestyle=(0, (1, 1.5)), linewidth=1.6)
        size.set(yscale="log", xlabel="updates")
        for ax in column:
            if one.growth is not None:
                ax.axvspan(*one.growth, color="#fbe3d3", linewidth=0, zorder=0)
    loss, switches, eigenvalues, size = axes[:, 0]
    loss.set_ylabel("relative loss")
    switches.set_ylabel("mean of\n1 / residence")
    eigenvalues.set_ylabel("fraction of steps")
    size.set_ylabel("size of states")
    style.legend_below(figure, *axes[:, 0])
    return figure


@style.styled
def fig_sequences(matches: Mapping[str, EmissionMatch], *, n_shown: int = 6) -> Figure:
    """Sequences of each HMM, and of its network below.

    Parameters
    ----------
    matches : dict of family to EmissionMatch
    n_shown : int
        Sequences of each.
    """
    figure, axes = style.panel_grid(len(matches), 2, row_height=1.75, rest=0.9)
    n_symbols = max(match.hmm.n_symbols for match in matches.values())
    for ax, (family, match) in zip(axes.flat, matches.items(), strict=False):
        hmm, network = match.hmm_symbols[:n_shown], match.network_symbols[:n_shown]
        gap = np.full((1, hmm.shape[1]), np.nan)
        ax.imshow(
            np.concatenate([hmm, gap, network]), aspect="auto", interpolation="nearest",
            cmap=symbol_colormap(n_symbols), vmin=-0.5, vmax=n_symbols - 0.5,
            extent=(0, hmm.shape[1], len(hmm) + 1 + len(network), 0),
        )  # fmt: skip
        ax.set_yticks([len(hmm) / 2, len(hmm) + 1 + len(network) / 2], ["HMM", "network"])
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.set_title(family)
    for ax in axes[-1]:
        ax.set_xlabel("step")
    legend_of_symbols(figure, n_symbols)
    return figure


@style.styled
def fig_symbol_transitions(matches: Mapping[str, EmissionMatch]) -> Figure:
    """Probability of the next symbol after each symbol, of each HMM and of its network.

    Parameters
    ----------
    matches : dict of family to EmissionMatch
    """
    figure, axes = style.panel_grid(2 * len(matches), 4, row_height=1.75, rest=0.6)
    image = None
    for pair, (family, match) in zip(axes.reshape(-1, 2), matches.items(), strict=False):
        for ax, title, found in zip(
            pair, (f"{family}: HMM", "network"), (match.exact, match.network), strict=True
        ):
            image = ax.imshow(found.transition, cmap="Greys", vmin=0, vmax=1)
            for (a, b), chance in np.ndenumerate(found.transition):
                ax.text(
                    b, a, f"{chance:.2f}".removeprefix("0"), ha="center", va="center", fontsize=11,
                    color="white" if chance > 0.55 else style.BLACK,
                )  # fmt: skip
            ax.set(xticks=range(match.hmm.n_symbols), yticks=range(match.hmm.n_symbols))
            ax.set_title(title, fontsize=12)
            ax.grid(False)
    figure.supylabel("symbol", fontsize=13)
    figure.supxlabel("next symbol", fontsize=13)
    figure.colorbar(image, ax=figure.axes, label="probability", shrink=0.6, pad=0.02)
    return figure


@style.styled
def fig_change_counts(matches: Mapping[str, EmissionMatch]) -> Figure:
    """How many sequences change their symbol so often, of each HMM and of its network.

    Parameters
    ----------
    matches : dict of family to EmissionMatch
    """
    figure, axes = style.panel_grid(len(matches), 3, row_height=1.9, rest=0.9)
    for ax, (family, match) in zip(axes.flat, matches.items(), strict=False):
        of_hmm = changes_per_sequence(match.hmm_symbols)
        of_network = changes_per_sequence(match.network_symbols)
        most = max(of_hmm.max(), of_network.max())
        edges = np.arange(-0.5, most + 1.5, max(1, most // 15))
        edges = np.append(edges, edges[-1] + (edges[1] - edges[0]))
        for counts, color, dash, label in (
            (of_network, style.BLUE, "-", "network"), (of_hmm, style.BLACK, (0, (4, 2)), "HMM")
        ):  # fmt: skip
            share = np.histogram(counts, edges)[0] / len(counts)
            ax.stairs(share, edges, color=color, linestyle=dash, linewidth=2, label=label)
        ax.set(title=family, xlim=(-0.5, None), ylim=(0, None))
    for ax in axes[-1]:
        ax.set_xlabel("changes of symbol")
    figure.supylabel("share of sequences", fontsize=13)
    style.legend_below(figure, axes.flat[0])
    return figure


@style.styled
def fig_emission_match(
    matches: Mapping[str, Sequence[EmissionMatch]],
    *,
    published_distance: Mapping[str, float] | None = None,
) -> Figure:
    """How closely networks match, for each family: changes, bigrams, matched distance.

    Parameters
    ----------
    matches : dict of family to the EmissionMatch of each network
    published_distance : dict of family to float, optional
        The paper's ratio of matched distances.
    """
    figure, axes = style.new_figure(1, 3, height=4.2)
    changes, bigrams, distance = axes[0]
    for ax, limits in (
        (changes, LIMITS["changes"]), (bigrams, LIMITS["bigrams"]), (distance, DISTANCE_LIMITS)
    ):  # fmt: skip
        ax.axhspan(*limits, color=style.GREY, alpha=0.2, linewidth=0)
    for ax in (changes, distance):
        ax.axhline(1, color=style.BLACK, linewidth=1)
    for place, (family, of_family) in enumerate(matches.items()):
        at = place + _spread(len(of_family))
        changes.plot(at, [m.change_ratio for m in of_family], **_NETWORK)
        bigrams.plot(at, [m.total_variation for m in of_family], **_NETWORK)
        distance.plot(at, [m.distance_ratio for m in of_family], **_NETWORK)
        bigrams.plot(place, np.mean([m.floor for m in of_family]), **_HMM)
        if published_distance and family in published_distance:
            distance.plot(place, published_distance[family], **_PAPER)
    changes.plot([], [], label="one network", **_NETWORK)
    bigrams.plot([], [], label="as many sequences of the HMM", **_HMM)
    distance.plot([], [], label="authors' networks", **_PAPER)
    changes.set(ylabel="changes, network / HMM")
    bigrams.set(ylabel="total variation of bigrams", ylim=(0, None))
    distance.set(ylabel="distance, network / HMM")
    for ax in axes[0]:
        _name_families(ax, list(matches))
    style.legend_below(figure, *axes[0], n_columns=3)
    return figure


@style.styled
def fig_emission_memory(
    lags: Sequence[int],
    of_hmms: Mapping[str, np.ndarray],
    of_networks: Mapping[str, Sequence[np.ndarray]],
) -> Figure:
    """Probability of the same symbol now and some steps later.

    Parameters
    ----------
    lags : (n_lags,) int
    of_hmms : dict of family to (n_lags,) float
    of_networks : dict of family to (n_lags,) float of each network
    """
    figure, axes = style.panel_grid(
        len(of_hmms), 3, row_height=1.9, rest=0.9, sharex=True, sharey=True
    )
    for ax, (family, expected) in zip(axes.flat, of_hmms.items(), strict=False):
        for found in of_networks[family]:
            ax.plot(lags, found, color=style.BLUE, linewidth=1.5, label="one network")
        ax.plot(lags, expected, **_DASHED, linewidth=2.2, label="HMM, exact")
        ax.set(title=family, xscale="log", ylim=(0, 1))
        ax.set_xticks([1, 3, 10, 30], ["1", "3", "10", "30"])
        ax.minorticks_off()
    for ax in axes[-1]:
        ax.set_xlabel("steps later")
    figure.supylabel("same symbol (probability)", fontsize=13)
    style.legend_below(figure, axes.flat[0])
    return figure


@style.styled
def fig_likelihood(
    matches: Mapping[str, Sequence[EmissionMatch]], codes: Mapping[str, CodeLength]
) -> Figure:
    """How likely HMMs find the sequences of their networks, and what a code of them loses.

    Parameters
    ----------
    matches : dict of family to the EmissionMatch of each network
    codes : dict of family to CodeLength
    """
    figure, axes = style.new_figure(1, 2, height=4.2)
    likelihood, excess = axes[0]
    for place, (family, of_family) in enumerate(matches.items()):
        for at, match in zip(place + _spread(len(of_family)), of_family, strict=True):
            _with_interval(likelihood, at, match.network_log_likelihood, **_NETWORK)
        own = np.mean([match.hmm_log_likelihood.value for match in of_family])
        likelihood.plot(place, own, **{**_HMM, "markersize": 24})
        if family in codes:
            _with_interval(excess, place, codes[family].excess, **_NETWORK)
    excess.axhline(0, color=style.BLACK, linewidth=1)
    likelihood.plot([], [], label="sequences of one network", **_NETWORK)
    likelihood.plot([], [], label="sequences of the HMM itself", **_HMM)
    likelihood.set(ylabel="log likelihood under the HMM\n(nats per symbol)")
    excess.set(ylabel="code too long by\n(nats per symbol)")
    for ax in axes[0]:
        _name_families(ax, list(matches))
    style.legend_below(figure, likelihood)
    return figure


def _spread(n: int) -> np.ndarray:
    """Where the dots of one family lie beside each other."""
    return 0.18 * (np.arange(n) - (n - 1) / 2)


def _with_interval(ax, at: float, measured, **look) -> None:
    low, high = measured.interval
    reach = [[measured.value - low], [high - measured.value]]
    ax.errorbar(at, measured.value, reach, **look)


def _name_families(ax, families: Sequence[str]) -> None:
    ax.set_xticks(range(len(families)), families, rotation=60, ha="right", rotation_mode="anchor")
    ax.set_xlim(-0.6, len(families) - 0.4)
