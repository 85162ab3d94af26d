"""A recording instead of a network: how would you know?  (Chapter 25.)

Read in this order: ``recording`` (spikes and trials of one session), ``simulate`` (recordings of
agents, whose states are known), ``players`` (these agents: the network and its rivals), ``files``
(one door for ``alf`` and ``nwb``, which write and read), ``found`` (what of a file is of use, and
what is said of the rest), ``nulls`` (pseudo-sessions), ``signals``, ``measures`` and ``dynamics``
(the tests), ``predictions`` (all of them, by name), ``calibration`` (how often they see what is not
there), ``power`` (how large a recording must be), ``classify`` (whose it is), ``wall`` (the table
for the wall), ``figures``, ``command`` (``iblrnn report``), ``report_figures`` (its picture).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
