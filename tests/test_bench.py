"""``iblrnn bench`` measures real work; that it is fast is for people to read, not for a test."""

import json
from pathlib import Path

import pytest

from iblrnn_helpers import bench
from iblrnn_helpers.bench import SPEEDS
from iblrnn_helpers.cli import main


def test_its_speeds_are_stated_alike_everywhere(capsys):
    root = Path(__file__).parents[1]
    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    texts = {name: (root / name).read_text() for name in ("README.md", "CONTRIBUTING.md")}
    texts |= {"how-to": (root / "book/howto.md").read_text(), "help": capsys.readouterr().out}
    assert [name for name, text in texts.items() if SPEEDS not in " ".join(text.split())] == []


def test_a_rate_is_the_median_of_repeats_after_a_first_that_does_not_count(monkeypatch):
    seconds, now = iter([1000, 1, 4, 2]), [0.0]

    def work():
        now[0] += next(seconds)
        return 16.0

    monkeypatch.setattr(bench.time, "process_time", lambda: now[0])
    assert bench._rates(work, repeats=3, unit=2.0) == (4, 2, 8)


@pytest.mark.slow
def test_the_table_is_whole(capsys, monkeypatch):
    """Each work done once, and at its amount a second: that it is timed is tested above."""
    monkeypatch.setattr(bench, "_rates", lambda work, repeats, unit=1.0: (work() / unit,) * 3)
    assert main(["bench", "--repeats", "1", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    names = " ".join(entry["name"] for entry in measured)
    for part in (
        "training",
        "batch 1",
        "batch 64",
        "bound",
        "RNN",
        "actor",
        "observer",
        "Sinkhorn",
        "environment",
        "1 session",
        "memory",
    ):
        assert part in names
    assert all(entry["value"] > 0 for entry in measured)
