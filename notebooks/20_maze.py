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
# **Question.** An agent walks through a maze. What is it after? And would we know, from its reward, what it does in another maze?
#
# Part I asked how a network does what it was trained for. Part II turns the question around: given only what a system does, which *reward* does it act to reach? This is inverse reinforcement learning, and Chalk, Tkačik and Marre (PLoS ONE 2021) use it to infer the function of a neural network from its dynamics. The next pages do that. This one shows the method where it is easiest to see, on one agent in a maze (their Fig. 1F).
#
# The paper's full text was not at hand when this was written: what its abstract and captions leave open, such as the maze and the coding cost, is our choice. They give no results in numbers, so none of Part II is compared with a published number. The targets below are of *our* parameters, from another implementation of ours that was made beforehand.
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
# At each step the agent goes north, east, south or west, or stays. The goal pays 1; whatever it does there takes it back to one of the starts. Doing well needs different actions in different cells, and that has a price: the agent maximises
#
# $$L = \Big\langle r(s) - \lambda \, \mathrm{KL}\big[\pi(\cdot|s) \,\big\|\, p(\cdot)\big] \Big\rangle, \qquad p(a) = \sum_s p(s)\, \pi(a|s).$$
#
# The second term, averaged, is the information in nats that actions carry about states. With little weight on it (small $\lambda$) the agent hardly leaves the shortest way. An optimum, which may be a local one (exercise 1), is found by alternating three steps, none of which can lower $L$: the law of the states, the marginal $p(a)$, and the policy $\pi(a|s) \propto p(a)\, e^{\bar v(s, a)/\lambda}$ with the value to come, $\bar v$.

# %%
solution = ibl.inverse_rl.one_agent.solve_mdp(maze.transitions, maze.reward, temperature)
dearer = ibl.inverse_rl.one_agent.solve_mdp(maze.transitions, maze.reward, higher_temperature)
for price, one in ((temperature, solution), (higher_temperature, dearer)):
    print(
        f"λ = {price:g}: {1 / one.reward_rate:.1f} steps from goal to goal, actions carry "
        f"{one.cost:.3f} nats, L = {one.objective:.4f} ({one.n_iterations} iterations, "
        f"Bellman residual {one.residual:.0e})"
    )

# %% [markdown]
# ## Back: from policy to reward
#
# The logarithm of the policy is linear in the value: $\log \pi(a|s)/p(a) = \bar v(s,a)/\lambda - \log Z(s)$. How actions differ within a cell therefore tells how the cells around it differ in value; and value and $Z$ give the reward. Whatever the policy cannot tell of is reported as a *null space* of the reward. Here it has one dimension: a constant for all cells.

# %%
inferred = ibl.inverse_rl.one_agent.infer_mdp_reward(
    solution.log_policy, solution.marginal, maze.transitions, temperature
)
r_squared = np.corrcoef(maze.reward, inferred.reward)[0, 1] ** 2
print(f"largest error {np.abs(inferred.reward - maze.reward).max():.0e}, r² = {r_squared:.6f}")
print(f"dimensions that the policy does not tell of: {inferred.null_space_dim}")

# %% [markdown]
# ## What would the agent do elsewhere?
#
# A policy only says what the agent does here. Its reward says what it would do under another price of information, or in another maze. So let us move two walls, and optimise the *inferred* reward there. Cells that were walls have never been seen; they get the reward of an ordinary cell.

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
print(
    f"{1 / solution.reward_rate:.1f} steps from goal to goal before, {1 / truth.reward_rate:.1f} after"
)
print(f"largest error of a predicted probability: {errors[0]:.0e} (walls), {errors[1]:.0e} (price)")
print(f"overlap of where it is before and after, what 'nothing changes' would score: {kept:.2f}")

# %% mystnb={"figure": {"caption": "The agent in the maze. Blue: how often it is in a cell, as a square root. Line: a way that it takes. Green: the reward inferred from its policy. Below: the predictions from that reward, for a higher price of information and for moved walls. Compare Fig. 1F of the paper.", "name": "fig-1f"}, "image": {"alt": "Four drawings of a maze. In the first the agent keeps to short ways from three starts on the left to the goal on the right. The second has no inferred reward but at the goal. In the third, with a higher price, it spreads over many cells and wanders. In the fourth, two passages are closed and it takes other ways."}}
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
    "price favours simpler, less rewarded ways, as the caption says."
)

