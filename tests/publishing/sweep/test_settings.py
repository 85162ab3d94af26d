"""Over what to sweep: what is typed becomes values, and every mistake gets a plain sentence."""

from pathlib import Path

import pytest

from iblrnn_helpers.publishing.running.notebooks import Parameter
from iblrnn_helpers.publishing.sweep.settings import (
    combined,
    grid,
    read_grid,
    read_list,
    setting_of,
)
from iblrnn_helpers.publishing.sweep.targets import complete
from iblrnn_helpers.publishing.sweep.train_target import TrainTarget, find_target

ROOT = Path(__file__).parents[3]

PARAMETERS = {
    p.name: p
    for p in (
        Parameter("seed", "int", 1, ""),
        Parameter("rate", "float", 0.1, ""),
        Parameter("loss", "str", "a", ""),
        Parameter("strengths", "list[float]", [0.0, 1.0], ""),
    )
}


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("seed", "0:4", [0, 1, 2, 3]),
        ("seed", "0:10:5", [0, 5]),
        ("seed", "-1:1", [-1, 0]),
        ("seed", "3, 5", [3, 5]),
        ("seed", "7", [7]),
        ("rate", "0.1,1e-3", [0.1, 1e-3]),
        ("loss", "a,b:c", ["a", "b:c"]),
        ("strengths", "0,1;2", [[0.0, 1.0], [2.0]]),
    ],
)
def test_choices(name, text, values):
    assert read_grid([(name, text)], PARAMETERS) == {name: values}


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([("sed", "1")], "unknown parameter, 'sed': did you mean seed"),
        ([("seed", "1.5")], "seed takes int, got '1.5'"),
        ([("seed", "5:5")], "range 5:5 is empty"),
        ([("seed", "1,,2")], "a value is missing in '1,,2'"),
        ([("seed", "1"), ("seed", "2")], "given twice"),
    ],
)
def test_bad_choices(pairs, says):
    with pytest.raises(ValueError, match=says):
        read_grid(pairs, PARAMETERS)


def test_lists_and_their_product(tmp_path):
    (tmp_path / "s.csv").write_text("seed,rate\n1,0.5\n2,\n")
    (tmp_path / "s.yaml").write_text("- {seed: 1, rate: 0.5}\n- {seed: 2}\n")
    rows = read_list(tmp_path / "s.csv", PARAMETERS)
    assert rows == read_list(tmp_path / "s.yaml", PARAMETERS) == [
        {"seed": 1, "rate": 0.5},
        {"seed": 2},
    ]  # fmt: skip
    product = combined(rows, {"loss": ["a", "b"]})
    assert len(product) == 4 and product[3] == {"seed": 2, "loss": "b"}
    assert combined([], {}) == [{}] and len(grid(a=[1, 2], b=[3, 4, 5])) == 6
    with pytest.raises(ValueError, match="seed is in the list and in -p"):
        combined(rows, {"seed": [1]})
    (tmp_path / "s.csv").write_text("seed\n1\nx\n")
    with pytest.raises(ValueError, match=r"s.csv, setting 2: parameter seed takes int, got 'x'"):
        read_list(tmp_path / "s.csv", PARAMETERS)
    (tmp_path / "s.csv").write_text("seed\n")
    with pytest.raises(ValueError, match="holds no settings"):
        read_list(tmp_path / "s.csv", PARAMETERS)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"n_unit": 5}, "unknown parameter of train, 'n_unit': did you mean n_units"),
        ({"n_units": 0}, "setting n_units=0: n_units must be at least 1, got 0"),
        ({"loss": "mse"}, "loss must be one of 'neg_prob_correct', 'cross_entropy', got 'mse'"),
        ({"hazard": 2.0}, "hazard must be"),
        ({"profile": "quick"}, "profile must be one of"),
        ({"measures": ["claim9"]}, "measures must be one of"),
    ],
)
def test_what_train_does_not_take(given, says):
    with pytest.raises(ValueError, match=says):
        complete(TrainTarget(), given)


def test_a_name_depends_on_the_values_alone():
    target = TrainTarget()
    defaults = {name: p.default for name, p in target.parameters.items()}
    names = {
        setting_of(complete(target, given), defaults).name
        for given in ({}, {"seed": 1}, {"n_units": 50, "strengths": (0, 0.5, 1, 1.5, 2, 2.5)})
    }
    assert len(names) == 1 and names.pop().startswith("seed-1-")
    other = setting_of(complete(target, {"loss": "cross_entropy"}), defaults).name
    assert other.startswith("loss-cross_entropy_seed-1-")


def test_unknown_targets(monkeypatch):
    monkeypatch.chdir(ROOT)  # notebooks are targets, too
    with pytest.raises(ValueError, match="unknown target, 'trian': did you mean train"):
        find_target("trian")
    with pytest.raises(ValueError, match="no function that can be imported"):
        find_target("no_such_module:f")
    with pytest.raises(ValueError, match="must have a default"):
        find_target("json:dumps")
