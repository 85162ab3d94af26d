# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What is a network trying to achieve?
#
# **Question.** Can we infer from a network's dynamics which states it is optimised to reach, and predict how it adapts to a change?
#
# > **In short.**
# >
# > * The optimised network stays near the spike count that is rewarded. Its neurons fire while the count is too low, and hardly at all once it is reached, so that their tuning depends on the input and on the other neurons.
# > * The dynamics determine the reward of every state, up to one constant for each input.
# > * The inferred reward predicts how tuning changes when an input becomes rare or neurons die. The assumption that nothing changes is clearly wrong in all three cases.
# > * *But* all this is from exact dynamics, for which inference and prediction are exact by construction. Recordings are the subject of [chapter 16](16_limited_data.ipynb).
#
# In the paper's view (Chalk, Tkačik and Marre, PLoS ONE 2021, the paper's Fig. 2) every neuron of a recurrent network is an agent, as the one in the maze of [chapter 14](14_maze.ipynb) is. At each step one neuron decides to fire or to be silent, from what the others do and from an external input $x$. All are paid the same reward $r(\sigma, x)$ for the state $\sigma$ of the whole network. The claim: after optimisation, tuning depends on the input and on the spike count; from the dynamics alone the reward can be inferred; and the inferred reward predicts how tuning changes when the input does, or when cells die.
#
# The abstract and the captions do not state all parameters, and we had no access to the full text. Where a choice is ours, the text says so. The paper gives no results in numbers either, so nothing here is compared with a published number: targets are for *our* parameters, from another implementation of ours that was made beforehand.
#
# **Time:** about half a minute.

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
seed: int = 1  # of the simulation, and of random starts
n_neurons: int = 8  # in the network
coding_cost: float = 0.05  # λ: price of one nat of a neuron's choice
switches: float = 0.02  # how often the input changes, per step
n_starts: int = 0  # random starts of the optimisation; 0: what the profile says

# %%
from dataclasses import replace

import numpy as np
import pandas as pd

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(
    globals(), n_neurons=(4, 12), coding_cost=(1e-6, 1e6), switches=(1e-6, 1.0)
)

n_starts = n_starts or ibl.core.budget(profile, smoke=1, page=4, paper=20)
task = ibl.inverse_rl.optimal_network.NetworkTask(
    n_neurons, ibl.inverse_rl.optimal_network.switching_input(0.5, switches), coding_cost
)
reward = ibl.inverse_rl.optimal_network.spike_count_reward(n_neurons, (2, n_neurons - 2))
print(f"{task.n_states} states × {task.n_inputs} inputs; {int(reward.sum())} of them are rewarded")

# %% [markdown]
# ## The optimal network
#
# The reward is 1 if exactly 2 neurons are active while $x = -1$, or exactly 6 while $x = +1$. Neurons also pay for choices that differ from their habit, the probability with which they fire on average:
#
# $$L = \Big\langle r(\sigma, x) - \lambda \sum_i \mathrm{KL}\big[\pi_i(\cdot|\sigma, x) \,\big\|\, q\big] \Big\rangle,$$
#
# with $q$ the population's mean firing probability. The divergence $\mathrm{KL}$ (Kullback–Leibler) says how far one probability distribution is from another, in [nats](../book/glossary.md#term-nat); the price $\lambda$ is the reward that one nat costs. That $x$ switches with probability 0.02 a step, that $\lambda = 0.05$, and that the cost is added up over neurons, is our choice.
#
# For the optimum it does not matter in which state the choosing neuron is, and its log-odds of firing are $\mathrm{logit}\, q + [\bar v(\sigma_i{=}{+}1, x) - \bar v(\sigma_i{=}{-}1, x)]/T$ with $T = n\lambda$. This is a Gibbs sampler, in which the value $\bar v$ of what follows takes the place of an energy.

# %%
network = ibl.inverse_rl.optimal_network.optimise(task, reward)
print(
    f"average reward {network.reward_rate:.3f}, coding cost {network.cost_rate:.2f} nats, "
    f"L = {network.objective:.3f}"
)

