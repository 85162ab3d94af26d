"""The book's notebooks, read once for all tests that only look at them."""

from pathlib import Path

from iblrnn_helpers.publishing.running.notebooks import find_notebooks

NOTEBOOKS = find_notebooks(Path(__file__).parents[1] / "notebooks")
