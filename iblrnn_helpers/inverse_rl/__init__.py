"""What is a network trying to achieve?  Optimal networks, and their reward from their dynamics.

Part II of the book.  Source: Chalk, Tkacik & Marre, PLOS ONE 2021, "Inferring the function
performed by a recurrent neural network".  Its text leaves some choices open; where ours may
differ, the module says so.

Rooms in the book's order: ``one_agent`` (chapter 14), ``optimal_network`` (15), ``from_data`` (16
and ``iblrnn infer-reward``), ``coding`` (17), ``ring`` (18) and ``ibl_network`` (19).  They share
``hypercube``: states of binary neurons, functions of them, and laws over them; and ``slow_modes``,
which solves for what sweeps over all states would take too long to find.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
