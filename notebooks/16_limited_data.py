# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     cell_timeout: 900
# ---

# %% [markdown]
# # How much data does it take?
#
# **Question.** A network's policy cannot be looked up. How long must one record to infer the reward, and to predict from it how the network adapts?
#
# > **In short.**
# >
# > * With enough data, the inferred reward predicts how the network adapts. Eight neurons take some tens of thousands of samples if a neuron dies, and about a hundred thousand if an input becomes rare. With few data the prediction is worse than to assume that nothing changes.
# > * Those lengths hold if it is known which neuron chose at each step. From states only errors are larger, and for the rare input single recordings still mislead at a hundred thousand samples.
# > * That the inferred reward looks like the true one is no proof of the inference: counting how often each state is visited gives a reward that fits as well.
# > * *But* counts predict adaptation, too, if one guesses that rewards are of two kinds, and about how large they are. What the inference adds is that neither need be guessed.
#
# [Chapter 15](15_network_reward.ipynb) inferred the reward from exact dynamics. Here it is inferred from what an experimenter has: the states of the neurons at successive times, and the stimulus. This is the paper's Fig. 3 (Chalk, Tkačik and Marre, 2021). A *sample* is one observation of the network's state.
#
# We had no access to the paper's estimator and its numbers of samples, and its captions give no results in numbers. The estimator and the lengths here are our choice; targets are for *our* parameters, from another implementation of ours that was made beforehand. What abstract and captions do state, that the reward can be inferred from data and predicts adaptation, is judged here, because with exact policies it is true by construction.
#
# **Time:** about a minute, most of it for re-optimising networks for hundreds of inferred rewards.

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
seed: int = 1  # of the first simulation; the others follow
n_simulations: int = 0  # recordings; 0: what the profile says
n_slow: int = 0  # of these, for which the slowest predictions are made; 0: what the profile says
prior: float = 0.1  # strength of the prior on potentials

# %%
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_simulations = n_simulations or ibl.core.budget(profile, smoke=2, page=20, paper=100)
n_slow = min(n_simulations, n_slow or ibl.core.budget(profile, smoke=2, page=4, paper=100))
ibl.core.check_parameters(globals(), prior=(1e-9, 1e9), n_simulations=(2, 10**6))
n_samples = ibl.core.budget(
    profile,
    smoke=[100_000, 300_000],
    page=[1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000],
    paper=[1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000],
)
seeds = range(seed, seed + n_simulations)
network, reward = ibl.inverse_rl.from_data.two_or_six()
print(f"{n_simulations} recordings of up to {max(n_samples):,} samples")

# %% [markdown]
# ## What a recording contains
#
# The network is that of [chapter 15](15_network_reward.ipynb): eight neurons, rewarded for two spikes when $x = -1$ and for six when $x = +1$. From one time to the next, one neuron chooses its state, and often stays as it was. If one knows which neuron chose (*known updates*), each choice is a sample of a policy. If one knows *states only*, a time at which nothing changes could be the choice of any neuron.
#
# Both have a likelihood in terms of the *potentials* $w = \bar v / T$ of the 512 states, which are values (of what follows a state) in units of the price of information. With $h_i$ the probability that neuron $i$ keeps its state when it chooses:
#
# | | known updates | states only |
# |---|---|---|
# | neuron $i$ changes | $\log(1 - h_i)$ | $\log \frac{1}{n}(1 - h_i)$ |
# | nothing changes | $\log h_i$ | $\log \frac{1}{n} \sum_i h_i$ |
#
# and $h_i$ follows from the difference of two potentials. The most probable potentials under a Gaussian prior, $-\frac{\gamma}{2} \sum w^2$, go through the exact inversion. A recording enters only by how often each step occurred, so a fit takes a fraction of a second whatever its length.

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Code: infer the reward from all recordings"}
kinds = {"known updates": True, "states only": False}
inferred = {
    kind: ibl.inverse_rl.from_data.rewards_from_simulations(
        network, n_samples, seeds, updates_known=known, prior=prior
    )
    for kind, known in kinds.items()
}
r2 = {
    kind: {
        length: np.array(
            [
                ibl.inverse_rl.optimal_network.r_squared(reward, one, "median")
                for one in rewards[:, k]
            ]
        )
        for k, length in enumerate(n_samples)
    }
    for kind, rewards in inferred.items()
}

