"""How do notebooks become a book?  Nothing below needs this: it could leave the package in a day.

* ``ledger``: what is claimed, what notebooks measured, and whether the two agree.
* ``running``: which notebooks are out of date, and how they are executed.
* ``sweep``: many settings of a notebook, a training or a function, here or on a cluster.
* ``site``: the book, made of executed notebooks and narrative pages.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
