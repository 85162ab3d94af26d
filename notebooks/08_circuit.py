# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
#     cell_timeout: 900
# ---

# %% [markdown]
# # The circuit: which units and weights
#
# **Question.** Which units and weights hold the two beliefs, how much of that did training add, and what does feedback do to them?
#
# > **In short.** Two populations of units, each of which excites itself and inhibits the other on average.
# >
# > * The two populations stand for the two sides, of the stimulus as of the block. By eye their weights look like noise, but on average they have the stated signs in every network.
# > * A good part of that structure was there by chance before training. What training added is simple, two directions hold most of it, and those two are enough for the [two attractors](07_mechanism.ipynb) of the network.
# > * Feedback moves the state little in the plane, as published, and more outside of it. It hardly reaches what the network acts on.
# > * **Caveat.** How many populations one finds depends on how one counts: there are two by silhouette, and more by the rule of the released code.
#
# **Time:** about a quarter of a minute. The networks are those of [chapter 2](02_train_rnn.ipynb), or the ones that ship with the package.

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
seed: int = 1  # of the main network; the others follow
n_seeds: int = 0  # networks; 0: what the profile says
n_units: int = 50  # hidden units of the networks
loss: str = "neg_prob_correct"  # or cross_entropy
n_blocks: int = 0  # blocks that every network plays; 0: what the profile says
trials_seed: int = 10_000  # of the trials that all networks play

