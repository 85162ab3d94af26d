"""A stranger's script: an own GRU, trained on a task of three switches, and its phase portrait."""

import numpy as np
import pytest
import torch

import iblrnn_helpers as ibl


def switches(rng, n, n_steps=40):
    """Rare pulses of three inputs, and the last pulse of each: what a 3-bit flip-flop remembers."""
    pulses = rng.choice([-1.0, 0.0, 1.0], size=(n, n_steps, 3), p=[0.1, 0.8, 0.1])
    pulses[:, 0] = rng.choice([-1.0, 1.0], size=(n, 3))
    last = np.maximum.accumulate(np.where(pulses != 0, np.arange(n_steps)[:, None], 0), axis=1)
    return pulses, np.take_along_axis(pulses, last, axis=1)


@pytest.mark.slow
def test_own_gru_to_phase_portrait(tmp_path):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    gru, readout = torch.nn.GRU(3, 24, batch_first=True), torch.nn.Linear(24, 3)
    adam = torch.optim.Adam([*gru.parameters(), *readout.parameters()], lr=0.01)
    for _ in range(400):
        pulses, wanted = (torch.tensor(a, dtype=torch.float32) for a in switches(rng, 64))
        adam.zero_grad()
        (readout(gru(pulses)[0]) - wanted).square().mean().backward()
        adam.step()

    step, rest, weights = ibl.one_step(gru), np.zeros(3), readout.weight.detach().numpy()
    states = step.run(switches(rng, 200)[0]).reshape(-1, step.n_state)
    plane = ibl.representations.Plane.of(states, readouts={"bit 1": weights[0]})
    starts = ibl.core.make_starts(states, n_starts=1000, noise=0.5)
    found = ibl.find_fixed_points(step, rest, starts, visited=states[::4])
    near = ibl.linearise(step, rest, found.points)
    grid = ibl.mechanism.plane_grid(plane, states)
    fields = {"at rest": ibl.mechanism.vector_field(step, rest, plane, grid)}
    points = {"at rest": (found, near)}
    figure = ibl.mechanism.fig_7c_vector_fields(fields, plane, points=points)
    figure.savefig(tmp_path / "portrait.png")

    # The oracle: three memories of two values have 2^3 attractors, and between them, as three
    # bistable units have, 12 saddles on edges, 6 on faces and the middle.
    inside = ~found.outlier
    grows = (np.abs(near.eigenvalues[inside]) > 1).sum(axis=1)
    assert np.bincount(grows).tolist() == [8, 12, 6, 1]
    assert found.index_sum == 1
    signs = np.sign(found.points[near.stable] @ weights.T + readout.bias.detach().numpy())
    assert len(np.unique(signs, axis=0)) == 8
