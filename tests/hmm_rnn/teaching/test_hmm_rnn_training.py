"""Training learns, resumes to the same bits, and says what is wrong."""

import dataclasses
import json

import numpy as np
import pytest

from iblrnn_helpers.core.training_frame import DivergedError, load_checkpoint
from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.network import run
from iblrnn_helpers.hmm_rnn.teaching import training
from iblrnn_helpers.hmm_rnn.teaching.params import HmmRnnParams, Stage, fast_recipe, recipe
from iblrnn_helpers.hmm_rnn.teaching.training import TrainedHmmRnn, train

COIN = HiddenMarkovModel("coin", [1.0], [[1.0]], [[0.8, 0.2]])
STAGES = (
    Stage(7, 20, 5, 1.0, activity_penalty=0.01),
    Stage(6, 20, 6, 1.0, unbiased=True, learning_rate=1e-3, final_learning_rate=1e-4),
)


def small(**changes):
    return HmmRnnParams(COIN, **({"stages": STAGES, "n_units": 6, "n_inputs": 4} | changes))


def equal(one, two):
    return one.keys() == two.keys() and all((one[name] == two[name]).all() for name in one)


def test_it_learns_how_often_a_symbol_comes():
    stage = Stage(150, 64, 4, 2.0, learning_rate=0.01, final_learning_rate=1e-3, unbiased=True)
    trained = train(small(stages=(stage,), n_units=20), progress=False)
    frequency = run(trained.network, 200, 50, seed=1).probabilities[..., 0].mean()
    # Not trained it is 0.5; the last updates leave some hundredths.
    assert frequency == pytest.approx(0.8, abs=0.06)
    assert trained.history[:10, 0].mean() > 5 * trained.history[-30:, 0].mean()


@pytest.mark.parametrize("changes", [{}, {"biases": True, "nonlinearity": "tanh"}])
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, changes, monkeypatch):
    params, checkpoint = small(**changes), tmp_path / "checkpoint"
    whole = train(params, progress=False)

    class Interrupted(training_class()):
        def update(self, number):
            if number == 9:  # within the second stage
                raise KeyboardInterrupt
            return super().update(number)

    with monkeypatch.context() as patched:
        patched.setattr("iblrnn_helpers.hmm_rnn.teaching.update.Trainer", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(params, checkpoint=checkpoint, progress=False)
    resumed = train(params, checkpoint=checkpoint, progress=False)
    assert equal(resumed.weights, whole.weights)
    assert (resumed.history == whole.history).all()
    assert sorted(resumed.snapshots) == [0, 10, 13]
    assert all(equal(resumed.snapshots[k], whole.snapshots[k]) for k in whole.snapshots)
    assert (resumed.network_at(13).w_rec == resumed.network.w_rec).all()
    with pytest.raises(ValueError, match=r"n_updates must be one of \[0, 10, 13\], got 5"):
        resumed.network_at(5)


def training_class():
    from iblrnn_helpers.hmm_rnn.teaching.update import Trainer

    return Trainer


def test_a_diverging_run_stops_and_keeps_its_last_good_checkpoint(tmp_path):
    checkpoint = tmp_path / "checkpoint"
    # At this rate the weights, and with them the states, pass what a float32 can hold.
    stages = (STAGES[0], Stage(50, 20, 40, 1.0, learning_rate=1e4))
    with pytest.raises(DivergedError, match=r"diverged at update \d+.*smaller learning_rate"):
        train(small(stages=stages), checkpoint=checkpoint, checkpoint_seconds=0, progress=False)
    kept = load_checkpoint(
        checkpoint, {"params": dataclasses.asdict(small(stages=stages))}, training.code_of()
    )
    assert kept.n_done >= 7
    assert all(np.isfinite(v).all() for v in [kept.history, *kept.weights.values()])


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    checkpoint = tmp_path / "checkpoint"
    train(small(), checkpoint=checkpoint, progress=False)
    with pytest.raises(ValueError, match="another run: seed is 1 there and 2 here"):
        train(small(seed=2), checkpoint=checkpoint, progress=False)


def test_a_run_can_start_from_another():
    first = small(seed=3)
    start = train(first, progress=False).weights
    then = train(small(start_from=first), start=start, progress=False)
    assert equal(then.snapshots[0], start)
    with pytest.raises(ValueError, match="without one; got None"):
        train(small(start_from=first), progress=False)
    with pytest.raises(ValueError, match="None without one; got weights"):
        train(first, start=start, progress=False)
    with pytest.raises(ValueError, match="start_from must have the same n_units, 6, got 7"):
        small(start_from=small(n_units=7))


def test_a_recipe_survives_a_way_through_json():
    params = small(start_from=small(seed=2))
    assert HmmRnnParams.from_dict(json.loads(json.dumps(dataclasses.asdict(params)))) == params
    trained = train(small(), progress=False)
    arrays, metadata = trained.to_arrays()
    again = TrainedHmmRnn.from_arrays(arrays, json.loads(json.dumps(metadata)))
    assert again.params == trained.params
    assert equal(again.weights, trained.weights)


def test_learning_rates_fall_in_a_straight_line():
    params = small()
    rates = [params.stage_at(update)[2] for update in range(13)]
    assert rates[:7] == [1e-3] * 7
    np.testing.assert_allclose(rates[7:], 1e-3 - 9e-4 * np.arange(6) / 6)
    with pytest.raises(ValueError, match="update must be below 13, got 13"):
        params.stage_at(13)


@pytest.mark.parametrize("make", [recipe, fast_recipe])
@pytest.mark.parametrize("family", FAMILIES)
def test_there_is_a_recipe_for_each_family(family, make):
    params = make(family, 4, n_units=10)
    assert (params.hmm, params.seed, params.n_units) == (FAMILIES[family], 4, 10)
    assert params.start_from is None  # what all families share, none was given


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Stage(0, 20, 5, 1.0), "n_updates must be at least 1"),
        (lambda: Stage(1, 20, 1, 1.0), "n_steps must be at least 2, got 1"),
        (lambda: Stage(1, 20, 5, 0.0), "blur must be greater than 0"),
        (lambda: Stage(1, 20, 5, 1.0, activity_penalty=-1), "activity_penalty must be at least 0"),
        (lambda: Stage(1, 21, 5, 1.0, unbiased=True), "n_sequences must be even"),
        (lambda: small(stages=()), "stages must hold one Stage or more"),
        (lambda: small(n_inputs=0), "n_inputs must be at least 1, got 0"),
        (lambda: small(biases=1), "biases must be True or False, got 1"),
        (lambda: HmmRnnParams("chain-2", STAGES), "hmm must be a HiddenMarkovModel, got str"),
        (lambda: recipe("chain-9"), "family must be one of 'chain-2'"),
    ],
)
def test_bad_recipes_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
