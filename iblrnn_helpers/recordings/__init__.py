"""A recording instead of a network: how would you know?  (Chapter 25.)

Read in this order: ``recording`` (spikes and trials of one session), ``simulate`` (recordings of
agents, whose states are known), ``players`` (these agents: the network and its rivals), ``files``
(ALF and NWB, written and read), ``nulls`` (pseudo-sessions), ``signals``, ``measures`` and
``dynamics`` (the tests), ``predictions`` (all of them, by name), ``calibration`` (how often they
see what is not there), ``command`` (``iblrnn report``).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
