"""What do real mice do at the task, and whose expectation predicts their choices?  (Chapter 13.)

Read in this order: ``record`` (a mouse's trials and behaviour, in the words of the simulated
task), ``cleaning`` (from the rows of a table to a record; what is left out, and why), ``load``
(the public files), ``extract`` (the part of them that ships), ``page`` (which of both a notebook
gets, and what it says of them), ``alf`` (other tables of the laboratory, or your own), ``read``
(files and folders of all kinds), ``behavior`` (curves, times, what the last trial leaves),
``expectations`` (what different minds would expect, had they lived a mouse's sessions),
``choice_model`` (whose expectation predicts the choices best), ``own_models`` (the candidates, ours
and yours), ``figures``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
