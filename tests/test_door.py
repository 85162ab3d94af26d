"""Every name that the package's door gives has an example, and it does what it says."""

import doctest
import inspect
import sys

import pytest

import iblrnn_helpers as ibl

NAMES = [name for name in ibl.__all__ if not inspect.ismodule(getattr(ibl, name))]
WITHOUT = {
    "TrainedNetwork",
    "distill",
    "fit_reward",
    "load_mice",
    "networks_for",
    "reference_network",
    "trained_network",
}
NEEDS = {
    "BiasedBlocks": "gymnasium",
    "read_mouse": "pyarrow",
    "to_xarray": "xarray",
    "write_alf": "pyarrow",
    "write_nwb": "pynwb",
}


@pytest.mark.parametrize("name", NAMES)
def test_its_example_runs(name, tmp_path, monkeypatch):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)  # some write files
    thing = getattr(ibl, name)
    found = doctest.DocTestFinder().find(thing, name, sys.modules[thing.__module__], {})
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    said = []
    for example in found:
        runner.run(example, out=said.append)
    assert not runner.failures, "".join(said)
    assert (runner.tries == 0) == (name in WITHOUT), "an example for each, or a line in WITHOUT"
