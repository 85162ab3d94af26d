"""Where in a network's states are its beliefs?  (Chapter 5.)"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
