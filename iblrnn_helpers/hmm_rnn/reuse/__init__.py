"""Is one motif used again in larger models, in fewer dimensions, and in the network of Part I?

Chapter 23.  Reading order: `reuse` (motifs of every pair of classes), `reduction` (four ways to
leave dimensions out), `ibl_network` (Part I's network as the tools of this part see it), `figures`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