# %% mystnb={"code_prompt_show": "Code: setup; all networks play and are measured"}
import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
n_blocks = n_blocks or ibl.core.budget(profile, smoke=60, page=240, paper=1_000)
task = ibl.TaskParams()
trained, origin = ibl.networks_for(
    [ibl.TrainParams(seed=seed + k, n_units=n_units, loss=loss) for k in range(n_seeds)], task
)
networks = {f"seed {one.params.seed}": one.network for one in trained}
print(origin)
trials = ibl.sample_trials(task, n_sessions=max(2, n_blocks // 20), n_blocks=20, seed=trials_seed)
circuits = {}
for name, network in reversed(networks.items()):  # the main network last: its session stays
    session = ibl.rollout(ibl.RNNAgent(network), trials, record_states=True)
    circuits[name] = ibl.mechanism.measure_circuit(
        network, session, with_intervals=name == f"seed {seed}"
    )
circuits = {name: circuits[name] for name in networks}
main, network = circuits[f"seed {seed}"], networks[f"seed {seed}"]
initial = {
    name: ibl.mechanism.recurrent_weights(ibl.RecurrentNetwork(n_units, seed=one.params.seed))
    for name, one in zip(networks, trained, strict=True)
}
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
print(f"{len(networks)} networks, {len(trials):,} trials each")

# %% [markdown]
# [Chapter 7](07_mechanism.ipynb) has found that every network has two [attractors](../book/glossary.md#term-fixed-point) at rest, one for each side of the block. What in the network makes them? Section 3.3.1 of the paper (its Fig. 7) sees two populations of units that excite themselves and inhibit each other, and it sees that feedback does little.
#
# Pictures of one network are of the *main network*, the one with the first seed, and so are single values. Beside them stands the range over all networks (nine with the default profile), which differ only in the seed of their [training](02_train_rnn.ipynb). All networks play the same trials.
#
# ## Two populations
#
# Order the units by the correlation of their activities (Pearson's $r$, complete linkage on $1 - r$), and cut the tree in two ([figure](#fig-7a)). The units of one population rise together and fall when the others rise.

# %% tags=["lead"] mystnb={"figure": {"caption": "**The units fall into two populations, correlated within and anticorrelated between.** Correlations of the main network's units, ordered by clustering; the grey lines separate the two populations. Compare Fig. 7a of the paper.", "name": "fig-7a"}, "image": {"alt": "A square of correlations in which two orange blocks on the diagonal and blue blocks off it stand out; within them some units are paler."}}
ibl.mechanism.fig_7a_unit_correlations(main)

# %% [markdown]
# What do the populations stand for? Each unit's correlation with what happens in the task:

# %% mystnb={"figure": {"caption": "**The two populations stand for the two sides, of the stimulus as of the block; feedback hardly shows.** Correlations of the main network's units with the task's variables.", "name": "fig-unit-task"}, "image": {"alt": "Six rows of stripes. The rows of stimulus side, observation and probability of right change from blue to orange at the border of the populations; block side and previous side do so more weakly; feedback is pale throughout."}}
ibl.mechanism.fig_unit_task_correlations(
    ibl.mechanism.unit_task_correlations(session), main.clusters
)

# %% [markdown]
# By eye the recurrent weights between these units look like noise ([figure](#fig-7b)). Three numbers help: their means within and between the populations, the difference, and how often a difference as large arises when the units are assigned to the populations at random. On average both populations excite themselves and inhibit each other, in every network, and none of the random assignments comes near. The effect is small beside the spread of single weights, but there are many of them.

# %% [markdown] tags=["more"]
# ### The weights themselves
#
# How large are recurrent weights of the main network within a population and between the two? By eye there is little to see.

# %% mystnb={"figure": {"caption": "**By eye the recurrent weights look like noise; within the populations they are slightly more positive.** The main network's weights, with the units in the order of their correlations. Compare Fig. 7b of the paper.", "name": "fig-7b"}, "image": {"alt": "A square of weights, noisy; the two blocks on the diagonal are slightly more orange, those off it slightly bluer."}}
ibl.mechanism.fig_7b_recurrent_weights(main)

# %% [markdown]
# Three numbers help: the means, their difference, and how often a difference as large arises when the units are assigned to the populations at random (sizes kept; weights of a unit to itself do not count).

# %% mystnb={"figure": {"caption": "**On average both populations excite themselves and inhibit each other.** Mean recurrent weight within and between the two populations of the main network.", "name": "fig-population-means"}, "image": {"alt": "Two by two squares: positive means on the diagonal, negative ones off it."}}
ibl.mechanism.fig_population_means(main)

# %% mystnb={"figure": {"caption": "**Single weights differ widely, but their means within and between differ far more than by chance.** First panel: recurrent weights of pairs of units within a population and between the two. Second panel: mean within minus mean between, as found and with units assigned at random.", "name": "fig-weights"}, "image": {"alt": "Two broad, overlapping histograms of weights whose means differ little beside their width. The difference as found lies far outside the histogram of shuffled ones."}}
ibl.mechanism.fig_weights(main)

# %% [markdown] tags=["more"]
# ### How many populations?
#
# Are there *two* clear populations in each network? That depends on how one counts. Cut at half its height, as in the released code, the tree falls into five to seven clusters. But another height gives another number, and without a threshold, by the mean silhouette (how much nearer a unit is to its own cluster than to the next), two is the best number of all from two to eight, in every network. The correlations are those of all units, not of a projection.

# %% mystnb={"figure": {"caption": "**Whether there are two populations depends on how one counts.** The number of clusters in every network, counted in two ways, beside the two of the paper.", "name": "fig-seeds-circuit"}, "image": {"alt": "Two rows of dots, one for each network. Cut at half the distance the trees fall into five to seven clusters, above the published two; by silhouette there are two in every network."}}
every = [ibl.mechanism.circuit_claims(one) for one in circuits.values()]
counted = {
    "clusters when cut at half the distance": [one.clusters.n_at_half for one in circuits.values()],
    "best number of clusters by silhouette": [
        one["mechanism.two_by_silhouette"].value for one in every
    ],
}
ibl.core.fig_seeds(counted, dict.fromkeys(counted, 2))

# %% [markdown]
# ## What training added
#
# Is this circuit learnt? Compare each network with itself before training. The weights have hardly changed. What training *added* is simple: two directions hold most of it, and it has the structure that is hard to see in the weights themselves ([figure](#fig-7b-learnt)).

# %% mystnb={"figure": {"caption": "**Training added excitation within the populations and inhibition between them.** What it added to the main network's recurrent weights, with the units sorted into its two populations (grey lines separate them).", "name": "fig-7b-learnt"}, "image": {"alt": "A square of changes with clear stripes: orange within the two populations, blue between them, stronger in some units than in others."}}
ibl.mechanism.fig_7b_recurrent_weights(main, initial[f"seed {seed}"])

# %% [markdown]
# And a surprise: a good part of the difference between weights within and between was there *before* training. Take the populations of the trained network and look at its random initial weights: they already excite themselves and inhibit each other. So training did not build this circuit from nothing: its populations follow a structure that was in the weights by chance, and it strengthened that.

# %% mystnb={"code_prompt_show": "Code: every network beside itself before training"}
learnt = {}
for name, m in circuits.items():
    before = ibl.mechanism.population_test(initial[name], m.clusters.populations)
    added = m.weights - initial[name]
    learnt[name] = {
        "correlation with initial weights": np.corrcoef(m.weights.flat, initial[name].flat)[0, 1],
        "change in one direction (share)": ibl.mechanism.rank_shares(added)[0],
        "in two": ibl.mechanism.rank_shares(added)[:2].sum(),
        "within minus between": m.test.difference,
        "of which there before training": before.difference,
        "p, before training": before.p,
    }
shares = pd.DataFrame(learnt).T
before_training = shares["of which there before training"] / shares["within minus between"]
said(
    f"""
Of the difference {before_training.min():.2f} to {before_training.max():.2f} was there before
training, with p of at most {shares["p, before training"].max():.4f}. Two directions hold
{shares["in two"].min():.2f} or more of what training added, and the weights after training
correlate by {shares["correlation with initial weights"].min():.3f} or more with those before.
"""
)

# %% [markdown] tags=["more"]
# ### The change by training, network by network
#
# How much have the recurrent weights of each network changed, and how much of the difference between weights within and between populations was there before?

# %%
shares.drop(columns="p, before training").round(3)

# %% [markdown] tags=["more"]
# ### Networks before training
#
# Would the populations that an *untrained* network's own activity suggests show the same? An untrained network, shown the same inputs, has correlated units as well, and its weights are random. Their weights within and between do not differ as those of trained networks do:

# %%
untrained = {}
for name in networks:
    fresh = ibl.RecurrentNetwork(n_units, seed=int(name.split()[1]))
    hidden = ibl.mechanism.states_under_inputs(fresh, session)
    groups = ibl.mechanism.cluster_units(ibl.mechanism.unit_correlations(hidden)).populations
    untrained[name] = ibl.mechanism.population_test(ibl.mechanism.recurrent_weights(fresh), groups)
pd.DataFrame(
    {
        "within minus between, trained": {
            name: one.test.difference for name, one in circuits.items()
        },
        "p, trained": {name: one.test.p for name, one in circuits.items()},
        "within minus between, untrained": {
            name: test.difference for name, test in untrained.items()
        },
        "p, untrained": {name: test.p for name, test in untrained.items()},
    }
).astype(float).round(4)

# %% [markdown]
# ## What feedback does
#
# [Chapter 6](06_claim3_coupling.ipynb) has found that the network hardly uses the feedback, which would name the side of the trial. How far does one step's input move the state, compared with no input, from where the network actually was? The table has the mean distance that an observation and a feedback move it, among all units, in the PC plane, and along single readouts, and the ratio of the two.

# %%
effects = pd.DataFrame(
    {
        name: {along: mean.measured().value for along, mean in of_input.items()}
        for name, of_input in (
            ("observation", main.effects.observation),
            ("feedback", main.effects.feedback),
        )
    }
)
ratios = pd.DataFrame(
    {
        name: {along: found.value for along, found in one.effects.ratios.items()}
        for name, one in circuits.items()
    }
)
effects["ratio"] = effects.feedback / effects.observation
effects["least of all networks"], effects["most"] = ratios.min(axis=1), ratios.max(axis=1)
effects.round(3)

# %% tags=["hide-input"]
least, most = ratios.min(axis=1).round(2), ratios.max(axis=1).round(2)
said(
    f"""
In the plane feedback does little, as published: {least["plane"]} to {most["plane"]} of an
observation's effect, and as little along the readout that sets the choice. But it depends on where
one looks. Among all units it is {least["all units"]} to {most["all units"]}, because most of what feedback does lies
outside the plane. Along the plane's block readout, where it would be of use, it moves the state by
{least["block"]} to {most["block"]} of what an observation does, and along the block readout that is
fitted to all units by {least["block, all units"]} to {most["block, all units"]}. So feedback has an
effect that a classifier of all units can read; it hardly reaches what the network acts on.
"""
)

# %% [markdown] tags=["more"]
# ### Feedback in every network
#
# How much does a feedback do, beside an observation, in each network?

# %% mystnb={"figure": {"caption": "**Feedback does little in the plane, and more outside of it.** Effect of one step's feedback over that of an observation; each mark is a network, and the shaded range is what would count as little, as the paper states.", "name": "fig-seeds-feedback"}, "image": {"alt": "Four rows of dots, one for each network: effects of feedback of at most about a fifth of an observation's in the plane and along its block readout, and mostly above that among all units and along the block readout that is fitted to them."}}
rows = {
    "plane": ("effect of feedback / of observation, plane", "feedback_effect"),
    "block": ("the same along the block readout", "feedback_effect_on_block"),
    "all units": ("the same among all units", "feedback_effect_full"),
    "block, all units": (
        "along the block readout of all units",
        "feedback_effect_on_block_full",
    ),
}
ibl.core.fig_seeds(
    {title: ratios.loc[name].to_numpy() for name, (title, _) in rows.items()},
    bands={title: claims[f"mechanism.{key}"].accepted for title, key in rows.values()},
)

# %% [markdown]
# ## What follows
#
# The switch of [chapter 7](07_mechanism.ipynb) is made of two populations that each excite themselves and inhibit the other. Two *units* that excite themselves could do that: [chapter 9](09_claim4_radd.ipynb) fits two to the network's own dynamics and asks whether they behave alike. What happens if feedback is silenced or reversed is in [chapter 10](10_paper_versus_code.ipynb), and whether other networks have such a circuit in [chapter 11](11_robustness.ipynb).
#
# ## Beside what the paper says
#
# The paper gives orderings here, no numbers. Values are the main network's; the range is over networks.

# %%
for one, share in zip(every, before_training, strict=True):
    one["mechanism.there_before_training"] = share
report(
    {
        **ibl.mechanism.circuit_claims(main),
        "mechanism.there_before_training": before_training.iloc[0],
    },
    networks=every,
    profile=profile,
    detail=f"{len(networks)} networks, {len(trials):,} trials each",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: how much of the learnt change does it take? (40 min, advanced)
#
# Two directions hold most of what training added to the recurrent weights. Are they enough for two attractors? Is one, or none? Take the singular value decomposition of `one.weights - initial[name]`, with `one` of `circuits`, add only its first 0, 1 or 2 parts to the initial weights, and leave everything else as trained: `RecurrentNetwork.from_arrays` makes a network of the arrays in `network.state_dict()`, in which `core.weight_hh_l0` are the recurrent weights. Count the attractors at rest, with `ibl.find_fixed_points` from 100 random states in the cube of activities, and `ibl.linearise`. Does the network still play? (Compare the accuracies with each other: they are of other trials than those in other chapters.)

# %% tags=["solution"]
# @title Solution 1
few = ibl.sample_trials(task, n_sessions=40, n_blocks=3, seed=trials_seed)
anywhere = np.random.default_rng(seed).uniform(-1, 1, (100, n_units))
n_attractors, correct = {}, {}
for name, one in circuits.items():
    arrays = {key: tensor.numpy() for key, tensor in networks[name].state_dict().items()}
    left, size, right = np.linalg.svd(one.weights - initial[name])
    for k in (0, 1, 2):
        arrays["core.weight_hh_l0"] = initial[name] + (left[:, :k] * size[:k]) @ right[:k]
        cut = ibl.RecurrentNetwork.from_arrays(arrays, n_units=n_units)
        points = ibl.find_fixed_points(ibl.one_step(cut), ibl.mechanism.NO_INPUT, anywhere).points
        near = ibl.linearise(ibl.one_step(cut), ibl.mechanism.NO_INPUT, points)
        n_attractors[name, k] = near.stable.sum()
        if one is main:
            correct[k] = ibl.rollout(ibl.RNNAgent(cut), few).correct.mean()
correct["all"] = ibl.rollout(ibl.RNNAgent(network), few).correct.mean()
bistable = (pd.Series(n_attractors).unstack() == 2).sum()

answer(
    "08.1",
    f"Of {len(circuits)} networks, {bistable[0]} have two attractors with none of the change, "
    f"{bistable[1]} with its first direction and {bistable[2]} with two. The main one is correct on "
    f"{correct[0]:.3f}, {correct[1]:.3f} and {correct[2]:.3f} of the trials, and with all of the "
    f"change on {correct['all']:.3f}. Two directions are all it takes. Without them the network "
    "still reads the stimulus, but it has one attractor and soon forgets the block.",
    bistable[0] == 0
    and bistable[2] == len(circuits)
    and abs(correct[2] - correct["all"]) < 0.01
    and correct["all"] - correct[0] > 0.015,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: excitation within, or inhibition between? (30 min, intermediate)
#
# Training added excitation within the populations and inhibition between them. Which of the two makes the two attractors? Guess, then keep only what was added within (`initial[name] + added * one.clusters.together`), and only what was added between. Count the attractors at rest as in Exercise 1, and measure the main network's block use (`ibl.distillation.block_use`: the fraction correct at strength 0 on [concordant](../book/glossary.md#term-concordant) minus discordant trials).

# %% tags=["solution"]
# @title Solution 2
n_left, uses = {}, {}
for name, one in circuits.items():
    arrays = {key: tensor.numpy() for key, tensor in networks[name].state_dict().items()}
    added, together = one.weights - initial[name], one.clusters.together
    for kept, part in {"both": 1, "within": together, "between": ~together}.items():
        arrays["core.weight_hh_l0"] = initial[name] + added * part
        cut = ibl.RecurrentNetwork.from_arrays(arrays, n_units=n_units)
        points = ibl.find_fixed_points(ibl.one_step(cut), ibl.mechanism.NO_INPUT, anywhere).points
        near = ibl.linearise(ibl.one_step(cut), ibl.mechanism.NO_INPUT, points)
        n_left[name, kept] = near.stable.sum()
        if one is main:
            uses[kept] = ibl.distillation.block_use(ibl.rollout(ibl.RNNAgent(cut), few)).value
n_bistable = (pd.Series(n_left).unstack() == 2).sum()

answer(
    "08.2",
    f"Neither does it alone. Of {len(circuits)} networks, {n_bistable['within']} have two attractors "
    f"with what was added within, {n_bistable['between']} with what was added between, and "
    f"{n_bistable['both']} with both. The main network's block use is {uses['within']:.2f}, "
    f"{uses['between']:.2f} and {uses['both']:.2f}. Excitation within and inhibition between both "
    "push the two populations apart, and it takes the sum of the two to keep them apart.",
    n_bistable["within"] == n_bistable["between"] == 0
    and n_bistable["both"] == len(circuits)
    and max(uses["within"], uses["between"]) < uses["both"] / 2,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Are there still two populations in a larger network? `papermill notebooks/08_circuit.ipynb out.ipynb -p n_units 100 -p n_seeds 2`. The networks are trained first.
# * In Exercise 1, one direction is enough in most networks. Which units does it excite, and which does it listen to? Compare both with `main.clusters.populations`.
