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
# # Kick units: what turns on as the class changes
#
# **Question.** For many steps one symbol is the most likely; then, within a few steps, another one is. Which units turn on as this happens, how are they connected, and what happens without them?
#
# > **In short.** To switch and stay, a network needs the noise that reaches its [kick units](../book/glossary.md#term-kick-units); but silencing three of them never ends its switches in both directions.
# >
# > * **A rule finds units that turn on as the class changes.** In nearly all networks their groups are connected as the paper says: units of one direction excite each other and inhibit those of the other.
# > * **Without the noise that reaches them lasting switches all but end**, in all three kinds of networks. Without as much other noise they go on.
# > * **Three silent units trap no network in both directions.** The reference networks take a fifth to a half of their candidates, the finished ones most of them; in the fast ones many short switches go on even without all.
# > * *Caveat:* silencing also opens the way back, so it does not show that these units *begin* a switch. And the authors chose theirs by hand.
#
# Torre et al. describe *kick neurons*: a few units that are held silent while the network is in one cluster, cross their threshold at its edge, and then push it to the other ([the chapter before](21_noise_orbit.ipynb) has clusters and edges). Two groups of them, one for each direction, excite themselves and inhibit each other; each is fed by a population that integrates noise. Taking these units or their noise away should *trap* the network in a class, and driving them harder should make it overshoot.
#
# The authors chose their units by hand, three for each direction. Here a rule chooses them, so that the same can be measured in any network; connections are compared with those of units drawn at random, and interventions with the same number of other units.
#
# **Where the numbers come from.** We had no access to the authors' text, only to abstract, figures and code. The rule, the comparisons with random units and most limits in the last table are ours.
#
# **Time:** about half a minute, with the networks that ship with the package.

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
family: str = "chain-2"  # of hidden Markov models; its first pair of classes is looked at
seed: int = 1  # of the first network; the others follow
n_seeds: int = 0  # networks; 0: what the profile says
noise_seed: int = 32  # of the noise that drives them

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, range_text, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=3)
effort = ibl.core.budget(
    profile,
    smoke=ibl.hmm_rnn.kick_units.InterventionBudget(
        n_starts=20, n_changed=50, n_draws=2, n_null=49
    ),
    page=ibl.hmm_rnn.kick_units.InterventionBudget(n_draws=10),
    paper=ibl.hmm_rnn.kick_units.InterventionBudget(400, 500, 400, 300, n_draws=50, n_null=9999),
)
seeds = range(seed, seed + n_seeds)
makers = ibl.hmm_rnn.teaching.RECIPES
recipes = {(loss, k): make(family, k) for loss, make in makers.items() for k in seeds}
trained, origin = ibl.hmm_rnn.teaching.hmm_rnns_for(list(recipes.values()))
all_networks = {key: one.network for key, one in zip(recipes, trained, strict=True)}
networks = {k: all_networks["reference", k] for k in seeds}
print(origin)

# %% [markdown]
# ## The units that turn on
#
# The networks are those of [the first chapter of this part](20_teach_an_hmm.ipynb) that emulate a [hidden Markov model](../book/glossary.md#term-hidden-Markov-model) (HMM) of two states; up to the last sections, the *reference* ones, which learnt mainly by the paper's loss. The *class* is the most likely symbol ([glossary](../book/glossary.md)).
#
# What a unit gets from the others, before the noise of the step, is its *recurrent drive* $(W_\mathrm{rec} h_{t-1})_i$. The rule aligns the drive to all switches from class $a$ to class $b$ that come after at least 12 steps in $a$ and before at least 6 in $b$. **Candidates** have a mean drive below 0 in class $a$ and above 0 at the switch (steps 0 to 2). The three with the largest rise are the **kick units** of $a \to b$.

# %% tags=["teaches"]
runs = {
    k: ibl.hmm_rnn.kick_units.nominal_run(network, effort, seed=noise_seed)
    for k, network in networks.items()
}
pairs = {
    k: ibl.hmm_rnn.kick_units.class_pairs(run.classes)  # with enough switches
    for k, run in runs.items()
}
kicks = {
    k: ibl.hmm_rnn.kick_units.find_kick_units(one, runs[k], pairs[k][0])
    for k, one in networks.items()
}

# %% [markdown] tags=["more"]
# ### Candidates and kick units of each network

