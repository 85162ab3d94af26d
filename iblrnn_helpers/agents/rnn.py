"""The recurrent network, as a torch module and as an agent that plays the task.

h_t = tanh(W_rec h_{t-1} + W_in [o^L, o^R, r] + b_rec), probabilities =
softmax(W_out h_t + b_out) (Schaeffer et al. 2020, section 2.2); GRU and LSTM
cells take the place of the tanh cell where asked.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..core import checks
from ..core.files import DamagedFileError, load_arrays, save_arrays
from ..task import programs
from ..task.agent import Agent

CELLS = {"vanilla": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
LAYER = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # as torch names its tensors
N_INPUTS = 3  # o^L, o^R, r
N_OUTPUTS = 2  # left, right


class RecurrentNetwork(nn.Module):
    """A recurrent layer and a linear readout of (left, right).

    Parameters
    ----------
    n_units : int
        Hidden units.
    cell : {"vanilla", "gru", "lstm"}
    seed : int
        Seeds torch's default initialisation, and nothing else: torch's global
        generator is left as it was.
    dtype : torch.dtype

    Raises
    ------
    ValueError
        If ``n_units`` is not a whole number >= 1, or the cell is unknown.

    Examples
    --------
    >>> import torch
    >>> import iblrnn_helpers as ibl
    >>> network = ibl.RecurrentNetwork(n_units=8, cell="gru")
    >>> logits, hidden, state = network(torch.zeros(2, 5, 3, dtype=torch.float64))
    >>> tuple(logits.shape), tuple(hidden.shape)
    ((2, 5, 2), (2, 5, 8))
    """

    def __init__(
        self,
        n_units: int = 50,
        cell: str = "vanilla",
        *,
        seed: int = 0,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__()
        self.n_units = checks.integer("n_units", n_units, low=1)
        self.cell = checks.choice("cell", cell, CELLS)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(checks.seed("seed", seed))
            self.core = CELLS[cell](N_INPUTS, self.n_units, batch_first=True, dtype=dtype)
            self.readout = nn.Linear(self.n_units, N_OUTPUTS, dtype=dtype)

    def forward(self, inputs: torch.Tensor, state=None):
        """Run a stretch of steps.

        Parameters
        ----------
        inputs : (n_sessions, n_time, 3) tensor
        state : tensor or tuple of tensors, optional
            As torch's layer takes it; zeros where omitted.

        Returns
        -------
        logits : (n_sessions, n_time, 2) tensor
            Of left and right.
        hidden : (n_sessions, n_time, n_units) tensor
        state : as torch's layer returns it
        """
        hidden, state = self.core(inputs, state)
        return self.readout(hidden), hidden, state

    def save(self, path: str | Path, metadata: dict | None = None) -> None:
        """Write the weights as plain tensors, with ``metadata`` beside them in the same file."""
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in self.state_dict().items()}
        save_arrays(path, arrays, {**(metadata or {}), "cell": self.cell, "n_units": self.n_units})

    @classmethod
    def load(cls, path: str | Path) -> RecurrentNetwork:
        """Read what :meth:`save` wrote.

        Raises
        ------
        DamagedFileError
            If the file is truncated, damaged, or holds no network.
        """
        arrays, metadata = load_arrays(path)
        try:
            return cls.from_arrays(arrays, n_units=metadata["n_units"], cell=metadata["cell"])
        except (KeyError, ValueError) as error:
            raise DamagedFileError(f"{path} holds no network of this package: {error}") from error

    @classmethod
    def from_arrays(
        cls, arrays: dict[str, np.ndarray], *, n_units: int, cell: str = "vanilla"
    ) -> RecurrentNetwork:
        """A network with the given weights, in float64.

        Parameters
        ----------
        arrays : dict
            Named and shaped as in ``state_dict()``; further entries are ignored.

        Raises
        ------
        ValueError
            If one is missing or has another shape.
        """
        network = cls(n_units, cell)
        weights = {}
        for name, tensor in network.state_dict().items():
            shape, given = tuple(tensor.shape), arrays.get(name)
            if given is None or given.shape != shape:
                got = "none" if given is None else given.shape
                raise ValueError(
                    f"weight {name} must have shape {shape} for {n_units} {cell} units, got {got}"
                )
            weights[name] = torch.as_tensor(np.array(given, dtype=np.float64))
        network.load_state_dict(weights)
        return network


class RNNAgent(Agent):
    """Lets a :class:`RecurrentNetwork` play; its ``state`` is the hidden state h.

    It works in the network's own precision, and never changes the network.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=10, n_blocks=4, seed=0)
    >>> agent = ibl.RNNAgent(ibl.reference_network().network)
    >>> session = ibl.rollout(agent, trials, record_states=True)
    >>> print(session.correct.mean() > 0.8, session.states.shape == (session.n_rows, 50))
    True True
    """

    def __init__(self, network: RecurrentNetwork, name: str = "RNN"):
        self.network = network
        self.name = name

    def playing(self):
        return one_thread()

    def reset(self, n_sessions: int) -> None:
        readout = self.network.readout
        self._step = one_step(self.network)
        self._readout = readout.weight.detach().T, readout.bias.detach()
        n_state = self.network.n_units * (2 if self.network.cell == "lstm" else 1)
        self._carried = torch.zeros(n_sessions, n_state, dtype=readout.weight.dtype)

    @torch.no_grad()
    def step(self, inputs: np.ndarray) -> np.ndarray:
        self._carried = self._step(self._carried, torch.as_tensor(inputs).to(self._carried.dtype))
        hidden = self._carried[:, : self.network.n_units]
        self.state = hidden.numpy()
        weight, bias = self._readout
        return torch.softmax(hidden @ weight + bias, dim=-1)[:, 1].double().numpy()

    def program(self, trials):
        named, double = self.network.state_dict().items(), torch.float64
        weights = {name: one.numpy(force=True) for name, one in named if one.dtype == double}
        return programs.of_network(self.network.cell, weights)


@contextmanager
def one_thread():
    """Let torch work on one thread: its threads cost far more than so small a network gains."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def one_step(network: RecurrentNetwork):
    """The network's one-step map F(h, inputs) -> h', all that dynamical analyses need to know.

    Parameters
    ----------
    network : RecurrentNetwork
        Its weights are copied: later changes to it do not change the map.

    Returns
    -------
    callable
        ``F(h, inputs)`` with tensors (..., n_state) and (..., 3) gives (..., n_state), and
        autograd runs through it; all are of the network's dtype, or of float64.  n_state is
        n_units; for an LSTM it is twice that, the hidden state followed by the cell state.

    Examples
    --------
    >>> import torch
    >>> import iblrnn_helpers as ibl
    >>> step = ibl.one_step(ibl.RecurrentNetwork(n_units=8))
    >>> h = torch.zeros(8, dtype=torch.float64)
    >>> observed = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)  # o^L, o^R, r
    >>> tuple(step(h, observed).shape)
    (8,)
    """
    weights_of_core = (getattr(network.core, f"{name}_l0") for name in LAYER)
    own = tuple(tensor.detach().clone() for tensor in weights_of_core)
    # A search for fixed points works in float64, whatever the network does.
    weights = {own[0].dtype: own, torch.float64: tuple(tensor.double() for tensor in own)}

    def vanilla(h, inputs):
        w_in, w_rec, b_in, b_rec = weights.get(h.dtype, own)
        return torch.tanh(inputs @ w_in.T + b_in + h @ w_rec.T + b_rec)

    def gru(h, inputs):
        w_in, w_rec, b_in, b_rec = weights.get(h.dtype, own)
        reset_in, update_in, new_in = (inputs @ w_in.T + b_in).chunk(3, dim=-1)
        reset_rec, update_rec, new_rec = (h @ w_rec.T + b_rec).chunk(3, dim=-1)
        update = torch.sigmoid(update_in + update_rec)
        new = torch.tanh(new_in + torch.sigmoid(reset_in + reset_rec) * new_rec)
        return (1 - update) * new + update * h

    def lstm(state, inputs):
        w_in, w_rec, b_in, b_rec = weights.get(state.dtype, own)
        h, c = state.chunk(2, dim=-1)
        gates = inputs @ w_in.T + b_in + h @ w_rec.T + b_rec
        gate_in, gate_forget, new, gate_out = gates.chunk(4, dim=-1)
        c = torch.sigmoid(gate_forget) * c + torch.sigmoid(gate_in) * torch.tanh(new)
        return torch.cat([torch.sigmoid(gate_out) * torch.tanh(c), c], dim=-1)

    return {"vanilla": vanilla, "gru": gru, "lstm": lstm}[network.cell]
