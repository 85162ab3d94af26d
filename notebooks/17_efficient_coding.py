# ---
# jupyter:
#   iblrnn: {depends: [], cell_timeout: 900}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # A network that encodes one feature of its input
#
# **Question.** A network was shaped to encode *one feature* of its input, at little cost. Can we find out from its activity which feature, and whether it is encoded efficiently? And what will become of the network when the input changes? (The paper's Fig. 4; Chalk et al., 2021.)
#
# > **In short.**
# >
# > * The optimised network encodes far more of the feature than independent neurons that fire as often, as long as coding is cheap.
# > * The reward inferred from its dynamics is the log-posterior of the feature: exactly if the dynamics are known, and closely, in the states that the network often visits, from recordings. The feature itself is recovered from most recordings of a hundred thousand samples.
# > * If fewer pixels are active, most random starts end in a code of two cell types, ON and OFF, which is better than one type.
# > * *But* in our set-up two types are also better when pixels are active half of the time. Rare pixels do not make them better; they change where the optimisation ends.
#
# The input is an image of seven binary pixels. The feature $y$ is $+1$ if more than half of them are active and $-1$ otherwise. Seven neurons choose, one at a time, to be active or silent, so as to maximise
#
# $$I(\sigma; y) - \lambda \sum_i \langle \mathrm{KL}[\pi_i(\cdot|\sigma, x) \,\|\, q]\rangle ,$$
#
# the information that the network's state $\sigma$ has about the feature, less a price $\lambda$ for each [nat](../book/glossary.md#term-nat) by which choices differ from the population's mean firing probability $q$. (The second term is the coding cost of [chapter 15](15_network_reward.ipynb).)
#
# **Time:** about half a minute.

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
seed: int = 1  # of recordings and random starts
n_neurons: int = 0  # neurons, and as many pixels; 0: what the profile says
coding_cost: float = 0.05  # price of coding
redrawn: float = 0.2  # probability per step that a pixel is drawn again
fewer: float = 0.3  # probability that a pixel is active, in the last part
n_restarts: int = 0  # random starts; 0: what the profile says
n_recordings: int = 0  # of each length; 0: what the profile says

# %%
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import binomtest

import iblrnn_helpers as ibl
from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(
    globals(), coding_cost=(1e-6, 1e6), redrawn=(1e-6, 1.0), fewer=(1e-6, 1.0)
)

n_neurons = n_neurons or ibl.core.budget(profile, smoke=5, page=7, paper=7)
ibl.core.check_parameters(globals(), n_neurons=(4, 12))
n_restarts = n_restarts or ibl.core.budget(profile, smoke=3, page=12, paper=100)
n_recordings = n_recordings or ibl.core.budget(profile, smoke=3, page=20, paper=100)
labels = ibl.inverse_rl.coding.majority(n_neurons)
task = ibl.inverse_rl.optimal_network.NetworkTask(
    n_neurons, ibl.inverse_rl.coding.pixel_input(n_neurons, 0.5, redrawn), coding_cost
)
code = ibl.inverse_rl.coding.optimise_code(task, labels)
law = code.network.stationary
print(f"objective {code.objective:.4f} nats after {len(code.history)} decoders")

# %% [markdown]
# Information is no reward: what a state is worth depends on how often all others occur. But for every decoder $Q(y|\sigma)$ of the network's state, $I(\sigma; y) \ge H(y) + \langle\log Q(y|\sigma)\rangle$, with equality for the [posterior](../book/glossary.md#term-posterior). So two steps take turns: find the best network for the reward $\log Q(y(x)|\sigma)$, then make $Q$ its posterior. Neither can lower the objective. When nothing changes any more, the network is optimal (at least locally) for the reward **$\log p(y(x)|\sigma)$, its own log-posterior**. That is what inverse reinforcement learning should find.
#
# We do not know the paper's statistics of the input and its $\lambda$, and its captions give no results in numbers. Ours: in every step, one of the pixels is drawn again with probability 0.2; $\lambda = 0.05$. Targets are from another implementation of ours, of the same choices, that was made beforehand; none is published. [Chapter 15](15_network_reward.ipynb) lists which panels depend on which choice.
#
# (Pixels are exchangeable, so all that matters of the image is the number of active pixels, which is a Markov chain: 8 inputs instead of 128.)

