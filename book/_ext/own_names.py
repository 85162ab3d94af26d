"""Lead references to the package's names to where its doors give them.

Docstrings name things by the module that defines them, the reference by the room that gives them.
What no door gives is shown without a link, but has to exist: a wrong name stays a warning.
A bar in a docstring is a condition or an absolute value, and no substitution of reStructuredText.
"""

import functools
import importlib
import inspect
import pkgutil
import pydoc
import re

from sphinx.errors import NoUri
from sphinx.util.nodes import make_refnode

import iblrnn_helpers
from iblrnn_helpers.publishing.site.reference import given


@functools.cache
def places():
    """By each ending of each of the package's names: the full names, as doors give them or not."""
    doors = {id(thing): name for name, thing in given()}
    found = {}
    for module in pkgutil.walk_packages(iblrnn_helpers.__path__, "iblrnn_helpers."):
        loaded = importlib.import_module(module.name)
        _add(found, module.name, module.name)
        for name, thing in vars(loaded).items():
            full = f"{module.name}.{name}"
            defined = inspect.isclass(thing) or inspect.isroutine(thing)
            if inspect.ismodule(thing) or (defined and thing.__module__ != module.name):
                continue
            door = doors.get(id(thing), full)
            members = {*dir(thing), *thing.__annotations__} if inspect.isclass(thing) else ()
            for place in {full, door}:
                _add(found, place, door)
                for member in members:
                    _add(found, f"{place}.{member}", f"{door}.{member}")
    return found


def _add(found, full, door):
    parts = full.split(".")
    for start in range(len(parts)):
        found.setdefault(".".join(parts[start:]), []).append(door)


def _resolve(app, env, node, contnode):
    if node.get("refdomain") != "py":
        return None
    target, here = node["reftarget"].lstrip("."), node.get("py:module") or ""
    names = sorted(places().get(target, ()), key=lambda name: not name.startswith(here))
    objects = env.domains["py"].objects
    for name in names:
        if name in objects:
            entry = objects[name]
            try:
                return make_refnode(
                    app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, name
                )
            except NoUri:
                break
    return contnode if names or pydoc.locate(target) is not None else None


def escape_bars(app, what, name, thing, options, lines):
    """Escape the bars of a docstring, but not in literal text."""
    literal = None  # the indentation of the line that announced a literal block
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip() and literal is not None and indent <= literal:
            literal = None
        if literal is None:
            parts = re.split("(``.*?``)", line)
            parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
            lines[number] = "".join(parts)
            literal = indent if line.rstrip().endswith("::") else None


def setup(app):
    app.connect("autodoc-process-docstring", escape_bars, priority=900)  # after numpydoc
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
