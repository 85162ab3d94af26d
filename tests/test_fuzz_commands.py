"""Whatever is typed or lies in a file: a result, or a sentence that names a file or a parameter."""

import contextlib
import io
import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_repository import write_notebook

import iblrnn_helpers as ibl
from iblrnn_helpers.cli import main
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.training import store


def fuzz(n):
    """So many inputs, always the same ones."""
    shared = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=n,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=shared,
    )


def ends_well(arguments, *names):
    """Run a command; if it fails, its sentence must be ours and hold one of the names."""
    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # NumPy's
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main(arguments)
            except SystemExit as left:  # argparse's own
                status = left.code
    said = err.getvalue()
    assert status in (0, 1, 2) and "Traceback" not in said, said
    assert "--debug shows where" not in said, said  # no words of a library's
    if status and "usage:" not in said:
        assert any(name in said for name in names), said
    return status


WHOLE = st.one_of(st.integers(-2, 9), st.sampled_from([2**31, 2**63, 2**64, 10**12, 10**400]))
REAL = st.one_of(
    st.floats(width=32), st.sampled_from([0, -1e-3, 1e-300, 1e300, 5e-324]), st.floats(0, 1)
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
RECIPE = {
    "--n-units": WHOLE,
    "--learning-rate": REAL,
    "--momentum": REAL,
    "--sessions-per-step": WHOLE,
    "--n-blocks": WHOLE,
    "--seed": WHOLE,
    "--concordance": REAL,
    "--hazard": REAL,
    "--noise-sd": REAL,
    "--threshold": REAL,
    "--n-gradient-steps": st.sampled_from([1, 2, 3, -1, 0, 10**12]),
    "--cell": st.sampled_from([*store.CELLS, "rnn"]),
    "--loss": st.sampled_from(store.LOSSES),
    "--optimizer": st.sampled_from(["sgd", "adam", "AdamW", "Rprop", "LBFGS", "SGD", ""]),
    "--optimizer-options": st.sampled_from(['{"weight_decay": 0.1}', '{"lr": 1}', "{", "[1]", "1"]),
    "--schedule": st.sampled_from(["StepLR", "ExponentialLR", "LambdaLR", "constant"]),
    "--schedule-options": st.sampled_from(
        ['{"gamma": 0.9}', '{"step_size": 5}', "null", '{"a": {}}']
    ),
    "--max-gradient-norm": REAL,
    "--dtype": st.sampled_from(["float32", "float64"]),
    "--block-law": st.sampled_from(store.BLOCK_LAWS),
    "--blocks": st.sampled_from(["ibl", "mice", "", "{", "[]", '{"p_right": [0.1]}', "x.json"]),
    "--strengths": st.sampled_from(["0", "0,1", "-1,2", "", "1;2", "nan", "1e400,1"]),
    "--strength-probabilities": st.sampled_from(["1", "0.5,0.5", "1,,1", "nan"]),
    "--max-block-length": WHOLE,
    "--waiting-penalty": REAL,
}
QUICK = {"--n-units": 2, "--n-gradient-steps": 1, "--n-blocks": 1}


@fuzz(70)
@given(st.sets(st.sampled_from(sorted(RECIPE)), max_size=3).flatmap(
    lambda some: st.fixed_dictionaries({name: RECIPE[name] for name in sorted(some)})
))  # fmt: skip
@pytest.mark.slow
def test_train(tmp_path, chosen):
    out = tmp_path / "net"
    asked = [str(word) for pair in (QUICK | chosen).items() for word in pair]
    status = ends_well(
        ["train", *asked, "--out", str(out), "--force"],
        *(name[2:].replace("-", "_") for name in chosen),
        "learning_rate",  # of what diverged
        "gradient steps would need",
    )
    assert out.exists() or status
    out.unlink(missing_ok=True)
    assert not list(tmp_path.iterdir())


HMM_RECIPE = {
    "--n-units": WHOLE,
    "--n-inputs": WHOLE,
    "--n-steps": WHOLE,
    "--seed": WHOLE,
    "--nonlinearity": st.sampled_from(["relu", "tanh"]),
    "--n-updates": WHOLE,
}
QUICK_HMM = {"--n-units": 2, "--n-inputs": 1, "--n-steps": 3}


@fuzz(25)
@given(st.dictionaries(st.sampled_from(sorted(HMM_RECIPE)), st.none(), max_size=2).flatmap(
    lambda some: st.fixed_dictionaries({name: HMM_RECIPE[name] for name in sorted(some)})
))  # fmt: skip
def test_train_hmm(tmp_path, chosen):
    out = tmp_path / "net"
    updates = [str(chosen.pop("--n-updates", 1)), "1", "1"]
    asked = [str(word) for pair in (QUICK_HMM | chosen).items() for word in pair]
    command = ["train-hmm", "chain-2", "--fast", *asked, "--n-updates", *updates]
    named = [name[2:].replace("-", "_") for name in chosen]
    status = ends_well([*command, "--out", str(out)], *named, "n_updates", "updates would need")
    assert out.exists() or status
    out.unlink(missing_ok=True)
    assert not list(tmp_path.iterdir())


STATES = np.random.default_rng(0).integers(2, size=(60, 3))
COLUMNS = st.sampled_from(["n0", "n1", "n*", "s", "t", "who", "*", "nosuch", ""])
OF_FILES = {
    "--stimulus": COLUMNS,
    "--updates": COLUMNS,
    "--trial": COLUMNS,
    "--reward": st.sampled_from(["full", "count", "pairwise", "both"]),
    "--neurons": st.lists(COLUMNS, max_size=3).map(",".join),
    "--coding-cost": REAL,
    "--prior": REAL,
    "--seed": WHOLE,
    "--compare": st.sampled_from(["spikes.csv", "nosuch.csv", "."]),
    "--out": st.sampled_from(["out", "spikes.csv", "spikes.csv/x", "."]),
    "--n-samples": WHOLE,
}


@fuzz(30)
@given(
    st.sampled_from([60, 45, 12, 3, 2]),
    st.sets(st.sampled_from(sorted(OF_FILES)), max_size=2).flatmap(
        lambda some: st.fixed_dictionaries({name: OF_FILES[name] for name in sorted(some)})
    ),
)
def test_infer_reward(place, monkeypatch, n_rows, chosen):
    """Two or three neurons, one of which changes in a step; pictures are looked at elsewhere."""
    monkeypatch.setattr("iblrnn_helpers.inverse_rl.from_data.command._picture", lambda *of: b"")
    who = np.arange(60) % 3
    states = np.bitwise_xor.accumulate(STATES * (who[:, None] == np.arange(3)), axis=0)
    frame = pd.DataFrame(states, columns=["n0", "n1", "n2"]).iloc[:n_rows]
    frame.assign(s=who[:n_rows] % 2, t=who[:n_rows] // 2).to_csv("spikes.csv", index=False)
    asked = [f"{name}={value}" for name, value in ({"--neurons": "n*"} | chosen).items()]
    command = ["infer-reward", "spikes.csv", *asked, "--force"]
    ends_well(command, "spikes.csv", "nosuch.csv", *chosen)
    for path in place.rglob("summary.json"):
        json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN, no infinity
        path.unlink()


NUMBERS = st.one_of(st.lists(REAL, max_size=3).map(lambda of: ",".join(map(str, of))), ANY_TEXT)
OF_REPORTS = {
    "--probe": st.sampled_from(["probe00", "probe", "", ".", "alf/probe00"]),
    "--contrasts": NUMBERS,
    "--probabilities": NUMBERS,
    "--block-lengths": st.one_of(NUMBERS, st.sampled_from(["20,100", "1,9", "9,1"])),
    "--only": st.sampled_from(["angle", "dimension,angle", "", "all", ","]),
    "--pseudo": WHOLE,
    "--seed": WHOLE,
    "--out": st.sampled_from(["out.json", "out.md", "out", ".json", "recorded", "a/b/out.md"]),
    "--figure": st.sampled_from(["out.svg", "x.gif", "recorded/x.png"]),
}
FILES = ["spikes.times.npy", "spikes.clusters.npy", "clusters.metrics.pqt", "_ibl_trials.table.pqt"]


@fuzz(40)
@given(
    st.sets(st.sampled_from(sorted(OF_REPORTS)), max_size=2).flatmap(
        lambda some: st.fixed_dictionaries({name: OF_REPORTS[name] for name in sorted(some)})
    ),
    st.one_of(st.none(), st.tuples(st.sampled_from(FILES), st.floats(0, 1), st.binary(max_size=9))),
)
def test_report(place, chosen, damage):
    """A few units in a hundred trials; one of the files may be cut, and go on with anything."""
    params = ibl.TaskParams(max_block_length=30)
    trials = ibl.sample_trials(params, n_sessions=1, n_blocks=4, seed=0)
    session = ibl.rollout(ibl.BayesianActor(params), trials)
    session = replace(session, states=np.cumsum(session.inputs[:, :2], axis=0))
    recording = ibl.recordings.record(session, n_units=4, seed=0)
    folder = ibl.recordings.write_alf_recording(recording, "recorded", overwrite=True)
    if damage is not None:
        name, share, rest = damage
        (path,) = folder.rglob(name)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))] + rest)
    asked = [f"{name}={value}" for name, value in chosen.items()]
    names = [name[2:].replace("-", "_") for name in chosen]
    ends_well(["report", "recorded", *asked, "--force"], "recorded", *names, *chosen, *FILES)
    for path in place.glob("*.json"):
        json.loads(path.read_text(), parse_constant=pytest.fail)
        path.unlink()


