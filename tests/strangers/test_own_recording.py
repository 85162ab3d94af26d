"""A stranger's session, from its folder to what it shows, and a control that shows nothing."""

from dataclasses import replace

import numpy as np
import pytest

import iblrnn_helpers as ibl

OF_NETWORK = ["evidence_moves_block", "graded_carry_over", "angle"]


def test_a_folder_to_what_it_shows(run):
    pytest.importorskip("pyarrow")
    own = run("own_recording")
    recording, report = own["recording"], own["report"]
    assert report.loc[OF_NETWORK, "seen"].all()
    assert (recording.n_units, recording.n_trials) == (100, 700)
    # The same spikes, turned round by half of the session, belong to other trials.  Of 25 tests
    # after turns by 0.3 to 0.7 of it none saw anything; one or two were to be expected.
    time = (recording.spike_time + 0.5 * recording.duration) % recording.end[-1]
    order = np.argsort(time)
    spikes = {"spike_time": time[order], "spike_unit": recording.spike_unit[order]}
    turned = ibl.recordings.judge(replace(recording, **spikes), only=OF_NETWORK)
    assert not any(one.seen for one in turned.values())
