"""How often the r² to expect holds the true one: the table of the manual page.

Run as a script it simulates recordings of networks with rewards of several kinds, judges each as
``iblrnn infer-reward`` does, and prints a row for each network and length.  A recording takes
up to six seconds of one core.
"""

import argparse

import numpy as np
from tqdm import tqdm

from iblrnn_helpers.inverse_rl.from_data.posterior import infer_and_judge, two_or_six
from iblrnn_helpers.inverse_rl.from_data.report import ENOUGH
from iblrnn_helpers.inverse_rl.optimal_network.changes import spike_count_reward, switching_input
from iblrnn_helpers.inverse_rl.optimal_network.inverse import fix_gauge, r_squared
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise
from iblrnn_helpers.inverse_rl.optimal_network.recording import count_parts, simulate, total

COLUMNS = ("r²", "r² to expect", "In the interval", "States in theirs", "Said too few", "Visits",
           "Refused")  # fmt: skip


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


def judged(network, reward, n_steps, seed, *, n_draws=40, updates_known=False):
    """Of one recording, as numbers in this order.

    True r², the interval's ends, the mean of draws, the share of states whose interval holds the
    true reward, and the r² of counting visits.
    """
    task, recording = network.task, simulate(network, n_steps, seed)
    inputs = recording.inputs if task.n_inputs > 1 else None
    more = {"updated": recording.updated} if updates_known else {}
    parts = count_parts(recording.states, task.n_neurons, inputs, n_parts=20, **more)
    fit, posterior, _ = infer_and_judge(
        parts, coding_cost=task.coding_cost, seed=seed, n_draws=n_draws
    )
    mean, low, high = posterior.expected_r_squared
    target = fix_gauge(reward, "median")
    within = np.mean((posterior.low <= target) & (target <= posterior.high))
    visits = r_squared(reward, total(parts).visits, "median")
    return r_squared(reward, fit.reward, "median"), low, high, mean, within, visits


def row_of(found) -> tuple[str, ...]:
    """What the table says of recordings of one network and length, (n_recordings, 6)."""
    true, low, high, mean, within, visits = np.asarray(found).T
    held = np.sum((low <= true) & (true <= high))
    return (
        f"{true.mean():.2f}", f"{low.mean():.2f} to {high.mean():.2f}", f"{held} of {len(true)}",
        f"{100 * within.mean():.0f}%", f"{(mean < ENOUGH).sum()}", f"{visits.mean():.2f}",
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add, known = parser.add_argument, networks()
    add("--networks", nargs="+", choices=known, default=[*known], metavar="NAME", help="which")
    add("--samples", nargs="+", type=int, default=[10**3, 10**4, 10**5, 10**6], help="lengths")
    add("--recordings", type=int, default=20, help="of each network and length")
    add("--draws", type=int, default=40, help="simulations of each fit")
    add("--updates", action="store_true", help="tell which neuron chose in each step")
    args = parser.parse_args()
    for line in (("Reward", "Samples", *COLUMNS), ("---",) * 9):
        print("|", " | ".join(line), "|")
    for name in args.networks:
        for n_steps in args.samples:
            found, refused = [], 0
            label = f"{name}, {n_steps:,} samples"
            for seed in tqdm(range(args.recordings), label, leave=False):
                options = {"n_draws": args.draws, "updates_known": args.updates}
                try:
                    found.append(judged(*known[name], n_steps, seed, **options))
                except ValueError:  # a neuron that never changes
                    refused += 1
            row = (*row_of(found), str(refused)) if found else ("",) * 6 + (str(refused),)
            print("|", " | ".join((name, f"{n_steps:,}", *row)), "|", flush=True)


if __name__ == "__main__":
    main()
