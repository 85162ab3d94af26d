"""Over what to sweep: ranges, lists and files of settings, read into values of the right type."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..running.notebooks import Parameter, unknown

Values = dict[str, object]


def grid(**choices: Iterable) -> list[Values]:
    """Every combination of some choices: ``grid(seed=range(8), n_units=[10, 50])``.

    Returns
    -------
    list of dict
        The last name varies fastest.
    """
    names = list(choices)
    return [
        dict(zip(names, combination, strict=True))
        for combination in itertools.product(*choices.values())
    ]


def read_grid(
    pairs: Sequence[tuple[str, str]], parameters: Mapping[str, Parameter]
) -> dict[str, list]:
    """Choices by name, as typed on a command line.

    Parameters
    ----------
    pairs : sequence of (name, text)
        ``("seed", "0:20")``: whole numbers from 0 to 19; ``0:20:5``: every fifth of them;
        ``("n_units", "10,50,100")``: a list; or one value.  A parameter that is itself a list
        takes ``;`` between its choices: ``("strengths", "0,1,2;0,2")``.
    parameters : dict of name to Parameter

    Raises
    ------
    ValueError
        An unknown name, the same name twice, or a value of another type.
    """
    choices: dict[str, list] = {}
    for name, text in pairs:
        if name in choices:
            raise ValueError(f"parameter {name} is given twice; put its values into one list")
        parameter = known_parameter(name, parameters)
        choices[name] = _read_choices(parameter, text)
    return choices


def read_list(path: str | Path, parameters: Mapping[str, Parameter]) -> list[Values]:
    """Settings from a file: CSV with a column for each parameter, or a YAML list of mappings.

    In CSV an empty cell leaves a parameter at its default.

    Raises
    ------
    ValueError
        The file is neither, or has an unknown parameter or a value of another type; names the
        file and the setting, counted from 1.
    OSError
        It cannot be read.
    """
    path = Path(path)
    if path.suffix == ".csv":
        with open(path, newline="", encoding="utf-8") as file:
            rows = [
                {name: text for name, text in row.items() if text}
                for row in csv.DictReader(file, restkey="(without a column)")
            ]
    elif path.suffix in (".yaml", ".yml"):
        rows = _yaml_rows(path)
    else:
        raise ValueError(f"--list must be a .csv, .yaml or .yml file, got {path}")
    if not rows:
        raise ValueError(f"{path} holds no settings")
    settings = []
    for position, row in enumerate(rows, start=1):
        try:
            settings.append(
                {name: _typed(known_parameter(name, parameters), row[name]) for name in row}
            )
        except ValueError as error:
            raise ValueError(f"{path}, setting {position}: {error}") from None
    return settings


def combined(rows: Sequence[Values], choices: Mapping[str, Iterable]) -> list[Values]:
    """Each listed setting with each combination of the choices.

    Raises
    ------
    ValueError
        If a parameter is in both.
    """
    both = {name for row in rows for name in row} & set(choices)
    if both:
        raise ValueError(f"{', '.join(sorted(both))} is in the list and in -p; give it in one")
    return [{**row, **more} for row in rows or [{}] for more in grid(**choices)]


def known_parameter(name: str, parameters: Mapping[str, Parameter]) -> Parameter:
    """The parameter of that name, or a ValueError that says which there are."""
    if name not in parameters:
        raise ValueError(unknown("parameter", str(name), parameters))
    return parameters[name]


def _read_choices(parameter: Parameter, text: str) -> list:
    kind = parameter.annotation
    numbers = re.fullmatch(r"(-?\d+):(-?\d+)(?::(\d+))?", text.strip())
    if numbers and kind == "int":
        start, stop, step = int(numbers[1]), int(numbers[2]), int(numbers[3] or 1)
        values = list(range(start, stop, step)) if step else []
        if not values:
            raise ValueError(f"parameter {parameter.name}: the range {text} is empty")
        return values
    parts = [part.strip() for part in text.split(";" if kind.startswith("list[") else ",")]
    if "" in parts:
        raise ValueError(f"parameter {parameter.name}: a value is missing in {text!r}")
    return [parameter.read(part) for part in parts]


def _typed(parameter: Parameter, value):
    if isinstance(value, (list, tuple)):
        return parameter.read(",".join(str(item) for item in value))
    return parameter.read(str(value))


def _yaml_rows(path: Path) -> list[dict]:
    import yaml

    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path} must be a YAML list of mappings of parameters to values")
    return rows
