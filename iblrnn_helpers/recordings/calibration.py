"""Are the tests calibrated?  Recordings without what they look for, and how often they see it.

The numbers that ship are made by (four CPU minutes, with numpy on one thread)::

    OMP_NUM_THREADS=1 python -m iblrnn_helpers.recordings.calibration --jobs 2
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..agents.rnn import RNNAgent
from ..core import checks
from ..task.generative_model import TaskParams, sample_trials
from ..task.rollouts import rollout
from ..training.store import reference_network
from .predictions import judge
from .recording import Recording
from .simulate import Neurons, record, slow_signals

KINDS = ("slow signals", "last trial")
SHIPPED = Path(__file__).parents[1] / "data" / "null_recordings.csv.gz"
N_UNITS, N_TRIALS, N_BLOCKS = 50, 700, 18  # of 49 trials on average
SLOW = (10, 30, 100, 300, 1_000)  # steps after which signals forget: from 2 trials to 4 blocks
TRUE = {"last trial": ("dimension",)}  # what recordings of a kind do have


def null_recordings(
    n: int, *, kind: str = "slow signals", seed: int = 0, n_units: int = N_UNITS
) -> Iterator[Recording]:
    """Recordings of 700 trials whose activity knows nothing of the blocks.

    Parameters
    ----------
    n : int
    kind : {"slow signals", "last trial"}
        ``slow signals``: neurons mix signals that wander by themselves, from as fast as two trials
        to as slow as four blocks.  ``last trial``: they mix one of these, this trial's signed
        strength while it is shown, and the last trial's side and choice until then.
        Neurons drift, too.
    seed : int
        Recording k of a seed is the same, however many are drawn.
    n_units : int
    """
    checks.integer("n", n, low=1)
    checks.choice("kind", kind, KINDS)
    for k in range(n):
        yield _null_recording(k, kind, checks.seed("seed", seed), n_units)


def _null_recording(k: int, kind: str, seed: int, n_units: int) -> Recording:
    rng = checks.generator([seed, KINDS.index(kind), k])
    trials = sample_trials(TaskParams(), n_sessions=1, n_blocks=N_BLOCKS, seed=rng)
    # What matters of the player is that its trials last as long, and its choices go wrong as often.
    played = rollout(RNNAgent(reference_network(1 + k % 9).network), trials)
    slow = slow_signals(1 / np.array(SLOW), played.n_rows, rng)
    if kind == "last trial":
        row, shown = played.row_trial, played.row_seen
        last = np.stack([trials.side, played.choice], axis=1)[np.maximum(row - 1, 0)]
        last[shown | (row == 0)] = 0
        evidence = np.where(shown, trials.signed_strength[row], 0)
        slow = np.column_stack([slow[:, -2], last, evidence])
    recording = record(replace(played, states=slow), n_units=n_units, neurons=Neurons(), seed=rng)
    return recording.of_trials(np.arange(recording.n_trials) < N_TRIALS)


def _judged(k: int, kind: str, seed: int, n_units: int) -> list[tuple]:
    judged = judge(_null_recording(k, kind, seed, n_units), seed=k)
    return [(kind, k, key, one.value, one.p, one.seen) for key, one in judged.items()]


def calibrate(n: int, *, seed: int = 0, n_units: int = N_UNITS, jobs: int = 1):
    """Judge null recordings of every kind.

    Parameters
    ----------
    n : int
        Recordings of each kind.
    seed, n_units : int
        As for :func:`null_recordings`.
    jobs : int
        Processes.

    Returns
    -------
    pandas.DataFrame
        A row for each recording and prediction: kind, recording, prediction, value, p, seen.
    """
    import pandas as pd

    checks.integer("n", n, low=1)
    checks.integer("jobs", jobs, low=1)
    rows: list[tuple] = []
    for kind in KINDS:
        one = partial(_judged, kind=kind, seed=seed, n_units=n_units)
        if jobs == 1:
            judged = map(one, range(n))
        else:
            with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
                judged = list(pool.map(one, range(n), chunksize=4))
        rows += [row for rows_of_one in judged for row in rows_of_one]
    return pd.DataFrame(rows, columns=["kind", "recording", "prediction", "value", "p", "seen"])


def false_positives(results):
    """How often each prediction is seen in recordings that do not have it.

    Parameters
    ----------
    results : DataFrame
        Of :func:`calibrate`.

    Returns
    -------
    pandas.DataFrame
        A row for each prediction and kind, without the kinds that have what is predicted: ``n``
        recordings, the share ``seen``, and ``uniform``, the p of a Kolmogorov-Smirnov test that
        p-values are at least as large as uniform ones.
    """
    import pandas as pd
    from scipy.stats import kstest

    rows = []
    for (kind, prediction), found in results.groupby(["kind", "prediction"], sort=False):
        if prediction in TRUE.get(kind, ()):
            continue
        p = found["p"].dropna()
        too_small = kstest(p, "uniform", alternative="greater").pvalue if len(p) else np.nan
        seen = found["seen"].astype(bool).mean()
        rows.append((prediction, kind, len(found), seen, too_small))
    return pd.DataFrame(rows, columns=["prediction", "kind", "n", "seen", "uniform"])


def shipped_calibration():
    """The rows of :func:`calibrate` that ship, as a pandas DataFrame; see the module for how."""
    import pandas as pd

    return pd.read_csv(SHIPPED)


def main(arguments: list[str] | None = None) -> None:
    """Make the table, write it, and print how often each prediction is seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--n", type=int, default=1500, help="recordings of each kind")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=SHIPPED, help="table to write, .csv or .csv.gz")
    given = parser.parse_args(arguments)
    results = calibrate(given.n, seed=given.seed, jobs=given.jobs)
    # Without the time of day: the same numbers are the same file.
    packed = {"method": "gzip", "mtime": 0} if given.out.suffix == ".gz" else None
    results.to_csv(given.out, index=False, float_format="%.4g", compression=packed)
    print(false_positives(results).to_string(index=False))


if __name__ == "__main__":
    main()
