"""What happens: the generative model, its trials, agents playing them, sessions, exports."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