# %%
network, run = networks[seed], runs[seed]
pd.DataFrame(
    {
        (k, f"{one.source} → {one.target}"): {
            "switches": one.n_switches,
            "candidates": len(one.candidates),
            "kick units": ", ".join(map(str, one.chosen)),
        }
        for k, kick in kicks.items()
        for one in kick
    }
).T.rename_axis(["network", "direction"])

# %% [markdown]
# ### A fan of units

# %% mystnb={"figure": {"caption": "**Many units turn on as the class changes; the three kick units are part of a fan.** Recurrent drive of every unit around the switches of either direction, mean over switches (first network). Thick: the three kick units of either direction. Thin and coloured: the other candidates of the direction. Grey: all other units. Shaded: the steps by which candidates are chosen.", "name": "fig-kick-signature"}, "image": {"alt": "Two panels. In each, a fan of coloured lines rises from below zero, twelve steps before the switch, to above zero after it. The three thick ones are among the lowest of the coloured ones at first and cross zero two to seven steps before the switch. The thick lines of the other direction's kick units do the reverse."}}
ibl.hmm_rnn.kick_units.fig_signature(kicks[seed])

# %% [markdown]
# The rise begins some steps before the class changes, and the kick units are above threshold before it, as most other candidates are ([exercise 2](22_kick_units.ipynb#exercise-2-who-leads-30-min-intermediate)). But the thick lines are part of a fan. There is no gap between the three kick units and the other candidates, and these are a fifth of all units. That matters for [silencing](#fig-kick-silencing).

# %% [markdown] tags=["more"]
# ### Do they predict switches?
#
# The [figure](#fig-kick-signature) is an average around switches that did come. Do the kick units also predict switches? We look at all steps in class $a$. How often does the switch come within the next five steps: from *any step*, if the drive of *all* three kick units is above zero, and if that of *none* is? And of the steps from which it comes so soon, at which fraction are all three above zero (*on before*)?

# %%
forwards = pd.DataFrame(
    {
        (k, f"{one.source} → {one.target}"): ibl.hmm_rnn.kick_units.announced(
            networks[k], runs[k], one
        )
        for k, kick in kicks.items()
        for one in kick
    }
).T.rename_axis(["network", "direction"])
forwards.round(2)

# %% [markdown]
# When all three are on a switch is near, though not certain. But before most switches not all three are on: they announce a switch, but a switch does not need them.
#
# ## Connections
#
# The **populations**: with $g_{1j}$ and $g_{2j}$ the mean weights of unit $j$ onto the two groups of kick units, take the 70 units with the most negative product $g_{1j}g_{2j}$, and split them by the sign of $g_{1j}$.

# %%
motifs = {
    k: ibl.hmm_rnn.kick_units.assess_motif(
        one, pairs[k][0], effort=effort, seed=noise_seed, nominal=runs[k]
    )
    for k, one in networks.items()
}
motif = motifs[seed]

# %% [markdown] tags=["more"]
# ### Weights of kick units and populations
#
# In the first network, among the six kick units and between them and the populations:

# %% mystnb={"figure": {"caption": "**Kick units of one direction excite each other and inhibit those of the other, and so do their populations.** Left: weights among the six kick units (× 100). Right: mean weights among the kick units and the populations that feed them (× 100). Columns send, rows receive.", "name": "fig-kick-connections"}, "image": {"alt": "Both matrices are orange in the two diagonal blocks and blue in the two others: units of the same direction excite each other, those of opposite directions inhibit each other. Among the six single units a few weights are close to zero or of the other sign."}}
ibl.hmm_rnn.kick_units.fig_kick_connections(network, motif.connectivity, motif.kick)

# %% [markdown]
# ### Beside random units
#
# Units of the same direction excite, units of opposite directions inhibit each other. But part of that is built in. Populations are *chosen* by the sign of their weights onto kick units, so those blocks of weights show nothing. For all else, we do the same with random units instead of kick units: draw two groups of three, choose populations for them by the same rule, and measure five numbers. A harder comparison draws them among the candidates of either direction.

