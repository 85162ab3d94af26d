# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: []
#     cell_timeout: 900
# ---

# %% [markdown]
# # A recording instead of a network: how would you know?
#
# **Question.** All that this book says of its network was measured in all 50 units, without noise, with the inputs known. A laboratory has some neurons of thousands, their spikes, and one session. What of it could be seen there, and in how large a recording?
#
# > **In short.** Of seven predictions, a usual session with a hundred neurons shows five, one at times, and one never.
# >
# > * **That evidence moves the block belief is seen with a hundred neurons in seven hundred trials**, within the trial and into the next one, and so is that the axes of block and side are less than 90° apart. Rivals that lack this show it rarely. The block itself, and two dimensions, are seen in far smaller recordings, and in nearly all rivals.
# > * **Neurons or trials?** The change within a trial takes neurons, as few have overlapping axes by chance; what it leaves for the next trial takes trials.
# > * **Two attractors are not seen in any recording of the network, though it has them.** To a laboratory its memory looks like a leak, a little less so if what was seen is known, too.
# > * **Whose recording it is can be told** from activity nearly always; from choices alone less often, and least of all the network's.
# > * *Caveat:* neurons here follow the task and nothing else, and rivals are caricatures. In a brain all of this takes more.
#
# **Time:** about a minute and a half.

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
seed: int = 1  # of the first network; the others follow
n_seeds: int = 0  # networks, each with its rivals; 0: what the profile says
n_recordings: int = 0  # of each agent of a seed; 0: what the profile says
n_pseudo: int = 0  # pseudo-sessions of a null; 0: what the profile says
n_jobs: int = 1  # processes, 300 MB each

# %% mystnb={"code_prompt_show": "Code: setup"}
import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict

import iblrnn_helpers as ibl
from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.publishing import answer, range_text, report, said

ibl.core.check_parameters(globals(), n_jobs=(1, 64))

n_seeds = n_seeds or ibl.core.budget(profile, smoke=3, page=9, paper=9)
n_recordings = n_recordings or ibl.core.budget(profile, smoke=1, page=2, paper=10)
n_pseudo = n_pseudo or ibl.core.budget(profile, smoke=50, page=100, paper=200)
units = ibl.core.budget(
    profile, smoke=[30, 100], page=[10, 30, 100, 200], paper=[10, 30, 100, 200, 400]
)
lengths = ibl.core.budget(profile, smoke=[350, 700], page=[350, 700, 1400], paper=[350, 700, 1400])
size = 100, 700  # neurons and trials of a usual recording

# %% [markdown]
# ## From states to spikes
#
# The network plays one session. A random set of neurons follows its units: each has a rate at rest, a gain and a highest rate, and its spikes are those of a Poisson process. A slow drift, as recordings have it, multiplies the rates of all. What is kept is what a laboratory has: spikes, and of each trial the contrast, the side, the choice and the times. What the network *saw* is gone.

# %% tags=["teaches"]
agents = ibl.recordings.rivals(seed=seed)
trials = ibl.recordings.first_trials(size[1], seed=[seed, 10_000])
played = ibl.rollout(agents["network"], trials, record_states=True)
recording = ibl.recordings.record(played, n_units=size[0], seed=seed)
recording

# %% mystnb={"figure": {"caption": "**In the spikes before each stimulus the block can be read, with much noise.** Spikes of 100 neurons in 60 trials of a network (below), and above them the block, and its reading from the spikes before each stimulus, by ridge regression fitted to other trials.", "name": "fig-recordings-raster"}, "image": {"alt": "Above, a line that is left or right for dozens of trials, and dots that follow it with delay and noise. Below, rows of spikes; some neurons fire more in one block than in the other."}}
before = np.sqrt(recording.before_stimulus(0.2))  # roots of counts have nearly the same noise
block = recording.trials.block_side
reading = cross_val_predict(Ridge(100), before, block, cv=KFold(5))  # contiguous parts
switch = recording.trials.block_start[4]
ibl.recordings.fig_recording(recording, reading, first=switch - 40, n_trials=60)

# %% [markdown]
# Five other agents play the same task, and are recorded alike. The *two units* are [distilled](09_claim4_radd.ipynb) from the network, and should show what it shows. Four rivals each lack something. In *beliefs apart* the block is filtered exactly, from the sides of past trials, so that no evidence moves it within a trial. An *[action kernel](../book/glossary.md#term-action-kernel)* has no block, and expects what it chose lately. A *line attractor* adds up all evidence between two limits, without leak, so that any belief stays as it is at rest; of what is predicted it lacks two attractors and the weight from block to side alone. And *reset* is the network itself, with its state set back at the beginning of every trial.

