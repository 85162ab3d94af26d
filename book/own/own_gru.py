"""A GRU of your own, trained to remember three switches, to its phase portrait."""

import torch

import iblrnn_helpers as ibl


def switches(n, seed):
    drawn = ibl.task.sample_flip_flop(n, seed=seed)
    return torch.tensor(drawn.pulses).float(), torch.tensor(drawn.targets).float()


torch.manual_seed(0)
gru, readout = torch.nn.GRU(3, 24, batch_first=True), torch.nn.Linear(24, 3)
adam = torch.optim.Adam([*gru.parameters(), *readout.parameters()], lr=0.01)
for update in range(400):
    pulses, targets = switches(64, seed=update)
    adam.zero_grad()
    (readout(gru(pulses)[0]) - targets).square().mean().backward()
    adam.step()

step, rest = ibl.one_step(gru), [0.0, 0.0, 0.0]
states = step.run(switches(200, seed=1000)[0]).reshape(-1, step.n_state)
starts = ibl.core.make_starts(states, n_starts=1000, noise=0.5)
found = ibl.find_fixed_points(step, rest, starts, visited=states[::4])
near = ibl.linearise(step, rest, found.points)
plane = ibl.representations.Plane.of(states)
grid = ibl.mechanism.plane_grid(plane, states)
flow = {"rest": ibl.mechanism.vector_field(step, rest, plane, grid)}
points = {"rest": (found, near)}
ibl.mechanism.fig_7c_vector_fields(flow, plane, points=points).savefig("gru.png")
