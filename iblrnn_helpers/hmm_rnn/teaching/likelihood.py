"""How likely an HMM finds sequences, what it believes of the hidden state, and HMMs fitted to them.

All is compiled: hmmlearn's checks, one sequence at a time, cost some 50 times its sums.  What a
code of a network's symbols loses by the target's HMM follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core import checks
from ...core.compiled import compiled
from ...core.means import Measured, group_means
from ..hmm import HiddenMarkovModel
from ..statistics import at_rest, check_symbols

_LEAST_GAIN, _MOST_STEPS = 1e-3, 100  # nats per sequence that end a fit, and its steps


def log_likelihood(hmm: HiddenMarkovModel, symbols: np.ndarray) -> np.ndarray:
    """Log probability of each sequence under a model.

    Parameters
    ----------
    hmm : HiddenMarkovModel
        Its ``initial`` is the law of the state at the first step.
    symbols : (n_sequences, n_steps) int

    Returns
    -------
    (n_sequences,) float
        In nats; −inf for a sequence that the model cannot emit.

    Raises
    ------
    ValueError
        Symbols that are not whole numbers of the model's alphabet.
    """
    return _forward(hmm, symbols)[0]


def filtered(hmm: HiddenMarkovModel, symbols: np.ndarray) -> np.ndarray:
    """Probability of each hidden state given the symbols up to and with each step.

    Parameters
    ----------
    symbols : (n_sequences, n_steps) int

    Returns
    -------
    (n_sequences, n_steps, n_states) float

    Raises
    ------
    ValueError
        As `log_likelihood`; a sequence that the model cannot emit.
    """
    nats, beliefs = _forward(hmm, symbols, with_beliefs=True)
    impossible = np.flatnonzero(np.isneginf(nats))
    if len(impossible):
        raise ValueError(
            f"symbols: {hmm.name} cannot emit sequence {impossible[0]}, so it has no belief about "
            "the hidden state"
        )
    return beliefs


def _forward(hmm: HiddenMarkovModel, symbols, with_beliefs=False) -> tuple[np.ndarray, np.ndarray]:
    """Log probability of each sequence, and the states' posteriors at its steps, if asked for."""
    symbols = check_symbols("symbols", symbols, hmm.n_symbols)
    with np.errstate(divide="ignore"):  # the logarithm of a probability of 0
        model = [np.log(np.array(one)) for one in (hmm.initial, hmm.transition, hmm.emission)]
    nats = np.empty(len(symbols))
    beliefs = np.empty((*symbols.shape, hmm.n_states) if with_beliefs else (0, 0, 0))
    forward_pass(*model, np.ascontiguousarray(symbols, np.int64), nats, beliefs)
    return nats, beliefs


@compiled()
def forward_pass(initial, transition, emission, symbols, nats, beliefs):
    """Fill ``nats`` (n_sequences,) and ``beliefs`` (n_sequences, n_steps, n_states), unless empty.

    Probabilities come as logarithms and are added as such: a state that is unlikely beyond what a
    number can hold may be the only one that can emit the next symbol.
    """
    n_states = len(initial)
    now, before = np.empty(n_states), np.empty(n_states)
    for k in range(len(symbols)):
        for t in range(symbols.shape[1]):
            now, before = before, now
            for j in range(n_states):
                if t == 0:
                    now[j] = initial[j]
                else:
                    largest = -np.inf
                    for i in range(n_states):
                        largest = max(largest, before[i] + transition[i, j])
                    total = 0.0
                    if largest > -np.inf:
                        for i in range(n_states):
                            total += np.exp(before[i] + transition[i, j] - largest)
                    now[j] = largest + np.log(total) if total > 0 else -np.inf
                now[j] += emission[j, symbols[k, t]]
            if len(beliefs) or t == symbols.shape[1] - 1:
                largest = now.max()
                nats[k] = -np.inf
                if largest > -np.inf:
                    nats[k] = largest + np.log(np.exp(now - largest).sum())
            if len(beliefs):
                beliefs[k, t] = np.exp(now - nats[k])


