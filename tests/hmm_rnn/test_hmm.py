"""The models themselves: what is refused, and whether samples follow the matrices."""

import json
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from iblrnn_helpers.core.store import artifact_key
from iblrnn_helpers.hmm_rnn.hmm import (
    FAMILIES,
    SEQUENCE_LENGTH,
    HiddenMarkovModel,
    cyclic,
    linear_chain,
    read_hmm,
)

FLIP = [[0.9, 0.1], [0.2, 0.8]]


def model(**changes):
    fields = {"name": "m", "initial": [0.5, 0.5], "transition": FLIP, "emission": np.eye(2)}
    return HiddenMarkovModel(**{**fields, **changes})


def test_families_are_the_papers():
    assert list(FAMILIES) == ["chain-2", "chain-3", "chain-4", "chain-5", "full", "cyclic"]
    assert FAMILIES.keys() == SEQUENCE_LENGTH.keys()
    for n_states in (2, 3, 4, 5):
        chain = FAMILIES[f"chain-{n_states}"]
        hops = np.diag(chain.transition, 1)
        assert np.isclose(np.prod(hops), 0.05)  # end to end without a stop
        assert np.allclose(hops, np.diag(chain.transition, -1))
        assert np.allclose(np.array(chain.emission)[:, 1], 0.01)
    assert np.allclose(FAMILIES["chain-3"].emission[1], [0.495, 0.01, 0.495])
    assert np.allclose(FAMILIES["full"].transition[0], [0.95, 0.025, 0.025])
    assert np.allclose(FAMILIES["full"].emission[2], [0.01, 0.01, 0.98])
    assert cyclic().transition[0] == (0.95, 0.025, 0.0, 0.025)
    assert all(np.allclose(m.initial, 1 / m.n_states) for m in FAMILIES.values())


@pytest.mark.parametrize("written", ["0.333333", "0.3333333", "0.33333334"])
def test_rows_that_were_rounded_are_rows_all_the_same(tmp_path, written):
    row = f"[{written}, {written}, {written}]"
    path = tmp_path / "mine.json"
    path.write_text(f'{{"name": "m", "transition": [{row}, {row}, {row}], "initial": [1, 0, 0], '
                    '"emission": [[1, 0], [0, 1], [0.1000001, 0.9]]}')  # fmt: skip
    found = read_hmm(path)
    # Up to the last bit of a double.
    np.testing.assert_allclose(found.transition, 1 / 3, rtol=1e-15)
    np.testing.assert_allclose(np.sum(found.emission, axis=1), 1, rtol=1e-15)
    with pytest.raises(ValueError, match=r"row 0 has 0\.99999"):
        model(transition=[[0.89999, 0.1], [0.2, 0.8]])


def test_exact_rows_stay_as_they_are_to_the_bit():
    rows = np.random.default_rng(0).dirichlet(np.ones(5), size=5)
    kept = model(transition=rows, initial=np.full(5, 0.2), emission=rows)
    assert np.array(kept.transition).tobytes() == rows.tobytes()
    from_32_bits = model(
        transition=rows.astype(np.float32), initial=np.full(5, 0.2), emission=np.eye(5)
    )
    np.testing.assert_allclose(np.sum(from_32_bits.transition, axis=1), 1, rtol=1e-15)


def test_models_are_values():
    assert model() == model(transition=np.array(FLIP)) and hash(model()) == hash(model())
    assert model() != model(initial=[1, 0])
    # What artifacts are named by takes them as they are.
    assert artifact_key("net", {"hmm": model()}) != artifact_key("net", {"hmm": linear_chain(2)})


def test_samples_follow_the_matrices():
    asymmetric = model(initial=[0.3, 0.7], emission=[[0.5, 0.3, 0.2, 0.0], [0.0, 0.1, 0.1, 0.8]])
    states, symbols = asymmetric.sample_with_states(40_000, 6, 1)
    assert states.shape == symbols.shape == (40_000, 6) and symbols.dtype == np.int8
    # Standard errors are at most 0.5 / sqrt(40,000 x 0.3) = 0.005; five of them.
    assert np.abs(np.bincount(states[:, 0]) / 40_000 - [0.3, 0.7]).max() < 0.025
    for step in (1, 5):
        for state in (0, 1):
            then = states[states[:, step - 1] == state, step]
            assert abs(then.mean() - FLIP[state][1]) < 0.025
            emitted = np.bincount(symbols[states[:, step] == state, step], minlength=4)
            assert np.abs(emitted / emitted.sum() - asymmetric.emission[state]).max() < 0.025
            assert (emitted[np.array(asymmetric.emission[state]) == 0] == 0).all()


