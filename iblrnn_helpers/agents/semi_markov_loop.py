"""The filter of :mod:`.semi_markov` over whole sessions, in compiled code."""

from __future__ import annotations

import numpy as np

from ..core.compiled import compiled


@compiled(fastmath={"contract", "nsz", "reassoc"}, error_model="numpy", nogil=True)
def filter_kinds(side, session_start, first, likelihood, hazard, following, belief):
    """Fill ``belief`` (n_trials, n_kinds) with P(b_n | s_<n); False at a side that cannot be.

    Parameters
    ----------
    side : (n_trials,) int
    session_start : (n_sessions + 1,) int
    first : (n_kinds,) float
        P(kind) of a session's first block.
    likelihood : (2, n_kinds) float
        P(left) and P(right) in a block of each kind.
    hazard : (n_kinds, longest) float
        P(the block ends) after its k-th trial, k = 0, 1, ...
    following : (n_kinds, n_kinds) float
        Row k: P(kind) after one of kind k.
    """
    n_kinds, longest = hazard.shape
    memory, ended = np.zeros((n_kinds, longest + 1)), np.zeros(n_kinds)
    for session in range(len(session_start) - 1):
        for kind in range(n_kinds):
            memory[kind, 0] = first[kind]
            for k in range(1, longest):
                memory[kind, k] = 0.0
        for trial in range(session_start[session], session_start[session + 1]):
            of_side = likelihood[1 if side[trial] > 0 else 0]
            total = 0.0
            for kind in range(n_kinds):
                now = 0.0
                for k in range(longest):
                    now += memory[kind, k]
                belief[trial, kind] = now
                total += now * of_side[kind]
            if not total > 0:
                return False
            for kind in range(n_kinds):
                weight, ends = of_side[kind] / total, 0.0
                for k in range(longest):
                    ends += memory[kind, k] * hazard[kind, k]
                ended[kind] = ends * weight
                for k in range(longest - 1, -1, -1):
                    memory[kind, k + 1] = memory[kind, k] * weight * (1 - hazard[kind, k])
            for kind in range(n_kinds):
                memory[kind, 0] = 0.0
                for last in range(n_kinds):
                    memory[kind, 0] += ended[last] * following[last, kind]
    return True
