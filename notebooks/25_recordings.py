# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: []
#     cell_timeout: 600
# ---

# %% [markdown]
# # A recording instead of a network: how would you know?
#
# **Question.** All that this book says of its network was measured in all 50 units, without noise, with the inputs known. A laboratory has some neurons of thousands, their spikes, and one session. What of it could be seen there, and in how large a recording?
#
# > **In short.** TODO
#
# **Time:** TODO

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
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict

import iblrnn_helpers as ibl
from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals(), n_jobs=(1, 64))

n_seeds = n_seeds or ibl.core.budget(profile, smoke=3, page=9, paper=9)
n_recordings = n_recordings or ibl.core.budget(profile, smoke=1, page=1, paper=6)
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

# %% mystnb={"figure": {"caption": "**In the spikes before each stimulus the block can be read, with much noise.** Spikes of 100 neurons in 60 trials of a network (below), and above them the block, and its reading from the spikes before each stimulus, by ridge regression fitted to other trials.", "name": "fig-recordings-raster"}, "image": {"alt": "TODO"}}
before = np.sqrt(recording.before_stimulus(0.2))  # roots of counts have nearly the same noise
block = recording.trials.block_side
reading = cross_val_predict(Ridge(100), before, block, cv=KFold(5))  # contiguous parts
switch = recording.trials.block_start[4]
ibl.recordings.fig_recording(recording, reading, first=switch - 40, n_trials=60)

# %% [markdown]
# Five other agents play the same task, and are recorded alike. The *two units* are [distilled](09_claim4_radd.ipynb) from the network, and should show what it shows. Four rivals each lack something. In *beliefs apart* the block is filtered exactly, from the sides of past trials, so that no evidence moves it within a trial. An *[action kernel](../book/glossary.md#term-action-kernel)* has no block, and expects what it chose lately. A *line attractor* adds up all evidence, without leak or saturation. And *reset* is the network itself, with its state set back at the beginning of every trial. With everything visible, this book can tell them apart. In spikes?

# %% [markdown]
# ## What is seen in whom
#
# Each prediction of Claims 2 to 4 becomes a test of what a laboratory has. Slow drifts look like blocks, since both are slow; whatever concerns the block is therefore compared with [pseudo-sessions](../book/glossary.md#term-pseudo-session), blocks drawn anew beside the same spikes (Harris 2020), as the laboratory itself does (Findling et al. 2025). `ibl.recordings.judge` does them all, and says where a recording cannot tell.

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

# %% tags=["lead"] mystnb={"figure": {"caption": "**TODO** How often each prediction is seen in recordings of 100 neurons and 700 trials of each agent. Outlined: agents in which it holds.", "name": "fig-recordings-seen"}, "image": {"alt": "TODO"}}
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

# %% mystnb={"figure": {"caption": "**TODO** In how many % of the network's recordings each prediction is seen, by neurons and trials. Outlined: in at least 80%, and in no agent in which it does not hold clearly more often than in 5%.", "name": "fig-recordings-power"}, "image": {"alt": "TODO"}}
power = ibl.recordings.power_map(results)
ibl.recordings.fig_power(power)

# %% tags=["hide-input"]
least = ibl.recordings.smallest(power)
enough = {what: of for what, of in least.items() if of}
said("TODO")

# %% [markdown] tags=["more"]
# ### How sure is that?
#
# How much would other networks change the map? The same shares with 95% intervals, as if all recordings of a network and its rivals were one.

# %% mystnb={"figure": {"caption": "**TODO** Share of the network's recordings in which each prediction is seen, by neurons, for each number of trials. Bands are 95% intervals over networks; the grey line is at 80%.", "name": "fig-recordings-along"}, "image": {"alt": "TODO"}}
ibl.recordings.fig_power_along(power)

# %% [markdown] tags=["more"]
# ### Does it depend on the neurons?
#
# All this is of neurons that fire at 6 Hz on average, follow a unit each, and drift by a third. What if they fire less, follow less, or drift more?

