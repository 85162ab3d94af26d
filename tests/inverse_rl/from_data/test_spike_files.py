"""Columns of spike files: what is a neuron, what is not, and what is refused because it may be."""

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from iblrnn_helpers.inverse_rl.from_data.reward_tables import read_reward_table, reward_table
from iblrnn_helpers.inverse_rl.from_data.spike_files import read_spikes

N = 40
STATES = np.random.default_rng(0).integers(2, size=(N, 4))
LIGHT = np.random.default_rng(1).integers(2, size=N)
NAMES = ["n0", "n1", "n2", "n3"]
FRAME = pd.DataFrame(STATES, columns=NAMES)


def check(table, names=NAMES, states=STATES):
    assert table.neurons == tuple(names)
    np.testing.assert_array_equal(table.active, states == 1)


def written(path, *first_lines, separator=",", matrix=STATES):
    rows = [separator.join(map(str, row)) for row in matrix]
    path.write_text("\n".join([*first_lines, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
def test_a_header_as_numpy_saves_it(tmp_path, delimiter):
    path, options = tmp_path / "spikes.csv", {"fmt": "%d", "delimiter": delimiter}
    np.savetxt(path, STATES, header=delimiter.join(NAMES), **options)
    check(read_spikes(path))
    check(read_spikes(path, neurons=["n*"]))
    np.savetxt(path, STATES, header="a recording\n" + ",".join(NAMES), **options)
    check(read_spikes(path, neurons=["n*"]))
    np.savetxt(path, STATES, header="recorded", **options)
    check(read_spikes(path), "0123")
    counts = np.column_stack([STATES, np.arange(3, N + 3)])  # a first row of distinct numbers
    np.savetxt(path, counts, header=delimiter.join([*NAMES, "t"]), **options)
    check(read_spikes(path))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.CSV", {}),
        ("a.csv.gz", {}),
        ("a.tsv", {"sep": "\t"}),
        ("a.txt", {"sep": " "}),
        ("a.csv", {"sep": ";"}),
        ("b.csv", {"sep": ";", "decimal": ","}),
        ("c.csv", {"sep": ";", "decimal": ",", "header": False}),
        ("d.csv", {"lineterminator": "\r\n", "encoding": "utf-8-sig"}),
        ("e.csv", {"quoting": 2}),
        ("f.csv", {"index": True}),
    ],
)
def test_every_way_to_write_a_text_says_the_same(tmp_path, name, options):
    frame = FRAME if options.get("index") else FRAME * 1.0
    frame.assign(light=0.5 * LIGHT).to_csv(tmp_path / name, **{"index": False, **options})
    has_header = options.get("header", True)
    light = "light" if has_header else "4"
    table = read_spikes(tmp_path / name, stimulus=light)
    check(table, NAMES if has_header else "0123")
    assert table.stimuli == (0, 0.5)
    np.testing.assert_array_equal(table.inputs, LIGHT)


def test_parquet_by_either_name(tmp_path):
    pytest.importorskip("pyarrow")
    FRAME.to_parquet(tmp_path / "a.pqt")
    check(read_spikes(tmp_path / "a.pqt"))
    nested = FRAME.assign(s=[[1, 2]] * N)
    nested.to_parquet(tmp_path / "b.parquet")
    for option in ("stimulus", "trial", "updates"):
        with pytest.raises(ValueError, match=r"b\.parquet: column 's' "):
            read_spikes(tmp_path / "b.parquet", **{option: "s"})


@pytest.mark.parametrize("ids", [(12, 45, 101, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("index", [True, False])
def test_whole_numbers_are_names_unless_they_are_states(tmp_path, ids, index):
    frame = pd.DataFrame(STATES, columns=ids)
    frame.to_csv(tmp_path / "ids.csv", index=index)
    check(read_spikes(tmp_path / "ids.csv"), map(str, ids))
    frame.assign(light=LIGHT).to_csv(tmp_path / "ids.csv", index=index)
    check(read_spikes(tmp_path / "ids.csv", stimulus="light"), map(str, ids))


def test_data_are_not_taken_for_a_header(tmp_path):
    """The first row stays: of distinct states, of several equal numbers, of truth values."""
    two = STATES[:, :2].copy()
    two[0] = 0, 1
    check(read_spikes(written(tmp_path / "two.csv", matrix=two)), "01", two)
    more = np.column_stack([STATES, np.full(N, 7)])
    table = read_spikes(written(tmp_path / "more.csv", matrix=more), stimulus="4")
    check(table, "0123")
    check(read_spikes(written(tmp_path / "truth.csv", matrix=two == 1)), "01", two)


def test_a_pattern_takes_no_column_that_is_something_else(tmp_path):
    frame = FRAME.assign(n_light=LIGHT, n_trial=np.arange(N) // 20, n_time=0.1 * np.arange(N))
    frame["n_who"] = NAMES[0]
    path = tmp_path / "spikes.csv"
    frame.to_csv(path, index=False)
    named = {"stimulus": "n_light", "trial": "n_trial", "updates": "n_who"}
    for neurons in (["n*"], ["*"], None):
        table = read_spikes(path, neurons=neurons, **named)
        check(table)
        assert table.growing == ("n_time",) and table.others == ()
    assert read_spikes(path, neurons=["n?"]).others == ("n_light", "n_trial")
    with pytest.raises(ValueError, match=r"--neurons: .*'n_light' cannot be more than a neuron"):
        read_spikes(path, neurons=["n0", "n_light"], stimulus="n_light")
    with pytest.raises(ValueError, match="'n_who' does not hold numbers"):
        read_spikes(path, neurons=["n*"])
    with pytest.raises(ValueError, match=r"no column 'n_time\?' that may be a neuron"):
        read_spikes(path, neurons=["n_time?"])


@pytest.mark.parametrize("name", ["stimulus", "updated", "trial", "Trial"])
@pytest.mark.parametrize("neurons", [None, ["*"]])
def test_columns_that_options_are_for_are_not_neurons_unasked(tmp_path, name, neurons):
    path = tmp_path / "spikes.csv"
    FRAME.assign(**{name: np.arange(N) // 20}).to_csv(path, index=False)
    with pytest.raises(ValueError, match=f"column '{name}' may be no neuron; name it with --"):
        read_spikes(path, neurons=neurons)
    check(read_spikes(path, neurons=["n*"]))


@pytest.mark.parametrize("name", ["reward", "stimulus", "low", "high", "visits", "first_half"])
def test_neurons_are_not_called_as_columns_of_results(tmp_path, name):
    path = tmp_path / "spikes.csv"
    FRAME.assign(**{name: LIGHT}).to_csv(path, index=False)
    with pytest.raises(ValueError, match=f"a neuron cannot be called '{name}'"):
        read_spikes(path, neurons=["n0", name])
    check(read_spikes(path, stimulus=name))
    with pytest.raises(ValueError, match=f"neurons must not be called .*'{name}'"):
        reward_table(np.zeros((4, 1)), ["n0", name])


def test_other_arrays_are_neurons_only_by_name(tmp_path):
    path = tmp_path / "spikes.npz"
    more = {"light": LIGHT[:, None], "short": LIGHT[:-1], "notes": np.array([{}], dtype=object)}
    np.savez(path, spikes=STATES, **more)
    for neurons in (None, ["*"]):
        table = read_spikes(path, neurons=neurons)
        check(table, "0123")
        assert table.others == ("light",)
    with_light = np.column_stack([STATES[:, 0], LIGHT])
    check(read_spikes(path, neurons=["0", "light"]), ["0", "light"], with_light)
    np.testing.assert_array_equal(read_spikes(path, stimulus="light").inputs, LIGHT)
    with pytest.raises(
        ValueError, match=r"--stimulus: .*'short' .* each of the 40 samples, got shape \(39,\)"
    ):
        read_spikes(path, stimulus="short")
    np.savez(path, spikes=STATES, wide=STATES[:, :2])
    with pytest.raises(ValueError, match=r"--trial: .*'wide' .* got shape \(40, 2\)"):
        read_spikes(path, trial="wide")
    np.savez(path, **{"spikes": STATES, "0": LIGHT})
    with pytest.raises(ValueError, match="rename array '0'"):
        read_spikes(path)


def test_updates_are_names_or_places_but_not_both(tmp_path):
    path, states = tmp_path / "ids.csv", STATES[:, :3]
    places = np.arange(N) % 3
    for who in (places, np.array([2, 3, 7])[places]):
        pd.DataFrame(states, columns=[2, 3, 7]).assign(who=who).to_csv(path, index=False)
        np.testing.assert_array_equal(read_spikes(path, updates="who").updated, places[:-1])
    pd.DataFrame(states, columns=[2, 3, 7]).assign(who=[7, 0] * 20).to_csv(path, index=False)
    with pytest.raises(
        ValueError, match="column 'who' has '7', which is no neuron's name or place"
    ):
        read_spikes(path, updates="who")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1, "a"] * 20, "numbers or words, got values of int, str"),
        (pd.date_range("2020-01-01", periods=N), "numbers or words, got values of Timestamp"),
        ([None, 1.0] * 20, "missing values"),
        ([np.inf, 1.0] * 20, "finite numbers"),
        ([b"a", b"b"] * 20, "got values of bytes"),
    ],
)
def test_stimuli_are_numbers_or_words(tmp_path, values, says, monkeypatch):
    path = tmp_path / "spikes.parquet"
    path.touch()
    frame = FRAME.assign(s=pd.Series(list(values), dtype=object))
    monkeypatch.setattr(pd, "read_parquet", lambda file: frame)
    with pytest.raises(ValueError, match=f"{path.name}: column 's' .*{says}"):
        read_spikes(path, stimulus="s")


def test_trials_may_be_anything_that_tells_them_apart(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").touch()
    marks = [1] * 10 + ["b"] * 10 + [pd.Timestamp(0)] * 20
    frame = FRAME.assign(t=pd.Series(marks, dtype=object))
    monkeypatch.setattr(pd, "read_parquet", lambda file: frame)
    trials = read_spikes(tmp_path / "a.parquet", trial="t").trials
    np.testing.assert_array_equal(trials, np.repeat([0, 1, 2, 2], 10))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["# n0,n1,n2"], "header has 3 names .*rows have 4 values; give each column a name"),
        (["n0,n1,n2"], "header has 3 names"),
        (["n0,n1,n2,n3,n4"], "header has 5 names"),
        (["n0,n1,n0,n2"], "several columns called 'n0'"),
        (["n0,n1,,n3"], "column 3 has no name"),
        (["0,1,left,right"], "words and numbers that may be data; give the columns a header"),
        (["1,1,7,left"], "words and numbers that may be data"),
        (["n0,n1,n2,n3", '0,1,"0,1', '0,1",1,1'], "several lines|not a table|header has"),
        (["n0,n1,n2,n3", "0,1,1,1,1"], "is not a table|header has"),
        (["n0,n1,n2,n3", "0,1,1,1", ""], "neuron 'n0' has nan in sample 2"),
        (["n0,n1,n2,n3", "0,1,1,1", "0,1"], "neuron 'n2' has nan in sample 2"),
        (["n0,n1,n2,n3", "0,1"], "is not a table"),
        (["n0,n1,n2,n3", "0,1,null,1"], "column 'n2' does not hold numbers"),
    ],
)
def test_what_is_ambiguous_is_refused(tmp_path, lines, says):
    path = written(tmp_path / "spikes.csv", *lines)
    with pytest.raises(ValueError, match=f"spikes.csv.*({says})"):
        read_spikes(path)


@pytest.mark.parametrize("name", [f"a.{kind}" for kind in ("csv", "csv.gz", "npy", "npz", "pqt")])
@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"# n0\n", b"n0,n1\n", b"\xff\xfe\x00", b"PK\x03"]
)
def test_damaged_files_are_named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name == "a.csv.gz" else content)
    with pytest.raises(ValueError, match=name):
        read_spikes(path)
    with pytest.raises(FileNotFoundError, match=f"none{name}"):
        read_spikes(tmp_path / f"none{name}")