# %% mystnb={"figure": {"caption": "**The fit grows with the length of the recording, and is better if it is known which neuron chose.** Squared correlation (r²) of inferred and true reward: means over recordings with ± one standard error. Compare Fig. 3A of the paper.", "name": "fig-data-3a"}, "image": {"alt": "Two rising curves over 1,000 to 1,000,000 samples on a log axis, from near 0 to near 1, that of states only below that of known updates. Bands are hardly wider than the lines."}}
ibl.inverse_rl.from_data.fig_against_samples(r2, "r² with the true reward", medians=False)

# %% tags=["hide-input"]
mean_r2 = {kind: [of[length].mean() for length in n_samples] for kind, of in r2.items()}
at = n_samples.index(100_000)
as_good = np.exp(np.interp(mean_r2["states only"][at], mean_r2["known updates"], np.log(n_samples)))
said(
    f"A network of eight neurons with two stimuli has {reward.size} rewards to infer. From 100,000 "
    f"samples, {100_000 / reward.size:.0f} for each, r² is {mean_r2['known updates'][at]:.2f} with known "
    f"updates and {mean_r2['states only'][at]:.2f} with states only, which some {float(f'{as_good:.2g}'):,.0f} samples "
    "with known updates would give."
)

# %% [markdown]
# ### Counting visits does as well
#
# The r² is no proof of the inference. This network is nearly always in a rewarded state, and in all of them about equally often, so a rival needs no theory: a state is worth more the more often the network is in it. A second rival keeps the theory, but puts the prior on the reward instead of on the potentials. About states that were hardly ever visited, a prior on the potentials says that their *value* is like that of other states; a prior on the reward says that their *reward* is, and lets the value follow from the states that can be reached from there.

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Code: two rivals, from the same recordings"}
visits = ibl.inverse_rl.from_data.visits_in_simulations(network, n_samples, seeds)
on_reward = ibl.inverse_rl.from_data.rewards_from_simulations(
    network, n_samples, seeds, updates_known=False, prior=1.0, prior_on="reward"
)
rivals = {
    name: {
        length: np.array(
            [ibl.inverse_rl.optimal_network.r_squared(reward, one, "median") for one in found[:, k]]
        )
        for k, length in enumerate(n_samples)
    }
    for name, found in {
        "prior on potentials": inferred["states only"],
        "prior on the reward": on_reward,
        "counting visits": visits,
    }.items()
}

# %% mystnb={"figure": {"caption": "**Counting visits fits the true reward about as well as inferring it.** A baseline for the paper's Fig. 3A: r² with the true reward of a reward from counted visits, and of one inferred with either prior, states only. Means over recordings with ± one standard error.", "name": "fig-data-3a-baseline"}, "image": {"alt": "Three curves that rise over the number of samples, r squared between 0 and 1. The one of the prior on potentials is far below the others up to 30,000 samples, and joins that of the prior on the reward at 300,000. The one of counting visits is below that of the prior on the reward up to 10,000 samples, and above it from 30,000 on."}}
ibl.inverse_rl.from_data.fig_against_samples(rivals, "r² with the true reward", medians=False)

# %% tags=["hide-input"]
early = 10_000 if 10_000 in n_samples else min(n_samples)
said(
    f"From {early:,} samples, visits have an r² of {rivals['counting visits'][early].mean():.2f}, the "
    f"inferred reward of {r2['known updates'][early].mean():.2f} with known updates, and of "
    f"{rivals['prior on the reward'][early].mean():.2f} with states only and the prior on the reward. "
    "The test is the prediction, below; visits have no unit, and so predict nothing without a guess of it."
)

# %% [markdown] tags=["more"]
# ### Do inferred rewards become 0 or 1?
#
# The true reward is 0 or 1. Does the inferred one become so?