# %% mystnb={"figure": {"caption": "**Kick units are connected as claimed, unlike random units; but random candidates lead to populations nearly as opposed.** Five numbers of the connections, for the kick units found (diamonds), for random units (upper distributions, with quartiles) and for random candidates of the same directions (lower ones). To the right is what is claimed.", "name": "fig-kick-random"}, "image": {"alt": "Five rows. The diamonds lie three to five standard deviations to the right of the middle of the random units, in or beyond the tips of their distributions. Those of random candidates also lie to the right; the diamonds are at their tips for the kick units and the correlation, and well inside them for the populations."}}
ibl.hmm_rnn.kick_units.fig_against_random(motif)

# %% [markdown] tags=["more"]
# ### The five numbers, network by network
#
# What the [figure](#fig-kick-random) shows of the first network, for all three: each number as found, and the share of random units, and of random candidates, that are as extreme.

# %%
pd.DataFrame(
    {
        (k, name): values
        for k, found in motifs.items()
        for name, values in {
            "found": found.connectivity.quantities,
            "p, random units": found.against_any.p,
            "p, random candidates": found.against_candidates.p,
        }.items()
    },
    index=list(ibl.hmm_rnn.kick_units.QUANTITIES),
).T.round(3).rename_axis(["network", ""])

# %% [markdown]
# ### What is particular to them
#
# Against random units all five are far out. Against random *candidates* the weights among kick units and the correlation still are; the weights of the populations are not, or hardly. Three candidates drawn at random lead to populations that are nearly as opposed, so these populations are not specific to our kick units: they belong to all units that turn on at a switch.

# %% [markdown] tags=["more"]
# ### The two groups take turns
#
# The activities of the two groups alternate:

# %% mystnb={"figure": {"caption": "**The two groups take turns: each is active in its own class and nearly silent in the other.** Mean activity of the kick units and of the populations of either direction over 200 steps, and the class (the most likely symbol).", "name": "fig-kick-antiphase"}, "image": {"alt": "The two kick groups alternate: one is active through each residence while the other is at or near zero, and they change places when the class does. The populations do the same."}}
ibl.hmm_rnn.kick_units.fig_antiphase(run, motif.connectivity, motif.kick)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: opposition"}
opposed = {
    k: ibl.hmm_rnn.kick_units.opposition(runs[k], found.connectivity) for k, found in motifs.items()
}
pd.DataFrame(
    opposed, index=["r of the kick units of either direction", "r of the populations"]
).T.round(2).rename_axis("network")

# %% [markdown]
# ## Interventions
#
# Every unit gets two gains, one for its recurrent drive and one for its noise:
#
# $$h_i' = \mathrm{relu}\big(r_i\,(W_\mathrm{rec}h)_i + n_i\,(W_\mathrm{in}x)_i\big).$$
#
# One gain at a time goes from 0 to 2: the *drive* of the three kick units of a direction; the *noise that reaches them*, of the 60 units with the largest weights onto each; and, as the authors' control, the *noise elsewhere*, of units that are not among the 35 with the largest weights onto any kick unit. The folded table has the sizes of these groups. Since they differ, we add the noise of *as many random units* as in the second. All variants begin in the same states (half in either class) and get the same noise.

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: sizes of the groups"}
all_gains = np.linspace(0, 2, ibl.core.budget(profile, smoke=3, page=11, paper=21))
curves = [
    ibl.hmm_rnn.kick_units.gain_curves(
        network, run, kick, all_gains, effort=effort, seed=noise_seed
    )
    for kick in (motif.kick, motif.kick[::-1])
]
pd.DataFrame({f"{one.source} → {one.target}": {k: len(u) for k, u in one.units.items()} for one in curves})  # fmt: skip

# %% mystnb={"figure": {"caption": "**Without the noise that reaches the kick units the network hardly ever switches; without the drive of three of them it does.** How often the network switches as a gain goes from 0 to 2 (bands: 95% over sequences): all switches, and those that last; and how much time it spends before the switch. Crosses: without the noise of as many random units, one for each draw.", "name": "fig-kick-gains"}, "image": {"alt": "Without the noise that reaches the kick units the network hardly ever switches and spends nearly all its time before the switch; the curve rises through 1 to 1.5 or more. The control noise leaves everything at about 1. Without the drive of the three kick units switches stay at 0.8 to 1, those that last at 0.6 to 0.9; with twice the drive there are more, and the time before the switch falls from a half to a tenth. Random units scatter between 0.4 and 2."}}
ibl.hmm_rnn.kick_units.fig_gain_curves(curves)

