"""What a change makes out of date: networks, sweeps and notebooks, on a copy of the package."""

import shutil
import sys
from functools import partial

import pytest
from our_notebooks import NOTEBOOKS

from iblrnn_helpers.core import fingerprint as core
from iblrnn_helpers.hmm_rnn.teaching import training as part_three
from iblrnn_helpers.publishing.ledger import loading
from iblrnn_helpers.publishing.running.planning import parts_of
from iblrnn_helpers.publishing.sweep.targets import NotebookTarget
from iblrnn_helpers.publishing.sweep.train_target import find_target
from iblrnn_helpers.training import loop
from iblrnn_helpers.training.params import TrainParams

WITH_TRAINING = {n for n, book in NOTEBOOKS.items() if "TrainParams" in book.text}
CLAIMS = "publishing/ledger/claims"
PART_THREE = {name for name in NOTEBOOKS if "20_" <= name < "24_"}
TRAINING = sorted(core.digests("iblrnn_helpers.training.loop", data=False))


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy") / "iblrnn_helpers"
    return shutil.copytree(core.PACKAGE, folder, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def before(original):
    """The states of the copy as each test finds it."""
    with pytest.MonkeyPatch.context() as patch:
        count_as_package(original, patch)
        return states()


@pytest.fixture
def package(original, before, monkeypatch):
    """The copy, which counts as the package until the test ends, and then is as it was."""
    count_as_package(original, monkeypatch)
    contents = {path: path.read_bytes() for path in original.rglob("*.*") if path.is_file()}
    yield original
    for path, content in contents.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


def count_as_package(folder, patch):
    patch.setattr(core, "PACKAGE", folder)
    patch.setattr(loading, "CLAIMS_FOLDER", folder / CLAIMS)


def states(names=()):
    """Fingerprints of what can be out of date, by its name; of all if none is given."""
    code = core.SourceTree()
    found = {
        "network": lambda: loop.code_of(TrainParams()),
        "network of Part III": part_three.code_of,
        "sweep of train": lambda: find_target("train").code(),
        **{name: partial(parts_of, notebook, code) for name, notebook in NOTEBOOKS.items()},
    }
    return {name: found[name]() for name in names or found}


def stale(before, names=()):
    now = states(names)
    return {name for name in now if now[name] != before[name]}


def change(path, old="", new="_changed = 1\n"):
    """Replace a text that is there once, or add a statement at the end."""
    text = path.read_text(encoding="utf-8")
    assert not old or text.count(old) == 1
    path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")


def file_of(package, name):
    path = package.parent.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")


@pytest.mark.parametrize("name", TRAINING)
def test_a_module_that_training_runs_makes_all_that_trains_stale(package, before, name):
    change(file_of(package, name))
    rest_on_it = {"network", "sweep of train", *WITH_TRAINING}
    assert stale(before, rest_on_it) == rest_on_it


def test_what_a_correct_choice_is_decides_networks_sweeps_and_notebooks(package, before):
    change(
        package / "task/trials.py",
        "self.choice == self.trials.side",
        "self.choice != self.trials.side",
    )
    assert stale(before) >= {"network", "sweep of train", *WITH_TRAINING}


@pytest.mark.slow
def test_what_is_only_said_makes_nothing_stale(package, before):
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith('"""')
        path.write_text(f'# Note.\n\n"""Said: {text[3:]}\n\n# End.\n', encoding="utf-8")
    change(package / "task/trials.py", "the stimulus side was chosen.", "the side was that chosen.")
    reason = "The closed form, 0.98 to the power 80;"
    change(package / CLAIMS / "01_task.yml", reason, "The closed form, which is 0.98 to the 80;")
    assert not stale(before)


def test_what_is_not_run_makes_nothing_stale(package, before):
    for name in (
        *("bench", "cli", "publishing/site/book", "publishing/site/printing", "task/gym"),
        *("publishing/sweep/cluster", "task/exports"),
    ):
        change(package / f"{name}.py")
    # Chapter 25 writes a session's files.
    assert stale(before) <= {"25_recordings"}


def test_analyses_of_part_three_make_only_its_notebooks_stale(package, before):
    """All of them at once: so does each alone, at most."""
    trains = core.digests("iblrnn_helpers.hmm_rnn.teaching.training", data=False)
    analyses = [
        path
        for path in (package / "hmm_rnn").rglob("*.py")
        if ".".join(path.relative_to(package.parent).with_suffix("").parts) not in trains
        and path.stem != "__init__"
    ]
    assert len(analyses) > 15
    for path in analyses:
        change(path)
    assert stale(before) == PART_THREE


def test_a_claim_makes_its_own_notebook_stale(package, before):
    change(package / CLAIMS / "01_task.yml", "target: 0.1986", "target: 0.1987")
    loads_all = {name for name, book in NOTEBOOKS.items() if "load_claims" in book.text}
    assert stale(before) == {"01_task", *loads_all}


def test_a_shipped_network_makes_stale_what_may_read_it(package, before):
    path = package / "data" / "rnn_seed-1.safetensors"
    path.write_bytes(path.read_bytes() + b" ")
    # Networks are stamped with the code that makes them, which cannot rest on their files.
    others = {"sweep of train", "25_recordings"}  # which ask for a network by its seed alone
    assert stale(before) == {*others, *WITH_TRAINING, *PART_THREE}


def test_somebodys_function_is_swept_anew_when_what_it_imports_changed(
    package, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    toy, helper = tmp_path / "toy_of_mine.py", tmp_path / "helper_of_mine.py"
    toy.write_text("from helper_of_mine import g\n\ndef f(x: float = 1.0) -> dict: return g(x)\n")
    helper.write_text("from iblrnn_helpers.core.checks import budget\n\ng = dict\n")
    target = find_target("toy_of_mine:f")
    found = target.code()
    change(package / "task/trials.py")
    change(toy, new="# A comment.\n")
    assert target.code() == found
    for path in (toy, helper, package / "core/checks.py"):
        change(path)
        assert found != (found := target.code())


def test_a_notebook_is_swept_anew_when_its_page_is_out_of_date(package):
    target = NotebookTarget(NOTEBOOKS["04_claim1_behavior"])
    before = target.code()
    change(package / "core" / "style.mplstyle", new="# wider\n")
    assert before != (before := target.code())
    change(package / "bench.py")
    assert target.code() == before
