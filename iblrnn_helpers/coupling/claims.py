"""Claim 3 in numbers: the two inferences of the network are coupled.

Each is named after its entry in the claims ledger.
"""

from __future__ import annotations

import numpy as np

from ..core.means import Measured
from ..representations.state_space import StateSpace
from ..task.session import Session
from .against_observers import agreement, explained, fluctuation
from .belief_coupling import (
    coupled_belief,
    coupling,
    coupling_difference,
    network_belief,
    observer_belief,
)


def measure_claim_3(session: Session, space: StateSpace) -> dict[str, Measured]:
    """Everything that the ledger asks of one network's coupling.

    Parameters
    ----------
    session : Session
        Played by the network, with its states.
    space : StateSpace
        Of that network.

    Returns
    -------
    dict of claim id to Measured

    Raises
    ------
    ValueError
        If the session has no states, or they are not of this network.
    """
    trials = session.trials
    network = network_belief(session, space)
    in_full_space = network_belief(session, space, readout="full")
    observer, coupled = observer_belief(trials), coupled_belief(session)
    evidence = session.evidence()
    agree = agreement(network, observer, trials)
    follows = np.flatnonzero(np.diff(trials.session) == 0) + 1
    jump = np.zeros(len(trials))
    jump[follows] = network[follows] - network[follows - 1]
    accounts = explained(network, observer, coupled, trials)
    measured = {
        "correlation_trial_by_trial": agree.trial_by_trial,
        "correlation_by_trial_in_block": agree.by_trial_in_block,
        "fluctuates_more": fluctuation(network, observer, trials).difference,
        "jumps_follow_evidence": agreement(jump, evidence, trials).trial_by_trial,
        "evidence_moves_rnn": coupling(network, evidence, trials).evidence,
        "evidence_moves_observer": coupling(observer, evidence, trials).evidence,
        "evidence_moves_rnn_more": coupling_difference(network, observer, evidence, trials),
        "evidence_moves_rnn_full": coupling(in_full_space, evidence, trials).evidence,
        "coupled_explains_more": accounts.advantage,
    }
    return {f"claim3.{name}": value for name, value in measured.items()}
