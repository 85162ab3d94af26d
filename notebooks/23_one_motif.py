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
# # One motif in six families, and in the network of Part I?
#
# **Question.** Do networks that emulate different [hidden Markov models](../book/glossary.md#term-hidden-Markov-model) (HMMs) all use the same motif? How much of a network does it take? And is the motif there in the network of Part I, too?
#
# > **In short.** The need for noise at the [kick units](../book/glossary.md#term-kick-units) is shared by all families; the trap by a few units is not, and the network of Part I works in another way.
# >
# > * **In all six families few lasting switches remain without the noise that reaches the kick units**, if the network has many sources of noise; with a single one less depends on these units. In the fully connected family directions into one class share candidates, and without these that class alone is closed.
# > * **Two fitted tanh units come close to what the two-state network emits.** For three connected states no number of fitted units that we tried comes as close.
# > * **The network of Part I cycles, too, but between two stable points**, and it switches only if noise is large enough. Silencing its candidates traps it hardly more often than silencing random units.
# > * *Caveat:* cycling is no mark of the motif: linear processes and untrained networks do it, too. And the reduction to few units was tried in one network of three connected states only.
#
# Torre et al. report that networks of all these models reuse one dynamical motif, the [orbit](21_noise_orbit.ipynb) with its [kick units](22_kick_units.ipynb), and suggest that complex dynamics are composed of it. The first half of this chapter tests that in all six families. The second half goes beyond the paper: it applies RADD, [the distillation of Part I](09_claim4_radd.ipynb), to these networks, and the tools of this part to [the network of Part I](02_train_rnn.ipynb).
#
# **Where the numbers come from.** We had no access to the authors' text, only to abstract, figures and code. The comparisons with random units, and everything in the second half, are ours.
#
# **Time:** about a minute and a half, with the networks that ship with the package.

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
seed: int = 1  # of the first network of each family; the others follow
n_motif_seeds: int = (
    0  # networks of each family whose motifs are measured; 0: what the profile says
)
n_seeds: int = 0  # networks of two states that are reduced; 0: what the profile says
noise_seed: int = 33  # of the noise that drives them

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, range_text, report, said

ibl.core.check_parameters(globals())

families = ibl.core.budget(
    profile,
    smoke=["chain-2", "full"],
    page=list(ibl.hmm_rnn.FAMILIES),
    paper=list(ibl.hmm_rnn.FAMILIES),
)
reduced_families = ["chain-2", "full"]
n_motif_seeds = n_motif_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=3)
n_seeds = n_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=3)
recipes = {
    (loss, family, k): make(family, k)
    for loss, make in ibl.hmm_rnn.teaching.RECIPES.items()
    for family in families
    for k in range(seed, seed + (max(n_seeds, n_motif_seeds) if family == "chain-2" else n_motif_seeds))
}  # fmt: skip
trained, origin = ibl.hmm_rnn.teaching.hmm_rnns_for(list(recipes.values()))
all_networks = {key: one.network for key, one in zip(recipes, trained, strict=True)}
networks = {key[1:]: one for key, one in all_networks.items() if key[0] == "reference"}
network, hmm = networks["chain-2", seed], ibl.hmm_rnn.FAMILIES["chain-2"]
print(origin)

# %% [markdown]
# A network that began with the trained weights of another family would have received the motif from it, and finding it again would mean little. So how did these begin? There are three kinds ([their stages](20_teach_an_hmm.ipynb)): *reference* networks learnt mainly by the paper's loss, a [Sinkhorn divergence](../book/glossary.md#term-Sinkhorn-divergence); *finished* ones are the same networks, trained further on pairs of symbols, so that they emit what their HMMs emit; *fast* ones learnt from short sequences at a large blur and end with an unbiased divergence.

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: what each training began from"}
began = {
    loss: {
        family: "random weights"
        if one.start_from is None
        else f"reference weights of {one.start_from.hmm.name}"
        for (of, family, k), one in recipes.items()
        if of == loss and k == seed
    }
    for loss in ("reference", "finished", "fast")
}
pd.DataFrame(began)

# %% [markdown] tags=["more"]
# ## Six families side by side
#
# We begin with one network of each family under noise, in the plane of its own first two principal components (PCs). Colours show its *class*, the symbol that is most likely at that step ([glossary](../book/glossary.md)).

# %% mystnb={"figure": {"caption": "**In the plane of PC1 and PC2 the shorter chains show a loop; the others a V or three arms.** Driven states, one network of each family (in brackets: shares of the variance); arrows: mean movement in one step. Chain-n: n states in a row; full: three states that reach each other; cyclic: four states on a ring, two of which share symbol 1.", "name": "fig-reuse-orbits"}, "image": {"alt": "Chains of two, three and four states: two clouds side by side, and arrows that circle once. Chain of five: in this plane a V, one class on each arm, and arrows along the arms. Fully connected and cyclic: three arms that meet at the origin, one for each class (fully connected) or two of one class (cyclic)."}}
motion_effort = ibl.core.budget(
    profile, smoke=ibl.hmm_rnn.orbit.MotionBudget(10, 300, 50, 20), page=ibl.hmm_rnn.orbit.MotionBudget(20, 600, 300, 50), paper=ibl.hmm_rnn.orbit.MotionBudget()
)  # fmt: skip
motions = {
    family: ibl.hmm_rnn.orbit.measure_motion(networks[family, seed], motion_effort, noise_seed)
    for family in families
}
ibl.hmm_rnn.reuse.fig_orbits({family: one.orbit for family, one in motions.items()})

# %% [markdown]
# [The chapter on the orbit](21_noise_orbit.ipynb) found four things for two states. Here they are in all families, one network each: the length of the state that remains after some hundred steps without input; whether the logit turns less often from cluster to kick zone to transition, and whether the kick zone has more unstable directions than clusters; the turns per pair of *lasting* switches (after and before 6 steps of equal class), in the plane in which the ways forth and back enclose the largest area; and how far that is from the plane of the figure. Where several pairs of classes are linked: the range over pairs.

# %%
loop_size = ibl.core.budget(profile, smoke=(20, 400), page=(40, 600), paper=(100, 1000))
loop_runs = ibl.hmm_rnn.runs_alike(
    [networks[family, seed] for family in families], *loop_size, seed=noise_seed
)
motion_loops = {
    family: ibl.hmm_rnn.orbit.measure_loops(
        networks[family, seed],
        its_run,
        ibl.hmm_rnn.reuse.linked_symbols(ibl.hmm_rnn.FAMILIES[family]),
        seed=noise_seed,
        decode=False,
    )
    for family, its_run in zip(families, loop_runs, strict=True)
}
loop_ranges = {
    family: {
        name: range_text(of[name].dropna(), spec)
        for name, spec in {
            "turns": ".2f",
            "turns, linear twin": ".2f",
            "degrees from PC1 and PC2": ".0f",
        }.items()
    }
    for family, found in motion_loops.items()
    for of in [pd.DataFrame(found.numbers).T]
    if len(of)
}
in_all = pd.DataFrame(
    {
        family: {
            "length left without input": "below 0.001"
            if one.numbers["left without input"] < 1e-3
            else f"{one.numbers['left without input']:.3f}",
            **{
                name: "yes" if ibl.hmm_rnn.orbit.regions_in_order(one.numbers)[which] else "no"
                for name, which in {
                    "turns of the logit in order": "turns",
                    "kick zone less stable than cluster": "unstable",
                }.items()
            },
            **loop_ranges.get(family, {}),
        }
        for family, one in motions.items()
    }
)
in_all.transpose()

