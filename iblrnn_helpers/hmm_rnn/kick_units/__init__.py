"""Which units make the class change, how are they connected, and what happens without them?

Chapter 22.  Reading order: `kick_units` (a rule that finds them, and their connections against
those of random units), `interventions` (networks whose units get gains, and their switches),
`nominal` (a budget, and the unchanged run), `switches_left` (more and more of them are silent),
`motif` (all that is measured of a pair of classes), `figures`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
