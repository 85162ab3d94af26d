"""The command line: help, exit statuses and plain errors."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from iblrnn_helpers import __version__, cli


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    assert f"usage: iblrnn {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["run", "book", "notebooks", "claims"])
def test_help_has_examples(name, capsys):
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    assert f"examples:\n  iblrnn {name}" in capsys.readouterr().out


def test_version_and_bad_usage(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0 and __version__ in capsys.readouterr().out
    with pytest.raises(SystemExit) as left:
        cli.main(["bok"])
    assert left.value.code == 2 and "invalid choice" in capsys.readouterr().err
    assert cli.main([]) == 2


class _Command:
    """A module with one subcommand that raises."""

    def __init__(self, error):
        self.error = error

    def add_arguments(self, parser):
        pass

    def main(self, args):
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValueError("n_units must be at least 1, got 0"), 2, "error: n_units must be"),
        (OSError(28, os.strerror(28)), 1, "(OSError in: iblrnn claims; --debug shows where)"),
        (OSError("no space left"), 1, "error: no space left"),
        (RuntimeError("diverged"), 1, "error: diverged"),
        (
            ModuleNotFoundError("No module named 'papermill'"),
            1,
            "named 'papermill'; pip install \"iblrnn_helpers[book]\" brings it",
        ),
        (KeyboardInterrupt(), 130, "stopped"),
        (TypeError("unhashable"), 1, "error: unhashable (TypeError in: iblrnn claims; --debug"),
        (KeyError("name"), 1, "error: 'name' (KeyError in: iblrnn claims; --debug shows where)"),
        (IndexError(), 1, "error: IndexError (IndexError in: iblrnn claims"),
        (ZeroDivisionError("division by zero"), 1, "division by zero (ZeroDivisionError in"),
        (OverflowError("too large"), 1, "too large (OverflowError in"),
        (EOFError("no data"), 1, "no data (EOFError in"),
        (zipfile.BadZipFile("not a zip"), 1, "not a zip (BadZipFile in"),
        (MemoryError("Unable to allocate 7.28 TiB"), 1, "allocate 7.28 TiB (MemoryError in"),
        (RecursionError("too deep"), 1, "too deep (RecursionError in: iblrnn claims"),
        (json.JSONDecodeError("Expecting value", "", 0), 2, "(JSONDecodeError in: iblrnn claims"),
    ],
)
def test_errors_become_one_line_and_a_status(monkeypatch, capsys, error, status, said):
    monkeypatch.setattr(cli.importlib, "import_module", lambda name: _Command(error))
    assert cli.main(["claims"]) == status
    message = capsys.readouterr().err
    assert said in message and "Traceback" not in message


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("odd")])
def test_debug_shows_the_traceback(monkeypatch, capsys, place, error):
    monkeypatch.setattr(cli.importlib, "import_module", lambda name: _Command(error))
    arguments = ["claims"]
    arguments.insert(place, "--debug")
    assert cli.main(arguments) == (2 if isinstance(error, ValueError) else 1)
    assert "Traceback" in capsys.readouterr().err


def test_the_command_line_loads_nothing_heavy():
    code = (
        "import sys, iblrnn_helpers.cli as cli\n"
        "try: cli.main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numba', 'matplotlib', 'pandas', 'sklearn', 'papermill'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_sentence_of_our_own_stands_alone(capsys):
    assert cli.main(["train", "--n-units", "0"]) == 2
    assert capsys.readouterr().err == "iblrnn: error: n_units must be at least 1, got 0\n"


@pytest.mark.parametrize("value", ["-1,0,1", "-1e-3", "-.5", "-3", "-inf", "-1:2", "-a,b"])
def test_a_value_may_begin_with_a_minus(value):
    parser, _ = cli._parser("sweep")
    assert parser.parse_args(["sweep", "train", "-p", "x", value]).parameter == [["x", value]]


def test_a_negative_number_is_refused_by_its_option(capsys):
    assert cli.main(["train", "--learning-rate", "-1e-3"]) == 2
    told = capsys.readouterr().err
    assert "learning_rate must be greater than 0 and at most 1e+30, got -0.001" in told


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_signs_gets_the_others(encoding, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "iblrnn_helpers.cli", "claims", "--markdown"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    assert "\\u2212" in done.stdout.decode(encoding)  # a minus that neither has


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_output_that_has_no_place_is_said(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "iblrnn_helpers.cli", "claims", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
    assert done.returncode == 1 and done.stderr.startswith("iblrnn: error: ")
    assert "No space left on device" in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_argument_that_is_no_text_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "own_words.py").write_text("def f(x: str = 'a') -> dict:\n    return {}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert cli.main(["sweep", "own_words:f", "-p", "x", "\udcfc"]) == 2
    said = capsys.readouterr().err
    assert "an argument is not text in this terminal's encoding" in said and "udcfc" in said
