"""Sentences with numbers: computed where they stand, or checked against what was measured.

``book/said.yml`` lists the sentences of pages and notebooks that repeat a measured number and
cannot compute it where they stand, and the files that repeat how each paper fared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core import checks
from .claim import as_printed
from .loading import read_yaml
from .results import Result
from .summaries import sentences
from .tables import number_text, one_line

SAID = Path("book", "said.yml")
MATCHES_SHIPPED = "training.matches_shipped"  # 1.0 if training here gives the shipped network
VALUES = {
    "measured": lambda result: result.measured,
    "low": lambda result: result.interval[0],
    "high": lambda result: result.interval[1],
    "lowest": lambda result: min(result.in_networks),
    "highest": lambda result: max(result.in_networks),
}


class Sentence(str):
    """Text that shows itself as Markdown at the end of a notebook cell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


def said(text: str) -> Sentence:
    """A sentence whose numbers this run computed, at the end of a notebook cell.

    Raises
    ------
    ValueError
        If it is empty, a number in it is not finite, or it has a formula, which a page would show
        as it is typed.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"text must be a sentence, got {text!r}")
    if "$" in text:
        raise ValueError(f"text must have symbols as *x* and not between $, got {text!r}")
    words = {word.strip(".,;:()").lower() for word in text.split()}
    if found := words & {"nan", "inf", "-inf"}:
        raise ValueError(f"text must have finite numbers, got {min(found)} in {text!r}")
    return Sentence(text)


@dataclass(frozen=True, kw_only=True)
class Said:
    """A number in a sentence, and the measurement that it repeats.

    Parameters
    ----------
    file : str
        Path of the page or notebook (its ``.py``) in the repository.
    says : str
        The words that hold the number, as they stand there but for line breaks.
    number : str
        As it is written in ``says``, where it stands once; its last digit is the tolerance.
    claim : str
        Id of the measurement.
    value : str
        Which number of it: one of `VALUES`, the measured one, an end of its interval, or the
        lowest or highest of the networks.
    times : float
        What the measured number is multiplied by, e.g. 100 for percent.

    Raises
    ------
    ValueError
        Naming the field.
    """

    file: str
    says: str
    number: str
    claim: str
    value: str = "measured"
    times: float = 1.0

    def __post_init__(self):
        for field in ("file", "says", "number", "claim"):
            if not isinstance(getattr(self, field), str) or not getattr(self, field).strip():
                raise ValueError(f"{field} must be text, got {getattr(self, field)!r}")
        if not re.fullmatch(r"[-−]?\d*\.?\d+", self.number):
            raise ValueError(f"number must be a quoted decimal number, got {self.number!r}")
        if len(re.findall(rf"(?<![\d.]){re.escape(self.number)}(?!\d)", self.says)) != 1:
            raise ValueError(f"says must hold the number {self.number} once, got {self.says!r}")
        checks.choice("value", self.value, VALUES)
        checks.number("times", self.times)

    def complaint(self, text: str, result: Result) -> str | None:
        """What is wrong with it, given the file's text and the measurement."""
        if one_line(self.says) not in text:
            return f"{self.file} does not say {self.says!r}; mend {SAID}"
        if result.verdict == "not judged":
            return None
        try:
            measured = self.times * VALUES[self.value](result)
        except (TypeError, ValueError):
            return f"{SAID}: {self.claim} has no {self.value} value"
        written, half_digit = as_printed(self.number)
        if abs(measured - written) <= half_digit * (1 + 1e-9):
            return None
        return (
            f"{self.file} says {self.says!r}, but {self.claim} ({self.value}) is "
            f"{number_text(measured)}"
        )


def load_said(root: Path) -> tuple[list[str], list[Said]]:
    """The files that repeat how each paper fared, and the sentences that repeat a number.

    Raises
    ------
    ValueError
        Names the file, the entry and the field.
    """
    path = root / SAID
    content = read_yaml(path)
    if not isinstance(content, Mapping) or set(content) != {"summaries", "numbers"}:
        raise ValueError(f"{path} must have the lists summaries and numbers")
    numbers = []
    for position, entry in enumerate(content["numbers"] or [], start=1):
        try:
            numbers.append(Said(**entry))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}, number {position}: {error}") from error
    return list(content["summaries"] or []), numbers


def check_said(results: Sequence[Result], root: Path) -> list[str]:
    """One sentence for each that does not say what was measured.

    How a paper fared is compared once all of its statements were judged, and on processors that
    give the shipped networks to the bit: on others a number may fall on the other side of an edge.

    Parameters
    ----------
    results : sequence of Result
    root : path
        Of the repository.

    Raises
    ------
    ValueError
        As of :func:`load_said`; a file or a claim that there is not.
    """
    summaries, numbers = load_said(root)
    texts: dict[str, str] = {}

    def text_of(file: str) -> str:
        if file not in texts:
            if not (root / file).is_file():
                raise ValueError(f"{root / SAID} names {file}, which is not there")
            lines = (root / file).read_text(encoding="utf-8")
            texts[file] = one_line(re.sub(r"(?m)^#[ \t]?", "", lines))
        return texts[file]

    wrong, by_id = [], {result.claim.id: result for result in results}
    for entry in numbers:
        if entry.claim not in by_id:
            raise ValueError(f"{root / SAID} names the claim {entry.claim}, which is not there")
        if complaint := entry.complaint(text_of(entry.file), by_id[entry.claim]):
            wrong.append(complaint)
    trained = by_id.get(MATCHES_SHIPPED)
    if trained is not None and trained.measured not in (None, 1.0):
        summaries = []
    for file in summaries:
        for paper, sentence in sentences(results).items():
            judged = [r.verdict != "not judged" for r in results if r.claim.paper == paper]
            if all(judged) and sentence not in text_of(file):
                wrong.append(f"{file} must say {sentence!r}")
    return wrong
