"""What archives find in our exports: no critical finding, and the words of who exports."""

import warnings

import pytest

import iblrnn_helpers as ibl

WHO = {"experimenter": "Curie, Marie", "description": "A network of 50 units, played once."}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    pytest.importorskip("pynwb")
    trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=1, seed=0)
    agent = ibl.RNNAgent(ibl.reference_network().network)
    session = ibl.rollout(agent, trials, record_states=True)
    place = tmp_path_factory.mktemp("nwb") / "sub-RNN-7.nwb"
    return ibl.write_nwb(session, place, dt=0.1, subject={"subject_id": "RNN-7"}, **WHO)


def test_the_inspector_of_archives_finds_nothing_critical(path):
    inspector = pytest.importorskip("nwbinspector")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own libraries
        config = inspector.load_config("dandi")
        found = list(inspector.inspect_nwbfile(nwbfile_path=str(path), config=config))
    worst = [one for one in found if one.importance.name in ("CRITICAL", "ERROR")]
    assert not worst, [(one.check_function_name, one.message) for one in worst]


def test_who_did_it_is_in_the_file(path):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(path, "r") as io:
        nwb = io.read()
        assert nwb.experimenter == ("Curie, Marie",)
        assert nwb.session_description == WHO["description"]
        assert (nwb.subject.subject_id, nwb.subject.age) == ("RNN-7", "P0D")
