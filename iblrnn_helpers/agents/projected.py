"""A recurrent network whose state is confined to a plane, or to any affine subspace."""

from __future__ import annotations

import numpy as np
import torch

from .rnn import RecurrentNetwork, RNNAgent


class ProjectedAgent(RNNAgent):
    """Lets a network play whose state is put back onto mean + span(P^T) after every step.

    The state goes to the nearest point of the subspace, before the readout sees
    it, so that only M numbers are carried from step to step.  With P of the
    first principal components this is the PCA-projected network.

    Parameters
    ----------
    network : RecurrentNetwork
        Not an LSTM, whose cell states no projection of h tells of.
    matrix : (M, n_units) float
        P, of rank M; its rows need not be orthogonal.
    mean : (n_units,) float
    name : str

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, P has a lower rank, or the network is an LSTM.
    """

    def __init__(
        self,
        network: RecurrentNetwork,
        matrix: np.ndarray,
        mean: np.ndarray,
        name: str = "projected RNN",
    ):
        super().__init__(network, name)
        matrix, mean = np.asarray(matrix, dtype=float), np.asarray(mean, dtype=float)
        if network.cell == "lstm":
            raise ValueError(
                "network must not be an LSTM, whose cell states would not be projected"
            )
        if matrix.ndim != 2 or matrix.shape[1] != network.n_units or not len(matrix):
            raise ValueError(f"matrix must be (M, {network.n_units}), got {matrix.shape}")
        if mean.shape != (network.n_units,):
            raise ValueError(f"mean must be ({network.n_units},), got {mean.shape}")
        if not (np.isfinite(matrix).all() and np.isfinite(mean).all()):
            raise ValueError("matrix and mean must be finite, got NaN or infinity")
        rank = np.linalg.matrix_rank(matrix)
        if rank < len(matrix):
            raise ValueError(f"matrix must have the rank {len(matrix)} of its rows, got {rank}")
        onto = np.linalg.pinv(matrix) @ matrix  # h - mean to its nearest point in the span
        self._onto = onto, mean

    def reset(self, n_sessions: int) -> None:
        super().reset(n_sessions)
        onto, mean = (torch.as_tensor(a, dtype=self._carried.dtype) for a in self._onto)
        free_step = self._step

        def project(h):
            return mean + (h - mean) @ onto  # onto is symmetric

        self._step = lambda h, inputs: project(free_step(h, inputs))
        self._carried = project(self._carried)
