"""Claim 4 in numbers: two distilled units do what fifty do.

Each is named after its entry in the claims ledger.  Unit 1 is the stimulus belief, unit 2
the block belief.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..behavior.claims import contrast
from ..behavior.measures import correct_by_strength, performance
from ..behavior.trial_means import paired_difference
from ..core.means import Measured, mean_of_independent
from ..representations.decoding import decode_block
from ..representations.state_space import Projection
from ..task.session import Session
from .fit_quality import HorizonErrors, decoherence, one_step_r2, ratio_by_horizon, run_alone
from .model import DistilledModel

# Section 3.3.3; the columns of B' are o^L, o^R and r.
PUBLISHED_RECURRENT = np.array([[0.54, 0.31], [0.19, 0.84]])
PUBLISHED_INPUTS = np.array([[-0.19, 0.20, 0.005], [-0.04, 0.04, 0.021]])
N_LAGS = 20


def measure_claim_4(
    model: DistilledModel, projection: Projection, rnn: Session, best: Session, matched: Session
) -> dict[str, Measured]:
    """Everything that the ledger asks of one network and its two distilled units.

    Parameters
    ----------
    model : DistilledModel
        Two units, in the order stimulus belief, block belief.
    projection : Projection
        What the model was fitted to.
    rnn : Session
        Played by the network, with its states; not the session that the model was fitted to.
    best, matched : Session
        The same trials, played by the model at its best readout scale, and at the one
        that matches the network's steps per trial; both scales were chosen on other trials.

    Returns
    -------
    dict of claim id to Measured

    Raises
    ------
    ValueError
        If the model has not two units, or the sessions are not of the same trials.
    """
    if (model.n_units, model.n_inputs) != (2, 3):
        raise ValueError(
            f"model must have 2 units and 3 inputs, got {model.n_units} and {model.n_inputs}"
        )
    hidden = rnn.recorded_states
    projected = projection(hidden)
    alone = run_alone(model, rnn, projected)
    full, kept = (decoherence(rnn, x, n_lags=N_LAGS).mean for x in (hidden, projected))
    zero, block = _at_zero(rnn), rnn.trials.block_index
    more_correct = np.subtract(matched.correct, rnn.correct, dtype=float)
    stimulus, belief = np.abs(model.inputs[:, :2]).mean(axis=1)
    curve_gap = correct_by_strength(matched).mean - correct_by_strength(rnn).mean
    rates = [distances / distances[-1] for distances in (full, kept)]
    measured = {
        **_entries("recurrent", model.recurrent, ("1", "2")),
        **_entries("input", model.inputs[:, :2], ("_left", "_right")),
        "feedback_largest": Measured(float(np.abs(model.inputs[:, 2]).max())),
        "stimulus_over_block": Measured(float(stimulus / belief)),
        "slowest_decay": Measured(slowest_decay(model)),
        "one_step_r2": Measured(float(one_step_r2(model, rnn, projected).min())),
        "distilled_best_correct": performance(best).correct.measured(),
        "distilled_best_minus_rnn": paired_difference(best, rnn, "correct").measured(),
        "matched_curve_gap": Measured(float(np.nanmax(np.abs(curve_gap)))),
        "block_use": block_use(matched),
        "block_use_minus_rnn": contrast(more_correct, zero[True], zero[False], block),
        "decoherence_distilled": decoherence_gap(rnn, projected, alone),
        "decoherence_full": Measured(float(np.abs(rates[0] - rates[1]).max())),
    }
    return {f"claim4.{name}": value for name, value in measured.items()}


def measure_rivals(
    rnn: Session, two_units: Sequence[Session], output_distilled: Session
) -> dict[str, Measured]:
    """What the ledger asks of the other networks of two units.

    Parameters
    ----------
    rnn : Session
        The network of fifty units, with its states.
    two_units : sequence of Session
        Networks of two units that were trained on the task, with their states.
    output_distilled : Session
        Two units that learned the network's action probabilities.
        All played the same trials.

    Returns
    -------
    dict of claim id to Measured
        Of ``two_units`` the mean over networks, with its 95% interval over networks.
    """
    if not two_units:
        raise ValueError("two_units must hold at least one session, got none")
    use, decoded = block_use(rnn).value, _decoded(rnn)
    uses = [block_use(session).value for session in two_units]
    correct = [paired_difference(session, rnn, "correct").mean for session in two_units]
    zero, block = _at_zero(rnn), rnn.trials.block_index
    more_correct = np.subtract(output_distilled.correct, rnn.correct, dtype=float)
    measured = {
        "two_unit_minus_rnn": mean_of_independent(correct),
        "two_unit_block_use": mean_of_independent(uses),
        "two_unit_block_use_minus_rnn": mean_of_independent([found - use for found in uses]),
        "two_unit_block_decoding_minus_rnn": mean_of_independent(
            [_decoded(session) - decoded for session in two_units]
        ),
        "output_distilled_minus_rnn": paired_difference(
            output_distilled, rnn, "correct"
        ).measured(),
        "output_distilled_block_use_minus_rnn": contrast(
            more_correct, zero[True], zero[False], block
        ),
    }
    return {f"claim4.{name}": value for name, value in measured.items()}


def measure_matrices(models: Sequence[DistilledModel]) -> dict[str, Measured]:
    """What the ledger asks of the matrices of many networks' distilled units, together.

    Returns
    -------
    dict of claim id to Measured
        The largest difference, over entries, of the mean over networks from the published entry.
    """
    if not models:
        raise ValueError("models must hold at least one, got none")
    recurrent = np.mean([model.recurrent for model in models], axis=0) - PUBLISHED_RECURRENT
    inputs = np.mean([model.inputs for model in models], axis=0) - PUBLISHED_INPUTS
    return {
        "claim4.recurrent_mean_gap": Measured(float(np.abs(recurrent).max())),
        "claim4.input_mean_gap": Measured(float(np.abs(inputs[:, :2]).max())),
    }


def measure_solvers(free_running: HorizonErrors, closed_form: HorizonErrors) -> dict[str, Measured]:
    """What the ledger asks of the two ways to fit the same units.

    Parameters
    ----------
    free_running, closed_form : HorizonErrors
        Of the same sequences, which neither was fitted to.

    Returns
    -------
    dict of claim id to Measured
        Error of the free-running fit over that of the closed form, at the number of steps where it
        compares worst.
    """
    ratio = ratio_by_horizon(free_running, closed_form)
    k = int(np.argmax(ratio.mean))
    worst = Measured(float(ratio.mean[k]), (float(ratio.low[k]), float(ratio.high[k])), "trials")
    return {"claim4.free_running_worst": worst}


def measure_text_loss(
    model: DistilledModel, projection: Projection, rnn: Session
) -> dict[str, Measured]:
    """What the ledger asks of units that were fitted with the loss of the paper's text.

    Parameters
    ----------
    model : DistilledModel
        Fitted while it ran on its own past.
    projection, rnn
        As for :func:`measure_claim_4`.

    Returns
    -------
    dict of claim id to Measured
    """
    projected = projection(rnn.recorded_states)
    gap = decoherence_gap(rnn, projected, run_alone(model, rnn, projected))
    return {
        "claim4.decoherence_free_running": gap,
        "claim4.slowest_decay_free_running": Measured(slowest_decay(model)),
    }


def slowest_decay(model: DistilledModel) -> float:
    """Largest eigenvalue of A' in size: what a step leaves of the mode that lasts longest."""
    return float(np.abs(np.linalg.eigvals(model.recurrent)).max())


