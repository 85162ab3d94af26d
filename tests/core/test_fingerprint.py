"""What counts as the same code: names, imports and data in a small package; syntax; an oracle."""

import subprocess
import sys
import sysconfig

import grimp
import pytest

from iblrnn_helpers.core.fingerprint import PACKAGE, SourceTree, digests, fingerprint

FILES = {
    "__init__.py": '"""Doc."""\n__version__ = "1"\n',
    "alone.py": "x = 1\n",
    "lazy/__init__.py": "__getattr__ = attach(__name__)\n",
    "lazy/__init__.pyi": "from .one import f as f\nfrom .two import g as h\nfrom . import deep\n",
    "lazy/one.py": "def f(): ...\n",
    "lazy/two.py": "def g():\n    from ..alone import x\n",
    "lazy/deep/__init__.py": "__getattr__ = attach(__name__)\n",
    "lazy/deep/__init__.pyi": "from .inner import k as k\n",
    "lazy/deep/inner.py": "def k(): ...\n",
    "lazy/deep/other.py": "",
    "eager/__init__.py": "from .first import a as b\nHERE = 1\n",
    "eager/first.py": "a = 1\n",
    "eager/second.py": "from ..lazy import f\nfrom . import third\nfrom .. import alone\n",
    "eager/third.py": "from importlib import resources\n",
    "reads.py": "open('table.csv')\n",
    "table.csv": "1",
    "data/weights.bin": "1",
}
LAZY = "lazy lazy.one lazy.two lazy.deep lazy.deep.inner lazy.deep.other alone"
SECOND = "eager eager.first eager.second eager.third lazy lazy.one alone"
ALL = f"{LAZY} {SECOND} reads"


@pytest.fixture
def package(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pkg"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from pkg.lazy import f", "lazy lazy.one"),
        ("from pkg.lazy import h", "lazy lazy.two alone"),
        ("from pkg.lazy import one", "lazy lazy.one"),
        ("from pkg.lazy import f as h", "lazy lazy.one"),
        ("def later():\n    from pkg.lazy import f", "lazy lazy.one"),
        ("from pkg.lazy import g", LAZY),  # its door does not know the name
        ("from pkg.lazy import *", LAZY),
        ("from pkg.lazy.one import *", "lazy lazy.one"),
        ("from pkg.lazy.deep import k", "lazy lazy.deep lazy.deep.inner"),
        ("from pkg.eager import b", "eager eager.first"),
        ("from pkg.eager import HERE", "eager eager.first"),  # eager imports are run
        ("from pkg.eager import second", SECOND),
        ("import pkg.eager.second as s", SECOND),
        ("import pkg.lazy.two", "lazy lazy.two alone"),
        ("import pkg.lazy as door\ndoor.f(1).h", "lazy lazy.one"),
        ("from pkg import lazy as door\ndoor.deep.k()", "lazy lazy.deep lazy.deep.inner"),
        ("import pkg.lazy\npkg.lazy.h()", "lazy lazy.two alone"),
        ("import pkg.lazy as door\nuse(door)", LAZY),
        ("import pkg.lazy as door\ngetattr(door, name)", LAZY),
        ("import pkg\npkg.__version__", ""),
        ("from pkg import __version__", ""),
        ("import pkg\nuse(pkg)", ALL),
        ("from pkg import nothing", ALL),
        ("if TYPE_CHECKING:\n    import pkg.alone\nelse:\n    import pkg.reads", "reads"),
        ("import typing\nif typing.TYPE_CHECKING:\n    import pkg.alone", None),
        ("import numpy.pkg\nfrom os import path", None),
        ("!pip install pkg", ALL),
    ],
)
def test_a_name_leads_to_the_module_that_defines_it(package, text, expected):
    found = digests(text=text, data=False, package=package)
    names = set() if expected is None else {"pkg", *(f"pkg.{name}" for name in expected.split())}
    assert set(found) == names


