"""Exercises: what an answer leaves, how it is judged, and that every notebook has some."""

import json
import re

import numpy as np
import pytest
from small_repository import iblrnn, write_notebook

from iblrnn_helpers.core.files import DamagedFileError
from iblrnn_helpers.core.fingerprint import PACKAGE
from iblrnn_helpers.publishing.ledger.results import answer, answers
from iblrnn_helpers.publishing.ledger.tables import check_answers, summary_of_answers
from iblrnn_helpers.publishing.running.notebooks import sources, to_node

NOTEBOOKS = sources(PACKAGE.parent / "notebooks")
SOLUTION = """# @title Solution 1
from iblrnn_helpers.publishing.ledger.results import answer
answer("01.1", f"It is {n}.", n == 3, profile=profile)"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path))
    return tmp_path


def test_an_answer_is_kept_and_shows_itself(folder):
    given = answer("08.2", "Two & no more.", np.bool_(True), profile="page")
    assert answers() == (given,) and given.verdict == "holds"
    assert repr(given) == "Checked in this run. Two & no more."
    assert "<strong>Checked in this run.</strong> Two &amp; no more." in given._repr_html_()


def test_only_what_does_not_hold_is_wrong_and_smoke_is_not_judged(folder):
    answer("01.1", "Yes.", True, profile="paper")
    answer("01.2", "No.", False, profile="page")
    answer("02.1", "Perhaps.", False, profile="smoke")
    found = answers()
    assert [given.verdict for given in found] == ["holds", "does not hold", "not judged"]
    assert summary_of_answers(found) == "1 answers hold, 1 do not, 1 not judged"
    assert check_answers(found) == ["the answer to exercise 01.2 does not hold: No."]
    assert repr(found[1]).startswith("Not so in this run.")
    assert repr(found[2]).startswith("Not judged at the smoke profile.")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"exercise": "1.1"}, "exercise must be like '08.2', got '1.1'"),
        ({"exercise": "01.1/../x"}, "exercise must be like"),
        ({"finding": " "}, "finding must be a sentence, got ' '"),
        ({"holds": 1}, "holds must be True or False, got 1"),
        ({"holds": np.nan}, "holds must be True or False, got nan"),
        ({"holds": np.array([True, False])}, "holds must be True or False"),
        ({"profile": "full"}, "profile must be one of"),
    ],
)
def test_what_is_no_answer_is_refused_and_not_written(folder, changed, message):
    given = {"exercise": "01.1", "finding": "So.", "holds": True, "profile": "page"} | changed
    with pytest.raises(ValueError, match=re.escape(message)):
        answer(**given)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("text", ["{", "[]", '{"exercise": "01.1"}', '{"exercise": 3}'])
def test_a_damaged_file_is_named(folder, text):
    (folder / "exercise-01.1.json").write_text(text)
    with pytest.raises(DamagedFileError, match=r"exercise-01\.1\.json is damaged"):
        answers()


def test_the_command_line_fails_on_an_answer_that_does_not_hold(tmp_path):
    write_notebook(tmp_path, "01_a", SOLUTION)
    assert iblrnn(tmp_path, "run").returncode == 0
    right = iblrnn(tmp_path, "claims", "--check")
    assert right.returncode == 0, right.stderr
    assert iblrnn(tmp_path, "run", "-p", "n", "4").returncode == 0
    wrong = iblrnn(tmp_path, "claims", "--check")
    assert wrong.returncode == 1
    assert "the answer to exercise 01.1 does not hold: It is 4." in wrong.stderr
    # An answer that is no longer given is no longer there.
    write_notebook(tmp_path, "01_a", "print(n)")
    assert iblrnn(tmp_path, "run").returncode == 0
    assert answers(tmp_path / "build" / "results") == ()


def test_solutions_are_folded_wherever_a_notebook_is_opened():
    [cell] = to_node('# %% tags=["solution"]\n1 + 1\n').cells
    assert set(cell.metadata["tags"]) == {"hide-cell", "solution"}  # on the site
    assert cell.metadata["cellView"] == "form"  # in Colab
    assert cell.metadata["jupyter"] == {"source_hidden": True}  # in JupyterLab
    assert cell.metadata["mystnb"]["code_prompt_show"] == "Show the solution"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_has_two_exercises_with_solutions(path):
    cells = to_node(path.read_text(encoding="utf-8")).cells
    number = path.stem[:2]
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


def test_answers_are_plain_json(folder):
    answer("01.1", "−0.5 ≥ −1.", True, profile="page")
    entry = json.loads((folder / "exercise-01.1.json").read_text(encoding="utf-8"))
    assert entry == {
        "exercise": "01.1",
        "finding": "−0.5 ≥ −1.",
        "holds": True,
        "profile": "page",
    }