def decoherence_gap(session: Session, states: np.ndarray, others: np.ndarray) -> Measured:
    """Largest relative difference, over 1 to 20 steps, of how far states drift apart (Fig. 8a).

    Parameters
    ----------
    session : Session
    states, others : (n_rows, M) float
        Of two systems that heard the same; differences are relative to ``states``.
    """
    first, second = (decoherence(session, x, n_lags=N_LAGS).mean for x in (states, others))
    return Measured(float(np.abs(second / first - 1).max()))


def block_use(session: Session) -> Measured:
    """Fraction correct on concordant minus discordant trials of the weakest stimulus.

    Without contrast only a memory of earlier trials can tell them apart: 0 without any use
    of the block, 0.6 at most for one who knows the block side and concordance of 0.8.
    """
    zero = _at_zero(session)
    return contrast(session.correct, zero[True], zero[False], session.trials.block_index)


def _at_zero(session: Session) -> Mapping[bool, np.ndarray]:
    trials = session.trials
    weakest = trials.strength == min(trials.params.strengths)
    return {True: weakest & trials.concordant, False: weakest & ~trials.concordant}


def _decoded(session: Session) -> float:
    states = session.recorded_states
    return float(decode_block(session, states, split="block", intercept=True).accuracy.mean)


def _entries(name: str, matrix: np.ndarray, columns: tuple[str, str]) -> dict[str, Measured]:
    return {
        f"{name}_{i + 1}{column}": Measured(float(matrix[i, j]))
        for i in range(2)
        for j, column in enumerate(columns)
    }
