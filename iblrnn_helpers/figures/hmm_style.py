"""How symbols look in all figures of Part III: a colour and a marker each."""

from __future__ import annotations

from typing import Any

from .style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION

# The paper's three: green, blue, red.
_LOOKS = tuple(
    {"color": color, "marker": marker}
    for color, marker in zip(
        (GREEN, BLUE, VERMILLION, ORANGE, PURPLE, SKY, BLACK), "osD^vPX", strict=True
    )
)


def symbol_styles(n_symbols: int) -> list[dict[str, Any]]:
    """Colour and marker of each symbol, the same in every figure.

    Raises
    ------
    ValueError
        If there are more symbols than looks to tell them apart.
    """
    if n_symbols > len(_LOOKS):
        raise ValueError(f"figures show at most {len(_LOOKS)} symbols, got {n_symbols}")
    return [dict(look) for look in _LOOKS[:n_symbols]]


def symbol_colormap(n_symbols: int):
    """The symbols' colours as a colormap for images of symbols 0 … n_symbols − 1.

    Use it with ``vmin=-0.5, vmax=n_symbols - 0.5``.
    """
    from matplotlib.colors import ListedColormap

    return ListedColormap([look["color"] for look in symbol_styles(n_symbols)])
