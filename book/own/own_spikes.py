"""Spikes in bins, to the dynamics behind them, by a fit without their bias."""

import numpy as np
from sklearn.decomposition import PCA

import iblrnn_helpers as ibl


def recorded(rng, n_trials=150, n_bins=60, n_neurons=50):  # put yours here
    stimulus = rng.standard_normal((n_trials, n_bins, 2))
    hidden, before = np.zeros((n_trials, n_bins, 2)), np.zeros((n_trials, 2))
    for t in range(n_bins):
        before = hidden[:, t] = before @ np.diag([0.9, 0.6]) + 0.3 * stimulus[:, t]
    rates = 2 * np.exp(hidden @ rng.normal(0, 0.4, (2, n_neurons)))  # spikes a bin
    return stimulus, rng.poisson(rates)


stimulus, spikes = recorded(np.random.default_rng(0))
roots = np.sqrt(spikes)  # of counts: their noise is nearly the same in all neurons
states = PCA(2).fit_transform(roots.reshape(-1, spikes.shape[2]))
states = states.reshape(*spikes.shape[:2], 2)  # (trials, bins, dimensions)
regression = ibl.RADD("identity").fit(stimulus, states)  # warns of noise
freely = ibl.RADD("identity", solver="free_running", never_worse=False)
freely.set_params(horizon=spikes.shape[1] - 1).fit(stimulus, states)  # whole trials
memory = {}  # share of a state that is still there a bin later; here 0.6 and 0.9
for name, fit in {"regression": regression, "run freely": freely}.items():
    memory[name] = np.sort(np.abs(np.linalg.eigvals(fit.recurrent_)))
print(memory)
