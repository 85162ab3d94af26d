"""What happens in a session?  The generative model, agents playing it, and the record (chapter 1).

Read `trials` (what every record of trials answers), `generative_model` (what the world draws),
`agent` and `rollouts` (who plays, and how), `session` (what comes out).  Beside these, `gym` lets
others' agents play, `alf` and `exports` let others' tools read, and `figures` draws the task.
`flip_flop` is another task, for chapter 24.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
