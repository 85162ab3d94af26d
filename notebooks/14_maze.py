# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From behaviour to reward: a maze
#
# **Question.** An agent walks through a maze. What is it after? And does its reward say what it will do in another maze?
#
# > **In short.**
# >
# > * The agent's policy (what it does in each cell, and how often) determines its reward, up to a constant that changes no action.
# > * The inferred reward predicts what the agent does in a maze with moved walls and at another price of information. A copy of its old policy fails there: it walks against the new walls.
# > * Where information is more expensive, the agent's paths are simpler and reach the goal less often.
# > * *But* the first two hold by construction, because the policy is known in every cell. [Chapter 16](16_limited_data.ipynb) asks how much remains with limited data.
#
# [Part I](01_task.ipynb) asked how a network does what it was trained for. Part II turns the question around: given only what a system does, which *reward* is it trying to earn? This is *inverse reinforcement learning*, and Chalk, Tkačik and Marre (PLoS ONE 2021) use it to infer the function of a neural network from its dynamics, which [chapter 15](15_network_reward.ipynb) begins. This chapter shows the method where it is easiest to see, on one agent in a maze (the paper's Fig. 1F).
#
# We had no access to the paper's full text: what its abstract and captions leave open, such as the maze and the coding cost, is our choice. They give no results in numbers, so nothing in Part II is compared with a published number. The targets below are for *our* parameters, from another implementation of ours that was made beforehand; [Published and measured](../book/claims.md) keeps them apart from what the paper states.
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
seed: int = 1  # of the ways that are drawn
temperature: float = 0.01  # price of one nat of information in an action
higher_temperature: float = 0.1  # for the simpler policy

# %%
import numpy as np

import iblrnn_helpers as ibl
from iblrnn_helpers.publishing import answer, report, said

ibl.core.check_parameters(globals(), temperature=(1e-6, 1e6), higher_temperature=(1e-6, 1e6))

maze = ibl.inverse_rl.one_agent.read_maze()
print(f"{maze.n_states} free cells, {len(maze.starts)} starts, goal at {maze.goal}")

# %% [markdown]
# ## Forward: from reward to policy
#
# At each step the agent goes north, east, south or west, or stays. The goal pays 1, and every action there takes the agent back to one of the starts. Doing well needs different actions in different cells, and that has a price: the agent maximises
#
# $$L = \Big\langle r(s) - \lambda \, \mathrm{KL}\big[\pi(\cdot|s) \,\big\|\, p(\cdot)\big] \Big\rangle, \qquad p(a) = \sum_s p(s)\, \pi(a|s).$$
#
# The second term, averaged, is the information that actions carry about states. It is measured in *nats* (one [nat](../book/glossary.md#term-nat) is 1.44 bits), and the *price* $\lambda$ is the reward that one nat costs. If information is cheap (small $\lambda$) the agent hardly leaves the shortest path.
#
# An optimum, which may be a local one (exercise 1), is found by repeating three steps, none of which can lower $L$. They update the distribution of the states, the marginal $p(a)$, and the policy $\pi(a|s) \propto p(a)\, e^{\bar v(s, a)/\lambda}$, where $\bar v$ is the value to come.

# %% tags=["teaches"]
solve = ibl.inverse_rl.one_agent.solve_mdp
solution = solve(maze.transitions, maze.reward, temperature)
dearer = solve(maze.transitions, maze.reward, higher_temperature)
for price, one in ((temperature, solution), (higher_temperature, dearer)):
    print(
        f"λ = {price:g}: {1 / one.reward_rate:.1f} steps from goal to goal, "
        f"actions carry {one.cost:.3f} nats, L = {one.objective:.4f}"
    )

# %% [markdown]
# ## Back: from policy to reward
#
# The logarithm of the policy is linear in the value: $\log \pi(a|s)/p(a) = \bar v(s,a)/\lambda - \log Z(s)$. How actions differ within a cell therefore shows how the cells around it differ in value, and value and $Z$ give the reward. What the policy cannot determine is reported as a *null space* of the reward. Here it has one dimension: a constant for all cells.

# %% tags=["teaches"]
inferred = ibl.inverse_rl.one_agent.infer_mdp_reward(
    solution.log_policy, solution.marginal, maze.transitions, temperature
)
r_squared = np.corrcoef(maze.reward, inferred.reward)[0, 1] ** 2
print(f"r² of the true and the inferred reward: {r_squared:.3f}")
n_open = inferred.null_space_dim
print(f"dimensions that the policy cannot determine: {n_open}")

# %% [markdown]
# ## What would the agent do elsewhere?
#
# A policy only says what the agent does here. Its reward says what it would do at another price of information, or in another maze. So we move two walls and optimise the *inferred* reward there. Cells that were walls have never been visited; they get the reward of an ordinary cell.