def test_a_seed_says_it_all_and_a_generator_goes_on():
    chain = linear_chain(3)
    assert np.array_equal(chain.sample(5, 9, 3), chain.sample(5, 9, 3))
    rng = np.random.default_rng(3)
    first, second = chain.sample(5, 9, rng), chain.sample(5, 9, rng)
    assert np.array_equal(first, chain.sample(5, 9, 3)) and not np.array_equal(first, second)


def test_one_state_is_independent_draws():
    coin = HiddenMarkovModel("coin", [1], [[1]], [[0.3, 0.7]])
    assert abs(coin.sample(200, 200, 0).mean() - 0.7) < 0.012  # five standard errors


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "name must be"),
        ({"transition": [[0.9, 0.2], [0.2, 0.8]]}, r"transition.*row 0 has 1\.1"),
        ({"transition": [[1.1, -0.1], [0.2, 0.8]]}, r"transition.*-0\.1"),
        ({"transition": [[np.nan, 0.1], [0.2, 0.8]]}, "transition.*nan"),
        ({"transition": [[0.9, 0.1]]}, r"square.*\(1, 2\)"),
        ({"transition": [[0.9, 0.1], [1.0]]}, "equal length"),
        ({"transition": [["a", 0.1], [0.2, 0.8]]}, "numbers"),
        ({"transition": []}, "table"),
        ({"emission": np.eye(3)}, "2 states.*got 3"),
        ({"emission": [[1], [1]]}, "2 to 127.*got 1"),
        ({"emission": [[0.5, 0.6], [0.5, 0.5]]}, r"emission.*row 0 has 1\.1"),
        ({"initial": [1, 0, 0]}, r"2 states.*\(3,\)"),
        ({"initial": [0.5, 0.4]}, r"initial.*0\.9"),
        ({"initial": 1}, "initial"),
        ({"transition": [[10**400, 0], [0, 1]]}, "transition must be made of numbers"),
        ({"transition": np.eye(2) + 1j}, "transition must be made of numbers"),
        ({"emission": [[1e308, 1e308], [0, 1]]}, "emission: each row must add up to 1.*inf"),
        ({"name": "two\nlines"}, "name must be a text that can be printed"),
    ],
)
def test_what_is_wrong_is_said(changes, words):
    with pytest.raises(ValueError, match=words):
        model(**changes)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (2.5, 5)])
def test_sizes_are_checked(size):
    with pytest.raises(ValueError, match="n_s"):
        model().sample(*size, 0)


def test_a_chain_cannot_hop_more_than_it_can():
    with pytest.raises(ValueError, match="n_states"):
        linear_chain(1)
    with pytest.raises(ValueError, match="p_end"):
        linear_chain(3, p_end=0.3)  # two hops of sqrt(0.3) would exceed 1


def test_a_file_is_read(tmp_path):
    path = tmp_path / "mine.json"
    fields = {"name": "mine", "transition": FLIP, "emission": [[1, 0], [0, 1]]}
    path.write_text(json.dumps(fields))
    assert read_hmm(path) == model(name="mine")
    path.write_text(json.dumps({**fields, "initial": [1, 0]}))
    assert read_hmm(path).initial == (1.0, 0.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "mine.json: not a JSON file"),
        ("[1]", "one JSON object, got list"),
        ('{"name": "m", "emission": [[1, 0]]}', "transition is missing"),
        ('{"name": "m", "transition": [[1]], "emission": [[1, 0]], "x": 1}', "unknown x"),
        ('{"name": "m", "transition": [[2]], "emission": [[1, 0]]}', "mine.json: transition"),
        ('{"name": "m", "transition": [[NaN]], "emission": [[1, 0]]}', "transition must .* nan"),
        (
            '{"name": "m", "transition": [[1]], "emission": [[-Infinity, 0]]}',
            "emission must .* -inf",
        ),
        ('{"name": "m", "transition": [[1e999]], "emission": [[1, 0]]}', "transition must .* inf"),
        ('{"name": "m", "transition": [[null]], "emission": [[1, 0]]}', "transition must .* nan"),
        ("[" * 100_000, "mine.json: not a JSON file"),
    ],
)
def test_a_bad_file_is_told(tmp_path, text, words):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_hmm(path)
    with pytest.raises(FileNotFoundError):
        read_hmm(tmp_path / "none.json")


