"""Hidden Markov models with discrete outputs: the six families that the networks learn, and yours.

A hidden state walks along a Markov chain; at each step it emits one symbol:

    s_1 ~ initial,    y_t ~ emission[s_t],    s_{t+1} ~ transition[s_t].

Source: Torre et al. 2025; the families are those of its released code.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core import checks
from ..core.files import each_once
from ..core.markov_chains import as_table, check_rows

MAX_SYMBOLS = 127  # symbols are kept as int8


@dataclass(frozen=True)
class HiddenMarkovModel:
    """A hidden Markov model over the symbols 0 … n_symbols − 1.

    Any array-likes will do; they are kept as nested tuples of floats, so that models can be
    compared, be keys of dictionaries, and be named in artifacts.

    Attributes
    ----------
    name : str
        How figures and files call it.
    initial : (n_states,)
        Probability of the first hidden state.
    transition : (n_states, n_states)
        Row i holds the probabilities of the next state after state i.
    emission : (n_states, n_symbols)
        Row i holds the probabilities of the symbols in state i.

    Raises
    ------
    ValueError
        A shape that does not fit the others, a negative or missing number, a row that does not add
        up to 1, or fewer than two symbols.  The message names the field and the row.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> stay = [[0.9, 0.1], [0.1, 0.9]]
    >>> hmm = ibl.HiddenMarkovModel("two states", [0.5, 0.5], stay, [[1, 0], [0, 1]])
    >>> hmm.sample(3, 20, seed=0).shape
    (3, 20)
    """

    name: str
    initial: tuple[float, ...]
    transition: tuple[tuple[float, ...], ...]
    emission: tuple[tuple[float, ...], ...]

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.isprintable() or not self.name:
            raise ValueError(f"name must be a text that can be printed, got {self.name!r}")
        transition = _matrix("transition", self.transition)
        n_states = len(transition)
        if transition.shape != (n_states, n_states):
            raise ValueError(f"transition must be a square matrix, got shape {transition.shape}")
        emission = _matrix("emission", self.emission)
        if len(emission) != n_states:
            raise ValueError(
                f"emission must have one row for each of the {n_states} states of transition, "
                f"got {len(emission)} rows"
            )
        if not 2 <= emission.shape[1] <= MAX_SYMBOLS:
            raise ValueError(
                f"emission must have a column for each of 2 to {MAX_SYMBOLS} symbols, "
                f"got {emission.shape[1]} columns"
            )
        initial = _matrix("initial", [self.initial])
        if initial.shape != (1, n_states):
            raise ValueError(
                f"initial must have one probability for each of the {n_states} states, "
                f"got shape {np.shape(self.initial)}"
            )
        object.__setattr__(self, "initial", tuple(initial[0].tolist()))
        object.__setattr__(self, "transition", tuple(map(tuple, transition.tolist())))
        object.__setattr__(self, "emission", tuple(map(tuple, emission.tolist())))

    @classmethod
    def from_hmmlearn(cls, model, name: str = "hmmlearn") -> HiddenMarkovModel:
        """The model that a ``CategoricalHMM`` of hmmlearn holds, fitted or set by hand.

        Parameters
        ----------
        model : hmmlearn.hmm.CategoricalHMM
            Its ``startprob_``, ``transmat_`` and ``emissionprob_`` are read.
        name : str
            How figures and files call it.

        Raises
        ------
        ValueError
            Another kind of model, whose emissions are no single symbols; one without
            probabilities; or what the class refuses.

        Examples
        --------
        >>> import numpy as np
        >>> from hmmlearn.hmm import CategoricalHMM
        >>> import iblrnn_helpers as ibl
        >>> symbols = np.repeat([0, 1, 0, 1], 50)[:, None]
        >>> fitted = CategoricalHMM(n_components=2, random_state=0).fit(symbols)
        >>> ibl.HiddenMarkovModel.from_hmmlearn(fitted, "mine").n_symbols
        2
        """
        from hmmlearn.hmm import CategoricalHMM

        checks.kind("model", model, CategoricalHMM)
        fields = ("startprob_", "transmat_", "emissionprob_")
        if missing := [field for field in fields if not hasattr(model, field)]:
            raise ValueError(f"model must be fitted or have {missing[0]} set by hand, got neither")
        return cls(name, *(getattr(model, field) for field in fields))

    @property
    def n_states(self) -> int:
        """Number of hidden states."""
        return len(self.transition)

    @property
    def n_symbols(self) -> int:
        """Number of symbols it can emit."""
        return len(self.emission[0])

    def sample(self, n_sequences: int, n_steps: int, seed: int | np.random.Generator) -> np.ndarray:
        """Symbols of independent sequences, (n_sequences, n_steps) int8.

        See `sample_with_states`.
        """
        return self.sample_with_states(n_sequences, n_steps, seed)[1]

    def sample_with_states(
        self, n_sequences: int, n_steps: int, seed: int | np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Hidden states and symbols of independent sequences.

        Parameters
        ----------
        n_sequences, n_steps : int
            At least 1 each.
        seed : int or numpy.random.Generator
            A generator goes on from where it is.

        Returns
        -------
        states, symbols : (n_sequences, n_steps) int8
            States are int16 where there are more than 127.

        Raises
        ------
        ValueError
            A number that is not whole or below 1.

        Notes
        -----
        All sequences take a step at once; for one of them it is::

            state = first
            for t in range(n_steps):
                symbol[t] = rng.choice(n_symbols, p=emission[state])
                state = rng.choice(n_states, p=transition[state])
        """
        checks.integer("n_sequences", n_sequences, low=1)
        checks.integer("n_steps", n_steps, low=1)
        rng = checks.generator(seed)
        kind = np.int8 if self.n_states <= 127 else np.int16
        states = np.empty((n_steps, n_sequences), dtype=kind)
        ends = _interval_ends(self.transition)
        uniform = rng.random((n_steps, n_sequences))
        states[0] = _draw(_interval_ends([self.initial])[:, :1], uniform[0])
        for step in range(1, n_steps):
            states[step] = _draw(ends[:, states[step - 1]], uniform[step])
        symbols = _draw(_interval_ends(self.emission)[:, states], rng.random(states.shape))
        return states.T, np.ascontiguousarray(symbols.T, dtype=np.int8)


