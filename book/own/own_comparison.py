"""Agents on the same trials, in one table with exact inference and the ceilings."""

import iblrnn_helpers as ibl

trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=20, n_blocks=10, seed=0)
recipe = {"optimizer": "adam", "learning_rate": 0.01, "n_gradient_steps": 100}
recipe |= {"n_units": 20, "sessions_per_step": 16, "n_blocks": 2}
briefly = ibl.train(ibl.TrainParams(**recipe), progress=False)
agents = {"briefly": ibl.RNNAgent(briefly.network)}
agents["reference"] = ibl.RNNAgent(ibl.reference_network().network)
table = ibl.compare(agents, trials)
shown = ["kind", "correct", "correct low", "correct high", "reward per step"]
print(table[[*shown, "below its observer"]].round(3).to_string())
