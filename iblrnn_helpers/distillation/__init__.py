"""Can two units do it?  RADD and what its units do (chapter 8)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
