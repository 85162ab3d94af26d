from .measures import Judgement as Judgement
from .nulls import pseudo_blocks as pseudo_blocks
from .players import rivals as rivals
from .predictions import PREDICTIONS as PREDICTIONS
from .predictions import judge as judge
from .recording import Recording as Recording
from .simulate import Neurons as Neurons
from .simulate import record as record
