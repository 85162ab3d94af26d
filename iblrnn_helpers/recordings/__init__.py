"""A recording instead of a network: how would you know?  (Chapter 25.)

Read in this order: ``recording`` (spikes and trials of one session), ``simulate`` (recordings of
agents, whose states are known), ``files`` (ALF and NWB, written and read), ``command``
(``iblrnn report``).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
