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
# The paper's first claim is about behaviour alone (section 3.1, Figs. 2 and 3): the network is nearly as accurate as a Bayesian observer that sees the same observations, it takes longer when the stimulus is weak, it leans on the block when the stimulus tells little, and it finds out quickly that a block has changed.
#
# All agents play the *same* trials, so the differences between them are not due to luck. The Bayesian actor is shown twice: as released, which is what the paper's figures show, and with the exact posterior. Figures show the main network; every number is measured in several networks (nine at `page`) that differ only in the seed of their training, and the table at the end has their range.
#
# **Time:** about a quarter of a minute. The networks are those of the training page, or those that ship with the package.

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
print(origin)

# %%
trials = ibl.sample_trials(task, n_sessions=n_sessions, n_blocks=20, seed=trials_seed)
rnn = ibl.rollout(ibl.RNNAgent(networks[0]), trials)
observer = ibl.observe(rnn)
released = ibl.rollout(ibl.BayesianActor(task, "released"), trials)
exact = ibl.rollout(ibl.BayesianActor(task, name="Bayesian actor (exact)"), trials)
agents = {session.agent: session for session in (rnn, observer, released, exact)}
measured = [ibl.behavior.measure_claim_1(rnn, observer, released, exact)]
for network in networks[1:]:
    other = ibl.rollout(ibl.RNNAgent(network), trials)
    measured.append(ibl.behavior.measure_claim_1(other, ibl.observe(other), released, exact))
print(f"{len(trials):,} trials in {n_sessions * 20:,} blocks")

# %%
ibl.summary_table(agents).round(4)

# %% mystnb={"figure": {"caption": "The network's accuracy, where it comes from, and its use of the block in every network, beside the published values. All networks play the same trials.", "name": "fig-networks"}, "image": {"alt": "Rows of dots, one for each network and close together: fraction correct, observer minus RNN, fraction correct at zero contrast on concordant and on discordant trials, and three shares: of the observer's lead that comes from the belief before the trial, and of the smaller gap at zero contrast that comes from that belief and from weighing it."}}
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
# The networks are hardly different from each other: what is said below of one can be said of all. (What the last three rows are comes below, under *Why is it behind?*)
#
# ## Accuracy by stimulus strength

# %% mystnb={"figure": {"caption": "Outcomes of the network's trials by stimulus strength (bars), with the fraction correct of the Bayesian baselines on the same trials (points, 95% intervals over blocks). Compare Fig. 2a of the paper.", "name": "fig-2a"}, "image": {"alt": "Stacked bars of correct, wrong and timed-out trials by stimulus strength; the correct part grows with strength to nearly 1. The points of the observer lie a little above it, those of the released actor well above it at strength 0 and close to it from strength 1.5 on; the exact actor's lie far below it at strength 0, where most of its trials time out, and above it from strength 1 on."}}
outcomes = {name: ibl.behavior.outcomes_by_strength(session) for name, session in agents.items()}
ibl.behavior.fig_2a_outcomes_by_strength(
    outcomes["RNN"], {name: o.correct for name, o in outcomes.items() if name != "RNN"}
)

# %% [markdown]
# ## Speed
#
# Weak stimuli take longer. So do answers against the block: correct ones on discordant trials, and wrong ones on concordant trials. The Bayesian actors wait longer than the network wherever the stimulus is weak.

# %% mystnb={"figure": {"caption": "Steps per trial of the network by stimulus strength, split by outcome and by concordance. Bands are 95% intervals over blocks; the first two steps are blank. Compare Fig. 2b.", "name": "fig-2b"}, "image": {"alt": "Four chronometric curves of the network between three and four steps; all get faster as the stimulus gets stronger; discordant correct trials are slowest, concordant correct ones fastest."}}
chronometric = {name: ibl.behavior.chronometric(session) for name, session in agents.items()}
ibl.behavior.fig_2b_chronometric(chronometric["RNN"])

# %% mystnb={"figure": {"caption": "Steps per trial of the network and of both Bayesian actors. Compare Fig. 2c, which shows the actor as released.", "name": "fig-2c"}, "image": {"alt": "Chronometric curves in panels by outcome and concordance: the actors' curves lie above the network's on weak stimuli, most on answers against the block, and approach it on strong ones."}}
ibl.behavior.fig_2c_chronometric_of_agents(
    {name: chronometric[name] for name in ("RNN", released.agent, exact.agent)}
)

# %% [markdown]
# ## Use of the block
#
# With no stimulus at all, only the block can help. An agent that knows the block's side and acts on it alone is correct on concordant trials and wrong on discordant ones; one that ignores it is at one half on both.

