"""What notebooks leave: measured numbers and exercises' answers, judged when they are read."""

import json
import re

import numpy as np
import pytest

from iblrnn_helpers.core.files import DamagedFileError
from iblrnn_helpers.publishing.ledger.results import answer, answers, record, results

RNN = "claim1.rnn_correct"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path))
    return tmp_path


def test_verdicts(tmp_path):
    assert {result.verdict for result in results(tmp_path)} == {"not judged"}
    for value, profile, verdict in [
        (0.84, "page", "close"),
        (0.855, "paper", "agrees"),
        (0.80, "page", "differs"),
        (0.80, "smoke", "not judged"),
    ]:
        assert record(RNN, value, profile=profile, folder=tmp_path).verdict == verdict
        (found,) = (r for r in results(tmp_path) if r.claim.id == RNN)
        assert (found.verdict, found.measured, found.profile) == (verdict, value, profile)


def test_record_round_trip_and_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IBLRNN_RESULTS", raising=False)
    made = record(
        RNN,
        0.85,
        interval=[0.84, 0.86],
        over="trials",
        in_networks=[0.85, 0.86],
        detail="seed 1 – à la page",
        profile="page",
    )
    assert made.notebook == "04_claim1_behavior"
    assert made in results("build/results")
    monkeypatch.setenv("IBLRNN_RESULTS", str(tmp_path / "elsewhere"))
    assert made not in results()
    record(RNN, 0.85, profile="page", notebook="99_other")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [f"{RNN}.json"]
    assert [r.notebook for r in results() if r.measured] == ["99_other"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("claim1.rnn_corect", 0.5), {}, "unknown claim id 'claim1.rnn_corect'"),
        ((RNN, float("nan")), {}, "measured value"),
        ((RNN, float("inf")), {}, "measured value"),
        ((RNN, "0.85"), {}, "measured value"),
        ((RNN, None), {}, "measured value"),
        ((RNN, 0.85), {"interval": (0.8, float("nan"))}, "interval"),
        ((RNN, 0.85), {"interval": (0.9, 0.8)}, "interval"),
        ((RNN, 0.85), {"over": "blocks"}, "over must be one of"),
        ((RNN, 0.85), {"in_networks": [0.8, float("nan")]}, "value in a network"),
        ((RNN, 0.85), {"profile": "pages"}, "profile must be one of"),
    ],
)
def test_what_cannot_be_recorded_leaves_nothing(tmp_path, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        record(*arguments, **{"profile": "page", "folder": tmp_path, **options})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"id": "claim1.rnn_corr',
        "[]",
        "{}",
        '{"id": "claim1.other"}',
        f'{{"id": "{RNN}", "measured": NaN, "profile": "page", "notebook": "x"}}',
        f'{{"id": "{RNN}", "measured": null}}',
        f'{{"id": "{RNN}", "measured": 1, "profile": "page"}}',
        f'{{"id": "{RNN}", "measured": 1, "profile": "page", "notebook": "x", "more": 1}}',
    ],
)
def test_damaged_result_file_is_named(tmp_path, content):
    path = tmp_path / f"{RNN}.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"{re.escape(str(path))} is damaged"):
        results(tmp_path)


def test_an_answer_is_kept_and_shows_itself(folder):
    given = answer("08.2", "Two & no more.", np.bool_(True), profile="page")
    assert answers() == (given,) and given.verdict == "holds"
    assert repr(given) == "Checked in this run. Two & no more."
    assert "<strong>Checked in this run.</strong> Two &amp; no more." in given._repr_html_()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"exercise": "1.1"}, "exercise must be like '08.2', got '1.1'"),
        ({"exercise": "01.1/../x"}, "exercise must be like"),
        ({"finding": " "}, "finding must be a sentence, got ' '"),
        ({"holds": 1}, "holds must be True or False, got 1"),
        ({"holds": np.nan}, "holds must be True or False, got nan"),
        ({"holds": np.array([True, False])}, "holds must be True or False"),
        ({"profile": "full"}, "profile must be one of"),
    ],
)
def test_what_is_no_answer_is_refused_and_not_written(folder, changed, message):
    given = {"exercise": "01.1", "finding": "So.", "holds": True, "profile": "page"} | changed
    with pytest.raises(ValueError, match=re.escape(message)):
        answer(**given)
    assert not list(folder.iterdir())


def test_answers_are_plain_json(folder):
    answer("01.1", "−0.5 ≥ −1.", True, profile="page")
    entry = json.loads((folder / "exercise-01.1.json").read_text(encoding="utf-8"))
    assert entry == {
        "exercise": "01.1",
        "finding": "−0.5 ≥ −1.",
        "holds": True,
        "profile": "page",
    }


@pytest.mark.parametrize("text", ["{", "[]", '{"exercise": "01.1"}', '{"exercise": 3}'])
def test_a_damaged_file_is_named(folder, text):
    (folder / "exercise-01.1.json").write_text(text)
    with pytest.raises(DamagedFileError, match=r"exercise-01\.1\.json is damaged"):
        answers()


def test_deep_or_huge_json_is_a_damaged_file(tmp_path):
    for text in ("[" * 100_000, '{"id": "task.concordant", "measured": 1' + "0" * 400 + "}"):
        (tmp_path / "task.concordant.json").write_text(text)
        with pytest.raises(DamagedFileError, match=r"task\.concordant\.json is damaged"):
            results(tmp_path)
