"""How often the r² to expect holds the true one: ``python calibration.py`` in this folder.

Prints the table of the manual page, for networks with rewards of several kinds.  With the lengths
and numbers of recordings below it takes about half an hour on one core.
"""

import sys

import numpy as np

from iblrnn_helpers.inverse_rl.from_data.posterior import infer_and_judge, two_or_six
from iblrnn_helpers.inverse_rl.optimal_network.changes import spike_count_reward, switching_input
from iblrnn_helpers.inverse_rl.optimal_network.inverse import r_squared
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise
from iblrnn_helpers.inverse_rl.optimal_network.recording import count_parts, simulate, total


def networks():
    """Optimal networks with their rewards, by name."""
    two_inputs = NetworkTask(4, switching_input(0.4, 0.1), coding_cost=1.0)
    gaussian = np.random.default_rng(0).normal(size=(16, 2))
    any_reward = np.random.default_rng(2).normal(size=(64, 1))
    three = spike_count_reward(8, (3,))
    return {
        "2 or 6 of 8": two_or_six(),
        "3 of 8": (optimise(NetworkTask(8), three), three),
        "any, 4 neurons": (optimise(two_inputs, gaussian), gaussian),
        "any, 6 neurons": (optimise(NetworkTask(6, coding_cost=0.6), any_reward), any_reward),
    }


def judged(network, reward, n_steps, seed, n_draws=20):
    """True r², its interval's ends, the draws' mean, and r² of counting visits, of a recording."""
    task, recording = network.task, simulate(network, n_steps, seed)
    inputs = recording.inputs if task.n_inputs > 1 else None
    parts = count_parts(recording.states, task.n_neurons, inputs, n_parts=20)
    fit, posterior, _ = infer_and_judge(
        parts, coding_cost=task.coding_cost, seed=seed, n_draws=n_draws
    )
    mean, low, high = posterior.expected_r_squared
    true = r_squared(reward, fit.reward, "median")
    return true, low, high, mean, r_squared(reward, total(parts).visits, "median")


def main(lengths=(1_000, 3_000, 10_000, 100_000, 1_000_000), n_recordings=20):
    """Print a row for each network and length."""
    print("| Reward | Samples | r² | r² to expect | In the interval | Said too few | Visits |")
    print("|---|---|---|---|---|---|---|")
    for name, (network, reward) in networks().items():
        for n_steps in lengths:
            rows = []
            for seed in range(n_recordings):
                try:
                    rows.append(judged(network, reward, n_steps, seed))
                except ValueError:  # a neuron that never fired
                    continue
            true, low, high, mean, visits = np.array(rows).T
            held = ((low <= true) & (true <= high)).sum()
            print(
                f"| {name} | {n_steps:,} | {true.mean():.2f} | {low.mean():.2f} to "
                f"{high.mean():.2f} | {held} of {len(rows)} | {(mean < 0.5).sum()} | "
                f"{visits.mean():.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(
        *([int(float(word)) for word in one.split(",")] for one in sys.argv[1:2]),
        *map(int, sys.argv[2:3]),
    )