# %% [markdown] tags=["more"]
# ## What the network does
#
# What do the neurons of the optimised network do, at each number of active pixels?

# %% mystnb={"figure": {"caption": "**While the count is on the wrong side, or one vote decides it, every neuron gives the correct answer for certain.** Probability that a neuron fires, by how many of the others are active, for each number of active pixels. The curves of all neurons are drawn, and coincide. Compare Fig. 4C.", "name": "fig-4c"}, "image": {"alt": "Eight curves, one for each number of active pixels, each lying exactly over those of the other neurons. With more than three active pixels neurons fire for certain if at most three others do, and the less the more others do; with three or fewer pixels they are silent for certain if three or more others fire."}}
curves = ibl.inverse_rl.optimal_network.tuning(code.network)
ibl.inverse_rl.coding.fig_4c_tuning(curves, labels)

# %% [markdown]
# All neurons have the same tuning (here by construction, as the start treats them alike; [other starts](#fig-restarts) follow), and it depends on the number of active pixels and on how many other neurons fire. The count has to be on the correct side of three and a half. A neuron whose vote decides, with three others active, gives the correct answer for certain, and so does every neuron while the count is on the wrong side. On the correct side they choose more freely, which is cheap. They stay nearer to the border if the input does, because the input may soon cross it.

# %% mystnb={"figure": {"caption": "**The number of active neurons says which label holds.** Left: probability of y = +1, given that number. Right: mean number of active neurons by the number of active pixels. Compare Fig. 4D.", "name": "fig-4d"}, "image": {"alt": "Left: the probability rises from near 0 to near 1 with a steep step between three and four active neurons. Right: the mean count rises with the number of pixels, fastest at the border of the two labels."}}
posterior, counts = (
    ibl.inverse_rl.coding.posterior_by_count(law, labels),
    ibl.inverse_rl.coding.mean_count(law),
)
ibl.inverse_rl.coding.fig_4d_counts(posterior, counts)

# %% mystnb={"figure": {"caption": "**Active neurons cross the border soon after the pixels do.** A stretch of the network's activity, with the number of active pixels and of active neurons beneath. Compare Fig. 4F.", "name": "fig-4f"}, "image": {"alt": "Above, a raster of neurons; below, the number of active neurons flickers on one side of the border while the number of active pixels is on that side, and crosses it soon after the pixels do."}}
ibl.inverse_rl.coding.fig_4f_responses(
    ibl.inverse_rl.optimal_network.simulate(code.network, 300, seed), labels
)

# %% [markdown]
# ## Is it better than neurons on their own?
#
# Compare with neurons that fire just as often for each input, but independently of each other: $p(\sigma|x) = \prod_i p(\sigma_i|x)$.

# %% mystnb={"figure": {"caption": "**Neurons that act together encode far more than independent ones, unless coding is expensive.** Left: information about the feature in the network and in independent neurons that fire as often for each input. Right: the coding cost that the network pays. Circle: the price of coding used in this chapter. Compare Fig. 4E.", "name": "fig-4e"}, "image": {"alt": "The network has far more information than independent neurons as long as coding is cheap; both curves meet near zero where it is expensive. The cost paid falls with its price."}}
costs = np.unique([0.02, 0.03, coding_cost, 0.07, 0.1, 0.2, 0.3, 0.5])
by_cost = {
    float(cost): code
    if cost == coding_cost
    else ibl.inverse_rl.coding.optimise_code(replace(task, coding_cost=cost), labels)
    for cost in costs
}
sweep = pd.DataFrame(
    {
        cost: {
            "network (bits)": one.information,
            "independent (bits)": ibl.inverse_rl.coding.information(
                ibl.inverse_rl.coding.independent_law(one.network.stationary), labels
            ),
            "cost paid (bits)": one.network.cost_rate / np.log(2),
        }
        for cost, one in by_cost.items()
    }
).T.rename_axis("λ")

ibl.inverse_rl.coding.fig_4e_information(
    costs,
    {"network": sweep["network (bits)"], "independent neurons": sweep["independent (bits)"]},
    sweep["cost paid (bits)"],
    used=coding_cost,
)

