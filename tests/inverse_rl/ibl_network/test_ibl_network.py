"""Part I as a decision process: the process, planted rewards, predictions of a known agent."""

from dataclasses import replace

import numpy as np
import pytest
import test_figures as demands  # what every figure has to satisfy

from iblrnn_helpers.inverse_rl.ibl_network import figures
from iblrnn_helpers.inverse_rl.ibl_network.beliefs import (
    BELIEF_EDGES,
    BELIEF_MIDDLES,
    LEFT,
    N_BELIEFS,
    RIGHT,
    WAIT,
    belief_process,
    count_actions,
    encode,
    mirrored,
    parts,
)
from iblrnn_helpers.inverse_rl.ibl_network.goal import (
    OUTCOME_REWARD,
    Goal,
    best_policy,
    best_policy_at_shares,
    infer_goal,
)
from iblrnn_helpers.inverse_rl.ibl_network.predictions import (
    PREDICTIONS,
    REOPTIMISED,
    SAME_NETWORK,
    SAME_POLICY,
    RetrainingPrediction,
    TrialSummary,
    behavior_of_policy,
    behavior_of_session,
    difference,
    everywhere,
    predict,
    share_of_wins,
)
from iblrnn_helpers.inverse_rl.one_agent.mdp import infer_mdp_reward, solve_mdp
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.session import Session

TASK = TaskParams(n_observations=5)
PLANTED = np.array([4.0, -7.0])


def world(task, n_sessions=8):
    codes = encode(sample_trials(task, n_sessions=n_sessions, n_blocks=20, seed=3))
    return codes, belief_process(codes)


def play(codes, policy, seed):
    """Sessions of an agent that draws its actions from a policy of beliefs."""
    rng = np.random.default_rng(seed)
    taken = policy[codes.code]
    draw = rng.random(codes.code.shape)
    action = (draw > taken[:, :, LEFT]).astype(int) + (draw > taken[:, :, :RIGHT].sum(axis=2))
    acts = action != WAIT
    n_observations = codes.code.shape[1]
    last = np.where(acts.any(axis=1), acts.argmax(axis=1), n_observations - 1)
    choice = (action[np.arange(len(last)), last] - 1).astype(np.int8)
    n_blank = codes.trials.params.n_blank_steps
    n_steps = n_blank + last + 1
    # Sessions need probabilities; no analysis here reads them.
    p_right = np.where(
        np.arange(n_blank + n_observations) < n_steps[:, None], 0.5 + 0.0 * n_steps[:, None], np.nan
    )
    return Session(codes.trials, "planted", choice, n_steps, p_right)


def planted_goal(process, weights=PLANTED):
    policy, shares = np.zeros((process.n_choices, 3)), np.full(3, 1 / 3)
    return Goal(OUTCOME_REWARD, np.asarray(weights), policy, shares, 0.0, 0, True)


@pytest.fixture(scope="module")
def first():
    codes, process = world(TASK)
    solution = best_policy(process, planted_goal(process))
    return codes, process, solution


def test_codes_are_those_of_the_observers_belief_and_mirror_each_other(first):
    codes, _, _ = first
    observation, prior, belief = parts(codes.code)
    assert (observation == np.arange(TASK.n_observations)).all()
    assert (prior == codes.prior[:, None]).all()
    np.testing.assert_array_equal(mirrored(mirrored(codes.code)), codes.code)
    right = codes.trials.side > 0
    strong = codes.trials.strength == 2.5
    # A strong stimulus is all but certain after five observations.
    assert (belief[right & strong, -1] >= belief.max() - 1).mean() > 0.9
    flipped = replace(
        codes.trials,
        side=-codes.trials.side,
        block_side=-codes.trials.block_side,
        observations=np.ascontiguousarray(codes.trials.observations[:, :, ::-1]),
    )
    # Beliefs exactly on an edge would not mirror; the prior 1/2 is in the middle of its bin.
    assert (encode(flipped).code == mirrored(codes.code)).mean() > 0.999


