"""What the sources claim, what was measured here, and whether they agree.

* ``claim``: a claim, and ``claims/``, which lists them, a file for each notebook.
* ``results``: what notebooks measured for claims, and found for their exercises.
* ``tables``: both as people see them; ``iblrnn claims``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
