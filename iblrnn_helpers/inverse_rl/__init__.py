"""What does a network act to reach?  Optimal networks, and their reward from their dynamics.

Source: Chalk, Tkacik & Marre, PLOS ONE 2021, "Inferring the function performed by a recurrent
neural network".  Its text leaves some choices open; where ours may differ, the module says so.

``mdp`` holds the single agent, ``network`` the network in which each neuron is an agent,
``inverse`` the way back from dynamics to reward, ``changes`` what predictions are made for,
``responses`` and ``recording`` what an experimenter would see.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
