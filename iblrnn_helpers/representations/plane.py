"""Principal components, and planes in which states of any system are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol

import numpy as np

from ..core import checks


class PlaneLike(Protocol):
    """What vector fields and grids need to know of a plane: a `Plane` and a `StateSpace` do."""

    @property
    def mean(self) -> np.ndarray: ...
    @property
    def components(self) -> np.ndarray: ...
    @property
    def n_units(self) -> int: ...


@dataclass(frozen=True)
class Plane:
    """The plane of two directions through a point, and what is drawn as an arrow in it.

    Attributes
    ----------
    mean : (n_state,) float
        The point.
    components : (n, n_state) float
        Orthonormal rows; the first two span the plane.  scikit-learn's ``PCA`` has ``mean_`` and
        ``components_``.
    variance : (n,) float, optional
        Share of the variance along each, for the axes' labels.
    readouts : dict of name to (n_state,) float
        Directions, e.g. rows of a readout's weights, drawn at length 1 where they meet the plane.
    names : (str, str)
        Of the axes.

    Raises
    ------
    ValueError
        If shapes do not fit, the rows are not orthonormal, or a readout is orthogonal to the plane.

    Examples
    --------
    >>> import numpy as np
    >>> import iblrnn_helpers as ibl
    >>> states = np.random.default_rng(0).standard_normal((100, 5)) * [3, 1, 9, 1, 1]
    >>> plane = ibl.representations.Plane.of(states, readouts={"first unit": np.eye(5)[0]})
    >>> plane.components.shape, ibl.representations.in_plane(plane, states).shape
    ((5, 5), (100, 2))
    """

    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray | None = None
    readouts: Mapping[str, np.ndarray] = field(default_factory=dict)
    names: tuple[str, str] = ("PC1", "PC2")

    def __post_init__(self):
        mean = checks.finite_array("mean", self.mean, n_axes=1)
        components = checks.finite_array("components", self.components, n_columns=len(mean))
        if len(components) < 2:
            raise ValueError(f"components must be at least two rows, got {len(components)}")
        off = np.abs(components @ components.T - np.eye(len(components))).max()
        if off > 10 * checks.ROUNDING:  # of a thousand units in float32, PCA's are 1e-6 off
            raise ValueError(
                f"components must be orthonormal rows, got inner products up to {off:.2g} off: "
                "numpy.linalg.qr(columns).Q.T makes them"
            )
        if not isinstance(self.readouts, Mapping):
            got = type(self.readouts).__name__
            raise ValueError(f"readouts must be directions by name, in a dict, got {got}")
        readouts = {
            name: checks.finite_array(f"readouts[{name!r}]", one, n_axes=1, n_columns=len(mean))
            for name, one in self.readouts.items()
        }
        kept = {"mean": mean, "components": components, "readouts": readouts}
        if self.variance is not None:
            kept["variance"] = checks.finite_array("variance", self.variance, n_axes=1)
            if len(kept["variance"]) != len(components):
                raise ValueError(
                    f"variance must have {len(components)} values, got {len(kept['variance'])}"
                )
        if len(self.names) != 2:
            raise ValueError(f"names must be two, of the axes, got {self.names!r}")
        for name, value in kept.items():
            object.__setattr__(self, name, value)
        _ = self.directions

    @classmethod
    def of(cls, states: np.ndarray, *, readouts: Mapping[str, np.ndarray] | None = None) -> Plane:
        """The plane of the first two principal components of states (n_rows, n_state)."""
        return cls(*principal_components(states), {} if readouts is None else readouts)

    @property
    def n_units(self) -> int:
        return len(self.mean)

    @property
    def directions(self) -> dict[str, np.ndarray]:
        """Each readout in the plane, (2,) float of length 1."""
        found = {}
        for name, one in self.readouts.items():
            seen = self.components[:2] @ one
            length = np.linalg.norm(seen)
            if not length > 1e-12 * np.linalg.norm(one):
                raise ValueError(f"readouts[{name!r}] must not be orthogonal to the plane, got 0")
            found[name] = seen / length
        return found


@dataclass(frozen=True)
class ReadoutPlane:
    """Principal components of a network's states, and its readouts in the plane of the first two.

    All directions point towards *right*.

    Attributes
    ----------
    mean : (n_units,) float
        Of the states of all steps.
    components : (n_units, n_units) float
        Rows are principal components (PCs), unit vectors by falling variance.
        The stimulus readout points to +PC1, the block readout in the plane to +PC2.
    variance : (n_units,) float
        Share of the total variance along each PC.
    stimulus_readout : (n_units,) float
        Unit vector of W_out[right] - W_out[left]: what the network acts on.
    stimulus_in_plane : (2,) float
        The stimulus readout projected to the plane of PC1 and PC2, then normalised.
    block_in_plane : (2,) float
        Unit vector of the logistic regression of block side on the state in that plane.
    """

    mean: np.ndarray
    components: np.ndarray
    variance: np.ndarray
    stimulus_readout: np.ndarray
    stimulus_in_plane: np.ndarray
    block_in_plane: np.ndarray

    def __post_init__(self):
        n_units = np.size(self.mean)
        shapes = {field.name: (n_units,) for field in fields(self)}
        shapes |= {"components": (n_units, n_units)}
        shapes |= {"stimulus_in_plane": (2,), "block_in_plane": (2,)}
        for name, shape in shapes.items():
            array = checks.finite_array(name, getattr(self, name), n_axes=len(shape))
            if array.shape != shape:
                raise ValueError(f"{name} must be {shape}, got {array.shape}")

    @property
    def n_units(self) -> int:
        return len(self.mean)


def principal_components(states: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, principal components and their shares of the variance.

    The sign of each component is such that its largest entry is positive.

    Parameters
    ----------
    states : (n_rows, n_units) float

    Returns
    -------
    mean : (n_units,) float
    components : (n_units, n_units) float
        In rows, by falling variance.
    variance : (n_units,) float
        Shares, which add up to 1.

    Raises
    ------
    ValueError
        If the states are no finite array (n_rows, n_units), or do not vary in at least two
        directions.
    """
    return centred_components(states)[1:]


def centred_components(
    states: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(n_rows, n_units) states less their mean, and what :func:`principal_components` gives."""
    states = checks.finite_array("states", states)
    mean = states.mean(axis=0)
    centred = states - mean
    values, vectors = np.linalg.eigh(centred.T @ centred / len(states))
    values, components = np.clip(values[::-1], 0, None), vectors.T[::-1].copy()
    # Below this, what looks like variance is rounding of the mean or of the largest PC.
    rounding = 1e-13 * max(float(np.vdot(states, states)) / len(states), np.finfo(float).tiny)
    if len(values) < 2 or not values[1] > rounding:
        raise ValueError(
            "states must vary in at least two directions, got variances "
            f"{', '.join(f'{v:.3g}' for v in values[:2])} along the first PCs"
        )
    largest = np.abs(components).argmax(axis=1)
    components *= np.sign(components[np.arange(len(values)), largest])[:, None]
    return centred, mean, components, values / values.sum()
