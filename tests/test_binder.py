"""Binder's folder says what Binder can do, and starts what the README links to."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[1]
BINDER = ROOT / ".binder"
CPU_TORCH = "--extra-index-url https://download.pytorch.org/whl/cpu"


def test_it_installs_this_package_with_our_versions():
    """Constraints are relative to the file, a local package to where Binder runs pip: the root."""
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    options = [line for line in lines if not line.startswith("#")]
    assert options == [CPU_TORCH, "-c ../constraints.txt", "-e ."]
    assert (BINDER / "../constraints.txt").resolve() == ROOT / "constraints.txt"
    assert (ROOT / "constraints.txt").exists()


def test_its_python_is_one_of_ours():
    name, version = (BINDER / "runtime.txt").read_text().strip().split("-")
    assert name == "python"
    assert f'"Programming Language :: Python :: {version}"' in (ROOT / "pyproject.toml").read_text()


def test_everything_runs_on_one_thread():
    start = BINDER / "start"
    assert os.access(start, os.X_OK)
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"]
    done = subprocess.run([start, "printenv", *names], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.split() == ["1"] * len(names)


def test_the_readme_opens_a_notebook_there():
    (link,) = re.findall(r"https://mybinder\.org/[^)\s]+", (ROOT / "README.md").read_text())
    (place,) = parse_qs(urlsplit(link).query)["urlpath"]
    assert place.startswith("lab/tree/")
    assert (ROOT / place.removeprefix("lab/tree/")).suffix == ".ipynb"
    assert (ROOT / place.removeprefix("lab/tree/")).exists()