def rows(n_columns):
    """One-hot, even, not summing to 1, or with something in it that is no probability."""
    one_hot = st.integers(0, n_columns - 1).map(lambda k: np.eye(n_columns)[k].tolist())
    even = st.just([round(1 / n_columns, 7)] * n_columns)
    odd = st.sampled_from(
        [0, 1, 0.5, -1e-9, 1e308, 10**400, np.nan, np.inf, "1", "a", None, [], {}]
    )
    return one_hot | even | one_hot | even | st.lists(odd | st.just(1.0), max_size=n_columns + 1)


def tables(n_rows, n_columns):
    return st.lists(rows(n_columns), min_size=n_rows, max_size=n_rows) | st.sampled_from([None, 1])


@seed(0)
@settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
@pytest.mark.slow
def test_any_file_is_a_model_or_refused_in_a_sentence(tmp_path, data):
    """No other error, no warning, and what is read is what was written, in rows that add up."""
    draw, path = data.draw, tmp_path / "fuzz.json"
    n_states, n_symbols = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    fields = {
        "name": draw(st.sampled_from(["mine"] * 8 + ["", 1, "\ud800"])),
        "transition": draw(tables(n_states, n_states)),
        "emission": draw(tables(n_states, n_symbols)),
        "initial": draw(rows(n_states)),
    }
    for name in draw(st.lists(st.sampled_from([*fields, "more", "initial"]), max_size=1)):
        if fields.pop(name, None) is None:
            fields[name] = 1
    text = json.dumps(fields).encode()
    if draw(st.integers(0, 9)) == 0:
        text = text[: draw(st.integers(0, len(text)))] + draw(st.binary(max_size=3))
    path.write_bytes(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = read_hmm(path)
        except ValueError as error:
            assert str(error).startswith(str(path))
            return
        for name in ("initial", "transition", "emission"):
            kept = np.array(getattr(found, name))
            np.testing.assert_allclose(kept.sum(axis=-1), 1, rtol=1e-12)
            if name in fields:  # as accurately as its rows add up to 1
                np.testing.assert_allclose(kept, np.array(fields[name], dtype=float), atol=2e-6)


def test_a_model_of_hmmlearn_is_the_same_model():
    from hmmlearn.hmm import CategoricalHMM, GaussianHMM

    theirs = CategoricalHMM(n_components=2)
    with pytest.raises(ValueError, match="model must be fitted or have startprob_ set by hand"):
        HiddenMarkovModel.from_hmmlearn(theirs)
    theirs.startprob_ = np.array([0.3, 0.7])
    theirs.transmat_ = np.array([[0.9, 0.1], [0.2, 0.8]])
    theirs.emissionprob_ = np.array([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])
    ours = HiddenMarkovModel.from_hmmlearn(theirs, "theirs")
    assert ours.name == "theirs" and (ours.n_states, ours.n_symbols) == (2, 3)
    # Their likelihood of what ours emits, against the sum over all paths of ours.
    for symbols in ours.sample(5, 4, seed=0):
        total = 0.0
        for path in np.ndindex(*[2] * 4):
            p = ours.initial[path[0]]
            for now, after in pairwise(path):
                p *= ours.transition[now][after]
            total += p * np.prod([ours.emission[s][y] for s, y in zip(path, symbols, strict=True)])
        assert theirs.score(symbols[:, None]) == pytest.approx(np.log(total))
    with pytest.raises(ValueError, match="model must be a CategoricalHMM, got GaussianHMM"):
        HiddenMarkovModel.from_hmmlearn(GaussianHMM())
