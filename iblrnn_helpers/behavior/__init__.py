"""How well do agents choose, how fast, and do they use the block?  (Chapters 3 and 4.)

Read ``trial_means`` (the mean of any quantity by any property of the trials), ``measures`` (the
paper's questions, asked with it), ``beliefs`` (what is believed before a trial's first
observation), ``claims`` (Claim 1 in numbers), then ``figures`` (by stimulus strength) and
``course_figures`` (by step, trial and block).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
