"""Models of one's own in the comparison: planted, they win, elsewhere not, and none is trusted."""

import doctest
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.signal import fftconvolve
from scipy.special import expit

import iblrnn_helpers as ibl
from iblrnn_helpers.mice import expectations
from iblrnn_helpers.mice.alf import mouse_from_alf
from iblrnn_helpers.mice.choice_model import Prediction, gains, predict_choices
from iblrnn_helpers.mice.own_models import candidates
from iblrnn_helpers.mice.record import MiceTask, Mouse, MouseTrials

N_SESSIONS, N_TRIALS = 10, 300


def world(task=None, p_left=(0.8, 0.2), seed=0):
    """The trials of a mouse in blocks of 50."""
    rng = np.random.default_rng(seed)
    n, task = N_SESSIONS * N_TRIALS, task or MiceTask()
    place = np.tile(np.arange(N_TRIALS), N_SESSIONS)
    kind = (place // 50 + np.repeat(np.arange(N_SESSIONS), N_TRIALS)) % len(p_left)
    left = np.array(p_left)[kind]
    return MouseTrials(
        session=np.repeat(np.arange(N_SESSIONS), N_TRIALS),
        block=place // 50,
        trial_in_block=place % 50,
        block_side=np.sign(0.5 - left).astype(np.int8),
        side=np.where(rng.random(n) < left, -1, 1).astype(np.int8),
        strength=rng.choice(task.contrasts, n),
        task=task,
    )


def stay_after_wins(mouse, weight=1.0):
    """The last choice if it was rewarded, and nothing if it was not."""
    expected = np.append(0.0, weight * (mouse.choice * mouse.correct)[:-1])
    expected[mouse.trials.session_start[:-1]] = 0
    return expected


def mouse_who(trials, expects, seed=1):
    """Choices drawn by the link, one after another; ``expects`` knows side and choice before."""
    rng = np.random.default_rng(seed)
    seen = trials.side * np.tanh(5 * trials.strength)
    choice, state = np.zeros(len(trials), dtype=np.int8), None
    first = set(trials.session_start.tolist())
    for n in range(len(trials)):
        state = None if n in first else (trials.side[n - 1], choice[n - 1], state)
        x, state = expects(state)
        p = 0.03 + 0.94 * expit(0.1 + 3 * seen[n] + x)
        choice[n] = 1 if rng.random() < p else -1
    return Mouse(trials, "Ada", choice, np.full(len(trials), 0.3))


def wins(state):
    if state is None:
        return 0.0, None
    side, choice, _ = state
    return 1.5 * choice * (choice == side), None


def sides(state, decay=0.8):
    """Log odds of a leaky average of the past sides."""
    average = 0.5 if state is None else decay * state[2] + (1 - decay) * (state[0] > 0)
    return np.log(average / (1 - average)), average


def gained(mouse, own, **more):
    found = predict_choices(mouse, candidates(mouse, own, **more))
    return gains({"Ada": found}).loc["Ada"], found


def test_a_planted_model_of_ones_own_wins_and_elsewhere_it_does_not():
    own = {"own": stay_after_wins, "own, in variants": [np.zeros(N_SESSIONS * N_TRIALS)]}
    own["own, in variants"].append(lambda mouse: stay_after_wins(mouse, weight=7.0))
    mouse = mouse_who(world(), wins)
    found, prediction = gained(mouse, own)
    rivals = found.drop(["own", "own, in variants"])
    # Weights are worth about 1 / (2 n log 2) bits each, 0.2 thousandths.
    assert found["own"] > rivals.max() + 5
    assert prediction.chosen["own, in variants"] == 1  # the weight is fitted, so 7 is no other
    assert found["own, in variants"] == pytest.approx(found["own"], abs=0.2)
    # No model predicts better than the one that drew the choices, but for luck of 2,999 draws.
    x = 1.5 * stay_after_wins(mouse)
    p = 0.03 + 0.94 * expit(0.1 + 3 * mouse.trials.side * np.tanh(5 * mouse.trials.strength) + x)
    true = np.log2(np.where(mouse.choice > 0, p, 1 - p)).mean()
    assert prediction.bits["own"] == pytest.approx(true, abs=0.004)

    found, _ = gained(mouse_who(world(), sides), own)
    assert found.index[0] == "average of sides" and found["average of sides"] > found["own"] + 5


def test_an_agent_of_ones_own_plays_the_mouses_trials():
    """The Bayesian actor is told the sides, so it expects what the exact filter does."""
    blocks = ibl.task.Blocks((0.1, 0.5, 0.8), lengths=(50, 50, 50))
    task = ibl.TaskParams(blocks=blocks, strengths=(0, 1), strength_probabilities=(0.3, 0.7))
    of_mice = MiceTask(contrasts=(0.0, 0.3, 2.0), probabilities=(0.9, 0.5, 0.2))
    trials = world(of_mice, p_left=(0.9, 0.5, 0.2))
    mouse = Mouse(trials, "Ada", trials.side, np.full(len(trials), 0.3))
    more = {"params": task, "seed": 0, "strengths": {0.0: 0.0, 0.3: 1.0, 2.0: 2.0}}
    found = candidates(mouse, {"actor": ibl.BayesianActor(task)}, **more)
    # Log odds of probabilities that are 1e-12 off.
    np.testing.assert_allclose(found["actor"][0], found["Bayes, exact"][0], atol=1e-9)
    assert "Bayes, Markov" not in found  # which has no such blocks
    with pytest.raises(ValueError, match="seed must be given, of the noise that the agent own"):
        candidates(mouse, {"actor": ibl.BayesianActor(task)}, params=task)
    for wrong, message in (
        (None, r"strengths must stand for all contrasts, which are 0 to 1 there, got 2"),
        ({0.0: 0.0, 0.3: 1.0}, "which are 0 to 0.3 there, got 2"),
        ({}, "strengths must be a dict of contrasts to strengths"),
        ({0.0: 0.0, 2.0: -1.0}, "strengths must be at least 0"),
    ):
        with pytest.raises(ValueError, match=message):
            candidates(mouse, {"a": ibl.BayesianActor(task)}, **more | {"strengths": wrong})

    class Sure(ibl.Agent):
        def reset(self, n_sessions):
            pass

        def step(self, inputs):
            return np.full(len(inputs), 1.5)

    with pytest.raises(ValueError, match=r"must return probabilities in \[0, 1\], got 1\.5"):
        candidates(mouse, {"sure": Sure()}, **more)


@pytest.mark.parametrize("probabilities", [(0.9, 0.5, 0.1), (0.75, 0.4)])
def test_observers_of_another_task_are_told_of_it(probabilities):
    trials = world(MiceTask(probabilities=probabilities), p_left=probabilities)
    mouse = Mouse(trials, "Ada", trials.side, np.full(len(trials), 0.3))
    with pytest.raises(ValueError, match=r"params must be given, .* other than \(0.2, 0.5, 0.8\)"):
        candidates(mouse)
    with pytest.raises(ValueError, match="params must be a TaskParams, got dict"):
        candidates(mouse, params={})
    task = ibl.TaskParams(concordance=0.9, hazard=0.1)
    found = candidates(mouse, params=task)
    np.testing.assert_array_equal(found["Bayes, Markov"][0], expectations.markov(trials, task))
    assert not np.array_equal(found["Bayes, Markov"][0], expectations.markov(trials))
    ours = ibl.sample_trials(ibl.TaskParams(blocks="ibl"), n_sessions=2, n_blocks=3, seed=0)
    session = ibl.rollout(ibl.BayesianActor(ours.params), ours)
    assert candidates(session)["true block"]
    other = ibl.sample_trials(replace(task, concordance=0.7), n_sessions=2, n_blocks=3, seed=0)
    with pytest.raises(ValueError, match="params must be given"):
        candidates(ibl.rollout(ibl.BayesianActor(other.params), other))


@pytest.fixture(scope="module")
def ada():
    return mouse_who(world(), wins)


def shifted(values):
    return np.append(0.0, values[:-1].astype(float))


RNG = np.random.default_rng(3)
LEAKS = {
    "this choice": lambda m: 1.0 * m.choice,
    "whether this is correct": lambda m: 1.0 * m.correct,
    "both": lambda m: shifted(m.choice) * m.correct,
    "this side": lambda m: 1.0 * m.trials.side,
    "this strength": lambda m: shifted(m.choice) * m.trials.strength,
    "this time": lambda m: shifted(m.choice) * m.reaction_time,
    "this choice, faintly": lambda m: 1e-9 * m.choice,
    "the next choice": lambda m: np.append(m.choice[1:], 0.0),
    "a fit to all": lambda m: shifted(m.choice) * m.correct.mean(),
    "chance": lambda m: RNG.random(len(m.trials)),
    "one of two": lambda m: np.column_stack([shifted(m.choice), m.choice]),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_what_knows_a_trial_before_it_comes_is_refused(ada, leak):
    with pytest.raises(
        ValueError, match=r"own\['x'\] must rest on the trials before each one, got"
    ):
        candidates(ada, {"x": leak})


OF_THIS_TRIAL = {
    "choice": LEAKS["this choice"],
    "correct": LEAKS["whether this is correct"],
    "time-out": lambda m: 1.0 * m.timed_out,
    "time": lambda m: np.nan_to_num(m.reaction_time),
}


@pytest.mark.parametrize("leak", OF_THIS_TRIAL.values(), ids=OF_THIS_TRIAL)
def test_what_knows_a_trial_is_refused_of_a_mouse_that_seldom_chooses(ada, leak):
    # In no trial at which it is asked again; some agents let half of their trials time out.
    never = np.ones(len(ada.trials), dtype=bool)
    never[ada.trials.session_start[:-1]] = False
    choice, time = np.where(never, 0, ada.choice), np.where(never, np.nan, ada.reaction_time)
    with pytest.raises(ValueError, match=r"own\['x'\] must rest on the trials before each one"):
        candidates(replace(ada, choice=choice, reaction_time=time), {"x": leak})


HONEST = {
    "the block": lambda m: 1.0 * m.trials.block_side,
    "choices before": lambda m: shifted(m.choice),
    "two before": lambda m: np.column_stack([shifted(m.choice), shifted(m.trials.side)]),
    "place in the block": lambda m: m.trials.block_side * m.trials.trial_in_block / 50,
    # A convolution by Fourier's way is the same but for rounding.
    "a filter": lambda m: fftconvolve(shifted(m.choice), 0.9 ** np.arange(99))[: len(m.trials)],
}


@pytest.mark.parametrize("model", HONEST.values(), ids=HONEST)
def test_what_rests_on_the_past_is_taken_as_it_is(ada, model):
    (found,) = candidates(ada, {"x": model})["x"]
    np.testing.assert_array_equal(found, model(ada))


WRONG = {
    "too short": (lambda m: np.zeros(3), "must have 3000 trials, got shape"),
    "a number": (lambda m: 0.5, "must have 3000 trials, got shape"),
    "nothing": (lambda m: None, "must have 3000 trials, got shape"),
    "nan": (lambda m: np.full(3000, np.nan), "must be finite, got NaN"),
    "a sure thing": (lambda m: np.where(m.trials.block > 1, np.inf, 0), "must be finite"),
    "large": (lambda m: np.full(3000, 1e4), "must be log odds of at most 1,000 in size, got 10000"),
    "words": (lambda m: np.full(3000, "left"), "must be real numbers"),
    "complex": (lambda m: np.full(3000, 1j), "must be real numbers"),
    "masked": (lambda m: np.ma.masked_all(3000), "must have no masked values, got 3,000"),
    "cube": (lambda m: np.zeros((3000, 2, 2)), "must have 3000 trials, got shape"),
    "no column": (lambda m: np.zeros((3000, 0)), "must be an array"),
    "array, nan": (np.full(3000, np.nan), "must be finite, got NaN"),
    "array, short": (np.zeros(4), "must have 3000 trials, got shape"),
    "a text": ("bayes", "must be an array, a function or an agent, .* got 'bayes'"),
    "numbers": ([0.5, 0.2], "must be an array, a function or an agent, .* got 0.5"),
    "a class": (ibl.BayesianActor, "must be an array, a function or an agent"),
    "a network": (torch.nn.Linear(3, 2), "must be an array, a function or an agent"),
    "none": ([], "must be a model or several, got none"),
}


@pytest.mark.parametrize("model, message", WRONG.values(), ids=WRONG)
def test_what_cannot_be_an_expectation_is_named(ada, model, message):
    with pytest.raises(ValueError, match=rf"own\['mine'\] {message}"):
        candidates(ada, {"mine": model})


def test_names_and_tables_of_candidates_are_checked(ada):
    with pytest.raises(ValueError, match="own must have names other than stimulus alone, true bl"):
        candidates(ada, {"true block": stay_after_wins})
    with pytest.raises(ValueError, match="own must be a dict of names to models, got <function"):
        candidates(ada, stay_after_wins)
    with pytest.raises(ValueError, match=r"candidates\['x'\] must be finite"):
        predict_choices(ada, {"x": [np.full(3000, np.nan)]})
    with pytest.raises(ValueError, match=r"predictions\['Ada'\] must have .*alone.* got x"):
        gains({"Ada": Prediction({"x": 0.1}, {}, 3, 2)})
    # Only trials that count need a value.
    some = ada.trials.block > 0
    part = replace(ada, choice=np.where(some, ada.choice, 0))
    known = stay_after_wins(part)
    found = [
        predict_choices(part, {"stimulus alone": [], "x": [one]}).bits
        for one in (known, np.where(some, known, np.nan))
    ]
    assert found[0] == found[1]


def test_arrays_stay_as_they_are(ada):
    before = [getattr(ada.trials, name).copy() for name in ("side", "strength", "block")]
    given = stay_after_wins(ada)
    given.flags.writeable = False
    buffer = np.zeros(3000)

    def into_a_buffer(mouse):
        buffer[:] = stay_after_wins(mouse)
        return buffer

    def that_writes(mouse):
        mouse.choice[0] = 1
        return buffer

    found = candidates(ada, {"array": given, "buffer": into_a_buffer})
    buffer[:] = 0
    np.testing.assert_array_equal(found["buffer"][0], given)
    with pytest.raises(ValueError, match="read-only"):
        candidates(ada, {"x": that_writes})
    predict_choices(ada, found)
    for name, values in zip(("side", "strength", "block"), before, strict=True):
        np.testing.assert_array_equal(getattr(ada.trials, name), values)
    np.testing.assert_array_equal(given, stay_after_wins(ada))


def test_contrasts_in_percent_are_the_same_comparison(ada):
    hundred = MiceTask(contrasts=tuple(100 * c for c in ada.trials.task.contrasts))
    trials = replace(ada.trials, task=hundred, strength=100 * ada.trials.strength)
    other, models = replace(ada, trials=trials), {"stimulus alone": [], "x": [stay_after_wins(ada)]}
    one, another = (predict_choices(mouse, models).bits for mouse in (ada, other))
    assert one == pytest.approx(another, abs=1e-9)  # 100 * 0.07 / 100 is 0.07 but for rounding


@pytest.mark.parametrize("thing", [candidates, mouse_from_alf])
def test_examples_run(thing):
    runner = doctest.DocTestRunner(verbose=False)
    for example in doctest.DocTestFinder().find(thing, "x", sys.modules[thing.__module__], {}):
        runner.run(example)
    assert runner.tries and not runner.failures