# %% mystnb={"figure": {"caption": "**With more samples, inferred rewards gather near the two true values.** Distribution of inferred rewards over all states and recordings, states only. Dashed: the two values of the true reward. Compare Fig. 3B of the paper.", "name": "fig-data-3b"}, "image": {"alt": "Three histograms with a log axis for the share of states. With 10,000 samples there is a broad hump around 0 and a small one near 0.6. With 100,000 the hump is narrower, and a separate peak lies near 0.9. With 1,000,000 there are two narrow peaks at 0 and 1 with nothing between."}}
shown = [length for length in (10_000, 100_000, 1_000_000) if length in n_samples]
ibl.inverse_rl.from_data.fig_reward_histograms(
    {f"{length:,} samples": inferred["states only"][:, n_samples.index(length)] for length in shown}
)

# %%
between = {
    kind: ((rewards > 0.25) & (rewards < 0.75)).mean(axis=(0, 2, 3))
    for kind, rewards in inferred.items()
}
pd.DataFrame(between, index=pd.Index(n_samples, name="samples")).rename_axis(
    columns="share of states with a reward from 0.25 to 0.75"
).round(3)

# %% [markdown]
# From 10,000 samples on the distribution becomes ever more sharply peaked around 0 and 1, as the paper's caption says. Below that it does the opposite: from 1,000 samples nearly all inferred rewards, those of rewarded states too, lie near 0.
#
# The caption adds that this reflects that the true reward was binary. If so, the peaks must move with it. So here is the same with a reward of 0.5 in place of 1 for $x = +1$.

# %% tags=["hide-input"]
halved = reward * [1, 0.5]
other = ibl.inverse_rl.optimal_network.optimise(network.task, halved)
from_halved = ibl.inverse_rl.from_data.rewards_from_simulations(
    other, [max(n_samples)], seeds[:n_slow], updates_known=False, prior=prior
)[:, 0]
of_half = from_halved[:, halved == 0.5]
near_half = (np.abs(of_half - 0.5) < 0.25).mean(axis=1)
said(
    f"Of the states that pay 0.5, {near_half.mean():.2f} then have an inferred reward that is nearer to "
    f"0.5 than to 0 and to 1 ({max(n_samples):,} samples, {len(near_half)} recordings); their mean is "
    f"{of_half.mean():.2f}. The peaks are where the true rewards are."
)

# %% [markdown]
# ## Does it predict how the network adapts?
#
# The test of an inferred reward is to re-optimise the network for it under changed conditions, and to compare with the network that is truly re-optimised. The two changes are those of [chapter 15](15_network_reward.ipynb): $x = +1$ becomes rare (probability 0.2), and one neuron dies. The error is the Kullback–Leibler divergence of the predicted distribution of states and stimuli from the true one.
#
# Dashed in the figures for the [rare input](#fig-data-3c) and the [dead neuron](#fig-data-3d): a prediction that assumes no change, the distribution of states and stimuli as it was before (with the dead neuron summed out). Dotted: a prediction that takes what was changed into account (how often each stimulus comes now, or that the dead neuron is silent) and otherwise expects the old responses.

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Code: predictions"}
changes = {
    "rare input": ibl.inverse_rl.from_data.Change(
        replace(
            network.task,
            input_transitions=ibl.inverse_rl.optimal_network.switching_input(0.2, 0.0128),
        )
    ),
    "dead neuron": ibl.inverse_rl.from_data.Change(
        ibl.inverse_rl.optimal_network.without(network.task, {0: -1}), {0: -1}
    ),
}
# Predictions from bad rewards are the slowest; the shortest recordings and some others are fewer.
every = [10_000, 30_000, 100_000, 1_000_000], [100_000]
fewer = [1_000], [30_000, 1_000_000]
errors = {
    name: {
        kind: {
            length: ibl.inverse_rl.from_data.prediction_errors(
                change, reward, inferred[kind][:n_some, n_samples.index(length)]
            )
            for length in n_samples
            for n_some, lengths in ((n_simulations, every[k]), (n_slow, fewer[k]))
            if length in lengths
        }
        for k, kind in enumerate(kinds)
    }
    for name, change in changes.items()
}
references = {  # the first is drawn dotted, the second dashed
    name: {
        "old responses, conditioned on the change": ibl.inverse_rl.from_data.conditional_reference_error(
            change, reward, network
        ),
        "nothing changes": ibl.inverse_rl.from_data.reference_error(change, reward, network),
    }
    for name, change in changes.items()
}

