"""What a source of symbols does on average, an HMM exactly or a network, and when classes switch.

``joint[a, b]`` at a lag of k steps is the probability of symbol a now and b k steps later; at lag 1
these are the bigrams.  All such means are of the stationary state.

A class is the symbol that is most likely at a step; a residence is a stretch of equal class.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..core import checks
from ..core.markov_chains import LEAST, check_reachable, stationary_distribution
from .hmm import HiddenMarkovModel


@dataclass(frozen=True, eq=False)
class EmissionStatistics:
    """How often symbols and pairs of successive symbols occur.

    Attributes
    ----------
    frequencies : (n_symbols,) float
        Probability of each symbol.
    bigrams : (n_symbols, n_symbols) float
        Joint probability of a symbol (row) and the next one (column); adds up to 1.
    """

    frequencies: np.ndarray
    bigrams: np.ndarray

    @property
    def transition(self) -> np.ndarray:
        """(n_symbols, n_symbols) float: probability of the next symbol after each symbol (row).

        NaN in the rows of symbols that never occur.
        """
        with np.errstate(invalid="ignore"):
            return self.bigrams / self.bigrams.sum(axis=1, keepdims=True)

    @property
    def change_rate(self) -> float:
        """Probability that a symbol differs from the one before."""
        return float(1 - np.trace(self.bigrams))


def stationary(hmm: HiddenMarkovModel) -> np.ndarray:
    """Share of time in each hidden state, (n_states,) float.

    Raises
    ------
    ValueError
        If some states cannot be reached from others, so that the share depends on the start, or
        by probabilities below 1e-12 only, which sampling does not meet.
    """
    transition = np.array(hmm.transition)
    check_reachable("transition", transition >= LEAST)
    return stationary_distribution(transition)


def at_rest(hmm: HiddenMarkovModel) -> HiddenMarkovModel:
    """The same model, started in its stationary state."""
    return replace(hmm, initial=stationary(hmm))


def exact_statistics(hmm: HiddenMarkovModel) -> EmissionStatistics:
    """Statistics of a model, in closed form: J_ab = Σ_ij π_i B_ia A_ij B_jb.

    Raises
    ------
    ValueError
        See `stationary`.
    """
    return EmissionStatistics(stationary(hmm) @ np.array(hmm.emission), exact_joint(hmm, 1))


def exact_joint(hmm: HiddenMarkovModel, lag: int) -> np.ndarray:
    """Probability of a symbol (row) and of another ``lag`` steps later, (n_symbols, n_symbols).

    Raises
    ------
    ValueError
        A lag below 1; see also `stationary`.
    """
    checks.integer("lag", lag, low=1)
    emission = np.array(hmm.emission)
    later = np.linalg.matrix_power(np.array(hmm.transition), lag) @ emission
    return (emission * stationary(hmm)[:, None]).T @ later


def statistics_of_probabilities(probabilities: np.ndarray) -> EmissionStatistics:
    """Statistics of a network from its output probabilities, free of the noise of drawing symbols.

    What a network draws does not feed back, so that given its states successive symbols are
    independent: the joint probability of two is the mean product of their probabilities.

    Parameters
    ----------
    probabilities : (n_sequences, n_steps, n_symbols) float
        After a warm-up; at least two steps.

    Raises
    ------
    ValueError
        Other shapes, or probabilities that do not add up to 1.
    """
    probabilities = _check_probabilities(probabilities)
    return EmissionStatistics(
        probabilities.mean(axis=(0, 1)), joint_of_probabilities(probabilities, 1)
    )


def joint_of_probabilities(probabilities: np.ndarray, lag: int) -> np.ndarray:
    """As `exact_joint`, of a network's output probabilities; see `statistics_of_probabilities`.

    Raises
    ------
    ValueError
        As there, or a lag outside 1 … n_steps − 1.
    """
    probabilities = _check_probabilities(probabilities)
    n_symbols = probabilities.shape[-1]
    checks.integer("lag", lag, low=1, high=probabilities.shape[1] - 1)
    now = probabilities[:, :-lag].reshape(-1, n_symbols)
    later = probabilities[:, lag:].reshape(-1, n_symbols)
    return now.T @ later / len(now)


def total_variation(a: np.ndarray, b: np.ndarray) -> float:
    """Half the sum of absolute differences of two distributions of one shape: 0 same, 1 disjoint.

    Raises
    ------
    ValueError
        If their shapes differ.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"distributions must have one shape, got {a.shape} and {b.shape}")
    return float(np.abs(a - b).sum() / 2)


