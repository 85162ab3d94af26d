"""What the free readout scale of a distilled model does: it trades speed for accuracy.

The model acts when its log-odds, scale * (direction . z + bias), pass the task's threshold: the
larger the scale, the less it takes.  Source: Schaeffer et al. 2020, section 3.3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from .. import checks
from ..agents.distilled import DistilledAgent
from ..distillation.model import DistilledModel, Readout
from ..rollout import rollout
from ..task import Trials
from .groups import GroupMeans, group_means
from .trial_means import block_index


@dataclass(frozen=True)
class ScaleSweep:
    """Behaviour by ``scale`` of the readout, on the same trials for all scales.

    Attributes
    ----------
    correct, timed_out : fraction of trials
    n_steps : steps per trial
    """

    correct: GroupMeans
    timed_out: GroupMeans
    n_steps: GroupMeans

    @property
    def scales(self) -> np.ndarray:
        """(n_scales,) float, rising."""
        return self.correct.groups["scale"]

    @property
    def best(self) -> float:
        """The scale with the most correct actions.

        It is the best of many on these trials: judge it on others.
        """
        return float(self.scales[np.argmax(self.correct.mean)])

    def matching(self, n_steps: float) -> float:
        """The scale at which a trial takes so many steps on average.

        Between two scales of the sweep, steps are taken to be linear in log(scale).

        Parameters
        ----------
        n_steps : float
            E.g. the steps per trial of the network that was distilled, on the same trials.

        Raises
        ------
        ValueError
            If no two neighbouring scales of the sweep enclose it.
        """
        checks.number("n_steps", n_steps)
        found = self.n_steps.mean - n_steps
        exact = np.flatnonzero(found == 0)
        if len(exact):
            return float(self.scales[exact[0]])
        before = np.flatnonzero(found[:-1] * found[1:] < 0)
        if not len(before):
            raise ValueError(
                f"n_steps must lie within the {self.n_steps.mean.min():.3f} to "
                f"{self.n_steps.mean.max():.3f} steps of the sweep, got {n_steps!r}; "
                "sweep more scales"
            )
        k = before[0]
        part = found[k] / (found[k] - found[k + 1])
        low, high = np.log(self.scales[k : k + 2])
        return float(np.exp(low + part * (high - low)))


def sweep_readout_scale(
    model: DistilledModel,
    readout: Readout,
    trials: Trials,
    scales: Sequence[float],
    *,
    initial: np.ndarray | None = None,
) -> ScaleSweep:
    """Let a distilled model play the same trials with one readout scale after another.

    Parameters
    ----------
    model, readout, initial
        As for :class:`iblrnn_helpers.agents.distilled.DistilledAgent`; the readout's own scale
        counts only if it is among ``scales``.
    trials : Trials
    scales : sequence of float
        Rising, > 0.

    Returns
    -------
    ScaleSweep

    Raises
    ------
    ValueError
        If there are no scales, or they are not rising.
    """
    scales = np.asarray(scales, dtype=float)
    if scales.ndim != 1 or not len(scales) or not (np.diff(scales) > 0).all():
        raise ValueError(f"scales must be rising, got {scales.tolist()}")
    for scale in scales:
        readout.at(float(scale))  # raises an error if it is not allowed
    # All scales side by side, in one rollout: numpy takes a scale for each session.
    side_by_side = replace(readout, scale=np.repeat(scales, trials.n_sessions))
    played = rollout(DistilledAgent(model, side_by_side, initial), _repeated(trials, len(scales)))
    axes = {"scale": (scales, np.repeat(np.arange(len(scales)), len(trials)))}
    block = np.tile(block_index(trials), len(scales))

    def of(name, *, proportion=True):
        return group_means(getattr(played, name), axes, block, proportion=proportion)

    return ScaleSweep(of("correct"), of("timed_out"), of("n_steps", proportion=False))


def _repeated(trials: Trials, n: int) -> Trials:
    """The same sessions n times."""
    arrays = {f.name: getattr(trials, f.name) for f in fields(trials)[1:]}
    repeated = {name: np.concatenate([array] * n) for name, array in arrays.items()}
    repeated["session"] += np.repeat(np.arange(n) * trials.n_sessions, len(trials))
    return Trials.unchecked(params=trials.params, **repeated)