# %% [markdown]
# Between any two classes a network turns about once per pair of lasting switches. In the longest chain, whose path is a V in the [figure](#fig-reuse-orbits), it does so in another plane; in the fully connected and the cyclic family each pair of classes has a plane of its own, far from that of the figure. But one turn per pair is no mark of the motif: in the chains a linear process with the same covariances (*linear twin*) makes about as many. It only shows that the way back differs from the way forth. The evidence for kicks is what follows, where noise and units are taken away.
#
# ## The motif of every pair of classes
#
# For each pair of symbols that follow each other in the HMM (three pairs in the fully connected family, two in the cyclic one): kick units are found by [the rule of the chapter before](22_kick_units.ipynb); their connections are compared with those of random units; and the network runs without the noise that reaches them, without other noise, and without the first twenty candidates.

# %%
effort = ibl.core.budget(
    profile,
    smoke=ibl.hmm_rnn.kick_units.InterventionBudget(150, 250, 20, 50, n_draws=1, n_null=49),
    page=ibl.hmm_rnn.kick_units.InterventionBudget(
        n_starts=60, n_changed=120, n_draws=3, n_null=199
    ),
    paper=ibl.hmm_rnn.kick_units.InterventionBudget(400, 500, 400, 300, n_draws=20, n_null=9999),
)
all_motifs = {
    (loss, family, k): ibl.hmm_rnn.reuse.network_motifs(
        all_networks[loss, family, k], ibl.hmm_rnn.FAMILIES[family], effort=effort, seed=noise_seed
    )
    for loss in began
    for family in families
    for k in range(seed, seed + n_motif_seeds)
}
motifs = {key[1:]: found for key, found in all_motifs.items() if key[0] == "reference"}
rows = {}
for (family, _), found in motifs.items():
    for pair in (*found.motifs, *found.missing):
        here = rows.setdefault(f"{family}, {pair[0]} and {pair[1]}", [])
        here += [found.motifs[pair]] if pair in found.motifs else []

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Pairs without numbers, and why"}
for (family, k), found in motifs.items():
    for (a, b), why in found.missing.items():
        print(f"{family}, network {k}, classes {a} and {b}: {why}")

# %% tags=["lead"] mystnb={"figure": {"caption": "**Without the noise that reaches the kick units switches become rare in the chains and the full model, and fewer than half are left in the cyclic one; with 20 silent candidates they end in all chains, but not in all other pairs.** Every pair of classes, in three networks of each family. Left: mean weights within and between the two groups of three kick units, in standard deviations (SDs) of random groups, positive as claimed. Middle and right: switches that remain, in both directions, without the noise that reaches the kick units or with 20 candidates silent (diamonds), and without other noise or with 20 random units silent (bars).", "name": "fig-reuse-motifs"}, "image": {"alt": "Nine rows. All weights lie to the right of zero, by up to eleven SDs. Without the noise that reaches the kick units, marks lie between zero and 0.2 in the chains and the fully connected family, and up to 0.45 in the cyclic one; the bars of other noise lie around one. Silent candidates lie at zero in the chains and between zero and 0.9 in the other families; the bars of random units lie around one, and some are wide."}}
ibl.hmm_rnn.reuse.fig_family_motifs(rows)

# %% [markdown] tags=["more"]
# ### The statements, pair by pair
#
# What the [figure](#fig-reuse-motifs) shows, as statements. *Signs*: all blocks of weights whose sign is not chosen have the claimed one. *Correlation*: the weights onto the two groups are opposed. *Noise*: switches all but end without the noise that reaches the kick units; *control*: they go on without other noise. *Silence*: they all but end with at most 20 candidates silent; *random*: they go on with 20 random units silent. For *noise* the limit of what may be left is a tenth for two states and the fully connected family and 0.35 for the others. It was set on prototypes, before these networks were seen. Of the two directions the worse one counts.

# %%
limits = {"chain-2": 0.1, "full": 0.1}
shown = [
    "signs", "within", "between", "p", "noise", "noise_lasting", "control",
    "smallest_trap", "silenced", "silenced_lasting", "silenced_random",
]  # fmt: skip
checks, numbers = {}, {}
for (family, k), found in motifs.items():
    for pair, motif in found.motifs.items():
        key = family, f"{pair[0]} and {pair[1]}", k
        checks[key] = ibl.hmm_rnn.reuse.motif_checks(motif, limit=limits.get(family, 0.35))
        numbers[key] = ibl.hmm_rnn.kick_units.motif_numbers(motif, shown)
checks = pd.DataFrame(checks).T.rename_axis(["family", "pair", "seed"])
numbers = pd.DataFrame(numbers).T.rename_axis(["family", "pair", "seed"])
holds = checks.groupby(level=["family", "pair"], sort=False).mean() > 0.5  # of the networks
holds.replace({True: "yes", False: "no"})

# %% [markdown]
# (Yes: in most networks of the family.) The numbers of each network follow. First the connections: blocks of weights with the claimed sign; mean weights within and between the groups of kick units; and the largest share of random groups that are as extreme in one of five measures (*p*).

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: connections in each network"}
numbers[["signs", "within", "between", "p"]].rename(columns={"signs": "signs, of 8"}).round(3)

# %% [markdown]
# Then what is left of the switches: without the noise that reaches the kick units, also of *lasting* switches, after which the class stays for 6 steps; without other noise; and with units silent (*candidates that trap*: how many to silence until less than a tenth of the switches remains; –: 20 are too few, or there are not so many).

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: each network without noise"}
numbers[["noise", "noise_lasting", "control"]].set_axis(
    ["without their noise", "lasting, without their noise", "without other noise"], axis=1
).round(2)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: each network with silent units"}
numbers[["smallest_trap", "silenced", "silenced_lasting", "silenced_random"]].set_axis(
    ["candidates that trap", "20 silent", "lasting, 20 silent", "20 random units silent"], axis=1
).map("{:.2g}".format).replace("nan", "–")

# %% [markdown]
# ## Finished and fast networks
#
# The networks so far are reference networks, which miss their HMM's statistics; those of two states are too slow and too regular. Is that the reason for the motif? We measure finished and fast networks, too, three of each family.

# %% [markdown] tags=["more"]
# ### Finished networks, pair by pair

# %% mystnb={"figure": {"caption": "**Finished networks need that noise, too, but twenty silent candidates leave them many switches.** Every pair of classes in three finished networks of each family; panels and marks as in the figure of the reference networks.", "name": "fig-reuse-finished"}, "image": {"alt": "Nine rows. All weights lie to the right of zero, by two to eight SDs. Without the noise that reaches the kick units marks lie between zero and 0.45, in most rows below 0.2; the bars of other noise lie around one. With 20 candidates silent marks lie between zero and 0.9, in the chains between 0.1 and 0.65; the bars of random units lie around one or beyond."}}
ibl.hmm_rnn.reuse.fig_family_motifs(
    {
        f"{family}, {pair[0]} and {pair[1]}": [
            all_motifs["finished", family, k].motifs[pair]
            for k in range(seed, seed + n_motif_seeds)
            if pair in all_motifs["finished", family, k].motifs
        ]
        for family in families
        for pair in ibl.hmm_rnn.reuse.linked_symbols(ibl.hmm_rnn.FAMILIES[family])
    }
)

