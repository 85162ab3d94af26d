"""How are networks trained?  Recipes, engines, the trained networks that ship (chapter 2)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
