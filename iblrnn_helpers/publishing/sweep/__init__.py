"""Many settings of a notebook, a training or a function, here or on a cluster.

* ``settings``, ``lists``: over what to sweep, as typed and from a file, and the folder that keeps
  values, results, states and locks.
* ``targets``, ``train_target``: what can be swept, and how it is found by its name.
* ``worker``: one setting, computed in a process; ``local``, ``cluster``: many, on this machine and
  by SLURM.
* ``run``: a sweep from beginning to end; ``iblrnn sweep``.
* ``gallery``: the table of results, and pages to look at.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
