"""What does Part I's network act to reach?  (Chapter 25.)"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