# %% mystnb={"figure": {"caption": "**Neurons fire while the count is too low, and hardly once it is reached.** Probability of firing, by how many other neurons are active, for both inputs. The tuning of all neurons is drawn, and is the same. Compare Fig. 2C of the paper.", "name": "fig-network-2c"}, "image": {"alt": "Two curves. With x = -1 firing is probable, above 0.9, with no or one other neuron active, drops to almost 0 with two, and rises slowly to 0.15. With x = +1 it rises from 0.85 to 1 with five others active and drops to 0.06 with six."}}
ibl.inverse_rl.optimal_network.fig_2c_tuning(network)

# %% [markdown]
# Below the rewarded count, neurons tend to fire. At it, silent neurons hardly ever start to fire. Above it, active ones fall silent. With $x = +1$ it is the mirror image.

# %% mystnb={"figure": {"caption": "**The spike count follows the input, and most of the time is the rewarded one.** Spikes, number of active neurons and input over 3,000 steps of the network. Right: how often each number occurs. Compare Fig. 2D of the paper.", "name": "fig-network-2d"}, "image": {"alt": "Raster of eight neurons over 3,000 steps. The spike count jumps between 2 and 6 as the input switches, with short excursions. The distribution at the right has a peak of 0.84 at 2 for x = -1 and at 6 for x = +1."}}
recording = ibl.inverse_rl.optimal_network.simulate(network, 3_000, seed)
ibl.inverse_rl.optimal_network.fig_2d_dynamics(recording, network)

# %% [markdown]
# ## The inferred reward
#
# Going back takes three steps. The log-odds of all neurons are differences of $\bar v$ between neighbouring states, so they can be added up along paths through the states. The input's own transitions lead from $\bar v$ to $v$. The Bellman equation, which relates the value of a state to its reward and to the value of what follows, then gives the reward. Since the network cannot move its input, one constant for each value of $x$ stays open. We set the lowest reward to 0.

# %% tags=["teaches"]
inferred = ibl.inverse_rl.optimal_network.infer_reward(network)
true = ibl.inverse_rl.optimal_network.fix_gauge(reward)
error = np.abs(inferred.reward - true).max()
fit = ibl.inverse_rl.optimal_network.r_squared(reward, inferred.reward)
print(f"{reward.size} rewards: r² = {fit:.3f}, largest error {error:.3f}")

# %% mystnb={"figure": {"caption": "**The inferred reward is the true one in every state.** Reward by number of active neurons: true (bars) and inferred for each of the 256 states (dots, spread sideways). Compare Figs. 2B and 2E of the paper.", "name": "fig-network-2e"}, "image": {"alt": "Two panels. With x = -1 all dots lie at 0 but those of states with two active neurons, which lie at 1. With x = +1 it is six active neurons."}}
ibl.inverse_rl.optimal_network.fig_2e_reward(true, inferred.reward)

# %% [markdown]
# That this is exact is true by construction: policies of all neurons in all states were known. It tests the code. An experimenter has recordings instead; [chapter 16](16_limited_data.ipynb) asks how far these lead, and judges the paper's statement. But it shows that only the constants are lost. Adding a constant for one of the inputs changes no policy:

# %%
shifted = ibl.inverse_rl.optimal_network.optimise(task, reward + np.array([0, 3.7]))
print(f"largest change of a log-odds: {np.abs(shifted.log_odds - network.log_odds).max():.3f}")

# %% [markdown]
# ## Predictions
#
# Two changes: the input $x = +1$ becomes rare (one step in five; its two switching probabilities have the same sum as before), and cells die. For the first, the inferred reward is optimised with the new input. For the second, it is optimised with the neurons that remain, on the states in which the dead ones are silent.
#
# The error of a prediction is the KL divergence of the predicted distribution of states and inputs from the true one. It stands beside the error of a prediction that assumes no change; the [figure](#fig-network-2f) shows the tuning itself.

