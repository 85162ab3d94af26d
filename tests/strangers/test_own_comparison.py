"""A stranger's networks in one table with exact inference and the ceilings."""

import pytest

import iblrnn_helpers as ibl


@pytest.mark.slow
def test_own_agents_are_compared(run):
    own = run("own_comparison")
    table, agents, trials = own["table"], own["agents"], own["trials"]
    assert table["kind"].value_counts().to_dict() == {
        **{"agent": 2, "observer": 4},
        **{"actor": 2, "ceiling": 3},
    }
    for name, agent in agents.items():  # by hand, and against what cannot be beaten
        session = ibl.rollout(agent, trials)
        exact = ibl.observe(session)
        assert table.loc[name, "correct"] == session.correct.mean()
        assert table.loc[f"Bayesian observer of {name}", "correct"] == exact.correct.mean()
        lead = exact.correct.mean() - session.correct.mean()
        assert 0 < table.loc[name, "below its observer"] == pytest.approx(lead, abs=1e-12)
    assert table["correct"].idxmax() == "most correct"
    assert table["reward per step"].idxmax() == "most reward per step"
    assert table.loc["reference", "correct"] > table.loc["briefly", "correct high"]