# %% [markdown]
# Both predictions are exact, because the inferred reward is; and that is true by construction, since the policy was known in every cell. So it tests the code, and not the paper's statement. What is left of it with finite data is the subject of a later page, where the statement is judged.

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
# ### Exercise 1: a place to settle
#
# The cell (5, 9), on one of the ways, now pays a little at every step that the agent is in it, and it may stay there (`maze.reward` is any array over the cells). From which pay on is it better to settle there for good than to go on to the goal? Predict it from a number printed above. Then let `solve_mdp` find the best policy for some pays, and look where the agent is (`stationary`) and what it gains (`objective`).

# %% tags=["solution"]
# @title Solution 1
# Whoever stays needs no information: settling is worth the pay, going to the goal at least L.
place = (maze.cells == (5, 9)).all(axis=1)
settles, worth = {}, {}
for share in (0.5, 0.8, 1.2):
    pay = share * solution.objective
    found = ibl.inverse_rl.one_agent.solve_mdp(
        maze.transitions, maze.reward + pay * place, temperature
    )
    settles[share], worth[share] = float(found.stationary @ place), found.objective

answer(
    "20.1",
    f"From a pay of about L = {solution.objective:.4f} on, because settling needs no information. With 1.2 "
    f"times that the agent is there {settles[1.2]:.0%} of the time, with half of it "
    f"{settles[0.5]:.0%}. But with 0.8 times L it is there {settles[0.8]:.0%} of the time too, which "
    f"is worth {worth[0.8]:.4f} only: less than the old policy, which is still to be had. No step "
    "of the iteration lowers L, yet it can end in a local optimum: 'stay' is cheap once it is the "
    "habit, and so is the way to the goal.",
    settles[0.5] < 0.1
    and min(settles[0.8], settles[1.2]) > 0.9
    and worth[0.8] < 0.9 * solution.objective < solution.objective < worth[1.2],
    profile=profile,
)

# %% [markdown]
# ### Exercise 2: nobody knows the price
#
# An experimenter sees the policy, but takes information to be twice as dear as it is. What does `infer_mdp_reward` return? Are the predictions for the moved walls wrong, if the wrong price is used there as well? And if the true price is used there?

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
    "20.2",
    f"The goal seems to pay {np.ptp(mistaken.reward):.3f}, twice too much: a policy tells reward "
    "only in units of the price. With the same wrong price the prediction is exact (largest error "
    f"of a probability {wrong_by[2 * temperature]:.0e}). With the true price it is not "
    f"({wrong_by[temperature]:.2f}): who wants the goal twice as much is more careful, and comes to it "
    f"every {n_steps[temperature]:.1f} steps, not every {n_steps[2 * temperature]:.1f}.",
    abs(np.ptp(mistaken.reward) - 2) < 1e-6
    and wrong_by[2 * temperature] < 1e-6
    and wrong_by[temperature] > 0.01,
    profile=profile,
)

# %% [markdown]
# ### Exercise 3: why not carry over the policy?
#
# Suppose that in the maze with moved walls the agent does in each cell what it did there before. Carry over the policy instead of the reward (`maze.carried_over` takes the probabilities of one action at a time; make each row add up to 1 again), and count on a long `walk` how often the agent comes to the goal.

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
    "20.3",
    f"In {n_walked:,} steps the reward brings the agent to the goal {arrivals['reward']} times, the "
    f"copied policy {arrivals['policy']} times: {longest_stay['policy']:.0%} of the time it stands "
    "in one cell and walks against a new wall, because nothing in a policy says what its actions "
    "were for.",
    arrivals["policy"] < 0.05 * arrivals["reward"] and longest_stay["policy"] > 0.5,
    profile=profile,
)

# %% [markdown]
# ### Further
#
# * Draw your own maze and pass it to `read_maze`. Make the agent's favourite way the one that is not the shortest.
# * Which price makes the agent give up? `papermill notebooks/20_maze.ipynb out.ipynb -p higher_temperature 1`.
# * Remove one action from the policy (set its column of `log_policy` to −inf and its `marginal` to 0, and renormalise). What does `infer_mdp_reward` say, and why can it not go on?
