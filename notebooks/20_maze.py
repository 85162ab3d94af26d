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
# The paper's full text was not at hand when this was written: what its abstract and captions leave open, such as the maze and the coding cost, is our choice. The numbers below are therefore targets of *our* parameters, taken from an independent implementation of the same equations, and not values of the published panels.
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

from iblrnn_helpers.claims.report import report
from iblrnn_helpers.figures.inverse_rl import fig_1f_maze
from iblrnn_helpers.inverse_rl.maze import read_maze, walk
from iblrnn_helpers.inverse_rl.mdp import infer_mdp_reward, solve_mdp

maze = read_maze()
print(f"{maze.n_states} free cells, {len(maze.starts)} starts, goal at {maze.goal}")

# %% [markdown]
# ## Forward: from reward to policy
#
# At each step the agent goes north, east, south or west, or stays. The goal pays 1; whatever it does there takes it back to one of the starts. Doing well needs different actions in different cells, and that has a price: the agent maximises
#
# $$L = \Big\langle r(s) - \lambda \, \mathrm{KL}\big[\pi(\cdot|s) \,\big\|\, p(\cdot)\big] \Big\rangle, \qquad p(a) = \sum_s p(s)\, \pi(a|s).$$
#
# The second term, averaged, is the information in nats that actions carry about states. With little weight on it (small $\lambda$) the agent takes the shortest way. The optimum is found by alternating three steps, none of which can lower $L$: the law of the states, the marginal $p(a)$, and the policy $\pi(a|s) \propto p(a)\, e^{\bar v(s, a)/\lambda}$ with the value to come, $\bar v$.

# %%
solution = solve_mdp(maze.transitions, maze.reward, temperature)
dearer = solve_mdp(maze.transitions, maze.reward, higher_temperature)
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
inferred = infer_mdp_reward(solution.log_policy, solution.marginal, maze.transitions, temperature)
r_squared = np.corrcoef(maze.reward, inferred.reward)[0, 1] ** 2
print(f"largest error {np.abs(inferred.reward - maze.reward).max():.0e}, r² = {r_squared:.6f}")
print(f"dimensions that the policy does not tell of: {inferred.null_space_dim}")

# %% [markdown]
# ## What would the agent do elsewhere?
#
# A policy only says what the agent does here. Its reward says what it would do under another price of information, or in another maze. So let us move two walls, and optimise the *inferred* reward there. Cells that were walls have never been seen; they get the reward of an ordinary cell.

# %%
moved = maze.with_walls(closed=[(2, 6), (10, 11)], opened=[(6, 7), (10, 7)])
truth = solve_mdp(moved.transitions, moved.reward, temperature)
predicted = solve_mdp(moved.transitions, maze.carried_over(inferred.reward, moved), temperature)
predicted_dearer = solve_mdp(maze.transitions, inferred.reward, higher_temperature)

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
fig_1f_maze(
    {
        title: (where, one.stationary, walk(where, one.log_policy, 200, seed))
        for title, (where, one) in ways.items()
    },
    {"Inferred reward": (maze, inferred.reward)},
)

# %% [markdown]
# With a price ten times as high, actions carry a tenth of the information: the agent leans on what it does everywhere, mostly east and south, and bumps its way to the goal in twice as many steps. Both predictions are exact, because the inferred reward is. What is left of that with finite data is the subject of a later page; in this maze, with a policy that visits few cells, one would learn little about the others.

# %% [markdown]
# ## Our numbers

# %%
report(
    {
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
# ## Try it yourself
#
# 1. Draw your own maze and pass it to `read_maze`. What if there is a second, closer goal that pays less (`reward` is any array over the cells)?
# 2. Which price makes the agent give up? `-p higher_temperature 1` in `papermill notebooks/20_maze.ipynb out.ipynb -p higher_temperature 1`.
# 3. Remove an action from the policy (set its column of `log_policy` to −inf and its `marginal` to 0, and renormalise): how many dimensions of reward can still be told?
