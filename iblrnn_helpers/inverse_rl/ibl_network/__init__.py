"""What are the networks of Part I trying to achieve, and does that predict others?

Chapter 19.  Read ``beliefs`` (the task as a decision process of an observer's beliefs), ``goal``
(the likeliest reward for what a network did) and ``predictions`` (of networks that were trained on
other tasks), then ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
