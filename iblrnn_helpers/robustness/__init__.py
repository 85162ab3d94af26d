"""Does every claim hold over seeds and variants?  (Chapter 11, and what sweeps measure.)

Read in this order: ``measures`` (the claims that a single network can answer, measured once),
``seeds`` (tables over networks, variants and stages of training), ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
