"""Sentences with numbers: computed where they stand, or checked against what was measured."""

from __future__ import annotations


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
        If it is empty, or a number in it is not finite.
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"text must be a sentence, got {text!r}")
    words = {word.strip(".,;:()").lower() for word in text.split()}
    if found := words & {"nan", "inf", "-inf"}:
        raise ValueError(f"text must have finite numbers, got {min(found)} in {text!r}")
    return Sentence(text)
