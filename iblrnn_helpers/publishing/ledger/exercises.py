"""Exercises: what a solution finds, and whether it is so in this run.

The solutions are hidden cells at the end of each notebook, run with all its other cells. Each ends
with `answer`, which writes one small JSON file beside the measured claims; ``iblrnn claims
--check`` reads them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import numpy as np

from ...core.checks import check_profile
from ...core.files import DamagedFileError, write_atomically
from .results import results_folder


@dataclass(frozen=True)
class Answer:
    """The answer to an exercise; at the end of a notebook cell it shows itself.

    Parameters
    ----------
    exercise : str
        The notebook's number and the exercise's, as ``"08.2"``.
    finding : str
        The answer in words, with the numbers of this run.
    holds : bool
        Whether this run found what the answer says.
    profile : str
        The run's profile; nothing is judged at ``smoke``.

    Raises
    ------
    ValueError
        If one of these is something else.
    """

    exercise: str
    finding: str
    holds: bool
    profile: str

    def __post_init__(self):
        if not isinstance(self.exercise, str) or not re.fullmatch(r"\d\d\.[1-9]", self.exercise):
            raise ValueError(f"exercise must be like '08.2', got {self.exercise!r}")
        if not isinstance(self.finding, str) or not self.finding.strip():
            raise ValueError(f"finding must be a sentence, got {self.finding!r}")
        if type(self.holds) is not bool:
            raise ValueError(f"holds must be True or False, got {self.holds!r}")
        check_profile(self.profile)

    @property
    def verdict(self) -> str:
        """``holds``, ``does not hold``, or ``not judged`` (smoke profile)."""
        if self.profile == "smoke":
            return "not judged"
        return "holds" if self.holds else "does not hold"

    def _parts(self) -> tuple[str, str]:
        starts = {
            "holds": "Checked in this run.",
            "does not hold": "Not so in this run.",
            "not judged": "Not judged at the smoke profile.",
        }
        return starts[self.verdict], self.finding

    def __repr__(self) -> str:
        return " ".join(self._parts())

    def _repr_html_(self) -> str:
        start, finding = map(escape, self._parts())
        return f'<p class="answer"><strong>{start}</strong> {finding}</p>'


def answer(exercise: str, finding: str, holds, *, profile: str) -> Answer:
    """Write down the answer to an exercise and show it.

    Parameters
    ----------
    exercise, finding, profile
        As for `Answer`.
    holds : bool or numpy.bool

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        As `Answer`. Nothing is written then.
    OSError
        The results' folder cannot be written.
    """
    given = Answer(
        exercise, finding, bool(holds) if isinstance(holds, np.bool_) else holds, profile
    )
    text = json.dumps(asdict(given), indent=2, ensure_ascii=False) + "\n"
    write_atomically(results_folder() / f"exercise-{exercise}.json", text)
    return given


def answers(folder: str | os.PathLike | None = None) -> tuple[Answer, ...]:
    """The answers that runs have left, in order.

    Raises
    ------
    files.DamagedFileError
        A file cannot be read as an answer; names the file.
    """
    return tuple(map(_read, sorted(results_folder(folder).glob("exercise-*.json"))))


def summary(answers: Sequence[Answer]) -> str:
    """How many answers hold, in one line."""
    verdicts = [answer.verdict for answer in answers]
    return (
        f"{verdicts.count('holds')} answers hold, {verdicts.count('does not hold')} do not, "
        f"{verdicts.count('not judged')} not judged"
    )


def check(answers: Sequence[Answer]) -> list[str]:
    """One sentence for each answer that does not hold."""
    return [
        f"the answer to exercise {answer.exercise} does not hold: {answer.finding}"
        for answer in answers
        if answer.verdict == "does not hold"
    ]


def _read(path: Path) -> Answer:
    try:
        return Answer(**json.loads(path.read_bytes()))
    except (TypeError, ValueError) as error:
        raise DamagedFileError(
            f"{path} is damaged: {error}. Delete it and run its notebook again"
        ) from error
