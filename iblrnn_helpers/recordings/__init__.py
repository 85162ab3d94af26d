"""A recording instead of a network: how would you know?  (Chapter 25.)

Read in this order: ``recording`` (spikes and trials of one session), ``simulate`` (recordings of
agents, whose states are known), ``files`` (one door for ``alf`` and ``nwb``, which write and read),
``found`` (what of a file is of use, and what is said of the rest), ``command`` (``iblrnn report``),
``report_figures`` (its picture).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
