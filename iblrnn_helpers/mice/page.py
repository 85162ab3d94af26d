"""The mice of a notebook's page, and what the page says of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from html import escape

import numpy as np

from .extract import N_SESSIONS, load_extract
from .load import FOLDER_VARIABLE, HOW_TO_GET, MiceNotFoundError, load_mice
from .record import MouseDataWarning, counts, doubts_of


class PageMice(dict):
    """Mice by name; shows itself in a notebook as what was loaded.

    Attributes
    ----------
    why_extract : str
        Why these are only the extract's sessions; empty if all are here.
    """

    why_extract = ""

    @property
    def n_trials(self) -> int:
        return sum(mouse.n_trials for mouse in self.values())

    @property
    def n_sessions(self) -> int:
        return sum(mouse.trials.n_sessions for mouse in self.values())

    @property
    def are_all(self) -> bool:
        """Whether these are all trials that were published of these mice."""
        return not self.why_extract

    @property
    def in_words(self) -> str:
        """How many mice, sessions and trials these are."""
        return (
            f"{len(self)} {'mouse' if len(self) == 1 else 'mice'}, {self.n_sessions:,} sessions, "
            f"{self.n_trials:,} trials"
        )

    def lines(self) -> list[str]:
        """What there is to say: a title, and what follows."""
        mice = list(self.values())
        rejected = [one for mouse in mice for one in mouse.rejected]
        of_rows = [f"Rejected rows: {len(rejected):,}", *counts(rejected)]
        of_rows += [f"for example {one.file}, line {one.line}" for one in rejected[:1]]
        n_none = sum(mouse.timed_out.sum() for mouse in mice)
        n_unknown = sum((np.isnan(mouse.reaction_time) & ~mouse.timed_out).sum() for mouse in mice)
        n_negative = sum(mouse.n_times_negative for mouse in mice)
        which, why = "all that were published", []
        if not self.are_all:
            which = (
                f"the extract that ships, the last {N_SESSIONS} sessions with blocks of a mouse, "
                "or as many as it has"
            )
            why = [
                f"All sessions are used where they can be downloaded, or where "
                f"{FOLDER_VARIABLE} names their folder. Not in this run: {self.why_extract}."
            ]
        return [
            f"{self.in_words} ({which})",
            "; ".join(of_rows) + ".",
            f"Trials without a choice, kept as time-outs: {n_none:,}. Choices without a known "
            f"reaction time: {n_unknown:,}, of these {n_negative:,} because it is negative in the "
            "file.",
            *(f"{doubt}." for doubt in doubts_of(mice)),
            *why,
        ]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        title, *lines = map(escape, self.lines())
        style = (
            "border: 1px solid #009E73; border-left-width: 6px; padding: 0.5em 1em; "
            "overflow-wrap: anywhere"  # long paths on a phone
        )
        body = "".join(f"<p>{line}</p>" for line in lines)
        return f'<div style="{style}"><strong>{title}</strong>{body}</div>'


def mice_for_page(names: Sequence[str] | None = None, *, extract: bool = False) -> PageMice:
    """All trials of the mice; the extract's, instead of an error, if they cannot be had.

    Parameters
    ----------
    names : sequence of str, or str, optional
        Those of :func:`.load.load_mice`, and so are errors, but for the one of data that are not
        here: what is there and wrong is an error on a page, too.
    extract : bool
        The extract in any case.
    """
    why = "only the extract was asked for"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MouseDataWarning)  # the page says the same
        if not extract:
            try:
                return PageMice(load_mice(mice=names))
            except MiceNotFoundError as error:
                why = str(error).removesuffix(f". {HOW_TO_GET}")  # what follows is how to get them
        found = PageMice(load_extract(names))
    found.why_extract = why
    return found
