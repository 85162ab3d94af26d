"""Which dynamics carry the inference out?  Fixed points, slow manifold, circuit (chapters 7, 8).

In reading order: ``dynamics`` (vector fields, linearisation, basins, effects of inputs),
``reductions`` (the same map along the slow manifold and in a plane), ``trial_map`` (from trial to
trial), ``circuit`` (populations of units and the weights between them), ``claims`` (all of it for
one network, and what the ledger asks), ``figures`` and ``circuit_figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
