"""The protocol that every agent follows, so that all of them play the same task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext

import numpy as np


class Agent(ABC):
    """Plays many sessions at once, one step at a time.

    Attributes
    ----------
    name : str
        How figures and tables call it.
    state : (n_sessions, n_units) array or None
        What :func:`iblrnn_helpers.task.rollouts.rollout` records as ``states``; None
        if there is nothing to record.

    Examples
    --------
    >>> import numpy as np
    >>> import iblrnn_helpers as ibl
    >>> class Guesser(ibl.Agent):
    ...     name = "Guesser"
    ...
    ...     def reset(self, n_sessions):
    ...         self.rng = np.random.default_rng(0)
    ...
    ...     def step(self, inputs):
    ...         return self.rng.random(len(inputs))
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=5, n_blocks=4, seed=0)
    >>> print(abs(ibl.rollout(Guesser(), trials).correct.mean() - 0.5) < 0.1)
    True
    """

    name: str = "agent"
    state: np.ndarray | None = None

    def playing(self) -> AbstractContextManager:
        """What holds while the agent plays, from before ``reset`` to the last step."""
        return nullcontext()

    @abstractmethod
    def reset(self, n_sessions: int) -> None:
        """Forget everything and begin ``n_sessions`` new sessions."""

    @abstractmethod
    def step(self, inputs: np.ndarray) -> np.ndarray:
        """Take one step in every session.

        Parameters
        ----------
        inputs : (n_sessions, 3) float
            o^L, o^R and r.  On a blank step both observations are exactly 0,
            which a noisy observation never is.

        Returns
        -------
        (n_sessions,) float
            Probability of *right* if the agent acted now, in [0, 1].
        """

    def end_trial(self, ended: np.ndarray, side: np.ndarray) -> None:  # noqa: B027
        """Hear that a trial is over, and what the stimulus side was.

        The choice and its feedback determine the side (paper section 2.3).
        Agents that have to infer it from their inputs ignore this call.

        Parameters
        ----------
        ended : (n_sessions,) bool
            Sessions in which a trial ended on this step.
        side : (n_sessions,) int
            Stimulus side of the trial in progress; meaningful where ``ended``.
        """

    def program(self, trials):  # noqa: B027
        """One of :mod:`.programs`, which compiled code runs in place of :meth:`step`; or None.

        A class that inherits it has none: its steps may be others.
        """
