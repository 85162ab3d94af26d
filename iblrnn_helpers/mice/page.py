"""What a page says of the mice's data: what was loaded, or how to get them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from html import escape

from .cleaning import counts, doubts_of
from .load import MiceNotFoundError, load_mice
from .record import Mouse, MouseDataWarning


class Note:
    """A few lines that show themselves as a box in a notebook."""

    def __init__(self, title: str, lines: Sequence[str], missing: bool):
        self.title, self.lines, self.missing = title, tuple(lines), missing

    def __repr__(self) -> str:
        return "\n".join((self.title, *self.lines))

    def _repr_html_(self) -> str:
        colour = "#D55E00" if self.missing else "#009E73"
        body = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        style = f"border: 1px solid {colour}; border-left-width: 6px; padding: 0.5em 1em"
        return f'<div style="{style}"><strong>{escape(self.title)}</strong>{body}</div>'


class PageMice(dict):
    """Mice by name, and what there is to say of them; empty if the data cannot be had.

    Attributes
    ----------
    why_missing : str
        Empty if they are here.
    """

    why_missing: str = ""

    def note(self) -> Note:
        """What was loaded, or how to get it."""
        if not self.why_missing:
            return Note(_counts(self), _rejections(self), missing=False)
        return Note(
            "The mice's data are not here, so this page has no numbers and no figures.",
            (
                "Its words tell what a run with the data found. Where there is a network, such a "
                "run downloads them (61 MB, once).",
                f"This time {self.why_missing}.",
            ),
            missing=True,
        )


def mice_for_page(names: Sequence[str] | None = None) -> PageMice:
    """The mice; none, instead of an error, if their data cannot be had.

    Parameters
    ----------
    names : sequence of str, optional
        As for :func:`.load.load_mice`; all where omitted.

    Raises
    ------
    ValueError, DamagedFileError
        As :func:`.load.load_mice`: what is there and wrong is an error on a page, too.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MouseDataWarning)  # the note says the same
            return PageMice(load_mice(mice=names))
    except MiceNotFoundError as error:
        none = PageMice()
        none.why_missing = str(error)
        return none


def _counts(mice: Mapping[str, Mouse]) -> str:
    n_trials = sum(len(mouse.trials) for mouse in mice.values())
    n_sessions = sum(mouse.trials.n_sessions for mouse in mice.values())
    animals = "1 mouse" if len(mice) == 1 else f"{len(mice)} mice"
    return f"{animals}, {n_sessions:,} sessions, {n_trials:,} trials"


def _rejections(mice: Mapping[str, Mouse]) -> list[str]:
    rejected = [one for mouse in mice.values() for one in mouse.rejected]
    lines = [f"Rejected rows: {len(rejected):,}", *counts(rejected)]
    if rejected:
        lines.append(f"for example {rejected[0].file}, line {rejected[0].line}")
    negative = sum(mouse.n_times_negative for mouse in mice.values())
    unknown = sum(
        int(((mouse.choice != 0) & (mouse.reaction_time != mouse.reaction_time)).sum())
        for mouse in mice.values()
    )
    none = sum(int(mouse.timed_out.sum()) for mouse in mice.values())
    return [
        "; ".join(lines) + ".",
        f"Trials without a choice, kept as time-outs: {none:,}. Choices without a known reaction "
        f"time: {unknown:,}, of these {negative:,} because it is negative in the file.",
        *(f"{doubt}." for doubt in doubts_of(list(mice.values()))),
    ]