# %% [markdown]
# ## What is seen in whom
#
# Each prediction of Claims 2 to 4 becomes a test of what a laboratory has. Slow drifts look like blocks, since both are slow; whatever concerns the block is therefore compared with [pseudo-sessions](../book/glossary.md#term-pseudo-session), blocks drawn anew beside the same spikes (Harris 2020), as the laboratory itself does (Findling et al. 2025). A prediction about the block readout counts as seen only where the block itself is: its p is at least the block's. The tests were chosen among several on recordings of networks 1 to 5 and two rivals, of other trials than here. `ibl.recordings.judge` does them all, and says where a recording cannot tell.

# %% tags=["teaches"]
judged = ibl.recordings.judge(recording, n_pseudo=n_pseudo)
pd.DataFrame(
    {
        ibl.recordings.short(what): {
            "measured": f"{of.value:.2f}",
            "p": f"{of.p:.3f}",
            "seen": {True: "yes", False: "no", None: "cannot tell"}[of.seen],
        }
        for what, of in judged.items()
    }
).T

# %% [markdown]
# One recording is an anecdote. So every agent is recorded anew for each of the networks' seeds, with other trials and neurons, and judged in all sizes; smaller recordings are parts of larger ones.

# %% tags=["teaches"]
results = ibl.recordings.run_power(
    n_units=units,
    n_trials=lengths,
    seeds=range(seed, seed + n_seeds),
    n_recordings=n_recordings,
    n_pseudo=n_pseudo,
    n_jobs=n_jobs,
)

# %% tags=["lead"] mystnb={"figure": {"caption": "**In a usual recording five predictions are seen in the network, three of them hardly ever in rivals that lack them; two attractors are never seen.** How often each prediction is seen in recordings of 100 neurons and 700 trials of each agent. Outlined: agents in which it holds.", "name": "fig-recordings-seen"}, "image": {"alt": "Six rows of agents, seven columns of predictions. Two dimensions are seen in all agents, the block in all but reset. Evidence, carry-over and angle are at 100 in network and two units and at nearly 0 in beliefs apart, action kernel and reset; the line attractor shows the carry-over. Two attractors are at about 0 everywhere. That the block feeds the side is seen in half of the network's recordings and in most of the two units'."}}
holds = ibl.recordings.HOLDS
usual = results[(results["n_units"] == size[0]) & (results["n_trials"] == size[1])]
verdicts = usual[usual["kind"] == "activity"].assign(seen=lambda table: table["seen"].eq(True))
shares = verdicts.pivot_table(index="agent", columns="what", values="seen", sort=False)
ibl.recordings.fig_seen(shares, holds)

# %% tags=["hide-input"]
in_network = shares.loc["network"]
wrongly = verdicts[[row.agent not in holds[row.what] for row in verdicts.itertuples()]]
by_seed = wrongly.groupby("seed")["seen"].mean()
wrong = ibl.core.mean_of_independent(by_seed, over="recordings and networks")
wrong = wrong._replace(interval=(max(wrong.interval[0], 0.0), wrong.interval[1]))  # a share
by_pair = wrongly.groupby(["what", "agent"])["seen"].agg(["mean", "count"])
worst = by_pair["mean"].idxmax()
said(
    "In the network, "
    + ", ".join(
        f"“{ibl.recordings.short(what)}” is seen in {share:.0%}"
        for what, share in in_network.items()
    )
    + f" of {len(verdicts.groupby(['seed', 'number']))} recordings. Where a prediction does not hold, it is seen in {wrong.value:.1%} of the verdicts, "
    f"most often “{ibl.recordings.short(worst[0])}” in “{worst[1]}”, in {by_pair['mean'].max():.0%}."
)

# %% [markdown]
# ## How large must a recording be?
#
# As large as it takes to see a prediction in 80% of the network's recordings, with no rival in which it is wrongly seen clearly more often than in 5%.

# %% mystnb={"figure": {"caption": "**The block is seen with ten neurons in seven hundred trials; evidence and angle take a hundred neurons, the carry-over takes trials.** In how many % of the network's recordings each prediction is seen, by neurons and trials. Outlined: in at least 80%, and in no agent in which it does not hold clearly more often than in 5%.", "name": "fig-recordings-power"}, "image": {"alt": "Seven heat maps of neurons by trials. Two dimensions are above 80 everywhere, the block everywhere but with 10 neurons in 350 trials. Evidence and angle are above 80 from 100 neurons on, the carry-over from 700 trials on, or with 200 neurons. Two attractors are 0 everywhere; that the block feeds the side is at most about 60."}}
power = ibl.recordings.power_map(results)
ibl.recordings.fig_power(power)

