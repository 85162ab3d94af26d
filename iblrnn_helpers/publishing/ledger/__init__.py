"""What the sources claim, what was measured here, and whether they agree.

* ``claim``: an entry and its verdict; ``loading`` reads ``claims/``, a file for each notebook.
* ``results``: what notebooks measured for claims, and found for their exercises.
* ``tables``, ``summaries``: both as people see them.
* ``said``: sentences with numbers, computed or checked.
* ``command``: ``iblrnn claims``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
