# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: []
#     cell_timeout: 600
# ---

# %% [markdown]
# # What noise sustains
#
# **Question.** A network that gets nothing but noise emits symbols that stay the same for many steps and then change at once. How does it do that?
#
# Torre et al. trained recurrent networks to emit what a hidden Markov model emits (see the page before). They report that such a network falls silent without input; that noise keeps it on an orbit; that it stays long in *clusters*, passes through *kick zones*, and changes its output in fast *transitions*; and that the orbit grows with the noise. Here we measure all this. We show that half of it follows from one line of algebra, and look at the end at networks that learnt the same by another loss.
#
# Two words: the **class** of a step is the symbol that is most likely then; a **residence** is a stretch of equal class.
#
# **Time:** a good minute, with the networks that ship with the package.

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
seed: int = 1  # of the first network; the others follow
n_seeds: int = 0  # networks of each family; 0: what the profile says
noise_seed: int = 31  # of the noise that drives them

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report

families = ibl.core.budget(
    profile,
    smoke=["chain-2", "chain-5"],
    page=list(ibl.hmm_rnn.FAMILIES),
    paper=list(ibl.hmm_rnn.FAMILIES),
)
n_seeds = n_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=3)
seeds = range(seed, seed + n_seeds)
recipes = {
    (family, k): ibl.hmm_rnn.teaching.recipe(family, k) for family in families for k in seeds
}
trained, origin = ibl.hmm_rnn.teaching.hmm_rnns_for(
    [*recipes.values(), ibl.hmm_rnn.teaching.fast_recipe("chain-2", 1)]
)
*networks, fast = (one.network for one in trained)
networks = dict(zip(recipes, networks, strict=True))
hmm, network = ibl.hmm_rnn.FAMILIES["chain-2"], networks["chain-2", seed]
chains_2 = {k: networks["chain-2", k] for k in seeds}
print(origin)

# %% [markdown]
# The main network emulates the chain of two states: one emits symbol 0 and the other symbol 2, nearly always, and the state changes with probability 0.05 at each step. It is shown in all figures. Numbers are medians over the networks of a family, which differ in their seed: with three, a median inside some range means that at least two of them are.
#
# ## A network without biases knows no size
#
# The network is
#
# $$h_t = \mathrm{relu}(W_\mathrm{in} x_t + W_\mathrm{rec} h_{t-1}), \qquad z_t = W_\mathrm{out} h_t, \qquad x_t \sim \mathcal N(0, \sigma^2 I),$$
#
# and symbols are drawn from $\mathrm{softmax}(z_t)$. It has no biases. That has a consequence which is exact, and simple:
#
# > **Multiply the noise, and the state at the start, by $s > 0$. Then all states and all logits are multiplied by $s$, for ever.**
#
# *Proof.* For $s > 0$, $\mathrm{relu}(s u) = s\,\mathrm{relu}(u)$. So if $h_{t-1}$ and $x_t$ carry a factor $s$, then $\mathrm{relu}(W_\mathrm{in} s x_t + W_\mathrm{rec} s h_{t-1}) = s h_t$ carries it, too; and so on by induction. ∎
#
# What follows, before any measurement:
#
# 1. **Zero is a fixed point without input, and a state either decays to it or grows for ever.** (Only a growth of exactly 1 could keep it elsewhere.) To fall silent is to contract, whatever the size of the start.
# 2. **The orbit that noise sustains is exactly proportional to $\sigma$.** It could not be otherwise.
# 3. **The most likely symbol of each step does not depend on $\sigma$**: the argmax of $s z_t$ is that of $z_t$. When the class switches, how long residences last, what is a cluster and which directions are unstable: all of it is the same at any noise, to the bit.
# 4. **The size of the noise acts on the emitted symbols only**, through the sharpness of the softmax. So if a network works best at some size of noise, that says something about emissions, not about switching.
#
# Measured, with the same noise at several sizes:

# %%
sizes = [0.1, 0.3, 0.5, 1, 2, 3, 4]
variants = {
    "ReLU, no biases": network,
    "ReLU with biases": ibl.hmm_rnn.orbit.with_biases(network, seed),
    "tanh, no biases": replace(network, nonlinearity="tanh"),
}
n_scaled = {"n_sequences": 20, "n_steps": ibl.core.budget(profile, smoke=50, page=300, paper=1000)}
scalings = {
    name: ibl.hmm_rnn.orbit.scaling(one, sizes, **n_scaled, seed=noise_seed)
    for name, one in variants.items()
}
main = scalings["ReLU, no biases"]
in_binary = ibl.hmm_rnn.orbit.scaling(network, [2**-10, 0.5, 2, 1024], **n_scaled, seed=noise_seed)
pd.DataFrame(
    {
        "relative error of states": [f"{error:.0e}" for error in main.state_error],
        "size of states / noise, less 1": [f"{size - 1:.0e}" for size in main.relative_size],
        "steps with another class": main.class_differs,
        "mean probability of the class": main.confidence.round(3),
    },
    index=pd.Index(sizes, name="size of noise"),
)