def test_cut_files_are_named(tmp_path):
    np.save(tmp_path / "a.npy", STATES)
    np.savez_compressed(tmp_path / "a.npz", spikes=STATES)
    FRAME.to_csv(tmp_path / "a.csv.gz", index=False)
    for name in ("a.npy", "a.npz", "a.csv.gz"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError, match=f"{name} cannot be read as a"):
            read_spikes(tmp_path / name)


@pytest.mark.parametrize("stimuli", [(), (-1, 1), (0.1 + 0.2, 0.5), ("off", "on"), (False, True)])
def test_a_table_of_rewards_is_read_back(tmp_path, stimuli):
    path, neurons = tmp_path / "reward.csv", ["b", "a"]
    reward = np.random.default_rng(2).normal(size=(4, max(1, len(stimuli))))
    table = reward_table(reward, neurons, stimuli)
    table.sample(frac=1, random_state=0).to_csv(path, index=False)
    np.testing.assert_allclose(read_reward_table(path, neurons, stimuli), reward, rtol=1e-14)
    for wrong, says in (
        (table.iloc[1:], "each of the"),
        (table.assign(reward=np.nan), "finite numbers"),
        (table.drop(columns="a"), "no column 'a'"),
    ):
        wrong.to_csv(path, index=False)
        with pytest.raises(ValueError, match=f"reward.csv.*{says}"):
            read_reward_table(path, neurons, stimuli)


