"""Any agent, deaf to what became of its last trial."""

from __future__ import annotations

import numpy as np

from ..task import programs
from ..task.agent import Agent


class WithoutFeedback(Agent):
    """Lets another agent play with r = 0 on every blank step: no feedback of the last trial.

    The penalty for waiting, after observations, reaches it as usual.
    """

    def __init__(self, agent: Agent):
        self.agent = agent
        self.name = f"{agent.name}, without feedback"

    @property
    def state(self) -> np.ndarray | None:
        return self.agent.state

    def playing(self):
        return self.agent.playing()

    def reset(self, n_sessions: int) -> None:
        self.agent.reset(n_sessions)

    def step(self, inputs: np.ndarray) -> np.ndarray:
        inputs = inputs.copy()
        inputs[~inputs[:, :2].any(axis=1), 2] = 0
        return self.agent.step(inputs)

    def end_trial(self, ended: np.ndarray, side: np.ndarray) -> None:
        self.agent.end_trial(ended, side)

    def program(self, trials):
        return programs.without_feedback(programs.program_of(self.agent, trials))
