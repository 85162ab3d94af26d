"""The task's samples against closed forms, and its parameters against nonsense."""

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from scipy import stats

from iblrnn_helpers.task.generative_model import (
    TaskParams,
    Trials,
    block_length_distribution,
    evidence_density,
    sample_trials,
)

PARAMS = TaskParams()
FORCED = TaskParams(block_law="forced_switch")


@pytest.fixture(scope="module")
def trials():
    return sample_trials(PARAMS, n_sessions=300, n_blocks=6, seed=20)


def block_lengths(trials):
    """(n_sessions, n_blocks) lengths, counted trial by trial."""
    lengths = {}
    for session, block in zip(trials.session.tolist(), trials.block.tolist(), strict=True):
        lengths[session, block] = lengths.get((session, block), 0) + 1
    n_blocks = int(trials.block.max()) + 1
    return np.array(list(lengths.values())).reshape(-1, n_blocks)


def test_truncated_geometric_is_a_geometric_given_its_limits():
    lengths, probabilities = block_length_distribution(PARAMS)
    np.testing.assert_array_equal(lengths, np.arange(20, 101))
    geometric = stats.geom(PARAMS.hazard)
    given = geometric.pmf(lengths) / (geometric.cdf(100) - geometric.cdf(19))
    np.testing.assert_allclose(probabilities, given, rtol=1e-10)
    assert probabilities.sum() == pytest.approx(1)
    assert lengths @ probabilities == pytest.approx(49.4, abs=0.05)


def test_forced_switch_is_a_hazard_from_the_shortest_and_an_end_at_the_longest():
    lengths, probabilities = block_length_distribution(FORCED)
    np.testing.assert_array_equal(lengths, np.arange(20, 101))
    assert probabilities.sum() == pytest.approx(1)
    left = np.cumsum(probabilities[::-1])[::-1]  # P(length >= l)
    np.testing.assert_allclose((probabilities / left)[:-1], 0.02, rtol=1e-10)
    assert probabilities[-1] == pytest.approx(0.98**80)  # 20% of blocks end at 100
    assert lengths @ probabilities == pytest.approx(20 + 0.98 * (1 - 0.98**80) / 0.02)
    assert lengths @ probabilities == pytest.approx(59.3, abs=0.05)


@pytest.mark.parametrize("params", [PARAMS, FORCED], ids=lambda p: p.block_law)
def test_sampled_block_lengths_follow_their_law(params):
    small = replace(params, n_observations=1)
    found = block_lengths(sample_trials(small, n_sessions=500, n_blocks=10, seed=21)).ravel()
    _, probabilities = block_length_distribution(params)
    assert found.min() == 20 and found.max() == 100 and len(found) == 5000
    counts = np.bincount(found, minlength=101)[20:]
    assert stats.chisquare(counts, 5000 * probabilities).pvalue > 1e-3
    # The other law is told apart.
    other = FORCED if params is PARAMS else PARAMS
    expected = 5000 * block_length_distribution(other)[1]
    assert stats.chisquare(counts, expected).pvalue < 1e-6


@pytest.mark.parametrize("law", ["truncated_geometric", "forced_switch"])
def test_blocks_of_one_length_and_certain_switches(law):
    fixed = TaskParams(min_block_length=7, max_block_length=7, block_law=law)
    assert (block_lengths(sample_trials(fixed, n_sessions=2, n_blocks=3, seed=1)) == 7).all()
    certain = TaskParams(hazard=1.0, block_law=law)
    assert (block_lengths(sample_trials(certain, n_sessions=2, n_blocks=3, seed=1)) == 20).all()


def test_blocks_alternate_and_begin_on_either_side(trials):
    assert trials.n_sessions == 300 and len(trials) == trials.n_trials
    start = trials.session_start
    assert start[0] == 0 and start[-1] == len(trials)
    first_sides = []
    for session in range(300):
        part = slice(start[session], start[session + 1])
        assert (trials.session[part] == session).all()
        sides = [trials.block_side[part][trials.block[part] == block] for block in range(6)]
        assert all(len(set(side.tolist())) == 1 for side in sides)
        one_each = np.array([side[0] for side in sides])
        assert (one_each[1:] == -one_each[:-1]).all()
        first_sides.append(one_each[0])
        counted = np.concatenate([np.arange(len(side)) for side in sides])
        np.testing.assert_array_equal(trials.trial_in_block[part], counted)
    right = np.count_nonzero(np.array(first_sides) == 1)
    assert stats.binomtest(right, 300, 0.5).pvalue > 1e-3


