"""The package as strangers have it: a wheel, and of other libraries only what that asks for."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
COMMAND = "import sys\nfrom iblrnn_helpers.cli import main\nsys.exit(main())\n"


def build(folder: Path) -> Path:
    """The wheel of this very tree, in a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def metadata_of(wheel: Path) -> importlib.metadata.PackageMetadata:
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as content:
        (name,) = (one for one in content.namelist() if one.endswith(".dist-info/METADATA"))
        return importlib.metadata.PathDistribution(zipfile.Path(content, name).parent).metadata


def bare_environment(wheel: Path, folder: Path) -> Path:
    """Python of an environment with the wheel and what it needs without extras, by links."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(site)
    for name in needed(metadata_of(wheel).get_all("Requires-Dist", [])):
        distribution = importlib.metadata.distribution(name)
        for top in {Path(str(file)).parts[0] for file in distribution.files or ()} - {".."}:
            if not (site / top).exists():
                os.symlink(distribution.locate_file(top), site / top)
    command = folder / "bin" / "iblrnn"
    command.write_text(f"#!{folder}/bin/python\n" + COMMAND)
    command.chmod(0o755)
    return folder / "bin" / "python"


def needed(requirements) -> set[str]:
    """Distributions that these need, and those that they need, here and without extras."""
    found, waiting = set(), list(requirements)
    while waiting:
        one = Requirement(waiting.pop())
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        wanted = one.marker is None or any(
            one.marker.evaluate({"extra": extra}) for extra in one.extras or {""}
        )
        if name not in found and wanted:
            found.add(name)
            waiting += importlib.metadata.requires(name) or []
    return found
