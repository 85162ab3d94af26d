"""Pictures for the site get lighter where nobody sees it, and stay as they are elsewhere."""

import numpy as np
import pytest
from PIL import Image

from iblrnn_helpers.publishing.site import printing as pictures


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    """So that the pictures here can be small."""
    monkeypatch.setattr(pictures, "LARGE", 10_000)


def figure(n_lines, size=200):
    """A picture with few colours but little to compress: short lines at random places."""
    rng = np.random.default_rng(1)
    image = np.full((size, size, 4), 255, np.uint8)
    colours = rng.integers(0, 256, (40, 3))
    for row, column, k in rng.integers(0, (size, size, 40), (n_lines, 3)):
        image[row, column : column + 4, :3] = colours[k]
    return image


def photograph(size=100):
    """A picture with far more than 256 colours."""
    image = np.random.default_rng(1).integers(0, 256, (size, size, 4)).astype(np.uint8)
    image[..., 3] = 255
    return image


def see_through():
    image = figure(7_000)
    image[:10, :10, 3] = 0
    return image


@pytest.fixture
def write(tmp_path):
    def write(array):
        Image.fromarray(array).save(tmp_path / "a.png")
        return tmp_path / "a.png"

    return write


def test_a_large_figure_gets_lighter_and_looks_the_same(write):
    path = write(figure(7_000))
    size, before = path.stat().st_size, np.asarray(Image.open(path).convert("RGB"), int)
    saved = pictures.lighten(path.parent)
    assert saved == size - path.stat().st_size > 0.2 * size
    after = np.asarray(Image.open(path).convert("RGB"), int)
    assert np.abs(after - before).max() <= pictures.LARGEST_CHANGE
    assert pictures.lighten(path.parent) == 0  # once is enough


@pytest.mark.parametrize("array", [figure(10), photograph(), see_through()])
def test_others_stay_as_they_are(write, array):
    path = write(array)
    before = path.read_bytes()
    assert pictures.lighten(path.parent) == 0
    assert path.read_bytes() == before
