"""Any agents on the same trials, beside what exact inference makes of these, in one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..agents.bayes import ACTORS, OBSERVERS, BayesianActor, observe
from ..behavior.measures import performance
from ..behavior.trial_means import paired_difference, same_trials
from ..core import checks
from ..core.means import GroupMeans
from ..task.agent import Agent
from ..task.generative_model import Trials
from ..task.rollouts import rollout
from ..task.session import Session
from .stopping_rules import SEMI_MARKOV, best_reward_rate, optimal_stopping, play_rule, whole_trials

if TYPE_CHECKING:
    import pandas as pd

Player = Agent | Session


def compare(
    agents: Player | Iterable[Player] | Mapping[str, Player],
    trials: Trials,
    *,
    baselines: Sequence[str] = ("exact", "blockless"),
    ceilings: bool = True,
) -> pd.DataFrame:
    """Agents on the same trials, beside observers of them, Bayesian actors, and the ceilings.

    Parameters
    ----------
    agents : Agent, Session, several of them, or by name in a mapping
        An agent plays the trials; a session must be of these trials.  Without a mapping the names
        are their own.
    trials : Trials
    baselines : sequence of {"exact", "semi_markov", "released", "blockless", "exponential"}
        Inferences of the Bayesian actors, and of the observers of each agent.
    ceilings : bool
        Whether to add what exact inference reaches that knows the law of the blocks: ``most
        correct`` sees every observation, ``most reward per trial`` and ``most reward per step``
        stop by the rule that earns most.

    Returns
    -------
    pandas.DataFrame
        A row for each, by name, in this order.  ``kind`` is agent, observer, actor or ceiling.
        ``correct``, ``timed out`` (of all trials), ``steps per trial``, ``reward per trial`` and
        ``reward per step`` have 95% intervals over blocks, ``... low`` and ``... high``.  ``below
        its observer``, of agents and actors, is what the exact observer of the same observations
        has more of ``correct``, with the interval of the paired difference.

    Raises
    ------
    ValueError
        If there is no agent or two have one name, or a session is of other trials.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> network = ibl.RNNAgent(ibl.reference_network().network, name="mine")
    >>> table = ibl.compare(network, trials)
    >>> table["kind"].value_counts().to_dict()
    {'ceiling': 3, 'observer': 2, 'actor': 2, 'agent': 1}
    >>> table["correct"].idxmax()
    'most correct'
    """
    import pandas as pd

    checks.kind("trials", trials, Trials)
    checks.some("trials", trials)
    baselines = [baselines] if isinstance(baselines, str) else list(baselines)
    for kind in baselines:
        checks.choice("baselines", kind, ACTORS)
    if len(set(baselines)) < len(baselines):
        raise ValueError(f"baselines must be named once each, got {baselines}")
    played = {name: _played(name, one, trials) for name, one in _by_name(agents)}
    rows: dict[str, dict] = {}

    def add(name: str, kind: str, session: Session) -> None:
        if name in rows:
            raise ValueError(
                f"agents must have names of their own, which no baseline has, got {name!r} twice; "
                "give {name: agent}"
            )
        rows[name] = {"kind": kind, **_numbers(session)}
        if kind in ("agent", "actor"):
            exact = observe(session)
            rows[name] |= _columns(
                "below its observer", paired_difference(exact, session, "correct")
            )

    for name, session in played.items():
        add(name, "agent", session)
    for name, session in played.items():
        for kind in baselines:
            add(f"{OBSERVERS[kind][0]} of {name}", "observer", observe(session, kind))
    for kind in baselines:
        actor = BayesianActor(trials.params, kind)
        add(actor.name, "actor", rollout(actor, trials))
    if ceilings:
        for name, session in _ceilings(trials):
            add(name, "ceiling", session)
    return pd.DataFrame.from_dict(rows, orient="index")


def _by_name(agents) -> Iterator[tuple[str, Player]]:
    """Names and agents, of which there is at least one."""
    if isinstance(agents, Player):
        agents = [agents]
    if not isinstance(agents, Iterable) or not (given := list(agents)):
        raise ValueError(f"agents must be agents or sessions, one or more, got {agents!r:.80}")
    if isinstance(agents, Mapping):
        yield from agents.items()
        return
    names = set()
    for one in given:
        name = one.agent if isinstance(one, Session) else getattr(one, "name", "")
        if name in names:
            raise ValueError(
                f"agents must have names of their own, got {name!r} twice; give {{name: agent}}"
            )
        names.add(name)
        yield name, one


def _played(name: str, one: Player, trials: Trials) -> Session:
    if isinstance(one, Agent):
        return rollout(one, trials)
    if not isinstance(one, Session):
        raise ValueError(f"agents must be agents or sessions, got {type(one).__name__}")
    if not same_trials(one.trials, trials):
        raise ValueError(f"agents must have played the trials given, got others of {name!r}")
    return one


def _ceilings(trials: Trials) -> Iterator[tuple[str, Session]]:
    params = trials.params
    yield "most correct", whole_trials(trials)
    yield "most reward per trial", play_rule(optimal_stopping(params), trials)
    rule = best_reward_rate(params, SEMI_MARKOV.prior(params).over(trials))
    yield "most reward per step", play_rule(rule, trials)


def _numbers(session: Session) -> dict[str, float]:
    found = vars(performance(session)).items()
    names = {"timed_out": "timed out", "n_steps": "steps per trial"}
    named = {names.get(name, name.replace("_", " ")): means for name, means in found}
    return {k: v for name, means in named.items() for k, v in _columns(name, means).items()}


def _columns(name: str, means: GroupMeans) -> dict[str, float]:
    return {
        name: float(means.mean),
        f"{name} low": float(means.low),
        f"{name} high": float(means.high),
    }
