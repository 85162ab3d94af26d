"""How robust is each claim: over seeds, over variants of network and task, and along training."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.means import Measured, mean_of_independent

if TYPE_CHECKING:
    import pandas as pd

    from ..publishing.ledger.claim import Claim

WORDS = {"rnn": "RNN", "pcs": "PCs", "r2": "R²"}  # what figures call parts of ids
HOLDS = 0.9  # share of networks from which on a claim is said to hold


def claims_table(
    measured: Mapping[tuple[Hashable, Hashable], Mapping[str, float]],
    claims: Mapping[str, Claim],
) -> pd.DataFrame:
    """Every claim in every network, as a tidy table.

    Parameters
    ----------
    measured : dict of (variant, network) to dict of claim id to float
        A variant is what the networks of a group share, e.g. ``"10 units"``; a network is told by
        its seed.  Numbers that are no claims are left out.
    claims : dict of claim id to Claim

    Returns
    -------
    pandas.DataFrame
        A row for each claim, variant and network that has a number, in the order of ``claims`` and
        of ``measured``: ``claim``, ``variant``, ``network``, ``value``, and ``held``, whether the
        value lies in the claim's band.

    Raises
    ------
    ValueError
        If no network has a number for any claim.
    """
    import pandas as pd

    rows = [
        (name, variant, network, numbers[name], claim.accepts(numbers[name]))
        for name, claim in claims.items()
        for (variant, network), numbers in measured.items()
        if np.isfinite(numbers.get(name, np.nan))
    ]
    if not rows:
        raise ValueError("measured must have a number for at least one claim, got none")
    return pd.DataFrame(rows, columns=["claim", "variant", "network", "value", "held"])


def over_networks(table: pd.DataFrame) -> pd.DataFrame:
    """Each claim in each variant: its mean over networks, and the share in which it holds.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`claims_table`.  Each network of a variant must have played trials of its own, so
        that its values carry the noise of trials too.

    Returns
    -------
    pandas.DataFrame
        By ``claim`` and ``variant``: ``n`` networks, ``mean``, ``low`` and ``high``, its 95%
        interval over trials and networks (NaN for a single network), and ``held``, the share
        of networks.
    """
    import pandas as pd

    rows = {}
    for key, group in table.groupby(["claim", "variant"], sort=False):
        mean, interval, _ = mean_of_independent(group["value"])
        low, high = interval or (np.nan, np.nan)
        rows[key] = (len(group), mean, low, high, group["held"].mean())
    index = pd.MultiIndex.from_tuples(rows, names=["claim", "variant"])
    return pd.DataFrame(rows.values(), index, columns=["n", "mean", "low", "high", "held"])


def titles(names: Iterable[str], group: str) -> dict[str, str]:
    """The claims of a group, such as ``"claim1"``, and what a figure calls them, in order."""
    start = f"{group}."
    return {
        name: " ".join(WORDS.get(word, word) for word in name.removeprefix(start).split("_"))
        for name in dict.fromkeys(names)
        if name.startswith(start)
    }


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """The share of networks in which a claim holds, claims by variants.

    NaN where no network of a variant has a number.  Rows and columns are in the table's order.
    """
    found = table.groupby(["claim", "variant"], sort=False)["held"].mean().unstack("variant")
    return found.reindex(index=table["claim"].unique(), columns=table["variant"].unique())


def shares_of_all(table: pd.DataFrame, rows: Mapping[Hashable, Sequence[str]]) -> pd.DataFrame:
    """The share of networks in which several claims all hold, for each row that names some.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`claims_table`.
    rows : dict of row to list of claim id

    Returns
    -------
    pandas.DataFrame
        Rows by variants.  Networks that lack one of the numbers do not count; NaN where none
        left.
    """
    import pandas as pd

    found = {}
    for row, names in rows.items():
        of_row = table[table["claim"].isin(names)].groupby(["variant", "network"])["held"]
        complete = of_row.size() == len(names)
        found[row] = of_row.all()[complete].groupby("variant").mean()
    return pd.DataFrame(found).T.reindex(columns=table["variant"].unique())


def of_group(held: pd.DataFrame, group: str) -> pd.DataFrame:
    """The rows of :func:`shares` that belong to a group of claims, under their titles."""
    rows = titles(held.index, group)
    return held.loc[list(rows)].rename(rows)


def kept(table: pd.DataFrame, reference: Hashable) -> pd.Series:
    """Of the claims that hold in a reference, the share that hold in each other network, too.

    A claim holds in the reference where at least `HOLDS` of its networks are in the band.  Claims
    without a number in a network do not count there.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`claims_table`.
    reference : label of a variant

    Returns
    -------
    pandas.Series
        By ``variant`` and ``network``, without the reference's.

    Raises
    ------
    ValueError
        If there is no such variant.
    """
    held = shares(table)
    if reference not in held:
        raise ValueError(f"reference must be one of {', '.join(map(str, held))}, got {reference!r}")
    compared = table["claim"].isin(held.index[held[reference] >= HOLDS])
    others = table[compared & (table["variant"] != reference)]
    return others.groupby(["variant", "network"], sort=False)["held"].mean()


def mean_share(in_each: pd.Series) -> Measured:
    """Mean over networks of a share in each, with its 95% interval, which ends at 0 and 1.

    Each network must have played trials of its own; those without a share (NaN) are left out.
    """
    mean, interval, over = mean_of_independent(in_each.dropna(), over="trials and networks")
    if interval is None:
        return Measured(mean)
    return Measured(mean, tuple(np.clip(interval, 0, 1).tolist()), over)


def first_held(table: pd.DataFrame) -> pd.Series:
    """From which stage of training on a claim holds, to the end, in each network.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`claims_table`, whose variants are numbers: gradient steps taken.

    Returns
    -------
    pandas.Series
        By ``claim`` and ``network``: the first stage of the last stretch in which it holds; NaN
        if it does not hold at the last stage, or has no number there.
    """
    last = table["variant"].max()

    def of_one(group: pd.DataFrame) -> float:
        group = group.sort_values("variant")
        if group["variant"].iloc[-1] != last or not group["held"].iloc[-1]:
            return np.nan
        broken = np.flatnonzero(~group["held"].to_numpy())
        return float(group["variant"].iloc[broken[-1] + 1 if len(broken) else 0])

    grouped = table.groupby(["claim", "network"], sort=False)[["variant", "held"]]
    return grouped.apply(of_one).rename("first")
