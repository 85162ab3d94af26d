"""The network against torch's layers, and the agent against the network."""

import numpy as np
import pytest
import torch

from iblrnn_helpers.agents.rnn import RecurrentNetwork, RNNAgent, one_step
from iblrnn_helpers.core.files import DamagedFileError, save_arrays
from iblrnn_helpers.task.generative_model import TaskParams, sample_trials
from iblrnn_helpers.task.rollouts import rollout

TASK = TaskParams(min_block_length=3, max_block_length=8)


def test_the_equation_of_the_paper():
    network = RecurrentNetwork(6, seed=2)
    inputs = torch.randn(1, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    logits, hidden, _ = network(inputs)
    weights = {k: v.numpy() for k, v in network.state_dict().items()}
    h = np.zeros(6)
    for t in range(5):
        h = np.tanh(
            weights["core.weight_hh_l0"] @ h
            + weights["core.weight_ih_l0"] @ inputs[0, t].numpy()
            + weights["core.bias_ih_l0"]
            + weights["core.bias_hh_l0"]
        )
        np.testing.assert_allclose(hidden[0, t].detach().numpy(), h, rtol=1e-12)
        expected = weights["readout.weight"] @ h + weights["readout.bias"]
        np.testing.assert_allclose(logits[0, t].detach().numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("cell", ["vanilla", "gru", "lstm"])
def test_the_agent_gives_what_the_network_gives_for_its_inputs(cell):
    network = RecurrentNetwork(6, cell, seed=1)
    with torch.no_grad():
        network.readout.weight *= 10
    trials = sample_trials(TASK, n_sessions=3, n_blocks=2, seed=0)
    session = rollout(RNNAgent(network), trials, record_states=True)
    rows = trials.session[session.row_trial]
    for k in range(3):
        mine = rows == k
        with torch.no_grad():
            logits, hidden, _ = network(torch.as_tensor(session.inputs[mine])[None])
        p_right = torch.softmax(logits[0], -1)[:, 1].numpy()
        played = session.p_right[session.row_trial, session.row_step][mine]
        np.testing.assert_allclose(played, p_right, rtol=1e-10)
        np.testing.assert_allclose(session.states[mine], hidden[0].numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("cell", ["vanilla", "gru", "lstm"])
def test_save_and_load(tmp_path, cell):
    network = RecurrentNetwork(4, cell, seed=3)
    network.save(tmp_path / "n.safetensors", {"note": "kept"})
    again = RecurrentNetwork.load(tmp_path / "n.safetensors")
    assert again.cell == cell
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])


def test_a_file_without_a_network_is_refused(tmp_path):
    save_arrays(tmp_path / "x.safetensors", {"a": np.zeros(2)}, {})
    with pytest.raises(DamagedFileError, match="holds no network"):
        RecurrentNetwork.load(tmp_path / "x.safetensors")


def test_weights_of_another_size_are_refused():
    weights = {k: v.numpy() for k, v in RecurrentNetwork(4).state_dict().items()}
    with pytest.raises(ValueError, match=r"core.weight_ih_l0 must have shape \(5, 3\) for 5"):
        RecurrentNetwork.from_arrays(weights, n_units=5)
    del weights["readout.bias"]
    with pytest.raises(ValueError, match=r"weight readout.bias must have shape .2,. .* got none"):
        RecurrentNetwork.from_arrays(weights, n_units=4)


def test_it_is_an_ordinary_torch_module():
    network = RecurrentNetwork(5)
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    assert sum(p.numel() for p in network.parameters()) == 5 * 5 + 5 * 3 + 2 * 5 + 2 * 5 + 2
    assert network.float().readout.weight.dtype == torch.float32


@pytest.mark.parametrize(("n_units", "cell"), [(0, "vanilla"), (-3, "gru"), (2.5, "lstm")])
def test_bad_sizes(n_units, cell):
    with pytest.raises(ValueError, match=f"n_units must be .*got {n_units}"):
        RecurrentNetwork(n_units, cell)


def test_unknown_cell():
    with pytest.raises(ValueError, match="cell must be one of 'vanilla', 'gru', 'lstm', got 'rnn'"):
        RecurrentNetwork(3, "rnn")


@pytest.mark.parametrize("cell", ["vanilla", "gru", "lstm"])
def test_one_step_is_one_step_of_torchs_layer(cell):
    network = RecurrentNetwork(5, cell, seed=4)
    step = one_step(network)
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(7, 3, dtype=torch.float64, generator=generator)
    h = torch.randn(7, 5, dtype=torch.float64, generator=generator)
    c = torch.randn(7, 5, dtype=torch.float64, generator=generator)
    with torch.no_grad():
        if cell == "lstm":
            _, _, (hidden, memory) = network(inputs[:, None], (h[None], c[None]))
            expected = torch.cat([hidden[0], memory[0]], dim=-1)
            state = torch.cat([h, c], dim=-1)
        else:
            _, _, state_after = network(inputs[:, None], h[None])
            expected, state = state_after[0], h
    torch.testing.assert_close(step(state, inputs), expected, rtol=1e-12, atol=1e-14)
    with torch.no_grad():
        network.core.weight_hh_l0 *= 0
    torch.testing.assert_close(step(state, inputs), expected, rtol=1e-12, atol=1e-14)


def test_playing_leaves_torchs_threads_as_they_were():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        rollout(
            RNNAgent(RecurrentNetwork(3)), sample_trials(TASK, n_sessions=1, n_blocks=1, seed=0)
        )
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
