"""What do neurons try to achieve that share one reward?  Each neuron is an agent (chapter 15).

Read ``network`` (the best network for a reward) and ``inverse`` (the way back), then ``changes``
(what an inferred reward is asked to predict), ``recording`` (what an experimenter would see of a
network, and the counts that inference starts from) and ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
