"""Notebooks: reading them, planning what is out of date, running them.

* ``notebooks``: a notebook's source, header and parameters, and the pair that is generated.
* ``planning``: a build's folders, what to run in them, and what changed since the last time.
* ``execution``, ``child``: one notebook, in a process of its own; both sides of it.
* ``forks``, ``forked_kernel``: that process and its kernel as forks of one that has the libraries.
* ``pipeline``: all of them, in order, a few at a time; ``iblrnn run``.
"""
