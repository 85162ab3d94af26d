"""What ``iblrnn infer-reward`` says of a recording: a page of sentences from its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .assumptions import Balance, FreePolicies, Tempo
from .posterior import LEVEL

ENOUGH = 0.5  # below this share of explained variance, rewards are more noise than reward
_N_SHOWN = 10


def facts_of_model(neurons, pace: Tempo, balance: Balance, free: FreePolicies) -> dict[str, object]:
    """What was found of the assumptions, ready for JSON."""
    return {
        "pace": dict(zip(neurons, pace.pace.round(4).tolist(), strict=True)),
        "pace_if_it_held": dict(zip(neurons, pace.null_mean.round(4).tolist(), strict=True)),
        "pace_error": dict(zip(neurons, pace.null_error.round(4).tolist(), strict=True)),
        "pace_mean_error": round(pace.mean_error, 4),
        "pace_holds": pace.holds,
        "flip_rates": dict(zip(neurons, pace.rates.T.round(6).tolist(), strict=True)),
        "flips_too_fast": [
            n for n, fast in zip(neurons, pace.too_fast.T, strict=True) if any(fast)
        ],
        "balance": balance.statistic,
        "balance_if_it_held": [balance.null_mean, balance.null_error],
        "balance_holds": balance.holds,
        "free_policies_gain": free.gains.tolist(),
        "free_policies_hold": free.holds,
        "model_holds": pace.holds and balance.holds and free.holds,
    }


def report(facts: dict, frame: pd.DataFrame) -> str:
    """A page of text: what was read, whether the model holds, how sure the result is.

    Parameters
    ----------
    facts : dict
        As the command writes them into ``summary.json``.
    frame : pandas.DataFrame
        Of :func:`.reward_tables.reward_table`, with ``low``, ``high`` and ``visits``.
    """
    level, r2 = f"{LEVEL:.0%}", facts["expected_r_squared"]
    chosen = ", chosen by held-out steps" if facts["prior_held_out_nats_per_step"] else ""
    lines = [
        _read(facts, "known updates" if facts["updates_known"] else "states only"),
        f"{facts['states_visited']} of {facts['states']} states were visited; neurons are active "
        f"{min(facts['activity']):.3f} to {max(facts['activity']):.3f} of the time",
        *_part(facts),
        *_model(facts),
        f"prior on the reward {facts['prior']:g}{chosen}",
    ]
    trusted = facts["model_holds"] and not facts["neurons_left_out"]
    if facts["neurons_left_out"]:
        lines.append("r² to expect with the true reward: none, as this is a part of a network")
    elif trusted:
        lines.append(
            f"r² to expect with the true reward: {r2['mean']:.2f} "
            f"({level} interval {r2['low']:.2f} to {r2['high']:.2f})"
        )
        lines.append(
            f"half of the states have {level} intervals narrower than "
            f"{facts['median_interval_width']:.3g}"
        )
    else:
        lines.append("r² to expect with the true reward: none, as the model does not hold")
    lines.append(
        f"r² with counting visits: {facts['r_squared_with_visits']:.2f}; what the inference adds "
        "to counting is the unit, in nats of coding cost, and predictions of a changed network"
    )
    if "r_squared_compared" in facts:
        lines.append(
            f"r² with the given reward: {facts['r_squared_compared']:.3f}; counting visits alone "
            f"has {facts['r_squared_of_visits_compared']:.3f}"
        )
    if trusted and facts["too_few_samples"]:
        lines.append(
            f"TOO FEW SAMPLES: less than half of the variance over states is expected to be "
            f"reward ({100 * r2['mean']:.0f}%). Record for longer."
        )
    if facts["steps_with_several_changes"]:
        several = facts["steps_with_several_changes"]
        lines.append(f"left out: {several:,} steps in which several neurons changed")
    lines += [*_search(facts), _unit(facts)]
    if not trusted:
        return "\n".join(lines) + "\n"
    lines.append(
        f"\nthe {_N_SHOWN} visited states whose reward is most surely high, with {level} intervals:"
    )
    seen = frame[frame["visits"] > 0].sort_values("low", ascending=False).head(_N_SHOWN)
    for row in seen.to_dict("records"):
        state = "".join(str(row[neuron]) for neuron in facts["neurons"])
        given = f"  stimulus {row['stimulus']}" if facts["stimuli"] else ""
        lines.append(
            f"  {state}{given}  {row['reward']:.3f} ({row['low']:.3f} to {row['high']:.3f}), "
            f"visited {row['visits']:.0f} times"
        )
    return "\n".join(lines) + "\n"


def parametric_report(facts: dict) -> str:
    """A page of text on a reward whose value is of counts, pairs, or both."""
    kind = facts["reward"]
    value = {"count": "the number of active neurons", "pairwise": "pairs of neurons"}
    value = value.get(kind, "the number of active neurons and pairs of neurons")
    lines = [
        _read(facts, f"value of {value}"),
        f"{facts['states_visited']:,} states were visited; only these get a reward; neurons are "
        f"active {min(facts['activity']):.3f} to {max(facts['activity']):.3f} of the time",
        *_part(facts),
        *_form(facts),
        "NOT TESTED: whether neurons choose one at a time, whether the steps are in balance, and "
        "whether an input or neurons are missing",
        *_expected_of_form(facts),
        f"THE VALUE'S FORM IS ASSUMED: halves agree on a wrong reward, too. If the network can use "
        f"no more than {value}, it is not the best of all for its reward, and this is another one.",
        f"r² with the logarithm of counted visits: {facts['r_squared_with_visits']:.2f}",
    ]
    unit = _unit(facts).replace("median for each stimulus", "mean of the visited states")
    lines += [*_search(facts), unit + "\n"]
    lines.append("mean reward by the number of active neurons, and visits:")
    for row in facts["reward_by_count"]:
        lines.append(f"  {row['active']}  {row['reward']:.3f}, {row['visits']:,} times")
    return "\n".join(lines) + "\n"


def _form(facts: dict) -> list[str]:
    """How well each form predicts, and whether another one does so better."""
    kind, better = facts["reward"], facts["better_form"]
    nats = facts["held_out_nats_per_sample"]
    line = "held-out samples, in nats each: " + ", ".join(f"{k} {v:.2f}" for k, v in nats.items())
    if better is None:
        return [line]
    if kind == "both":  # holds the other two
        return [f"{line}; fewer terms predict better: --reward {better}"]
    return [f"WRONG FORM: {line}. Neurons are better predicted with --reward {better}."]


def _expected_of_form(facts: dict) -> list[str]:
    expected = facts["expected_r_squared"]
    if facts["neurons_left_out"]:
        return ["r² to expect with the true reward: none, as this is a part of a network"]
    if facts["better_form"] is not None and facts["reward"] != "both":
        return ["r² to expect with the true reward: none, as the value is of another form"]
    lines = [
        f"r² to expect with the true reward, if the value is of this form: {expected:.2f} (from "
        "what two halves of the recording agree on)"
    ]
    if expected < ENOUGH:
        line = "TOO FEW SAMPLES: less than half of the variance over states is expected to be "
        line += "reward. Record for longer"
        fewer = "" if facts["reward"] == "count" else ", or choose fewer terms (--reward count)"
        lines.append(f"{line}{fewer}.")
    return lines


def _read(facts: dict, kind: str) -> str:
    n_stimuli, n_trials = len(facts["stimuli"]), facts["n_trials"]
    unused = "" if facts["reward"] == "full" else " (which change nothing, as no steps are used)"
    return (
        f"{facts['file']}: {facts['n_samples']:,} samples of {len(facts['neurons'])} neurons, "
        f"{f'{n_stimuli} stimuli' if n_stimuli else 'no stimulus'}, "
        f"{f'{n_trials:,} trials{unused}, ' if n_trials else ''}{kind}"
    )


def _part(facts: dict) -> list[str]:
    others, n, lines = facts["neurons_left_out"], len(facts["neurons"]), []
    if facts["columns_that_grow"]:
        lines.append(f"no neurons, as they only grow: {', '.join(facts['columns_that_grow'])}")
    if facts["first_line_may_be_header"]:
        lines.append(
            "THE FIRST LINE WAS READ AS A SAMPLE: if it is a header, call the neurons otherwise "
            "than 0 and 1"
        )
    if not others:
        return lines
    shown = ", ".join(others[:10]) + (", …" if len(others) > 10 else "")
    return [
        *lines,
        f"OF A PART OF A NETWORK: {n} of {n + len(others)} columns that look like neurons were "
        f"used (left out: {shown}). The reward of a part is not defined: to these neurons the "
        "others are unrecorded input.",
    ]


def _model(facts: dict) -> list[str]:
    """Whether the assumptions hold, a sentence for each that was tested."""
    n, lines = len(facts["neurons"]), []
    for name in facts["flips_too_fast"]:
        up, down = facts["flip_rates"][name]
        lines.append(
            f"FLIPS TOO FAST: neuron {name} becomes active with probability {up:.3g} a step and "
            f"silent with {down:.3g}; where one of {n} neurons a step chooses, at most "
            f"{1 / n:.3g} is possible. Single spikes do so; mark states that last instead."
        )
    pace, null, error = (
        np.array(list(facts[name].values())) for name in ("pace", "pace_if_it_held", "pace_error")
    )
    line = f"pace of the neurons: {pace.min():.2f} to {pace.max():.2f}, mean {pace.mean():.2f} "
    line += f"(if one of {n} chooses a step: {null.min():.2f} to {null.max():.2f}, "
    line += f"± {error.max():.2f}, mean {null.mean():.2f} ± {facts['pace_mean_error']:.2f})"
    if not facts["pace_holds"] and not facts["flips_too_fast"]:
        line = f"THE PACE IS WRONG: {line}. "
        ratio = float(np.median(pace / np.maximum(null, 1e-9)))
        if ratio < 1:
            line += "So it is if neurons or an input were not recorded, or if samples follow each "
            line += "other too soon."
        else:
            line += "Samples follow each other too late, or some neurons choose more often."
    lines.append(line)
    mean, spread = facts["balance_if_it_held"]
    line = f"detailed balance over pairs of states: {facts['balance']:.2f} (if a reward explains "
    line += f"the steps: {mean:.2f} ± {spread:.2f})"
    if not facts["balance_holds"]:
        line = f"NO REWARD EXPLAINS THE STEPS: {line}. The network cycles, as one "
        line += "that is optimal for a reward of its states does not, or a column is no neuron."
    lines.append(line)
    gains = 1e3 * np.array(facts["free_policies_gain"])
    line = f"free policies predict held-out steps better by {gains.mean():.2f} millinats a step "
    line += f"({gains.min():.2f} to {gains.max():.2f} in {len(gains)} parts; above 0 speaks "
    line += "against a reward)"
    if not facts["free_policies_hold"]:
        line = "NO REWARD EXPLAINS THE CHOICES: " + line
    lines.append(line)
    return lines


def _search(facts: dict) -> list[str]:
    if facts["converged"]:
        return []
    return ["NOT CONVERGED: the search ended before the most probable reward was found"]


def _unit(facts: dict) -> str:
    return (
        "rewards are relative to the median for each stimulus, at a coding cost of "
        f"{facts['coding_cost']:g}"
    )