# %%
biased = replace(
    task, input_transitions=ibl.inverse_rl.optimal_network.switching_input(0.2, 0.64 * switches)
)
adaptations = {
    "p(x = +1) = 0.2": ibl.inverse_rl.optimal_network.adapt(
        network, reward, inferred.reward, biased
    ),
    "one cell dead": ibl.inverse_rl.optimal_network.adapt(
        network, reward, inferred.reward, task, {n_neurons - 1: -1}
    ),
    "two cells dead": ibl.inverse_rl.optimal_network.adapt(
        network, reward, inferred.reward, task, {n_neurons - 1: -1, n_neurons - 2: -1}
    ),
}
pd.DataFrame(
    {
        name: {
            "error of the prediction (nats)": one.kl_predicted,
            "error of 'nothing changes' (nats)": one.kl_unchanged,
            "mean firing probability": one.truth.marginal.mean(),
            "average reward": one.truth.reward_rate,
        }
        for name, one in adaptations.items()
    }
).transpose().round(3)  # fmt: skip

# %% tags=["lead"] mystnb={"figure": {"caption": "**The inferred reward predicts the new tuning after every change.** Thin: tuning before the change. Thick: as predicted from the inferred reward. Marks: of the network that is optimised anew for the true reward. Compare Fig. 2F of the paper.", "name": "fig-network-2f"}, "image": {"alt": "Three panels. With a rare x = +1, the curve for x = +1 is lower at small counts. With one and with two dead cells, both curves are higher at small counts than before. In all, marks lie on the thick lines."}}
ibl.inverse_rl.optimal_network.fig_2f_adaptation(network, adaptations)

# %% tags=["hide-input"]
rare = adaptations["p(x = +1) = 0.2"].truth
eager = [
    np.log(p / (1 - p))
    for p in (ibl.inverse_rl.optimal_network.tuning(one)[0, 0, 1] for one in (network, rare))
]
habit = [np.log(q / (1 - q)) for q in (network.marginal.mean(), rare.marginal.mean())]
said(
    f"When *x* = +1 is rare, firing becomes rarer, and neurons follow that input less eagerly: with no "
    f"other active, the log-odds of firing change by {eager[1] - eager[0]:.2f}. The habit *q* makes up "
    f"{habit[1] - habit[0]:.2f} of that, what follows from a spike the rest. When cells die, those "
    "that remain fire more readily at low counts."
)

# %% [markdown]
# ## One marginal for all, or one for each?
#
# The captions do not say which habit $q$ (the *marginal* probability of firing) a neuron's choices are compared with. We take the population's. If each neuron has its own, the optimisation breaks the symmetry: it freezes one neuron active and one silent, whose choices then cost nothing, and the other six do the work. That scores higher, but its tuning is not of the kind that the paper shows, and frozen neurons say nothing about the reward. With one marginal for all, random starts end at the same code.

# %%
random = np.random.default_rng(seed)
starts = [random.uniform(0.2, 0.8, n_neurons) for _ in range(n_starts)]
same = [ibl.inverse_rl.optimal_network.optimise(task, reward, start).objective for start in starts]
print(f"population: L = {min(same):.6f} to {max(same):.6f} from {n_starts} starts")

individual = ibl.inverse_rl.optimal_network.optimise(
    replace(task, marginal="individual"),
    reward,
    starts[0],
    tolerance=ibl.core.budget(profile, smoke=0.05, page=1e-3, paper=1e-6),  # it converges slowly
)
print(
    f"individual: L = {individual.objective:.3f}, marginals {np.sort(individual.marginal).round(3)}"
)
n_frozen = int(((individual.marginal < 0.01) | (individual.marginal > 0.99)).sum())

