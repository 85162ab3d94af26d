"""Do the two inferences influence each other?  (Chapter 6.)

Read ``beliefs`` (of the network, of the Bayesian observer, and of one that cannot keep its two
inferences apart), ``measures`` (how beliefs go together, and the coupling), ``claims`` (Claim 3 in
numbers), then ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
