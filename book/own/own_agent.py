"""An agent of your own, from its rule to the figures of the first claim."""

import numpy as np

import iblrnn_helpers as ibl


class Habit(ibl.Agent):
    name = "Habit"

    def reset(self, n_sessions):
        self.evidence, self.habit = np.zeros((2, n_sessions))

    def step(self, inputs):  # o^L, o^R, r; gives P(right)
        self.evidence = self.evidence + inputs[:, 1] - inputs[:, 0]
        return 1 / (1 + np.exp(-1.5 * self.evidence - 2.0 * self.habit))

    def end_trial(self, ended, side):
        self.habit = np.where(ended, 0.8 * self.habit + 0.2 * side, self.habit)
        self.evidence = np.where(ended, 0.0, self.evidence)


trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=50, n_blocks=20, seed=0)
mine, see = ibl.rollout(Habit(), trials), ibl.behavior
players = {"Habit": mine, "Bayesian observer": ibl.observe(mine)}
players["RNN"] = ibl.rollout(ibl.RNNAgent(ibl.reference_network().network), trials)
won = {name: see.outcomes_by_strength(one) for name, one in players.items()}
speed = {name: see.chronometric(one) for name, one in players.items()}
use = {name: see.correct_by_strength(one) for name, one in players.items()}
after = {name: see.correct_by_trial_in_block(one) for name, one in players.items()}
rest = {name: one.correct for name, one in won.items() if name != "Habit"}
see.fig_2a_outcomes_by_strength(won["Habit"], rest, agent="Habit").savefig("2a.png")
see.fig_2b_chronometric(speed["Habit"], agent="Habit").savefig("2b.png")
see.fig_3a_correct_by_concordance(use).savefig("3a.png")
see.fig_3b_correct_by_trial_in_block(after).savefig("3b.png")
