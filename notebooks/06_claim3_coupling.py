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
# # Claim 3: the two inferences are coupled
#
# **Question.** The network and the Bayesian observer agree about the block on average. Why not trial by trial?
#
# The observer is told when a trial ends and which side it had. So it can keep its two questions apart: *which side is this stimulus on?* is answered step by step, *which side does the block favour?* once a trial, from the side alone. A recurrent network has one map, which it applies at every step, whatever the input is. It must move both beliefs at once. The paper's third claim (section 3.2.2, Fig. 6) is that this couples them: evidence about the stimulus leaks into the belief about the block.
#
# The paper shows this in an example. This page puts a number on it, and then asks what an *ideal* observer would believe if it, too, had to update both beliefs at every step.
#
# **Time:** about half a minute. The networks are those of the training page, or the ones that ship with the package.

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
seed: int = 1  # of the main network
n_seeds: int = 0  # networks in all; 0: what the profile says
n_units: int = 50  # hidden units of the networks
loss: str = "neg_prob_correct"  # or cross_entropy
n_blocks: int = 0  # blocks that the main network plays; 0: what the profile says
trials_seed: int = 10_000  # of the trials
first_trial: int = 0  # of the 300 trials in the first figure
shown_block: int = 4  # of the first session, in the second figure

# %%
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report

n_blocks = n_blocks or ibl.core.budget(profile, smoke=100, page=1_000, paper=5_000)
n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=20)
task = ibl.TaskParams()
recipes = [ibl.TrainParams(seed=seed + k, n_units=n_units, loss=loss) for k in range(n_seeds)]
networks, origin = ibl.networks_for(recipes, task)
print(origin)

# %% [markdown]
# The network's block belief is what Claim 2 found: its state at the end of each trial, along the block readout of the PC plane. One number, fitted by least squares as in the released code, brings it to the scale of the observer's posterior, which runs from −1 (certainly left) to +1 (certainly right).

