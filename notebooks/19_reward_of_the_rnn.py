# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   iblrnn:
#     depends: [02_train_rnn]
#     cell_timeout: 900
# ---

# %% [markdown]
# # Inverse RL of the network of Part I: what is it trying to achieve?
#
# **Question.** Part II infers from an agent's actions the reward for which they are best, and tests it by a prediction: how will the agent act when the world changes? What does the method say of the network of [Part I](02_train_rnn.ipynb)? And does the reward that it finds predict what a network does that was *trained in another world*, better than the assumption that nothing changes?
#
# > **In short.**
# >
# > * Two numbers describe well when the networks choose, and what: a wrong choice costs nearly twice what a correct one pays. In the task's own terms, all networks act as if each [observation](../book/glossary.md#term-observation) paid a little, while the task charges for waiting.
# > * Re-optimised for another task, the inferred reward predicts retrained networks worse than the assumption that nothing changes, for most changes of the task.
# > * What carries over is the *policy of beliefs*: a retrained network learns the [beliefs](../book/glossary.md#term-belief) that fit its new task, and acts on them as the first network acted on its own. This prediction is the nearest for nearly all pairs of networks.
# > * *But* there are only three pairs of networks for each change, and a reward can be inferred from *any* policy: a good fit does not show that there is a goal.
#
# Neither paper asks this, so the treatment is ours. It is described below before anything is measured.
#
# **Time:** about a minute. All networks are those of the training page or ship with the package.

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
n_seeds: int = 0  # networks whose reward is inferred; 0: what the profile says
n_pairs: int = 0  # of them, those whose retrained twins are predicted; 0: what the profile says
n_blocks: int = 0  # blocks that every network plays; 0: what the profile says
trials_seed: int = 25_000  # of the trials

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals())

n_seeds = n_seeds or ibl.core.budget(profile, smoke=1, page=9, paper=20)
n_pairs = min(n_seeds, n_pairs or ibl.core.budget(profile, smoke=1, page=3, paper=10))
n_blocks = n_blocks or ibl.core.budget(profile, smoke=120, page=500, paper=4_000)
ibl.core.check_parameters(globals(), n_blocks=(120, 10**9))
task = ibl.TaskParams()
recipes = [ibl.TrainParams(seed=seed + k) for k in range(n_seeds)]
networks, origin = ibl.networks_for(recipes, task)
print(origin)

# %% [markdown]
# ## The task as a decision process
#
# We describe the task as the maze of [chapter 14](14_maze.ipynb) was described, by states, actions and transitions:
#
# * **States**: what an ideal observer of the task ([chapter 3](03_bayesian_baselines.ipynb)) believes, in bins: the belief about the side (16 bins of log odds), the prior it began the trial with (9 bins; this is the belief about the block), and the number of the observation. Some 1,100 of these occur. After them come the outcome (correct, wrong, timed out) and the blank steps of the next trial.
# * **Actions**: choose left, wait, choose right. The network chooses when its $p$ or $1 - p$ exceeds 0.9.
# * **Transitions** are counted in the [trials](../book/glossary.md#term-trial) themselves. Sides do not depend on what the agent does, and neither does the belief that comes next if it waits.
# * **Softness.** Given its own state the network is deterministic. Given the *observer's* belief it is not, and this spread of its actions is its soft policy. In the terms of Part II, the network pays for acting differently on different beliefs: it maximises $\langle r - T\,\mathrm{KL}[\pi(\cdot|s)\,\|\,p(\cdot)]\rangle$, where $p$ are the overall shares of the actions and $T$ is the price of a [nat](../book/glossary.md#term-nat). Only $r/T$ can be known, so rewards are in nats.
#
# Left and right are treated as mirror images.

