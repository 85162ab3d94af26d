"""Tables of trials of your own mice (ALF), to a comparison of models."""

import numpy as np

import iblrnn_helpers as ibl

task = ibl.TaskParams(blocks=ibl.task.Blocks.ibl(), hazard=1 / 60)


def tables(kind, seed):  # put yours here: a table of trials for each session
    trials = ibl.sample_trials(task, n_sessions=20, n_blocks=8, seed=seed)
    session = ibl.rollout(ibl.BayesianActor(task, kind), trials)
    return ibl.task.alf_trials(session, dt=0.1)


minds = {"Ada": "exact", "Bo": "exponential", "Cy": "blockless"}
predicted = {}
for seed, (name, kind) in enumerate(minds.items()):
    mouse = ibl.mice.mouse_from_alf(tables(kind, seed), name)
    first = np.diff(mouse.trials.session, prepend=-1) > 0
    last_side = np.where(first, 0, np.roll(mouse.trials.side, 1))  # your model
    models = ibl.mice.candidates(mouse, {"the last side": last_side})
    predicted[name] = ibl.mice.predict_choices(mouse, models)
gains = ibl.mice.gains(predicted)  # in thousandths of a bit per choice
print(gains.T.round(1))