# %% [markdown]
# *Lasting* switches are those after which the class stays for 6 steps: a network that changes its class for a step or two has not switched.
#
# Without the noise of units that excite the kick units the network is **trapped**: it hardly ever leaves its class. Without the noise of as many random units it leaves more or less often than before, but it does leave. So the claim holds, and not because of the number of units.
#
# With the drive of the three kick units it is different. Taking it away leaves most of the lasting switches, and does *not* trap the network. Doubling it does what is claimed: the network overshoots, and stays in the target.
#
# ## How many units carry the kick?
#
# The authors silence three units. Here the first $k$ candidates are silenced altogether (drive and noise), and compared with $k$ random units that are candidates of neither direction.

# %% [markdown] tags=["more"]
# ### Silent candidates, one by one
#
# What is left of the switches in the first reference network as more and more candidates are silenced, and as many random units:

# %% mystnb={"figure": {"caption": "**Three silent candidates leave more than half of the switches, six a tenth or less.** What is left of the switches, and of those that last, when the first candidates of their direction are silent (band: 95% over sequences), or as many random units (crosses: each draw; dashed: their mean), in the first reference network. The line ends where there are no more candidates.", "name": "fig-kick-silencing"}, "image": {"alt": "With three silent candidates about 0.6 of the switches remain, with six a tenth in one direction and none in the other, with ten none. Of lasting switches still fewer are left. Random units scatter around 1 at every number, from 0.3 to 3."}}
numbers_silent = ibl.core.budget(
    profile, smoke=[3, 20], page=[3, 6, 10, 15, 20, 25, 30], paper=range(1, 36)
)
ibl.hmm_rnn.kick_units.fig_silencing(
    [
        ibl.hmm_rnn.kick_units.silencing(
            network, run, kick, effort=effort, seed=noise_seed, numbers=numbers_silent
        )
        for kick in (motif.kick, motif.kick[::-1])
    ]
)

# %% tags=["lead"] mystnb={"figure": {"caption": "**All reference networks need the noise that reaches the kick units, and twenty candidates; other noise and other units they do not need.** What is left of all switches and of those that last, one row for each intervention and one mark for each network and direction.", "name": "fig-kick-networks"}, "image": {"alt": "Two panels, eight rows. Without the noise that reaches the kick units, all networks and directions lie at zero. With 20 candidates silent all do, with 10 two of three networks. With 3 silent they are spread from 0.5 to 1.2, those that last from below 0.1 to 1. All other rows lie around 1, from 0.5 to 1.6."}}
ibl.hmm_rnn.kick_units.fig_over_networks({f"network {k}": found for k, found in motifs.items()})

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: what is left in each network"}
pd.DataFrame(
    {
        (k, f"{one.source} → {one.target}", which): {
            f"{n} silent": r.value for n, r in zip(one.n_silenced, of.ratio, strict=True)
        }
        for k, found in motifs.items()
        for one in found.silencing
        for which, of in (("all", one), ("lasting", one.lasting))
    }
).T.rename_axis(["network", "direction", "switches"]).round(2)

# %% [markdown]
# ### How many does it take?
#
# In these networks the kick is not made by three units. How many it takes differs between networks, and the three that the rule puts first are not enough in any. Three reasons are possible: that the authors' networks, trained on larger batches and for longer, concentrate the kick; that three chosen by hand are better than three chosen by rule; or that what is silenced differs. We cannot say which, for their weights are not public. In all networks of this section, switches all but end without twenty *candidates*, and go on without as many other units.
#
# ### Cannot enter, or cannot stay?
#
# Do the candidates of $a \to b$ make the *switch*? We look at the way back, too: how often does a network leave $b$ while they are silent, over the unchanged network?

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: how often they leave"}
pd.DataFrame(
    {
        (k, f"{one.source} → {one.target}"): {
            **{f"{n} silent": x for n, x in zip(one.n_silenced, one.leaving, strict=True)},
            "20 random, mean": one.leaving_random[-1].mean(),
        }
        for k, found in motifs.items()
        for one in found.silencing
    }
).T.rename_axis(["network", "direction"]).round(2)