def test_the_process_says_what_the_trials_say(first):
    codes, process, _ = first
    for move in process.moves:
        np.testing.assert_allclose(move.sum(axis=1), 1, atol=1e-12)
    # From a state, waiting leads where trials went (and their mirror images).
    state = np.argmax(np.bincount(codes.code[:, 1], minlength=codes.n_codes)[process.code])
    here = process.code[state]
    both = np.concatenate([codes.code, mirrored(codes.code)])
    went = both[both[:, 1] == here, 2]
    there, n = np.unique(went, return_counts=True)
    row = process.moves[WAIT].toarray()[state]
    np.testing.assert_allclose(row[np.searchsorted(process.code, there)], n / n.sum(), atol=1e-12)
    # Choosing right is correct with the probability of right, one step later.
    correct = process.reward("correct")
    np.testing.assert_allclose(
        (process.moves[RIGHT] @ correct)[: process.n_choices], process.p_right, atol=1e-12
    )
    np.testing.assert_allclose(
        (process.moves[LEFT] @ correct)[: process.n_choices], 1 - process.p_right, atol=1e-12
    )


@pytest.mark.parametrize("n_blank", [1, 2, 3])
def test_reward_rates_of_the_process_are_those_of_the_trials(n_blank):
    codes, process = world(replace(TASK, n_blank_steps=n_blank))
    solution = best_policy(process, planted_goal(process))
    table = everywhere(np.exp(solution.log_policy[: process.n_choices]), process.code, codes)
    behavior = behavior_of_policy(codes, table)
    ended = solution.stationary[process.outcome >= 0].sum()
    # 8,000 trials at hand; the process also knows their mirror images and forgets what lies
    # within a bin.
    assert 1 / ended == pytest.approx(behavior.n_steps, rel=0.01)
    right = solution.stationary @ process.reward("correct") / ended
    assert right == pytest.approx(behavior.correct, abs=0.01)


def test_an_exact_policy_gives_its_reward_back_exactly(first):
    codes, process, solution = first
    counts = np.zeros((codes.n_codes, 3))
    # As many actions as if the exact policy had been seen for ever.
    policy = np.exp(solution.log_policy[: process.n_choices])
    counts[process.code] = 1e12 * solution.stationary[: process.n_choices, None] * policy
    goal = infer_goal(process, counts)
    assert goal.converged
    # solve_mdp stops at changes of 1e-7 of a probability.
    np.testing.assert_allclose(goal.weights, PLANTED, atol=1e-4)
    np.testing.assert_allclose(goal.policy, policy, atol=1e-5)
    # The general inverse knows no names; what it finds explains the policy as well.
    found = infer_mdp_reward(solution.log_policy, solution.marginal, list(process.moves), 1.0)
    assert found.residual < 1e-4
    difference = found.reward - goal.reward(process)
    difference = difference - (difference @ found.null_space.T) @ found.null_space
    # Values of states that differ little in what they lead to are determined poorly.
    assert np.abs(difference).max() < 0.02


def test_a_planted_reward_comes_back_from_sessions(first):
    codes, process, solution = first
    policy = everywhere(np.exp(solution.log_policy[: process.n_choices]), process.code, codes)
    goals = [infer_goal(process, count_actions(codes, play(codes, policy, k))) for k in (1, 2, 3)]
    weights = np.stack([goal.weights for goal in goals])
    # The spread between sessions of 8,000 trials is about 0.1.
    np.testing.assert_allclose(weights.mean(axis=0), PLANTED, atol=0.3)


def test_feedback_is_the_same_reward_in_other_terms(first):
    _, process, solution = first
    choice, waiting = planted_goal(process).as_feedback(TASK)
    # c = 0.75 on each of two steps between trials: 4 + 1.5 = 5.5 = -(-7 + 1.5).
    assert (choice, waiting) == pytest.approx((5.5, 0.75 / 5.5))
    other = process.reward("correct") - process.reward("wrong")
    other[: process.n_choices] += waiting
    timed_out = 2 * waiting * process.reward("timed_out")
    again = solve_mdp(list(process.moves), choice * (other + timed_out), 1.0, tolerance=1e-7)
    np.testing.assert_allclose(again.log_policy, solution.log_policy, atol=1e-4)
    with pytest.raises(ValueError, match="names must be"):
        replace(planted_goal(process), names=("task",)).as_feedback(TASK)


