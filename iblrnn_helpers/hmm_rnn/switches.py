"""Where the most likely symbol of a network changes.

The class of a step is the symbol that is most likely then (the argmax of the
logits); a residence is a stretch of equal class, and a switch a -> b is the first
step of a residence in b that follows one in a.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import checks


@dataclass(frozen=True, eq=False)
class Switches:
    """Switches of class, in the order of sequences and steps.

    Attributes
    ----------
    sequence, step : (n_switches,) int
        The sequence, and its first step in the new class.
    source, target : (n_switches,) int
        Class before and after.
    before, after : (n_switches,) int
        Steps of the residence that ends and of the one that begins, as far as they were seen: those
        at a sequence's beginning and end may be longer.
    """

    sequence: np.ndarray
    step: np.ndarray
    source: np.ndarray
    target: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def __len__(self) -> int:
        return len(self.step)

    def where(self, chosen: np.ndarray) -> Switches:
        """Those of a mask or an index (n_switches,)."""
        return Switches(
            *(
                field[chosen]
                for field in (
                    self.sequence, self.step, self.source, self.target, self.before, self.after
                )
            )
        )  # fmt: skip


def find_switches(
    classes: np.ndarray,
    source: int | None = None,
    target: int | None = None,
    *,
    min_before: int = 1,
    min_after: int = 1,
) -> Switches:
    """Switches between classes, after and before residences of some length.

    Parameters
    ----------
    classes : (n_sequences, n_steps) int
    source, target : int, optional
        Only switches from, and to, this class.
    min_before, min_after : int
        Steps that the class before and the class after must last.

    Returns
    -------
    Switches

    Raises
    ------
    ValueError
        If the classes are no whole numbers (n_sequences, n_steps), or a length is below 1.
    """
    classes = np.asarray(classes)
    if classes.ndim != 2 or classes.dtype.kind not in "iu":
        raise ValueError(
            "classes must be whole numbers (n_sequences, n_steps), "
            f"got {classes.dtype} of shape {classes.shape}"
        )
    checks.integer("min_before", min_before, low=1)
    checks.integer("min_after", min_after, low=1)
    n_steps = classes.shape[1]
    starts = np.ones(classes.shape, dtype=bool)
    starts[:, 1:] = classes[:, 1:] != classes[:, :-1]
    flat = np.flatnonzero(starts)
    length = np.diff(flat, append=classes.size)  # of every residence
    sequence, step = np.divmod(flat, max(n_steps, 1))
    switch = np.flatnonzero(step > 0)  # the others begin a sequence
    found = Switches(
        sequence[switch],
        step[switch],
        classes.ravel()[flat[switch] - 1],
        classes.ravel()[flat[switch]],
        length[switch - 1],
        length[switch],
    )
    keep = (found.before >= min_before) & (found.after >= min_after)
    if source is not None:
        keep &= found.source == source
    if target is not None:
        keep &= found.target == target
    return found.where(keep)


def aligned(values: np.ndarray, switches: Switches, first: int, last: int) -> np.ndarray:
    """What was so many steps from each switch.

    Parameters
    ----------
    values : (n_sequences, n_steps, ...) float
    switches : Switches
    first, last : int
        Steps relative to the switch, e.g. -12 and 6; 0 is the first step of the new class.

    Returns
    -------
    (n_switches, last - first + 1, ...) float
        NaN beyond the ends of a sequence.
    """
    checks.integer("first", first, high=last)
    values = np.asarray(values)
    step = switches.step[:, None] + np.arange(first, last + 1)
    inside = (step >= 0) & (step < values.shape[1])
    found = values[switches.sequence[:, None], np.where(inside, step, 0)].astype(float)
    found[~inside] = np.nan
    return found