MARKED = [
    "# n0,",
    "% n0,",
    "// n0,",
    "; n0,",
    " # n0,",
    "\t%n0,",
    '"# n0",',
    "#n0,",
    "-- n0,",
    "! n0,",
]


@pytest.mark.parametrize("first", MARKED)
@pytest.mark.parametrize("remarks", [[], ["# recorded 2020"], ["% by us"]])
def test_a_header_after_any_mark_keeps_the_first_neuron(tmp_path, first, remarks):
    for lines in ([*remarks, f"{first}n1,n2,n3"], [f"{first}n1,n2,n3", *remarks]):
        path = written(tmp_path / "spikes.csv", *lines)
        check(read_spikes(path, neurons=["n*"]))
    names = ["#1", "#2", "#3", "#4"]  # of units, with that sign
    check(read_spikes(written(tmp_path / "a.csv", ",".join(names)), neurons=["#*"]), names)
    path = written(tmp_path / "a.csv", "# " + ",".join(names))
    check(read_spikes(path, neurons=["#*"]), names)


@pytest.mark.parametrize(
    ("separator", "lines"),
    [
        (" ", ["# recorded by my laboratory"]),
        (" ", ["# 2020 11 28 laboratory"]),
        (",", ["# in Paris, by us, in May, awake"]),
        (",", ["# n0,n1,n2,n3", "# left,right,up,down"]),
        (",", ["(n0,n1,n2,n3"]),
        (",", ["[n0,n1,n2,n3"]),
    ],
)
def test_remarks_are_not_guessed_to_be_headers(tmp_path, separator, lines):
    path = written(tmp_path / "spikes.csv", *lines, separator=separator)
    with pytest.raises(
        ValueError, match=r"spikes\.csv: .*(may (each )?be the header|takes? it away)"
    ):
        read_spikes(path)
    for name in ("one", "a b c"):  # no header of four columns between commas
        check(read_spikes(written(tmp_path / "a.csv", f"# {name}")), "0123")


