"""Reading notebooks, keeping their pairs in step, and the exercises that each must have."""

import ast
import json
import re

import nbformat
import pytest
from our_notebooks import NOTEBOOKS
from small_repository import write_notebook

from iblrnn_helpers.cli import main
from iblrnn_helpers.publishing.running import notebooks as pairs
from iblrnn_helpers.publishing.running.child import clean
from iblrnn_helpers.publishing.running.notebooks import (
    Parameter,
    find_notebooks,
    read_notebook,
    to_node,
)


def test_reads_header_and_parameters(tmp_path):
    path = write_notebook(
        tmp_path,
        "02_b",
        "print(n)",
        depends=["01_a"],
        timeout=7,
        parameters="seeds: list[int] = [1, 2]  # of the networks\nloss: str = ''",
    )
    notebook = read_notebook(path)
    assert (notebook.name, notebook.depends, notebook.cell_timeout) == ("02_b", ("01_a",), 7)
    assert notebook.parameters == (
        Parameter("profile", "str", "page", "budget"),
        Parameter("seeds", "list[int]", [1, 2], "of the networks"),
        Parameter("loss", "str", "", ""),
    )


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        ("int", "12", 12),
        ("float", "1e-3", 1e-3),
        ("str", "gru", "gru"),
        ("bool", "False", False),
        ("list[int]", "[1, 2]", [1, 2]),
        ("list[float]", "1,2.5", [1.0, 2.5]),
        ("list[int]", "[]", []),
    ],
)
def test_command_line_text_is_read_as_annotated(annotation, text, value):
    read = Parameter("x", annotation, None, "").read(text)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("annotation", "text"),
    [("int", "2.5"), ("int", "many"), ("bool", "1"), ("list[int]", "1,a"), ("int", "")],
)
def test_text_of_another_type_is_refused(annotation, text):
    with pytest.raises(ValueError, match="parameter x takes"):
        Parameter("x", annotation, None, "").read(text)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"parameters": "n = 3"}, "must read 'name: type = value"),
        ({"parameters": "n: int = len([])"}, "n must have a plain value"),
        ({"parameters": "n: dict = {}"}, "n has type dict; allowed are"),
        ({"parameters": "n: int | None = 3"}, r"n has type int \| None; allowed are"),
        ({"parameters": "n: list[dict] = []"}, r"n has type list\[dict\]; allowed are"),
        ({"parameters": "n: int = ="}, "parameters cell is not Python"),
        ({"timeout": 0}, "cell_timeout must be at least 1, got 0"),
        ({"timeout": 1.5}, "cell_timeout must be a whole number"),
        ({"timeout": "x, colour: red"}, "iblrnn has colour"),
        ({"timeout": "9, data: mice"}, "data must be module:function, got 'mice'"),
        ({"depends": ["{a: 1}"]}, "depends must be a list of notebook names"),
    ],
)
def test_what_cannot_be_understood_is_named(tmp_path, keywords, message):
    path = write_notebook(tmp_path, "01_a", "1", **keywords)
    with pytest.raises(ValueError, match=message) as raised:
        read_notebook(path)
    assert "01_a.py" in str(raised.value)


def test_dependencies_must_exist_and_not_go_round(tmp_path):
    write_notebook(tmp_path, "01_task", "1", depends=["02_tran"])
    write_notebook(tmp_path, "02_train", "1")
    with pytest.raises(ValueError, match=r"01_task.py depends on .*did you mean 02_train"):
        find_notebooks(tmp_path / "notebooks")
    write_notebook(tmp_path, "01_task", "1", depends=["02_train"])
    write_notebook(tmp_path, "02_train", "1", depends=["01_task"])
    with pytest.raises(ValueError, match="circle: 01_task -> 02_train -> 01_task"):
        find_notebooks(tmp_path / "notebooks")


def test_synced_pairs_agree_and_carry_nothing_else(tmp_path):
    source = write_notebook(tmp_path, "01_a", "print(n)", "1 + 1")
    folder = source.parent
    assert pairs.sync(folder) == [source.with_suffix(".ipynb")]
    assert pairs.check(folder) == []
    assert pairs.sync(folder) == []  # the same text again
    node = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(node)
    assert set(node.metadata) == {"kernelspec", "iblrnn"}
    assert [cell.source for cell in node.cells[2:]] == ["print(n)", "1 + 1"]
    assert node.cells[1].metadata == {"tags": ["parameters"]}


def test_inserting_a_cell_leaves_the_other_ids_alone():
    before = to_node("# %%\na\n\n# %%\nb\n\n# %%\na\n")
    after = to_node("# %%\nnew\n\n# %%\na\n\n# %%\nb\n\n# %%\na\n")
    assert [cell.id for cell in before.cells] == [cell.id for cell in after.cells[1:]]
    assert len({cell.id for cell in after.cells}) == 4


def _edit(change):
    def edit(path):
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "01_a.ipynb: missing"),
        (lambda path: path.write_text("{"), "not a notebook"),
        (lambda path: path.with_name("09_z.ipynb").write_text("{}"), "09_z.ipynb: has no 09_z.py"),
        (_edit(lambda c: c["cells"].pop()), "2 cells instead of 3"),
        (_edit(lambda c: c["cells"][2].update(source=["2"])), "cell 3: source differs"),
        (_edit(lambda c: c["cells"][1]["metadata"].clear()), "cell 2: metadata differs"),
        (_edit(lambda c: c["cells"][2].update(execution_count=4)), "has an execution count"),
        (
            _edit(
                lambda c: c["cells"][2].update(
                    outputs=[{"output_type": "stream", "name": "stdout", "text": ["1"]}]
                )
            ),
            "cell 3: has outputs",
        ),
        (_edit(lambda c: c["metadata"].update(language_info={"name": "x"})), "metadata differ"),
    ],
)
def test_each_drift_is_named_and_sync_repairs_it(tmp_path, damage, message):
    source = write_notebook(tmp_path, "01_a", "print(n)")
    pairs.sync(source.parent)
    damage(source.with_suffix(".ipynb"))
    drifts = pairs.check(source.parent)
    assert len(drifts) == 1 and message in drifts[0]
    pairs.sync(source.parent)
    if "09_z" not in message:  # a notebook without a source is for a person to delete
        assert pairs.check(source.parent) == []