# %% mystnb={"figure": {"caption": "Fraction correct by stimulus strength on concordant and discordant trials. Bands are 95% intervals over blocks. Compare Fig. 3a.", "name": "fig-3a"}, "image": {"alt": "Fraction correct rises with strength and the two kinds of trials approach each other. At strength 0 the network is near 0.7 on concordant and 0.3 on discordant trials, the observer and the released actor further apart, and the exact actor low on both because of its time-outs. At the strongest stimulus concordant trials are near 1, and discordant ones still lie below them, but for the exact actor."}}
by_strength = {name: ibl.behavior.correct_by_strength(session) for name, session in agents.items()}
ibl.behavior.fig_3a_correct_by_concordance(
    by_strength, references={"the block prior, 0.8 and 0.2": [0.8, 0.2]}
)

# %% mystnb={"figure": {"caption": "Right choices by signed stimulus strength, in left and in right blocks. The shift between the two curves is the use of the block.", "name": "fig-psychometric"}, "image": {"alt": "Psychometric curves of each agent: the curve of right blocks lies above that of left blocks, most at strength 0."}}
ibl.behavior.fig_psychometric({name: ibl.psychometric(s) for name, s in agents.items()})

# %% [markdown]
# ## After a block has changed

# %% mystnb={"figure": {"caption": "Fraction correct on each trial of a block. Bands are 95% intervals over blocks. Compare Fig. 3b.", "name": "fig-3b"}, "image": {"alt": "Fraction correct is lowest on the first trial of a block and recovers within about ten trials, in the network as in the observer. The released actor begins lower and rises faster; the exact one stays below all others."}}
ibl.behavior.fig_3b_correct_by_trial_in_block(
    {name: ibl.behavior.correct_by_trial_in_block(session) for name, session in agents.items()}
)

# %% mystnb={"figure": {"caption": "The same at zero contrast, where nothing but the belief about the block can help.", "name": "fig-zero-by-trial"}, "image": {"alt": "At zero contrast the fraction correct of the network begins far below one half after a block change and rises above it within ten trials, as do the observer's and the released actor's, which end higher. The exact actor's, with its time-outs, stays below one half."}}
ibl.behavior.fig_correct_at_zero_strength(
    {
        name: ibl.behavior.correct_by_trial_in_block(session, strength=0.0)
        for name, session in agents.items()
    }
)

# %% [markdown]
# Has the network found out later than the observer, or is it less sure of what it found? Ask before every trial's first observation: is the block's side the one that it finds likelier?

# %% mystnb={"figure": {"caption": "Fraction of trials before whose first observation the block's side is the likelier one, by trial within the block; blocks that follow a switch. Bands are 95% intervals over blocks.", "name": "fig-block-known"}, "image": {"alt": "Both curves start near zero and cross one half at about the fourth trial. The network's starts higher, rises more slowly and levels off near 0.9, the observer's rises steeply to nearly 1."}}
ibl.behavior.fig_block_known_by_trial(
    {session.agent: ibl.behavior.block_known_by_trial(session) for session in (rnn, observer)}
)

# %% tags=["hide-input"]
main = {name.removeprefix("claim1."): value for name, value in measured[0].items()}
knows = [ibl.behavior.favours_block(session).mean() for session in (rnn, observer)]
said(
    f"By the share of blocks, both turn at about the same trial (the network {main['change_point_trials'].value:+.1f} "
    "trials from the observer; its *mean* state along the block readout, at the ends of trials, turns later than the "
    "observer's belief, see the page on Claim 2). But the network is less sure: over all trials it has the block's "
    f"side for the likelier one in {knows[0]:.2f}, the observer in {knows[1]:.2f}. So its *choices* "
    f"at zero contrast turn {main['change_point_trials_of_choices'].value:+.1f} trials from the "
    "observer's, with a wide interval: few trials show nothing."
)

# %% [markdown]
# ## Why is it behind?
#
# The paper gives two reasons. The network is slightly worse than the actor partly because its integration of evidence within a trial is suboptimal; and at zero contrast it is contracted towards chance because it underweights the prior, and not for lack of knowing it. Four agents tell these apart, step by step:
#
# * the **released actor**, which decides for itself when to act, and has the two faults of the page on the baselines;
# * the **observer**: exact inference, but at the network's moments;
# * exact inference at the network's moments that starts each trial from **the network's own belief**, as its output tells it before the first observation (`ibl.behavior.from_own_belief`), instead of from the past sides;
# * the **network**, which has the same belief and the same observations, and makes of them what it makes.

