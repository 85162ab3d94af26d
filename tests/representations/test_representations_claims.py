"""Claim 2's quantities are those of the ledger, and their table is of all networks."""

import numpy as np
import pytest

from iblrnn_helpers.core.means import Measured
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.representations.claims import measure_claim_2, over_networks


def test_measurements_of_claim_2_are_in_the_ledger(played):
    network, session, _ = played
    measured = measure_claim_2(session, network)
    ledger = {claim.id for claim in load_claims() if claim.id.startswith("claim2.")}
    assert ledger == {*measured, "claim2.networks_in_bands"}
    assert all(np.isfinite(one.value) for one in measured.values())


def test_table_over_networks():
    three = [{"a": Measured(v)} for v in (1.0, 2.0, 6.0)]
    row = over_networks(three, {"a": "A"}).loc["A"]
    assert row["main network"] == 1 and row["mean"] == 3 and row["largest"] == 6
    # t(2) = 4.303, standard deviation sqrt(7), n = 3
    assert row["high"] - row["mean"] == pytest.approx(4.3027 * np.sqrt(7 / 3), rel=1e-3)
    assert np.isnan(over_networks(three[:1]).loc["a", "low"])

    with pytest.raises(ValueError, match="at least one network"):
        over_networks([])