# %%
print("Largest error at noise 2⁻¹⁰, ½, 2 and 1024, which computers multiply exactly:",
      in_binary.state_error.max())  # fmt: skip

# %% [markdown]
# The error is that of rounding, and nothing at all where the factor is a power of two. What breaks it? Anything that has a size of its own: biases, or a nonlinearity that saturates. The same weights, once with biases as PyTorch would draw them for a new network, once with tanh:

# %% mystnb={"figure": {"caption": "The same noise, scaled. Left: size of the states, divided by that of the noise. Right: share of steps at which another symbol is most likely than at noise 1.", "name": "fig-hmm-homogeneity"}, "image": {"alt": "ReLU without biases: flat lines at 1 and at 0. With biases: states are larger than proportional at small noise, and the class differs at four tenths of steps at noise 0.1, falling to none at noise 1 and rising to some per cent beyond. With tanh: the size of the states over that of the noise falls steeply, and the class is another at half of the steps at noise 2 and above."}}
ibl.hmm_rnn.orbit.fig_homogeneity(scalings)

# %% [markdown]
# So for these networks "the orbit grows linearly with the noise" and "switching does not need noise of the right size" are not findings about what was learnt. They hold at random weights. What *is* learnt, and has to be measured, comes now: that the network contracts without input, that noise makes it go round, and where it waits.
#
# ## Without input it falls silent
#
# Start from driven states, and from random positive ones that the network need never see; then no input. All networks of all families, 500 steps:

# %%
large = ibl.core.budget(
    profile,
    smoke=ibl.hmm_rnn.orbit.MotionBudget(10, 200, 100, 20),
    page=ibl.hmm_rnn.orbit.MotionBudget(),
    paper=ibl.hmm_rnn.orbit.MotionBudget(n_states=5000),
)
small = replace(large, n_sequences=10, n_states=min(500, large.n_states))
motions = {
    k: ibl.hmm_rnn.orbit.measure_motion(
        one, large if k == seed else replace(large, n_states=small.n_states), noise_seed
    )
    for k, one in chains_2.items()
}
numbers = {("chain-2", k): one.numbers for k, one in motions.items()} | {
    (family, k): ibl.hmm_rnn.orbit.measure_motion(networks[family, k], small, noise_seed).numbers
    for family in families[1:]
    for k in seeds
}
table = pd.DataFrame(numbers).T.rename_axis(["family", "seed"])
motion = motions[seed]
left, per_step = table["left without input"], table["factor of a step without input"]
print(f"{len(left)} networks: at most {left.max():.0e} of the length is left after 500 steps;")
print(
    f"a step leaves {per_step.min():.2f} to {per_step.max():.2f} of it (medians over driven states)"
)

# %% mystnb={"figure": {"caption": "Without input. Above: paths from driven states, in the plane of the first two principal components (PCs) of driven states. Below: length of the state, from 100 driven and 100 random positive states.", "name": "fig-hmm-zero-input"}, "image": {"alt": "Blue paths start all over the grey cloud of driven states and run, some of them in a curve, to a star in the gap between the cloud's two halves, which marks zero. Below, the length of all states falls along nearly straight lines on a logarithmic axis, below a thousandth after about forty steps."}}
ibl.hmm_rnn.orbit.fig_zero_input(motion.without_input, motion.orbit)

# %% [markdown]
# Nearly straight lines: each step takes about the same share. That the size of the start does not matter is point 1. And the search for fixed points of Part I, which knows nothing of homogeneity, finds zero and nothing else:

# %%
visited = motion.states
found = ibl.find_fixed_points(
    ibl.hmm_rnn.one_step(network), np.zeros(network.n_inputs),
    ibl.core.make_starts(visited, n_starts=ibl.core.budget(profile, smoke=5, page=50, paper=200), noise=0.5, seed=seed),
    visited=visited,
)  # fmt: skip
again = ibl.hmm_rnn.orbit.zero_input(network, 8 * visited[:50]).ratio
print(found)
print(f"largest unit at the fixed points: {np.abs(found.points).max():.0e}")
print("paths from eight times the state, over eight times the length: largest difference",
      np.abs(again - ibl.hmm_rnn.orbit.zero_input(network, visited[:50]).ratio).max())  # fmt: skip

# %% [markdown]
# ## With noise it goes round
#
# The same network under noise:

