"""What ``iblrnn infer-reward`` says of an inferred reward, in numbers and in words."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...core.files import write_atomically
from ..hypercube import spike_counts, spins
from ..optimal_network.changes import switching_input
from ..optimal_network.inverse import r_squared
from ..optimal_network.network import NetworkTask, OptimalNetwork, optimise
from ..optimal_network.recording import simulate
from ..transitions import TransitionCounts
from .inference import PriorChoice, RewardFit
from .posterior import RewardPosterior
from .spike_files import SpikeTable

# Below this share of explained variance, the map of rewards is more noise than reward.
ENOUGH = 0.5
_N_SHOWN = 10


def compare(path: str | os.PathLike, table: SpikeTable, reward: np.ndarray) -> float:
    """r² of a reward with that of a table as `iblrnn infer-reward` writes them.

    Raises
    ------
    ValueError
        If the table lacks a column, a state or a stimulus, or has one twice.
    """
    import pandas as pd

    path = Path(path)
    keys = [*table.neurons, *(["stimulus"] if table.stimuli else [])]
    found = pd.read_csv(path)
    for name in [*keys, "reward"]:
        if name not in found.columns:
            raise ValueError(f"--compare: {path} has no column {name!r}")
    ours = reward_table(reward, table.neurons, table.stimuli)
    both = ours.merge(found[[*keys, "reward"]], on=keys, suffixes=("", "_true"))
    if len(both) != len(ours) or both[keys].duplicated().any():
        raise ValueError(
            f"--compare: {path} must have each of the {len(ours)} states and stimuli once"
        )
    # A merge may order its rows otherwise.
    both = ours.merge(both, on=[*keys, "reward"], how="left")
    true = both["reward_true"].to_numpy().reshape(reward.shape[::-1]).T
    return r_squared(true, reward, "median")


def summary(
    table: SpikeTable,
    counts: TransitionCounts,
    fit: RewardFit,
    posterior: RewardPosterior,
    choice: PriorChoice | None,
    r_squared_compared: float | None,
) -> dict:
    """The numbers of a result, ready for JSON."""
    mean, low, high = posterior.expected_r_squared
    return {
        "n_samples": len(table.states),
        "neurons": list(table.neurons),
        "activity": counts.activity.round(6).tolist(),
        "stimuli": list(table.stimuli),
        "stimulus_transitions": fit.task.input_transitions.round(8).tolist(),
        "updates_known": counts.updates_known,
        "steps_with_several_changes": counts.n_left_out,
        "states_visited": int((counts.visits > 0).sum()),
        "states": int(counts.visits.size),
        "coding_cost": fit.task.coding_cost,
        "prior": fit.prior,
        "prior_held_out_nats_per_step": None
        if choice is None
        else dict(zip(map(str, choice.priors), choice.log_likelihood.mean(axis=0), strict=True)),
        "log_likelihood": fit.log_likelihood,
        "converged": fit.converged,
        "interval_level": posterior.level,
        "median_interval_width": float(np.median(posterior.high - posterior.low)),
        "expected_r_squared": {"mean": mean, "low": low, "high": high},
        "too_few_samples": bool(mean < ENOUGH),
        "r_squared_compared": r_squared_compared,
    }


def report_text(name: str, facts: dict, frame) -> str:
    """A page of text: what was read, how sure the result is, and the states that pay.

    Parameters
    ----------
    name : str
        Of the recording.
    facts : dict
        Of :func:`summary`.
    frame : pandas.DataFrame
        Of :func:`.example.reward_table`, with ``low``, ``high`` and ``visits``.
    """
    r2, level = facts["expected_r_squared"], 100 * facts["interval_level"]
    updates = "known updates" if facts["updates_known"] else "states only"
    stimuli = len(facts["stimuli"])
    lines = [
        f"{name}: {facts['n_samples']:,} samples of {len(facts['neurons'])} neurons, "
        + (f"{stimuli} stimuli, " if stimuli else "no stimulus, ")
        + updates,
        f"{facts['states_visited']} of {facts['states']} states were visited; neurons are active "
        f"{min(facts['activity']):.3f} to {max(facts['activity']):.3f} of the time",
        f"prior {facts['prior']:g}"
        + ("" if facts["prior_held_out_nats_per_step"] is None else ", chosen by held-out steps"),
        f"r² to expect with the true reward: {r2['mean']:.2f} "
        f"({level:.0f}% interval {r2['low']:.2f} to {r2['high']:.2f})",
        f"half of the states have {level:.0f}% intervals narrower than "
        f"{facts['median_interval_width']:.3g}",
    ]
    if facts["r_squared_compared"] is not None:
        lines.append(f"r² with the given reward: {facts['r_squared_compared']:.3f}")
    if facts["too_few_samples"]:
        lines.append(
            f"TOO FEW SAMPLES: less than half of the variance over states is reward "
            f"({100 * r2['low']:.0f}% to {100 * r2['high']:.0f}%). Record for longer, or choose "
            "fewer neurons."
        )
    if facts["steps_with_several_changes"]:
        lines.append(
            f"left out: {facts['steps_with_several_changes']:,} steps in which several neurons "
            "changed"
        )
    if not facts["converged"]:
        lines.append("NOT CONVERGED: the search ended before the most probable reward was found")
    lines += [
        f"rewards are relative to the median for each stimulus, at a coding cost of "
        f"{facts['coding_cost']:g}",
        "",
        f"the {_N_SHOWN} states whose reward is most surely high, with {level:.0f}% intervals:",
    ]
    best = frame.sort_values("low", ascending=False).head(_N_SHOWN)
    states = best[facts["neurons"]].astype(str).agg("".join, axis=1)
    for index, state in states.items():
        row = best.loc[index]
        given = f"  stimulus {best.at[index, 'stimulus']}" if stimuli else ""
        lines.append(
            f"  {state}{given}  {row['reward']:.3f} ({row['low']:.3f} to {row['high']:.3f}), "
            f"visited {row['visits']:.0f} times"
        )
    return "\n".join(lines) + "\n"


# A synthetic recording whose reward is known: the network of Chalk et al. (2021), Fig. 2.

STIMULI = (-1, 1)


def two_or_six() -> tuple[OptimalNetwork, np.ndarray]:
    """Eight neurons that are rewarded for 2 spikes when x = −1 and for 6 when x = +1.

    Returns
    -------
    OptimalNetwork
    (256, 2) float
        Its reward, 0 or 1.

    Notes
    -----
    The captions do not give the coding cost, 0.05 here, nor how often the input changes, in 2% of
    steps here.
    """
    counts = spike_counts(8)
    reward = np.stack([counts == 2, counts == 6], axis=1).astype(float)
    return optimise(NetworkTask(8, switching_input(0.5, 0.02)), reward), reward


def reward_table(reward: np.ndarray, neurons, stimuli=(), **columns):
    """A reward as a frame: a row for each state and stimulus, a column of 0 or 1 for each neuron.

    Parameters
    ----------
    reward : (2^n, n_inputs) float
    neurons : sequence of str
    stimuli : sequence
        Value of each input; empty if there is only one.
    **columns : (2^n, n_inputs) array
        What else to tell of each.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd

    n_states, n_inputs = reward.shape
    active = (spins(len(neurons)) > 0).astype(int)
    table = pd.DataFrame(np.tile(active, (n_inputs, 1)), columns=list(neurons))
    if len(stimuli):
        table["stimulus"] = np.repeat(np.array(stimuli), n_states)
    for name, values in ({"reward": reward} | columns).items():
        table[name] = values.T.ravel()
    return table


def write_example(
    path: str | os.PathLike, n_samples: int = 100_000, seed: int = 0
) -> tuple[Path, Path]:
    """Write a recording of :func:`two_or_six`, and its reward beside it.

    Parameters
    ----------
    path : path-like
        CSV file for the recording: columns ``n0`` … ``n7``, ``stimulus`` and ``updated``.
    n_samples, seed : int

    Returns
    -------
    path, path
        Of the recording, and of the table of the true reward.
    """
    import pandas as pd

    path = Path(path)
    network, reward = two_or_six()
    recording = simulate(network, max(1, n_samples - 1), seed)
    neurons = [f"n{k}" for k in range(8)]
    frame = pd.DataFrame((recording.spins > 0).astype(int), columns=neurons)
    frame["stimulus"] = np.array(STIMULI)[recording.inputs]
    # One sample more than there are updates between samples.
    frame["updated"] = [*(f"n{k}" for k in recording.updated), ""]
    write_atomically(path, frame.to_csv(index=False))
    truth = path.with_name(f"{path.stem}_true_reward.csv")
    write_atomically(truth, reward_table(reward, neurons, STIMULI).to_csv(index=False))
    return path, truth
