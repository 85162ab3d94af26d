"""What a source of symbols does on average: of an HMM exactly, of symbols, or of a network.

``joint[a, b]`` at a lag of k steps is the probability of symbol a now and b k steps later; at lag 1
these are the bigrams.  Everything here is of the stationary state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import checks
from ..inverse_rl.chains import check_reachable, stationary_distribution
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
        If some states cannot be reached from others, so that the share depends on the start.
    """
    transition = np.array(hmm.transition)
    check_reachable("transition", transition > 0)
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


def sampled_statistics(symbols: np.ndarray, n_symbols: int) -> EmissionStatistics:
    """Statistics of sequences, counted.

    Parameters
    ----------
    symbols : (n_sequences, n_steps) int
        At least two steps.
    n_symbols : int
        Size of the alphabet: a rare symbol may not occur.

    Raises
    ------
    ValueError
        Other shapes, symbols that are not whole numbers or not in the alphabet.
    """
    symbols = check_symbols("symbols", symbols, n_symbols, least_steps=2)
    pairs = n_symbols * symbols[:, :-1].astype(np.int64) + symbols[:, 1:]
    counts = np.bincount(pairs.ravel(), minlength=n_symbols**2).reshape(n_symbols, n_symbols)
    return EmissionStatistics(
        np.bincount(symbols.ravel(), minlength=n_symbols) / symbols.size, counts / counts.sum()
    )


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
    n_symbols : int
    least_steps : int

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