def test_a_known_agent_is_predicted_better_by_its_reward_than_by_no_change(first):
    codes, process, solution = first
    policy = everywhere(np.exp(solution.log_policy[: process.n_choices]), process.code, codes)
    counts = count_actions(codes, play(codes, policy, 1))
    goal = infer_goal(process, counts)
    new_codes, new = world(replace(TASK, noise_sd=2.0))
    agents = {}
    for name, of, found in (("old", process, solution), ("new", new, best_policy(new, goal))):
        table = np.exp(found.log_policy[: of.n_choices])
        agents[name] = play(new_codes, everywhere(table, of.code, new_codes), 5)
    made = predict(goal, (process, counts), new_codes, new, agents["old"], agents["new"])
    wrong = min(made.divergence[SAME_POLICY], made.divergence[SAME_NETWORK])
    # What is left are frequencies in some 700 states, of 16,000 actions.
    assert made.divergence[REOPTIMISED] < 0.05 < wrong
    assert made.predicted[REOPTIMISED].n_steps == pytest.approx(made.retrained.n_steps, rel=0.02)
    assert share_of_wins([made], REOPTIMISED, SAME_POLICY) == 1
    assert share_of_wins([made], SAME_NETWORK, REOPTIMISED) == 0
    values = made.divergence[SAME_NETWORK] - made.divergence[REOPTIMISED]
    assert difference([made], SAME_NETWORK, REOPTIMISED) == (pytest.approx(values), None, None)
    same = difference([made, made], SAME_NETWORK, REOPTIMISED)
    assert same.interval == pytest.approx((values, values))


def test_at_its_own_shares_a_best_policy_stays_what_it_is(first):
    _, process, solution = first
    goal = replace(planted_goal(process), shares=solution.marginal)
    policy = np.exp(solution.log_policy[: process.n_choices])
    # Both stop at changes of 1e-7 of a probability.
    np.testing.assert_allclose(best_policy_at_shares(process, goal), policy, atol=1e-5)
    waiting = replace(goal, shares=np.array([0.05, 0.9, 0.05]))
    assert (best_policy_at_shares(process, waiting)[:, WAIT] > policy[:, WAIT]).mean() > 0.9


def test_behavior_of_a_policy_is_that_of_its_sessions(first):
    codes, process, solution = first
    policy = everywhere(np.exp(solution.log_policy[: process.n_choices]), process.code, codes)
    expected = behavior_of_policy(codes, policy)
    played = [behavior_of_session(codes, play(codes, policy, k)) for k in range(4)]
    # Four standard errors of 32,000 trials; a sixth of them at zero contrast.
    assert np.mean([b.n_steps for b in played]) == pytest.approx(expected.n_steps, abs=0.03)
    assert np.mean([b.correct for b in played]) == pytest.approx(expected.correct, abs=0.01)
    assert np.mean([b.block_use for b in played]) == pytest.approx(expected.block_use, abs=0.06)


def test_plain_errors(first):
    codes, process, _ = first
    other = sample_trials(TASK, n_sessions=1, n_blocks=1, seed=0)
    session = play(encode(other), np.full((codes.n_codes, 3), 1 / 3), 0)
    with pytest.raises(ValueError, match="session must be of the trials"):
        count_actions(codes, session)
    with pytest.raises(ValueError, match="n_blank_steps must be"):
        world(replace(TASK, n_blank_steps=0))
    with pytest.raises(ValueError, match="name must be"):
        process.reward("glory")


