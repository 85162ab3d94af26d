"""In words: which rows of mice's tables are left out, and what is odd about the rest."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from .record import Mouse, MouseDataWarning, Rejected


def warn_of(mice: Iterable[Mouse], whose: str) -> None:
    """Warn of rows that were left out, of times that were, and of what cannot be."""
    mice = list(mice)
    rejected = [one for mouse in mice for one in mouse.rejected]
    n_negative = sum(mouse.n_times_negative for mouse in mice)
    said = doubts_of(mice)
    if n_negative:
        said.insert(0, f"negative reaction times are left out: {n_negative:,}")
    if rejected:
        n_rows = sum(mouse.n_trials for mouse in mice) + len(rejected)
        said.insert(0, left_out(rejected, n_rows))
    if said:
        warnings.warn(f"{whose}: {'; '.join(said)}", MouseDataWarning, stacklevel=3)


def doubts_of(mice: Sequence[Mouse]) -> list[str]:
    """What cannot be as it stands, with the mouse's name where there are several."""
    several = len(mice) > 1
    return [f"{mouse.agent}: " * several + doubt for mouse in mice for doubt in mouse.doubts]


def left_out(rejected: Sequence[Rejected], n_rows: int) -> str:
    """How many rows are left out, for which reasons, and what stands there."""
    reasons = ", ".join(counts(rejected))
    return f"{len(rejected):,} of {n_rows:,} rows are left out: {reasons}"


def counts(rejected: Iterable[Rejected]) -> list[str]:
    """For each reason how many rows there are, and the most frequent values that stand there."""
    values: dict[str, dict[float | None, int]] = {}
    for one in rejected:
        of_reason = values.setdefault(one.reason, {})
        value = None if one.value is None else float(f"{one.value:.6g}")
        of_reason[value] = of_reason.get(value, 0) + 1
    lines = []
    for reason, found in values.items():
        most = sorted((value for value in found if value is not None), key=lambda v: -found[v])
        got = ", ".join(f"{value:g}" for value in most[:4]) + ", …" * (len(most) > 4)
        lines.append(f"{sum(found.values()):,} because {reason}" + f" (got {got})" * bool(most))
    return lines