# %% [markdown]
# Without twenty of them the way into $b$ is closed, and a network that is in $b$ leaves it many times as fast. Candidates stay on after the switch: they hold the network in $b$. So silencing removes the target, and alone it does not separate units that begin a switch from units that hold its result. That units *initiate* a switch is more than silencing can show.
#
# ## Finished and fast networks
#
# All of these are reference networks. *Finished* ones are the same networks, trained further on pairs of symbols; *fast* ones learnt from random weights and end with an unbiased loss ([their stages](20_teach_an_hmm.ipynb)). Both emit statistics closer to the HMM's, with [shorter and less regular residences](21_noise_orbit.ipynb). We measure all of them in the same way; the folded tables have the range over the networks of a kind (*–*: not all of them can be trapped so).

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: the three kinds of networks"}
all_motifs = {("reference", k): found for k, found in motifs.items()} | {
    key: ibl.hmm_rnn.kick_units.assess_motif(
        one,
        ibl.hmm_rnn.kick_units.class_pairs(its_run.classes)[0],
        effort=effort,
        seed=noise_seed,
        nominal=its_run,
    )
    for key, one in all_networks.items()
    if key[0] != "reference"
    for its_run in [ibl.hmm_rnn.kick_units.nominal_run(one, effort, seed=noise_seed)]
}
rows = {
    "switches left without their noise": "noise",
    "lasting switches left without their noise": "noise_lasting",
    "switches left with 20 silent": "silenced",
    "lasting switches left with 20 silent": "silenced_lasting",
    "candidates that trap": "smallest_trap",
    "blocks of weights with the claimed sign, of 8": "signs",
    "time before the switch at twice the drive": "overshoot",
}
of_losses = pd.DataFrame(
    {
        key: ibl.hmm_rnn.kick_units.motif_numbers(found, list(rows.values()))
        for key, found in all_motifs.items()
    }
)
of_losses.columns.names = ["kind", "seed"]
by_kind = of_losses.set_axis(list(rows)).T.groupby("kind", sort=False)
by_kind.agg(range_text, spec=".2g").T

# %% [markdown] tags=["more"]
# ### Silent candidates in a fast network

# %% mystnb={"figure": {"caption": "**In a fast network most switches go on with twenty silent candidates; those that last become rarer.** What is left of the switches, and of those that last, in the first fast network.", "name": "fig-kick-unbiased"}, "image": {"alt": "With up to 20 candidates silent at least 0.8 of the switches remain. Of those that last, fewer and fewer are: about 0.3 with 20 silent. Random units lie slightly above 1."}}
ibl.hmm_rnn.kick_units.fig_silencing(all_motifs["fast", seed].silencing)

# %% [markdown]
# ### With all candidates silent
#
# Twenty is a choice. How many candidates have to be silent, at least, until less than a tenth of the switches remains, in the direction that takes more (of 6, 10, 12, 15, 20, 25, 30 and all; *–*: not even all are enough in every network)? And what is left with all of them silent?

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: all candidates silent"}
all_silent = {}
for key, found in all_motifs.items():
    n_all = min(len(one.candidates) for one in found.kick)
    its_run = (
        runs[key[1]]
        if key[0] == "reference"
        else ibl.hmm_rnn.kick_units.nominal_run(all_networks[key], effort, seed=noise_seed)
    )
    silent = [n for n in (6, 10, 12, 15, 20, 25, 30) if n < n_all] + [n_all]
    both_ways = [
        ibl.hmm_rnn.kick_units.silencing(
            all_networks[key], its_run, kick, effort=replace(effort, n_draws=1), seed=noise_seed, numbers=silent
        )
        for kick in (found.kick, found.kick[::-1])
    ]  # fmt: skip
    of_switches, of_lasting = (
        np.max([[r.value for r in one.ratio] for one in ways], axis=0)
        for ways in (both_ways, [one.lasting for one in both_ways])
    )
    all_silent[key] = {
        "candidates": n_all,
        "trapped by": min((n for n, r in zip(silent, of_switches, strict=True) if r < 0.1), default=np.nan),
        "trapped by, lasting": min((n for n, r in zip(silent, of_lasting, strict=True) if r < 0.1), default=np.nan),
        "switches left, all silent": of_switches[-1],
        "lasting switches left, all silent": of_lasting[-1],
        "without as many random units": min(one.random[-1][0] for one in both_ways),
    }  # fmt: skip
