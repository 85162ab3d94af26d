# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
# ---

# %% [markdown]
# # Claim 1: the network approaches Bayes-optimal behaviour
#
# **Question.** Does the trained network behave like an ideal observer of the task, and where does it not?
#
# > **In short.**
# >
# > * The network is nearly as often correct as an ideal observer that sees the same observations: it is behind by about one trial in a hundred. The network uses the block where the stimulus is weak, and within some ten trials of a switch it has mostly recovered.
# > * What puts the observer ahead is nearly all in what it believes *before* the trial: the network is less sure of the block. Over all trials the network loses next to nothing in weighing the evidence.
# > * The paper explains the network's smaller use of the block by a [prior](../book/glossary.md#term-prior) that it knows and weighs too little. In every network here that is the smaller part; most of it is the weaker belief.
# > * *Caveat:* the paper's "ceiling", the [Bayesian actor](../book/glossary.md#term-Bayesian-actor), is none. As released it is above the network because it is over-confident; with the exact [posterior](../book/glossary.md#term-posterior) and the same threshold it is below.
#
# The paper's first claim is about behaviour alone (section 3.1, the paper's Figs. 2 and 3): the network is nearly as accurate as a [Bayesian observer](../book/glossary.md#term-Bayesian-observer) that sees the same observations, it takes longer when the stimulus is weak, it leans on the block when the stimulus says little, and it finds out quickly that a block has changed.
#
# **Time:** about a quarter of a minute. The networks are those of [chapter 2](02_train_rnn.ipynb), or those that ship with the package.

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
n_units: int = 50  # hidden units of the network
loss: str = "neg_prob_correct"  # or cross_entropy
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
n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=1_000, paper=5_000)
ibl.core.check_parameters(globals(), n_blocks=(100, 10**9), n_seeds=(2, 10**4))
n_sessions = max(1, n_blocks // 20)
task = ibl.TaskParams()
trained, origin = ibl.networks_for(
    [ibl.TrainParams(seed=seed + k, n_units=n_units, loss=loss) for k in range(n_seeds)], task
)
networks = [one.network for one in trained]

trials = ibl.sample_trials(
    task,
    n_sessions=n_sessions,
    n_blocks=20,
    seed=trials_seed,
)
print(origin)
said(f"All agents play {len(trials):,} trials in {n_sessions * 20:,} blocks.")

# %% [markdown]
# All agents play the *same* [trials](../book/glossary.md#term-trial) of [the task](01_task.ipynb), so the differences between them are not due to luck. The Bayesian *observer* sees what the network saw and answers when the network does; the Bayesian *actor* decides for itself when to act. The actor is shown twice ([chapter 3](03_bayesian_baselines.ipynb) explains both): as *released*, with the two faults of the authors' code, which is what the paper's figures show, and *exact*. Figures show the main network, that of the first seed; every number is measured in several networks (nine with the [default profile](../book/glossary.md#term-profile)) that differ only in the seed of their training, and the table at the end has their range. (The words of the field are in the [glossary](../book/glossary.md).)

# %% tags=["teaches"]
rnn = ibl.rollout(ibl.RNNAgent(networks[0]), trials)
observer = ibl.observe(rnn)
released = ibl.rollout(ibl.BayesianActor(task, "released"), trials)
exact_actor = ibl.BayesianActor(task, name="Bayesian actor (exact)")
exact = ibl.rollout(exact_actor, trials)

# %%
agents = {
    session.agent: session  # the name that figures and tables use
    for session in (rnn, observer, released, exact)
}
measured = [ibl.behavior.measure_claim_1(rnn, observer, released, exact)]
for network in networks[1:]:
    other = ibl.rollout(ibl.RNNAgent(network), trials)
    measured.append(ibl.behavior.measure_claim_1(other, ibl.observe(other), released, exact))

table = ibl.summary_table(agents)
summary = table.drop(columns=["low", "high", "reward per trial"]).map("{:.3f}".format)
summary["correct"] = [
    ibl.core.plus_minus(*row) for row in table[["correct", "low", "high"]].to_numpy()
]
summary.T

# %% [markdown]
# (± is half the 95% interval over blocks. A [time-out](../book/glossary.md#term-time-out), a trial without an action, counts as wrong; *zero contrast* is [stimulus strength](../book/glossary.md#term-stimulus-strength) 0; in a *concordant* trial the stimulus is on the [block](../book/glossary.md#term-block)'s side, in a *discordant* one on the other.)

# %% [markdown]
# ## Accuracy by stimulus strength
#
# The network makes most of its errors on weak stimuli, where the released actor's lead is largest. (All networks are alike, as a [figure of all](#fig-networks) shows: what is said of one can be said of each.)

# %% mystnb={"figure": {"caption": "**The stronger the stimulus, the more often the network is correct; the observer is a little ahead.** Bars: outcomes of the network's trials by stimulus strength; points: the fraction correct of the Bayesian baselines on the same trials, with 95% intervals over blocks. Compare Fig. 2a of the paper.", "name": "fig-2a"}, "image": {"alt": "Stacked bars of correct, wrong and timed-out trials by stimulus strength; the correct part grows with strength to nearly 1. The points of the observer lie a little above it, those of the released actor well above it at strength 0 and close to it from strength 1.5 on; the exact actor's lie far below it at strength 0, where most of its trials time out, and above it from strength 1 on."}}
outcomes = {name: ibl.behavior.outcomes_by_strength(session) for name, session in agents.items()}
ibl.behavior.fig_2a_outcomes_by_strength(
    outcomes["RNN"], {name: o.correct for name, o in outcomes.items() if name != "RNN"}
)

# %% [markdown] tags=["more"]
# ## Speed
#
# How long do the chapter's agents take to answer? Weak stimuli take longer. So do answers against the block: correct answers on [discordant](../book/glossary.md#term-concordant) trials, and errors on concordant ones. The Bayesian actors wait longer than the network wherever the stimulus is weak. How long it pays to wait is the subject of [chapter 12](12_ideal_observers.ipynb).

# %% mystnb={"figure": {"caption": "**Weak stimuli and answers against the block take longer.** Steps per trial of the network by stimulus strength (*chronometric* curves), split by outcome and by concordance. Bands are 95% intervals over blocks; the first two steps are blank. Compare Fig. 2b.", "name": "fig-2b"}, "image": {"alt": "Four chronometric curves of the network between three and four steps; all get faster as the stimulus gets stronger; discordant correct trials are slowest, concordant correct ones fastest."}}
chronometric = {name: ibl.behavior.chronometric(session) for name, session in agents.items()}
ibl.behavior.fig_2b_chronometric(chronometric["RNN"])

# %% mystnb={"figure": {"caption": "**Both actors take longer than the network on weak stimuli, the exact one by far.** Steps per trial of the network and of both Bayesian actors; lines differ by agent, filled and open marks by concordance. Compare Fig. 2c, which shows the actor as released.", "name": "fig-2c"}, "image": {"alt": "Chronometric curves in two panels, for correct trials and for wrong or timed-out ones: the actors' curves lie above the network's on weak stimuli, those of the exact actor's wrong or timed-out trials by far the most, and approach it on strong ones."}}
ibl.behavior.fig_2c_chronometric_of_agents(
    {name: chronometric[name] for name in ("RNN", released.agent, exact.agent)}
)

# %% [markdown]
# ## Use of the block
#
# With no stimulus at all, only the block can help. An [agent](../book/glossary.md#term-agent) that knows the block's side and acts on it alone is correct on concordant trials and wrong on discordant ones; one that ignores it is at one half on both. The network uses the block, less than its observer does ([figure](#fig-3a)).

# %% tags=["lead"] mystnb={"figure": {"caption": "**With a weak stimulus the network leans on the block, less than its observer does.** Fraction correct by stimulus strength, on concordant trials (filled marks) and discordant ones (open marks). The distance between the two curves of an agent is its use of the block. Bands are 95% intervals over blocks. Compare Fig. 3a.", "name": "fig-3a"}, "image": {"alt": "Fraction correct rises with strength and the two kinds of trials approach each other. At strength 0 the network is near 0.7 on concordant and 0.3 on discordant trials, the observer and the released actor further apart, and the exact actor low on both because of its time-outs. At the strongest stimulus concordant trials are near 1, and discordant ones still lie below them, but for the exact actor."}}
by_strength = {name: ibl.behavior.correct_by_strength(session) for name, session in agents.items()}
ibl.behavior.fig_3a_correct_by_concordance(
    by_strength, references={"the block prior, 0.8 and 0.2": [0.8, 0.2]}
)

# %% [markdown] tags=["more"]
# ### Psychometric curves
#
# How do the choices of each agent of the chapter shift with the block, at each signed stimulus strength?

# %% mystnb={"figure": {"caption": "**In a right block all agents choose right more often, most of all when they see nothing.** Fraction of choices to the right by signed stimulus strength (*psychometric* curves), in left and in right blocks. The shift between the two curves is the use of the block.", "name": "fig-psychometric"}, "image": {"alt": "Psychometric curves of each agent: the curve of right blocks lies above that of left blocks, most at strength 0."}}
ibl.behavior.fig_psychometric({name: ibl.psychometric(s) for name, s in agents.items()})

# %% [markdown]
# ## After a block has changed

# %% mystnb={"figure": {"caption": "**The network is worst on the first trial of a block and has mostly recovered after ten, much like its observer.** Fraction correct on each trial of a block. Bands are 95% intervals over blocks. Compare Fig. 3b.", "name": "fig-3b"}, "image": {"alt": "Fraction correct is lowest on the first trial of a block and recovers within about ten trials, in the network as in the observer. The released actor begins lower and rises faster; the exact one begins highest and is below all others from about the fifth trial on."}}
ibl.behavior.fig_3b_correct_by_trial_in_block(
    {name: ibl.behavior.correct_by_trial_in_block(session) for name, session in agents.items()}
)

# %% [markdown]
# Does the network notice the switch later than the observer, or is it less sure of what it has noticed? We ask before every trial's first [observation](../book/glossary.md#term-observation): is the block's side the one that it finds likelier? ([Chapter 5](05_claim2_representations.ipynb) follows the state itself through a block, and [chapter 6](06_claim3_coupling.ipynb) the [belief](../book/glossary.md#term-belief) that can be read from it.)

# %% mystnb={"figure": {"caption": "**The network turns to the new block at about the same trial as the observer, but does not become as sure.** Fraction of trials in which the agent finds the block's side likelier before the first observation, by trial within the block; only blocks that follow a switch. Bands are 95% intervals over blocks.", "name": "fig-block-known"}, "image": {"alt": "Both curves start low and cross one half at about the fourth trial. The network's starts higher, rises more slowly and levels off near 0.9, the observer's rises steeply to nearly 1."}}
ibl.behavior.fig_block_known_by_trial(
    {session.agent: ibl.behavior.block_known_by_trial(session) for session in (rnn, observer)}
)

# %% [markdown] tags=["more"]
# ### Recovery where nothing is seen
#
# Do the choices of the chapter's agents follow the belief about the block as it turns? In trials of zero contrast nothing else can help.

# %% mystnb={"figure": {"caption": "**Without a stimulus, choices still follow the old block at first and the new one within ten trials.** Fraction correct on each trial of a block, in trials of zero contrast only, where nothing but the belief about the block can help.", "name": "fig-zero-by-trial"}, "image": {"alt": "At zero contrast the fraction correct of the network begins far below one half after a block change and rises above it within ten trials, as do the observer's and the released actor's, which end higher. The exact actor's, with its time-outs, stays below one half."}}
ibl.behavior.fig_correct_at_zero_strength(
    {
        name: ibl.behavior.correct_by_trial_in_block(session, strength=0.0)
        for name, session in agents.items()
    }
)

# %% tags=["hide-input"]
main = {name.removeprefix("claim1."): value for name, value in measured[0].items()}
knows = [ibl.behavior.favours_block(session).mean() for session in (rnn, observer)]
said(
    f"By the share of blocks, the network and its observer turn at about the same trial (the network {main['change_point_trials'].value:+.1f} "
    "trials from the observer; its *mean* state along the block readout, at the ends of trials, turns later than the "
    "observer's belief). But the network is less sure: over all trials it "
    f"finds the block's side likelier in {knows[0]:.2f}, the observer in {knows[1]:.2f}. Its *choices* "
    f"at zero contrast turn {main['change_point_trials_of_choices'].value:+.1f} trials from the "
    "observer's, with a wide interval, as trials of zero contrast are few."
)

# %% [markdown]
# ## Why is it behind?
#
# The paper gives two reasons. First, the network is slightly worse than the actor partly because its integration of evidence within a trial is suboptimal. Second, at zero contrast its fraction correct is closer to chance (the *gap* between concordant and discordant trials is smaller), and that is because it underweights a prior that it knows. Four agents, from the actor to the network, separate the possible reasons; each has one reason more than the one before to be behind:
#
# * the **released actor**, which decides for itself when to act, and has the two faults of [chapter 3](03_bayesian_baselines.ipynb);
# * the **observer**: exact inference, but at the moments at which the network answers;
# * exact inference at those moments that starts each trial from **the network's own belief**, read from its output before the first observation (`ibl.behavior.from_own_belief`), instead of from the past sides;
# * the **network**, which has the same belief and the same observations, and weighs them in its own way.

# %%
parts = pd.DataFrame(
    {
        "when it acts, and faults": [main["acting_sooner"].value, np.nan],
        "belief before the trial": np.nan,
        "weighing of belief and evidence": [
            main["evidence_lost"].value,
            main["underweights_prior"].value,
        ],
    },
    index=["correct, all trials", "gap at zero contrast"],
)
parts.iloc[1, 1] = main["contraction_from_belief"].value
parts.iloc[0, 1] = 1 - parts.iloc[0, [0, 2]].sum()
parts.iloc[1, 0] = 1 - parts.iloc[1, [1, 2]].sum()
parts.round(2)

# %% tags=["hide-input"]
said(
    "(Shares of the difference between the released actor and the network; *gap* is concordant "
    f"minus discordant.) About half of what the network lacks, {parts.iloc[0, 0]:.2f}, is that it "
    "acts sooner: in this sense the paper's first reason is confirmed. But over all trials it loses nothing "
    "of what it sees by then: exact weighing of the same evidence, from the same belief, would be correct no more "
    f"often (share {parts.iloc[0, 2]:.2f}). The rest, {parts.iloc[0, 1]:.2f}, is that it knows less "
    f"about the block. Of the smaller gap at zero contrast, {parts.iloc[1, 1]:.2f} is the belief before "
    f"the trial, and {parts.iloc[1, 2]:.2f}, the paper's second reason, is how that belief is weighed."
)

# %% [markdown]
# So the network falls short mostly because it knows less about the block. Only in the few long trials of strong stimuli is a loss of evidence found as well.

# %% [markdown] tags=["more"]
# ### Is evidence lost in long trials?
#
# Does the network forget evidence within a trial? The shares of the chapter's table say that it loses next to nothing of what it sees; they rest on its belief before the trial, read from its output.

# %% tags=["hide-input"]
strong = trials.strength >= 1
long = rnn.n_observations_seen >= 3
lead = main["lead_in_long_strong_trials"]
said(
    "A control that needs no model of the belief: evidence that fades within a trial would cost most "
    f"where there is most of it. In the {np.count_nonzero(strong & long):,} trials of strengths from "
    "1 on that lasted three observations or more, the observer is correct in "
    f"{lead.value:+.3f} more than the network (95% interval {lead.interval[0]:+.3f} to "
    f"{lead.interval[1]:+.3f}): no visible loss. But that is one network, one pair of limits, and few trials. So we let all "
    "networks play trials of their own, and move the limits. How much more often than the network is the observer "
    "correct in such trials (*observer minus RNN*)? And exact inference from the network's own belief, which differs "
    "from the network in nothing but the weighing of the evidence (*exact weighing minus RNN*)?"
)

# %%
played_alone = [
    ibl.rollout(
        ibl.RNNAgent(network),
        ibl.sample_trials(
            task, n_sessions=max(1, n_sessions // 2), n_blocks=20, seed=trials_seed + 1 + k
        ),
    )
    for k, network in enumerate(networks)
]
more_correct = {
    "observer": [ibl.observe(one).correct for one in played_alone],
    "exact weighing": [
        ibl.behavior.from_own_belief(one) == one.trials.side for one in played_alone
    ],
}
leads, weighing = {}, {}
for weakest in (0.5, 1.0, 1.5):
    for least in (2, 3, 4):
        chosen = [
            (one.trials.strength >= weakest) & (one.n_observations_seen >= least)
            for one in played_alone
        ]
        row = {"trials of all networks": sum(where.sum() for where in chosen)}
        for name, of in more_correct.items():
            found = ibl.core.mean_of_independent(
                [
                    other[where].mean() - one.correct[where].mean()
                    for other, one, where in zip(of, played_alone, chosen, strict=True)
                ],
                over="trials and networks",
            )
            low, high = found.interval or (np.nan, np.nan)
            row[f"{name} minus RNN"] = ibl.core.plus_minus(found.value, low, high)
            weighing[name, weakest, least] = found
        leads[f"from {weakest:g}", f"{least} or more"] = row
leads = pd.DataFrame(leads).T.rename_axis(["strength", "observations"])
leads

# %% tags=["hide-input"]
lost = weighing["exact weighing", 1.5, 3]
low, high = lost.interval or (np.nan, np.nan)
share = leads.loc[("from 1.5", "3 or more"), "trials of all networks"] / sum(
    len(one.trials) for one in played_alone
)
said(
    "So there is a loss after all, and it grows with the strength of the stimulus and the length of the trial. In trials of "
    f"strengths from 1.5 on that lasted three observations or more, exact weighing would be correct in {lost.value:.3f} more "
    f"(95% interval {low:.3f} to {high:.3f}). These are {share:.1%} of all trials: those in which the network hesitated "
    "although there was much to see. Over all trials the loss therefore counts for next to nothing."
)

# %% [markdown] tags=["more"]
# ## Reward by the number of observations
#
# How does reward depend on how long an agent looks? The paper's "reward rate" is the fraction of trials rewarded among those that ended after so many observations. Each agent decides by itself when to act, so the trials of one point differ between agents; the observer's are the network's. Reward per *time step* is another matter: over all trials (the chapter's first table) the network earns more per [step](../book/glossary.md#term-step) than either actor, because most of its trials are short. The second panel does not show that, since it compares only trials of the same length.

# %% mystnb={"figure": {"caption": "**The longer its trials last, the further the network falls behind its observer.** Outcome of trials by the number of observations after which they ended: fraction rewarded, and reward per step. Few trials of the network last long. Bands are 95% intervals over blocks. Compare Fig. 3c.", "name": "fig-3c"}, "image": {"alt": "Two panels against number of observations. The fraction rewarded falls for the network and, less, for its observer, so that the two are close after one observation and apart after five. The released actor's stays high for longer, the exact actor's is highest and flat until time runs out. Reward per step falls for all."}}
rewards = {name: ibl.behavior.reward_by_observations(session) for name, session in agents.items()}
ibl.behavior.fig_3c_reward_by_observations(rewards)

# %% tags=["hide-input"]
rewarded = [rewards[session.agent].correct for session in (rnn, observer)]
behind = rewarded[1].mean - rewarded[0].mean
said(
    "In the first panel, the longer a trial, the further the network falls behind its "
    f"observer, from {behind[0]:.2f} after one observation to {behind[4]:.2f} after five. That costs "
    f"little: {rewarded[0].n[0]:,} trials end after one observation, {rewarded[0].n[4]:,} after five. "
    "In the mean of the five points, which is how the figure weighs them, those few count as much "
    "as all the others; so it differs from one set of trials to another. Why long trials? They are "
    "mostly of weak stimuli, where the block's side counts most. Exercise 1 looks at them."
)

# %% [markdown] tags=["more"]
# ## Further views
#
# How do the agents of the chapter behave over the strengths of stimuli, the steps of a trial and the lengths of blocks? Three plots that the released code draws and the paper leaves out.

# %% mystnb={"figure": {"caption": "**The network is the fastest, and its speed depends least on the stimulus.** Steps per trial by stimulus strength, all trials together. Bands are 95% intervals over blocks; the observer's steps are the network's.", "name": "fig-steps-by-strength"}, "image": {"alt": "Steps per trial fall with stimulus strength for all agents; the network's curve is the lowest and flattest; the exact actor's is the steepest and on weak stimuli by far the highest."}}
ibl.behavior.fig_steps_by_strength(
    {
        name: ibl.behavior.steps_by_strength(agents[name])
        for name in ("RNN", released.agent, exact.agent)
    }
)

# %% mystnb={"figure": {"caption": "**A forced choice is most accurate at the first observation, because only hard trials go on.** How often the likelier side is correct at every step, among the trials that lasted so long. On the blank steps (shaded) there is only the belief about the block.", "name": "fig-correct-by-step"}, "image": {"alt": "Accuracy by step within the trial: on the blank steps around 0.7, highest at the first observation, and lower over later steps, which only hard trials reach."}}
ibl.behavior.fig_correct_by_step(
    {name: ibl.behavior.correct_by_step(session) for name, session in agents.items()},
    n_blank_steps=task.n_blank_steps,
)

# %% mystnb={"figure": {"caption": "**Recovery after a switch does not depend on how long the previous block was.** Slope and start of a line through the outcomes of a block's first ten trials, by the length of the block before. Bars are 95% intervals over blocks; horizontal lines are the means over all blocks.", "name": "fig-recovery"}, "image": {"alt": "Slope and intercept of the recovery after a block change against the previous block's length, for the network and its observer: nearly all bars cross the line at the mean over all blocks, the two are alike, and neither shows a trend."}}
ibl.behavior.fig_recovery_by_previous_block(
    {
        name: ibl.behavior.recovery_by_previous_block(agents[name])
        for name in ("RNN", observer.agent)
    }
)

# %% [markdown] tags=["more"]
# ## All networks
#
# Are networks that differ only in the seed of their training alike? They hardly differ. (The last three rows are explained in the chapter, under *Why is it behind?*)

# %% mystnb={"figure": {"caption": "**All networks behave alike; in all of them the observer's lead comes from the belief before the trial.** A point is a network; all play the same trials. Lines are published values, shading is what counts as agreeing with the paper. The last two rows are the shares of two explanations for the network's smaller use of the block: the paper expects the first near 0 and the second near 1.", "name": "fig-networks"}, "image": {"alt": "Rows of dots, one for each network and close together: fraction correct, observer minus RNN, fraction correct at zero contrast on concordant and on discordant trials, and three shares: of the observer's lead that comes from the belief before the trial, and of the smaller gap at zero contrast that comes from that belief and from weighing it."}}
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
rows = {
    "rnn_correct": "correct (fraction of trials)",
    "observer_minus_rnn": "observer minus RNN, correct (fraction of trials)",
    "rnn_zero_concordant": "zero contrast, concordant: correct (fraction)",
    "rnn_zero_discordant": "zero contrast, discordant: correct (fraction)",
    "lead_from_belief": "of the observer's lead, from the belief before the trial (share)",
    "contraction_from_belief": "of the smaller gap, from the belief before the trial (share)",
    "underweights_prior": "of the smaller gap, from weighing that belief (share)",
}
ibl.core.fig_seeds(
    {title: [one[f"claim1.{name}"].value for one in measured] for name, title in rows.items()},
    {title: claims[f"claim1.{name}"].published for name, title in rows.items()},
    bands={title: claims[f"claim1.{name}"].accepted for name, title in rows.items()},
)

# %% [markdown]
# ## Is the actor the ceiling?
#
# The paper calls the actor's performance the ceiling. With the threshold of 0.9, the exact actor is *below* the network: it waits for a certainty that weak stimuli seldom give, and runs out of time. The released actor is above the network, because its over-confident posterior makes it act in time ([chapter 3](03_bayesian_baselines.ipynb)). That is no failure of Bayesian inference: with a better rule for when to answer, the same posterior is above them all, and [chapter 12](12_ideal_observers.ipynb) calculates the true ceiling at every speed.
#
# ## What follows
#
# The network behaves like an ideal observer that is a little less sure of the block. Two questions follow from that. Where does it keep what it believes? [Chapter 5](05_claim2_representations.ipynb) looks for it in the state. And why is its belief about the block weaker than it could be? That is the subject of [chapter 6](06_claim3_coupling.ipynb). Whether mice behave like this is asked in [chapter 13](13_mice.ipynb).

# %% [markdown]
# ## Our numbers beside the paper's
#
# Intervals are over blocks of the [main network](../book/glossary.md#term-main-network)'s trials; the range is over networks. Not every row is a statement of the paper: some ask the same under another reading, and some are controls of this book ([Published and measured](../book/claims.md) lists them separately).

# %%
measured[0]["claim1.evidence_lost_in_long_strong_trials"] = lost
report(
    {name: measured[0][name] for name in claims if name in measured[0]},  # in the ledger's order
    profile=profile,
    detail=f"{len(trials):,} trials, range over {n_seeds} networks",
    networks=[
        {
            name: one[name]
            for name in one
            if "networks" in claims[name].over and claims[name].networks == 1
        }
        for one in measured
    ],
)

# %% [markdown]
# The paper's 0.855 for all trials is a little more than any of these networks reaches. There is an explanation: the released analysis changes the network *in place* before it plays, and networks changed like that are correct a little more often. [Chapter 10](10_paper_versus_code.ipynb) does it, under *A changed network*.

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: what is lost in long trials? (40 min, advanced)
#
# In long trials of strong stimuli the network is hardly behind its observer. Is it in long trials of strength 0, and further than in short ones? `behavior.paired_difference(observer, rnn, "correct", where=...)` is the gap over any trials, `rnn.n_observations_seen` their length. Where the gap grows: how often do the network and its observer favour the block's side before the first observation (`behavior.favours_block(session)`)? And how often is it chosen at the end, by the network, its observer, and exact inference from the network's own belief (`behavior.from_own_belief(rnn)`)?

# %% tags=["solution"]
# @title Solution 1
short = rnn.n_observations_seen == 1
nothing_shown = trials.strength == 0
gap = {
    length: ibl.behavior.paired_difference(observer, rnn, "correct", where=nothing_shown & lasted)
    for length, lasted in (("short", short), ("long", long))
}
lost_at = nothing_shown & long
before = [ibl.behavior.favours_block(session)[lost_at].mean() for session in (rnn, observer)]
after = [
    (choice == trials.block_side)[lost_at].mean()
    for choice in (rnn.choice, observer.choice, ibl.behavior.from_own_belief(rnn))
]

answer(
    "04.1",
    f"At strength 0 the gap grows from {gap['short'].mean:.3f} after one observation to "
    f"{gap['long'].mean:.3f} after three or more. In these long trials the network favours the "
    f"block's side in {before[0]:.2f} before it sees anything and chooses it in {after[0]:.2f}; the "
    f"observer in {before[1]:.2f} and {after[1]:.2f}. Part is missing before the trial begins, more "
    f"is lost to noise during it. Not all of that is a second fault, as a weaker belief has to give way "
    f"sooner: from the network's own, exact inference would choose the block's side in {after[2]:.2f}.",
    gap["long"].low > gap["short"].high
    and before[0] < before[1] - 0.05
    and before[0] - after[0] > before[1] - after[1] + 0.02
    and after[0] < after[2] < (after[0] + after[1]) / 2,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: blocks that say nothing (25 min, intermediate)
#
# Let the network play 200 blocks of `TaskParams(concordance=0.5)`: blocks no longer say anything about the stimulus. Does it notice? How often does its choice at strength 0 follow the side that the past sides would make likelier if the concordance were still 0.8 (`SidePrior(task).over(...) > 0.5`)? And what does it cost, compared with an observer of it that ignores blocks, `observe(session, "blockless")`?

# %% tags=["solution"]
# @title Solution 2
useless = ibl.sample_trials(
    replace(task, concordance=0.5), n_sessions=10, n_blocks=20, seed=trials_seed
)
fooled = ibl.rollout(ibl.RNNAgent(networks[0]), useless)
blind = (useless.strength == 0) & ~fooled.timed_out
follows = ((fooled.choice > 0) == (ibl.agents.SidePrior(task).over(useless) > 0.5))[blind].mean()
usual = ((rnn.choice > 0) == (ibl.agents.SidePrior(task).over(trials) > 0.5))[
    nothing_shown & ~rnn.timed_out
].mean()
cost = ibl.behavior.paired_difference(ibl.observe(fooled, "blockless"), fooled, "correct")

answer(
    "04.2",
    f"It does not notice. At strength 0 it follows the past in {follows:.2f} of its choices "
    f"(in its own task in {usual:.2f}), though that is correct in half of them. It is correct in "
    f"{cost.mean:.3f} fewer of all trials than the observer that ignores blocks (95% interval "
    f"{cost.low:.3f} to {cost.high:.3f}). Its weights are fixed: it goes on assuming what it "
    "learned in training.",
    follows > 0.55 and cost.low > 0,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: the first trial of a block (20 min, basic)
#
# An agent is correct in a fraction $c$ of the zero-contrast trials late in a block, and it knows nothing of the switch to come. In what fraction should it be correct, at zero contrast, on the first trial of the next block? Work it out, then check it for the agents of this chapter (`trials.trial_in_block`; a session's first block, `trials.block == 0`, follows none).

# %% tags=["solution"]
# @title Solution 3
late = nothing_shown & (trials.trial_in_block >= task.min_block_length)
first = nothing_shown & (trials.trial_in_block == 0) & (trials.block > 0)
found = {
    session.agent: (session.correct[late].mean(), session.correct[first].mean())
    for session in (rnn, observer)
}
chance = (found["RNN"][0] * (1 - found["RNN"][0]) / first.sum()) ** 0.5

answer(
    "04.3",
    "1 - c: it chooses as it did before the switch, and now the other side is the frequent one. "
    + " ".join(
        f"{agent}: c = {c:.2f}, so {1 - c:.2f}; found {correct:.2f}."
        for agent, (c, correct) in found.items()
    )
    + f" (With {first.sum()} such trials, the standard error is {chance:.2f}.) It does not "
    "hold for the actors, whose time-outs are wrong before and after.",
    all(abs(correct - (1 - c)) < 3 * chance and correct < 0.4 for c, correct in found.values()),
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Ask the same of another seed, or of a network with 100 units: `papermill notebooks/04_claim1_behavior.ipynb out.ipynb -p seed 2` or `-p n_units 100`. A network that does not ship with the package is trained first.
# * Which of these findings survive the loss of the paper's text, `-p loss cross_entropy`?
# * At which concordance does the network's use of the blocks neither pay nor cost, measured as in exercise 2? And how many more trials could it answer correctly at a concordance of 0.95?