# %%
trials = ibl.sample_trials(task, n_sessions=max(1, n_blocks // 20), n_blocks=20, seed=trials_seed)
session = ibl.rollout(ibl.RNNAgent(networks[0].network), trials, record_states=True)
space = ibl.fit_state_space(session, networks[0].network)
evidence = session.evidence()
observer = ibl.coupling.observer_belief(trials)
rnn = ibl.coupling.network_belief(session, space)
rnn = rnn / ibl.coupling.scale_of(rnn, observer)
coupled = ibl.coupling.coupled_belief(session)
beliefs = {"RNN": rnn, "Bayesian observer": observer, "Coupled observer": coupled}
print(f"{len(trials):,} trials in {trials.n_sessions * 20:,} blocks")

# %% [markdown]
# ## Trial by trial

# %% mystnb={"figure": {"caption": "Belief about the block after each trial, over 300 trials: the network's, scaled, and the Bayesian observer's. Shading and grey line: the true block side. Compare Fig. 6a of the paper.", "name": "fig-6a"}, "image": {"alt": "Three rows of 100 trials. Both beliefs follow the true block side with a delay of several trials after each change; the network's jumps up and down from trial to trial where the observer's moves in smaller steps or rests near its limit."}}
shown = slice(first_trial, first_trial + 300)
ibl.coupling.fig_6a_block_inference(
    {name: beliefs[name][shown] for name in ("RNN", "Bayesian observer")}, trials.block_side[shown]
)

# %%
agree = ibl.coupling.agreement(rnn, observer, trials)
for name, found in (
    ("trial by trial", agree.trial_by_trial),
    ("averaged by trial in block", agree.by_trial_in_block),
):
    low, high = found.interval or (np.nan, np.nan)
    print(
        f"correlation {name}: {found.value:.3f} (95% interval over blocks {low:.3f} to {high:.3f})"
    )

# %% [markdown]
# On average over blocks the two go together almost perfectly (Fig. 5c on the page before), trial by trial they do not. (Here left and right blocks count as they are, from −1 to +1. The page before asks more, and so gets a lower number: there both sides are folded into one curve towards the block's side, and what is correlated is the course of that curve.) The next figure shows one block, with the evidence that each trial brought.

# %% mystnb={"figure": {"caption": "One block. Above: block beliefs after each trial. Below: the evidence of each trial, the sum of oᴿ − oᴸ over its observations, by the true side of the stimulus. Compare Fig. 6b.", "name": "fig-6b"}, "image": {"alt": "The observer's belief moves by the side of each trial alone. The network's belief moves up after trials with large positive evidence, down after large negative evidence, and hardly at all after trials with weak evidence."}}
one = (trials.session == 0) & (trials.block == shown_block)
ibl.coupling.fig_6b_single_block(
    {name: beliefs[name][one] for name in ("RNN", "Bayesian observer")},
    evidence[one],
    trials.side[one],
    trials.block_side[one],
)

# %% [markdown]
# The observer makes the same step after a trial of strength 0 as after one of strength 2.5: it knows the side, and the side is all that counts. The network moves by what it *saw*.
#
# ## Does it fluctuate more?
#
# The paper says that the network's belief fluctuates more from trial to trial. That depends on the scale, since the unit of the network's belief is arbitrary. The table gives the standard deviation of trial-to-trial changes, the network's over the observer's, for four ways to fix the scale. It is above 1 for the published one, for one fitted to the averages alone, and for units of each belief's own spread. It is below 1 if the regression is turned round: the network's fluctuations then count as errors of the regressor and shrink the scale. We report the published one, which is also the one that brings the average courses together.

# %%
pd.Series(ibl.coupling.fluctuation_by_scaling(rnn, observer, trials), name="RNN / observer").round(
    3
).to_frame()

# %% [markdown]
# ## A number for the coupling
#
# How much does a trial's evidence move the block belief, *given the trial's true side*? For the observer the answer must be zero. Its log odds change by $\pm\log\frac{0.8}{0.2}$ with the side, after the transition: the belief after a trial is a function of the belief before it and of the side, $b_n = f(b_{n-1}, s_n)$. Nothing is left for the evidence to explain.
#
# The simplest test needs no model at all. Given the side, the *first* observation of a trial is drawn by the world, whatever anybody believes. It is a natural experiment: sort trials by it, and see how far the belief moves.

# %% mystnb={"figure": {"caption": "Mean change of the block belief over a trial, in standard deviations (SD) of that belief, by the first observation of the trial, for stimuli on the left and on the right. Bands are 95% intervals over blocks. An observer that keeps its inferences apart moves by the side alone.", "name": "fig-change-by-evidence"}, "image": {"alt": "Three panels. In the network and in the coupled observer the change of belief rises steadily with the observation, along nearly the same line for both sides. In the Bayesian observer there are two flat lines, one above zero for right and one below for left."}}
first = session.evidence(first_only=True)
ibl.coupling.fig_change_by_evidence(
    {
        name: ibl.coupling.change_by_evidence(belief, first, trials)
        for name, belief in beliefs.items()
    }
)

# %% [markdown]
# (The coupled observer of the third panel is explained below.) All evidence of a trial, the sum of $d = o^R - o^L$ over its steps, has a catch: how many observations there are is up to the network, and so depends on what it believed before. So we regress the belief after each trial on the evidence of the trial, with its side *and the belief before it* (a cubic for each side) held fixed. The slope, in SD of that belief per unit of evidence, is **the coupling**. The table has it for all evidence, with its 95% interval over blocks, and for the first observation alone. *The side itself* is what the side adds to the evidence, in SD and from an undecided belief: to the observer it is everything; the network has not heard the side by the end of a trial.

# %%
rows = {}
for name, belief in beliefs.items():
    found, natural = (
        ibl.coupling.coupling(belief, evidence, trials),
        ibl.coupling.coupling(belief, first, trials),
    )
    low, high = found.evidence.interval or (np.nan, np.nan)
    rows[name] = {
        "all evidence": found.evidence.value,
        "low": low,
        "high": high,
        "first observation": natural.evidence.value,
        "the side itself": found.side.value,
    }
pd.DataFrame(rows).T.round(4)

# %% [markdown]
# ## Is this more than a slanted readout?
#
# The block readout of the PC plane is not orthogonal to the stimulus readout (about 70°), so a state pushed along the stimulus axis has a shadow on it. If that were all, the coupling would be a matter of how we look at the network, not of what it does. Three checks.
#
# 1. **Another readout.** The classifier fitted in all 50 dimensions *is* nearly orthogonal to the stimulus readout (see the page before). Along it the coupling is there just the same.
# 2. **Another moment.** After the feedback, at the last blank step of the next trial, the network has been told whether it was right, and so could know the side. The side does count for more then, but the evidence still counts, given the side.
# 3. **Time.** A shadow of the stimulus is gone with the next trial. A belief stays. The first observation of a trial is still in the network's block belief many trials later.

# %%
rows = {}
for readout in ibl.coupling.READOUTS:
    for moment in ibl.coupling.MOMENTS:
        belief = ibl.coupling.network_belief(session, space, readout=readout, moment=moment)
        found = ibl.coupling.coupling(belief, evidence, trials)
        there = ~np.isnan(belief)
        low, high = found.evidence.interval or (np.nan, np.nan)
        rows[f"{readout}, {moment.replace('_', ' ')}"] = {
            "evidence": found.evidence.value,
            "low": low,
            "high": high,
            "the side itself": found.side.value,
            "r with observer": np.corrcoef(belief[there], observer[there])[0, 1],
            "r with coupled": np.corrcoef(belief[there], coupled[there])[0, 1],
        }
pd.DataFrame(rows).T.round(3)

# %% mystnb={"figure": {"caption": "How much the first observation of a trial moves the block belief at the end of that trial and of the next twenty. Bands are 95% intervals over blocks.", "name": "fig-persistence"}, "image": {"alt": "The network's curve starts near 0.1, falls by half within three or four trials and approaches zero after ten to twenty; the coupled observer's lies close to it; the Bayesian observer's is zero throughout."}}
lags = np.arange(21)
ibl.coupling.fig_persistence(
    {
        name: ibl.coupling.persistence(belief, first, trials, lags)
        for name, belief in beliefs.items()
    }
)

# %% [markdown]
# ## What an ideal observer would do that cannot decouple
#
# Is the coupling a flaw of this network, or the price of having one map for every step? The *coupled observer* is the exact answer to the network's problem: a hidden Markov model with four states (block side × stimulus side). Between any two steps the trial ends with a constant probability, then the block switches with the task's hazard and a new side is drawn; the strength is drawn anew at every step. It never learns when a trial ends, nor the feedback. Its one free number, the probability of an end, is 1 over the mean steps per trial; nothing is fitted to the network's states.

# %% mystnb={"figure": {"caption": "The network's block belief, trial by trial, by that of the Bayesian observer and by that of the coupled observer: median, and the middle half and nine tenths of trials.", "name": "fig-beliefs"}, "image": {"alt": "Two panels. By the Bayesian observer's belief the network's spreads over nearly its whole range, r about 0.85; by the coupled observer's it keeps to a narrow rising band, r about 0.96."}}
ibl.coupling.fig_beliefs_against_each_other(
    rnn, {name: beliefs[name] for name in ("Bayesian observer", "Coupled observer")}
)

# %%
accounts = ibl.coupling.explained(rnn, observer, coupled, trials)
rows = {
    "R², Bayesian observer": accounts.decoupled,
    "R², coupled observer": accounts.coupled,
    "R², both": accounts.both,
    "R² that the coupled observer adds": accounts.gain,
    "correlation with the coupled observer, given the other": accounts.partial,
}
pd.DataFrame(
    {name: [found.value, *(found.interval or (np.nan,) * 2)] for name, found in rows.items()},
    index=["value", "low", "high"],
).T.round(3)

# %% [markdown]
# The coupled observer accounts for most of what the decoupled one leaves unexplained, and given the coupled one, the decoupled one adds next to nothing. It also fluctuates as the network does, and it finds the block side about as often: the 83% that a classifier reaches on the network's states (Claim 2) are what an ideal observer gets that is not told the side of each trial. (It has two handicaps, one map for every step and nobody who names the side. Exercise 2 asks which of them it is.)

# %%
pd.DataFrame(
    {
        name: {
            "on the true block's side": np.mean(belief * trials.block_side > 0),
            "SD of change / SD": np.diff(belief).std() / belief.std(),
        }
        for name, belief in beliefs.items()
    }
).T.round(3)

# %% [markdown]
# So what the paper calls a discrepancy from the Bayesian baselines is, for the most part, Bayes under another constraint. How far the network *must* live under it is another matter. It gets what the coupled observer ignores: zeros on blank steps that announce a trial, and the feedback. The table of readouts above shows that it does use the feedback a little.
#
# The one number of the coupled observer was not fitted to the network, and hardly needs to be:

# %% mystnb={"figure": {"caption": "Correlation of the coupled observer's block belief with the network's and with the Bayesian observer's, for other probabilities that a trial ends. Dashed: the value used on this page.", "name": "fig-end-probability"}, "image": {"alt": "Both curves are broad hills; at every end probability the network's lies about 0.1 above the Bayesian observer's, and the value used is on the plateau."}}
end_probability = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0])
variants = [ibl.coupling.coupled_belief(session, end_probability=q) for q in end_probability]
ibl.coupling.fig_end_probability(
    end_probability,
    {
        name: [np.corrcoef(beliefs[name], variant)[0, 1] for variant in variants]
        for name in ("RNN", "Bayesian observer")
    },
    used=1 / session.n_steps.mean(),
)

