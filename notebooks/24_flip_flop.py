# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: []
#     cell_timeout: 900
# ---

# %% [markdown]
# # Another task: three switches
#
# **Question.** Does what this book does to one network carry over to a network of your own, on a task of another kind? And what is there to be found?
#
# > **In short.** Yes, by public names alone; the old answer is found again, with two surprises.
# >
# > * **Three bits are eight attractors**, as Sussillo and Barak found, in each of nine networks of three kinds. With them come 19 unstable [fixed points](../book/glossary.md#term-fixed-point), as many as three switches that do not meet would have.
# > * **The weakest pulse that changes a bit takes the state past a [saddle](../book/glossary.md#term-saddle) with one growing direction**, as the paper has it, and how long that takes follows from the saddle's eigenvalue. The task's own pulses jump over the border and come near no saddle.
# > * **Three units do what the network does, one for each bit**, if they are fitted to its outputs. Fitted to three principal components, they forget.
# > * *Caveat:* one search from many starts does not always find all unstable points, nor does it always warn. And we could read no more of the paper than its abstract.
#
# **Time:** about two minutes, a third of it training.

# %% tags=["hide-cell"]
# Only for Colab and other places where the package is not installed yet.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("iblrnn_helpers") is None:
    source = "iblrnn_helpers @ git+https://github.com/iblrnn/iblrnn-book"
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", source])

# %% tags=["parameters"]
profile: str = "page"  # budget: smoke, page or paper
seed: int = 1  # of the first network of each kind; the others follow
n_seeds: int = 0  # networks of each kind; 0: what the profile says

# %% mystnb={"code_prompt_show": "Code: setup"}
import warnings
from copy import deepcopy

import numpy as np
import pandas as pd
import torch

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, range_text, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=10)
n_starts = ibl.core.budget(profile, smoke=60, page=500, paper=2000)
n_after = ibl.core.budget(profile, smoke=100, page=600, paper=2000)  # steps after a pulse
rest = np.zeros(3)
kinds = {  # the layer, its units, the learning rate and how many updates
    "GRU": (torch.nn.GRU, 24, 0.01, 500),
    "vanilla": (torch.nn.RNN, 48, 0.003, 1200),
    "LSTM": (torch.nn.LSTM, 24, 0.01, 500),
}
if profile == "smoke":
    kinds = {"GRU": (torch.nn.GRU, 16, 0.02, 200), "vanilla": (torch.nn.RNN, 24, 0.01, 250)}

# %% [markdown]
# ## The task
#
# The chapters before take apart networks that infer. Here a network only has to remember. It has three inputs, on which now and then comes a pulse of +1 or −1, and three outputs, each of which is to be the last pulse of its input: the *3-bit flip-flop* of Sussillo and Barak (2013), whose search for fixed points [Part I](07_mechanism.ipynb) uses, too. `ibl.task.sample_flip_flop` draws such sequences; at their first [step](../book/glossary.md#term-step) each bit is set, so that there is something to remember.
#
# Nothing else is of this package. The layers are torch's: a GRU, a *vanilla* network (tanh units) and an LSTM, from three seeds each. So is the training:

