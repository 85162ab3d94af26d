"""A repository with small notebooks, for the tests of what runs and publishes notebooks."""

import subprocess
import sys
from pathlib import Path

HEADER = """\
# ---
# jupyter:
#   iblrnn: {depends: [DEPENDS], cell_timeout: TIMEOUT}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # TITLE

# %% tags=["parameters"]
profile: str = "page"  # budget
PARAMETERS

# %%
"""


def write_notebook(root, name, *cells, depends=(), timeout=60, parameters="n: int = 3  # how many"):
    """Write ``notebooks/NAME.py`` with the given code cells; return its path."""
    header = HEADER.replace("DEPENDS", ", ".join(depends)).replace("TIMEOUT", str(timeout))
    header = header.replace("TITLE", f"Notebook {name}").replace("PARAMETERS", parameters)
    path = Path(root) / "notebooks" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + "\n\n# %%\n".join(cells) + "\n", encoding="utf-8")
    return path


def iblrnn(root, *arguments, **keywords):
    """Run the command line in a repository; return the completed process."""
    return subprocess.run(
        command(*arguments), cwd=root, capture_output=True, text=True, timeout=600, **keywords
    )


def command(*arguments):
    return [sys.executable, "-m", "iblrnn_helpers.cli", *arguments]


def fake_browser(folder, does):
    """A program that does what it is told, with ``path`` where the PDF should go; its path."""
    program = Path(folder) / "browser"
    program.write_text(
        f"#!{sys.executable}\nimport sys, time\n"
        '[path] = [a.split("=", 1)[1] for a in sys.argv if a.startswith("--print-to-pdf=")]\n'
        f"{does}\n"
    )
    program.chmod(0o755)
    return str(program)