# %% tags=["hide-input"]
gain = sweep["network (bits)"] - sweep["independent (bits)"]
said(
    "Neurons that act together can share the work: as soon as the count is on the correct side, no "
    "neuron has to fire or to be silent any more. Independent neurons that fire as often have counts on "
    f"both sides of the border. At λ = {gain.index[0]:g} the network encodes {gain.iloc[0]:.2f} bits "
    f"more, at {coding_cost:g} {gain[coding_cost]:.2f}, and at {gain.index[-1]:g}, where hardly anything "
    f"is encoded, {gain.iloc[-1]:.3f}. These are exact sums: 'significantly more' in the paper's caption "
    "can only mean that the difference is large."
)

# %% [markdown]
# ## From activity to the feature
#
# Now forget what the network was made for, and infer its reward from its dynamics, as in [chapter 16](16_limited_data.ipynb). Each input has a free constant (the network cannot choose its input), which is set so that means agree.

# %%
n_samples = ibl.core.budget(profile, smoke=20_000, page=1_000_000, paper=5_000_000)
exact = ibl.inverse_rl.optimal_network.infer_reward(code.network).reward
fit, from_samples = ibl.inverse_rl.coding.feature_from_samples(code, n_samples, seed)
rewards = {"exact dynamics": exact, f"{n_samples:,} samples": fit.reward}
r2 = {
    name: ibl.inverse_rl.optimal_network.r_squared(code.log_posterior, one, "mean")
    for name, one in rewards.items()
}
weighted = ibl.inverse_rl.coding.fit_where_seen(code.log_posterior, fit.reward, law)
said(
    f"From {n_samples:,} samples the r² of the inferred reward and the log-posterior is {weighted:.3f} if "
    f"states weigh as often as they occur, and {r2[f'{n_samples:,} samples']:.3f} if all weigh alike: most "
    f"states hardly ever occur. From exact dynamics it is {r2['exact dynamics']:.3f}."
)

# %% mystnb={"figure": {"caption": "**From exact dynamics the inferred reward is the log-posterior; from samples it is close where the network often is.** Inferred reward (lines) and log-posterior of the true feature (circles) by the number of active neurons, one colour for each number of active pixels; means over states, weighted by how often they occur. Compare Fig. 4G.", "name": "fig-4g"}, "image": {"alt": "Left: lines pass through all circles; those of few pixels fall from left to right, those of many pixels rise, in two bundles. Right: from samples, lines follow the circles in the middle and leave them by several nats where a count hardly ever occurs with that input."}}
ibl.inverse_rl.coding.fig_4g_reward(rewards, code.log_posterior, law)

# %% [markdown]
# From exact dynamics the inferred reward *is* the log-posterior, by construction. And the feature need not be known: inputs with the same $y$ have the same reward as a function of the state. So correlate the rewards of every two inputs. They fall into two groups, and the groups are the feature ([figure](#fig-similarity)). (Which of them is called $+1$ cannot be known.)

# %% tags=["teaches"]
recovered = ibl.inverse_rl.coding.recover_labels(exact)
print("from exact dynamics:", recovered.labels)
print("from samples:       ", from_samples.labels)
print(f"correlations: at least {recovered.within:.3f} within a group,")
print(f"at most {recovered.between:.3f} between groups (exact dynamics)")

# %% tags=["lead"] mystnb={"figure": {"caption": "**Inputs with the same label have similar rewards, so that two groups appear.** Correlation, over states, of the rewards inferred for every two numbers of active pixels. From samples, each state has a weight by how often it was visited.", "name": "fig-similarity"}, "image": {"alt": "Two matrices with two blocks each: high correlation among few pixels and among many pixels, negative between; sharp from exact dynamics; from samples, neighbouring inputs are most alike, distant ones of the same label still more than those across the border."}}
ibl.inverse_rl.coding.fig_similarity(
    {"exact dynamics": recovered.similarity, f"{n_samples:,} samples": from_samples.similarity}
)

# %% [markdown]
# From samples the reward is close to the log-posterior only in the states that the network often visits. The feature needs less: it is recovered from most recordings of a hundred thousand samples ([figure](#fig-labels)).

# %% [markdown] tags=["more"]
# ### How many samples does it take?
#
# How well do the reward and the feature of the chapter's network come out of recordings? From samples, the *reward* fits badly if all states have the same weight: most states of an efficient code are hardly ever visited, and those have the most extreme log-posteriors. If states are weighted by how often they occur, it is nearly proportional. As a control we take neurons that depend on the input alone: they fire as often for each input, but do not encode the feature efficiently, and their reward should not be their log-posterior.

