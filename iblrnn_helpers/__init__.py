"""How does a recurrent network infer hidden causes, and how would you know?

The International Brain Laboratory's task, the networks trained on it, exact
Bayesian baselines, and the analyses of Schaeffer et al. (NeurIPS 2020).

Each room of the package answers a question, and is loaded when it is first used::

    import iblrnn_helpers as ibl

    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=50, n_blocks=20, seed=0)
    ibl.task.fig_1_generative_model()
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