# %% [markdown]
# ## Every network
#
# The same of the other seeds, on fewer blocks each.

# %%
measured = ibl.coupling.measure_claim_3(session, space)
every = [measured]
few = ibl.sample_trials(task, n_sessions=max(1, n_blocks // 80), n_blocks=20, seed=trials_seed)
for trained in networks[1:]:
    played = ibl.rollout(ibl.RNNAgent(trained.network), few, record_states=True)
    every.append(ibl.coupling.measure_claim_3(played, ibl.fit_state_space(played, trained.network)))
claims = {claim.id: claim for claim in ibl.publishing.ledger.load_claims()}
titles = {
    "claim3.correlation_trial_by_trial": "correlation with the observer, trial by trial",
    "claim3.correlation_by_trial_in_block": "correlation with the observer, averaged by trial in block",
    "claim3.fluctuates_more": "SD of trial-to-trial changes, RNN minus observer",
    "claim3.evidence_moves_rnn": "coupling, plane readout (SD per unit of evidence)",
    "claim3.evidence_moves_rnn_full": "coupling, readout of all units (SD per unit of evidence)",
    "claim3.coupled_explains_more": "R² of the coupled observer minus the decoupled one's",
}

# %% mystnb={"figure": {"caption": "Every network: diamonds are the main one, points the other seeds, shading what counts as reproduced. The paper gives no numbers for these.", "name": "fig-claim3-seeds"}, "image": {"alt": "Six rows of points, one for each quantity: all networks lie close together and inside the shaded bands."}}
ibl.core.fig_seeds(
    {title: [found[name].value for found in every] for name, title in titles.items()},
    bands={title: claims[name].accepted for name, title in titles.items()},
)

# %% [markdown]
# ## Our numbers beside the paper's

# %%
apart = [(found["claim3.evidence_moves_rnn_more"].interval or (0, 0))[0] > 0 for found in every]
measured["claim3.seeds_coupled"] = float(np.mean(apart))
report(measured, profile=profile, detail=f"{len(trials):,} trials, {n_seeds} networks")

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: faint and clear stimuli
#
# Let the main network play a world in which all stimuli are as faint as the task's faintest visible ones, and one in which all are as clear as its clearest, `replace(task, strengths=(...,))`. Say first: in which of the two does its block belief go together with the Bayesian observer's, trial by trial? And with the coupled observer's?

# %% tags=["solution"]
# @title Solution 1
visible = [strength for strength in task.strengths if strength > 0]
alike = {}
for name, strength in (("faint", min(visible)), ("clear", max(visible))):
    world = replace(task, strengths=(strength,))
    seen = ibl.sample_trials(world, n_sessions=few.n_sessions, n_blocks=20, seed=trials_seed)
    played = ibl.rollout(ibl.RNNAgent(networks[0].network), seen, record_states=True)
    believed = ibl.coupling.network_belief(played, space)
    for other, belief in (
        ("Bayes", ibl.coupling.observer_belief(seen)),
        ("coupled", ibl.coupling.coupled_belief(played)),
    ):
        alike[name, other] = np.corrcoef(believed, belief)[0, 1]

answer(
    "06.1",
    f"With clear stimuli: r = {alike['clear', 'Bayes']:.2f}, against {alike['faint', 'Bayes']:.2f} "
    f"with faint ones. With the coupled observer it is {alike['clear', 'coupled']:.2f} and "
    f"{alike['faint', 'coupled']:.2f}. A clear stimulus is as good as being told the side, so the "
    "two observers hardly differ. A faint one says little; the Bayesian observer, who is told, "
    "moves as far as ever, and the network cannot follow.",
    alike["clear", "Bayes"] - alike["faint", "Bayes"] > 0.2
    and min(alike["clear", "coupled"], alike["faint", "coupled"]) > 0.9,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: which handicap is it?
#
# The coupled observer differs from the Bayesian one in *two* ways: it is not told when a trial ends, and it is not told the trial's side. Build an observer that has only the second handicap. Once a trial it takes its belief through `transition(belief, task)`, then weighs it by the likelihood of what was seen, which follows from the log odds of the side, `stimulus_log_odds(trials.observations, task)`, at the last observation that the network saw. Is the network's belief nearer to that of the Bayesian, of the coupled, or of your observer?

# %% tags=["solution"]
# @title Solution 2
last_seen = np.arange(len(trials)), session.n_observations_seen - 1
p_side = expit(ibl.agents.stimulus_log_odds(trials.observations, task)[last_seen])
likelihood = task.concordance * p_side + (1 - task.concordance) * (1 - p_side)
not_told = []
for starts, for_right in zip(np.diff(trials.session, prepend=-1) > 0, likelihood, strict=True):
    believed = 0.5 if starts else ibl.agents.transition(believed, task)
    joint = believed * for_right
    believed = joint / (joint + (1 - believed) * (1 - for_right))
    not_told.append(2 * believed - 1)
alike = {
    name: np.corrcoef(rnn, belief)[0, 1]
    for name, belief in (("Bayes", observer), ("coupled", coupled), ("not told", not_told))
}
leak = ibl.coupling.coupling(np.array(not_told), evidence, trials).evidence.value

answer(
    "06.2",
    f"The network's belief correlates with yours by {alike['not told']:.3f}, with the coupled "
    f"observer's by {alike['coupled']:.3f}, with the Bayesian one's by {alike['Bayes']:.3f}. So "
    "what counts is that nobody names the side; not to know when a trial ends hardly matters. Your "
    "observer answers its two questions apart, about the block once a trial, and still evidence "
    f"moves its block belief, by {leak:.3f} SD a unit: whoever has to guess the side must learn "
    "about the block from evidence. The feedback would name the side; see the next exercise.",
    alike["not told"] - alike["Bayes"] > 0.05
    and abs(alike["not told"] - alike["coupled"]) < 0.02
    and leak > 0.05,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: trials that mislead
#
# Take the trials whose `evidence` pointed to the wrong side by more than 1 and in which the network answered wrongly. In how many of them does its block belief move towards the true side of the stimulus? It has the feedback on the next step: two sides, one wrong answer, so it could know. In how many has the belief moved the right way after the feedback, `network_belief(..., moment="after_feedback")`?

# %% tags=["solution"]
# @title Solution 3
heard = ibl.coupling.network_belief(session, space, moment="after_feedback")
misled = (session.choice == -trials.side) & (trials.side * evidence < -1)
same_session = np.diff(trials.session, prepend=-1) == 0
at = np.flatnonzero(misled & same_session & ~np.isnan(heard))
moved = {
    name: np.mean((belief[at] - belief[at - 1]) * trials.side[at] > 0)
    for name, belief in (("network", rnn), ("feedback", heard), ("observer", observer))
}

answer(
    "06.3",
    f"There are {len(at):,} such trials. The belief moves towards the true side in "
    f"{moved['network']:.2f} of them by the trial's end, and has done so in {moved['feedback']:.2f} "
    f"after the feedback; the Bayesian observer's in {moved['observer']:.3f}. Hearing that it was "
    "wrong does not turn the network's belief. It goes by what it saw.",
    moved["network"] < 0.2 and moved["feedback"] < 0.2 and moved["observer"] > 0.95,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Does a bigger network decouple? `papermill notebooks/06_claim3_coupling.ipynb out.ipynb -p n_units 100 -p n_seeds 1`. The network is trained first.
# * A network that learns from the loss of the paper's text waits longer: `-p loss cross_entropy -p n_seeds 1`. Is its belief still that of the coupled observer?
# * Look at another stretch of trials, `-p first_trial 600`, or at another block, `-p shown_block 7`. Find a trial of Exercise 3 in the figures.
