"""One entry of the ledger: what it is, what was published, which measurements agree with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...core import checks

PAPERS = {
    "schaeffer2020": "Schaeffer et al. (2020)",
    "chalk2021": "Chalk et al. (2021)",
    "torre2025": "Torre et al. (2025)",
    "sussillo2013": "Sussillo & Barak (2013)",
    "ibl2021": "International Brain Laboratory (2021)",
    "findling2025": "Findling et al. (2025)",
}
STATED = {
    "stated-number": "a number that the paper prints, or shows in a figure",
    "stated-ordering": "something that the paper says is larger, faster, similar, present",
    "stated-explanation": "a cause that the paper gives",
}
KINDS = {
    **STATED,
    "derived": "what follows from a statement of the paper, or from its method",
    "counterfactual": "a statement of the paper under another reading or condition",
    "prototype": "agreement with another implementation of this project",
    "own": "a finding of this book",
    "test": "true by construction, or a test of the code",
}
VERDICTS = ("agrees", "close", "holds", "at the edge", "differs")
SOURCES_OF_CHANCE = ("trials", "networks", "recordings", "sequences", "mice")
_ROUNDING = 1e-9  # a value on the edge of the accepted range is inside it
EDGE = 2  # half-widths of the interval: two draws of trials differ by less in 99 of 100


@dataclass(frozen=True, kw_only=True)
class Claim:
    """
    An entry: a statement that can be measured, where it comes from, and what agrees with it.

    Parameters
    ----------
    id : str
        Short and dotted, e.g. ``claim1.rnn_correct``.
    kind : str
        One of `KINDS`.
    paper : str
        One of `PAPERS`; of an entry of our own, the paper that it bears on.
    source : str
        Section or figure of the paper, or what else the entry comes from.
    statement : str
        One sentence, in our own words.
    unit : str
    reason : str
        Why this tolerance or range.
    notebook : str
        The notebook that measures it.
    over : str, optional
        What the value depends on by chance, and its interval or its range over networks must
        therefore cover: words of `SOURCES_OF_CHANCE` joined by *and*, or ``nothing``.  What a
        paper states, and what varies it, must say so.
    networks : int
        Over how many networks the value is taken; 1 is the main network.
    published : float, optional
        What the paper prints or shows; only of stated numbers and of their counterfactuals.
    half_digit : float
        Half a unit of the last digit of `published`.
    from_figure : bool
        `published` is read off a figure.
    target : float, optional
        A number that the measurement should meet and that no paper states.
    tolerance : float, optional
        The band is ± `tolerance` around `published` or `target`.  Either this or `range`.
    range : (float, float), optional
        The band is [low, high].
    of : str, optional
        Id of the stated entry that a counterfactual varies; it lends it `published` and its band.
    figure : str, optional
        Name of the figure of the notebook that shows it.
    after_look : bool
        The band was set, or the entry written, after a first look at the values.
    declared : mapping, optional
        ``{verdict: differs, reason: …}`` for a difference that we know and explain, or with
        ``at the edge`` for a verdict that other trials may turn.
    needs : str, optional
        What a build may lack, and then does not measure the claim, e.g. ``mouse data``.

    Raises
    ------
    ValueError
        Naming the claim, the field and what is wrong with it.
    """

    id: str
    kind: str
    paper: str
    source: str
    statement: str
    unit: str
    reason: str
    notebook: str
    over: str | None = None
    networks: int = 1
    published: float | None = None
    half_digit: float = 0.0
    from_figure: bool = False
    target: float | None = None
    tolerance: float | None = None
    range: tuple[float, float] | None = None
    of: str | None = None
    figure: str | None = None
    after_look: bool = False
    declared: dict[str, str] | None = None
    needs: str | None = None

    def __post_init__(self):
        if not isinstance(self.id, str) or not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", self.id):
            raise ValueError(f"claim id must be dotted lower-case words, got {self.id!r}")
        for name in ("source", "statement", "unit", "reason", "notebook"):
            _text(f"{self.id}: {name}", getattr(self, name))
        for name in ("of", "figure", "needs"):
            if getattr(self, name) is not None:
                _text(f"{self.id}: {name}", getattr(self, name))
        checks.choice(f"{self.id}: kind", self.kind, KINDS)
        checks.choice(f"{self.id}: paper", self.paper, PAPERS)
        checks.integer(f"{self.id}: networks", self.networks, low=1)
        for name in ("from_figure", "after_look"):
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"{self.id}: {name} must be true or false")
        chance_of(f"{self.id}: over", self.over)
        if self.over is None and self.kind in (*STATED, "counterfactual"):
            raise ValueError(f"{self.id}: over must say what the value depends on by chance")
        self._check_numbers()
        self._check_declared()

    def _check_numbers(self):
        numbers = {
            name: checks.number(f"{self.id}: {name}", value)
            for name in ("published", "target")
            if (value := getattr(self, name)) is not None
        }
        varies = self.kind == "counterfactual"
        if varies != (self.of is not None):
            raise ValueError(f"{self.id}: of must name a stated entry for a counterfactual only")
        if self.published is not None and not (varies or self.kind == "stated-number"):
            raise ValueError(
                f"{self.id}: published is for stated numbers; a number that no paper states is a "
                "target"
            )
        if self.kind == "stated-number" and self.published is None:
            raise ValueError(f"{self.id}: a stated number needs published")
        if self.kind in STATED and self.target is not None:
            raise ValueError(f"{self.id}: target is for what no paper states")
        if (self.tolerance is None) == (self.range is None):
            raise ValueError(f"{self.id}: give either tolerance or range")
        if self.tolerance is not None:
            if not numbers:
                raise ValueError(f"{self.id}: tolerance needs a number; give a range")
            where = f"{self.id}: tolerance"
            numbers["tolerance"] = checks.number(where, self.tolerance, above=0)
        else:
            numbers["range"] = ordered_pair(f"{self.id}: range", self.range)
        vars(self).update(numbers)  # frozen for everybody else

    def _check_declared(self):
        if (declared := self.declared) is None:
            return
        if not isinstance(declared, dict) or set(declared) != {"verdict", "reason"}:
            raise ValueError(f"{self.id}: declared must have verdict and reason, got {declared!r}")
        allowed = ["differs", "at the edge"]
        checks.choice(f"{self.id}: declared verdict", declared["verdict"], allowed)
        _text(f"{self.id}: declared reason", declared["reason"])

    @property
    def number(self) -> float | None:
        """What was published, or else the target; None for an ordering."""
        return self.target if self.published is None else self.published

    @property
    def accepted(self) -> tuple[float, float]:
        """The band: lowest and highest value that still count."""
        if self.range is not None:
            return self.range
        return self.number - self.tolerance, self.number + self.tolerance

    def accepts(self, value: float) -> bool:
        """Whether a value lies in the band."""
        low, high = self.accepted
        return low - _ROUNDING <= value <= high + _ROUNDING

    def verdict(
        self,
        value: float,
        interval: tuple[float, float] | None = None,
        in_networks: Sequence[float] = (),
    ) -> str:
        """What a measurement says of the entry: one of `VERDICTS`.

        Parameters
        ----------
        value : float
        interval : (float, float), optional
            95% interval of it.
        in_networks : sequence of float
            The same quantity in each network.

        Returns
        -------
        str
            If value, interval and all networks lie in the band: of an ordering ``holds``; of a
            number ``agrees`` where, up to the rounding of its print, it lies in the interval or
            between the networks, else ``close``.  ``at the edge`` if the value is in the band and
            some of the others are not, or if it is not and its interval reaches into the band.
            Else ``differs``, whatever single networks do.
        """
        spans = [(value, value), *([interval] if interval else [])]
        inside = [all(map(self.accepts, span)) for span in spans]
        if not self.accepts(value):
            low, high = self.accepted
            first, last = spans[-1]
            apart = last < low - _ROUNDING or first > high + _ROUNDING
            return "differs" if apart else "at the edge"
        if not all(inside) or not all(map(self.accepts, in_networks)):
            return "at the edge"
        if self.number is None:
            return "holds"
        if len(in_networks):
            spans.append((min(in_networks), max(in_networks)))
        margin = self.half_digit + _ROUNDING
        met = any(low - margin <= self.number <= high + margin for low, high in spans)
        return "agrees" if met else "close"

    def is_near_edge(
        self,
        value: float,
        interval: tuple[float, float] | None = None,
        in_networks: Sequence[float] = (),
    ) -> bool:
        """Whether other trials may turn the verdict: what decides it is near value or networks.

        What decides are the ends of the band, and the number itself, which agrees or is close;
        near is within `EDGE` half-widths of the interval, or half the range over networks.
        """
        if not interval:
            return self.verdict(value, None, in_networks) == "at the edge"
        least, most = min([value, *in_networks]), max([value, *in_networks])
        apart = (most - least) / 2
        low = least - max(EDGE * (value - interval[0]), apart)
        high = most + max(EDGE * (interval[1] - value), apart)
        decisive = list(self.accepted)
        if self.number is not None:
            decisive += [self.number - self.half_digit, self.number + self.half_digit]
        return any(low - _ROUNDING <= end <= high + _ROUNDING for end in decisive)


def chance_of(field: str, over: str | None) -> frozenset[str]:
    """The words of `SOURCES_OF_CHANCE` in ``over``, or a ValueError that names the field."""
    if over is None or over == "nothing":
        return frozenset()
    words = over.split(" and ") if isinstance(over, str) else [over]
    for word in words:
        checks.choice(field, word, SOURCES_OF_CHANCE)
    return frozenset(words)


def as_printed(text: str) -> tuple[float, float]:
    """A decimal number as it was printed, and half a unit of its last digit."""
    decimals = len(text.partition(".")[2])
    return float(text.replace("−", "-")), 0.5 * 10.0**-decimals


def ordered_pair(field: str, value) -> tuple[float, float]:
    """Two finite numbers, the lower first, or a ValueError that names the field."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"{field} must be two numbers [low, high], got {value!r}")
    low, high = (checks.number(field, end) for end in value)
    if low > high:
        raise ValueError(f"{field} must be [low, high] with low ≤ high, got {value!r}")
    return low, high


def _text(field: str, value):
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field} must be a non-empty text, got {value!r}")
