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
# On every *trial* a stimulus appears on the left or on the right, and the animal, or the network, has to say where. Within a trial the evidence is noisy and arrives step by step. Across trials there is a second hidden cause: in a *block* of 20 to 100 trials the stimulus prefers one side, and nobody says when the preference switches. So there are two things to infer: the **stimulus side**, over a few steps, and the **block side**, over dozens of trials (Schaeffer et al. 2020, section 2.1).
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
print(params)

# %% [markdown]
# ## The generative model
#
# The block side $b_n \in \{-1, +1\}$ alternates from block to block. The stimulus side $s_n$ equals $b_n$ with probability 0.8 (a *concordant* trial). The stimulus strength $\mu_n$ is one of six values, the weakest of which is 0: then nothing on the screen tells the side, and only the block helps. On each step of the trial both sides give an observation, $o^L$ and $o^R$, with mean $\mu_n$ on the stimulus side, mean 0 on the other, and standard deviation 1.

# %% mystnb={"figure": {"caption": "Generative model of the task, after Fig. 1 of the paper. The shaded nodes are what the agent observes.", "name": "fig-task-model"}, "image": {"alt": "Graphical model: block side points to stimulus side, stimulus side and strength point to the left and right observations of every step; the block side of a trial depends on that of the trial before."}}
ibl.task.fig_1_generative_model(params)

# %% [markdown]
# ## A session
#
# Everything that the world decides is drawn in one go, before anybody acts. Two agents that are given the same `Trials` therefore see the same world, which makes every comparison in this book a paired one.

# %%
trials = ibl.sample_trials(params, n_sessions=1, n_blocks=n_blocks, seed=seed)
print(f"{len(trials):,} trials in {n_blocks:,} blocks; observations: {trials.observations.shape}")

# %% mystnb={"figure": {"caption": "The first 200 trials. Bands are blocks; marks are stimuli, placed by their side and strength.", "name": "fig-task-raster"}, "image": {"alt": "Raster of 200 trials. Most stimulus marks lie on the side of the block's band, about one in five lies on the other side."}}
ibl.task.fig_task_raster(trials)

# %% [markdown]
# In a single trial the evidence is $d_t = o^R_t - o^L_t$. A strong stimulus is obvious at once; a weak one would need all ten observations, and still leave doubt.

# %% mystnb={"figure": {"caption": "All observations that one trial offers, with the means around which they scatter. An agent that acts earlier sees only the first of them.", "name": "fig-task-trial"}, "image": {"alt": "Left and right observations on ten steps of one trial, scattering around two horizontal lines at the means of either side."}}
strong = int((trials.strength == max(params.strengths)).argmax())
ibl.task.fig_trial_observations(trials, trial=strong)

# %% mystnb={"figure": {"caption": "Evidence of single observations, by block side and by stimulus side: sampled (steps) and in closed form (lines). A block shifts the evidence much less than a stimulus does, so a single observation says little about the block.", "name": "fig-task-evidence"}, "image": {"alt": "Two panels of overlapping densities of the evidence d. Those of left and right stimuli are well apart; those of left and right blocks overlap more."}}
ibl.task.fig_stimuli_by_side(trials)

# %% [markdown]
# ## How long is a block? Text and code differ
#
# The paper's text describes a hazard of 0.02 per trial from trial 20 on, with a forced switch after 100. Its released code draws a geometric length and draws again until it lies in 20 to 100. Both are "geometric between 20 and 100", and yet their means differ by ten trials and only one of them piles up at 100. This book uses the code's law, with which the published numbers were made; the other is one argument away.

# %%
laws = {law: replace(params, block_law=law) for law in ("truncated_geometric", "forced_switch")}
lengths = {
    law: ibl.sample_trials(variant, n_sessions=1, n_blocks=n_blocks, seed=seed).block_lengths
    for law, variant in laws.items()
}

# %% mystnb={"figure": {"caption": "Block lengths under both laws: sampled (bars) and in closed form (dots).", "name": "fig-block-lengths"}, "image": {"alt": "Two histograms of block lengths from 20 to 100 trials, both decaying; the forced-switch law has a tall bar at 100."}}
ibl.task.fig_block_lengths(lengths, params)

# %% [markdown]
# ## Sampled, and in closed form
#
# The paper states the laws and no mean. Their closed forms say what the sampled trials should give.

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
# ## Exercises
#
# ### Exercise 1: blocks that say nothing
#
# On trials of strength 0 the screen shows nothing but noise. How often is somebody correct there who knows the block side and bets on it? And how often if the block prior is useless, `TaskParams(concordance=0.5)`? Say first, then sample.

# %% tags=["solution"]
# @title Solution 1
right = {}
for concordance in (params.concordance, 0.5):
    world = ibl.sample_trials(
        replace(params, concordance=concordance), n_sessions=1, n_blocks=n_blocks, seed=seed
    )
    nothing_seen = world.strength == 0
    right[concordance] = (world.side == world.block_side)[nothing_seen].mean()

answer(
    "01.1",
    f"Betting on the block is correct in {right[params.concordance]:.3f} of these trials, as often as "
    f"trials are concordant; with a concordance of 0.5, in {right[0.5]:.3f}. Then only the stimulus "
    "side is left to infer, and a trial of strength 0 is a coin toss.",
    abs(right[params.concordance] - params.concordance) < 0.02 and abs(right[0.5] - 0.5) < 0.02,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: a noisier screen
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
