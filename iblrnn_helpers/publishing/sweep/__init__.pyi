from .gallery import over_seeds as over_seeds
from .run import plan_sweep as plan_sweep
from .run import run_sweep as run_sweep
from .settings import grid as grid
