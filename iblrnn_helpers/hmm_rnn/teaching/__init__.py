"""Training networks to emit what an HMM emits (chapter 30)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
