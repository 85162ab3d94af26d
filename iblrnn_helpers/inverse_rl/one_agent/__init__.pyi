from .figures import fig_1f_maze as fig_1f_maze
from .maze import read_maze as read_maze
from .maze import walk as walk
from .mdp import infer_mdp_reward as infer_mdp_reward
from .mdp import solve_mdp as solve_mdp
