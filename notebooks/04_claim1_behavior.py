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
# All agents play the *same* trials, so the differences between them are not due to luck. The Bayesian actor is shown twice: as released, which is what the paper's figures show, and with the exact posterior.
#
# **Time:** about a quarter of a minute. The network is the one of the training page, or the one that ships with the package.

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
seed: int = 1  # of the network
n_units: int = 50  # hidden units of the network
loss: str = "neg_prob_correct"  # or cross_entropy
n_blocks: int = 0  # blocks to play; 0: what the profile says
trials_seed: int = 10_000  # of the trials that all agents play

# %%
from dataclasses import replace

import numpy as np

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report

n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=1_000, paper=5_000)
n_sessions = max(1, n_blocks // 20)
task = ibl.TaskParams()
(trained,), origin = ibl.networks_for(
    [ibl.TrainParams(seed=seed, n_units=n_units, loss=loss)], task
)
print(origin)

# %%
trials = ibl.sample_trials(task, n_sessions=n_sessions, n_blocks=20, seed=trials_seed)
rnn = ibl.rollout(ibl.RNNAgent(trained.network), trials)
observer = ibl.observe(rnn)
released = ibl.rollout(ibl.BayesianActor(task, "released"), trials)
exact = ibl.rollout(ibl.BayesianActor(task, name="Bayesian actor (exact)"), trials)
agents = {session.agent: session for session in (rnn, observer, released, exact)}
print(f"{len(trials):,} trials in {n_sessions * 20:,} blocks")

# %%
ibl.summary_table(agents).round(4)

# %% [markdown]
# ## Accuracy by stimulus strength

# %% mystnb={"figure": {"caption": "Outcomes of the network's trials by stimulus strength (bars), with the fraction correct of the Bayesian baselines on the same trials (points, 95% intervals over blocks). Compare Fig. 2a of the paper.", "name": "fig-2a"}, "image": {"alt": "Stacked bars of correct, wrong and timed-out trials by stimulus strength; the correct part grows from about 0.62 at strength 0 to nearly 1 at 2.5 and the observer's points lie just above it."}}
outcomes = {name: ibl.behavior.outcomes_by_strength(session) for name, session in agents.items()}
ibl.behavior.fig_2a_outcomes_by_strength(
    outcomes["RNN"], {name: o.correct for name, o in outcomes.items() if name != "RNN"}
)

# %% [markdown]
# ## Speed
#
# Weak stimuli take longer. So do correct answers against the block, and wrong answers with it: the block pulls one way, the stimulus the other. The Bayesian actors wait longer than the network wherever the stimulus is weak.

# %% mystnb={"figure": {"caption": "Steps per trial of the network by stimulus strength, split by outcome and by concordance. Bands are 95% intervals over blocks; the first two steps are blank. Compare Fig. 2b.", "name": "fig-2b"}, "image": {"alt": "Four chronometric curves of the network between three and four steps; correct trials get faster as the stimulus gets stronger, discordant correct trials are slowest."}}
chronometric = {name: ibl.behavior.chronometric(session) for name, session in agents.items()}
ibl.behavior.fig_2b_chronometric(chronometric["RNN"])

# %% mystnb={"figure": {"caption": "Steps per trial of the network and of both Bayesian actors. Compare Fig. 2c, which shows the actor as released.", "name": "fig-2c"}, "image": {"alt": "Chronometric curves in panels by outcome and concordance: the actors' curves lie above the network's on weak stimuli and approach it on strong ones."}}
ibl.behavior.fig_2c_chronometric_of_agents(
    {name: chronometric[name] for name in ("RNN", released.agent, exact.agent)}
)

# %% [markdown]
# ## Use of the block
#
# With no stimulus at all, only the block can help. An agent that acts on the block alone is right on concordant trials and wrong on discordant ones; one that ignores it is at one half on both.

# %% mystnb={"figure": {"caption": "Fraction correct by stimulus strength on concordant and discordant trials. Bands are 95% intervals over blocks. Compare Fig. 3a.", "name": "fig-3a"}, "image": {"alt": "Fraction correct rises with strength; at zero strength concordant trials lie above 0.7 and discordant ones below 0.3, and both meet near 1 at the strongest stimulus."}}
by_strength = {name: ibl.behavior.correct_by_strength(session) for name, session in agents.items()}
ibl.behavior.fig_3a_correct_by_concordance(
    by_strength, references={"the block prior, 0.8 and 0.2": [0.8, 0.2]}
)

# %% mystnb={"figure": {"caption": "Right choices by signed stimulus strength, in left and in right blocks. The shift between the two curves is the use of the block.", "name": "fig-psychometric"}, "image": {"alt": "Psychometric curves of each agent: the curve of right blocks lies above that of left blocks, most at strength 0."}}
ibl.behavior.fig_psychometric({name: ibl.psychometric(s) for name, s in agents.items()})

# %% [markdown]
# ## After a block has changed

# %% mystnb={"figure": {"caption": "Fraction correct on each trial of a block. Bands are 95% intervals over blocks. Compare Fig. 3b.", "name": "fig-3b"}, "image": {"alt": "Fraction correct is lowest on the first trials of a block and recovers within about ten trials, in the network as in the observer."}}
ibl.behavior.fig_3b_correct_by_trial_in_block(
    {name: ibl.behavior.correct_by_trial_in_block(session) for name, session in agents.items()}
)

# %% mystnb={"figure": {"caption": "The same at zero contrast, where nothing but the belief about the block can help.", "name": "fig-zero-by-trial"}, "image": {"alt": "At zero contrast the fraction correct begins far below one half after a block change and rises above it within ten trials."}}
ibl.behavior.fig_correct_at_zero_strength(
    {
        name: ibl.behavior.correct_by_trial_in_block(session, strength=0.0)
        for name, session in agents.items()
    }
)

# %% [markdown]
# ## Reward by the number of observations
#
# The paper's "reward rate" is the fraction of trials rewarded among those that ended after so many observations. Each agent decides by itself when to act, so the trials of one point differ between agents; the observer's are the network's. Reward per *time step* tells another story: over all trials (table at the top) the network earns more per step than either actor, because most of its trials are short. The right panel does not show that, since it compares only trials of the same length.
#
# Look at the left panel again: the longer a trial, the further the network falls behind its observer, from about 0.01 after one observation to about 0.1 after five. The observer keeps all the evidence of a trial, and all that the past told of the block; the network does not. That costs little, because few trials are long. Is it the evidence of the trial that is missing then, or the block? The first exercise tells them apart.

# %% mystnb={"figure": {"caption": "Outcome of trials by the number of observations after which they ended: fraction rewarded, and reward per step. Compare Fig. 3c.", "name": "fig-3c"}, "image": {"alt": "Two panels against number of observations. The fraction rewarded falls for all agents; the network's lies just below the observer's and below the released actor's."}}
rewards = {name: ibl.behavior.reward_by_observations(session) for name, session in agents.items()}
ibl.behavior.fig_3c_reward_by_observations(rewards)

# %% [markdown]
# ## Further views
#
# Three plots that the released code draws and the paper leaves out.

# %% mystnb={"figure": {"caption": "Steps per trial by stimulus strength, all trials together. Bands are 95% intervals over blocks; the observer's steps are the network's.", "name": "fig-steps-by-strength"}, "image": {"alt": "Steps per trial fall with stimulus strength for all agents; the network's curve is the lowest and flattest, the exact actor's the highest and steepest."}}
ibl.behavior.fig_steps_by_strength(
    {
        name: ibl.behavior.steps_by_strength(agents[name])
        for name in ("RNN", released.agent, exact.agent)
    }
)

# %% mystnb={"figure": {"caption": "Accuracy of a forced choice at every step, among the trials that lasted so long. On the blank steps (shaded) only the block can tell; late steps are those of hard trials.", "name": "fig-correct-by-step"}, "image": {"alt": "Accuracy by step within the trial: on the blank steps around 0.7, highest at the first observation, and falling over later steps, which only hard trials reach."}}
ibl.behavior.fig_correct_by_step(
    {name: ibl.behavior.correct_by_step(session) for name, session in agents.items()},
    n_blank_steps=task.n_blank_steps,
)

# %% mystnb={"figure": {"caption": "A line through the outcomes of a block's first ten trials, by the length of the block before: its slope and its start. Bars are 95% intervals over blocks.", "name": "fig-recovery"}, "image": {"alt": "Slope and intercept of the recovery after a block change against the previous block's length: both nearly flat."}}
ibl.behavior.fig_recovery_by_previous_block(
    {
        name: ibl.behavior.recovery_by_previous_block(agents[name])
        for name in ("RNN", observer.agent)
    }
)

# %% [markdown]
# ## Is the actor the ceiling?
#
# The paper calls the actor's performance the ceiling. The exact actor is *below* the network: it waits for a certainty of 0.9 that weak stimuli never give, and runs out of time. The released actor is above it thanks to an over-confident posterior that acts in time. See the page on the baselines.

# %% [markdown]
# ## Our numbers beside the paper's

# %%
measured = ibl.behavior.measure_claim_1(rnn, observer, released, exact)
report(measured, profile=profile, detail=f"{len(trials):,} trials")

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: what is lost in long trials?
#
# The longer a trial, the further the network is behind its observer. But long trials are those of weak stimuli. Compare like with like: does the gap grow with the number of observations also among trials of strength 0, and among those of strength 1 and more? `behavior.paired_difference(observer, rnn, "correct", where=...)` is the gap over any trials, `rnn.n_observations_seen` their length. Where the gap grows: which of the two knows the block's side better, before the first observation (`.p_right[:, task.n_blank_steps - 1]`) and at the end (`.choice`)?

# %% tags=["solution"]
# @title Solution 1
short, long = rnn.n_observations_seen == 1, rnn.n_observations_seen >= 3
nothing_shown = trials.strength == 0
gap = {
    (kind, length): ibl.behavior.paired_difference(observer, rnn, "correct", where=of & lasted)
    for kind, of in (("zero", nothing_shown), ("strong", trials.strength >= 1))
    for length, lasted in (("short", short), ("long", long))
}
lost_at = nothing_shown & long
before, after = {}, {}  # the side of the block is the likelier one, or the chosen one
for session in (rnn, observer):
    likelier = np.where(session.p_right[:, task.n_blank_steps - 1] > 0.5, 1, -1)
    before[session.agent] = (likelier == trials.block_side)[lost_at].mean()
    after[session.agent] = (session.choice == trials.block_side)[lost_at].mean()
bayes = observer.agent

answer(
    "04.1",
    f"At strength 0 the gap grows from {gap['zero', 'short'].mean:.3f} after one observation to "
    f"{gap['zero', 'long'].mean:.3f} after three or more. In such long trials of strengths "
    f"from 1 on there is none to be seen (95% interval {gap['strong', 'long'].low:.3f} to "
    f"{gap['strong', 'long'].high:.3f}), so evidence is hardly lost. It is the block: in the long "
    f"trials of strength 0 the network favours the block's side in {before['RNN']:.2f} before it "
    f"sees anything and chooses it in {after['RNN']:.2f}; the observer in {before[bayes]:.2f} and "
    f"{after[bayes]:.2f}. Part is missing before the trial begins, more is given away to noise.",
    gap["zero", "long"].low > gap["zero", "short"].high
    and abs(gap["strong", "short"].mean) < 0.02
    and abs(gap["strong", "long"].mean) < 0.04
    and before["RNN"] < before[bayes] - 0.05
    and before["RNN"] - after["RNN"] > before[bayes] - after[bayes] + 0.02,
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
fooled = ibl.rollout(ibl.RNNAgent(trained.network), useless)
blind = (useless.strength == 0) & ~fooled.timed_out
follows = ((fooled.choice > 0) == (ibl.agents.SidePrior(task).over(useless) > 0.5))[blind].mean()
usual = ((rnn.choice > 0) == (ibl.agents.SidePrior(task).over(trials) > 0.5))[
    nothing_shown & ~rnn.timed_out
].mean()
cost = ibl.behavior.paired_difference(ibl.observe(fooled, "blockless"), fooled, "correct")

answer(
    "04.2",
    f"It does not notice. At strength 0 it follows the past in {follows:.2f} of its choices "
    f"(in its own task in {usual:.2f}), though that is right in half of them. It is right in "
    f"{cost.mean:.3f} fewer of all trials than the observer that ignores blocks (95% interval "
    f"{cost.low:.3f} to {cost.high:.3f}). Its weights are fixed: what it learned in training about "
    "this world it takes for true of any.",
    follows > 0.55 and cost.low > 0,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: the first trial of a block
#
# An agent that is right in a fraction $c$ of the zero-contrast trials late in a block knows nothing of the switch to come. What fraction should it get right, at zero contrast, on the first trial of the next block? Work it out, then check it for the agents of this page (`trials.trial_in_block`; a session's first block, `trials.block == 0`, follows none).

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