all_silent = pd.DataFrame(all_silent)
all_silent.columns.names = ["kind", "seed"]
all_silent.T.groupby("kind", sort=False).agg(range_text, ".3g").T

# %% tags=["hide-input"]
left = {
    name: ", ".join(
        range_text(of, ".0f" if of.max() > 4 else ".2f")
        for kind in makers
        for of in [table.loc[name, kind].astype(float)]
    )
    for table in (of_losses, all_silent)
    for name in table.index
}
said(
    "In the order reference, finished, fast. Lasting switches need the noise that reaches the kick units in all of "
    f"them: {left['noise_lasting']} of them are left without it. What differs is how many units it takes to trap a "
    f"network. With 20 candidates silent {left['silenced']} of all switches remain, and {left['silenced_lasting']} "
    f"of the lasting ones; with all of them silent {left['switches left, all silent']}, and "
    f"{left['lasting switches left, all silent']}. (Without as many random units, one draw each: "
    f"{left['without as many random units']}.) **The finished networks are the reference ones, trained on, and it "
    f"takes more units to trap them: {left['trapped by, lasting'].split(', ')[1]} rather than "
    f"{left['trapped by, lasting'].split(', ')[0]} for lasting switches, and {left['trapped by'].split(', ')[1]} "
    f"rather than {left['trapped by'].split(', ')[0]} for all.** With twice the drive of three kick units a network "
    f"spends less time before the switch: {left['overshoot']} of what it was."
)

# %% [markdown]
# ## What follows
#
# Lasting switches need the noise that reaches the kick units, in every network that we looked at. But the kick is spread over many units, and in networks that are closer to their HMM over more. Is that so for longer chains and for three symbols, and does the network of Part I work in the same way? [The next chapter](23_one_motif.ipynb) asks both.
#
# ## Our numbers beside the paper's
#
# Medians over the networks, and their range; where directions differ, the worse one counts. The numbers of each reference network are in the folded table.

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Table: numbers of each reference network"}
numbers = pd.DataFrame(
    {k: ibl.hmm_rnn.kick_units.motif_numbers(found) for k, found in motifs.items()}
).T
numbers["opposition"] = [r for r, _ in opposed.values()]
numbers.T.rename(
    {
        "signs": "blocks of weights with the claimed sign, of 8",
        "within": "weights within kick units",
        "between": "weights between kick units",
        "populations_within": "weights within populations",
        "populations_between": "weights between populations",
        "correlation": "correlation of weights onto both groups",
        "p": "p, random units",
        "p_candidates": "p, random candidates",
        "noise": "switches left without their noise",
        "noise_lasting": "lasting switches left without their noise",
        "control": "switches left without noise elsewhere",
        "random_noise": "switches left without noise of random units",
        "random_noise_lasting": "lasting switches left without noise of random units",
        "triplet": "switches left without the drive of three",
        "overshoot": "time before the switch at twice the drive",
        "silenced": "switches left with 20 silent",
        "silenced_lasting": "lasting switches left with 20 silent",
        "silenced_random": "switches left with 20 random units silent",
        "silenced_random_lasting": "lasting switches left with 20 random units silent",
        "leaving": "leaving the target with 20 silent",
        "smallest_trap": "candidates that trap",
        "opposition": "r of the activities of both groups",
    }
).round(3)

# %% tags=["hide-input"]
of_networks = forwards.groupby("network")
numbers["initiates"] = (forwards["all"] / forwards["any step"]).groupby("network").min()
numbers["on_before"] = of_networks["on before"].max()
claims = {
    "p_random": "p",
    "n_units": "smallest_trap",
    "random_silence": "silenced_random",
    **{
        name: name
        for name in (
            "p_candidates", "triplet", "initiates", "on_before", "leaving", "signs", "within", "between",
            "correlation", "opposition", "noise", "noise_lasting", "silenced_lasting", "control",
            "random_noise", "overshoot",
        )
    },
}  # fmt: skip
per_network = pd.DataFrame({f"hmm_kick.{name}": numbers[column] for name, column in claims.items()})
traps = numbers["smallest_trap"].notna()
report(
    {
        # None is not larger than any: where a network is not trapped, no number stands for it.
        **per_network.median()
        .where(traps.all() | (per_network.columns != "hmm_kick.n_units"))
        .dropna(),
        "hmm_kick.trapping": traps.mean(),
    },
    profile=profile,
    detail=f"{family}, {n_seeds} networks",
    networks=per_network.to_dict("records"),
)

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: what does the noise of inhibiting units do? (45 min, advanced)
#
# Take away the noise of the units that *inhibit* the kick units of a direction, the 60 with the most negative weights onto each. What happens to switches in this direction, and to those in the other? With the sign of the weights turned, `projecting_units(replace(network, w_rec=-network.w_rec), three, six)` finds these units; `three` are the kick units of the direction and `six` those of both. Then: `gains(network, noise=(units, 0.0))`, `start_states`, `classes_under_gains` and `switch_rates`.

