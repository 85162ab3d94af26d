"""Mean of any quantity of behaviour by any property of its trials, with intervals over blocks.

Of a Session, or of a mouse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ..core import checks
from ..core.means import GroupMeans, group_means
from ..task.generative_model import TaskParams, Trials
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

    Returns
    -------
    GroupMeans

    Raises
    ------
    ValueError
        If an argument is not what is listed here.
    """
    values, proportion = _quantity(session, quantity)
    use = _mask(session.trials, where)
    if quantity == "right":
        use = use & ~session.timed_out
    axes = {name: _axis(session, name) for name in _axis_names(by, AXES)}
    return _means_where(values, axes, use, session.trials, proportion=proportion)


def reward_per_step(session: Session, by: Sequence[str] = ()) -> GroupMeans:
    """Total reward over total steps, of the trials of each group.

    Parameters and errors as for :func:`means`.
    """
    check_session(session)
    axes = {name: _axis(session, name) for name in _axis_names(by, AXES)}
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
        Of equal trials.
    quantity, by, where
        As for :func:`means`; only axes that describe the trial, not the
        agent, and not ``right``, which has no value where there is no choice.

    Returns
    -------
    GroupMeans

    Raises
    ------
    ValueError
        If the two sessions have different trials, or an argument is unknown.
    """
    values, _ = _quantity(a, quantity)
    others, _ = _quantity(b, quantity)
    if quantity == "right":
        raise ValueError("quantity must be one that every trial has, got 'right'")
    if not _same_trials(a.trials, b.trials):
        raise ValueError(
            f"both sessions must be of the same trials, got {a.agent!r} and {b.agent!r} on "
            "different ones; give both agents the same Trials"
        )
    axes = {name: _axis(a, name) for name in _axis_names(by, TRIAL_AXES)}
    difference = values.astype(float) - others
    return _means_where(difference, axes, _mask(a.trials, where), a.trials, proportion=False)


def _means_where(values, axes, use, trials, *, proportion) -> GroupMeans:
    axes = {name: (labels, codes[use]) for name, (labels, codes) in axes.items()}
    return group_means(values[use], axes, trials.block_index[use], proportion=proportion)


def _quantity(session: Behavior, quantity: str) -> tuple[np.ndarray, bool]:
    """Values per trial, and whether their mean is a proportion."""
    checks.choice("quantity", quantity, QUANTITIES)
    check_behavior(session, quantity)
    if quantity == "right":
        return session.choice > 0, True
    if quantity == "wrong":
        return ~session.correct & ~session.timed_out, True
    if quantity == "n_steps":
        return session.n_steps, False
    if quantity == "reward":
        return session.reward, False
    return getattr(session, quantity), True


def _axis_names(by: Sequence[str], allowed: tuple[str, ...]) -> list[str]:
    names = [by] if isinstance(by, str) else list(by)
    for name in names:
        checks.choice("by", name, allowed)
    return names


def _axis(session: Behavior, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels of an axis, and the index of each trial's label; -1 where it has none."""
    check_behavior(session, name)
    trials = session.trials
    if name == "correct":
        return np.array([False, True]), session.correct.astype(np.int64)
    if name == "concordant":
        codes = np.where(trials.block_side == 0, -1, trials.concordant)
        return np.array([False, True]), codes
    if name in ("side", "block_side"):
        # -1, 0, 1 to 0, none, 1
        return np.array([-1, 1]), np.array([0, -1, 1])[getattr(trials, name) + 1]
    if name == "n_observations":
        return np.arange(1, trials.params.n_observations + 1), session.n_observations_seen - 1
    if name == "trial_in_block":
        longest = max(trials.longest_block, trials.trial_in_block.max(initial=0) + 1)
        return np.arange(longest), trials.trial_in_block
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


def _mask(trials: TrialColumns, where: np.ndarray | None) -> np.ndarray:
    if where is None:
        return np.ones(trials.n_trials, dtype=bool)
    where = np.asarray(where)
    if where.dtype != bool or where.shape != (trials.n_trials,):
        raise ValueError(
            f"where must be ({trials.n_trials},) bool, got {where.shape} {where.dtype}"
        )
    return where


def _same_trials(a: TrialColumns, b: TrialColumns) -> bool:
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
    """Raise a ValueError unless it is somebody's behaviour, and has the quantity or axis."""
    if name in OF_STEPS and isinstance(session, Behavior) and not isinstance(session, Session):
        raise ValueError(f"{name} is known of agents that act in steps, not of {session.agent}")
    if not isinstance(session, Behavior):
        raise ValueError(f"session must be a Session, got {type(session).__name__}")


# What the world shows: lengths of blocks, and the density of the evidence in closed form.


def evidence_density(
    params: TaskParams,
    d: np.ndarray,
    *,
    side: int | None = None,
    block_side: int | None = None,
) -> np.ndarray:
    """Density of one observation's evidence d = o^R - o^L.

    Given the stimulus side, d is a mixture over strengths of
    N(side * mu, 2 noise_sd^2); given the block side, of both stimulus sides
    with weights concordance and 1 - concordance.

    Parameters
    ----------
    params : TaskParams
    d : (n,) float
    side, block_side : {-1, 1}
        Give one of them.

    Returns
    -------
    (n,) float

    Raises
    ------
    ValueError
        If not exactly one side is given, or it is neither -1 nor 1.
    """
    if (side is None) == (block_side is None):
        raise ValueError(f"give either side or block_side, got {side!r} and {block_side!r}")
    given = block_side if side is None else side
    if given not in (-1, 1):
        raise ValueError(f"a side must be -1 or 1, got {given!r}")
    d = np.asarray(d, dtype=float)
    variance = 2 * params.noise_sd**2
    means = given * np.asarray(params.strengths)  # (n_strengths,)

    def mixture(means):
        squares = (d[..., None] - means) ** 2
        return np.exp(-squares / (2 * variance)).mean(axis=-1) / np.sqrt(2 * np.pi * variance)

    if side is not None:
        return mixture(means)
    return params.concordance * mixture(means) + (1 - params.concordance) * mixture(-means)
