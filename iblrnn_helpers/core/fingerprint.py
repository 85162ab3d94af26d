"""What counts as the same code: all that a piece of code imports, directly or through others.

Nothing is imported to find out; sources are read. Imports inside functions count, those under
``if TYPE_CHECKING`` do not. A name taken from a package leads to the module that defines it: its
``__init__.pyi`` says which if there is one, else the imports of its ``__init__.py``. A name that
neither of them knows counts as all of the package. What is run by a name in a string cannot be
seen: code that does so names it as a root.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import sysconfig
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def fingerprint(*modules: str, **keywords) -> str:
    """
    Return a hash of what some code does; comments, docstrings and layout do not change it.

    Parameters
    ----------
    *modules, **keywords
        As of `digests`.

    Returns
    -------
    str
        16 hexadecimal digits, the same on all versions of Python.

    Raises
    ------
    As `digests`.
    """
    found = digests(*modules, **keywords)
    return _short_hash(json.dumps(found, sort_keys=True).encode())


def digests(
    *modules: str,
    text: str = "",
    folder: Path | None = None,
    data: bool = True,
    package: Path | None = None,
    code: SourceTree | None = None,
) -> dict[str, str]:
    """
    Return a hash of each module and each data file that some code rests on.

    Parameters
    ----------
    *modules : str
        Full names of modules that are run; a package stands for its ``__init__`` alone.
    text : str, optional
        Python that is run and is no module, such as a notebook. It counts by what it imports:
        all of the package where it cannot be parsed.
    folder : Path, optional
        Where modules outside the package are looked for; others do not count. Of a folder of
        installed libraries only those count that `modules` and `text` name themselves.
    data : bool, optional
        Whether the package's data files count: those that a module names, and the folder
        ``data`` for modules that import `importlib.resources`.
    package : Path, optional
        The package's folder; where it is installed if omitted.
    code : SourceTree, optional
        What was read of the package for other digests of the same state of its files.

    Returns
    -------
    dict of str to str
        By the module's name, or the file's path in the package.

    Raises
    ------
    ValueError
        Nothing is given, or a module cannot be found.
    """
    if not modules and not text:
        raise ValueError("a fingerprint needs at least one module, or text")
    try:
        of_text = _read(text.encode())
    except SyntaxError:
        of_text = None
    if code is None:
        tops = {name.partition(".")[0] for name in modules}
        tops |= {one.base.partition(".")[0] for one in of_text.imports} if of_text else set()
        installed = str(folder) in sysconfig.get_paths().values()
        code = SourceTree(package or PACKAGE, folder, frozenset(tops) if installed else None)
    for name in modules:
        if code.file(name) is None:
            raise ValueError(f"module {name!r} cannot be found as Python source")
    imported = code.imported_by("", of_text) if of_text else code.everything_in(code.package.name)
    names = _closure(code, {*modules, *imported})
    while further := _used_elsewhere(code, names, of_text) - names:
        names |= _closure(code, further)
    read = {name: code.read(name) for name in names}
    found = {name: module.digest for name, module in sorted(read.items())}
    if data:
        named = {word for module in read.values() for word in module.words}
        of_package = any(module.reads_data for module in read.values())
        for name, digest in code.data.items():
            if (of_package and name.startswith("data/")) or name.rpartition("/")[2] in named:
                found[name] = digest
    return found


def _closure(code: SourceTree, modules: Collection[str]) -> set[str]:
    """Some modules, and all that importing and running them imports."""
    todo, seen = set(modules), set()
    while todo:
        name = todo.pop()
        seen.add(name)
        above = name.rpartition(".")[0]  # importing a module runs the packages that it is in
        todo |= ({above} if above else set()) | code.imports_of(name)
        todo -= seen
    return seen


def _used_elsewhere(code: SourceTree, names: Collection[str], of_text: _Read | None) -> set[str]:
    """What a user's modules take from a package that another has a name for: `h.ibl.f`."""
    own = code.package.name
    mine = {name: code.read(name) for name in names if name.partition(".")[0] != own}
    chains = {chain for read in (*mine.values(), of_text) if read for chain in read.used}
    found: set[str] = set()
    for name, read in mine.items():
        for local, packages in code.bound_by(name, read)[1].items():
            for chain in (chain for chain in chains if local in chain):
                rest = list(chain[chain.index(local) + 1 :])
                found = found.union(*(code.along(package, rest) for package in packages))
    return found