USERS_OWN = """
def f(x: float = 0.5, n: int = 1, word: str = "a", yes: bool = False) -> dict:
    return {"y": x}
"""
ODD = st.sampled_from(["0:4", "true", "0:9:0", "0:1000000000000", "1_0", "٣"])
VALUES = st.one_of(WHOLE.map(str), REAL.map(str), st.text("-:,;.0123456789einfa"), ODD, ANY_TEXT)
NAMES = st.sampled_from(["x", "n", "word", "yes", "m"])


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "fuzzed.py").write_text(USERS_OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "fuzzed", raising=False)
    return tmp_path


@fuzz(150)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=2))
def test_sweep_of_what_is_typed(place, pairs):
    typed = [word for pair in pairs for word in ("-p", *pair)]
    names = [f"parameter {name}" for name, _ in pairs]
    ends_well(["sweep", "fuzzed:f", "--dry-run", *typed], *names, "'m'", "the sweep has")
    assert [path.name for path in place.glob("*") if path.is_dir()] in ([], ["__pycache__"])


CELLS = st.one_of(VALUES, st.just(""), st.just(" "))
TABLES = st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=4).map("\n".join)
ROWS = st.recursive(
    st.one_of(st.none(), st.booleans(), WHOLE, REAL, ANY_TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@fuzz(200)
@given(st.one_of(
    TABLES.map(lambda t: ("s.csv", ("x,n,word\n" + t).encode())),
    TABLES.map(lambda t: ("s.csv", t.encode("utf-16"))),
    st.binary(max_size=60).map(lambda b: ("s.csv", b)),
    st.binary(max_size=60).map(lambda b: ("s.yaml", b)),
    ROWS.map(lambda r: ("s.yaml", json.dumps(r).encode())),
    st.lists(ROWS).map(lambda r: ("s.yml", json.dumps(r).encode())),
))  # fmt: skip
def test_sweep_of_a_list(place, file):
    name, content = file
    (place / name).write_bytes(content)
    ends_well(["sweep", "fuzzed:f", "--dry-run", "--list", name], name)


CLAIM = load_claims()[0]
FIELDS = ["measured", "interval", "over", "in_networks", "detail", "profile", "notebook", "other"]
ENTRIES = st.fixed_dictionaries(
    {"id": st.sampled_from([CLAIM.id, "x"])},
    optional={field: ROWS for field in FIELDS} | {"profile": st.sampled_from(["page", "smoke", 1])},
)


@fuzz(200)
@given(st.one_of(
    ENTRIES.map(json.dumps), ROWS.map(json.dumps), ANY_TEXT, st.just("[" * 99_999)
), st.sampled_from(["--check", "--json", "--markdown"]))  # fmt: skip
def test_claims(place, text, form):
    results = place / "results"
    results.mkdir(exist_ok=True)
    (results / f"{CLAIM.id}.json").write_text(text)
    ends_well(["claims", form, "--results", str(results)], CLAIM.id, CLAIM.notebook)


@fuzz(60)
@given(st.lists(st.tuples(st.sampled_from(["n", "seed", "rates", "m"]), VALUES), max_size=2),
       st.one_of(ROWS.map(json.dumps), ANY_TEXT))  # fmt: skip
def test_run(place, pairs, stamp):
    parameters = "n: int = 3\nseed: int = 1\nrates: list[float] = [0.5]"
    write_notebook(place, "01_a", "print(n)", parameters=parameters)
    stamps = place / "build" / "stamps"
    stamps.mkdir(parents=True, exist_ok=True)
    (stamps / "01_a.json").write_text(stamp, encoding="utf-8")
    typed = [word for pair in pairs for word in ("-p", *pair)]
    ends_well(["run", "--why", *typed], *(name for name, _ in pairs))


@fuzz(30)
@given(st.one_of(
    st.binary(max_size=80),
    ROWS.map(lambda row: f"# ---\n# jupyter: {json.dumps(row)}\n# ---\n# %%\n1\n".encode()),
    ROWS.map(lambda row: f'# %% tags=["parameters"]\nn: int = {row!r}\n'.encode()),
    ANY_TEXT.map(lambda text: f'# %% tags=["parameters"]\n{text}\n'.encode()),
))  # fmt: skip
def test_notebooks(place, source):
    (place / "notebooks").mkdir(exist_ok=True)
    path = Path(place / "notebooks" / "01_a.py")
    path.write_bytes(source)
    (path.with_suffix(".ipynb")).unlink(missing_ok=True)
    for arguments in (["run", "--why"], ["notebooks"], ["notebooks", "--check"]):
        ends_well(arguments, "01_a")
