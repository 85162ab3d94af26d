import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import rel_entr

from iblrnn_helpers.inverse_rl.one_agent.mdp import infer_mdp_reward, solve_mdp


def random_mdp(n_states, n_actions, seed):
    random = np.random.default_rng(seed)
    transitions = random.dirichlet(np.ones(n_states), size=(n_states, n_actions))
    return transitions, random.normal(size=n_states)


def objective(policy, transitions, reward, temperature):
    """L of a policy by its definition: mean reward less T times the mutual information."""
    step = np.einsum("sa,sat->st", policy, transitions)
    n = len(step)
    law = np.linalg.lstsq(np.vstack([(step - np.eye(n)).T, np.ones(n)]), np.eye(n + 1)[n])[0]
    joint = law[:, None] * policy
    information = np.sum(rel_entr(joint, np.outer(law, joint.sum(axis=0))))
    return law @ reward - temperature * information, law, information


@pytest.mark.parametrize("seed", range(3))
def test_no_policy_is_better(seed):
    transitions, reward = random_mdp(3, 2, seed)
    found = solve_mdp(transitions, reward, 0.2)

    def loss(logits):
        right = 1 / (1 + np.exp(-logits))
        return -objective(np.stack([1 - right, right], 1), transitions, reward, 0.2)[0]

    random = np.random.default_rng(seed)
    best = max(-minimize(loss, random.normal(size=3) * 2, tol=1e-10).fun for _ in range(6))
    # The optimum is flat: a minimiser that stops within 1e-4 of it is 1e-8 below.
    assert found.objective == pytest.approx(best, abs=1e-7)


def test_a_solution_is_what_it_says():
    transitions, reward = random_mdp(7, 3, 5)
    found = solve_mdp(transitions, reward, 0.4)
    policy = np.exp(found.log_policy)
    value, law, information = objective(policy, transitions, reward, 0.4)
    assert found.converged
    np.testing.assert_allclose(policy.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found.stationary, law, atol=1e-12)
    np.testing.assert_allclose(found.marginal, law @ policy, atol=1e-9)
    assert found.objective == pytest.approx(value, abs=1e-9)
    assert found.cost == pytest.approx(information, abs=1e-9)
    assert found.reward_rate == pytest.approx(law @ reward, abs=1e-12)
    # Bellman, written out.
    future = np.einsum("sat,t->sa", transitions, found.value) / 0.4
    right_side = reward + 0.4 * np.log(np.sum(found.marginal * np.exp(future), axis=1))
    np.testing.assert_allclose(found.objective + found.value, right_side, atol=1e-9)
    assert found.residual < 1e-9
    # Solved exactly at each step, so only rounding may lower it.
    assert np.diff(found.history).min() > -1e-13
    assert len(found.history) == found.n_iterations


def test_sparse_and_dense_transitions_are_the_same():
    transitions, reward = random_mdp(5, 3, 1)
    dense = solve_mdp(transitions, reward, 0.3)
    sparse = solve_mdp([csr_array(transitions[:, a]) for a in range(3)], reward, 0.3)
    np.testing.assert_allclose(sparse.log_policy, dense.log_policy, atol=1e-12)


def test_probabilities_of_32_bits_are_probabilities():
    transitions, reward = random_mdp(5, 3, 1)
    exact = solve_mdp(transitions, reward, 0.3)
    rough = transitions.astype(np.float32)
    for given in (rough, [csr_array(rough[:, a]) for a in range(3)]):
        found = solve_mdp(given, reward, 0.3)
        # Log probabilities that are off by the 6e-8 of a 32-bit number, and some.
        np.testing.assert_allclose(found.log_policy, exact.log_policy, atol=1e-6)
        # To the solver's own precision only if the rows that it uses add up to 1.
        np.testing.assert_allclose(np.exp(found.log_policy).sum(axis=1), 1, atol=1e-12)
    policy = exact.log_policy.astype(np.float32), exact.marginal.astype(np.float32)
    found = infer_mdp_reward(*policy, transitions, 0.3)
    # Errors of log probabilities of a few, in 32 bits, times the least squares' condition.
    np.testing.assert_allclose(found.reward, reward - reward.min(), atol=1e-4)


