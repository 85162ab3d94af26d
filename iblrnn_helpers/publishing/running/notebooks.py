"""Reading notebooks: ``notebooks/NN_name.py`` in percent format, its header and parameters."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from ...core import files

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_TIMEOUT = 600  # seconds, unless the notebook's header says otherwise
# A cell tagged "solution" is folded away: on the site, in Colab and in JupyterLab.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
PROMPTS = {"code_prompt_show": "Show the solution", "code_prompt_hide": "Hide the solution"}


@dataclass(frozen=True)
class Parameter:
    """One line of the cell tagged ``parameters``: ``n_blocks: int | None = None  # blocks``."""

    name: str
    annotation: str
    default: object
    comment: str

    def read(self, text: str):
        """The value that a command line's ``text`` stands for.

        Raises
        ------
        ValueError
            If the text is none of the annotated types.
        """
        kinds = [kind.strip() for kind in self.annotation.split("|")]
        for kind in sorted(
            kinds, key=lambda kind: kind == "str"
        ):  # last, because it takes any text
            try:
                return _read(kind, text)
            except ValueError:
                continue
        raise ValueError(f"parameter {self.name} takes {self.annotation}, got {text!r}")


@dataclass(frozen=True)
class Notebook:
    """A notebook's source file and what its header says.

    The header's entry ``iblrnn: {depends: [02_train_rnn], cell_timeout: 900}`` names the
    notebooks that must run before it and the seconds that one cell may take.
    """

    path: Path
    text: str
    depends: tuple[str, ...]
    cell_timeout: int
    parameters: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def node(self):
        """The notebook as nbformat's object, without outputs."""
        return to_node(self.text)


def read_notebook(path: str | Path) -> Notebook:
    """Read one ``.py`` notebook.

    Raises
    ------
    ValueError
        If its header or its parameters cell says something that cannot be understood.
    """
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    node = to_node(text)
    header = node.metadata.get("iblrnn", {})
    if unknown := set(header) - {"depends", "cell_timeout"}:
        raise ValueError(
            f"{path.name}: header entry iblrnn has {', '.join(sorted(unknown))}; "
            "allowed are depends and cell_timeout"
        )
    depends = header.get("depends", [])
    if not isinstance(depends, list) or not all(isinstance(name, str) for name in depends):
        raise ValueError(f"{path.name}: depends must be a list of notebook names, got {depends!r}")
    timeout = header.get("cell_timeout", CELL_TIMEOUT)
    if not isinstance(timeout, int) or isinstance(timeout, bool) or timeout < 1:
        raise ValueError(
            f"{path.name}: cell_timeout must be a whole number of seconds of at least 1, "
            f"got {timeout!r}"
        )
    return Notebook(path, text, tuple(depends), timeout, _parameters(path.name, node))


def find_notebooks(folder: str | Path) -> dict[str, Notebook]:
    """Every notebook of a folder, by name, in order, with their dependencies checked.

    Raises
    ------
    ValueError
        If a notebook depends on one that does not exist, or on itself through others.
    """
    found = {path.stem: read_notebook(path) for path in sources(folder)}
    for notebook in found.values():
        for name in notebook.depends:
            if name not in found:
                raise ValueError(
                    f"{notebook.path.name} depends on " + unknown("notebook", name, found)
                )
    for name in found:
        with_dependencies(found, [name])
    return found


def with_dependencies(notebooks: dict[str, Notebook], names: Sequence[str]) -> list[str]:
    """The named notebooks and all that they depend on, each after what it depends on.

    Raises
    ------
    ValueError
        If dependencies go round in a circle.
    """
    ordered: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            circle = " -> ".join((*above[above.index(name) :], name))
            raise ValueError(f"notebooks depend on each other in a circle: {circle}")
        for needed in notebooks[name].depends:
            visit(needed, (*above, name))
        if name not in ordered:
            ordered.append(name)

    for name in names:
        visit(name, ())
    return ordered


def unknown(what: str, name: str, known) -> str:
    """Half a sentence that says that there is no such thing, and what may have been meant."""
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
    return f"an unknown {what}, {name!r}: {hint if known else 'there is none'}"


def to_node(text: str):
    """A percent script as an nbformat notebook that is the same each time it is made."""
    import jupytext

    node = jupytext.reads(text, fmt="py:percent")
    kept = {key: node.metadata[key] for key in ("iblrnn",) if key in node.metadata}
    node.metadata = type(node.metadata)({"kernelspec": dict(KERNELSPEC), **kept})
    node.nbformat, node.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in node.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # only the layout of the .py
        if "solution" in cell.metadata.get("tags", ()):
            cell.metadata.update({**FOLDED, "tags": ["hide-cell", "solution"]})
            cell.metadata.setdefault("mystnb", {}).update(PROMPTS)
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        # From the content, so that inserting a cell leaves the others' ids alone.
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return node


