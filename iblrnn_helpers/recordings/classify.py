"""Which agent made this recording: a plain classifier of what was measured in it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.means import Measured, mean_of_independent

if TYPE_CHECKING:
    import pandas as pd

N_PARTS = 5  # of the seeds, each held out once


class Named(NamedTuple):
    """Whom a classifier names as the agents of recordings from seeds that it has not seen.

    Attributes
    ----------
    confusion : DataFrame
        Share of each agent's recordings (rows) that are said to be each agent's (columns).
    by_seed : Series
        Share named correctly of each seed's recordings.
    """

    confusion: pd.DataFrame
    by_seed: pd.Series

    @property
    def correct(self) -> Measured:
        """Share named correctly, with a 95% interval over seeds, within 0 to 1."""
        value, ends, over = mean_of_independent(self.by_seed, over="recordings and networks")
        return Measured(value, ends and (max(ends[0], 0.0), min(ends[1], 1.0)), over)


class BestPair(NamedTuple):
    """The two measurements that tell agents apart best.

    Attributes
    ----------
    names : (str, str)
        Chosen on all recordings.
    correct : float
        Share of held-out recordings whose agent is named correctly, each by the pair that was best
        without them.
    table : DataFrame
        That share for each pair, chosen with all recordings; NaN on the diagonal.
    """

    names: tuple[str, str]
    correct: float
    table: pd.DataFrame


def measurements(results: pd.DataFrame, n_units: int, n_trials: int) -> pd.DataFrame:
    """One row for each recording of a size, one column for each thing that was measured in it.

    Parameters
    ----------
    results : DataFrame
        Of :func:`.power.run_power`.

    Returns
    -------
    DataFrame
        By ``agent``, ``seed`` and ``number``; columns by ``kind`` and ``what``.

    Raises
    ------
    ValueError
        If there are none of that size.
    """
    here = results[(results["n_units"] == n_units) & (results["n_trials"] == n_trials)]
    if here.empty:
        raise ValueError(f"results must hold recordings of {n_units} units x {n_trials} trials")
    columns = {"index": ["agent", "seed", "number"], "columns": ["kind", "what"]}
    return here.pivot(**columns, values="value").reindex(here["agent"].unique(), level="agent")


def which_agent(measured: pd.DataFrame) -> Named:
    """Whom a plain classifier names as the agent of each recording, held out with its seed.

    Parameters
    ----------
    measured : DataFrame
        Of :func:`measurements`, or some columns of it.

    Raises
    ------
    ValueError
        If there are recordings of a single agent or seed.
    """
    import pandas as pd

    agent = measured.index.get_level_values("agent")
    names = list(agent.unique())
    seed = measured.index.get_level_values("seed")
    for what, n in (("agent", len(names)), ("seed", seed.nunique())):
        if n < 2:
            raise ValueError(f"measured must hold recordings of at least two {what}s, got {n}")
    said = _held_out(measured.to_numpy(float), agent.to_numpy(), seed.to_numpy())
    table = pd.crosstab(agent.to_numpy(), said, normalize="index")
    right = pd.Series(said == agent.to_numpy(), measured.index)
    confusion = table.reindex(index=names, columns=names, fill_value=0.0)
    confusion = confusion.rename_axis(index=None, columns=None)
    return Named(confusion, right.groupby(level="seed").mean())


def tell_apart(measured: pd.DataFrame) -> pd.DataFrame:
    """For each pair of agents, the share named correctly if only these two are possible.

    Returns
    -------
    DataFrame
        Symmetric, by agent; one half is chance, and the diagonal is NaN.
    """
    import pandas as pd

    names = list(measured.index.get_level_values("agent").unique())
    table = pd.DataFrame(np.nan, names, names)
    for pair in combinations(names, 2):
        found = which_agent(measured.loc[list(pair)]).correct.value
        table.loc[pair] = table.loc[pair[::-1]] = found
    return table


def best_pair(measured: pd.DataFrame) -> BestPair:
    """The two measurements by which agents are told apart best.

    Parameters
    ----------
    measured : DataFrame
        Of :func:`measurements`, from at least three seeds.
    """
    import pandas as pd

    names = list(measured.columns.get_level_values("what"))
    x = measured.to_numpy(float)
    agent = measured.index.get_level_values("agent").to_numpy()
    seed = measured.index.get_level_values("seed").to_numpy()
    pairs = list(combinations(range(len(names)), 2))
    told = {of: np.empty(len(x), dtype=bool) for of in pairs}
    right = np.empty(len(x), dtype=bool)
    for held_out in _parts(seed):
        prepare, classifier = _classifier()
        columns = prepare.fit(x[~held_out]).transform(x)  # each is by itself
        fitted = {}
        for of in pairs:
            # Two columns are few: what they say of their own rows suffices to choose them.
            fit = classifier.fit(columns[~held_out][:, of], agent[~held_out])
            correct = fit.predict(columns[:, of]) == agent
            fitted[of] = correct[~held_out].mean()
            told[of][held_out] = correct[held_out]
        best = max(pairs, key=fitted.__getitem__)
        right[held_out] = told[best][held_out]
    share = {of: correct.mean() for of, correct in told.items()}
    table = pd.DataFrame(np.nan, names, names)
    for (i, j), correct in share.items():
        table.iloc[i, j] = table.iloc[j, i] = correct
    i, j = max(pairs, key=share.__getitem__)
    return BestPair((names[i], names[j]), float(right.mean()), table)


def _held_out(x: np.ndarray, agent: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Whom a classifier names for each row, fitted to the rows of other seeds."""
    from sklearn.pipeline import make_pipeline

    said = np.empty(len(agent), dtype=object)
    for held_out in _parts(seed):
        fit = make_pipeline(*_classifier()).fit(x[~held_out], agent[~held_out])
        said[held_out] = fit.predict(x[held_out])
    return said


def _parts(seed: np.ndarray) -> list[np.ndarray]:
    """(n_rows,) bool for each part of the seeds, which hold about as many each."""
    seeds = np.unique(seed)
    return [np.isin(seed, part) for part in np.array_split(seeds, min(N_PARTS, len(seeds)))]


def _classifier():
    """What standardises columns, the median for what is missing, and what tells agents apart."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    discriminants = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)  # of few rows
    return make_pipeline(imputer, StandardScaler()), discriminants
