"""Who decides?  Recurrent networks, and exact Bayesian actors and observers (chapter 3).

Read `block_filter` (what past sides say of the next), `semi_markov` (the same for the task's own
blocks), `bayes` (the actor and the observer that rest on them), `rnn` (the network, as a torch
module, as an agent and as a one-step map), `own_networks` (other networks as one-step maps) and
`without_feedback` (any agent, deaf to it).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
