from .recording import Recording as Recording
from .simulate import Neurons as Neurons
from .simulate import record as record
