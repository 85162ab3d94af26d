"""A recipe of your own: any optimizer of torch, with a log for TensorBoard."""

from torch.utils.tensorboard import SummaryWriter

import iblrnn_helpers as ibl

recipe = ibl.TrainParams(
    n_units=16,
    cell="gru",
    optimizer="AdamW",
    learning_rate=0.01,
    optimizer_options={"weight_decay": 0.01},
    schedule="CosineAnnealingLR",
    schedule_options={"T_max": 20},
    max_gradient_norm=1.0,
    sessions_per_step=4,
    n_blocks=1,
    n_gradient_steps=20,
)
with SummaryWriter("runs") as writer:

    def log(step):  # after every gradient step
        writer.add_scalar("loss", step.loss, step.number)
        writer.add_scalar("correct", step.correct, step.number)
        recurrent = step.weights["core.weight_hh_l0"]
        writer.add_histogram("recurrent", recurrent, step.number)

    trained = ibl.train(recipe, callback=log, progress=False)
print(trained.to_frame().tail())  # tensorboard --logdir runs
