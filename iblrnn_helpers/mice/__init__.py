"""Mice at the task: their trials, checked, and what predicts their choices (chapter 12)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
