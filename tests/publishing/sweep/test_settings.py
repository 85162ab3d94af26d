"""Over what to sweep: what is typed becomes values, and every mistake gets a plain sentence."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from iblrnn_helpers.publishing.running.notebooks import Parameter
from iblrnn_helpers.publishing.sweep.lists import read_list
from iblrnn_helpers.publishing.sweep.settings import (
    combined,
    grid,
    read_grid,
    setting_of,
)
from iblrnn_helpers.publishing.sweep.targets import checked_numbers, complete
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
        ("rate", "-1,0,1", [-1.0, 0.0, 1.0]),
        ("rate", "-1e-3", [-1e-3]),
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
        ([("seed", "0:9:0")], "range 0:9:0 is empty"),
        (
            [("seed", f"0:{10**12}")],
            "range 0:1000000000000 has 1,000,000,000,000 settings",
        ),
        ([("seed", f"0:{'9' * 5000}")], "parameter seed takes int, got '999"),
        ([("rate", "nan")], "rate takes finite float, got 'nan'"),
        ([("rate", "0,-inf")], "rate takes finite float, got '-inf'"),
        ([("rate", "1e999")], "rate takes finite float, got '1e999'"),
        ([("strengths", "1,inf")], r"strengths takes finite list\[float\], got '1,inf'"),
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
        ({"hazard": float("nan")}, "hazard takes finite float, got nan"),
        ({"noise_sd": "1"}, "noise_sd takes finite float, got '1'"),
        ({"n_units": 1.5}, "n_units takes int, got 1.5"),
        ({"strengths": 1.0}, "strengths takes finite list"),
        ({"trials_seed": 2**64}, "trials_seed must be at least 0"),
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
    assert len(names) == 1 and min(names).startswith("seed-1-")
    arrays = complete(target, {"seed": np.int64(1), "strengths": np.arange(6) / 2})
    assert setting_of(arrays, defaults).name in names
    other = setting_of(complete(target, {"loss": "cross_entropy"}), defaults).name
    assert other.startswith("loss-cross_entropy_seed-1-")


def test_a_task_s_own_blocks_can_be_swept_and_name_nothing_where_there_are_none():
    target = TrainTarget()
    later = {name for name, p in target.parameters.items() if p.later}
    own = {"optimizer_options", "schedule", "schedule_options", "max_gradient_norm"}
    assert later == {"blocks", "strength_probabilities"} | own
    defaults = {name: p.default for name, p in target.parameters.items()}
    # The same name as before there were such parameters.
    before = {name: value for name, value in complete(target, {}).items() if name not in later}
    plain = {name: value for name, value in defaults.items() if name not in later}
    assert setting_of(complete(target, {}), defaults, later) == replace(
        setting_of(before, plain), values=complete(target, {})
    )
    own = '{"p_right": [0.1, 0.5, 0.7]}'
    found = read_grid([("blocks", f"ibl; {own}"), ("hazard", "0.1,0.2")], target.parameters)
    assert found == {"blocks": ["ibl", own], "hazard": [0.1, 0.2]}
    names = [setting_of(complete(target, row), defaults, later).name for row in grid(**found)]
    assert len(set(names)) == 4 and names[0].startswith("seed-1_hazard-0.1_blocks-ibl-")
    with pytest.raises(ValueError, match=r"blocks must be task\.Blocks, 'ibl'"):
        complete(target, {"blocks": "mice"})


def test_unknown_targets(monkeypatch):
    monkeypatch.chdir(ROOT)  # notebooks are targets, too
    with pytest.raises(ValueError, match="unknown target, 'trian': did you mean train"):
        find_target("trian")
    with pytest.raises(ValueError, match="no function that can be imported"):
        find_target("no_such_module:f")
    with pytest.raises(ValueError, match='must be a word, as "module:function", got function'):
        find_target(find_target)
    with pytest.raises(ValueError, match="must have a default"):
        find_target("json:dumps")


@pytest.mark.parametrize(
    ("name", "content", "settings"),
    [
        ("s.csv", "\ufeffseed,rate\n1,0.5\n", [{"seed": 1, "rate": 0.5}]),  # a BOM, of Excel
        ("s.CSV", "seed , rate\n 1, 0.5\n,\n , \n\n2,\n", [{"seed": 1, "rate": 0.5}, {"seed": 2}]),
        ("s.csv", "seed,rate,\n1,0.5,\n", [{"seed": 1, "rate": 0.5}]),
        ("s.yaml", "\ufeff- {seed: 1, loss: }\n- {seed: }\n- {}\n", [{"seed": 1}, {}, {}]),
        ("s.YML", "- {strengths: [0, 1]}", [{"strengths": [0.0, 1.0]}]),
        # As the parameter's type says, not as YAML 1.1 would: no is no False, 010 is not 8.
        ("s.yml", "- {loss: no}\n- {loss: 010}", [{"loss": "no"}, {"loss": "010"}]),
        ("s.yml", "- {loss: 2021-01-02, seed: 010}", [{"loss": "2021-01-02", "seed": 10}]),
        (
            "s.yml",
            "- &a {seed: 1, loss: ~}\n- {<<: *a, rate: 1e3}",
            [{"seed": 1}, {"seed": 1, "rate": 1e3}],
        ),
    ],
)
def test_lists_as_people_have_them(tmp_path, name, content, settings):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_list(tmp_path / name, PARAMETERS) == settings


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("s.csv", b"seed,loss\n1,\xe9\n", "is not CSV in UTF-8"),
        ("s.csv", b"seed,seed\n1,2\n", "has two columns of one name"),
        ("s.csv", b"seed\n1,2\n", "setting 1: more cells than columns"),
        ("s.csv", b"seed,rate\n1\n", "setting 1: fewer cells than columns"),
        ("s.csv", b",\n,\n", "holds no settings"),
        ("s.csv", b"", "holds no settings"),
        ("s.csv", b",seed\n0,1\n", "setting 1: an unknown parameter, ''"),
        ("s.csv", b"rate\nnan\n", "setting 1: parameter rate takes finite float, got 'nan'"),
        ("s.yaml", b"- {rate: .inf}", "setting 1: parameter rate takes finite float, got '.inf'"),
        ("s.yaml", b"- {seed: 2021-13-45}", "setting 1: parameter seed takes int, got '2021-"),
        ("s.yaml", b"- {seed: 1:30}", "setting 1: parameter seed takes int, got '1:30'"),
        ("s.yaml", b"- {seed: 1_0}", "setting 1: parameter seed takes int, got '1_0'"),
        ("s.yaml", b"- seed: 1\n  seed: 2\n", "is not YAML: 'seed' is given twice"),
        ("s.csv", b'seed,loss\n1,"a\n2,b\n3,c\n', "is not CSV in UTF-8: unexpected end"),
        ("s.csv", b'seed,loss\n1,"a\n2,b"\n3,c\n', "a cell that goes over several lines"),
        ("s.csv", b'seed,loss\n1,"a"b\n', "is not CSV in UTF-8"),
        ("s.yaml", b"[" * 5000, "is not YAML"),
        ("s.yaml", b"- {loss: {a: 1}}", "setting 1: parameter loss takes str, got"),
        ("s.yaml", b"\xff\xfe\x00", "is not YAML"),
    ],
)
def test_lists_that_are_refused_are_named(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says) as caught:
        read_list(path, PARAMETERS)
    assert str(path) in str(caught.value)


def test_more_than_a_million_settings_are_refused_before_they_are_made():
    many = {"seed": range(10**5), "rate": range(10**5)}
    with pytest.raises(ValueError, match="the sweep has 10,000,000,000 settings"):
        combined([], many)


@pytest.mark.parametrize(
    ("value", "number"),
    [(True, True), (np.float32(0.5), 0.5), (np.array(3), 3), (float("inf"), None), (None, None)],
)
def test_what_a_function_may_return(value, number):
    assert checked_numbers("f", {"a": value}) == {"a": number}


@pytest.mark.parametrize("value", ["1", 1j, [1], 10**400, np.array([1, 2]), object(), {}])
def test_what_it_may_not_return(value):
    with pytest.raises(ValueError, match="f must return a dict of numbers, got 'a'"):
        checked_numbers("f", {"a": value})


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("1 / 0", "no function that can be imported: ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "no function that can be imported: SystemExit: 3"),
        ("def f(:", "no function that can be imported: SyntaxError"),
        ("f = 3", "no function that can be imported: TypeError"),
        ("def f(x: float = 0.0, /): return {}", "parameter x must have a default, a name to be"),
        ("def f(**more: float): return {}", "parameter more must have a default"),
    ],
)
def test_functions_that_cannot_be_swept(tmp_path, monkeypatch, source, says):
    (tmp_path / "users_own.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "users_own", raising=False)
    with pytest.raises(ValueError, match=says):
        find_target("users_own:f")
    sys.modules.pop("users_own", None)
