"""Motifs of every pair of classes, units that they share, and what a sweep measures."""

import math

import numpy as np
import pytest
from two_sides import SIDE, two_sides

from iblrnn_helpers.hmm_rnn.hmm import FAMILIES, HiddenMarkovModel
from iblrnn_helpers.hmm_rnn.kick_units.motif import InterventionBudget
from iblrnn_helpers.hmm_rnn.reuse.reuse import (
    linked_symbols,
    measure,
    motif_checks,
    network_motifs,
    shared_units,
)
from iblrnn_helpers.hmm_rnn.teaching.emissions import assess_emissions
from iblrnn_helpers.hmm_rnn.teaching.params import fast_recipe
from iblrnn_helpers.hmm_rnn.teaching.store import shipped_hmm_rnn
from iblrnn_helpers.publishing.sweep.targets import complete
from iblrnn_helpers.publishing.sweep.train_target import find_target

COIN = HiddenMarkovModel("two", (0.5, 0.5), ((0.9, 0.1), (0.1, 0.9)), ((1, 0), (0, 1)))
EFFORT = InterventionBudget(
    n_sequences=60, n_steps=200, n_starts=20, n_changed=60, n_draws=2, n_null=99
)


@pytest.fixture(scope="module")
def found():
    return network_motifs(two_sides(), COIN, effort=EFFORT)


@pytest.mark.parametrize(
    ("family", "pairs"),
    [
        *((f"chain-{n}", [(0, 2)]) for n in (2, 3, 4, 5)),
        ("full", [(0, 1), (0, 2), (1, 2)]),
        ("cyclic", [(0, 1), (1, 2)]),
    ],
)
def test_linked_symbols(family, pairs):
    assert linked_symbols(FAMILIES[family]) == pairs


def test_a_network_built_with_the_motif_has_it(found):
    assert not found.missing
    motif = found.motifs[0, 1]
    assert all(SIDE[motif.kick[0].chosen] == 1) and all(SIDE[motif.kick[1].chosen] == 0)
    assert motif_checks(motif, limit=0.1)["signs"]
    # Units of one side are drawn together by chance in a few of a hundred draws only.
    assert (motif.against_any.scores(motif.against_any.found)[:2] > 1).all()


def test_a_pair_that_is_never_visited_is_missing_and_says_why():
    short = InterventionBudget(
        n_sequences=2, n_steps=20, n_starts=2, n_changed=5, n_draws=1, n_null=2
    )
    found = network_motifs(two_sides(), COIN, effort=short)
    assert not found.motifs and "run longer" in found.missing[0, 1]


def test_shared_units_by_relation(found):
    class Kick:
        def __init__(self, source, target, candidates):
            self.ends = source, target
            self.candidates = np.array(candidates)

    class Pair:
        def __init__(self, *kick):
            self.kick = kick

    motifs = {
        (0, 1): Pair(Kick(0, 1, [1, 2, 3]), Kick(1, 0, [7, 8, 9])),
        (1, 2): Pair(Kick(1, 2, [4, 5, 9]), Kick(2, 1, [2, 3, 6])),
    }
    by_relation = {}
    for one in shared_units(motifs, 20, n_first=3):
        by_relation.setdefault(one.relation, []).append(one.n_shared)
        assert one.n_expected == pytest.approx(9 / 20)
    assert by_relation == {"same target": [2], "same source": [1], "chained": [0, 0]}
    assert shared_units(found.motifs, 30) == []  # one pair only


@pytest.mark.slow
def test_a_sweep_finds_it_and_gets_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("IBLRNN_ARTIFACTS", str(tmp_path))
    target = find_target("iblrnn_helpers.hmm_rnn.reuse.reuse:measure")
    values = complete(target, {"family": "chain-3", "fast": True})
    assert values["n_units"] == 150 and values["seed"] == 1
    numbers = target.function(**values)
    # Regions without a state have no mean, which a sweep keeps as no number.
    unknown = {name for name, value in numbers.items() if not math.isfinite(value)}
    assert all(name.startswith(("turns, ", "unstable, ", "step")) for name in unknown)
    shipped = shipped_hmm_rnn("chain-3", 1, fast_recipe)
    match = assess_emissions(shipped.network, FAMILIES["chain-3"], n_sequences=500, seed=1)
    assert numbers["bigrams"] == match.total_variation
    with pytest.raises(ValueError, match="family must be one of"):
        measure(family="star")
