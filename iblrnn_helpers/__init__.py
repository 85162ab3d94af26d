"""How does a recurrent network infer hidden causes, and how would you know?

The International Brain Laboratory's task, the networks trained on it, exact
Bayesian baselines, and the analyses of Schaeffer et al. (NeurIPS 2020).

``import iblrnn_helpers as ibl`` gives what most uses need, ``ibl.rollout`` or ``ibl.observe``, each
with an example in its help, and one room for each question, ``ibl.task`` or ``ibl.coupling``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
