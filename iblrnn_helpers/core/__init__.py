"""What knows no task, and could serve another.

Values that people pass in: `checks`, `markov_chains`.  Numbers: `means` (with intervals over
clusters), `logistic`, `one_step_map` and on it `fixed_points`.  What is kept: `files` (whole or
not there), `store` (results by what determines them), `fingerprint` (what counts as the same
code).  Trainings of any kind: `training_frame` (chunks, checkpoints, interrupts), `trained` (what
they give), `compiled`, `processes`.  Looks: `plot_style`, `plot_seeds`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