# %%
trials = ibl.sample_trials(task, n_sessions=n_blocks // 20, n_blocks=20, seed=trials_seed)
codes = ibl.inverse_rl.ibl_network.encode(trials)
process = ibl.inverse_rl.ibl_network.belief_process(codes)
print(
    f"{len(trials):,} trials, {process.n_choices} states with a choice, {process.n_states} in all"
)

# %% tags=["teaches"]
method = ibl.inverse_rl.ibl_network
agents = [ibl.RNNAgent(one.network) for one in networks]
sessions = [ibl.rollout(agent, trials) for agent in agents]
counts = [method.count_actions(codes, session) for session in sessions]
goals = [method.infer_goal(process, seen) for seen in counts]
main = goals[0]  # of the network with the first seed, the main network

# %% [markdown]
# ## Which reward?
#
# A separate reward for every state would fit well and explain little. So we ask for rewards of a kind: a weighted sum of a few features, whose weights are those that make the actions likeliest (`infer_goal`; where the policy is exactly the best for such a reward, the weights are exact). The kinds compared:
#
# * what the **outcome** pays: correct and wrong, each with its own weight, and a third weight for timing out;
# * the **task's feedback**: +1, −1 and −0.05 for having waited, times one factor;
# * **confidence**: the probability of the likelier side at every observation. This is what the [loss of training](10_paper_versus_code.ipynb) pays to a guesser that guesses well.
#
# Below are the log likelihoods per action, beside that of an agent that knows nothing (its overall frequencies) and that of the frequencies in every state (the best that any reward could do). A reward of the wrong kind can do worse than to know nothing.

# %%
kinds = {
    "outcome: correct, wrong": ("correct", "wrong"),
    "and timing out": ("correct", "wrong", "timed_out"),
    "task's feedback": ("task",),
    "confidence": ("sureness",),
}
fits = {
    name: ibl.inverse_rl.ibl_network.infer_goal(process, counts[0], names)
    for name, names in kinds.items()
}
seen = counts[0][process.code]
overall = seen.sum(axis=0) / seen.sum()
rows = {"knows nothing": (float((seen.sum(axis=0) * np.log(overall)).sum() / seen.sum()), "")}
for name, fit in fits.items():
    rows[name] = (fit.log_likelihood, ", ".join(f"{w:.2f}" for w in fit.weights))
best = main.log_likelihood + ibl.inverse_rl.ibl_network.divergence(
    counts[0], ibl.inverse_rl.ibl_network.everywhere(main.policy, process.code, codes)
)
rows["every state for itself"] = (best, "")
pd.DataFrame.from_dict(rows, "index", columns=["log likelihood", "weights (nats)"]).round(3)

# %% [markdown]
# Two numbers fit well: what a correct choice pays and what a wrong one costs. Timing out is so rare that its own weight adds nothing: that it comes out above the weight of *correct* means nothing either, as without it the fit is as good.
#
# The task's [feedback](../book/glossary.md#term-feedback) fails, and so does confidence, in opposite ways. At the task's own rates *an agent that maximises feedback per step hardly waits* (the best such rule answers most trials at the first observation, [chapter 12](12_ideal_observers.ipynb)): a quick guess and the next trial pay more. And an agent that is paid for its confidence at every step *never chooses*: waiting raises it, and a choice is followed by blank steps that pay nothing. The network does neither. Its loss does not see the threshold of 0.9, which belongs to the task, though training can still change the speed, as a control below shows.
#
# ## In the task's terms
#
# Rewards are known only up to what changes no policy: here a constant per step, which we may choose. In one convention waiting pays nothing. In another, a correct choice pays exactly what a wrong one costs, as in the task, and then *each observation pays*: the network acts as if it liked to look.

# %% mystnb={"figure": {"caption": "**In all networks, an observation seems to pay; in the task it costs.** Left: what an observation pays in the inferred reward, when a correct choice is worth 1 and a wrong one minus 1; a dot for each network. Right: how often the main network waits (markers) and how often the best policy for the inferred reward does (lines).", "name": "fig-goal"}, "image": {"alt": "Left: all networks lie near 0.15, above the task's value of minus 0.05. Right: humps of waiting around an undecided belief, higher at the first observation than at the third; the best policy has lower humps in the same place, on flanks that do not fall to 0."}}
feedback = [goal.as_feedback(task) for goal in goals]
ibl.inverse_rl.ibl_network.fig_goal(feedback, process, counts[0], main, task.waiting_penalty)

# %% [markdown]
# ## The test: other worlds
#
# The same recipe was trained in other tasks: other noise of the observations, another *concordance* (how often the stimulus is on the side of its [block](../book/glossary.md#term-block)), fewer blank [steps](../book/glossary.md#term-step). For each pair of networks with the same seed, there are these predictions of what the second one does in its own task:
#
# * **reward, re-optimised**: the best policy, in the new task, for the reward inferred from the first network. This is the paper's prediction;
# * **reward, at the old shares**: the same for an [agent](../book/glossary.md#term-agent) whose cost is still measured against how often the *first* network took each action. In the paper these shares are re-optimised as well. The difference is a choice of treatment, and it turned out to matter;
# * **same network**: nothing changes. The first network itself plays the new task;
# * **same policy of beliefs**: nothing but inference changes. Actions are those of the first network given the *belief*, and the belief is that of an observer that knows the new task;
# * **same fitted policy**: likewise, with the best policy for the inferred reward in place of the network's actions. Beside the second prediction it shows what re-optimising as such adds.
#
# Each is judged by how far what the retrained network did is from it: the KL divergence, in nats per action (differences are differences in log likelihood). The [figure that opens this chapter](#fig-divergence) has the result.

# %% tags=["lead"] mystnb={"figure": {"caption": "**The first network's policy of beliefs is nearest to what retrained networks do.** How far each prediction is from what they did; a marker for each pair of networks. Further left is better.", "name": "fig-divergence"}, "image": {"alt": "On a logarithmic axis, the unchanged policy of beliefs is leftmost for nearly all pairs, with one blank step together with the unchanged network. The reward at the old shares and the unchanged fitted policy lie close together. The re-optimised reward is furthest right, except with noise 2."}}
changes = {
    "noise 0.5": {"noise_sd": 0.5},
    "noise 1.5": {"noise_sd": 1.5},
    "noise 2": {"noise_sd": 2.0},
    "concordance 0.6": {"concordance": 0.6},
    "concordance 0.95": {"concordance": 0.95},
    "1 blank step": {"n_blank_steps": 1},
}
shown = ibl.core.budget(profile, smoke=["noise 2"], page=list(changes), paper=list(changes))
predictions = {}
for change in shown:
    other = replace(task, **changes[change])
    retrained, _ = ibl.networks_for(recipes[:n_pairs], other)
    new = ibl.sample_trials(other, n_sessions=n_blocks // 20, n_blocks=20, seed=trials_seed + 1)
    new_codes = ibl.inverse_rl.ibl_network.encode(new)
    new_process = ibl.inverse_rl.ibl_network.belief_process(new_codes)
    predictions[change] = [
        ibl.inverse_rl.ibl_network.predict(
            goals[k],
            (process, counts[k]),
            new_codes,
            new_process,
            ibl.rollout(ibl.RNNAgent(networks[k].network), new),
            ibl.rollout(ibl.RNNAgent(retrained[k].network), new),
        )
        for k in range(n_pairs)
    ]

ibl.inverse_rl.ibl_network.fig_divergence(predictions)

# %% mystnb={"figure": {"caption": "**The re-optimised reward predicts the wrong speed: too fast with little noise, too slow with much.** Errors of predicted steps per trial, fraction correct and use of the block (at strength 0, fraction correct on concordant less discordant trials): what was predicted less what the retrained network did. A marker for each pair of networks.", "name": "fig-predicted-behavior"}, "image": {"alt": "The re-optimised reward predicts too few steps per trial with little noise and too many with much; at the old shares it predicts the speed well. Both predict more use of the block than there is. The unchanged policy of beliefs lies mostly close to 0 in all three."}}
ibl.inverse_rl.ibl_network.fig_predicted_behavior(predictions)

# %% tags=["hide-input"]
lowest = [min(one.divergence, key=one.divergence.get) for of in predictions.values() for one in of]
most = max(set(lowest), key=lowest.count)
said(
    f"The prediction that is nearest to the retrained network most often is the {most}: in "
    f"{lowest.count(most)} of {len(lowest)} pairs."
)

# %% [markdown]
# Why are networks equally fast with other noise? The loss never sees the threshold, and no gradient passes through it, so one might think that training does not change the speed. A control: the same recipe with another loss, the cross-entropy, which does not see the threshold either. (One such network ships with the package.)

# %% tags=["hide-input"]
sober, _ = ibl.networks_for([replace(recipes[0], loss="cross_entropy")], task)
sober_session = ibl.rollout(ibl.RNNAgent(sober[0].network), trials)
slower = sober_session.n_steps.mean() - sessions[0].n_steps.mean()
said(
    f"It takes {slower:.1f} steps per trial more than the main network. So training does change the "
    "speed: not by way of the threshold, but by how confident the network is."
)

# %% [markdown] tags=["more"]
# ### The predictions in numbers
#
# Which of the chapter's predictions is nearer to what retrained networks do? The first table has the divergence from one prediction less that from another, with 95% intervals over the pairs of networks (they leave out the noise of the trials, which are the same for all). Negative: the first is better. The second table has steps per trial, of the retrained networks and as predicted.

# %%
contrasts = {
    "re-optimised − same network": (
        ibl.inverse_rl.ibl_network.REOPTIMISED,
        ibl.inverse_rl.ibl_network.SAME_NETWORK,
    ),
    "at the old shares − same network": (
        ibl.inverse_rl.ibl_network.AT_SHARES,
        ibl.inverse_rl.ibl_network.SAME_NETWORK,
    ),
    "at the old shares − same fitted policy": (
        ibl.inverse_rl.ibl_network.AT_SHARES,
        ibl.inverse_rl.ibl_network.SAME_FIT,
    ),
    "same policy of beliefs − same network": (
        ibl.inverse_rl.ibl_network.SAME_POLICY,
        ibl.inverse_rl.ibl_network.SAME_NETWORK,
    ),
}
compared = {}
for change, of in predictions.items():
    found = {
        name: ibl.inverse_rl.ibl_network.difference(of, *pair) for name, pair in contrasts.items()
    }
    compared[change] = {
        name: f"{one.value:.3f}"
        + (" [{:.3f}, {:.3f}]".format(*one.interval) if one.interval else "")
        for name, one in found.items()
    }
pd.DataFrame(compared).T.rename_axis("nats per action")

# %%
pd.DataFrame(
    {
        change: {"retrained": np.mean([one.retrained.n_steps for one in of])}
        | {
            name: np.mean([one.predicted[name].n_steps for one in of])
            for name in ibl.inverse_rl.ibl_network.PREDICTIONS
        }
        for change, of in predictions.items()
    }
).round(2).rename_axis("steps per trial")

# %% [markdown]
# ## Verdict
#
# **With everything re-optimised, as in the paper: no.** The inferred reward describes what the network does. Re-optimised in another task, with the shares of actions re-optimised as well, it is worse than assuming that nothing changes for most changes; for more noise the intervals include 0. It errs in a definite way: it predicts that an agent will look longer where a look is less informative, and not at all where it is very informative. Each look makes further ones cheaper, because their cost is measured against the share of looks. Networks trained there behave otherwise. They are as fast as before, whatever the noise.
#
# **At the old shares: hardly.** This prediction is better than the unchanged network where the blocks say less or more about the side; for more noise the intervals include 0, and for less noise and a shorter pause it is worse. But nearly all of the gain is *inference*: the same fitted policy, not re-optimised and given beliefs that fit the new task, is as good. What re-optimising adds is small: a gain where the blocks say less or more about the side, a loss where the noise changes, next to nothing on average.
#
# **What carries over is the policy of beliefs**: that a network learns the beliefs that fit its new world, and does with them what the first one did with its own.
#
# For a re-optimised reward to predict, what made the first network act must be at work again when the second one is trained. Beliefs were learned anew. Speed was not traded against noise, although training can change it, as the control shows; why it was not, these controls do not show. A reward can be inferred from *any* policy, and a good fit of it does not show that there is a goal.
#
# Two limits. The best policy for the reward misses the network's actions in its own task by more than 0.1 nats per action, perhaps because an ideal observer's belief is not the network's, which uses the block less ([chapter 4](04_claim1_behavior.ipynb)); this is part of every error of the first, second and fifth prediction. And there are three pairs of networks for each change, so that intervals are wide where pairs differ.
#
# ## What follows
#
# An inferred reward describes this network, but what generalises to other tasks is how the network uses its beliefs, which [chapter 5](05_claim2_representations.ipynb) finds in its states and [chapter 12](12_ideal_observers.ipynb) compares with the best possible. To try the method on data of your own, see [Infer the reward of your own recording](../book/infer_reward.md). [Part III](20_teach_an_hmm.ipynb) leaves rewards, and asks how networks that only noise drives emulate [hidden Markov models](../book/glossary.md#term-hidden-Markov-model). Words of the field are in the [glossary](../book/glossary.md).

# %%
names = ibl.inverse_rl.ibl_network
wins = {
    "chalk.part_one_prediction_wins": (names.REOPTIMISED, names.SAME_NETWORK),
    "chalk.part_one_shares_win": (names.AT_SHARES, names.SAME_NETWORK),
    "chalk.part_one_belief_wins": (names.SAME_POLICY, names.SAME_NETWORK),
}
usual = [session.n_steps.mean() for session in sessions]
in_network = [
    {
        "chalk.part_one_wrong_to_correct": -goal.weights[1] / goal.weights[0],
        "chalk.part_one_waiting": one.waiting,
    }
    for goal, one in zip(goals, feedback, strict=True)
]
for k in range(n_pairs):
    of_pair = [of[k] for of in predictions.values()]  # of one network, all changes
    in_network[k] |= {name: names.share_of_wins(of_pair, *both) for name, both in wins.items()}
    in_network[k] |= {
        "chalk.part_one_reoptimising": names.difference(
            of_pair, names.AT_SHARES, names.SAME_FIT
        ).value,
        "chalk.part_one_steps_with_noise": predictions["noise 2"][k].retrained.n_steps - usual[k],
    }
report(
    {
        name: float(np.mean([one[name] for one in in_network if name in one]))
        for name in in_network[0]
    }
    | {"chalk.part_one_steps_with_loss": float(slower)},
    profile=profile,
    detail=f"{n_seeds} networks, {n_pairs} of them retrained, {len(trials):,} trials each",
    networks=in_network,
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: an agent that has the goal (30 min, intermediate)
#
# The best policy for the inferred reward misses the main network's actions by more than 0.1 nats. Is that chance? Draw actions from `main.policy`, as many in each state as the network took there (`counts[0][process.code]`, numpy's `multinomial`), infer the reward of these, and see how well *its* policy fits (`divergence`, `everywhere`).

# %% tags=["solution"]
# @title Solution 1
n_taken = counts[0][process.code].sum(axis=1).astype(int)
drawn = np.zeros_like(counts[0])
drawn[process.code] = np.random.default_rng(seed).multinomial(n_taken, main.policy)
again = ibl.inverse_rl.ibl_network.infer_goal(process, drawn)
missed = {
    name: ibl.inverse_rl.ibl_network.divergence(
        actions, ibl.inverse_rl.ibl_network.everywhere(goal.policy, process.code, codes)
    )
    for name, actions, goal in (("network", counts[0], main), ("agent", drawn, again))
}

answer(
    "19.1",
    f"An agent with this goal shows it: {again.weights[0]:.2f} for correct and {again.weights[1]:.2f} "
    f"for wrong are inferred, where {main.weights[0]:.2f} and {main.weights[1]:.2f} were put in. Its "
    f"actions are missed by {missed['agent']:.3f} nats, the network's by {missed['network']:.3f}. So "
    "the method works, there are trials enough, and the network is not quite the best for any reward "
    "of this kind.",
    np.allclose(again.weights, main.weights, rtol=0.05) and missed["network"] > 5 * missed["agent"],
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: the same network under another rule (25 min, intermediate)
#
# Let the main network, unchanged, play the same trials with `threshold=0.8` and with 0.95 (`sample_trials` with the same seed; the belief process does not know the threshold, so it stays as it is). Will its inferred goal be the same? Compare what a wrong choice costs with what a correct one pays.

# %% tags=["solution"]
# @title Solution 2
costs = {task.threshold: -main.weights[1] / main.weights[0]}
for threshold in (0.8, 0.95):
    ruled = ibl.sample_trials(
        replace(task, threshold=threshold),
        n_sessions=n_blocks // 20,
        n_blocks=20,
        seed=trials_seed,
    )
    played = ibl.rollout(ibl.RNNAgent(networks[0].network), ruled)
    goal = ibl.inverse_rl.ibl_network.infer_goal(
        process,
        ibl.inverse_rl.ibl_network.count_actions(ibl.inverse_rl.ibl_network.encode(ruled), played),
    )
    costs[threshold] = -goal.weights[1] / goal.weights[0]

answer(
    "19.2",
    f"No. A wrong choice costs {costs[0.8]:.2f} times what a correct one pays with a threshold of "
    f"0.8, {costs[task.threshold]:.2f} times with {task.threshold:g}, and {costs[0.95]:.2f} times "
    "with 0.95. Not one weight of the network has changed: what is inferred depends on the task's "
    "rule for when to choose, and is no property of the network alone.",
    costs[0.8] + 0.05 < costs[task.threshold] < costs[0.95] - 0.05,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: another loss (20 min, basic)
#
# Take the network trained on the cross-entropy once more (`sober` above). The cross-entropy punishes a wrong answer that is given with high confidence without limit. Is a wrong choice worse to this network? And how often is it correct when it does choose (`choice`, `correct`), and after how many steps?

# %% tags=["solution"]
# @title Solution 3
played = {"usual": sessions[0], "cross-entropy": sober_session}
goal = ibl.inverse_rl.ibl_network.infer_goal(
    process, ibl.inverse_rl.ibl_network.count_actions(codes, played["cross-entropy"])
)
worse = {
    "usual": -main.weights[1] / main.weights[0],
    "cross-entropy": -goal.weights[1] / goal.weights[0],
}
correct = {name: one.correct[one.choice != 0].mean() for name, one in played.items()}
lasts = {name: one.n_steps.mean() for name, one in played.items()}

answer(
    "19.3",
    f"Yes: it costs {worse['cross-entropy']:.1f} times what a correct one pays, to the usual network "
    f"{worse['usual']:.1f} times. Trained on the cross-entropy, a network that says 0.9 means it: "
    f"{correct['cross-entropy']:.3f} of its choices are correct and take "
    f"{lasts['cross-entropy']:.1f} steps, where of the usual one, which is confident too soon, "
    f"{correct['usual']:.3f} are correct after {lasts['usual']:.1f}. The loss does not say when to "
    "stop, but it decides how confident the network is, and confidence is what meets the threshold.",
    worse["cross-entropy"] > 1.5 * worse["usual"]
    and correct["cross-entropy"] > correct["usual"] + 0.03
    and lasts["cross-entropy"] > lasts["usual"],
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * A prediction that should be correct: let the agent of exercise 1 be the best for its reward in another task too (`best_policy`), and predict it with `predict`'s first two predictions. The package's tests do this.
# * An agent without any goal: infer the reward of the ideal observer that chooses at the threshold (`BayesianActor(task)` of `iblrnn_helpers.agents.bayes`). What does a wrong choice "cost" it, and which prediction is best for it in other worlds?
