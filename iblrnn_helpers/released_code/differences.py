"""Where the paper and its released code disagree, and a table of what each difference changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Difference:
    """One place where text and code disagree, or where both leave something open.

    Attributes
    ----------
    topic : str
    paper, code : str
        What the text says, and what the released code does.
    here : str
        What this package does unless told otherwise, and what the other variant is called.
    """

    topic: str
    paper: str
    code: str
    here: str


DIFFERENCES = (
    Difference(
        "loss",
        "cross-entropy: −log p(correct side)",
        "−p(correct side): the library's log-loss, given probabilities instead of their "
        "logarithms; blank steps add 0 but count in the mean, the session's last step is left out",
        "as the code, TrainParams(loss='cross_entropy') for the text; the last step counts",
    ),
    Difference(
        "block lengths",
        "may end after any trial from the 20th on, with hazard 0.02; forced to end after 100",
        "geometric lengths, drawn again until they lie in 20 to 100",
        "as the code; TaskParams(block_law='forced_switch') for the text",
    ),
    Difference(
        "actor",
        "Bayes' rule",
        "the belief about the block serves as prior of the side, without the 0.8 between them; "
        "the strength is drawn anew at every step",
        "both: BayesianActor(params, 'released'), or 'exact'",
    ),
    Difference(
        "observer",
        "Bayes' rule",
        "concordance 0.8 and hazard 0.02 written into it; side prior without the transition "
        "between trials; the last trial's belief stays 0; a forced choice",
        "observe(session, 'exact'), with the task's own parameters; 'released' for the code's "
        "prior; the choice is forced too",
    ),
    Difference(
        "blank steps",
        "on a trial's first step all three inputs are 0",
        "two blank steps; on the first, the third input is the last trial's ±1",
        "as the code; TaskParams(n_blank_steps=1) for one",
    ),
    Difference(
        "decoherence",
        "distance of states Δ steps apart, ‖x(t+Δ) − x(t)‖",
        "norm of the Δ-th order differences of neighbouring states",
        "decoherence() as the text; finite_difference_decoherence() as the code",
    ),
    Difference(
        "projection on readouts",
        "the state times the readout",
        "that pair of numbers, times the readouts once more; before, the readout's direction loses "
        "the states' mean, as if it were a state",
        "the state times the readout, once",
    ),
    Difference(
        "a changed network",
        "says nothing",
        "the analysis gives the right row of the readout length 1, in the network that it "
        "analyses and distills",
        "analyses change nothing",
    ),
    Difference(
        "analysed network",
        "50 units",
        "trains 50 units; its analysis names a run of 250, and no weights are public",
        "50 units, TrainParams(n_units=250) for the other",
    ),
    Difference(
        "block classifier",
        "a classifier and an angle in 50 dimensions, 33% held out",
        "without intercept, on all steps, held out at random; the 50-D vector is that of the plane "
        "mapped back",
        "decode_block(): intercept, steps and split to choose; measure_angles() has all angles",
    ),
    Difference(
        "fixed points",
        "minimise ‖h − F(h)‖",
        "500 gradient steps from a 15 × 15 grid in the PC plane, no tolerance; stable if "
        "|Re λ| < 1; basins from a bound whose matrix is transposed",
        "Newton's method to 1e-8; stable if |λ| < 1; basins by running the map",
    ),
    Difference(
        "precision and comparisons",
        "says nothing",
        "session data rounded to 16-bit floats; each agent plays its own session",
        "64-bit floats; all agents play the same trials, differences are paired",
    ),
)
HEADER = ("What changes", "The paper's text", "The released code", "Here")


class DifferencesTable(tuple):
    """Rows (topic, effect, paper, code, here) that show themselves as a table in a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        rows = ([topic, *map(": ".join, zip(HEADER, cells, strict=True))] for topic, *cells in self)
        return "\n\n".join(map("\n".join, rows))

    def _repr_html_(self) -> str:
        # What matters comes first, for a phone shows little more than the first column.
        head = "".join(
            f'<th scope="col" style="min-width: {12 if k == 0 else 7.5}rem">{escape(name)}</th>'
            for k, name in enumerate(HEADER)
        )
        rows = []
        for topic, effect, *others in self:
            cells = [f"<strong>{escape(topic)}.</strong> {escape(effect)}", *map(escape, others)]
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        style = "vertical-align: top; overflow-wrap: anywhere"
        table = '<table class="dataframe" style="font-size: 0.85rem">'
        header = f'<thead><tr>{head}</tr></thead>\n<tbody style="{style}">'
        return "\n".join([table, header, *rows, "</tbody>\n</table>"])


def differences_table(effects: Mapping[str, str]) -> DifferencesTable:
    """All differences, each with its measured effect in words, by topic.

    Raises
    ------
    ValueError
        If one is missing, or there is one of an unknown topic.
    """
    topics = {one.topic for one in DIFFERENCES}
    if wrong := topics.symmetric_difference(effects):
        raise ValueError(
            f"effects must be of {sorted(topics)}, missing or unknown: {sorted(wrong)}"
        )
    return DifferencesTable(
        (f"{k}. {one.topic}", effects[one.topic], one.paper, one.code, one.here)
        for k, one in enumerate(DIFFERENCES, start=1)
    )