# %% [markdown]
# The table has, for each statement, the share of the pairs of classes in which it holds in most networks. *Lasting*: with the same limits, for lasting switches; the others count short ones, too.

# %%
of_losses = {}
for (loss, family, k), of_network in all_motifs.items():
    limit = limits.get(family, 0.35)
    for pair, motif in of_network.motifs.items():
        numbers_here = ibl.hmm_rnn.kick_units.motif_numbers(
            motif, ["noise_lasting", "silenced_lasting", "smallest_trap"]
        )
        of_losses[loss, family, f"{pair[0]} and {pair[1]}", k] = ibl.hmm_rnn.reuse.motif_checks(
            motif, limit=limit
        ) | {
            "noise, lasting": numbers_here["noise_lasting"] < limit,
            "silence, lasting": numbers_here["silenced_lasting"] < 0.1
            if np.isfinite(numbers_here["silenced_lasting"])
            else np.nan,
            "left of lasting, noise": numbers_here["noise_lasting"],
            "left of lasting, silence": numbers_here["silenced_lasting"],
            "smallest trap": numbers_here["smallest_trap"],
        }
of_losses = pd.DataFrame(of_losses).T.astype(float).rename_axis(["loss", "family", "pair", "seed"])
left_of_lasting = of_losses[["left of lasting, noise", "left of lasting, silence"]]
yes_or_no = of_losses.drop(columns=[*left_of_lasting, "smallest trap"])
most = yes_or_no.groupby(["loss", "family", "pair"], sort=False).mean()
shares = (most > 0.5).where(most.notna()).astype(float).groupby("loss", sort=False).mean()
shares.T.round(2)

# %% [markdown]
# ### What is left in each kind

# %% tags=["hide-input"]
left_without = {
    loss: left_of_lasting.loc[loss].groupby(["family", "pair"]).median() for loss in began
}
said(
    "Of the switches that last, at most "
    + ", ".join(f"{left_without[kind].max().iloc[0]:.2f}" for kind in began)
    + " are left in a pair without the noise that reaches the kick units (reference, finished, fast; median "
    "networks). All of the claimed signs are there in "
    + ", ".join(f"{shares.loc[kind, 'signs']:.0%}" for kind in began)
    + " of the pairs.\n\nThe trap by a few units is kept only in part: with at most 20 candidates silent less "
    "than a tenth of all switches remains in "
    + ", ".join(f"{shares.loc[kind, 'silence']:.0%}" for kind in began)
    + " of the pairs; of the lasting ones less than a tenth is left with 20 silent in "
    + ", ".join(f"{shares.loc[kind, 'silence, lasting']:.0%}" for kind in began)
    + " (of the pairs that have 20 candidates). The chapter before silences all candidates."
)

# %% [markdown] tags=["more"]
# ## Does it take a hundred sources of noise?
#
# Each network has 100 independent sources of noise, so that a kick unit could nearly have its own. We compare fast networks with *one* source, which all units share, and with 100: the error of bigrams (pairs of successive symbols), how often the symbol changes over the HMM's, turns and width of the loop, and what is *left of lasting switches* without the noise that reaches the kick units, in the pair where most is left (medians of the networks of a family). This was run with the default budget of computing time, the [profile](../book/glossary.md#term-profile) `page`; with the profile `paper` there are all of the paper's numbers of units and inputs.

# %%
sizes_of = ibl.core.budget(
    profile,
    smoke=[(150, 1)],
    page=[(150, 1), (150, 100)],
    paper=[(n, d) for n in (50, 150, 200) for d in (1, 10, 100, 200)],
)
by_size = {
    (family, *of, k): ibl.hmm_rnn.teaching.fast_recipe(family, k, n_units=of[0], n_inputs=of[1])
    for family in families
    for of in sizes_of
    for k in range(seed, seed + n_motif_seeds)
}
of_sizes, _ = ibl.hmm_rnn.teaching.hmm_rnns_for(list(by_size.values()))
n_emitted = ibl.core.budget(profile, smoke=40, page=400, paper=1000)
its_matches = ibl.hmm_rnn.teaching.assess_alike(
    {key: (one.network, one.params.hmm) for key, one in zip(by_size, of_sizes, strict=True)},
    n_sequences=n_emitted,
    seed=noise_seed,
)
by_inputs, trapped = {}, {}
for key, one in zip(by_size, of_sizes, strict=True):
    net, its_hmm, match = one.network, one.params.hmm, its_matches[key]
    its_loops, _ = ibl.hmm_rnn.orbit.find_loops(
        ibl.hmm_rnn.run(net, *loop_size, seed=noise_seed),
        ibl.hmm_rnn.reuse.linked_symbols(its_hmm),
        decode=False,
    )
    its_motifs = (
        all_motifs["fast", key[0], key[3]]
        if key[1:3] == (150, 100)
        else ibl.hmm_rnn.reuse.network_motifs(net, its_hmm, effort=effort, seed=noise_seed)
    )
    for pair, motif in its_motifs.motifs.items():
        left = ibl.hmm_rnn.kick_units.motif_numbers(motif, ["noise_lasting"])
        trapped[(*key[:3], pair, key[3])] = left["noise_lasting"]
    by_inputs[key] = {
        "bigrams": match.total_variation,
        "changes": match.change_ratio,
        "turns": np.mean([of.turns.value for of in its_loops.values()] or [np.nan]),
        "width": np.mean([of.width for of in its_loops.values()] or [np.nan]),
        "left of lasting switches": np.max(
            [left for of, left in trapped.items() if (*of[:3], of[4]) == key] or [np.nan]
        ),
    }
by_inputs = pd.DataFrame(by_inputs).T.rename_axis(["family", "units", "inputs", "seed"])
per_inputs = by_inputs.groupby(["family", "units", "inputs"], sort=False).median()
per_inputs.round(2)

# %% tags=["hide-input"]
in_chains = per_inputs[per_inputs.index.get_level_values("family").str.startswith("chain")]
from_to = {
    (kind, d, name): range_text(of[name].dropna())
    for kind, table in {"chains": in_chains, "all": per_inputs}.items()
    for d in per_inputs.index.unique("inputs")
    if len(table)
    for of in [table.xs(d, level="inputs")]
    for name in per_inputs
}
if 100 in per_inputs.index.unique("inputs"):
    in_full = by_inputs.xs(("full", 150, 1), level=("family", "units", "inputs"))
    in_cyclic = per_inputs.xs(("cyclic", 150), level=("family", "units"))
    said(
        "In the chains one source does as well as a hundred: total variations of "
        f"{from_to['chains', 1, 'bigrams']} and {from_to['chains', 100, 'bigrams']}. (In the authors' figures, "
        "by the paper's loss, one input is clearly worse than ten or more.) The cyclic networks come less close "
        f"({in_cyclic.loc[1, 'bigrams']:.2f}; {in_cyclic.loc[100, 'bigrams']:.2f} with a "
        "hundred), and none of the fully connected ones learnt its model: its symbols change "
        f"{in_full['changes'].min():.1f} times as often as they should, or more. By this "
        "recipe, then, one source is enough for two symbols; with three it nearly is in the cyclic family, and fails in the full one. Other recipes "
        "we did not try. Without the noise that reaches the kick units, the share of lasting switches that remains "
        f"with one source is {from_to['chains', 1, 'left of lasting switches']} in the chains, and "
        f"{in_cyclic.loc[1, 'left of lasting switches']:.2f} in the cyclic family, rather than "
        f"{from_to['all', 100, 'left of lasting switches']}: presumably because the other units receive the same noise."
    )

