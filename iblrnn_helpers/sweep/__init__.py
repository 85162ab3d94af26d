"""Many settings of one target: run here or on a cluster, each once, and put in one table.

``run.py`` is the way in; ``targets.py`` says what can be swept, ``values.py`` over what,
``folder.py`` where results lie, ``worker.py`` what one process does.
"""
