"""What is one agent trying to achieve?  The best policy for a reward, and back (chapter 14).

``mdp`` solves any finite world both ways; ``maze`` is one, which ``figures`` draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