# %% mystnb={"figure": {"caption": "Above: driven states in the plane of PC1 and PC2, coloured by the most likely symbol; arrows: mean movement in one step. Below: how long a symbol stays the most likely one, and how long a hidden state of the HMM lasts.", "name": "fig-hmm-orbit"}, "image": {"alt": "Two dense clouds side by side, one for each of two symbols. Arrows run to the right along the upper edge and back to the left along the lower edge, so that all together they go round once, clockwise, through both clouds. Below, residences of both symbols: flat for about ten steps, then nearly straight lines on a logarithmic axis, well above the dashed line of the hidden state."}}
ibl.hmm_rnn.orbit.fig_orbit(motion.orbit, motion.residences, p_switch=hmm.transition[0][1])

# %% [markdown]
# From one cloud to the other it takes one side, and back the other. Is it the same direction every time? The **angular momentum** $p_t \times (p_{t+1} - p_t)$ of the position in the plane is positive for a step anticlockwise and negative for one clockwise. Its *t* is its mean in standard errors, from means of independent sequences. And if each pair of switches is one turn, there are as many **turns** as pairs of switches. All that is seen in one plane. A path that goes to and fro there may go round in another, so we count turns in the plane of PC1 and PC3, too.

# %%
shown = [
    "residence, median", "residence, CV", "share of the second class", "length, late / early",
    "t of angular momentum", "t, as if steps were independent", "turns per pair of switches",
    "turns per pair, PC1 and PC3", "PC1 + PC2",
]  # fmt: skip
table.loc["chain-2", shown].T.round(2)

# %% [markdown]
# Residences that end at random at a constant rate would have a CV (standard deviation over mean) near 1; the network's are more regular, because a class that has just begun does not end at once, and they last longer than the hidden state. We come back to this below. The other families, medians and the number of networks with 0.8 to 1.2 turns per pair of switches in the plane of PC1 and PC2:

# %%
by_family = table[shown[0:2] + shown[4:]].groupby("family", sort=False)
goes_round = table["turns per pair of switches"].between(0.8, 1.2)
by_family.median().round(2).assign(
    **{"networks that go round in PC1 and PC2": goes_round.groupby("family", sort=False).sum()}
)

# %% [markdown]
# In the plane of PC1 and PC2 the chains of three and four states go round as that of two does; of the chain of five one network does, and two do not. But only in this plane. Each of its networks:

# %%
table.loc["chain-5", ["turns per pair of switches", "turns per pair, PC1 and PC3"]].round(2)

# %% [markdown]
# The two that make no turn in the plane of PC1 and PC2 make nearly one for each pair of switches in that of PC1 and PC3. The fully connected and the cyclic model have more than two clusters, and perhaps several orbits, none of which has to lie in either plane; the page on one motif takes them apart.

# %% [markdown]
# ## Clusters, kick zones and transitions
#
# From each of many driven states, let 20 noisy runs begin. How many steps until the class changes? Less than 2 on average: the state is in a **transition**. From 2 to 8: in a **kick zone**. More than 8, and its symbol has a probability above 0.8: in a **cluster**. Two more numbers. How often the logit of the class **turns** between rising and falling before it gives way: a path that wanders turns often, a path that is pushed does not. And how many directions are **unstable** there, eigenvalues outside the unit circle of $D W_\mathrm{rec}$, with $D$ the active units.

# %% mystnb={"figure": {"caption": "Above: driven states coloured by the mean number of steps until their class changes (left) and by the number of unstable directions (right), with the mean movement. Below: how often the logit of the class turns before the class changes, and means by region.", "name": "fig-hmm-regions"}, "image": {"alt": "Both clouds keep their class for more than nine steps; states that change it within a few steps lie in two narrow places between the clouds, one at the upper and one at the lower edge, where the arrows cross. The unstable directions are in and between these two places: none inside the clouds. Below, the histogram has a narrow peak at no turns and a broad hump around ten; means are about nine turns in clusters, one in kick zones and hardly any in transitions."}}
ibl.hmm_rnn.orbit.fig_regions(motion.orbit, motion.states, motion.residency)

# %%
regions_table = table[
    [f"{what}, {name}" for what in ("turns", "unstable") for name in ibl.hmm_rnn.orbit.REGIONS]
]
holds = pd.DataFrame(
    {key: ibl.hmm_rnn.orbit.regions_in_order(found) for key, found in numbers.items()}
).T
holds = holds.rename_axis(["family", "seed"])
pd.concat(
    [
        regions_table.groupby("family", sort=False).median().round(2),
        holds.all(axis=1).groupby("family", sort=False).mean().rename("all three hold").round(2),
    ],
    axis=1,
)

