"""A measurement of your own over a grid of settings, into one table."""

import iblrnn_helpers as ibl


def accuracy(seed: int = 1, optimizer: str = "adam", rate: float = 0.01) -> dict:
    size = {"n_units": 4, "n_blocks": 1, "n_gradient_steps": 40}
    how = {"optimizer": optimizer, "learning_rate": rate}
    trained = ibl.train(ibl.TrainParams(seed=seed, **size, **how), progress=False)
    trials = ibl.sample_trials(trained.task, n_sessions=5, n_blocks=2, seed=0)
    played = ibl.rollout(ibl.RNNAgent(trained.network), trials)
    loss = trained.to_frame()["loss"].iloc[-1]
    return {"correct": played.correct.mean(), "loss": loss}


if __name__ == "__main__":  # each process imports this file, too
    sweep = ibl.publishing.sweep
    settings = sweep.grid(optimizer=["adam", "AdamW"], seed=[1, 2])
    plan = sweep.plan_sweep("own_sweep:accuracy", settings, "out")
    table = sweep.run_sweep(plan, n_jobs=2)
    print(table.groupby("optimizer")[["correct", "loss"]].mean())
