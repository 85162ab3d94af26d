"""How much of a reward does a recording of limited length tell?  (Chapter 16)

Read ``inference`` (the most probable reward), ``posterior`` (how sure it is, and how much data
that takes) and ``recordings`` (what is said of many), then ``figures``.  ``command``, which
is ``iblrnn infer-reward``, reads recordings by ``columns`` and ``spike_files``, and writes
``reward_tables``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
