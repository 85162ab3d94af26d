"""What a notebook says at its end: its numbers, written into the ledger and shown as a table."""

from __future__ import annotations

from collections.abc import Mapping

from . import ledger
from .tables import to_html, to_text

NOTHING = "Nothing was measured."


class Report(tuple):
    """Results that show themselves as a table at the end of a notebook cell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return to_text(self) if self else NOTHING

    def _repr_html_(self) -> str:
        return to_html(self) if self else f"<p>{NOTHING}</p>"


def report(
    measured: Mapping[str, float | tuple[float, tuple[float, float] | None]],
    *,
    profile: str,
    detail: str = "",
) -> Report:
    """Record measurements and show them beside the published values.

    Parameters
    ----------
    measured : dict of claim id to value, or to (value, 95% interval or None)
    profile, detail : str
        As for :func:`iblrnn_helpers.claims.ledger.record`.

    Returns
    -------
    Report

    Raises
    ------
    As :func:`iblrnn_helpers.claims.ledger.record`.
    """
    pairs = {
        name: found if isinstance(found, tuple) else (found, None)
        for name, found in measured.items()
    }
    return Report(
        ledger.record(name, value, interval=interval, detail=detail, profile=profile)
        for name, (value, interval) in pairs.items()
    )