# %%
moved = maze.with_walls(closed=[(2, 6), (10, 11)], opened=[(6, 7), (10, 7)])
truth = ibl.inverse_rl.one_agent.solve_mdp(moved.transitions, moved.reward, temperature)
predicted = ibl.inverse_rl.one_agent.solve_mdp(
    moved.transitions, maze.carried_over(inferred.reward, moved), temperature
)
predicted_dearer = ibl.inverse_rl.one_agent.solve_mdp(
    maze.transitions, inferred.reward, higher_temperature
)

errors = [
    np.abs(np.exp(one.log_policy) - np.exp(other.log_policy)).max()
    for one, other in ((truth, predicted), (dearer, predicted_dearer))
]
kept = np.nansum(np.minimum(maze.on_grid(solution.stationary), moved.on_grid(truth.stationary)))
print(f"steps from goal to goal: {1 / solution.reward_rate:.1f} before the walls moved, "
      f"{1 / truth.reward_rate:.1f} after")  # fmt: skip
print(f"largest error of a predicted probability: {max(errors):.3f}")
print(f"overlap of where the agent is before and after: {kept:.2f}")

# %% tags=["lead"] mystnb={"figure": {"caption": "**The inferred reward lies at the goal alone, and says where the agent goes when price or walls change.** Blue: how often the agent is in a cell, as a square root. Line: a path that it takes. Green: the reward inferred from its policy. Below: the predictions from that reward, for a higher price of information and for moved walls. Compare Fig. 1F of the paper.", "name": "fig-1f"}, "image": {"alt": "Four drawings of a maze. In the first the agent keeps to short paths from three starts on the left to the goal on the right. The second has no inferred reward except at the goal. In the third, with a higher price, it spreads over many cells and wanders. In the fourth, two passages are closed and it takes other paths."}}
ways = {
    "Policy": (maze, solution),
    "Predicted: 10 times the price": (maze, predicted_dearer),
    "Predicted: walls moved": (moved, predicted),
}
ibl.inverse_rl.one_agent.fig_1f_maze(
    {
        title: (
            where,
            one.stationary,
            ibl.inverse_rl.one_agent.walk(where, one.log_policy, 200, seed),
        )
        for title, (where, one) in ways.items()
    },
    {"Inferred reward": (maze, inferred.reward)},
)

# %% tags=["hide-input"]
said(
    f"With a price {higher_temperature / temperature:.0f} times as high, actions carry "
    f"{dearer.cost / solution.cost:.2f} of the information, and the agent takes "
    f"{solution.reward_rate / dearer.reward_rate:.1f} times as many steps to the goal: the higher "
    "price favours simpler, less rewarded paths, as the paper's caption says."
)

# %% [markdown]
# Both predictions ([figure](#fig-1f)) are exact, because the inferred reward is; and that is true by construction, since the policy was known in every cell. So this tests the code, and not the paper's statement.
#
# ## What follows
#
# A policy describes an agent in one world; its reward predicts the agent in others. The method needs a policy, the transitions and a price of information, and nothing in it is about mazes: [chapter 15](15_network_reward.ipynb) applies it to a recurrent network in which every neuron is an agent. How well it works with finite data is judged in [chapter 16](16_limited_data.ipynb), and [chapter 19](19_reward_of_the_rnn.ipynb) tries it on the network of [chapter 2](02_train_rnn.ipynb). With a recording of your own, see [Infer the reward of your own recording](../book/infer_reward.md). Words of the field are in the [glossary](../book/glossary.md).

# %% [markdown]
# ## Our numbers

# %%
report(
    {
        "chalk.fig_1f_less_rewarded": dearer.reward_rate - solution.reward_rate,
        "chalk.fig_1f_simpler": dearer.cost - solution.cost,
        "chalk.maze_r_squared": r_squared,
        "chalk.maze_null_space": inferred.null_space_dim,
        "chalk.maze_steps": 1 / solution.reward_rate,
        "chalk.maze_information": solution.cost,
        "chalk.maze_reward_ratio": dearer.reward_rate / solution.reward_rate,
        "chalk.maze_information_ratio": dearer.cost / solution.cost,
        "chalk.maze_moved_walls_steps_ratio": solution.reward_rate / truth.reward_rate,
        "chalk.maze_prediction_error": max(errors),
    },
    profile=profile,
    detail=f"{maze.n_states} cells, λ = {temperature:g} and {higher_temperature:g}",
)

# %% [markdown]
# ## Exercises
#
# ### Exercise 1: a place to settle (30 min, intermediate)
#
# The cell (5, 9), on one of the paths, now pays a little at every step that the agent is in it, and the agent may stay there (`maze.reward` is any array over the cells). From which pay on is it better to settle there for good than to go on to the goal? Predict it from a number printed above. Then let `solve_mdp` find the best policy for some values of the pay, and look where the agent is (`stationary`) and what it gains (`objective`).

