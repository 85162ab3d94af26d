"""Environments like Colab's: one with what Colab has, and one on top of it for each notebook."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLAB = Path(__file__).with_name("colab.txt")


def build_requirements() -> list[str]:
    """What pip builds the package with."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return json.loads(re.search(r"^requires = (\[.*\])$", text, re.M)[1])


class Colab:
    """The environments: one with what Colab has, and one on top of it for each notebook.

    Parameters
    ----------
    folder : Path
        Where they are made. The first, ``base``, stays there for the next time.
    address : str
        That of the repository, as the notebooks' first cell has it.
    """

    def __init__(self, folder: Path, address: str):
        self.folder, self.address = folder, address
        self.base, self.wheels = folder / "base", folder / "wheels"

    @property
    def site(self) -> Path:
        """Where the base's packages lie."""
        return site_of(self.base)

    def prepare(self, pip_args: list[str]) -> list[str]:
        """Make the base, if it is not there; return what the package adds to it.

        Raises
        ------
        RuntimeError
            If installing the package would change what Colab has.
        """
        key = hashlib.sha256(sys.version.encode())
        for path in (COLAB, ROOT / "pyproject.toml"):
            key.update(path.read_bytes())
        stamp = self.folder / "stamp.json"
        if stamp.exists():
            known = json.loads(stamp.read_text())
            if known["key"] == key.hexdigest():
                return known["added"]
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        print("making an environment like Colab's", flush=True)
        call([sys.executable, "-m", "venv", self.base])
        pip = [self.base / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
        # Notebooks compile what they import; all of it would take longer than they do.
        call([*pip, "install", "--quiet", "--no-compile", *pip_args, "-r", COLAB])
        report = self.folder / "report.json"
        trial = [*pip, "install", "--quiet", "--dry-run", "--report", report, *pip_args]
        with tempfile.TemporaryDirectory(dir=self.folder) as source:
            variables = {**os.environ, **self.instead(snapshot(Path(source)))}
            call([*trial, f"iblrnn_helpers @ git+{self.address}"], env=variables)
        found = {
            entry["metadata"]["name"]: entry["metadata"]["version"]
            for entry in json.loads(report.read_text())["install"]
        }
        if changed := sorted(set(map(plain, found)) & distributions(self.site)):
            raise RuntimeError(f"installing the package would change {', '.join(changed)}")
        found.pop("iblrnn_helpers")
        added = sorted(f"{name}=={version}" for name, version in found.items())
        download = [*pip, "download", "--quiet", "--dest", self.wheels]
        call([*download, "--no-deps", *added])
        call([*download, *build_requirements()])
        stamp.write_text(json.dumps({"key": key.hexdigest(), "added": added}))
        return added

    def instead(self, source: Path) -> dict[str, str]:
        """Variables that let git take the repository's address from a folder."""
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{source}.insteadOf",
            "GIT_CONFIG_VALUE_0": self.address,
        }

    def environment(self, place: Path, source: Path) -> dict[str, str]:
        """A notebook's environment variables: a home of its own, and no word of this checkout."""
        ours = ("IBLRNN_", "PYTHON", "PIP_", "XDG_", "JUPYTER", "IPYTHON", "NUMBA_CACHE", "VIRTUAL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {
            **kept,
            "HOME": str(place / "home"),
            "PATH": f"{place / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # it would warn of every notebook
            **self.instead(source),
        }

    def on_top(self, place: Path) -> Path:
        """Make an environment that sees the base and installs into its own folder."""
        call([sys.executable, "-m", "venv", "--without-pip", place / "venv"])
        (site_of(place / "venv") / "base.pth").write_text(f"{self.site}\n")
        return place / "venv"


def distributions(site: Path) -> set[str]:
    """What is installed in a folder, by plain name."""
    return {plain(path.name.split("-")[0]) for path in site.glob("*.dist-info")}


def plain(name: str) -> str:
    """A distribution's name as all its spellings have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def site_of(venv: Path) -> Path:
    """The folder of an environment's packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return venv / "lib" / version / "site-packages"


def snapshot(folder: Path) -> Path:
    """A git repository with the package as it is in the working tree, committed or not."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "iblrnn_helpers", folder / "iblrnn_helpers", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, folder)
    settings = ("user.name=test", "user.email=test@localhost", "core.compression=0")
    git = ["git", "-C", folder, *(part for pair in settings for part in ("-c", pair))]
    call([*git, "init", "--quiet"])
    call([*git, "add", "--all"])
    call([*git, "commit", "--quiet", "--message", "The working tree"])
    return folder


def call(command, **options) -> None:
    """Run a command that must succeed."""
    subprocess.run([str(part) for part in command], check=True, **options)