# %%
n_observed = ibl.core.budget(profile, smoke=20_000, page=100_000, paper=1_000_000)
fits_of = {
    name: ibl.inverse_rl.coding.fits_from_samples(
        code,
        n_observed,
        range(seed, seed + ibl.core.budget(profile, smoke=2, page=8, paper=20)),
        from_input_alone=alone,
    )
    for name, alone in {"this network": False, "from the input alone": True}.items()
}
pd.DataFrame(
    {name: found.mean(axis=0) for name, found in fits_of.items()},
    index=["r², all states alike", "r², states weighted by visits"],
).iloc[::-1].round(3).rename_axis(f"from {n_observed:,} samples")  # fmt: skip

# %% [markdown]
# The *feature* needs less: only the signs of correlations. How many samples does it take? We take the network of the chapter, one whose input changes four times as slowly, and the latter once more when only its states are known, and not which neuron chose.

# %%
lengths = ibl.core.budget(
    profile,
    smoke=(10_000, 20_000),
    page=(10_000, 30_000, 100_000),
    paper=(10_000, 30_000, 100_000, 300_000),
)
slow_task = replace(
    task, input_transitions=ibl.inverse_rl.coding.pixel_input(n_neurons, 0.5, redrawn / 4)
)
slow = ibl.inverse_rl.coding.optimise_code(slow_task, labels)
shares = {
    f"a pixel redrawn every {1 / redrawn:.0f} steps": ibl.inverse_rl.coding.share_recovered(
        code, lengths, n_recordings, seed
    ),
    f"every {4 / redrawn:.0f} steps": ibl.inverse_rl.coding.share_recovered(
        slow, lengths, n_recordings, seed
    ),
    f"every {4 / redrawn:.0f} steps, states only": ibl.inverse_rl.coding.share_recovered(
        slow, lengths, n_recordings, seed, updates_known=False
    ),
}
r2_slow = [
    ibl.inverse_rl.optimal_network.r_squared(
        slow.log_posterior,
        ibl.inverse_rl.coding.feature_from_samples(slow, n, seed)[0].reward,
        "mean",
    )
    for n in ibl.core.budget(
        profile, smoke=(10_000, 20_000), page=(100_000, 5_000_000), paper=(100_000, 5_000_000)
    )
]
print("slow input, r² of the reward, from few and from most samples:", np.round(r2_slow, 3))

# %% mystnb={"figure": {"caption": "**The feature is recovered from most recordings of a hundred thousand samples, and from more of them if the input is slow.** Share of recordings in which the label of every input is correct, by their length. Bands are 95% intervals over recordings.", "name": "fig-labels"}, "image": {"alt": "Three rising curves, from next to none at 10,000 samples to most recordings at 100,000; higher if the input is slow."}}
ibl.inverse_rl.coding.fig_labels_from_samples(lengths, shares)

# %% [markdown]
# Noise makes neighbouring inputs alike, so that noise alone might give a border in the middle. As a control, networks that were made for other features:

# %%
n_control = ibl.core.budget(profile, smoke=50_000, page=100_000, paper=1_000_000)
k = np.arange(n_neurons + 1)
for name, other in {
    "at least 2 active": k >= 2,
    f"at least {n_neurons - 1} active": k >= n_neurons - 1,
    "near one half": abs(k - n_neurons / 2) < 1,
}.items():
    weights = np.random.default_rng(seed).normal(size=n_neurons)
    made = ibl.inverse_rl.coding.optimise_code(
        slow_task, np.where(other, 1, -1), weights, tolerance=1e-6
    )
    _, inferred = ibl.inverse_rl.coding.feature_from_samples(made, n_control, seed)
    print(f"{name}:\n  made for {made.labels}\n  inferred {inferred.labels}")

# %% [markdown]
# ## What if fewer pixels are active?
#
# The paper's prediction: if pixels are active less often, the population splits into two cell types with different tuning and mean rates. The feature has been recovered above, so the objective is known, and it can be optimised again, for pixels that are active with probability 0.3 instead of 0.5.

# %% [markdown] tags=["more"]
# ### Where random starts end
#
# How many codes are there for the feature of the chapter, with pixels active half of the time and less often? There are many local optima, so we start from decoders with random weights of the neurons, and from firing probabilities of one half.

