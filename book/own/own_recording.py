"""A recorded session, from its folder to what it says of the network's predictions."""

import pandas as pd

import iblrnn_helpers as ibl


def recorded(folder, n_trials=700):  # put yours here: a folder or .nwb file
    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=35, seed=0)
    agent = ibl.RNNAgent(ibl.reference_network().network)
    session = ibl.rollout(agent, trials, record_states=True)
    neurons = ibl.recordings.Neurons(mean_rate=6, drift=0.3)  # Hz; slow changes
    own = ibl.recordings.record(session, n_trials=n_trials, neurons=neurons, seed=0)
    return ibl.recordings.write_alf_recording(own, folder)


folder = recorded("lab")  # on the command line: iblrnn report lab
recording = ibl.recordings.read_recording(folder)
print(recording)  # with what was left out
judged = ibl.recordings.judge(recording)
report = pd.DataFrame(list(judged.values())).set_index("prediction")
print(report[["value", "null_low", "null_high", "p", "seen"]].round(3))