def test_solutions_are_folded_wherever_a_notebook_is_opened():
    [cell] = to_node('# %% tags=["solution"]\n1 + 1\n').cells
    assert set(cell.metadata["tags"]) == {"hide-cell", "solution"}  # on the site
    assert cell.metadata["cellView"] == "form"  # in Colab
    assert cell.metadata["jupyter"] == {"source_hidden": True}  # in JupyterLab
    assert cell.metadata["mystnb"]["code_prompt_show"] == "Show the solution"


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != "00_tour"])
def test_every_chapter_has_two_exercises_with_solutions(name):
    cells, number = NOTEBOOKS[name].node.cells, name[:2]
    titles = [
        int(k)
        for cell in cells
        if cell.cell_type == "markdown"
        for k in re.findall(r"^### Exercise (\d): \S", cell.source, flags=re.MULTILINE)
    ]
    solved = [k for k, cell in enumerate(cells) if "solution" in cell.metadata.get("tags", ())]
    assert titles == list(range(1, len(titles) + 1)) and len(titles) >= 2
    assert len(solved) == len(titles)
    for k, place in zip(titles, solved, strict=True):
        before, source = cells[place - 1], cells[place].source
        assert before.cell_type == "markdown" and f"### Exercise {k}: " in before.source
        assert source.startswith(f"# @title Solution {k}\n")
        last = source[source.rindex("\nanswer(") :]
        assert re.match(rf'\nanswer\(\s*"{number}\.{k}",', last) and "profile=profile" in last
        assert not re.search(r"\n    True,\n|, True, profile", last)  # something is checked


def test_neighbouring_pieces_of_a_stream_are_one(tmp_path):
    """How a kernel cuts what is printed depends on the machine's load; the notebook must not."""

    def printed(*pieces):
        node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="a")])
        node.cells[0].outputs = [
            nbformat.v4.new_output("stream", name=name, text=text)
            if name
            else nbformat.v4.new_output("display_data", data={"text/plain": text})
            for name, text in pieces
        ]
        return nbformat.writes(clean(node))

    whole = printed(("stdout", "one\ntwo\n"), ("stderr", "a"), ("", "shown"), ("stdout", "b"))
    cut = printed(
        ("stdout", "on"), ("stdout", "e\n"), ("stdout", "two\n"), ("stderr", "a"), ("", "shown"),
        ("stdout", ""), ("stdout", "b"),
    )  # fmt: skip
    assert cut == whole
    # An address that was cut in two is taken out, too.
    assert "0x…" in printed(("stdout", "<object at 0x7f00"), ("stdout", "aabbcc>"))


def test_a_folder_without_notebooks_passes_no_check(tmp_path, monkeypatch, capsys):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    for arguments in (["--check"], []):
        assert main(["notebooks", *arguments]) == 2
        assert "no notebooks (NN_name.py) in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "is not a notebook in percent format"),
        (b"# ---\n# jupyter: {a\n# ---\n", "the header must be YAML"),
        (b"# ---\n# jupyter: 3\n# ---\n", "the header must be YAML"),
    ],
)
def test_what_is_no_notebook_is_named(tmp_path, content, says):
    path = tmp_path / "01_a.py"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says) as caught:
        read_notebook(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("notebook", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_every_notebook_names_a_parameter_that_is_wrong(notebook):
    """Seeds and numbers by their names, all other numbers by the ranges that are given."""
    ranges, called = set(), False
    for node in ast.walk(ast.parse("\n".join(c.source for c in code_cells(notebook.node)))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".check_parameters"):
            called = True
            ranges |= {keyword.arg for keyword in node.keywords}
    others = {p.name for p in notebook.parameters if p.annotation in ("int", "float")} - ranges
    assert called and all(re.match(r"n_|(\w+_)?seed$", name) for name in others), others


SEEN = {"teaches", "hide-output"}  # tags of cells whose code is open on the site


@pytest.mark.parametrize("notebook", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_code_that_is_seen_fits_the_column_of_a_page(notebook):
    """Eighty characters; `make test-site` measures that they fit."""
    cells = code_cells(notebook.node)
    seen = [cell.source for cell in cells if SEEN & set(cell.metadata.get("tags", ()))]
    assert [line for source in seen for line in source.splitlines() if len(line) > 80] == []


def test_a_number_that_is_too_small_for_a_notebook_is_named():
    """Patterns of fewer than four neurons are fewer than chapter 17 compares."""
    _, parameters, first, *_ = (
        cell.source for cell in code_cells(NOTEBOOKS["17_efficient_coding"].node)
    )
    names: dict = {}
    exec(parameters, names)
    names |= {"profile": "smoke", "n_neurons": 3}
    with pytest.raises(ValueError, match="n_neurons must be at least 4 and at most 12, got 3"):
        exec(first, names)


def code_cells(node):
    return [cell for cell in node.cells if cell.cell_type == "code"]
