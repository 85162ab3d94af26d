"""A stranger's own task, from its statement to a network beside its exact observer."""

import pytest

import iblrnn_helpers as ibl


@pytest.mark.slow
def test_the_three_block_task_is_trained_and_compared_with_its_exact_observer(run):
    own = run("own_task")
    session, agents, table = own["session"], own["agents"], own["table"]
    assert session.to_frame()["concordant"].isna().sum() == 40 * 90  # neither in unbiased blocks

    # It uses the blocks, which can be read out of its states, and is between the two observers.
    use = table["zero contrast, concordant"] - table["zero contrast, discordant"]
    assert 0.15 < use["network"] < use["exact"] and abs(use["blockless"]) < 0.1
    assert own["decoded"].mean > 0.8
    for better, worse in (("exact", "network"), ("network", "blockless")):
        gain = ibl.behavior.paired_difference(agents[better], agents[worse], "correct")
        assert gain.low > 0