# %% [markdown]
# *All three* are: turns fall from cluster to kick zone to transition; in transitions the logit turns less than 0.2 times; and the kick zone has more unstable directions than clusters. The paper says that the kick zone has the *most* unstable directions. In the values that we could read off its figures that is so in three of six networks, because transitions have many, too; so it is not asked for here.
#
# ## Where noise matters
#
# A state in a cluster waits for noise that carries it out. A state at the gate should go, whatever the noise. To see that, line up the network's switches of class, take the states from 12 steps before to 5 steps after, and let runs with fresh noise begin at each:

# %%
n_gates = ibl.core.budget(profile, smoke=(5, 10), page=(60, 30), paper=(200, 100))
around = {
    k: ibl.hmm_rnn.orbit.gates(
        one, motions[k].driven, seed=noise_seed,
        n_switches=n_gates[0], n_repeats=n_gates[1], longest=60,
        **({"before": 6, "after": 2} if profile == "smoke" else {}),
    )
    for k, one in chains_2.items()
}  # fmt: skip
gate = around[seed]

# %% mystnb={"figure": {"caption": "Runs with fresh noise from states around switches, 95% intervals over switches. Above: probability that the class changes within 5 steps. Middle: determinism, the squared mean movement over 5 steps, divided by itself plus the spread. Below: the spread itself, the trace of the covariance after 5 steps.", "name": "fig-hmm-gates"}, "image": {"alt": "Above: the probability that the class changes within five steps is below a tenth until eight steps before the switch, rises to nearly one at the last step before it, and falls to nearly zero after. Middle: determinism rises from about a third to more than a half around the switch. Below: the spread is a little larger in the five steps before the switch than twelve steps before it."}}
ibl.hmm_rnn.orbit.fig_gates(gate)

# %%
far = {"exit_within": -12, "mean_exit": -12, "exit_cv": -12, "determinism": -6, "spread": -12}
if profile == "smoke":
    far = dict.fromkeys(far, -6)
gate_table = pd.DataFrame(
    {
        f"seed {k}": {
            (field, where): one.at(field, lag).mean()
            for field, cluster in far.items()
            for where, lag in (("cluster", cluster), ("gate", -1))
        }
        for k, one in around.items()
    }
)
gate_table.round(2)

# %% [markdown]
# *Gate* is the last step before the switch, *cluster* 12 steps before it (for determinism, 6). Rows: probability that the class changes within 5 steps; mean steps until it changes (at most 60), and their standard deviation over the mean; determinism; spread. The gate opens within some seven steps: before that the noise to come decides; at the gate it hardly does.
#
# The paper's own measure is the spread: it reports a trace of 45 in a cluster and 28.5 in a transition, of one switch that was chosen by hand. Over many switches we find the opposite. A state at the gate moves on through a part of state space where paths fan out, because directions are unstable there. That the spread is larger does not mean that noise decides more: the mean movement is larger still.
#
# ## How much noise is right?
#
# Now the noise is drawn anew at each size. The error is the total variation between the pairs of successive symbols that the network emits and those of the HMM (0: equal; 1: nothing in common).

# %%
noise_sizes = ibl.core.budget(
    profile, smoke=[0.1, 0.5, 1, 4], page=[0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4],
    paper=[0.1, 0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3, 4],
)  # fmt: skip
n_sequences, n_steps = ibl.core.budget(profile, smoke=(10, 200), page=(40, 1000), paper=(200, 1000))
by_size = {
    f"seed {k}": ibl.hmm_rnn.orbit.amplitudes(
        one, hmm, noise_sizes, n_sequences=n_sequences, n_steps=n_steps, seed=noise_seed
    )
    for k, one in chains_2.items()
}

# %% mystnb={"figure": {"caption": "Noise of several sizes, drawn anew each time. Left: radius of the orbit (95% of states in the plane are within). Middle: how often the emitted symbol and the most likely symbol change, seed 1. Right: error of the pairs of successive symbols.", "name": "fig-hmm-amplitude"}, "image": {"alt": "Left: straight lines through zero. Middle: the rate at which symbols change falls from more than a half at noise 0.1 and crosses that of the HMM just below noise 1, while the rate at which the most likely symbol changes is flat. Right: the error falls steeply from more than a half at noise 0.1 to a few hundredths from noise 0.75 to 2, least at noise 1 for seed 1, and rises a little beyond."}}
ibl.hmm_rnn.orbit.fig_amplitude(by_size, change_rate=ibl.hmm_rnn.exact_statistics(hmm).change_rate)

