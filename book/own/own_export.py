"""A session as a file for archives of neural data, checked by their inspector."""

from nwbinspector import inspect_nwbfile, load_config

import iblrnn_helpers as ibl

trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
agent = ibl.RNNAgent(ibl.reference_network().network, name="RNN-7")
session = ibl.rollout(agent, trials, record_states=True)
who = {"subject": {"subject_id": "RNN-7"}, "experimenter": "Curie, Marie"}
who["description"] = "A network of 50 units, played once."
path = ibl.write_nwb(session, "sub-RNN-7.nwb", dt=0.1, **who)  # a step lasts 0.1 s
found = list(inspect_nwbfile(nwbfile_path=path, config=load_config("dandi")))
for one in found:
    print(one.importance.name, one.check_function_name, one.message, sep=": ")
