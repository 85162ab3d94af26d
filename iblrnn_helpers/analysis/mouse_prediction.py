"""Which expectation foresees mice's choices best: the candidates, and how they fare over mice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..mice.record import Mouse
from . import expectations
from .choice_model import Prediction
from .expectations import DECAYS
from .groups import mean_of_independent

ALONE = "stimulus alone"
SIDES, CHOICES = "average of sides", "average of choices"
MARKOV, EXACT = "Bayes, Markov", "Bayes, exact"


def candidates(mouse: Mouse, lived: Mapping[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Expectations for :func:`.choice_model.predict_choices`, by name.

    Parameters
    ----------
    mouse : Mouse
    lived : dict of name to (n_trials,) float
        Further ones, of agents that lived the mouse's trials.

    Returns
    -------
    dict of name to list of variants
        ``stimulus alone``; ``true block``; both Bayesian filters of the past sides; leaky averages
        of sides and of the mouse's choices, each with all leaks of ``DECAYS``; the latter
        with the Markov filter beside it; and ``lived``.
    """
    markov = expectations.markov(mouse.trials)
    of_sides = [expectations.average_of_sides(mouse.trials, decay) for decay in DECAYS]
    of_choices = [expectations.average_of_choices(mouse, decay) for decay in DECAYS]
    return {
        ALONE: [],
        "true block": [mouse.trials.block_side],
        MARKOV: [markov],
        EXACT: [expectations.semi_markov(mouse.trials)],
        SIDES: of_sides,
        CHOICES: of_choices,
        "choices and Bayes": [np.column_stack((one, markov)) for one in of_choices],
        **{name: [expectation] for name, expectation in lived.items()},
    }


def gains(predictions: Mapping[str, Prediction]):
    """What each candidate adds to the stimulus alone, mouse by mouse.

    Parameters
    ----------
    predictions : dict of mouse to Prediction

    Returns
    -------
    pandas.DataFrame
        A row a mouse, a column a candidate, the best on average first; thousandths of a bit per
        choice.
    """
    import pandas as pd

    bits = pd.DataFrame({name: found.bits for name, found in predictions.items()}).T
    found = 1000 * bits.drop(columns=ALONE).sub(bits[ALONE], axis=0)
    return found[found.mean().sort_values(ascending=False, kind="stable").index]


def ranking(gained):
    """Candidates over mice.

    Parameters
    ----------
    gained : pandas.DataFrame
        Of :func:`gains`, or some of its columns.

    Returns
    -------
    pandas.DataFrame
        A row a candidate: ``gain`` with its 95% interval over mice, ``low`` and ``high`` (NaN for
        a single mouse), and in how many mice it is the best of these.
    """
    import pandas as pd

    measured = [mean_of_independent(gained[name]) for name in gained]
    ends = [interval or (np.nan, np.nan) for _, interval in measured]
    first = gained.idxmax(axis=1).value_counts()
    return pd.DataFrame(
        {
            "gain": [value for value, _ in measured],
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
            "best in mice": first.reindex(gained.columns).fillna(0).astype(int),
        },
        index=gained.columns,
    )


def memory(predictions: Mapping[str, Prediction], candidate: str) -> float:
    """Over how many trials a leaky average reaches, 1 / (1 - decay); median over mice.

    Of a mouse, the mean over folds of the number of the decay chosen is turned into a
    decay, between two of ``DECAYS`` if need be.
    """
    chosen = [found.chosen[candidate] for found in predictions.values()]
    return float(np.median(1 / (1 - np.interp(chosen, range(len(DECAYS)), DECAYS))))
