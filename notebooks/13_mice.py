# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
#     cell_timeout: 900
#     data: iblrnn_helpers.mice.load:can_be_had
# ---

# %% [markdown]
# # The mice
#
# **Question.** The task was made for mice. Do they play it as the network does, and which [agent](../book/glossary.md#term-agent) predicts their choices best?
#
# > **In short.**
# >
# > * **Mice use the block as the network does, only less.** Without a stimulus they choose the block's side more often than not, and after a switch they recover at about the same pace. Of the [Bayesian actors](../book/glossary.md#term-Bayesian-actor)' choices far more are correct.
# > * **A mouse's own past choices predict its next choice best.** In nearly all mice, a leaky average of the last few choices is ahead of every inference from the true sides.
# > * **The network predicts mice well once it has to choose as the mouse did.** Then it adds more to the prediction than the Bayesian filters do, on average; with its own choices it adds less.
# > * *Caveat:* this does not show that mice compute as the network does. Nothing in the network was fitted to a mouse, and repeating a choice can have simpler reasons.
#
# The paper's title speaks of mice, and its figures show none. Its repository has them, though: 54 mice of the International Brain Laboratory (2021, [eLife 10:e63711](https://doi.org/10.7554/eLife.63711)), 1,287,439 trials of the task with biased [blocks](../book/glossary.md), public data under the licence [CC-BY 4.0](https://creativecommons.org/licenses/by/4.0/). An extract of them ships with this book: of every mouse the last six sessions with blocks, some 233,000 trials, unchanged. This page shows all trials where they can be had (a network, or a folder that holds them), and the extract otherwise; the box below says which. In this chapter the same functions measure mice, the network ([chapter 2](02_train_rnn.ipynb)), the Bayesian actors ([chapter 3](03_bayesian_baselines.ipynb)) and the two distilled units ([chapter 9](09_claim4_radd.ipynb)).
#
# **Time:** one to three minutes. All trials are 61 MB, downloaded once, checked against their checksums, and kept.

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
mouse_list: list[str] = []  # names of mice; empty: what the profile says
only_extract: bool = False  # use the sessions that ship, even if all are here
seed: int = 1  # of the first network; the others follow
n_seeds: int = 0  # networks beside which the mice are shown; 0: what the profile says
n_draws: int = 0  # plays of the mice's trials by network and two units; 0: as the profile says
n_folds: int = 5  # parts of the sessions, each held out once
trials_seed: int = 10_000  # of the agents' trials, and of the noise in what they see of the mice's

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals(), n_folds=(2, 100))

n_seeds = n_seeds or ibl.core.budget(profile, smoke=2, page=9, paper=9)
n_draws = n_draws or ibl.core.budget(profile, smoke=1, page=2, paper=10)
n_blocks = ibl.core.budget(profile, smoke=100, page=400, paper=2_000)  # for each network
names = mouse_list or ibl.core.budget(
    profile, smoke=["KS004", "ZM_1084", "CSH_ZAD_010"], page=[], paper=[]
)
mice = ibl.mice.mice_for_page(names or None, extract=only_extract)
mice

# %%
in_blocks = {name: mouse.trials.block_side != 0 for name, mouse in mice.items()}
switches = {
    name: int((mouse.trials.after_switch & (mouse.trials.trial_in_block == 0)).sum())
    for name, mouse in mice.items()
}
sessions = [np.unique(mouse.trials.session[in_blocks[name]]).size for name, mouse in mice.items()]
said(
    f"In this run: {mice.in_words}. In blocks are {sum(map(np.sum, in_blocks.values())):,} of the "
    f"trials, in {sum(sessions):,} sessions ({min(sessions)} to {max(sessions)} a mouse), with "
    f"{sum(switches.values()):,} switches."
)

