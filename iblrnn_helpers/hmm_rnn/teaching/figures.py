"""Figures of chapter 20: the loss and its floor, phases of training, and what networks emit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import ListedColormap

from ...core import plot_style as style
from ..figures import SYMBOL_COLOURS, legend_of_symbols, plain_ticks
from .emissions import DISTANCE_LIMITS, LIMITS, CodeLength, EmissionMatch, changes_per_sequence
from .learning import Phases
from .training import HISTORY, TrainedHmmRnn

_HMM = {"color": style.BLACK, "marker": "|", "markeredgewidth": 2, "linestyle": "none"}
_NETWORK = {"color": style.BLUE, "marker": "o", "linestyle": "none", "label": "one network"}
_PAPER = {**_HMM, "color": style.VERMILLION, "marker": "x", "label": "authors' networks"}
_MATCHES = {  # label of the axis, and the limits that the claims have
    "changes": ("changes\n(network / HMM)", LIMITS["changes"]),
    "bigrams": ("bigrams\n(total variation)", LIMITS["bigrams"]),
    "distance": ("distance\n(network / HMM)", DISTANCE_LIMITS),
}
_LEFT = {"color": style.VERMILLION, "linestyle": (0, (5, 2))}
_TURN = {"color": style.GREEN, "linestyle": (0, (1, 1.5))}
_PHASES = {  # a row each: label of its axis, and of columns of the table of phases
    "relative loss": {
        "loss": {"label": "loss", "color": style.BLUE},
        "floor": {"label": "floor: the HMM itself", **style.DASHED},
    },
    "mean of\n1 / residence": {"switch_rate": {"color": style.BLUE}},
    "fraction of steps": {
        "unstable": {"label": "unstable: some |λ| > 1", "color": style.VERMILLION},
        "rotating": {"label": "turning: complex, |λ| near 1", **_TURN},
    },
    "size of states": {
        "activity": {"label": "root mean square of h", "color": style.BLUE},
        "left": {"label": "left of h after 50 steps without input", **_LEFT},
    },
}


@style.panels
def fig_loss_floor(
    figure,
    n_sequences: Sequence[int],
    floors: Mapping[str, Sequence[float]],
    independent: Mapping[str, Sequence[float]],
):
    """The loss of the HMM's own sequences, and of independent symbols, by the size of a batch.

    Parameters
    ----------
    n_sequences : (n_sizes,) int
    floors, independent : dict of a loss's name to (n_sizes,) float
        A panel for each loss.
    """
    axes = style.grid(figure, 1, len(floors), height=3.6)
    for ax, name in zip(axes[0], floors, strict=True):
        ax.plot(n_sequences, independent[name], label="independent symbols", **style.LOOKS[1])
        ax.plot(n_sequences, floors[name], label="the HMM itself", **style.LOOKS[0])
        ax.axhline(0, color=style.GREY, linewidth=1, zorder=1)
        ax.set(title=name, xlabel="sequences in a batch", xscale="log")
        plain_ticks(ax.xaxis, n_sequences)
    axes[0, 0].set_ylabel("loss against\nsequences of the HMM")


@style.panels
def fig_training_losses(figure, trained: Mapping[str, TrainedHmmRnn], window: int = 20):
    """The loss along training, with its floor, stage after stage.

    Parameters
    ----------
    trained : dict of name to TrainedHmmRnn
    window : int, optional
        Updates that are averaged.
    """
    axes = style.grid(figure, 1, len(trained), height=3.6)
    for ax, (name, one) in zip(axes[0], trained.items(), strict=True):
        table = pd.DataFrame(one.history, range(1, len(one.history) + 1), HISTORY)
        for _, rows in table.groupby([one.params.stage_at(k - 1)[0] for k in table.index]):
            mean = rows["loss"].rolling(min(window, len(rows))).mean()
            ax.plot(mean, label=f"loss, mean of {window} updates", color=style.BLUE, linewidth=1.6)
            ax.plot(rows["floor"], label="floor", **style.DASHED)
        ax.set(title=name, xlabel="updates")
    axes[0, 0].set_ylabel("loss")


@style.panels
def fig_phases(figure, found: Mapping[str, Phases]):
    """Loss, switches, eigenvalues and size of the states along training, a column for each.

    Shaded is where states grow without input at some stage, from the first to the last.
    """
    axes = style.grid(figure, 4, len(found), height=8.4, sharex="col", sharey="row")
    for column, (title, one) in zip(axes.T, found.items(), strict=True):
        table = one.to_frame()
        for ax, (label, lines) in zip(column, _PHASES.items(), strict=True):
            for name, look in lines.items():
                ax.plot(table[name], **look)
            if one.growth is not None:
                ax.axvspan(*one.growth, color="#fbe3d3", linewidth=0, zorder=0)
            ax.set(xlabel="updates", ylabel=label)
            ax.label_outer()
        column[0].set(title=title, ylim=(min(-0.05, table["floor"].min()), 1.35))
        column[2].set_ylim(-0.05, 1.05)
        column[3].axhline(1, color=style.GREY, linestyle=(0, (1, 1.5)), linewidth=1.6)
        column[3].set_yscale("log")


@style.panels
def fig_sequences(figure, matches: Mapping[str, EmissionMatch], *, n_shown: int = 6):
    """Sequences of each HMM, and of its network below; ``n_shown`` of each."""
    axes = style.rows_of(figure, len(matches), 2, row_height=1.75, rest=0.9, xlabel="step")
    colours = {"cmap": ListedColormap(SYMBOL_COLOURS), "vmin": 0, "vmax": len(SYMBOL_COLOURS) - 1}
    for ax, (family, match) in zip(axes.flat, matches.items(), strict=False):
        hmm, network = match.hmm_symbols[:n_shown], match.network_symbols[:n_shown]
        rows = np.concatenate([hmm, np.full((1, hmm.shape[1]), np.nan), network])
        ax.imshow(rows, aspect="auto", interpolation="nearest", **colours)
        ax.set_yticks([len(hmm) / 2 - 0.5, len(hmm) * 3 / 2 + 0.5], ["HMM", "network"])
        ax.grid(False)
        ax.set_title(family)
    legend_of_symbols(figure, max(match.hmm.n_symbols for match in matches.values()))


@style.panels
def fig_symbol_transitions(figure, matches: Mapping[str, EmissionMatch]):
    """Probability of the next symbol after each symbol, of each HMM and of its network."""
    axes = style.rows_of(figure, 2 * len(matches), 4, row_height=1.9, rest=0.3)
    look = {"annot": True, "fmt": ".2f", "annot_kws": {"fontsize": 11}, "square": True}
    look |= {"cmap": "Greys", "vmin": 0, "vmax": 1, "cbar": False}
    for pair, (family, match) in zip(axes.reshape(-1, 2), matches.items(), strict=False):
        shown = {f"{family}: HMM": match.exact, "network": match.network}
        for ax, (title, found) in zip(pair, shown.items(), strict=True):
            style.heatmap(ax, found.transition, **look)
            ax.set_title(title, fontsize=12)
    figure.supylabel("symbol", fontsize=13)
    figure.supxlabel("next symbol", fontsize=13)


@style.panels
def fig_change_counts(figure, matches: Mapping[str, EmissionMatch]):
    """How many sequences change their symbol so often, of each HMM and of its network."""
    shape = {"row_height": 1.9, "rest": 0.9, "xlabel": "changes of symbol"}
    axes = style.rows_of(figure, len(matches), 3, **shape)
    for ax, (family, match) in zip(axes.flat, matches.items(), strict=False):
        of_network, of_hmm = map(changes_per_sequence, (match.network_symbols, match.hmm_symbols))
        most = max(of_network.max(), of_hmm.max())
        steps = {"binwidth": max(1, most // 15), "binrange": (-0.5, most + 0.5), "ax": ax}
        steps |= {"stat": "proportion", "element": "step", "fill": False, "linewidth": 2}
        sns.histplot(of_network, label="network", color=style.BLUE, **steps)
        sns.histplot(of_hmm, label="HMM", **style.DASHED, **steps)
        ax.set(title=family, ylabel="", xlim=(-0.5, None), ylim=(0, None))
    figure.supylabel("share of sequences", fontsize=13)


@style.panels(n_columns=3)
def fig_emission_match(
    figure,
    matches: Mapping[str, Sequence[EmissionMatch]],
    *,
    published_distance: Mapping[str, float] | None = None,
):
    """How closely networks match, for each family: changes, bigrams, matched distance.

    Parameters
    ----------
    matches : dict of family to the EmissionMatch of each network
    published_distance : dict of family to float, optional
        The paper's ratio of matched distances.
    """
    table = pd.concat([m.to_frame().assign(family=f) for f, of in matches.items() for m in of])
    panels = changes, bigrams, distance = style.grid(figure, 1, 3, height=4.2, sharey=True)[0]
    for ax, (measure, (label, limits)) in zip(panels, _MATCHES.items(), strict=True):
        ax.axvspan(*limits, color=style.GREY, alpha=0.2, linewidth=0)
        dots = {"color": style.BLUE, "size": 6, "warn_thresh": 1, "legend": False}
        sns.swarmplot(table, x=measure, y="family", label="one network", ax=ax, **dots)
        ax.set(xlabel=label, ylabel="")
        ax.locator_params(axis="x", nbins=4)
    for ax in (changes, distance):
        ax.axvline(1, color=style.BLACK, linewidth=1)
    floors = table.groupby("family", sort=False)["floor"].mean()
    bigrams.plot(floors, range(len(floors)), label="as many of the HMM", markersize=16, **_HMM)
    if published_distance:
        published = [published_distance.get(family, np.nan) for family in matches]
        distance.plot(published, np.arange(len(matches)) + 0.25, markersize=8, **_PAPER)


@style.panels
def fig_emission_memory(
    figure,
    lags: Sequence[int],
    of_hmms: Mapping[str, np.ndarray],
    of_networks: Mapping[str, Sequence[np.ndarray]],
):
    """Probability of the same symbol now and some steps later.

    Parameters
    ----------
    lags : (n_lags,) int
    of_hmms : dict of family to (n_lags,) float
    of_networks : dict of family to (n_lags,) float of each network
    """
    shape = {"row_height": 1.9, "rest": 0.9, "sharex": True, "sharey": True}
    axes = style.rows_of(figure, len(of_hmms), 3, xlabel="steps later", **shape)
    for ax, (family, expected) in zip(axes.flat, of_hmms.items(), strict=False):
        found = np.transpose(of_networks[family])
        ax.plot(lags, found, color=style.BLUE, linewidth=1.5, label="one network")
        ax.plot(lags, expected, **style.DASHED, linewidth=2.2, label="HMM, exact")
        ax.set(title=family, xscale="log", ylim=(0, 1))
        plain_ticks(ax.xaxis, (1, 3, 10, 30))
    figure.supylabel("same symbol (probability)", fontsize=13)


@style.panels
def fig_likelihood(
    figure, matches: Mapping[str, Sequence[EmissionMatch]], codes: Mapping[str, CodeLength]
):
    """How likely HMMs find the sequences of their networks, and what a code of them loses.

    Parameters
    ----------
    matches : dict of family to the EmissionMatch of each network
    codes : dict of family to CodeLength
    """
    likelihood, excess = style.grid(figure, 1, 2, height=4.2, sharey=True)[0]
    for place, (family, of_family) in enumerate(matches.items()):
        _with_intervals(likelihood, place, [one.network_log_likelihood for one in of_family])
        own = np.mean([match.hmm_log_likelihood.value for match in of_family])
        likelihood.plot(own, place, label="the HMM itself", markersize=24, **_HMM)
        if family in codes:
            _with_intervals(excess, place, [codes[family].excess])
    excess.axvline(0, color=style.BLACK, linewidth=1)
    likelihood.set_xlabel("log likelihood under the HMM\n(nats per symbol)")
    excess.set_xlabel("code too long by\n(nats per symbol)")
    likelihood.set_yticks(range(len(matches)), list(matches))
    likelihood.set_ylim(len(matches) - 0.5, -0.5)


def _with_intervals(ax, place: int, measured: Sequence) -> None:
    """Numbers of a family in its row, with their intervals, one above the other."""
    values, low, high = np.array([(one.value, *one.interval) for one in measured]).T
    at = place + 0.18 * (np.arange(len(values)) - (len(values) - 1) / 2)
    ax.errorbar(values, at, xerr=(values - low, high - values), **_NETWORK)
