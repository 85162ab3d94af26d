"""Claim 1 in numbers: what the paper says of behaviour, as quantities that can be judged.

Each is named after its entry in the claims ledger.  Paper: Schaeffer et al. 2020, section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.crossed_effects import Estimate, estimate_mean
from ..core.means import Measured
from ..task.session import Session
from .beliefs import favours_block, from_own_belief, turning_trial
from .measures import correct_by_strength, performance
from .trial_means import means, paired_difference

WEAK = 0.5  # the two weakest strengths of the paper's task
STRONG = 1.0  # strengths at which a long trial tells the side
LONG = 3  # observations
EARLY, LATE = (0, 3), (9, 20)  # trials of a block, from 0: the first three, and the 10th to 20th
TURNING = (1, 10)  # the 2nd to 10th: on the first, no agent can know of the switch
OBSERVATIONS = (1, 2, 3, 4, 5)  # Fig. 3c; longer trials are too rare to weigh the same


def measure_claim_1(
    rnn: Session, observer: Session, released: Session, exact: Session
) -> dict[str, Measured]:
    """Everything that the ledger asks of behaviour, by claim id.

    Parameters
    ----------
    rnn, observer, released, exact : Session
        The network, the Bayesian observer of it, and the Bayesian actor as
        released and with the exact posterior.

    Returns
    -------
    dict of claim id to Measured
        Intervals are over blocks.  NaN where no trial can tell.

    Raises
    ------
    ValueError
        If the sessions are not of the same trials.
    """
    agents = {"rnn": rnn, "observer": observer, "released": released, "exact": exact}
    measured = {
        "observer_minus_rnn": paired_difference(observer, rnn, "correct").measured(),
        "rnn_below_actor": paired_difference(released, rnn, "correct").measured(),
        "exact_actor_minus_rnn": paired_difference(exact, rnn, "correct").measured(),
        **_accuracy(agents),
        **_speed(agents),
        **_use_of_the_block(agents),
        **_after_a_switch(agents),
        **_explanations(agents),
        **_rewards(agents),
    }
    return {f"claim1.{name}": value for name, value in measured.items()}


def _accuracy(agents: dict[str, Session]) -> dict[str, Measured]:
    rnn = agents["rnn"]
    strength, strengths = rnn.trials.strength, _strengths(rnn)
    at_zero = correct_by_strength(rnn).at(strength=strengths[0])
    by_strength = {
        name: [_mean(agent, agent.correct, strength == mu) for mu in strengths]
        for name, agent in agents.items()
    }
    rises = [
        higher.minus(lower)
        for name in ("rnn", "observer", "released")
        for lower, higher in zip(by_strength[name], by_strength[name][1:], strict=False)
    ]
    apart = {name: _pairs_apart(by_strength["rnn"], by_strength[name]) for name in by_strength}
    above = {
        name: means(agent, "correct", where=strength == strengths[0]).measured()
        for name, agent in agents.items()
    }
    return {
        "rnn_correct": performance(rnn).correct.measured(),
        "rnn_zero_concordant": at_zero.at(concordant=True).measured(),
        "rnn_zero_discordant": at_zero.at(concordant=False).measured(),
        "rnn_above_chance_at_zero": above["rnn"],
        "observer_above_chance_at_zero": above["observer"],
        "actor_above_chance_at_zero": above["released"],
        "exact_actor_above_chance_at_zero": above["exact"],
        "rises_with_contrast": min(rises, key=lambda one: one.value).measured(),
        "accuracy_alike": _largest(apart["observer"] + apart["released"]),
        "accuracy_alike_exact_actor": _largest(apart["exact"]),
    }


def _speed(agents: dict[str, Session]) -> dict[str, Measured]:
    rnn, released = agents["rnn"], agents["released"]
    trials, strengths = rnn.trials, _strengths(rnn)
    weakest, strongest = trials.strength == strengths[0], trials.strength == strengths[-1]
    found = {
        "rnn_steps": performance(rnn).n_steps.measured(),
        "actor_slower_at_low_contrast": paired_difference(
            released, rnn, "n_steps", where=trials.strength <= WEAK
        ).measured(),
    }
    for name, agent in (("rnn", rnn), ("actor", released)):
        slower = _difference(agent, agent.n_steps, weakest, strongest)
        waits = "slower_at_low_contrast" if name == "rnn" else "waits_at_low_contrast"
        found[f"{name}_{waits}"] = slower.measured()
        of_correct = [
            _discordant_minus_concordant(agent, agent.correct & (trials.strength == mu))
            for mu in strengths
        ]
        found[f"{name}_faster_concordant"] = _average(of_correct).measured()
        of_all = _discordant_minus_concordant(agent, np.ones(len(trials), dtype=bool))
        found[f"{name}_faster_concordant_all"] = of_all.measured()
    return found


def _use_of_the_block(agents: dict[str, Session]) -> dict[str, Measured]:
    rnn, released = agents["rnn"], agents["released"]
    trials, strengths = rnn.trials, _strengths(rnn)
    gaps = {
        name: [gap(agent, agent.correct, trials.strength == mu) for mu in strengths]
        for name, agent in agents.items()
    }
    curves = {
        name: [
            _mean(agent, agent.correct, (trials.strength == mu) & kind)
            for mu in strengths
            for kind in (trials.concordant, trials.discordant)
        ]
        for name, agent in agents.items()
    }
    found = {
        "gap_actor_minus_rnn": gaps["released"][0].minus(gaps["rnn"][0]).measured(),
        "curves_match": _largest(_pairs_apart(curves["rnn"], curves["released"])),
        "curves_match_exact_actor": _largest(_pairs_apart(curves["rnn"], curves["exact"])),
    }
    for name, key, agent in (("rnn", "rnn", rnn), ("actor", "released", released)):
        found[f"{name}_better_concordant"] = gap(agent, agent.correct).measured()
        found[f"{name}_gap_shrinks"] = gaps[key][0].minus(gaps[key][-1]).measured()
    return found


def _after_a_switch(agents: dict[str, Session]) -> dict[str, Measured]:
    rnn, observer, released = (agents[name] for name in ("rnn", "observer", "released"))
    trials = rnn.trials
    early, late, turning = (
        (trials.block > 0) & (trials.trial_in_block >= first) & (trials.trial_in_block < last)
        for first, last in (EARLY, LATE, TURNING)
    )
    believed = [turning_trial(favours_block(agent), trials) for agent in (rnn, observer)]
    zero = trials.strength == min(_strengths(rnn))
    chosen = [
        turning_trial(agent.choice == trials.block_side, trials, where=zero)
        for agent in (rnn, observer)
    ]
    knows_more = np.subtract(favours_block(observer), favours_block(rnn), dtype=float)
    return {
        "recovery_after_switch": _difference(rnn, rnn.correct, late, early).measured(),
        "recovery_like_observer": paired_difference(
            observer, rnn, "correct", where=turning
        ).measured(),
        "recovery_like_actor": paired_difference(
            released, rnn, "correct", where=turning
        ).measured(),
        "change_point_trials": believed[0].minus(believed[1]).measured(),
        "change_point_trials_of_choices": chosen[0].minus(chosen[1]).measured(),
        "block_side_known": _mean(rnn, knows_more).measured(),
    }


def _explanations(agents: dict[str, Session]) -> dict[str, Measured]:
    """What separates the network from the released actor, part by part.

    From the actor to the observer: who decides when to act.  From the observer to exact
    inference from the network's own belief: what is known of the block.  From there to the
    network: what is made of that belief and of the observations.
    """
    rnn, observer = agents["rnn"], agents["observer"]
    trials = rnn.trials
    zero = trials.strength == min(_strengths(rnn))
    correct = {name: agent.correct for name, agent in agents.items()}
    correct["own belief"] = from_own_belief(rnn) == trials.side
    all_trials = {name: _mean(rnn, values) for name, values in correct.items()}
    gaps = {name: gap(rnn, values, zero) for name, values in correct.items()}
    long_and_strong = (rnn.n_observations_seen >= LONG) & (trials.strength >= STRONG)
    lead = np.subtract(observer.correct, rnn.correct, dtype=float)
    return {
        "acting_sooner": _share(all_trials, ("released", "observer")).measured(),
        "evidence_lost": _share(all_trials, ("own belief", "rnn")).measured(),
        "weighs_near_optimally": all_trials["own belief"].minus(all_trials["rnn"]).measured(),
        "lead_from_belief": _share(
            all_trials, ("observer", "own belief"), ("observer", "rnn")
        ).measured(),
        "underweights_prior": _share(gaps, ("own belief", "rnn")).measured(),
        "contraction_from_belief": _share(gaps, ("observer", "own belief")).measured(),
        "lead_in_long_strong_trials": _mean(rnn, lead, long_and_strong).measured(),
    }


def _rewards(agents: dict[str, Session]) -> dict[str, Measured]:
    rewarded = {
        name: _average(
            [
                _mean(agent, agent.correct, agent.n_observations_seen == number)
                for number in OBSERVATIONS
            ]
        )
        for name, agent in agents.items()
    }
    return {
        "reward_observer_minus_rnn": rewarded["observer"].minus(rewarded["rnn"]).measured(),
        "reward_actor_minus_rnn": rewarded["released"].minus(rewarded["rnn"]).measured(),
    }


def gap(session: Session, values: np.ndarray, where: np.ndarray | bool = True) -> Estimate:
    """Mean of ``values`` over the concordant trials minus that over the discordant ones.

    ``values`` and ``where`` are (n_trials,), of the session's trials.
    """
    trials = session.trials
    return _difference(session, values, trials.concordant & where, trials.discordant & where)


def _discordant_minus_concordant(session: Session, where: np.ndarray) -> Estimate:
    trials, steps = session.trials, session.n_steps
    return _difference(session, steps, trials.discordant & where, trials.concordant & where)


def _difference(session: Session, values, first: np.ndarray, second: np.ndarray) -> Estimate:
    return _mean(session, values, first).minus(_mean(session, values, second))


def _mean(session: Session, values, where: np.ndarray | None = None) -> Estimate:
    """NaN if there are no trials: a network that is hardly trained may never act, or always."""
    block = session.trials.block_index
    if where is not None and not where.any():
        return Estimate(np.nan, np.zeros(block.max(initial=0) + 1))
    return estimate_mean(values, block, where)


def _average(estimates: Sequence[Estimate]) -> Estimate:
    """Of those that there are, each weighing the same."""
    found = [one for one in estimates if np.isfinite(one.value)] or estimates[:1]
    values, parts = zip(*found, strict=True)
    return Estimate(float(np.mean(values)), np.mean(parts, axis=0))


def _pairs_apart(ours: Sequence[Estimate], others: Sequence[Estimate]) -> list[Estimate]:
    """How far pairs are apart, whichever is higher."""
    apart = [other.minus(one) for one, other in zip(ours, others, strict=True)]
    return [Estimate(abs(d.value), np.copysign(1, d.value) * d.influence) for d in apart]


def _largest(estimates: Sequence[Estimate]) -> Measured:
    return max(estimates, key=lambda one: one.value).measured()


def _share(
    found: dict[str, Estimate],
    part: tuple[str, str],
    whole: tuple[str, str] = ("released", "rnn"),
) -> Estimate:
    """The difference of one pair as a share of another's."""
    difference, total = (found[first].minus(found[second]) for first, second in (part, whole))
    if not total.value:
        return Estimate(np.nan, difference.influence)
    share = difference.value / total.value
    return Estimate(share, (difference.influence - share * total.influence) / total.value)


def _strengths(session: Session) -> np.ndarray:
    """The strengths that occur, in order."""
    return np.unique(session.trials.strength)
