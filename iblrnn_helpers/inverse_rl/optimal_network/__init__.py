"""Networks in which each neuron is an agent, and their reward (chapter 21)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
