"""A network whose motif is known: two groups of units that excite themselves, inhibit each other.

Class 0 is the activity of units 0 to 14, class 1 that of units 15 to 29, so that every kick unit of
0 -> 1 must be among the latter.
"""

import numpy as np

from iblrnn_helpers.hmm_rnn.network import HmmRnn

N_UNITS = 30
SIDE = np.repeat([0, 1], N_UNITS // 2)


def two_sides() -> HmmRnn:
    same = np.equal.outer(SIDE, SIDE)
    spread = np.random.default_rng(1).uniform(0.5, 1.5, (N_UNITS, N_UNITS))
    weights = np.where(same, 0.95, -0.9) / (N_UNITS // 2) * spread
    return HmmRnn(np.eye(N_UNITS), weights, np.stack([SIDE == 0, SIDE == 1]).astype(float))
