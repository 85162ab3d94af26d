"""Can two units do it?  RADD and what its units do (chapter 9).

In reading order: ``model`` (a few units, how they run and play), ``closed_form`` and
``free_running_fit`` (two ways to fit them), ``chunks`` (sums over some rows at a time), ``radd``
(both as an estimator), ``sequences`` (the forms of data that it takes) and ``data_checks`` (what it
warns of), ``fit_quality`` (how well the units follow the network), ``likeness`` (how alike two
systems are, in single numbers), ``distilled`` (from a network to units that play), ``rivals``
(other networks as small), ``claims`` (what the ledger asks), ``circuit_figures`` (the units
themselves) and ``figures`` (how they follow and play).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
