"""What archives find in our exports: no critical finding, and the words of who exports."""

import pytest


def test_the_inspector_of_archives_finds_nothing_critical(run):
    pytest.importorskip("nwbinspector")
    from pynwb import NWBHDF5IO

    own = run("own_export")
    worst = [one for one in own["found"] if one.importance.name in ("CRITICAL", "ERROR")]
    assert own["found"]  # suggestions at least: it did look
    assert not worst, [(one.check_function_name, one.message) for one in worst]

    with NWBHDF5IO(own["path"], "r") as io:
        nwb = io.read()
        assert nwb.experimenter == ("Curie, Marie",)
        assert nwb.session_description == own["who"]["description"]
        assert (nwb.subject.subject_id, nwb.subject.age) == ("RNN-7", "P0D")
        states = nwb.processing["agent"]["states"].data[:]
        assert (states == own["session"].states).all()
