"""What is the most that anybody could earn?  Stopping rules and their frontier (chapter 11)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
