# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Bayesian baselines
#
# **Question.** How well can an [agent](../book/glossary.md#term-agent) do that knows the task exactly?
#
# > **In short.**
# >
# > * Exact inference has two parts. A filter over past sides finds the block's side on most trials; its [belief](../book/glossary.md#term-belief) becomes the [prior](../book/glossary.md#term-prior) for the observations of the next trial.
# > * The paper's "Bayesian actor", as its released code computes it, breaks Bayes' rule in two places. Both make it too sure of itself.
# > * With the threshold of 0.9 it is nevertheless more often correct than the exact actor. It answers in time, while the exact one runs out of time on weak stimuli.
# > * *Caveat:* that speaks against the threshold, not against Bayes. Where the released actor answers, exact inference at the same moment is correct a little more often; with a better rule for when to answer, exact inference beats both actors ([chapter 12](12_ideal_observers.ipynb)).
#
# Two inferences have to be made in [the task](01_task.ipynb), and they can be separated (section 2.3 of the paper). *Within a trial*, the observations are evidence about the stimulus side; the strength is unknown, so the likelihood sums over it. *Across trials*, [feedback](../book/glossary.md#term-feedback) reveals the true side of every past trial, and a filter turns that history into a belief about the block: a probability that it is a right block. With the 0.8 between block and stimulus, this belief becomes the *prior* over the next stimulus side; after the observations, it is the *posterior* (see the [glossary](../book/glossary.md)).
#
# Two agents of this kind appear in most chapters:
#
# * The **Bayesian observer** sees what another agent saw and answers when that agent does.
# * The **Bayesian actor** plays the task itself and acts when its [posterior](../book/glossary.md#term-posterior) exceeds 0.9, the threshold of [the network](02_train_rnn.ipynb). It comes in two versions: *exact*, and *released*, as the authors' code computes it.
#
# **Time:** about ten seconds.

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
seed: int = 30_000  # of the trials that all actors play
n_blocks: int = 0  # blocks to play; 0: what the profile says

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report

ibl.core.check_parameters(globals())

