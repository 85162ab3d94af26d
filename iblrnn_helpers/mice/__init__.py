"""Mice at the task: their public trials, checked, as records that analyses of behaviour take."""

from .load import MiceNotFoundError, load_mice, mouse_names, read_mouse
from .record import CONTRASTS, MiceTask, Mouse, MouseDataWarning, MouseTrials

__all__ = [
    "CONTRASTS",
    "MiceNotFoundError",
    "MiceTask",
    "Mouse",
    "MouseDataWarning",
    "MouseTrials",
    "load_mice",
    "mouse_names",
    "read_mouse",
]