# %% [markdown]
# ## Do kick units belong to the class they lead into?
#
# With three classes a unit may push *into* a class from wherever the network is, or *out of* a class wherever it goes. Which of these it is can be seen from the first ten candidates of any two directions ([figure](#fig-reuse-shared)).

# %% [markdown] tags=["more"]
# ### Which directions share candidates?
#
# Of the first ten candidates of each direction, how many are those of another one, too?

# %% mystnb={"figure": {"caption": "**Directions into the same class share candidates; others hardly do.** Candidates that two directions share, of the first ten of each, in the families with more than one pair of classes. A mark for each two directions.", "name": "fig-reuse-shared"}, "image": {"alt": "Directions with the same target share one to seven of ten candidates in the fully connected family and one to three in the cyclic one; those with the same source or one after the other share none or one, as by chance."}}
shared_in = {
    key: ibl.hmm_rnn.reuse.shared_units(found.motifs, networks[key].n_units)
    for key, found in motifs.items()
}
shared = {
    family: [one for (name, _), found in shared_in.items() if name == family for one in found]
    for family in families
}
shared = {family: found for family, found in shared.items() if found}
ibl.hmm_rnn.reuse.fig_shared_units(shared)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: shared candidates"}
shared_table = pd.DataFrame([vars(one) for found in shared.values() for one in found])
shared_mean = (
    shared_table.groupby("relation")["n_shared"].mean().reindex(ibl.hmm_rnn.reuse.RELATIONS)
)
by_chance = shared_table["n_expected"].mean()
shared_mean.rename("candidates shared, of 10").to_frame().assign(**{"by chance": by_chance}).round(
    2
)

# %% [markdown]
# ### A class can be closed
#
# So a kick group belongs to the class that it leads *to*, clearly in the fully connected family and less so in the cyclic one: networks of more classes do not copy the motif for each pair, they share its halves.
#
# If dynamics are composed of such modules, one of them can be taken out. In the fully connected family, take the first 30 candidates of either way into a class, silence those in both lists, and count switches: into the class, both ways, and between the two other classes.

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: each closed class"}
closed_ways = []
for k in range(seed, seed + n_motif_seeds):
    full = networks["full", k]
    free_run = ibl.hmm_rnn.kick_units.nominal_run(full, effort, seed=noise_seed)
    ways = {one.ends: one for motif in motifs["full", k].motifs.values() for one in motif.kick}
    for here in range(full.n_symbols):
        first, second = (c for c in range(full.n_symbols) if c != here)
        if not {(first, here), (second, here)} <= ways.keys():
            continue  # too few switches to find kick units
        closed = np.intersect1d(*(ways[c, here].candidates[:30] for c in (first, second)))
        variants = [ibl.hmm_rnn.kick_units.silenced(full, units) for units in ([], closed)]
        for ends in ((first, here), (second, here), (first, second), (second, first)):
            starts = ibl.hmm_rnn.kick_units.start_states(free_run, ends, 100, seed=noise_seed)
            classes = ibl.hmm_rnn.kick_units.classes_under_gains(
                full, variants, starts, 120, seed=noise_seed
            )
            rates = ibl.hmm_rnn.kick_units.switch_rates(classes, *ends, unchanged=classes[0])
            closed_ways.append(
                {
                    "network": k,
                    "closed class": here,
                    "units": len(closed),
                    "switches": "into it" if ends[1] == here else "elsewhere",
                    "left": rates.ratio[1].value,
                    "lasting": rates.lasting[1].value,
                }
            )
closed_table = pd.DataFrame(closed_ways).groupby(["network", "closed class", "units", "switches"])
closed_lasting, closed_table = (  # of the two ways
    closed_table[which].median().unstack("switches") for which in ("lasting", "left")
)
pd.concat({"lasting switches": closed_lasting, "all switches": closed_table}, axis=1).round(2)

# %% tags=["hide-input"]
said(
    f"Of the lasting switches into the class {closed_lasting['into it'].min():.2f} to "
    f"{closed_lasting['into it'].max():.2f} are left, and of those between the others "
    f"{closed_lasting['elsewhere'].min():.2f} to {closed_lasting['elsewhere'].max():.2f} (of all switches "
    f"{closed_table['into it'].min():.2f} to {closed_table['into it'].max():.2f}, and "
    f"{closed_table['elsewhere'].min():.2f} to {closed_table['elsewhere'].max():.2f}). The reused part "
    "belongs to the class that a switch leads into, whichever class it leaves. Whether it opens that class or holds it, "
    "silencing does not show."
)

# %% [markdown]
# ## How many dimensions carry the orbit?
#
# A network has 150 units. Which part of that is the motif? We leave things out in four ways, each with the first $k$ principal components of the driven states, those that the network visits under noise:
#
# * **read out only**: the whole network runs, and the [readout](../book/glossary.md#term-readout) sees $k$ components. If this fails, the output needs more.
# * **in the loop**: the 150 ReLU units get from each other only the $k$ components, $h' = \mathrm{relu}(W_\mathrm{in}x + W_\mathrm{rec}(\bar h + P^\top P(h - \bar h)))$. If this fails, the dynamics need more.
# * **distilled**: [RADD](09_claim4_radd.ipynb) fits $z' = \tanh(A'z + B'x + c')$ to the $k$ components, each step from the true one before; then it runs freely under fresh noise, and the network's readout makes symbols of it.
# * **distilled, linear**: without the tanh, as a control: what would noise and a linear filter do?

# %%
n_kept = ibl.core.budget(
    profile, smoke=[1, 2, 5], page=[1, 2, 3, 5, 10, 20], paper=[1, 2, 3, 4, 5, 7, 10, 20, 40]
)
size = ibl.core.budget(profile, smoke=(20, 200), page=(50, 500), paper=(200, 1000))
reduced = {
    family: [
        ibl.hmm_rnn.reuse.reductions(
            networks[family, k], ibl.hmm_rnn.FAMILIES[family], n_kept,
            n_sequences=size[0], n_steps=size[1], seed=noise_seed,
        )
        for k in range(seed, seed + (n_seeds if family == "chain-2" else 1))
    ]
    for family in reduced_families
}  # fmt: skip

# %% [markdown]
# With the profile `paper`, networks that learn the task with few units from the start (ReLU, no biases, unbiased divergence) are trained for comparison; half a minute each.

# %%
small_sizes = ibl.core.budget(profile, smoke=[], page=[], paper=[2, 3, 5, 10])
small, _ = ibl.hmm_rnn.teaching.hmm_rnns_for(
    [ibl.hmm_rnn.teaching.fast_recipe("chain-2", seed, n_units=n) for n in small_sizes]
)
small_errors = {
    n: ibl.hmm_rnn.teaching.assess_emissions(
        one.network, hmm, n_sequences=400, seed=noise_seed
    ).total_variation
    for n, one in zip(small_sizes, small, strict=True)
}

