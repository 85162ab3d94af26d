"""Where do the paper and its released code disagree, and does it matter?  (Chapter 9.)"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
