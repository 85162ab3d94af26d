"""Settings of a sweep from a file: CSV or YAML."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from ...core.files import each_once
from ..running.notebooks import Parameter
from .settings import Values, known_parameter


def read_list(path: str | Path, parameters: Mapping[str, Parameter]) -> list[Values]:
    """Settings from a file: CSV with a column for each parameter, or a YAML list of mappings.

    An empty cell, or null, leaves a parameter at its default; a row of empty cells is no setting.

    Raises
    ------
    ValueError
        The file is neither, or has an unknown parameter or a value of another type; names the
        file and the setting, counted from 1.  So it is for a parameter that a setting has twice,
        and for a cell that goes over several lines.
    OSError
        It cannot be read.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        rows = _csv_rows(path)
    elif path.suffix.lower() in (".yaml", ".yml"):
        rows = _yaml_rows(path)
    else:
        raise ValueError(f"--list must be a .csv, .yaml or .yml file, got {path}")
    if not rows:
        raise ValueError(f"{path} holds no settings")
    settings = []
    for position, row in enumerate(rows, start=1):
        try:
            settings.append({n: _read(known_parameter(n, parameters), row[n]) for n in row})
        except ValueError as error:
            raise ValueError(f"{path}, setting {position}: {error}") from None
    return settings


def _csv_rows(path: Path) -> list[dict[str, str]]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = list(csv.reader(file, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not CSV in UTF-8: {error}") from None
    if any(sign in cell for line in lines for cell in line for sign in "\r\n"):
        raise ValueError(
            f"{path} has a cell that goes over several lines; close its quotation mark"
        )
    lines = [[cell.strip() for cell in line] for line in lines]
    names, *lines = [line for line in lines if any(line)] or [[]]
    if len(set(names)) < len(names):
        raise ValueError(f"{path} has two columns of one name: {', '.join(names)}")
    for position, line in enumerate(lines, start=1):
        if len(line) < len(names) or any(line[len(names) :]):
            count = "fewer" if len(line) < len(names) else "more"
            raise ValueError(f"{path}, setting {position}: {count} cells than columns")
    return [{n: text for n, text in zip(names, line, strict=False) if text} for line in lines]


def _yaml_rows(path: Path) -> list[dict]:
    import yaml

    try:
        rows = yaml.load(path.read_text(encoding="utf-8-sig"), _plain_yaml())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path} must be a YAML list of mappings of parameters to values")
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _plain_yaml():
    """A safe reader of YAML that takes all but null as it is written: 010 is not 8, nor no False.

    The parameter's type says what a text stands for, as on the command line and in CSV.
    """
    import yaml

    class Plain(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            each_once((f"{key.value}", None) for key, _ in node.value)
            return super().construct_mapping(node, deep)

    Plain.yaml_implicit_resolvers = {
        first: [one for one in known if one[0].endswith((":null", ":merge"))]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Plain


def _read(parameter: Parameter, value):
    if isinstance(value, (dict, set)):
        raise parameter.refused(value)
    return parameter.read(",".join(map(str, value)) if isinstance(value, list) else str(value))
