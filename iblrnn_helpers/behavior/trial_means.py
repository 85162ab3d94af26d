"""Mean of any quantity of behaviour by any property of its trials, of a Session or of a mouse.

Intervals are 95% over blocks (:func:`iblrnn_helpers.core.means.group_means`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ..core import checks
from ..core.means import GroupMeans, group_means
from ..task.generative_model import Trials
from ..task.session import Session
from ..task.trials import Behavior, TrialColumns

QUANTITIES = ("correct", "wrong", "timed_out", "right", "n_steps", "reward")
TRIAL_AXES = ("strength", "signed_strength", "side", "block_side", "concordant", "trial_in_block")
AXES = (*TRIAL_AXES, "correct", "n_observations")
OF_STEPS = ("n_steps", "reward", "n_observations")  # mice do not act in steps


def means(
    session: Behavior, quantity: str, by: Sequence[str] = (), *, where: np.ndarray | None = None
) -> GroupMeans:
    """Mean of a quantity over the trials of each group.

    Parameters
    ----------
    session : Session or other Behavior
        Steps, observations and reward are a Session's only.
    quantity : {"correct", "wrong", "timed_out", "right", "n_steps", "reward"}
        ``right`` is the fraction of right choices among trials with a choice.
    by : sequence of str
        Axes of the groups, in order: ``strength``, ``signed_strength``,
        ``side``, ``block_side``, ``concordant``, ``trial_in_block`` (from 0),
        ``correct``, ``n_observations``.  None: one mean of all trials.  Trials of
        no block side are left out of ``block_side`` and ``concordant``.
    where : (n_trials,) bool, optional
        Use only these trials.

    Raises
    ------
    ValueError
        If an argument is not what is listed here.
    """
    values, proportion = _quantity(session, quantity)
    use = _mask(session.trials, where)
    if quantity == "right":
        use = use & ~session.timed_out
    axes = _axes(session, by, AXES, use)
    return group_means(values[use], axes, session.trials.block_index[use], proportion=proportion)


def by_trial_in_block(values: np.ndarray, trials: TrialColumns, where: np.ndarray) -> GroupMeans:
    """Fraction of (n_trials,) bool ``values`` by ``trial_in_block``, from 0, where ``where``."""
    axes = {"trial_in_block": (_places(trials), trials.trial_in_block[where])}
    return group_means(values[where], axes, trials.block_index[where], proportion=True)


def reward_per_step(session: Session, by: Sequence[str] = ()) -> GroupMeans:
    """Total reward over total steps, of the trials of each group.

    Parameters and errors as for :func:`means`.
    """
    check_session(session)
    axes = _axes(session, by, AXES)
    return group_means(session.reward, axes, session.trials.block_index, per=session.n_steps)


def paired_difference(
    a: Session,
    b: Session,
    quantity: str,
    by: Sequence[str] = (),
    *,
    where: np.ndarray | None = None,
) -> GroupMeans:
    """Mean over trials of ``a`` minus ``b``, two agents that played the same trials.

    What both owe to the luck of the same trials cancels (common random
    numbers), so the interval is shorter than that of two separate sessions.

    Parameters
    ----------
    a, b : Session
    quantity, by, where
        As for :func:`means`; only axes that describe the trial, not the
        agent, and not ``right``, which has no value where there is no choice.

    Raises
    ------
    ValueError
        If the two sessions have different trials, or an argument is unknown.
    """
    values, _ = _quantity(a, quantity)
    others, _ = _quantity(b, quantity)
    if quantity == "right":
        raise ValueError("quantity must be one that every trial has, got 'right'")
    if not same_trials(a.trials, b.trials):
        raise ValueError(
            f"both sessions must be of the same trials, got {a.agent!r} and {b.agent!r} on "
            "different ones; give both agents the same Trials"
        )
    use = _mask(a.trials, where)
    difference = (values.astype(float) - others)[use]
    return group_means(difference, _axes(a, by, TRIAL_AXES, use), a.trials.block_index[use])


def _quantity(session: Behavior, quantity: str) -> tuple[np.ndarray, bool]:
    """Values per trial, and whether their mean is a proportion."""
    checks.choice("quantity", quantity, QUANTITIES)
    check_behavior(session, quantity)
    if quantity == "right":
        return session.choice > 0, True
    if quantity == "wrong":
        return ~session.correct & ~session.timed_out, True
    return getattr(session, quantity), quantity not in OF_STEPS


def _axes(session: Behavior, by: Sequence[str], allowed: tuple[str, ...], use=slice(None)) -> dict:
    """Labels of each axis, and the index of the used trials' labels; -1 where there is none."""
    names = [by] if isinstance(by, str) else by
    axes = {checks.choice("by", name, allowed): _axis(session, name) for name in names}
    return {name: (labels, codes[use]) for name, (labels, codes) in axes.items()}


def _axis(session: Behavior, name: str) -> tuple[np.ndarray, np.ndarray]:
    check_behavior(session, name)
    trials = session.trials
    if name == "correct":
        return np.array([False, True]), session.correct.astype(np.int64)
    if name == "concordant":
        return np.array([False, True]), np.where(trials.block_side == 0, -1, trials.concordant)
    if name in ("side", "block_side"):  # -1, 0, 1 to 0, none, 1
        return np.array([-1, 1]), np.array([0, -1, 1])[getattr(trials, name) + 1]
    if name == "n_observations":
        return np.arange(1, trials.params.n_observations + 1), session.n_observations_seen - 1
    if name == "trial_in_block":
        return _places(trials), trials.trial_in_block
    strengths = np.unique(trials.strengths)
    if name == "signed_strength":
        strengths = np.unique(np.concatenate((-strengths, strengths)))
    found = getattr(trials, name)
    codes = np.minimum(np.searchsorted(strengths, found), len(strengths) - 1)
    unknown = strengths[codes] != found
    if unknown.any():
        raise ValueError(
            f"strengths of the trials must be among {trials.strengths}, got {found[unknown][0]}"
        )
    return strengths, codes


def _places(trials: TrialColumns) -> np.ndarray:
    return np.arange(max(trials.longest_block, trials.trial_in_block.max(initial=0) + 1))


def _mask(trials: TrialColumns, where: np.ndarray | None) -> np.ndarray:
    if where is None:
        return np.ones(trials.n_trials, dtype=bool)
    where = np.asarray(where)
    if where.dtype != bool or where.shape != (trials.n_trials,):
        raise ValueError(
            f"where must be ({trials.n_trials},) bool, got {where.shape} {where.dtype}"
        )
    return where


def same_trials(a: TrialColumns, b: TrialColumns) -> bool:
    """Whether two records are of the same trials, value by value."""
    if a is b:
        return True
    if not (isinstance(a, Trials) and isinstance(b, Trials)):
        return False
    names = (field.name for field in fields(Trials)[1:])
    return a.params == b.params and all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)


def check_session(session: Session) -> None:
    """Raise a ValueError that says what else than a Session was given."""
    if not isinstance(session, Session):
        raise ValueError(f"session must be a Session, got {type(session).__name__}")


def check_behavior(session: Behavior, name: str) -> None:
    """Raise a ValueError unless it is an agent's behaviour, and has the quantity or axis."""
    if name in OF_STEPS and isinstance(session, Behavior) and not isinstance(session, Session):
        raise ValueError(f"{name} is known of agents that act in steps, not of {session.agent}")
    if not isinstance(session, Behavior):
        raise ValueError(f"session must be a Session, got {type(session).__name__}")
