# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The task: what the world does
#
# **Question.** What has to be inferred in the task of the International Brain Laboratory, and on which timescales?
#
# > **In short.**
# >
# > * Two causes are hidden: the side of this [trial](../book/glossary.md#term-trial)'s stimulus, over a few [steps](../book/glossary.md#term-step), and the side that the [block](../book/glossary.md#term-block) prefers, over dozens of trials.
# > * A single [observation](../book/glossary.md#term-observation) says less about the block than about the stimulus. The block has to be inferred over many trials.
# > * The paper's text and its code draw the lengths of blocks differently. Their means differ by about ten trials, and only with the text's law do many blocks last the full 100.
# > * *Caveat:* this is a simplified task. The network gets two noisy numbers at each step, where a mouse sees a grating; how the mice behave is the subject of [chapter 13](13_mice.ipynb).
#
# On every *trial* a stimulus appears on the left or on the right, and the animal, or the network, has to report the side. Within a trial the evidence is noisy and arrives step by step. Across trials there is a second hidden cause: in a *block* of 20 to 100 trials the stimulus is more often on one side, and the switch to the other side is not announced. So there are two things to infer: the **stimulus side**, over a few steps, and the **block side**, over dozens of trials (Schaeffer et al. 2020, section 2.1). The [glossary](../book/glossary.md) has the words of the field; [the tour](00_tour.ipynb) shows a drawn trial of the experiment.
#
# **Time:** a few seconds.

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
seed: int = 1  # of every random draw
n_blocks: int = 0  # blocks to sample; 0: what the profile says

# %%
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report

ibl.core.check_parameters(globals())

n_blocks = n_blocks or ibl.core.budget(profile, smoke=40, page=4_000, paper=20_000)
ibl.core.check_parameters(globals(), n_blocks=(40, 10**9))
params = ibl.TaskParams()

# %% [markdown]
# ## The generative model
#
# The block side $b_n \in \{-1, +1\}$ alternates from block to block. The stimulus side $s_n$ equals $b_n$ with probability 0.8 (a *concordant* trial). The [stimulus strength](../book/glossary.md#term-stimulus-strength) $\mu_n$ (the *contrast* of the mouse experiments) is one of six values, the weakest of which is 0: then the screen shows nothing, and only the block helps. On each step of the trial both sides give an observation, $o^L$ and $o^R$, with mean $\mu_n$ on the stimulus side, mean 0 on the other, and standard deviation 1. The [agent](../book/glossary.md#term-agent) acts when it is sure enough; after ten observations without an action the trial is over, a *time-out*. What an agent that knows this model can infer is the subject of [chapter 3](03_bayesian_baselines.ipynb).

# %% mystnb={"figure": {"caption": "**The block decides which side is likelier, and only the observations are seen.** The generative model of the task, after Fig. 1 of the paper: an arrow leads from a cause to what depends on it, the shaded node is what the agent observes, and a frame is repeated for every trial or step.", "name": "fig-task-model"}, "image": {"alt": "Graphical model: block side points to stimulus side, stimulus side and strength point to the left and right observations of every step; the block side of a trial depends on that of the trial before."}}
ibl.task.fig_1_generative_model(params)

# %% [markdown]
# ## A session
#
# Everything that the world decides is drawn in one go, before any agent acts. Two agents that are given the same `Trials` therefore see the same world. So every comparison in this book is a paired one, as in [chapter 4](04_claim1_behavior.ipynb), where the network and three Bayesian agents play the same trials. (A network that is being trained plays new trials at every step: [chapter 2](02_train_rnn.ipynb).) The [figure that opens this chapter](#fig-task-raster) shows the first 200 trials of such a world.

# %% tags=["teaches"]
trials = ibl.sample_trials(
    params,
    n_sessions=1,
    n_blocks=n_blocks,
    seed=seed,
)
print(f"{len(trials):,} trials in {n_blocks:,} blocks")

# %% tags=["lead"] mystnb={"figure": {"caption": "**Most stimuli are on the side of their block, about one in five is not.** The first 200 trials. Bands are blocks; each mark is a stimulus, placed by its side and strength; open marks are trials against the block (discordant).", "name": "fig-task-raster"}, "image": {"alt": "Raster of 200 trials. Most stimulus marks lie on the side of the block's band, about one in five lies on the other side."}}
ibl.task.fig_task_raster(trials)

# %% [markdown]
# In a single trial the *evidence* of a step is $d_t = o^R_t - o^L_t$. A strong stimulus is obvious at once; a weak one would need all ten observations, and still leave doubt. [Chapter 12](12_ideal_observers.ipynb) calculates how long it pays to go on looking.

# %% mystnb={"figure": {"caption": "**With a strong stimulus, one or two observations are enough to see the side.** All observations that one trial offers, with the means around which they scatter. An agent that acts earlier sees only the first of them; on the two blank steps there is nothing to see.", "name": "fig-task-trial"}, "image": {"alt": "Left and right observations on ten steps of one trial, scattering around two horizontal lines at the means of either side."}}
strong = int((trials.strength == max(params.strengths)).argmax())
ibl.task.fig_trial_observations(trials, trial=strong)

