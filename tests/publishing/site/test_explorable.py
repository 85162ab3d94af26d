"""What moves in the book: its models, in node, against ours on the same inputs; its data."""

import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

from iblrnn_helpers.agents.bayes import BayesianActor, observe
from iblrnn_helpers.agents.block_filter import block_belief
from iblrnn_helpers.core.fixed_points import find_fixed_points
from iblrnn_helpers.distillation.claims import PUBLISHED_INPUTS, PUBLISHED_RECURRENT, slowest_decay
from iblrnn_helpers.distillation.model import DistilledAgent, DistilledModel, Readout
from iblrnn_helpers.mechanism.dynamics import NO_INPUT, linearise
from iblrnn_helpers.publishing.running.planning import Places
from iblrnn_helpers.publishing.site.explorable import NAME, explorable_markdown, write_explorable
from iblrnn_helpers.publishing.site.moving_state import (
    MARK,
    insert_moving_state,
    moving_state_html,
    played_trials,
)
from iblrnn_helpers.publishing.site.pages import generated_pages
from iblrnn_helpers.task.generative_model import (
    TaskParams,
    block_length_distribution,
    sample_trials,
)
from iblrnn_helpers.task.rollouts import rollout

MODELS = Path(__file__).parents[3] / "extra" / "_static" / "explore" / "models.js"
PUBLISHED = {"recurrent": PUBLISHED_RECURRENT, "inputs": PUBLISHED_INPUTS}
TASK = TaskParams()
# Both sum the same few numbers in another order; what is left of that after a session is far below.
ATOL = 1e-9

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


def circuit(recurrent=PUBLISHED_RECURRENT):
    """Two units as `distill` returns them; the readout leans on both so that none is ignored."""
    model = DistilledModel(recurrent, PUBLISHED_INPUTS, np.array([0.009, -0.004]), scale=5.3)
    readout = Readout(np.array([0.98, np.sqrt(1 - 0.98**2)]), 0.006, 12.0)
    return SimpleNamespace(model=model, readout=readout, initial=np.array([-0.005, -0.01]))


