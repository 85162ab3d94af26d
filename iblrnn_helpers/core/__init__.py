"""What knows no task: checks, files, the store, means with intervals, fixed points, plots."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