# %% tags=["teaches"]
layers, readouts, untrained = {}, {}, {}
for kind, (make, n_units, rate, n_updates) in kinds.items():
    for k in range(seed, seed + n_seeds):
        layer = make(3, n_units, batch_first=True, dtype=torch.float64)
        readout = torch.nn.Linear(n_units, 3, dtype=torch.float64)
        weights = [*layer.parameters(), *readout.parameters()]
        drawn, bound = torch.Generator().manual_seed(k), n_units**-0.5
        for one in weights:  # as torch does, from a seed of our own
            torch.nn.init.uniform_(one, -bound, bound, generator=drawn)
        untrained[kind, k] = ibl.one_step(layer)  # a copy, for later

        optimizer = torch.optim.Adam(weights, lr=rate)
        for update in range(n_updates):
            batch = ibl.task.sample_flip_flop(64, seed=[k, update])
            outputs = readout(layer(torch.tensor(batch.pulses).double())[0])
            loss = (outputs - torch.tensor(batch.targets)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        layers[kind, k], readouts[kind, k] = layer, readout

# %% [markdown]
# All that follows asks for a map: the state after a step, given the state before and the input. `ibl.one_step` makes it of any of torch's recurrent layers and cells. An LSTM's state is [h, c], and `outputs` says which part of it the [readout](../book/glossary.md#term-readout) sees.

# %% tags=["teaches"]
steps = {key: ibl.one_step(layer) for key, layer in layers.items()}
reads = {}
for key, one in readouts.items():
    reads[key] = one.weight.detach().numpy().T, one.bias.detach().numpy()
held_out = ibl.task.sample_flip_flop(100, n_steps=200, seed=[seed, 10**6])
states, outputs = {}, {}
for key, step in steps.items():
    states[key] = step.run(held_out.pulses)
    outputs[key] = step.outputs(states[key]) @ reads[key][0] + reads[key][1]

# %% tags=["hide-input"]
correct = {key: (np.sign(one) == held_out.targets).mean() for key, one in outputs.items()}
said(
    f"On held-out sequences five times as long as those of the training, "
    f"{range_text(list(correct.values()), '.2%')} of the bits are correct."
)

# %% mystnb={"figure": {"caption": "**All networks remember the last pulse of each bit.** The first 60 steps of a held-out sequence: its pulses (left) and the outputs of all networks (right).", "name": "fig-flip-outputs"}, "image": {"alt": "Three rows, one for each bit. Left, pulses of plus or minus 1 at irregular steps. Right, the outputs of all networks lie on each other, and go from one sign to the other where a pulse has the other sign."}}
ibl.core.fig_along(
    {
        f"{what} {k + 1}": one[:, :60, k]
        for k in range(3)
        for what, one in {
            "pulses, bit": held_out.pulses[:1],
            "output, bit": np.stack([one[0] for one in outputs.values()]),
        }.items()
    },
    np.arange(60),
    xlabel="step",
)

# %% [markdown]
# ## Eight memories
#
# A network can hold a memory for any length of time if it has a stable fixed point for it. Three bits would need $2^3 = 8$. We search as in [chapter 7](07_mechanism.ipynb): from states that the network visits, with noise, without input. Then again, from four times as many starts, with twice the noise.

# %% tags=["teaches"]
first, found, points, near, grows, told = {}, {}, {}, {}, {}, {}
for key, step in steps.items():
    visited = states[key].reshape(-1, step.n_state)
    few, many = (
        ibl.core.make_starts(visited, n_starts=n, noise=sd, seed=[key[1], n])
        for n, sd in ((n_starts, 0.5), (4 * n_starts, 1.0))
    )
    visited = visited[::10]
    with warnings.catch_warnings(record=True) as told[key]:  # if it says so
        warnings.simplefilter("always")
        first[key] = ibl.find_fixed_points(step, rest, few, visited=visited)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found[key] = ibl.find_fixed_points(step, rest, many, visited=visited)
    points[key] = found[key].points[~found[key].outlier]
    near[key] = ibl.linearise(step, rest, points[key])
    grows[key] = (np.abs(near[key].eigenvalues) > 1).sum(axis=1)

# %% tags=["hide-input"]
memories = {key: points[key][near[key].stable] for key in steps}
bits = {
    key: np.sign(steps[key].outputs(memories[key]) @ reads[key][0] + reads[key][1]) for key in steps
}
of_kind = {key: np.bincount(grows[key], minlength=4) for key in steps}
codes = [len(np.unique(one, axis=0)) for one in bits.values()]
said(
    f"Each network has {range_text([len(of) for of in memories.values()], '.0f')} stable fixed points, "
    f"and their outputs have {range_text(codes, '.0f')} different combinations of signs: one memory for each combination of bits. "
    f"Beside them there are {range_text([of[1:].sum() for of in of_kind.values()], '.0f')} unstable ones. By the number of directions that grow, none, one, two or three, "
    f"there are {' + '.join(map(str, np.median(list(of_kind.values()), axis=0).astype(int)))} fixed points (median over networks)."
)

# %% [markdown]
# That is $3^3$, a cube: its 8 corners, the middles of 12 edges and of 6 faces, and the middle of all. Three switches that do not meet would have it so, as each can be at either end or in between. The [picture](#fig-flip-fields) shows the cube of one network, seen askew, in the space that its three readouts span.

# %% tags=["lead"] mystnb={"figure": {"caption": "**Without input eight attractors and 19 unstable points make a cube.** What one step changes in a GRU, in a plane of the space that its three readouts span (arrows from the middle); circles are fixed points. Left: without input. Right: while the input of bit 1 is held at +1.", "name": "fig-flip-fields"}, "image": {"alt": "Left, 27 circles like those of a cube seen askew: eight filled ones at its corners, open ones between them and in the middle, from where arrows lead outwards. Right, long arrows lead to the right, where three filled circles and two open ones remain."}}
main = next(iter(steps))
axes = np.linalg.qr(reads[main][0]).Q
axes = axes * np.sign((axes * reads[main][0]).sum(axis=0))  # one for each bit, about
turn, tilt = np.radians([32, 47])  # so that no two points of the cube coincide
view = np.array(
    [
        [np.cos(turn), np.sin(turn), 0],
        [-np.sin(turn) * np.sin(tilt), np.cos(turn) * np.sin(tilt), np.cos(tilt)],
    ]
)
visited = states[main].reshape(-1, steps[main].n_state)
plane = ibl.representations.Plane(
    visited.mean(axis=0),
    view @ axes.T,
    readouts={f"bit {k + 1}": reads[main][0][:, k] for k in range(3)},
    names=("cube seen askew, across", "upwards"),
)
grid = ibl.mechanism.plane_grid(plane, visited)
inputs = {"without input": rest, "input of bit 1 held at +1": np.eye(3)[0]}
fields = {
    name: ibl.mechanism.vector_field(steps[main], one, plane, grid) for name, one in inputs.items()
}
held = ibl.find_fixed_points(
    steps[main], np.eye(3)[0],
    ibl.core.make_starts(visited, n_starts=n_starts, noise=0.5, seed=main[1]), visited=visited[::10],
)  # fmt: skip
held_near = ibl.linearise(steps[main], np.eye(3)[0], held.points)
shown = dict(zip(inputs, ((points[main], near[main]), (held, held_near)), strict=True))
ibl.mechanism.fig_7c_vector_fields(fields, plane, points=shown)

# %% [markdown]
# ### Is that owed to training?
#
# Two controls have the same layers, the same search and the same seeds: the networks before training, and the trained ones with their recurrent weights shuffled.

# %% mystnb={"figure": {"caption": "**Only trained networks have eight stable points, twelve saddles between them and 27 points in all.** A dot for each network; those of a row mostly coincide.", "name": "fig-flip-points"}, "image": {"alt": "Nine rows. In those of trained GRUs, vanilla networks and LSTMs all dots lie at 8, 12 and 27. In those of untrained and of shuffled ones they lie at one stable point, no saddle and one point in all; one shuffled LSTM has no stable point."}}
shuffled = {}
for key, layer in layers.items():
    changed = deepcopy(layer).requires_grad_(False)
    n = changed.weight_hh_l0.numel()
    order = torch.randperm(n, generator=torch.Generator().manual_seed(key[1]))
    changed.weight_hh_l0[:] = changed.weight_hh_l0.flatten()[order].reshape_as(changed.weight_hh_l0)
    shuffled[key] = ibl.one_step(changed)
controls = {}
for name, maps in {"untrained": untrained, "shuffled": shuffled}.items():
    for key, step in maps.items():
        visited = step.run(held_out.pulses).reshape(-1, step.n_state)
        starts = ibl.core.make_starts(visited, n_starts=n_starts, noise=0.5, seed=key[1])
        for tolerance, apart in ((1e-8, 1e-4), (1e-5, 1e-2)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                of = ibl.find_fixed_points(
                    step, rest, starts, visited=visited[::10], tolerance=tolerance, apart=apart
                )
            growing = np.abs(ibl.linearise(step, rest, of.points).eigenvalues) > 1
            controls[name, key, tolerance] = np.bincount(growing.sum(axis=1), minlength=2)
counts = {f"{kind}, trained": [of_kind[key] for key in steps if key[0] == kind] for kind in kinds}
for name in ("untrained", "shuffled"):
    for kind in kinds:
        counts[f"{kind}, {name}"] = [controls[name, key, 1e-8] for key in steps if key[0] == kind]
counts = {row: counts[row] for kind in kinds for row in counts if row.startswith(kind)}
ibl.core.fig_rows(
    {
        "stable points": {row: [of[0] for of in all_of] for row, all_of in counts.items()},
        "saddles (one grows)": {row: [of[1] for of in all_of] for row, all_of in counts.items()},
        "all points": {row: [of.sum() for of in all_of] for row, all_of in counts.items()},
    }
)

# %% tags=["hide-input"]
most = {
    name: max(of[0] for (of_name, *_), of in controls.items() if of_name == name)
    for name in ("untrained", "shuffled")
}
said(
    f"Untrained networks have at most {most['untrained']} stable fixed point, and shuffled ones at most {most['shuffled']}, "
    "also if a point counts as fixed at a thousand times the speed."
)

# %% [markdown] tags=["more"]
# ### Are these all?
#
# How do we know that a search has found all fixed points? Four things are asked: what more starts find, whether another tolerance changes the count of memories, whether states from anywhere come to one of the memories, and whether the search itself says that it is not complete.

# %% tags=["hide-input"]
extra, other_tolerance, from_anywhere = {}, {}, {}
for key, step in steps.items():
    before = first[key].points[~first[key].outlier]
    away = np.linalg.norm(points[key][:, None] - before, axis=-1).min(axis=1)
    extra[key] = grows[key][away > 1e-3]  # their growing directions
    visited = states[key].reshape(-1, step.n_state)
    starts = ibl.core.make_starts(visited, n_starts=n_starts // 2, noise=0.5, seed=[key[1], 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for apart in (1e-4, 1e-2):  # closer together, points are one
            loose = ibl.find_fixed_points(
                step, rest, starts, visited=visited[::10], tolerance=1e-5, apart=apart
            )
            stable = ibl.linearise(step, rest, loose.points).stable & ~loose.outlier
            other_tolerance[key, apart] = stable.sum()
    low, high = visited.min(axis=0), visited.max(axis=0)
    anywhere = np.random.default_rng(key[1]).uniform(low, high, size=(n_starts, step.n_state))
    ends = ibl.mechanism.basins(step, rest, anywhere, memories[key])
    from_anywhere[key] = (ends.label >= 0).mean()
pd.DataFrame(
    {
        "first search": {key: (~first[key].outlier).sum() for key in steps},
        "sum of indices": {key: first[key].index_sum for key in steps},
        "it warned": {key: "yes" if told[key] else "no" for key in steps},
        "second search": {key: len(points[key]) for key in steps},
        "growing directions of what is new": {
            key: ", ".join(map(str, extra[key])) for key in steps
        },
    }
)

# %% tags=["hide-input"]
missed = [key for key in steps if len(extra[key])]
silent = [key for key in missed if not told[key]]
said(
    f"The first search missed {sum(map(len, extra.values()))} points in {len(missed)} of {len(steps)} networks; of these, "
    f"{range_text(np.concatenate(list(extra.values())), '.0f')} directions grow, so that they are neither memories nor what separates two of them. "
    f"It warned in {len(missed) - len(silent)} of these networks, and in {sum(bool(told[key]) for key in steps if key not in missed)} of the others: "
    "the indices of all fixed points of such a map add up to 1, and those found may not, or points were reached from single starts. "
    "No warning is no proof, as indices of missing points can cancel. "
    f"If a point counts as fixed at a thousand times the speed, and points count as one at a hundred times the distance, there are "
    f"{range_text([n for (_, apart), n in other_tolerance.items() if apart == 1e-2], '.0f')} memories (with the distance as it was up to "
    f"{max(other_tolerance.values())}: around a memory that attracts slowly many states are that slow). Of states drawn from the box that the visited ones span, {min(from_anywhere.values()):.0%} come to a memory in each network."
)

# %% [markdown]
# ## From one memory to another
#
# Sussillo and Barak add that the changes from one memory to another run by *saddles*. Two questions are asked of every network. Does a saddle with one growing direction join each pair of memories that differ in one bit: does the state, pushed off it a little to either side, go to the one and to the other? And does a change pass by there? For that we give the pulse another size, and halve intervals until it is the weakest that still changes its bit.

# %% tags=["hide-input"]
joined, changes = {}, {}
for key, step in steps.items():
    saddles = points[key][grows[key] == 1]
    direction = near[key].right[grows[key] == 1][:, :, 0].real
    ends = ibl.mechanism.basins(
        step, rest, np.concatenate([saddles + 1e-3 * direction, saddles - 1e-3 * direction]), memories[key]
    ).label.reshape(2, -1)  # fmt: skip
    one_bit = (bits[key][ends[0]] != bits[key][ends[1]]).sum(axis=1) == 1
    joined[key] = (
        len({frozenset(pair) for pair in ends.T[one_bit & (ends >= 0).all(axis=0)].tolist()}) / 12
    )

    memory, bit = np.divmod(np.arange(3 * len(memories[key])), 3)
    start, each = memories[key][memory], np.arange(len(memory))
    pulse = np.zeros((len(each), n_after, 3))
    pulse[each, 0, bit] = -bits[key][memory, bit]  # against what is remembered
    too_weak, enough = np.zeros((len(each), 1, 1)), np.ones((len(each), 1, 1))
    for _ in range(45):
        size = (too_weak + enough) / 2
        last = step.outputs(step.run(size * pulse, start)[:, -1]) @ reads[key][0] + reads[key][1]
        changed = (np.sign(last)[each, bit] != bits[key][memory, bit])[:, None, None]
        too_weak, enough = np.where(changed, too_weak, size), np.where(changed, size, enough)
    changes[key] = start, pulse, enough

# %% [markdown]
# (With the last size the state stays on the border between the two memories, as far as numbers go.) Now what do such changes pass by? For each we take the unstable point that its path comes closest to, how many directions grow there, and how near the path comes, as a share of the distance from the memory to that point. The same for a pulse of the task's size, 1.

# %% mystnb={"figure": {"caption": "**The less a pulse exceeds the weakest one, the longer the state lingers before it moves on.** Speed of the state after pulses that change a bit, as a power of ten (median over the changes), in each network and on average: pulses of the task, and such that are larger than the weakest by three shares of its size.", "name": "fig-flip-speed"}, "image": {"alt": "Four panels over 80 steps. After pulses of the task speed falls from the beginning. After pulses that are larger than the weakest by 0.01 it falls to a dip in the first ten steps, rises to about 0.1, and falls again. With 0.0001 and 0.000001 the dip is deeper, about a thousandth and a ten-thousandth, and the second peak later, near steps 30 and 45."}}
passes, dwell, speed = {}, {}, {}
excess = 10.0 ** -np.arange(2, 7)  # by which a pulse is larger than the weakest, as a share of it
for key, (start, pulse, weakest) in changes.items():
    step, unstable = steps[key], ~near[key].stable
    paths = {
        name: step.run(size * pulse, start)
        for name, size in {"weakest": weakest, "task's": 1.0}.items()
    }
    away = {
        name: np.linalg.norm(path[:, :, None] - points[key][unstable], axis=-1).min(axis=1)
        for name, path in paths.items()
    }
    by = away["weakest"].argmin(axis=1)  # which unstable point
    from_memory = np.linalg.norm(start - points[key][unstable][by], axis=1)
    passes[key] = {
        "growing directions": grows[key][unstable][by],
        **{name: one[np.arange(len(by)), by] / from_memory for name, one in away.items()},
    }
    speed[key], took = {}, []
    for share in excess:
        path = step.run((1 + share) * weakest * pulse, start)
        left = np.linalg.norm(path - path[:, -1:], axis=-1) > 0.1 * np.linalg.norm(start - path[:, -1], axis=1)[:, None]  # fmt: skip
        took.append(n_after - left[:, ::-1].argmax(axis=1))
        speed[key][f"larger by {share:g}"] = path
    speed[key]["of the task"] = paths["task's"]
    speed[key] = {
        name: np.median(
            np.log10(np.linalg.norm(np.diff(path[:, :81], axis=1), axis=-1) + 1e-12), axis=0
        )
        for name, path in speed[key].items()
    }
    growing = np.abs(near[key].eigenvalues[unstable][by, 0])
    dwell[key] = np.polyfit(np.arange(len(excess)), took, 1)[0] / (np.log(10) / np.log(growing))
close = {
    size: {
        key: np.mean((of[size] < 0.1) & (of["growing directions"] == 1))
        for key, of in passes.items()
    }
    for size in ("weakest", "task's")
}
ibl.core.fig_along(
    {
        f"log10 of speed, pulse {name}": np.stack([of[name] for of in speed.values()])
        for name in ("of the task", "larger by 0.01", "larger by 0.0001", "larger by 1e-06")
    },
    np.arange(1, 81),
    xlabel="steps after the pulse",
)

# %% tags=["hide-input"]
nearest = np.concatenate([of["task's"] for of in passes.values()])
limits = [np.mean(nearest < limit) for limit in (0.1, 0.25, 0.5)]
ratio = np.concatenate(list(dwell.values()))
said(
    f"Saddles with one growing direction join {range_text(list(joined.values()), '.0%')} of the pairs in each network. "
    f"After the weakest pulse, {np.mean(list(close['weakest'].values())):.0%} of the changes pass within a tenth of the way of such a saddle; "
    f"after the task's pulse {limits[0]:.1%} do ({limits[1]:.1%} and {limits[2]:.1%} within a quarter and a half of the way). "
    f"Each time the pulse exceeds the weakest one by a tenth as much, the change takes longer, by {np.median(ratio):.3f} times as many steps "
    f"as the saddle's eigenvalue predicts (median; 5% to 95% of the changes: {np.quantile(ratio, 0.05):.2f} to {np.quantile(ratio, 0.95):.2f})."
)

# %% [markdown] tags=["more"]
# ### How slow, and along how many directions?
#
# What does the linearisation say of the four kinds of fixed points? Each direction in which the state is off such a point has an eigenvalue, and grows if that is outside the unit circle.

# %% mystnb={"figure": {"caption": "**One, two or three directions grow where one, two or three bits are in the middle.** Eigenvalues of the Jacobian of one GRU, at a memory and at one fixed point of each other kind.", "name": "fig-flip-eigenvalues"}, "image": {"alt": "Four unit circles, with a cloud of dots around zero in each. In the first all dots lie inside; in the others one, two and three crosses lie outside, on the right."}}
one_of_each = [np.flatnonzero(grows[main] == n)[:1] for n in range(4)]
one_of_each = {f"{n} grow": one[0] for n, one in enumerate(one_of_each) if len(one)}
ibl.mechanism.fig_eigenvalues(
    near[main].eigenvalues[list(one_of_each.values())], names=list(one_of_each)
)

# %% tags=["hide-input"]
leading = {key: np.abs(of.eigenvalues[:, 0]) for key, of in near.items()}
slowest = {key: leading[key][near[key].stable].max() for key in steps}
said(
    f"The directions that grow are as many as the bits that are in the middle. At memories the largest eigenvalue of a network is "
    f"{range_text(list(slowest.values()))} (GRU: {range_text([slowest[key] for key in steps if key[0] == 'GRU'])}); "
    "where it is close to 1, a state that is off a memory comes back slowly. "
    f"At saddles with one growing direction it is {range_text(np.concatenate([leading[key][grows[key] == 1] for key in steps]))}."
)

# %% [markdown] tags=["more"]
# ### Is there a slow manifold?
#
# States shrink quickly to something on which they then move slowly. In [chapter 7](07_mechanism.ipynb) that is a curve, on which the network keeps its belief. Here it cannot be one: the edges of a cube branch at each corner. `slow_manifold` looks for a curve along one direction all the same, and warns.

# %% mystnb={"figure": {"caption": "**Where there is no curve, slow_manifold draws a zigzag from memory to memory.** The same plane and fixed points as in the picture of the cube, and the path that it finds.", "name": "fig-flip-manifold"}, "image": {"alt": "Filled circles at the corners of a cube seen askew, open ones between them. A thick line goes up and down through six of the eight corners, and across the middle of the cube."}}
curves, no_curve = {}, {}
for key, step in steps.items():
    visited = states[key].reshape(-1, step.n_state)
    with warnings.catch_warnings(record=True) as no_curve[key]:
        warnings.simplefilter("always")
        curves[key] = ibl.mechanism.slow_manifold(step, rest, visited[::5])
ibl.mechanism.fig_slow_manifold(
    plane,
    states[main].reshape(-1, steps[main].n_state)[::10],
    manifold=curves[main],
    points=(points[main], near[main]),
)

# %% tags=["hide-input"]
said(
    f"It warns in {sum(map(bool, no_curve.values()))} of {len(steps)} networks: "
    f"{range_text([one.around for one in curves.values()], '.0%')} of the variance is left around the path, which is "
    f"{range_text([one.detour for one in curves.values()], '.1f')} times as long as straight. Such a path is a zigzag from corner to corner "
    "in the order in which they lie along one direction, and says nothing of the dynamics; fixed points do."
)

# %% [markdown] tags=["more"]
# ### What does an input do that lasts?
#
# Which memories are left while the input of one bit is held at +1, as in the right half of the [picture](#fig-flip-fields)? One would expect the four of the face of the cube on which that bit is +1. In training no input ever lasts.

# %%
n_held = {}
for key, step in steps.items():
    visited = states[key].reshape(-1, step.n_state)
    starts = ibl.core.make_starts(visited, n_starts=n_starts // 4, noise=0.5, seed=[key[1], 3])
    for k, one in enumerate(np.eye(3)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there are more unstable ones
            of = ibl.find_fixed_points(step, one, starts, visited=visited[::10])
        stable = ibl.linearise(step, one, of.points).stable & ~of.outlier
        n_held[(*key, k + 1)] = stable.sum()
n_held = pd.Series(n_held).unstack()
n_held.rename_axis(index=["network", "seed"], columns="bit held")

# %% [markdown]
# ## Three units, one for each bit
#
# If the network is three switches, three units should do. [RADD](09_claim4_radd.ipynb) fits $z_t = \tanh(A z_{t-1} + B o_t + c)$ to what a network was projected to, $z$, and its inputs, $o$: a [distillation](../book/glossary.md#term-distillation). Sequences are told apart by `groups`, so that no step leads from one to the next. Here are the weights $A$ of three units that are fitted to the outputs of one network:

# %% tags=["teaches"]
sample = ibl.task.sample_flip_flop(200, seed=[seed, 2 * 10**6])
sequence = np.repeat(np.arange(200), 40)  # of each row
pulses, targets = sample.pulses.reshape(-1, 3), sample.targets.reshape(-1, 3)
shown = steps[main].outputs(steps[main].run(sample.pulses))
projected = (shown @ reads[main][0] + reads[main][1]).reshape(-1, 3)
three = ibl.RADD().fit(pulses, projected, groups=sequence)
three.recurrent_.round(2)

# %% [markdown]
# Now the same for all networks, by both of RADD's losses (the *free-running* fit follows the network for twenty steps, the *closed form* for one), and fitted in two ways: to the three outputs, or to the first three principal components of the states. Each model runs on its own past, through the held-out sequences, and through 1,000 steps of silence after one pulse to each bit. As controls there are two units, and three linear ones.

# %% mystnb={"figure": {"caption": "**Three units fitted to the outputs remember as the networks do; fitted to components, most forget.** Bits that are correct on held-out sequences (left) and after 1,000 steps of silence (middle), and stable fixed points (right); a dot for each network.", "name": "fig-flip-radd"}, "image": {"alt": "Eight rows. The networks and the free-running fit to outputs have all bits correct and eight stable points. So has the closed form, but for one network that has half of the bits correct in silence. Fits to components and linear units have fewer bits correct, about half in silence, and mostly none to four stable points; turned to the bits they are at the top in six of nine networks."}}
silence = np.zeros((8, 1001, 3))
silence[:, 0] = 1 - 2 * (np.arange(8)[:, None] >> np.arange(3) & 1)
fits = {  # components (0: outputs), whether turned to the bits, and how to fit
    "outputs": (0, False, {}),
    "outputs, free-running": (0, False, {"solver": "free_running", "n_windows": 2000}),
    "3 components": (3, False, {}),
    "3 components, free-running": (3, False, {"solver": "free_running", "n_windows": 2000}),
    "the same, turned to the bits": (3, True, {"solver": "free_running", "n_windows": 2000}),
    "2 components": (2, False, {}),
    "outputs, linear units": (0, False, {"activation": "identity"}),
}
models, fitted, told_by = {}, {}, {}
for key, step in steps.items():
    shown = step.outputs(step.run(sample.pulses)).reshape(len(pulses), -1)
    mean, components, _ = ibl.representations.principal_components(shown)
    ones = np.ones((len(shown), 1))
    for name, (n, turned, how) in fits.items():
        projected = shown @ reads[key][0] + reads[key][1]
        if n:
            projected = (shown - mean) @ components[:n].T
        if turned:
            with_ones = np.hstack([projected, ones])
            projected = with_ones @ np.linalg.lstsq(with_ones, targets, rcond=None)[0]
        radd = ibl.RADD(**how).fit(pulses, projected, groups=sequence)

        # Which bits are remembered is read linearly.
        with_ones = np.hstack([projected, ones])
        read = np.linalg.lstsq(with_ones, targets, rcond=None)[0]
        told_by[name, key] = (np.sign(with_ones @ read) == targets).mean()
        alone = radd.predict(held_out.pulses) @ read[:-1] + read[-1]
        kept = radd.predict(silence)[:, -1] @ read[:-1] + read[-1]
        of_three = radd.model_.one_step()
        starts = ibl.core.make_starts(projected / radd.scale_, noise=0.5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            of = ibl.find_fixed_points(of_three, rest, starts)
        stable = ibl.linearise(of_three, rest, of.points).stable
        models[name, key] = radd
        fitted[(name, *key)] = {
            "bits correct": (np.sign(alone) == held_out.targets).mean(),
            "correct in silence": (np.sign(kept) == silence[:, 0]).mean(),
            "stable points": stable.sum(),
        }
fitted = pd.DataFrame(fitted).T.rename_axis(["fit", "kind", "seed"]).sort_index()
own = {}
for key, step in steps.items():
    last = step.outputs(step.run(silence)[:, -1]) @ reads[key][0] + reads[key][1]
    own[key] = correct[key], (np.sign(last) == silence[:, 0]).mean(), len(memories[key])
ibl.core.fig_rows(
    {
        name: {"the networks": [of[k] for of in own.values()]}
        | {fit: fitted.loc[fit, name].tolist() for fit in fits}
        for k, name in enumerate(fitted)
    }
)

# %% tags=["hide-input"]
median = fitted.groupby(level="fit").median()
off = {
    name: np.array(
        [
            np.abs(one.recurrent_ - np.diag(np.diag(one.recurrent_))).max()
            / np.diag(one.recurrent_).min()
            for key in steps
            for one in [models[name, key]]
        ]
    )
    for name in ("outputs", "outputs, free-running")
}
to_itself = {
    name: np.concatenate([np.diag(models[name, key].recurrent_) for key in steps]) for name in off
}
said(
    f"Fitted to outputs, each unit is one bit's. A unit's weight to itself is {range_text(to_itself['outputs'])} by the closed form and "
    f"{range_text(to_itself['outputs, free-running'])} by the free-running fit; weights between units are at most "
    f"{max(of.max() for of in off.values()):.3f} of that. Above 1 a tanh unit has two stable points, so that three units have eight: "
    f"in {int((fitted.loc['outputs', 'stable points'] == 8).sum())} and {int((fitted.loc['outputs, free-running', 'stable points'] == 8).sum())} of {len(steps)} networks. "
    f"Running alone, they have {median.iloc[:, 0]['outputs']:.2%} of the bits correct (closed form) and {median.iloc[:, 0]['outputs, free-running']:.2%} "
    f"(free-running; medians), but with the closed form one unit's weight to itself is close to 1, and where it is too close "
    f"the memory is lost in silence: {fitted.loc['outputs'].iloc[:, 1].min():.0%} of the bits are correct then in the worst network. "
    f"Fitted to three principal components, models have {median.iloc[:, 0]['3 components']:.0%} and {median.iloc[:, 0]['3 components, free-running']:.0%} of the bits correct, "
    f"and {range_text(fitted.loc['3 components', 'stable points'], '.0f')} and "
    f"{range_text(fitted.loc['3 components, free-running', 'stable points'], '.0f')} stable points."
)

# %% [markdown]
# Two things can go wrong with principal components. They may leave out what matters, and their axes are not those of the bits: a tanh bends along its own unit's axis, and only along the bits' axes are the states three switches. To tell which, the components are turned to the bits by a linear map, and fitted again.

# %% tags=["hide-input"]
by_kind = fitted.loc["the same, turned to the bits"].groupby(level="kind").median()
said(
    "Turned to the bits, "
    + "; ".join(f"{kind}: {by_kind.loc[kind, 'bits correct']:.1%} correct" for kind in kinds)
    + " (medians, free-running). Where that mends the fit the axes were the fault. Where it does not, the components had left something out: without any dynamics, "
    + "; ".join(
        f"those of {kind} networks tell {range_text([told_by['3 components', key] for key in steps if key[0] == kind], '.1%')} of the bits"
        for kind in kinds
    )
    + ". Either way a fit that forgets is no evidence that the network has no such circuit."
)

# %% [markdown]
# [Exercise 2](24_flip_flop.ipynb#exercise-2-does-radd-mind-how-the-axes-are-turned-25-min-intermediate) turns the outputs' axes and nothing else.

# %% [markdown]
# ## What follows
#
# A network of one's own, on a task of another kind, needs a training loop and a readout; the rest is the same as for [the network of Part I](02_train_rnn.ipynb). Three things are worth taking along. Ask a search [whether it is complete](24_flip_flop.ipynb#are-these-all). Look at what states do near a saddle and at what the task's own inputs do: that a saddle separates two memories does not mean that a change goes by it. And give RADD coordinates in which a unit can be one thing, as [two beliefs](09_claim4_radd.ipynb) were in Part I. How states, weights and sessions get in and out is told in [other tools](../book/other_tools.md), and how to run all this over many settings in [sweeps](../book/sweeps.md).
#
# What this chapter does not show is whether the paper's own network, which was trained in another way, in continuous time and with pulses that last, changes its bits past a saddle. Of the paper we could read the abstract only; what we say that it states is how later work reports it.

# %% [markdown]
# ## Our numbers beside the paper's

# %% tags=["hide-input"]
per_network = [
    {
        "flip_flop.attractors": len(memories[key]),
        "flip_flop.saddles": close["weakest"][key],
        "flip_flop.saddles_full": close["task's"][key],
        "flip_flop.correct": correct[key],
        "flip_flop.all_points": len(points[key]),
        "flip_flop.joined": joined[key],
        "flip_flop.held": n_held.loc[key].median(),
        "flip_flop.dwell": np.median(dwell[key]),
        "flip_flop.radd_correct": alone["outputs"] - correct[key],
        "flip_flop.radd_free_correct": alone["outputs, free-running"] - correct[key],
        "flip_flop.radd_components_correct": alone["3 components"] - correct[key],
        "flip_flop.radd_two_units": alone["2 components"],
        "flip_flop.radd_linear": alone["outputs, linear units"] - alone["outputs"],
        "flip_flop.radd_attractors": stable["outputs"],
        "flip_flop.radd_kept": kept["outputs"],
        "flip_flop.radd_free_kept": kept["outputs, free-running"],
        "flip_flop.radd_one_bit": off["outputs"][k],
    }
    for k, key in enumerate(steps)
    for alone, kept, stable in [[fitted.xs(key, level=("kind", "seed"))[name] for name in fitted]]
]
means = ["saddles", "saddles_full", "correct", "joined", "radd_kept", "radd_free_kept"]
of_networks = pd.DataFrame(per_network)
measured = of_networks.median().to_dict() | {
    f"flip_flop.{name}": of_networks[f"flip_flop.{name}"].mean() for name in means
}
report(
    measured
    | {
        "flip_flop.held": n_held.stack().median(),
        "flip_flop.dwell": np.median(ratio),
        "flip_flop.more_starts": sum(map(len, extra.values())),
        "flip_flop.other_tolerance": sum(
            other_tolerance[key, 1e-2] != len(memories[key]) for key in steps
        ),
        "flip_flop.reached_from_anywhere": min(from_anywhere.values()),
        "flip_flop.untrained": most["untrained"],
        "flip_flop.shuffled": sum(
            of[0] == 8
            for (name, _, tolerance), of in controls.items()
            if name == "shuffled" and tolerance == 1e-8
        ),
        "flip_flop.no_curve": np.mean(list(map(bool, no_curve.values()))),
    },
    profile=profile,
    detail=f"{len(steps)} networks",
    networks=per_network,
)

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: two switches (20 min, basic)
#
# How many fixed points do you expect of a network that remembers two bits, and how many of them are stable? Train one, with `sample_flip_flop(..., n_bits=2)`, and search.

# %% tags=["solution"]
# @title Solution 1
layer = torch.nn.RNN(2, 24, batch_first=True, dtype=torch.float64)
readout = torch.nn.Linear(24, 2, dtype=torch.float64)
weights = [*layer.parameters(), *readout.parameters()]
drawn = torch.Generator().manual_seed(seed)
for one in weights:
    torch.nn.init.uniform_(one, -(24**-0.5), 24**-0.5, generator=drawn)
optimizer = torch.optim.Adam(weights, lr=0.01)
for update in range(400):
    batch = ibl.task.sample_flip_flop(64, n_bits=2, seed=[seed, update])
    loss = (
        (readout(layer(torch.tensor(batch.pulses).double())[0]) - torch.tensor(batch.targets))
        .square()
        .mean()
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
two = ibl.one_step(layer)
visited = two.run(ibl.task.sample_flip_flop(50, n_bits=2, seed=seed).pulses).reshape(-1, 24)
of_two = ibl.find_fixed_points(
    two, np.zeros(2), ibl.core.make_starts(visited, n_starts=500, noise=0.5, seed=seed)
)
n_stable = ibl.linearise(two, np.zeros(2), of_two.points).stable.sum()

answer(
    "24.1",
    f"{n_stable} stable ones of {len(of_two.points)} in all: 2 to the power of 2 memories, and 3 to the power of 2 fixed points, as "
    "each switch is at one end, at the other, or in the middle. A square, then: four corners, four "
    "saddles on its sides, and the middle, from which two directions grow.",
    n_stable == 4 and len(of_two.points) == 9,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: does RADD mind how the axes are turned? (25 min, intermediate)
#
# The outputs have all that is needed for the three bits, and so has any rotation of them. Turn the outputs of each network by a random rotation (the Q of `numpy.linalg.qr` of a normal matrix), fit RADD, turn back what it predicts, and count the bits that are correct. What does that say of fits to principal components?

# %% tags=["solution"]
# @title Solution 2
rotation = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3))).Q
turned = {"straight": [], "turned": []}
for key, step in steps.items():
    straight = step.outputs(step.run(sample.pulses)) @ reads[key][0] + reads[key][1]
    for name, turn in {"straight": np.eye(3), "turned": rotation}.items():
        radd = ibl.RADD().fit(sample.pulses, straight @ turn)
        back = radd.predict(held_out.pulses) @ turn.T
        turned[name].append((np.sign(back) == held_out.targets).mean())

answer(
    "24.2",
    f"It does. As they are, {range_text(turned['straight'], '.1%')} of the bits are correct; turned, "
    f"{range_text(turned['turned'], '.1%')}. Nothing was lost but the axes: a unit's tanh bends along the unit's own axis, and "
    "off the axes of the bits three such units are no three switches. So a fit to principal components may forget "
    f"({range_text(fitted.loc['3 components', 'bits correct'], '.1%')} correct) although nothing is left out.",
    min(turned["straight"]) > 0.97 and max(turned["turned"]) < 0.95,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * A cell of your own: `ibl.one_step(F, n_state=..., n_inputs=3)` takes any function F(h, inputs) of torch operations. Which of the findings hold for it?
# * Four bits (`n_bits=4`): does the search find all $3^4 = 81$ points, and what does it say if not?
# * Pulses that last: repeat each for some steps (`numpy.repeat` along the steps) and train anew. Do changes then come nearer to the saddles?
