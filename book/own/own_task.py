"""A task of your own, to a network trained on it beside its exact observer."""

import iblrnn_helpers as ibl

# 90 unbiased trials, then blocks of 0.2 and 0.8 that last 20 to 100 trials
task = ibl.TaskParams(blocks=ibl.task.Blocks.ibl(), hazard=1 / 60)


def one_session(seed):  # gives Trials: those of a gradient step
    return ibl.sample_trials(task, n_sessions=1, n_blocks=4, seed=seed)


recipe = {"optimizer": "adam", "learning_rate": 1e-3, "n_gradient_steps": 3_000}
recipe = ibl.TrainParams(n_units=30, **recipe)
trained = ibl.train(recipe, sampler=one_session, progress=False)
trials = ibl.sample_trials(task, n_sessions=40, n_blocks=5, seed=99)
session = ibl.rollout(ibl.RNNAgent(trained.network), trials, record_states=True)
agents = {"network": session, "exact": ibl.observe(session)}
agents["blockless"] = ibl.observe(session, "blockless")
table = ibl.summary_table(agents)
decoded = ibl.decode_block(session, session.states).accuracy
print(table.T, f"block read out in {decoded.mean:.3f} of steps", sep="\n\n")