# %% [markdown] tags=["more"]
# ## How mice and agents are compared
#
# The agents play the paper's task ([chapter 1](01_task.ipynb)). Its strengths 0, 0.5, 1, 1.5 and 2.5 stand for the contrasts 0, 6.25, 12.5, 25 and 100% of the mice (2 would be 50%, which was not used in these sessions). Only the order of strengths is matched, not how well they can be seen: the network's noise was not fitted to a mouse's vision. So compare the shapes of curves, and choices without a stimulus; slopes cannot be compared.

# %%
task = ibl.TaskParams()
trained, origin = ibl.networks_for([ibl.TrainParams(seed=seed + k) for k in range(n_seeds)], task)
print(origin)
of_agents = {"RNN": [], "distilled": []}
for k, one in enumerate(trained):
    # Trials of its own for each network: the mean over networks is then less noisy.
    trials = ibl.sample_trials(task, n_sessions=n_blocks // 20, n_blocks=20, seed=trials_seed + k)
    session = ibl.rollout(ibl.RNNAgent(one.network), trials, record_states=True)
    two = ibl.distill(
        one.network,
        session,
        ibl.representations.on_readouts(ibl.fit_state_space(session, one.network)),
    )
    of_agents["RNN"].append(replace(session, states=None))
    of_agents["distilled"].append(ibl.rollout(two.agent(), trials))
    if k == 0:
        distilled = two
trials = ibl.sample_trials(task, n_sessions=n_blocks // 5, n_blocks=20, seed=trials_seed)
for kind in ("exact", "exponential"):
    actor = ibl.BayesianActor(task, kind)
    of_agents[actor.name] = [ibl.rollout(actor, trials)]
everybody = {"mice": list(mice.values()), **of_agents}


# %% [markdown]
# ## Choices

# %% mystnb={"figure": {"caption": "**The block shifts the choices of mice as it shifts those of the network, and both stay unsure at strong stimuli.** Fraction of choices to the right by signed contrast or strength, in left and in right blocks. Thin lines: single mice; thick: their mean. Bands are 95% intervals over mice, networks or (actor) blocks.", "name": "fig-mice-psychometric"}, "image": {"alt": "Four panels. Mice, RNN and distilled units alike: the curve of right blocks lies above that of left blocks at every strength, from about 0.3 against 0.65 to 0.7 at zero, and both stay clear of 0 and 1 at the strongest stimuli on the side that the block disfavours. Single mice scatter widely, some far below 0.8 at full contrast. The Bayesian actor's curves are steeper, 0.15 and 0.86 at zero, and reach 0 and 1."}}
curves = [ibl.psychometric(mouse) for mouse in mice.values()]
shown = {
    name: ibl.mice.over_animals([ibl.psychometric(s) for s in played])
    for name, played in of_agents.items()
    if name != "Exponential actor"
}
ibl.mice.fig_mice_psychometric(curves, ibl.mice.over_animals(curves), shown)

# %% [markdown]
# The block shifts the curves of mice, as it shifts the network's ([figure](#fig-mice-psychometric); [chapter 4](04_claim1_behavior.ipynb) has more on the network's). At strong stimuli against the block neither mice nor network are sure, while the Bayesian actor (the exact one throughout) is. In the mice this is largely due to lapses: some make errors even at full contrast.

# %% [markdown] tags=["more"]
# ### A psychometric curve for each mouse
#
# To the choices of each mouse in left and in right blocks we fit a [psychometric](../book/glossary.md#term-psychometric) curve with lapses, with the laboratory's own library psychofit. Its bias moves with the block. Its lapse rates say how far it stays from 0 and 1 at contrasts that are easy to see.

# %%
fits = {name: ibl.mice.fit_psychometric(mouse) for name, mouse in mice.items()}
fitted = pd.DataFrame(
    {
        name: {
            "bias in left blocks (% contrast)": 100 * fit[-1].bias,
            "bias in right blocks (% contrast)": 100 * fit[1].bias,
            "threshold (% contrast)": 50 * (fit[-1].threshold + fit[1].threshold),
            "lapses on the left": (fit[-1].lapse_left + fit[1].lapse_left) / 2,
            "lapses on the right": (fit[-1].lapse_right + fit[1].lapse_right) / 2,
            "shift of P(right) at contrast 0": float((fit[1](0.0) - fit[-1](0.0)).item()),
        }
        for name, fit in fits.items()
    }
).T
low, quarter, median, three_quarters, high = (
    fitted.quantile(q).round(2) for q in (0, 0.25, 0.5, 0.75, 1)
)
of_mice = pd.DataFrame({"median": median, "lowest": low, "highest": high})
middle = [f"{a:.2f} to {b:.2f}" for a, b in zip(quarter, three_quarters, strict=True)]
of_mice.insert(1, "middle half of the mice", middle)
of_mice

# %%
one_sided = [
    name
    for name, mouse in mice.items()
    if abs(np.mean(mouse.choice[mouse.choice != 0])) > 0.9  # -1 or 1: all on one side
]
said(
    f"In this run {' and '.join(one_sided) or 'no mouse'} made more than 95% of the choices on one "
    "side. A curve fitted to such a mouse has a bias or a lapse rate at the edge of what is "
    "allowed, and so the table has medians. These mice count in all other numbers."
)

# %% [markdown] tags=["more"]
# ## Speed

# %% mystnb={"figure": {"caption": "**Mice take longer at low contrast and when they are wrong; the network's times hardly differ.** Left: median reaction time by contrast, of single mice (thin) and their mean (thick). Right: steps per trial of the network and of the exact Bayesian actor. Bands are 95% intervals over mice, networks or (actor) blocks.", "name": "fig-mice-times"}, "image": {"alt": "Left: when correct, mice take two to three times as long at contrast 0 as at full contrast, where it is 0.3 seconds; when not, they take longer at every contrast, with a wide band. Right: the network's steps fall slightly, from 3.4 to 3.1, and are nearly the same when not correct; the Bayesian actor takes 5 steps at weak stimuli when correct and up to 11 when not."}}
times = [ibl.mice.median_times(mouse) for mouse in mice.values()]
steps = {
    name: ibl.mice.over_animals(
        [ibl.behavior.means(s, "n_steps", ["strength", "correct"]) for s in of_agents[name]]
    )
    for name in ("RNN", "Bayesian actor")
}
ibl.mice.fig_mice_times(times, ibl.mice.over_animals(times), steps)

# %% [markdown]
# Mice are slow at low contrast, and slower when they are wrong. The network's [steps](../book/glossary.md#term-step) per trial also fall with strength, but little, and its errors take about as long as its correct choices. The actor's errors at weak stimuli take far longer, because most of them are time-outs. (Reaction times of mice contain what no agent has, such as the time to move a paw, or minutes without interest. Therefore we take medians, and the two panels have no common axis.)

# %% [markdown]
# ## After a block has changed
#
# Here and below, trials without a choice are left out, because the Bayesian actor, which waits until it is certain, has many.

# %% mystnb={"figure": {"caption": "**After a switch mice recover as fast as the network and its two distilled units.** Fraction correct by trial after the switch, over all trials and over those without a stimulus; the Bayesian actor is the exact one. Bands are 95% intervals over mice, networks or (actors) blocks.", "name": "fig-mice-after-switch"}, "image": {"alt": "Two panels. Over all trials mice rise from 0.7 to 0.8 within ten trials and RNN and distilled units run close by, a little lower at first and a little higher later; the actors are above 0.8 from the first trial and near 0.96 later. At zero contrast all begin below one half, mice at 0.4 and the actors near 0.25, cross it at the fourth trial (the exponential actor at the eighth or so), and settle: mice at 0.6, RNN at 0.65, actors at 0.75."}}
after, at_zero = (
    {
        name: ibl.mice.over_animals(
            [ibl.mice.correct_after_switch(s, strength=strength) for s in played], min_trials=5
        )
        for name, played in everybody.items()
    }
    for strength in (None, 0.0)
)
ibl.mice.fig_mice_after_switch(after, at_zero)

# %% [markdown]
# Of all agents, network and [distilled](../book/glossary.md#term-distillation) units are closest to the mice. Without a stimulus mice begin highest and end lowest, as if they relied on a block less than any of the agents does. (Lapses would have the same effect.)
#
# ## Without a stimulus, and after a reward
#
# At contrast 0 only the past can help. How often is the choice that of the block's side? How often is the last choice repeated after a reward (*win, stay*), and changed after an error (*lose, switch*)? And how often is the choice correct after either?

# %%
past = {}
for name, played in everybody.items():
    past[name] = pd.DataFrame(
        {
            "choice of the block's side": ibl.mice.zero_contrast_concordant(s).value,
            **ibl.mice.after_outcome(s, strength=0.0),
        }
        for s in played
    )

# %% mystnb={"figure": {"caption": "**Without a stimulus mice follow the block less than all agents, and after a loss they are at chance.** Each dot is a mouse, the diamond their mean with its 95% interval; other marks are agents (means over networks). Trials have contrast or strength 0.", "name": "fig-mice-zero"}, "image": {"alt": "Five rows of dots. Mice choose the block's side in 0.65 of trials, RNN in 0.71, actors in 0.83 and more. Win-stay: mice 0.72, agents 0.74 to 0.83. Lose-switch: mice 0.33, agents 0.23 to 0.34. Mice are correct in 0.62 after a win and in 0.5 after a loss; for RNN and distilled units the two differ less, and the Bayesian actor is correct slightly more often after a loss."}}
ibl.mice.fig_strips(
    past["mice"].to_dict("list"),
    {name: table.mean().to_dict() for name, table in past.items() if name != "mice"},
    title="Choices without a stimulus",
    xlabel="share of choices at contrast or strength 0",
    zero=0.5,
)

# %% [markdown]
# After a loss, mice are correct in about half of these trials, which is chance. For an actor that learns the true side from every [feedback](../book/glossary.md#term-feedback) there is no such difference, because a loss is as informative as a win. The network and its two units lie between mice and actors.

# %% [markdown] tags=["more"]
# ### What the next choice depends on
#
# A regression separates the contributions of stimulus, last choice and block. It explains the log odds of a choice to the right by the stimulus (the rank of its strength, in units of its standard deviation), by the last choice (separately if it was rewarded and if not), and by the block.

# %%
weights = {
    name: pd.DataFrame([ibl.mice.history_weights(s) for s in played])
    for name, played in everybody.items()
}

# %% mystnb={"figure": {"caption": "**Mice and network tend to repeat even a choice that was not rewarded.** Weights of stimulus, last choice and block on the next choice, in log odds. Dots: mice; diamond: their mean; other marks: agents (means over networks).", "name": "fig-mice-history"}, "image": {"alt": "Four rows of dots. Stimulus: mice 2.2 as the RNN and the distilled units, the actors 4.5 and 5. Last choice when rewarded: mice 0.65, agents 0.6 to 1. Last choice when unrewarded: mice 0.8, RNN and distilled units 1, Bayesian actor 0.3. Block: mice 0.3, distilled 0.4, RNN 0.6, actors 1 and more."}}
ibl.mice.fig_strips(
    weights["mice"].to_dict("list"),
    {name: table.mean().to_dict() for name, table in weights.items() if name != "mice"},
    title="What the next choice depends on",
    xlabel="weight (log odds)",
)

# %% [markdown]
# The third row of the [figure](#fig-mice-history) is the surprising one. Mice tend to repeat even a choice that was *not* rewarded, and more than one that was. An ideal observer would do that less: an error speaks for the other side, and its remaining positive weight comes from the [belief](../book/glossary.md#term-belief) that led to the choice. The network does as the mice do, and Claim 3 ([chapter 6](06_claim3_coupling.ipynb)) offers a possible reason: its block belief is moved by the evidence that it saw more than by the feedback, and evidence that led to an error moved the belief towards the wrong side.

# %% [markdown]
# ## Which expectation predicts the choices of mice?
#
# Now trial by trial. Before every stimulus of a mouse, each candidate model has an expectation about the side, computed from the past of that [session](../book/glossary.md#term-session) alone. The same formula turns the expectation of every candidate into the probability of a choice,
#
# $$P(\text{right}) = \gamma_L + (1 - \gamma_L - \gamma_R)\,\sigma\big(\text{bias} + \text{gain} \cdot s \tanh(k c)/\tanh(k) + w\, x\big),$$
#
# with the stimulus side $s$, its contrast $c$, two lapse rates $\gamma$, and the candidate's log odds $x$. It is fitted to four fifths of a mouse's sessions and tested on the rest, five times. The candidates:
#
# * **stimulus alone**: no $x$;
# * **true block**: $x = \pm 1$, as if the mouse knew the block;
# * **Bayes, Markov**: the paper's filter ([chapter 3](03_bayesian_baselines.ipynb)), which infers the block from past *sides*; **Bayes, exact** also knows how long blocks last ([chapter 12](12_ideal_observers.ipynb));
# * **average of sides**: a leaky average of the past sides (that of the exponential actor), with a fitted leak;
# * **average of choices**: a leaky average of the mouse's own past choices, the *action kernel* of [Findling et al. 2025](https://doi.org/10.1038/s41586-025-09226-1);
# * **choices and Bayes**: both, with a weight each, to see whether there is inference beside the habit;
# * **RNN, its own choices**: the network plays the mouse's trials; $x$ is its log odds on the last blank step before the stimulus. The network sees noise that the mouse did not see, so we average over a few plays. **distilled** is the network's two distilled units, used in this way;
# * **RNN, the mouse's choices**: the network plays the mouse's trials and has to choose as the mouse did. For each trial its noise is drawn eight times, and we keep a draw for which the network chooses as the mouse did. So the network uses what the choice reveals about what the mouse may have *seen*.
#
# Candidates that use the mouse's choices know what the mouse did; the others know only what happened to it. This is not an unfair advantage. It is the question: does a mouse expect what was true, or what it chose?

# %%
seeds = range(trials_seed, trials_seed + n_draws)
network, everyone = trained[0].network, list(mice.values())
met = [mouse.trials for mouse in everyone]
plays = {
    "RNN, its own choices": [ibl.mice.of_agent(ibl.RNNAgent(network), met, seed=s) for s in seeds],
    "RNN, the mouse's choices": [ibl.mice.of_network(network, everyone, seed=s) for s in seeds],
    "distilled": [ibl.mice.of_agent(distilled.agent(), met, seed=s) for s in seeds],
}
lived = {
    kind: [np.mean(of_mouse, axis=0) for of_mouse in zip(*draws, strict=True)]
    for kind, draws in plays.items()
}
predictions = {
    name: ibl.mice.predict_choices(
        mouse,
        ibl.mice.candidates(mouse, {kind: of_mice[k] for kind, of_mice in lived.items()}),
        n_folds=n_folds,
    )
    for k, (name, mouse) in enumerate(mice.items())
}
gained = ibl.mice.gains(predictions)
alone = np.mean([found.bits["stimulus alone"] for found in predictions.values()])
print(f"stimulus alone: {alone:.3f} bits per choice, mean over mice")
for name in ("average of sides", "average of choices"):
    print(f"{name}: over {ibl.mice.memory(predictions, name).value:.1f} trials (median mouse)")

# %% tags=["lead"] mystnb={"figure": {"caption": "**A mouse's own past choices predict its next one best, and the true block predicts it least.** What each expectation adds to the stimulus in predicting choices in held-out sessions. Each dot is a mouse, the diamond their mean with its 95% interval.", "name": "fig-mice-prediction"}, "image": {"alt": "Nine rows of dots, the best on top. Choices and Bayes, and the average of choices, gain about 100, with some mice up to 350; the RNN that makes the mouse's choices gains about 75; the average of sides and both Bayesian filters about 40; the RNN with its own choices just over 30; distilled units just under 30; the true block 25."}}
ibl.mice.fig_strips(
    gained.to_dict("list"),
    title="Whose expectation predicts the choices of mice",
    xlabel="log likelihood gained over the stimulus alone\n(thousandths of a bit per choice)",
)

# %%
true_sides = gained[["average of sides", "Bayes, Markov", "Bayes, exact"]].max(axis=1)
better = int((gained["average of choices"] > true_sides).sum())
added, interval, _ = ibl.core.mean_of_independent(
    gained["choices and Bayes"] - gained["average of choices"], over="mice"
)
longer = int((gained["Bayes, exact"] > gained["Bayes, Markov"]).sum())
helped = int((gained["choices and Bayes"] - gained["average of choices"] > 5).sum())
print(
    f"The average of choices is ahead of all three inferences from true sides in {better} of "
    f"{len(mice)} mice.\nBayes beside it adds {added:.2f} thousandths of a bit on average "
    f"({' to '.join(f'{end:.2f}' for end in interval or ())}),\n"
    f"and more than five thousandths in {helped} mice.\n"
    f"The exact filter is ahead of the Markov filter in {longer} of {len(mice)} mice."
)

# %% [markdown] tags=["more"]
# ### All candidates in numbers
#
# The table has the means with 95% intervals over mice, and in how many mice each candidate is the best: among all of them, and among those that know only what happened to the mouse, not what it did.

# %%
know_choices = ["average of choices", "choices and Bayes", "RNN, the mouse's choices"]
ranked = ibl.mice.ranking(gained)
others = ibl.mice.ranking(gained.drop(columns=[*know_choices, "true block"]))
half = (ranked["high"] - ranked["low"]) / 2
ranked = pd.DataFrame(
    {
        "gain (thousandths of a bit)": [
            f"{mean:.1f} ± {error:.1f}" for mean, error in zip(ranked["gain"], half, strict=True)
        ],
        "best in mice": ranked["best in mice"],
        "best, without knowing choices": [
            others["best in mice"].get(name, "") for name in ranked.index
        ],
    },
    index=ranked.index,
)
ranked

# %% [markdown]
# ### What predicts a mouse best
#
# The [figure](#fig-mice-prediction) compares all candidates.
#
# **The mouse's own choices predict it best.** A leaky average of about the last five choices gains more than twice what any of our three inferences from the true sides gains. That is the [action kernel](../book/glossary.md#term-action-kernel) that Findling et al. found in other mice, with nearly their number of trials. Bayes beside it adds hardly anything on average: if mice also infer from the true sides, with the probabilities of the task, this has little effect on their choices. (In single mice it can be more, as printed above; inferences with other probabilities for each mouse were not tried.)
#
# **Among candidates that know only what happened**, the simplest one is best, the leaky average of sides. The exact filter, which knows most about the task, is behind the Markov filter, and both are behind the average: to know that blocks have a shortest length does not help to predict mice, on average. And the true block, which an animal cannot know, gains least.
#
# **The network** with its own choices is behind Bayes. Part of the reason is noise: with more plays (`-p n_draws 12`) it comes closer, without reaching it. But when it has to choose as the mouse did, it gains nearly twice as much as Bayes, with only the same weight fitted. Its belief depends on what it saw, and the mouse's choice gives information about that. Since evidence moves the network's block belief (Claim 3), the network may act like an action kernel; nothing here separates this from other information in the mouse's choices. It is still behind the plain average of choices, which has a leak fitted to each mouse.
#
# This does *not* show that mice compute as the network does. Repeating a choice can have simpler reasons, and the average of choices needs no beliefs at all. Nor was the network's noise or its memory fitted to a mouse.
#
# ## What follows
#
# Mice play the task more like the network than like an ideal observer, and their expectation follows what they chose more than what was true. This ends Part I. Its methods start from a network whose task is known; [chapter 14](14_maze.ipynb) begins Part II, which asks what an agent is trying to achieve if only its behaviour is known.

# %% [markdown] tags=["more"]
# ## Which trials are used
#
# * A row that contradicts the task is rejected, with its reason. In these files there is one kind of such rows: trials with contrast 0 and without a choice, whose `position` is −0.0. For these the side of the stimulus is unknown.
# * All other trials without a choice stay. They are time-outs and count as wrong, as those of the agents do.
# * A trial with a missing or negative reaction time is used for everything except reaction times.
# * A session begins with 90 trials in which both sides are equally likely. They belong to no [block](../book/glossary.md#term-block), and are left out wherever blocks matter. A *switch* is a change from a block of one side to a block of the other.
# * A few sessions had contrasts of 4% and 8%. They count in everything except the curves by contrast.

# %% [markdown]
# ## Our numbers beside the published ones
#
# What other papers say about mice (partly other mice, and with other methods).

# %%
gain_of = gained["average of choices"]
n_rows = sum(len(mouse.trials) + len(mouse.rejected) for mouse in mice.values())
after_win = past["mice"]["correct after a win"] - past["mice"]["correct after a loss"]
measured = {
    "mice.zero_contrast": ibl.core.mean_of_independent(
        past["mice"]["choice of the block's side"], over="mice"
    ),
    "mice.block_weight": ibl.core.mean_of_independent(weights["mice"]["block"], over="mice"),
    "mice.correct_after_win": ibl.core.mean_of_independent(after_win, over="mice"),
    "mice.choices_minus_bayes": ibl.core.mean_of_independent(
        gain_of - gained["Bayes, Markov"], over="mice"
    ),
    "mice.choices_minus_sides": ibl.core.mean_of_independent(
        gain_of - gained["average of sides"], over="mice"
    ),
    "mice.choices_leak": ibl.mice.memory(predictions, "average of choices"),
}
# The count of the published files has no counterpart in the extract.
if mice.are_all and len(mice) == len(ibl.mice.mouse_names()):
    measured["mice.rows"] = n_rows / 1000
report(measured, profile=profile, detail=mice.in_words)

# %% [markdown]
# ## Exercises
#
# In all three, simulated agents take the place of the mouse, so they need no data. `ibl.mice.predict_choices(session, ibl.mice.candidates(session, {}))` takes an agent's session as it takes a mouse.
#
# ### Exercise 1: does the method find what is known? (25 min, intermediate)
#
# We know what the Bayesian and the exponential actor expect. Let both play the task and ask which expectation predicts their choices best, without "choices and Bayes", which combines two (`ibl.mice.gains` gives the table). Does the method find the correct one? And does the average of *choices* gain nothing, as neither actor uses its choices?

# %% tags=["solution"]
# @title Solution 1
world = ibl.TaskParams()
met_by_all = ibl.sample_trials(world, n_sessions=n_blocks // 20, n_blocks=20, seed=trials_seed)
by_inference = {
    "Bayesian actor": ibl.rollout(ibl.BayesianActor(world), met_by_all),
    "Exponential actor": ibl.rollout(ibl.BayesianActor(world, "exponential"), met_by_all),
}
predicted = {
    name: ibl.mice.predict_choices(session, ibl.mice.candidates(session, {}), n_folds=n_folds)
    for name, session in by_inference.items()
}
table = ibl.mice.gains(predicted).drop(columns="choices and Bayes")
best = table.idxmax(axis=1)
falsely = table["average of choices"]

answer(
    "13.1",
    f"It finds “{best['Bayesian actor']}” for the Bayesian actor and "
    f"“{best['Exponential actor']}” for the exponential one, as it should. But the average of "
    f"choices gains {falsely['Bayesian actor']:.0f} and {falsely['Exponential actor']:.0f} "
    "thousandths of a bit although these actors do not use it, because past choices resemble past "
    "sides. So a gain alone only shows that an expectation resembles the true one. Compare it with "
    "the gains of its rivals.",
    best["Bayesian actor"] == "Bayes, Markov"
    and best["Exponential actor"] == "average of sides"
    and falsely.min() > 20,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: the network as a subject (25 min, intermediate)
#
# Now let a network play, `RNNAgent`, and predict *its* choices. Evidence moves its belief about the block (Claim 3), so that it comes to believe what it chose. Do you expect more from the average of its choices or from the average of the true sides?

# %% tags=["solution"]
# @title Solution 2
(subject,), _ = ibl.networks_for([ibl.TrainParams(seed=seed)], world)
played = ibl.rollout(ibl.RNNAgent(subject.network), met_by_all)
found = ibl.mice.predict_choices(played, ibl.mice.candidates(played, {}), n_folds=n_folds)
of_network = ibl.mice.gains({"RNN": found}).loc["RNN"]
ratio = of_network["average of choices"] / of_network["average of sides"]
in_mice = gained["average of choices"].mean() / gained["average of sides"].mean()

answer(
    "13.2",
    f"The average of its own choices is ahead: {of_network['average of choices']:.0f} thousandths "
    f"of a bit, that of the sides {of_network['average of sides']:.0f}, Bayes "
    f"{of_network['Bayes, Markov']:.0f}. In both actors the order is the opposite. So to this method "
    f"the network looks like an agent with a habit, by a factor of {ratio:.2f}, though it does not "
    "store its choices: what it saw moved both its choice and its belief. In the mice the factor "
    f"is {in_mice:.2f}.",
    ratio > 1.05
    and of_network["average of choices"] > of_network["Bayes, Markov"]
    and (falsely < table["average of sides"]).all(),
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: why does the truth predict so little? (30 min, advanced)
#
# In the mice the true block gains least. Find out why with the network's choices of exercise 2: predict only those that it made after the first 15 trials of a block. `replace(played, choice=...)` with 0 for the others removes them, but make the candidates from all its choices.

# %% tags=["solution"]
# @title Solution 3
settled = np.where(met_by_all.trial_in_block >= 15, played.choice, 0).astype(played.choice.dtype)
found_late = ibl.mice.predict_choices(
    replace(played, choice=settled), ibl.mice.candidates(played, {}), n_folds=n_folds
)
of_settled = ibl.mice.gains({"RNN": found_late}).loc["RNN"]
share = [gain["true block"] / gain["Bayes, Markov"] for gain in (of_network, of_settled)]

answer(
    "13.3",
    f"Over all its choices the true block gains {of_network['true block']:.0f} thousandths of a "
    f"bit, {share[0]:.2f} of what the Bayesian filter gains. After the first 15 trials it is "
    f"{of_settled['true block']:.0f}, {share[1]:.2f} of the filter's. The true block changes at "
    "once at a switch, and an agent that has to infer it follows later. So for some trials it "
    "predicts the wrong side, and its one weight has to be small for all.",
    share[0] < 0.75 and share[1] > share[0] + 0.15,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Two mice in detail: `papermill notebooks/13_mice.ipynb out.ipynb -y 'mouse_list: [CSHL_002, KS004]'`.
# * Other sessions: with `-p only_extract true` the chapter shows the last six sessions of each mouse, even if all are here; what do its numbers say of the earlier ones? `ibl.mice.load_extract()` gives these mice, and `ibl.mice.make_extract(path, n_sessions=...)` makes an extract of another length from the published files.
# * Your own mice: `ibl.mice.read_mouse(path)` reads a file with the same columns, and `ibl.mice.load_with_one(name, sessions)` gets sessions from the laboratory's data base if ONE is installed.
# * Another candidate: any log odds of a right side before every trial, such as those of a network trained with another loss, `ibl.mice.of_network(...)`, or of an average with two leaks. Can you beat the average of choices?
# * Exercise 3 on a mouse: does the true block catch up there, too?
