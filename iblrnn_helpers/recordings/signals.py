"""What the tests of a recording share: activity before the stimulus and at the trial's end.

Everything is linear in spike counts, so that noise of measurement changes no mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..core import checks
from ..mice.record import MouseTrials
from ..task.generative_model import TaskParams
from ..task.trials import COLUMNS
from .nulls import pseudo_blocks
from .recording import Recording

SHORTEST_WINDOW = 0.01  # seconds; hardly a spike falls into less
LONGEST_WINDOW = 0.5  # seconds; a mouse holds still for about as long before the stimulus
FEWEST_TRIALS = 20  # of each side's blocks: a block of either
N_FOLDS = 5  # of contiguous trials: neighbours are alike
SHRINKAGE = 3.0  # of the ridge, in units of a neuron's variance over trials


class CannotJudge(ValueError):
    """What a recording lacks for a prediction, in a sentence."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What trials and choices say, whatever the neurons; those that say the same are equal.

    Attributes
    ----------
    trials : MouseTrials
    choice, number : (n_trials,)
    n_pseudo, seed, task
        As of :class:`Signals`.
    """

    trials: MouseTrials
    choice: np.ndarray
    number: np.ndarray
    n_pseudo: int
    seed: int
    task: TaskParams | None

    @cached_property
    def _key(self) -> tuple:
        columns = [getattr(self.trials, name) for name in COLUMNS] + [self.choice, self.number]
        bare = self.trials.task, self.n_pseudo, self.seed, self.task
        return *(column.tobytes() for column in columns), *bare

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @cached_property
    def block(self) -> np.ndarray:
        """(n_trials,) float: side of the block; 0 where it has none.

        Raises
        ------
        CannotJudge
            If there are too few trials in blocks of a side.
        """
        side = self.trials.block_side
        fewest = min(np.count_nonzero(side == -1), np.count_nonzero(side == 1))
        if fewest < FEWEST_TRIALS:
            raise CannotJudge(
                f"it needs {FEWEST_TRIALS} trials in blocks of each side, got {fewest}"
            )
        return checks.read_only(side.astype(float))

    @cached_property
    def blocks(self) -> np.ndarray:
        """(n_trials, 1 + n_pseudo) float: the real blocks, then those of pseudo-sessions."""
        pseudo = pseudo_blocks(self.trials, self.n_pseudo, self.rng(0), self.task)
        return checks.read_only(np.column_stack([self.block, pseudo.T]))

    @cached_property
    def side(self) -> np.ndarray:
        """(n_trials,) float."""
        return checks.read_only(self.trials.side.astype(float))

    @cached_property
    def follows(self) -> np.ndarray:
        """(n_pairs,) int: trials whose next one of the session is there, too."""
        found = np.flatnonzero(np.diff(self.number) == 1)
        if len(found) < FEWEST_TRIALS:
            raise CannotJudge(
                f"it needs {FEWEST_TRIALS} trials whose next one is there, too, got {len(found)}"
            )
        return checks.read_only(found)

    def rng(self, stream: int) -> np.random.Generator:
        """Random numbers of their own for each use, whatever else is asked."""
        return checks.generator([self.seed, stream])


@lru_cache(maxsize=1)  # recordings of the same trials follow each other, by their neurons
def _remembered(labels: Labels) -> Labels:
    return labels


@dataclass(frozen=True, eq=False)
class Signals:
    """A recording as the tests take it, and what its blocks could have been.

    Attributes
    ----------
    recording : Recording
    n_pseudo : int
    seed : int
    task : TaskParams or None
        How long blocks last, see :func:`~.nulls.pseudo_blocks`.
    """

    recording: Recording
    n_pseudo: int
    seed: int
    task: TaskParams | None = None

    @cached_property
    def window(self) -> float:
        """Seconds that are counted before the stimulus, and at most at the trial's end."""
        before = self.recording.stimulus_on - self.recording.start
        window = min(LONGEST_WINDOW, float(np.median(before)))
        if window < SHORTEST_WINDOW:
            raise CannotJudge(
                "trials show their stimulus as they begin: nothing is before it, as half of them "
                f"do so within {window:g} s, and {SHORTEST_WINDOW} s are needed"
            )
        return window

    @cached_property
    def scale(self) -> np.ndarray:
        """(n_units,) float: standard deviation of each unit's rate before the stimulus."""
        deviation = self._before.std(axis=0)
        return np.where(deviation > 0, deviation, np.inf)  # a silent unit says nothing

    @cached_property
    def _before(self) -> np.ndarray:
        return self.recording.before_stimulus(self.window) / self.window

    @cached_property
    def before(self) -> np.ndarray:
        """(n_trials, n_units) float: rates before the stimulus, in deviations from their mean."""
        return (self._before - self._before.mean(axis=0)) / self.scale

    @cached_property
    def at_end(self) -> np.ndarray:
        """(n_trials, n_units) float: the same at its end; ``before`` where it has no duration."""
        shown, end = self.recording.stimulus_on, self.recording.end
        start = np.maximum(shown, end - self.window)
        seconds = (end - start)[:, None]
        counts = self.recording.counts(start, end)
        rates = np.divide(counts, seconds, out=self._before.astype(float), where=seconds > 0)
        return (rates - self._before.mean(axis=0)) / self.scale

    @cached_property
    def labels(self) -> Labels:
        """What is found once for all neurons."""
        of = self.recording
        return _remembered(
            Labels(of.trials, of.choice, of.number, self.n_pseudo, self.seed, self.task)
        )

    @property
    def block(self) -> np.ndarray:
        """(n_trials,) float: side of the block, see :class:`Labels`."""
        return self.labels.block

    @cached_property
    def readouts(self) -> np.ndarray:
        """(n_units, 1 + n_pseudo) float: what reads ``blocks`` from what is ``before``."""
        use = self.block != 0
        return ridge(self.before[use], self.labels.blocks[use])

    def rng(self, stream: int) -> np.random.Generator:
        """Those of :meth:`Labels.rng`."""
        return self.labels.rng(stream)


def ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n_units, n_labels) float: weights that read labels (n, n_labels) from activity (n, n_units).

    All labels take one factorisation.
    """
    return _shrunk(x.T @ x, x.T @ (y - y.mean(axis=0)))


def read_across(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n, n_labels) float: contiguous folds, each read by the :func:`ridge` of all other rows.

    What products over these are, products over all rows and over the fold tell.
    """
    read, gram, pull, sums = np.empty_like(y), x.T @ x, x.T @ y, x.sum(axis=0)
    for fold in np.array_split(np.arange(len(x)), N_FOLDS):
        one, labels = x[fold], y[fold]
        mean = (y.sum(axis=0) - labels.sum(axis=0)) / (len(y) - len(labels))
        centred = pull - one.T @ labels - np.outer(sums - one.sum(axis=0), mean)
        read[fold] = one @ _shrunk(gram - one.T @ one, centred)
    return read


def _shrunk(gram: np.ndarray, pull: np.ndarray) -> np.ndarray:
    strength = SHRINKAGE * max(float(np.diag(gram).mean()), np.finfo(float).tiny)
    gram[np.diag_indices_from(gram)] += strength
    return np.linalg.solve(gram, pull)


def without(columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``values`` (n, ...) less what is linear in ``columns`` (n, k)."""
    basis, kept, _ = np.linalg.svd(columns, full_matrices=False)
    basis = basis[:, kept > 1e-10 * kept[0]]
    return values - basis @ (basis.T @ values)


def cells(*labels: np.ndarray) -> np.ndarray:
    """(n, n_cells) float: 1 in the cell of each row's labels, (n,) each."""
    _, cell = np.unique(np.stack(labels), axis=1, return_inverse=True)
    return np.eye(cell.max() + 1)[cell.ravel()]
