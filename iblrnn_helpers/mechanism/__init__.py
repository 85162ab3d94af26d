"""Which dynamics carry the inference out?  Fixed points, slow manifold, circuit (chapter 7)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
