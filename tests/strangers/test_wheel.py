"""A stranger who has the wheel alone: no clone, no extras."""

import os
import re
import shutil
import subprocess

import pytest
from bare import ROOT, bare_environment, build, metadata_of

SCRIPTS = ROOT / "book" / "own"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    return bare_environment(wheel, tmp_path_factory.mktemp("bare") / "venv")


def run(python, folder, *arguments):
    """What a command ends with, in an empty folder."""
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [str(python), *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_the_readme_example_runs_in_a_bare_environment(python, tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    code += "print(ibl.__file__, len(session.to_frame()) == trials.n_trials)"
    status, said = run(python, tmp_path, "-c", code)
    assert status == 0 and "bare" in said and said.strip().endswith("True"), said


@pytest.mark.slow
def test_the_commands_of_the_page_run_in_a_bare_environment(python, tmp_path):
    """They make and fill an environment, which is here already, and work in it."""
    lines = (SCRIPTS / "from_the_wheel.sh").read_text(encoding="utf-8").splitlines()
    make, install, *work = lines
    assert make == "python -m venv own" and install == "own/bin/pip install iblrnn_helpers"
    (tmp_path / "own").symlink_to(python.parents[1])
    for name in ("own_agent.py", "own_sweep.py"):
        shutil.copy(SCRIPTS / name, tmp_path)
    for words, fewer in (("-steps 2000", "-steps 20"), ("seed 1:3", "seed 1:2")):
        assert sum(words in line for line in work) == 1
        work = [line.replace(words, fewer) for line in work]
    for line in work:
        command, *arguments = line.split()
        status, said = run(command, tmp_path, *arguments)
        assert status == 0, said
    figures = [f"{name}.png" for name in ("2a", "2b", "3a", "3b")]
    made = [*figures, "mine.safetensors", "out/table.csv"]
    assert [name for name in made if not (tmp_path / name).exists()] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("run 01_task", "run this inside a clone of the repository (git clone https://github.com/"),
        ("run", "run this inside a clone of the repository (git clone https://github.com/"),
        ("book", "run this inside a clone of the repository (git clone https://github.com/"),
        ("notebooks", "run this inside a clone of the repository (git clone https://github.com/"),
        ("sweep 04_claim1_behavior -p seed 1:3", "a clone of the repository (git clone https://"),
        ("sweep tarin -p seed 1:3", "did you mean train?"),
    ],
)
def test_what_needs_a_clone_says_so(python, tmp_path, arguments, says):
    status, said = run(python, tmp_path, "-m", "iblrnn_helpers.cli", *arguments.split())
    assert status == 2 and says in said and "Traceback" not in said, said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_pages_of_a_clone_name_the_extra(python, tmp_path):
    (tmp_path / "notebooks").mkdir()
    command = [python, tmp_path, "-m", "iblrnn_helpers.cli", "run", "01_task"]
    status, said = run(*command)
    assert status == 2 and "no notebooks (NN_name.py)" in said and "git clone https://" in said
    (tmp_path / "notebooks" / "01_task.py").write_text("# %%\n1\n")
    status, said = run(*command)
    assert status == 1 and 'pip install "iblrnn_helpers[book]"' in said, said


@pytest.mark.slow
def test_a_sweep_of_an_own_function_needs_no_extra(python, tmp_path):
    (tmp_path / "mine.py").write_text("def f(x: float = 1.0) -> dict:\n    return {'y': x * x}\n")
    asked = "sweep mine:f -p x 2,3 --out out".split()
    status, said = run(python, tmp_path, "-m", "iblrnn_helpers.cli", *asked)
    assert status == 0 and 'pip install "iblrnn_helpers[parquet]"' in said, said
    rows = (tmp_path / "out" / "table.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1:3] for row in rows] == [["2.0", "4.0"], ["3.0", "9.0"]]
    assert (tmp_path / "out" / "gallery" / "index.html").exists()


EXTRAS = {
    "ibl.BiasedBlocks": "gym",
    "ibl.write_nwb(session, 'a.nwb', dt=0.1)": "nwb",
    "ibl.to_xarray(session)": "xarray",
    "ibl.write_alf(session, '.', dt=0.1)": "alf",
    "ibl.mice.load_with_one('mine', ['a'])": "alf",
}
CALLS = f"""
import iblrnn_helpers as ibl
trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
session = ibl.rollout(ibl.BayesianActor(trials.params), trials)
for code in {list(EXTRAS)}:
    try:
        eval(code)
    except ModuleNotFoundError as error:
        print(error)
"""


@pytest.mark.slow
def test_a_missing_extra_is_named(python, tmp_path):
    status, said = run(python, tmp_path, "-c", CALLS)
    assert status == 0, said
    for line, extra in zip(said.splitlines(), EXTRAS.values(), strict=True):
        assert line.endswith(f'pip install "iblrnn_helpers[{extra}]" brings it')


def test_what_the_index_shows(wheel):
    said = metadata_of(wheel)
    links = re.findall(r"\]\(([^)]+)\)", said.get_payload())
    assert len(links) > 20 and all(re.match(r"https://|#", link) for link in links)
    (picture,) = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", said.get_payload())
    assert picture.startswith("https://raw.githubusercontent.com/")
    assert (ROOT / picture.split("/main/")[1]).is_file()
    for link in links:
        if "/blob/main/" in link and "colab" not in link:
            assert (ROOT / link.split("/blob/main/")[1]).exists(), link
    urls = dict(url.split(", ", 1) for url in said.get_all("Project-URL"))
    assert urls.keys() == {"Repository", "Documentation", "Changelog", "Issues and contact"}
    assert any(one.startswith("Development Status") for one in said.get_all("Classifier"))