# %%
proportional = {}
for name, one in by_size.items():
    per_size = (one.radius / one.noise_sd)[one.noise_sd >= 0.5]
    proportional[name] = {
        "radius / noise, spread from 0.5 to 4": np.ptp(per_size) / per_size.mean(),
        "best size": one.best,
        "least error": one.error.min(),
        "error at 0.1 / least": one.error[0] / one.error.min(),
        "share of steps with a switch": one.switch_rate.mean(),
    }
size_table = pd.DataFrame(proportional)
size_table.round(3)

# %% [markdown]
# The paper calls this self-induced stochastic resonance: noise of the right size makes the network work. The curve on the right is as one expects of resonance, with its minimum at the size of noise in training or somewhat above. But the middle panel shows what it is made of. The class switches at the same rate at any noise, as it must (point 3). Noise that is too weak makes the *output* unsure, so that symbols change all the time although the most likely one does not. No clock is tuned to the noise: **it is a statement about emissions.** A bias, as above, would make it one about switching, too.
#
# ## Does the readout lie in the plane of PC1 and PC2?
#
# In the paper the readout of symbols 0 and 2 leans out of the plane of PC1 and PC2 as the chain gets longer: its projection, at length 1, falls from 0.51 for two states to 0.27 for five. Adding one vector to all rows of the readout changes no probability but it changes these lengths, so we also show the difference of the two rows, which is free of that.

# %%
tilt = {family: table.loc[family, "readout in the plane"].to_numpy() for family in families}
contrast = {family: table.loc[family, "contrast in the plane"].to_numpy() for family in families}
published = {"chain-2": 0.506, "chain-3": 0.318, "chain-4": 0.265, "chain-5": 0.268}

# %% mystnb={"figure": {"caption": "Length, in the plane of PC1 and PC2, of the readout of symbols 0 and 2 at length 1 (mean of the two), and of their difference; a point for each network.", "name": "fig-hmm-tilt"}, "image": {"alt": "Chain of two states: a little above the published 0.51. Longer chains: between 0.3 and 0.4, somewhat above the published lines. Fully connected and cyclic: 0.55 to 0.7. The difference of the two rows lies well above the rows themselves in the chains of three and four and in the cyclic model, and falls along the chains, too."}}
ibl.hmm_rnn.orbit.fig_readout_tilt(tilt, contrast, published)

# %% [markdown]
# ## What does another loss make of it?
#
# All networks so far learnt with the loss of the paper: a Sinkhorn divergence of small blur, between a batch of the network's sequences and one of the HMM's. A second recipe ships with the package. It starts from random weights, too, and its loss is an *unbiased* divergence, which on average is zero exactly where network and HMM have the same law (see the page before). Here is its network of the same HMM, beside the main one:

# %%
two_ways = {
    f"paper's loss, seed {seed}": motion,
    "unbiased loss, seed 1": ibl.hmm_rnn.orbit.measure_motion(fast, large, noise_seed),
}

# %% mystnb={"figure": {"caption": "One HMM emulated in two ways. Above: driven states in the plane of PC1 and PC2 by the most likely symbol, and their mean movement. Below: how long a symbol stays the most likely one, and the geometric law of the hidden state.", "name": "fig-hmm-two-ways"}, "image": {"alt": "Left: two clouds side by side, with arrows that go round clockwise through both; below, hardly a residence ends within the first ten steps, and then they end more rarely than the hidden state does. Right: a narrow V, one symbol on each arm; arrows on both arms lead to its tip, and none go round in this plane. Below, residences fall along nearly straight lines from the first step on, somewhat more steeply than the dashed line."}}
ibl.hmm_rnn.orbit.fig_two_ways(two_ways, p_switch=hmm.transition[0][1])

# %%
emulators = {f"paper's loss, seed {k}": (one, motions[k]) for k, one in chains_2.items()} | {
    "unbiased loss, seed 1": (fast, two_ways["unbiased loss, seed 1"])
}
n_emitted = ibl.core.budget(profile, smoke=50, page=1000, paper=5000)
matches = {
    name: ibl.hmm_rnn.teaching.assess_emissions(one, hmm, n_sequences=n_emitted, seed=noise_seed)
    for name, (one, _) in emulators.items()
}
p_switch = hmm.transition[0][1]
two_table = pd.DataFrame(
    {
        "the HMM itself": {
            "residence, mean": 1 / p_switch,
            "residence, CV": np.sqrt(1 - p_switch),
            "error of symbol pairs": next(iter(matches.values())).floor,
            "symbols change / HMM": 1.0,
            "distance of sequences / HMM": 1.0,
        }
    }
    | {
        name: {
            "residence, mean": one.residences[1].mean(),
            "residence, CV": one.numbers["residence, CV"],
            "error of symbol pairs": matches[name].total_variation,
            "symbols change / HMM": matches[name].change_ratio,
            "distance of sequences / HMM": matches[name].distance_ratio,
            **{name: one.numbers[name] for name in shown if name.startswith("turns per pair")},
        }
        for name, (_, one) in emulators.items()
    }
).T
two_table.round(3)

