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
# # How robust is each claim?
#
# **Question.** Which claims hold for networks of this kind, and which only for a single network?
#
# > **In short.**
# >
# > * **Seeds matter little.** About three quarters of the paper's statements hold in all or nearly all networks of its recipe, and about a sixth in none. Only the rest depend on the network.
# > * **Size matters little from 25 units on; the loss matters a lot.** Networks of 100 units keep nearly all statements, those of 250 lose a few. With the cross-entropy loss that the paper's text states, about half still hold.
# > * **How far the network falls short of the ideal observer depends on its training.** Adam removes more than half of that distance with the paper's own cell, and nearly all of it with gated cells.
# > * *Caveat:* of most other kinds there are three networks, measured on few trials. Small differences between kinds mean nothing.
#
# The paper shows one network. Here every number of Claim 1 ([chapter 4](04_claim1_behavior.ipynb)), Claim 2 ([chapter 5](05_claim2_representations.ipynb)), Claim 3 ([chapter 6](06_claim3_coupling.ipynb)), the mechanism ([chapter 7](07_mechanism.ipynb)) and Claim 4 ([chapter 9](09_claim4_radd.ipynb)) is measured in many networks: first in networks that differ only in their seed; then in networks of other sizes and cells, with another loss, or on another task; and finally at several stages of training. A claim that holds in one network and fails in the next is not a claim about networks of this kind.
#
# **Time:** about two minutes, with the networks that ship with the package.

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
n_seeds: int = 0  # networks of the paper's recipe; 0: what the profile says
n_variant_seeds: int = 0  # networks of every variant; 0: what the profile says
trials_seed: int = 10_000  # of the trials that the first network plays; the others follow

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
n_variant_seeds = n_variant_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=20)
full, quick = (  # how much is played and searched for each network, and for each variant's
    ibl.core.budget(
        profile,
        smoke=ibl.robustness.MeasureBudget(50, 50, 50, 5),
        page=at_page,
        paper=ibl.robustness.MeasureBudget(1_000, 1_000, 260, 200),
    )
    for at_page in (
        ibl.robustness.MeasureBudget(1_000, 1_000, 260, 30),
        ibl.robustness.MeasureBudget(200, 200, 200, 10),
    )
)
task, claims = ibl.TaskParams(), {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
every = tuple(ibl.robustness.MEASURES)
of_variants = ibl.core.budget(profile, smoke=("claim1", "claim3"), page=every, paper=every)
# Networks of one seed play the same trials, whatever their kind, and those of two seeds others; the
# seeds between are of trials on which circuits are fitted.
n_most = max(n_seeds, n_variant_seeds)
trials_of = {seed + k: trials_seed + 2 * k for k in range(n_most)}

# %% [markdown]
# ## Over seeds
#
# These networks were all trained by the paper's recipe ([chapter 2](02_train_rnn.ipynb)). Each is measured as in the chapters of the claims, on trials of its own (1,000 [blocks](../book/glossary.md) with the [default profile](../book/glossary.md#term-profile)). So the spread over networks contains the noise of the trials, and the interval of a mean is over both.

# %%
trained, origin = ibl.networks_for([ibl.TrainParams(seed=seed + k) for k in range(n_seeds)], task)
print(origin)
of_seeds = {
    ("50 units", one.params.seed): ibl.robustness.Subject(
        one.network, task, trials_of[one.params.seed], full
    )
    for one in trained
}
numbers, _ = ibl.robustness.measure_all(of_seeds, every)
by_seed = ibl.robustness.claims_table(numbers, claims)
over_seeds = ibl.robustness.over_networks(by_seed).droplevel("variant")
stated = [name for name in over_seeds.index if claims[name].kind.startswith("stated")]
print(
    f"{len(over_seeds)} entries, of which {len(stated)} are statements of the paper; {n_seeds} networks"
)

# %% [markdown]
# The book keeps a list of everything that the paper states, with the values that count as agreement (the *band* of a statement): [Published and measured](../book/claims.md). The shares below are of what the paper itself states: its numbers, orderings and explanations. Other readings of a statement, and what we only measure beside it, do not count. A statement holds in a network if the network's value lies in the band.

# %%
of_stated = over_seeds.loc[stated]
holds = of_stated["held"] >= ibl.robustness.HOLDS
expected = [(claims[name].declared or {}).get("verdict") != "differs" for name in stated]
in_a_network = (
    by_seed[by_seed["claim"].isin(holds.index[expected])].groupby("network")["held"].mean()
)
print(f"{holds.sum()} of {len(holds)} statements hold in at least nine of ten networks,")
print(
    f"{holds[expected].sum()} of the {np.sum(expected)} that are not declared to differ, of which"
)
print(f"{in_a_network.mean():.1%} hold in a network, on average.")
in_none = of_stated.index[of_stated["held"] == 0]
some = of_stated[(of_stated["held"] > 0) & (of_stated["held"] < 1)]

# %% tags=["hide-input"]
said(
    f"**{len(in_none)} statements hold in no network:**\n\n"
    + "\n".join(f"* {claims[name].statement}" for name in in_none)
    + f"\n\n<details><summary>{len(some)} hold in some networks and not in others</summary>\n\n"
    + "\n".join(
        f"* {claims[name].statement} *Here {row['mean']:.3g} ± {(row.high - row.low) / 2:.2g}; it "
        f"holds in {row.held * row.n:.0f} of {row.n:.0f} networks.*"
        for name, row in some.iterrows()
    )
    + "\n\n</details>"
)

# %% [markdown]
# Seeds differ little: nearly every statement holds in all networks or fails in all. The chapters of the claims discuss those that hold in no network. Of those in between, most have values near an end of their band. Networks really differ in two things: in what feedback does to the [block](../book/glossary.md#term-block) [belief](../book/glossary.md#term-belief), and in the [distilled](../book/glossary.md#term-distillation) circuit, that is, in how much the block belief depends on itself and how much on the stimulus belief. The matrix of one network does not describe them all.
#
# ## Over sizes, cells, losses and tasks
#
# Each of the next networks differs from the paper's recipe in one thing. All are measured with less effort (200 blocks with the default profile), networks of the paper's recipe once more among them. Numbers from few trials are noisier, and some statements fail for that reason alone. So compare each column with the column *50 units*, the paper's recipe. Networks of one seed play the same trials, and begin with the same random numbers where their sizes are the same.
#
# GRU and LSTM cells are trained by Adam on 300 steps of 64 [sessions](../book/glossary.md#term-session), because our code for the paper's recipe handles the tanh cell only. *tanh, Adam* is the paper's cell trained in this way, so that the effects of cell and optimiser can be separated. ([Chapter 9](09_claim4_radd.ipynb) has networks of two units that were trained four times as long.) *Forced switch* is the law of block lengths that the paper's text states ([chapter 10](10_paper_versus_code.ipynb)). Noise is the standard deviation of an observation, 1 in the paper.

# %%
adam = {
    "optimizer": "adam",
    "learning_rate": 0.005,
    "sessions_per_step": 64,
    "n_gradient_steps": 300,
}
variants = {
    "50 units": ({}, task),
    "2": ({"n_units": 2}, task),
    "5": ({"n_units": 5}, task),
    "10": ({"n_units": 10}, task),
    "25": ({"n_units": 25}, task),
    "100": ({"n_units": 100}, task),
    "250": ({"n_units": 250}, task),
    "cross-entropy": ({"loss": "cross_entropy"}, task),
    "forced switch": ({}, replace(task, block_law="forced_switch")),
    "tanh, Adam": (adam, task),
    "GRU, Adam": ({"cell": "gru", **adam}, task),
    "LSTM, Adam": ({"cell": "lstm", **adam}, task),
    "noise 0.5": ({}, replace(task, noise_sd=0.5)),
    "noise 1.5": ({}, replace(task, noise_sd=1.5)),
    "noise 2": ({}, replace(task, noise_sd=2.0)),
}
shown = ibl.core.budget(
    profile,
    smoke=["50 units", "100", "250", "cross-entropy", "forced switch"],
    page=list(variants),
    paper=list(variants),
)
networks = {}
for name in shown:
    recipe, trained_on = variants[name]
    n = min(n_variant_seeds, 2) if (name, profile) == ("250", "page") else n_variant_seeds
    found, origin = ibl.networks_for(
        [ibl.TrainParams(seed=seed + k, **recipe) for k in range(n)], trained_on
    )
    networks |= {(name, one.params.seed): one for one in found}
    if ", 0 trained just now" not in origin:
        print(f"{name}: {origin.removeprefix('Networks: ')}")
print(f"{len(networks)} networks of {len(shown)} kinds")

subjects = {
    key: ibl.robustness.Subject(one.network, one.task, trials_of[one.params.seed], quick)
    for key, one in networks.items()
}
large = [key for key, one in networks.items() if one.params.n_units > 100 and profile != "paper"]
numbers, remarks = ibl.robustness.measure_all(
    {k: s for k, s in subjects.items() if k not in large}, of_variants
)
without_search = tuple(name for name in of_variants if name != "mechanism")
more, _ = ibl.robustness.measure_all({k: subjects[k] for k in large}, without_search)
by_variant = ibl.robustness.claims_table({k: (numbers | more)[k] for k in networks}, claims)
shares = ibl.robustness.shares(by_variant)
drawn = shares.reindex(over_seeds.index)  # rows without numbers stay empty

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Kinds without some numbers, and why"}
for name in shown:
    why = {text for (variant, _), texts in remarks.items() if variant == name for text in texts}
    kind = f"{name} units" if name.isdigit() else name
    print(*(f"{kind}: {text}" for text in sorted(why)), sep="\n", end="\n" if why else "")

# %% [markdown]
# Each claim rests on a few statements. Which of them the [figure](#fig-verdicts) shows is our choice. A kind of network has ● in a row if all of its networks have a value in the band of that statement.

# %% tags=["lead"] mystnb={"figure": {"caption": "**Most of what the paper states holds in nearly all kinds of network, or in none; two units and the cross-entropy loss lose the most.** Rows: what each claim rests on. Columns: the paper's recipe (50 units, with many trials and again with few), and networks that differ from it in one thing. ● holds in all networks of the kind, ◐ in some, ○ in none; empty: not measured.", "name": "fig-verdicts"}, "image": {"alt": "Seventeen rows by sixteen columns. Rows full nearly throughout: better on trials that fit the block, two dimensions hold the block, observations move both beliefs, evidence moves the block belief, two units at their best scale do as well. Rows empty of success: a line attractor; and, but for cross-entropy, the actor as a ceiling and one map as the reason. Cross-entropy and 2 units fail in many rows. Recurrent weights as published differ from kind to kind."}}
statements = {
    ("Claim 1", "better on trials that fit the block"): ["claim1.rnn_better_concordant"],
    ("Claim 1", "recovers after a switch"): ["claim1.recovery_after_switch"],
    ("Claim 1", "nearly as often correct as the observer"): ["claim1.observer_minus_rnn"],
    ("Claim 1", "the exact Bayesian actor is the ceiling"): ["claim1.exact_actor_minus_rnn"],
    ("Claim 2", "two dimensions hold the block"): ["claim2.block_decoding_full_minus_plane"],
    ("Claim 2", "observations move both beliefs"): ["claim2.slopes_positive"],
    ("Claim 2", "the block shifts the coming choice"): ["claim2.prior_shift"],
    ("Claim 2", "… because its axes are not at 90°"): ["claim2.shift_through_overlap"],
    ("Claim 3", "block belief like the observer's"): ["claim3.correlation_trial_by_trial"],
    ("Claim 3", "evidence moves the block belief"): ["claim3.evidence_moves_rnn"],
    ("Claim 3", "… because one map serves every step"): ["claim3.due_to_coupling"],
    ("Mechanism", "a line attractor at rest"): ["mechanism.line_attractor"],
    ("Mechanism", "two attractors at rest"): ["mechanism.bistable_or_line"],
    ("Mechanism", "two groups of units inhibit each other"): ["mechanism.excite_and_inhibit"],
    ("Claim 4", "the two beliefs reinforce each other"): ["claim4.beliefs_reinforce"],
    ("Claim 4", "recurrent weights as published"): [
        f"claim4.recurrent_{which}" for which in (11, 12, 21, 22)
    ],
    ("Claim 4", "two units at their best scale do as well"): ["claim4.distilled_best_minus_rnn"],
}
names = {"50 units": "same, few trials"}
names |= {size: f"{size} units" for size in ("2", "5", "10", "25", "100", "250")}
all_kinds = pd.concat(
    [
        by_seed.assign(variant="paper's recipe"),
        by_variant.assign(variant=by_variant["variant"].replace(names)),
    ]
)
ibl.core.fig_verdicts(ibl.robustness.shares_of_all(all_kinds, statements))

# %% [markdown]
# ### What other kinds keep
#
# The next table takes the paper's statements that hold in networks of its own recipe (in nine of ten, so here in all), and gives the share of them that hold in a network of each other kind, too (means over networks). Statements that give a number are about the paper's task and recipe, and need not hold elsewhere. The others are mostly orderings, and say more about other kinds.

# %%
of_paper = by_variant[by_variant["claim"].isin(stated)]
gives_number = of_paper["claim"].map(lambda name: claims[name].kind == "stated-number")
kept_by_network = ibl.robustness.kept(of_paper, "50 units")
kept = pd.DataFrame(
    {
        title: ibl.robustness.kept(rows, "50 units").groupby("variant", sort=False).mean()
        for title, rows in (
            ("all statements", of_paper),
            ("numbers", of_paper[gives_number]),
            ("others", of_paper[~gives_number]),
        )
    }
)
kept.rename_axis("kind of network").round(2)

# %% [markdown]
# The paper's network is correct a little less often than the [Bayesian observer](../book/glossary.md#term-Bayesian-observer) that sees the same [observations](../book/glossary.md#term-observation). How large is that distance in networks with other cells, and with the same cell trained by Adam? Each plays as many [trials](../book/glossary.md#term-trial) as the networks of the first section did, and is compared with the network of the paper's recipe on the same trials.

# %%
by_adam = [kind for kind in ("tanh, Adam", "GRU, Adam", "LSTM, Adam") if kind in shown]
distance = {kind: {} for kind in ("50 units", *by_adam)}  # observer minus network, correct
for (kind, k), subject in subjects.items():
    if kind in distance:
        played = subject.plays(full.n_blocks)
        distance[kind][k] = ibl.observe(played).correct.mean() - played.correct.mean()
distance = pd.DataFrame(distance)
nearer = distance[by_adam].rsub(distance["50 units"], axis=0) / distance["50 units"].mean()
(100 * distance).describe().loc[["mean", "min", "max"]].T.add_suffix(" (percentage points)").round(
    2
)

# %% tags=["hide-input"]
said(
    "Share of this distance that disappears with Adam: "
    + "; ".join(f"{kind} {share:.0%}" for kind, share in nearer.mean().items())
    + "."
) if by_adam else None

# %% [markdown]
# ### Kind by kind
#
# * **Size.** "Results are similar for other numbers of units (e.g., 100, 250)", says the paper. For 100 units they are. For 250 units behaviour is similar, but observations push the state along the block [readout](../book/glossary.md#term-readout) about twice as far as with 50 units. So the ratio of the two pushes is smaller, and the weights of the distilled circuit differ. Networks of 25 units do nearly as well as those of 50. With 10 units behaviour is still the same, but the distilled circuit is another. With 5 units about a third of the statements fail, and with 2 about half.
# * **Loss.** With the cross-entropy of the text, about half of the statements remain ([chapter 10](10_paper_versus_code.ipynb) says why).
# * **Block lengths.** The law of the text changes little. Its blocks are longer, and the block side is decoded a little better.
# * **Cell and optimiser.** With the same task and loss, but trained by Adam, networks use the blocks *better*, and gated ones almost as well as the Bayesian observer. Those with the tanh cell have one attractor at rest instead of two, though two in the input of whole trials ([chapter 7](07_mechanism.ipynb)). So the network's distance to the observer comes largely from cell and training. (These networks are also a little faster; [chapter 12](12_ideal_observers.ipynb) compares networks at the same speed, with the same result.)
# * **Claim 3** holds, its explanation does not. In every kind of network evidence pushes the belief about the block, more than it pushes an ideal observer's belief; in LSTMs about half as far as in the paper's networks. In the paper's networks that is mostly because the network hardly uses the [feedback](../book/glossary.md#term-feedback) that names the side, and not because it has one map for every step: an observer that knows when a trial ends, but is not told its side, explains the block belief as well as the coupled one ([chapter 6](06_claim3_coupling.ipynb)). Only with cross-entropy does the coupled one explain clearly more. And in networks trained by Adam neither of the two explains the belief better than the ideal observer does.
# * **Noise.** The numbers change, as they must. Most orderings stay.
# * **Along training.** The coupling is there from the first stage on; behaviour and representations follow, and after a third of the training nearly everything is there ([figure](#fig-along-shares)).
# * **What holds in no kind**, wherever it was searched: a [line attractor](../book/glossary.md#term-line-attractor), and a block belief that lasts through a block without evidence.

# %% [markdown] tags=["more"]
# ### Every statement in every kind
#
# In how many networks of each kind does each statement hold, and not only the main ones of the [figure of all claims](#fig-verdicts)? Two things are missing. Fixed points of 250 units take long to find, so they are searched only with the profile *paper*. And of an LSTM's two states only one is recorded, so that its [fixed points](../book/glossary.md#term-fixed-point) cannot be searched.

# %% mystnb={"figure": {"caption": "**Behaviour is nearly the same from 10 to 250 units, and another with the cross-entropy loss.** Claim 1: a row for each statement, a column for each kind of network. The darker a tile, the more of its networks have a value in the band; × means none, and an empty tile that there is no number.", "name": "fig-shares-claim1"}, "image": {"alt": "Rows of entries by columns of kinds. The columns of 10, 25, 100 and 250 units look like the one of 50. Crosses fill most of the column of cross-entropy, and the columns of 2 and 5 units have many."}}
ibl.core.fig_shares(ibl.robustness.of_group(drawn, "claim1"), xlabel="kind of network")

# %% mystnb={"figure": {"caption": "**Representations differ in networks of 2 and 5 units and with cross-entropy; networks trained by Adam hold more about the block.** Claim 2; rows, columns and tiles as for [Claim 1](#fig-shares-claim1).", "name": "fig-shares-claim2"}, "image": {"alt": "Rows of entries by columns of kinds. Angles by encoding and by covariance hold in all kinds, and so does that observations push the state along both readouts. Crosses fill much of the columns of 2 and 5 units and of cross-entropy; block decoding is a row of crosses for Adam with any cell; the published sizes of the push on the block readout and of the ratio of pushes fail at 250 units."}}
ibl.core.fig_shares(ibl.robustness.of_group(drawn, "claim2"), xlabel="kind of network")

# %% mystnb={"figure": {"caption": "**In every kind of network evidence moves the block belief, but in hardly any does one map for every step explain it.** Claim 3; rows, columns and tiles as for [Claim 1](#fig-shares-claim1). The row *due to coupling* compares the coupled observer with one that knows when a trial ends and is not told its side.", "name": "fig-shares-claim3"}, "image": {"alt": "Rows of entries by columns of kinds. The rows on evidence that moves beliefs hold in all kinds. The correlations fail with 2 units and cross-entropy; that a coupled observer explains more fails in all networks trained by Adam; due to coupling is a row of crosses but for cross-entropy."}}
ibl.core.fig_shares(ibl.robustness.of_group(drawn, "claim3"), xlabel="kind of network")

# %% mystnb={"figure": {"caption": "**The published weights come out of networks like the paper's, and of few others.** Claim 4; rows, columns and tiles as for [Claim 1](#fig-shares-claim1). In names such as *recurrent 21*, 1 is the unit of the stimulus belief and 2 that of the block belief.", "name": "fig-shares-claim4"}, "image": {"alt": "Rows of entries by columns of kinds. The matrices' entries hold with 50 units and forced switches, mostly with 100, in part with 250 and with gated cells, and mostly fail with few units, cross-entropy and Adam with the tanh cell."}}
ibl.core.fig_shares(ibl.robustness.of_group(drawn, "claim4"), xlabel="kind of network")

# %% mystnb={"figure": {"caption": "**No kind of network has a line attractor.** The mechanism; rows, columns and tiles as for [Claim 1](#fig-shares-claim1). The columns of 2 and 250 units and of the LSTM are empty.", "name": "fig-shares-mechanism"}, "image": {"alt": "Rows of entries by columns of kinds; 2 and 250 units and the LSTM have no numbers. Line attractor, small along stimulus and kept through a block are rows of crosses in every kind."}}
ibl.core.fig_shares(ibl.robustness.of_group(drawn, "mechanism"), xlabel="kind of network")

# %% [markdown] tags=["more"]
# ## The numbers themselves
#
# How do the numbers behind these verdicts change with size, recipe and noise? Each panel below is one of them, in all networks of a kind.

# %% tags=["hide-input"]
quantities = {
    "claim1.rnn_correct": "correct (fraction)",
    "claim1.rnn_zero_concordant": "zero contrast, concordant",
    "claim1.observer_minus_rnn": "observer minus RNN, correct",
    "claim2.variance_2_pcs": "variance in two PCs (share)",
    "claim2.block_decoding_plane": "block decoding (fraction)",
    "claim2.angle_plane": "angle in the plane (degrees)",
    "claim2.slope_ratio": "push: stimulus / block readout",
    "claim3.evidence_moves_rnn": "push of evidence (SD)",
    "claim4.block_use": "block use, two distilled units",
    "claim4.distilled_best_minus_rnn": "distilled, best, minus RNN",
}
measured = set(by_variant["claim"])
quantities = {name: text for name, text in quantities.items() if name in measured}
published = {text: claims[name].published for name, text in quantities.items()}
bands = {text: claims[name].accepted for name, text in quantities.items()}
by_kind = dict(list(by_variant.groupby(["claim", "variant"])["value"]))
families = {
    "size": ["2", "5", "10", "25", "50 units", "100", "250"],
    "recipe": [
        "50 units",
        "cross-entropy",
        "forced switch",
        "tanh, Adam",
        "GRU, Adam",
        "LSTM, Adam",
    ],
    "noise": ["noise 0.5", "50 units", "noise 1.5", "noise 2"],
}
values = {
    family: {
        text: {kind: by_kind.get((name, kind), []) for kind in kinds if kind in shown}
        for name, text in quantities.items()
    }
    for family, kinds in families.items()
}

# %% mystnb={"figure": {"caption": "**From 10 units on, most numbers hardly depend on size.** A dot is a network, a line the published value; shading is what counts as reproduced. The ratio of the two pushes is smaller with 250 units.", "name": "fig-sizes"}, "image": {"alt": "A panel for each number. From 10 units on most values are level: 0.84 correct, block decoding 0.83, angle 60 to 74 degrees. Networks of 2 and 5 units are apart in most. The ratio of pushes falls from about 5 at 25 and 50 units to about 3 at 250."}}
ibl.core.fig_by_setting(values["size"], published, bands=bands, xlabel="units")

# %% mystnb={"figure": {"caption": "**Cross-entropy stands apart, and gated cells come close to the observer.** Dots, lines and shading as for the sizes; the column *50 units* is the paper's recipe.", "name": "fig-recipes"}, "image": {"alt": "A panel for each number. Cross-entropy stands apart, less often correct, most of all at zero contrast. Networks with GRU and LSTM cells are more often correct than those of the paper's recipe, next to the observer, and their block side is decoded better."}}
ibl.core.fig_by_setting(values["recipe"], published, bands=bands, xlabel="recipe")

# %% mystnb={"figure": {"caption": "**With less noise networks are more often correct, and nearer to the observer.** Networks are trained and tested with the noise named below; the column *50 units* has the paper's, 1.", "name": "fig-noise"}, "image": {"alt": "A panel for each number. With noise of 0.5, 1, 1.5 and 2 the fraction correct falls from 0.91 through 0.84 and 0.79 to 0.76, block decoding from 0.86 to 0.79, the angle from 74 to 60 degrees, and the distance to the observer rises; the variance in two PCs stays near 0.89."}}
ibl.core.fig_by_setting(values["noise"], published, bands=bands, xlabel="noise")

# %% [markdown] tags=["more"]
# ## Along training
#
# When does each claim appear? We measure networks as they were at several stages of their training, with as little effort as the other kinds.

# %%
few = trained[:n_variant_seeds]
if not all(one.snapshots for one in few):
    n_steps = ibl.core.budget(profile, smoke=400, page=100_001, paper=100_001)
    few = [
        ibl.trained_network(ibl.TrainParams(n_units=10, n_gradient_steps=n_steps, seed=seed + k))
        for k in range(min(2, n_variant_seeds))
    ]
    print(f"Shipped networks have no snapshots: {len(few)} of 10 units trained for this section.")
stages, n_stages = sorted(few[0].snapshots), ibl.core.budget(profile, smoke=2, page=8, paper=20)
stages = [
    stages[k] for k in np.unique(np.geomspace(1, len(stages), n_stages).round().astype(int) - 1)
]
numbers, _ = ibl.robustness.measure_all(
    {
        (stage, one.params.seed): ibl.robustness.Subject(
            one.network_at(stage), task, trials_of[one.params.seed], quick
        )
        for stage in stages
        for one in few
    },
    ("claim1", "claim2", "claim3"),
)
along = ibl.robustness.claims_table(numbers, claims)
print(f"{len(few)} networks of {few[0].params.n_units} units at {len(stages)} stages")

# %% mystnb={"figure": {"caption": "**After about a third of the training the numbers are nearly final, but for accuracy, which falls slowly.** A thin line is a network, the thick one their mean; shading is what counts as reproduced.", "name": "fig-along-values"}, "image": {"alt": "Panels against gradient steps. Fraction correct peaks near 10 thousand and falls slowly; zero contrast, block decoding and angle rise until about 30 thousand and then stay; the distance to the observer is smallest between 30 and 40 thousand."}}
of_stage = {
    text: along[along["claim"] == name].pivot(index="network", columns="variant", values="value")
    for name, text in quantities.items()
    if not name.startswith("claim4")
}
ibl.core.fig_along(
    {text: rows.reindex(columns=stages).to_numpy() for text, rows in of_stage.items()},
    [stage / 1000 for stage in stages],
    published,
    bands=bands,
    xlabel="gradient steps (thousands)",
)

# %% mystnb={"figure": {"caption": "**Evidence moves the block belief from the first stage on; from 30 thousand steps on little changes.** A row for each statement of Claims 1 to 3 (its number in front), a column for each stage; tiles as in the figures by kind.", "name": "fig-along-shares"}, "image": {"alt": "Rows of entries by columns of stages. All rows on evidence that moves beliefs hold from 5,000 steps on. Many others do, too; most of the rest hold from 20 or 30 thousand on, and stay."}}
at_stage = ibl.robustness.shares(along).sort_index(kind="stable", key=lambda names: names.str[:6])
ibl.core.fig_shares(
    at_stage.rename(
        index=lambda name: name[5:].replace(".", ": ").replace("_", " ").replace("rnn", "RNN"),
        columns=lambda stage: f"{stage / 1000:.0f}k",
    ),
    xlabel="gradient steps",
)

# %% [markdown]
# The [coupling](../book/glossary.md#term-coupling) is there at the first stage that we have: evidence moves the block belief when the network hardly uses blocks yet, and about twice as far as it will at the end. Training reduces it. Behaviour follows, then representations, and after a third of the training nearly everything is there. From then on the network gets faster ([chapter 2](02_train_rnn.ipynb)), and its distance to the observer grows a little.

# %%
first = ibl.robustness.first_held(along).unstack("network")
print(
    f"{first.notna().all(axis=1).sum()} of {len(first)} statements hold at the end in all of these networks;"
)
print(f"{(first.max(axis=1) <= stages[0]).sum()} of them from the first stage on.")

# %% [markdown]
# ## What follows
#
# Most of the paper's statements are about networks of this kind and not about one network, and most of those that fail do so in all networks. But the network's distance to the ideal observer is not a fixed property of such networks: other training removes most of it. How much could *any* [agent](../book/glossary.md#term-agent) reach in this task? That is the question of [chapter 12](12_ideal_observers.ipynb).
#
# ## Our numbers beside the paper's

# %%
of_kinds = {
    "robustness.units_100": "100",
    "robustness.units_250": "250",
    "robustness.text_block_law": "forced switch",
    "robustness.text_loss": "cross-entropy",
}
shares_in_each = pd.concat(
    [
        in_a_network.rename("robustness.claims_hold"),
        kept_by_network.unstack("variant")[list(of_kinds.values())].set_axis(of_kinds, axis=1),
    ],
    axis=1,
)
nearer = nearer.rename(columns=lambda kind: f"robustness.nearer_{kind.split(',')[0].lower()}")
report(
    {name: ibl.robustness.mean_share(shares_in_each[name]) for name in shares_in_each}
    | {
        name: ibl.core.mean_of_independent(nearer[name], over="trials and networks")
        for name in nearer
    },
    profile=profile,
    networks=shares_in_each.join(nearer).to_dict("records"),
    detail=f"{n_seeds} networks of the paper's recipe, {n_variant_seeds} of every other kind",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: the same recipe once more (30 min, intermediate)
#
# Networks of 100 units keep nearly all statements that hold in the paper's recipe. How many would other networks *of the paper's own recipe* keep? Guess first. Then divide the networks of `by_seed` into groups of as many as a variant has, call each group a variant (`.assign(variant=...)`), and use `robustness.kept` with each of them as the reference. Use the rows of the paper's statements only, as above.

# %% tags=["solution"]
# @title Solution 1
groups = by_seed[by_seed["claim"].isin(stated)]
groups = groups.assign(variant=(groups["network"] - seed) // n_variant_seeds)
same_recipe = pd.concat(
    [ibl.robustness.kept(groups, group) for group in groups["variant"].unique()]
)
as_good = kept.index[kept["all statements"] >= same_recipe.min()]

answer(
    "11.1",
    f"Not all: {same_recipe.min():.2f} to {same_recipe.max():.2f}, depending on the network and "
    "the reference. Where values lie near an end of a band, networks fall on either side of it. "
    f"So a kind that keeps {same_recipe.min():.2f} is as good as the same recipe; here these are: "
    f"{', '.join(as_good) or 'no other kind'}.",
    0.85 < same_recipe.min() < 1 and "100" in as_good,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: fewer trials (25 min, intermediate)
#
# The other kinds were measured on a fifth of the trials, and the paper's recipe once more with them. How many statements hold in one of these two measurements of the same networks and fail in the other? Compare the rows of `by_variant` with the variant `50 units`, and those of `by_seed` with the same seeds.

# %% tags=["solution"]
# @title Solution 2
quickly = by_variant[by_variant["variant"] == "50 units"].assign(variant="few trials")
thoroughly = by_seed[by_seed["network"].isin(quickly["network"])].assign(variant="many trials")
both = ibl.robustness.shares(pd.concat([thoroughly, quickly])).dropna() >= ibl.robustness.HOLDS
changed = both.index[both["many trials"] != both["few trials"]]
names = [name.partition(".")[2].replace("_", " ").replace("rnn", "RNN") for name in changed]

answer(
    "11.2",
    f"{len(changed)} of {len(both)}: {', '.join(names) or 'none'}. The networks are the same, "
    "and only the trials are fewer. These are small differences between agents, and values near "
    "an end of their band. A kind that loses no more than that should be measured on more trials "
    "before one calls it different.",
    len(changed) <= 0.1 * len(both),
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: one more draw (25 min, intermediate)
#
# Suppose that the paper's network is one more draw from ours. Which share of its published numbers should then lie between the smallest and the largest value of our networks? Compare with what you find in `by_seed` (statements whose `claims[name].kind` is `stated-number`), and with the share that lies in its band.

# %% tags=["solution"]
# @title Solution 3
spans = by_seed.groupby("claim", sort=False)["value"].agg(["min", "max", "mean"])
spans = spans[[claims[name].kind == "stated-number" for name in spans.index]]
numbers = np.array([claims[name].published for name in spans.index])
inside = np.mean((spans["min"] <= numbers) & (numbers <= spans["max"]))
in_band = np.mean([claims[name].accepts(value) for name, value in spans["mean"].items()])
should_be = (n_seeds - 1) / (n_seeds + 1)

answer(
    "11.3",
    f"Of {n_seeds + 1} equal draws each is as likely as any other to be the smallest or the "
    f"largest, so {should_be:.0%} should be inside. Of {len(spans)} published numbers {inside:.0%} "
    f"are, though {in_band:.0%} lie in their bands. Our networks are so much alike that small "
    "differences show: of rounding, of how many trials were played, of how the paper's code "
    "computes a number. That a number is reproduced within a tolerance does not mean that both "
    "come from the same distribution.",
    inside < should_be - 0.1 and in_band > should_be,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * More networks of each kind: `papermill notebooks/11_robustness.ipynb out.ipynb -p n_variant_seeds 5`. Networks that do not ship with the package are trained first, at about a minute each (250 units: a quarter of an hour).
# * Another kind: add a line to `variants`, for example `"hazard 0.05": ({}, replace(task, hazard=0.05))`.
# * The same on a cluster, with a table of every network: `iblrnn sweep train -p n_units 10,50,100 -p seed 1:21` (see [Rerun with other settings](../book/sweeps.md)).
