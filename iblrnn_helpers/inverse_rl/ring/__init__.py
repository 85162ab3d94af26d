"""What reward does a network serve whose couplings are restricted?  Neurons on a ring (chapter 18).

Read ``pairwise`` (laws of such networks, and what they are worth), ``training`` (two ways to the
best one), ``ring`` (the best ones on a ring, and how they change), ``reward_models`` (the reward
from their couplings, under an assumption), ``from_recording`` (from what they did) and ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
