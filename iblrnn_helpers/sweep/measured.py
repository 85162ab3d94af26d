"""The numbers of many networks: each measured once, then found again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np

from ..artifacts import ArtifactStore
from ..core.fingerprint import fingerprint
from ..files import digest_arrays
from .measures import Subject, measure


def measure_all(
    subjects: Mapping[Hashable, Subject],
    names: tuple[str, ...],
    *,
    store: ArtifactStore | None = None,
    progress: bool = True,
) -> tuple[dict[Hashable, dict[str, float]], dict[Hashable, list[str]]]:
    """:func:`~iblrnn_helpers.sweep.measures.measure` for many networks, with a memory.

    What was measured before is found again where the weights, the task, the effort, the trials and
    the code are the same.

    Parameters
    ----------
    subjects : dict of key to Subject
    names : tuple of str
        Of :data:`~iblrnn_helpers.sweep.measures.MEASURES`.
    store : ArtifactStore, optional
        The default store where omitted.
    progress : bool
        Show a bar where a person watches a terminal.

    Returns
    -------
    numbers : dict of key to dict of claim id to float
    remarks : dict of key to list of str
        Only of networks for which there are some.
    """
    from tqdm import tqdm

    store = store or ArtifactStore()
    code = fingerprint("iblrnn_helpers.sweep.measures")
    numbers, remarks = {}, {}
    bar = tqdm(
        subjects.items(), desc="measuring", unit="network", disable=None if progress else True
    )
    for key, subject in bar:

        def make(_, subject=subject):
            # A copy, so that the states that it keeps are freed with it.
            found, said = measure(replace(subject), names)
            return {"values": np.array(list(found.values()))}, {"names": [*found], "said": said}

        inputs = {
            "weights": digest_arrays(
                {n: w.detach().numpy() for n, w in subject.network.state_dict().items()}
            ),
            "cell": subject.network.cell,
            "task": subject.task,
            "effort": subject.effort,
            "trials_seed": subject.trials_seed,
            "measures": names,
            "code": code,
        }
        arrays, about = store.get_or_make("measured", inputs, make)
        numbers[key] = dict(zip(about["names"], arrays["values"].tolist(), strict=True))
        if about["said"]:
            remarks[key] = about["said"]
    return numbers, remarks
