"""How training went: its history in windows, and the network of each stage on the same trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core import checks
from ..task.generative_model import Trials

if TYPE_CHECKING:
    from .loop import TrainedNetwork

SPACINGS = ("linear", "log")
SPREAD = (0.1, 0.9)  # quantiles


@dataclass(frozen=True)
class WindowSummary:
    """One quantity of a training run, window by window.

    Attributes
    ----------
    gradient_step : (n_windows,) float
        Middle of each window (mean of its first and last gradient step).
    mean : (n_seeds, n_windows) float
        Mean over the window's gradient steps, one row a seed.
    low, high : (n_windows,) float
        10% and 90% quantile of the single gradient steps, all seeds together.
    """

    gradient_step: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def window_summary(
    gradient_step: np.ndarray,
    values: np.ndarray,
    *,
    n_windows: int = 60,
    spacing: str = "log",
) -> WindowSummary:
    """Mean and spread of a training quantity in windows of gradient steps.

    Parameters
    ----------
    gradient_step : (n_points,) int
        Increasing, at least 0.
    values : (n_seeds, n_points) or (n_points,) float
        Finite.
    n_windows : int
        At most; windows without a point are left out.
    spacing : {"linear", "log"}
        Windows of equal width in gradient steps, or in log(gradient step + 1).

    Raises
    ------
    ValueError
        If the shapes do not fit, the steps do not increase, or a value is not finite.
    """
    checks.integer("n_windows", n_windows, low=1)
    checks.choice("spacing", spacing, SPACINGS)
    step = np.asarray(gradient_step)
    values = np.atleast_2d(np.asarray(values, dtype=float))
    if step.ndim != 1 or not len(step) or (np.diff(step) <= 0).any() or step[0] < 0:
        raise ValueError("gradient_step must be one row of increasing steps, at least 0")
    if values.shape[1:] != step.shape:
        raise ValueError(
            f"values must have {len(step)} gradient steps on their last axis, got {values.shape}"
        )
    if not np.isfinite(values).all():
        raise ValueError("values must be finite")

    place = np.log1p(step) if spacing == "log" else step.astype(float)
    edges = np.linspace(place[0], place[-1], n_windows + 1)
    window = np.searchsorted(edges[1:-1], place, side="right")
    first = np.flatnonzero(np.diff(window, prepend=-1))
    last = np.append(first[1:], len(step)) - 1
    groups = [values[:, window == k] for k in window[first]]
    low, high = np.transpose([np.quantile(group, SPREAD) for group in groups])
    mean = np.stack([group.mean(axis=1) for group in groups], axis=1)
    return WindowSummary((step[first] + step[last]) / 2, mean, low, high)


@dataclass(frozen=True)
class AlongTraining:
    """Behaviour along training, each an (n_seeds, n_stages) array but for the first.

    Attributes
    ----------
    gradient_step : (n_stages,) int
        Gradient steps taken.
    correct : fraction of trials
    n_steps : steps per trial
    concordant, discordant : fraction correct of such trials of the weakest strength
        NaN where there is no such trial.
    """

    gradient_step: np.ndarray
    correct: np.ndarray
    n_steps: np.ndarray
    concordant: np.ndarray
    discordant: np.ndarray

    @property
    def peak_minus_final(self) -> np.ndarray:
        """(n_seeds,) float: the best stage's fraction correct minus the last's."""
        return self.correct.max(axis=1) - self.correct[:, -1]

    @property
    def peak_step(self) -> np.ndarray:
        """(n_seeds,) int: gradient steps taken at the best stage."""
        return self.gradient_step[self.correct.argmax(axis=1)]


def along_training(networks: Sequence[TrainedNetwork], trials: Trials) -> AlongTraining:
    """Let every snapshot of every network play the same trials.

    Parameters
    ----------
    networks : sequence of TrainedNetwork
        Trained by the same recipe but for the seed, so that their snapshots
        were taken at the same steps.
    trials : Trials

    Raises
    ------
    ValueError
        If there is no network, or their snapshots differ.
    """
    from ..agents.rnn import RNNAgent
    from ..task.rollouts import rollout

    stages = {tuple(trained.snapshots) for trained in networks}
    if len(stages) != 1 or stages == {()}:
        raise ValueError(
            "networks must be at least one, all with snapshots of the same gradient steps, got "
            f"{len(networks)} with {len(stages)} kinds of snapshots"
        )
    (steps,) = stages
    weakest = trials.strength == min(trials.params.strengths)
    groups = [weakest & trials.concordant, weakest & trials.discordant]
    found = np.full((4, len(networks), len(steps)), np.nan)
    for k, trained in enumerate(networks):
        for i, step in enumerate(steps):
            session = rollout(RNNAgent(trained.network_at(step)), trials)
            found[:2, k, i] = session.correct.mean(), session.n_steps.mean()
            for measured, group in zip(found[2:], groups, strict=True):
                if group.any():
                    measured[k, i] = session.correct[group].mean()
    return AlongTraining(np.array(steps), *found)