# %% tags=["hide-input"]
least = ibl.recordings.smallest(power)
enough = [f"“{ibl.recordings.short(what)}” {of[0]} × {of[1]}" for what, of in least.items() if of]
never = [f"“{ibl.recordings.short(what)}”" for what, of in least.items() if not of]
said(
    f"The smallest such recordings, in neurons × trials: {', '.join(enough)}. None here is large enough for {' and '.join(never) or 'nothing'}. "
    f"Shares are of few networks: of {n_seeds}, even 100% is compatible with {ibl.recordings.wilson(1.0, n_seeds)[0]:.0%}."
)

# %% [markdown]
# ### What a longer recording does not show
#
# Would it help to record longer? Here are 100 neurons over the trials of some three sessions at once, which no laboratory has.

# %% tags=["hide-input"]
n_long = ibl.core.budget(profile, smoke=1400, page=2100, paper=10_000)
long_run = ibl.recordings.run_power(
    n_units=size[:1],
    n_trials=[n_long],
    seeds=range(seed, seed + n_seeds),
    agents=["network"],
    only=["two_attractors", "radd_coupling"],
    n_pseudo=n_pseudo,
)
long_run = long_run[long_run["kind"] == "activity"]
in_long = long_run["seen"].eq(True).groupby(long_run["what"]).mean()
keeps = long_run.loc[long_run["what"] == "two_attractors", "value"]
said(
    f"In {n_long:,} trials, weights between the units are seen in {in_long['radd_coupling']:.0%} of the networks, and two attractors in {in_long['two_attractors']:.0%}. "
    f"A unit with two attractors at rest would keep more than all of a small belief from bin to bin; the unit that fits the readouts best keeps {range_text(keeps)} of it."
)

# %% [markdown]
# So a longer recording does not help with the two attractors. Part of the reason is that what was seen is not recorded.

# %% [markdown] tags=["more"]
# ### What hides two attractors?
#
# A laboratory knows the contrast and the choice, but not what was seen. Is that why it does not see the [two attractors](07_mechanism.ipynb) that the network has? Here one saturating unit is fitted, running freely, to the block readout of some networks, once with the contrast as its input and once with what was seen.

