"""What defines the training of a network on a hidden Markov model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...core import checks
from ..hmm import FAMILIES, SEQUENCE_LENGTH, HiddenMarkovModel
from ..network import NONLINEARITIES

LEAST_STEPS = 60  # of a stage without blur, which leaves out 20 and compares pairs 20 apart


@dataclass(frozen=True)
class Stage:
    """A part of the training: so many updates with the same batches, loss and penalty.

    Parameters
    ----------
    n_updates : int
    n_sequences : int
        In a batch, of the network and of the HMM.
    n_steps : int
        Length of a sequence, at least 2.
    blur : float or None
        Of the Sinkhorn divergence, > 0, see :mod:`iblrnn_helpers.hmm_rnn.teaching.sinkhorn`.  None:
        the loss is that of :mod:`iblrnn_helpers.hmm_rnn.teaching.pair_loss`.
    unbiased : bool, optional
        The divergence between halves of the batches, rather than that of the paper.
    learning_rate : float
        > 0, at the first update.
    final_learning_rate : float, optional
        The rate goes there in a straight line; None: it stays.
    activity_penalty : float, optional
        Times mean(h²), added to the loss.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
    """

    n_updates: int
    n_sequences: int
    n_steps: int
    blur: float | None
    unbiased: bool = False
    learning_rate: float = 1e-3
    final_learning_rate: float | None = None
    activity_penalty: float = 0.0

    def __post_init__(self):
        checks.integer("n_updates", self.n_updates, low=1)
        checks.integer("n_sequences", self.n_sequences, low=2)
        checks.integer("n_steps", self.n_steps, low=2)
        if self.blur is None:
            checks.integer("n_steps", self.n_steps, low=LEAST_STEPS)
        else:
            checks.number("blur", self.blur, above=0)
        if not isinstance(self.unbiased, bool):
            raise ValueError(f"unbiased must be True or False, got {self.unbiased!r}")
        if self.unbiased and self.blur is None:
            raise ValueError("unbiased must be False without a blur: that loss has no bias")
        if (self.unbiased or self.blur is None) and self.n_sequences % 2:
            raise ValueError(f"n_sequences must be even to be halved, got {self.n_sequences}")
        checks.number("learning_rate", self.learning_rate, above=0)
        if self.final_learning_rate is not None:
            checks.number("final_learning_rate", self.final_learning_rate, above=0)
        checks.number("activity_penalty", self.activity_penalty, low=0)


@dataclass(frozen=True)
class HmmRnnParams:
    """A training recipe.

    Parameters
    ----------
    hmm : HiddenMarkovModel
        What the network learns to emit.
    stages : tuple of Stage
    seed : int
        Of the initial weights, the HMM's sequences and the noise.
    n_units, n_inputs : int, optional
        The paper's sizes where omitted.
    nonlinearity : {"relu", "tanh"}, optional
    biases : bool, optional
        Of the units and of the logits; the paper has none.
    start_from : HmmRnnParams, optional
        Start with the trained weights of that recipe; None: from random weights.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
    """

    hmm: HiddenMarkovModel
    stages: tuple[Stage, ...]
    seed: int = 1
    n_units: int = 150
    n_inputs: int = 100
    nonlinearity: str = "relu"
    biases: bool = False
    start_from: HmmRnnParams | None = None

    def __post_init__(self):
        if not isinstance(self.hmm, HiddenMarkovModel):
            raise ValueError(f"hmm must be a HiddenMarkovModel, got {type(self.hmm).__name__}")
        object.__setattr__(self, "stages", tuple(self.stages))
        if not self.stages or not all(isinstance(stage, Stage) for stage in self.stages):
            raise ValueError(f"stages must hold one Stage or more, got {self.stages!r}")
        checks.seed("seed", self.seed)
        checks.integer("n_units", self.n_units, low=1)
        checks.integer("n_inputs", self.n_inputs, low=1)
        checks.choice("nonlinearity", self.nonlinearity, NONLINEARITIES)
        if not isinstance(self.biases, bool):
            raise ValueError(f"biases must be True or False, got {self.biases!r}")
        if self.start_from is not None:
            self._check_start(self.start_from)

    def _check_start(self, start: HmmRnnParams) -> None:
        if start.hmm.n_symbols != self.hmm.n_symbols:
            raise ValueError(
                f"start_from must emit {self.hmm.n_symbols} symbols as hmm does, "
                f"got {start.hmm.n_symbols}"
            )
        for name in ("n_units", "n_inputs", "nonlinearity", "biases"):
            if getattr(start, name) != getattr(self, name):
                raise ValueError(
                    f"start_from must have the same {name}, {getattr(self, name)!r}, "
                    f"got {getattr(start, name)!r}"
                )

    @property
    def n_updates(self) -> int:
        """Of all stages."""
        return sum(stage.n_updates for stage in self.stages)

    def stage_at(self, update: int) -> tuple[int, Stage, float]:
        """The number of the stage of an update, the stage, and the learning rate there.

        Updates are counted from 0.
        """
        first = 0
        for number, stage in enumerate(self.stages):
            if update < first + stage.n_updates:
                last = stage.final_learning_rate
                way = (update - first) / stage.n_updates
                change = 0.0 if last is None else (last - stage.learning_rate) * way
                return number, stage, stage.learning_rate + change
            first += stage.n_updates
        raise ValueError(f"update must be below {first}, got {update}")

    @classmethod
    def from_dict(cls, values: Mapping) -> HmmRnnParams:
        """The inverse of ``dataclasses.asdict``, also after a way through JSON."""
        start = values["start_from"]
        return cls(
            **{
                **values,
                "hmm": HiddenMarkovModel(**values["hmm"]),
                "stages": tuple(Stage(**stage) for stage in values["stages"]),
                "start_from": None if start is None else cls.from_dict(start),
            }
        )


N_STEPS = SEQUENCE_LENGTH | {"chain-2": 40}  # 100 steps of chain-2 drown its signal
N_UPDATES_TO_ESCAPE = {"full": 600, "cyclic": 1000}  # by the large blur; 400 for the chains
N_UPDATES_AT_LARGER_BLUR = {"chain-2": (300, 300), "full": (200, 200), "cyclic": (150, 200)}
_PENALTY = 0.01


def recipe(family: str, seed: int = 1, **changes) -> HmmRnnParams:
    """The paper's loss, as far as a laptop takes it: the reference networks of Part III.

    All start from random weights.  The two-state chain and the full model leave the plateau, on
    which symbols are independent, by the paper's loss at blur 0.2, the full one on short sequences
    first.  At batches of this size the others do not; they leave it as in `fast_stages`, and then
    get the paper's loss.  A penalty on activity holds the states while they explode.  Two stages
    at a larger blur take out most of what small batches make too typical.  Longer chains go
    without: they change too often rather than too rarely, and it would be more so.

    Parameters
    ----------
    family : str
        Of :data:`~iblrnn_helpers.hmm_rnn.hmm.FAMILIES`.
    seed : int, optional
    **changes
        Other fields of `HmmRnnParams`.

    Returns
    -------
    HmmRnnParams

    Raises
    ------
    ValueError
        If there is no such family, or as `HmmRnnParams`.
    """
    checks.choice("family", family, FAMILIES)
    return HmmRnnParams(
        **{"hmm": FAMILIES[family], "stages": _papers_stages(family), "seed": seed, **changes}
    )


def _papers_stages(family: str) -> tuple[Stage, ...]:
    n_steps = N_STEPS[family]

    def papers(n_updates: int, n_sequences: int = 512, steps: int = n_steps) -> Stage:
        return Stage(n_updates, n_sequences, steps, 0.2, activity_penalty=_PENALTY)

    learning = {
        "chain-2": (papers(450),),
        "full": (papers(450, 768, 15), papers(500)),
    }.get(family, (_escape(_updates_to_escape(family)), papers(300)))
    if family not in N_UPDATES_AT_LARGER_BLUR:
        return learning
    at_two, at_one = N_UPDATES_AT_LARGER_BLUR[family]
    return (
        *learning,
        Stage(at_two, 512, n_steps, 2.0, learning_rate=4e-4, activity_penalty=_PENALTY),
        Stage(at_one, 512, n_steps, 1.0, learning_rate=3e-4),
    )


def _escape(n_updates: int) -> Stage:
    return Stage(n_updates, 512, 12, 2.0, activity_penalty=_PENALTY)


def _updates_to_escape(family: str) -> int:
    return N_UPDATES_TO_ESCAPE.get(family, 400)


def fast_recipe(family: str, seed: int = 1, **changes) -> HmmRnnParams:
    """From random weights to closer statistics in about a minute, for all families.

    The first stage leaves the plateau by short sequences and a large blur, the others end with the
    unbiased divergence, see `fast_stages`.  Networks of this recipe emit what the HMM emits.  Those
    of chains turn in another plane than that of PC1 and PC2.

    Parameters
    ----------
    As of :func:`recipe`.
    """
    checks.choice("family", family, FAMILIES)
    stages = fast_stages(N_STEPS[family], _updates_to_escape(family))
    return HmmRnnParams(**{"hmm": FAMILIES[family], "stages": stages, "seed": seed, **changes})


def finished_recipe(family: str, seed: int = 1, **changes) -> HmmRnnParams:
    """A network of `recipe`, finished on the statistics of pairs of symbols.

    The paper's loss on small batches makes sequences too typical; a further stage, of
    :mod:`iblrnn_helpers.hmm_rnn.teaching.pair_loss`, brings a network to what its HMM emits.

    Parameters
    ----------
    As of :func:`recipe`.
    """
    start = recipe(family, seed, **changes)
    return replace(start, stages=finishing_stages(family), start_from=start)


def finishing_stages(family: str = "") -> tuple[Stage, ...]:
    """The stages of `finished_recipe`, for a family or any other model.

    In the full model the balance of three equal symbols is the last to come; it takes smaller steps
    and larger batches.
    """
    if family == "full":
        return (
            Stage(400, 512, 100, None, learning_rate=5e-4, final_learning_rate=1e-4),
            Stage(150, 1024, 100, None, learning_rate=1e-4, final_learning_rate=1e-5),
        )
    return (Stage(200, 512, 100, None, learning_rate=1e-3, final_learning_rate=1e-4),)


def fast_stages(n_steps: int, n_updates_to_escape: int = 1000) -> tuple[Stage, ...]:
    """The stages of `fast_recipe`, for sequences of ``n_steps``.

    1. Short sequences and a large blur.  Both make the few directions in which the laws differ
       stand out of what finite batches differ by.
    2. The whole sequences, and the unbiased divergence at a smaller blur.
    3. The same without the penalty, at a falling learning rate.
    """
    return (
        _escape(n_updates_to_escape),
        Stage(200, 512, n_steps, 1.0, unbiased=True, activity_penalty=_PENALTY),
        Stage(
            300, 512, n_steps, 1.0, unbiased=True,
            learning_rate=5e-4, final_learning_rate=5e-5,
        ),
    )  # fmt: skip
