"""The experiment as a drawing: a mouse before a screen, with its paws on a wheel."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Circle, Ellipse, FancyArrowPatch, Rectangle

from ..core import plot_style as style

FUR = "#9a8f86"
SCREEN = (0.6, 3.1, 8.8, 3.4)  # left, bottom, width, height


@style.panels
def fig_drawn_trial(figure):
    """One trial of the experiment: a grating appears, the wheel is turned, water follows.

    After the International Brain Laboratory (2021), Fig. 1, and in the model's words.
    """
    axes = style.grid(figure, 1, 3, height=2.7)[0]
    titles = (
        "A grating appears,\nhere on the right",
        "The mouse turns the wheel,\nwhich moves the grating",
        "To the middle: water.\nOff the screen: noise",
    )
    for ax, title, place in zip(axes, titles, (7.6, 6.3, 5.0), strict=True):
        ax.set(xlim=(0, 10), ylim=(-1.9, 6.8), aspect="equal", title=title)
        ax.title.set_fontsize(11.5)
        ax.axis("off")
        _draw_screen(ax, place)
        _draw_mouse(ax)
    turn = {
        "arrowstyle": "-|>",
        "mutation_scale": 16,
        "linewidth": 2,
        "color": style.BLUE,
        "zorder": 7,
    }
    bow = FancyArrowPatch((6.5, -0.75), (3.5, -0.75), **turn, connectionstyle="arc3,rad=-.45")
    axes[1].add_patch(bow)
    drop = {"color": style.BLUE, "zorder": 6}
    axes[2].add_patch(Ellipse((5, 2.55), 0.4, 0.55, **drop))


def _draw_screen(ax, place: float) -> None:
    left, bottom, width, height = SCREEN
    screen = {"facecolor": "#d9d9d9", "edgecolor": style.BLACK, "linewidth": 1.5}
    ax.add_patch(Rectangle((left, bottom), width, height, **screen))
    x, y = np.meshgrid(np.linspace(-1, 1, 80), np.linspace(-1, 1, 80))
    envelope = np.exp(-(x**2 + y**2) / 0.25)
    grating = 0.85 + 0.6 * (np.cos(14 * x) * envelope)
    middle = bottom + height / 2
    box = (place - 1.3, place + 1.3, middle - 1.3, middle + 1.3)
    shown = ax.imshow(grating, cmap="Greys_r", vmin=0.25, vmax=1.0, extent=box, zorder=2)
    shown.set_alpha(np.clip(1.6 * envelope, 0, 1))
    ax.set(xlim=(0, 10), ylim=(-1.9, 6.8))


def _draw_mouse(ax) -> None:
    """Seen from behind, above its wheel."""
    wheel = {"facecolor": "#c7d9e8", "edgecolor": style.BLACK, "linewidth": 1.5, "zorder": 3}
    ax.add_patch(Ellipse((5, -0.7), 3.4, 1.6, **wheel))
    body = {"facecolor": FUR, "edgecolor": style.BLACK, "linewidth": 1.2}
    for side in (-1, 1):
        ax.add_patch(Ellipse((5 + 0.9 * side, -0.35), 0.5, 0.8, angle=25 * side, zorder=4, **body))
        ax.add_patch(Circle((5 + 0.75 * side, 2.2), 0.55, zorder=3, **body))
    ax.add_patch(Ellipse((5, 0.5), 2.3, 2.2, zorder=4, **body))
    ax.add_patch(Ellipse((5, 1.75), 1.5, 1.4, zorder=5, **body))
