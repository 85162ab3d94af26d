"""Claim 3 in numbers: the two inferences of the network are coupled.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

from ..core.means import Measured
from ..representations.state_space import StateSpace
from ..task.session import Session
from .beliefs import coupled_belief, network_belief, observer_belief
from .measures import agreement, change, coupling, coupling_difference, explained, fluctuation


def measure_claim_3(session: Session, space: StateSpace) -> dict[str, Measured]:
    """Everything that the ledger asks of one network's coupling, by claim id.

    The session is one that the network played, with its states; the space is that network's.
    """
    trials = session.trials
    network = network_belief(session, space)
    in_full_space = network_belief(session, space, readout="full")
    observer, coupled = observer_belief(trials), coupled_belief(session)
    evidence, jumps = session.evidence(), change(network, trials)
    agree = agreement(network, observer, trials)
    accounts = explained(network, observer, coupled, trials)
    measured = {
        "correlation_trial_by_trial": agree.trial_by_trial,
        "correlation_by_trial_in_block": agree.by_trial_in_block,
        "fluctuates_more": fluctuation(network, observer, trials).difference,
        "jumps_follow_evidence": agreement(jumps, evidence, trials).trial_by_trial,
        "evidence_moves_rnn": coupling(network, evidence, trials).evidence,
        "evidence_moves_observer": coupling(observer, evidence, trials).evidence,
        "evidence_moves_rnn_more": coupling_difference(network, observer, evidence, trials),
        "evidence_moves_rnn_full": coupling(in_full_space, evidence, trials).evidence,
        "coupled_explains_more": accounts.advantage,
    }
    return {f"claim3.{name}": value for name, value in measured.items()}