def linear_chain(n_states: int, p_end: float = 0.05) -> HiddenMarkovModel:
    """States in a row, from "almost only symbol 0" to "almost only symbol 2"; symbol 1 is rare.

    A state moves to each neighbour with probability q = p_end^(1 / (n_states − 1)), so that walking
    from one end to the other without a stop has the probability `p_end` for every length.

    Parameters
    ----------
    n_states : int
        At least 2; the paper uses 2 to 5.
    p_end : float
        Above 0; small enough that two moves do not need more than all probability (q ≤ 1/2 for
        three or more states).

    Raises
    ------
    ValueError
        Values outside these.
    """
    checks.integer("n_states", n_states, low=2)
    highest = 1.0 if n_states == 2 else 0.5 ** (n_states - 1)
    checks.number("p_end", p_end, above=0, high=highest)
    hop = p_end ** (1 / (n_states - 1))
    neighbours = np.eye(n_states, k=1) + np.eye(n_states, k=-1)
    transition = hop * neighbours
    transition += np.diag(1 - transition.sum(axis=1))
    place = np.arange(n_states) / (n_states - 1)
    emission = np.stack([0.99 * (1 - place), np.full(n_states, 0.01), 0.99 * place], axis=1)
    return _from_uniform(f"chain-{n_states}", transition, emission)


def fully_connected() -> HiddenMarkovModel:
    """Three states that reach each other alike; each has a symbol of its own."""
    return _from_uniform("full", _mostly(3, 0.95), _mostly(3, 0.98))


def cyclic() -> HiddenMarkovModel:
    """Four states on a ring, walked in both directions; two of them share symbol 1."""
    ring = np.eye(4)
    transition = 0.95 * ring + 0.025 * (np.roll(ring, 1, axis=1) + np.roll(ring, -1, axis=1))
    emission = [(0.9, 0.1, 0.0), (0.1, 0.9, 0.0), (0.0, 0.1, 0.9), (0.0, 0.9, 0.1)]
    return _from_uniform("cyclic", transition, emission)


def read_hmm(path: str | os.PathLike) -> HiddenMarkovModel:
    """A model from a JSON file.

    Parameters
    ----------
    path : path-like
        A file like ``{"name": "mine", "transition": [[0.9, 0.1], [0.2, 0.8]],
        "emission": [[1, 0], [0, 1]]}``.  Without ``"initial"`` all states are as likely at first.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        Not JSON, a field that is missing or unknown, or what `HiddenMarkovModel` refuses; the
        message begins with the path.
    """
    path = Path(path)
    try:
        fields = json.loads(path.read_bytes(), object_pairs_hook=each_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a JSON file ({error})") from error
    if not isinstance(fields, dict):
        raise ValueError(f"{path}: must hold one JSON object, got {type(fields).__name__}")
    needed, allowed = {"name", "transition", "emission"}, HiddenMarkovModel.__annotations__
    if missing := sorted(needed - fields.keys()):
        raise ValueError(f"{path}: {', '.join(missing)} is missing")
    if unknown := sorted(fields.keys() - allowed.keys()):
        raise ValueError(f"{path}: unknown {', '.join(unknown)}; allowed: {', '.join(allowed)}")
    try:
        if "initial" in fields:
            return HiddenMarkovModel(**fields)
        return _from_uniform(**fields)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _from_uniform(name: str, transition, emission) -> HiddenMarkovModel:
    n_states = len(_matrix("transition", transition))
    return HiddenMarkovModel(name, [1 / n_states] * n_states, transition, emission)


def _mostly(n: int, diagonal: float) -> np.ndarray:
    matrix = np.full((n, n), (1 - diagonal) / (n - 1))
    np.fill_diagonal(matrix, diagonal)
    return matrix


def _matrix(field: str, values) -> np.ndarray:
    """Rows of probabilities as a 2-D float array, or a plain error."""
    return check_rows(field, as_table(field, values))


def _interval_ends(rows) -> np.ndarray:
    """Where the share of [0, 1) of each outcome but the last ends, (n_outcomes − 1, n_rows)."""
    ends = np.cumsum(rows, axis=1)
    # Divided by their sum, an outcome of probability 0 at the end of a row can never be drawn.
    return (ends[:, :-1] / ends[:, -1:]).T


def _draw(ends: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """The outcome in whose share each uniform number falls."""
    return (uniform >= ends).sum(axis=0)


# The six models of the paper, by family.
FAMILIES: dict[str, HiddenMarkovModel] = {
    model.name: model
    for model in (*(linear_chain(n) for n in (2, 3, 4, 5)), fully_connected(), cyclic())
}

# Steps per sequence on which the paper trains each family.
SEQUENCE_LENGTH = {
    "chain-2": 100,
    "chain-3": 30,
    "chain-4": 30,
    "chain-5": 40,
    "full": 30,
    "cyclic": 40,
}