n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=2_000, paper=20_000)
n_sessions = max(1, n_blocks // 10)
params = ibl.TaskParams()
trials = ibl.sample_trials(params, n_sessions=n_sessions, n_blocks=10, seed=seed)
print(f"{len(trials):,} trials in {n_sessions * 10:,} blocks")

# %% [markdown]
# ## The belief about the block
#
# The filter assumes that a block may end after any trial, with a probability (the *hazard*) of 0.02. True [blocks](../book/glossary.md#term-block) are *semi-Markov*: whether one can end depends on its age, as it is never shorter than 20 trials and never longer than 100. [Chapter 12](12_ideal_observers.ipynb) measures how much it costs to ignore that. A single *discordant* trial (a stimulus against the block) shakes the belief; a few in a row turn it over.

# %% mystnb={"figure": {"caption": "**The belief follows the blocks and turns over within a few trials of a switch.** Belief that the block is a right block, before each trial, given the stimulus sides of the trials before it. Grey bands are right blocks, ticks are discordant trials.", "name": "fig-block-belief"}, "image": {"alt": "The belief follows the grey bands of the right blocks, turning over within a few trials of a switch and dipping after discordant trials."}}
ibl.behavior.fig_block_belief(trials, {"Bayesian observer": ibl.agents.block_belief(trials)})

# %%
side_said = ibl.agents.block_belief(trials) > 0.5
known = (side_said == (trials.block_side > 0)).mean()
print(f"In {known:.1%} of trials the side that the filter finds likelier is the block's.")

# %% [markdown]
# ## Not every "Bayesian actor" is Bayesian
#
# The released code's actor departs from Bayes' rule in two places. It takes its belief about the *block* as the prior over the stimulus *side*, without the 0.8 between the two; and it treats the strength as if it were drawn anew at every [step](../book/glossary.md#term-step) of a [trial](../book/glossary.md#term-trial). Both make it over-confident. It also looks only at the difference of the [observations](../book/glossary.md#term-observation), $d = o^R - o^L$. That would be all there is to know if the strength were known; since it is not, the sum $o^L + o^R$ is evidence about the strength, and so about how much the difference is worth. ([Chapter 10](10_paper_versus_code.ipynb) works through two cases by hand.)
#
# We switch these faults on one at a time. All actors play the same trials, with the same threshold of 0.9, and a [time-out](../book/glossary.md#term-time-out) counts as wrong.

# %% tags=["teaches"]
actors = {
    "exact": ibl.BayesianActor(params),
    "exact, from the difference only": ibl.BayesianActor(
        params, ibl.agents.Inference(evidence="difference")
    ),
    "strength drawn at every step": ibl.BayesianActor(
        params,
        ibl.agents.Inference(strength="per_step", evidence="difference"),
    ),
    "block belief as side prior": ibl.BayesianActor(
        params,
        ibl.agents.Inference(
            side_prior="block_belief",
            evidence="difference",
        ),
    ),
    "both faults: as released": ibl.BayesianActor(params, "released"),
    "prior always 1/2": ibl.BayesianActor(params, "blockless"),
    "prior from an exponential average": ibl.BayesianActor(
        params,
        "exponential",
    ),
}
sessions = {name: ibl.rollout(one, trials) for name, one in actors.items()}

# %%
table = ibl.summary_table(sessions)
summary = table.drop(columns=["low", "high", "reward per trial", "reward per step"]).round(3)
summary["correct"] = [
    ibl.core.plus_minus(*row) for row in table[["correct", "low", "high"]].to_numpy()
]
summary

# %% [markdown]
# (All but *steps per trial* are fractions of trials; ± is half the 95% interval over blocks.) The exact posterior is the best that can be known, and yet its actor is less often correct than the released one. The rule is to blame, not the inference: an actor that waits for 0.9 on a stimulus of strength 0 waits for a certainty that only noise can give, and mostly until time runs out. Either fault makes it surer than it should be, and so less often undecided. The over-confident actor acts in time ([figure](#fig-actors)). **The published actor is therefore no ceiling, and its advantage comes from its faults.**

# %% tags=["lead"] mystnb={"figure": {"caption": "**With a threshold of 0.9, the over-confident released actor is both the fastest and the most often correct.** Accuracy against speed of four actors. The blockless one ignores blocks; the exponential one takes an average of past sides as its prior. Error bars, mostly smaller than the marks, are 95% intervals over blocks.", "name": "fig-actors"}, "image": {"alt": "Scatter of fraction correct against steps per trial: the released actor is highest and fastest; the exact, blockless and exponential actors are slower and less accurate because they time out."}}
shown = {
    "Bayesian actor (exact)": "exact",
    "Bayesian actor (released)": "both faults: as released",
    "Blockless actor": "prior always 1/2",
    "Exponential actor": "prior from an exponential average",
}
ibl.behavior.fig_accuracy_against_speed(
    {agent: ibl.behavior.performance(sessions[name]) for agent, name in shown.items()}
)

# %% [markdown]
# ## Is the belief about the block calibrated?
#
# A belief is *calibrated* if among all trials on which it says 70%, seven in ten are in a right block. The filter assumes that blocks can end at any trial, which is not so, and therefore a small departure is expected. It is small:

# %%
belief = ibl.agents.block_belief(trials)
tenths = pd.cut(belief, bins=[k / 10 for k in range(11)])
calibration = (
    pd.DataFrame({"belief": belief, "right": trials.block_side > 0})
    .groupby(pd.Series(tenths, name="belief in a right block"), observed=True)
    .agg(
        **{
            "mean belief": ("belief", "mean"),
            "right blocks (fraction)": ("right", "mean"),
            "trials": ("belief", "size"),
        }
    )
)
calibration.round(3)

# %% [markdown]
# ## Our numbers beside the paper's
#
# The paper states two: at zero contrast (strength 0) the actor is correct in 0.8 of [concordant](../book/glossary.md#term-concordant) and 0.2 of discordant trials. The released actor is judged by them, and so is the exact one, which is what the paper's text describes. The other three rows are what another implementation of this project found. Intervals are over blocks.

# %%
released, exact = sessions["both faults: as released"], sessions["exact"]
given_difference = ibl.behavior.performance(sessions["exact, from the difference only"])
at_zero = {
    name: ibl.behavior.correct_by_strength(session).at(strength=0.0)
    for name, session in (("claim1.actor_published", released), ("baselines.exact", exact))
}
measured = {
    "claim1.actor_published_correct": ibl.behavior.performance(released).correct.measured(),
    **{f"{name}_zero_concordant": f.at(concordant=True).measured() for name, f in at_zero.items()},
    **{f"{name}_zero_discordant": f.at(concordant=False).measured() for name, f in at_zero.items()},
    "baselines.exact_actor_correct": given_difference.correct.measured(),
    "baselines.exact_actor_timed_out": given_difference.timed_out.measured(),
}
report(measured, profile=profile, detail=f"{len(trials):,} trials")

# %% [markdown]
# ## What follows
#
# A fair measure of the network's *inference* is the observer, which answers when the network does; an actor also brings its own rule for when to answer, and that rule can matter more than the inference. So [chapter 4](04_claim1_behavior.ipynb) compares the network with the observer and with both actors, and [chapter 12](12_ideal_observers.ipynb) finds the best rule.

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: the rule or the inference? (20 min, intermediate)
#
# The text above blames the rule for what the exact actor loses. Test that: `observe(session)` is exact inference that sees what the actor of a session saw, and answers when its trials end, even the timed-out ones. How often is it correct in the session of the exact actor? And in that of the released one, on the trials that the released actor answered? `paired_difference(a, b, "correct", where=...)` compares two sessions of the same trials.

# %% tags=["solution"]
# @title Solution 1
forced = ibl.observe(exact)
guessed = forced.correct[exact.timed_out].mean()
added = ibl.behavior.paired_difference(
    ibl.observe(released), released, "correct", where=~released.timed_out
)

answer(
    "03.1",
    f"Made to answer when time runs out, the exact actor is correct in {forced.correct.mean():.3f} "
    f"of all trials instead of {exact.correct.mean():.3f}: of those that it let pass, it would have "
    f"answered {guessed:.2f} correctly. Where the released actor answers, exact inference at the same moment is "
    f"correct more often, by {float(added.mean):.4f} (95% interval {float(added.low):.4f} to "
    f"{float(added.high):.4f}). So the faults do not help the inference, and cost it little; they "
    "help to act in time.",
    forced.correct.mean() - exact.correct.mean() > 0.05 and guessed > 0.6 and added.low > 0,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: a wrong idea of the task (20 min, basic)
#
# Let two actors play `trials` that are mistaken about how often stimuli are on the block's side: `BayesianActor(TaskParams(concordance=0.6))`, and the same with 0.95. The truth is 0.8. Which of them is less often correct than the exact actor, and which more often? Look at the accuracy over all trials, at the time-outs, and at the accuracy of the answers that were given.

# %% tags=["solution"]
# @title Solution 2
believers = {
    believed: ibl.rollout(ibl.BayesianActor(replace(params, concordance=believed)), trials)
    for believed in (0.6, 0.95)
} | {params.concordance: sessions["exact"]}
overall = {believed: session.correct.mean() for believed, session in believers.items()}
late = {believed: session.timed_out.mean() for believed, session in believers.items()}
answered = {believed: overall[believed] / (1 - late[believed]) for believed in believers}
low, true, high = sorted(believers)

answer(
    "03.2",
    f"The actor that believes in {low:g} is correct in {overall[low]:.3f} of all trials, the exact "
    f"actor in {overall[true]:.3f}, and the one that believes in {high:g} in {overall[high]:.3f}. A "
    "wrong idea of the task can pay: as it trusts the block too much, this last actor lets "
    f"{late[high]:.3f} of the trials pass, not {late[true]:.3f}. The answers that it gives are worse, though: {answered[high]:.3f} of them "
    f"are correct, of the exact actor's {answered[true]:.3f}.",
    overall[low] < overall[true] - 0.02
    and overall[high] > overall[true] + 0.02
    and answered[high] < answered[true] - 0.02,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: how long to remember (25 min, intermediate)
#
# The exponential prior averages the past sides with a `decay` of 0.9. Which decay predicts the next side best, before any stimulus? `SidePrior(params, "exponential", decay).over(trials)` is the probability of right before every trial; `SidePrior(params).over(trials)` is that of Bayes' rule. Judge them twice: by how often the stimulus is on the likelier side, and by the mean of $1 + \log_2 p(\text{side of the stimulus})$, the bits gained over a prior that is always 0.5.

# %% tags=["solution"]
# @title Solution 3
priors = {
    f"{decay:g}": ibl.agents.SidePrior(params, "exponential", decay)
    for decay in (0.6, 0.7, 0.8, 0.9, 0.95)
}
rows = {}
for name, prior in ({"Bayes": ibl.agents.SidePrior(params)} | priors).items():
    p_side = 0.5 + trials.side * (prior.over(trials) - 0.5)
    rows[name] = {"predicted": (p_side > 0.5).mean(), "bits": 1 + np.log2(p_side).mean()}
decays = pd.DataFrame(rows).T
best = decays.drop("Bayes").idxmax()

answer(
    "03.3",
    f"As a bet, {best['predicted']} is best: it predicts {decays['predicted'][best['predicted']]:.3f} "
    f"of the sides, about as many as Bayes ({decays['predicted']['Bayes']:.3f}). As a probability, "
    f"{best['bits']} is best and gains {decays['bits'][best['bits']]:.3f} bits a trial, Bayes "
    f"{decays['bits']['Bayes']:.3f}. A short memory notices a switch soon, but a few trials of "
    "luck make it far too sure: it does not know that the sides are never surer than 0.8.",
    best["predicted"] in ("0.7", "0.8")
    and best["bits"] == "0.9"
    and decays["bits"]["Bayes"] - decays["bits"][best["bits"]] > 0.03,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Lower the threshold: `TaskParams(threshold=0.75)`, in the actors and, by `dataclasses.replace(trials, params=...)`, in the trials. The exact actor and the released one change places. Why, and at which threshold is the exact actor best? (The frontiers of [chapter 12](12_ideal_observers.ipynb) have the answer.)
# * Is the best prior of exercise 3 also that of the best actor? Play `BayesianActor(params, Inference("exponential", decay=0.8))`, and mind exercise 1.
