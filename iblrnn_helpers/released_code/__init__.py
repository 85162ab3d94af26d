"""Where do the paper and its released code disagree, and does it matter?  (Chapter 10.)

In reading order: ``differences`` (all twelve, in words), ``as_released`` (what only the released
code does), ``variants`` (two variants side by side in numbers) and ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
