"""The training loop of Part III: noise and sequences in, updates taken, checkpoints out."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ...core.checkpoints import (
    load_checkpoint,
    save_checkpoint,
    snapshots_of,
    under,
    weights_and_snapshots,
)
from ...core.files import DamagedFileError
from ...training.loop import DivergedError
from ..network import HmmRnn
from .params import HmmRnnParams

HISTORY = ("loss", "floor", "gradient_norm", "mean_square_activity")
SNAPSHOT_EVERY = 10


@dataclass(frozen=True, eq=False)
class TrainedHmmRnn:
    """What training gives.

    Attributes
    ----------
    params : HmmRnnParams
    weights : dict of str to array
        The arrays of an :class:`~iblrnn_helpers.hmm_rnn.network.HmmRnn`, by its names.
    history : (n_updates, 4) float32
        A row per update, columns as in ``HISTORY``.  The floor is the stage's: its loss between
        batches of the HMM itself.
    snapshots : dict of int to dict
        Weights along the way, by updates taken; none in the shipped networks.
    cpu_seconds : float
        Without those of what it started from.
    """

    params: HmmRnnParams
    weights: dict[str, np.ndarray]
    history: np.ndarray
    snapshots: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    @property
    def network(self) -> HmmRnn:
        """The trained network, in float64."""
        return HmmRnn(**self.weights, nonlinearity=self.params.nonlinearity)

    def network_at(self, n_updates: int) -> HmmRnn:
        """The network after so many updates, of those in ``snapshots``.

        Raises
        ------
        ValueError
            If there is no snapshot of that update.
        """
        if n_updates not in self.snapshots:
            raise ValueError(f"n_updates must be one of {sorted(self.snapshots)}, got {n_updates}")
        return HmmRnn(**self.snapshots[n_updates], nonlinearity=self.params.nonlinearity)

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict]:
        """Named arrays and metadata, as the artifact store keeps them."""
        arrays = weights_and_snapshots(self.weights, self.snapshots) | {"history": self.history}
        return arrays, {"params": asdict(self.params), "cpu_seconds": self.cpu_seconds}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], metadata: dict) -> TrainedHmmRnn:
        """The inverse of :meth:`to_arrays`.

        Raises
        ------
        DamagedFileError
            If something is missing.
        """
        try:
            return cls(
                params=HmmRnnParams.from_dict(metadata["params"]),
                weights=under(arrays, "weights"),
                history=arrays["history"],
                snapshots=snapshots_of(arrays),
                cpu_seconds=metadata["cpu_seconds"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"not a trained network of Part III: {error}") from error


def train(
    params: HmmRnnParams,
    *,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 30.0,
    progress: bool = True,
) -> TrainedHmmRnn:
    """Train a network to emit sequences as an HMM does.

    There is no target for a step: the loss compares batches of whole sequences, see
    :mod:`iblrnn_helpers.hmm_rnn.teaching.sinkhorn`.  The gradient passes the drawn symbols as if
    they were
    the softmax that they are drawn from, with the same Gumbel noise (straight-through, temperature
    1).  States start at 0; noise and sequences are new in every update.

    Parameters
    ----------
    params : HmmRnnParams
    checkpoint : path, optional
        If the file exists, training goes on from it, to the same bits as an uninterrupted run.
        It is written every ``checkpoint_seconds``, at the end, and on Ctrl-C.
    progress : bool, optional
        Show a bar with the loss, as a multiple of its floor where that is not 0, and the time left.

    Returns
    -------
    TrainedHmmRnn

    Raises
    ------
    DivergedError
        At a loss or gradient that is not finite.  The last checkpoint is kept.
    DamagedFileError
        If the checkpoint is cut short or not a checkpoint.
    ValueError
        If the checkpoint belongs to another recipe or version of the code.
    OSError
        If the checkpoint cannot be written.
    """
    from ...agents.rnn import one_thread

    with one_thread():  # and so the same bits on any number of cores
        return _train(params, checkpoint, checkpoint_seconds, progress)


def _train(params, checkpoint, checkpoint_seconds, progress) -> TrainedHmmRnn:
    from .update import Trainer

    code = code_of()
    trainer = Trainer(params, _first_weights(params))
    history = np.zeros((params.n_updates, len(HISTORY)), dtype=np.float32)
    snapshots, done, earlier_seconds = {0: trainer.weights()}, 0, 0.0
    if checkpoint is not None and Path(checkpoint).exists():
        arrays, metadata = load_checkpoint(checkpoint, {"params": asdict(params)}, code)
        trainer.restore(under(arrays, "weights"), under(arrays, "memory"))
        done, earlier_seconds = metadata["n_done"], metadata["cpu_seconds"]
        history[:done], snapshots = arrays["history"], snapshots_of(arrays)
    started = time.process_time()

    def result() -> TrainedHmmRnn:
        seconds = earlier_seconds + time.process_time() - started
        return TrainedHmmRnn(params, trainer.weights(), history, snapshots, seconds)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(checkpoint, result().to_arrays(), trainer.memory(), done, code)

    bar = _progress_bar(params, done, progress)
    saved_at = time.monotonic()
    try:
        while done < params.n_updates:
            row = trainer.update(done)
            if row is None:
                raise DivergedError(
                    f"training diverged at update {done + 1:,}: the loss or gradient is not "
                    "finite. A smaller learning_rate or a larger activity_penalty may help."
                    + (f" The last good checkpoint is kept in {checkpoint}." if checkpoint else "")
                )
            history[done] = row
            done += 1
            if done % SNAPSHOT_EVERY == 0 or done == params.n_updates:
                snapshots[done] = trainer.weights()
            if bar.update():  # the line is drawn now and then only
                bar.set_postfix_str(_state_of(history[max(0, done - 20) : done]), refresh=False)
            if time.monotonic() - saved_at > checkpoint_seconds:
                save()
                saved_at = time.monotonic()
        save()
    except KeyboardInterrupt:
        save()
        raise
    finally:
        bar.close()
    return result()


def _first_weights(params: HmmRnnParams) -> dict[str, np.ndarray]:
    """Uniform in ±1/√n_units, as torch has it, or those of the network to start from."""
    if params.start_from is not None:
        from .store import hmm_rnns_for

        return hmm_rnns_for([params.start_from])[0][0].weights
    n_units, n_symbols = params.n_units, params.hmm.n_symbols
    shapes = {
        "w_in": (n_units, params.n_inputs),
        "w_rec": (n_units, n_units),
        "w_out": (n_symbols, n_units),
    }
    if params.biases:
        shapes |= {"b_rec": (n_units,), "b_out": (n_symbols,)}
    rng = np.random.default_rng((params.seed, 0))
    bound = n_units**-0.5
    return {
        name: rng.uniform(-bound, bound, shape).astype(np.float32) for name, shape in shapes.items()
    }


def _progress_bar(params: HmmRnnParams, done: int, progress: bool):
    from tqdm import tqdm

    return tqdm(
        total=params.n_updates,
        initial=done,
        desc=f"training {params.n_units} units on {params.hmm.name}, seed {params.seed}",
        unit="update",
        disable=None if progress else True,  # None: only where a person watches a terminal
        mininterval=0.5,
    )


def _state_of(recent: np.ndarray) -> str:
    loss, floor, _, activity = recent.mean(axis=0)
    ratio = f" ({loss / floor:.2f} × floor)" if floor > 0.01 else ""
    return f"loss {loss:.3f}{ratio}, activity {activity**0.5:.2f}"


def code_of() -> str:
    """Fingerprint of the code that decides the bits of a trained network."""
    from ...core.fingerprint import fingerprint

    return fingerprint(__name__, data=False)  # shipped networks are stamped with it themselves
