"""What memory a training needs, at least."""

from ..core import checks
from ..task.generative_model import TaskParams
from .params import TrainParams

_N_COLUMNS = 4  # of a history


def check_memory(params: TrainParams, task: TaskParams) -> None:
    """Raise a ValueError if a training needs more memory than there is."""
    checks.memory(f"n_units {params.n_units:,}", 20 * params.n_units**2)  # or four times as much
    least = params.sessions_per_step * params.n_blocks * task.shortest_block  # trials of a step
    checks.memory("sessions_per_step × n_blocks", least * task.n_observations * 16)
    n_steps = params.n_gradient_steps
    checks.memory(f"a history of {n_steps:,} gradient steps", n_steps * _N_COLUMNS * 4)
