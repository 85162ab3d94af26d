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
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure, FigureBase
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .checks import kind as check_kind
from .checks import some as check_some

BLACK, GREY = "#222222", "#8c8c8c"
ORANGE, SKY, GREEN = "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
# Dark below zero and light above it, so that the sign can be told in greyscale, too; blue and
# orange, which people with any common colour vision tell apart.
DIVERGING = LinearSegmentedColormap.from_list(
    "signed", ["#06245c", "#3f7fbf", "#ffffff", "#f7cb80", ORANGE]
)
DARK = 0.18  # luminance below which white stands out more than black

DASH_DOT = (0, (6, 2, 1, 2))
DASHED = {"color": BLACK, "linestyle": (0, (4, 2))}  # a line that others are compared with

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


PLACE = """

Other Parameters
----------------
{name} : {kind}, optional
    Where to draw, in the caller's settings and on a light ground.  An empty figure may be a
    subfigure; without constrained layout its legend stands in the last panel.

Returns
-------
{returns}
    ``{name}``, or a figure of its own outside pyplot, to be shown or saved with ``savefig``.
"""


@functools.cache
def _settings() -> dict[Any, Any]:
    ours = matplotlib.rc_params_from_file(STYLE_FILE, use_default_template=False)
    return {**sns.axes_style("whitegrid"), **ours}


def style() -> AbstractContextManager:
    """Context of seaborn's theme with ``style.mplstyle`` on it; settings return afterwards."""
    return matplotlib.rc_context(_settings())


class StyledFigure(Figure):
    """A figure outside pyplot that keeps its look wherever it is drawn.

    Some settings (fonts, late ticks) are read only when a figure is drawn, so
    it is drawn in the style too.  It shows itself as PNG, once, at the end of
    a notebook cell, whether or not pyplot has been imported.
    """

    in_the_making = False  # by one of our functions, which has not returned it

    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        # Without it each label that seaborn measures gets a picture of its own, and these stay in
        # memory until they are collected as garbage: 700 MB for 80 labels.
        FigureCanvasAgg(self)

    def draw(self, renderer):
        if self.in_the_making:  # seaborn would have panels placed that are not whole
            return
        with style():
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        # Drawn once, layout and all: ``savefig`` draws a figure twice.
        buffer = io.BytesIO()
        FigureCanvasAgg(self).print_png(buffer)
        return buffer.getvalue()


def panel(function=None, *, height: float = 4.4, gaps: bool = False, n_columns: int = 2):
    """Decorate a function that draws on one axes, its first argument; callers may give ``ax``.

    With ``ax=`` it draws there, in the caller's settings, and returns the axes, as seaborn's
    functions do.  Without, it makes a figure 7.2 inches wide in our style, and returns that.
    What is labelled is in a legend: within given axes, else below, in ``n_columns``.

    What has no default must hold a value, and so must each of its entries; with ``gaps`` one will
    do.  A ValueError names what holds none.
    """
    if function is None:
        return functools.partial(panel, height=height, gaps=gaps, n_columns=n_columns)

    def with_legend(ax: Axes) -> None:
        if entries := labelled(ax):
            ax.legend(entries.values(), entries.keys())

    def own(figure: Figure) -> Axes:
        figure.set_figheight(height)
        return figure.subplots()

    return _drawn_in(function, ("ax", Axes), with_legend, own, gaps, n_columns)


def panels(function=None, *, gaps: bool = False, n_columns: int = 2):
    """Decorate a function that draws in a figure, its first argument; callers may give ``figure``.

    As :func:`panel`, but for ``figure=``, a figure or a subfigure, which is returned.  The
    function makes its axes with :func:`grid` or :func:`rows_of`.
    """
    if function is None:
        return functools.partial(panels, gaps=gaps, n_columns=n_columns)
    with_legend = functools.partial(_legend_unless_there, n_columns=n_columns)
    return _drawn_in(function, ("figure", FigureBase), with_legend, lambda f: f, gaps, n_columns)


def _drawn_in(function, place, with_legend, own, gaps: bool, n_columns: int) -> Callable[..., Any]:
    """``function`` in a place of the caller's, or in what ``own`` makes of a new figure."""
    name, kind = place
    signature = inspect.signature(function)
    first, *given = signature.parameters.values()

    @functools.wraps(function)
    def drawn(*args, **kwargs):
        where = kwargs.pop(name, None)
        for field, value in signature.bind(None, *args, **kwargs).arguments.items():
            if field != first.name and signature.parameters[field].default is first.empty:
                check_some(field, value, gaps=gaps)
        if where is not None:
            check_kind(name, where, kind)
            if kind is FigureBase and where.axes:
                n_axes = len(where.axes)
                raise ValueError(f"figure must be empty, or an empty subfigure, has {n_axes} axes")
            try:
                function(where, *args, **kwargs)
            except Exception:
                if kind is FigureBase:
                    where.clear()  # it was empty
                raise
            with_legend(where)
            return where
        with style():
            figure = StyledFigure(figsize=(7.2, 4.4), layout="constrained")
            figure.in_the_making = True
            function(own(figure), *args, **kwargs)
            _legend_unless_there(figure, n_columns)
            figure.in_the_making = False
        return figure

    # What documentation and editors show: without the first parameter, with the new one.
    new = inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=f"{kind.__name__} | None"
    )
    returns = "Figure | " + kind.__name__ if kind is Axes else kind.__name__
    shown = signature.replace(parameters=[*given, new], return_annotation=returns)
    vars(drawn)["__signature__"] = shown
    drawn.__doc__ = inspect.cleandoc(function.__doc__ or "") + PLACE.format(
        name=name, kind=kind.__name__, returns=returns.replace(" | ", " or ")
    )
    return drawn


