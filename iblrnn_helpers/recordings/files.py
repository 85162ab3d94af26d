"""One door for a laboratory's session and for those made here: ALF folders and NWB files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.files import DamagedFileError
from ..mice.alf import TaskFields
from . import alf, nwb
from .found import recording_of
from .recording import Recording

if TYPE_CHECKING:
    from typing import Unpack  # of Python 3.11


def read_recording(
    path,
    *,
    probe: str | None = None,
    good_only: bool = False,
    **task: Unpack[TaskFields],
) -> Recording:
    """Read one session: a folder in ALF's layout, or an NWB file.

    Parameters
    ----------
    path : path-like
        A session's folder, as ONE keeps it: ``_ibl_trials.table.pqt``, or ``.npy`` files of its
        columns, and beside or below them ``spikes.times.npy`` and ``spikes.clusters.npy``, as in
        ``alf/probe00/pykilosort``; or a ``.nwb`` file with units and trials, whose columns have
        the names of :func:`write_nwb_recording`, of the International Brain Laboratory's files in
        the DANDI archive, or of ALF.
    probe : str, optional
        Which, if there are several: of a folder the one with the spikes, of a file a value of the
        units' ``probe_name``.
    good_only : bool
        Keep only units that are noted as good: ``label`` is 1 or ``good`` in the units of a file or
        in ``clusters.metrics.pqt``.
    contrasts, probabilities, block_lengths
        What the task allows, as for :func:`~iblrnn_helpers.mice.alf.mouse_from_alf`.

    Returns
    -------
    Recording
        ``left_out`` says what is not in it: trials that contradict the task, or lack a time, or
        lie outside of the spikes; spikes without a time or a known unit; units without a spike.

    Raises
    ------
    FileNotFoundError
        There is no such file or folder, or no spikes or trials in it.
    DamagedFileError
        A file cannot be read.
    ValueError
        It holds several sessions, or probes of which none is given; a column is missing or holds
        anything but numbers; more than 5% of the trials contradict the task; none remains, or no
        unit; spikes are not in seconds of the trials' clock.

    Examples
    --------
    >>> import iblrnn_helpers as ibl
    >>> trials = ibl.sample_trials(ibl.TaskParams(), n_sessions=1, n_blocks=4, seed=0)
    >>> agent = ibl.RNNAgent(ibl.reference_network().network)
    >>> session = ibl.rollout(agent, trials, record_states=True)
    >>> recording = ibl.recordings.record(session, n_units=20, seed=0)
    >>> folder = ibl.recordings.write_alf_recording(recording, "recorded")
    >>> read = ibl.recordings.read_recording(folder)
    >>> bool((read.spike_time == recording.spike_time).all())
    True
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path} must be a session's folder or a .nwb file, got none there")
    if not (path.is_dir() or path.suffix == ".nwb"):
        raise ValueError(f"{path} must be a session's folder or a .nwb file")
    found = (alf if path.is_dir() else nwb).find(path, probe)
    try:
        return recording_of(found, good_only, task)
    except DamagedFileError:
        raise
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
