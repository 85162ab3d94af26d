"""The book's site, made from executed notebooks.

* ``book``: staging and building; ``iblrnn book``.
* ``pages``: what its pages hold besides notebooks: claims, times, parameters, how to rerun.
* ``reference``: a page of each room's names.
* ``explorable``: this run's own circuit, for the page that readers play with.
* ``moving_state``: the same circuit's path through its plane, in chapters.
* ``more_pages``: what of a chapter has a page of its own.
* ``exercises``: all exercises in a table; ``drawings``: figures to download.
* ``printing``: the book as PDFs, and lighter pictures; ``reader``: the one for reading.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
