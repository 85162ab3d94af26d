"""How does a recurrent network infer hidden causes, and how would you know?

The International Brain Laboratory's task, the networks trained on it, exact
Bayesian baselines, and the analyses of Schaeffer et al. (NeurIPS 2020).

Import from the module that answers your question, for example
``from iblrnn_helpers.task.generative_model import TaskParams, sample_trials``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
