"""Claim 4 in numbers: two distilled units do what fifty do.

Each is named after its entry in the claims ledger.  Unit 1 is the stimulus belief, unit 2
the block belief.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..behavior.measures import performance
from ..behavior.trial_means import paired_difference
from ..core.crossed_effects import Estimate, crossed, estimate_mean
from ..core.means import Measured
from ..representations.decoding import decode_block
from ..representations.state_space import Projection, fit_plane, on_components, on_readouts
from ..task.session import Session, leave_sessions_out
from .distilled import distill
from .fit_quality import HorizonErrors, one_step_r2, ratio_by_horizon, run_alone
from .likeness import (
    curve_gap,
    decoherence_gap,
    decoherence_rate_gap,
    explained,
    explained_on_average,
    tilt,
)
from .model import DistilledModel

if TYPE_CHECKING:
    from ..agents.rnn import RecurrentNetwork

# Section 3.3.3; the columns of B' are o^L, o^R and r.
PUBLISHED_RECURRENT = np.array([[0.54, 0.31], [0.19, 0.84]])
PUBLISHED_INPUTS = np.array([[-0.19, 0.20, 0.005], [-0.04, 0.04, 0.021]])
N_GROUPS = 5  # of sessions, left out in turn where a classifier must be fitted anew


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
        Without intervals of the weights; :func:`measure_fits` has them.

    Raises
    ------
    ValueError
        If the model has not two units, or the sessions are not of the same trials.
    """
    weights = {name: Measured(value) for name, value in measure_weights(model).items()}
    hidden = rnn.recorded_states
    projected = projection(hidden)
    alone = run_alone(model, rnn, projected)
    measured = {
        "one_step_r2": Measured(float(one_step_r2(model, rnn, projected).min())),
        "distilled_best_correct": performance(best).correct.measured(),
        "distilled_best_minus_rnn": paired_difference(best, rnn, "correct").measured(),
        "distilled_matched_minus_rnn": paired_difference(matched, rnn, "correct").measured(),
        "matched_curve_gap": curve_gap(matched, rnn),
        "block_use": block_use(matched),
        "block_use_minus_rnn": _use(matched).minus(_use(rnn)).measured(),
        "decoherence_distilled": decoherence_gap(rnn, projected, alone),
        "decoherence_distilled_code": decoherence_gap(rnn, projected, alone, differences=True),
        "decoherence_full": decoherence_rate_gap(rnn, projected, hidden),
        "decoherence_full_code": decoherence_rate_gap(rnn, projected, hidden, differences=True),
        "trajectory_r2": explained(rnn, projected, alone),
        "mean_trajectory_r2": explained_on_average(rnn, projected, alone),
        "block_moves_with_stimulus": tilt(rnn, alone),
    }
    return weights | {f"claim4.{name}": value for name, value in measured.items()}


def measure_weights(model: DistilledModel) -> dict[str, float]:
    """What the ledger asks of the two matrices, by claim id.

    Raises
    ------
    ValueError
        If the model has not two units and three inputs.
    """
    if (model.n_units, model.n_inputs) != (2, 3):
        raise ValueError(
            f"model must have 2 units and 3 inputs, got {model.n_units} and {model.n_inputs}"
        )
    a, b = model.recurrent, model.inputs
    observations = b[:, :2]
    stimulus, block = np.abs(observations).mean(axis=1)
    measured = {
        **_entries("recurrent", a, ("1", "2")),
        **_entries("input", b, ("_left", "_right", "_feedback")),
        "feedback_largest": np.abs(b[:, 2]).max(),
        "stimulus_over_block": stimulus / block,
        "slowest_decay": slowest_decay(model),
        "beliefs_reinforce": min(a[0, 1], a[1, 0]),
        "common_direction": (np.sign(observations[0]) * observations[1]).min(),
    }
    return {f"claim4.{name}": float(value) for name, value in measured.items()}


def _entries(name: str, matrix: np.ndarray, columns: Sequence[str]) -> dict[str, float]:
    return {
        f"{name}_{i + 1}{column}": matrix[i, j]
        for i in range(2)
        for j, column in enumerate(columns)
    }


def measure_components(
    model: DistilledModel, of_readouts: DistilledModel, turn: np.ndarray
) -> dict[str, Measured]:
    """What the ledger asks of the matrices where P is the first two principal components.

    Parameters
    ----------
    model, of_readouts : DistilledModel
        Fitted to the principal components, and to the readouts, of the same session.
    turn : (2, 2) float
        From coordinates of the components to those of the readouts.

    Returns
    -------
    dict of claim id to Measured
        Without intervals; :func:`measure_fits` has them.
    """
    turned = turn @ model.recurrent @ np.linalg.inv(turn)
    return {
        "claim4.pcs_recurrent_gap": Measured(float(np.abs(turned - of_readouts.recurrent).max())),
        "claim4.pcs_slowest_decay": Measured(slowest_decay(model)),
    }


