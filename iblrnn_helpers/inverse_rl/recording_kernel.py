"""The compiled loop of :func:`.recording.simulate`."""

from __future__ import annotations

from numba import njit


@njit(cache=True)
def walk(probabilities, cumulated, states, inputs, updated, choices, moves):
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