def fit_hmm(symbols: np.ndarray, start: HiddenMarkovModel) -> HiddenMarkovModel:
    """The model near another one that finds sequences most likely (Baum-Welch).

    It stops where a step gains less than 10⁻³ nats per sequence, or after 100 of them.

    Parameters
    ----------
    symbols : (n_sequences, n_steps) int
        At least two steps.
    start : HiddenMarkovModel
        Where the ascent starts.  A hundredth of each of its rows is spread evenly, because a
        probability of 0 would stay 0.

    Returns
    -------
    HiddenMarkovModel
        Its states are numbered as those of ``start``.

    Raises
    ------
    ValueError
        Symbols that are not whole numbers of the alphabet, or fewer than two steps.
    """
    symbols = check_symbols("symbols", symbols, start.n_symbols, least_steps=2)
    symbols = np.ascontiguousarray(symbols, np.int64)
    rows = [_softened(one) for one in ([start.initial], start.transition, start.emission)]
    before = -np.inf
    for _ in range(_MOST_STEPS):
        *counts, nats = expected_counts(rows[0][0], *rows[1:], symbols)
        rows = [one / one.sum(axis=1, keepdims=True) for one in counts]
        if nats - before < _LEAST_GAIN * len(symbols):
            break
        before = nats
    return HiddenMarkovModel(f"{start.name}, fitted", rows[0][0], *rows[1:])


@compiled()
def expected_counts(initial, transition, emission, symbols):
    """How often a model is thought to begin in, move between and emit from its states.

    Of all sequences (n_sequences, n_steps), with the sum of their log probabilities.  Here
    probabilities are scaled to add up to 1 at each step: a model that is fitted to sequences finds
    none of them close to impossible.
    """
    n_states, n_steps = len(initial), symbols.shape[1]
    firsts, moves, emitted = np.zeros((1, n_states)), 0 * transition, 0 * emission
    nats = 0.0
    belief, scale = np.empty((n_steps, n_states)), np.empty(n_steps)
    # How much likelier the symbols from a step on, or after it, are in each state.
    after, from_here = np.empty(n_states), np.empty(n_states)
    for k in range(len(symbols)):
        for t in range(n_steps):
            scale[t] = 0.0
            for j in range(n_states):
                chance = initial[j]
                if t > 0:
                    chance = 0.0
                    for i in range(n_states):
                        chance += belief[t - 1, i] * transition[i, j]
                belief[t, j] = chance * emission[j, symbols[k, t]]
                scale[t] += belief[t, j]
            for j in range(n_states):
                belief[t, j] /= scale[t]
            nats += np.log(scale[t])
        after[:] = 1.0
        for t in range(n_steps - 1, -1, -1):
            for j in range(n_states):
                emitted[j, symbols[k, t]] += belief[t, j] * after[j]
                from_here[j] = emission[j, symbols[k, t]] * after[j] / scale[t]
            for i in range(n_states):
                if t == 0:
                    firsts[0, i] += initial[i] * from_here[i]
                else:
                    after[i] = 0.0
                    for j in range(n_states):
                        share = transition[i, j] * from_here[j]
                        moves[i, j] += belief[t - 1, i] * share
                        after[i] += share
    return firsts, moves, emitted, nats


@dataclass(frozen=True)
class CodeLength:
    """How long a code of a network's symbols is, in nats per symbol; all on held-out sequences.

    Attributes
    ----------
    by_target : float
        Coded by the HMM that the network was to emulate.
    by_fitted : float
        Coded by the HMM of as many states that fits the network best.
    excess : Measured
        Their difference, with its interval over sequences.  The relative entropy rate of the
        network and its HMM is at least that much.
    fitted : HiddenMarkovModel
    """

    by_target: float
    by_fitted: float
    excess: Measured
    fitted: HiddenMarkovModel


def code_length(symbols: np.ndarray, hmm: HiddenMarkovModel, *, n_held_out: int) -> CodeLength:
    """How much shorter a code would be that knew the network's HMM instead of the target's.

    Parameters
    ----------
    symbols : (n_sequences, n_steps) int
        Of the network.
    hmm : HiddenMarkovModel
        The target; the fit starts from it.
    n_held_out : int
        The last sequences, at least 2, on which both are compared; the fit sees the others.

    Raises
    ------
    ValueError
        Symbols outside the alphabet, or too few sequences.
    """
    n_sequences, n_steps = np.shape(symbols)
    checks.integer("n_held_out", n_held_out, low=2, high=n_sequences - 1)
    start = at_rest(hmm)
    fitted = fit_hmm(symbols[:-n_held_out], start)
    held_out = symbols[-n_held_out:]
    by_target = -log_likelihood(start, held_out) / n_steps
    by_fitted = -log_likelihood(fitted, held_out) / n_steps
    return CodeLength(
        float(by_target.mean()),
        float(by_fitted.mean()),
        over_sequences(by_target - by_fitted),
        fitted,
    )


def _softened(rows) -> np.ndarray:
    rows = np.array(rows)
    return 0.99 * rows + 0.01 / rows.shape[1]


def over_sequences(values: np.ndarray) -> Measured:
    """Mean of values of independent sequences (n_sequences,), with its 95% interval."""
    return group_means(values, {}, np.arange(len(values))).measured()._replace(over="sequences")
