"""A network at work, as an experimenter would record it, and the steps that a recording holds.

A recording of any length becomes counts, so that what follows does not cost more for more data.
A step is a *flip* of one neuron or a *stay*.  Of a stay, one knows which neuron chose to stay only
if updates were recorded; an experimenter sees states only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import expit

from ...core import checks
from ...core.compiled import compiled
from ...core.markov_chains import check_transitions
from ..hypercube import as_floats, as_log_odds, spins
from .network import OptimalNetwork

_MEMORY_LIMIT = 1e9
MAX_NEURONS = 12  # of a recording: the posterior of one input's reward is a dense matrix


@dataclass(frozen=True, eq=False)
class Recording:
    """States of a network at successive steps.

    Attributes
    ----------
    states : (n_steps + 1,) int64
        Numbers of the network's states, see ``inverse_rl.hypercube``.
    inputs : (n_steps + 1,) int64
        Number of the input at the same time.
    updated : (n_steps,) int64
        The neuron that chose its state between step t and t + 1.
    n_neurons : int
    """

    states: np.ndarray
    inputs: np.ndarray
    updated: np.ndarray
    n_neurons: int

    @property
    def spins(self) -> np.ndarray:
        """(n_steps + 1, n_neurons) int8 of −1 (silent) and +1 (active)."""
        return spins(self.n_neurons)[self.states]

    def first(self, n_steps: int) -> Recording:
        """Its beginning of so many steps."""
        states, inputs = self.states[: n_steps + 1], self.inputs[: n_steps + 1]
        return Recording(states, inputs, self.updated[:n_steps], self.n_neurons)


def simulate(
    network: OptimalNetwork | np.ndarray,
    n_steps: int,
    seed: int | np.random.Generator,
    *,
    input_transitions: np.ndarray | None = None,
    start: tuple[int, int] | None = None,
) -> Recording:
    """Let a network run.

    Parameters
    ----------
    network : OptimalNetwork or (n, 2^n, n_inputs) float
        An optimum, or log-odds of any policy with ``input_transitions``.
    n_steps : int
        Updates of one neuron each.
    seed : int or numpy.random.Generator
    input_transitions : (n_inputs, n_inputs) float, optional
        Only with log-odds.
    start : (int, int), optional
        First state and input; by default drawn from the stationary law of an `OptimalNetwork`,
        and state 0 with input 0 for log-odds.

    Raises
    ------
    ValueError
        If an argument is not as said.

    Notes
    -----
    The plain loop::

        for t in range(n_steps):
            i = a neuron, drawn uniformly
            σ_i = +1 with probability π_i(+1|σ, x), else −1
            x = x' with probability P(x'|x)
    """
    checks.integer("n_steps", n_steps, low=1)
    random = checks.generator(seed)
    if isinstance(network, OptimalNetwork):
        log_odds, transitions = network.log_odds, network.task.input_transitions
        if start is None:
            law = network.stationary.ravel()
            start = divmod(int(random.choice(len(law), p=law / law.sum())), len(transitions))
    else:
        transitions = check_transitions("input_transitions", input_transitions)
        log_odds = as_log_odds(network, len(transitions))
    n_neurons, n_states, n_inputs = log_odds.shape
    state, given = start or (0, 0)
    checks.integer("start's state", state, low=0, high=n_states - 1)
    checks.integer("start's input", given, low=0, high=n_inputs - 1)

    states, inputs = np.empty((2, n_steps + 1), dtype=np.int64)
    states[0], inputs[0] = state, given
    updated = random.integers(n_neurons, size=n_steps)
    _walk(
        expit(log_odds), np.cumsum(transitions, axis=1), states, inputs, updated,
        random.random(n_steps), random.random(n_steps),
    )  # fmt: skip
    return Recording(states, inputs, updated, n_neurons)


@compiled()
def _walk(probabilities, cumulated, states, inputs, updated, choices, moves):
    """Fill ``states`` and ``inputs`` after their first entries.

    ``choices`` and ``moves`` are uniform draws; ``cumulated`` are cumulative rows of P(x'|x).
    """
    last = cumulated.shape[1] - 1
    for t in range(len(updated)):
        state, given, neuron = states[t], inputs[t], updated[t]
        bit = 1 << neuron
        if choices[t] < probabilities[neuron, state, given]:
            states[t + 1] = state | bit
        else:
            states[t + 1] = state & ~bit
        following = 0
        while following < last and moves[t] >= cumulated[given, following]:
            following += 1
        inputs[t + 1] = following


@dataclass(frozen=True, eq=False)
class TransitionCounts:
    """How often each step was taken.  States are numbered as in ``inverse_rl.hypercube``.

    Attributes
    ----------
    flips : (n, 2^n, n_inputs) float
        Steps from a state, under an input, in which neuron i changed.
    stays : (2^n, n_inputs) or (n, 2^n, n_inputs) float
        Steps in which nothing changed; with a row for each neuron if it is known which one chose.
    inputs : (n_inputs, n_inputs) float
        Steps of the input from x (row) to x'.
    n_left_out : int
        Steps in which several neurons changed, which a network that updates one at a time never
        takes.

    Raises
    ------
    ValueError
        Shapes that do not belong together, or counts that are below 0 or no numbers.
    """

    flips: np.ndarray
    stays: np.ndarray
    inputs: np.ndarray
    n_left_out: int = 0

    def __post_init__(self):
        for name in ("flips", "stays", "inputs"):
            object.__setattr__(self, name, as_floats(name, getattr(self, name)))
        shape = self.flips.shape
        if len(shape) != 3 or shape[1] != 2 ** shape[0]:
            raise ValueError(f"flips must be (n, 2^n, n_inputs), got {shape}")
        if self.stays.shape not in (shape, shape[1:]):
            raise ValueError(f"stays must be {shape[1:]} or {shape}, got {self.stays.shape}")
        if self.inputs.shape != (shape[2], shape[2]):
            raise ValueError(f"inputs must be {(shape[2], shape[2])}, got {self.inputs.shape}")
        for name in ("flips", "stays", "inputs"):
            counts = getattr(self, name)
            if not (np.isfinite(counts).all() and (counts >= 0).all()):
                raise ValueError(f"{name} must hold counts of 0 or more")

    @property
    def n_neurons(self) -> int:
        return len(self.flips)

    @property
    def updates_known(self) -> bool:
        """Whether it is known which neuron chose to stay."""
        return self.stays.ndim == 3

    @property
    def visits(self) -> np.ndarray:
        """(2^n, n_inputs) steps that began in each state."""
        stays = self.stays.sum(axis=0) if self.updates_known else self.stays
        return self.flips.sum(axis=0) + stays

    @property
    def activity(self) -> np.ndarray:
        """(n,) share of the time that each neuron is active."""
        visits = self.visits.sum(axis=1)
        return visits @ (spins(self.n_neurons) > 0) / visits.sum()


def count_transitions(
    states: np.ndarray,
    n_neurons: int,
    inputs: np.ndarray | None = None,
    *,
    updated: np.ndarray | None = None,
    trials: np.ndarray | None = None,
    n_inputs: int | None = None,
) -> TransitionCounts:
    """Count the steps of a recording.

    Parameters
    ----------
    states : (n_samples,) int
        Numbers of the states at successive steps; see ``inverse_rl.hypercube``.
    n_neurons : int
        At most 12.
    inputs : (n_samples,) int, optional
        Number of the input at the same time, from 0.
    updated : (n_samples - 1,) int, optional
        The neuron that chose its state in each step, if it was recorded.
    trials : (n_samples,) array, optional
        A mark of the stretch that each sample is of.  From one to another there is no step.
    n_inputs : int, optional
        By default as many as there are in ``inputs``.

    Raises
    ------
    ValueError
        Values out of range, other lengths, fewer than two samples, too many neurons, inputs that
        would need too much memory, or a neuron that changed although another one was updated.
    """
    checks.integer("n_neurons", n_neurons, low=1, high=MAX_NEURONS)
    states = _numbers("states", states, 2**n_neurons)
    if len(states) < 2:
        raise ValueError(f"states must hold at least two samples, got {len(states)}")
    if inputs is None:
        inputs = np.zeros(len(states), dtype=np.int64)
    n_inputs = _n_inputs(inputs) if n_inputs is None else n_inputs
    checks.integer("n_inputs", n_inputs, low=1)
    n_bytes = 8.0 * n_inputs * (n_neurons * 2**n_neurons + n_inputs)
    if n_bytes > _MEMORY_LIMIT:
        raise ValueError(f"{n_inputs:,} inputs would need {n_bytes / 1e9:,.1f} GB; number fewer")
    inputs = _numbers("inputs", inputs, n_inputs, len(states))
    changed = states[:-1] ^ states[1:]
    # The number of a power of two; of anything else, a number that its power does not give back.
    neuron = np.frexp(changed.astype(float))[1] - 1
    is_step = np.ones(len(changed), dtype=bool)
    if trials is not None:
        trials = checks.unmasked("trials", trials)
        if trials.shape != states.shape:
            raise ValueError(f"trials must be {states.shape}, got shape {trials.shape}")
        if (trials != trials).any():
            raise ValueError("trials must mark each sample, got NaN")
        is_step = trials[:-1] == trials[1:]
    is_stay = is_step & (changed == 0)
    is_flip = is_step & (changed != 0) & (changed == np.left_shift(1, np.maximum(neuron, 0)))
    is_jump = is_step & ~is_stay & ~is_flip

    def count(where, *by):
        """How often, by other numbers if given, by state and by input."""
        shape = (n_neurons, 2**n_neurons, n_inputs)[1 - len(by) :]
        place = [column[where] for column in (*by, states[:-1], inputs[:-1])]
        found = np.bincount(np.ravel_multi_index(place, shape), minlength=np.prod(shape))
        return found.reshape(shape).astype(float)

    if updated is not None:
        updated = _numbers("updated", updated, n_neurons, len(changed))
        wrong = np.flatnonzero(is_jump | (is_flip & (neuron != updated)))
        if len(wrong):
            raise ValueError(
                f"updated: in {len(wrong):,} steps another neuron changed than the updated one, "
                f"first after sample {wrong[0]} (updated: neuron {updated[wrong[0]]})"
            )
    stays = count(is_stay) if updated is None else count(is_stay, updated)
    moves = (inputs[:-1] * n_inputs + inputs[1:])[is_step]
    moves = np.bincount(moves, minlength=n_inputs**2)
    moves = moves.reshape(n_inputs, n_inputs).astype(float)
    return TransitionCounts(count(is_flip, neuron), stays, moves, int(is_jump.sum()))


def count_parts(
    states: np.ndarray,
    n_neurons: int,
    inputs: np.ndarray | None = None,
    *,
    updated: np.ndarray | None = None,
    trials: np.ndarray | None = None,
    n_parts: int = 5,
) -> list[TransitionCounts]:
    """Counts of successive, equally long parts of a recording; arguments as `count_transitions`.

    Each step is in one part, so the parts' :func:`total` is the count of the whole.
    """
    checks.integer("n_neurons", n_neurons, low=1, high=MAX_NEURONS)
    states = _numbers("states", states, 2**n_neurons)
    checks.integer("n_parts", n_parts, low=2, high=max(2, len(states) - 1))
    ends = np.linspace(0, len(states) - 1, n_parts + 1).astype(int)

    def part(values, low, high):
        return None if values is None else values[low:high]

    return [
        count_transitions(
            states[low : high + 1],
            n_neurons,
            part(inputs, low, high + 1),
            updated=part(updated, low, high),
            trials=part(trials, low, high + 1),
            n_inputs=1 if inputs is None else _n_inputs(inputs),
        )
        for low, high in pairwise(ends)
    ]


def total(parts: Iterable[TransitionCounts]) -> TransitionCounts:
    """The counts of several recordings of one network together.

    Raises
    ------
    ValueError
        None, or of networks of different sizes.
    """
    parts = list(parts)
    if len({(one.flips.shape, one.stays.shape) for one in parts}) != 1:
        raise ValueError("parts must be TransitionCounts of one network, one or more")
    rows = [(one.flips, one.stays, one.inputs, one.n_left_out) for one in parts]
    return TransitionCounts(*map(sum, zip(*rows, strict=True)))


def _n_inputs(inputs) -> int:
    return int(_numbers("inputs", inputs, 2**31).max(initial=0)) + 1


def _numbers(field: str, values, n_values: int, length: int | None = None) -> np.ndarray:
    values = checks.unmasked(field, values)
    if values.ndim != 1 or (length is not None and len(values) != length):
        raise ValueError(f"{field} must be ({length or 'n_samples'},), got shape {values.shape}")
    good = np.False_
    if values.dtype.kind in "biuf":
        good = (values >= 0) & (values < n_values) & (values == np.floor(values))
    if not np.all(good):
        got = values[np.argmin(good)].item() if np.ndim(good) else values.dtype
        raise ValueError(f"{field} must be whole numbers from 0 to {n_values - 1}, got {got!r}")
    return values.astype(np.int64)