def sources(folder: str | Path) -> list[Path]:
    """The percent scripts of a folder that are notebooks: ``NN_name.py``."""
    return sorted(Path(folder).glob("[0-9][0-9]_*.py"))


def _parameters(where: str, node) -> tuple[Parameter, ...]:
    cells = [cell for cell in node.cells if "parameters" in cell.metadata.get("tags", [])]
    if not cells:
        return ()
    if len(cells) > 1:
        raise ValueError(f"{where}: {len(cells)} cells are tagged parameters; there can be one")
    source = cells[0].source
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"{where}: the parameters cell is not Python ({error})") from None
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = []
    for line in tree.body:
        if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name):
            raise ValueError(
                f"{where}: line {line.lineno} of the parameters cell must read "
                "'name: type = value  # what it is'"
            )
        try:
            default = ast.literal_eval(line.value)
        except (ValueError, TypeError):
            raise ValueError(
                f"{where}: parameter {line.target.id} must have a plain value as its default"
            ) from None
        annotation = ast.unparse(line.annotation)
        for kind in annotation.split("|"):
            if not re.fullmatch(_KINDS, kind.strip()):
                raise ValueError(
                    f"{where}: parameter {line.target.id} has type {annotation}; allowed are "
                    "int, float, str, bool, None, list[...] of these, joined by |"
                )
        comment = comments.get(line.end_lineno, "")
        found.append(Parameter(line.target.id, annotation, default, comment))
    return tuple(found)


_KINDS = r"(None|bool|int|float|str)|list\[(bool|int|float|str)\]"


def _read(kind: str, text: str):
    if kind.startswith("list["):
        items = text.strip("[] ").split(",")
        return [_read(kind[len("list[") : -1], item.strip()) for item in items if item.strip()]
    if kind in ("None", "bool"):
        words = {"none": None} if kind == "None" else {"true": True, "false": False}
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]
    return {"int": int, "float": float, "str": str}[kind](text)


# Keep each ``notebooks/NN_name.ipynb`` in step with its ``NN_name.py``.


def sync(folder: str | Path) -> list[Path]:
    """Write each ``.ipynb`` from its ``.py``; return those that changed."""
    import nbformat

    changed = []
    for source in sources(folder):
        pair = source.with_suffix(".ipynb")
        text = nbformat.writes(to_node(source.read_text(encoding="utf-8"))) + "\n"
        if not pair.exists() or pair.read_text(encoding="utf-8") != text:
            files.write_atomically(pair, text)
            changed.append(pair)
    return changed


def check(folder: str | Path) -> list[str]:
    """One line for each way in which an ``.ipynb`` is not what its ``.py`` gives."""
    import nbformat

    drifts = []
    for source in sources(folder):
        pair = source.with_suffix(".ipynb")
        if not pair.exists():
            drifts.append(f"{pair.name}: missing")
            continue
        try:
            node = nbformat.reads(pair.read_text(encoding="utf-8"), as_version=4)
        except Exception as error:  # nbformat raises whatever its JSON and schema readers do
            drifts.append(f"{pair.name}: not a notebook ({error})")
            continue
        wanted = to_node(source.read_text(encoding="utf-8"))
        drifts += [f"{pair.name}: {drift}" for drift in _differences(wanted, node)]
    for pair in sorted(Path(folder).glob("*.ipynb")):
        if not pair.with_suffix(".py").exists():
            drifts.append(f"{pair.name}: has no {pair.stem}.py")
    return drifts


def add_arguments(parser) -> None:
    """Arguments of ``iblrnn notebooks``."""
    parser.epilog = """examples:
  iblrnn notebooks           write each .ipynb from its .py
  iblrnn notebooks --check   change nothing, name what differs"""
    parser.add_argument(
        "--check", action="store_true", help="change nothing; name every drift and exit 1"
    )


def main(args) -> int:
    """Run ``iblrnn notebooks``."""
    from .places import find_places

    folder = find_places().notebooks
    if not args.check:
        for path in sync(folder):
            print(f"wrote {path.name}")
        return 0
    drifts = check(folder)
    for drift in drifts:
        print(drift)
    if drifts:
        print("Edit the .py files, then run: iblrnn notebooks")
    return 1 if drifts else 0


def _differences(wanted, found):
    if dict(found.metadata) != dict(wanted.metadata):
        yield "metadata differ"
    if len(found.cells) != len(wanted.cells):
        yield f"{len(found.cells)} cells instead of {len(wanted.cells)}"
        return
    for number, (ours, theirs) in enumerate(zip(wanted.cells, found.cells, strict=True), start=1):
        for field in ("cell_type", "source", "metadata", "id"):
            if theirs.get(field) != ours.get(field):
                yield f"cell {number}: {field} differs"
        if theirs.get("outputs"):
            yield f"cell {number}: has outputs"
        if theirs.get("execution_count") is not None:
            yield f"cell {number}: has an execution count"
