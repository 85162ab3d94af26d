"""The reference of the package: a page for each room, of what its door gives."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import iblrnn_helpers

PACKAGE = "iblrnn_helpers"
FRONT = "book/api"  # the page of the package's own door; rooms lie below it
SHORT = 60  # characters of a constant's value


def rooms() -> list[str]:
    """The packages that have a door, as ``iblrnn_helpers.task``, by name."""
    found = pkgutil.walk_packages(iblrnn_helpers.__path__, f"{PACKAGE}.")
    return [room.name for room in found if room.ispkg and _door(room.name)]


def given() -> Iterator[tuple[str, object]]:
    """Each name that a room's door gives, as ``iblrnn_helpers.task.Session``, and what it is."""
    for room in rooms():
        package = importlib.import_module(room)
        for names in _door(room).values():
            yield from ((f"{room}.{name}", getattr(package, name)) for name in names)


def reference_pages() -> dict[str, str]:
    """reStructuredText by file name below ``book/``: the front page, and one for each room."""
    pages = {"api.rst": _front()}
    for room in rooms():
        pages[f"api/{room.removeprefix(f'{PACKAGE}.')}.rst"] = _page(room)
    return pages


def _door(room: str) -> dict[str, list[str]]:
    """What a room's door gives, by the module that defines it; other rooms are left out."""
    package = importlib.import_module(room)
    stub = Path(package.__file__).with_suffix(".pyi")
    given: dict[str, list[str]] = {}
    if stub.exists():
        for line in ast.parse(stub.read_text(encoding="utf-8")).body:
            if line.module:  # else it is a room below, or beside
                names = [name.name for name in line.names]
                given.setdefault(f"{room}.{line.module}", []).extend(names)
    return given


def _front() -> str:
    lines = [_heading("The package, room by room", "="), "", f".. automodule:: {PACKAGE}", ""]
    lines += [_heading("Rooms", "-"), ""]
    for room in rooms():
        question = inspect.getdoc(importlib.import_module(room)).split("\n\n")[0]
        name = room.removeprefix(f"{PACKAGE}.")
        lines += [f":doc:`{name} <api/{name}>`", *_indented(question), ""]
    lines += [_heading("At hand without a room", "-"), ""]
    for module, names in _door(PACKAGE).items():
        room = module.removeprefix(f"{PACKAGE}.").rpartition(".")[0]
        for name in names:
            summary = inspect.getdoc(getattr(iblrnn_helpers, name)).split("\n\n")[0]
            lines += [f":py:obj:`{name} <iblrnn_helpers.{room}.{name}>`", *_indented(summary), ""]
    return "\n".join(lines)


def _page(room: str) -> str:
    package, given = importlib.import_module(room), _door(room)
    lines = [_heading(room.removeprefix(f"{PACKAGE}."), "="), "", f".. automodule:: {room}", ""]
    for module, names in given.items():
        lines += [_heading(module.rpartition(".")[2], "-"), "", f".. automodule:: {module}", ""]
        for name in names:
            lines += [*_entry(f"{room}.{name}", getattr(package, name)), ""]
    return "\n".join(lines)


def _entry(name: str, thing: object) -> list[str]:
    if inspect.isclass(thing):
        foreign = [c.__name__ for c in thing.__mro__ if not c.__module__.startswith(PACKAGE)]
        inherited = f"   :inherited-members: {', '.join(foreign)}"
        return [f".. autoclass:: {name}", "   :members:", inherited]
    if callable(thing):
        return [f".. autofunction:: {name}"]
    shown = repr(thing)
    return [f".. py:data:: {name}", *([f"   :value: {shown}"] if len(shown) <= SHORT else [])]


def _heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"


def _indented(text: str) -> list[str]:
    return [f"   {line}" for line in text.splitlines()]