# %% mystnb={"figure": {"caption": "**For two states, two tanh units or three components in the loop nearly suffice; for three connected states the loop needs five, and tanh units never suffice.** What is left as k dimensions are kept: total variation between the pairs of symbols and those of the HMM (above), how often the symbol changes (middle), and turns per pair of lasting switches between the first two classes, in the plane found for them (below). Medians over networks, bands: their range. Where a line is missing, the reduced network ran away or had too few lasting switches.", "name": "fig-cross-dimensions"}, "image": {"alt": "Chain of two states: with one dimension all fail but the readout. From two tanh units or three components in the loop on, error and changes are somewhat above those of the network, and turns are as many. Linear units change their symbol twice as often. Fully connected: distilled units remain above the network at any number, and the loop needs five or more."}}
ibl.hmm_rnn.reuse.fig_reductions(reduced, small_errors)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: dimensions kept"}
kept_table = pd.DataFrame(
    {
        (way, k): {
            "error": np.median([one.at("error", way, k) for one in reduced["chain-2"]]),
            "changes / network's": np.median(
                [one.at("changes", way, k) / one.whole["changes"] for one in reduced["chain-2"]]
            ),
            "turns": np.median([one.at("turns", way, k) for one in reduced["chain-2"]]),
        }
        for way in ibl.hmm_rnn.reuse.WAYS
        for k in n_kept
        if k <= 5
    }
).T
whole = pd.DataFrame([one.whole for one in reduced["chain-2"]]).median().round(2)
print(
    "The networks as they are:", ", ".join(f"{name} {value:.2f}" for name, value in whole.items())
)
print("–: the reduced network ran away, or has too few lasting switches to count turns.")
kept_table.map("{:.2f}".format).replace("nan", "–")

# %% [markdown] tags=["more"]
# ### Two units, and three components
#
# Two units are distilled in three lines. Their eigenvalues at the origin say how they move there:

# %% tags=["teaches"]
driven = ibl.hmm_rnn.run(network, *size, seed=noise_seed, keep_noise=True)
orbit = ibl.hmm_rnn.orbit.find_orbit(driven)
two = ibl.hmm_rnn.reuse.distill_network(network, driven, orbit, 2)
values = np.linalg.eigvals(two.model.recurrent)
print("A' =", two.model.recurrent.round(2).tolist())
print("eigenvalues", values.round(3))
if np.iscomplexobj(values):
    turn = 2 * np.pi / abs(np.angle(values[0]))
    memory = -1 / np.log(abs(values[0]))
    print(f"at the origin: a turn in {turn:.0f} steps,")
    print(f"while states shrink to 1/e in {memory:.0f}")
else:
    print("at the origin: real eigenvalues, no turning")

# %% mystnb={"figure": {"caption": "**Three components, and even two tanh units, keep the orbit of the network.** The network, the same network with three components in its loop, and two distilled tanh units, each under its own noise in its own PCs (whose signs are arbitrary; in brackets: shares of the variance).", "name": "fig-cross-orbits"}, "image": {"alt": "Three similar pictures: two dense clouds side by side, one for each symbol, and arrows that circle through both. The two tanh units fill a rounder cloud with less of a gap."}}
three = ibl.hmm_rnn.run(
    ibl.hmm_rnn.reuse.through_components(network, orbit, 3), *size, seed=noise_seed
)
ibl.hmm_rnn.reuse.fig_orbits(
    {
        "150 ReLU units": orbit,
        "3 PCs in the loop": ibl.hmm_rnn.orbit.find_orbit(three),
        "2 tanh units": ibl.hmm_rnn.orbit.find_orbit(two.run(*size, seed=noise_seed)),
    }
)  # fmt: skip

# %% [markdown]
# ### What two units keep

# %% tags=["hide-input"]
of_two = kept_table.loc[("tanh", 2)]
times = {  # how often the symbol changes, over the network's, in each network
    (way, k): sorted(one.at("changes", way, k) / one.whole["changes"] for one in reduced["chain-2"])
    for way, k in (("tanh", 1), ("tanh", 2), ("linear", 2))
}
ranges = {key: f"{found[0]:.1f} to {found[-1]:.1f}" for key, found in times.items()}
full_error = np.nanmin([one.error["tanh"] for one in reduced["full"]])
of_full = reduced["full"][0]
full_changes = (
    min(of_full.at("changes", "tanh", k) for k in n_kept if k > 1) / of_full.whole["changes"]
)
said(
    "For two states, **two tanh units that were fitted step by step and never saw a symbol emit nearly the "
    f"same statistics** (error {of_two['error']:.2f}, against {whole['error']:.2f}), and turn as often. "
    f"They change their symbol {ranges['tanh', 2]} times as often as the network (over networks). Near the "
    "origin a state spirals inwards, so slowly that noise keeps it going. With one unit it is "
    f"{ranges['tanh', 1]} times, which depends on the network. Without the tanh "
    f"two units still turn, as a linear twin does, but symbols change {ranges['linear', 2]} times as often as the "
    "network's: the turning is linear, but *holding* an output is not. (The error of symbol pairs hardly "
    "differs between the two, so it is not enough to look at that.)\n\n"
    "For the fully connected family (one network) units along principal components do worse, with any "
    f"number from two on that we tried: the least error is {full_error:.2f}, against "
    f"{of_full.whole['error']:.2f} of the network itself, and symbols change at least {full_changes:.1f} times "
    "as often as the network's. Whether units along other directions would do, we did not try."
)

# %% [markdown]
# ## The network of Part I under noise alone
#
# Now we apply the tools of this part to [the network of Part I](02_train_rnn.ipynb). It has 50 tanh units and biases, and learnt the correct side by supervised learning; feedback is one of its inputs. Here it gets nothing but noise on its two observations (and the small penalty that a step without action brings). Its *class* is the side of its [block belief](05_claim2_representations.ipynb), by a logistic regression that was fitted while it played. [Its fixed points](07_mechanism.ipynb) without noise are two stable ones and a saddle.

# %%
params = ibl.TaskParams()
part_one = ibl.networks_for([ibl.TrainParams(seed=seed)])[0][0].network
n_blocks = ibl.core.budget(profile, smoke=4, page=10, paper=20)
trials = ibl.sample_trials(
    params,
    n_sessions=ibl.core.budget(profile, smoke=4, page=10, paper=20),
    n_blocks=n_blocks,
    seed=noise_seed,
)
played = ibl.rollout(ibl.RNNAgent(part_one), trials, record_states=True)
readout = ibl.hmm_rnn.reuse.block_readout(played)
believer = ibl.hmm_rnn.reuse.as_hmm_rnn(part_one, readout, feedback=params.waiting_penalty)
untrained = ibl.hmm_rnn.reuse.as_hmm_rnn(
    ibl.RecurrentNetwork(part_one.n_units, seed=seed), readout, feedback=params.waiting_penalty
)
n_alone = max(size[1], 500)  # steps: enough for some lasting switches
noise_run = ibl.hmm_rnn.run(believer, 100, n_alone, seed=noise_seed, warm_up=100)
noise_orbit = ibl.hmm_rnn.orbit.find_orbit(noise_run)
task_run = ibl.hmm_rnn.reuse.as_run(played, readout)
print(f"belief is that of the block at {readout.accuracy(played.states, played.trials.block_side[played.row_trial]):.0%} of steps")  # fmt: skip

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: fixed points"}
inputs = [0, 0, params.waiting_penalty]
visited = noise_run.states.reshape(-1, believer.n_units)
points = ibl.find_fixed_points(
    ibl.one_step(part_one), inputs,
    ibl.core.make_starts(visited, n_starts=ibl.core.budget(profile, smoke=10, page=50, paper=200), noise=0.1, seed=seed),
    visited=visited,
)  # fmt: skip
largest = np.abs(
    np.linalg.eigvals(ibl.core.jacobians(ibl.one_step(part_one), inputs, points.points))
).max(axis=1)
pd.DataFrame(
    {"log odds of a right block": readout.log_odds(points.points), "largest eigenvalue": largest,
     "stable": largest < 1}
).sort_values("log odds of a right block").round(2)  # fmt: skip

