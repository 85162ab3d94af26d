# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
#     cell_timeout: 600
# ---

# %% [markdown]
# # The true ceilings
#
# **Question.** How well can this task be done at all, and how far below that is the network?
#
# > **In short.**
# >
# > * **All networks are below the ceiling, the paper's by a few answers in a hundred.** That is compared with the most accurate rule at the same speed. Per step, the paper's networks still earn more than nine tenths of the reward that any rule could earn.
# > * **The best rule for stopping is not a fixed threshold.** It asks for less certainty the longer a trial lasts, and it depends on the observations themselves, not only on how sure they make the actor.
# > * **The coupled observer of Claim 3 is no ceiling.** As an actor it does as well as the paper's networks, but networks with the same cell and the same inputs do better when they are trained by Adam.
# > * *Caveat:* the paper's networks earn nearly the same per step at thresholds from 0.8 to 0.9 ([figure](#fig-frontier-near)). So it remains open whether training leads exactly to the most reward per step.
#
# The paper compares its network with a [Bayesian observer](../book/glossary.md#term-Bayesian-observer) and a [Bayesian actor](../book/glossary.md#term-Bayesian-actor) ([chapter 3](03_bayesian_baselines.ipynb)). Neither is a ceiling. Both assume that a block ends with the same probability after every trial, which is not so in this task. And the actor waits for a [posterior](../book/glossary.md#term-posterior) of 0.9, although nothing makes 0.9 the best threshold. This chapter computes three ceilings: the best belief about blocks, the best accuracy at every speed, and the most reward. Nothing here exceeds them. Then it tests a fourth candidate, the [coupled observer](../book/glossary.md#term-coupled-observer) of Claim 3 ([chapter 6](06_claim3_coupling.ipynb)).
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
seed: int = 1  # of the first network of each kind; the others follow
n_seeds: int = 0  # networks of the paper's recipe; 0: what the profile says
n_variant_seeds: int = 0  # networks of every other recipe; 0: what the profile says
n_blocks: int = 0  # blocks to play; 0: what the profile says
trials_seed: int = 10_000  # of the trials that all agents play

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
n_variant_seeds = n_variant_seeds or ibl.core.budget(profile, smoke=1, page=3, paper=20)
n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=1_000, paper=10_000)
n_sessions = max(2, n_blocks // 20)
task = ibl.TaskParams()
trials = ibl.sample_trials(task, n_sessions=n_sessions, n_blocks=20, seed=trials_seed)
trained, origin = ibl.networks_for([ibl.TrainParams(seed=seed + k) for k in range(n_seeds)], task)
rnns = [ibl.rollout(ibl.RNNAgent(one.network), trials) for one in trained]
rnn = rnns[0]
print(f"{len(trials):,} trials in {n_sessions * 20:,} blocks")
print(origin)

# %% [markdown]
# ## Blocks have an age
#
# A [block](../book/glossary.md#term-block) of this task ([chapter 1](01_task.ipynb)) lasts at least 20 [trials](../book/glossary.md#term-trial) and at most 100. So its end can be predicted a little, and just after a switch there will be no other. The paper's *Markov* filter does not know that: it expects a switch after every trial with the probability 0.02. The **semi-Markov** filter ([glossary](../book/glossary.md)) keeps, instead of one probability for each side, one for each side *and* each number of trials since the last switch. That makes it exact, for both laws of block lengths: that of the paper's code, and that of its text ([chapter 10](10_paper_versus_code.ipynb)).

# %%
worlds = {
    "lengths as in the code": trials,
    "lengths as in the text": ibl.sample_trials(
        replace(task, block_law="forced_switch"),
        n_sessions=n_sessions,
        n_blocks=20,
        seed=trials_seed,
    ),
}
filters = {
    title: {
        "Markov": ibl.agents.block_belief(world),
        "semi-Markov": ibl.agents.semi_markov_belief(world),
    }
    for title, world in worlds.items()
}

# %% [markdown]
# This gains an observer a few correct answers in a thousand. The gain has two sides, and the [figure](#fig-around-switches) shows both: between trials 5 and 20 of a block the semi-Markov filter is sure that nothing will change, and in old blocks it becomes less sure.

# %% [markdown] tags=["more"]
# ### What an observer gains that knows the age of a block
#
# How do the beliefs of the two filters differ around a switch, and what does the semi-Markov one gain from that?

# %% mystnb={"figure": {"caption": "**Knowing the age of a block, the semi-Markov filter turns over sooner and is surer in a young block.** Mean belief in the side of the new block, before each trial around a switch. Bands (hardly wider than the lines) are 95% intervals over switches.", "name": "fig-around-switches"}, "image": {"alt": "Two panels, one for each law. Both filters turn over within five trials of a switch, the semi-Markov one a little sooner. Then it rises to 0.99 by trial 15 and falls back to 0.9 after trial 20, while the Markov filter stays at 0.92. Before the switch the semi-Markov belief in the new side rises from below 0.1 to above 0.12."}}
ibl.ideal_observers.fig_beliefs_around_switches(
    {
        title: {
            name: ibl.ideal_observers.belief_around_switches(b, worlds[title])
            for name, b in by_filter.items()
        }
        for title, by_filter in filters.items()
    }
)

# %% [markdown]
# The table says in how many more of a thousand trials the likelier side is the correct one before the trial, for the block and for the next stimulus, and how much more information its belief holds. The last row is about whole trials: how much more often the answer is correct if both observers answer at a threshold and take as many steps as the network. Intervals (±) are 95% over blocks.

# %%
speed, whole_trial = rnn.n_steps.mean(), "answers correct at the network's speed"
gains = {
    title: {
        **ibl.ideal_observers.filter_gain(
            by_filter["semi-Markov"], by_filter["Markov"], worlds[title]
        ),
        whole_trial: ibl.ideal_observers.below_at_same_speed(
            ibl.ideal_observers.at_speed(
                ibl.ideal_observers.whole_trials(worlds[title], ibl.agents.Inference()), speed
            ),
            ibl.ideal_observers.whole_trials(worlds[title]),
        ),
    }
    for title, by_filter in filters.items()
}
pd.DataFrame(
    {
        title: {
            name: f"{1000 * gain.mean:.1f} ± {500 * (gain.high - gain.low):.1f}"
            for name, gain in by_name.items()
        }
        for title, by_name in gains.items()
    }
).rename(
    {
        "block correct": "likelier side is the block's (trials)",
        "block bits": "information about the block (bits)",
        "side correct": "likelier side is the stimulus's (trials)",
        "side bits": "information about the stimulus (bits)",
        whole_trial: f"{whole_trial} (trials)",
    }
).add_suffix(", gain in 1,000 trials")

# %% tags=["hide-input"]
in_a_thousand = {
    name: " (".join(f"{1000 * float(of_law[name].mean):.0f}" for of_law in gains.values()) + ")"
    for name in gains["lengths as in the code"]
}
said(
    "An observer that knows the age of a block has the block's side correct in "
    f"{in_a_thousand['block correct']} more of a thousand trials with the code's lengths (in "
    "brackets: with the text's), and the side of the next stimulus in "
    f"{in_a_thousand['side correct']}. Within the trial the observations count as well, so that in "
    f"the end it gives {in_a_thousand[whole_trial]} more correct answers in a thousand than the "
    "Markov observer."
)

# %% [markdown] tags=["more"]
# ## Which observer predicts the network's choices?
#
# An observer of the network's trials has a posterior at the moment of each choice. Assume that the network's choice is a noisy reading of this posterior. Two numbers are fitted for each observer and network: a scale of the log odds, and a lapse rate (a share of random choices). How likely are the network's choices then? If the network counted trials, the semi-Markov observer should predict them best.
#
# The *coupled* observer of Claim 3 ([chapter 6](06_claim3_coupling.ipynb)) takes part as well. It is told neither a trial's side nor its end, and treats every input by one and the same map. It also assumes that the [stimulus strength](../book/glossary.md#term-stimulus-strength) is drawn anew at every step, so a Markov and a semi-Markov observer that differ only in this assumption are compared, too. And since the coupled observer lacks two pieces of information, there is the *untold* observer: it knows when a trial ends, but is not told its side.
#
# Likelihoods are given in *nats*, units of the natural logarithm: one [nat](../book/glossary.md#term-nat) is about 1.44 bits.

# %%
accounts = {
    "Markov": lambda s: ibl.observe(s).last_p_right,
    "semi-Markov": lambda s: ibl.observe(s, "semi_markov").last_p_right,
    "no blocks": lambda s: ibl.observe(s, "blockless").last_p_right,
    "Markov, strength drawn at every step": lambda s: (
        ibl.observe(s, ibl.agents.Inference(strength="per_step")).last_p_right
    ),
    "semi-Markov, strength drawn at every step": lambda s: (
        ibl.observe(s, replace(ibl.ideal_observers.SEMI_MARKOV, strength="per_step")).last_p_right
    ),
    "untold": ibl.coupling.untold_side,
    "coupled": lambda s: ibl.coupling.coupled_beliefs(s).side[s.last_rows],
}
fits = {
    name: [
        ibl.ideal_observers.fit_choices(account(s)[~s.timed_out], s.choice[~s.timed_out])
        for s in rnns
    ]
    for name, account in accounts.items()
}
gain_in_likelihood = {
    name: [
        ibl.ideal_observers.likelihood_gain(fit, reference, trials, ~s.timed_out)
        for fit, reference, s in zip(of_network, fits["Markov"], rnns, strict=True)
    ]
    for name, of_network in fits.items()
    if name != "Markov"
}
pd.DataFrame(
    {
        name: {
            "log likelihood per choice": np.mean([fit.per_choice for fit in of_network]),
            "scale": np.mean([fit.scale for fit in of_network]),
            "lapse": np.mean([fit.lapse for fit in of_network]),
        }
        for name, of_network in fits.items()
    }
).T.round(3)

# %% mystnb={"figure": {"caption": "**The two observers that are not told the side predict the networks' choices by far the best.** Log likelihood of the choices under the posterior of each observer, in nats per choice; chance is −0.69. A dot is a network.", "name": "fig-choice-likelihood"}, "image": {"alt": "Seven rows of dots, tight clusters. No blocks: about -0.22. Semi-Markov: -0.13. Markov: -0.11. With the strength drawn at every step: Markov -0.10, semi-Markov -0.12. Untold and coupled, next to each other and far apart from all others: -0.042 and -0.045."}}
ibl.core.fig_rows(
    {
        "likelihood of the networks' choices\n(nats per choice)": {
            name: [fit.per_choice for fit in of_network] for name, of_network in fits.items()
        }
    }
)

# %%
ends = {
    name: np.array([one.measured().interval for one in found])
    for name, found in gain_in_likelihood.items()
}
pd.DataFrame(
    {
        name: {
            "gain over Markov (nats per choice)": f"{ibl.core.crossed(found).value:+.3f}",
            "surely better in": f"{np.sum(ends[name][:, 0] > 0)} of {len(found)} networks",
            "surely worse in": f"{np.sum(ends[name][:, 1] < 0)} of {len(found)} networks",
        }
        for name, found in gain_in_likelihood.items()
    }
).T

# %% tags=["hide-input"]
left_open = -np.mean([fit.per_choice for fit in fits["Markov"]])
explains = {
    name: ibl.core.crossed(found).value / left_open for name, found in gain_in_likelihood.items()
}
said(
    "Two observers predict the choices by far the best. The Markov observer leaves "
    f"{left_open:.3f} nats open about a choice; the coupled observer removes "
    f"{explains['coupled']:.0%} of that. But its one map is not the reason: the untold observer, "
    f"which knows when trials end, removes {explains['untold']:.0%}. The assumption that the "
    "strength is drawn at every step, by itself, removes "
    f"{explains['Markov, strength drawn at every step']:.0%}. (An earlier version of this page had "
    "left the untold observer out.)"
)

# %% [markdown]
# In every network the semi-Markov observer, which knows more about blocks, predicts the choices *less well* than the Markov one, under either assumption about the strength. So nothing suggests that a network counts trials.

# %% [markdown]
# ## As often correct as possible, at every speed
#
# A posterior alone does not say when to answer. An actor needs a rule: it answers when the probability of the likelier side exceeds a threshold, and at the last step in any case. Thresholds from 0.5 to 1 give all speeds. What the actor believes after each [observation](../book/glossary.md#term-observation) does not depend on the rule, so we compute it once and apply each threshold to it.

# %% [markdown] tags=["more"]
# ### Four thresholds in numbers
#
# How many steps does an actor take at a given threshold, and how much reward does it earn?

# %%
thresholds = ibl.core.budget(profile, smoke=[0.5, 0.6, 0.75, 0.9], page=None, paper=None)
thresholds = thresholds or [*np.arange(0.5, 0.96, 0.025).round(3), 0.97, 0.99]
posteriors = {
    "Markov": ibl.agents.Inference(),
    "semi-Markov": ibl.ideal_observers.SEMI_MARKOV,
    "difference only": ibl.agents.Inference(evidence="difference"),
}
wholes = {
    name: ibl.ideal_observers.whole_trials(trials, inference)
    for name, inference in posteriors.items()
}
frontiers = {
    name: ibl.ideal_observers.frontier(
        {t: ibl.ideal_observers.at_threshold(whole, t) for t in thresholds}
    )
    for name, whole in wholes.items()
}
pd.DataFrame(
    {
        (name, threshold): {
            "steps per trial": found.n_steps[k],
            "correct": found.correct[k],
            "reward per trial": found.reward_per_trial[k],
            "reward per step": found.reward_per_step[k],
        }
        for name, found in frontiers.items()
        for k, threshold in enumerate(found.setting)
        if name != "difference only" and threshold in (0.5, 0.6, 0.75, 0.9)
    }
).T.rename_axis(["filter", "threshold"]).round(3)

# %% [markdown]
# ## When to stop looking
#
# A threshold on the posterior is only a rule of thumb. What one more observation is worth depends on the strength of the stimulus, and the two sums of observations say a lot about it: if both sums are small after several observations, the stimulus is weak, and further observations will help little.
#
# The best rule follows by **dynamic programming** ([glossary](../book/glossary.md): [optimal stopping](../book/glossary.md#term-optimal-stopping)). All that an observer knows within a trial is the number of observations, the two sums and the [prior](../book/glossary.md#term-prior). Start at the last observation and go backwards. In each state, compare what an answer earns now (+1 or −1) with the expected reward after one more observation, less its cost of 0.05. The choice has no influence on what is learnt about blocks, since the [feedback](../book/glossary.md#term-feedback) reveals the side in any case. So the best rule for each trial is the best for the whole [session](../book/glossary.md#term-session).
#
# One may want the most reward *per trial*, or, since sessions go on, the most *per step*. In the second case every step costs what steps earn on average, and so do the two blank steps of the next trial.

# %% tags=["teaches"]
prior = ibl.ideal_observers.SEMI_MARKOV.prior(task).over(trials)
per_trial = ibl.ideal_observers.optimal_stopping(task)
per_step = ibl.ideal_observers.best_reward_rate(task, prior)
play = ibl.ideal_observers.play_rule
best = {
    "most reward per trial": play(per_trial, trials),
    "most reward per step": play(per_step, trials),
}
columns = ["correct", "steps per trial",
           "reward per trial", "reward per step"]  # fmt: skip
table = ibl.summary_table(best)[columns]
for name, rule in zip(best, (per_trial, per_step), strict=True):
    correct = rule.expected("correct", prior)
    steps = rule.expected("n_steps", prior)
    earned = rule.expected("reward", prior)
    row = correct, steps, earned, earned / steps
    table.loc[f"{name}: as calculated"] = row
table.round(3)

# %% mystnb={"figure": {"caption": "**The best actor waits where both sums are large, and answers where both are small; a fixed threshold does the opposite.** The actor with the most reward per trial, by the sums of the observations of either side. Columns: after 1, 3 and 6 observations. Rows: even odds before the trial, and a probability of 0.8 for right. Dashed: where a threshold of 0.75 on the posterior would stop.", "name": "fig-stopping-regions"}, "image": {"alt": "Six panels of the plane of both sums. A white band between answering left and right runs along the diagonal. With even odds it is a wedge, wide where both sums are large and closed at the lower left; the lines of a posterior of 0.75 do the opposite and spread out to the lower left. The band narrows and its tip moves up with the number of observations; a prior of 0.8 for right shifts it to the right."}}
ibl.ideal_observers.fig_stopping_regions(
    [
        [
            ibl.ideal_observers.stopping_regions(per_trial, n_observations=n, prior=p)
            for n in (1, 3, 6)
        ]
        for p in (0.5, 0.8)
    ],
    posterior=0.75,
)

# %% [markdown]
# Calculated and simulated values agree within the noise of these trials. And the best rule is not a fixed threshold:
#
# * **It asks for less certainty as time passes** ([figure](#fig-answered-by-confidence)). Each further observation adds less, and its cost stays the same.
# * **It depends on the observations, not only on the posterior.** If both sums are low, the stimulus is weak, and more observations would say little: the actor answers at a posterior at which it would otherwise wait. If both sums are high, one side is strong, and the next observation will show which: the actor waits, even when it is quite sure. The dashed lines in the [figure](#fig-stopping-regions), those of a fixed threshold, do the opposite.
# * **For the most reward per step, it seldom waits for a second observation:**

# %% tags=["hide-input"]
at_once = np.mean(best["most reward per step"].n_observations_seen == 1)
said(
    "the actor with the most reward per step answers "
    f"{at_once:.0%} of its trials at the first observation."
)

# %% [markdown] tags=["more"]
# ### How sure the best actors are when they answer
#
# A fixed threshold would answer at one and the same certainty. At which do the two best actors answer, after how many observations?

# %% mystnb={"figure": {"caption": "**The more observations the best actors have seen, the less sure they have to be.** Share of trials answered, among those not yet answered, by the posterior of the likelier side and the number of observations (bins of at least 50 trials; bands are 95% intervals over blocks).", "name": "fig-answered-by-confidence"}, "image": {"alt": "Two panels of rising curves. Left, most reward per trial: half of the trials are answered at a posterior of about 0.85 after one observation, at ever lower ones after more, and below 0.7 after eight. Right, most reward per step: half are answered at about 0.6 after one observation, and nearly all above 0.75."}}
stops = {
    "most reward per trial": per_trial.stops(trials.observations, prior),
    "most reward per step": per_step.stops(trials.observations, prior),
}
ibl.ideal_observers.fig_answered_by_confidence(
    {
        name: ibl.ideal_observers.answered_by_confidence(wholes["semi-Markov"], s)
        for name, s in stops.items()
    }
)

# %% [markdown]
# ## All agents, by speed and accuracy
#
# Now all [agents](../book/glossary.md#term-agent) play the same trials: networks of the paper's recipe and of others, the two [distilled](../book/glossary.md#term-distillation) units ([chapter 9](09_claim4_radd.ipynb)), and the actors. With different costs per step, the dynamic programme gives the most accurate rule for each speed: no agent can lie above that curve ([figure](#fig-frontier)). Points of equal reward per step lie on straight lines.

# %%
rates = ibl.core.budget(profile, smoke=[0, 0.3], page=None, paper=None)
rates = rates or [-0.045, -0.03, -0.02, -0.01, 0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6]
ceiling = ibl.ideal_observers.frontier(
    {
        r: ibl.ideal_observers.play_rule(ibl.ideal_observers.optimal_stopping(task, rate=r), trials)
        for r in rates
    }
)

adam = {
    "optimizer": "adam",
    "learning_rate": 0.005,
    "sessions_per_step": 64,
    "n_gradient_steps": 300,
}
recipes = {
    "RNN, cross-entropy": {"loss": "cross_entropy"},
    "RNN, 2 units": {"n_units": 2, "n_gradient_steps": 400_001},
    "RNN by Adam": adam,
    "GRU by Adam": {"cell": "gru", **adam},
    "LSTM by Adam": {"cell": "lstm", **adam},
}
sessions = {"RNN": rnns}
for name, recipe in recipes.items():
    found, _ = ibl.networks_for(
        [ibl.TrainParams(seed=seed + k, **recipe) for k in range(n_variant_seeds)], task
    )
    sessions[name] = [ibl.rollout(ibl.RNNAgent(one.network), trials) for one in found]

# %%
fit_trials = ibl.sample_trials(
    task, n_sessions=max(2, n_sessions // 4), n_blocks=20, seed=trials_seed + 1
)
network = trained[0].network
played = ibl.rollout(ibl.RNNAgent(network), fit_trials, record_states=True)
distilled = ibl.distill(
    network, played, ibl.representations.on_readouts(ibl.fit_state_space(played, network))
)
sessions["Distilled, 2 units"] = [ibl.rollout(distilled.agent(), trials)]
sessions["Bayesian observer"] = [ibl.observe(rnn)]
for name, inference in (
    ("Bayesian actor (exact)", "exact"),
    ("Bayesian actor (released)", "released"),
    ("Blockless actor", "blockless"),
):
    sessions[name] = [ibl.rollout(ibl.BayesianActor(task, inference), trials)]
sessions |= {f"Best: {name}": [session] for name, session in best.items()}

# %% [markdown] tags=["more"]
# ### What each agent earns
#
# How often is each agent correct, how many steps does it take, and how much reward does it earn in a trial and in a step?

# %%
tables = {
    name: ibl.summary_table(dict(enumerate(of_kind)))[columns] for name, of_kind in sessions.items()
}
points = {name: (found["steps per trial"], found["correct"]) for name, found in tables.items()}
curves = {
    "any rule, exact posterior": (ceiling.n_steps, ceiling.correct),
    **{
        f"thresholds, {name}": (frontiers[name].n_steps, frontiers[name].correct)
        for name in ("semi-Markov", "Markov")
    },
}
pd.DataFrame({name: found.mean() for name, found in tables.items()}).T.round(3)

# %% mystnb={"figure": {"caption": "**Each of the two best actors earns the most of its kind; per step, networks trained by Adam come next.** A dot is a network or an actor; a bar is the median of several networks.", "name": "fig-reward-rates"}, "image": {"alt": "Two panels, thirteen rows. Per trial: the best actor for it earns 0.76, networks 0.61 to 0.70, the exact actor 0.46, the blockless actor and cross-entropy networks about 0.3. Per step: the best actor for it earns 0.228, networks by Adam 0.22, the paper's networks 0.21, the exact actor 0.08."}}
ibl.core.fig_rows(
    {
        column: {name: found[column] for name, found in tables.items()}
        for column in ("reward per trial", "reward per step")
    }
)

# %% [markdown]
# ### How far each agent is below the best rule

# %% tags=["lead"] mystnb={"figure": {"caption": "**No agent lies above the curve of the best rule, and the paper's Bayesian actors lie well below it.** Speed and accuracy of all agents on the same trials. A point is a network or an actor; a time-out counts as wrong.", "name": "fig-frontier"}, "image": {"alt": "Three curves rise steeply from 3 steps and 0.84 and level off at 0.93; the one of any rule lies up to a hundredth above those of thresholds. The networks are crowded near 3.1 to 3.3 steps, on or below the curves. The released actor is below at 3.8 steps. The exact actor with its time-outs, the blockless actor and the cross-entropy networks are far below, at 5.6 to 7 steps."}}
ibl.ideal_observers.fig_frontier(points, curves, rates=[0.05, 0.1, 0.15, 0.2], params=task)

# %% tags=["hide-input"]
at_speeds = np.arange(3.1, 5.05, 0.1)
costs = (
    [ceiling.correct_at(x) - frontiers["semi-Markov"].correct_at(x) for x in at_speeds]
    if profile != "smoke"
    else [0.0]
)
said(
    f"Between {at_speeds[0]:.1f} and {at_speeds[-1]:.1f} steps per trial a threshold on the exact "
    f"posterior costs {min(costs):.3f} to {max(costs):.3f} of accuracy, compared with the best rule."
)

# %% [markdown]
# The paper's actor, as released, lies below the curve of thresholds on the exact posterior. The exact actor with the threshold 0.9 lies far below it, because it runs out of time on many trials; with a forced choice at the last step, the same posterior would put it on the curve. (So "the exact actor is worse than the network" is a statement about this threshold, not about Bayesian inference.) The Bayesian observer knows what a Markov filter can know *with the network's stopping times*. An actor that chooses its own times can be correct more often at the same speed.

# %% tags=["hide-input"]
below = {
    name: ibl.ideal_observers.below_at_same_speed(rnn, whole) for name, whole in wholes.items()
}
said(
    f"The network of seed {seed} lies {float(below['Markov'].mean):.3f} below thresholds on the "
    f"exact posterior of Markov blocks, and {float(below['semi-Markov'].mean):.3f} below those on "
    "the semi-Markov one."
)

# %% tags=["hide-input"]
earned = {name: tables[f"Best: {name}"].loc[0] for name in best}
most = earned["most reward per step"]["reward per step"]
per_step_share = {name: tables[name]["reward per step"].mean() / most for name in sessions}
said(
    f"Per step, the paper's networks earn {per_step_share['RNN']:.0%} of what can be earned at "
    f"all, tanh networks by Adam {per_step_share['RNN by Adam']:.0%}, GRU and LSTM networks "
    f"{per_step_share['GRU by Adam']:.0%} and {per_step_share['LSTM by Adam']:.0%}."
)

# %% [markdown] tags=["more"]
# ### Late training exchanges accuracy for speed
#
# Where among these curves do the networks of the paper's recipe come to lie, and how do they get there? The figure shows their neighbourhood. It also has the path of the first network through its training, and the same network with thresholds other than its 0.9.

# %%
rnn_thresholds = ibl.core.budget(profile, smoke=[0.8, 0.9], page=None, paper=None)
rnn_thresholds = rnn_thresholds or [
    *(0.5, 0.6, 0.7, 0.8, 0.85, 0.88, 0.9),
    *(0.92, 0.95, 0.97, 0.98, 0.99),
]
by_threshold = ibl.ideal_observers.frontier(
    {t: ibl.ideal_observers.play_at(ibl.RNNAgent(network), trials, t) for t in rnn_thresholds}
)
pd.DataFrame(
    {
        "steps per trial": by_threshold.n_steps,
        "correct": by_threshold.correct,
        "reward per trial": by_threshold.reward_per_trial,
        "reward per step": by_threshold.reward_per_step,
    },
    index=pd.Index(by_threshold.setting, name="threshold of the RNN"),
).round(3)

# %%
history = trained[0].history
learned = ibl.training.window_summary(np.arange(len(history)), history[:, [1, 3]].T, n_windows=30)

# %% mystnb={"figure": {"caption": "**The paper's networks lie on a curve of their own, and late in training they move down along it.** Speed and accuracy near the networks; solid blue: one network during training; dash-dotted: the trained network with other thresholds. Grey lines: equal reward per step.", "name": "fig-frontier-near"}, "image": {"alt": "GRU and LSTM networks lie close to the curve of Markov thresholds, tanh networks trained by Adam a little below. The paper's networks are further below that curve, on their own curve for other thresholds, where it touches a line of equal reward per step. The path of training runs down along that same curve and ends there."}}
near = [
    *("RNN", "RNN, 2 units", "RNN by Adam", "GRU by Adam", "LSTM by Adam"),
    *("Distilled, 2 units", "Bayesian observer", "Best: most reward per step"),
]
ibl.ideal_observers.fig_frontier(
    {name: points[name] for name in near},
    curves | {"RNN, other thresholds": (by_threshold.n_steps, by_threshold.correct)},
    paths={"RNN, as it learned": (learned.mean[1], learned.mean[0])},
    rates=[0.17, 0.18, 0.19, 0.2, 0.21, 0.22],
    params=task,
    xlim=(2.95, 3.85),
    ylim=(0.79, 0.9),
)

# %% [markdown]
# Networks of the paper's recipe lie on a curve of their own, and **late training moves along that curve**. [Chapter 2](02_train_rnn.ipynb) shows that the fraction correct falls after its peak while the network gets faster. Seen by speed and accuracy together the network does not get worse: it exchanges accuracy for speed, as it would with a lower threshold.

# %%
penalty, n_blank = task.waiting_penalty, task.n_blank_steps
correct, steps = learned.mean
along = pd.DataFrame(
    {
        "correct": correct,
        "steps per trial": steps,
        "reward per step": (2 * correct - 1 + penalty * (steps - n_blank - 1)) / steps,
    },
    index=pd.Index(learned.gradient_step / len(history), name="share of training"),
)
along = along.iloc[-8:].round(3)
along.set_axis(along.index.to_series().round(2))

# %% [markdown]
# Training ends **where the network's reward per step is highest**, as far as these trials can show: around its threshold of 0.9 reward per step hardly changes.

# %% tags=["hide-input"]
some_trials = trials.take_sessions(0, max(2, n_sessions // 4))
near_thresholds = ibl.core.budget(profile, smoke=[0.8, 0.9], page=None, paper=None) or [
    *(0.5, 0.8, 0.85, 0.9, 0.95, 0.98),
]
earns = pd.DataFrame(
    {
        one.params.seed: {
            at: session.reward.mean() / session.n_steps.mean()
            for at in near_thresholds
            for session in [ibl.ideal_observers.play_at(ibl.RNNAgent(one.network), some_trials, at)]
        }
        for one in trained
    }
)
earns = earns / earns.loc[0.9]
said(
    "Reward per step at other thresholds, over that at 0.9, in the networks of all seeds (a quarter of the trials): "
    + "; ".join(
        f"at {at:g} {of.min():.3f} to {of.max():.3f}" for at, of in earns.iterrows() if at != 0.9
    )
    + ". These trials cannot show which threshold from 0.8 to 0.9 is best."
)

# %% [markdown]
# The loss does not contain reward. It is minus the probability of the correct side, averaged over steps, and it is smallest if the network gives the likelier side a probability of 1, however small the difference is. So probabilities become extreme during training, pass 0.9 sooner and sooner, and the network answers earlier and earlier. Answering nearly at once is also what earns most per step. Whether the two would separate with more training remains open: reward per step was still rising a little at the end.

# %% [markdown]
# ## The coupled actor, and which networks are above it
#
# The actors of the ceilings above are told when a trial ends and which side it had. A network has to find that out from its inputs, all of which go through one and the same map. The coupled observer of Claim 3 is exact for a world in which trials end at random and without a sign, and in which no feedback reveals the side. As an *actor* it answers by that belief, and different thresholds give a curve, as above. It has one parameter, the probability that a trial ends between two steps. We choose the value with which it is most often correct at the network's steps per trial, on other trials than those of the comparison.

# %% [markdown] tags=["more"]
# ### The parameter of the coupled actor
#
# With which probability that a trial ends is the coupled actor most often correct, and how often is it correct at the first network's speed?

# %%
end_probability = ibl.core.budget(profile, smoke=[0.5], page=None, paper=None)
end_probability = end_probability or [0.2, 0.3, 0.5, 0.7]
coupled_thresholds = ibl.core.budget(profile, smoke=[0.5, 0.65, 0.8], page=None, paper=None)
coupled_thresholds = coupled_thresholds or [0.5, 0.6, 0.65, 0.7, 0.75, 0.8]
chosen_by = {
    q: ibl.ideal_observers.frontier(
        {
            t: ibl.ideal_observers.play_at(ibl.coupling.CoupledActor(task, q), fit_trials, t)
            for t in coupled_thresholds
        }
    ).correct_at(played.n_steps.mean())
    for q in end_probability
}
best_q = max(chosen_by, key=chosen_by.get)
of_coupled = {
    t: ibl.ideal_observers.play_at(ibl.coupling.CoupledActor(task, best_q), trials, t)
    for t in coupled_thresholds
}
coupled = ibl.ideal_observers.frontier(of_coupled)
print(f"end probability {best_q}, chosen on {len(fit_trials):,} other trials, of")
print(*(f"    {q}: {correct:.3f} correct there" for q, correct in chosen_by.items()), sep="\n")
pd.Series(
    {
        "any rule, exact posterior": ceiling.correct_at(speed),
        **{f"threshold, {name}": rnn.correct.mean() + b.mean for name, b in below.items()},
        "coupled actor": coupled.correct_at(speed),
        "the network": rnn.correct.mean(),
    },
    name=f"correct at {speed:.2f} steps per trial",
).to_frame().round(3)

# %% [markdown]
# ### Networks beside the coupled actor

# %% mystnb={"figure": {"caption": "**The paper's networks lie on the coupled actor's curve, and networks trained by Adam lie above it.** Speed and accuracy as in the [figure of all agents](#fig-frontier); curves have a point for each threshold.", "name": "fig-coupled-actor"}, "image": {"alt": "The curve of the coupled actor and that of the network with other thresholds cross at the paper's networks and stay close to each other. Both are below the curve of thresholds on the exact posterior. Networks by Adam lie between: the tanh ones above the coupled actor's curve, GRU and LSTM ones further above."}}
ibl.ideal_observers.fig_frontier(
    {name: points[name] for name in ("RNN", "RNN by Adam", "GRU by Adam", "LSTM by Adam")},
    {
        "thresholds, semi-Markov": curves["thresholds, semi-Markov"],
        "coupled actor": (coupled.n_steps, coupled.correct),
        "RNN, other thresholds": (by_threshold.n_steps, by_threshold.correct),
    },
    rates=[0.17, 0.18, 0.19, 0.2, 0.21, 0.22],
    params=task,
    xlim=(2.95, 3.85),
    ylim=(0.79, 0.9),
)

# %%
minus_coupled = {
    name: [
        ibl.ideal_observers.minus_at_same_speed(s, of_coupled)
        for s in sessions[name]
        if s.n_steps.mean() < coupled.n_steps[-1]
    ]
    for name in ("RNN", "RNN, 2 units", "RNN by Adam", "GRU by Adam", "LSTM by Adam")
}
pd.DataFrame(
    {
        name: {
            "networks": len(found),
            "correct, minus the coupled actor": f"{mean:+.3f} ± {(high - low) / 2:.3f}",
        }
        for name, found in minus_coupled.items()
        for mean, (low, high), _ in [ibl.core.crossed(found)]
    }
).T

# %% [markdown]
# (Intervals are 95%, over networks and over blocks, which all networks share.) Networks of the paper's recipe are as often correct as the coupled actor at their own speed, and nearly so at other speeds. Only their speed was used to choose the actor's parameter. Networks of two units that were trained on the task by the paper's recipe are below it.
#
# **The coupled actor is no ceiling.** GRU and LSTM networks of the same size, trained by Adam on the same task and loss, are above it. So are networks with the paper's own cell and size, which differ from the paper's only in their training. All of these networks use one map for every step, and none is told the side in another way than by its inputs. So this limit does not explain why the paper's networks stop where they do; their choices only resemble those of an observer under that limit. ([Chapter 6](06_claim3_coupling.ipynb) separates the two parts of the limit: an observer that knows when a trial ends, but is not told its side, resembles the network as much, in its block belief there and in its choices here, see [the likelihoods](#fig-choice-likelihood).) All networks get blank steps, which announce a trial, and feedback, and the coupled actor ignores both. Whether Adam's networks use them is not tested here.
#
# ## What follows
#
# The Bayesian baselines of the paper are not the best that can be done, and neither is the coupled observer. The paper's recipe ends near the most reward per step that its networks can earn, but below other networks of the same size: [chapter 11](11_robustness.ipynb) compares these in everything else. The task was made for animals, so the next question is how they do in it: [chapter 13](13_mice.ipynb).
#
# ## Our numbers beside what was expected

# %%
others = [found for name, found in tables.items() if not name.startswith("Best")]
over_ceiling = max(  # agents slower than all rules of the curve are compared with its end
    correct - ceiling.correct_at(min(steps, ceiling.n_steps[-1]))
    for found in others
    for correct, steps in zip(found["correct"], found["steps per trial"], strict=True)
    if steps >= ceiling.n_steps[0]
)
others += [  # and all thresholds on either posterior
    pd.DataFrame({"reward per trial": f.reward_per_trial, "reward per step": f.reward_per_step})
    for f in (*frontiers.values(), by_threshold, coupled)
]
others = pd.concat(others)
at_75 = ibl.ideal_observers.at_threshold(wholes["difference only"], 0.75)
slow, quick = best["most reward per trial"], best["most reward per step"]
per_block = {
    "ceiling.value_per_trial": per_trial.expected("reward", prior) - slow.reward,
    "ceiling.value_per_step": per_step.rate * quick.n_steps / quick.n_steps.mean()
    - quick.reward / quick.n_steps.mean(),
}
estimates = {
    "ceiling.likelihood_semi_markov": gain_in_likelihood["semi-Markov"],
    "ceiling.likelihood_coupled": gain_in_likelihood["coupled"],
    "ceiling.likelihood_coupled_minus_untold": [
        a.minus(b)
        for a, b in zip(gain_in_likelihood["coupled"], gain_in_likelihood["untold"], strict=True)
    ],
    "ceiling.rnn_minus_coupled": minus_coupled["RNN"],
    "ceiling.adam_minus_coupled": minus_coupled["RNN by Adam"],
    "ceiling.gru_minus_coupled": minus_coupled["GRU by Adam"],
    "ceiling.lstm_minus_coupled": minus_coupled["LSTM by Adam"],
}
measured = {
    "ceiling.block_gain_code": gains["lengths as in the code"]["block correct"].measured(),
    "ceiling.block_gain_text": gains["lengths as in the text"]["block correct"].measured(),
    "ceiling.rnn_below_frontier": below["difference only"].measured(),
    "ceiling.frontier_correct": ibl.behavior.means(at_75, "correct").measured(),
    "ceiling.frontier_steps": ibl.behavior.means(at_75, "n_steps").measured(),
    "ceiling.rnn_reward_rate": tables["RNN"]["reward per step"].loc[0] / most,
    "ceiling.rnn_own_rate": tables["RNN"]["reward per step"].loc[0]
    / by_threshold.reward_per_step.max(),
    "ceiling.best_other_correct": over_ceiling,
    "ceiling.best_other_per_trial": others["reward per trial"].max()
    - earned["most reward per trial"]["reward per trial"],
    "ceiling.best_other_per_step": others["reward per step"].max() - most,
}
measured |= {
    name: ibl.core.estimate_mean(values, trials.block_index).measured()
    for name, values in per_block.items()
}
measured |= {name: ibl.core.crossed(found) for name, found in estimates.items()}
report(
    measured,
    profile=profile,
    networks=[
        {name: found[k].value for name, found in estimates.items() if k < len(found)}
        for k in range(n_seeds)
    ],
    detail=f"{len(trials):,} trials, {n_seeds} networks, {n_variant_seeds} of other recipes",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: shorter blocks (35 min, advanced)
#
# What is it worth to know the age of a block (`filter_gain`) where blocks last 10 to 20 trials, `TaskParams(min_block_length=10, max_block_length=20)`? Note that `block_belief` uses the hazard of the trials' parameters, 0.02, and that these blocks end far more often. So compare with a second Markov filter that knows how often they end: give it trials whose parameters have a hazard of one over the mean length (`block_length_distribution`).

# %% tags=["solution"]
# @title Solution 1
short = replace(task, min_block_length=10, max_block_length=20)
world = ibl.sample_trials(short, n_sessions=n_sessions, n_blocks=20, seed=trials_seed)
often = 1 / np.dot(*ibl.task.block_length_distribution(short))
references = {
    "hazard as given": ibl.agents.block_belief(world),
    "hazard as it is": ibl.agents.block_belief(replace(world, params=replace(short, hazard=often))),
}
semi_markov = ibl.agents.semi_markov_belief(world)
worth = {
    name: ibl.ideal_observers.filter_gain(semi_markov, reference, world)["block correct"]
    for name, reference in references.items()
}
long = gains["lengths as in the code"]["block correct"]

answer(
    "12.1",
    "With the semi-Markov filter the likelier side is the block's in "
    f"{float(worth['hazard as given'].mean):.3f} more of the trials than with the Markov filter as "
    f"it is, but only in {float(worth['hazard as it is'].mean):.3f} more than with a Markov filter "
    f"that knows that one trial in {1 / often:.0f} ends its block. In the paper's task it was {float(long.mean):.3f}. The end "
    "of a block of 10 to 20 trials can be predicted much better than that of one of 20 to 100.",
    worth["hazard as it is"].low > 2 * long.high
    and worth["hazard as given"].mean > 1.3 * worth["hazard as it is"].mean,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: the price of waiting (20 min, basic)
#
# Let an observation without an answer cost nothing, or four times as much: `TaskParams(waiting_penalty=0)` and `-0.2`. How many steps will the actor with the most reward per trial take, `optimal_stopping(params)`, and how many the one with the most per step, `best_reward_rate(params, prior)`? Guess first which of the two depends on the price. (`rule.expected("n_steps", prior)`)

# %% tags=["solution"]
# @title Solution 2
prices = {0.0: None, task.waiting_penalty: (per_trial, per_step), 4 * task.waiting_penalty: None}
slow, quick = {}, {}
for price, rules in prices.items():
    priced = replace(task, waiting_penalty=price)
    rules = rules or (
        ibl.ideal_observers.optimal_stopping(priced),
        ibl.ideal_observers.best_reward_rate(priced, prior),
    )
    slow[price], quick[price] = (rule.expected("n_steps", prior) for rule in rules)

answer(
    "12.2",
    "Only the first one does. With a penalty of "
    + ", ".join(f"{price:g}" for price in prices)
    + " it takes "
    + ", ".join(f"{steps:.1f}" for steps in slow.values())
    + " steps per trial, the other one "
    + ", ".join(f"{steps:.2f}" for steps in quick.values())
    + f". To the second one each step already costs {per_step.rate:.2f}, which it could earn in "
    "other trials, so it seldom waits for a second observation at any of these prices.",
    min(slow.values()) < 3.5 and max(slow.values()) > 10 and np.ptp(list(quick.values())) < 0.3,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: a threshold that falls (45 min, advanced)
#
# The best rule per trial asks for less certainty with time, *and* it depends on the two sums. Which of the two is worth more? Build actors whose threshold on the semi-Markov posterior falls in a line from observation to observation, `stopped(whole, sure > start - slope * seen)` with `sure` the likelier side's probability after each observation, and find the best of a few starts and slopes. Which part of the way from the best fixed threshold to the best rule does it cover, in reward per trial?

# %% tags=["solution"]
# @title Solution 3
whole = wholes["semi-Markov"]
p_right = whole.p_right[:, task.n_blank_steps :]
sure, seen = np.maximum(p_right, 1 - p_right), np.arange(task.n_observations)
starts, slopes = np.arange(0.7, 1, 0.025), np.arange(0, 0.1, 0.01)
earned_by = {
    slope: ibl.ideal_observers.frontier(
        {start: ibl.ideal_observers.stopped(whole, sure > start - slope * seen) for start in starts}
    ).reward_per_trial.max()
    for slope in slopes
}
fixed, falling = earned_by[0.0], max(earned_by.values())
most_earned = earned["most reward per trial"]["reward per trial"]
share = (falling - fixed) / (most_earned - fixed)

answer(
    "12.3",
    f"The best fixed threshold earns {fixed:.4f} per trial, the best falling one {falling:.4f} (it "
    f"falls by {max(earned_by, key=earned_by.get):.2f} with each observation), the best rule "
    f"{most_earned:.4f}. So a threshold that falls in a line covers {share:.0%} of the way. The "
    "larger part comes from the sums: they show whether one more observation will help.",
    0.2 < share < 0.5,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * With more noise, is a network still as near to the coupled actor? Networks for `replace(task, noise_sd=1.5)` ship with the package. Does one end probability fit all of them?
# * Do networks that are trained with another waiting penalty follow the best actors of exercise 2? Train some of 10 units.
