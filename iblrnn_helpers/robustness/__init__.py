"""Does every claim hold over seeds and variants?  (Chapter 10, and what sweeps measure.)"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
