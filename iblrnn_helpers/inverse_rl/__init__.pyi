from . import coding as coding
from . import from_data as from_data
from . import ibl_network as ibl_network
from . import one_agent as one_agent
from . import optimal_network as optimal_network
from . import ring as ring
from .hypercube import spike_counts as spike_counts
from .hypercube import spins as spins
