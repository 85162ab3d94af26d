"""The training of Part III: noise and sequences in, updates taken, in the common frame."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...core import checks
from ...core.trained import Trained
from ...core.training_frame import Training
from ..network import HmmRnn
from .params import HmmRnnParams

HISTORY = ("loss", "floor", "gradient_norm", "mean_square_activity")
SNAPSHOT_EVERY = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedHmmRnn(Trained):
    """What training gives: beside ``params``, the fields of `Trained`.

    Weights are the arrays of an :class:`~iblrnn_helpers.hmm_rnn.network.HmmRnn`, by its names.  The
    history has a row per update, columns as in ``HISTORY``; the floor is the stage's, its loss
    between batches of the HMM itself.  The shipped networks have no snapshots.  The CPU seconds are
    without those of what it started from.
    """

    params: HmmRnnParams

    KIND: ClassVar = "a trained network of Part III"
    STEPS: ClassVar = "n_updates"
    IDENTITY: ClassVar = {"params": HmmRnnParams.from_dict}

    def _network(self, weights) -> HmmRnn:
        return HmmRnn(**weights, nonlinearity=self.params.nonlinearity)


def train(
    params: HmmRnnParams,
    *,
    start: dict[str, np.ndarray] | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 30.0,
    progress: bool = True,
) -> TrainedHmmRnn:
    """Train a network to emit sequences as an HMM does.

    There is no target for a step: the loss compares batches of whole sequences, see
    :mod:`iblrnn_helpers.hmm_rnn.teaching.sinkhorn`.  The gradient passes the drawn symbols as if
    they were the softmax that they are drawn from, with the same Gumbel noise (straight-through,
    temperature 1).  States start at 0; noise and sequences are new in every update.

    Parameters
    ----------
    params : HmmRnnParams
    start : dict of str to array, optional
        Weights of the network of ``params.start_from``, if there is one.  Their order decides the
        last bits, which `trained_hmm_rnn` makes the same for all.
    checkpoint : path, optional
        If the file exists, training goes on from it, to the same bits as an uninterrupted run.
        It is written every ``checkpoint_seconds``, at the end, and on Ctrl-C and SIGTERM; always
        after a whole update.
    progress : bool, optional
        Show a bar with the loss, as a multiple of its floor where that is not 0, and the time left.

    Raises
    ------
    DivergedError
        At a loss or gradient that is not finite.  The last checkpoint is kept.
    DamagedFileError
        If the checkpoint is cut short or not a checkpoint.
    ValueError
        If the checkpoint belongs to another recipe or version of the code, or ``start`` is given
        to a recipe that does not start from a network, or not given to one that does; or if the
        recipe needs more memory than there is.
    OSError
        If the checkpoint cannot be written.
    """
    from ...agents.rnn import one_thread
    from .update import Trainer

    if (start is None) != (params.start_from is None):
        raise ValueError(
            "start must be the weights of the network of start_from, and None without one; got "
            f"{'None' if start is None else 'weights'}"
        )
    _check_memory(params)
    trainer = Trainer(params, _first_weights(params) if start is None else start)

    def take_chunk(n_done: int) -> tuple[int, np.ndarray]:
        row = trainer.update(n_done)
        return 1, np.reshape([] if row is None else row, (-1, len(HISTORY)))

    training = Training(
        trainer,
        take_chunk,
        n_steps=params.n_updates,
        n_columns=len(HISTORY),
        snapshot_due=lambda n_done, _: n_done % SNAPSHOT_EVERY == 0 or n_done == params.n_updates,
        identity={"params": asdict(params)},
        code=code_of(),
        unit="update",
        title=f"training {params.n_units} units on {params.hmm.name}, seed {params.seed}",
        shown=_shown,
        advice="A smaller learning_rate or a larger activity_penalty may help.",
    )
    with one_thread():  # and so the same bits on any number of cores
        state = training.run(checkpoint, checkpoint_seconds, progress)
    return TrainedHmmRnn.of(state, params=params)


def _check_memory(params: HmmRnnParams) -> None:
    n_units, n_inputs = params.n_units, params.n_inputs
    weights = 16 * n_units * (n_units + n_inputs)  # with gradients and the optimiser's memory
    checks.memory(f"n_units {n_units:,} with n_inputs {n_inputs:,}", weights)
    longest = max(params.stages, key=lambda stage: stage.n_sequences * stage.n_steps)
    states = 4 * longest.n_sequences * longest.n_steps * (n_units + n_inputs)
    checks.memory(f"n_steps {longest.n_steps:,} of {longest.n_sequences:,} sequences", states)


def _first_weights(params: HmmRnnParams) -> dict[str, np.ndarray]:
    """Uniform in ±1/√n_units, as torch has it."""
    n_units, n_symbols = params.n_units, params.hmm.n_symbols
    shapes = {
        "w_in": (n_units, params.n_inputs),
        "w_rec": (n_units, n_units),
        "w_out": (n_symbols, n_units),
    }
    if params.biases:
        shapes |= {"b_rec": (n_units,), "b_out": (n_symbols,)}
    rng = checks.generator((params.seed, 0))
    bound = n_units**-0.5
    return {
        name: rng.uniform(-bound, bound, shape).astype(np.float32) for name, shape in shapes.items()
    }


def _shown(history: np.ndarray) -> str:
    loss, floor, _, activity = history[-20:].mean(axis=0)
    ratio = f" ({loss / floor:.2f} × floor)" if floor > 0.01 else ""
    return f"loss {loss:.3f}{ratio}, activity {activity**0.5:.2f}"


def code_of() -> str:
    """Fingerprint of the code that decides the bits of a trained network."""
    from ...core.fingerprint import fingerprint

    return fingerprint(__name__, data=False)  # shipped networks are stamped with it themselves
