"""A stranger's own agent, in the figures of the first claim under its own name."""

import pytest
from matplotlib.figure import Figure

import iblrnn_helpers as ibl


@pytest.fixture
def saved(monkeypatch):
    """Figures by the name of their file, as they were when they were saved."""
    found, save = {}, Figure.savefig

    def keep(figure, name, **options):
        found[name] = figure
        save(figure, name, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return found


def test_own_agent_to_the_figures_of_claim_1(run, tmp_path, saved):
    own = run("own_agent")
    mine, players = own["mine"], own["players"]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == sorted(saved)
    assert mine.agent == "Habit" and saved["2b.png"].axes[0].get_title() == "Habit"
    for name, figure in saved.items():
        shown = [text.get_text() for one in figure.legends for text in one.get_texts()]
        assert any(text.startswith("Habit") for text in shown) or name == "2b.png"
    # "RNN" is the network that was asked for, and no other.
    labels = [text.get_text() for text in saved["2a.png"].legends[0].get_texts()]
    assert [one for one in labels if one.startswith("RNN")] == ["RNN: correct"]

    # What is drawn, by hand from the rows of the trials.
    frame = mine.to_frame()
    by_hand = frame.groupby(["concordant", "strength"])["correct"].mean()
    lines = [list(line.get_ydata()) for line in saved["3a.png"].axes[0].get_lines()]
    for concordant in (True, False):
        assert list(by_hand[concordant]) in lines
    bars = [bar.get_height() for bar in saved["2a.png"].axes[0].containers[0]]
    assert bars == pytest.approx(list(frame.groupby("strength")["correct"].mean()), abs=1e-12)

    # A habit of sides is some use of the block, and exact inference from what it saw makes more.
    assert by_hand[True, 0.0] > 0.6 and by_hand[False, 0.0] < 0.4
    gain = ibl.behavior.paired_difference(players["Bayesian observer"], mine, "correct")
    assert gain.low > 0