# %% [markdown]
# In the plane of PC1 and PC2 the second network makes no turn. **An earlier version of this page concluded that it has no orbit, and that the loss makes the mechanism. Both statements are withdrawn**: turns had been counted in the plane of PC1 and PC2 only, and in that of PC1 and PC3 the same network makes 0.8 turns per pair of switches (last column).
#
# It does not emit worse than the others. Each way has an error of its own. The networks of the paper's loss change symbols about a fifth too rarely, and are too typical: their sequences are closer to those of the HMM than two sets of the HMM's own are to each other. The one of the unbiased loss changes symbols about as much too often, and its sequences are about as far from the HMM's as the HMM's own. Its residences end at random, as those of a hidden state do; the others' are kept from ending early. That is one network of one other recipe; the page on one motif looks at the same recipe in all families.
#
# Is that so because of the losses, or because of the ways by which the two recipes leave random weights? Take the main network and train it a little further. Its recipe ended with the usual, biased divergence at blur 1. Go on with just that; or, with all else equal, with the unbiased one:

# %%
more = ibl.hmm_rnn.teaching.Stage(
    *ibl.core.budget(profile, smoke=(2, 16, 10), page=(50, 512, 40), paper=(50, 512, 40)), blur=1.0
)
further = {
    name: ibl.hmm_rnn.teaching.HmmRnnParams(
        hmm, (one,), seed=seed, start_from=ibl.hmm_rnn.teaching.recipe("chain-2", seed)
    )
    for name, one in {"usual": more, "unbiased": replace(more, unbiased=True)}.items()
}
trained_further, origin_further = ibl.hmm_rnn.teaching.hmm_rnns_for(list(further.values()))
after = {
    name: ibl.hmm_rnn.orbit.measure_motion(
        one.network, replace(large, n_states=small.n_states), noise_seed
    ).numbers
    for name, one in zip(further, trained_further, strict=True)
}
print(origin_further)
pd.DataFrame({"before": motion.numbers} | after).loc[
    ["residence, median", "residence, CV", *(name for name in shown if name.startswith("turns"))]
].round(2)

# %% [markdown]
# After fifty updates of the unbiased loss residences are shorter and less regular, and the network makes no turns in the plane of PC1 and PC2. An earlier version of this page said that the updates take the orbit away. This, too, is withdrawn: in the plane of PC1 and PC3 the network makes a turn per pair of switches after them.
#
# Why would one loss want slow and regular residences, and the other not? Leave the networks out, and give both losses *sources* whose law we know. All are chains of two sides that emit what the HMM's two states emit. The mean residence differs, and so does how regular residences are: *geometric* ones end with the same probability at each step; *more regular* ones have two such stages to pass, so that their CV is about 0.7 rather than 1. One of these sources is the HMM itself: geometric, with a mean of 20 steps.

# %%
lengths = [15, 20, 25, 30, 40]
kinds = {"geometric residences": 1, "more regular residences": 2}
batches = ibl.core.budget(
    profile, smoke={"n_sequences": 32, "n_batches": 2}, page={"n_sequences": 512, "n_batches": 12},
    paper={"n_sequences": 512, "n_batches": 50},
)  # fmt: skip
losses = {
    name: {
        kind: ibl.hmm_rnn.orbit.loss_of_sources(
            hmm, [ibl.hmm_rnn.orbit.regular_chain(n_stages, length) for length in lengths],
            n_steps=40, **batches, **loss, seed=noise_seed,
        )
        for kind, n_stages in kinds.items()
    }
    for name, loss in {
        "the paper's loss": {"blur": 0.2}, "unbiased loss": {"blur": 1.0, "unbiased": True}
    }.items()
}  # fmt: skip

# %% mystnb={"figure": {"caption": "The training loss of sources that are no networks: two-state chains with residences of several mean lengths, geometric or more regular; means over batches with 95% intervals. Left: the paper's loss at blur 0.2. Right: the unbiased divergence at blur 1.", "name": "fig-hmm-loss-of-sources"}, "image": {"alt": "Left: both curves fall from residences of 15 steps to a minimum near 30 and rise a little at 40. At 20, the HMM's, the regular source has the larger loss; at 30 it has the smaller one, the least of all. Right: least, about zero, for geometric residences of 20 steps, which is the HMM; the regular source is well above it there and has its own minimum between 25 and 30 steps."}}
ibl.hmm_rnn.orbit.fig_loss_of_sources(lengths, losses, own=1 / p_switch)

