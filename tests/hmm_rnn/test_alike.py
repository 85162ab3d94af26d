"""Networks under noise that was drawn once do as each on its own."""

from dataclasses import replace

import numpy as np
import pytest

from iblrnn_helpers.hmm_rnn.alike import runs_alike
from iblrnn_helpers.hmm_rnn.network import HmmRnn, run

RNG = np.random.default_rng(2)
NETWORK = HmmRnn(*(RNG.standard_normal(shape) / 4 for shape in ((30, 8), (30, 30), (3, 30))))
NETWORKS = [
    NETWORK,
    replace(NETWORK, w_rec=NETWORK.w_rec.T),
    replace(NETWORK, nonlinearity="tanh", b_rec=np.linspace(-1, 1, 30), b_out=[0, 9, 2]),
]


@pytest.mark.parametrize("warm_up", [0, 7])
def test_runs_are_those_of_each_network(warm_up):
    options = {"seed": 5, "noise_sd": 0.3, "warm_up": warm_up}
    found = list(runs_alike(NETWORKS, 6, 50, **options))
    for one, network in zip(found, NETWORKS, strict=True):
        alone = run(network, 6, 50, **options)
        # The same sums in the same order; some libraries add up larger products in another.
        np.testing.assert_allclose(one.states, alone.states, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(one.logits, alone.logits, rtol=1e-12, atol=1e-14)


def test_other_inputs_are_named():
    other = replace(NETWORK, w_in=NETWORK.w_in[:, :5])
    with pytest.raises(ValueError, match="8 inputs as the first, got 5"):
        list(runs_alike([NETWORK, other], 2, 3, seed=1))
