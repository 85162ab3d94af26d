"""A stranger's GRU, trained on three switches, and its phase portrait."""

import numpy as np
import pytest


@pytest.mark.slow
def test_own_gru_to_phase_portrait(run, tmp_path):
    own = run("own_gru")
    found, near, readout = own["found"], own["near"], own["readout"]

    # The oracle: three memories of two values have 2^3 attractors and, as three bistable units do,
    # 12 saddles on edges of the cube, 6 on faces and the middle.  Another machine trains to other
    # bits, with which the search may miss some, but no attractor (of seeds 0 to 3 none).
    inside = ~found.outlier
    corners, edges, *others = np.bincount((np.abs(near.eigenvalues[inside]) > 1).sum(axis=1))
    assert corners == 8 and 10 <= edges <= 12 and sum(others) <= 7
    assert found.index_sum in (1, None)
    weights, bias = (one.detach().numpy() for one in (readout.weight, readout.bias))
    signs = np.sign(found.points[near.stable] @ weights.T + bias)
    assert len(np.unique(signs, axis=0)) == 8
    assert (tmp_path / "gru.png").stat().st_size > 10_000
