"""What is measured of one network: the claims that a single one can answer.

A new claim is one more entry of `MEASURES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..profiles import budget
from ..task import TaskParams, sample_trials

# The rest is imported where it is used: listing what there is to measure must not load torch.
if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork
    from ..analysis.state_space import StateSpace
    from ..session import Session

BLOCKS_PER_SESSION = 20
MOST_BLOCKS = 1_000


@dataclass
class Subject:
    """A network, and the sessions that it plays; the latest with states is kept for the next.

    Behaviour is cheap to keep; states are not, and fewer blocks of them keep a process below
    600 MB.

    Parameters
    ----------
    network : RecurrentNetwork
    task : TaskParams
    profile : str
    trials_seed : int
        Equal seeds, equal trials: all networks of a sweep are compared on the same ones.
    """

    network: RecurrentNetwork
    task: TaskParams
    profile: str
    trials_seed: int
    _latest: tuple[int, Session, StateSpace] | None = field(default=None, repr=False)

    def plays(self, n_blocks: int, *, record_states: bool = False) -> Session:
        """A session of so many blocks: the first of those that every network could be given."""
        from ..agents.rnn import RNNAgent
        from ..rollout import rollout

        trials = sample_trials(
            self.task,
            n_sessions=MOST_BLOCKS // BLOCKS_PER_SESSION,
            n_blocks=BLOCKS_PER_SESSION,
            seed=self.trials_seed,
        ).take_sessions(0, n_blocks // BLOCKS_PER_SESSION)
        return rollout(RNNAgent(self.network), trials, record_states=record_states)

    def in_states(self, n_blocks: int) -> tuple[Session, StateSpace]:
        """A session with its states, and their state space."""
        from ..analysis.state_space import fit_state_space

        if self._latest is None or self._latest[0] != n_blocks:
            self._latest = None  # free the old one first
            session = self.plays(n_blocks, record_states=True)
            self._latest = n_blocks, session, fit_state_space(session, self.network)
        return self._latest[1:]


def _behavior(subject: Subject) -> dict:
    from ..agents.bayes import BayesianActor, observe
    from ..analysis.claim1 import measure_claim_1
    from ..analysis.summary import summary_table
    from ..rollout import rollout

    rnn = subject.plays(budget(subject.profile, smoke=100, page=MOST_BLOCKS, paper=MOST_BLOCKS))
    observer = observe(rnn)
    released = rollout(BayesianActor(subject.task, "released"), rnn.trials)
    exact = rollout(BayesianActor(subject.task), rnn.trials)
    row = summary_table({"network": rnn}).loc["network"]
    shown = ("timed out", "reward per trial", "reward per step")
    overall = {f"behavior.{name.replace(' ', '_')}": row[name] for name in shown}
    return {**overall, **measure_claim_1(rnn, observer, released, exact)}


def _representations(subject: Subject) -> dict:
    from ..analysis.claim2 import measure_claim_2

    session, space = subject.in_states(_blocks_with_states(subject))
    return measure_claim_2(session, subject.network, space)


def _coupling(subject: Subject) -> dict:
    from ..analysis.claim3 import measure_claim_3

    return measure_claim_3(*subject.in_states(_blocks_with_states(subject)))


def _mechanism(subject: Subject) -> dict:
    from ..analysis.mechanism import measure_claims, measure_mechanism

    session, _ = subject.in_states(budget(subject.profile, smoke=100, page=260, paper=260))
    return measure_claims([measure_mechanism(subject.network, session)])


def _blocks_with_states(subject: Subject) -> int:
    return budget(subject.profile, smoke=100, page=500, paper=500)


MEASURES = {
    "claim1": _behavior,
    "claim2": _representations,
    "claim3": _coupling,
    "mechanism": _mechanism,
}


def measure(subject: Subject, names: tuple[str, ...]) -> tuple[dict[str, float], list[str]]:
    """Measure a network.

    Parameters
    ----------
    subject : Subject
    names : tuple of str
        Of `MEASURES`.

    Returns
    -------
    numbers : dict of claim id to float
    remarks : list of str
        Which measures a network has no numbers for, and why: one that never acts has no
        accuracy by strength, an LSTM's cell states are not recorded.
    """
    numbers: dict[str, float] = {}
    remarks = []
    for name in names:
        try:
            found: Mapping = MEASURES[name](subject)
        except ValueError as error:
            remarks.append(f"{name} has no numbers: {error}")
            continue
        numbers |= {k: v[0] if isinstance(v, tuple) else v for k, v in found.items()}
    return {name: float(value) for name, value in numbers.items()}, remarks
