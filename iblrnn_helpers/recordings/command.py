"""``iblrnn report``: which of the network's predictions a recorded session shows."""

from __future__ import annotations

import argparse
import io
import json
import math
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..core import checks
from ..core.files import check_output, write_atomically
from .alf import write_alf_recording
from .files import read_recording
from .measures import Judgement
from .predictions import PREDICTIONS, judgements
from .recording import Recording
from .report_figures import VERDICTS, fig_report

EXAMPLES = """examples:
  iblrnn report --example recorded                   write a recording of the network to try this
  iblrnn report recorded                             a session's folder, as ONE keeps it
  iblrnn report session.nwb --probe Probe00 --good-only
  iblrnn report recorded --out report.json --figure report.png
  iblrnn report recorded --only block_before_stimulus,angle --pseudo 1000

A folder holds a trials table (_ibl_trials.table.pqt, or .npy files of its columns) and, beside or
below it, spikes.times.npy and spikes.clusters.npy. A .nwb file holds units and trials. Trials and
spikes that are of no use are left out, and counted. 100 units and 700 trials take some seconds.
"""
ALPHA = 0.05
SUFFIXES = (".json", ".md")
PICTURES = (".png", ".svg", ".pdf")
_N_BLOCKS, _N_TRIALS = 35, 700  # of the example; so many blocks have 700 trials at least


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``iblrnn report``."""
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("path", nargs="?", type=Path, metavar="PATH", help="a session's folder, or a .nwb file")
    add("--probe", metavar="NAME", help="which, if there are several")
    add("--good-only", action="store_true", help="only units that are noted as good")
    add("--contrasts", metavar="A,B,...", help="that the task has, where the file does not say it")
    sides = "of a stimulus on the left, in each kind of block (default: as noted, or 0.2,0.5,0.8)"
    add("--probabilities", metavar="A,B,...", help=sides)
    lengths = "the shortest and the longest block (default: as noted, or 20,100)"
    add("--block-lengths", metavar="A,B", help=lengths)
    add("--only", metavar="A,B,...", help=f"of {', '.join(PREDICTIONS)} (default: all)")
    add("--pseudo", type=int, default=200, metavar="N", help="draws of each null (default: 200)")
    add("--seed", type=int, default=0, help="of these draws (default: 0)")
    add("--out", type=Path, metavar="FILE", help=f"the report: {' or '.join(SUFFIXES)}")
    add("--figure", type=Path, metavar="FILE", help=f"a picture: {', '.join(PICTURES)}")
    add("--force", action="store_true", help="overwrite these files")
    group = parser.add_argument_group("a synthetic recording")
    group.add_argument("--example", type=Path, metavar="FOLDER", help="write one, with --seed")


def main(args: argparse.Namespace) -> int:
    """Judge a recording, print the report and write what was asked for; or write the example."""
    if (args.path is None) == (args.example is None):
        raise ValueError("give the folder or the file of a session, or --example FOLDER")
    checks.seed("--seed", args.seed)
    if args.example is not None:
        return _example(args)
    checks.integer("--pseudo", args.pseudo, low=19, high=100_000)
    only = list(PREDICTIONS) if args.only is None else _words(args.only)
    for key in only:
        checks.choice("--only", key, PREDICTIONS)
    for field, suffixes in (("out", SUFFIXES), ("figure", PICTURES)):
        if (path := getattr(args, field)) is not None:
            if path.suffix not in suffixes:
                raise ValueError(
                    f"--{field} must end in {' or '.join(suffixes)}, got {str(path)!r}"
                )
            check_output(f"--{field}", path, force=args.force, inputs=[args.path])
    task = {
        field: _numbers(field, given, kind)
        for field, kind in (("contrasts", float), ("probabilities", float), ("block_lengths", int))
        if (given := getattr(args, field)) is not None
    }
    _show("reading")
    recording = read_recording(args.path, probe=args.probe, good_only=args.good_only, **task)
    found = judgements(recording, only=only, n_pseudo=args.pseudo, seed=args.seed, alpha=ALPHA)
    judged = {}
    for number, key in enumerate(dict.fromkeys(only), start=1):
        _show(f"{key}, {number} of {len(only)}")
        judged[key] = next(found)
    _show("")
    if args.out is not None:
        facts = as_facts(recording, judged) | {"n_pseudo": args.pseudo, "seed": args.seed}
        is_json = args.out.suffix == ".json"
        text = json.dumps(facts, indent=2, allow_nan=False) + "\n"
        write_atomically(args.out, text if is_json else as_markdown(recording, judged))
    if args.figure is not None:
        fig_report(judged).savefig(buffer := io.BytesIO(), format=args.figure.suffix[1:])
        write_atomically(args.figure, buffer.getvalue())
    written = [str(path) for path in (args.out, args.figure) if path is not None]
    print(as_text(recording, judged))
    if written:
        print(f"\nWritten: {', '.join(written)}")
    return 0


def as_text(recording: Recording, judged: Mapping[str, Judgement]) -> str:
    """The report as lines of at most 100 characters."""
    said = [line for one in _about(recording) for line in textwrap.wrap(one, 98)]
    lines = [f"{recording.name}: {recording.sizes}", *said, ""]
    for key, one in judged.items():
        lines.append(f"{key}: {VERDICTS[one.seen].upper()}")
        lines += textwrap.wrap(PREDICTIONS[key], 96, initial_indent="  ", subsequent_indent="  ")
        said = one.why if one.seen is None else f"{_measured(one)}: {one.why}"
        lines += textwrap.wrap(said, 96, initial_indent="  ", subsequent_indent="  ")
    return "\n".join([*lines, "", *textwrap.wrap(_note(judged), 98)])


def as_markdown(recording: Recording, judged: Mapping[str, Judgement]) -> str:
    """The report as a table."""
    rows = [["Prediction", "Measured", "Value", "Without it, 95%", "p", "Verdict"], ["---"] * 6]
    for key, one in judged.items():
        numbers = [_number(one.value), _null(one), _p(one)]
        measured = "" if one.seen is None else one.why
        verdict = VERDICTS[one.seen] + f": {one.why}" * (one.seen is None)
        rows.append([PREDICTIONS[key], measured, *numbers, verdict])
    table = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    title, about = f"# {recording.name}: {recording.sizes}", [f"* {o}" for o in _about(recording)]
    return "\n".join([title, "", *about, "", *table, "", _note(judged), ""])


def as_facts(recording: Recording, judged: Mapping[str, Judgement]) -> dict:
    """The report in JSON's types; what is not known is None."""

    def known(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    return {
        "recording": recording.name,
        "correct": float(recording.correct.mean()),
        "n_blocks": len(recording.trials.block_lengths),
        "seconds": recording.duration,
        "n_units": recording.n_units,
        "n_trials": recording.n_trials,
        "n_spikes": len(recording.spike_time),
        "left_out": list(recording.left_out),
        "alpha": ALPHA,
        "predictions": {
            key: {
                "prediction": PREDICTIONS[key],
                "value": known(one.value),
                "null": [known(one.null_low), known(one.null_high)],
                "p": known(one.p),
                "seen": None if one.seen is None else bool(one.seen),
                "why": one.why,
            }
            for key, one in judged.items()
        },
    }


def _about(recording: Recording) -> list[str]:
    """By what a laboratory sees whether its session was read as it was, and what is left out."""
    trials, rate = recording.trials, np.median(recording.rate)
    n_blocks, unbiased = len(trials.block_lengths), np.count_nonzero(~trials.has_side)
    said = (
        f"{recording.correct.mean():.0%} correct; {n_blocks} blocks, {unbiased:,} trials in "
        f"unbiased ones; {recording.duration:,.0f} s; the median unit fires at {rate:.3g} Hz"
    )
    return [said, *(recording.left_out or ["nothing is left out"])]


def _note(judged: Mapping[str, Judgement]) -> str:
    n, unknown = len(judged), sum(one.seen is None for one in judged.values())
    left = f" {unknown} could not be judged." if unknown else ""
    return (
        f"Each of {n} tests finds what is not there in at most {ALPHA:.0%} of recordings. What is "
        "seen is not the network's alone: chapter 25 of the book has agents that show it, too, and "
        "the numbers of units and trials at which it is seen at all. The p of what concerns the "
        "block readout is at least that of the block itself. Answers to stimuli and "
        "choices that outlast their trial pass for a block that evidence moves, and axes that "
        f"overlap for a weight from block to side.{left}"
    )


def _measured(one: Judgement) -> str:
    null, p = _null(one), _p(one)
    known = ", ".join([f"without it {null}"] * bool(null) + [f"p = {p}"] * bool(p))
    return f"{_number(one.value) or 'no number'}{f' ({known})' if known else ''}"


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else ""


def _null(one: Judgement) -> str:
    low, high = _number(one.null_low), _number(one.null_high)
    return f"{low} to {high}" if low and high else ""


def _p(one: Judgement) -> str:
    return f"{one.p:.3f}" if math.isfinite(one.p) else ""


def _words(typed: str) -> list[str]:
    return [one.strip() for one in typed.split(",")]


def _numbers(field: str, typed: str, kind: type) -> list:
    try:
        return [kind(one) for one in _words(typed)]
    except (ValueError, OverflowError) as error:
        option = f"--{field.replace('_', '-')}"
        raise ValueError(f"{option} must be numbers with commas between, got {typed!r}") from error


def _show(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


def _example(args: argparse.Namespace) -> int:
    from ..agents.rnn import RNNAgent
    from ..task.generative_model import TaskParams, sample_trials
    from ..task.rollouts import rollout
    from ..training.store import reference_network
    from .simulate import record

    trials = sample_trials(TaskParams(), n_sessions=1, n_blocks=_N_BLOCKS, seed=args.seed)
    agent = RNNAgent(reference_network().network)
    session = rollout(agent, trials, record_states=True)
    recording = record(session, n_trials=_N_TRIALS, seed=args.seed)
    try:
        folder = write_alf_recording(recording, args.example, overwrite=args.force)
    except ValueError as error:
        said = str(error).replace("another number, or overwrite=True", "another folder, or --force")
        raise ValueError(f"--example: {said}") from error
    print(f"{folder}: {recording}\nJudge it with:\niblrnn report {args.example}")
    return 0
