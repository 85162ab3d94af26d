"""What a sweep measures of one network: ``iblrnn sweep iblrnn_helpers.hmm_rnn.measures:measure``.

For example ``-p family chain-2,chain-3 -p n_inputs 1,10,100 -p seed 1:4``: the sizes that the
paper varies.
"""

from __future__ import annotations

from .emissions import assess_emissions
from .hmm import FAMILIES
from .motion import Effort, measure_motion
from .params import N_STEPS, fast_recipe, recipe
from .store import hmm_rnns_for
from .training_claims import loss_over_floor


def measure(
    family: str = "chain-2",
    seed: int = 1,
    n_units: int = 150,
    n_inputs: int = 100,
    fast: bool = False,
) -> dict[str, float]:
    """Train a network, unless it ships or was trained before, and measure it.

    Parameters
    ----------
    family : str
        Of :data:`~iblrnn_helpers.hmm_rnn.hmm.FAMILIES`.
    seed : int
        Of the training and, with other numbers, of all runs.
    n_units, n_inputs : int
    fast : bool
        By `fast_recipe` instead of `recipe`.

    Returns
    -------
    dict of str to float
        How the emissions match, and how the network moves.

    Raises
    ------
    ValueError
        As :func:`~iblrnn_helpers.hmm_rnn.params.recipe`.
    """
    made = (fast_recipe if fast else recipe)(family, seed, n_units=n_units, n_inputs=n_inputs)
    ((trained,), _) = hmm_rnns_for([made])
    network, hmm = trained.network, FAMILIES[family]
    match = assess_emissions(network, hmm, n_sequences=500, seed=seed)
    return {
        "cpu_seconds": trained.cpu_seconds,
        "loss / floor": loss_over_floor(network, hmm, n_steps=N_STEPS[family], seed=seed),
        "frequency error": match.frequency_error,
        "transition error": match.transition_error,
        "changes, network / HMM": match.change_ratio,
        "bigrams": match.total_variation,
        "matched distance, network / HMM": match.distance_ratio,
        **measure_motion(network, Effort(n_states=300), seed).numbers,
    }