# %% [markdown]
# **The paper's loss at this size of batches is not least for the HMM.** It likes a source better that switches a third less often; and among sources so slow, it likes regular ones best. The reason is that two finite batches never hold the same sequences. What counts is then how well a sequence finds *some* partner in the other batch, and typical sequences, with few switches that are well apart, find one more easily. Regularity alone does not pay: at the HMM's own rate it makes the loss larger. The unbiased loss is least for the HMM itself.
#
# The networks that learnt with the first loss are just what it asks for: slower than the HMM, and more regular. The paper's batches are eight times as large, which makes the bias smaller but does not remove it.

# %% [markdown]
# ## Our numbers beside the paper's

# %%
medians = table.groupby("family", sort=False).median()
two = medians.loc["chain-2"]
ordered = holds.loc["chain-2"]
over_own = {  # regular and slow, less the HMM itself
    name: ibl.core.mean_of_independent(
        one["more regular residences"][lengths.index(30)]
        - one["geometric residences"][lengths.index(20)]
    )
    for name, one in losses.items()
}
opened = gate_table.xs("gate", level=1) - gate_table.xs("cluster", level=1)
measured = {
    "hmm_orbit.homogeneity_error": max(main.state_error.max(), in_binary.state_error.max()),
    "hmm_orbit.homogeneity_classes": main.class_differs.max(),
    "hmm_orbit.zero_input": left.max(),
    "hmm_orbit.residence": two["residence, median"],
    "hmm_orbit.both_classes": two["share of the second class"],
    "hmm_orbit.stationary": two["length, late / early"],
    "hmm_orbit.angular_momentum": two["t of angular momentum"],
    "hmm_orbit.cycles": two["turns per pair of switches"],
    "hmm_orbit.plane": two["PC1 + PC2"],
    "hmm_orbit.turns_order": ordered["turns"].mean(),
    "hmm_orbit.turns_transition": two["turns, transition"],
    "hmm_orbit.unstable_order": ordered["unstable"].mean(),
    "hmm_orbit.regions_families": holds.all(axis=1).groupby("family").median().mean(),
    "hmm_orbit.gate": opened.loc["exit_within"].median(),
    "hmm_orbit.determinism": opened.loc["determinism"].median(),
    "hmm_orbit.spread": (
        gate_table.loc[("spread", "cluster")] / gate_table.loc[("spread", "gate")]
    ).median(),
    "hmm_orbit.radius": size_table.iloc[0].median(),
    "hmm_orbit.best_noise": size_table.iloc[1].median(),
    "hmm_orbit.small_noise": size_table.iloc[3].median(),
    "hmm_orbit.tilt": two["readout in the plane"] - medians.loc["chain-5", "readout in the plane"],
    "hmm_orbit.regular": two["residence, CV"],
    "hmm_orbit.without_turns": two_table.loc["unbiased loss, seed 1", "turns per pair of switches"],
    "hmm_orbit.without_error": two_table.loc["unbiased loss, seed 1", "error of symbol pairs"]
    - two_table.iloc[1:-1]["error of symbol pairs"].median(),
    "hmm_orbit.further_usual": after["usual"]["turns per pair of switches"],
    "hmm_orbit.further_unbiased": after["unbiased"]["turns per pair of switches"],
    "hmm_orbit.loss_of_regular": over_own["the paper's loss"],
    "hmm_orbit.unbiased_of_regular": over_own["unbiased loss"],
}
report(measured, profile=profile, detail=f"{n_seeds} networks of each family")

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: a bias of the readout alone
#
# `replace(network, b_out=[1.0, 0.0, 0.0])` favours symbol 0 a little, always. Which of the four points at the beginning still hold? Say first; then use `scaling` as above.

# %% tags=["solution"]
# @title Solution 1
favoured = ibl.hmm_rnn.orbit.scaling(
    replace(network, b_out=[1.0, 0.0, 0.0]), [0.1, 1, 4], **n_scaled, seed=noise_seed
)
at_small, _, at_large = favoured.class_differs

