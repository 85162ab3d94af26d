"""Fig. 3's simulations on a small network, and the tutorial of the book."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from iblrnn_helpers.cli import main
from iblrnn_helpers.inverse_rl.from_data import command as command_module
from iblrnn_helpers.inverse_rl.from_data.posterior import (
    Change,
    conditional_reference_error,
    infer_and_judge,
    prediction_errors,
    reference_error,
    rewards_from_simulations,
)
from iblrnn_helpers.inverse_rl.hypercube import spike_counts
from iblrnn_helpers.inverse_rl.optimal_network.changes import sum_out, switching_input, without
from iblrnn_helpers.inverse_rl.optimal_network.inverse import kl_between, r_squared
from iblrnn_helpers.inverse_rl.optimal_network.network import NetworkTask, optimise

PAGE = Path(__file__).parents[3] / "book" / "infer_reward.md"


@pytest.fixture(scope="module")
def network():
    counts = spike_counts(3)
    reward = np.stack([counts == 1, counts == 2], axis=1).astype(float)
    return optimise(NetworkTask(3, switching_input(0.5, 0.1), coding_cost=0.1), reward), reward


@pytest.mark.parametrize("known", [True, False])
def test_more_data_more_reward(network, known):
    truth, reward = network
    found = rewards_from_simulations(truth, [300, 30_000], [1, 2, 3], updates_known=known)
    assert found.shape == (3, 2, 8, 2)
    r2 = np.array([[r_squared(reward, one, "median") for one in row] for row in found])
    assert (r2[:, 0] < r2[:, 1]).all() and r2[:, 1].min() > 0.95
    again = rewards_from_simulations(truth, [300], [2], updates_known=known)
    # Another length was asked for, so the chain's draws differ, but not what is counted.
    assert again.shape == (1, 1, 8, 2)


def test_predictions_of_the_true_reward_have_no_error(network):
    truth, reward = network
    rare = Change(replace(truth.task, input_transitions=switching_input(0.2, 0.1)))
    dead = Change(without(truth.task, {1: -1}), {1: -1})
    for change in (rare, dead):
        found = prediction_errors(
            change, reward, np.stack([reward, reward + np.array([2.0, -1.0])])
        )
        # A constant for each input changes nothing; optima are solved to 1e-6.
        assert found.shape == (2,) and (found < 1e-9).all()
        assert reference_error(change, reward, truth) > 1e-3
    unchanged = Change(truth.task)
    assert reference_error(unchanged, reward, truth) < 1e-9
    assert conditional_reference_error(unchanged, reward, truth) < 1e-9


def test_references_by_hand(network):
    truth, reward = network
    dead = Change(without(truth.task, {1: -1}), {1: -1})
    best = dead.optimum(reward).stationary
    summed = sum_out(truth.stationary, [1])
    assert reference_error(dead, reward, truth) == pytest.approx(kl_between(best, summed))
    silent = truth.stationary[[s for s in range(8) if not s & 2]]
    by_hand = kl_between(best, silent / silent.sum())
    assert conditional_reference_error(dead, reward, truth) == pytest.approx(by_hand)
    rare = Change(replace(truth.task, input_transitions=switching_input(0.2, 0.1)))
    old = truth.stationary / truth.stationary.sum(axis=0) * [0.8, 0.2]
    by_hand = kl_between(rare.optimum(reward).stationary, old)
    # The optimum's own share of inputs is 0.2 up to its tolerance.
    assert conditional_reference_error(rare, reward, truth) == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.slow
def test_the_tutorial_can_be_followed(tmp_path, monkeypatch, capsys):
    """Its commands and its Python, with fewer samples and fewer simulations of the fits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_module, "_N_DRAWS", 20)
    monkeypatch.setitem(infer_and_judge.__kwdefaults__, "n_draws", 20)
    commands = re.findall(r"^iblrnn (infer-reward .*spikes.csv.*)$", PAGE.read_text(), re.M)
    assert len(commands) == 2
    for command in commands:
        words = command.replace("'", "").split()
        assert main(words + (["--n-samples", "2000"] if "--example" in words else [])) == 0
    said = capsys.readouterr().out
    for line in re.search(r"says this:\n\n```text\n(.*?)```", PAGE.read_text(), re.S)[1].split(
        "\n"
    ):
        # The same words; numbers are of more samples.
        assert re.sub(r"[-\d.,]+", "", line) in re.sub(r"[-\d.,]+", "", said)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    exec(code, {})
    assert "(256, 2)" in capsys.readouterr().out
    named = re.findall(r"^\| `(.*?)` \|", PAGE.read_text().replace("`, `", "` |\n| `"), re.M)
    assert {path.name for path in (tmp_path / "spikes_reward").iterdir()} == set(named)
