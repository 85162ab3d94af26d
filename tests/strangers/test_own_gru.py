"""A stranger's GRU, trained on three switches, and its phase portrait."""

import numpy as np
import pytest


@pytest.mark.slow
def test_own_gru_to_phase_portrait(run, tmp_path):
    own = run("own_gru")
    found, near, readout = own["found"], own["near"], own["readout"]

    # The oracle: three memories of two values have 2^3 attractors, and between them, as three
    # bistable units have, 12 saddles on edges, 6 on faces and the middle.
    inside = ~found.outlier
    grows = (np.abs(near.eigenvalues[inside]) > 1).sum(axis=1)
    assert np.bincount(grows).tolist() == [8, 12, 6, 1]
    assert found.index_sum == 1
    weights, bias = (one.detach().numpy() for one in (readout.weight, readout.bias))
    signs = np.sign(found.points[near.stable] @ weights.T + bias)
    assert len(np.unique(signs, axis=0)) == 8
    assert (tmp_path / "gru.png").stat().st_size > 10_000
