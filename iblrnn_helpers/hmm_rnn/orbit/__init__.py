"""How does noise drive a network round an orbit, and where does it wait?

Chapter 21.  Reading order: `orbit` (the plane, turns in it, and what is left without input),
`regions` (how long a state keeps its class), `motion` (all of it of one network, and what happens
around switches), `noise_and_loss` (what sets the size of the orbit and how often symbols change),
`figures`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