# %% [markdown] tags=["more"]
# ## Which choices of ours change which panel?
#
# This table lists what the captions, and the part of the methods that we had access to, leave open, and which panels of the paper depend on it:
#
# | Our choice | Instead of | The paper's panels that change | How |
# |---|---|---|---|
# | one marginal for the population | one for each neuron | 2C, 2D, 4C, 4H | neurons freeze, and the tuning is no longer one curve; stated for the ring (5, 6) |
# | coding cost added up over neurons | averaged | 2C to 2F, 3, 4 | the same as another λ: $\lambda/n$ instead of λ |
# | λ = 0.05 outside the ring | any | 2C to 2F, 3, 4 | heights of curves and peaks; 2E stays exact |
# | the input changes in 2% of steps | any | 2C, 2D, 2F, 3 | how eagerly neurons follow |
# | x = +1 in a fifth of steps, with the same sum of switching probabilities | any | 2F, 3C | size of the change |
# | one and two dead cells | any number | 2F, 3D | size of the change |
# | estimator and prior from recordings | the paper's own | 3A to 3D, 5A to 5D from recordings | how many samples are enough ([chapter 16](16_limited_data.ipynb)) |
# | r² over all states alike | weighted by visits | 3A, 6A | how much unvisited states count |
# | input chain of pixels | any | 4C to 4H | information and rates ([chapter 17](17_efficient_coding.ipynb)) |
# | all neurons of the ring alike | each for itself | 5C | a frozen block needs no couplings ([chapter 18](18_ring.ipynb)) |
# | higher cost 0.12, followed upwards | any, from rest | 5B, 6B | from rest the order is lost earlier |
# | connections longer than four or three are cut | any | 5C | four suffice, three do not |
# | which neurons are held | any | 5D | only where no block can be rewarded does the prediction matter |
# | small singular values are cut | none, or others | 6A, 6B | the order of the two wrong models |
#
# For the paper's Fig. 2 the table below repeats this chapter under other choices. A dash: the reward was not inferred, because neurons froze.

# %% tags=["hide-input"]
variants = {
    "as in this chapter": task,
    "λ halved": replace(task, coding_cost=coding_cost / 2),
    "λ doubled": replace(task, coding_cost=2 * coding_cost),
    "input changes in 10% of steps": replace(
        task, input_transitions=ibl.inverse_rl.optimal_network.switching_input(0.5, 0.1)
    ),
    "input changes in 0.4% of steps": replace(
        task, input_transitions=ibl.inverse_rl.optimal_network.switching_input(0.5, 0.004)
    ),
}
by_choice = {}
for name, variant in variants.items():
    one = ibl.inverse_rl.optimal_network.optimise(variant, reward)
    found = ibl.inverse_rl.optimal_network.infer_reward(one).reward
    adapted = ibl.inverse_rl.optimal_network.adapt(one, reward, found, variant, {n_neurons - 1: -1})
    by_choice[name] = {
        "2C: firing, no other active, x = −1": ibl.inverse_rl.optimal_network.tuning(one)[0, 0, 0],
        "2D: share of the rewarded count": ibl.inverse_rl.optimal_network.count_distribution(
            one.stationary
        )[2, 0],
        "2E: r²": ibl.inverse_rl.optimal_network.r_squared(reward, found),
        "2F: error, one cell dead (nats)": adapted.kl_predicted,
        "2F: error of 'nothing changes'": adapted.kl_unchanged,
    }
by_choice["a marginal for each neuron"] = {
    "2C: firing, no other active, x = −1": np.nan,
    "2D: share of the rewarded count": ibl.inverse_rl.optimal_network.count_distribution(
        individual.stationary
    )[2, 0],
}
pd.DataFrame(by_choice).T.round(3).astype(object).fillna("–")

# %% [markdown]
# Tuning depends on input and count under all of them but the last. That the reward is inferred exactly, and predicts exactly, is so by construction.

# %% [markdown]
# ## What follows
#
# If a network's dynamics are known, so is what it is trying to achieve, and with it how the network will adapt. No experiment gives exact dynamics, though: [chapter 16](16_limited_data.ipynb) infers the reward of this network from recordings. [Chapter 17](17_efficient_coding.ipynb) takes a network whose goal is no reward of states but information, and [chapter 18](18_ring.ipynb) one that cannot do whatever is best. Words of the field are in the [glossary](../book/glossary.md).

# %% [markdown]
# ## Our numbers
#
# Targets are from another implementation of ours. Curves are judged by their largest difference from its curves, which are known to two digits.