# %% tags=["lead"] mystnb={"figure": {"caption": "**With enough samples the inferred reward predicts the response to a rare input; with few it is worse than assuming no change.** Error of the predicted responses when x = +1 becomes rare: means over recordings with ± one standard error, and medians (thin). Compare Fig. 3C of the paper.", "name": "fig-data-3c"}, "image": {"alt": "Falling curves on log axes. With known updates the mean error starts far above the dashed line, crosses it between 30,000 and 100,000 samples and ends far below it and below a dotted line. With states only the mean at 100,000 samples lies far above the median."}}
ibl.inverse_rl.from_data.fig_against_samples(
    errors["rare input"], "error (nats)", references=references["rare input"], log=True
)

# %% mystnb={"figure": {"caption": "**The death of a neuron is predicted from fewer samples than a rare input.** Error of the predicted responses when one neuron dies, drawn as for a [rare input](#fig-data-3c). Compare Fig. 3D of the paper.", "name": "fig-data-3d"}, "image": {"alt": "Falling curves on log axes. With known updates the mean error starts far above the dashed line, comes close to it at 10,000 samples, where the median is far below the mean, and falls steeply from there on. With states only it is slightly higher."}}
ibl.inverse_rl.from_data.fig_against_samples(
    errors["dead neuron"], "error (nats)", references=references["dead neuron"], log=True
)

# %% tags=["hide-input"]
needed = {
    name: ibl.inverse_rl.from_data.samples_needed(
        of["known updates"], references[name]["nothing changes"]
    )
    for name, of in errors.items()
}
said(
    "With known updates the mean error, with its interval over recordings, is below the dashed line "
    f"from {needed['rare input']:,.0f} samples on if the input becomes rare, and from "
    f"{needed['dead neuron']:,.0f} on if a neuron dies (of the lengths that were tried)."
)

# %% [markdown]
# With few data, predictions are worse than none. A state that was hardly visited can get a high reward by chance, and the re-optimised network goes there (exercise 2 mends just that). That also makes means and medians differ: some recordings have such a state and others none, so that the error is either small or about 1 or more. Around 30,000 samples with known updates, and 100,000 with states only, single recordings of the rare input fall on either side of the dashed line, so a few of them do not show where the crossing is. A prediction from limited data should be checked against other draws from the [posterior](../book/glossary.md#term-posterior).

# %% [markdown] tags=["more"]
# ### All errors of prediction
#
# How large is the error for each change and length of recording, and in how many recordings is the prediction better than to assume that nothing changes?

# %% tags=["hide-input"]
table = pd.DataFrame(
    {
        (name, kind, length): {
            "error (nats)": f"{values.mean():.3f} ± {values.std(ddof=1) / np.sqrt(len(values)):.3f}",
            "median": f"{np.median(values):.3f}",
            "better than 'nothing changes'": f"{(values < references[name]['nothing changes']).sum()} "
            f"of {len(values)} recordings",
        }
        for name, of_kind in errors.items()
        for kind, by_length in of_kind.items()
        for length, values in by_length.items()
    }
).T
table.rename_axis(["change", "what is known", "samples"])

# %% [markdown]
# ### Does counting visits predict, too?
#
# So for this network, whose reward is 0 or 1, a high r² is no merit of the inference: counting visits has it too. The test is to predict changed conditions, for which the *unit* counts: reward in units of the price of a [nat](../book/glossary.md#term-nat). The table does so from one recording (a slope of 1 means that the unit is correct).
#
# * Visits have no unit. They are scaled so that rewarded states have a *mean* of 1, which requires knowing the true reward, and of a quarter, which without that knowledge is as good a guess. Even with the true unit the re-optimised network goes to those rewarded states that happened to be visited most.
# * That ends if one guesses, besides, that rewards are of *two kinds*: states that were visited more than a quarter as often as the most visited one pay, the others do not. With the correct unit this predicts better than the inference, with one that is twice as large still far better than to assume that nothing changes, and with a quarter it does not.
# * The exact distribution of the network's states, which no recording gives, would predict well with the true unit.
#
# What the inference adds is that nothing has to be guessed.

