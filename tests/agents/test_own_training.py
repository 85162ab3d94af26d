"""A training of one's own runs once, and again when anything of it changes."""

import numpy as np
import pytest
import torch

import iblrnn_helpers as ibl
from iblrnn_helpers.agents.own_training import train_once
from iblrnn_helpers.core.store import ArtifactStore

RATE = 0.1
n_updates = None  # other than the argument


def train(network, n_updates, seed):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for update in range(n_updates):
        batch = ibl.task.sample_flip_flop(4, seed=[seed, update])
        optimizer.zero_grad()
        network(torch.tensor(batch.pulses).double()).square().mean().backward()
        optimizer.step()


def train_by(network):
    network.weight.data *= RATE


def fresh(seed=1):
    network = torch.nn.Linear(3, 2, dtype=torch.float64)
    for one in network.parameters():
        torch.nn.init.uniform_(one, generator=torch.Generator().manual_seed(seed))
    return network


def test_it_is_found_again_to_the_bit_and_only_if_nothing_differs(tmp_path):
    store = ArtifactStore(tmp_path)
    plain = fresh()
    train(plain, 5, 2)
    for n_files, network, inputs in (
        (1, fresh(), {"n_updates": 5, "seed": 2}),
        (1, fresh(), {"n_updates": 5, "seed": 2}),  # found
        (2, fresh(), {"n_updates": 5, "seed": 3}),
        (3, fresh(seed=2), {"n_updates": 5, "seed": 2}),
    ):
        first = network.weight.detach().numpy().copy()
        train_once(train, network, store=store, **inputs)
        assert len(list(tmp_path.glob("own-network-*.safetensors"))) == n_files
        assert (network.weight.detach().numpy() != first).all()
        if n_files == 1:
            for one, other in zip(network.parameters(), plain.parameters(), strict=True):
                np.testing.assert_array_equal(one.detach().numpy(), other.detach().numpy())


def test_the_function_and_what_it_uses_of_the_package_decide(tmp_path, monkeypatch):
    from iblrnn_helpers.agents import own_training

    store = ArtifactStore(tmp_path)
    train_once(train, fresh(), store=store, n_updates=1, seed=2)
    code = own_training._what_it_does(train)
    assert "sample_flip_flop" in code["train"] and code["code"]
    monkeypatch.setattr(own_training, "fingerprint", lambda **_: "other")
    train_once(train, fresh(), store=store, n_updates=1, seed=2)
    assert len(list(tmp_path.glob("own-network-*.safetensors"))) == 2


def test_names_of_ones_own_are_to_be_given():
    with pytest.raises(ValueError, match="train must be given RATE as arguments"):
        train_once(train_by, fresh())
    rate = 0.2

    def by_closure(network):
        network.weight.data *= rate

    with pytest.raises(ValueError, match="train must be given rate"):
        train_once(by_closure, fresh())
