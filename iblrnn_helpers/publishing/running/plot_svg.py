"""Figures as vector graphics, for the site to offer; only runs for the book make them.

In the kernel of such a run a figure shows itself as SVG besides PNG.
"""

from __future__ import annotations

import io

LARGEST = 1_000_000  # characters
MANY = 1_000  # marks or corners of one artist, from which on it is drawn as pixels
# A line for the kernel to run before the notebook; it leaves no name behind.
START = f"__import__('{__name__}', fromlist=['keep']).keep()"


def keep() -> None:
    """In a kernel: let our figures show themselves as SVG, too."""
    from IPython import get_ipython

    formatter = get_ipython().display_formatter.formatters["image/svg+xml"]
    formatter.for_type_by_name("iblrnn_helpers.core.plot_style", "StyledFigure", svg_of)


def svg_of(figure) -> str | None:
    """A figure as SVG, equal for equal figures; None if it is larger than `LARGEST`.

    Text stays text, so that labels can be translated.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    for artist in figure.findobj(lambda artist: _n_marks(artist) > MANY):
        artist.set_rasterized(True)
    buffer, canvas, dpi = io.StringIO(), figure.canvas, figure.dpi
    try:
        figure.dpi = 220  # of what is drawn as pixels
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "iblrnn"}):
            # Drawn once, layout and all: ``savefig`` draws a figure twice.
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)
    text = buffer.getvalue()
    return text if len(text) <= LARGEST else None


def _n_marks(artist) -> int:
    import numpy as np
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D

    if isinstance(artist, Line2D):
        return np.size(artist.get_xdata())
    if isinstance(artist, Collection):
        corners = sum(np.size(path.vertices) // 2 for path in artist.get_paths())
        return max(np.size(artist.get_offsets()) // 2, corners)
    return 0