# %% mystnb={"figure": {"caption": "**With fewer active pixels, most random starts end in one of two mixtures of cell types.** Where random starts end: numbers of cells that fire more (ON) and less (OFF) if more pixels are active, and the objective. With pixels active half of the time, a code in which some cells are mirrored is worth as much as one in which all are alike.", "name": "fig-restarts"}, "image": {"alt": "Left, pixels active half of the time: many mixtures, the best of them level with each other. Right, fewer pixels active: most starts end in four or five ON and three or two OFF cells, near the best found; a few end lower."}}
rare_task = replace(
    task, input_transitions=ibl.inverse_rl.coding.pixel_input(n_neurons, fewer, redrawn)
)
found = {
    f"pixels active: {p}": ibl.inverse_rl.coding.restart(one, recovered.labels, n_restarts, seed)
    for p, one in ((0.5, task), (fewer, rare_task))
}
before, after = (
    pd.DataFrame(
        {
            "cells": [ibl.inverse_rl.coding.cell_types(c.network.stationary).name for c in codes],
            "curves, up to mirror images": [
                ibl.inverse_rl.coding.cell_types(c.network.stationary).n_kinds for c in codes
            ],
            "objective": [c.objective for c in codes],
        }
    )
    for codes in found.values()
)

ibl.inverse_rl.coding.fig_restarts(
    {
        title: (rows["cells"], rows["objective"])
        for title, rows in zip(found, (before, after), strict=True)
    }
)

# %% [markdown]
# ### Two cell types
#
# From random starts, most optimisations end in a code of two cell types, and these are the best ones found ([figure](#fig-restarts)).

# %% mystnb={"figure": {"caption": "**The best code for fewer active pixels has two cell types.** Left: the network of the first part. Right: the best code found for fewer active pixels. Above: each neuron's probability of being active by the number of active pixels; below: its mean rate. Compare Fig. 4H.", "name": "fig-4h"}, "image": {"alt": "Left: seven equal rising curves and equal rates of one half. Right: several neurons whose activity rises from zero and a few whose activity falls to zero, all at low rates that differ between the two types."}}
n_off = n_neurons // 2
alike = ibl.inverse_rl.coding.optimise_code(rare_task, recovered.labels)
patterns = {
    f"{n_neurons - k} ON, {k} OFF": np.where(np.arange(n_neurons) < k, -1, 1)
    for k in range(n_off + 1)
}
directed = {
    name: ibl.inverse_rl.coding.optimise_code(rare_task, recovered.labels, weights, tolerance=1e-7)
    for name, weights in patterns.items()
}

best = max([*directed.values(), *found[f"pixels active: {fewer}"]], key=lambda c: c.objective)
ibl.inverse_rl.coding.fig_4h_cell_types(
    {
        "pixels active: 0.5": ibl.inverse_rl.coding.cell_types(law),
        f"pixels active: {fewer}": ibl.inverse_rl.coding.cell_types(best.network.stationary),
    }
)

# %% [markdown]
# So two types are better than one, as the paper says. Two remarks.
#
# **The prediction needs the objective, not the reward.** If the inferred reward $\log p(y|\sigma)$ is kept as it was and only the input changes, the optimised network has one cell type, from a start that treats neurons alike. The split appears only if the decoder may change, too.

# %%
kept = ibl.inverse_rl.optimal_network.optimise(rare_task, exact)
types = ibl.inverse_rl.coding.cell_types(kept.stationary)
kept_bits = ibl.inverse_rl.coding.information(kept.stationary, labels)
print(f"reward kept: {types.name}, {types.n_curves} tuning curve; information {kept_bits:.3f} bits")
print(
    f"new decoder: {alike.information:.3f} bits with one cell type, {best.information:.3f} with two"
)

# %% [markdown]
# **In our set-up, rare pixels are not needed for it.** With pixels active half of the time, everything is symmetric, and a start at firing probabilities of one half stays there: it finds balanced codes, and the best of those found has one cell type (up to mirror images). So take the codes for rare pixels instead, and follow each back to one half, always starting from the one before. ON and OFF cells remain, they still fire rarely, and they are *better* than one cell type, at one half too.

