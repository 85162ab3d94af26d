"""What may import what."""

import ast
from pathlib import Path

import pytest

import iblrnn_helpers

PACKAGE = Path(iblrnn_helpers.__file__).parent


def imported(path):
    """The package's modules that a file imports anywhere, by their path from the package."""
    inside = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = inside[: len(inside) + 1 - node.level]
            yield from (".".join([*base, node.module or alias.name]) for alias in node.names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", None)] + [alias.name for alias in node.names]
            yield from (n[15:] for n in names if n and n.startswith("iblrnn_helpers."))


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").glob("*.py")), ids=lambda p: p.stem)
def test_core_knows_no_task(path):
    allowed = ("core.", "files", "checks", "artifacts")
    assert not [name for name in imported(path) if not name.startswith(allowed)]


@pytest.mark.parametrize("name", ["training/loop.py", "hmm_rnn/training.py"])
def test_training_knows_no_store(name):
    found = set(imported(PACKAGE / name))
    assert "core.training_frame" in found
    assert not {one for one in found if one.endswith("store")}
