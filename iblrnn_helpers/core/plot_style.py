"""One look for all figures: who has which colour, line and marker.

Colours are Okabe and Ito's, which people with any common colour vision can
tell apart; no meaning rests on colour alone.
"""

from __future__ import annotations

import functools
import inspect
import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from .checks import kind as check_kind
from .checks import some as check_some

BLACK, GREY = "#222222", "#8c8c8c"
ORANGE, SKY, GREEN = "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
# Blue below and red above zero: the two differ in lightness from white alike, and in hue for
# people with any common colour vision.
DIVERGING = "RdBu_r"

DASH_DOT = (0, (6, 2, 1, 2))

AGENT_STYLES: dict[str, dict[str, Any]] = {
    "RNN": {"color": BLUE, "linestyle": "-", "marker": "o"},
    "Bayesian observer": {"color": GREEN, "linestyle": (0, (5, 2)), "marker": "s"},
    "Bayesian observer (released)": {"color": GREEN, "linestyle": (0, (1, 1.5)), "marker": "P"},
    "Coupled observer": {"color": ORANGE, "linestyle": (0, (3, 1, 1, 1)), "marker": "h"},
    "Bayesian actor": {"color": PURPLE, "linestyle": (0, (2, 1.5)), "marker": "v"},
    "Bayesian actor (exact)": {"color": PURPLE, "linestyle": (0, (2, 1.5)), "marker": "v"},
    "Bayesian actor (released)": {"color": VERMILLION, "linestyle": DASH_DOT, "marker": "^"},
    "Blockless actor": {"color": ORANGE, "linestyle": (0, (8, 2)), "marker": "D"},
    "Exponential actor": {"color": SKY, "linestyle": (0, (4, 1, 1, 1, 1, 1)), "marker": "d"},
}
OTHER_AGENTS = (
    {"color": BLACK, "linestyle": "-", "marker": "X"},
    {"color": GREY, "linestyle": (0, (3, 2)), "marker": "p"},
    {"color": BLACK, "linestyle": (0, (1, 1.5)), "marker": "*"},
)
SIDE_STYLES = {
    -1: {"color": ORANGE, "linestyle": (0, (5, 2)), "marker": "<", "label": "left"},
    1: {"color": BLUE, "linestyle": "-", "marker": ">", "label": "right"},
}
OUTCOME_STYLES = {
    "correct": {"facecolor": "#a9cfe8", "hatch": "", "label": "correct"},
    "wrong": {"facecolor": "#f7d3b5", "hatch": "///", "label": "wrong"},
    "timed_out": {"facecolor": "#e2e2e2", "hatch": "...", "label": "timed out"},
}
STYLE_FILE = Path(__file__).with_name("style.mplstyle")

# Lines that colour, marker and dashes tell apart, for what has no style of its own.
LOOKS = (
    {"color": BLUE, "marker": "o", "linestyle": "-"},
    {"color": VERMILLION, "marker": "s", "linestyle": (0, (5, 2))},
    {"color": GREEN, "marker": "^", "linestyle": (0, (1, 1.5))},
    {"color": ORANGE, "marker": "D", "linestyle": DASH_DOT},
    {"color": PURPLE, "marker": "v", "linestyle": (0, (3, 1, 1, 1))},
)


@functools.cache
def _settings() -> dict[Any, Any]:
    return dict(matplotlib.rc_params_from_file(STYLE_FILE, use_default_template=False))


def style() -> AbstractContextManager:
    """Context in which matplotlib follows ``style.mplstyle``; its settings return afterwards."""
    return matplotlib.rc_context(_settings())