def test_names_of_one_kind_may_hold_blanks(tmp_path):
    path = written(tmp_path / "spikes.csv", "# unit 0,unit 1,unit 2,unit 3")
    assert read_spikes(path).neurons == tuple(f"unit {k}" for k in range(4))


def test_r_and_pandas_headers_of_states(tmp_path):
    path = tmp_path / "spikes.txt"
    rows = [f'"{k + 1}" ' + " ".join(map(str, row)) for k, row in enumerate(STATES)]
    path.write_text('"row" "n 0" "n1" "n2" "n3"\n' + "\n".join(rows))
    check(read_spikes(path, neurons=["n*"]), ["n 0", "n1", "n2", "n3"])
    path.write_text('"n0" "n1" "n2" "n3"\n' + "\n".join(rows))
    with pytest.raises(
        ValueError, match=r"header has 4 names .* rows have 5 values; .*row numbers"
    ):
        read_spikes(path)
    for n in (1, 2):
        pd.DataFrame(STATES[:, :n]).to_csv(tmp_path / "a.csv")
        check(read_spikes(tmp_path / "a.csv"), "01"[:n], STATES[:, :n])
        two = np.concatenate([[range(n)], STATES[:, :n]])  # as without the row numbers
        pd.DataFrame(STATES[:, :n]).to_csv(tmp_path / "a.csv", index=False)
        table = read_spikes(tmp_path / "a.csv")
        check(table, "01"[:n], two)
        assert table.may_be_header
        np.save(tmp_path / "a.npy", two)
        assert not read_spikes(tmp_path / "a.npy").may_be_header
    with pytest.raises(ValueError, match="several columns called '5'"):
        read_spikes(written(tmp_path / "a.csv", "5,5,9,12"))
    with pytest.raises(ValueError, match=r"0 in column '0' and -1 .*first line is a header"):
        read_spikes(written(tmp_path / "a.csv", "-1,0,1", matrix=STATES[:, :3]))