# %% mystnb={"figure": {"caption": "**Two cell types are better than one at all probabilities shown.** Objective of codes of ON and OFF cells, less that of one cell type, by the probability that a pixel is active.", "name": "fig-by-probability"}, "image": {"alt": "Curves for one, two and three OFF cells lie above zero over the whole range; three OFF cells are best at one half, two where pixels are rare."}}
probabilities = [0.25, 0.3, 0.35, 0.4, 0.45, 0.5][
    :: ibl.core.budget(profile, smoke=5, page=1, paper=1)
]
tasks = [
    replace(task, input_transitions=ibl.inverse_rl.coding.pixel_input(n_neurons, p, redrawn))
    for p in probabilities
]
followed, at_half = {name: [] for name in patterns}, {}
for name, start in patterns.items():
    for one in tasks:
        start = ibl.inverse_rl.coding.optimise_code(one, labels, start, tolerance=1e-5)
        followed[name].append(start.objective)
    at_half[name] = start
one_type = next(iter(patterns))
balanced = [
    ibl.inverse_rl.coding.optimise_code(one, labels, tolerance=1e-5).objective for one in tasks
]
followed[one_type] = np.maximum(followed[one_type], balanced)

ibl.inverse_rl.coding.fig_by_probability(probabilities, followed)

# %% [markdown]
# So the paper's cause, that pixels are active less often, is not needed here: two types are better already when pixels are active half of the time. What rare pixels change is where an optimisation from one half can end. Whether the population "splits when pixels become rare" depends on where optimisation starts. The caption does not say where the paper's did.

# %% [markdown] tags=["more"]
# ### The codes in numbers
#
# How good are codes of one and of two cell types, with fewer active pixels? Each starts from its own numbers of ON and OFF cells:

# %%
pd.DataFrame(
    {
        name: {
            "objective": one.objective,
            "information (bits)": round(one.information, 3),
            "cost (bits)": round(one.network.cost_rate / np.log(2), 3),
            "rate of ON cells": round(types.rates[types.rising].mean(), 3),
            "rate of OFF cells": round(types.rates[~types.rising].mean(), 3)
            if not types.rising.all()
            else np.nan,
        }
        for name, one, types in (
            (n, c, ibl.inverse_rl.coding.cell_types(c.network.stationary))
            for n, c in directed.items()
        )
    }
).T.round(4).astype(object).fillna("–")  # fmt: skip

# %% [markdown]
# The objective of each, as pixels become active up to half of the time (each optimum is the start of the next):

# %%
pd.DataFrame(followed, index=pd.Index(probabilities, name="p(pixel active)")).round(4)

# %% [markdown]
# ## What follows
#
# The reward of a network can be its own log-posterior: then inverse reinforcement learning shows what is encoded, and how efficiently, without knowing the feature in advance. To predict how the code changes, the *objective* has to be optimised again, and which optimum is reached depends on the start. All networks so far could use any value function; [chapter 18](18_ring.ipynb) asks what remains if neurons have only pairwise couplings, as those of the [trained networks of Part I](02_train_rnn.ipynb) have. Words of the field are in the [glossary](../book/glossary.md), all verdicts on [Published and measured](../book/claims.md).
#
# ## Our numbers beside the targets
#
# Targets, where there are any, are from another implementation of ours; no published number exists.

