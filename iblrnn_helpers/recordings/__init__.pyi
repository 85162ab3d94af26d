from .alf import write_alf_recording as write_alf_recording
from .files import read_recording as read_recording
from .nwb import write_nwb_recording as write_nwb_recording
from .recording import Recording as Recording
from .simulate import Neurons as Neurons
from .simulate import record as record