def test_the_index_of_a_parquet_file_is_a_column(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    FRAME.set_index("n0").to_parquet(path)
    check(read_spikes(path, neurons=["n*"]))
    trials = np.arange(N) // 20
    FRAME.assign(trial=trials).set_index(["trial", "n0"]).to_parquet(path)
    table = read_spikes(path, trial="trial", neurons=["n*"])
    check(table)
    np.testing.assert_array_equal(table.trials, trials)
    FRAME.iloc[::-1].to_parquet(path)  # of row numbers that nobody named
    check(read_spikes(path), states=STATES[::-1])


def test_stimuli_are_one_or_two_as_a_reader_would_say(tmp_path):
    def stimuli(values):
        FRAME.assign(s=values).to_csv(tmp_path / "a.csv", index=False)
        return read_spikes(tmp_path / "a.csv", stimulus="s").stimuli

    assert stimuli(["left", "left ", " left", "right"] * 10) == ("left", "right")
    assert stimuli([1e6, 1e6 + 1, 0.0, 1e6] * 10) == (0, 1e6, 1e6 + 1)
    assert stimuli([2**62, 2**62 + 1] * 20) == (2**62, 2**62 + 1)
    np.savez(tmp_path / "a.npz", spikes=STATES, s=np.array(["a", "a "] * 20))
    assert read_spikes(tmp_path / "a.npz", stimulus="s").stimuli == ("a",)
    large = [2**64, 2**64 + 1] * 20
    try:
        assert len(stimuli(large)) == 2
    except ValueError as error:
        assert "number the stimuli" in str(error)
    np.savez(tmp_path / "a.npz", spikes=STATES, s=np.array(large, dtype=float))
    with pytest.raises(ValueError, match=r"'s' has 1\.84467e\+19; .* number the stimuli"):
        read_spikes(tmp_path / "a.npz", stimulus="s")


CELLS = st.sampled_from(
    ["0", "1", "-1", "1.0", "0,5", "2", "", "nan", "inf", "a", '"', "True", "#"]
)
NAMED = st.sampled_from(["n0", "n1", "stimulus", "t", "reward", "0", "7", "", "# n0", "n0 ", "-1"])


def is_header(cells):
    """Words, or distinct numbers that are no states; what is ambiguous is refused before."""
    try:
        numbers = [float(cell.replace("True", "1").replace(",", ".")) for cell in cells if cell]
    except ValueError:
        return True
    are_finite = np.isfinite(numbers).all()
    return are_finite and len({*numbers}) == len(numbers) and not {*numbers} <= {0, 1, -1}


@pytest.mark.slow
@seed(0)
@settings(max_examples=600, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_text_is_read_whole_or_refused_in_a_sentence(tmp_path, data):
    """No other error, no warning, no row and no column lost without a word."""
    draw = data.draw
    path = tmp_path / draw(st.sampled_from(["fuzz.csv", "fuzz.tsv", "fuzz.txt"]))
    separator = draw(st.sampled_from([",", ";", "\t", " "]))
    n_columns, n_rows = draw(st.integers(1, 4)), draw(st.sampled_from([9, 20, 1, 0]))
    rows = np.random.default_rng(draw(st.integers(0, 99))).integers(2, size=(n_rows, n_columns))
    rows = [[str(value) for value in row] for row in rows]
    for _ in range(draw(st.integers(0, 2)) if n_rows else 0):  # a few cells that are no states
        rows[draw(st.integers(0, n_rows - 1))][draw(st.integers(0, n_columns - 1))] = draw(CELLS)
    if draw(st.booleans()):
        length = draw(st.sampled_from([n_columns, n_columns, n_columns - 1, n_columns + 1]))
        unique = draw(st.booleans())
        rows = [draw(st.lists(NAMED, min_size=length, max_size=length, unique=unique)), *rows]
    lines = [separator.join(row) for row in rows]
    path.write_text(draw(st.sampled_from(["\n", "\r\n"])).join(lines), encoding="utf-8")
    names = st.sampled_from([*(rows[0] if rows else []), "n*", "*", "0"])
    chosen = {
        option: draw(names) if draw(st.integers(0, 4)) == 4 else None
        for option in ("stimulus", "updates", "trial")
    }
    neurons = draw(st.none() | st.lists(names, max_size=3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            table = read_spikes(path, **chosen, neurons=neurons)
        except ValueError as error:
            assert path.name in str(error)
            return
    if neurons is None and not any(sign in line for line in lines for sign in '"#'):
        lines = "\n".join(lines).strip("\n").split("\n")
        cells = lines[0].split() if separator == " " else lines[0].split(separator)
        cells = [cell.strip() for cell in cells]
        named = {name for name in chosen.values() if name is not None}
        found = {*table.neurons, *table.growing, *named}
        if is_header(cells):
            assert len(table.active) == len(lines) - 1
            assert found == {cell or "row number" for cell in cells}
        else:
            assert len(table.active) * len(found) == len(lines) * len(cells)


@seed(0)
@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_array_is_read_whole_or_refused_in_a_sentence(tmp_path, data):
    """As above, of NumPy's files; some of their bytes are changed or missing."""
    draw, name = data.draw, data.draw(st.sampled_from(["fuzz.npy", "fuzz.npz", "fuzz.pqt"]))
    path, rng = tmp_path / name, np.random.default_rng(draw(st.integers(0, 99)))
    shape = draw(st.sampled_from([(3, 12), (12, 3), (1, 9), (2, 2), (9,), (0, 3), (2, 3, 4), ()]))
    matrix = rng.integers(2, size=shape)
    dtype = draw(st.sampled_from("bool f4 f8 u1 c16 U2 S2 M8[s] V4 O i1 f2".split()))
    matrix = matrix.astype("M8[s]" if dtype == "M8[s]" else "i8").astype(dtype)
    if matrix.size and dtype in ("f4", "f8", "f2", "i1"):
        odd = st.sampled_from([0, 0, 0, 1, -1, 2] + [np.nan, np.inf] * (dtype != "i1"))
        matrix.flat[0] = draw(odd)
    light = rng.integers(2, size=draw(st.sampled_from([12, 9, 3]))) * 1.0
    if name == "fuzz.npy":
        np.save(path, matrix)
    elif name == "fuzz.npz":
        np.savez(path, **{draw(st.sampled_from(["spikes", "spikes", "data"])): matrix}, light=light)
    elif matrix.ndim == 2 and dtype not in ("c16", "V4"):
        pd.DataFrame(matrix, columns=[f"n{k}" for k in range(shape[1])]).to_parquet(path)
    else:
        path.write_bytes(b"PAR1")
    is_damaged = draw(st.integers(0, 3)) == 3
    if is_damaged:
        content = bytearray(path.read_bytes())
        content[draw(st.integers(0, len(content) - 1))] ^= draw(st.integers(1, 255))
        path.write_bytes(content[: draw(st.integers(0, len(content))) or None])
    stimulus = draw(st.sampled_from([None, None, "light", "0"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            table = read_spikes(path, stimulus=stimulus)
        except ValueError as error:
            assert path.name in str(error)
            return
    if stimulus is None and not is_damaged:
        assert table.active.size == matrix.size