# %%
slow_feature = ibl.inverse_rl.coding.recover_labels(
    ibl.inverse_rl.optimal_network.infer_reward(slow.network).reward
)
five_two, four_three = list(patterns)[2], list(patterns)[-1]
rates = {
    name: ibl.inverse_rl.coding.cell_types(directed[name].network.stationary)
    for name in (five_two, four_three)
}
mean = partial(ibl.core.mean_of_independent, over="recordings")
split = ibl.inverse_rl.coding.cell_types(best.network.stationary)
on, off = split.firing[split.rising], split.firing[~split.rising]
two_types = after["objective"] > directed[one_type].objective + 5e-3
measured = {
    "chalk.fig_4c_identical": before["curves, up to mirror images"][before["objective"].idxmax()],
    "chalk.fig_4c_low_rates": ibl.inverse_rl.coding.cell_types(
        max(at_half.values(), key=lambda one: one.objective).network.stationary
    ).n_kinds,
    "chalk.fig_4c_input": np.ptp(curves[0], axis=1).max(),
    "chalk.fig_4c_count": np.ptp(curves[0], axis=0).min(),
    "chalk.fig_4g_proportional": mean(fits_of["this network"][:, 1]),
    "chalk.fig_4g_all_states": mean(fits_of["this network"][:, 0]),
    "chalk.fig_4g_tests": mean((fits_of["this network"] - fits_of["from the input alone"])[:, 1]),
    "chalk.fig_4h_tuning": np.abs(on.mean(axis=0) - off.mean(axis=0)).max(),
    "chalk.fig_4h_rates": abs(split.rates[split.rising].mean() - split.rates[~split.rising].mean()),
    "chalk.coding_posterior_rises": np.diff(posterior).min(),
    "chalk.coding_cells_alike": np.ptp(curves, axis=0).max(),
    "chalk.coding_advantage": (sweep["network (bits)"] - sweep["independent (bits)"])[:0.1].min(),
    "chalk.coding_advantage_dear": (sweep["network (bits)"] - sweep["independent (bits)"]).iloc[-1],
    "chalk.coding_information_slow": slow.information,
    "chalk.coding_independent_slow": ibl.inverse_rl.coding.information(
        ibl.inverse_rl.coding.independent_law(slow.network.stationary), labels
    ),
    "chalk.coding_r_squared": r2["exact dynamics"],
    "chalk.coding_labels": np.mean(recovered.labels == labels),
    "chalk.coding_labels_within": slow_feature.within,
    "chalk.coding_labels_between": slow_feature.between,
    "chalk.coding_labels_sampled": Measured(
        shares[f"every {4 / redrawn:.0f} steps"][len(lengths) - 1][0],
        shares[f"every {4 / redrawn:.0f} steps"][len(lengths) - 1][1:],
        "recordings",
    ),
    "chalk.coding_r_squared_sampled": r2_slow[0],
    "chalk.coding_r_squared_most": r2_slow[1],
    "chalk.coding_alike_half": code.objective,
    "chalk.coding_half_restarts": before["objective"].max() - code.objective,
    "chalk.coding_half_best_other": code.objective
    - max(followed[name][-1] for name in list(patterns)[1:]),
    "chalk.coding_alike_rare": directed[one_type].objective,
    "chalk.coding_four_three": directed[four_three].objective,
    "chalk.coding_five_two": directed[five_two].objective,
    "chalk.coding_split_restarts": Measured(
        two_types.mean(),
        tuple(binomtest(int(two_types.sum()), len(two_types)).proportion_ci(method="wilson")),
        "networks",
    ),
    "chalk.coding_reward_kept": types.n_curves,
}
for m in range(4):
    measured[f"chalk.coding_posterior_{m}"] = posterior[m]
    measured[f"chalk.coding_count_{m}"] = counts[m]
for cost, row in sweep.loc[[0.02, 0.03, coding_cost, 0.07, 0.1]].iterrows():
    for name, word in zip(row.index, ("information", "independent", "cost"), strict=True):
        measured[f"chalk.coding_{word}_{100 * cost:02.0f}"] = row[name]
for name, word in ((five_two, "five_two"), (four_three, "four_three")):
    measured[f"chalk.coding_{word}_on"] = rates[name].rates[rates[name].rising].mean()
    measured[f"chalk.coding_{word}_off"] = rates[name].rates[~rates[name].rising].mean()
