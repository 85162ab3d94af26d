"""Whatever records, seeds and exports are given: right numbers, or a sentence naming the field."""

import warnings
from dataclasses import fields, replace
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iblrnn_helpers.agents.rnn import RecurrentNetwork
from iblrnn_helpers.core import checks
from iblrnn_helpers.mice.alf import mouse_from_alf
from iblrnn_helpers.task.alf import alf_trials
from iblrnn_helpers.task.blocks import Blocks
from iblrnn_helpers.task.exports import to_nwb, to_xarray, trial_times
from iblrnn_helpers.task.generative_model import TaskParams, Trials, sample_trials
from iblrnn_helpers.task.gym import BiasedBlocks
from iblrnn_helpers.task.session import Session

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True, database=None)
PARAMS = TaskParams(min_block_length=2, max_block_length=4, n_blank_steps=1, n_observations=3)
TRIALS = sample_trials(PARAMS, n_sessions=2, n_blocks=3, seed=0)
N = len(TRIALS)
WORLD = {one.name: getattr(TRIALS, one.name) for one in fields(Trials)[1:]}
del WORLD["block_kind"]  # in this task it follows from the side
AGENT = {
    "choice": np.where(np.arange(N) % 3, TRIALS.side, 0).astype(np.int8),
    "n_steps": 2 + np.arange(N) % 3,
    "p_right": np.full((N, 4), 0.5),
}
AGENT["states"] = np.arange(2.0 * AGENT["n_steps"].sum()).reshape(-1, 2)
NUMBERS = [
    np.nan,
    np.inf,
    -np.inf,
    -1,
    0,
    1,
    2,
    0.5,
    1e-300,
    1e300,
    -1e30,
    2.0**53,
    2.0**63,
    2.0**64,
]
CHANGES = {
    "value": lambda a, k, odd: np.where(np.arange(a.size).reshape(a.shape) == k, odd, a),
    "all": lambda a, k, odd: np.full(a.shape, odd),
    "shorter": lambda a, k, odd: a[:k],
    "longer": lambda a, k, odd: np.concatenate([a, a[:1]]),
    "deeper": lambda a, k, odd: a[..., None],
    "flat": lambda a, k, odd: a.ravel(),
    "list": lambda a, k, odd: a.tolist(),
    "masked": lambda a, k, odd: np.ma.array(a, mask=np.arange(a.size).reshape(a.shape) == k),
    "32 bits": lambda a, k, odd: a.astype(np.float32),
    "16 bits": lambda a, k, odd: a.astype(np.float16),
    "unsigned": lambda a, k, odd: a.astype(np.uint64),
    "objects": lambda a, k, odd: a.astype(object),
    "text": lambda a, k, odd: a.astype(str),
    "dates": lambda a, k, odd: a.astype("M8[s]"),
    "complex": lambda a, k, odd: a + 0j,
    "truth": lambda a, k, odd: a > 0,
    "turned": lambda a, k, odd: a[::-1],
    "nothing": lambda a, k, odd: None,
}