def test_a_module_stands_for_all_that_it_imports_and_the_packages_that_it_is_in(package):
    assert set(digests("pkg.lazy.two", data=False, package=package)) == {
        *("pkg", "pkg.lazy", "pkg.lazy.two", "pkg.alone")
    }
    before = fingerprint("pkg.lazy.two", package=package)
    (package / "lazy/one.py").write_text("def f(): return 1\n")
    assert fingerprint("pkg.lazy.two", package=package) == before
    for changed in ("alone.py", "lazy/__init__.py", "__init__.py"):
        (package / changed).write_text((package / changed).read_text() + "y = 2\n")
        assert before != (before := fingerprint("pkg.lazy.two", package=package))


def test_one_reading_serves_many_digests_of_the_same_files(package):
    code = SourceTree(package)
    for text in (
        "import pkg.reads",
        "from pkg.lazy import h",
        "import pkg",
        "import pkg.eager.third",
    ):
        alone = digests("pkg.lazy.two", text=text, package=package)
        assert digests("pkg.lazy.two", text=text, code=code) == alone
    (package / "table.csv").write_text("2")
    (package / "alone.py").write_text("x = 2\n")
    before, now = (
        digests("pkg.reads", "pkg.alone", code=one) for one in (code, SourceTree(package))
    )
    assert {name for name in now if now[name] != before[name]} == {"pkg.alone", "table.csv"}


def test_data_count_where_they_are_read(package):
    assert set(digests("pkg.reads", package=package)) == {"pkg", "pkg.reads", "table.csv"}
    with_data = digests("pkg.eager.third", package=package)
    assert "data/weights.bin" in with_data and "table.csv" not in with_data
    (package / "data/weights.bin").write_text("2")
    changed = digests("pkg.eager.third", package=package)
    assert {k for k in changed if changed[k] != with_data[k]} == {"data/weights.bin"}


def test_somebodys_own_module_counts_with_its_neighbours(package, monkeypatch):
    folder = package.parent / "mine"
    (folder / "lib").mkdir(parents=True)
    (folder / "toy.py").write_text("import helper\nfrom lib.part import p\nimport numpy\n")
    (folder / "helper.py").write_text("from pkg.lazy import f\n")
    (folder / "lib" / "part.py").write_text("")
    (folder / "numbers.py").write_text("")
    own = {"toy", "helper", "lib", "lib.part"}
    ask = {"text": "from toy import f", "folder": folder, "package": package}
    assert set(digests(**ask)) == {*own, "pkg", "pkg.lazy", "pkg.lazy.one"}
    # Among installed libraries, one's neighbours are none of one's own.
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"purelib": str(folder)})
    assert set(digests(**ask)) == {"toy"}


@pytest.mark.parametrize(
    ("user", "helper"),
    [
        ("import h\nh.door.f(1)", "import pkg.lazy as door"),
        ("from h import *\ndoor.f(1)", "import pkg.lazy as door"),
        ("import h\nh.pkg.lazy.f(1)", "import pkg"),
    ],
)
def test_a_package_that_one_module_names_may_be_used_by_another(package, tmp_path, user, helper):
    (tmp_path / "m.py").write_text(user)
    (tmp_path / "h.py").write_text(helper)
    found = digests(text="from m import run", folder=tmp_path, data=False, package=package)
    assert {"m", "h", "pkg.lazy.one"} <= set(found)


def test_folders_that_are_no_packages_and_files_that_do_not_parse(package, tmp_path):
    (package / ".ipynb_checkpoints").mkdir()
    (package / ".ipynb_checkpoints" / "alone-checkpoint.py").write_text("x = 1\n")
    old = package / "old.py"
    old.write_text('print "of another Python"\n')
    before = digests(text="import pkg\nuse(pkg)", data=False, package=package)
    assert "pkg.old" in before and not [name for name in before if "checkpoint" in name]
    old.write_text('print "of yet another"\n')
    after = digests(text="import pkg\nuse(pkg)", data=False, package=package)
    assert {name for name in before if before[name] != after[name]} == {"pkg.old"}


