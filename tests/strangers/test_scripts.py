"""What the page "In your own work" promises of its scripts: short, public names, shown and run."""

import ast
import re
from pathlib import Path

import pytest
from bare import ROOT

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing.site.reference import given, rooms

SCRIPTS = ROOT / "book" / "own"
PAGE = (SCRIPTS.parent / "own_work.md").read_text(encoding="utf-8")
TESTS = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
ALL = sorted(path.name for path in SCRIPTS.iterdir() if path.is_file())
PYTHON = [name for name in ALL if name.endswith(".py")]


@pytest.mark.parametrize("name", PYTHON)
def test_a_script_is_short(name):
    first, *lines = (SCRIPTS / name).read_text(encoding="utf-8").splitlines()
    assert re.fullmatch('"""[A-Z].*[.]"""', first)
    assert sum(bool(line.strip()) for line in lines) <= 25
    assert max(map(len, lines)) <= 84  # what the page shows in one line


@pytest.mark.parametrize("name", PYTHON)
def test_a_script_uses_what_doors_give(name):
    tree = ast.parse((SCRIPTS / name).read_text(encoding="utf-8"))
    imports = [
        ast.unparse(one) for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)
    ]
    assert [one for one in imports if "iblrnn" in one] == ["import iblrnn_helpers as ibl"]
    doors = {one.replace("iblrnn_helpers", "ibl", 1) for one in (*rooms(), *dict(given()))}
    doors |= {f"ibl.{one}" for one in ibl.__all__}
    short = {}  # names that a script gives to rooms
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            pairs = [node.targets[0], node.value]
            both = [getattr(one, "elts", [one]) for one in pairs]
            said = [[ast.unparse(one) for one in side] for side in both]
            short |= {one: room for one, room in zip(*said, strict=False) if room in doors}
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            root, _, rest = ast.unparse(node).partition(".")
            if (root == "ibl" or root in short) and re.fullmatch(r"[\w.]+", rest):
                used.add(f"{short.get(root, root)}.{rest}")
    assert used
    # The name itself, or something of a class or a function that a door gives.
    assert [one for one in used if not {one, one.rpartition(".")[0]} & (doors - {"ibl"})] == []
    assert not re.search(r"\._\w", (SCRIPTS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ALL)
def test_a_script_is_shown_offered_and_run(name):
    assert f"```{{literalinclude}} own/{name}\n" in PAGE
    assert f"{{download}}`{name} <own/{name}>`" in PAGE
    assert f'"{name}"' in TESTS or f'run("{name.removesuffix(".py")}")' in TESTS


def test_every_section_is_in_the_table_at_the_top():
    sections = re.findall(r"^\(([\w-]+)\)=\n## (.+)$", PAGE, re.M)
    assert len(sections) >= 12 and len(sections) == len(re.findall("^## ", PAGE, re.M))
    table = PAGE.split(f"({sections[0][0]})=")[0]
    assert re.findall(r"^\|.*\[(.+)\]\(#([\w-]+)\) \|$", table, re.M) == [
        (heading, label) for label, heading in sections
    ]