@dataclass(frozen=True)
class _Import:
    """``from base import name as local``; ``import base as local`` where there is no name."""

    level: int
    base: str
    name: str | None
    local: str


@dataclass(frozen=True)
class _Read:
    """What a source says.

    Attributes
    ----------
    digest : str
    imports : tuple of _Import
    used : set of tuple of str
        Dotted names in its expressions, part by part.
    defined : set of str
        Names that it binds itself, outside functions and classes.
    words : set of str
        Its string constants.
    """

    digest: str
    imports: tuple[_Import, ...]
    used: frozenset[tuple[str, ...]]
    defined: frozenset[str]
    words: frozenset[str]

    @property
    def reads_data(self) -> bool:
        return any("importlib.resources" in (i.base, f"{i.base}.{i.name}") for i in self.imports)


@dataclass(frozen=True)
class SourceTree:
    """The package, and a folder with a user's own modules, each file as it was first asked for.

    Parameters
    ----------
    package : Path, optional
        Where it is installed if omitted.
    folder : Path, optional
    tops : frozenset of str, optional
        Of the folder's modules only these count.
    """

    package: Path = field(default_factory=lambda: PACKAGE)
    folder: Path | None = None
    tops: frozenset[str] | None = None
    files: dict[str, Path | None] = field(default_factory=dict, init=False)
    sources: dict[str, _Read] = field(default_factory=dict, init=False)
    imports: dict[str, set[str]] = field(default_factory=dict, init=False)

    @functools.cached_property
    def data(self) -> dict[str, str]:
        """Digests of the package's data files, by their paths in it."""
        return {
            path.relative_to(self.package).as_posix(): _short_hash(path.read_bytes())
            for path in sorted(self.package.rglob("*.*"))
            if path.suffix not in (".py", ".pyi", ".pyc") and path.is_file()
        }

    def file(self, name: str) -> Path | None:
        """A module's source, a folder for a package without ``__init__.py``, None for neither."""
        if name not in self.files:
            self.files[name] = self._find(name.split("."))
        return self.files[name]

    def _find(self, parts: list[str]) -> Path | None:
        if parts[0] == self.package.name:
            base = self.package.parent
        elif self.folder and (self.tops is None or parts[0] in self.tops):
            base = self.folder
        else:
            return None
        path = base.joinpath(*parts)
        for source in (path / "__init__.py", path.parent / f"{path.name}.py"):
            if source.is_file():
                return source
        return path if all(parts) and path.is_dir() else None

    def found(self, name: str) -> Path:
        """The source of a module that is known to exist."""
        path = self.file(name)
        assert path is not None, f"{name} was followed, but has no source"
        return path

    def is_package(self, name: str) -> bool:
        path = self.file(name)
        return path is not None and (path.name == "__init__.py" or path.is_dir())

    def read(self, name: str) -> _Read:
        if name not in self.sources:
            path = self.found(name)
            source = b"" if path.is_dir() else path.read_bytes()
            try:
                self.sources[name] = _read(source)
            except SyntaxError:  # it cannot be run, and counts as the text that it is
                self.sources[name] = replace(_read(b""), digest=_short_hash(source))
        return self.sources[name]

    def everything_in(self, name: str) -> set[str]:
        """A module, or all modules of a package."""
        if not self.is_package(name):
            return {name}
        path = self.found(name)
        inside = path if path.is_dir() else path.parent
        top = inside.parents[name.count(".")]
        return {name} | {
            ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__")
            for path in inside.rglob("*.py")
            if all(part.isidentifier() for part in path.relative_to(inside).with_suffix("").parts)
        }

    def imports_of(self, name: str) -> set[str]:
        """The modules that a module imports itself."""
        if name not in self.imports:
            self.imports[name] = self.imported_by(name, self.read(name))
        return self.imports[name]

    def imported_by(self, name: str, read: _Read) -> set[str]:
        """The modules that a module (or text, without a name) imports itself."""
        found, bound = self.bound_by(name, read)
        for first, *rest in read.used:
            for package in bound.get(first, ()):
                found = found | self.along(package, rest)
        return found

    def bound_by(self, name: str, read: _Read) -> tuple[set[str], dict[str, set[str]]]:
        """The modules that its imports name, and packages by the names that they have here."""
        found: set[str] = set()
        packages: dict[str, set[str]] = {}
        for one in read.imports:
            base = self._absolute(name, one)
            if self.file(base) is None:
                continue
            if one.name == "*":
                found |= self.everything_in(base)
                continue
            targets = {base} if one.name is None else self._named(base, one.name)
            found |= targets
            bound = targets if one.name is None else targets - {base}
            packages.setdefault(one.local, set()).update(filter(self.is_package, bound))
        return found, packages

    def _absolute(self, name: str, one: _Import) -> str:
        if not one.level:
            return one.base
        parts = name.split(".") if self.is_package(name) else name.split(".")[:-1]
        above = parts[: len(parts) - one.level + 1]
        return ".".join([*above, one.base] if one.base else above)

    def _named(self, base: str, name: str, asked=frozenset()) -> set[str]:
        """The modules that ``from base import name`` rests on."""
        found, known = {base}, not self.is_package(base)
        if (base, name) in asked:
            return found
        own = self.read(base)
        sources = [own]
        if not known:
            known = name in own.defined or (name.startswith("__") and name.endswith("__"))
            stub = self.found(base).with_name("__init__.pyi")
            sources += [_read(stub.read_bytes())] if stub.is_file() else []
            if self.file(f"{base}.{name}") is not None:
                found.add(f"{base}.{name}")
                known = True
        for one in (one for source in sources for one in source.imports if one.local == name):
            known, home = True, self._absolute(base, one)
            if self.file(home) is not None:
                asks = asked | {(base, name)}
                found |= {home} if one.name is None else self._named(home, one.name, asks)
        return found if known else self.everything_in(base)

    def along(self, package: str, names: list[str]) -> set[str]:
        """The modules that ``package.name.name`` rests on."""
        if not names:
            return self.everything_in(package)  # handed on as a whole
        found = self._named(package, names[0])
        for inner in filter(self.is_package, found - {package}):
            found = found | self.along(inner, names[1:])
        return found


