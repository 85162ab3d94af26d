"""Beliefs before a trial: against other observers, planted courses and a jackknife."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from iblrnn_helpers.agents.bayes import BayesianActor, observe
from iblrnn_helpers.behavior import beliefs
from iblrnn_helpers.core.crossed_effects import jackknife
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout


@pytest.fixture(scope="module")
def session():
    params = TaskParams()
    trials = sample_trials(params, n_sessions=50, n_blocks=4, seed=3)
    return rollout(BayesianActor(params, "exponential"), trials)


def believing(session, p_right):
    """The session of an agent that believes this before each trial's first observation."""
    before = session.p_right.copy()
    before[:, 1] = p_right
    return replace(session, p_right=before)


def test_who_believes_what_the_observer_believes_becomes_the_observer(session):
    observer = observe(session)
    exact = observer.p_right[:, 1]
    shrunk = expit(0.3 * logit(exact) + 0.2)  # the same belief, in a voice of its own
    found = beliefs.from_own_belief(believing(session, shrunk))
    # The two numbers of the fit rest on 10,000 trials: hardly a choice depends on their error.
    assert np.mean(found == observer.choice) > 0.99
    assert np.mean(found == session.choice) < 0.95


def test_who_believes_nothing_becomes_the_blockless_observer(session):
    found = beliefs.from_own_belief(believing(session, 0.5))
    assert np.mean(found == observe(session, "blockless").choice) > 0.99


def test_certainty_has_finite_log_odds(session):
    certain = believing(session, np.where(session.trials.side > 0, 1.0, 0.0))
    assert (beliefs.from_own_belief(certain) == session.trials.side).all()


def test_favours_block_by_hand(session):
    block_side = session.trials.block_side
    knows = np.arange(len(block_side)) % 4 > 0  # three of four
    told = believing(session, np.where(knows == (block_side > 0), 0.6, 0.4))
    assert (beliefs.favours_block(told) == knows).all()
    by_trial = beliefs.block_known_by_trial(told)
    after = session.trials.block > 0
    assert by_trial.n.sum() == after.sum()
    third = after & (session.trials.trial_in_block == 2)
    assert by_trial.mean[2] == pytest.approx(knows[third].mean())


def test_a_task_without_blank_steps_has_no_time_before(session):
    trials = replace(session.trials, params=replace(session.trials.params, n_blank_steps=0))
    shown = {"n_steps": session.n_steps - 2, "p_right": session.p_right[:, 2:]}
    with pytest.raises(ValueError, match="n_blank_steps must be at least 1"):
        beliefs.right_before(replace(session, trials=trials, **shown))


def test_turning_trial_of_a_planted_course(session):
    trials = session.trials
    late = trials.trial_in_block >= 3
    third = trials.trial_in_block == 2
    # Three quarters of the blocks turn on their third trial, the others on the fourth.
    follows = late | (third & (trials.block_index % 4 > 0))
    after = trials.block > 0
    share = follows[after & third].mean()
    found = beliefs.turning_trial(follows, trials)
    assert found.value == pytest.approx(2 + 0.5 / share)  # 0 on the second, `share` on the third
    first_blocks = np.unique(trials.block_index[~after])
    assert (found.influence[first_blocks] == 0).all()
    assert np.isnan(beliefs.turning_trial(np.zeros(len(trials), dtype=bool), trials).value)
    assert beliefs.turning_trial(np.ones(len(trials), dtype=bool), trials).value == 1
    not_second = trials.trial_in_block != 1  # then the first is the one before
    wide = beliefs.turning_trial(follows, trials, where=not_second)
    assert wide.value == pytest.approx(1 + 2 * 0.5 / share)
    odd = trials.side > 0
    some = beliefs.turning_trial(follows | ~odd, trials, where=odd)
    assert some.value == pytest.approx(2 + 0.5 / follows[after & third & odd].mean())


def test_turning_trial_has_the_error_of_leaving_out_one_block_at_a_time(session):
    trials = session.trials
    follows = beliefs.favours_block(observe(session))
    found = beliefs.turning_trial(follows, trials)
    oracle = jackknife(
        lambda keep: beliefs.turning_trial(follows, trials, where=keep).value, trials.block_index
    )
    assert found.value == pytest.approx(oracle.value) and 2 < found.value < 8
    widths = (np.diff(one.measured().interval)[0] for one in (found, oracle))
    assert next(widths) == pytest.approx(next(widths), rel=0.1)  # linearised; 150 blocks
