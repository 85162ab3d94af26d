"""Noise that drives a network round an orbit (chapter 31)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
