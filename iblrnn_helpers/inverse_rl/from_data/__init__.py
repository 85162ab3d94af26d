"""A reward from limited recordings (chapter 22, and the command infer-reward)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
