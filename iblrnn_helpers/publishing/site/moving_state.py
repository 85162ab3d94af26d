"""A picture that moves: the two units' state in the plane, in trials around a switch of block.

A notebook marks its place. The build draws the whole path there, which stays in print and without
JavaScript; the script of the explorable page's folder plays the same trials in it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from ...distillation.model import DistilledAgent, DistilledModel, Readout
from ...task.generative_model import TaskParams, sample_trials
from ...task.rollouts import rollout
from .explorable import NAME

if TYPE_CHECKING:
    from nbformat import NotebookNode

MARK = '<div class="moving-state"></div>'
N_BEFORE, N_AFTER = 12, 18  # trials, on both sides of the session's first switch of block
SEED = 3  # of the trials
DECIMALS = 3  # of the observations, which go into the page
SIZE, LEFT, TOP, RIGHT, BOTTOM = 290, 40, 34, 10, 42  # of the plane and around it, pixels
SCRIPTS = ("models", "plots", "moving")
SIDES = {-1: "left", 1: "right"}


def insert_moving_state(node: NotebookNode, results: Path) -> None:
    """Put the moving picture where a notebook marks its place, if the build's run left a circuit.

    Parameters
    ----------
    node : NotebookNode
        Changed in place.
    results : Path
        The build's folder of results.
    """
    marked = [c for c in node.cells if c.cell_type == "markdown" and MARK in c.source]
    if not marked or not (results / NAME).exists():
        return
    picture = moving_state_html(json.loads((results / NAME).read_text(encoding="utf-8")))
    for cell in marked:
        cell.source = cell.source.replace(MARK, picture)


def moving_state_html(content: dict) -> str:
    """The picture, its text and the data that its script plays, of what `write_explorable` wrote.

    Parameters
    ----------
    content : dict
        ``task`` and ``circuits``; the first circuit is shown.

    Returns
    -------
    str
        Without an empty line, which would end the HTML in Markdown.
    """
    played = played_trials(content)
    sides = [trial["blockSide"] for trial in played["trials"]]
    old, new = SIDES[sides[0]], SIDES[sides[-1]]
    n_old = sides.count(sides[0])
    colours = {"left": "orange, dashed", "right": "blue"}
    text = (
        "<strong>Every observation moves the state to the left or to the right; over trials it "
        f"{'rises' if new == 'right' else 'sinks'} to the side of the new block.</strong> The "
        f"path of the two distilled units through {len(sides)} trials: {n_old} of a {old} block "
        f"({colours[old]}) and {len(sides) - n_old} of a {new} block ({colours[new]}). Dots: ends "
        "of trials. To the left and to the right of the two long dashed lines the units act."
    )
    keys = ("task", "circuit", "trials", "start")
    data = json.dumps({key: played[key] for key in keys}, allow_nan=False)
    scripts = (f'<script defer src="../_static/explore/{name}.js"></script>' for name in SCRIPTS)
    lines = [
        '<figure class="explorable moving-state">',
        '<link rel="stylesheet" href="../_static/explore/explore.css">',
        _picture(played, f"{old} to {new}"),
        f"<figcaption><p>{text}</p></figcaption>",
        f'<script type="application/json">{data}</script>',
        *scripts,
        "</figure>",
    ]
    return "\n".join(lines)


def played_trials(content: dict) -> dict:
    """Some trials around a switch of block, and how the first circuit fares in them.

    Returns
    -------
    dict
        ``task``, ``circuit``: as they came; ``trials``: list of ``blockSide``, ``side``,
        ``strength`` and ``observations``; ``start``: the ``state`` and ``feedback`` before the
        first of them; ``states`` (n_steps, 2) and ``n_steps`` (n_trials,) of them.
    """
    fit = next(iter(content["circuits"].values()))
    task = TaskParams(**content["task"] | {"strengths": tuple(content["task"]["strengths"])})
    trials = sample_trials(task, n_sessions=1, n_blocks=2, seed=SEED)
    trials = replace(trials, observations=trials.observations.round(DECIMALS))
    model = DistilledModel(fit["recurrent"], fit["inputs"], fit["offset"])
    readout = Readout(**fit["readout"] | {"direction": np.array(fit["readout"]["direction"])})
    agent = DistilledAgent(model, readout, fit["initial"])
    session = rollout(agent, trials, record_states=True)
    switch = int(np.argmax(trials.block == 1))
    shown = slice(max(1, switch - N_BEFORE), switch + N_AFTER)
    rows = np.isin(session.row_trial, np.arange(len(trials))[shown])
    first = int(np.argmax(rows))
    return {
        "task": asdict(task),
        "circuit": fit,
        "trials": [
            {
                "blockSide": int(trials.block_side[n]),
                "side": int(trials.side[n]),
                "strength": float(trials.strength[n]),
                "observations": trials.observations[n].tolist(),
            }
            for n in range(len(trials))[shown]
        ],
        "start": {
            "state": session.states[first - 1].tolist(),
            "feedback": float(session.inputs[first, 2]),
        },
        "states": session.states[rows],
        "n_steps": session.n_steps[shown],
    }


def _picture(played: dict, switch: str) -> str:
    """The plane with the whole path, as SVG."""
    label = (
        "The plane of the two units: belief about the stimulus across, about the block upwards. "
        "The path swings to the left and to the right within trials, and in the trials after the "
        f"switch of block, from {switch}, it moves from the old block's side to the new one's."
    )
    middle, bottom = LEFT + SIZE / 2, TOP + SIZE
    texts = [
        f'<text x="{middle:g}" y="{bottom + 32}" text-anchor="middle">stimulus belief</text>',
        f'<text transform="translate({LEFT - 24} {TOP + SIZE / 2:g}) rotate(-90)" '
        'text-anchor="middle">block belief</text>',
    ]
    for where, anchor, name in ((0, "start", "left"), (0.5, "middle", "0"), (1, "end", "right")):
        texts += [
            f'<text x="{LEFT + where * SIZE:g}" y="{bottom + 15}" text-anchor="{anchor}">{name}'
            "</text>",
            f'<text transform="translate({LEFT - 8} {bottom - where * SIZE:g}) rotate(-90)" '
            f'text-anchor="{anchor}">{name}</text>',
        ]
    return (
        f'<svg viewBox="0 0 {LEFT + SIZE + RIGHT} {bottom + BOTTOM}" role="img" '
        f'aria-label="{label}">{"".join(texts)}'
        f'<svg class="plane" x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" '
        'viewBox="-1 -1 2 2"><rect class="frame" x="-1" y="-1" width="2" height="2"/>'
        '<path class="grid" d="M-1 0H1M0 -1V1"/>'
        f'<path class="bounds circuit" d="{_bounds(played)}"/>'
        f'<g class="whole">{_path(played)}</g></svg></svg>'
    )


def _bounds(played: dict) -> str:
    """The lines on which the two units are just sure enough to act."""
    readout = played["circuit"]["readout"]
    across = np.array(readout["direction"]) * [1, -1]  # upwards is negative in SVG
    along = 3 * across[::-1] * [-1, 1]
    enough = logit(played["task"]["threshold"]) / readout["scale"]
    feet = [across * (limit - readout["bias"]) for limit in (enough, -enough)]
    return "".join(f"M{_point(foot - along)}L{_point(foot + along)}" for foot in feet)


def _path(played: dict) -> str:
    """A line for each of the two blocks, with dots where trials end."""
    states = np.vstack([played["start"]["state"], played["states"]]) * [1, -1]
    ends = np.cumsum(played["n_steps"])
    sides = np.array([trial["blockSide"] for trial in played["trials"]])
    parts = []
    for side in dict.fromkeys(sides.tolist()):  # in their order
        of_block = ends[sides == side]
        first = 0 if side == sides[0] else ends[sides == sides[0]][-1]
        points = " ".join(map(_point, states[first : of_block[-1] + 1]))
        parts.append(f'<polyline class="trail {SIDES[side]}" points="{points}"/>')
        for x, y in states[of_block]:
            parts.append(f'<circle class="{SIDES[side]}" cx="{x:.3f}" cy="{y:.3f}" r="0.02"/>')
    return "".join(parts)


def _point(point: np.ndarray) -> str:
    return f"{point[0]:.3f},{point[1]:.3f}"
