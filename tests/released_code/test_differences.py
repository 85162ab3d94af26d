"""The table of differences: all of them, each with its effect, and safe to show."""

import pytest

from iblrnn_helpers.released_code.differences import DIFFERENCES, HEADER, differences_table

EFFECTS = {one.topic: f"effect of {one.topic} <& more>" for one in DIFFERENCES}


def test_every_difference_has_its_effect_in_order():
    table = differences_table(dict(reversed(EFFECTS.items())))
    assert len(table) == 12 == len({one.topic for one in DIFFERENCES})
    for k, (row, one) in enumerate(zip(table, DIFFERENCES, strict=True), start=1):
        assert row == (f"{k}. {one.topic}", EFFECTS[one.topic], one.paper, one.code, one.here)
    shown = table._repr_html_()
    assert shown.count("</tr>") == 13 and shown.count("&lt;&amp; more&gt;") == 12
    assert repr(table).count(f"{HEADER[0]}: effect of") == 12


def test_none_may_be_missing_or_unknown():
    with pytest.raises(ValueError, match=r"unknown: \['loss'\]"):
        differences_table({topic: text for topic, text in EFFECTS.items() if topic != "loss"})
    with pytest.raises(ValueError, match=r"unknown: \['weather'\]"):
        differences_table({**EFFECTS, "weather": "rain"})
