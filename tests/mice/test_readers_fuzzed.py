"""Whatever a mouse's table holds: a record with every row accounted for, or a sentence."""

import csv
import gzip
import io
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iblrnn_helpers.mice.alf import ALF_COLUMNS, mouse_from_alf
from iblrnn_helpers.mice.cleaning import COLUMNS
from iblrnn_helpers.mice.read import read_mouse
from iblrnn_helpers.mice.record import MouseDataWarning

N = 60
ROWS = [[k + 1, 1, 0.5, 0.25, 35 - 70 * (k % 2), 1 - 2 * (k % 2), 1.0, 0.5] for k in range(N)]
LINES = [list(COLUMNS), *([str(value) for value in row] for row in ROWS)]
# What people, other programs and damaged disks put into a field.
TOKENS = "True false left nan inf -inf 1e400 1e308 1e200 -0.0 1e-9 0x1f 1,5 1;2 2020-01-01 99999999"
NUMERALS = "-1 0 1 2 0.5000001 35 -35 100 6.25 0.2 0.8"
ODD = st.sampled_from(
    [
        "",
        " ",
        '"',
        '"5 inch',
        'end"',
        "'",
        "½",
        "\ufeff",
        "\x00",
        *TOKENS.split(),
        *NUMERALS.split(),
    ]
)
EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True, database=None)


def outcome(read, named):
    """The mouse or None; fails on all but a sentence that names what is wrong, and our warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", MouseDataWarning)
        try:
            return read()
        except ValueError as error:
            assert any(name in str(error) for name in named), error
            return None


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("mice") / "Ada.csv"


def text_of(lines):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode()


def as_typed(lines):
    """Without quotes around fields that hold some, as people write."""
    return "".join(",".join(map(str, line)) + "\n" for line in lines).encode()


@EXAMPLES
@given(
    st.lists(st.tuples(st.integers(0, N), st.integers(0, 8), ODD), max_size=4),
    st.lists(
        st.tuples(st.integers(0, N), st.sampled_from(["drop", "twice", "short", "long"])),
        max_size=1,
    ),
    st.sampled_from([text_of, as_typed]),
)
def test_no_row_of_a_csv_file_is_lost_without_a_word(path, fields, lines_too, written_by):
    lines = [[*line, "note"] for line in LINES]
    for line, field, odd in fields:
        lines[line][field] = odd
    for line, what in lines_too:
        line %= len(lines)
        changed = {
            "drop": [],
            "twice": [lines[line]] * 2,
            "short": [lines[line][:-1]],
            "long": [[*lines[line], "7"]],
        }
        lines[line : line + 1] = changed[what]
    path.write_bytes(written_by(lines))
    mouse = outcome(lambda: read_mouse(path), ["Ada.csv"])
    if mouse is not None:
        assert mouse.n_trials + len(mouse.rejected) == len(lines) - 1


@EXAMPLES
@given(st.lists(st.tuples(st.integers(0, N), st.integers(0, 6), ODD), max_size=4))
def test_no_row_of_a_csv_file_with_the_columns_of_alf_is_lost(path, fields):
    lines = [list(TABLE), *zip(*(TABLE[name].tolist() for name in TABLE), strict=True)]
    lines = [list(line) for line in lines]
    for line, field, odd in fields:
        lines[line][field] = odd
    path.write_bytes(text_of(lines))
    mouse = outcome(lambda: read_mouse(path), ["Ada.csv", "trials of Ada", "session 1"])
    if mouse is not None:
        assert mouse.n_trials + len(mouse.rejected) == len(lines) - 1


@EXAMPLES
@given(st.data(), st.booleans())
def test_a_damaged_file_ends_in_a_record_or_a_sentence(path, data, compressed):
    content = bytearray(text_of(LINES))
    if compressed:
        content = bytearray(gzip.compress(content))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 1, 2, 20, len(content)]))
        content[place : place + length] = data.draw(st.binary(max_size=6))
    path.write_bytes(content)
    outcome(lambda: read_mouse(path), ["Ada.csv"])


SIDE = np.where(np.arange(N) % 2, -1, 1)
TABLE = {
    "contrastLeft": np.where(SIDE < 0, 0.25, np.nan),
    "contrastRight": np.where(SIDE > 0, 0.25, np.nan),
    "choice": -SIDE.astype(float),
    "feedbackType": np.ones(N),
    "probabilityLeft": np.full(N, 0.5),
    "response_times": 4.0 * np.arange(N) + 0.5,
    "stimOn_times": 4.0 * np.arange(N),
}
NUMBERS = st.sampled_from([np.nan, np.inf, -np.inf, -1, 0, 1, 0.5, 2, 1e300, -1e-300, 6.25, 100])
CHANGES = {
    "value": lambda values, k, odd: np.where(np.arange(len(values)) == k, odd, values),
    "all": lambda values, k, odd: np.full(len(values), odd),
    "shorter": lambda values, k, odd: values[:k],
    "column": lambda values, k, odd: values[:, None],
    "row": lambda values, k, odd: values[None],
    "table": lambda values, k, odd: np.stack([values, values], axis=1),
    "one number": lambda values, k, odd: odd,
    "32 bits": lambda values, k, odd: values.astype(np.float32),
    "16 bits": lambda values, k, odd: values.astype(np.float16),
    "whole": lambda values, k, odd: np.nan_to_num(values).astype(int),
    "text": lambda values, k, odd: values.astype(str),
    "words": lambda values, k, odd: np.full(len(values), "left"),
    "truth": lambda values, k, odd: values > 0,
    "true objects": lambda values, k, odd: np.array(list(values > 0), dtype=object),
    "objects": lambda values, k, odd: [None, *values[1:]],
    "ragged": lambda values, k, odd: [[1.0], *values[1:]],
    "dates": lambda values, k, odd: np.zeros(len(values), dtype="M8[ns]"),
    "durations": lambda values, k, odd: np.zeros(len(values), dtype="m8[ms]"),
    "complex": lambda values, k, odd: values * 1j,
    "masked": lambda values, k, odd: np.ma.array(values, mask=np.arange(len(values)) == k),
    "hidden": lambda values, k, odd: np.ma.masked_all(len(values)),
    "none": lambda values, k, odd: None,
}


@EXAMPLES
@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.sampled_from(ALF_COLUMNS),
            st.sampled_from(sorted(CHANGES)),
            st.integers(0, N),
            NUMBERS,
        ),
        max_size=3,
        unique_by=lambda change: change[:2],
    ),
    st.integers(0, N),
    st.sampled_from(
        [
            None,
            "biasedChoiceWorld",
            {},
            {"name": "x"},
            {"contrasts": [0.25]},
            {"contrasts": np.array([0.25, 1])},
            {"block_lengths": 5},
        ]
    ),
)
def test_no_trial_of_an_alf_table_is_lost_without_a_word(changes, n_second, note):
    tables = [dict(TABLE), {name: values[:n_second] for name, values in TABLE.items()}]
    for table, column, change, k, odd in changes:
        tables[table][column] = CHANGES[change](tables[table][column], k, odd)
    if all(type(one) is np.ndarray and one.ndim == 1 for t in tables for one in t.values()):
        tables = [pd.DataFrame({name: pd.Series(t[name]) for name in t}) for t in tables]
        for table in tables:
            table.attrs["task"] = note
    mouse = outcome(
        lambda: mouse_from_alf(tables, "Ada"), ["session", "trials of Ada", "block_lengths"]
    )
    if mouse is not None:
        assert mouse.n_trials + len(mouse.rejected) == N + n_second