@pytest.mark.parametrize(("n_states", "n_actions"), [(2, 2), (6, 3), (20, 5)])
def test_the_inverse_of_the_solution_is_the_reward(n_states, n_actions):
    transitions, reward = random_mdp(n_states, n_actions, n_states)
    solution = solve_mdp(transitions, reward, 0.3)
    found = infer_mdp_reward(solution.log_policy, solution.marginal, transitions, 0.3)
    np.testing.assert_allclose(found.reward, reward - reward.min(), atol=1e-10)
    assert found.null_space_dim == 1
    assert found.residual < 1e-10


def test_an_action_never_taken_is_left_out():
    transitions, reward = random_mdp(4, 3, 9)
    solution = solve_mdp(transitions[:, :2], reward, 0.3)
    log_policy = np.column_stack([solution.log_policy, np.full(4, -np.inf)])
    found = infer_mdp_reward(log_policy, [*solution.marginal, 0], transitions, 0.3)
    np.testing.assert_allclose(found.reward, reward - reward.min(), atol=1e-10)


def test_what_no_action_can_change_is_in_the_null_space():
    # Two parts of the state: one that actions move, and three inputs that they do not.
    part, _ = random_mdp(2, 2, 0)
    inputs = np.random.default_rng(1).dirichlet(np.ones(3), size=3)
    transitions = np.einsum("sat,xy->sxaty", part, inputs).reshape(6, 2, 6)
    reward = np.random.default_rng(2).normal(size=6)
    solution = solve_mdp(transitions, reward, 0.3)
    found = infer_mdp_reward(solution.log_policy, solution.marginal, transitions, 0.3)
    assert found.null_space_dim == 3
    gram = found.null_space @ found.null_space.T
    np.testing.assert_allclose(gram, np.eye(3), atol=1e-12)
    difference = found.reward - reward
    left = difference - (difference @ found.null_space.T) @ found.null_space
    np.testing.assert_allclose(left, 0, atol=1e-10)
    shifted = solve_mdp(transitions, reward + [1, 2] @ found.null_space[1:], 0.3)
    np.testing.assert_allclose(shifted.log_policy, solution.log_policy, atol=1e-8)


def test_without_any_influence_nothing_can_be_inferred():
    law = np.full((3, 2, 3), 1 / 3)
    solution = solve_mdp(law, np.array([0.0, 1.0, 5.0]), 0.3)
    assert solution.cost == pytest.approx(0, abs=1e-12)
    found = infer_mdp_reward(solution.log_policy, solution.marginal, law, 0.3)
    assert found.null_space_dim == 3


def test_bad_input_is_refused():
    transitions, reward = random_mdp(3, 2, 0)
    for temperature in (0, -1.0, np.nan):
        with pytest.raises(ValueError, match="temperature must be"):
            solve_mdp(transitions, reward, temperature)
    with pytest.raises(ValueError, match=r"row \d, \d has 1\.9$"):
        solve_mdp(transitions * 1.9, reward, 1.0)
    with pytest.raises(ValueError, match="probabilities"):
        solve_mdp(-transitions, reward, 1.0)
    with pytest.raises(ValueError, match="reward must be"):
        solve_mdp(transitions, reward[:2], 1.0)
    with pytest.raises(ValueError, match="transitions must be"):
        solve_mdp(transitions[0], reward, 1.0)
    trap = np.zeros((3, 1, 3))
    trap[:, 0] = [[0, 1, 0], [1, 0, 0], [1, 0, 0]]
    with pytest.raises(ValueError, match=r"reachable.*number 2\b"):
        solve_mdp(trap, reward, 1.0)
    with pytest.raises(ValueError, match="log_policy must be"):
        infer_mdp_reward(np.zeros((3, 3)), np.ones(2) / 2, transitions, 1.0)
    apart = np.zeros((2, 2, 2))
    apart[[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]] = 1  # stay or change; without the second, stay
    stays = np.array([[0, -np.inf], [0, -np.inf]])
    with pytest.raises(ValueError, match="log_policy: every state must be reachable"):
        infer_mdp_reward(stays, [1, 0], apart, 1.0)