def test_waiting_is_counted_where_the_policy_would_wait(first):
    codes, process, _ = first
    counts = count_actions(codes, play(codes, np.full((codes.n_codes, 3), 1 / 3), 0))
    policy = np.full((process.n_choices, 3), [0.4, 0.2, 0.4])
    table = replace(planted_goal(process), policy=policy).waiting(process, counts)
    np.testing.assert_allclose(table["policy"], 0.2 * table["n"])
    assert table[["n", "wait"]].sum().tolist() == pytest.approx(
        [counts[process.code].sum(), counts[process.code, WAIT].sum()]
    )
    row = table[(table["observation"] == 0) & (table["belief"] == 5)].iloc[0]
    observation, _, belief = parts(np.arange(codes.n_codes))
    here = (observation == 0) & (belief == 5)
    assert (row["n"], row["wait"]) == (counts[here].sum(), counts[here, WAIT].sum())


def test_middles_of_beliefs_lie_in_their_bins_half_way_between_the_edges():
    bins = np.searchsorted(BELIEF_EDGES, BELIEF_MIDDLES, side="right")
    assert bins.tolist() == list(range(N_BELIEFS))
    inner = BELIEF_MIDDLES[1:-1]
    np.testing.assert_allclose(inner - BELIEF_EDGES[:-1], BELIEF_EDGES[1:] - inner)
    np.testing.assert_array_equal(BELIEF_MIDDLES, -BELIEF_MIDDLES[::-1])


WORLDS = {
    change: [
        RetrainingPrediction(
            TrialSummary(3.0 + pair, 0.8, 0.2),
            {
                name: TrialSummary(3.5 + pair, 0.7 + k / 10, 0.4)
                for k, name in enumerate(PREDICTIONS)
            },
            {one: 0.1 + pair + k for k, one in enumerate(PREDICTIONS)},
        )
        for pair in range(2)
    ]
    for change in ("noise 2", "1 blank step")
}
FIGURES = {
    "goal": lambda process, *seen: figures.fig_goal(
        [planted_goal(process).as_feedback(TASK)] * 2, process, *seen, -0.05
    ),
    "divergence": lambda *_: figures.fig_divergence(WORLDS),
    "behavior": lambda *_: figures.fig_predicted_behavior(WORLDS),
}


@pytest.fixture(scope="module")
def seen(first):
    codes, process, _ = first
    counts = count_actions(codes, play(codes, np.full((codes.n_codes, 3), 1 / 3), 0))
    return process, counts, infer_goal(process, counts)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_legible_and_drawn_where_told(name, seen):
    labelled = name != "divergence"  # whose rows are named by its ticks
    demands.is_fit_to_show(lambda: FIGURES[name](*seen), figures, labelled=labelled)


def test_the_goals_figure_draws_shares_of_waiting(seen):
    left, right = FIGURES["goal"](*seen).axes
    assert left.lines[0].get_ydata().tolist() == pytest.approx([0.75 / 5.5] * 2)
    waited = right.lines[0].get_ydata()
    # A third, but for five standard errors of the 50 actions that a bin must have.
    assert np.nanmax(np.abs(waited - 1 / 3)) < 5 * np.sqrt(2 / 9 / 50)


def test_errors_of_predictions_are_drawn_in_rows():
    lines = [line for line in figures.fig_divergence(WORLDS).axes[0].lines]
    assert [line.get_xdata().tolist() for line in lines[:2]] == [[0.1, 1.1], [1.1, 2.1]]
    assert [round(line.get_ydata()[0]) for line in lines] == [0] * 5 + [1] * 5
    steps, correct, _ = figures.fig_predicted_behavior(WORLDS).axes
    assert [line.get_xdata().tolist() for line in steps.lines[1:]] == [[0.5, 0.5]] * 10
    drawn = {line.get_label(): line.get_xdata()[0] for line in correct.lines[:6]}
    assert drawn.pop("retrained networks") == 0
    expected = {name: k / 10 - 0.1 for k, name in enumerate(PREDICTIONS)}
    assert drawn == pytest.approx(expected)
