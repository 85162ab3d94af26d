"""One agent, forward and back: the best policy for a reward, and the reward of a policy.

The agent is paid r(s) at every step and pays for telling states apart: it maximises

    L = < r(s) − T KL[ π(·|s) ‖ p(·) ] >,    p(a) = Σ_s p(s) π(a|s),

the average over the stationary law p(s) of its own policy (Chalk et al. 2021, Fig. 1).  The mean
KL divergence is the mutual information between actions and states, in nats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array, issparse, vstack
from scipy.sparse.linalg import splu

from ...core import checks
from ...core.markov_chains import check_reachable, check_rows
from ..hypercube import as_floats

# Below this an action counts as never taken; its logarithm stays finite.
_LEAST_MARGINAL = 1e-12
_MAX_STATES_INVERSE = 3000
_MAX_ITERATIONS = 20_000


@dataclass(frozen=True, eq=False)
class SoftSolution:
    """The optimal policy of one agent.

    Attributes
    ----------
    log_policy : (n_states, n_actions) float
        log π(a|s).
    marginal : (n_actions,) float
        p(a): how often each action is taken.
    value : (n_states,) float
        Relative value v(s), 0 in state 0.
    objective : float
        L: average reward per step less the temperature times ``cost``.
    reward_rate : float
        Average reward per step.
    cost : float
        Mutual information between states and actions, in nats per step.
    stationary : (n_states,) float
        Share of time spent in each state.
    n_iterations : int
    converged : bool
    residual : float
        Largest violation of the Bellman equation L + v = r + T log Z.
    history : (n_iterations,) float
        ``objective`` of the policies on the way; it never falls.
    """

    log_policy: np.ndarray
    marginal: np.ndarray
    value: np.ndarray
    objective: float
    reward_rate: float
    cost: float
    stationary: np.ndarray
    n_iterations: int
    converged: bool
    residual: float
    history: np.ndarray


@dataclass(frozen=True, eq=False)
class MdpReward:
    """The rewards under which a policy is optimal.

    Attributes
    ----------
    reward : (n_states,) float
        One of them: the one without any part in ``null_space``, shifted so that its lowest is 0.
    null_space : (null_space_dim, n_states) float
        Orthonormal rewards that can be added without changing the policy; the first is constant.
    residual : float
        Largest error of the log policy that ``reward`` explains; 0 if it is optimal for any.
    """

    reward: np.ndarray
    null_space: np.ndarray
    residual: float

    @property
    def null_space_dim(self) -> int:
        """How many directions of reward the policy does not determine."""
        return len(self.null_space)


def solve_mdp(
    transitions, reward: np.ndarray, temperature: float, *, tolerance: float = 1e-11
) -> SoftSolution:
    """The policy that maximises reward less the cost of telling states apart.

    Parameters
    ----------
    transitions : (n_states, n_actions, n_states) float, or n_actions sparse (n_states, n_states)
        Probability of the next state.
    reward : (n_states,) float
        Paid at every step in a state.
    temperature : float
        T (the paper's λ): price of one nat.
    tolerance : float
        Of the last change of a probability in the policy.  After 20,000 iterations without it,
        ``converged`` is False.

    Raises
    ------
    ValueError
        Rows that are no probabilities, states that cannot be reached, a reward of the wrong
        shape, a temperature that is not above 0.

    Notes
    -----
    Soft policy iteration, the marginal with it; each step can only raise L::

        repeat
            p(s)   <- stationary law of π
            p(a)   <- Σ_s p(s) π(a|s)
            v, L   <- solve  L + v(s) = r(s) − T KL[π(·|s) ‖ p] + Σ_a π(a|s) Σ_s' P(s'|s,a) v(s')
            π(a|s) <- p(a) exp( Σ_s' P(s'|s,a) v(s') / T ) / Z(s)

    An action that is of no use fades from p(a).
    """
    moves = _as_moves(transitions)
    n_states, n_actions = moves[0].shape[0], len(moves)
    reward = as_floats("reward", reward)
    if reward.shape != (n_states,) or not np.isfinite(reward).all():
        raise ValueError(f"reward must be ({n_states},) finite numbers, got shape {reward.shape}")
    checks.number("temperature", temperature, above=0)

    stacked = vstack(moves, format="csr")  # (n_actions × n_states, n_states)
    log_policy = np.full((n_states, n_actions), -np.log(n_actions))
    unit = np.zeros(n_states)
    unit[0] = 1
    history: list[float] = []
    converged = False
    while not converged and len(history) < _MAX_ITERATIONS:
        policy = np.exp(log_policy)
        try:
            factors = _factorise(stacked, policy)
        except RuntimeError as error:
            raise ValueError(
                f"temperature {temperature!r} is too low: the policy splits the states into parts "
                "that it never leaves"
            ) from error
        stationary = np.maximum(factors.solve(unit, "T"), 0)
        stationary /= stationary.sum()
        marginal = np.maximum(stationary @ policy, _LEAST_MARGINAL)
        marginal /= marginal.sum()
        cost = (policy * (log_policy - np.log(marginal))).sum(axis=1)
        value = factors.solve(reward - temperature * cost)
        objective = float(value[0])
        value[0] = 0
        history.append(objective)

        future = (stacked @ value).reshape(n_actions, n_states).T
        drive = future / temperature + np.log(marginal)
        log_normaliser = _log_sum_exp(drive)
        improved = drive - log_normaliser[:, None]
        converged = np.abs(np.exp(improved) - policy).max() < tolerance
        log_policy = improved
    residual = np.abs(objective + value - reward - temperature * log_normaliser).max()
    return SoftSolution(
        log_policy, marginal, value, objective, float(stationary @ reward),
        float(stationary @ cost), stationary, len(history), bool(converged), float(residual),
        np.array(history),
    )  # fmt: skip


def infer_mdp_reward(
    log_policy: np.ndarray, marginal: np.ndarray, transitions, temperature: float
) -> MdpReward:
    """The reward for which a policy is the best.

    Parameters
    ----------
    log_policy : (n_states, n_actions) float
        log π(a|s); −inf where an action is never taken, which then is left out.
    marginal : (n_actions,) float
        p(a).  An action with p(a) = 0 is left out.
    transitions
        As for :func:`solve_mdp`.
    temperature : float
        T.  Only reward / T can be known from a policy: T sets the unit.

    Raises
    ------
    ValueError
        Arguments that are not as said, more states than a dense solution can hold, or actions
        that leave parts of the states apart: what is earned on average is then another unknown
        of each part.

    Notes
    -----
    log π(a|s)/p(a) = Σ_s' P(s'|s,a) v(s')/T − log Z(s) is linear in v and log Z.  Its mean over
    actions gives log Z; what differs between actions gives v, by least squares.  Then
    r = v − T log Z, up to the null space: a change u of the value that no action can exploit
    changes the reward by u(s) − Σ_s' P(s'|s,a) u(s').
    """
    moves = _as_moves(transitions)
    n_states, n_actions = moves[0].shape[0], len(moves)
    if n_states > _MAX_STATES_INVERSE:
        raise ValueError(
            f"{n_states} states are too many for the dense inverse (at most "
            f"{_MAX_STATES_INVERSE}); for a network of binary neurons use inverse.infer_reward"
        )
    log_policy, marginal = as_floats("log_policy", log_policy), as_floats("marginal", marginal)
    if log_policy.shape != (n_states, n_actions) or marginal.shape != (n_actions,):
        raise ValueError(
            f"log_policy must be ({n_states}, {n_actions}) and marginal ({n_actions},), got "
            f"{log_policy.shape} and {marginal.shape}"
        )
    checks.number("temperature", temperature, above=0)
    with np.errstate(
        divide="ignore", over="ignore"
    ):  # an action that is never taken is left out below
        policy = np.exp(log_policy)
        if check_rows("exp(log_policy)", policy) is not policy:
            log_policy = log_policy - _log_sum_exp(log_policy)[:, None]
        marginal = check_rows("marginal", marginal)
        log_marginal = np.log(marginal)

    used = np.isfinite(log_policy) & (marginal > 0)
    ratio = np.where(used, log_policy, 0) - np.where(used, log_marginal, 0)
    weight = used / used.sum(axis=1, keepdims=True)
    dense = np.stack([move.toarray() for move in moves], axis=1)
    mean_move = np.einsum("sa,sat->st", weight, dense)
    check_reachable("log_policy", mean_move > 0)
    rows = (dense - mean_move[:, None])[used]
    mean_ratio = (weight * ratio).sum(axis=1)
    target = (ratio - mean_ratio[:, None])[used]

    left, sizes, right = np.linalg.svd(rows, full_matrices=True)
    rank = int((sizes > sizes.max(initial=0) * max(rows.shape) * 1e-13).sum())
    scaled_value = right[:rank].T @ ((left[:, :rank].T @ target) / sizes[:rank])
    residual = float(np.abs(rows @ scaled_value - target).max(initial=0))
    # log Z is the drive's mean less the ratio's; r = v − T log Z.
    reward = temperature * (scaled_value - mean_move @ scaled_value + mean_ratio)

    free = right[rank:] - right[rank:] @ mean_move.T
    null_space = _orthonormal(np.vstack([np.ones(n_states), free]))
    reward = reward - (reward @ null_space.T) @ null_space
    return MdpReward(reward - reward.min(), null_space, residual)


def _factorise(stacked, policy: np.ndarray):
    """Factors of the equations that give L and v, and transposed the stationary law.

    They are I − M with the first column, that of v(0) = 0, replaced by ones, that of L.
    Transposed, with (1, 0, …) on the right, they say p = p M and that p adds up to 1.
    """
    n_states = len(policy)
    entries = stacked.tocoo()
    rest = entries.col > 0
    action, state = np.divmod(entries.row[rest], n_states)
    others = np.arange(1, n_states)
    rows = [state, others, np.arange(n_states)]
    columns = [entries.col[rest], others, np.zeros(n_states, dtype=int)]
    data = [-entries.data[rest] * policy[state, action], np.ones(2 * n_states - 1)]
    place = np.concatenate(rows), np.concatenate(columns)
    return splu(csc_array((np.concatenate(data), place), shape=(n_states, n_states)))


def _orthonormal(rows: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the rows' span whose first vector is along the first row."""
    first = rows[0] / np.linalg.norm(rows[0])
    rest = rows[1:] - np.outer(rows[1:] @ first, first)
    _, sizes, axes = np.linalg.svd(rest, full_matrices=False)
    return np.vstack([first, axes[sizes > 1e-9]])


def _log_sum_exp(rows: np.ndarray) -> np.ndarray:
    largest = rows.max(axis=1)
    return largest + np.log(np.exp(rows - largest[:, None]).sum(axis=1))


def _as_moves(transitions) -> list:
    """Checked transitions as one sparse matrix per action."""
    if isinstance(transitions, Sequence) and transitions and all(map(issparse, transitions)):
        moves = [csr_array(matrix, dtype=float) for matrix in transitions]
    else:
        dense = as_floats("transitions", transitions)
        if dense.ndim != 3 or dense.shape[0] != dense.shape[2] or not dense.size:
            raise ValueError(
                f"transitions must be (n_states, n_actions, n_states), got shape {dense.shape}"
            )
        dense = check_rows("transitions", dense)
        moves = [csr_array(dense[:, a]) for a in range(dense.shape[1])]
    n_states = moves[0].shape[0]
    for a, move in enumerate(moves):
        if move.shape != (n_states, n_states):
            raise ValueError(
                f"transitions of action {a} must be ({n_states}, {n_states}), got {move.shape}"
            )
        if not (move.data >= 0).all():  # rows are checked below; this also catches NaN
            raise ValueError(f"transitions of action {a} must hold probabilities from 0 to 1")
        sums = np.asarray(move.sum(axis=1))[:, None]
        if check_rows(f"transitions of action {a}", sums) is not sums:
            moves[a] = csr_array(move.multiply(1 / sums))
    check_reachable("transitions", sum(moves))
    return moves