# %% mystnb={"figure": {"caption": "**TODO** In how many % of the network's recordings of 100 neurons and 700 trials each prediction is seen, for other neurons.", "name": "fig-recordings-neurons"}, "image": {"alt": "TODO"}}
kinds = {
    "as above": {},
    "half the rate": {"mean_rate": 3.0},
    "half the gain": {"gain": 0.35},
    "no drift": {"drift": 0.0},
    "three times the drift": {"drift": 0.9},
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

# %% [markdown]
# ## Which agent made this recording?
#
# Now the other way round: given a recording, whose is it? A plain linear classifier is given what was measured of the choices (shares correct and of the block's side, repetitions after a reward, the [weights](13_mice.ipynb) of stimulus, last choice and block), what was measured of the activity, or both. It is judged on seeds that it has not seen.

# %% mystnb={"figure": {"caption": "**TODO** In how many % of an agent's recordings (rows; 100 neurons, 700 trials) a classifier names which agent, from choices, from activity, and from both.", "name": "fig-recordings-which"}, "image": {"alt": "TODO"}}
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
said(
    "Correct are "
    + ", ".join(f"{of.correct.value:.0%} from {name}" for name, of in named.items())
    + f" ({1 / len(agents):.0%} is chance). The best pair of measurements is “{pair.names[0]}” and “{pair.names[1]}”: "
    f"these two alone name {pair.correct:.0%} correctly, in seeds without which they were chosen."
)

# %% mystnb={"figure": {"caption": "**TODO** Recordings named correctly if only two agents are possible, in %; 50 is chance.", "name": "fig-recordings-pairs"}, "image": {"alt": "TODO"}}
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

# %% mystnb={"figure": {"caption": "**What each prediction takes, and what would refute it.** Neurons and trials are those of this run's agents.", "name": "fig-recordings-wall"}, "image": {"alt": "A table of seven rows. TODO"}}
wall = ibl.recordings.wall_table(least)
wall.to_csv("wall.csv")
ibl.recordings.fig_wall(wall)

# %% [markdown]
# To print it, take the figure as SVG from [the list of drawings](../book/teach.md#to-hand-out-and-to-show), or `wall.csv` from a run of your own.
#
# ## Your own recording
#
# A session's folder as the laboratory has it (ALF), or a file of NWB, is read and judged by one command, `iblrnn report FOLDER`. In Python:

# %% tags=["teaches"]
folder = ibl.recordings.write_alf_recording(recording, "recorded", overwrite=True)
again = ibl.recordings.read_recording(folder)  # give yours
ibl.recordings.judge(again, only="evidence_moves_block")

# %% [markdown]
# ## What follows
#
# TODO

# %% [markdown]
# ## Our numbers
#
# TODO

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
gained = named["both"].by_seed - named["choices"].by_seed
report(
    found
    | {
        "recordings.wrong": wrong,
        "recordings.choices": named["choices"].correct,
        "recordings.activity": named["activity"].correct,
        "recordings.both_minus_choices": ibl.core.mean_of_independent(
            gained, over="recordings and networks"
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
# Record the network with neurons that follow nothing, `Neurons(gain=0)`, and drift. Read the block from the spikes before the stimulus (`Ridge` and `cross_val_predict`, as above), in 40 recordings of 50 neurons and 700 trials, and correlate block and reading. How often is the correlation among the highest 5% of those with the block's labels shuffled, and how often among those with the blocks of pseudo-sessions (`ibl.recordings.pseudo_blocks`)?

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
# You may have twice the neurons or twice the trials. Which is better, for which prediction? Take from `results` the shares of the network's recordings in which each is seen in 100 neurons and 700 trials, in 200 neurons and 700 trials, and in 100 neurons and 1,400 trials.

# %% tags=["solution"]
# @title Solution 2
cells = {
    "as it was": (100, lengths[-2]),
    "more neurons": (units[-1], lengths[-2]),
    "more trials": (100, lengths[-1]),
}
seen_in = pd.DataFrame(
    {name: power.xs(cell, level=("n_units", "n_trials"))["power"] for name, cell in cells.items()}
)
of_block = seen_in.loc["block_before_stimulus"]

answer(
    "25.2",
    f"For the block before the stimulus it is trials: {of_block['as it was']:.0%} as it was, "
    f"{of_block['more neurons']:.0%} with more neurons, {of_block['more trials']:.0%} with more trials. "
    "What limits it is not the noise of neurons but how few blocks there are, as each counts about "
    "once against pseudo-sessions. The other predictions are judged by trials, of which there are many.",
    of_block["more trials"] > of_block["more neurons"] + 0.2,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: two ways to be fooled (35 min, advanced)
#
# "A stronger stimulus moves the next trial's block belief further" sounds easy to test. Take the carried state of the action kernel at the first step of each trial, which is exactly what it expects, without spikes. Correlate it with the signed strength of the trial before, (a) given that trial's side, (b) given its side and choice, (c) given both and the state carried into it. ("Given" a label: subtract the means of trials with that label; given a number: take out what is linear in it.) The kernel hears of strengths only by its choices, so that the answer should be 0. When is it?

# %% tags=["solution"]
# @title Solution 3
long_run = ibl.sample_trials(ibl.TaskParams(), n_sessions=20, n_blocks=10, seed=seed)
kernel = ibl.rollout(agents["action kernel"], long_run, record_states=True)
carried = kernel.states[kernel.row_start[:-1], 0]  # at each trial's first step
now = np.flatnonzero(np.diff(long_run.session) == 0)
table = pd.DataFrame(
    {
        "next": carried[now + 1],
        "before": carried[now],
        "strength": long_run.signed_strength[now],
        "side": long_run.side[now],
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
    "and the kernel follows its choices. (b) Given the choice that is gone, but now strength tells of "
    "what was expected before: whoever chose a side that was hardly to be seen had expected it. Only "
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
