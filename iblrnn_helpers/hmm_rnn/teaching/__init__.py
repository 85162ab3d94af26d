"""Can a network that hears nothing but noise emit sequences as a hidden Markov model does?

Chapter 20.  Reading order: `sinkhorn` (the loss of two batches), `params` (what is trained, and
the two recipes), `update` and `training` (how), `learning` (phases of a training), `store` (where
trained networks lie); then `emitted`, `emissions` and `likelihood` (what came out), `figures`.
For speed only: `loss_values` (the loss without its gradient).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