def test_sides_and_strengths_follow_their_laws(trials):
    n = len(trials)
    assert set(np.unique(trials.side)) == {-1, 1}
    np.testing.assert_array_equal(trials.concordant, trials.side * trials.block_side > 0)
    assert stats.binomtest(int(trials.concordant.sum()), n, 0.8).pvalue > 1e-3
    # Not only on average: concordance does not depend on the trial before.
    after = trials.concordant[1:][trials.concordant[:-1]]
    assert stats.binomtest(int(after.sum()), len(after), 0.8).pvalue > 1e-3

    values, counts = np.unique(trials.strength, return_counts=True)
    np.testing.assert_array_equal(values, PARAMS.strengths)
    assert stats.chisquare(counts).pvalue > 1e-3
    table = stats.contingency.crosstab(trials.strength, trials.side).count
    assert stats.chi2_contingency(table).pvalue > 1e-3  # strength is independent of side
    np.testing.assert_array_equal(trials.signed_strength, trials.side * trials.strength)


@pytest.mark.parametrize("noise_sd", [1.0, 2.5])
def test_observations_are_the_strength_on_its_side_and_white_noise(noise_sd):
    params = TaskParams(noise_sd=noise_sd)
    trials = sample_trials(params, n_sessions=20, n_blocks=4, seed=22)
    assert trials.observations.shape == (len(trials), 10, 2)
    noise = trials.observations.copy()
    for trial, (side, strength) in enumerate(zip(trials.side, trials.strength, strict=True)):
        noise[trial, :, 1 if side > 0 else 0] -= strength
    assert stats.kstest(noise.ravel() / noise_sd, "norm").pvalue > 1e-3
    for side in (-1, 1):  # also separately where the stimulus is and is not
        for column in (0, 1):
            part = noise[trials.side == side, :, column].ravel() / noise_sd
            assert abs(part.mean()) < 4 / np.sqrt(len(part))
    columns = noise.reshape(len(trials), 20)
    correlation = np.corrcoef(columns.T) - np.eye(20)
    assert np.abs(correlation).max() < 5 / np.sqrt(len(trials))


def test_same_seed_same_bits_whatever_carries_it():
    def draw(seed):
        return sample_trials(PARAMS, n_sessions=3, n_blocks=2, seed=seed)

    def same(one, other):
        return all(
            np.array_equal(getattr(one, field), getattr(other, field))
            for field in ("session", "block", "block_side", "side", "strength", "observations")
        )

    assert same(draw(5), draw(5))
    assert same(draw(5), draw(np.random.default_rng(5)))
    assert same(draw(5), draw(np.random.SeedSequence(5)))
    assert not same(draw(5), draw(6))
    generator = np.random.default_rng(5)
    assert not same(draw(generator), draw(generator))  # a generator moves on

    state = np.random.get_state()[1].copy()  # noqa: NPY002
    draw(7)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_trials_cannot_be_changed_by_accident(trials):
    with pytest.raises(ValueError, match="read-only"):
        trials.side[0] = 0
    with pytest.raises(FrozenInstanceError):
        trials.side = None
    with pytest.raises(FrozenInstanceError):
        PARAMS.hazard = 0.1


def test_sessions_can_be_taken_out(trials):
    taken = trials.take_sessions(5, 8)
    start = trials.session_start
    assert taken.n_sessions == 3 and len(taken) == start[8] - start[5]
    np.testing.assert_array_equal(np.unique(taken.session), [0, 1, 2])
    np.testing.assert_array_equal(taken.observations, trials.observations[start[5] : start[8]])
    np.testing.assert_array_equal(np.diff(taken.session_start), np.diff(start)[5:8])


def test_trials_of_unequal_lengths_are_refused(trials):
    with pytest.raises(ValueError, match=r"side must have \d+ trials, got 3"):
        replace(trials, side=np.ones(3, dtype=np.int8))


