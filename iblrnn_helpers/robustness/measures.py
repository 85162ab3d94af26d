"""What is measured of a network, and of many: each once, then found again.

A new claim is one more entry of `MEASURES`.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ..core.checks import budget
from ..core.files import digest_arrays
from ..core.fingerprint import fingerprint
from ..core.store import ArtifactStore
from ..task.generative_model import TaskParams, Trials, sample_trials

# The rest is imported where it is used: listing what there is to measure must not load torch.
if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork
    from ..representations.state_space import StateSpace
    from ..task.session import Session

BLOCKS_PER_SESSION = 5  # many short sessions, side by side, are quick to play
MOST_BLOCKS = 1_000
# Of the distilled units' readout: wide enough for networks that act late, or in more noise.
SCALES = (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 13, 18, 30)


@dataclass(frozen=True)
class MeasureBudget:
    """How much is played and searched for, to measure one network.

    Parameters
    ----------
    n_blocks, n_blocks_with_states, n_blocks_mechanism : int
        Played for behaviour; for what needs the states; for the mechanism.  At most 1,000.
    n_starts : int
        Visited states from which fixed points are searched.
    """

    n_blocks: int
    n_blocks_with_states: int
    n_blocks_mechanism: int
    n_starts: int


def effort_of(profile: str) -> MeasureBudget:
    """The effort that belongs to a profile."""
    full = MeasureBudget(MOST_BLOCKS, 500, 260, 200)
    return budget(profile, smoke=MeasureBudget(100, 100, 100, 20), page=full, paper=full)


@dataclass
class Subject:
    """A network, and the sessions that it plays; the latest with states is kept for the next.

    Behaviour is cheap to keep; states are not, and fewer blocks of them keep a process below
    600 MB.

    Parameters
    ----------
    network : RecurrentNetwork
    task : TaskParams
    trials_seed : int
        Equal seeds, equal trials.  Circuits are fitted on those of the next seed.
    effort : MeasureBudget
    """

    network: RecurrentNetwork
    task: TaskParams
    trials_seed: int
    effort: MeasureBudget
    _latest: tuple[int, Session, StateSpace] | None = field(default=None, repr=False)

    def plays(
        self, n_blocks: int, *, record_states: bool = False, trials_seed: int | None = None
    ) -> Session:
        """A session of so many blocks: the first of those that every network could be given."""
        from ..agents.rnn import RNNAgent
        from ..task.rollouts import rollout

        seed = self.trials_seed if trials_seed is None else trials_seed
        trials = trials_of(self.task, seed, n_blocks)
        return rollout(RNNAgent(self.network), trials, record_states=record_states)

    def in_states(self, n_blocks: int) -> tuple[Session, StateSpace]:
        """A session with its states, and their state space."""
        from ..representations.state_space import fit_state_space

        if self._latest is None or self._latest[0] != n_blocks:
            self._latest = None  # free the old one first
            session = self.plays(n_blocks, record_states=True)
            self._latest = n_blocks, session, fit_state_space(session, self.network)
        return self._latest[1:]


def trials_of(task: TaskParams, trials_seed: int, n_blocks: int) -> Trials:
    """The trials that all networks of a task are given."""
    return _all_trials(task, trials_seed).take_sessions(0, n_blocks // BLOCKS_PER_SESSION)


@functools.lru_cache(maxsize=6)  # to fit and to test on, of three networks: 50 MB
def _all_trials(task: TaskParams, trials_seed: int) -> Trials:
    n_sessions = MOST_BLOCKS // BLOCKS_PER_SESSION
    return sample_trials(task, n_sessions=n_sessions, n_blocks=BLOCKS_PER_SESSION, seed=trials_seed)


@functools.lru_cache(maxsize=4)
def _actors(task: TaskParams, trials_seed: int, n_blocks: int) -> tuple[Session, Session]:
    """The actor as released and the exact one: the same beside every network of a task."""
    from ..agents.bayes import BayesianActor
    from ..task.rollouts import rollout

    trials = trials_of(task, trials_seed, n_blocks)
    return tuple(rollout(BayesianActor(task, how), trials) for how in ("released", "exact"))


def _behavior(subject: Subject) -> dict:
    from ..agents.bayes import observe
    from ..behavior.claims import measure_claim_1
    from ..behavior.measures import summary_table
    from ..behavior.trial_means import paired_difference

    n_blocks = subject.effort.n_blocks
    if n_blocks == subject.effort.n_blocks_with_states:
        rnn, _ = subject.in_states(n_blocks)
    else:
        rnn = subject.plays(n_blocks)
    row = summary_table({"network": rnn}).loc["network"]
    shown = ("timed out", "reward per trial", "reward per step")
    overall = {f"behavior.{name.replace(' ', '_')}": row[name] for name in shown}
    if subject.task.blocks is not None:  # of which the paper states nothing
        below = paired_difference(observe(rnn), rnn, "correct").mean
        return {**overall, "behavior.correct": row["correct"], "behavior.below_exact": below}
    actors = _actors(subject.task, subject.trials_seed, n_blocks)
    return {**overall, **measure_claim_1(rnn, observe(rnn), *actors)}


def _representations(subject: Subject) -> dict:
    from ..representations.claims import measure_claim_2

    session, space = subject.in_states(subject.effort.n_blocks_with_states)
    return measure_claim_2(session, subject.network, space)


def _coupling(subject: Subject) -> dict:
    from ..coupling.claims import measure_claim_3

    return measure_claim_3(*subject.in_states(subject.effort.n_blocks_with_states))


def _distillation(subject: Subject) -> dict:
    from ..distillation.claims import measure_claim_4
    from ..distillation.distilled import distill, sweep_readout_scale
    from ..representations.state_space import fit_plane, on_readouts
    from ..task.rollouts import rollout

    # Half the blocks are plenty for so few weights; they are not those that the fit is judged on.
    n_blocks, others = subject.effort.n_blocks_with_states, subject.trials_seed + 1
    played = subject.plays(n_blocks // 2, record_states=True, trials_seed=others)
    projection = on_readouts(fit_plane(played, subject.network))
    two = distill(subject.network, played, projection, n_bootstrap=0)
    played = replace(played, states=None)  # free them first
    sweep = sweep_readout_scale(two.model, two.readout, played.trials, SCALES, initial=two.initial)
    session, _ = subject.in_states(n_blocks)
    scales = sweep.best, sweep.matching(played.n_steps.mean())
    best, matched = (rollout(two.agent(scale), session.trials) for scale in scales)
    return measure_claim_4(two.model, projection, session, best, matched)


def _mechanism(subject: Subject) -> dict:
    from ..mechanism.claims import (
        circuit_claims,
        dynamics_claims,
        measure_circuit,
        measure_dynamics,
    )

    network, (session, space) = (
        subject.network,
        subject.in_states(subject.effort.n_blocks_mechanism),
    )
    dynamics = measure_dynamics(network, session, n_starts=subject.effort.n_starts, space=space)
    circuit = measure_circuit(network, session, space=space)
    return dynamics_claims([dynamics]) | circuit_claims(circuit)


MEASURES = {
    "claim1": _behavior,
    "claim2": _representations,
    "claim3": _coupling,
    "claim4": _distillation,
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
    numbers, remarks = {}, []
    for name in names:
        try:
            found = MEASURES[name](subject)
        except ValueError as error:
            remarks.append(f"{name} has no numbers: {error}")
            continue
        numbers |= {k: float(v[0] if isinstance(v, tuple) else v) for k, v in found.items()}
    return numbers, remarks


def measure_all(
    subjects: Mapping[Hashable, Subject],
    names: tuple[str, ...],
    *,
    store: ArtifactStore | None = None,
) -> tuple[dict[Hashable, dict[str, float]], dict[Hashable, list[str]]]:
    """:func:`measure` for many networks, with a memory.

    What was measured before is found again where the weights, the task, the effort, the trials and
    the code are the same.

    Parameters
    ----------
    subjects : dict of key to Subject
    names : tuple of str
        Of `MEASURES`.
    store : ArtifactStore, optional
        The default store where omitted.

    Returns
    -------
    numbers : dict of key to dict of claim id to float
    remarks : dict of key to list of str
        Only of networks for which there are some.
    """
    from tqdm import tqdm

    store = store or ArtifactStore()
    code = fingerprint("iblrnn_helpers.robustness.measures")
    numbers, remarks = {}, {}
    # A bar only where a person watches a terminal.
    for key, subject in tqdm(subjects.items(), desc="measuring", unit="network", disable=None):

        def make(_, subject=subject):
            # A copy, so that the states that it keeps are freed with it.
            found, said = measure(replace(subject), names)
            return {"values": np.array(list(found.values()))}, {"names": [*found], "said": said}

        weights = {name: w.detach().numpy() for name, w in subject.network.state_dict().items()}
        inputs = {name: getattr(subject, name) for name in ("task", "effort", "trials_seed")}
        inputs |= {"weights": digest_arrays(weights), "cell": subject.network.cell}
        inputs |= {"measures": names, "code": code}
        arrays, about = store.get_or_make("measured", inputs, make)
        numbers[key] = dict(zip(about["names"], arrays["values"].tolist(), strict=True))
        if about["said"]:
            remarks[key] = about["said"]
    return numbers, remarks
