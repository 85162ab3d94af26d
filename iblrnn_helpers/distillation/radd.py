"""RADD: a few units, fitted to what a large recurrent system does, as a scikit-learn estimator.

Source: Schaeffer et al. 2020, section 3.3.2.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_array, check_is_fitted

from ..core import checks
from .closed_form import (
    UnidentifiedWarning,
    as_model,
    bootstrap,
    clusters,
    condition,
    normal_equations,
    solve,
    unidentified,
)
from .model import ACTIVATIONS, as_lengths, rows_with_past

SOLVERS = ("closed_form", "free_running")


class RADD(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Fit z_t = f(A' z_{t-1} + B' o_t + c') to states z and inputs o of any recurrent system.

    A row is a step.  Rows are in the order of time, sequence after sequence, and
    ``lengths`` tells where one sequence ends and the next begins.

    Parameters
    ----------
    activation : {"tanh", "identity", "relu"}
        f.
    solver : {"closed_form", "free_running"}
        "closed_form" inverts f and solves least squares, each step from the *true* z_{t-1}; the
        released code does so.  "free_running" is the paper's loss: the model runs
        on its own past for ``horizon`` steps, and gradients run back through time.
    scale : "auto" or float
        Units of z in one unit of the model's.  "auto": 1.01 times the largest |z| for a tanh,
        which cannot give more than 1; else 1.
    horizon : int
        Steps of free running that are fitted.
    never_worse : bool
        Keep the free-running fit's error below the closed form's after every number of steps up
        to ``horizon``.  Without it, all horizons weigh alike, and a loss after one
        step may pay for gains after many.
    n_windows : int
        Stretches of ``horizon`` steps that are drawn for the free-running fit, from
        sequences that have more rows than that.
    n_bootstrap : int
        Refits to resampled sequences for ``intervals_``; 0 for none, else at least 2.
    seed : int
        Of the windows and the resamples.

    Attributes
    ----------
    model_ : DistilledModel
    recurrent_ : (M, M) float
        A', in units of ``scale_``.
    inputs_ : (M, n_inputs) float
        B'.
    offset_ : (M,) float
        c'.
    scale_ : float
    intervals_ : Intervals or None
        95% bootstrap intervals of A', B' and c', over sequences (over 20 equal chunks
        where there is one sequence only).
    condition_ : float
        Condition number of the standardised columns [z_{t-1}, o_t, 1].
    n_iter_ : int
        Iterations of the free-running fit; 0 for the closed form.
    n_features_in_ : int

    Warns
    -----
    UnidentifiedWarning
        If the data do not determine some coefficients; it names them.
    ConvergenceWarning
        If the free-running fit did not end, or could not be held below the closed form.
        With the identity it never can: there the closed form is the best after one step.

    Examples
    --------
    >>> import numpy as np
    >>> from iblrnn_helpers.distillation.model import DistilledModel
    >>> from iblrnn_helpers.distillation.radd import RADD
    >>> two = DistilledModel([[0.5, 0.3], [0.2, 0.8]], [[-0.2, 0.2], [0.0, 0.1]], [0, 0])
    >>> inputs = np.random.default_rng(0).standard_normal((100, 2))
    >>> states = two.run(inputs, initial=np.zeros(2))
    >>> RADD(scale=1.0).fit(inputs, states).recurrent_.round(6)
    array([[0.5, 0.3],
           [0.2, 0.8]])
    """

    def __init__(
        self,
        activation="tanh",
        *,
        solver="closed_form",
        scale="auto",
        horizon=20,
        never_worse=True,
        n_windows=10_000,
        n_bootstrap=0,
        seed=0,
    ):
        self.activation = activation
        self.solver = solver
        self.scale = scale
        self.horizon = horizon
        self.never_worse = never_worse
        self.n_windows = n_windows
        self.n_bootstrap = n_bootstrap
        self.seed = seed

    def fit(self, X, y, lengths: ArrayLike | None = None) -> RADD:
        """Fit to inputs and the states that they led to.

        Parameters
        ----------
        X : (n_rows, n_inputs) float
            o_t.
        y : (n_rows, M) or (n_rows,) float
            z_t, the state *after* input o_t.
        lengths : (n_sequences,) int, optional
            Rows of each sequence; one sequence where omitted.

        Raises
        ------
        ValueError
            If a parameter or an array is not as said, y is beyond the range of f, or
            no sequence is long enough.
        """
        self._check_parameters()
        X, y = _validate(
            self, X, y, dtype=float, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        lengths = as_lengths(lengths, len(X))
        self._one_column = y.ndim == 1
        z = np.asarray(y, dtype=float).reshape(len(X), -1)
        self.scale_ = self._scale_of(z)
        z = z / self.scale_

        cluster = clusters(lengths)
        equations = normal_equations(z, X, lengths, self.activation, cluster)
        self.condition_ = condition(equations)
        for sentence in unidentified(equations, z.shape[1]):
            warnings.warn(sentence, UnidentifiedWarning, stacklevel=2)
        if self.solver == "closed_form":
            self.n_iter_ = 0
            coefficients, refit = solve(equations), partial(solve, equations)
        else:
            coefficients, refit = self._run_freely(z, X, lengths, cluster, equations)
        self.model_ = as_model(coefficients, self.activation, self.scale_)
        self.recurrent_ = self.model_.recurrent
        self.inputs_ = self.model_.inputs
        self.offset_ = self.model_.offset
        self.intervals_ = None
        if self.n_bootstrap:
            drawn = {"n_clusters": int(cluster[-1]) + 1, "n_resamples": self.n_bootstrap}
            self.intervals_ = bootstrap(coefficients, refit, seed=self.seed, **drawn)
        return self

    def predict(self, X, lengths: ArrayLike | None = None, initial=None) -> np.ndarray:
        """Let the model run on its own past.

        Parameters
        ----------
        X : (n_rows, n_inputs) float
        lengths : (n_sequences,) int, optional
        initial : (M,) or (n_sequences, M) float, optional
            State before each sequence's first step, in units of y; zeros where omitted.

        Returns
        -------
        (n_rows, M) float, or (n_rows,) if the y that was fitted had one axis
            In units of y.

        Raises
        ------
        ValueError
            If shapes or lengths do not fit.
        """
        check_is_fitted(self)
        X = _validate(self, X, dtype=float, reset=False)
        n_sequences = len(as_lengths(lengths, len(X)))
        initial = np.zeros(self.model_.n_units) if initial is None else np.asarray(initial, float)
        allowed = ((self.model_.n_units,), (n_sequences, self.model_.n_units))
        if initial.shape not in allowed:
            raise ValueError(f"initial must be {allowed[0]} or {allowed[1]}, got {initial.shape}")
        return self._as_y(self.model_.run(X, initial / self.scale_, lengths) * self.scale_)

    def predict_next(self, states, X) -> np.ndarray:
        """One step from true states.

        Parameters
        ----------
        states : (n_rows, M) or (n_rows,) float
            z_{t-1}, in units of y.
        X : (n_rows, n_inputs) float
            o_t.

        Returns
        -------
        As :meth:`predict`.

        Raises
        ------
        ValueError
            If shapes do not fit.
        """
        check_is_fitted(self)
        X = _validate(self, X, dtype=float, reset=False)
        # scikit-learn's types allow no type as dtype, its documentation does.
        states = check_array(states, dtype=cast(Any, float), ensure_2d=False, input_name="states")
        states = states.reshape(len(states), -1)
        if states.shape != (len(X), self.model_.n_units):
            raise ValueError(
                f"states must be {(len(X), self.model_.n_units)} for {len(X)} rows of X, "
                f"got {states.shape}"
            )
        return self._as_y(self.model_.step(states / self.scale_, X) * self.scale_)

    def score(self, X, y, sample_weight=None, lengths=None, initial=None) -> float:
        """R2 of :meth:`predict`, the mean over coordinates, as scikit-learn has it.

        This is the model on its own from a sequence's start to its end; for one step
        from the true state see :meth:`one_step_score`.
        """
        from sklearn.metrics import r2_score

        return r2_score(y, self.predict(X, lengths, initial), sample_weight=sample_weight)

    def one_step_score(self, X, y, lengths: ArrayLike | None = None) -> float:
        """R2 of :meth:`predict_next`, the mean over coordinates.

        Over all rows but the first of each sequence, whose past is not known.
        """
        from sklearn.metrics import r2_score

        y = np.asarray(y)
        rows = rows_with_past(as_lengths(lengths, len(y)))
        return r2_score(y[rows], self.predict_next(np.roll(y, 1, axis=0), X)[rows])

    def _run_freely(self, z, X, lengths, cluster, equations):
        """Coefficients of the free-running fit, and how to refit them to resampled clusters."""
        from .free_running_fit import free_running, refitted, sample_windows

        sizes = [(1, len(X))] if self.never_worse else []  # (horizon, n_windows)
        parts = [
            sample_windows(z, X, lengths, cluster, horizon=horizon, n_windows=n, seed=self.seed)
            for horizon, n in (*sizes, (self.horizon, self.n_windows))
        ]
        found = free_running(parts, equations, self.activation, never_worse=self.never_worse)
        self.n_iter_ = found.n_iter
        if not found.converged:
            warnings.warn(
                f"the free-running fit has not converged after {found.n_iter} iterations",
                ConvergenceWarning,
                stacklevel=3,
            )
        if self.never_worse and not found.ratio.max() <= 1:
            warnings.warn(
                "no free-running fit was found that is nowhere worse than the closed form, which "
                "is kept; never_worse=False gives the one that is best over all horizons",
                ConvergenceWarning,
                stacklevel=3,
            )
            return solve(equations), partial(solve, equations)
        return found.coefficients, partial(refitted, found, parts, equations, self.activation)

    def _as_y(self, states):
        return states[:, 0] if self._one_column else states

    def _scale_of(self, z) -> float:
        if self.scale != "auto":
            return checks.number("scale", self.scale, above=0)
        largest = float(np.abs(z).max())
        return 1.01 * largest if self.activation == "tanh" and largest > 0 else 1.0

    def _check_parameters(self):
        checks.choice("activation", self.activation, ACTIVATIONS)
        checks.choice("solver", self.solver, SOLVERS)
        for name, low in (("horizon", 1), ("n_windows", 1), ("n_bootstrap", 0)):
            checks.integer(name, getattr(self, name), low=low)
        checks.seed("seed", self.seed)
        if self.n_bootstrap == 1:
            raise ValueError("n_bootstrap must be 0 or at least 2, got 1")


def _validate(estimator, *arrays, **how) -> Any:
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # scikit-learn before 1.6
        return estimator._validate_data(*arrays, **how)
    return validate_data(estimator, *arrays, **how)