# %% tags=["hide-input"]
last = n_samples[-1]
share, law = (one / one[reward > 0].mean() for one in (visits[0, -1], network.stationary))
compared = {
    "prior on potentials": inferred["states only"][0, -1],
    "prior on the reward": on_reward[0, -1],
    "visits, mean 1": share,
    "visits, mean 1/4": share / 4,
    **{
        f"visits of two kinds, {unit:g} or 0": unit * (share > share.max() / 4)
        for unit in (1, 2, 0.25)
    },
    "exact distribution, mean 1": law,
    "exact distribution, mean 1/4": law / 4,
}
pd.DataFrame(
    {
        name: {
            "r²": ibl.inverse_rl.optimal_network.r_squared(reward, one, "median"),
            "slope": np.polyfit(reward.ravel(), one.ravel(), 1)[0],
            **{
                f"error, {change}": float(
                    ibl.inverse_rl.from_data.prediction_errors(changes[change], reward, one)
                )
                for change in changes
            },
        }
        for name, one in compared.items()
    }
).T.rename_axis(f"from {last:,} samples, errors in nats").round(3)

# %% [markdown] tags=["more"]
# ## How certain is it, and which prior?
#
# Without the true reward, the recording itself still gives two things. The prior is chosen as the one under which most of the recording best predicts the rest. And the posterior gives an interval for every state's reward, and the r² to expect with the true one.

# %% tags=["teaches"]
length = 100_000
recording = ibl.inverse_rl.optimal_network.simulate(network, length, seed)
parts = ibl.inverse_rl.optimal_network.count_parts(
    recording.states, 8, recording.inputs, n_parts=20
)
fit, posterior, choice = ibl.inverse_rl.from_data.infer_and_judge(
    parts, seed=seed
)  # fmt: skip
truth = ibl.inverse_rl.optimal_network.fix_gauge(reward, "median")
covered = ((posterior.low <= truth) & (truth <= posterior.high)).mean()
r2_of = ibl.inverse_rl.optimal_network.r_squared(
    reward, fit.reward, "median"
)  # fmt: skip
to_expect, low, high = posterior.expected_r_squared
print(f"prior chosen: {choice.best:g}")
print(f"r² to expect: {to_expect:.2f}, 95% interval {low:.2f} to {high:.2f}")
print(f"r² found: {r2_of:.2f}")
print(f"95% intervals that hold the true reward: {covered:.2f}")

# %% mystnb={"figure": {"caption": "**A prior of medium strength predicts held-out data best.** Gain in log likelihood of held-out parts of one recording, by the strength of the prior, states only. Thin: single parts; dashed: the prior that is chosen.", "name": "fig-held-out-prior"}, "image": {"alt": "Four thin lines and their mean over priors on the reward from 0.03 to 30. All rise to a maximum at 3, marked by a dashed line, and fall steeply beyond it."}}
ibl.inverse_rl.from_data.fig_prior(choice)

# %% mystnb={"figure": {"caption": "**The rewarded states stand apart from all others.** Inferred reward of each state from one recording, with 95% intervals, and how many states have which reward.", "name": "fig-inferred-reward"}, "image": {"alt": "Left: inferred rewards with intervals, by number of active neurons from 0 to 8. States with two active neurons for stimulus -1, and with six for stimulus 1, lie a little below 1, with intervals that reach above it; all others scatter around 0, many of them with long intervals. Right: histograms, a hump around 0 and a peak a little below 1 for both stimuli."}}
ibl.inverse_rl.from_data.fig_reward(fit.reward, posterior, (-1, 1))