# %%
sizes = [0.1, 0.25, 0.5, 1, 2, 4]
rate_steps = ibl.core.budget(profile, smoke=100, page=500, paper=2000)
switch_rate = {
    name: ibl.hmm_rnn.reuse.switching_by_noise(
        one, sizes, n_sequences=40, n_steps=rate_steps, seed=noise_seed
    )
    for name, one in {"HMM network (chain-2)": network, "network of Part I": believer}.items()
}

# %% mystnb={"figure": {"caption": "**The network of Part I moves between two stable points, and it switches only if noise is large enough.** Above: the network under noise of size 1 alone, by its block belief, with the mean movement in a step and its fixed points without noise. Below: how often the class switches as the noise grows; the line marks the size of the noise in both trainings.", "name": "fig-cross-part-one"}, "image": {"alt": "Above: one broad cloud, belief in left on one side and in right on the other; long arrows lead from all around to two stars, one in either half, and a third star lies between. Below: the rate of the HMM network is flat. That of Part I is zero up to noise 0.25 and rises to more than a third at noise 4."}}
ibl.hmm_rnn.reuse.fig_part_one_noise(noise_orbit, points.points, sizes, switch_rate)

# %% [markdown] tags=["more"]
# ### Turns of this network and of eight more

# %%
untrained_run = ibl.hmm_rnn.run(untrained, 100, n_alone, seed=noise_seed, warm_up=100)
around = pd.DataFrame(
    {
        name: {
            "t of angular momentum, PC1 and PC2": its_orbit.rotation["t of angular momentum"],
            **next(iter(its_loops.numbers.values()), {}),
        }
        for name, (net, one, pair) in {
            "HMM network (chain-2)": (network, driven, (0, 2)),
            "Part I, noise alone": (believer, noise_run, (0, 1)),
            "Part I, playing": (believer, task_run, (0, 1)),
            "Part I, untrained, noise alone": (untrained, untrained_run, (0, 1)),
        }.items()
        for its_orbit in [ibl.hmm_rnn.orbit.find_orbit(one)]
        for its_loops in [ibl.hmm_rnn.orbit.measure_loops(net, one, [pair], seed=noise_seed)]
    }
)
around.round(2)

# %% [markdown]
# Turns, decoding and width are of lasting switches, in the plane found for each. Is that so in one network only? We measure nine networks of the same recipe under noise alone; and, for later, how many of their switches remain without the first candidates for kick units.

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Code: the networks of Part I, one by one"}
few = [3, 6, 9]
n_part_one = ibl.core.budget(profile, smoke=2, page=9, paper=9)
others, _ = ibl.networks_for([ibl.TrainParams(seed=seed + k) for k in range(n_part_one)])
one_by_one, left_by = {}, {"candidates": [], "random units": []}
for one in others:
    with_states = ibl.rollout(ibl.RNNAgent(one.network), trials, record_states=True)
    its_readout = ibl.hmm_rnn.reuse.block_readout(with_states)
    trained_one, fresh = (
        ibl.hmm_rnn.reuse.as_hmm_rnn(net, its_readout, feedback=params.waiting_penalty)
        for net in (one.network, ibl.RecurrentNetwork(one.network.n_units, seed=one.params.seed))
    )
    run_of = {
        name: ibl.hmm_rnn.run(net, 100, n_alone, seed=noise_seed, warm_up=100)
        for name, net in (("trained", trained_one), ("untrained", fresh))
    }
    row = {}
    for name, its_run in run_of.items():
        net = {"trained": trained_one, "untrained": fresh}[name]
        found = ibl.hmm_rnn.orbit.measure_loops(
            net, its_run, [(0, 1)], seed=noise_seed, decode=False
        ).numbers
        for what, number in found.get((0, 1), {}).items():  # empty if hardly a switch lasts
            if what in ("turns", "width", "turns, linear twin"):
                row[f"{what}, {name}"] = number
    its_kick = ibl.hmm_rnn.kick_units.find_kick_units(trained_one, run_of["trained"], (0, 1))
    for direction in (its_kick, its_kick[::-1]):
        silent = ibl.hmm_rnn.kick_units.silencing(
            trained_one,
            run_of["trained"],
            direction,
            effort=ibl.hmm_rnn.kick_units.InterventionBudget(
                n_starts=100,
                n_changed=ibl.core.budget(profile, smoke=50, page=200, paper=500),
                n_draws=4,
            ),
            seed=noise_seed,
            numbers=few,
        )
        ends = "{} to {}".format(*(("left", "right")[k] for k in direction[0].ends))
        left_by["candidates"] += [ratio.value for ratio in silent.lasting.ratio]
        left_by["random units"] += np.ravel(silent.lasting.random).tolist()
        row |= {
            f"all, {ends}": np.nanmin([ratio.value for ratio in silent.ratio]),
            f"lasting, {ends}": np.nanmin([ratio.value for ratio in silent.lasting.ratio]),
        }
    one_by_one[f"seed {one.params.seed}"] = row
one_by_one = pd.DataFrame(one_by_one).T
one_by_one.filter(regex="^(turns|width)").map("{:.2f}".format).replace("nan", "–")

# %%
one_by_one.filter(regex="^(all|lasting)").round(2)

# %% tags=["hide-input"]
turns_of = one_by_one["turns, trained"]
round_untrained = one_by_one.get("turns, untrained", pd.Series(dtype=float)).dropna()
said(
    "(*–*: too few lasting switches. *all* and *lasting*: of the switches as they were, the least share that is left with three, six or nine "
    "candidates silent.) Each of the trained networks turns about once, "
    f"{turns_of.min():.2f} to {turns_of.max():.2f} times. Of the untrained ones {len(round_untrained)} of "
    f"{len(one_by_one)} have enough lasting switches of this readout to be counted, and turn "
    f"{round_untrained.min():.2f} to {round_untrained.max():.2f} times."
)

# %% [markdown]
# ### What is alike, and weak evidence
#
# Three things are alike in the two kinds of networks, but are weak evidence for the same motif:
#
# * **It cycles**, about once per pair of lasting switches, under noise as in the task. But so does the linear twin of each; and untrained networks, where their readout has lasting switches at all, do so, too, less often but on ways about as far apart. Cycling needs no learning.
# * **It has two clusters**. But these are two *stable points* with a saddle between, while the networks of this part have a single [fixed point](../book/glossary.md#term-fixed-point), zero, in neither cluster. At small noise the belief of Part I was not seen to switch, and it switches more and more often as noise grows. Tanh and biases have a size of their own, so here [states do not scale with the noise](21_noise_orbit.ipynb).
# * **It has kick units by the rule.** But some units must cross zero as the class changes.

