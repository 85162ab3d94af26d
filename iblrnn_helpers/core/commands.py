"""What the commands have in common that train and write a network."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .files import write_atomically


def add_out(parser: argparse.ArgumentParser, name: str) -> None:
    """Add ``--out`` with this default, and ``--force``."""
    text = f"file for the trained network (default: {name})"
    parser.add_argument("--out", type=Path, default=Path(name), help=text)
    parser.add_argument("--force", action="store_true", help="overwrite that file")


@contextmanager
def checkpoint_beside(out: Path, force: bool) -> Iterator[Path]:
    """Where a command keeps its checkpoint while it trains and writes ``out``; then it is removed.

    Raises
    ------
    ValueError
        If ``out`` exists and is not to be overwritten.
    OSError
        If the folder cannot be written: found out now, not after the training.
    """
    if out.exists() and not force:
        raise ValueError(f"--out {out} exists already; give another name, or --force")
    checkpoint = out.with_name(f"{out.name}.checkpoint")
    probe = checkpoint.with_name(f"{checkpoint.name}.probe")
    write_atomically(probe, b"")
    probe.unlink()
    if checkpoint.exists():
        print(f"Going on from {checkpoint}.")
    try:
        yield checkpoint
        checkpoint.unlink(missing_ok=True)
    except (KeyboardInterrupt, SystemExit):
        if out.exists() and not force:  # files appear whole
            checkpoint.unlink(missing_ok=True)
            print(f"\nStopped, but {out} is finished.")
        elif checkpoint.exists():
            print(f"\nStopped. The same command goes on from {checkpoint}.")
        raise
