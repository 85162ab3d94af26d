"""A stranger's own task, from its statement to a network beside its exact observer."""

import iblrnn_helpers as ibl


def test_the_three_block_task_is_trained_and_compared_with_its_exact_observer():
    # 90 unbiased trials, then blocks of 0.2 and 0.8 that last 20 to 100 trials
    task = ibl.TaskParams(blocks=ibl.task.Blocks.ibl(), hazard=1 / 60)

    def one_session(seed):
        return ibl.sample_trials(task, n_sessions=1, n_blocks=4, seed=seed)

    recipe = ibl.TrainParams(
        n_units=30, optimizer="adam", learning_rate=1e-3, n_gradient_steps=3_000
    )
    trained = ibl.train(recipe, sampler=one_session, progress=False)
    trials = ibl.sample_trials(task, n_sessions=40, n_blocks=5, seed=99)
    session = ibl.rollout(ibl.RNNAgent(trained.network), trials, record_states=True)
    agents = {"network": session, "exact": ibl.observe(session)}
    agents["blockless"] = ibl.observe(session, "blockless")
    table = ibl.summary_table(agents)
    assert session.to_frame()["concordant"].isna().sum() == 40 * 90  # neither in unbiased blocks

    # It uses the blocks, which can be read out of its states, and is between the two observers.
    use = table["zero contrast, concordant"] - table["zero contrast, discordant"]
    assert 0.15 < use["network"] < use["exact"] and abs(use["blockless"]) < 0.1
    assert ibl.decode_block(session, session.states).accuracy.mean > 0.8
    for better, worse in (("exact", "network"), ("network", "blockless")):
        gain = ibl.behavior.paired_difference(agents[better], agents[worse], "correct")
        assert gain.low > 0