# %% [markdown] tags=["more"]
# ### Units that turn on, and what silencing them does
#
# Do these units make the belief switch? First their recurrent drive around the switches, under noise alone:

# %% mystnb={"figure": {"caption": "**In the network of Part I, too, some units turn on as the block belief switches.** Its units' recurrent drive around switches of the block belief (0: left, 1: right) under noise alone, mean over switches.", "name": "fig-cross-signature"}, "image": {"alt": "In both panels some units rise from below zero, at the switch, to above; the steepest change comes within a step or two. Many others fall or stay where they are."}}
kick = ibl.hmm_rnn.kick_units.find_kick_units(believer, noise_run, (0, 1))
ibl.hmm_rnn.kick_units.fig_signature(kick)

# %% [markdown]
# We silence the first candidates, under noise alone and in the task, where the network continues to play without them (the readout of its belief stays as it was).

# %%
cross_effort = ibl.hmm_rnn.kick_units.InterventionBudget(n_starts=100, n_changed=ibl.core.budget(profile, smoke=50, page=200, paper=500),
                      n_draws=ibl.core.budget(profile, smoke=2, page=10, paper=50))  # fmt: skip
alone = [
    ibl.hmm_rnn.kick_units.silencing(
        believer, noise_run, one, effort=cross_effort, seed=noise_seed, numbers=few
    )
    for one in (kick, kick[::-1])
]
playing = ibl.hmm_rnn.reuse.play_silenced(
    part_one, trials, readout, kick,
    numbers=few[::2] or few, n_draws=ibl.core.budget(profile, smoke=1, page=3, paper=10), seed=noise_seed,
)  # fmt: skip

# %% mystnb={"figure": {"caption": "**Without the first candidates lasting switches end in one direction only, and random units can do as much.** Part I's network under noise alone, without the first candidates for kick units of a direction, or without random units: how often the block belief switches (above), and of that the switches that last (below).", "name": "fig-cross-silencing"}, "image": {"alt": "Upper panels: with candidates silent switches are as frequent as before or more so, as with most random units, which scatter widely. Lower panels, of switches that last: from left to right belief they become rarer with candidates silent, down to none with nine, and in the other direction more frequent. Random units scatter from none to several times as many."}}
ibl.hmm_rnn.kick_units.fig_silencing(alone)

# %% [markdown]
# ### Do they make it switch?

# %% tags=["hide-input"]
least = (
    one_by_one.filter(regex="^(all|lasting), [a-z]+ to [a-z]+$")
    .T.groupby(lambda x: x.split(",")[0])
    .min()
    .T
)
random_least = pd.DataFrame(
    {
        which: one_by_one.filter(regex=f"^{which}, [a-z]+ to [a-z]+$").min(axis=1)
        for which in ("all", "lasting")
    }
)
nearly_none = (least < 0.1).sum()
share_left = {  # of all sets of units that were silenced
    limit: {
        name: np.mean(np.array(left)[~np.isnan(left)] < limit) for name, left in left_by.items()
    }
    for limit in (0.05, 0.1, 0.2)
}
said(
    f"In this network lasting switches vanish in one direction: {least['lasting'].iloc[0]:.2f} of them are left. But the "
    "table of all networks shows that this is no rule. In one direction or the other fewer than a tenth of the lasting "
    f"switches remain in {nearly_none['lasting']} of {len(least)} networks (at half and at twice that limit in "
    f"{(least['lasting'] < 0.05).sum()} and {(least['lasting'] < 0.2).sum()}), and of all switches in {nearly_none['all']}; "
    f"in the others {least['lasting'][least['lasting'] >= 0.1].min():.2f} to {least['lasting'].max():.1f} times as many last as before. Nor are the candidates special: of all sets of three, six or nine of them "
    f"{share_left[0.1]['candidates']:.0%} leave fewer than a tenth of the lasting switches, of as many random units "
    f"{share_left[0.1]['random units']:.0%} (at half the limit {share_left[0.05]['candidates']:.0%} and "
    f"{share_left[0.05]['random units']:.0%}, at twice {share_left[0.2]['candidates']:.0%} and "
    f"{share_left[0.2]['random units']:.0%}). Earlier versions looked at one "
    "network, and said first that nothing traps it, which would separate it from the networks of this part, then that its lasting "
    "switches end. Neither holds of these networks: what silencing does differs from one to the next."
)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: the network while it plays, without units"}
ratios = pd.DataFrame(
    {
        "switches, candidates": [one.value for one in playing.switches.ratio],
        "switches, random units": np.nanmedian(playing.switches.random, axis=1),
        "belief correct, candidates": playing.correct,
        "belief correct, random units": np.median(playing.correct_random, axis=1),
        "belief correct, whole network": playing.correct_whole,
    },
    index=pd.Index(playing.switches.n_silenced, name="units silenced"),
)
ratios.round(2)

# %% [markdown]
# The folded table is of the network while it plays: switches from left to right belief, as a ratio to the whole network's, and the share of steps at which the belief is that of the block (medians over sets of random units). So the signature of kick units can be found here as well, and does not separate this network from the others. The control does: in the reference networks of the two-state chain switches end without twenty candidates and go on without as many random units ([the chapter on kick units](22_kick_units.ipynb)), while here silent random units end lasting switches about as often as silent candidates do. But these networks have a third as many units, so that nine are a larger part of them.
#
# ## What follows
#
# What the six families share is the dependence of lasting switches on the noise that reaches the kick units; how many units carry the kick depends on how the network was taught. A loop, clusters and units that cross zero can all be found where networks work otherwise, as in Part I, so interventions with controls are what counts. [All statements and verdicts](../book/claims.md) are in one table. [Another task](24_flip_flop.ipynb) is next, and [your own recording](../book/infer_reward.md) can be.
#
# ## Our numbers beside the paper's

# %% tags=["hide-input"]
part_one_rate = switch_rate["network of Part I"]
hmm_rate = switch_rate["HMM network (chain-2)"]
# Of single networks: of the k-th of each family, of each with three classes, of each reduced one.
n_pairs = {
    k: [(len(found.motifs), len(found.missing)) for (_, of), found in motifs.items() if of == k]
    for k in checks.index.unique("seed")
}
of_other_losses = [
    *(
        (loss, name)
        for loss in ("finished", "fast")
        for name in ("signs", "noise", "noise, lasting", "silence, lasting")
    ),
    ("finished", "silence"),
]
per_network = [
    {
        "hmm_reuse.pairs": sum(n for n, _ in found) / sum(map(sum, found)),
        **{f"hmm_reuse.{name}": checks.xs(k, level="seed")[name].mean() for name in checks},
        **{
            f"hmm_reuse.{loss}_{name.replace(', ', '_')}": yes_or_no.loc[loss]
            .xs(k, level="seed")[name]
            .mean()
            for loss, name in of_other_losses
        },
        "hmm_reuse.noise_lasting": np.mean(
            [
                left < limits.get(family, 0.35)
                for (family, _), left in numbers["noise_lasting"].xs(k, level="seed").items()
            ]
        ),
        "hmm_reuse.silence_lasting": (
            numbers["silenced_lasting"].xs(k, level="seed").dropna() < 0.1
        ).mean(),
    }
    for k, found in n_pairs.items()
]
into, elsewhere = (
    closed_table[where].groupby("network").median() for where in ("into it", "elsewhere")
)
modules = [{"hmm_reuse.module": one} for one in into / elsewhere]
for found in shared_in.values():
    of_target = [one.n_shared for one in found if one.relation == "same target"]
    of_others = [one.n_shared for one in found if one.relation != "same target"]
    if of_target and of_others:
        chance = np.mean([one.n_expected for one in found])
        modules.append(
            {
                "hmm_reuse.same_target": np.mean(of_target) / chance,
                "hmm_reuse.other_relations": np.mean(of_others) / chance,
            }
        )
