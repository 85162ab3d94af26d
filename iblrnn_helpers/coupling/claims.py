"""Claim 3 in numbers: the two inferences of the network are coupled.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

import numpy as np

from ..core.crossed_effects import jackknife
from ..core.means import Measured, block_sums, group_means, resampled
from ..representations.state_space import StateSpace
from ..task.generative_model import Trials
from ..task.session import Session
from .beliefs import coupled_belief, network_belief, observer_belief, scale_of, untold_belief
from .measures import agreement, change, coupling, coupling_difference, explained, fluctuation

N_GROUPS = 40  # of blocks, each left out in turn


def measure_claim_3(session: Session, space: StateSpace) -> dict[str, Measured]:
    """Everything that the ledger asks of one network's coupling, by claim id.

    The session is one that the network played, with its states; the space is that network's.
    """
    trials = session.trials
    network = network_belief(session, space)
    in_full_space = network_belief(session, space, readout="full")
    has_heard = network_belief(session, space, moment="after_feedback")
    observer, untold = observer_belief(trials), untold_belief(session)
    coupled = coupled_belief(session)
    evidence, jumps = session.evidence(), change(network, trials)
    agree = agreement(network, observer, trials)
    knows_block = [(belief > 0) == trials.in_right_block for belief in (observer, untold)]
    measured = {
        "correlation_trial_by_trial": agree.trial_by_trial,
        "matches_block_side": agreement(
            network, trials.block_side.astype(float), trials
        ).trial_by_trial,
        "correlation_by_trial_in_block": agree.by_trial_in_block,
        "fluctuates_more": fluctuation(network, observer, trials).difference,
        "untold_fluctuates_more": fluctuation(untold, observer, trials).difference,
        "coupling_adds_fluctuation": _fluctuates_more(coupled, untold, observer, trials),
        "jumps_follow_evidence": agreement(jumps, evidence, trials).trial_by_trial,
        "single_trials_move_more": _moves_to_the_side_more(network, observer, trials),
        "evidence_moves_rnn": coupling(network, evidence, trials).evidence,
        "evidence_moves_observer": coupling(observer, evidence, trials).evidence,
        "evidence_moves_untold": coupling(untold, evidence, trials).evidence,
        "evidence_moves_rnn_more": coupling_difference(network, observer, evidence, trials),
        "evidence_moves_rnn_full": coupling(in_full_space, evidence, trials).evidence,
        "coupled_explains_more": explained(network, observer, coupled, trials).advantage,
        "untold_explains_more": explained(network, observer, untold, trials).advantage,
        "due_to_coupling": explained(network, untold, coupled, trials).advantage,
        "side_after_feedback": coupling(has_heard, evidence, trials).side,
        "feedback_less_useful": group_means(
            np.subtract(*knows_block, dtype=float), {}, trials.block_index
        ).measured(),
    }
    return {f"claim3.{name}": value for name, value in measured.items()}


def _follows(trials: Trials) -> np.ndarray:
    return np.diff(trials.session, prepend=-1) == 0


def _moves_to_the_side_more(belief, reference, trials: Trials) -> Measured:
    """Mean step towards the trial's side: the belief's, scaled to the reference, minus its own."""
    steps = [trials.side * change(values, trials) for values in (belief, reference)]
    columns = [belief * reference, reference**2, _follows(trials), *steps]
    sums = block_sums(np.stack(columns, axis=1), trials.block_index)

    def difference(totals):
        product, square, n, step, its = np.moveaxis(totals, -1, 0)
        return (step * square / product - its) / n

    return resampled(sums, difference)


def _fluctuates_more(first, second, reference, trials: Trials) -> Measured:
    """SD of trial-to-trial changes, one belief minus another, both scaled to the reference."""
    steps, follows = [change(belief, trials) for belief in (first, second)], _follows(trials)

    def difference(use):
        scales = [scale_of(belief[use], reference[use]) for belief in (first, second)]
        one, other = (step[use & follows].std() / a for step, a in zip(steps, scales, strict=True))
        return one - other

    n_blocks = trials.block_index[-1] + 1
    group = trials.block_index * min(N_GROUPS, n_blocks) // n_blocks
    return jackknife(difference, group).measured()
