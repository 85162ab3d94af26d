"""The claims on emissions: do they ask for what is measured, and is a median a median?"""

from types import SimpleNamespace

import numpy as np
import pytest

from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.hmm_rnn.teaching.claims import (
    PUBLISHED_DISTANCE,
    emission_claims,
    emission_table,
)
from iblrnn_helpers.publishing.ledger.claim import load_claims


def match(changes=1.0, rare=0.01, bigrams=0.01):
    return SimpleNamespace(
        frequency_error=0.02,
        transition_error=0.001,
        change_ratio=changes,
        change_spread_ratio=1.0,
        total_variation=bigrams,
        distance_ratio=0.97,
        likelihood_gain=-0.01,
        network=SimpleNamespace(frequencies=np.array([0.5, rare, 0.5 - rare])),
    )


def test_two_of_three_decide():
    matches = {family: [match(), match(), match()] for family in PUBLISHED_DISTANCE}
    matches["chain-2"] = [match(0.9, 0.001), match(1.1, 0.002), match(1.4, 0.01)]
    matches["full"] = [match(1.3), match(1.4), match(1.0)]
    code = SimpleNamespace(excess=Measured(0.004, (0.002, 0.006)))
    found = emission_claims(matches, code)
    assert found["hmm_emission.changes"] == 1.1
    assert found["hmm_emission.rare_symbol"] == 0.002
    assert found["hmm_emission.families_changes"] == 5
    assert found["hmm_emission.families_bigrams"] == 6
    assert found["hmm_emission.code_length"] == (0.004, (0.002, 0.006))
    claims = {c.id: c for c in load_claims() if c.id.startswith("hmm_emission.")}
    assert found.keys() == claims.keys()
    for family, ratio in PUBLISHED_DISTANCE.items():
        claim = claims[f"hmm_emission.distance_{family.replace('-', '_')}"]
        assert abs(claim.published - ratio) < 5e-4  # three printed digits


def test_a_family_without_networks():
    with pytest.raises(ValueError, match="none of full"):
        emission_table({"full": []})