# %% tags=["solution"]
# @title Solution 1
# Staying needs no information: settling is worth the pay, going to the goal at least L.
place = (maze.cells == (5, 9)).all(axis=1)
settles, worth = {}, {}
for share in (0.5, 0.8, 1.2):
    pay = share * solution.objective
    found = ibl.inverse_rl.one_agent.solve_mdp(
        maze.transitions, maze.reward + pay * place, temperature
    )
    settles[share], worth[share] = float(found.stationary @ place), found.objective

answer(
    "14.1",
    f"From a pay of about L = {solution.objective:.4f} on, because settling needs no information. With 1.2 "
    f"times that the agent is there {settles[1.2]:.0%} of the time, with half of it "
    f"{settles[0.5]:.0%}. But with 0.8 times L it is there {settles[0.8]:.0%} of the time too, which "
    f"is worth {worth[0.8]:.4f} only: less than the old policy, which is still possible. No step "
    "of the iteration lowers L, yet it can end in a local optimum: 'stay' is cheap once it is the "
    "habit, and so is the path to the goal.",
    settles[0.5] < 0.1
    and min(settles[0.8], settles[1.2]) > 0.9
    and worth[0.8] < 0.9 * solution.objective < solution.objective < worth[1.2],
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: an unknown price (20 min, intermediate)
#
# An experimenter sees the policy, but takes information to be twice as expensive as it is. What does `infer_mdp_reward` return? Are the predictions for the moved walls wrong, if the wrong price is used there as well? And if the true price is used there?

# %% tags=["solution"]
# @title Solution 2
mistaken = ibl.inverse_rl.one_agent.infer_mdp_reward(
    solution.log_policy, solution.marginal, maze.transitions, 2 * temperature
)
carried = maze.carried_over(mistaken.reward, moved)
wrong_by, n_steps = {}, {}
for price in (2 * temperature, temperature):
    found = ibl.inverse_rl.one_agent.solve_mdp(moved.transitions, carried, price)
    wrong_by[price] = np.abs(np.exp(found.log_policy) - np.exp(truth.log_policy)).max()
    n_steps[price] = 1 / (found.stationary @ moved.reward)

answer(
    "14.2",
    f"The goal seems to pay {np.ptp(mistaken.reward):.3f}, twice too much: a policy determines "
    "the reward only in units of the price. With the same wrong price the prediction is exact "
    f"(largest error of a probability {wrong_by[2 * temperature]:.3f}). With the true price it is not "
    f"({wrong_by[temperature]:.2f}): an agent that wants the goal twice as much is more careful, and "
    f"comes to it every {n_steps[temperature]:.1f} steps, not every {n_steps[2 * temperature]:.1f}.",
    abs(np.ptp(mistaken.reward) - 2) < 1e-6
    and wrong_by[2 * temperature] < 1e-6
    and wrong_by[temperature] > 0.01,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: why not carry over the policy? (20 min, basic)
#
# Suppose that in the maze with moved walls the agent does in each cell what it did before. Carry over the policy instead of the reward (`maze.carried_over` takes the probabilities of one action at a time; make each row add up to 1 again), and count on a long `walk` how often the agent comes to the goal.

# %% tags=["solution"]
# @title Solution 3
copied = np.column_stack(
    [maze.carried_over(action, moved) for action in np.exp(solution.log_policy).T]
)
copied /= copied.sum(axis=1, keepdims=True)
n_walked = 10_000
arrivals, longest_stay = {}, {}
for name, log_policy in {"policy": np.log(copied), "reward": predicted.log_policy}.items():
    way = ibl.inverse_rl.one_agent.walk(moved, log_policy, n_walked, seed)
    arrivals[name] = int((way == moved.goal).all(axis=1).sum())
    longest_stay[name] = np.unique(way, axis=0, return_counts=True)[1].max() / len(way)

answer(
    "14.3",
    f"In {n_walked:,} steps the reward brings the agent to the goal {arrivals['reward']} times, the "
    f"copied policy {arrivals['policy']} times: {longest_stay['policy']:.0%} of the time it stands "
    "in one cell and walks against a new wall, because a policy does not say what its actions "
    "are for.",
    arrivals["policy"] < 0.05 * arrivals["reward"] and longest_stay["policy"] > 0.5,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Draw your own maze and pass it to `read_maze`. Make the agent prefer a path that is not the shortest.
# * Which price makes the agent give up? `papermill notebooks/14_maze.ipynb out.ipynb -p higher_temperature 1`.
# * Remove one action from the policy (set its column of `log_policy` to −inf and its `marginal` to 0, and renormalise). What does `infer_mdp_reward` say, and why can it not go on?
