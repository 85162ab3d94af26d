"""The reward of a single agent, from what it does (chapter 20)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