answer(
    "31.1",
    f"The first two: states never hear of the readout, and scale up to an error of "
    f"{favoured.state_error.max():.0e}. The third fails: another symbol is most likely than at "
    f"noise 1 at {at_small:.0%} of the steps at noise 0.1, and at {at_large:.1%} at noise 4. The "
    "logits grow with the noise and the bias does not, so it decides where noise is small. Then "
    "the fourth fails with it.",
    favoured.state_error.max() < 1e-9 and at_small > 0.2 and 0 < at_large < 0.05,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: how far from exploding?
#
# Multiply the recurrent weights, `replace(network, w_rec=g * network.w_rec)`. What does homogeneity say about the length that is left without input after $n$ steps? Work out from `zero_input(network, states, n_steps=200).ratio` from which $g$ on a state no longer falls silent. Then check, without input and under noise (`run`), with 2% less and 2% more than that.

# %% tags=["solution"]
# @title Solution 2
once = ibl.hmm_rnn.orbit.zero_input(network, visited[:300], n_steps=200).ratio
slowest = ((once[:, 200] / once[:, 100]) ** (1 / 100)).max()  # factor of a step, in the long run
limit = 1 / slowest
off, stays, grows, moves = [], [], [], []
for g in (0.98 * limit, 1.02 * limit):
    louder = replace(network, w_rec=g * network.w_rec)
    ratio = ibl.hmm_rnn.orbit.zero_input(louder, visited[:300], n_steps=200).ratio
    off.append(np.abs(ratio[:, 50] / (g**50 * once[:, 50]) - 1).max())
    stays.append(ratio[:, -1].max())
    driven = ibl.hmm_rnn.run(louder, 20, 500, seed=noise_seed)
    length = np.linalg.norm(driven.states, axis=-1).mean(axis=0)
    grows.append(length[-100:].mean() / length[:100].mean())
    moves.append((np.diff(driven.classes, axis=1) != 0).mean())

answer(
    "31.2",
    f"Each step carries a factor g, so what is left after n steps is multiplied by gⁿ (here up to "
    f"{max(off):.0e}). The slowest state keeps {slowest:.2f} of its length in a step, so the limit "
    f"is {limit:.2f}. With 2% less, at most {stays[0]:.2f} of a state is left after 200 steps, and "
    f"under noise states are {grows[0]:.1f} times as long at the end of 500 steps as at first. With 2% "
    f"more the numbers are {stays[1]:.0f} and {grows[1]:.0f}, and the class switches at {moves[1]:.1%} of "
    f"the steps rather than {moves[0]:.1%}: what has grown for long outweighs the noise. So networks "
    "are while they learn, on the page before.",
    max(off) < 1e-6 and stays[0] < 1 < stays[1] and grows[0] < 3 and grows[1] > 20,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: the same weights in other places
#
# What of the orbit was learnt? Put the entries of `network.w_rec` into other places at random (`rng.permutation(network.w_rec.ravel()).reshape(network.w_rec.shape)`), five times. Do such networks go round? Compare `find_orbit(run(...)).rotation` and the median of `residence_times(run.classes)[1]` with those of the network itself.

# %% tags=["solution"]
# @title Solution 3
rng = np.random.default_rng(seed)
shuffles = [rng.permutation(network.w_rec.ravel()).reshape(network.w_rec.shape) for _ in range(5)]
compared = []
for w_rec in (network.w_rec, *shuffles):
    driven = ibl.hmm_rnn.run(replace(network, w_rec=w_rec), 20, 300, seed=noise_seed)
    lasts = np.median(ibl.hmm_rnn.residence_times(driven.classes)[1])
    compared.append(ibl.hmm_rnn.orbit.find_orbit(driven).rotation | {"median residence": lasts})
itself, others = compared[0], pd.DataFrame(compared[1:])
t, turns, lasts = (
    others[name]
    for name in ("t of angular momentum", "turns per pair of switches", "median residence")
)

answer(
    "31.3",
    f"They do: t is {t.min():.0f} or more in all five, and {itself[t.name]:.0f} in the network "
    "itself. The weights are not symmetric, and then noise drives a current; that it goes round one "
    f"way needs no learning. But a class lasts {lasts.max():.0f} steps at most (medians), against "
    f"{itself[lasts.name]:.0f}, and there are {turns.min():.1f} to {turns.max():.1f} turns per pair "
    f"of switches in the plane of PC1 and PC2, against {itself[turns.name]:.1f}. What was learnt is to wait, and to switch once "
    "on each half of the way round.",
    t.min() > 5
    and lasts.max() < itself[lasts.name] / 4
    and turns.max() < 0.7 < itself[turns.name] < 1.3,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Another network: `papermill notebooks/31_noise_orbit.ipynb out.ipynb -p seed 2 -p n_seeds 2`. Does it go round the same way? (PCs have no sign, so clockwise and anticlockwise are the same.)
# * Do turns in the plane of PC1 and PC2 come back? Train the network of the unbiased loss further with the paper's: `HmmRnnParams(hmm, (Stage(400, 512, 40, blur=0.2, activity_penalty=0.01),), start_from=fast_recipe("chain-2", 1))` (some two minutes).
# * `loss_of_sources` with batches of 64 sequences rather than 512: does the paper's loss like a still slower source best?