# %%
parts = pd.DataFrame(
    {
        "when to act, and faults": [main["acting_sooner"].value, np.nan],
        "what is known of the block": np.nan,
        "what is made of it and of the evidence": [
            main["evidence_lost"].value,
            main["underweights_prior"].value,
        ],
    },
    index=["released actor minus RNN, correct", "the same, gap at zero contrast"],
)
parts.iloc[1, 1] = main["contraction_from_belief"].value
parts.iloc[0, 1] = 1 - parts.iloc[0, [0, 2]].sum()
parts.iloc[1, 0] = 1 - parts.iloc[1, [1, 2]].sum()
parts.round(2)

# %% tags=["hide-input"]
said(
    "(Shares of the difference between the released actor and the network; *gap* is concordant "
    f"minus discordant.) About half of what the network lacks, {parts.iloc[0, 0]:.2f}, is that it "
    "acts sooner: the paper's reason holds in this sense. But over all trials it loses nothing "
    "of what it sees by then: exact weighing of the same evidence, from the same belief, would be correct no more "
    f"often (share {parts.iloc[0, 2]:.2f}). The rest, {parts.iloc[0, 1]:.2f}, is that it knows less "
    "of the block. The same goes for the contraction at zero contrast: the larger part, "
    f"{parts.iloc[1, 1]:.2f}, is the belief before the trial, and {parts.iloc[1, 2]:.2f} is how it "
    "is weighed."
)

