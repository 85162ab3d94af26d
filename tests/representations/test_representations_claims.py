"""Claim 2's quantities are those of the ledger, and their table is of all networks."""

import numpy as np
import pytest

from iblrnn_helpers.core.means import Measured, t_quantile
from iblrnn_helpers.publishing.ledger.loading import load_claims
from iblrnn_helpers.representations.claims import (
    measure_claim_2,
    measure_untrained,
    over_networks,
)


def test_measurements_of_claim_2_are_in_the_ledger(played):
    network, session, space = played
    measured = measure_claim_2(session, network)
    ledger = {claim.id for claim in load_claims() if claim.id.startswith("claim2.")}
    learnt = measure_untrained(
        session, space, np.random.default_rng(0).normal(size=(len(session.states), 6))
    )
    assert ledger == {*measured, *learnt, "claim2.block_decoding_folded"}  # the page's own
    assert all(np.isfinite(one.value) for one in (measured | learnt).values())
    # Of six equal variances two PCs hold a third.
    gain = space.variance[:2].sum() - learnt["claim2.variance_learnt"].value
    assert gain == pytest.approx(1 / 3, abs=0.02)
    slopes = [measured[f"claim2.slope_{name}"] for name in ("stimulus", "block")]
    n_blocks = session.trials.block_index[-1] + 1
    errors = [s.value / ((s.interval[1] - s.value) / t_quantile(n_blocks)) for s in slopes]
    assert measured["claim2.slopes_positive"].value == pytest.approx(min(errors))


def test_intervals_are_a_jackknife_over_sessions(played):
    network, session, _ = played
    whole = measure_claim_2(session, network)
    again = measure_claim_2(session, network, with_intervals=True)
    assert {k: m.value for k, m in whole.items()} == {k: m.value for k, m in again.items()}
    assert all(m.interval and m.over == "trials" for m in again.values())
    # Four sessions, so each is left out in turn: PCs of the others' states, by numpy.
    shares = []
    for left_out in range(4):
        rows = session.trials.session[session.row_trial] != left_out
        values = np.linalg.eigvalsh(np.cov(session.states[rows].T))[::-1]
        shares.append(values[:2].sum() / values.sum())
    reach = 3.1824 * np.sqrt(3 / 4 * np.sum((shares - np.mean(shares)) ** 2))  # t(3)
    low, high = again["claim2.variance_2_pcs"].interval
    assert (high - low) / 2 == pytest.approx(reach, rel=1e-3)


def test_table_over_networks():
    three = [{"a": Measured(v)} for v in (1.0, 2.0, 6.0)]
    row = over_networks(three, {"a": "A"}).loc["A"]
    assert row.tolist() == [1, 3, 1, 6]
    assert list(row.index) == ["main network", "mean", "smallest", "largest"]
    with pytest.raises(ValueError, match="at least one network"):
        over_networks([])