@pytest.mark.parametrize(
    "field, wrong, message",
    [
        ("side", np.array([0, 1, 1]), "side must be -1 or 1, got 0 in trial 0"),
        ("side", np.array(["-1", "1", "1"]), "side must be numbers, got"),
        ("block_side", np.array([1, -3, 1]), "block_side must be -1, 0 or 1, got -3 in trial 1"),
        ("strength", np.array([0.5, -1, 1]), "strength must be .* at least 0, got -1"),
        ("session", np.array([1, 0, 1]), "session must not decrease, got 0 after 1"),
        ("session", np.array([5, 5, 6]), "session must begin at 0 and .*, got 5 in trial 0"),
        ("session", np.array([0, 0, 2]), "session must .* leave out no number, got 2 after 0"),
        ("session", np.ma.array([0, 0, 1], mask=[0, 1, 0]), "session must have no masked values"),
        ("block", np.array([1, 1, 0]), "block must not decrease in a session, got 0 after 1"),
        (
            "block",
            np.array([0, 0, 1e300]),
            "block must be a whole number of at least 0 and at most",
        ),
        ("trial_in_block", np.array([0, 1, 2.0**63]), "trial_in_block must be a whole number"),
        ("block_side", np.array([1, 1, -1]), "block_side must not change in a block, got -1"),
        ("observations", np.full((3, 10, 2), -np.inf), "observations must be .* got -inf"),
        (
            "observations",
            np.zeros((3, 4, 2)),
            r"observations must have 3 trials of shape \(10, 2\)",
        ),
        ("observations", np.full((3, 10, 2), np.inf), "observations must be .* got inf"),
    ],
)
def test_trials_name_what_is_wrong(field, wrong, message):
    three = sample_trials(PARAMS, n_sessions=1, n_blocks=1, seed=1)
    arrays = {f.name: getattr(three, f.name)[:3] for f in fields(three)[1:]}
    with pytest.raises(ValueError, match=message):
        Trials(PARAMS, **arrays | {field: wrong})
    with pytest.raises(ValueError, match="params must be a TaskParams, got NoneType"):
        Trials(None, **arrays)


def test_trials_leave_the_callers_arrays_alone(trials):
    arrays = {f.name: getattr(trials, f.name).copy() for f in fields(trials)[1:]}
    arrays["strength"] = arrays["strength"].astype(np.float32)  # the paper's are exact in 32 bits
    made = Trials(trials.params, **arrays)
    for name, array in arrays.items():
        array[...] = 1  # still theirs to change
        assert getattr(made, name).dtype == getattr(trials, name).dtype
        np.testing.assert_array_equal(getattr(made, name), getattr(trials, name))


def test_a_record_shares_no_memory_with_a_callers_array_that_was_read_only(trials):
    strength = trials.strength.copy()
    strength.flags.writeable = False
    made = replace(trials, strength=strength)
    strength.flags.writeable = True
    strength[:] = 7
    np.testing.assert_array_equal(made.strength, trials.strength)


def test_strengths_are_the_tasks_up_to_rounding():
    params = TaskParams(strengths=(0.3, 0.7))
    trials = sample_trials(params, n_sessions=1, n_blocks=1, seed=1)
    rough = replace(trials, strength=trials.strength.astype(np.float32))
    np.testing.assert_array_equal(rough.strength, trials.strength)
    np.testing.assert_array_equal(rough.of_strength(0.1 * 3), trials.strength == 0.3)
    with pytest.raises(ValueError, match=r"strength must be one of \(0.3, 0.7\), got 0.5"):
        rough.of_strength(0.5)


def test_strengths_closer_than_rounding_stay_apart():
    params = TaskParams(strengths=(1e-7, 5e-7))
    trials = sample_trials(params, n_sessions=1, n_blocks=1, seed=1)
    np.testing.assert_array_equal(replace(trials).strength, trials.strength)
    assert 0 < trials.of_strength(1e-7).sum() < len(trials)
    np.testing.assert_array_equal(trials.of_strength(1e-7), ~trials.of_strength(5e-7))


def test_steps_of_a_trial_that_times_out():
    assert PARAMS.max_steps == 12
    assert TaskParams(n_blank_steps=0, n_observations=3).max_steps == 3


@pytest.mark.parametrize(
    ("field", "allowed"),
    [
        ("concordance", [0, 1, 0.5, np.float32(0.75)]),
        ("strengths", [[0, 1], (2.5,), np.array([0.0, 0.5])]),
        ("min_block_length", [1, np.int64(100)]),
        ("max_block_length", [20, 1000]),
        ("hazard", [1e-6, 1]),
        ("block_law", ["truncated_geometric", "forced_switch"]),
        ("n_blank_steps", [0, 5]),
        ("n_observations", [1, 50]),
        ("threshold", [0.5, 0.999]),
        ("waiting_penalty", [0, -1]),
        ("noise_sd", [1e-6, 10]),
    ],
)
def test_allowed_parameters_are_kept(field, allowed):
    for value in allowed:
        np.testing.assert_array_equal(getattr(TaskParams(**{field: value}), field), value)


