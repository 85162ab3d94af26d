"""What a network is at each stage of its training: plateau, instability, orbit (claim H).

At the end, whether networks are trained at all, and the claim in numbers.

Source: Torre et al. 2025, the phases of training.  The Jacobian of a step is D W_rec, where D has
a 1 for each unit that the step left active, noise included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...core import checks
from ..alike import runs_alike
from ..hmm import HiddenMarkovModel
from ..network import HmmRnn, Run, run, sample_symbols
from ..statistics import residence_times
from .emissions import check_alphabet
from .loss_values import loss_value
from .pair_loss import pair_loss_of_independent_symbols
from .sinkhorn import loss_of_independent_symbols
from .training import TrainedHmmRnn

TRAINED = 1.15  # loss over floor that counts as trained
PAPERS_BLUR = 0.2
UNSTABLE_WITH_PENALTY = 0.2  # fraction of steps from which on an escape counts as unstable
NEAR_ESCAPE = 50  # updates

# Im m from which on a pair turns, as in the authors' code (see spectral_fractions).
_TURNS = 0.05
# Updates: until then sizes swing, and symbols become as frequent as they are.
_FREQUENCIES_LEARNT = 30
_LAST_STAGES = 5


@dataclass(frozen=True, eq=False)
class Phases:
    """Quantities along a training, each an array (n_stages,).

    Attributes
    ----------
    update : int
        Updates taken.
    loss : float
        Mean of the last updates before; NaN before the first.
    floor, independent : float
        The loss of the HMM itself, and of symbols that are as frequent but independent, on batches
        of the same kind.
    switch_rate : float
        Mean of 1 / residence, over residences between two switches of class; 0 without switches.
    unstable : float
        Fraction of steps whose Jacobian has an eigenvalue with |λ| > 1.
    rotating : float
        Fraction of steps whose Jacobian has a complex pair near the unit circle.
    activity : float
        Root of the mean of h².
    left : float
        Median of |h_50| / |h_0| without input.
    """

    update: np.ndarray
    loss: np.ndarray
    floor: np.ndarray
    independent: np.ndarray
    switch_rate: np.ndarray
    unstable: np.ndarray
    rotating: np.ndarray
    activity: np.ndarray
    left: np.ndarray

    @property
    def escape(self) -> int | None:
        """First of the updates after which the loss is halfway from independent symbols' to floor.

        None if it never is.
        """
        below = self.loss < (self.independent + self.floor) / 2
        return int(self.update[below.argmax()]) if below.any() else None

    @property
    def on_plateau(self) -> np.ndarray:
        """(n_stages,) bool: the first half of the way to the escape, without the first updates.

        All stages, if there is no escape or no such stage.
        """
        last = np.inf if self.escape is None else self.escape / 2
        found = (self.update >= _FREQUENCIES_LEARNT) & (self.update <= last)
        return found if found.any() else np.ones_like(found)

    @property
    def growth(self) -> tuple[int, int] | None:
        """First and last update after the plateau at which most states grow without input.

        None if there is none.
        """
        if self.escape is None:
            return None
        grows = self.update[(self.update > self.escape / 2) & (self.left >= 1)]
        return (int(grows[0]), int(grows[-1])) if len(grows) else None

    def to_frame(self):
        """The quantities by update, as a pandas DataFrame; losses relative to ``independent``.

        What is left of a state is at least 10⁻⁸ here, as it is shown by its logarithm.
        """
        import pandas as pd

        table = pd.DataFrame(vars(self)).set_index("update")
        losses = table[["loss", "floor"]].div(table.pop("independent"), axis=0)
        return table.assign(**losses, left=table["left"].clip(lower=1e-8))


def phases(
    trained: TrainedHmmRnn,
    *,
    seed: int,
    every: int = 1,
    n_sequences: int = 8,
    n_steps: int = 400,
    n_jacobians: int = 60,
) -> Phases:
    """Measure a network at the snapshots of its training, under the same noise.

    Parameters
    ----------
    trained : TrainedHmmRnn
        With snapshots.
    every : int, optional
        Take each so-many-th snapshot.
    n_sequences, n_steps : int, optional
        Of the run at each snapshot.
    n_jacobians : int, optional
        Steps, spread over the run, whose eigenvalues are taken.

    Raises
    ------
    ValueError
        If there are no snapshots, or a number is out of range.
    """
    checks.integer("every", every, low=1)
    checks.integer("n_jacobians", n_jacobians, low=1)
    updates = sorted(trained.snapshots)[::every]
    if not updates:
        raise ValueError(
            "trained must have snapshots; those that ship have none, so train one with "
            "trained_hmm_rnn"
        )
    rows, networks = [], [trained.network_at(update) for update in updates]
    runs = runs_alike(networks, n_sequences, n_steps, seed=seed, warm_up=10)
    for network, ran in zip(networks, runs, strict=True):
        of_steps = spectral_fractions(network, ran.states, n_jacobians)
        size = np.sqrt(np.mean(ran.states**2))
        left = _left_without_input(network, ran)
        rows.append((switch_rate(ran.classes), *of_steps, size, left))
    loss, floor, independent = _losses(trained, updates, seed)
    return Phases(np.array(updates), loss, floor, independent, *np.array(rows).T)


def switch_rate(classes: np.ndarray) -> float:
    """Mean of 1 / residence of classes (n_sequences, n_steps), of residences seen whole."""
    _, length = residence_times(classes)
    return float(np.mean(1 / length)) if len(length) else 0.0


def spectral_fractions(
    network: HmmRnn, states: np.ndarray, n_jacobians: int, *, near: float | Sequence[float] = 0.1
) -> tuple[float, ...]:
    """Fractions of steps that are unstable, and that turn at a nearly constant size.

    Parameters
    ----------
    network : HmmRnn
        With ReLU units.
    states : (n_sequences, n_steps, n_units) float
        After the steps.
    n_jacobians : int
        Of so many states, spread evenly.
    near : float in (0, 1), or several, optional
        The largest |Re m| of a pair near the circle, with m = (λ − 1) / (λ + 1), which maps the
        unit circle to the imaginary axis; the authors' code has 0.1.

    Returns
    -------
    unstable, rotating : float
        ``rotating`` once for each of ``near``.

    Notes
    -----
    Rows of units that are off are 0 in D W_rec, so that its other eigenvalues are those of W_rec
    between the active units: a smaller matrix.
    """
    if network.nonlinearity != "relu":
        raise ValueError(f"network must have relu units, got {network.nonlinearity}")
    flat = states.reshape(-1, network.n_units)
    chosen = flat[np.linspace(0, len(flat) - 1, min(n_jacobians, len(flat))).astype(int)]
    near = [checks.number("near", float(one), above=0, below=1) for one in np.atleast_1d(near)]
    # An eigenvalue with Re m > -near is at least as large as that with m = -near.
    least = min((1 - one) / (1 + one) for one in near)
    found = []
    for state in chosen:
        active = np.flatnonzero(state > 0)
        jacobian = network.w_rec[np.ix_(active, active)]
        n_beyond = most_beyond(least, jacobian)
        if n_beyond is not None:  # a single one is real: it does not turn
            one = np.eye(len(active))
            grows = n_beyond == 1 and min(np.linalg.det([one - jacobian, one + jacobian])) < 0
            found.append([grows, *[False] * len(near)])
            continue
        eigenvalues = np.linalg.eigvals(jacobian)
        mapped = (eigenvalues - 1) / (eigenvalues + 1)
        turns = [((np.abs(mapped.real) < one) & (mapped.imag > _TURNS)).any() for one in near]
        found.append([(np.abs(eigenvalues) > 1).any(), *turns])
    return tuple(np.reshape(found, (-1, 1 + len(near))).mean(axis=0).tolist())


def most_beyond(limit: float, matrix: np.ndarray) -> int | None:
    """0 or 1 if surely no more eigenvalues are as large as a limit; None if that is not sure.

    Of the k-th power, |λ₁|^k is at most the norm, and |λ₁ λ₂|^k the product of the two largest
    singular values.  Low powers cost a fraction of the eigenvalues.
    """
    power = matrix / limit
    for _ in range(4):
        with np.errstate(over="ignore", invalid="ignore"):  # of those that grow
            power = power @ power
            square = np.vdot(power, power)
        if square < 0.8:  # so far from 1 that rounding does not matter
            return 0
        if square > 1e4:
            return None
    gram = power.T @ power
    # (Σ s²)² − Σ s⁴ is twice the sum of s² s'² over all pairs of singular values.
    return 1 if square**2 - np.vdot(gram, gram) < 2 * 0.8 else None


def _losses(trained: TrainedHmmRnn, updates: list[int], seed: int) -> tuple[np.ndarray, ...]:
    params, history = trained.params, trained.history
    of_stage: dict[int, float] = {}
    rows = []
    for update in updates:
        number, stage, _ = params.stage_at(max(update - 1, 0))
        if number not in of_stage:
            if stage.blur is None:
                of_stage[number] = pair_loss_of_independent_symbols(params.hmm)
            else:
                of_stage[number] = loss_of_independent_symbols(
                    params.hmm, stage.n_sequences, stage.n_steps, stage.blur,
                    unbiased=stage.unbiased, seed=(seed, number),
                ).mean()  # fmt: skip
        first = max(update - 10, sum(s.n_updates for s in params.stages[:number]))
        loss = history[first:update, 0].mean() if update else np.nan
        rows.append((loss, history[max(update - 1, 0), 1], of_stage[number]))
    return tuple(np.array(rows).T)


def _left_without_input(network: HmmRnn, ran: Run) -> float:
    start = state = ran.states[:, -1]
    for _ in range(50):
        state = network.step(state)
    before = np.linalg.norm(start, axis=1)
    after = np.linalg.norm(state, axis=1)
    return float(np.median(after / np.where(before > 0, before, 1)))


def loss_over_floor(
    network: HmmRnn,
    hmm: HiddenMarkovModel,
    *,
    n_steps: int,
    n_sequences: int = 512,
    n_pairs: int = 4,
    seed: int,
) -> float:
    """The paper's loss of a network, over that of the HMM itself on batches of the same kind.

    Parameters
    ----------
    n_steps, n_sequences : int
        Of each batch.  The network starts at 0, as in training.
    n_pairs : int, optional
        Pairs of batches that are averaged.

    Raises
    ------
    ValueError
        If the alphabets differ, or a number is out of range.
    """
    check_alphabet(network, hmm)
    checks.integer("n_pairs", n_pairs, low=1)
    rng = checks.generator(seed)

    def of_network():
        return sample_symbols(run(network, n_sequences, n_steps, seed=rng, warm_up=0), rng)

    def of_hmm():
        return hmm.sample(n_sequences, n_steps, rng)

    losses, floor = (
        np.mean([loss_value(draw(), of_hmm(), hmm.n_symbols, PAPERS_BLUR) for _ in range(n_pairs)])
        for draw in (of_network, of_hmm)
    )
    return float(losses / floor)


def phase_numbers(found: Phases) -> dict[str, float]:
    """The phases of a training in numbers: on the plateau, around the escape from it, at the end.

    Returns
    -------
    dict of str to float
        ``escape``: the update (NaN if there is none).  ``changes, plateau``: mean of 1 / residence.
        ``unstable, …``, ``turning, …``: fractions of steps, the largest ones on the plateau and
        within 50 updates of the escape, the means of the last stages at the end.  ``left, end``:
        of a state after 50 steps without input, the largest of the last stages.
    """
    before, last = found.on_plateau, slice(-_LAST_STAGES, None)
    return {
        "escape": np.nan if found.escape is None else float(found.escape),
        "changes, plateau": found.switch_rate[before].mean(),
        "unstable, plateau": found.unstable[before].max(),
        "unstable, escape": _peak(found),
        "unstable, end": found.unstable[last].mean(),
        "turning, plateau": found.rotating[before].max(),
        "turning, end": found.rotating[last].mean(),
        "changes, end": found.switch_rate[last].mean(),
        "left, end": found.left[last].max(),
    }


def training_claims(
    ratios: Mapping[str, Sequence[float]],
    papers: Phases,
    ours: Mapping[str, Sequence[Phases]],
    trained: Sequence[HmmRnn],
    *,
    seed: int,
) -> dict[str, float]:
    """What the claims ``hmm_training.*`` ask for.

    Parameters
    ----------
    ratios : dict of family to :func:`loss_over_floor` of each network
        With ``chain-2``.
    papers : Phases
        Of a training by the paper's loss, without a penalty on activity.
    ours : dict of family to the Phases of each training
        With a penalty; may be empty.
    trained : sequence of HmmRnn
        Trained to the end, on the same HMM as the two.
    seed : int
        Of the runs of these.

    Returns
    -------
    dict of claim id to value
    """
    medians = {family: np.median(of_family) for family, of_family in ratios.items()}
    runs = [run(network, 8, 400, seed=seed) for network in trained]
    unstable, turning = np.median(
        [
            spectral_fractions(*one, 60)
            for one in zip(trained, [r.states for r in runs], strict=True)
        ],
        axis=0,
    )
    of_paper = phase_numbers(papers)
    found = {
        "loss": medians["chain-2"],
        "families": sum(median <= TRAINED for median in medians.values()),
        "plateau_rate": of_paper["changes, plateau"],
        "plateau_unstable": of_paper["unstable, plateau"],
        "escape_unstable": of_paper["unstable, escape"],
        "orbit_rate": np.median([switch_rate(ran.classes) for ran in runs]),
        "orbit_unstable": unstable,
        "orbit_turning": turning - of_paper["turning, plateau"],
    }
    if ours:
        found["families_plateau"] = max(
            phase_numbers(one)["unstable, plateau"] for of in ours.values() for one in of
        )
        found["families_escape"] = sum(
            np.median([_peak(one) for one in of]) >= UNSTABLE_WITH_PENALTY for of in ours.values()
        )
    return {f"hmm_training.{name}": float(value) for name, value in found.items()}


def _peak(found: Phases) -> float:
    """Largest fraction of unstable steps near the escape; of all if there is none."""
    if found.escape is None:
        return found.unstable.max()
    near = np.abs(found.update - found.escape) <= NEAR_ESCAPE
    return found.unstable[near].max()