# %% tags=["solution"]
# @title Solution 1
forth, back = [], []
for k, kick in kicks.items():
    one, turned = networks[k], replace(networks[k], w_rec=-networks[k].w_rec)
    starts = ibl.hmm_rnn.kick_units.start_states(
        runs[k], pairs[k][0], effort.n_starts, seed=noise_seed
    )
    six = np.concatenate([way.chosen for way in kick])
    for way in kick:
        quiet = ibl.hmm_rnn.kick_units.gains(
            one, noise=(ibl.hmm_rnn.kick_units.projecting_units(turned, way.chosen, six), 0.0)
        )
        classes = ibl.hmm_rnn.kick_units.classes_under_gains(
            one,
            [ibl.hmm_rnn.kick_units.gains(one), quiet],
            starts,
            effort.n_changed,
            seed=noise_seed,
        )
        rates = ibl.hmm_rnn.kick_units.switch_rates(
            classes, way.source, way.target, unchanged=classes[0]
        )
        forth.append(rates.ratio[1].value)
        back.append(rates.back.mean[1] / rates.back.mean[0])

answer(
    "22.1",
    f"The reverse of what the chapter shows: {min(forth):.1f} to {max(forth):.1f} times as many switches "
    f"in this direction, and {min(back):.2f} to {max(back):.2f} times as many back. The network is "
    "trapped in the other class. What inhibits the kick units of one direction excites those of the "
    "other, so this is the same intervention, seen from there.",
    min(forth) > 1.5 and max(back) < 0.1,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: who leads? (30 min, intermediate)
#
# By the rule a candidate's mean drive is below zero in class $a$, and above zero at the switch to $b$. When does it cross? `kick.drive` is (steps, units) around the switches of a direction, `kick.window` the steps, 0 the first one in the new class. Compare the three kick units with the other candidates. Does the rule choose those that lead?

# %% tags=["solution"]
# @title Solution 2
crossing = {"kick units": [], "other candidates": []}
for kick in kicks.values():
    for one in kick:
        below = one.drive <= 0
        # The step after the last one below zero, before the switch or at it.
        last_below = np.where(
            below[one.window <= 0], one.window[one.window <= 0][:, None], one.window[0] - 1
        ).max(axis=0)
        first_above = last_below + 1
        crossing["kick units"] += first_above[one.chosen].tolist()
        crossing["other candidates"] += first_above[one.candidates[3:]].tolist()
middle = {name: np.median(steps) for name, steps in crossing.items()}

answer(
    "22.2",
    f"The kick units cross at step {middle['kick units']:.0f} in the middle "
    f"({min(crossing['kick units'])} to {max(crossing['kick units'])}), the other candidates at "
    f"{middle['other candidates']:.0f} ({min(crossing['other candidates'])} to "
    f"{max(crossing['other candidates'])}). Both lead, and neither by the rule, which asks for the "
    "steps from the switch on. The kick units are those with the largest rise, and not those that "
    "lead by most.",
    middle["kick units"] < 0
    and middle["other candidates"] < 0
    and min(crossing["other candidates"]) <= min(crossing["kick units"]),
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * `papermill notebooks/22_kick_units.ipynb out.ipynb -p family full`: three symbols, three pairs of classes, the first of which is looked at. How do the interventions fare there?
# * `silencing(network, run, kick, effort=effort, numbers=range(1, 21))`: where does the fall begin, and how steep is it?
# * `-p seed 4 -p n_seeds 1`: a network that does not ship, so that it is trained first, for some minutes. Is the fan of the [first figure](#fig-kick-signature) as smooth?
