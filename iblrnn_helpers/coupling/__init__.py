"""Do the two inferences influence each other?  (Chapter 6.)"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