# %% tags=["hide-input"]
strong = trials.strength >= 1
long = rnn.n_observations_seen >= 3
lead = main["lead_in_long_strong_trials"]
said(
    "A control that needs no model of the belief: evidence that fades within a trial would cost most "
    f"where there is most of it. In the {np.count_nonzero(strong & long):,} trials of strengths from "
    "1 on that lasted three observations or more, the observer is correct in "
    f"{lead.value:+.3f} more than the network (95% interval {lead.interval[0]:+.3f} to "
    f"{lead.interval[1]:+.3f}): no loss to be seen. But that is one network, one pair of limits, and few trials. So let all "
    "networks play trials of their own, and move the limits: how much more of such trials does the observer answer "
    "correctly, and how much more would exact inference from the network's own belief, which leaves nothing but the "
    "weighing of the evidence?"
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
            row |= {name: found.value, f"{name}, low": low, f"{name}, high": high}
            weighing[name, weakest, least] = found
        leads[f"from strength {weakest:g}, {least} observations or more"] = row
leads = pd.DataFrame(leads).T
leads.round(3)

# %% tags=["hide-input"]
lost = weighing["exact weighing", 1.5, 3]
low, high = lost.interval or (np.nan, np.nan)
share = leads.loc["from strength 1.5, 3 observations or more", "trials of all networks"] / sum(
    len(one.trials) for one in played_alone
)
said(
    "So there is a loss after all, and the more the stronger the stimulus and the longer the trial. In trials of strengths "
    f"from 1.5 on that lasted three observations or more, exact weighing would be correct in {lost.value:.3f} more "
    f"({low:.3f} to {high:.3f}). These are {share:.1%} of all trials, chosen by the network's own hesitation although there "
    "was much to see, so that over all trials it counts for next to nothing."
)

# %% [markdown]
# ## Reward by the number of observations
#
# The paper's "reward rate" is the fraction of trials rewarded among those that ended after so many observations. Each agent decides by itself when to act, so the trials of one point differ between agents; the observer's are the network's. Reward per *time step* tells another story: over all trials (table at the top) the network earns more per step than either actor, because most of its trials are short. The right panel does not show that, since it compares only trials of the same length.

# %% mystnb={"figure": {"caption": "Outcome of trials by the number of observations after which they ended: fraction rewarded, and reward per step. Compare Fig. 3c.", "name": "fig-3c"}, "image": {"alt": "Two panels against number of observations. The fraction rewarded falls for the network and, less, for its observer, so that the two are close after one observation and apart after five. The released actor's stays high for longer, the exact actor's is highest and flat until time runs out. Reward per step falls for all."}}
rewards = {name: ibl.behavior.reward_by_observations(session) for name, session in agents.items()}
ibl.behavior.fig_3c_reward_by_observations(rewards)

# %% tags=["hide-input"]
rewarded = [rewards[session.agent].correct for session in (rnn, observer)]
behind = rewarded[1].mean - rewarded[0].mean
said(
    "Look at the left panel again: the longer a trial, the further the network falls behind its "
    f"observer, from {behind[0]:.2f} after one observation to {behind[4]:.2f} after five. That costs "
    f"little: {rewarded[0].n[0]:,} trials end after one observation, {rewarded[0].n[4]:,} after five. "
    "In the mean of the five points, which is how the figure weighs them, those few count as much "
    "as all the others; so it differs from one set of trials to another. Why long trials? They are "
    "mostly of weak stimuli, where the block's side counts most. The first exercise looks at them."
)

# %% [markdown]
# ## Further views
#
# Three plots that the released code draws and the paper leaves out.

# %% mystnb={"figure": {"caption": "Steps per trial by stimulus strength, all trials together. Bands are 95% intervals over blocks; the observer's steps are the network's.", "name": "fig-steps-by-strength"}, "image": {"alt": "Steps per trial fall with stimulus strength for all agents; the network's curve is the lowest and flattest; the exact actor's is the steepest and on weak stimuli by far the highest."}}
ibl.behavior.fig_steps_by_strength(
    {
        name: ibl.behavior.steps_by_strength(agents[name])
        for name in ("RNN", released.agent, exact.agent)
    }
)

# %% mystnb={"figure": {"caption": "Accuracy of a forced choice at every step, among the trials that lasted so long. On the blank steps (shaded) only the block can tell; late steps are those of hard trials.", "name": "fig-correct-by-step"}, "image": {"alt": "Accuracy by step within the trial: on the blank steps around 0.7, highest at the first observation, and lower over later steps, which only hard trials reach."}}
ibl.behavior.fig_correct_by_step(
    {name: ibl.behavior.correct_by_step(session) for name, session in agents.items()},
    n_blank_steps=task.n_blank_steps,
)

# %% mystnb={"figure": {"caption": "A line through the outcomes of a block's first ten trials, by the length of the block before: its slope and its start. Bars are 95% intervals over blocks; horizontal lines are the means over all blocks.", "name": "fig-recovery"}, "image": {"alt": "Slope and intercept of the recovery after a block change against the previous block's length, for the network and its observer: nearly all bars cross the line at the mean over all blocks, the two are alike, and neither shows a trend."}}
ibl.behavior.fig_recovery_by_previous_block(
    {
        name: ibl.behavior.recovery_by_previous_block(agents[name])
        for name in ("RNN", observer.agent)
    }
)

# %% [markdown]
# ## Is the actor the ceiling?
#
# The paper calls the actor's performance the ceiling. The exact actor is *below* the network: it waits for a certainty of 0.9 that weak stimuli seldom give, and runs out of time. The released actor is above it, because its over-confident posterior acts in time. See [the page on the baselines](03_bayesian_baselines.ipynb).

# %% [markdown]
# ## Our numbers beside the paper's
#
# Intervals are over blocks of the main network's trials; the range is over networks. Not every row is a statement of the paper: some ask the same under another reading, and two are controls of this book (the page *Published and measured* tells them apart).

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
# The paper's 0.855 for all trials is a little more than any of these networks reaches. There is an explanation: the released analysis changes the network *in place* before it plays, and networks changed like that are correct a little more often. [The page on paper and code](09_paper_versus_code.ipynb) does it, in *A changed network*.

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: what is lost in long trials?
#
# In long trials of strong stimuli the network is hardly behind its observer. Is it in long trials of strength 0, and further than in short ones? `behavior.paired_difference(observer, rnn, "correct", where=...)` is the gap over any trials, `rnn.n_observations_seen` their length. Where the gap grows: who favours the block's side before the first observation (`behavior.favours_block(session)`), and who chooses it at the end: the network, its observer, and exact inference from the network's own belief (`behavior.from_own_belief(rnn)`)?

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
    f"is given away to noise. Not all of that is a second fault, as a weaker belief has to give way "
    f"sooner: from the network's own, exact inference would choose the block's side in {after[2]:.2f}.",
    gap["long"].low > gap["short"].high
    and before[0] < before[1] - 0.05
    and before[0] - after[0] > before[1] - after[1] + 0.02
    and after[0] < after[2] < (after[0] + after[1]) / 2,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: blocks that say nothing
#
# Let the network play 200 blocks of `TaskParams(concordance=0.5)`: blocks no longer tell anything. Does it notice? How often does its choice at strength 0 follow the side that the past sides made likelier, for somebody who still believes in 0.8 (`SidePrior(task).over(...) > 0.5`)? And what does it cost, against an observer of it that ignores blocks, `observe(session, "blockless")`?

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
    f"{cost.low:.3f} to {cost.high:.3f}). Its weights are fixed: what it learned in training about "
    "this world it takes for true of any.",
    follows > 0.55 and cost.low > 0,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: the first trial of a block
#
# An agent that is correct in a fraction $c$ of the zero-contrast trials late in a block knows nothing of the switch to come. In what fraction should it be correct, at zero contrast, on the first trial of the next block? Work it out, then check it for the agents of this page (`trials.trial_in_block`; a session's first block, `trials.block == 0`, follows none).

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
# * In exercise 2, which concordance is the one at which use of the blocks, as the network makes it, neither pays nor costs? And how much does the network leave on the table at 0.95?