report(
    measured,
    profile=profile,
    detail=f"λ = {coding_cost}, {n_restarts} restarts, {n_recordings} recordings",
    networks=[{"chalk.fig_4c_identical": n} for n in before["curves, up to mirror images"]],
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: how many neurons does it take? (25 min, intermediate)
#
# Seven neurons encode a feature of seven pixels. How much would one, three or five encode, of the same input? Predict, then optimise (`NetworkTask` with another number of neurons and the same `input_transitions`). As a control, slow the input down by the number of neurons, `pixel_input(n_neurons, 0.5, redrawn / n)`: what is it that matters?

# %% tags=["solution"]
# @title Solution 1
sizes = range(1, n_neurons + 1, 2)
bits = {"same": [], "own": []}
for n in sizes:
    for pace, p in (("same", redrawn), ("own", redrawn / n)):
        fewer_cells = ibl.inverse_rl.optimal_network.NetworkTask(
            n, ibl.inverse_rl.coding.pixel_input(n_neurons, 0.5, p), coding_cost
        )
        bits[pace].append(
            ibl.inverse_rl.coding.optimise_code(fewer_cells, labels, tolerance=1e-7).information
        )

answer(
    "17.1",
    f"A single neuron encodes most, {bits['same'][0]:.2f} bits; {sizes[-1]} encode "
    f"{bits['same'][-1]:.2f}. One neuron chooses in each step, so each of many comes late, and the "
    f"input has moved on. If the input is slower by the number of neurons, {sizes[-1]} encode "
    f"{bits['own'][-1]:.2f} bits: with the same time for each, more neurons are better.",
    (np.diff(bits["same"]) < 0).all() and (np.diff(bits["own"]) > 0).all(),
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: a reader who only counts (30 min, intermediate)
#
# The best code for rare pixels, `best`, has ON and OFF cells. A neuron downstream receives only *how many* are active. How much of the information remains for it? And if it counts ON cells minus OFF cells (`rising` of `cell_types`; `spins` lists the states)? `information` takes the joint distribution of anything and the input, a row for each value.

# %% tags=["solution"]
# @title Solution 2
active = ibl.inverse_rl.spins(n_neurons) > 0
best_law = best.network.stationary
readers = {
    "count": np.ones(n_neurons, dtype=int),
    "difference": np.where(ibl.inverse_rl.coding.cell_types(best_law).rising, 1, -1),
}
heard = {}
for name, weights in readers.items():
    value = active @ weights
    joint = np.array([best_law[value == one].sum(axis=0) for one in np.unique(value)])
    heard[name] = ibl.inverse_rl.coding.information(joint, labels)

answer(
    "17.2",
    f"Of {best.information:.3f} bits {heard['count']:.3f} remain in the count, less than in the count "
    f"of cells that are all alike ({alike.information:.3f}), and {heard['difference']:.3f} in the "
    "difference. Cells of one type can stand in for each other; cells of two types cancel in a "
    "count. The better code needs a reader that knows the types.",
    heard["difference"] > 0.97 * best.information and heard["count"] < 0.8 * alike.information,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: odd or even? (45 min, advanced)
#
# Give `optimise_code` another feature: whether the number of active pixels is even (its parity). Is as much of it encoded as of the majority, and can it be recovered from the dynamics? How often does either feature change per step (`task.input_law` and `task.input_transitions`)? Slow the input until parity changes as seldom as the majority does now.

# %% tags=["solution"]
# @title Solution 3
parity = np.where(np.arange(n_neurons + 1) % 2 == 0, 1, -1)
steps_of_input = task.input_law[:, None] * task.input_transitions
turns = {
    name: steps_of_input[np.not_equal.outer(one, one)].sum()
    for name, one in (("majority", labels), ("parity", parity))
}
slower = ibl.inverse_rl.coding.pixel_input(
    n_neurons, 0.5, redrawn * turns["majority"] / turns["parity"]
)
fast_parity = ibl.inverse_rl.coding.optimise_code(task, parity, tolerance=1e-7)
slow_parity = ibl.inverse_rl.coding.optimise_code(
    replace(task, input_transitions=slower), parity, tolerance=1e-7
)
read = [
    ibl.inverse_rl.coding.recover_labels(
        ibl.inverse_rl.optimal_network.infer_reward(one.network).reward
    ).labels
    for one in (fast_parity, slow_parity)
]
both = all(np.array_equal(one * one[-1], parity * parity[-1]) for one in read)

answer(
    "17.3",
    f"Of parity {fast_parity.information:.2f} bits are encoded, of the majority "
    f"{code.information:.2f}. Parity changes in {turns['parity']:.3f} of the steps, the majority in "
    f"{turns['majority']:.3f}; slowed to that, {slow_parity.information:.2f} bits of parity are "
    f"encoded. So it is not harder, only faster. {'Both' if both else 'Not both'} times the feature "
    "is recovered from the exact dynamics, however little of it is encoded.",
    both
    and fast_parity.information < 0.6 * code.information
    and abs(slow_parity.information - code.information) < 0.1,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Let the input change more slowly, `papermill notebooks/17_efficient_coding.ipynb out.ipynb -p redrawn 0.05`. What do independent neurons make of it?
# * Make pixels rarer still: `-p fewer 0.2`. Are there still two types, and which numbers are best?
# * Which features are not recovered from 100,000 samples? The cell with the control has three to begin with.
