"""What a sweep asks of a network of Part III."""

import math

import pytest

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES
from iblrnn_helpers.hmm_rnn.reuse.reuse import measure
from iblrnn_helpers.hmm_rnn.teaching.emissions import assess_emissions
from iblrnn_helpers.hmm_rnn.teaching.store import shipped_hmm_rnn
from iblrnn_helpers.publishing.sweep.targets import complete
from iblrnn_helpers.publishing.sweep.train_target import find_target


def test_a_sweep_finds_it_and_gets_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_ARTIFACTS", str(tmp_path))
    target = find_target("iblrnn_helpers.hmm_rnn.reuse.reuse:measure")
    values = complete(target, {"family": "chain-3", "fast": True})
    assert values["n_units"] == 150 and values["seed"] == 1
    numbers = target.function(**values)
    # Regions without a state have no mean, which a sweep keeps as no number.
    unknown = {name for name, value in numbers.items() if not math.isfinite(value)}
    assert all(name.startswith(("turns, ", "unstable, ")) for name in unknown)
    shipped = shipped_hmm_rnn("chain-3", 1, fast=True)
    match = assess_emissions(shipped.network, FAMILIES["chain-3"], n_sequences=500, seed=1)
    assert numbers["bigrams"] == match.total_variation
    with pytest.raises(ValueError, match="family must be one of"):
        measure(family="star")