small_networks = [
    {
        "hmm_cross.one_unit": one.at("changes", "tanh", 1) / one.whole["changes"],
        "hmm_cross.two_units": one.at("error", "tanh", 2),
        "hmm_cross.two_units_changes": one.at("changes", "tanh", 2) / one.whole["changes"],
        "hmm_cross.two_units_turns": one.at("turns", "tanh", 2),
        "hmm_cross.two_linear_units": one.at("changes", "linear", 2) / one.whole["changes"],
        "hmm_cross.loop": one.at("error", "loop", 5),
    }
    for one in reduced["chain-2"]
]

measured = {
    "hmm_reuse.pairs": sum(n for found in n_pairs.values() for n, _ in found)
    / sum(sum(map(sum, found)) for found in n_pairs.values()),
    **{f"hmm_reuse.{name}": holds[name].mean() for name in holds},
    "hmm_reuse.module": (into / elsewhere).median(),
    "hmm_reuse.noise_lasting": shares.loc["reference", "noise, lasting"],
    "hmm_reuse.silence_lasting": shares.loc["reference", "silence, lasting"],
    **{
        f"hmm_reuse.{loss}_{name.replace(', ', '_')}": shares.loc[loss, name]
        for loss, name in of_other_losses
    },
    "hmm_reuse.one_input_bigrams": (
        per_inputs.xs((150, 1), level=("units", "inputs"))["bigrams"] <= 0.04
    ).sum(),
    "hmm_reuse.one_input_noise_lasting": np.mean(
        [
            of.median() < limits.get(family, 0.35)
            for (family, _), of in pd.Series(trapped)
            .xs((150, 1), level=(1, 2))
            .groupby(level=[0, 1])
        ]
    ),
    "hmm_reuse.same_target": shared_mean["same target"] / by_chance,
    "hmm_reuse.other_relations": shared_mean.drop("same target").mean() / by_chance,
    **pd.DataFrame(small_networks).median(),
    "hmm_cross.full": full_error,
    "hmm_cross.part_one_turns": turns_of.iloc[0],
    "hmm_cross.untrained_turns": round_untrained.median(),
    "hmm_cross.part_one_points": float((largest < 1).sum()),
    "hmm_cross.part_one_small_noise": part_one_rate[1] / part_one_rate[3],
    "hmm_cross.hmm_small_noise": hmm_rate[1] / hmm_rate[3],
    "hmm_cross.part_one_silence": (least["all"] < 0.1).mean(),
    "hmm_cross.part_one_silence_lasting": (least["lasting"] < 0.1).mean(),
    "hmm_cross.part_one_random_lasting": (
        share_left[0.1]["candidates"] - share_left[0.1]["random units"]
    ),
}
report(
    measured,
    profile=profile,
    detail=f"{n_motif_seeds} networks of each family for motifs, {n_seeds} for dimensions",
    networks=[
        *per_network,
        *modules,
        *small_networks,
        *({"hmm_cross.part_one_turns": one} for one in turns_of),
        *({"hmm_cross.untrained_turns": one} for one in round_untrained),
    ],
)

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: which of the small networks has a size of its own? (30 min, intermediate)
#
# A ReLU network without biases switches its class [as often at any noise](21_noise_orbit.ipynb). Two tanh units and the network with three components in its loop emit much the same symbols at noise 1. What happens to them at other noise, and why? `switching_by_noise` takes the second; for the units, multiply `two.model.inputs`.

# %% tags=["solution"]
# @title Solution 1
scaled_units = [
    replace(two, model=replace(two.model, inputs=sd * two.model.inputs)) for sd in sizes
]
small_rates = {
    "whole": hmm_rate,
    "loop": ibl.hmm_rnn.reuse.switching_by_noise(
        ibl.hmm_rnn.reuse.through_components(network, orbit, 3), sizes,
        n_sequences=40, n_steps=rate_steps, seed=noise_seed,
    ),
    "tanh": [
        np.mean(np.diff(one.run(40, rate_steps, seed=noise_seed).classes, axis=1) != 0)
        for one in scaled_units
    ],
}  # fmt: skip
rise = {name: rates[-1] / rates[0] for name, rates in small_rates.items()}

answer(
    "23.1",
    f"Both have. From noise {sizes[0]:g} to {sizes[-1]:g} the rate of switches is multiplied by "
    f"{rise['loop']:.0f} with the loop and by {rise['tanh']:.1f} with the tanh units; by "
    f"{rise['whole']:.2f} in the whole network. In the loop the mean state, which would grow with "
    "the noise, has become a bias; and tanh saturates at a size of its own. A model may emit the "
    "correct symbols and get the reason for switching wrong.",
    rise["loop"] > 2 and rise["tanh"] > 1.3 and abs(rise["whole"] - 1) < 0.02,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: never, or only rarely? (35 min, advanced)
#
# At small noise the belief of Part I's network was not seen to switch. If noise has to carry it over a barrier between two stable points, the logarithm of the rate falls along a straight line in $1/\sigma^2$. Does it, between noise 0.3 and 1 (`switching_by_noise`)? How long would you have to wait at noise 0.1?

# %% tags=["solution"]
# @title Solution 2
between = np.array([0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1])
rate = np.array(
    ibl.hmm_rnn.reuse.switching_by_noise(
        believer, between, n_sequences=100, n_steps=rate_steps, seed=noise_seed
    )
)
seen = rate > 0
inverse, log_rate = between[seen] ** -2, np.log(rate[seen])
slope, at_infinity = np.polyfit(inverse, log_rate, 1)
r = np.corrcoef(inverse, log_rate)[0, 1]
log10_wait = -(at_infinity + slope / 0.1**2) / np.log(10)

answer(
    "23.2",
    f"Nearly (r = {r:.3f}; the rate rises from {rate[0]:.4f} to {rate[-1]:.3f} per step). If the line "
    f"goes on, one switch takes some 10^{log10_wait:.0f} steps at noise 0.1: in practice never. "
    "So the size of the noise does decide here, unlike in the HMM's network, which "
    "switches as often at any.",
    r < -0.95 and slope < 0 and log10_wait > 8,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * `papermill notebooks/23_one_motif.ipynb out.ipynb -p profile paper` (long): which of the statements that fail do so with more effort, too?
# * `distill_network(network, driven, orbit, 2, "relu")` refuses. What does it say, and why could ReLU units not be fitted to principal components?
# * `part_one` as one of the two-unit networks of Part I: `networks_for([TrainParams(n_units=2, n_gradient_steps=400_001)])`. How many fixed points does it have, and does it cycle?
