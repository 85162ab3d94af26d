"""RADD: a few units, fitted to what a large recurrent system does, as a scikit-learn estimator.

Source: Schaeffer et al. 2020, section 3.3.2.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_array, check_is_fitted

from ..core import checks
from .chunks import largest, rows_with_past
from .closed_form import (
    UnidentifiedWarning,
    as_model,
    bootstrap,
    condition,
    n_clusters,
    normal_equations,
    solve,
    unidentified,
)
from .data_checks import problems
from .model import ACTIVATIONS
from .sequences import as_rows

SOLVERS = ("closed_form", "free_running")


class RADD(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Fit z_t = f(A' z_{t-1} + B' o_t + c') to states z and inputs o of any recurrent system.

    Sequences come in one of three forms: **rows**, a step each in the order of time, sequence after
    sequence, with ``lengths`` or ``groups`` to tell where one ends (or as a table with an index of
    sequence and step); an **array** (n_sequences, n_time, n_columns); or a **list** of arrays
    (n_time, n_columns).  Of arrays and lists, scikit-learn splits off whole sequences.  With rows,
    it must split by groups, and be told to hand them on to ``fit`` and ``score``::

        sklearn.set_config(enable_metadata_routing=True)
        cross_validate(RADD(), X, y, params={"groups": session}, cv=GroupKFold(5))
        GridSearchCV(RADD(), grid, cv=GroupKFold(5)).fit(X, y, groups=session)

    **Noise of measurement** on the states biases the closed form, which regresses on them: memories
    come out too short, and are spread over units that go together.  ``solver="free_running"`` with
    ``never_worse=False`` starts from a noisy state, but forgets it: the more noise, the longer the
    ``horizon`` must be, up to a sequence's rows less one; with ``never_worse=True`` it is held to
    the closed form's first step, and so to its bias.  Noise *within* the system, in the
    drive, biases neither.

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
    centre : bool
        Subtract the states' mean first: f is steepest, and the model starts, at 0.
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
    centre_ : (M,) float
        What was subtracted from y; zeros without ``centre``.
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
    ShuffledWarning
        If the state before does not help to predict the next: rows may be out of order.
    UncentredWarning
        If the states' mean is more than three standard deviations from 0.
    NoisyStatesWarning
        If states have noise of measurement, and the fit is, or is held to, the closed form.
    GapWarning
        If a table's index leaves out rows within a sequence.

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

    Cross-validated by sequence, here three that are one list:

    >>> from sklearn.model_selection import cross_val_score
    >>> pieces = [inputs[:40], inputs[40:70], inputs[70:]]
    >>> of_states = [two.run(one, initial=np.zeros(2)) for one in pieces]
    >>> cross_val_score(RADD(scale=1.0), pieces, of_states, cv=3).round(6)
    array([1., 1., 1.])
    """

    # scikit-learn's metadata routing hands groups on to these, unless it is told otherwise.
    __metadata_request__fit: ClassVar = {"groups": True}
    __metadata_request__score: ClassVar = {"groups": True}

    def __init__(
        self,
        activation="tanh",
        *,
        solver="closed_form",
        scale="auto",
        centre=False,
        horizon=20,
        never_worse=True,
        n_windows=10_000,
        n_bootstrap=0,
        seed=0,
    ):
        self.activation = activation
        self.solver = solver
        self.scale = scale
        self.centre = centre
        self.horizon = horizon
        self.never_worse = never_worse
        self.n_windows = n_windows
        self.n_bootstrap = n_bootstrap
        self.seed = seed

    def fit(self, X, y, lengths: ArrayLike | None = None, groups: ArrayLike | None = None) -> RADD:
        """Fit to inputs and the states that they led to.

        Parameters
        ----------
        X : (n_rows, n_inputs) float, or sequences as an array or a list
            o_t.  None for a system without inputs, or sequences of no columns.
        y : (n_rows, M) or (n_rows,) float, or sequences
            z_t, the state *after* input o_t.
        lengths : (n_sequences,) int, optional
            Rows of each sequence; one sequence where omitted.
        groups : (n_rows,) array_like, optional
            Instead: the sequence of each row.

        Raises
        ------
        ValueError
            If a parameter or an array is not as said, y is beyond the range of f,
            no sequence is long enough, or rows of a group are apart, as in shuffled data.
        """
        self._check_parameters()
        given = as_rows(X, y, lengths, groups)
        how = {"dtype": float, "multi_output": True, "y_numeric": True, "ensure_min_samples": 2}
        if X is None or given.nested:
            how["ensure_min_features"] = 0
        X, y = _validate(self, given.inputs, given.states, **how)
        lengths = given.lengths_of(len(X))
        self._told = given.told and len(lengths) > 1
        self._one_column = y.ndim == 1
        z = np.asarray(y, dtype=float).reshape(len(X), -1)
        self.centre_ = z.mean(axis=0) if self.centre else np.zeros(z.shape[1])
        z = z - self.centre_ if self.centre else z
        self.scale_ = self._scale_of(z)
        # In place where z is a copy: there may be no room for another.
        z = np.divide(z, self.scale_, out=z if self.centre else None)

        equations = normal_equations(z, X, lengths, self.activation)
        self.condition_ = condition(equations)
        for sentence in unidentified(equations, z.shape[1]):
            warnings.warn(sentence, UnidentifiedWarning, stacklevel=2)
        held_to_one_step = self.solver == "closed_form" or self.never_worse
        how = {"centred": self.centre, "regresses": held_to_one_step}
        for kind, sentence in problems(z, X, lengths, self.activation, **how):
            warnings.warn(sentence, kind, stacklevel=2)
        if self.solver == "closed_form":
            self.n_iter_ = 0
            coefficients, refit = solve(equations), partial(solve, equations)
        else:
            coefficients, refit = self._run_freely(z, X, lengths, equations)
        self.model_ = as_model(coefficients, self.activation, self.scale_)
        self.recurrent_ = self.model_.recurrent
        self.inputs_ = self.model_.inputs
        self.offset_ = self.model_.offset
        self.intervals_ = None
        if self.n_bootstrap:
            drawn = {"n_clusters": n_clusters(lengths), "n_resamples": self.n_bootstrap}
            self.intervals_ = bootstrap(coefficients, refit, seed=self.seed, **drawn)
        return self

    def predict(
        self,
        X,
        lengths: ArrayLike | None = None,
        initial=None,
        groups: ArrayLike | None = None,
    ):
        """Let the model run on its own past.

        Parameters
        ----------
        X : (n_rows, n_inputs) float, or sequences as an array or a list
        lengths : (n_sequences,) int, optional
        initial : (M,) or (n_sequences, M) float, optional
            State before each sequence's first step, in units of y; ``centre_`` where omitted.
        groups : (n_rows,) array_like, optional

        Returns
        -------
        (n_rows, M) float, or (n_rows,) if the y that was fitted had one axis
            In units of y; sequences in the form of X.

        Raises
        ------
        ValueError
            If shapes or lengths do not fit.
        """
        check_is_fitted(self)
        given = as_rows(X, None, lengths, groups)
        X = self._inputs(given.inputs)
        return given.back(self._run(X, given.lengths_of(len(X)), initial))

    def predict_next(self, states, X) -> np.ndarray:
        """One step from true states.

        Parameters
        ----------
        states : (n_rows, M) or (n_rows,) float
            z_{t-1}, in units of y.
        X : (n_rows, n_inputs) float or None
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
        # scikit-learn's types allow no type as dtype, its documentation does.
        states = check_array(states, dtype=cast(Any, float), ensure_2d=False, input_name="states")
        states = states.reshape(len(states), -1)
        X = self._inputs(np.empty((len(states), 0)) if X is None else X)
        if states.shape != (len(X), self.model_.n_units):
            raise ValueError(
                f"states must be {(len(X), self.model_.n_units)} for {len(X)} rows of X, "
                f"got {states.shape}"
            )
        return self._as_y(self.model_.step((states - self.centre_) / self.scale_, X))

    def score(self, X, y, sample_weight=None, lengths=None, initial=None, groups=None) -> float:
        """R2 of :meth:`predict`, the mean over coordinates, as scikit-learn has it.

        This is the model on its own from a sequence's start to its end; for one step
        from the true state see :meth:`one_step_score`.  ``sample_weight`` is one for each row, or
        for each sequence of an array or a list.
        """
        from sklearn.metrics import r2_score

        check_is_fitted(self)
        given = as_rows(X, y, lengths, groups)
        if self._told and not given.told:
            warnings.warn(
                "the model was fitted to several sequences, and is scored on rows as if they were "
                f"one: give score groups, or lengths=[{len(given.states)}] if they are "
                "(scikit-learn hands groups on with enable_metadata_routing=True)",
                UserWarning,
                stacklevel=2,
            )
        X = self._inputs(given.inputs)
        lengths = given.lengths_of(len(X))
        if sample_weight is not None and given.nested:
            sample_weight = np.repeat(np.asarray(sample_weight), lengths)
        predicted = self._run(X, lengths, initial)
        return r2_score(given.states, predicted, sample_weight=sample_weight)

    def one_step_score(self, X, y, lengths: ArrayLike | None = None, groups=None) -> float:
        """R2 of :meth:`predict_next`, the mean over coordinates.

        Over all rows but the first of each sequence, whose past is not known.
        """
        from sklearn.metrics import r2_score

        given = as_rows(X, y, lengths, groups)
        y = np.asarray(given.states)
        rows = np.concatenate([*rows_with_past(given.lengths_of(len(y)))])
        return r2_score(y[rows], self.predict_next(np.roll(y, 1, axis=0), given.inputs)[rows])

    def _inputs(self, X) -> np.ndarray:
        few = {} if self.model_.n_inputs else {"ensure_min_features": 0}
        return _validate(self, X, dtype=float, reset=False, **few)

    def _run(self, X: np.ndarray, lengths: np.ndarray, initial) -> np.ndarray:
        """:meth:`predict` of rows."""
        initial = self.centre_ if initial is None else np.asarray(initial, float)
        allowed = ((self.model_.n_units,), (len(lengths), self.model_.n_units))
        if initial.shape not in allowed:
            raise ValueError(f"initial must be {allowed[0]} or {allowed[1]}, got {initial.shape}")
        return self._as_y(self.model_.run(X, (initial - self.centre_) / self.scale_, lengths))

    def _run_freely(self, z, X, lengths, equations):
        """Coefficients of the free-running fit, and how to refit them to resampled clusters."""
        from .free_running_fit import free_running, refitted, sample_windows

        sizes = [(1, len(X))] if self.never_worse else []  # (horizon, n_windows)
        parts = [
            sample_windows(z, X, lengths, horizon=horizon, n_windows=n, seed=self.seed)
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
        """From the model's coordinates to those of y."""
        states = states * self.scale_ + self.centre_
        return states[:, 0] if self._one_column else states

    def _scale_of(self, z) -> float:
        if self.scale != "auto":
            return checks.number("scale", self.scale, above=0)
        extent = float(largest(z))
        return 1.01 * extent if self.activation == "tanh" and extent > 0 else 1.0

    def _check_parameters(self):
        checks.choice("activation", self.activation, ACTIVATIONS)
        checks.choice("solver", self.solver, SOLVERS)
        for name, low in (("horizon", 1), ("n_windows", 1), ("n_bootstrap", 0)):
            checks.integer(name, getattr(self, name), low=low)
        checks.seed("seed", self.seed)
        if not isinstance(self.centre, bool | np.bool_):
            raise ValueError(f"centre must be True or False, got {self.centre!r}")
        if self.centre and self.activation == "relu":
            raise ValueError("centre must be False for a relu, whose states begin at 0, got True")
        if self.n_bootstrap == 1:
            raise ValueError("n_bootstrap must be 0 or at least 2, got 1")


def _validate(estimator, *arrays, **how) -> Any:
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # scikit-learn before 1.6
        return estimator._validate_data(*arrays, **how)
    return validate_data(estimator, *arrays, **how)