@functools.cache  # by the source itself: a changed file is read anew
def _read(source: bytes) -> _Read:
    tree = ast.parse(source)
    imports, used, words = [], set(), set()
    for node in _walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                imports.append(_Import(0, one.name, None, one.asname or ""))
                if not one.asname:  # `import a.b` reads a.b, and binds a
                    top = one.name.partition(".")[0]
                    imports.append(_Import(0, top, None, top))
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                local = one.asname or one.name
                imports.append(_Import(node.level, node.module or "", one.name, local))
        elif isinstance(node, (ast.Attribute, ast.Name)):
            if chain := _chain(node):
                used.add(chain)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
    defined = set()
    for node in tree.body:
        if isinstance(node, _DOCUMENTED):
            defined.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            defined |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    digest = _short_hash(json.dumps(_plain(tree)).encode())
    return _Read(digest, tuple(imports), frozenset(used), frozenset(defined), frozenset(words))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All that is run; dotted names in one piece."""
    yield node
    inside = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and "TYPE_CHECKING" in (_chain(node.test) or ()):
        inside = node.orelse
    elif isinstance(node, ast.Attribute) and _chain(node):
        inside = ()
    for child in inside:
        yield from _walk(child)


def _chain(node: ast.AST) -> tuple[str, ...] | None:
    """``a.b.c`` as its parts."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (above := _chain(node.value)):
        return (*above, node.attr)
    return None


def _plain(node):
    """Syntax without docstrings, places and what versions of Python differ in: empty fields."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    plain: list = [type(node).__name__]
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(node, _DOCUMENTED):
            documented = ast.get_docstring(node, clean=False) is not None
            value = (node.body[1:] or [ast.Pass()]) if documented else node.body
        elif name == "values" and isinstance(node, ast.JoinedStr):
            value = [v for v in node.values if getattr(v, "value", None) != ""]  # 3.12 ends some so
        if name != "ctx" and value is not None and value != []:  # where a name stands says its ctx
            plain.append((name, _plain(value)))
    return plain


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
