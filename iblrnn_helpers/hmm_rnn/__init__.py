"""How do recurrent networks emulate hidden Markov models?  Torre et al. 2025 (Part III).

Four rooms, a chapter each, in this order: `teaching` (20), `orbit` (21), `kick_units` (22) and
`reuse` (23).  What they share: `hmm` (the models), `network` (noise in, symbols out), `statistics`
(of symbols, and of classes: the most likely ones), `alike` (networks under noise that is drawn
once) and `figures`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
