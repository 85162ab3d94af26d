"""How well do agents choose, how fast, and do they use the block?  (Chapters 1, 3 and 4.)"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