def test_comments_docstrings_and_layout_do_not_count(tmp_path):
    def of(source):
        (tmp_path / "engine.py").write_text(source, encoding="utf-8")
        return fingerprint("engine", folder=tmp_path)

    base = of('"""Doc."""\nraise RuntimeError\ndef f(x):\n    """Doc."""\n    return x + 1\n')
    assert base == of("raise RuntimeError\n\ndef f(x):  # better\n    return (x+1)\n")
    assert base != of("raise RuntimeError\ndef f(x):\n    return x + 2\n")
    assert base != of("raise RuntimeError\ndef g(x):\n    return x + 1\n")
    only_doc = of('def f():\n    """Doc."""\n')
    assert only_doc == of("def f():\n    pass\n")
    assert only_doc != of('def f():\n    return """Doc."""\n')
    assert "engine" not in sys.modules


def test_all_versions_of_python_give_the_same_fingerprint(tmp_path):
    (tmp_path / "tricky.py").write_text(
        'x = f"{a!r:>{w}} {\'q\'} b" "c" f"{y=}" + f"{x:}" + f"" + "é"\n'
        "def f(a, /, b=1e-9, *c, d: int = -2j, **e) -> None:\n"
        '    match a:\n        case {"k": [1, *r], **z} if r: pass\n'
        "    with (open(a) as q, open(b)): pass\n    return (yield ...)\n"
        "class C(D[0:1, ::2]): pass\n",
        encoding="utf-8",
    )
    # The value itself means nothing; 3.10, 3.11, 3.12.1 and 3.13 gave it.
    assert fingerprint("tricky", folder=tmp_path) == "0bfbe8d0d463ae96"


@pytest.mark.parametrize("name", ["no_such_module", "iblrnn_helpers.no", "sys", "", "."])
def test_a_root_that_is_not_there_is_named(name):
    with pytest.raises(ValueError, match="cannot be found"):
        fingerprint(name)
    with pytest.raises(ValueError, match="at least one"):
        fingerprint()


@pytest.mark.slow
def test_no_import_is_overlooked():
    """Against another reader of imports, which does not follow names through packages."""
    graph = grimp.build_graph(PACKAGE.name, cache_dir=None, exclude_type_checking_imports=True)
    code = SourceTree()
    assert graph.modules == code.everything_in(PACKAGE.name)
    for name in graph.modules:
        ours = code.imports_of(name)
        assert graph.find_modules_directly_imported_by(name) <= ours, name


RUNS = [
    (
        "from iblrnn_helpers.training import TrainParams, train\n"
        "train(TrainParams(n_units=2, n_gradient_steps=2, n_blocks=1), progress=False)",
        ["iblrnn_helpers.training.loop"],
    ),
    (
        "from iblrnn_helpers.hmm_rnn.hmm import FAMILIES\n"
        "from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage\n"
        "from iblrnn_helpers.hmm_rnn.teaching.training import train\n"
        "stage = Stage(1, 8, 4, 1.0)\n"
        "train(HmmRnnParams(FAMILIES['chain-2'], (stage,), n_units=3), progress=False)",
        ["iblrnn_helpers.hmm_rnn.teaching.training"],
    ),
    (
        "from iblrnn_helpers.training import reference_network\n"
        "from iblrnn_helpers.robustness.measures import *\n"
        "network = reference_network().network\n"
        "budget = MeasureBudget(20, 20, 20, 5)\n"
        "measure(Subject(network, TaskParams(), 1, budget), tuple(MEASURES))",
        ["iblrnn_helpers.training.store", "iblrnn_helpers.robustness.measures"],
    ),
]
# Each run is a fork of a process that has loaded none of this package, but the slow libraries.
EACH_ALONE = """
import gc, os, sys
import numba, pandas, scipy.stats, sklearn, torch

def loaded():
    return [name for name in sys.modules if name.startswith("iblrnn_helpers")]

assert not loaded()
gc.freeze()
for run in sys.argv[1:]:
    if not (child := os.fork()):
        exec(run, {})
        print(*loaded(), flush=True)
        os._exit(0)  # taking down all those libraries would take as long as the run
    assert os.waitpid(child, 0)[1] == 0, run
"""


@pytest.mark.slow
def test_what_python_loads_is_in_the_closure():
    command = [sys.executable, "-c", EACH_ALONE, *(run for run, _ in RUNS)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for line, (_, roots) in zip(done.stdout.splitlines(), RUNS, strict=True):
        loaded = set(line.split())
        assert len(loaded) > 10 and loaded <= set(digests(*roots))
