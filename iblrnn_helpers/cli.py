"""The command ``iblrnn``."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shlex
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

from . import __version__
from .core.extras import install
from .core.fingerprint import PACKAGE
from .core.processes import unwound_by_sigterm

# Name: (module with ``add_arguments(parser)`` and ``main(args) -> int``, help).
COMMANDS = {
    "run": ("publishing.running.pipeline", "run notebooks with papermill, only what changed"),
    "book": ("publishing.site.book", "run what is out of date and build the book"),
    "notebooks": (
        "publishing.running.notebooks",
        "write the .ipynb files from the .py files, or check them",
    ),
    "claims": (
        "publishing.ledger.command",
        "show what is claimed, what was measured and the verdicts",
    ),
    "train": ("training.store", "train a network"),
    "train-hmm": (
        "hmm_rnn.teaching.store",
        "train a network to emit what a hidden Markov model emits",
    ),
    "infer-reward": (
        "inverse_rl.from_data.command",
        "infer from a recording what a network is rewarded for",
    ),
    "report": (
        "recordings.command",
        "say which of the network's predictions a recorded session shows",
    ),
    "sweep": ("publishing.sweep.run", "run many settings, here or on a cluster, into one table"),
    "bench": ("bench", "measure speeds"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; ``sys.argv[1:]`` if not given.

    Returns
    -------
    int
        0 when all went well, 1 for a failure, 2 for a bad request, 130 after Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    # argparse's own --help and bad usage leave by SystemExit, also with 0 and 2.
    debug = "--debug" in arguments
    _print_what_the_terminal_can()
    try:
        chosen = next((word for word in arguments if word in COMMANDS), None)
        parser, run = _parser(chosen)
        args = parser.parse_args(arguments)
        if run is None:
            parser.print_help()
            return 2
        with unwound_by_sigterm():
            status = run(args)
            _print_what_is_left()
            return status
    except KeyboardInterrupt:
        print("iblrnn: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output, such as head, has had enough
        sys.stderr.close()
        return 1
    except Exception as error:  # whatever an input brings about ends in a sentence
        if debug:
            traceback.print_exc()
        print(f"iblrnn: error: {_sentence(error, arguments)}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1


def _print_what_the_terminal_can() -> None:
    """Let no sign that the terminal's encoding lacks end a command when its work is done."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where another stream was put in its place
            stream.reconfigure(errors="backslashreplace")


def _print_what_is_left() -> None:
    """Print now, not when Python ends, what only then would turn out to have no place."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):
            sys.stdout.close()  # or Python would try again
        raise OSError(error.errno, f"cannot print the output: {error.strerror}") from error


def _sentence(error: Exception, arguments: Sequence[str]) -> str:
    """What went wrong; a library's words name no file or parameter, so the command is said too."""
    message = str(error) or type(error).__name__
    if isinstance(error, ModuleNotFoundError):
        # What other modules need, all have; of pages' libraries some come through others.
        says = "iblrnn_helpers[" in message
        return message if says else f"{message}; {install('book')} brings it"
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] >= "\ud800":
        return f"an argument is not text in this terminal's encoding: {error.object!a}"
    raised_in = traceback.extract_tb(error.__traceback__)[-1].filename
    is_plain = type(error) in (ValueError, RuntimeError)
    is_plain |= isinstance(error, OSError) and not _names_nothing(error)
    if type(error).__module__.partition(".")[0] == PACKAGE.name or (
        is_plain and raised_in.startswith(str(PACKAGE))
    ):
        return message
    asked = shlex.join(["iblrnn", *arguments])
    return f"{message} ({type(error).__name__} in: {asked}; --debug shows where)"


def _names_nothing(error: OSError) -> bool:
    """Whether it is the system's alone: "[Errno 28] No space left on device"."""
    return not error.filename and error.strerror == os.strerror(error.errno or 0)


def _parser(chosen: str | None):
    """The parser, and the function that the chosen command runs.

    Only the chosen command's module is imported: some load heavy libraries.
    """
    parser = argparse.ArgumentParser(
        prog="iblrnn",
        description="Recurrent networks on the International Brain Laboratory's task: "
        "run the notebooks, build the book, train networks.",
        epilog="examples:\n  iblrnn book\n  iblrnn run --profile smoke\n  iblrnn claims\n\n"
        "iblrnn COMMAND --help tells more about a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"iblrnn {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    run = None
    for name, (module_name, text) in COMMANDS.items():
        subparser = subparsers.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[common],
        )
        # "-1,0,1", "-1e-3" and "-a,b" are values: argparse itself knows whole and decimal numbers.
        subparser._negative_number_matcher = re.compile(r"-(\.?\d|inf|nan|[^-].*[,;])")
        if name == chosen:
            module = importlib.import_module(f"{__package__}.{module_name}")
            module.add_arguments(subparser)
            run = module.main
    return parser, run


if __name__ == "__main__":
    sys.exit(main())
