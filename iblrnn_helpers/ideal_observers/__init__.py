"""How well can the task be done at all, and how far below that is the network?  (Chapter 12.)

Read in this order: ``stopping_rules`` (the rule that earns most, and sessions that follow any
rule), ``speed_accuracy`` (who is where in the plane of speed and accuracy), ``belief_scores``
(what a belief knows of the block, and how well it accounts for choices), ``comparison`` (any
agents beside observers, actors and ceilings), ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