NOT_A_NUMBER = [None, "0.5", np.nan, np.inf, True, [0.5], 1j]
NOT_WHOLE = [None, "3", 2.0, np.nan, True, [3]]


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("concordance", [*NOT_A_NUMBER, -0.01, 1.01]),
        ("hazard", [*NOT_A_NUMBER, 0, -0.1, 1.01]),
        ("threshold", [*NOT_A_NUMBER, 0.49, 1, 1.5]),
        ("waiting_penalty", [*NOT_A_NUMBER, 0.01]),
        ("noise_sd", [*NOT_A_NUMBER, 0, -1]),
        ("strengths", [None, 1.0, (), [-0.5], [np.nan], [0, "1"], "abc", [None], [[1.0]]]),
        ("min_block_length", [*NOT_WHOLE, 0, -1]),
        ("max_block_length", [*NOT_WHOLE, 0, -1]),
        ("n_blank_steps", [*NOT_WHOLE, -1]),
        ("n_observations", [*NOT_WHOLE, 0, -1]),
        ("block_law", [None, "", "geometric", 1]),
    ],
)
def test_refused_parameters_are_named(field, refused):
    for value in refused:
        with pytest.raises(ValueError, match=rf"^{field} must .*, got ") as error:
            TaskParams(**{field: value})
        if field != "strengths":
            assert repr(value) in str(error.value)


def test_shortest_block_longer_than_the_longest_is_refused():
    message = "min_block_length must be at most max_block_length, got 30 > 20"
    with pytest.raises(ValueError, match=message):
        TaskParams(min_block_length=30, max_block_length=20)


@pytest.mark.parametrize("argument", ["n_sessions", "n_blocks"])
@pytest.mark.parametrize("value", [*NOT_WHOLE, 0, -2])
def test_refused_sizes_are_named(argument, value):
    sizes = {"n_sessions": 2, "n_blocks": 2, argument: value}
    with pytest.raises(ValueError, match=rf"^{argument} must be .*, got "):
        sample_trials(PARAMS, **sizes, seed=1)


def test_trials_made_by_hand():
    one = Trials(
        params=PARAMS,
        session=np.array([0, 0, 1]),
        block=np.array([0, 1, 0]),
        trial_in_block=np.array([0, 0, 0]),
        block_side=np.array([1, -1, 1], dtype=np.int8),
        side=np.array([1, 1, -1], dtype=np.int8),
        strength=np.array([0.5, 1.0, 2.5]),
        observations=np.zeros((3, 10, 2)),
    )
    np.testing.assert_array_equal(one.session_start, [0, 2, 3])
    np.testing.assert_array_equal(one.concordant, [True, False, False])
    np.testing.assert_array_equal(one.signed_strength, [0.5, 1.0, -2.5])


def test_block_lengths_of_several_sessions():
    trials = sample_trials(PARAMS, n_sessions=3, n_blocks=5, seed=1)
    assert trials.block_lengths.tolist() == block_lengths(trials).ravel().tolist()


def area(y, x):
    return np.sum((y[1:] + y[:-1]) / 2 * np.diff(x))


@pytest.mark.parametrize("given", [{"side": 1}, {"side": -1}, {"block_side": 1}])
def test_evidence_density_against_samples(given):
    params = TaskParams(concordance=0.7, strengths=(0.0, 2.0), noise_sd=0.5)
    trials = sample_trials(params, n_sessions=1, n_blocks=400, seed=2)
    ((name, value),) = given.items()
    chosen = getattr(trials, name) == value
    d = np.subtract(trials.observations[chosen][..., 1], trials.observations[chosen][..., 0])
    edges = np.linspace(-6, 6, 25)
    share = np.histogram(d, edges)[0] / d.size
    fine = np.linspace(-6, 6, 2401)
    density = evidence_density(params, fine, **given)
    expected = [area(density[k : k + 101], fine[k : k + 101]) for k in range(0, 2400, 100)]
    assert np.abs(share - expected).max() < 0.01
    assert area(density, fine) == pytest.approx(1, abs=1e-3)


def test_evidence_density_needs_one_side():
    for sides in ({}, {"side": 1, "block_side": 1}, {"side": 0}):
        with pytest.raises(ValueError, match="side"):
            evidence_density(TaskParams(), np.zeros(1), **sides)