def matched_distance(symbols_a: np.ndarray, symbols_b: np.ndarray) -> float:
    """Mean distance of sequences in the best pairing of two sets, one to one.

    The distance is that of one-hot vectors, √(2 × differing steps), as in the paper; the pairing is
    the one with the fewest differing steps.  It falls with the number of sequences, so it is to be
    judged beside the distance of two sets of the HMM's own of that size.

    Parameters
    ----------
    symbols_a, symbols_b : (n_sequences, n_steps) int
        1,000 sequences take about half a second, and time grows as their number to the third.

    Raises
    ------
    ValueError
        If the shapes differ, or symbols are not whole numbers from 0.

    Notes
    -----
    The paper pairs by entropic optimal transport (eps = 0.1), where several sequences may share a
    partner; this is its limit of eps = 0.
    """
    from scipy.optimize import linear_sum_assignment

    symbols_a, symbols_b = np.asarray(symbols_a), np.asarray(symbols_b)
    if symbols_a.shape != symbols_b.shape:
        raise ValueError(
            f"both sets must have one shape, got {symbols_a.shape} and {symbols_b.shape}"
        )
    n_symbols = 1 + max((int(s.max()) for s in (symbols_a, symbols_b) if s.size), default=0)
    symbols_a = check_symbols("symbols_a", symbols_a, n_symbols)
    symbols_b = check_symbols("symbols_b", symbols_b, n_symbols)
    n_steps = symbols_a.shape[1]
    agreeing = sum(
        (symbols_a == k).astype(np.float32) @ (symbols_b == k).astype(np.float32).T
        for k in range(n_symbols)
    )
    rows, columns = linear_sum_assignment(agreeing, maximize=True)
    return float(np.sqrt(2 * (n_steps - agreeing[rows, columns])).mean())


def check_symbols(field: str, symbols, n_symbols: int, *, least_steps: int = 1) -> np.ndarray:
    """Sequences of symbols as an integer array, or a plain error.

    Parameters
    ----------
    field : str
        How the error calls it.
    symbols : (n_sequences, n_steps) int

    Raises
    ------
    ValueError
        Another shape, too few steps, or values that are not 0 … n_symbols − 1.
    """
    symbols = np.asarray(symbols)
    if symbols.ndim != 2 or not len(symbols) or symbols.shape[1] < least_steps:
        raise ValueError(
            f"{field} must have shape (n_sequences, n_steps) with at least 1 sequence and "
            f"{least_steps} step{'s' * (least_steps > 1)}, got {symbols.shape}"
        )
    if symbols.dtype.kind not in "iu":
        raise ValueError(f"{field} must be whole numbers, got dtype {symbols.dtype}")
    if symbols.min() < 0 or symbols.max() >= n_symbols:
        worst = symbols.min() if symbols.min() < 0 else symbols.max()
        raise ValueError(f"{field} must be 0 to {n_symbols - 1}, got {worst}")
    return symbols


def _check_probabilities(probabilities) -> np.ndarray:
    probabilities = np.asarray(probabilities, dtype=float)
    if probabilities.ndim != 3 or probabilities.shape[1] < 2 or not probabilities.size:
        raise ValueError(
            "probabilities must have shape (n_sequences, n_steps, n_symbols) with at least 2 "
            f"steps, got {probabilities.shape}"
        )
    sums = probabilities.sum(axis=-1)
    if not np.allclose(sums, 1, atol=1e-6, rtol=0):
        raise ValueError(
            "probabilities must add up to 1 at each step, got "
            f"{sums.flat[np.argmax(np.abs(sums - 1))]:g}"
        )
    return probabilities


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
        return Switches(*(field[chosen] for field in vars(self).values()))


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


def residence_times(classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the stretches of equal class that were seen from beginning to end.

    Parameters
    ----------
    classes : (n_sequences, n_steps) int

    Returns
    -------
    which : (n_residences,) int
        Class of each.
    length : (n_residences,) int
        Steps of each.
    """
    found = find_switches(classes)
    # The residence before a switch was seen whole if it began with a switch of that sequence.
    whole = np.flatnonzero(found.sequence[1:] == found.sequence[:-1]) + 1
    return found.source[whole], found.before[whole]


def aligned(values: np.ndarray, switches: Switches, first: int, last: int) -> np.ndarray:
    """What was so many steps from each switch.

    Parameters
    ----------
    values : (n_sequences, n_steps, ...) float
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