def outcome(make, *named):
    """What it makes, or None; fails on all but a sentence that names one of these, and warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return make()
        except ValueError as error:
            assert any(name in str(error) for name in named), error
            return None


@EXAMPLES
@given(
    st.sampled_from(sorted(WORLD | AGENT)),
    st.sampled_from(sorted(CHANGES)),
    st.integers(0, N - 1),
    st.sampled_from(NUMBERS),
)
def test_a_record_holds_what_it_was_given_and_can_be_measured_and_exported(field, change, k, odd):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        changed = CHANGES[change]((WORLD | AGENT)[field], k, odd)
    world, agent = WORLD | {}, AGENT | {}
    (world if field in world else agent)[field] = changed

    def make():
        return Session(Trials(PARAMS, **world), "x", **agent)

    # Its length is that of the others.
    session = outcome(make, field, *["block must have"] * (field == "session"))
    if session is None:
        return
    kept = session.states if field == "states" else getattr(session, field, None)
    kept = getattr(session.trials, field) if kept is None and changed is not None else kept
    if changed is None:
        assert field == "states" and kept is None
    else:
        np.testing.assert_array_equal(kept, np.asarray(changed, dtype=kept.dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(session.reward).all()
        if find_spec("pynwb"):
            second = to_nwb(session, 1, dt=1).processing["agent"]["p_right"]
            assert len(second.data) == session.steps_per_session[1]
        data = to_xarray(session)
        assert int(data.p_right.notnull().sum()) == session.n_rows
        second = session.of_sessions(np.array([False, True]))
        assert second.n_trials == TRIALS.trials_per_session[1]
        assert sum(map(len, alf_trials(session, dt=1))) == N


OWN = replace(PARAMS, blocks=Blocks([0.1, 0.3, 0.5, 0.8]))  # two kinds of the left
OF_OWN = sample_trials(OWN, n_sessions=2, n_blocks=3, seed=0)


@EXAMPLES
@given(
    st.sampled_from(["block_kind", "block_side"]),
    st.sampled_from(sorted(CHANGES)),
    st.integers(0, len(OF_OWN) - 1),
    st.sampled_from(NUMBERS),
)
def test_kinds_of_blocks_are_kept_as_given_or_named(field, change, k, odd):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        changed = CHANGES[change](getattr(OF_OWN, field), k, odd)
    trials = outcome(lambda: replace(OF_OWN, **{field: changed}), "block_kind", "block_side")
    if trials is not None:
        np.testing.assert_array_equal(getattr(trials, field), np.asarray(changed, dtype=np.int16))
        p_right = np.asarray(OWN.blocks.p_right)[trials.block_kind]
        np.testing.assert_array_equal(np.sign(p_right - 0.5), trials.block_side)


@EXAMPLES
@given(
    st.one_of(
        st.sampled_from([None, True, "1", b"1", [], [1, -1], (1, 2), np.nan, 1.0, np.array([1])]),
        st.integers(-3, 3),
        st.integers(2**62, 2**66),
        st.integers(0, 255).map(np.uint8),
    )
)
def test_a_seed_gives_the_same_numbers_twice_or_a_sentence(seed):
    makers = {
        "generator": lambda: checks.generator(seed).random(),
        "network": lambda: RecurrentNetwork(2, seed=seed).readout.weight.sum().item(),
        "trials": lambda: sample_trials(
            PARAMS, n_sessions=1, n_blocks=1, seed=seed
        ).observations.sum(),
        "environment": lambda: BiasedBlocks(PARAMS, 1).reset(seed=seed)[1]["strength"],
    }
    for name, make in makers.items():
        if name == "environment" and seed is None:  # Gymnasium's way to go on
            continue
        assert outcome(make, "seed must be") == outcome(make, "seed must be")


@EXAMPLES
@given(st.one_of(st.floats(), st.integers(), st.sampled_from([None, "1", True, np.float32(0.1)])))
def test_times_are_finite_and_in_order_however_long_a_step_lasts(dt):
    session = Session(TRIALS, "x", **AGENT)
    times = outcome(lambda: trial_times(session, dt), "dt must be")
    if times is not None:
        assert times["end"].dtype == float and np.isfinite(times["end"]).all()
        assert (times["start"] < times["stimulus_on"]).all()
        assert (times["stimulus_on"] < times["end"]).all()


@EXAMPLES
@given(st.lists(st.floats(0, 1e30), min_size=1, max_size=4), st.integers(0, 2**32))
def test_strengths_of_any_size_come_back_from_an_export_as_they_were(strengths, seed):
    params = replace(PARAMS, strengths=tuple(strengths), concordance=0.75)
    trials = sample_trials(params, n_sessions=1, n_blocks=2, seed=seed)
    steps = np.full(len(trials), 4)
    session = Session(trials, "x", trials.side, steps, np.full((len(trials), 4), 0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = mouse_from_alf(alf_trials(session, dt=0.5), "x")
    np.testing.assert_array_equal(read.trials.strength, trials.strength)
    np.testing.assert_array_equal(replace(trials).strength, trials.strength)


@pytest.mark.parametrize("field", ["trials", "params"])
def test_a_record_of_something_else_names_it(field):
    with pytest.raises(ValueError, match=f"{field} must be a T"):
        Session(None, "x", **AGENT) if field == "trials" else Trials("x", **WORLD)