class StyledFigure(Figure):
    """A figure outside pyplot that keeps its look wherever it is drawn.

    Some settings (fonts, late ticks) are read only when a figure is drawn, so
    it is drawn in the style too.  It shows itself as PNG, once, at the end of
    a notebook cell, whether or not pyplot has been imported.
    """

    def draw(self, renderer):
        with style():
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def styled(function: Callable[..., Figure], *, gaps: bool = False) -> Callable[..., Figure]:
    """Decorate a figure function: it runs in :func:`style`, if there is something to draw.

    What has no default must hold a value, and so must each of its entries; with ``gaps`` one will
    do.  A ValueError names what holds none.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def drawn(*args, **kwargs):
        for field, value in signature.bind(*args, **kwargs).arguments.items():
            if signature.parameters[field].default is inspect.Parameter.empty:
                check_some(field, value, gaps=gaps)
        with style():
            return function(*args, **kwargs)

    return drawn


styled_with_gaps = functools.partial(styled, gaps=True)


def new_figure(n_rows: int = 1, n_columns: int = 1, *, height: float = 4.4, **options):
    """A figure 7.2 inches wide, and its axes as an (n_rows, n_columns) array.

    ``options`` are those of :meth:`matplotlib.figure.Figure.subplots`.
    """
    figure = StyledFigure(figsize=(7.2, height), layout="constrained")
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **options)


def panel_grid(n_panels: int, n_columns: int, *, row_height: float, rest: float, **options):
    """A figure of so many axes in rows of ``n_columns``, without those left over in the last.

    ``rest`` is the height, in inches, beside the rows'; the other options are as of `new_figure`.
    """
    n_rows = -(-n_panels // n_columns)
    figure, axes = new_figure(n_rows, n_columns, height=rest + row_height * n_rows, **options)
    for ax in axes.flat[n_panels:]:
        ax.remove()
    return figure, axes


def agent_styles(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Colour, line style and marker of each agent; known names always look the same.

    Raises
    ------
    ValueError
        If there are more unknown names than looks to tell them apart.
    """
    names = list(names)
    unknown = [name for name in names if name not in AGENT_STYLES]
    if len(unknown) > len(OTHER_AGENTS):
        raise ValueError(
            f"at most {len(OTHER_AGENTS)} agents may have names other than "
            f"{', '.join(AGENT_STYLES)}; got {', '.join(unknown)}"
        )
    return {**AGENT_STYLES, **dict(zip(unknown, OTHER_AGENTS, strict=False))}


def check_agents(results: Mapping[str, Any], kind: type) -> None:
    """Raise a ValueError unless ``results`` maps agents' names to results of a kind."""
    if not isinstance(results, Mapping) or not results:
        raise ValueError(
            f"results must map agents' names to {kind.__name__}, got {type(results).__name__}"
        )
    for name, result in results.items():
        check_kind(f"results[{name!r}]", result, kind)


def check_named_in(results: Mapping[str, Any], **others: Mapping[str, Any] | None) -> None:
    """Raise a ValueError unless ``others`` are of quantities that ``results`` has."""
    for field, given in others.items():
        for name in given or ():
            if name not in results:
                raise ValueError(f"{field} must be of quantities in results, got {name!r}")


def draw_means(ax, x, result, *, interval: str = "band", **line):
    """Draw one line of group means against ``x``, with its interval as a band or as bars.

    Groups without a mean leave a gap.  ``line`` are matplotlib's line settings.
    """
    if interval == "band":
        ax.fill_between(
            x, result.low, result.high, color=line["color"], alpha=0.18, linewidth=0, zorder=1.5
        )
        return ax.plot(x, result.mean, **line)[0]
    reach = np.abs([result.mean - result.low, result.high - result.mean])
    return ax.errorbar(x, result.mean, np.nan_to_num(reach), **line)


def draw_references(ax, references: Mapping[str, float | Iterable[float]] | None) -> None:
    """Draw labelled horizontal lines at values that somebody else stated."""
    dashes = (0, (1, 2)), (0, (6, 3)), (0, (4, 2, 1, 2))
    for (label, values), dash in zip((references or {}).items(), dashes, strict=False):
        look = {"color": BLACK, "linestyle": dash, "linewidth": 1.3, "zorder": 1.2}
        for k, value in enumerate(np.atleast_1d(np.asarray(values))):
            ax.axhline(value, label=label if k == 0 else "_again", **look)


def legend_below(figure: Figure, *axes, n_columns: int = 2, title: str | None = None) -> None:
    """One legend for some axes, under the figure, where it hides nothing."""
    entries = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center", ncols=n_columns, title=title
    )
