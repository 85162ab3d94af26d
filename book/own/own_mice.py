"""Tables of trials of your own mice (ALF), to a comparison of models."""

import numpy as np

import iblrnn_helpers as ibl

task = ibl.TaskParams(blocks=ibl.task.Blocks.ibl(), hazard=1 / 60)


# Put yours here: tables, files or folders of a mouse's sessions.
def tables(kind, seed):
    trials = ibl.sample_trials(task, n_sessions=20, n_blocks=8, seed=seed)
    session = ibl.rollout(ibl.BayesianActor(task, kind), trials)
    return ibl.task.alf_trials(session, dt=0.1)


def last_side(mouse):  # your model: log odds of right before each trial
    sides = np.roll(mouse.trials.side, 1)
    sides[mouse.trials.session_start[:-1]] = 0  # nothing came before
    return sides


minds = {"Ada": "exact", "Bo": "exponential", "Cy": "blockless"}
own = {name: tables(kind, seed) for seed, (name, kind) in enumerate(minds.items())}
mice = ibl.read_mouse(own, contrasts=task.strengths, probabilities=[0.2, 0.5, 0.8])
predicted = {}
for name, mouse in mice.items():
    print(mouse)  # what was left out, if anything
    models = ibl.mice.candidates(mouse, {"the last side": last_side})
    predicted[name] = ibl.mice.predict_choices(mouse, models)
gains = ibl.mice.gains(predicted)  # in thousandths of a bit per choice
print(gains.T.round(1))
