"""How do recurrent networks emulate hidden Markov models?  Torre et al. 2025 (Part III)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