def _legend_unless_there(figure, n_columns: int) -> None:
    if not figure.legends and not any(ax.get_legend() for ax in figure.axes):
        legend_below(figure, *figure.axes, n_columns=n_columns)


def grid(figure: FigureBase, n_rows: int = 1, n_columns: int = 1, *, height=4.4, **options):
    """Axes in a figure, as an (n_rows, n_columns) array.

    A figure of our own gets the ``height``, in inches; ``options`` are those of
    :meth:`matplotlib.figure.Figure.subplots`.
    """
    set_height(figure, height)
    return figure.subplots(n_rows, n_columns, squeeze=False, **options)


def set_height(figure: FigureBase, inches: float) -> None:
    """Set the height of a figure that is being made; a caller's stays as it is."""
    if isinstance(figure, StyledFigure) and figure.in_the_making:
        figure.set_figheight(inches)


def rows_of(
    figure, n_panels, n_columns, *, row_height: float, rest: float, xlabel="", ylabel="", **options
):
    """So many axes in rows of at most ``n_columns``, as of `grid`; none is left over in the last.

    ``rest`` is the height, in inches, beside the rows'.  ``xlabel`` is that of the lowest panel of
    each column, which has the numbers of a shared axis, too, and ``ylabel`` that of each row.
    """
    n_columns = min(n_columns, n_panels)
    n_rows = -(-n_panels // n_columns)
    axes = grid(figure, n_rows, n_columns, height=rest + row_height * n_rows, **options)
    for ax in axes.flat[n_panels:]:
        ax.remove()
    for ax in axes.flat[n_panels - n_columns : n_panels]:
        ax.set_xlabel(xlabel)
        ax.tick_params(labelbottom=True)
    for ax in axes[:, 0]:
        ax.set_ylabel(ylabel)
    return axes


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


def draw_means(ax, x, result, *, interval: str = "band", **look):
    """Draw group means against ``x``: a line with a band, or marks with bars as intervals.

    ``result`` has ``mean``, ``low`` and ``high``, or is made of these three.  Groups without a
    mean leave a gap.  ``look`` are matplotlib's line settings; a legend shows no interval.
    """
    if hasattr(result, "low"):
        result = result.mean, result.low, result.high
    mean, low, high = result
    if interval == "band":
        ax.fill_between(x, low, high, color=look["color"], alpha=0.18, linewidth=0, zorder=1.5)
    else:
        ax.vlines(x, low, high, look["color"])
        look |= {"linestyle": "none", "markersize": 10, "markeredgecolor": "white", "zorder": 3}
    return ax.plot(x, mean, **look)[0]


def heatmap(ax: Axes, table, *, limit: float | None = None, **options) -> None:
    """Seaborn's heat map, with numbers that stand out from their cells.

    ``limit`` is that of signed values: colours then reach from minus to plus it.
    """
    if limit is not None:
        options |= {"cmap": DIVERGING, "vmin": -limit, "vmax": limit}
    sns.heatmap(table, ax=ax, **options)
    ax.grid(False)
    ax.tick_params(rotation=0)
    cells = ax.collections[0]
    cells.update_scalarmappable()
    hidden = np.ma.getmaskarray(np.ma.asarray(cells.get_array())).ravel()
    shown = np.asarray(cells.get_facecolor())[~hidden]
    for text, colour in zip(ax.texts, shown, strict=False):
        # Seaborn writes white on what is too light for it.
        text.set_color("white" if luminance(colour) < DARK else BLACK)


def luminance(colour) -> float:
    """Relative luminance from 0 to 1, as the contrast of WCAG 2.2 has it."""
    rgb = np.array(to_rgba(colour)[:3])
    parts = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(parts @ [0.2126, 0.7152, 0.0722])


def draw_references(ax, references: Mapping[str, float | Iterable[float]] | None) -> None:
    """Draw labelled horizontal lines at values that others stated."""
    dashes = (0, (1, 2)), (0, (6, 3)), (0, (4, 2, 1, 2))
    for (label, values), dash in zip((references or {}).items(), dashes, strict=False):
        look = {"color": BLACK, "linestyle": dash, "linewidth": 1.3, "zorder": 1.2}
        for k, value in enumerate(np.atleast_1d(np.asarray(values))):
            ax.axhline(value, label=label if k == 0 else "_again", **look)


def labelled(*axes: Axes) -> dict[str, Any]:
    """What axes label, each label once."""
    entries = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    return entries


def legend_below(figure, *axes, n_columns: int = 2, title: str | None = None) -> None:
    """One legend for what some axes label, under the figure, where it hides nothing."""
    if not (entries := labelled(*axes)):
        return
    layout = figure.get_figure(root=True).get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine):
        place = {"loc": "outside lower center", "ncols": n_columns, "title": title}
        figure.legend(entries.values(), entries.keys(), **place)
    else:  # which alone keeps room for it
        axes[-1].legend(entries.values(), entries.keys(), title=title)
