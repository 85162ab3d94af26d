"""Where in a network's states are its beliefs?  (Chapter 5.)

Read ``plane`` (principal components, and the plane of any system), ``state_space`` (this one and
its two readouts), ``decoding`` (how well the block can be told, and along which direction),
``paths`` (through the plane), ``readouts`` (what moves the state along them), ``claims`` (Claim 2
in numbers), then ``figures`` (of the plane) and ``readout_figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
