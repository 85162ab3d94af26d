"""How many neurons and trials does it take to see a prediction, and only where it holds?

Everything here begins with one table, of :func:`run_power`: a row for each thing that was measured
in a recording of a known agent.  So the counting is tested on tables that were planted.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import checks
from ..mice.behavior import after_outcome, history_weights, zero_contrast_concordant
from ..task.agent import Agent
from ..task.generative_model import TaskParams, Trials, sample_trials
from ..task.trials import Behavior
from .players import RIVALS, played, rivals
from .predictions import judge
from .simulate import Neurons, record

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("agent", "seed", "number", "n_units", "n_trials", "kind", "what", "value", "p", "seen")
NETWORK = "network"
# The agents in which a prediction holds, by how they are made.
HOLDS = {
    "dimension": set(RIVALS),
    # What an action kernel expects goes with the block, as its choices do.
    "block_before_stimulus": set(RIVALS) - {"reset"},
    "evidence_moves_block": {NETWORK, "distilled", "line attractor"},
    "graded_carry_over": {NETWORK, "distilled", "line attractor"},
    "angle": {NETWORK, "distilled", "line attractor"},
    # The network that is reset has the dynamics, and no belief about the block to go with them.
    "two_attractors": {NETWORK, "distilled"},
    "radd_coupling": {NETWORK, "distilled"},
}
SEEN_IN, WRONG_IN = 0.8, 0.05  # shares of recordings: at least, and at most
NORMAL = 1.96  # standard deviations that hold 95%
MakeAgents = Callable[[int], Mapping[str, Agent]]


def run_power(
    make: MakeAgents | None = None,
    *,
    n_units: Sequence[int],
    n_trials: Sequence[int],
    seeds: Sequence[int],
    n_recordings: int = 1,
    agents: Collection[str] | None = None,
    neurons: Neurons | None = None,
    only: Sequence[str] | None = None,
    n_pseudo: int = 100,
    n_jobs: int = 1,
) -> pd.DataFrame:
    """What recordings of known agents show, in all sizes.

    For each recording an agent plays one session.  Smaller sizes are parts of it: the first so
    many trials, and the first so many neurons, whose order is random.  All agents of a seed meet
    the same trials.

    Parameters
    ----------
    make : callable, optional
        Gives agents by name, for a seed; by default :func:`.players.rivals` of the paper's task.
        With several jobs it must be a module's.
    n_units, n_trials : sequence of int
        Each pair of them is a size.
    seeds : sequence of int
        Of the agents.  A seed and the recording's number fix all that is random.
    n_recordings : int
        Of each agent of each seed.
    agents : collection of str, optional
        Names of those to record from, by default all.
    neurons : Neurons, optional
        How they turn states into spikes.
    only : sequence of str, optional
        Predictions to judge, by default all.
    n_pseudo : int
        Pseudo-sessions of a null.
    n_jobs : int
        Processes.

    Returns
    -------
    DataFrame
        The columns are ``COLUMNS``.  ``kind`` is ``activity`` (``what`` is a prediction, ``seen``
        its verdict, None where it could not be judged) or ``behaviour`` (``what`` names a
        measurement of the choices, of :func:`of_choices`; ``p`` and ``seen`` are missing).
    """
    import pandas as pd

    sizes = []
    for name, given in {"n_units": n_units, "n_trials": n_trials}.items():
        checks.some(name, list(given))
        sizes.append(np.unique([checks.integer(name, n, low=1) for n in given]).tolist())
    make = make or partial(rivals, TaskParams())
    how = {"only": only, "n_pseudo": n_pseudo}
    one = partial(_recorded, make, agents, neurons, *sizes, how)
    jobs = [(seed, number) for seed in seeds for number in range(n_recordings)]
    if n_jobs == 1:
        found = list(map(one, *zip(*jobs, strict=True)))
    else:
        context = multiprocessing.get_context("spawn")  # torch and Numba do not survive a fork
        with ProcessPoolExecutor(n_jobs, mp_context=context) as pool:
            found = list(pool.map(one, *zip(*jobs, strict=True)))
    return pd.DataFrame([row for rows in found for row in rows], columns=list(COLUMNS))


def _recorded(
    make: MakeAgents,
    agents: Collection[str] | None,
    neurons: Neurons | None,
    n_units: list[int],
    n_trials: list[int],
    how: Mapping[str, Any],
    seed: int,
    number: int,
) -> list[tuple]:
    """Rows of one recording of each agent of a seed."""
    rows, known = [], make(seed)
    trials = first_trials(n_trials[-1], seed=[seed, number])
    for agent in known if agents is None else agents:
        checks.choice("agents", agent, known)
        whole = record(
            played(known[agent], trials), n_units=n_units[-1], neurons=neurons, seed=[seed, number]
        )
        parts = {size: whole.of_units(np.arange(n_units[-1]) < size) for size in n_units[:-1]}
        parts[n_units[-1]] = whole
        for n in n_trials:
            first = np.arange(n_trials[-1]) < n
            of_first = {size: part.of_trials(first) for size, part in parts.items()}
            choices = of_choices(of_first[n_units[0]])  # which are the same beside any neurons
            for size, part in of_first.items():
                judged = judge(part, seed=seed, **how)
                rows += [
                    (agent, seed, number, size, n, "activity", what, of.value, of.p, of.seen)
                    for what, of in judged.items()
                ]
                rows += [
                    (agent, seed, number, size, n, "behaviour", what, value, np.nan, None)
                    for what, value in choices.items()
                ]
    return rows


def first_trials(n_trials: int, *, seed) -> Trials:
    """The first trials of a session of the paper's task, which end within a block."""
    task = TaskParams()
    n_blocks = -(-n_trials // task.min_block_length)
    drawn = sample_trials(task, n_sessions=1, n_blocks=n_blocks, seed=seed)
    return Trials(task, *(getattr(drawn, one.name)[:n_trials] for one in fields(Trials)[1:]))


def of_choices(behavior: Behavior) -> dict[str, float]:
    """What a laboratory measures of choices without any neuron, by name.

    Returns
    -------
    dict of str to float
        Shares correct and of the block's side, of repetitions after a reward and of changes after
        none (all but the first without a stimulus), and the weights of :func:`.history_weights`,
        in log odds; NaN where there are no such trials.
    """
    try:
        after = after_outcome(behavior, strength=0)
    except ValueError:  # too few trials without a stimulus
        after = {}
    weights = history_weights(behavior)
    return {
        "correct": float(behavior.correct.mean()),
        "block's side": zero_contrast_concordant(behavior).value,
        "win, stay": after.get("win, stay", np.nan),
        "lose, switch": after.get("lose, switch", np.nan),
        **{f"weight: {name}": weight for name, weight in weights.items()},
    }


def power_map(
    results: pd.DataFrame, holds: Mapping[str, Collection[str]] | None = None
) -> pd.DataFrame:
    """For each prediction and size, how often it is seen in the network, and how often wrongly.

    Parameters
    ----------
    results : DataFrame
        Of :func:`run_power`.  What could not be judged counts as not seen.
    holds : mapping of str to collection of str, optional
        The agents in which a prediction holds, by default ``HOLDS``; in all others it is wrongly
        seen.

    Returns
    -------
    DataFrame
        By prediction, ``n_units`` and ``n_trials``: ``power``, the share of the network's
        recordings, with its 95% interval, ``low`` to ``high``, as if all recordings of a seed
        were one; ``wrong``, the largest share of an agent in which it does not hold, and
        ``wrong_in``, which; and whether that is ``enough``: power at least 80%, and no wrong
        share that is clearly larger than 5% (one-sided, at 5%).
    """
    import pandas as pd
    from scipy.stats import binom

    holds = HOLDS if holds is None else holds
    rows, judged = [], results[results["kind"] == "activity"]
    for key, cell in judged.groupby(["what", "n_units", "n_trials"]):
        seen = cell.assign(seen=cell["seen"].eq(True))
        by_agent = seen.groupby("agent", sort=False)["seen"].agg(["sum", "count"])
        share = by_agent["sum"] / by_agent["count"]
        wrong = share.drop([name for name in holds[key[0]] if name in share])
        tail = binom.sf(by_agent["sum"] - 1, by_agent["count"], WRONG_IN)
        clearly = pd.Series(tail, share.index)[wrong.index] < 0.05
        n_seeds = seen.loc[seen["agent"] == NETWORK, "seed"].nunique()
        low, high = wilson(share[NETWORK], n_seeds)
        most = wrong.idxmax() if len(wrong) and wrong.max() > 0 else ""
        enough = share[NETWORK] >= SEEN_IN and not clearly.any()
        rows.append((*key, share[NETWORK], low, high, wrong.max(), most, enough))
    columns = ["what", "n_units", "n_trials", "power", "low", "high", "wrong", "wrong_in", "enough"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3])


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share of ``n``."""
    middle = (share + NORMAL**2 / (2 * n)) / (1 + NORMAL**2 / n)
    reach = NORMAL * np.sqrt(share * (1 - share) / n + (NORMAL / (2 * n)) ** 2)
    return middle - reach / (1 + NORMAL**2 / n), middle + reach / (1 + NORMAL**2 / n)


def smallest(table: pd.DataFrame) -> dict[str, tuple[int, int] | None]:
    """The smallest size that is enough for each prediction, and all larger ones, too.

    Parameters
    ----------
    table : DataFrame
        Of :func:`power_map`.

    Returns
    -------
    dict of str to (int, int) or None
        Neurons and trials with the smallest product; None if even the largest is not enough.
    """
    found = {}
    for what, cells in table.groupby(level="what", sort=False):
        enough = cells["enough"].droplevel("what").unstack("n_trials")
        # From the largest size down: enough here, and in everything that is larger.
        from_here = np.logical_and.accumulate(enough.to_numpy(bool)[::-1, ::-1], axis=0)
        from_here = np.logical_and.accumulate(from_here, axis=1)[::-1, ::-1]
        sizes = [(int(enough.index[i]), int(enough.columns[j])) for i, j in np.argwhere(from_here)]
        found[what] = min(sizes, key=lambda size: (size[0] * size[1], size)) if sizes else None
    return found