def measure_fits(
    network: RecurrentNetwork, session: Session, *, n_groups: int, n_groups_free_running: int
) -> dict[str, Measured]:
    """What the ledger asks of the weights, with intervals that know of all that is fitted.

    Parameters
    ----------
    network : RecurrentNetwork
    session : Session
        Played by it, with its states; what the units are fitted to.
    n_groups, n_groups_free_running : int
        Groups of sessions that are left out in turn; components, readouts and units are fitted
        anew, the units that run on their own past, which take longer, in fewer groups.

    Returns
    -------
    dict of claim id to Measured
    """

    def fitted(part, solver, *projections):
        settings = {"never_worse": False} if solver == "free_running" else {}
        return [distill(network, part, on, solver=solver, **settings).model for on in projections]

    def weights(part):
        plane = fit_plane(part, network)
        readouts, components = on_readouts(plane), on_components(plane, 2)
        two, on_pcs = fitted(part, "closed_form", readouts, components)
        turn = readouts.matrix @ components.matrix.T
        of_pcs = measure_components(on_pcs, two, turn)
        return measure_weights(two) | {name: found.value for name, found in of_pcs.items()}

    def of_the_text(part):
        (free,) = fitted(part, "free_running", on_readouts(fit_plane(part, network)))
        return {"claim4.slowest_decay_free_running": slowest_decay(free)}

    found = leave_sessions_out(session, weights, n_groups)
    found |= leave_sessions_out(session, of_the_text, n_groups_free_running)
    return {name: estimate.measured() for name, estimate in found.items()}


def measure_two_units(rnn: Session, two_units: Sequence[Session]) -> list[dict[str, Estimate]]:
    """What the ledger asks of networks of two units that were trained on the task.

    Parameters
    ----------
    rnn : Session
        The network of fifty units, with its states.
    two_units : sequence of Session
        The same trials, each played by a network of two, with its states.

    Returns
    -------
    list of dict of claim id to Estimate
        For each of them.  Their mean over networks is for
        :func:`iblrnn_helpers.core.crossed_effects`.
    """
    use_of_rnn, decoded_of_rnn = _use(rnn), _decoded(rnn)

    def measured(session):
        gap, use = np.subtract(session.correct, rnn.correct, dtype=float), _use(session)
        return {
            "claim4.two_unit_minus_rnn": estimate_mean(gap, rnn.trials.block_index),
            "claim4.two_unit_block_use": use,
            "claim4.two_unit_block_use_minus_rnn": use.minus(use_of_rnn),
            "claim4.two_unit_block_decoding_minus_rnn": _decoded(session).minus(decoded_of_rnn),
        }

    return [measured(session) for session in two_units]


def measure_rivals(
    rnn: Session, two_units: Sequence[Mapping[str, Estimate]], output_distilled: Session
) -> dict[str, Measured]:
    """What the ledger asks of the other networks of two units.

    Parameters
    ----------
    rnn : Session
        The network of fifty units.
    two_units : sequence of dict of claim id to Estimate
        Of :func:`measure_two_units`, for each network that was trained on the task.
    output_distilled : Session
        The same trials, played by two units that learned the network's action probabilities.

    Returns
    -------
    dict of claim id to Measured
        Of ``two_units`` the mean over networks.
    """
    if not two_units:
        raise ValueError("two_units must be of at least one network, got none")
    return {
        **{name: crossed([one[name] for one in two_units]) for name in two_units[0]},
        "claim4.output_distilled_minus_rnn": paired_difference(
            output_distilled, rnn, "correct"
        ).measured(),
        "claim4.output_distilled_block_use_minus_rnn": _use(output_distilled)
        .minus(_use(rnn))
        .measured(),
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
    alone = run_alone(model, rnn, projected)
    return {
        "claim4.decoherence_free_running": decoherence_gap(rnn, projected, alone),
        "claim4.trajectory_r2_free_running": explained(rnn, projected, alone),
        "claim4.slowest_decay_free_running": Measured(slowest_decay(model)),
    }


def slowest_decay(model: DistilledModel) -> float:
    """Largest eigenvalue of A' in size: what a step leaves of the mode that lasts longest."""
    return float(np.abs(np.linalg.eigvals(model.recurrent)).max())


def block_use(session: Session) -> Measured:
    """Fraction correct on concordant minus discordant trials of the weakest stimulus.

    Without contrast only a memory of earlier trials can tell them apart: 0 without any use
    of the block, 0.6 at most for one who knows the block side and concordance of 0.8.
    """
    return _use(session).measured()


def _use(session: Session) -> Estimate:
    trials = session.trials
    weakest = trials.strength == min(trials.params.strengths)
    with_block, against = (
        estimate_mean(session.correct, trials.block_index, weakest & kind)
        for kind in (trials.concordant, trials.discordant)
    )
    return with_block.minus(against)


def _decoded(session: Session) -> Estimate:
    """Fraction of steps of held-out blocks whose block side a classifier tells from the states."""

    def accuracy(part):
        states = part.recorded_states
        return {"": float(decode_block(part, states, intercept=True).accuracy.mean)}

    return leave_sessions_out(session, accuracy, N_GROUPS)[""]
