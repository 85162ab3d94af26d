"""How the house is kept: small files, figures in modules of figures, pages that follow the code."""

import ast
import pydoc
import re
from pathlib import Path

import pytest
from rooms import PAGE, arrows, with_picture

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "iblrnn_helpers").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
PAGES = [*NOTEBOOKS, ROOT / "README.md", PAGE, *sorted((ROOT / "book").glob("*.md"))]


def imports_of(path):
    """The import statements of a file, within functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_only_modules_of_figures_draw():
    for path in MODULES:
        if not (path.stem.endswith("figures") or path.stem.startswith("plot_")):
            for node in imports_of(path):
                names = [name.name for name in node.names]
                names = names if isinstance(node, ast.Import) else [node.module or ""]
                drawn = {name.split(".")[0] for name in names} & {"matplotlib", "seaborn"}
                assert not drawn, f"{path.relative_to(ROOT)}:{node.lineno} imports {drawn}"


def test_modules_and_folders_are_small():
    for path in MODULES:
        n_lines = len(path.read_text(encoding="utf-8").splitlines())
        assert n_lines <= 400, f"{path.relative_to(ROOT)} has {n_lines} lines"
    for folder in {path.parent for path in MODULES}:
        n_modules = len(list(folder.glob("*.py")))
        assert n_modules <= 20, f"{folder.relative_to(ROOT)} has {n_modules} modules"


def test_a_door_and_a_module_do_not_share_a_name():
    """`room.name` would be either, by what was imported last; the reference refuses both."""
    for door in (ROOT / "iblrnn_helpers").rglob("__init__.pyi"):
        names = set(re.findall(r"^from \.\w+ import \w+ as (\w+)$", door.read_text(), re.M))
        shared = names & {path.stem for path in door.parent.glob("*.py")}
        assert not shared, f"{door.relative_to(ROOT)}: {shared}"


def test_seeds_of_callers_are_checked_in_one_place():
    """numpy takes None, and then gives other numbers every time."""
    for path in MODULES:
        # The checks themselves, and what reads its seed from a command line that checked it.
        if path.name == "checks.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
                own = all(isinstance(one, ast.Constant) for one in node.args)
                assert own, f"{path.relative_to(ROOT)}:{node.lineno}: use checks.generator"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_import_little(path):
    n_lines = sum(node.end_lineno - node.lineno + 1 for node in imports_of(path))
    assert 0 < n_lines <= 12


def test_the_evening_s_reading_is_there_and_short():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Read the code in an evening")[1].split("\n## ")[0]
    paths = [ROOT / name for name in re.findall(r"\((iblrnn_helpers/[\w/]+\.py)\)", section)]
    assert 15 <= len(paths) <= 22 and len(set(paths)) == len(paths)
    missing = [path.name for path in paths if not path.is_file()]
    assert not missing
    assert sum(len(path.read_text().splitlines()) for path in paths) <= 4_400


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_paths_in_pages_lead_somewhere(page):
    """Words in capitals, as ROOM, stand for any name."""
    text = page.read_text(encoding="utf-8")
    paths = set(re.findall(r"(?<![\w/-])(?:iblrnn_helpers|tests|book|extra)/[\w./-]*\w", text))
    paths = {path for path in paths if not re.search(r"/generated/|[A-Z]{4}", path)}
    assert [path for path in paths if not (ROOT / path).exists()] == []
    names = set(re.findall(r"(?<![\w/.])(?:ibl|iblrnn_helpers)\.[a-z]\w*(?:\.\w+)*", text))
    full = {name: re.sub(r"^ibl\.", "iblrnn_helpers.", name) for name in names}
    assert [name for name in names if pydoc.locate(full[name]) is None] == []


VERDICT = (
    "because the network hardly uses the feedback that names the side",
    "because it has one map for every step",
)


@pytest.mark.parametrize(
    "page",
    [
        *("README.md", "book/index.md", "notebooks/00_tour.py", "notebooks/06_claim3_coupling.py"),
        "notebooks/11_robustness.py",
        "iblrnn_helpers/publishing/ledger/claims/06_claim3_coupling.yml",
    ],
)
def test_the_verdict_on_the_third_claim_is_the_same_everywhere(page):
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    text = text.replace("[feedback](../book/glossary.md#term-feedback)", "feedback")
    assert [part for part in VERDICT if part not in text] == []


def test_every_room_is_in_the_table():
    table = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.M))
    folders = {path.parent for path in (ROOT / "iblrnn_helpers").glob("*/__init__.py")}
    assert table == {folder.name for folder in folders}


def test_the_picture_of_the_rooms_is_current():
    text = PAGE.read_text(encoding="utf-8")
    assert "-->" in text and with_picture(text) == text, "python tests/rooms.py --write"


def test_arrows_leave_out_what_follows(tmp_path, monkeypatch):
    for room, below in (("top", "mid low"), ("mid", "low"), ("low", "")):
        (tmp_path / "toy_house" / room).mkdir(parents=True)
        code = "".join(f"def f(): import toy_house.{name}.work\n" for name in below.split())
        (tmp_path / "toy_house" / room / "work.py").write_text(code)
        (tmp_path / "toy_house" / room / "__init__.py").touch()
    (tmp_path / "toy_house" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert arrows("toy_house") == [("mid", "low"), ("top", "mid")]