# %% mystnb={"figure": {"caption": "**One observation says less about the block than about the stimulus.** Distributions of the evidence of single observations, by block side and by stimulus side: sampled (areas) and in closed form (lines). The two densities of a panel overlap more in the first (blocks) than in the second (stimuli).", "name": "fig-task-evidence"}, "image": {"alt": "Two panels of overlapping densities of the evidence d. Those of left and right stimuli overlap; those of left and right blocks overlap more."}}
ibl.task.fig_stimuli_by_side(trials)

# %% [markdown]
# ## How long is a block? Text and code differ
#
# The paper's text describes a [hazard](../book/glossary.md#term-hazard) (the probability that the block ends) of 0.02 per trial from trial 20 on, with a forced switch after 100. Its released code draws a geometric length and draws again until it lies in 20 to 100. Both are "geometric between 20 and 100", and yet their means differ by ten trials and only one of them piles up at 100. This book uses the code's law, with which the published numbers were made; the other is one argument away. ([Chapter 10](10_paper_versus_code.ipynb) lists the places at which text and code differ, and what each of them changes.)

# %% tags=["teaches"]
lengths = {}
for law in ("truncated_geometric", "forced_switch"):
    world = ibl.sample_trials(
        replace(params, block_law=law),
        n_sessions=1,
        n_blocks=n_blocks,
        seed=seed,
    )
    lengths[law] = world.block_lengths

# %% mystnb={"figure": {"caption": "**Only the law of the paper's text piles up blocks at 100 trials.** Lengths of blocks under both laws, on a log scale: sampled (bars) and in closed form (dots).", "name": "fig-block-lengths"}, "image": {"alt": "Two histograms of block lengths from 20 to 100 trials, both decaying, in a straight line on a log scale; the forced-switch law has a tall bar at 100."}}
ibl.task.fig_block_lengths(lengths, params)

# %% [markdown]
# ## Sampled, and in closed form
#
# The paper states the laws and no mean. Their closed forms say what the sampled trials should give; the rows below are therefore tests of our own ([Published and measured](../book/claims.md) keeps such rows apart from statements of the papers).

# %%
forced = lengths["forced_switch"]
measured = {
    "task.block_length_code": lengths["truncated_geometric"].mean(),
    "task.block_length_text": forced.mean(),
    "task.forced_switches": (forced == params.max_block_length).mean(),
    "task.concordant": trials.concordant.mean(),
}
report(measured, profile=profile, detail=f"{n_blocks:,} blocks")

# %% [markdown]
# ## What follows
#
# The task has two hidden causes on two timescales, and evidence about the block comes only by way of the stimuli. An agent that ignores the block wastes what it could know on weak stimuli; one that trusts it too much fails after every switch. [Chapter 2](02_train_rnn.ipynb) trains a network on this task and asks whether it uses the blocks; [chapter 3](03_bayesian_baselines.ipynb) asks how well the task can be done at all.

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: blocks that say nothing (10 min, basic)
#
# On trials of strength 0 the observations are nothing but noise. How often is an agent correct there if it knows the block side and bets on it? And how often if the block prior is useless, `TaskParams(concordance=0.5)`? Predict first, then sample.

# %% tags=["solution"]
# @title Solution 1
correct = {}
for concordance in (params.concordance, 0.5):
    world = ibl.sample_trials(
        replace(params, concordance=concordance), n_sessions=1, n_blocks=n_blocks, seed=seed
    )
    nothing_seen = world.strength == 0
    correct[concordance] = (world.side == world.block_side)[nothing_seen].mean()

answer(
    "01.1",
    f"Betting on the block is correct in {correct[params.concordance]:.3f} of these trials, as often as "
    f"trials are concordant; with a concordance of 0.5, in {correct[0.5]:.3f}. Then only the stimulus "
    "side is left to infer, and a trial of strength 0 is a coin toss.",
    abs(correct[params.concordance] - params.concordance) < 0.02 and abs(correct[0.5] - 0.5) < 0.02,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: a noisier screen (15 min, basic)
#
# With which `noise_sd` is a stimulus of strength 1 as hard to see, from a single observation, as one of strength 0.5 is now? Work it out from the distribution of $d_t$; then check it on sampled trials.

# %% tags=["solution"]
# @title Solution 2
# d has mean ±strength and variance 2 noise_sd², so only strength / noise_sd counts.
shown = {}
for strength, noise_sd in ((0.5, params.noise_sd), (1.0, 2 * params.noise_sd)):
    noisy = replace(params, strengths=(strength,), noise_sd=noise_sd)
    world = ibl.sample_trials(noisy, n_sessions=1, n_blocks=n_blocks, seed=seed)
    left, right_side = world.observations[:, 0].T
    shown[strength] = (np.sign(right_side - left) == world.side).mean()
expected = ndtr(0.5 / (params.noise_sd * 2**0.5))

answer(
    "01.2",
    f"With twice the noise, {2 * params.noise_sd:g}. One observation then points to the correct side in "
    f"{shown[1.0]:.3f} of the trials of strength 1, as it does now in {shown[0.5]:.3f} of those of "
    f"strength 0.5; in closed form, in {expected:.3f} of both.",
    all(abs(fraction - expected) < 0.01 for fraction in shown.values()),
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Rerun this page with your own number of blocks: `papermill notebooks/01_task.ipynb out.ipynb -p n_blocks 500`.
# * Write a third law of block lengths, for example uniform between 20 and 80, and draw the figure of block lengths for it. Can you make it as long on average as the paper's text, without piling up at the end?
