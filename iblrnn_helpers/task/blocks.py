"""Blocks of one's own: their kinds, how long each lasts, and which follows which.

A session is a chain of blocks.  The next block's kind depends on the last one's kind alone, and its
length on its own kind alone: a semi-Markov chain, of which
:class:`iblrnn_helpers.agents.semi_markov.SemiMarkovPrior` is the exact filter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..core import checks

Law = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Blocks:
    """Kinds of blocks, for ``TaskParams(blocks=...)``.

    Parameters
    ----------
    p_right : (n_kinds,) float
        P(stimulus right) in a block of each kind, in [0, 1].
    first : (n_kinds,) float, optional
        P(kind of a session's first block); all equally likely if not given.
    following : (n_kinds, n_kinds) float, optional
        Row k: P(kind of the next block) after one of kind k.  If not given, each of the
        others is equally likely, as one of two kinds is certain to follow the other.
    lengths : (n_kinds,) sequence, optional
        The law of each kind's lengths, in trials: None for the law of the task's own fields
        (``min_block_length``, ``max_block_length``, ``hazard``, ``block_law``), a whole number for
        that very length, or probabilities by length, as a dict, a pandas Series or pairs.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.

    Notes
    -----
    A block's side, -1, 0 or +1, is that on which its stimuli are more frequent: 0 in unbiased
    blocks, in which no trial is concordant or discordant.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> short = ibl.task.Blocks([0.1, 0.5, 0.7], lengths=[{2: 0.5, 3: 0.5}, 4, 5])
    >>> task = ibl.TaskParams(blocks=short, strengths=[0, 1], strength_probabilities=[0.2, 0.8])
    >>> trials = ibl.sample_trials(task, n_sessions=1, n_blocks=4, seed=0)
    >>> trials.block_side[trials.block_start], trials.block_lengths
    (array([ 0, -1,  0, -1], dtype=int8), array([4, 3, 4, 3]))
    """

    p_right: tuple[float, ...]
    # None only until they are made whole.
    first: tuple[float, ...] = None  # pyright: ignore[reportAssignmentType]
    following: tuple[tuple[float, ...], ...] = None  # pyright: ignore[reportAssignmentType]
    lengths: tuple[Law | None, ...] = None  # pyright: ignore[reportAssignmentType]

    def __post_init__(self):
        p_right = _numbers("blocks p_right", self.p_right)
        n = len(p_right)
        first = [1 / n] * n if self.first is None else self.first
        following = self.following
        if following is None:
            others = 1 - np.eye(n) if n > 1 else np.ones((1, 1))
            following = (others / others.sum(axis=1, keepdims=True)).tolist()
        lengths = [None] * n if self.lengths is None else self.lengths
        following = _items("blocks following", following, n)
        put = {
            "p_right": p_right,
            "first": probabilities("blocks first", first, n),
            "following": tuple(probabilities("blocks following", row, n) for row in following),
            "lengths": tuple(map(_law, _items("blocks lengths", lengths, n))),
        }
        for name, value in put.items():
            object.__setattr__(self, name, value)

    @classmethod
    def ibl(cls) -> Blocks:
        """Those of the International Brain Laboratory's mice: unbiased, then left and right.

        90 trials with even odds; then blocks of P(stimulus right) 0.2 and 0.8, which alternate and
        begin with either.  Their lengths follow the task's own law.  The laboratory's is
        exponential of scale 60, cut at 20 and 100: ``TaskParams(hazard=1 / 60)`` but for rounding.

        Source: The International Brain Laboratory et al. 2021, *eLife* 10:e63711.
        """
        following = ((0.0, 0.5, 0.5), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
        return cls((0.5, 0.2, 0.8), (1.0, 0.0, 0.0), following, (((90, 1.0),), None, None))

    @classmethod
    def of(cls, value) -> Blocks:
        """The blocks that something stands for.

        Parameters
        ----------
        value : Blocks, mapping or str
            Fields by name; as text ``"ibl"``, or the fields in JSON.

        Raises
        ------
        ValueError
            If it stands for none.
        """
        if isinstance(value, str) and value != "ibl":
            try:
                value = json.loads(value)
            except json.JSONDecodeError:
                raise ValueError(f"{_KINDS_OF_BLOCKS}, got {value!r:.80}") from None
        if isinstance(value, str):
            return cls.ibl()
        if isinstance(value, cls):
            return value
        names = {field.name for field in fields(cls)}
        if not isinstance(value, Mapping) or not {"p_right"} <= value.keys() <= names:
            raise ValueError(f"{_KINDS_OF_BLOCKS}, got {value!r:.80}")
        return cls(**value)

    @property
    def n_kinds(self) -> int:
        return len(self.p_right)

    @property
    def sides(self) -> np.ndarray:
        """(n_kinds,) int8: -1 left, +1 right, 0 where both are equally likely, up to rounding."""
        return checks.signs(np.subtract(self.p_right, 0.5))

    @property
    def numbers(self) -> np.ndarray:
        """(n,) float: all that they are, in one row, which tells apart those that differ."""
        laws = [np.append(len(law or ()), np.ravel(law or ())) for law in self.lengths]
        return np.hstack([self.p_right, self.first, np.ravel(self.following), *laws])

    def kind_of(self, block_side: np.ndarray) -> np.ndarray:
        """(n_trials,) int16: the kind of blocks of these sides.

        Raises
        ------
        ValueError
            If no kind has a side, or more than one has it.
        """
        kind = np.empty(np.shape(block_side), dtype=np.int16)
        for side in np.unique(block_side):
            found = np.flatnonzero(self.sides == side)
            if len(found) != 1:
                raise ValueError(
                    f"block_side must be that of one kind of blocks, or block_kind be given: "
                    f"{side} is that of {len(found)} of p_right {self.p_right}"
                )
            kind[block_side == side] = found[0]
        return kind


_KINDS_OF_BLOCKS = (
    "blocks must be task.Blocks, 'ibl', or p_right and if you like first, following and lengths, "
    "in a dict or in JSON"
)


def draw_chain(blocks: Blocks, laws, shape: tuple[int, int], rng) -> tuple[np.ndarray, np.ndarray]:
    """Lengths, in trials, and kinds of blocks (n_sessions, n_blocks).

    ``laws`` are lengths and probabilities of each kind, ``rng`` a numpy Generator.
    """
    uniform = rng.random(shape)
    kinds, lengths = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    kinds[:, 0] = drawn(blocks.first, uniform[:, 0])
    for k in range(1, shape[1]):
        for last in range(blocks.n_kinds):
            after = kinds[:, k - 1] == last
            kinds[after, k] = drawn(blocks.following[last], uniform[after, k])
    uniform = rng.random(shape)
    for kind, (possible, shares) in enumerate(laws):
        lengths[kinds == kind] = possible[drawn(shares, uniform[kinds == kind])]
    return lengths, kinds


def told_blocks(
    session: np.ndarray, number: np.ndarray, probability: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Session, block and trial_in_block as a table tells them: a block ends where P changes.

    Parameters
    ----------
    session, number : (n_trials,)
        Of each trial; another session begins where the former changes.
    probability : (n_trials,) float
        Of a stimulus on the left.
    """
    new_session = np.diff(session, prepend=np.nan) != 0
    new = new_session | (np.diff(probability, prepend=np.nan) != 0)
    index, block = np.cumsum(new_session) - 1, np.cumsum(new) - 1  # through all sessions
    return index, block - block[new_session][index], number - number[new][block]


def drawn(shares, uniform: np.ndarray) -> np.ndarray:
    """Numbers from 0 of these probabilities, of uniform ones in [0, 1)."""
    sums = np.cumsum(shares)
    return np.searchsorted(sums / sums[-1], uniform, "right")  # the last sum is 1 exactly


def probabilities(field: str, values, n: int) -> tuple[float, ...]:
    """So many probabilities that add up to 1, but for rounding.

    Raises
    ------
    ValueError
        If they are not.
    """
    found = _numbers(field, values)
    if len(found) != n or not checks.near(np.sum(found), 1.0):
        raise ValueError(f"{field} must be {n} probabilities of sum 1, got {values!r:.200}")
    return found


def in_order(values) -> bool:
    """Whether these are values in an order: of a dict the names would be taken, a set has none."""
    return isinstance(values, Iterable) and not isinstance(values, Mapping | Set)


def _items(field: str, values, n: int | None = None) -> list:
    items = [] if isinstance(values, str) or not in_order(values) else list(values)
    if not items or n not in (None, len(items)):
        allowed = "one value or more" if n is None else f"{n} values, one for each kind"
        raise ValueError(f"{field} must be {allowed}, got {values!r:.200}")
    return items


def _numbers(field: str, values) -> tuple[float, ...]:
    return tuple(checks.number(field, one, low=0, high=1) for one in _items(field, values))


def _law(given) -> Law | None:
    """The probability of every length that has one, shortest first; None for the task's own law."""
    field = "blocks lengths"
    if given is None:
        return None
    if isinstance(given, int | np.integer):
        given = {given: 1.0}
    pairs: Any = given
    if callable(getattr(given, "items", None)):  # of a dict or a pandas Series
        pairs = given.items()
    pairs = list(pairs) if isinstance(pairs, Iterable) else [pairs]
    if not pairs or not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise ValueError(
            f"{field} must be a whole number, or probabilities by length in a dict or in pairs, "
            f"got {given!r:.200}"
        )
    # Lengths in JSON are text.
    whole = [int(n) if isinstance(n, str) and n.isdecimal() else n for n, _ in pairs]
    whole = [checks.integer(field, n, low=1) for n in whole]
    if len(set(whole)) < len(whole):
        raise ValueError(f"{field} must name every length once, got {given!r:.200}")
    shares = probabilities(f"{field} of a kind", [p for _, p in pairs], len(pairs))
    return tuple(sorted((n, p) for n, p in zip(whole, shares, strict=True) if p > 0))