# %% [markdown]
# ## What follows
#
# The reward of a small network can be inferred from a recording of realistic length, and what shows that it is correct is a prediction of a changed network, not its likeness to the true reward. [Infer the reward of your own recording](../book/infer_reward.md) does this with a file of yours, and reports r² beside that of counting visits. [Chapter 17](17_efficient_coding.ipynb) asks whether a recording also shows *what about its input* a network encodes, and [chapter 18](18_ring.ipynb) repeats the test for a network of pairwise couplings, where recordings predict one of three changes. Words of the field are in the [glossary](../book/glossary.md), all verdicts on [Published and measured](../book/claims.md).

# %% [markdown]
# ## Our numbers beside the targets
#
# Targets, where there are any, are from another implementation of ours; no published number exists. Intervals are over recordings.

# %%
short = {1_000: "1e3", 10_000: "1e4", 30_000: "3e4", 100_000: "1e5", 1_000_000: "1e6"}
words = {"known updates": "known", "states only": "states"}
letters = {"rare input": "input", "dead neuron": "neuron"}
mean = partial(ibl.core.mean_of_independent, over="recordings")
median = ibl.inverse_rl.from_data.median_of_recordings
least_step = ibl.inverse_rl.from_data.least_step
found = {}
for kind, word in words.items():
    for length, name in short.items():
        if length in n_samples and length != 30_000:
            found[f"chalk.data_r_squared_{word}_{name}"] = mean(r2[kind][length])
            if kind == "known updates" or length > 1_000:
                rewards = inferred[kind][:, n_samples.index(length)]
                found[f"chalk.data_between_{word}_{name}"] = mean(
                    ((rewards > 0.25) & (rewards < 0.75)).mean(axis=(1, 2))
                )
for name, letter in letters.items():
    for length, values in errors[name]["known updates"].items():
        found[f"chalk.data_{letter}_known_{short[length]}"] = (
            median(values) if length == 30_000 else mean(values)
        )
    for length, values in errors[name]["states only"].items():
        if length < 1_000_000:
            found[f"chalk.data_{letter}_states_{short[length]}"] = median(values)
    found[f"chalk.data_{letter}_nothing_changes"] = references[name]["nothing changes"]
    found[f"chalk.data_{letter}_conditional"] = references[name][
        "old responses, conditioned on the change"
    ]
    found[f"chalk.data_{letter}_needed"] = needed[name]
    falls = {length: -values for length, values in errors[name]["known updates"].items()}
    if len(falls) > 1:
        found[f"chalk.data_{letter}_falls"] = least_step(falls)
found["chalk.data_input_states_1e5_mean"] = mean(errors["rare input"]["states only"][100_000])
found["chalk.data_r_squared_grows"] = min(map(least_step, r2.values()))
found["chalk.data_visits"] = mean(rivals["counting visits"][early] - r2["known updates"][early])
found["chalk.fig_2e_inferred"] = mean(r2["states only"][max(n_samples)])
peaked = {
    length: (np.abs(one[..., None] - [0, 1]).min(axis=-1) < 0.25).mean(axis=(1, 2))
    for length, one in zip(n_samples, inferred["states only"].swapaxes(0, 1), strict=True)
}
if len(shown) > 1:
    found["chalk.fig_3b_sharper"] = least_step({length: peaked[length] for length in shown})
found["chalk.fig_3b_from_1e3"] = least_step(peaked)
found["chalk.fig_3b_binary"] = mean(near_half)
for claim, name, kind, length in (
    ("fig_3c_predicts", "rare input", "known updates", max(n_samples)),
    ("fig_3c_states_1e5", "rare input", "states only", 100_000),
    ("fig_3c_known_1e4", "rare input", "known updates", early),
    ("fig_3d_predicts", "dead neuron", "known updates", max(n_samples)),
):
    if length in errors[name][kind]:
        error = errors[name][kind][length] - references[name]["nothing changes"]
        found[f"chalk.{claim}"] = mean(error)
