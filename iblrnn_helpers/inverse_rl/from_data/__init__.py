"""How much of a reward does a recording of limited length tell?  (Chapter 22)

Read ``inference`` (the most probable reward), ``posterior`` (how sure it is, and how much data
that takes) and ``recordings`` (what is said of many), then ``figures``.  ``spike_files`` reads
recordings for ``command``, which is ``iblrnn infer-reward``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
