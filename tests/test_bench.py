"""``iblrnn bench`` measures real work; that it is fast is for people to read, not for a test."""

import json

import pytest

from iblrnn_helpers.cli import main


@pytest.mark.slow
def test_the_table_is_whole(capsys):
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