# %% tags=["hide-input"]
kept = {"the contrast": [], "what was seen": []}
for k in range(seed, seed + min(n_seeds, 3)):
    agent = ibl.recordings.rivals(seed=k)["network"]
    met = ibl.recordings.first_trials(2 * size[1], seed=[k, 30_000])
    one = ibl.rollout(agent, met, record_states=True)
    of_one = ibl.recordings.record(one, n_units=size[0], seed=k)
    axis = Ridge(100).fit(of_one.before_stimulus(0.2), of_one.trials.block_side).coef_
    read, known = ibl.recordings.binned(of_one, axis[:, None], 0.1)  # a bin is a step
    evidence = one.inputs[:, 1] - one.inputs[:, 0]
    n = len(read) // 10
    unit = ibl.RADD("tanh", solver="free_running", never_worse=False, horizon=n - 1)
    for name, heard in {"the contrast": known[:, 0], "what was seen": evidence}.items():
        told = np.column_stack([heard, known[:, 1]])[: 10 * n].reshape(10, n, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the readout is noisy
            unit.fit(told, (read - read.mean())[: 10 * n].reshape(10, n, 1))
        kept[name].append(float(unit.recurrent_.item()))
gained = np.subtract(kept["what was seen"], kept["the contrast"])
said(
    "From bin to bin it keeps "
    + " and ".join(f"{range_text(of)} if told {name}" for name, of in kept.items())
    + f" ({np.sum(gained > 0)} of {len(gained)} networks keep more)."
)

# %% [markdown]
# What was seen is part of the reason, then: evidence that is not recorded makes a belief wander, and what wanders looks as if it leaked. It is not all of it, as the unit leaks in either case; what else there is we have not settled. With everything visible [the two attractors are there](07_mechanism.ipynb) in each of these networks.

# %% [markdown] tags=["more"]
# ### How sure is that?
#
# How much would other networks change the map? The same shares with 95% intervals, as if all recordings of a network and its rivals were one.

# %% mystnb={"figure": {"caption": "**Evidence and angle are seen more often with more neurons, the carry-over with more trials.** Share of the network's recordings in which each prediction is seen, by neurons, for each number of trials. Bands are 95% intervals over networks; the grey line is at 80%.", "name": "fig-recordings-along"}, "image": {"alt": "Seven panels with a line for each number of trials. Lines of evidence and angle rise from about 0.1 at 10 neurons to 1 at 100, and differ most at 30. The carry-over's line of 350 trials rises from 0.4 to 0.9, the others are near 1. Lines of two dimensions and block are near 1, that of two attractors is at 0. Bands are up to 0.5 wide."}}
ibl.recordings.fig_power_along(power)

# %% [markdown]
# What limits a test depends on what it has to exclude ([exercise 2](25_recordings.ipynb#exercise-2-neurons-or-trials-15-min-basic)). Of few neurons any two axes overlap by chance, so that a change along one is a change along the other; only more neurons exclude that. Evidence is drawn anew in every trial, so that what it leaves for the next one is a matter of trials.

# %% [markdown] tags=["more"]
# ### Does it depend on the neurons?
#
# The [map](#fig-recordings-power) is of neurons that fire at 6 Hz on average, follow a unit each, and drift by a third. What if they fire less, follow less, or drift more?

# %% mystnb={"figure": {"caption": "**Neurons that fire less or drift more change little; at half the gain the carry-over is seen less often, and the weight from block to side suffers from all three.** In how many % of the network's recordings of 100 neurons and 700 trials each prediction is seen; the first row's recordings are other ones than those of the [map](#fig-recordings-power), so that it differs by chance.", "name": "fig-recordings-neurons"}, "image": {"alt": "Five rows of kinds of neurons. Two attractors are at 0 in each; that the block feeds the side is seen in about 70 as they were, and less with half the rate or gain or more drift. The carry-over is at about 70 at half the gain; all else is above 80."}}
kinds = {
    "as in the map": {},
    "half rate": {"mean_rate": 3.0},
    "half gain": {"gain": 0.35},
    "no drift": {"drift": 0.0},
    "3 × drift": {"drift": 0.9},
}
of_neurons = {}
for name, how in kinds.items():
    of_kind = ibl.recordings.run_power(
        n_units=size[:1],
        n_trials=size[1:],
        seeds=range(seed, seed + n_seeds),
        n_recordings=n_recordings,
        agents=["network"],
        neurons=ibl.recordings.Neurons(**how),
        n_pseudo=n_pseudo,
        n_jobs=n_jobs,
    )
    of_kind = of_kind[of_kind["kind"] == "activity"]
    of_neurons[name] = of_kind["seen"].eq(True).groupby(of_kind["what"], sort=False).mean()
of_neurons = pd.DataFrame(of_neurons).T
ibl.recordings.fig_seen(of_neurons)

# %% [markdown] tags=["more"]
# ### Are five in a hundred five in a hundred?
#
# Do the tests see things where there is nothing? Recordings were made of neurons that wander slowly by themselves, from as fast as two trials to as slow as four blocks, and of neurons that know the last trial and nothing else. So many take some minutes; their p-values come with the package; `python -m iblrnn_helpers.recordings.calibration` makes them anew.

# %% mystnb={"figure": {"caption": "**Where there is nothing, each test sees something in about 5% of recordings or fewer.** Share of recordings without what is tested for in which p is smaller than on the axis, by prediction, for two kinds of such recordings. Dashed: as it should be; what concerns the block readout lies below, as the block has to be seen, too. Grey line: the level of the tests, 0.05.", "name": "fig-recordings-null"}, "image": {"alt": "Seven panels. Lines of the block before the stimulus lie along the diagonal, the others below it."}}
null = ibl.recordings.shipped_calibration()
false_ones = ibl.recordings.false_positives(null)
without = null.merge(false_ones[["prediction", "kind"]])  # not what is there
ibl.recordings.fig_null_p(without)

# %% tags=["hide-input"]
highest = false_ones.loc[false_ones["seen"].idxmax()]
odd = false_ones[false_ones["uniform"] < 0.05 / len(false_ones)]
said(
    f"Of {false_ones['n'].max():,} recordings of each kind, a prediction is seen in {range_text(false_ones['seen'], '.1%')}, most often "
    f"“{ibl.recordings.short(highest['prediction'])}” with “{highest['kind']}”. By a Kolmogorov-Smirnov test, corrected for {len(false_ones)} of them, p-values are too small in "
    + (
        " and in ".join(
            f"“{ibl.recordings.short(one.prediction)}” with “{one.kind}” (seen in {one.seen:.1%})"
            for one in odd.itertuples()
        )
        or "none"
    )
    + "."
)

# %% [markdown] tags=["more"]
# ### Weights from spikes
#
# Claim 4 is about weights, and [RADD's regression](09_claim4_radd.ipynb) finds them from one state to the next. But what is read from spikes is noisy, and noise in a regressor makes its weight too small. How much? Here two units with known weights hear the contrasts and choices of the chapter's [first recording](#fig-recordings-raster); 100 neurons follow them, and their spikes are read out. *Run freely*, a model follows the readouts over a tenth of the session without looking at them; *instruments* are the inputs of before, which have no part in the noise.

# %% mystnb={"figure": {"caption": "**From spikes, regression finds half of the block's memory, and couplings that are not there; the other fits find the weights.** Weights of two planted units (lines) and what three fits find in the spikes of 100 neurons; a dot for each set of neurons and spikes.", "name": "fig-recordings-planted"}, "image": {"alt": "Four groups of dots. Those of a model that runs freely and of instruments lie on the lines of the planted weights, 0.6, 0.2, 0.03 and 0.95. The regression's lie at 0.43, 0.26, 0.31 and 0.56."}}
planted = np.array([[0.6, 0.2], [0.03, 0.95]])  # [to, from], of stimulus and block
width = 0.1  # seconds of a bin
_, inputs = ibl.recordings.binned(recording, np.zeros((recording.n_units, 0)), width)
hidden = np.zeros((len(inputs), 2))
for t in range(1, len(inputs)):
    hidden[t] = planted @ hidden[t - 1] + np.array([[1.0, 0.0], [0.2, 0.1]]) @ inputs[t]
n = len(inputs) // 10
tenths = inputs[: 10 * n].reshape(10, n, 2)
freely = ibl.RADD("identity", solver="free_running", never_worse=False, horizon=n - 1)
fits = {"regression": [], "run freely": [], "instruments": []}
for k in range(n_seeds):
    rng = np.random.default_rng([seed, k])
    weights = 2 * rng.standard_normal((recording.n_units, 2)) / hidden.std(axis=0)  # Hz
    counts = rng.poisson(width * (10 + hidden @ weights.T).clip(0))
    read = (counts / width - 10) @ np.linalg.pinv(weights).T
    of = ibl.recordings.fit_coupling(read, inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the states are noisy
        freely.fit(tenths, (read - read.mean(axis=0))[: 10 * n].reshape(10, n, 2))
    for name, weight in zip(fits, (of.regression, freely.recurrent_, of.free), strict=True):
        fits[name].append(weight)
ibl.recordings.fig_planted(planted, fits)

# %% tags=["hide-input"]
off = {
    name: np.array([np.abs(one - planted).mean() for one in found]) for name, found in fits.items()
}
ratio = off["regression"] / off["run freely"]
said(
    "Weights are off by "
    + ", ".join(f"{np.median(of):.3f} ({name})" for name, of in off.items())
    + f" on average (medians over recordings): the regression's by {np.median(ratio):.1f} times as much as if the model runs freely."
)

# %% [markdown]
# ## Which agent made this recording?
#
# Now the other way round: given a recording, whose is it? A plain linear classifier is given what was measured of the choices (shares correct and of the block's side, repetitions after a reward, the [weights](13_mice.ipynb) of stimulus, last choice and block), what was measured of the activity, or both. It is judged on seeds that it has not seen.

# %% mystnb={"figure": {"caption": "**Activity names the agent nearly always; from choices, the network is taken for another more often than not.** In how many % of an agent's recordings (rows; 100 neurons, 700 trials) a classifier names which agent, from choices, from activity, and from both.", "name": "fig-recordings-which"}, "image": {"alt": "Three matrices of agents by agents. From choices the network is named in 44 and taken for its two units and for the line attractor in 22 each; reset is always named. From activity and from both nearly all recordings are named."}}
measured = ibl.recordings.measurements(results, *size)
named = {
    "choices": ibl.recordings.which_agent(measured[["behaviour"]]),
    "activity": ibl.recordings.which_agent(measured[["activity"]]),
    "both": ibl.recordings.which_agent(measured),
}
confusions = {name: of.confusion for name, of in named.items()}
ibl.recordings.fig_confusion(confusions, xlabel="named", ylabel="recorded from")

# %% tags=["hide-input"]
pair = ibl.recordings.best_pair(measured)
pair_names = [ibl.recordings.short(name) for name in pair.names]
two_units = ibl.recordings.which_agent(measured.loc[["network", "distilled"]])
said(
    "Correct are "
    + ", ".join(f"{of.correct.value:.0%} from {name}" for name, of in named.items())
    + f" ({1 / len(agents):.0%} is chance). The best pair of measurements is “{pair_names[0]}” and “{pair_names[1]}”: "
    f"these two alone name {pair.correct:.0%} correctly, in networks that had no part in choosing them. Against what we expected, recordings of the network and of its two units, which do nearly the same, are told apart: {two_units.correct.value:.0%} are correct if only these are possible."
)

# %% [markdown] tags=["more"]
# ### Which two are alike?
#
# If only two agents are possible, how often is the correct one named? From choices alone in the longest recordings, and from both in the smallest ones and in usual ones.

# %% mystnb={"figure": {"caption": "**If only two agents are possible, a hundred neurons tell nearly all pairs apart; choices alone, or few neurons in few trials, confuse the likest pairs in up to a fifth of recordings.** Recordings named correctly if only two agents are possible, in %; 50 is chance.", "name": "fig-recordings-pairs"}, "image": {"alt": "Three symmetric matrices of agents by agents. Left, from choices, and in the middle, from 10 neurons in 350 trials, entries are about 80 for the pairs that are most alike, such as network and distilled, and 100 for others. On the right, from 100 neurons in 700 trials, nearly all are near 100."}}
smallest, largest = (units[0], lengths[0]), (units[-1], lengths[-1])
long = ibl.recordings.measurements(results, *largest)
short = ibl.recordings.measurements(results, *smallest)
apart = {
    f"choices, {largest[1]} trials": ibl.recordings.tell_apart(long[["behaviour"]]),
    f"both, {smallest[0]} × {smallest[1]}": ibl.recordings.tell_apart(short),
    f"both, {size[0]} × {size[1]}": ibl.recordings.tell_apart(measured),
}
ibl.recordings.fig_confusion(apart, xlabel="or")

# %% tags=["hide-input"]
alike = {
    name: [
        f"{a} and {b} ({table.loc[a, b]:.0%})"
        for i, a in enumerate(table.index)
        for b in table.index[i + 1 :]
        if table.loc[a, b] < 0.8
    ]
    for name, table in apart.items()
}
said(
    "Named correctly in fewer than 80% are "
    + "; ".join(f"from {name}: {', '.join(pairs) or 'none'}" for name, pairs in alike.items())
    + "."
)

# %% [markdown]
# ## For the wall
#
# For each prediction: how to measure it, the smallest recording in which it is seen as often as said [above](25_recordings.ipynb#how-large-must-a-recording-be), and what would refute it.

# %% mystnb={"figure": {"caption": "**What each prediction takes, and what would refute it.** Neurons and trials are those of this run's agents, in which all neurons follow the task: in a brain, at least so many.", "name": "fig-recordings-wall"}, "image": {"alt": "A table of seven rows, one for each prediction: how it is measured, how many neurons and trials it takes, and what would refute it."}}
wall = ibl.recordings.wall_table(least)
ibl.recordings.fig_wall(wall)

# %% [markdown]
# To print it, take the figure as SVG from [the list of drawings](../book/teach.md#to-hand-out-and-to-show), or the table:

# %% tags=["hide-input"]
ibl.recordings.as_download(wall, "wall.csv")

# %% [markdown]
# ## Your own recording
#
# A session's folder as the laboratory has it (ALF), or a file of NWB, is read and judged by one command, `iblrnn report FOLDER`. In Python:

# %% tags=["teaches"]
write = ibl.recordings.write_alf_recording
folder = write(recording, "recorded", overwrite=True)
again = ibl.recordings.read_recording(folder)  # give yours
key = "evidence_moves_block"
ibl.recordings.judge(again, only=key)[key].seen

# %% [markdown]
# It takes sessions as the laboratory makes them: unbiased trials first, several probes, of which you name one, and clusters that are no good units, which are used unless you say `--good-only`. Spikes are counted in half a second, or what trials leave of it, before the stimulus and before the response. What is left out is said, and where a prediction cannot be judged, what is missing.
#
# ## What follows
#
# Of what this book says about its network, a laboratory could check that evidence for the side moves the belief about the block ([Claim 3](06_claim3_coupling.ipynb)), that the two share axes ([Claim 2](05_claim2_representations.ipynb)), and that the block is there at all. The first two hold in the line attractor, too, where they are seen less often: seen, they speak against beliefs apart, action kernel and reset; not seen, they refute nothing. What is special about its mechanism, [two attractors](07_mechanism.ipynb) and [the weights of two units](09_claim4_radd.ipynb), is not found in recordings of this kind, or only at times. That two dimensions or the block are seen proves little, since nearly all rivals show them; it is the pattern that tells agents apart.
#
# What the chapter leaves out is most of a brain. Neurons here follow one network; real ones also follow movements, arousal and what else an animal does, and areas differ. Trials come without pauses, so that a session lasts some minutes, and drift is as much faster. Rivals have one parameter setting each, and an animal is none of them. An answer to a stimulus or a choice that fades over several trials knows the sides of these trials, and so passes for a block that evidence moves; so does, at a trial's end, a movement whose axis is the block's; and where the axes of block and side overlap, a weight from one to the other need be no connection.

# %% [markdown]
# ## Our numbers beside what was expected
#
# No paper states these. Bands were set before any recording was judged.

# %% tags=["hide-input"]
names = {
    "dimension": "dimension",
    "block_before_stimulus": "block",
    "evidence_moves_block": "evidence",
    "graded_carry_over": "graded",
    "angle": "angle",
    "two_attractors": "attractors",
    "radd_coupling": "coupling",
}
at_size = power.xs(size, level=("n_units", "n_trials"))
found = {
    f"recordings.{names[what]}": Measured(
        of["power"], (of["low"], of["high"]), "recordings and networks"
    )
    for what, of in at_size.iterrows()
}
more = named["both"].by_seed - named["choices"].by_seed
report(
    found
    | {
        "recordings.wrong": wrong,
        "recordings.most_wrong": Measured(
            by_pair["mean"].max(),
            ibl.recordings.wilson(by_pair["mean"].max(), n_seeds),
            "recordings and networks",
        ),
        "recordings.null_false": Measured(
            float(highest["seen"]),
            ibl.recordings.wilson(highest["seen"], highest["n"]),
            "recordings",
        ),
        "recordings.null_uniform": float(len(false_ones) * false_ones["uniform"].min()),
        "recordings.regression": Measured(
            float(np.median(ratio)), tuple(np.quantile(ratio, [0.025, 0.975])), "recordings"
        ),
        "recordings.two_units": two_units.correct,
        "recordings.choices": named["choices"].correct,
        "recordings.activity": named["activity"].correct,
        "recordings.both_minus_choices": ibl.core.mean_of_independent(
            more, over="recordings and networks"
        ),
    },
    profile=profile,
    detail=f"{n_seeds} networks and their rivals",
)

# %% [markdown] tags=["more"]
# ## Exercises
#
# ### Exercise 1: why pseudo-sessions? (25 min, basic)
#
# Record the network with neurons that follow nothing, `Neurons(gain=0)`, and drift. Read the block from the spikes before the stimulus (`Ridge` and `cross_val_predict`, as for the [first recording](#fig-recordings-raster)), in 40 recordings of 50 neurons and 700 trials, and correlate block and reading. How often is the correlation among the highest 5% of those with the block's labels shuffled, and how often among those with the blocks of pseudo-sessions (`ibl.recordings.pseudo_blocks`)?

# %% tags=["solution"]
# @title Solution 1
high = {"shuffled labels": [], "pseudo-sessions": []}
for k in range(40):
    trials = ibl.recordings.first_trials(700, seed=[seed, 20_000 + k])
    played = ibl.rollout(agents["network"], trials, record_states=True)
    drifting = ibl.recordings.Neurons(gain=0, drift=0.9)
    nothing = ibl.recordings.record(played, n_units=50, neurons=drifting, seed=k)
    counts = np.sqrt(nothing.before_stimulus(0.2))
    true = nothing.trials.block_side
    rng = np.random.default_rng(k)
    others = {
        "shuffled labels": np.stack([rng.permutation(true) for _ in range(99)]),
        "pseudo-sessions": ibl.recordings.pseudo_blocks(nothing.trials, 99, seed=k),
    }
    for name, labels in others.items():
        labels = np.vstack([true, labels]).T.astype(float)
        read = cross_val_predict(Ridge(100), counts, labels, cv=KFold(5))
        r = [np.corrcoef(pair)[0, 1] for pair in zip(read.T, labels.T, strict=True)]
        high[name].append(np.mean(np.array(r) >= r[0]) <= 0.05)
false = {name: np.mean(of) for name, of in high.items()}

answer(
    "25.1",
    f"Among the highest 5% in {false['shuffled labels']:.0%} of recordings with shuffled labels, and in "
    f"{false['pseudo-sessions']:.0%} with pseudo-sessions. Nothing is coded here, so both should be "
    "about 5%. But neighbouring trials have like blocks and, as rates drift, like counts; shuffled "
    "labels have lost that, and any slow signal beats them. Parts that are contiguous do not help.",
    false["shuffled labels"] > 0.12 and false["pseudo-sessions"] < 0.12,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: neurons or trials? (15 min, basic)
#
# You have 30 neurons and 350 trials, and may have a hundred neurons instead, or 700 trials. Which is better, for evidence that moves the block, and for the graded carry-over? Take the shares from `power`, and say why.

# %% tags=["solution"]
# @title Solution 2
cells = {"as it was": (30, 350), "more neurons": (100, 350), "more trials": (30, 700)}
seen_in = pd.DataFrame(
    {name: power.xs(cell, level=("n_units", "n_trials"))["power"] for name, cell in cells.items()}
)
within, carried = seen_in.loc["evidence_moves_block"], seen_in.loc["graded_carry_over"]

answer(
    "25.2",
    f"Evidence within the trial takes neurons: {within['as it was']:.0%} as it was, {within['more neurons']:.0%} with more neurons, "
    f"{within['more trials']:.0%} with more trials. Few neurons have overlapping axes by chance, which no number of trials "
    f"removes. The carry-over takes trials: {carried['as it was']:.0%}, {carried['more neurons']:.0%}, {carried['more trials']:.0%}. There "
    "the contrast is drawn at random, given side and choice, and chance falls with the number of draws.",
    within["more neurons"] > within["more trials"]
    and carried["more trials"] > carried["more neurons"],
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: two ways to be fooled (35 min, advanced)
#
# "A stronger stimulus moves the next trial's block belief further" sounds easy to test. Take the carried state of the action kernel at the first step of each trial, which is exactly what it expects, without spikes. Correlate it with the signed strength of the trial before, (a) given that trial's side, (b) given its side and choice, (c) given both and the state carried into it. ("Given" a label: subtract the means of trials with that label; given a number: take out what is linear in it.) The kernel hears of strengths only by its choices, so that the answer should be 0. When is it?

# %% tags=["solution"]
# @title Solution 3
many = ibl.sample_trials(ibl.TaskParams(), n_sessions=20, n_blocks=10, seed=seed)
kernel = ibl.rollout(agents["action kernel"], many, record_states=True)
carried = kernel.states[kernel.row_start[:-1], 0]  # at each trial's first step
now = np.flatnonzero(np.diff(many.session) == 0)
table = pd.DataFrame(
    {
        "next": carried[now + 1],
        "before": carried[now],
        "strength": many.signed_strength[now],
        "side": many.side[now],
        "choice": kernel.choice[now],
    }
)
numbers = ["next", "before", "strength"]
r = {}
for name, labels in {"a": ["side"], "b": ["side", "choice"], "c": ["side", "choice"]}.items():
    rest = table[numbers] - table.groupby(labels)[numbers].transform("mean")
    if name == "c":
        slope = rest.T @ rest["before"] / (rest["before"] @ rest["before"])
        rest = rest - np.outer(rest["before"], slope)
    r[name] = rest["next"].corr(rest["strength"])

answer(
    "25.3",
    f"Correlations are {r['a']:+.3f}, {r['b']:+.3f} and {r['c']:+.3f}. (a) A strong stimulus is chosen more often, "
    "and the kernel follows its choices. (b) Given the choice that is gone, but now strength says "
    "something about what was expected before: a side that was hardly to be seen and was chosen had been expected. Only "
    "(c) is free of both.",
    r["a"] > 0.05 and r["b"] < -0.05 and abs(r["c"]) < 0.03,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Another agent of your own: `run_power(make, ...)` takes any function that gives agents by name, for a seed. What does [an observer that is not told the side](06_claim3_coupling.ipynb) show?
# * Another brain: `Neurons(mean_rate=..., gain=..., drift=...)` of your area.
# * With your own session: `iblrnn report FOLDER --out report.md --figure report.png`, and `iblrnn report --example recorded` if you have none.
