"""Can a network be rewarded for encoding its input, and does its reward show what it encodes?

Chapter 17.  Read ``efficient_coding`` (networks that tell a feature as well as they can) and
``responses`` (their counts and cell types, and the feature behind their reward), then ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