# %%
noted = {
    "chalk.network_tuning_low": ([0.92, 0.94, 0.002, 0.013, 0.041, 0.089, 0.12, 0.15], network, 0),
    "chalk.network_tuning_high": ([0.85, 0.88, 0.91, 0.96, 0.99, 0.998, 0.058, 0.083], network, 1),
    "chalk.network_biased_tuning": ([0.66, 0.71, 0.76], adaptations["p(x = +1) = 0.2"].truth, 1),
    "chalk.network_one_dead_low": ([0.946], adaptations["one cell dead"].truth, 0),
    "chalk.network_one_dead_high": ([0.90, 0.93, 0.955], adaptations["one cell dead"].truth, 1),
    "chalk.network_two_dead_high": ([0.95, 0.965, 0.98, 0.996, 1, 1], adaptations["two cells dead"].truth, 1),
}  # fmt: skip
curves = {
    name: float(
        np.abs(
            ibl.inverse_rl.optimal_network.tuning(one)[0, : len(values), x][:n_neurons] - values
        ).max()
    )
    for name, (values, one, x) in noted.items()
    if n_neurons == 8
}
distribution = ibl.inverse_rl.optimal_network.count_distribution(network.stationary)
peaks = [distribution[2, 0], distribution[n_neurons - 2, 1]]
curve = ibl.inverse_rl.optimal_network.tuning(network)[0]  # by others active and input; all alike
others = np.delete(distribution[:, 0], 2)
report(
    {
        "chalk.network_reward": network.reward_rate,
        "chalk.network_objective": network.objective,
        "chalk.network_cost": network.cost_rate,
        "chalk.fig_2c_input": np.abs(curve[:, 1] - curve[:, 0]).max(),
        "chalk.fig_2c_count": np.ptp(curve, axis=0).min(),
        "chalk.fig_2d_peaked": min(peaks),
        "chalk.network_next_peak": others.max(),
        "chalk.network_r_squared": fit,
        "chalk.network_reward_error": error,
        "chalk.network_biased_firing": adaptations["p(x = +1) = 0.2"].truth.marginal.mean(),
        **curves,
        "chalk.network_prediction": max(one.kl_predicted for one in adaptations.values()),
        "chalk.network_biased_unchanged": adaptations["p(x = +1) = 0.2"].kl_unchanged,
        "chalk.network_one_dead_unchanged": adaptations["one cell dead"].kl_unchanged,
        "chalk.network_starts_agree": max(same) - min(same),
        "chalk.network_individual_objective": individual.objective,
        "chalk.network_individual_frozen": n_frozen,
    },
    profile=profile,
    detail=f"{n_neurons} neurons, λ = {coding_cost:g}, exact policies",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: clamped instead of dead (20 min, basic)
#
# Hold two neurons active instead of killing them: `adapt(network, reward, inferred.reward, task, {i: 1, j: 1})`. First say, without computing, how often the network will be rewarded and which curves of `tuning` the others will have: the table and the [figure](#fig-network-2f) above hold the answer.

# %% tags=["solution"]
# @title Solution 1
held = ibl.inverse_rl.optimal_network.adapt(
    network, reward, inferred.reward, task, {n_neurons - 1: 1, n_neurons - 2: 1}
)
dead = adaptations["two cells dead"].truth
# Active and silent exchanged, and with them the two inputs and the order of counts.
mirrored = 1 - ibl.inverse_rl.optimal_network.tuning(dead)[:, ::-1, ::-1]
apart = np.abs(ibl.inverse_rl.optimal_network.tuning(held.truth) - mirrored).max()

answer(
    "15.1",
    f"The average reward is {held.truth.reward_rate:.4f}, with two dead cells {dead.reward_rate:.4f}, "
    "and the curves are those of two dead cells upside down, back to front, with the inputs "
    f"exchanged (largest difference {apart:.3f}). The task is its own mirror image: "
    f"{n_neurons - 2} active neurons are 2 silent ones. The others fire with probability "
    f"{held.truth.marginal.mean():.3f} instead of {dead.marginal.mean():.3f}.",
    apart < 1e-6 and abs(held.truth.reward_rate - dead.reward_rate) < 1e-6,
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: an input that was not recorded (40 min, advanced)
#
# An experimenter records states and updates, but does not know that there is an input. Which reward will be inferred, and what would a network do that is optimised for it? Use `simulate`, `count_transitions(recording.states, n_neurons, updated=recording.updated)`, `fit_reward` of the counts (it infers a reward from a recording, see [chapter 16](16_limited_data.ipynb)), and `optimise(fit.task, fit.reward, tolerance=1e-4)`. How often does the spike count cross from below half of the neurons to above it, or back?

# %% tags=["solution"]
# @title Solution 2
n_steps = ibl.core.budget(profile, smoke=20_000, page=200_000, paper=1_000_000)
seen = ibl.inverse_rl.optimal_network.simulate(network, n_steps, seed)
fit_blind = ibl.fit_reward(
    ibl.inverse_rl.optimal_network.count_transitions(seen.states, n_neurons, updated=seen.updated)
)
count_of_state = ibl.inverse_rl.spike_counts(n_neurons)
by_count = pd.Series(fit_blind.reward[:, 0]).groupby(count_of_state).mean()
blind = ibl.inverse_rl.optimal_network.simulate(
    ibl.inverse_rl.optimal_network.optimise(fit_blind.task, fit_blind.reward, tolerance=1e-4),
    n_steps,
    seed,
)
crossings = {}
for name, one in {"recorded": seen, "predicted": blind}.items():
    sides = np.sign(count_of_state[one.states] - n_neurons / 2)
    crossings[name] = int((np.diff(sides[sides != 0]) != 0).sum())
most = np.bincount(count_of_state[blind.states]).max() / len(blind.states)
wanted = sorted(by_count.nlargest(2).index)

answer(
    "15.2",
    f"Counts of {wanted[0]} and {wanted[1]} seem to be rewarded, {by_count[wanted[0]]:.2f} and "
    f"{by_count[wanted[1]]:.2f}, whatever the input; in between there is "
    f"{by_count[n_neurons // 2]:.2f}, because the network does go there. But the network that is "
    f"best for this reward crosses {crossings['predicted']} times in {n_steps:,} steps, where the "
    f"recorded one did so {crossings['recorded']:,} times, and has one and the same count "
    f"{most:.0%} of the time: it has no reason to leave. A variable that was not recorded ends up "
    "in the reward, and the prediction shows it.",
    wanted == [2, n_neurons - 2] and crossings["predicted"] < 0.1 * crossings["recorded"],
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: a network that hardly cares (30 min, intermediate)
#
# Make coding ten times as expensive (`replace(task, coding_cost=...)`). How often is the network rewarded, and how well can its reward be inferred, from exact dynamics and from 100,000 recorded steps? (`count_transitions` with `recording.inputs` as well; `fit_reward` needs the `coding_cost`.)

# %% tags=["solution"]
# @title Solution 3
shares, exact_fits, sampled_fits = {}, {}, {}
for factor in (1, 10):
    price = factor * coding_cost
    one = ibl.inverse_rl.optimal_network.optimise(replace(task, coding_cost=price), reward)
    taken = ibl.inverse_rl.optimal_network.simulate(one, 100_000, seed)
    steps = ibl.inverse_rl.optimal_network.count_transitions(
        taken.states, n_neurons, taken.inputs, updated=taken.updated
    )
    sampled = ibl.fit_reward(steps, coding_cost=price).reward
    shares[factor] = one.reward_rate
    exact_fits[factor] = ibl.inverse_rl.optimal_network.r_squared(
        reward, ibl.inverse_rl.optimal_network.infer_reward(one).reward
    )
    sampled_fits[factor] = ibl.inverse_rl.optimal_network.r_squared(reward, sampled, "median")

answer(
    "15.3",
    f"It is rewarded {shares[10]:.2f} of the time instead of {shares[1]:.2f}; to be in any state "
    f"equally often would give {reward.mean():.2f}. From exact dynamics r² is {exact_fits[10]:.4f} all "
    "the same: however weak the tuning, it has the reward's shape. From 100,000 steps r² falls from "
    f"{sampled_fits[1]:.2f} to {sampled_fits[10]:.2f}, because a weak tuning is sooner lost in noise.",
    exact_fits[10] > 0.9999
    and shares[10] < 0.4 * shares[1]
    and sampled_fits[10] < sampled_fits[1] - 0.1,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * The whole chapter with twice the coding cost: `papermill notebooks/15_network_reward.ipynb out.ipynb -p coding_cost 0.1`. Which of the changes is now predicted best by "nothing changes"?
# * Reward something other than a count: any array of 256 states by 2 inputs goes into `optimise`, and `iblrnn_helpers.inverse_rl.hypercube.spins(8)` lists the states. When do neurons have different tuning curves?
