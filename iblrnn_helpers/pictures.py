"""Lighter pictures for the site, where nobody sees the difference."""

from __future__ import annotations

import io
from pathlib import Path

from .files import write_atomically

LARGE = 100_000  # bytes
LARGEST_CHANGE = 8  # of 255, in any colour of any pixel


def lighten(folder: str | Path) -> int:
    """Write the large PNG files of a folder with a palette of 256 colours.

    A figure has few colours, and the shades at the edges of its lines. One in which a pixel would
    change visibly (a photograph would) or that lets something shine through stays as it is, and
    so does one that would not get smaller.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    int
        Bytes saved.
    """
    import numpy as np
    from PIL import Image

    saved = 0
    for path in sorted(Path(folder).glob("*.png")):
        size = path.stat().st_size
        if size <= LARGE:
            continue
        with Image.open(path) as picture:
            if picture.convert("RGBA").getchannel("A").getextrema() != (255, 255):
                continue
            before = picture.convert("RGB")
        after = before.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        change = np.asarray(before, np.int16) - np.asarray(after.convert("RGB"), np.int16)
        if np.abs(change).max() > LARGEST_CHANGE:
            continue
        data = io.BytesIO()
        after.save(data, "png", optimize=True)
        if data.tell() < size:
            write_atomically(path, data.getvalue())
            saved += size - data.tell()
    return saved