def in_node(code, **given):
    """Run JavaScript that reads ``given`` and ``models`` and returns something; return that."""
    script = (
        f"const models = require({json.dumps(str(MODELS))});"
        "const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"const out = (() => {{ {code} }})(); process.stdout.write(JSON.stringify(out));"
    )
    done = subprocess.run(
        ["node", "-e", script], input=json.dumps(given), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trials():
    return sample_trials(TASK, n_sessions=1, n_blocks=8, seed=3)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    fits = {"one step": circuit(), "free running": circuit([[0.5, 0.35], [0.05, 1.3]])}
    write_explorable(fits, TASK, published=PUBLISHED, about="a test", folder=folder)
    return folder, json.loads((folder / NAME).read_text())


def played_in_node(data, trials, decides):
    """The page's closed loop on these trials: everything by step, and the score at the end."""
    return in_node(
        """const { task, circuits } = given.data;
        const circuit = new models.DistilledCircuit(circuits["one step"]);
        const play = new models.Play(task, circuit, new models.BayesianObserver(task));
        play.decides = given.decides;
        const steps = [];
        given.trials.forEach((trial, n) => {
            play.begin(trial);
            for (let step; !step?.ended; ) { step = play.step(); steps.push({ ...step, n }); }
        });
        return { steps, score: play.score };""",
        data=data,
        decides=decides,
        trials=[
            {"side": int(side), "observations": seen.tolist()}
            for side, seen in zip(trials.side, trials.observations, strict=True)
        ],
    )


@needs_node
@pytest.mark.parametrize("decides", ["circuit", "bayes"])
def test_the_page_plays_as_the_package_does(written, trials, decides):
    """Beliefs at every step, choices, and the same trials' ends, whoever decides."""
    distilled = circuit()
    agent = DistilledAgent(distilled.model, distilled.readout, distilled.initial)
    actor = BayesianActor(TASK)
    session = rollout(agent if decides == "circuit" else actor, trials, record_states=False)
    played = played_in_node(written[1], trials, decides)
    steps = played["steps"]

    ends = [step for step in steps if step["ended"]]
    assert [step["choice"] for step in ends] == session.choice.tolist()
    assert [step["nSteps"] for step in ends] == session.n_steps.tolist()
    assert {-1, 1} <= set(session.choice.tolist())
    np.testing.assert_allclose([s["inputs"] for s in steps], session.inputs, rtol=0, atol=1e-15)

    took_place = np.isfinite(session.p_right)
    of_bayes = observe(session).p_right[took_place]
    np.testing.assert_allclose([s["pBayes"] for s in steps], of_bayes, rtol=0, atol=ATOL)
    beliefs = block_belief(trials)[np.repeat(np.arange(len(trials)), session.n_steps)]
    np.testing.assert_allclose([s["blockBelief"] for s in steps], beliefs, rtol=0, atol=ATOL)

    alone = distilled.model.run(session.inputs, distilled.initial)
    np.testing.assert_allclose([s["state"] for s in steps], alone, rtol=0, atol=ATOL)
    at = distilled.readout
    p_circuit = 1 / (1 + np.exp(-at.scale * (alone @ at.direction + at.bias)))
    np.testing.assert_allclose([s["pCircuit"] for s in steps], p_circuit, rtol=0, atol=ATOL)

    # The score: of the one that decides its choices, of the other what it believes at that moment.
    last = session.last_rows
    right = {"circuit": p_circuit[last] > 0.5, "bayes": of_bayes[last] > 0.5}
    score = {who: int((right[who] == (trials.side > 0)).sum()) for who in right}
    score[decides] = int(session.correct.sum())
    score |= {"trials": len(trials), "steps": int(session.n_steps.sum())}
    assert played["score"] == score
    if decides == "bayes":  # the two units are sure in time, in all of these trials
        assert (session.choice == 0).any()


@needs_node
@pytest.mark.parametrize("second", [0.84, 1.3])
def test_attractors_are_those_of_the_analysis(second):
    """One at rest, or two: a block belief that lasts."""
    distilled = circuit([[0.54, 0.05], [0.05, second]])
    data = {"recurrent": distilled.model.recurrent.tolist(), "initial": [0, 0]}
    data |= {"inputs": PUBLISHED_INPUTS.tolist(), "offset": distilled.model.offset.tolist()}
    found = in_node(
        "return new models.DistilledCircuit(given.fit).attractors([0, 0, 0]);", fit=data
    )
    step = distilled.model.one_step()
    starts = np.random.default_rng(0).uniform(-0.9, 0.9, (40, 2))
    points = find_fixed_points(step, NO_INPUT, starts).points
    expected = points[linearise(step, NO_INPUT, points).stable]
    assert len(found) == len(expected) == (1 if second < 1 else 2)
    # Iteration stops when a step is below 1e-10; the slowest mode here decays by 0.85 a step.
    np.testing.assert_allclose(sorted(found), sorted(expected.tolist()), rtol=0, atol=1e-8)


@needs_node
@pytest.mark.parametrize("recurrent", [PUBLISHED_RECURRENT, [[0.5, -0.9], [0.8, -1.2]]])
def test_the_slowest_decay_is_that_of_the_analysis(recurrent):
    """Of real eigenvalues, and of a complex pair."""
    code = "return new models.DistilledCircuit({ ...given, initial: [] }).slowestDecay();"
    found = in_node(code, recurrent=np.asarray(recurrent).tolist())
    assert found == pytest.approx(slowest_decay(circuit(recurrent).model), abs=ATOL)


@needs_node
def test_the_world_draws_the_task(written):
    """Exact law of block lengths; frequencies within 4 standard errors; repeated by its seed."""
    found = in_node(
        """const law = models.blockLengthDistribution(given.task);
        const world = new models.World(given.task, 7);
        const trials = Array.from({ length: 6000 }, () => world.nextTrial());
        world.reset();
        const again = world.nextTrial({ block: -1, side: 1, strength: 2.5 });
        return { law, trials, again };""",
        task=asdict(TASK),
    )
    lengths, probabilities = block_length_distribution(TASK)
    assert found["law"]["lengths"] == lengths.tolist()
    np.testing.assert_allclose(found["law"]["probabilities"], probabilities, rtol=1e-12)

    drawn = found["trials"]
    block, side, strength = (
        np.array([t[key] for t in drawn]) for key in ("blockSide", "side", "strength")
    )
    runs = np.diff(np.flatnonzero(np.diff(block)))
    assert runs.min() >= TASK.min_block_length and runs.max() <= TASK.max_block_length
    spread = np.sqrt(probabilities @ (lengths - probabilities @ lengths) ** 2 / len(runs))
    assert abs(runs.mean() - probabilities @ lengths) < 4 * spread
    assert abs((side == block).mean() - 0.8) < 4 * np.sqrt(0.16 / len(drawn))
    counts = [(strength == s).mean() for s in TASK.strengths]
    assert np.abs(np.array(counts) - 1 / 6).max() < 4 * np.sqrt(5 / 36 / len(drawn))
    noise = np.array([t["observations"] for t in drawn])
    noise[np.arange(len(drawn)), :, (side > 0).astype(int)] -= strength[:, None]
    assert abs(noise.mean()) < 4 / np.sqrt(noise.size)
    assert abs(noise.var() - 1) < 4 * np.sqrt(2 / noise.size)
    assert abs((noise[:, :-1] * noise[:, 1:]).mean()) < 4 / np.sqrt(noise.size)

    # What the reader sets replaces what was drawn, and the noise stays as it was.
    again = found["again"]
    assert (again["blockSide"], again["side"], again["strength"]) == (-1, 1, 2.5)
    as_set = np.array(again["observations"]) - [0, 2.5]
    np.testing.assert_allclose(as_set, noise[0], rtol=0, atol=1e-12)


def test_the_data_hold_what_was_fitted_and_what_was_published(written):
    folder, data = written
    assert list(data["circuits"]) == ["one step", "free running", "published"]
    assert data["circuits"]["one step"]["offset"] == [0.009, -0.004]
    assert data["circuits"]["published"]["inputs"] == PUBLISHED_INPUTS.tolist()
    assert data["task"]["hazard"] == TASK.hazard
    page = explorable_markdown(folder)
    assert json.loads(page.split('"explore-data">')[1].split("</script>")[0]) == data


def test_text_cannot_end_the_script(tmp_path):
    fits = {"one step": circuit()}
    write_explorable(fits, TASK, published=PUBLISHED, about="</script><b>", folder=tmp_path)
    assert explorable_markdown(tmp_path).count("</script>") == 1


def test_what_the_page_cannot_show_is_refused(tmp_path):
    three = SimpleNamespace(model=DistilledModel(np.eye(3), np.ones((3, 3)), np.zeros(3)))
    three.readout = circuit().readout
    with pytest.raises(ValueError, match=r"fits\['wide'\] must have 2 tanh units .* got 3 tanh"):
        write_explorable({"wide": three}, TASK, published=PUBLISHED, about="", folder=tmp_path)
    other = TaskParams(block_law="forced_switch")
    with pytest.raises(ValueError, match="block_law must be 'truncated_geometric', got 'forced"):
        write_explorable(
            {"one step": circuit()}, other, published=PUBLISHED, about="", folder=tmp_path
        )
    with pytest.raises(ValueError, match="fits must hold at least one"):
        write_explorable({}, TASK, published=PUBLISHED, about="", folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_book_with_the_page_but_without_the_run_is_an_error(tmp_path, written):
    (tmp_path / "_toc.yml").write_text("chapters:\n- file: book/explore\n")
    places = Places(tmp_path, tmp_path / "build")
    with pytest.raises(ValueError, match=r"explorable.json is not there.*run 09_claim4_radd again"):
        generated_pages(places, [], "https://github.com/some/book")
    places.results.mkdir(parents=True)
    shutil.copy(written[0] / NAME, places.results)
    pages = generated_pages(places, [], "https://github.com/some/book")
    assert "a test" in pages["explorable.md"]
    (tmp_path / "_toc.yml").write_text("chapters:\n- file: book/index\n")
    assert "explorable.md" not in generated_pages(places, [], "https://github.com/some/book")


@needs_node
def test_the_moving_picture_plays_what_is_drawn(written):
    """The script's path through its trials, the path of our own model and the drawn one are one."""
    played = played_trials(written[1])
    html = moving_state_html(written[1])
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    steps = in_node(
        """const fit = { ...given.circuit, initial: given.start.state };
        const circuit = new models.DistilledCircuit(fit);
        const play = new models.Play(given.task, circuit, new models.BayesianObserver(given.task));
        play.feedback = given.start.feedback;
        const steps = [];
        for (const trial of given.trials) {
            play.begin(trial);
            for (let step; !step?.ended; ) { step = play.step(); steps.push(step); }
        }
        return steps;""",
        **data,
    )
    states = np.array([step["state"] for step in steps])
    np.testing.assert_allclose(states, played["states"], rtol=0, atol=ATOL)
    ends = [step["nSteps"] for step in steps if step["ended"]]
    assert ends == played["n_steps"].tolist()
    sides = [trial["blockSide"] for trial in data["trials"]]
    assert sides == [sides[0]] * 12 + [-sides[0]] * 18

    old, new = (
        np.array([pair.split(",") for pair in points.split()], float) * [1, -1]
        for points in re.findall(r'<polyline class="trail (?:left|right)" points="([^"]*)"', html)
    )
    drawn = np.vstack([old, new[1:]])  # the new block begins where the old one ends
    expected = np.vstack([data["start"]["state"], states])
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=5e-4)  # three decimals are drawn
    assert len(old) - 1 == sum(ends[:12])


def test_on_the_drawn_lines_the_two_units_are_just_sure_enough(written):
    html = moving_state_html(written[1])
    d = re.search(r'class="bounds circuit" d="([^"]*)"', html)[1]
    points = np.array(re.findall(r"[ML]([-\d.]+),([-\d.]+)", d), float) * [1, -1]
    at = circuit().readout
    p_right = 1 / (1 + np.exp(-at.scale * (points @ at.direction + at.bias)))
    # Three decimals of a point are 0.0007 in length, times the slope 12 * 0.9 * 0.1 there.
    np.testing.assert_allclose(p_right, [0.9, 0.9, 0.1, 0.1], rtol=0, atol=1e-3)


def test_the_moving_picture_goes_where_a_notebook_marks_it(tmp_path, written):
    node = nbformat.v4.new_notebook()
    node.cells = [nbformat.v4.new_markdown_cell(f"# A page\n\n{MARK}", id="a")]
    insert_moving_state(node, tmp_path / "nothing")
    assert node.cells[0].source == f"# A page\n\n{MARK}"
    insert_moving_state(node, written[0])
    source = node.cells[0].source
    assert MARK not in source and "12 of a" in source and "18 of a" in source
    picture = source.split("# A page\n\n")[1]
    assert "\n\n" not in picture  # an empty line would end the HTML