report(
    found,
    profile=profile,
    detail=f"{n_simulations} recordings (predictions from 1,000 samples, and from states only but "
    f"for 100,000 samples: {n_slow})",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: many short recordings (35 min, intermediate)
#
# You have as many short recordings of this network as this chapter has, each of 10,000 samples. Should you infer a reward from each and average the rewards, or add up the recordings (`total` of their `count_transitions`) and infer one reward? Say what you expect, then compare r².

# %% tags=["solution"]
# @title Solution 1
n_short = ibl.core.budget(profile, smoke=30_000, page=10_000, paper=10_000)
sessions = [ibl.inverse_rl.optimal_network.simulate(network, n_short, one) for one in seeds]
seen = [
    ibl.inverse_rl.optimal_network.count_transitions(
        one.states, 8, one.inputs, updated=one.updated, n_inputs=2
    )
    for one in sessions
]
singles = [ibl.fit_reward(one, prior=prior).reward for one in seen]
pooled = ibl.fit_reward(ibl.inverse_rl.optimal_network.total(seen), prior=prior).reward
fits_of = {
    "single": np.mean(
        [ibl.inverse_rl.optimal_network.r_squared(reward, one, "median") for one in singles]
    ),
    "averaged": ibl.inverse_rl.optimal_network.r_squared(
        reward, np.mean(singles, axis=0), "median"
    ),
    "pooled": ibl.inverse_rl.optimal_network.r_squared(reward, pooled, "median"),
}
paid = {
    "averaged": np.mean(singles, axis=0)[reward > 0].mean(),
    "pooled": pooled[reward > 0].mean(),
}

answer(
    "16.1",
    f"Add them up. A single recording of {n_short:,} samples gives r² {fits_of['single']:.2f}, the "
    f"average of {len(singles)} rewards {fits_of['averaged']:.2f}, one fit to all "
    f"{fits_of['pooled']:.2f}. Chance averages out, but the pull of the prior is the same in every "
    f"recording: states that pay 1 get {paid['averaged']:.2f} on average, against "
    f"{paid['pooled']:.2f} from the sum.",
    fits_of["pooled"] > fits_of["averaged"] + 0.1 > fits_of["single"] + 0.15,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: mend the worst predictions (45 min, advanced)
#
# Bad predictions come from states that were hardly visited. Take the three recordings of 30,000 samples (updates known) that predict the rare input worst. In their rewards in `inferred["known updates"]` set what is positive to 0 where a state was visited less than five times (`visits` of `count_transitions`; a recording begins like `simulate(network, max(n_samples), one_seed)`), and predict again. Does caution help?

# %% tags=["solution"]
# @title Solution 2
known = errors["rare input"]["known updates"]
n_taken = min(known, key=lambda length: abs(length - 30_000))
worst = np.argsort(known[n_taken])[::-1][:3]
mended = []
for k in worst:
    one = ibl.inverse_rl.optimal_network.simulate(network, max(n_samples), seeds[k])
    first = slice(n_taken + 1)
    visits = ibl.inverse_rl.optimal_network.count_transitions(
        one.states[first], 8, one.inputs[first], n_inputs=2
    ).visits
    bold = inferred["known updates"][k, n_samples.index(n_taken)]
    cautious = np.where(visits < 5, np.minimum(bold, 0), bold)
    mended.append(
        float(ibl.inverse_rl.from_data.prediction_errors(changes["rare input"], reward, cautious))
    )
unchanged = references["rare input"]["nothing changes"]

answer(
    "16.2",
    f"The three worst errors fall from {', '.join(f'{e:.2f}' for e in known[n_taken][worst])} to "
    f"{', '.join(f'{e:.2f}' for e in mended)} nats, below the {unchanged:.2f} of 'nothing changes'. "
    "So the predictions failed for a few rewards for which there was next to no evidence: the best "
    "network goes where the reward is highest, and a maximum finds the largest error.",
    max(mended) < unchanged < known[n_taken][worst].min(),
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * What if the coding cost were twice as high? Let `optimise` of `iblrnn_helpers.inverse_rl.optimal_network.network` have `network.task` with another one, and see how many samples a noisier network needs.
# * Replace the prior by the one that `choose_prior` finds, recording by recording. At which lengths does r² gain?
# * Leave states that were never visited out of r². Is the rest of the reward known sooner?
